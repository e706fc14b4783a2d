//! One item of a timeline: what somebody said, what changed, what a machine did.

use serde::Serialize;

use super::changes::altered;
use super::fate::Fate;
use super::markdown::{Files, first_sentence};
use super::record::{Record, Subject};
use super::saying::Saying;
use super::timeline::lateness;
use super::words::{self, When, Word};
use crate::automation::receipt::{Outcome, Receipt};
use crate::incident::declaration::Visibility;
use crate::incident::entry::Recorded;
use crate::incident::state::{Change, Field};
use crate::incident::view::EntryView;
use crate::incident::vocabulary::Phase;
use crate::text::duration::Duration;
use crate::text::moment::Moment;
use crate::text::plain;

/// One item of a timeline.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Item {
    /// Its anchor on the page.
    pub(super) anchor: String,
    /// The mark on the line: `fact`, `word` or `machine`.
    mark: &'static str,
    /// When it happened.
    #[serde(skip)]
    pub(super) at: Moment,
    /// The same as pages show it.
    pub(super) when: When,
    /// The status that is in force since, where it changed.
    #[serde(skip)]
    pub(super) status: Option<String>,
    /// The time of day, with seconds where they matter.
    pub(super) clock: String,
    /// How long after the beginning.
    pub(super) elapsed: Option<String>,
    /// The silence before it, in words.
    pub(super) gap: Option<String>,
    /// Who.
    pub(super) who: Option<String>,
    /// Did what.
    pub(super) verb: Option<&'static str>,
    /// The short id of the commit that recorded it.
    commit: Option<String>,
    /// How long after it happened it was recorded, where that is late.
    late: Option<String>,
    /// When it was recorded, where that is late.
    recorded: Option<When>,
    /// What it is dated, where that is not the time at which it is shown.
    dated: Option<When>,
    /// Whether no commit holds it yet.
    unrecorded: bool,
    /// Whether it is kept from the public.
    internal: bool,
    /// Whether it stands out.
    pub(super) pinned: bool,
    /// What is said.
    #[serde(flatten)]
    pub(super) said: Saying,
    /// The gist of it in one line, for tables.
    pub(super) brief: Option<String>,
    /// What became of it.
    pub(super) fate: Fate,
    /// What a machine did.
    pub(super) action: Option<Action>,
}

/// What a machine did.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Action {
    /// The automation's name.
    automation: String,
    /// `pause-work-pool`.
    verb: String,
    /// What it acted on.
    target: String,
    /// How it ended.
    outcome: Word,
    /// The answer, or why it was not done.
    answer: Option<String>,
    /// When the outcome was known.
    at: When,
    /// The key, shortened.
    key: String,
}

impl Item {
    /// An item that says nothing yet.
    pub(super) fn at(at: Moment, anchor: &str, mark: &'static str) -> Self {
        let when = When::of(at);
        Self {
            anchor: anchor.to_owned(),
            mark,
            at,
            clock: when.clock().to_owned(),
            when,
            status: None,
            elapsed: None,
            gap: None,
            who: None,
            verb: None,
            commit: None,
            late: None,
            recorded: None,
            dated: None,
            unrecorded: false,
            internal: false,
            pinned: false,
            said: Saying::default(),
            brief: None,
            fate: Fate::default(),
            action: None,
        }
    }

    /// Whether a machine acted.
    pub(super) fn is_machine(&self) -> bool {
        self.mark == "machine"
    }

    /// Tells what it is dated, where that lies after the time at which it is `shown`.
    pub(super) fn set_dated(&mut self, at: Moment, shown: Moment) {
        self.dated = (at != shown).then(|| When::of(at));
    }

    /// Whether it came into the record late.
    pub(super) fn is_late(&self) -> bool {
        self.late.is_some()
    }

    /// Sets the second clock; a lateness that is `told` for the whole incident is not
    /// told again.
    pub(super) fn set_recorded(
        &mut self,
        late: Option<Duration>,
        recorded: Option<&Recorded>,
        told: bool,
        record: &Record<'_>,
    ) {
        self.commit = record.lens.commit(recorded);
        self.unrecorded = recorded.is_none();
        self.late = lateness(late, told);
        let shown = recorded.filter(|_| self.late.is_some());
        self.recorded = shown.map(|recorded| When::of(recorded.at));
    }
}

