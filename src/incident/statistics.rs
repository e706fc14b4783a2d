//! Counts of incidents, and how their durations are spread.
//!
//! Every number says of what it is. Maintenance and drills are counted apart, and their
//! durations are not reckoned: how long planned work took tells nothing of how long
//! things were broken. An incident that turned out to be another one counts once, as
//! that other. What is unknown is counted as unknown, and never as zero.

use std::collections::BTreeMap;

use serde::Serialize;

use super::declaration::Kind;
use super::distribution::{Distribution, ENOUGH};
use super::durations::{MEASURES, Measure};
use super::lateness;
use super::view::View;
use super::vocabulary::{Phase, Vocabulary};
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// What is counted: incidents of one kind that were declared within a stretch of time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope {
    /// From when on; from the beginning where absent.
    pub since: Option<Moment>,
    /// Until when, itself not included; to the end where absent.
    pub until: Option<Moment>,
    /// Of which kind.
    pub kind: Kind,
}

impl Scope {
    fn holds(self, view: &View) -> bool {
        self.since.is_none_or(|since| since <= view.declared_at)
            && self.until.is_none_or(|until| view.declared_at < until)
    }
}

/// So many of one sort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Which sort: a word of the vocabulary, a kind, a month.
    pub name: String,
    /// How many.
    pub n: usize,
}

/// How one length of time is spread over what was counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// Its key.
    pub name: &'static str,
    /// From what to what.
    pub definition: &'static str,
    /// How it is spread where it is known.
    #[serde(flatten)]
    pub spread: Distribution,
    /// Of how many an end is not known, though they are over or recorded.
    pub unknown: usize,
    /// Of how many the end may still come.
    pub open: usize,
    /// The known values in order, in seconds, where they are too few to tell nine of ten.
    pub values: Option<Vec<Duration>>,
}

/// The counts and durations of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statistics {
    /// From when on; null for the beginning.
    pub since: Option<Moment>,
    /// Until when; null for the end.
    pub until: Option<Moment>,
    /// Which kind is counted.
    pub kind: Kind,
    /// How many.
    pub n: usize,
    /// How many of that kind turned out to be another incident; they are in no other number.
    pub duplicates: usize,
    /// How many of every kind.
    pub kinds: Vec<Count>,
    /// By the worst severity that was ever in force, worst first.
    pub severities: Vec<Count>,
    /// By phase.
    pub phases: Vec<Count>,
    /// By status, in the vocabulary's order; those that none has are left out.
    pub statuses: Vec<Count>,
    /// By the month (UTC) of the declaration; months without any are left out.
    pub months: Vec<Count>,
    /// How long things took; nothing for maintenance and drills.
    pub durations: Vec<Measured>,
    /// How late things came into the record.
    pub lateness: Measured,
    /// How many came into the record more than a day after they were declared, as imports
    /// do: they are not among the lateness.
    pub afterwards: usize,
}

impl Statistics {
    /// The statistics of what `scope` holds of `views`.
    pub fn of(views: &[View], scope: Scope, vocabulary: &Vocabulary) -> Self {
        let within: Vec<&View> = views.iter().filter(|view| scope.holds(view)).collect();
        let is_own = |view: &&&View| view.facts.duplicate_of.is_none();
        let of_kind = |kind: Kind| within.iter().filter(move |view| view.kind == kind);
        let own: Vec<&View> = of_kind(scope.kind).filter(is_own).copied().collect();
        let kinds = [Kind::Incident, Kind::Maintenance, Kind::Drill];
        let measures = MEASURES.iter().filter(|_| scope.kind == Kind::Incident);
        Self {
            since: scope.since,
            until: scope.until,
            kind: scope.kind,
            n: own.len(),
            duplicates: of_kind(scope.kind).count() - own.len(),
            kinds: kinds
                .map(|kind| count(kind.name(), of_kind(kind).filter(is_own).count()))
                .to_vec(),
            severities: severities(&own, vocabulary),
            phases: phases(&own, scope.kind),
            statuses: statuses(&own, vocabulary),
            months: months(&own),
            durations: measures.map(|measure| took(measure, &own)).collect(),
            lateness: late(&own),
            afterwards: own
                .iter()
                .filter(|view| view.was_written_afterwards())
                .count(),
        }
    }
}

