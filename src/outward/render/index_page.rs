//! The first page and the pages of past years.

use serde::Serialize;

use super::incident_page::lede;
use super::record::{Record, Subject};
use super::shell::Shell;
use super::words::{self, When, Word};
use crate::incident::declaration::{Kind, Visibility};
use crate::incident::vocabulary::Phase;
use crate::text::moment::Moment;
use crate::text::plain;

/// The first page shows whole months until it holds so many incidents.
const SHOWN: usize = 50;

/// The first page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct IndexPage {
    shell: Shell,
    /// How things are, in a few words.
    heading: String,
    /// What the first of the active incidents is about; nothing on a good day.
    lede: Option<String>,
    /// Active incidents of the worst severity.
    banner: Vec<Row>,
    active: Vec<Row>,
    planned: Vec<Row>,
    months: Vec<Month>,
    /// The latest incident that was no drill and no maintenance.
    last: Option<Row>,
    years: Vec<String>,
}

/// The page of a year.
#[derive(Clone, Debug, Serialize)]
pub(super) struct YearPage {
    shell: Shell,
    year: String,
    months: Vec<Month>,
    years: Vec<String>,
}

/// The incidents of a month, latest first.
#[derive(Clone, Debug, Serialize)]
struct Month {
    label: String,
    rows: Vec<Row>,
}

/// One incident in a list.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    id: String,
    title: String,
    kind: Kind,
    kind_label: String,
    severity: Word,
    status: Word,
    lede: String,
    lasted: Option<String>,
    day: When,
    since: When,
    updated: When,
    from: Option<When>,
    until: Option<When>,
    internal: bool,
}

/// One incident in a list.
pub(super) fn row(subject: &Subject<'_>, record: &Record<'_>) -> Row {
    let view = &subject.view;
    let vocabulary = &record.archive.vocabulary;
    Row {
        id: view.id.clone(),
        title: plain::line(&view.facts.title),
        kind: view.kind,
        kind_label: words::label(view.kind.name()),
        severity: Word::severity(&view.facts.severity, vocabulary),
        status: Word::status(&view.facts.status, view.kind, vocabulary),
        lede: lede(subject, 150),
        lasted: view.durations.lasted.map(words::took),
        day: When::of(day(subject)),
        since: When::of(subject.origin()),
        updated: When::of(view.updated_at),
        from: view.facts.scheduled_for.map(When::of),
        until: view.facts.scheduled_until.map(When::of),
        internal: view.visibility == Visibility::Internal,
    }
}

/// The moment under whose day a list holds it.
fn day(subject: &Subject<'_>) -> Moment {
    let planned = subject.view.facts.scheduled_for;
    planned.unwrap_or(subject.view.declared_at)
}

/// The first page.
pub(super) fn page(record: &Record<'_>, shell: Shell) -> IndexPage {
    let in_phase = |phase| {
        record
            .subjects
            .iter()
            .filter(move |subject| subject.view.phase == phase)
    };
    let mut active: Vec<&Subject<'_>> = in_phase(Phase::Active).collect();
    active.sort_by_key(|subject| {
        let rank = record.archive.vocabulary.rank(&subject.view.facts.severity);
        (is_other(subject), rank, std::cmp::Reverse(subject.origin()))
    });
    let mut planned: Vec<&Subject<'_>> = in_phase(Phase::Planned).collect();
    planned.sort_by_key(|subject| day(subject));
    let last = record
        .subjects
        .iter()
        .rev()
        .find(|subject| !is_other(subject));
    let rows = |subjects: &[&Subject<'_>]| -> Vec<Row> {
        subjects
            .iter()
            .map(|subject| row(subject, record))
            .collect()
    };
    let alarming = active.iter().filter(|subject| record.is_alarming(subject));
    let first = active.first().filter(|_| active.len() == 1);
    IndexPage {
        heading: heading(&active),
        lede: first.map(|subject| lede(subject, 300)),
        banner: alarming.map(|subject| row(subject, record)).collect(),
        active: rows(&active),
        planned: rows(&planned),
        months: recent(months(record, None)),
        last: last.map(|subject| row(subject, record)),
        years: years(record),
        shell,
    }
}

/// The page of `year`.
pub(super) fn year(record: &Record<'_>, year: &str, shell: Shell) -> YearPage {
    YearPage {
        year: year.to_owned(),
        months: months(record, Some(year)),
        years: years(record),
        shell,
    }
}

/// Whether it is a drill or a maintenance.
fn is_other(subject: &Subject<'_>) -> bool {
    subject.view.kind != Kind::Incident
}

fn heading(active: &[&Subject<'_>]) -> String {
    let number = |kind| {
        active
            .iter()
            .filter(|subject| subject.view.kind == kind)
            .count()
    };
    match (
        number(Kind::Incident),
        number(Kind::Maintenance),
        number(Kind::Drill),
    ) {
        (0, 0, 0) => "Nothing is wrong".to_owned(),
        (0, 0, _) => "Nothing is wrong; a drill is going on".to_owned(),
        (0, _, _) => "Maintenance is going on".to_owned(),
        (1, ..) => "One incident is active".to_owned(),
        (many, ..) => format!("{} incidents are active", words::count(many)),
    }
}

/// The years that hold something, latest first.
pub(super) fn years(record: &Record<'_>) -> Vec<String> {
    let mut years: Vec<String> = over(record)
        .filter_map(|subject| day(subject).format("%Y"))
        .collect();
    years.sort();
    years.dedup();
    years.reverse();
    years
}

fn over<'r, 'a>(record: &'r Record<'a>) -> impl Iterator<Item = &'r Subject<'a>> {
    record
        .subjects
        .iter()
        .filter(|subject| subject.view.phase == Phase::Resolved)
}

fn months(record: &Record<'_>, year: Option<&str>) -> Vec<Month> {
    let mut subjects: Vec<&Subject<'_>> = over(record)
        .filter(|subject| year.is_none() || day(subject).format("%Y").as_deref() == year)
        .collect();
    subjects.sort_by_key(|subject| (day(subject), &subject.view.id));
    let mut months: Vec<Month> = Vec::new();
    for subject in subjects.into_iter().rev() {
        let label = day(subject).day().month();
        let row = row(subject, record);
        match months.last_mut().filter(|month| month.label == label) {
            Some(month) => month.rows.push(row),
            None => months.push(Month {
                label,
                rows: vec![row],
            }),
        }
    }
    months
}

/// The latest whole months that hold some fifty incidents together.
fn recent(mut months: Vec<Month>) -> Vec<Month> {
    let mut held = 0;
    let enough = months.iter().position(|month| {
        let full = held >= SHOWN;
        held += month.rows.len();
        full
    });
    if let Some(enough) = enough {
        months.truncate(enough);
    }
    months
}
