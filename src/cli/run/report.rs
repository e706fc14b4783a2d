//! What a run prints at its end, for people and for programs.

use serde_json::json;

use crate::automation::receipt::{Outcome, Receipt};
use crate::cli::arguments::Format;
use crate::cli::context::{Context, print_json};
use crate::cli::failure::Failure;
use crate::cli::{check, console, exit};
use crate::runner::Report;
use crate::text::diagnostic::{Diagnostic, Level};
use crate::text::plain;

/// Prints what came of a run. Answers the exit code.
pub(super) fn print(context: &Context, report: Report) -> Result<u8, Failure> {
    let receipts = &report.receipts;
    if context.format == Format::Json {
        print_json(&json!({
            "receipts": receipts,
            "limited": report.limited,
            "diagnostics": report.diagnostics,
        }));
    } else {
        console::diagnose(&report.diagnostics);
        summarise(&report);
    }
    for (target, number) in &report.limited {
        console::remark(&format!(
            "warning: {} on {} not sent, for `policy.max-actions` allows no more in one run: `annals ledger` lists them, `annals run --retry KEY` sends one",
            check::count(*number, "action", "actions"),
            plain::line(target),
        ));
    }
    let bad = |receipt: &Receipt| !matches!(receipt.outcome, Outcome::Executed | Outcome::Skipped);
    let error = |found: &Diagnostic| found.level == Level::Error;
    let code = if receipts.iter().any(bad) || !report.limited.is_empty() {
        exit::ACTION
    } else if report.diagnostics.iter().any(error) {
        exit::FINDINGS
    } else {
        exit::FINE
    };
    report.settled?;
    Ok(code)
}

fn summarise(report: &Report) {
    let Some(evaluation) = &report.evaluation else {
        return console::say("nothing new");
    };
    let number = |outcome: Outcome| {
        let receipts = report.receipts.iter();
        receipts
            .filter(|receipt| receipt.outcome == outcome)
            .count()
    };
    for receipt in &report.receipts {
        if receipt.outcome != Outcome::Skipped {
            console::say(&line(receipt));
        }
    }
    let (skipped, failed) = (number(Outcome::Skipped), number(Outcome::Failed));
    let failed = match failed {
        0 => String::new(),
        failed => format!(", {failed} failed"),
    };
    console::say(&format!(
        "{}, {}, {} ({skipped} skipped{failed})",
        check::count(evaluation.facts.len(), "event", "events"),
        check::count(evaluation.firings.len(), "firing", "firings"),
        check::count(evaluation.actions.len(), "action", "actions"),
    ));
}

/// An action and what became of it, in one line.
pub(in crate::cli) fn line(receipt: &Receipt) -> String {
    let answer = receipt
        .answer
        .as_deref()
        .map_or_else(String::new, |answer| format!(" ({})", plain::line(answer)));
    let incident = receipt.incident.as_deref().unwrap_or_default();
    format!(
        "{:<9}{} {}  {}  {}{answer}",
        receipt.outcome.name(),
        receipt.action,
        plain::line(&receipt.target),
        plain::line(incident),
        plain::line(&receipt.automation),
    )
}
