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

/// The phase bar of an incident.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Bar {
    segments: Vec<Segment>,
    ticks: Vec<Tick>,
    /// How many rows the labels of ticks take.
    rows: usize,
    /// When it was over.
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

/// The bar of `subject`; none where there is nothing to draw to scale.
pub(super) fn bar(subject: &Subject<'_>, record: &Record<'_>) -> Option<Bar> {
    let stretches = whole(subject, record);
    let last = subject.view.updated_at;
    let end = |stretch: &Stretch| stretch.until.unwrap_or_else(|| last.max(stretch.from));
    let lengths: Vec<f64> = stretches
        .iter()
        .map(|stretch| seconds(stretch.from, end(stretch)))
        .collect();
    let longest = lengths.iter().copied().fold(0.0, f64::max);
    if longest <= 0.0 {
        return None;
    }
    let least: Vec<f64> = stretches.iter().map(narrowest).collect();
    let widths = widths(&lengths, &least);
    let mut x = 0.0;
    let mut segments = Vec::with_capacity(stretches.len());
    let mut scale = Vec::with_capacity(stretches.len());
    for ((stretch, width), length) in stretches.iter().zip(&widths).zip(&lengths) {
        scale.push((stretch.from, end(stretch), x, *width));
        segments.push(Segment {
            label: words::label(&stretch.status),
            tone: words::tone(
                &stretch.status,
                subject.view.kind,
                &record.archive.vocabulary,
            ),
            from: When::of(stretch.from),
            until: stretch.until.map(When::of),
            took: stretch.seconds.map(words::took),
            x: percent(x),
            width: percent(*width),
            share: percent((length / longest * 100.0).max(1.5)),
        });
        x += width;
    }
    let ticks = ticks(subject, record, &scale);
    Some(Bar {
        rows: ticks.iter().map(|tick| tick.row + 1).max().unwrap_or(0),
        over: subject.view.facts.resolved_at.map(When::of),
        segments,
        ticks,
    })
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

#[allow(clippy::cast_precision_loss)] // a drawing needs no exact seconds
fn seconds(from: Moment, until: Moment) -> f64 {
    (until - from).as_seconds().max(0) as f64
}

#[allow(clippy::cast_precision_loss)] // a label has few characters
fn narrowest(stretch: &Stretch) -> f64 {
    let took = stretch
        .seconds
        .map_or(12, |took| words::took(took).chars().count());
    stretch.status.chars().count().max(took).min(24) as f64 * CHARACTER + 1.0
}

/// Shares of 100 in proportion to `lengths`, none below its `least`.
fn widths(lengths: &[f64], least: &[f64]) -> Vec<f64> {
    let claimed: f64 = least.iter().sum();
    let squeeze = (CLAIMED / claimed).min(1.0);
    let least: Vec<f64> = least.iter().map(|least| least * squeeze).collect();
    let mut fixed: Vec<bool> = vec![false; lengths.len()];
    loop {
        let pick = |of: &[f64], want: bool| -> f64 {
            let chosen = of.iter().zip(&fixed).filter(|(_, fixed)| **fixed == want);
            chosen.map(|(value, _)| value).sum()
        };
        let free = pick(lengths, false);
        let scale = if free > 0.0 {
            (100.0 - pick(&least, true)) / free
        } else {
            0.0
        };
        let width = |(length, least): (&f64, &f64)| (length * scale).max(*least);
        let grown: Vec<bool> = lengths
            .iter()
            .zip(&least)
            .zip(&fixed)
            .map(|((length, least), fixed)| *fixed || length * scale < *least)
            .collect();
        if grown == fixed {
            return lengths
                .iter()
                .zip(&least)
                .zip(&fixed)
                .map(|(pair, fixed)| if *fixed { *pair.1 } else { width(pair) })
                .collect();
        }
        fixed = grown;
    }
}

fn ticks(
    subject: &Subject<'_>,
    record: &Record<'_>,
    scale: &[(Moment, Moment, f64, f64)],
) -> Vec<Tick> {
    let vocabulary = &record.archive.vocabulary;
    let mut ends: Vec<f64> = Vec::new();
    let mut ticks = Vec::new();
    for entry in &subject.view.entries {
        let change = entry
            .changes
            .iter()
            .find(|change| change.field == Field::Severity);
        let Some((from, to)) =
            change.and_then(|change| Some((change.from.as_str()?, change.to.as_str()?)))
        else {
            continue;
        };
        let Some(x) = place(entry.at, scale) else {
            continue;
        };
        let word = Word::severity(to, vocabulary);
        #[allow(clippy::cast_precision_loss)] // a label has few characters
        let width = (word.text.chars().count() + 20) as f64 * CHARACTER;
        let last = x + width > 100.0;
        let begin = if last { x - width } else { x };
        let row = ends
            .iter()
            .position(|end| *end < begin)
            .unwrap_or(ends.len());
        match ends.get_mut(row) {
            Some(end) => *end = begin + width,
            None => ends.push(begin + width),
        }
        ticks.push(Tick {
            x: percent(x),
            verb: if vocabulary.rank(to) < vocabulary.rank(from) {
                "raised to"
            } else {
                "lowered to"
            },
            word,
            when: When::of(entry.at),
            row,
            ends: last,
        });
    }
    ticks
}

/// Where `at` lies on the bar; none outside of it.
fn place(at: Moment, scale: &[(Moment, Moment, f64, f64)]) -> Option<f64> {
    let (from, until, x, width) = scale
        .iter()
        .find(|(from, until, ..)| *from <= at && at <= *until)?;
    let whole = seconds(*from, *until);
    let share = if whole > 0.0 {
        seconds(*from, at) / whole
    } else {
        0.0
    };
    Some(x + width * share)
}

fn percent(value: f64) -> String {
    format!("{value:.2}%")
}
