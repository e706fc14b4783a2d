//! An incident as lines of text on a terminal.
//!
//! Everything recorded passes [`plain`] on its way here.

use serde_json::Value as Json;

use crate::incident::declaration::{Impact, Resource, Visibility};
use crate::incident::state::State;
use crate::incident::view::{EntryView, View};
use crate::text::duration::Duration;
use crate::text::moment::Moment;
use crate::text::plain;

/// Entries recorded later than this after they happened say so.
const LATE: Duration = Duration::minutes(5);
/// The longest value of a change that is shown, in characters.
const LONGEST: usize = 80;

/// One incident whole.
pub(super) fn incident(view: &View, now: Moment) -> String {
    let mut lines = vec![
        plain::line(&view.facts.title),
        headline(view, now),
        String::new(),
    ];
    if let Some(summary) = &view.facts.summary {
        lines.extend(indented(summary, "  "));
        lines.push(String::new());
    }
    lines.extend(facts(&view.facts));
    lines.push(String::new());
    lines.push(format!(
        "{} {}  declared by {}{}",
        view.declared_at.day(),
        view.declared_at.clock(),
        plain::line(&view.declared_by),
        recorded(view.late),
    ));
    lines.extend(
        view.entries
            .iter()
            .flat_map(|said| entry(said, view.is_backfilled(said))),
    );
    lines.push(String::new());
    lines.push(format!("{}  {}", view.id, plain::line(&view.path)));
    lines.join("\n") + "\n"
}

fn headline(view: &View, now: Moment) -> String {
    let sev = view
        .sev
        .map_or_else(String::new, |sev| format!(" SEV-{sev}"));
    let age = match (view.facts.resolved_at, view.durations.lasted) {
        (Some(at), Some(lasted)) => format!("over at {} {} after {lasted}", at.day(), at.clock()),
        (Some(at), None) => format!("over by {} {}", at.day(), at.clock()),
        _ if view.active => format!(
            "open for {}",
            now - view.facts.started_at.unwrap_or(view.declared_at)
        ),
        _ => "planned".to_owned(),
    };
    let severity = plain::line(&view.facts.severity);
    format!(
        "{severity}{sev} {} · {} · {age}",
        view.kind.name(),
        plain::line(&view.facts.status)
    )
}

fn facts(facts: &State) -> Vec<String> {
    let rows = times(facts).into_iter().chain(things(facts));
    let rows = rows.filter_map(|(name, value)| Some(format!("  {name:<13}{}", value?)));
    let links = facts.links.iter();
    let links = links.map(|link| {
        format!(
            "  {:<13}{} {}",
            "link",
            plain::line(&link.title),
            plain::line(&link.url)
        )
    });
    rows.chain(links).collect()
}

type Row = (&'static str, Option<String>);

fn times(facts: &State) -> [Row; 6] {
    let said = |at: Moment| format!("{} {} UTC", at.day(), at.clock());
    [
        ("started", facts.started_at.map(said)),
        ("detected", facts.detected_at.map(said)),
        ("acknowledged", facts.acknowledged_at.map(said)),
        ("mitigated", facts.mitigated_at.map(said)),
        ("resolved", facts.resolved_at.map(said)),
        ("scheduled", facts.scheduled_for.map(said)),
    ]
}

fn things(facts: &State) -> [Row; 4] {
    let list = |items: Vec<String>| (!items.is_empty()).then(|| items.join(", "));
    let person = |(role, person): (&String, &String)| {
        format!("{} ({})", plain::line(person), plain::line(role))
    };
    [
        (
            "affects",
            list(facts.resources.iter().map(resource).collect()),
        ),
        ("people", list(facts.roles.iter().map(person).collect())),
        (
            "tags",
            list(facts.tags.iter().map(|tag| plain::line(tag)).collect()),
        ),
        (
            "duplicate of",
            facts.duplicate_of.as_deref().map(plain::line),
        ),
    ]
}

fn resource(resource: &Resource) -> String {
    let name = plain::line(resource.name.as_deref().unwrap_or(&resource.id));
    match resource.impact {
        None => name,
        Some(impact) => format!("{name} ({})", impact_words(impact)),
    }
}

fn impact_words(impact: Impact) -> &'static str {
    match impact {
        Impact::Operational => "operational",
        Impact::DegradedPerformance => "degraded performance",
        Impact::PartialOutage => "partial outage",
        Impact::MajorOutage => "major outage",
        Impact::UnderMaintenance => "under maintenance",
    }
}

