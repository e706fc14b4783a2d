//! An incident as lines of text on a terminal.
//!
//! Everything recorded passes [`plain`] on its way here.

mod line;
mod value;

use crate::incident::declaration::{Impact, Resource};
use crate::incident::distribution::Distribution;
use crate::incident::state::State;
use crate::incident::view::View;
use crate::text::moment::Moment;
use crate::text::plain;

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
    let facts = facts(&view.facts);
    let facts: Vec<String> = facts.into_iter().chain(lateness(&view.lateness)).collect();
    if !facts.is_empty() {
        lines.extend(facts);
        lines.push(String::new());
    }
    lines.extend(line::timeline(view));
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
        _ if view.active => {
            let began = view.facts.started_at.or(view.facts.scheduled_for);
            format!("open for {}", now - began.unwrap_or(view.declared_at))
        }
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
    let scheduled = |from: Moment| match facts.scheduled_until {
        Some(until) if until.day() == from.day() => {
            format!("{} {} – {} UTC", from.day(), from.clock(), until.clock())
        }
        Some(until) => format!("{} {} – {}", from.day(), from.clock(), said(until)),
        None => said(from),
    };
    [
        ("started", facts.started_at.map(said)),
        ("detected", facts.detected_at.map(said)),
        ("acknowledged", facts.acknowledged_at.map(said)),
        ("mitigated", facts.mitigated_at.map(said)),
        ("resolved", facts.resolved_at.map(said)),
        ("scheduled", facts.scheduled_for.map(scheduled)),
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

/// How late things came into the record, where that was late at all. A single value
/// stands beside what it is of.
fn lateness(spread: &Distribution) -> Option<String> {
    let (median, most) = (spread.median?, spread.most?);
    if spread.n < 2 || most <= line::LATE {
        return None;
    }
    let most = match spread.p90 {
        Some(p90) => format!("nine of ten within {p90}, all {} within {most}", spread.n),
        None => format!("all {} within {most}", spread.n),
    };
    let half = match median.as_seconds() {
        0 => "half at once".to_owned(),
        _ => format!("half within {median}"),
    };
    Some(format!("  {:<13}{half}, {most}", "recorded"))
}

/// `words` as lines, each after `by`.
fn indented(words: &str, by: &str) -> Vec<String> {
    plain::lines(words.trim_end())
        .lines()
        .map(|line| format!("{by}{line}").trim_end().to_owned())
        .collect()
}