/// The item of an entry.
pub(super) fn entry(
    entry: &EntryView,
    subject: &Subject<'_>,
    record: &Record<'_>,
    files: &Files,
) -> Item {
    let is_fact = !entry.changes.is_empty() || entry.duplicate_of.is_some();
    let mark = if is_fact { "fact" } else { "word" };
    let anchor = anchor(&entry.id);
    let mut item = Item::at(entry.shown_at, &anchor, mark);
    item.set_dated(entry.at, entry.shown_at);
    item.who = record.lens.person(&entry.by, &subject.view.facts.roles);
    item.verb = verb(entry, record);
    let told = subject.view.is_backfilled(entry);
    item.set_recorded(entry.late, entry.recorded.as_ref(), told, record);
    item.internal = entry.visibility == Visibility::Internal;
    item.pinned = entry.pinned;
    item.said = if entry.retracted.is_some() && entry.correct.is_none() {
        Saying::aside(entry, subject, record, files)
    } else {
        let changes = altered(&entry.changes, entry.shown_at, subject, record, files);
        Saying::of(entry, changes, subject, record, files)
    };
    item.status = status(&entry.changes);
    item.brief = gist(entry, &item.said);
    item.fate = Fate::of(entry, subject, record, files);
    item
}

/// The status that `changes` put in force.
pub(super) fn status(changes: &[Change]) -> Option<String> {
    let mut changes = changes.iter();
    let change = changes.find(|change| change.field == Field::Status)?;
    change.to.as_str().map(str::to_owned)
}

/// What an entry says, in one line.
fn gist(entry: &EntryView, said: &Saying) -> Option<String> {
    let attached = entry.attach.as_ref();
    let correct = entry.correct.as_ref().map(|correct| &correct.reason);
    let target = entry.retract.as_ref().or(entry.redact.as_ref());
    let words = entry
        .comment
        .as_ref()
        .or(correct)
        .or(target.map(|target| &target.reason))
        .or(attached.and_then(|attach| attach.caption.as_ref()))
        .or(attached.map(|attach| &attach.file));
    match words {
        Some(words) => Some(first_sentence(words, 180)),
        None => said.figures(),
    }
}

/// The anchor of the entry called `id`.
pub(super) fn anchor(id: &str) -> String {
    format!("e-{id}")
}

fn verb(entry: &EntryView, record: &Record<'_>) -> Option<&'static str> {
    let mut changes = entry.changes.iter();
    let status = changes.find(|change| change.field == Field::Status);
    let phase = |json: &serde_json::Value| {
        record
            .archive
            .vocabulary
            .phase(json.as_str().unwrap_or_default())
    };
    match entry.kind {
        "comment" => None,
        "attach" => Some("attached"),
        "assessment" => Some("assessed"),
        "correct" if entry.ignored.is_some() => Some("tried to correct"),
        "correct" => Some("corrected"),
        "retract" if entry.ignored.is_some() => Some("tried to retract"),
        "retract" => Some("retracted"),
        "redact" => Some("redacted"),
        "duplicate_of" => Some("closed"),
        _ => Some(
            match status.map(|change| (phase(&change.from), phase(&change.to))) {
                Some((_, Phase::Resolved)) => "resolved",
                Some((Phase::Resolved, _)) => "reopened",
                _ => "updated",
            },
        ),
    }
}

/// The item of what a machine did.
pub(super) fn receipt(receipt: &Receipt) -> Item {
    let mut item = Item::at(
        receipt.fired_at,
        &format!("a-{}", plain::line(&receipt.key)),
        "machine",
    );
    let (text, class, shape) = match receipt.outcome {
        Outcome::Claimed => ("under way", "outcome-open", "…"),
        Outcome::Executed => ("done", "outcome-done", "✓"),
        Outcome::Failed => ("failed", "outcome-failed", "✗"),
        Outcome::Unknown => ("perhaps done", "outcome-failed", "?"),
        Outcome::Skipped => ("skipped", "outcome-open", "–"),
    };
    item.action = Some(Action {
        automation: plain::line(&receipt.automation),
        verb: plain::line(&receipt.action),
        target: plain::line(&receipt.target),
        outcome: Word {
            text: text.to_owned(),
            class: class.to_owned(),
            shape,
            sev: None,
        },
        answer: receipt.answer.as_deref().map(plain::line),
        at: When::of(receipt.at),
        key: words::short(&receipt.key),
    });
    item
}
