//! The phase bar: how long each status was in force, drawn to scale.
//!
//! Numbers only; the template draws. Each stretch is as wide as its share of the time,
//! but never narrower than its own label, so short stretches remain readable.

use serde::Serialize;

use super::record::{Record, Subject};
use super::words::{self, When, Word};
use crate::incident::state::Field;
use crate::incident::timeline::Stretch;
use crate::text::moment::Moment;

/// How wide one character of a label is, in percent of the bar on a page of usual width.
const CHARACTER: f64 = 0.74;
/// The widest share of all that labels may claim, in percent.
const CLAIMED: f64 = 85.0;

/// How wide the last stretch is that has room for the end, in percent.
const ROOM: f64 = 26.0;

/// The phase bar of an incident.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Bar {
    segments: Vec<Segment>,
    ticks: Vec<Tick>,
    /// How many rows the labels of ticks take.
    rows: usize,
    /// When it was over, where there is room to say so at its end.
    over: Option<When>,
}

/// One stretch. Places are in percent of the bar.
#[derive(Clone, Debug, Serialize)]
struct Segment {
    label: String,
    tone: &'static str,
    from: When,
    until: Option<When>,
    took: Option<String>,
    x: String,
    width: String,
    /// Its share of the longest stretch, for bars that stand below each other.
    share: String,
}

/// A change of severity.
#[derive(Clone, Debug, Serialize)]
struct Tick {
    x: String,
    word: Word,
    verb: &'static str,
    when: When,
    row: usize,
    /// Whether the label ends at the tick rather than beginning there.
    ends: bool,
}

/// A stretch as it is drawn: when, and where in percent of the bar.
struct Span {
    stretch: Stretch,
    until: Moment,
    x: f64,
    width: f64,
}

/// The bar of `subject`; none where there is nothing to draw to scale.
pub(super) fn bar(subject: &Subject<'_>, record: &Record<'_>) -> Option<Bar> {
    let spans = spans(whole(subject, record), subject.view.updated_at)?;
    let length = |span: &Span| seconds(span.stretch.from, span.until);
    let longest = spans.iter().map(length).fold(0.0, f64::max);
    let segments = spans.iter().map(|span| {
        let Stretch {
            status,
            from,
            until,
            seconds,
        } = &span.stretch;
        Segment {
            label: words::label(status),
            tone: words::tone(status, subject.view.kind, &record.archive.vocabulary),
            from: When::of(*from),
            until: until.map(When::of),
            took: seconds.map(words::took),
            x: percent(span.x),
            width: percent(span.width),
            share: percent((length(span) / longest * 100.0).max(1.5)),
        }
    });
    let roomy = spans.last().is_some_and(|last| last.width > ROOM);
    let over = subject.view.facts.resolved_at.filter(|_| roomy);
    let ticks = ticks(subject, record, &spans);
    Some(Bar {
        segments: segments.collect(),
        rows: ticks.iter().map(|tick| tick.row + 1).max().unwrap_or(0),
        over: over.map(When::of),
        ticks,
    })
}

/// Lays out `stretches`; one that lasts is drawn up to the `last` word.
fn spans(stretches: Vec<Stretch>, last: Moment) -> Option<Vec<Span>> {
    let end = |stretch: &Stretch| stretch.until.unwrap_or_else(|| last.max(stretch.from));
    let lengths: Vec<f64> = stretches
        .iter()
        .map(|stretch| seconds(stretch.from, end(stretch)))
        .collect();
    if lengths.iter().sum::<f64>() <= 0.0 {
        return None;
    }
    let narrowest: Vec<f64> = stretches.iter().map(narrowest).collect();
    let mut x = 0.0;
    let mut spans = Vec::with_capacity(stretches.len());
    for (stretch, width) in stretches.into_iter().zip(widths(&lengths, &narrowest)) {
        let until = end(&stretch);
        spans.push(Span {
            stretch,
            until,
            x,
            width,
        });
        x += width;
    }
    Some(spans)
}

