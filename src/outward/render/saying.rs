//! What is said, apart from who says it and when: facts, words, a file, figures, and
//! what other entry or incident is meant.
//!
//! An item says it now; what was said before a correction is one more of them.

use serde::Serialize;

use super::attachment::{File, file};
use super::changes::{Altered, as_said};
use super::item::anchor;
use super::markdown::{Files, Html, html};
use super::record::{Record, Subject};
use super::words::When;
use crate::incident::entry::{Correction, Target};
use crate::incident::figures::{Figure, figures};
use crate::incident::id::DECLARATION;
use crate::incident::redaction::HIDDEN;
use crate::incident::stated::stated;
use crate::incident::view::EntryView;
use crate::text::moment::Moment;
use crate::text::plain;

/// What is said.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Saying {
    /// Facts before and after.
    pub(super) changes: Vec<Altered>,
    /// Words.
    pub(super) words: Option<Html>,
    /// The same words as they were written.
    pub(super) body: Option<String>,
    /// Whether words stood here that are hidden.
    pub(super) tombstone: bool,
    /// A file that joined.
    file: Option<File>,
    /// What the incident does to work.
    pub(super) assessment: Option<Vec<Figure>>,
    /// The earlier entry that is meant.
    about: Option<About>,
    /// The incident that this one turned out to be.
    duplicate: Option<Pointer>,
}

/// An earlier entry, and why it is meant.
#[derive(Clone, Debug, Serialize)]
struct About {
    /// Its anchor; none where it is not there.
    href: Option<String>,
    text: String,
    reason: String,
}

/// Another incident.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Pointer {
    id: String,
    title: String,
}

impl Saying {
    /// Facts and nothing else.
    pub(super) fn facts(changes: Vec<Altered>) -> Self {
        Self {
            changes,
            ..Self::default()
        }
    }

    /// What `entry` says, its facts being `changes`.
    pub(super) fn of(
        entry: &EntryView,
        changes: Vec<Altered>,
        subject: &Subject<'_>,
        record: &Record<'_>,
        files: &Files,
    ) -> Self {
        let attached = entry.attach.as_ref();
        let hidden_file = attached.is_some_and(|attach| attach.file == HIDDEN);
        let words = entry.words();
        Self {
            changes,
            words: words.map(|words| html(words, 4, files)),
            body: words.map(str::to_owned),
            tombstone: hidden_file || (entry.comment.is_some() && words.is_none()),
            file: attached.and_then(|attach| file(attach, files)),
            assessment: entry.assessment.as_ref().map(figures),
            about: about(entry, subject),
            duplicate: entry.duplicate_of.as_deref().map(|id| pointer(id, record)),
        }
    }

    /// The same without what other entry is meant.
    pub(super) fn alone(self) -> Self {
        Self {
            about: None,
            ..self
        }
    }

    /// Its figures, or the other incident that it names, in one line.
    pub(super) fn figures(&self) -> Option<String> {
        if let Some(other) = &self.duplicate {
            return Some(format!("It turned out to be {}.", other.title));
        }
        let figures = self.assessment.iter().flatten();
        let said = figures.map(|row| match (&row.before, &row.during) {
            (Some(before), Some(during)) => format!("{}: {before} → {during}", row.label),
            (before, during) => {
                let value = during.as_ref().or(before.as_ref());
                format!("{}: {}", row.label, value.map_or("", |value| value))
            }
        });
        let said: Vec<String> = said.collect();
        (!said.is_empty()).then(|| said.join("; "))
    }

    /// What `entry` says although it is not in force: what it states, and of a correction
    /// what it puts in the other's place.
    pub(super) fn aside(
        entry: &EntryView,
        subject: &Subject<'_>,
        record: &Record<'_>,
        files: &Files,
    ) -> Self {
        let facts = |entry: &EntryView| {
            let changes = entry.update.as_ref().map(stated).unwrap_or_default();
            as_said(&changes, entry.at, subject, record, files)
        };
        let said = Self::of(entry, facts(entry), subject, record, files);
        let Some(proposal) = entry.proposal() else {
            return said;
        };
        let put = Self::of(&proposal, facts(&proposal), subject, record, files);
        Self {
            about: said.about,
            ..put
        }
    }
}

/// The incident called `id`, by its title where it is known.
pub(super) fn pointer(id: &str, record: &Record<'_>) -> Pointer {
    let title = record
        .find(id)
        .map_or(id, |subject| &subject.view.facts.title);
    Pointer {
        id: plain::line(id),
        title: plain::line(title),
    }
}

fn about(entry: &EntryView, subject: &Subject<'_>) -> Option<About> {
    let correct = entry.correct.as_ref();
    let target = entry.retract.as_ref().or(entry.redact.as_ref());
    let correct = correct.map(|Correction { entry, reason, .. }| (entry, reason));
    let (target, reason) = correct.or(target.map(|Target { entry, reason }| (entry, reason)))?;
    let (href, text) = if target == DECLARATION {
        (Some(DECLARATION.to_owned()), "the declaration".to_owned())
    } else {
        let mut entries = subject.view.entries.iter();
        match entries.find(|earlier| earlier.id == *target) {
            Some(earlier) => {
                let time = time(earlier.at, entry.at);
                let text = format!("the {} of {time}", earlier.noun());
                (Some(anchor(&earlier.id)), text)
            }
            None => (None, "an entry that is not there".to_owned()),
        }
    };
    Some(About {
        href,
        text,
        reason: plain::line(reason),
    })
}

/// A moment as something of `at` says it: the day only where it is another one.
pub(super) fn time(moment: Moment, at: Moment) -> String {
    let when = When::of(moment);
    if moment.day() == at.day() {
        when.clock().to_owned()
    } else {
        format!("{}, {}", when.day(), when.clock())
    }
}
