//! The plan as people read it: text for a terminal, Markdown for a pull request.
//!
//! All words of a repository are hostile here. In Markdown they stand in code, between
//! more backticks than they hold themselves; on a terminal nothing of them is obeyed.

use super::{Plan, Planned, Planning};
use crate::automation::action::Acts;
use crate::automation::engine::Window;
use crate::automation::evaluation::{Change, Difference};
use crate::automation::receipt::Outcome;
use crate::automation::replay::Tally;
use crate::automation::trigger::Condition;
use crate::automation::wording::{Quote, count, times};
use crate::text::diagnostic::Diagnostic;
use crate::text::markdown::{code, fenced};
use crate::text::plain;

/// What is said where no ledger can be read.
const UNKNOWN: &str = " Receipts are not available here: what was done already is not known.";
/// How many characters a comment on a pull request may have, with some room to spare.
const LONGEST: usize = 60_000;
/// How many lines of one list are shown in a comment, so that one does not crowd out all
/// others.
const SHOWN: usize = 50;

/// The plan as text of several lines.
pub fn text(plan: &Plan) -> String {
    let quote = plain::line;
    let mut out = vec![summary(plan)];
    for (title, lines) in before(plan, quote) {
        section(&mut out, title, lines);
    }
    for firing in &plan.firings {
        out.push(format!("\n{} fires", quote(&firing.automation)));
        out.extend(because(firing, quote).map(|line| format!("  {line}")));
        for planning in &firing.actions {
            out.push(format!("  → {}", does(planning, quote)));
            let body = planning.action.body();
            let body = plain::lines(body.unwrap_or_default());
            out.extend(body.lines().map(|line| format!("    │ {line}")));
        }
    }
    let faults = plan.diagnostics.iter().map(|fault| faulty(fault, quote));
    section(&mut out, "Wrong with the automations", faults.collect());
    out.push(format!("\nplan {}\n", plan.hash));
    out.join("\n")
}

/// The plan as Markdown, no longer than a comment may be: what does not fit is counted.
pub fn markdown(plan: &Plan) -> String {
    let mut blocks = Vec::new();
    for (title, lines) in before(plan, code) {
        blocks.extend(list(title, lines));
    }
    for (number, firing) in plan.firings.iter().enumerate() {
        let title = (number == 0).then_some("#### It would set off\n\n");
        let mut block = format!(
            "{}**{}** fires\n\n",
            title.unwrap_or_default(),
            code(&firing.automation)
        );
        block.extend(because(firing, code).map(|line| format!("- {line}\n")));
        for planning in &firing.actions {
            let body = planning.action.body();
            let body = body.map(fenced).unwrap_or_default();
            block.extend([format!("\n→ {}\n\n", does(planning, code)), body]);
        }
        blocks.push(block);
    }
    let faults = plan.diagnostics.iter().map(|fault| faulty(fault, code));
    blocks.extend(list("Wrong with the automations", faults.collect()));
    let begin = format!("### annals plan\n\n{}\n", summary(plan));
    let end = format!("\nplan `{}`\n", plan.hash);
    format!(
        "{begin}{}{end}",
        fitting(&blocks, LONGEST - begin.len() - end.len())
    )
}

/// As many of `blocks` as fit into `room` characters, and how many do not.
fn fitting(blocks: &[String], room: usize) -> String {
    // What is said about the rest needs room as well.
    let room = room.saturating_sub(100);
    let (mut out, mut used) = (String::new(), 0);
    for (number, block) in blocks.iter().enumerate() {
        used += block.chars().count() + 1;
        if used > room {
            let rest = count(blocks.len() - number, "part");
            let told = format!("\n… and {rest} more, which `annals plan` prints whole.\n");
            out.push_str(&told);
            break;
        }
        out.push('\n');
        out.push_str(block);
    }
    out
}

/// What stands before the firings: first what the change lets automations do.
fn before(plan: &Plan, quote: Quote) -> [(&'static str, Vec<String>); 3] {
    let grants = plan.grants.iter().map(|grant| grant.told(quote));
    let changes = plan.changes.iter().flat_map(|change| {
        let mut history = plan.history.iter();
        let tally = history.find(|tally| tally.automation == change.automation);
        let meant = tally.map(|tally| would_have(tally, quote));
        std::iter::once(changed(change, quote)).chain(meant)
    });
    [
        ("Granted by this change", grants.collect()),
        ("Automations in this change", changes.collect()),
        ("This change says", says(plan, quote).collect()),
    ]
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
            let unknown = if plan.receipts { "" } else { UNKNOWN };
            format!(
                "{firings}; {} would be carried out{skipped}.{unknown}",
                count(acting, "action")
            )
        }
    }
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
    let counted = firing.reason.window.as_ref().map(counted);
    said.into_iter()
        .chain(firing.reason.conditions.iter().map(held))
        .chain(counted)
}

fn counted(window: &Window) -> String {
    let Window {
        start,
        end,
        count,
        threshold,
    } = window;
    format!("counted {count}, threshold {threshold}, from {start} until {end}")
}

fn does(planning: &Planning, quote: Quote) -> String {
    let action = &planning.action;
    let what = action.told(quote);
    if let Some(outcome) = planning.outcome {
        return format!("{what} {}", done(outcome));
    }
    match &action.acts {
        Acts::Act => format!("{what} would be sent"),
        Acts::Skip { reason } => format!("{what} would be skipped: {}", quote(reason)),
        Acts::Fail { reason } => format!("{what} would fail: {}", quote(reason)),
    }
}

fn done(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Claimed => "is under way already",
        Outcome::Executed => "was carried out already",
        Outcome::Failed => "has failed already",
        Outcome::Unknown => "may have been carried out already",
        Outcome::Skipped => "was skipped already",
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

/// What a rule of the change would have done, had it always been there.
fn would_have(tally: &Tally, quote: Quote) -> String {
    let name = quote(&tally.automation);
    match (tally.fired, tally.examples.last()) {
        (fired @ 1.., Some(last)) => format!(
            "{name} would have fired {} on the record so far, on {}, last for {} of {}",
            times(fired),
            count(tally.incidents, "incident"),
            quote(last.event.as_deref().unwrap_or("no event")),
            quote(last.incident.as_deref().unwrap_or("no incident"))
        ),
        _ => format!("{name} would never have fired on the record so far"),
    }
}

fn faulty(fault: &Diagnostic, quote: Quote) -> String {
    let place = fault.place.as_ref();
    let place = place.map(|place| format!("{}:{}:{}: ", place.path, place.line, place.column));
    let place = place.unwrap_or_default();
    quote(&format!("{place}{}: {}", fault.code, fault.message))
}

fn section(out: &mut Vec<String>, title: &str, lines: Vec<String>) {
    if !lines.is_empty() {
        out.push(format!("\n{title}"));
        out.extend(lines.into_iter().map(|line| format!("  {line}")));
    }
}

fn list(title: &str, lines: Vec<String>) -> Option<String> {
    if lines.is_empty() {
        return None;
    }
    let more = lines.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| format!("- … and {more} more\n"));
    let shown = lines.into_iter().take(SHOWN);
    let mut block = format!("#### {title}\n\n");
    block.extend(shown.map(|line| format!("- {line}\n")).chain(more));
    Some(block)
}
