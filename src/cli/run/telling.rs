//! What a run says at its end, to people and to programs.

use serde_json::json;

use crate::automation::evaluation::Evaluation;
use crate::automation::receipt::{Outcome, Receipt};
use crate::cli::arguments::Format;
use crate::cli::context::{Context, print_json};
use crate::cli::failure::Failure;
use crate::cli::{check, console, exit};
use crate::text::diagnostic::{Diagnostic, Level};
use crate::text::plain;

/// What came of a run.
pub(super) struct Report {
    /// What was evaluated; none when nothing was new.
    pub evaluation: Option<Evaluation>,
    /// What is wrong with the automations.
    pub diagnostics: Vec<Diagnostic>,
    /// What became of each action.
    pub receipts: Vec<Receipt>,
    /// Whether the outcomes reached the ledger.
    pub settled: Result<(), Failure>,
}

impl Report {
    /// Says it, with the claims that were `lost` by another run. Answers the exit code.
    pub(super) fn tell(mut self, context: &Context, lost: Vec<Receipt>) -> Result<u8, Failure> {
        if context.format == Format::Json {
            let receipts: Vec<&Receipt> = lost.iter().chain(&self.receipts).collect();
            print_json(&json!({ "receipts": receipts, "diagnostics": self.diagnostics }));
        } else {
            console::diagnose(&self.diagnostics);
            self.say();
        }
        self.receipts.extend(lost);
        self.settled?;
        let bad =
            |receipt: &Receipt| !matches!(receipt.outcome, Outcome::Executed | Outcome::Skipped);
        let error = |found: &Diagnostic| found.level == Level::Error;
        Ok(if self.receipts.iter().any(bad) {
            exit::ACTION
        } else if self.diagnostics.iter().any(error) {
            exit::FINDINGS
        } else {
            exit::FINE
        })
    }

    fn say(&self) {
        let Some(evaluation) = &self.evaluation else {
            return console::say("nothing new");
        };
        let number = |outcome: Outcome| {
            let receipts = self.receipts.iter();
            receipts
                .filter(|receipt| receipt.outcome == outcome)
                .count()
        };
        for receipt in &self.receipts {
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
