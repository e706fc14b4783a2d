//! The plan as people read it: text for a terminal, Markdown for a pull request.
//!
//! All words of a repository are hostile here. In Markdown they stand in code, between
//! more backticks than they hold themselves; on a terminal nothing of them is obeyed.

use super::{Plan, Planned};
use crate::automation::action::{Action, Acts};
use crate::automation::evaluation::{Change, Difference};
use crate::automation::trigger::Condition;
use crate::automation::wording::Quote;
use crate::text::diagnostic::Diagnostic;
use crate::text::markdown::{code, fenced};
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

/// Incident by incident, what became of it.
fn says(plan: &Plan, quote: Quote) -> impl Iterator<Item = String> {
    plan.says.iter().map(move |said| said.line(quote))
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