/// The stretches, with those between a resolution and a reopening put back in.
fn whole(subject: &Subject<'_>, record: &Record<'_>) -> Vec<Stretch> {
    let over = record
        .archive
        .vocabulary
        .first_in(
            subject.view.kind,
            crate::incident::vocabulary::Phase::Resolved,
        )
        .map_or("resolved", |status| &status.name);
    let mut all: Vec<Stretch> = Vec::new();
    for stretch in &subject.view.stretches {
        let end = all.last().and_then(|last| last.until);
        if let Some(end) = end.filter(|end| *end < stretch.from) {
            all.push(Stretch {
                status: over.to_owned(),
                from: end,
                until: Some(stretch.from),
                seconds: Some(stretch.from - end),
            });
        }
        all.push(stretch.clone());
    }
    all
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a drawing needs no exact seconds"
)]
fn seconds(from: Moment, until: Moment) -> f64 {
    (until - from).as_seconds().max(0) as f64
}

fn narrowest(stretch: &Stretch) -> f64 {
    let took = stretch
        .seconds
        .map_or(12, |took| words::took(took).chars().count());
    breadth(stretch.status.chars().count().max(took).min(24)) + 1.0
}

/// How wide so many characters are, in percent of the bar.
#[allow(clippy::cast_precision_loss, reason = "a label has few characters")]
fn breadth(characters: usize) -> f64 {
    characters as f64 * CHARACTER
}

/// Shares of 100 in proportion to `lengths`, none below its `least`.
fn widths(lengths: &[f64], least: &[f64]) -> Vec<f64> {
    let squeeze = (CLAIMED / least.iter().sum::<f64>()).min(1.0);
    let pairs: Vec<(f64, f64)> = lengths
        .iter()
        .zip(least)
        .map(|(length, least)| (*length, least * squeeze))
        .collect();
    // With every round more stretches are as narrow as they may be, and the others share
    // what is left.
    let mut scale = 100.0 / lengths.iter().sum::<f64>();
    for _ in lengths {
        let is_free = |(length, least): &&(f64, f64)| length * scale >= *least;
        let free: f64 = pairs.iter().filter(is_free).map(|pair| pair.0).sum();
        let held: f64 = pairs
            .iter()
            .filter(|pair| !is_free(pair))
            .map(|pair| pair.1)
            .sum();
        scale = (100.0 - held) / free;
    }
    let width = |(length, least): &(f64, f64)| (length * scale).max(*least);
    pairs.iter().map(width).collect()
}

fn ticks(subject: &Subject<'_>, record: &Record<'_>, spans: &[Span]) -> Vec<Tick> {
    let mut taken: Vec<f64> = Vec::new();
    let entries = subject.view.entries.iter();
    entries
        .filter_map(|entry| {
            let mut changes = entry.changes.iter();
            let change = changes.find(|change| change.field == Field::Severity)?;
            let (from, to) = (change.from.as_str()?, change.to.as_str()?);
            Some(tick(
                from,
                to,
                record,
                entry.shown_at,
                place(entry.shown_at, spans)?,
                &mut taken,
            ))
        })
        .collect()
}

/// One tick; its label goes to the first row in which nothing is in its way, `taken`
/// being how far each row is filled.
fn tick(
    from: &str,
    to: &str,
    record: &Record<'_>,
    at: Moment,
    x: f64,
    taken: &mut Vec<f64>,
) -> Tick {
    let vocabulary = &record.archive.vocabulary;
    let word = Word::severity(to, vocabulary);
    let width = breadth(word.text.chars().count() + 20);
    let ends = x + width > 100.0;
    let begin = if ends { x - width } else { x };
    let free = taken.iter().position(|end| *end < begin);
    let row = free.unwrap_or(taken.len());
    match taken.get_mut(row) {
        Some(end) => *end = begin + width,
        None => taken.push(begin + width),
    }
    let worse = vocabulary.rank(to) < vocabulary.rank(from);
    Tick {
        x: percent(x),
        verb: if worse { "raised to" } else { "lowered to" },
        word,
        when: When::of(at),
        row,
        ends,
    }
}

/// Where `at` lies on the bar; none outside of it.
fn place(at: Moment, spans: &[Span]) -> Option<f64> {
    let span = spans
        .iter()
        .find(|span| span.stretch.from <= at && at <= span.until)?;
    let whole = seconds(span.stretch.from, span.until);
    let share = seconds(span.stretch.from, at) / whole.max(1.0);
    Some(span.x + span.width * share)
}

fn percent(value: f64) -> String {
    format!("{value:.2}%")
}
