//! What came of the tests, for people and for programs.

use std::fmt::Write;

use serde_json::json;

use super::{Outcome, Trial};
use crate::automation::recorded::Difference;
use crate::cli::console;
use crate::cli::context::print_json;
use crate::text::diagnostic::Diagnostic;
use crate::text::plain;

/// How many tests there were.
#[derive(Clone, Copy, Default)]
pub(super) struct Count {
    /// How many are as expected.
    pub passed: usize,
    /// How many differ.
    pub failed: usize,
    /// How many could not be tried.
    pub unable: usize,
}

impl Count {
    /// How many of each there are among `trials`.
    pub(super) fn of<'a>(trials: impl IntoIterator<Item = &'a Trial>) -> Self {
        let mut count = Self::default();
        for trial in trials {
            match trial.outcome {
                Outcome::Passed => count.passed += 1,
                Outcome::Failed(_) => count.failed += 1,
                Outcome::Unable(_) => count.unable += 1,
            }
        }
        count
    }

    /// How many tests that is.
    pub(super) fn all(self) -> usize {
        self.passed + self.failed + self.unable
    }
}

/// Tells people: what is wrong with tests on standard error, then each test that failed,
/// then how many there were.
pub(super) fn text(trials: &[Trial]) {
    console::diagnose(&faults(trials));
    for trial in trials {
        if let Outcome::Failed(differences) = &trial.outcome {
            let name = plain::line(&trial.name);
            console::say(&format!("{name} failed ({})", trial.place()));
            console::write(&lines(differences, "  "));
        }
    }
    let Count {
        passed,
        failed,
        unable,
    } = Count::of(trials);
    let unable = match unable {
        0 => String::new(),
        unable => format!(", {unable} could not be tried"),
    };
    console::say(&format!("{passed} passed, {failed} failed{unable}"));
}

/// Differences as people read them, each line after `margin`.
pub(super) fn lines(differences: &[Difference], margin: &str) -> String {
    let mut text = String::new();
    for difference in differences {
        let place = plain::line(&difference.place);
        let _ = writeln!(text, "{margin}{place}");
        for (word, said) in [
            ("expected", &difference.expected),
            ("found   ", &difference.found),
        ] {
            let said = said.as_deref().unwrap_or("nothing");
            let said = plain::line(said);
            let _ = writeln!(text, "{margin}  {word}  {said}");
        }
    }
    text
}

/// Tells programs.
pub(super) fn json(trials: &[Trial]) {
    let tests: Vec<_> = trials.iter().map(Trial::json).collect();
    let count = Count::of(trials);
    print_json(&json!({
        "tests": tests,
        "passed": count.passed,
        "failed": count.failed,
        "untried": count.unable,
        "diagnostics": faults(trials),
    }));
}

/// What is wrong with tests, each fault once.
pub(super) fn faults(trials: &[Trial]) -> Vec<Diagnostic> {
    let mut faults: Vec<Diagnostic> = Vec::new();
    for trial in trials {
        if let Outcome::Unable(found) = &trial.outcome {
            for fault in found {
                if !faults.contains(fault) {
                    faults.push(fault.clone());
                }
            }
        }
    }
    faults
}

impl Trial {
    /// Where it stands, as people read it.
    fn place(&self) -> String {
        let path = plain::line(&self.path);
        match self.line {
            Some(line) => format!("{path}:{line}"),
            None => path,
        }
    }

    fn json(&self) -> serde_json::Value {
        let differences: &[Difference] = match &self.outcome {
            Outcome::Failed(differences) => differences,
            Outcome::Passed | Outcome::Unable(_) => &[],
        };
        json!({
            "name": self.name,
            "path": self.path,
            "line": self.line,
            "passed": matches!(self.outcome, Outcome::Passed),
            "differences": differences,
        })
    }
}
