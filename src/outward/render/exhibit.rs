//! What an entry shows besides words: a file, or figures of an assessment.

use serde::Serialize;

use super::markdown::Files;
use super::words;
use crate::incident::entry::{Assessment, Attachment, Measure};
use crate::text::duration::Duration;
use crate::text::plain;

/// A file that joined the timeline.
#[derive(Clone, Debug, Serialize)]
pub(super) struct File {
    name: String,
    caption: Option<String>,
    /// Where it is; none where it is missing.
    href: Option<String>,
    /// Whether it is shown on the page.
    picture: bool,
}

/// One measure before and during an incident.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    label: &'static str,
    before: Option<String>,
    during: Option<String>,
}

/// The file that `attach` names.
pub(super) fn file(attach: &Attachment, files: &Files) -> File {
    let extension = attach
        .file
        .rsplit_once('.')
        .map(|(_, end)| end.to_ascii_lowercase());
    let pictures = ["png", "jpg", "jpeg", "gif", "webp", "avif", "svg"];
    File {
        name: plain::line(&attach.file),
        caption: attach.caption.as_deref().map(plain::line),
        href: files.get(&attach.file).cloned(),
        picture: extension.is_some_and(|end| pictures.contains(&end.as_str())),
    }
}

/// The figures of `assessment`, those that are known.
pub(super) fn rows(assessment: &Assessment) -> Vec<Row> {
    let (before, during) = (assessment.before.as_ref(), assessment.during.as_ref());
    let row = |label, say: &dyn Fn(&Measure) -> Option<String>| Row {
        label,
        before: before.and_then(say),
        during: during.and_then(say),
    };
    let length = |seconds: f64| words::took(Duration::microseconds(micros(seconds)));
    let mut rows = vec![
        row("Runs", &|of| of.runs.map(|runs| runs.to_string())),
        row("Failed", &|of| of.failed.map(|runs| runs.to_string())),
        row("Success rate", &|of| {
            of.success_rate.map(|rate| format!("{:.0} %", rate * 100.0))
        }),
        row("Average lateness", &|of| of.average_lateness.map(length)),
        row("Average duration", &|of| of.average_duration.map(length)),
    ];
    if let Some(upcoming) = assessment.upcoming_runs {
        rows.push(Row {
            label: "Runs to come",
            before: None,
            during: Some(upcoming.to_string()),
        });
    }
    rows.retain(|row| row.before.is_some() || row.during.is_some());
    rows
}

/// Seconds as a count of microseconds; what is no length of time is none.
#[allow(clippy::cast_possible_truncation)] // `as` saturates, and the record may say anything
fn micros(seconds: f64) -> i64 {
    (seconds * 1e6) as i64
}
