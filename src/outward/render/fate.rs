//! What became of an entry, or of the declaration, by word of others: who corrected,
//! retracted or redacted it, when and why; and what was said first.

use serde::Serialize;

use super::changes::as_said;
use super::item::anchor;
use super::markdown::Files;
use super::record::{Record, Subject};
use super::saying::{Saying, time};
use super::words::When;
use crate::incident::redaction::Redaction;
use crate::incident::state::Change;
use crate::incident::view::{EntryView, Ruling};
use crate::text::moment::Moment;
use crate::text::plain;

/// What became of it.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Fate {
    /// What stands is a correction's.
    corrected: Option<Verdict>,
    /// None of it is in force.
    retracted: Option<Verdict>,
    /// Its words are hidden.
    redacted: Option<Verdict>,
    /// It corrects or takes back, and a later one counts in its place.
    overtaken: Option<Verdict>,
    /// It means to correct or to take back, and cannot: why.
    ignored: Option<&'static str>,
    /// What was said first; of a correction that is not in force, what it would have said.
    former: Option<Former>,
}

/// The word of another entry about this one.
#[derive(Clone, Debug, Serialize)]
struct Verdict {
    /// Its anchor.
    href: Option<String>,
    who: Option<String>,
    when: Option<When>,
    /// The time, with the day where that is another one.
    time: Option<String>,
    reason: Option<String>,
}

/// What does not stand.
#[derive(Clone, Debug, Serialize)]
struct Former {
    label: &'static str,
    /// Who said it, where that was corrected.
    who: Option<String>,
    /// When it was said to have happened, where that was corrected.
    time: Option<String>,
    #[serde(flatten)]
    said: Saying,
}

impl Fate {
    /// Whether none of it is in force.
    pub(super) fn is_retracted(&self) -> bool {
        self.retracted.is_some()
    }

    /// How many of `fates` are corrected, retracted and redacted: `2 corrected`; nothing
    /// for none.
    pub(super) fn counts(fates: &[&Self]) -> Vec<String> {
        let count = |is: &dyn Fn(&Self) -> bool| fates.iter().filter(|fate| is(fate)).count();
        let counts = [
            ("corrected", count(&|fate| fate.corrected.is_some())),
            ("retracted", count(&|fate| fate.retracted.is_some())),
            ("redacted", count(&|fate| fate.redacted.is_some())),
        ];
        let counts = counts.into_iter().filter(|(_, count)| *count > 0);
        counts
            .map(|(word, count)| format!("{count} {word}"))
            .collect()
    }

    /// What became of `entry`.
    pub(super) fn of(
        entry: &EntryView,
        subject: &Subject<'_>,
        record: &Record<'_>,
        files: &Files,
    ) -> Self {
        let ruled =
            |ruling: &Option<Ruling>| Some(verdict(ruling.as_ref()?, entry.at, subject, record));
        let redacted = entry.redacted.as_ref();
        let original = entry.original.as_deref();
        let is_void = entry.overtaken.is_some() || !entry.counts();
        let proposal = (entry.correct.is_some() && is_void).then_some(entry);
        let former = original.map(|original| Former {
            label: "What was said first",
            who: (original.by != entry.by)
                .then(|| person(&original.by, subject, record))
                .flatten(),
            time: (original.at != entry.at).then(|| time(original.at, entry.at)),
            said: Saying::aside(original, subject, record, files),
        });
        let proposed = proposal.map(|entry| Former {
            label: "What it put in its place",
            who: None,
            time: None,
            said: Saying::aside(entry, subject, record, files).alone(),
        });
        Self {
            corrected: ruled(&entry.corrected),
            retracted: ruled(&entry.retracted),
            redacted: redacted.map(|by| hidden(by, entry.at, subject, record)),
            overtaken: ruled(&entry.overtaken),
            ignored: entry.ignored,
            former: former.or(proposed),
        }
    }

    /// What became of the declaration.
    pub(super) fn of_declaration(
        subject: &Subject<'_>,
        record: &Record<'_>,
        files: &Files,
    ) -> Self {
        let view = &subject.view;
        let at = view.declared_at;
        let was = |change: &Change| Change {
            field: change.field,
            from: serde_json::Value::Null,
            to: change.from.clone(),
        };
        let changes: Vec<Change> = view.redeclared.iter().map(was).collect();
        let former = view.original.as_deref().map(|original| Former {
            label: "What was declared first",
            who: (original.declared_by != view.declared_by)
                .then(|| person(&original.declared_by, subject, record))
                .flatten(),
            time: (original.declared_at != at).then(|| time(original.declared_at, at)),
            said: Saying::facts(as_said(&changes, at, subject, record, files)),
        });
        let says_other = |former: &Former| {
            !former.said.changes.is_empty() || former.who.is_some() || former.time.is_some()
        };
        let corrected = view.corrected.as_ref();
        let redacted = view.redacted.as_ref();
        Self {
            corrected: corrected.map(|ruling| verdict(ruling, at, subject, record)),
            redacted: redacted.map(|by| hidden(by, at, subject, record)),
            former: former.filter(says_other),
            ..Self::default()
        }
    }
}

fn person(by: &str, subject: &Subject<'_>, record: &Record<'_>) -> Option<String> {
    record.lens.person(by, &subject.view.facts.roles)
}

fn verdict(ruling: &Ruling, at: Moment, subject: &Subject<'_>, record: &Record<'_>) -> Verdict {
    Verdict {
        href: Some(anchor(&ruling.entry)),
        who: person(&ruling.by, subject, record),
        when: Some(When::of(ruling.at)),
        time: Some(time(ruling.at, at)),
        reason: Some(plain::line(&ruling.reason)),
    }
}

fn hidden(by: &Redaction, at: Moment, subject: &Subject<'_>, record: &Record<'_>) -> Verdict {
    let who = by.by.as_deref();
    Verdict {
        href: by.entry.as_ref().map(|id| anchor(id.as_str())),
        who: who.and_then(|by| person(by, subject, record)),
        when: by.at.map(When::of),
        time: by.at.map(|hidden| time(hidden, at)),
        reason: by.reason.as_deref().map(plain::line),
    }
}