fn count(name: &str, n: usize) -> Count {
    Count {
        name: name.to_owned(),
        n,
    }
}

/// How often each word occurs: those `first` in their order, then others in theirs.
fn words<'a>(
    said: impl Iterator<Item = &'a str>,
    first: impl Iterator<Item = &'a str>,
) -> Vec<Count> {
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    for word in said {
        *met.entry(word).or_default() += 1;
    }
    let mut counts: Vec<Count> = first
        .map(|word| count(word, met.remove(word).unwrap_or_default()))
        .collect();
    counts.extend(met.into_iter().map(|(word, n)| count(word, n)));
    counts
}

fn severities(own: &[&View], vocabulary: &Vocabulary) -> Vec<Count> {
    let known = vocabulary.severities.iter();
    let known = known.map(|severity| severity.name.as_str());
    words(own.iter().map(|view| view.peak_severity.as_str()), known)
}

fn phases(own: &[&View], kind: Kind) -> Vec<Count> {
    let phases = [
        ("planned", Phase::Planned),
        ("active", Phase::Active),
        ("resolved", Phase::Resolved),
    ];
    let can_be = |phase: &(&str, Phase)| kind == Kind::Maintenance || phase.1 != Phase::Planned;
    let in_phase = |phase| own.iter().filter(|view| view.phase == phase).count();
    let counts = phases.into_iter().filter(can_be);
    counts
        .map(|(name, phase)| count(name, in_phase(phase)))
        .collect()
}

fn statuses(own: &[&View], vocabulary: &Vocabulary) -> Vec<Count> {
    let known = vocabulary
        .statuses
        .iter()
        .map(|status| status.name.as_str());
    let mut counts = words(own.iter().map(|view| view.facts.status.as_str()), known);
    counts.retain(|count| count.n > 0);
    counts
}

fn months(own: &[&View]) -> Vec<Count> {
    let month = |view: &&View| view.declared_at.month();
    let months: Vec<String> = own.iter().map(month).collect();
    words(months.iter().map(String::as_str), std::iter::empty())
}

fn took(measure: &Measure, own: &[&View]) -> Measured {
    let known = own
        .iter()
        .filter_map(|view| (measure.of)(&view.durations))
        .collect();
    let unknown = own
        .iter()
        .filter(|view| (measure.of)(&view.durations).is_none());
    let (over, open): (Vec<&View>, Vec<&View>) =
        unknown.partition(|view| view.phase == Phase::Resolved);
    measured(
        (measure.name, measure.definition),
        known,
        (over.len(), open.len()),
    )
}

fn late(own: &[&View]) -> Measured {
    let mut own = own.to_vec();
    own.retain(|view| !view.was_written_afterwards());
    let known = own.iter().flat_map(|view| lateness::values(view)).collect();
    let entries = own.iter().flat_map(|view| &view.entries);
    let unrecorded = entries.filter(|entry| entry.late.is_none()).count()
        + own.iter().filter(|view| view.late.is_none()).count();
    let definition = "from when something happened until the commit that recorded it";
    measured(("lateness", definition), known, (0, unrecorded))
}

fn measured(
    (name, definition): (&'static str, &'static str),
    mut known: Vec<Duration>,
    (unknown, open): (usize, usize),
) -> Measured {
    known.sort_unstable();
    Measured {
        name,
        definition,
        spread: Distribution::of(known.clone()),
        unknown,
        open,
        values: (known.len() < ENOUGH).then_some(known),
    }
}
