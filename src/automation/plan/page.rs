//! The plan as people read it: text for a terminal, Markdown for a pull request.
//!
//! All words of a repository are hostile here. In Markdown they stand in code, between
//! more backticks than they hold themselves; on a terminal nothing of them is obeyed.

use std::collections::BTreeMap;

use super::{Plan, Planned};
use crate::automation::action::{Action, Acts};
use crate::automation::evaluation::{Change, Difference};
use crate::automation::trigger::Condition;
use crate::text::diagnostic::Diagnostic;
use crate::text::plain;

/// The plan as text of several lines.
pub fn text(plan: &Plan) -> String {
    let mut out = vec![summary(plan)];
    section(&mut out, "This change says", says(plan, plain::line));
    for firing in &plan.firings {
        out.push(String::new());
        out.push(format!("{} fires", plain::line(&firing.automation)));
        out.extend(because(firing, plain::line).map(|line| format!("  {line}")));
        for action in &firing.actions {
            out.push(format!("  → {}", does(action, plain::line)));
            let body = plain::lines(action.request.body.as_deref().unwrap_or_default());
            out.extend(body.lines().map(|line| format!("    │ {line}")));
        }
    }
    let changes = plan
        .changes
        .iter()
        .map(|change| changed(change, plain::line));
    section(&mut out, "Automations in this change", changes);
    let faults = plan
        .diagnostics
        .iter()
        .map(|fault| faulty(fault, plain::line));
    section(&mut out, "Wrong with the automations", faults);
    out.push(format!("\nplan {}\n", plan.hash));
    out.join("\n")
}

/// The plan as Markdown.
pub fn markdown(plan: &Plan) -> String {
    let mut out = vec![format!("### annals plan\n\n{}", summary(plan))];
    heading(&mut out, "This change says", says(plan, code));
    if !plan.firings.is_empty() {
        out.push("\n#### It would set off\n".to_owned());
    }
    for firing in &plan.firings {
        out.push(format!("**{}** fires\n", code(&firing.automation)));
        out.extend(because(firing, code).map(|line| format!("- {line}")));
        out.push(String::new());
        for action in &firing.actions {
            out.push(format!("→ {}\n", does(action, code)));
            out.extend(action.request.body.as_deref().map(fenced));
        }
    }
    let changes = plan.changes.iter().map(|change| changed(change, code));
    heading(&mut out, "Automations in this change", changes);
    let faults = plan.diagnostics.iter().map(|fault| faulty(fault, code));
    heading(&mut out, "Wrong with the automations", faults);
    out.push(format!("\nplan `{}`\n", plan.hash));
    out.join("\n")
}

/// How hostile words are made harmless.
type Quote = fn(&str) -> String;

fn summary(plan: &Plan) -> String {
    let acting = plan.acting();
    let other: usize = plan.firings.iter().map(|firing| firing.actions.len()).sum();
    match (plan.firings.len(), acting) {
        (0, _) => "No automation would fire.".to_owned(),
        (fired, acting) => {
            let skipped = match other - acting {
                0 => String::new(),
                more => format!(", {more} not"),
            };
            let firings = count(fired, "firing");
            format!(
                "{firings}; {} would be carried out{skipped}.",
                count(acting, "action")
            )
        }
    }
}

fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// Incident by incident: which events, and how many of each.
fn says(plan: &Plan, quote: Quote) -> Vec<String> {
    let mut incidents: BTreeMap<&str, (&str, BTreeMap<String, usize>)> = BTreeMap::new();
    for told in &plan.events {
        let (title, verbs) = incidents.entry(&told.incident).or_default();
        *title = &told.title;
        *verbs.entry(told.verb()).or_default() += 1;
    }
    let line = |(id, (title, verbs)): (&str, (&str, BTreeMap<String, usize>))| {
        let verbs: Vec<String> = verbs
            .iter()
            .map(|(verb, times)| match times {
                1 => quote(verb),
                times => format!("{times} × {}", quote(verb)),
            })
            .collect();
        format!("{} ({}): {}", quote(title), quote(id), verbs.join(", "))
    };
    incidents.into_iter().map(line).collect()
}

