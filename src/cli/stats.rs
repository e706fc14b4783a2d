//! `annals stats`: counts, and how durations are spread.
//!
//! Every number has its definition beside it, and says of how many it was reckoned.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table};

use super::appending;
use super::arguments::Stats;
use super::check::count;
use super::context::Context;
use super::failure::Failure;
use super::past::Past;
use super::show;
use crate::archive::Archive;
use crate::incident::declaration::Kind;
use crate::incident::distribution::ENOUGH;
use crate::incident::statistics::{Count, Measured, Scope, Statistics};
use crate::incident::view::View;
use crate::incident::{Audience, Incident};
use crate::text::duration::Duration;
use crate::text::plain;

/// Over more months than this, text counts by year.
const MONTHS: usize = 24;

/// `annals stats`.
pub(super) fn run(context: &Context, arguments: &Stats) -> Result<u8, Failure> {
    let since = context.time_if("since", arguments.since.as_ref())?;
    let until = context.time_if("until", arguments.until.as_ref())?;
    if since
        .zip(until)
        .is_some_and(|(since, until)| since >= until)
    {
        let failure = Failure::usage("`--since` is not before `--until`");
        return Err(failure.help("give the earlier time to `--since`"));
    }
    let past = Past::of(context, &arguments.looking)?;
    let archive = past.archive(context)?;
    let audience = show::audience(arguments.audience);
    let views = seen(&archive, audience, &past);
    let scope = Scope {
        since,
        until,
        kind: appending::kind(arguments.kind),
    };
    let statistics = Statistics::of(&views, scope, &archive.vocabulary);
    let json = || serde_json::to_value(&statistics).unwrap_or_default();
    let text = || text(&statistics);
    let found = &archive.diagnostics;
    Ok(context.answer_to(audience, "statistics", json, text, found))
}

/// What `audience` sees of every incident, as it was.
fn seen(archive: &Archive, audience: Audience, past: &Past) -> Vec<View> {
    let view = |incident: &Incident| {
        let seen = incident.seen_by(audience)?;
        let seen = past.incident(&seen)?;
        Some(View::of(&seen, &archive.vocabulary, past.now))
    };
    archive.incidents.iter().filter_map(view).collect()
}

fn text(statistics: &Statistics) -> String {
    let mut parts = vec![heading(statistics)];
    if statistics.n > 0 {
        parts.push(counted(
            "SEVERITY",
            "the worst that was ever in force",
            &statistics.severities,
        ));
        parts.push(counted("PHASE", "as it is now", &statistics.phases));
        parts.push(counted("STATUS", "as it is now", &statistics.statuses));
        parts.push(declared(&statistics.months));
        let measures: Vec<&Measured> = statistics
            .durations
            .iter()
            .chain([&statistics.lateness])
            .collect();
        parts.push(spread(&measures));
        parts.push(explained(&measures, statistics.afterwards));
    }
    parts.join("\n")
}

fn heading(statistics: &Statistics) -> String {
    let (one, many) = nouns(statistics.kind);
    let mut heading = count(statistics.n, one, many) + " declared";
    for (word, at) in [("since", statistics.since), ("before", statistics.until)] {
        if let Some(at) = at {
            let _ = write!(heading, " {word} {} {} UTC", at.day(), at.clock());
        }
    }
    let mut apart: Vec<String> = Vec::new();
    for kind in [Kind::Incident, Kind::Maintenance, Kind::Drill] {
        let (one, many) = nouns(kind);
        let named =
            |count: &&Count| count.name == kind.name() && count.n > 0 && kind != statistics.kind;
        let others = statistics.kinds.iter().find(named);
        apart.extend(others.map(|others| count(others.n, one, many)));
    }
    if statistics.duplicates > 0 {
        let (one, many) = (
            "that turned out to be another incident",
            "that turned out to be others",
        );
        apart.push(count(statistics.duplicates, one, many));
    }
    if !apart.is_empty() {
        let _ = write!(heading, "\nnot among them: {}", apart.join(", "));
    }
    heading + "\n"
}

fn nouns(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Incident => ("incident", "incidents"),
        Kind::Maintenance => ("maintenance", "maintenances"),
        Kind::Drill => ("drill", "drills"),
    }
}

fn table(
    head: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
    numbers: std::ops::Range<usize>,
) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(head);
    table.add_rows(rows);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if numbers.contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let drawn = table.to_string();
    let lines: Vec<&str> = drawn.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

fn counted(head: &str, definition: &str, counts: &[Count]) -> String {
    let rows = counts
        .iter()
        .map(|count| vec![plain::line(&count.name), count.n.to_string()]);
    table(&[head, "N", definition], rows, 1..2)
}

/// By month, or by year where that would be a long list.
fn declared(months: &[Count]) -> String {
    if months.len() <= MONTHS {
        return counted("MONTH", "of the declaration, in UTC", months);
    }
    let mut years: Vec<Count> = Vec::new();
    for month in months {
        let year = month.name.split('-').next().unwrap_or_default();
        match years.last_mut().filter(|last| last.name == year) {
            Some(last) => last.n += month.n,
            None => years.push(Count {
                name: year.to_owned(),
                n: month.n,
            }),
        }
    }
    counted("YEAR", "of the declaration, in UTC", &years)
}

fn spread(measures: &[&Measured]) -> String {
    let said =
        |value: Option<Duration>| value.map_or_else(|| "–".to_owned(), |value| value.to_string());
    let rows = measures.iter().map(|of| {
        vec![
            of.name.to_owned(),
            of.spread.n.to_string(),
            of.unknown.to_string(),
            of.open.to_string(),
            said(of.spread.median),
            said(of.spread.p90),
            said(of.spread.most),
            of.definition.to_owned(),
        ]
    });
    let head = [
        "DURATION", "N", "UNKNOWN", "OPEN", "MEDIAN", "P90", "LONGEST", "",
    ];
    table(&head, rows, 1..7)
}

/// What the columns mean, and the values that are too few to be summed up.
fn explained(measures: &[&Measured], afterwards: usize) -> String {
    let mut lines = vec![
        "n: of how many it is known; unknown: of how many that are over it is not; open: it may still come".to_owned(),
        "median, p90: the shortest of which at least half, or nine of ten, are no longer".to_owned(),
    ];
    if afterwards > 0 {
        let afterwards = count(afterwards, "that was", "that were");
        lines.push(format!(
            "lateness: without {afterwards} written down more than a day afterwards"
        ));
    }
    let few = measures
        .iter()
        .filter_map(|of| Some((of.name, of.values.as_ref()?)));
    let few: Vec<_> = few.filter(|(_, values)| !values.is_empty()).collect();
    if !few.is_empty() {
        lines.push(format!(
            "fewer than {ENOUGH} values sum up to little; these are they:"
        ));
    }
    for (name, values) in few {
        let values: Vec<String> = values.iter().map(Duration::to_string).collect();
        lines.push(format!("  {name:<12} {}", values.join(", ")));
    }
    lines.join("\n") + "\n"
}
