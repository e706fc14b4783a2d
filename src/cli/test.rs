//! `annals test`: golden tests of the automations, and cases recorded from Prefect.

use std::path::{Path, PathBuf};

use serde_json::json;
use walkdir::WalkDir;

use super::arguments::{Everywhere, Format, Test};
use super::context::print_json;
use super::failure::Failure;
use super::{console, exit};
use crate::automation::recorded::{Case, Difference};
use crate::text::plain;

/// A test, and what came of it.
struct Trial {
    /// What it is called.
    name: String,
    /// The file it stands in.
    path: String,
    /// In what the result differs from what is expected; nothing when it passed.
    differences: Vec<Difference>,
}

pub(super) fn run(everywhere: &Everywhere, arguments: &Test) -> Result<u8, Failure> {
    let mut trials = Vec::new();
    for path in files(&arguments.files)? {
        trials.extend(recorded(&path)?);
    }
    let failed = trials
        .iter()
        .filter(|trial| !trial.differences.is_empty())
        .count();
    let passed = trials.len() - failed;
    if everywhere.format == Format::Json {
        let tests: Vec<_> = trials.iter().map(Trial::json).collect();
        print_json(&json!({"tests": tests, "passed": passed, "failed": failed}));
    } else {
        trials.iter().for_each(Trial::say);
        console::say(&format!("{passed} passed, {failed} failed"));
    }
    Ok(if failed > 0 {
        exit::FINDINGS
    } else {
        exit::FINE
    })
}

/// The files that were named, and those in the folders that were, in the order of their
/// names.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in named {
        for found in WalkDir::new(path).sort_by_file_name() {
            let found = found.map_err(|fault| Failure::usage(fault.to_string()))?;
            if found.file_type().is_file() {
                files.push(found.into_path());
            }
        }
    }
    Ok(files)
}

/// The recorded cases of a file: one, or one a line.
fn recorded(path: &Path) -> Result<Vec<Trial>, Failure> {
    let shown = path.display().to_string();
    let unreadable = |fault: &dyn std::fmt::Display| {
        Failure::usage(format!("`{}`: {fault}", plain::line(&shown)))
    };
    let text = std::fs::read_to_string(path).map_err(|fault| unreadable(&fault))?;
    let one_a_line = path.extension().is_some_and(|kind| kind == "jsonl");
    let texts: Vec<&str> = if one_a_line {
        text.lines()
            .filter(|line| !line.trim().is_empty())
            .collect()
    } else {
        vec![&text]
    };
    let mut trials = Vec::new();
    for text in texts {
        let case: Case = serde_json::from_str(text).map_err(|fault| unreadable(&fault))?;
        trials.push(Trial {
            differences: case.differences(),
            name: case.name,
            path: shown.clone(),
        });
    }
    Ok(trials)
}

impl Trial {
    fn say(&self) {
        if self.differences.is_empty() {
            return;
        }
        let (name, path) = (plain::line(&self.name), plain::line(&self.path));
        console::say(&format!("{name} failed ({path})"));
        for difference in &self.differences {
            console::say(&format!("  {}", plain::line(&difference.place)));
            for (mark, said) in [('-', &difference.expected), ('+', &difference.found)] {
                if let Some(said) = said {
                    console::say(&format!("    {mark} {}", plain::line(said)));
                }
            }
        }
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "name": self.name,
            "path": self.path,
            "passed": self.differences.is_empty(),
            "differences": self.differences,
        })
    }
}