fn because(firing: &Planned, quote: Quote) -> impl Iterator<Item = String> {
    let said = firing.event.as_ref().map(|told| {
        let entry = told.entry.as_deref().unwrap_or("retrospective");
        format!(
            "on {} by {} of {}",
            quote(&told.event),
            quote(entry),
            quote(&told.incident)
        )
    });
    let held = move |condition: &Condition| {
        let found = condition.found.as_deref().unwrap_or("nothing");
        let Condition {
            condition, wanted, ..
        } = condition;
        format!(
            "{}: wanted {}, found {}",
            quote(condition),
            quote(wanted),
            quote(found)
        )
    };
    said.into_iter()
        .chain(firing.reason.conditions.iter().map(held))
}

fn does(action: &Action, quote: Quote) -> String {
    let what = format!("{} {}", action.kind, quote(&action.request.url.written()));
    match &action.acts {
        Acts::Act => format!("{what} would be sent"),
        Acts::Skip { reason } => format!("{what} would be skipped: {}", quote(reason)),
        Acts::Fail { reason } => format!("{what} would fail: {}", quote(reason)),
    }
}

fn changed(change: &Change, quote: Quote) -> String {
    let how = match change.difference {
        Difference::Added => "is new: it sees what lands after this change",
        Difference::Removed => "is gone, and sees nothing of this change",
        Difference::Trigger => "fires on other things: it sees what lands after this change",
        Difference::Actions => "does other things, already for this change",
    };
    let off = if change.enabled { "" } else { "; it is off" };
    format!(
        "{} ({}) {how}{off}",
        quote(&change.automation),
        quote(&change.path)
    )
}

fn faulty(fault: &Diagnostic, quote: Quote) -> String {
    let place = fault.place.as_ref();
    let place = place.map(|place| format!("{}:{}:{}: ", place.path, place.line, place.column));
    let place = place.unwrap_or_default();
    quote(&format!("{place}{}: {}", fault.code, fault.message))
}

fn section(out: &mut Vec<String>, title: &str, lines: impl IntoIterator<Item = String>) {
    let mut lines = lines.into_iter().peekable();
    if lines.peek().is_some() {
        out.push(format!("\n{title}"));
        out.extend(lines.map(|line| format!("  {line}")));
    }
}

fn heading(out: &mut Vec<String>, title: &str, lines: impl IntoIterator<Item = String>) {
    let mut lines = lines.into_iter().peekable();
    if lines.peek().is_some() {
        out.push(format!("\n#### {title}\n"));
        out.extend(lines.map(|line| format!("- {line}")));
    }
}

/// One line as Markdown code that its words cannot leave.
pub(in crate::automation) fn code(words: &str) -> String {
    let words = plain::line(words);
    let ticks = "`".repeat(longest_run(&words) + 1);
    // A space keeps the ticks of the words apart from ours; Markdown takes it off again.
    let space = if words.starts_with(['`', ' ']) || words.ends_with(['`', ' ']) || words.is_empty()
    {
        " "
    } else {
        ""
    };
    format!("{ticks}{space}{words}{space}{ticks}")
}

/// Several lines as a Markdown block of code that they cannot leave.
fn fenced(words: &str) -> String {
    let words = plain::lines(words);
    let ticks = "`".repeat(longest_run(&words).max(2) + 1);
    format!("{ticks}\n{words}\n{ticks}\n")
}

/// How many backticks stand side by side at most.
fn longest_run(words: &str) -> usize {
    let runs = words.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cannot_leave_their_code() {
        assert_eq!(code("plain"), "`plain`");
        assert_eq!(code("a `b` ``c"), "```a `b` ``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a\n# b\u{202e}"), "`a # b\u{fffd}`");
        assert_eq!(fenced("```\n<b>"), "````\n```\n<b>\n````\n");
    }
}
