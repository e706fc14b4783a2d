//! A replay as people read it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Instance, Replay, Tally};
use crate::automation::event::short;
use crate::automation::wording::{count, times};
use crate::text::plain;

/// How many months the bars show at most: the last ones.
const MONTHS: usize = 12;
/// How long a bar is at most.
const BAR: usize = 24;

/// One set of rules.
pub fn text(replay: &Replay) -> String {
    let mut out = vec![summary(replay)];
    for rule in &replay.rules {
        out.push(String::new());
        out.push(title(rule));
        out.extend(bars("by month", last_months(&rule.months)));
        out.extend(bars("by severity", named(&rule.severities)));
        out.extend(examples(rule));
    }
    out.push(String::new());
    out.join("\n")
}

/// Two sets of rules, and in what they differ.
pub fn side_by_side(one: &Replay, other: &Replay) -> String {
    let mut out = vec![
        format!("one    {}", summary(one)),
        format!("other  {}", summary(other)),
        String::new(),
    ];
    let names: BTreeSet<&str> = [one, other]
        .iter()
        .flat_map(|replay| replay.rules.iter().map(|rule| rule.automation.as_str()))
        .collect();
    let fired = |replay: &Replay, name: &str| {
        let rule = replay.rules.iter().find(|rule| rule.automation == name);
        rule.map(|rule| rule.fired)
    };
    out.push(format!("{:>9} {:>9} {:>9}", "one", "other", "more"));
    for name in names {
        let (before, after) = (fired(one, name), fired(other, name));
        let count =
            |count: Option<usize>| count.map_or("–".to_owned(), |count| count.to_string());
        let more = difference(before.unwrap_or_default(), after.unwrap_or_default());
        out.push(format!(
            "{:>9} {:>9} {more:>9}  {}",
            count(before),
            count(after),
            plain::line(name)
        ));
    }
    out.extend(alone("only the one fires", one, other));
    out.extend(alone("only the other fires", other, one));
    out.push(String::new());
    out.join("\n")
}

/// Firings for which the other set has none of the same automation on the same event.
fn alone(title: &str, here: &Replay, there: &Replay) -> Vec<String> {
    let told = |instance: &Instance| {
        let Instance {
            automation,
            time,
            event,
            incident,
            ..
        } = instance;
        (automation.clone(), *time, event.clone(), incident.clone())
    };
    let known: BTreeSet<_> = there.firings.iter().flatten().map(told).collect();
    let firings = here.firings.iter().flatten();
    let alone: Vec<&Instance> = firings
        .filter(|firing| !known.contains(&told(firing)))
        .collect();
    if alone.is_empty() {
        return Vec::new();
    }
    let mut out = vec![String::new(), format!("{title}: {}", alone.len())];
    let shown = alone.iter().rev().take(5).rev();
    out.extend(shown.map(|firing| {
        format!(
            "  {}  {}",
            instance(firing),
            plain::line(&firing.automation)
        )
    }));
    out
}

fn difference(before: usize, after: usize) -> String {
    match after.cmp(&before) {
        std::cmp::Ordering::Less => format!("-{}", before - after),
        std::cmp::Ordering::Equal => "=".to_owned(),
        std::cmp::Ordering::Greater => format!("+{}", after - before),
    }
}

fn summary(replay: &Replay) -> String {
    let Replay {
        automations,
        events,
        fired,
        rules,
        ..
    } = replay;
    format!(
        "{}: {}, {}, {}",
        plain::line(automations),
        count(rules.len(), "rule"),
        count(*events, "event"),
        count(*fired, "firing")
    )
}

fn title(rule: &Tally) -> String {
    let name = plain::line(&rule.automation);
    match (rule.enabled, rule.fired) {
        (false, _) => format!("{name} is off"),
        (true, 0) => format!("{name} never fires"),
        (true, fired) => format!(
            "{name} fires {} on {}, {}",
            times(fired),
            count(rule.incidents, "incident"),
            count(rule.actions, "action")
        ),
    }
}

fn last_months(months: &BTreeMap<String, usize>) -> Vec<(String, usize)> {
    let earlier = months.len().saturating_sub(MONTHS);
    let sum: usize = months.values().take(earlier).sum();
    let before = (earlier > 0).then(|| ("before".to_owned(), sum));
    let last = months.iter().skip(earlier);
    let last = last.map(|(month, count)| (month.clone(), *count));
    before.into_iter().chain(last).collect()
}

fn named(severities: &BTreeMap<String, usize>) -> Vec<(String, usize)> {
    let name = |name: &String| match name.as_str() {
        "" => "no incident".to_owned(),
        name => plain::line(name),
    };
    let named = severities.iter();
    named
        .map(|(severity, count)| (name(severity), *count))
        .collect()
}

fn bars(title: &str, counts: Vec<(String, usize)>) -> Vec<String> {
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(1);
    let width = counts.iter().map(|(name, _)| name.chars().count()).max();
    let width = width.unwrap_or_default();
    let bar = |count: usize| "▇".repeat((count * BAR).div_ceil(most));
    let mut out = vec![format!("  {title}")];
    out.extend(
        counts
            .into_iter()
            .map(|(name, count)| format!("    {name:width$}  {count:>6}  {}", bar(count))),
    );
    if out.len() == 1 { Vec::new() } else { out }
}

fn examples(rule: &Tally) -> Vec<String> {
    if rule.examples.is_empty() {
        return Vec::new();
    }
    let examples = rule.examples.iter();
    let examples = examples.map(|example| format!("    {}", instance(example)));
    std::iter::once("  such as".to_owned())
        .chain(examples)
        .collect()
}

fn instance(instance: &Instance) -> String {
    let event = instance
        .event
        .as_deref()
        .map_or("no event".to_owned(), short);
    let incident = instance.incident.as_deref().unwrap_or_default();
    let told = format!("{}  {event}  {incident}", instance.happened());
    plain::line(told.trim_end())
}