fn recorded(late: Option<Duration>) -> String {
    match late {
        None => "  (not recorded yet)".to_owned(),
        Some(late) if late > LATE => format!("  (recorded {late} later)"),
        Some(_) => String::new(),
    }
}

fn entry(entry: &EntryView, backfilled: bool) -> Vec<String> {
    let internal = if entry.visibility == Visibility::Internal {
        " [internal]"
    } else {
        ""
    };
    let mut lines = vec![format!(
        "{} {}  {} by {}{internal}{}",
        entry.at.day(),
        entry.at.clock(),
        entry.kind.replace('_', " "),
        plain::line(&entry.by),
        if backfilled {
            String::new()
        } else {
            recorded(entry.late)
        },
    )];
    for change in &entry.changes {
        lines.push(format!(
            "    {}: {} → {}",
            change.field.name(),
            short(&change.from),
            short(&change.to)
        ));
    }
    lines.extend(pointers(entry).into_iter().map(|(what, why)| {
        let line = format!(
            "    {} {}",
            plain::line(what),
            plain::line(why.unwrap_or_default())
        );
        line.trim_end().to_owned()
    }));
    if let Some(words) = &entry.comment {
        lines.extend(indented(words, "    "));
    }
    lines
}

/// What an entry points at, and why: a file, another entry, another incident.
fn pointers(entry: &EntryView) -> Vec<(&str, Option<&str>)> {
    let file = entry
        .attach
        .iter()
        .map(|attached| (attached.file.as_str(), attached.caption.as_deref()));
    let corrected = entry
        .correct
        .iter()
        .map(|correction| (correction.entry.as_str(), Some(correction.reason.as_str())));
    let targets = entry.retract.iter().chain(&entry.redact);
    let targets = targets.map(|target| (target.entry.as_str(), Some(target.reason.as_str())));
    let other = entry
        .duplicate_of
        .iter()
        .map(|other| (other.as_str(), None));
    file.chain(corrected).chain(targets).chain(other).collect()
}

fn indented(words: &str, by: &str) -> Vec<String> {
    plain::lines(words.trim_end())
        .lines()
        .map(|line| format!("{by}{line}").trim_end().to_owned())
        .collect()
}

/// A value of a change in one short line.
fn short(value: &Json) -> String {
    let line = plain::line(&said(value));
    if line.chars().count() <= LONGEST {
        return line;
    }
    line.chars().take(LONGEST - 1).chain(['…']).collect()
}

fn said(value: &Json) -> String {
    let name = |item: &Json| {
        let name = said(
            item.get("name")
                .or_else(|| item.get("id"))
                .or_else(|| item.get("title"))
                .unwrap_or(item),
        );
        match item.get("impact").and_then(Json::as_str) {
            None => name,
            Some(impact) => format!("{name} ({})", impact.replace('_', " ")),
        }
    };
    match value {
        Json::Null => "unknown".to_owned(),
        Json::String(text) => text.clone(),
        Json::Array(items) if items.is_empty() => "none".to_owned(),
        Json::Array(items) => items.iter().map(name).collect::<Vec<_>>().join(", "),
        Json::Object(map) => {
            let pairs = map
                .iter()
                .map(|(key, value)| format!("{key} {}", said(value)));
            pairs.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
