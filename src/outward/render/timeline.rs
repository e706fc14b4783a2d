//! The timeline of a page: declaration, entries and what machines did, in one line.
//!
//! Each item carries both clocks. Seconds are shown only where two neighbours share a
//! minute, lateness only beyond five minutes, and a long silence as a gap.

use serde::Serialize;

use super::changes::{Altered, MOST, altered, called};
use super::fate::Fate;
use super::item::{self, Item};
use super::markdown::{Files, first_sentence, html};
use super::record::{Record, Subject};
use super::words::{self, When, Word};
use crate::incident::declaration::{Declaration, Kind};
use crate::incident::state::Change;
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// What is recorded later than this is called late, in seconds.
const LATE: i64 = 300;
/// A silence longer than this shows, in seconds, where no cadence is promised.
const SILENCE: i64 = 7_200;

/// One day of a timeline.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Day {
    /// `22 November 2026`.
    label: String,
    /// What happened on it.
    items: Vec<Item>,
}

/// Everything that happened, oldest first.
pub(super) fn items(subject: &Subject<'_>, record: &Record<'_>, files: &Files) -> Vec<Item> {
    let timed = timed(subject, record, files);
    let origin = subject.origin();
    let cadence = record
        .archive
        .settings
        .policy
        .update_cadence
        .get(&subject.view.facts.severity);
    let silence = cadence.map_or(SILENCE, |within| within.0.as_seconds().max(LATE));
    let moments: Vec<Moment> = timed.iter().map(|(at, _)| *at).collect();
    let over = subject.view.facts.resolved_at;
    // Nobody is to say anything until planned work begins.
    let planned = subject.view.kind == Kind::Maintenance;
    let mut items = Vec::with_capacity(timed.len());
    for (index, (at, mut item)) in timed.into_iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| moments.get(index));
        let neighbours = [before, moments.get(index + 1)];
        if neighbours
            .into_iter()
            .flatten()
            .any(|other| alike(*other, at))
        {
            When::of(at).exact().clone_into(&mut item.clock);
        }
        item.elapsed = (at != origin).then(|| words::elapsed(at, origin));
        item.gap = before.and_then(|before| gap(*before, at, silence, over, planned));
        items.push(item);
    }
    items
}

/// Everything with the moment at which it happened, in order.
fn timed(subject: &Subject<'_>, record: &Record<'_>, files: &Files) -> Vec<(Moment, Item)> {
    let mut timed = vec![(subject.view.shown_at, declaration(subject, record, files))];
    for entry in &subject.view.entries {
        timed.push((entry.shown_at, item::entry(entry, subject, record, files)));
    }
    for receipt in &subject.receipts {
        timed.push((receipt.fired_at, item::receipt(receipt)));
    }
    for (at, change) in &subject.view.by_schedule {
        let item = by_schedule(*at, change, subject, record, files);
        timed.push((*at, item));
    }
    timed.sort_by_key(|(at, item)| (*at, item.is_machine()));
    timed
}

/// Whether two moments would read the same without their seconds, and are not.
fn alike(one: Moment, other: Moment) -> bool {
    one.seconds() != other.seconds() && one.seconds() / 60 == other.seconds() / 60
}

fn gap(
    before: Moment,
    at: Moment,
    silence: i64,
    over: Option<Moment>,
    planned: bool,
) -> Option<String> {
    let length = at - before;
    if length.as_seconds() <= silence {
        return None;
    }
    let length = words::took(length);
    Some(match over {
        _ if planned => format!("{length} later"),
        Some(over) if over <= before => format!("{length} later"),
        _ => format!("{length} without a word"),
    })
}

/// The items under the days on which they happened.
pub(super) fn days(items: Vec<Item>) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for item in items {
        match days.last_mut().filter(|day| day.label == item.when.day()) {
            Some(day) => day.items.push(item),
            None => days.push(Day {
                label: item.when.day().to_owned(),
                items: vec![item],
            }),
        }
    }
    days
}

/// How long after it happened it was recorded, where that is late and not told already
/// for the incident as a whole.
pub(super) fn lateness(late: Option<Duration>, told: bool) -> Option<String> {
    let late = late.filter(|late| late.as_seconds() > LATE && !told)?;
    Some(words::took(late))
}

/// The first line: who declared it, what they said, and the facts as they were then.
fn declaration(subject: &Subject<'_>, record: &Record<'_>, files: &Files) -> Item {
    let view = &subject.view;
    let declared = &view.declaration;
    let mut item = Item::at(view.shown_at, "declaration", "fact");
    item.set_dated(view.declared_at, view.shown_at);
    item.who = record.lens.person(&view.declared_by, &view.facts.roles);
    item.verb = Some(match view.kind {
        Kind::Maintenance => "announced",
        Kind::Incident | Kind::Drill => "declared",
    });
    item.set_recorded(
        view.late,
        view.recorded.as_ref(),
        subject.is_retold(),
        record,
    );
    item.said.changes = first_facts(declared, record);
    if declared.summary != view.facts.summary {
        let summary = declared.summary.as_deref();
        item.said.words = summary.map(|words| html(words, 4, files));
    }
    let summary = declared.summary.as_deref();
    item.brief = summary.map(|words| first_sentence(words, 180));
    item.said.body.clone_from(&declared.summary);
    item.fate = Fate::of_declaration(subject, record, files);
    item
}

/// What nobody said: a maintenance begins or ends by its schedule.
fn by_schedule(
    at: Moment,
    change: &Change,
    subject: &Subject<'_>,
    record: &Record<'_>,
    files: &Files,
) -> Item {
    let to = change.to.as_str().unwrap_or_default();
    let mut item = Item::at(at, &format!("s-{to}"), "fact");
    item.verb = Some("By its schedule");
    let changes = std::slice::from_ref(change);
    item.status = item::status(changes);
    item.said.changes = altered(changes, at, subject, record, files);
    item
}

fn first_facts(declared: &Declaration, record: &Record<'_>) -> Vec<Altered> {
    let vocabulary = &record.archive.vocabulary;
    let status = declared
        .status
        .as_deref()
        .unwrap_or_else(|| vocabulary.initial(declared.kind));
    let mut facts = vec![
        Altered::first("Severity", Word::severity(&declared.severity, vocabulary)),
        Altered::first("Status", Word::status(status, declared.kind, vocabulary)),
    ];
    if !declared.resources.is_empty() {
        let mut names: Vec<String> = declared.resources.iter().take(MOST).map(called).collect();
        let more = declared.resources.len().saturating_sub(MOST);
        if more > 0 {
            names.push(format!("and {more} more"));
        }
        facts.push(Altered::first("Affects", Word::plain(&names.join(", "))));
    }
    facts
}
