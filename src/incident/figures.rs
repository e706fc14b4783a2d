//! The figures of an assessment as people read them: one measure a row, before and
//! during.

use serde::Serialize;

use super::entry::{Assessment, Measure};
use crate::text::duration::Duration;

/// One measure before and during an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// What is measured.
    pub label: &'static str,
    /// Before the incident; null when it is unknown.
    pub before: Option<String>,
    /// During the incident; null when it is unknown.
    pub during: Option<String>,
}

/// The figures of `assessment`, those that are known.
pub fn figures(assessment: &Assessment) -> Vec<Figure> {
    let (before, during) = (assessment.before.as_ref(), assessment.during.as_ref());
    let row = |label, say: &dyn Fn(&Measure) -> Option<String>| Figure {
        label,
        before: before.and_then(say),
        during: during.and_then(say),
    };
    let length = |seconds: f64| Duration::microseconds(micros(seconds)).to_string();
    let mut rows = vec![
        row("Runs", &|of| of.runs.map(|runs| runs.to_string())),
        row("Failed", &|of| of.failed.map(|runs| runs.to_string())),
        row("Success rate", &|of| of.success_rate.map(percent)),
        row("Average lateness", &|of| of.average_lateness.map(length)),
        row("Average duration", &|of| of.average_duration.map(length)),
    ];
    if let Some(upcoming) = assessment.upcoming_runs {
        rows.push(Figure {
            label: "Runs to come",
            before: None,
            during: Some(upcoming.to_string()),
        });
    }
    rows.retain(|row| row.before.is_some() || row.during.is_some());
    rows
}

/// A share of 0 to 1 in percent, with one decimal where that is not nought: what is not
/// everything never reads as everything.
fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).floor();
    let decimals = usize::from(tenths % 10.0 != 0.0);
    format!("{:.decimals$} %", tenths / 10.0)
}

/// Seconds as a count of microseconds; what is no length of time is none.
#[allow(
    clippy::cast_possible_truncation,
    reason = "`as` saturates, and the record may say anything"
)]
fn micros(seconds: f64) -> i64 {
    (seconds * 1e6) as i64
}
