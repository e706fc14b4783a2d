//! One item of a timeline: what somebody said, what changed, what a machine did.

use serde::Serialize;

use super::changes::{Altered, altered};
use super::exhibit::{File, Row, file, rows};
use super::markdown::{Files, Html, first_sentence, html};
use super::record::{Record, Subject};
use super::timeline::lateness;
use super::words::{self, When, Word};
use crate::automation::receipt::{Outcome, Receipt};
use crate::incident::declaration::Visibility;
use crate::incident::entry::Recorded;
use crate::incident::state::Field;
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
    pub(super) when: When,
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
    /// Whether no commit holds it yet.
    unrecorded: bool,
    /// Whether it is kept from the public.
    internal: bool,
    /// Whether it stands out at the top.
    pub(super) pinned: bool,
    /// Facts before and after.
    pub(super) changes: Vec<Altered>,
    /// Words.
    pub(super) words: Option<Html>,
    /// The same words as they were written.
    pub(super) body: Option<String>,
    /// The gist of it in one line, for tables.
    pub(super) brief: Option<String>,
    /// A file that joined.
    file: Option<File>,
    /// What the incident does to work.
    pub(super) assessment: Option<Vec<Row>>,
    /// The earlier entry that this one is about.
    about: Option<About>,
    /// The incident that this one turned out to be.
    duplicate: Option<Pointer>,
    /// What a machine did.
    pub(super) action: Option<Action>,
}

/// An earlier entry, and why it is meant.
#[derive(Clone, Debug, Serialize)]
struct About {
    href: String,
    text: String,
    reason: String,
}

/// Another incident.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Pointer {
    id: String,
    title: String,
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
            clock: when.clock().to_owned(),
            when,
            elapsed: None,
            gap: None,
            who: None,
            verb: None,
            commit: None,
            late: None,
            recorded: None,
            unrecorded: false,
            internal: false,
            pinned: false,
            changes: Vec::new(),
            words: None,
            body: None,
            brief: None,
            file: None,
            assessment: None,
            about: None,
            duplicate: None,
            action: None,
        }
    }

    /// Whether a machine acted.
    pub(super) fn is_machine(&self) -> bool {
        self.mark == "machine"
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
    let mut item = Item::at(entry.at, &anchor, mark);
    item.who = record.lens.person(&entry.by, &subject.view.facts.roles);
    item.verb = verb(entry, record);
    let told = subject.view.is_backfilled(entry);
    item.set_recorded(entry.late, entry.recorded.as_ref(), told, record);
    item.internal = entry.visibility == Visibility::Internal;
    item.pinned = entry.pinned;
    item.changes = altered(&entry.changes, entry.at, subject, record, files);
    item.words = entry.comment.as_deref().map(|words| html(words, 4, files));
    item.body.clone_from(&entry.comment);
    item.file = entry.attach.as_ref().map(|attach| file(attach, files));
    item.brief = gist(entry);
    item.assessment = entry.assessment.as_ref().map(rows);
    item.about = about(entry, subject);
    item.duplicate = entry.duplicate_of.as_deref().map(|id| pointer(id, record));
    item
}

/// What an entry says, in one line.
fn gist(entry: &EntryView) -> Option<String> {
    let attached = entry.attach.as_ref();
    let about = entry.correct.as_ref().map(|correct| &correct.reason);
    let targeted = entry.retract.as_ref().or(entry.redact.as_ref());
    let words = entry
        .comment
        .as_ref()
        .or(about)
        .or(targeted.map(|target| &target.reason))
        .or(attached.and_then(|attach| attach.caption.as_ref()))
        .or(attached.map(|attach| &attach.file))?;
    Some(first_sentence(words, 180))
}

/// The anchor of the entry called `id`.
pub(super) fn anchor(id: &str) -> String {
    format!("e-{id}")
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
        "correct" => Some("corrected"),
        "retract" => Some("took back"),
        "redact" => Some("hid the words of"),
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

fn about(entry: &EntryView, subject: &Subject<'_>) -> Option<About> {
    let (target, reason) = match (&entry.correct, &entry.retract, &entry.redact) {
        (Some(correction), ..) => (&correction.entry, &correction.reason),
        (_, Some(target), _) | (.., Some(target)) => (&target.entry, &target.reason),
        _ => return None,
    };
    let earlier = subject
        .view
        .entries
        .iter()
        .find(|entry| entry.id == *target);
    let (href, text) = match earlier {
        Some(earlier) => {
            let when = When::of(earlier.at);
            let text = format!("the entry of {}, {}", when.day(), when.clock());
            (anchor(&earlier.id), text)
        }
        None if target == "declaration" => ("declaration".to_owned(), "the declaration".to_owned()),
        None => (String::new(), "an earlier entry".to_owned()),
    };
    Some(About {
        href,
        text,
        reason: plain::line(reason),
    })
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
