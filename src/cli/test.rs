//! `annals test`: golden tests of the automations, and cases recorded from Prefect.
//!
//! A file that cannot be read keeps no other from being tried.

mod files;
mod junit;
mod telling;

use std::cell::OnceCell;
use std::path::{Component, Path};

use super::arguments::{Everywhere, Format, Test as Arguments};
use super::context::Context;
use super::exit;
use super::failure::Failure;
use crate::archive::repository::Needs;
use crate::archive::settings::Settings;
use crate::archive::snapshot::{Snapshot, Version};
use crate::archive::walk;
use crate::automation::golden::{self, Rules, Test};
use crate::automation::recorded::Difference;
use crate::automation::rule::{Reader, Reading};
use crate::runner;
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::source::Source;
use files::File;

/// A test, and what came of it.
struct Trial {
    /// What it is called.
    name: String,
    /// The file it stands in.
    path: String,
    /// The line where it begins; none in a file that could not be read.
    line: Option<usize>,
    /// What came of it.
    outcome: Outcome,
}

/// What came of a test.
enum Outcome {
    /// It is as expected.
    Passed,
    /// It differs.
    Failed(Vec<Difference>),
    /// It could not be tried.
    Unable(Vec<Diagnostic>),
}

pub(super) fn run(everywhere: &Everywhere, arguments: &Arguments) -> Result<u8, Failure> {
    let bench = Bench {
        everywhere,
        ground: OnceCell::new(),
    };
    let files = if arguments.files.is_empty() {
        files::of_repository(&bench.ground()?.context)?
    } else {
        files::named(&arguments.files)?
    };
    let mut trials = Vec::new();
    for file in files {
        trials.extend(bench.file(&file)?);
    }
    match everywhere.format {
        Format::Json => telling::json(&trials),
        Format::JUnit => junit::write(&trials)?,
        _ => telling::text(&trials),
    }
    let has = |wanted: fn(&Outcome) -> bool| trials.iter().any(|trial| wanted(&trial.outcome));
    Ok(if has(|outcome| matches!(outcome, Outcome::Unable(_))) {
        exit::USAGE
    } else if has(|outcome| matches!(outcome, Outcome::Failed(_))) {
        exit::FINDINGS
    } else {
        exit::FINE
    })
}

/// Where tests are tried.
struct Bench<'a> {
    everywhere: &'a Everywhere,
    /// The repository, once a test needs one: recorded cases do not.
    ground: OnceCell<Ground>,
}

/// The repository as it stands in the working folder: what is being edited is tried.
struct Ground {
    context: Context,
    settings: Settings,
    rules: Reading,
}

impl Bench<'_> {
    fn file(&self, file: &File) -> Result<Vec<Trial>, Failure> {
        let source = match file.source() {
            Ok(source) => source,
            Err(fault) => return Ok(vec![Trial::unable(file, vec![*fault])]),
        };
        if file.holds_cases(&source) {
            return Ok(file.cases(&source));
        }
        let (tests, found) = golden::read(&source);
        if !found.is_empty() {
            return Ok(vec![Trial::unable(file, found)]);
        }
        tests.iter().map(|test| self.golden(test)).collect()
    }

    fn golden(&self, test: &Test) -> Result<Trial, Failure> {
        let ground = self.ground()?;
        let rules = ground.rules(test)?;
        let place = test.place();
        Ok(Trial {
            name: test.name().to_owned(),
            path: place.path,
            line: Some(place.line),
            outcome: match test.play(&rules, &ground.settings) {
                Ok(differences) => Outcome::of(differences),
                Err(found) => Outcome::Unable(found),
            },
        })
    }

    fn ground(&self) -> Result<&Ground, Failure> {
        if let Some(ground) = self.ground.get() {
            return Ok(ground);
        }
        let context = Context::new(self.everywhere, Needs::Record)?;
        let (settings, _) = runner::settings_of(&context.repository, Version::Folder)?;
        let snapshot = Snapshot::new(&context.repository, Version::Folder)?;
        let (sources, found) = walk::automation_files(&snapshot)?;
        let rules = reading(&settings, &sources, found);
        Ok(self.ground.get_or_init(|| Ground {
            context,
            settings,
            rules,
        }))
    }
}

impl Ground {
    /// The automations that a test tries.
    fn rules(&self, test: &Test) -> Result<Reading, Failure> {
        let Some(asked) = test.rules() else {
            return Ok(self.rules.clone());
        };
        let snapshot = Snapshot::new(&self.context.repository, Version::Folder)?;
        let (mut sources, mut found) = (Vec::new(), Vec::new());
        for rules in asked {
            match rules {
                Rules::Written(source) => sources.push(source),
                Rules::At(path, place) => {
                    let (more, faults) = match inside(&path) {
                        Some(path) => walk::rules_at(&snapshot, &path)?,
                        None => Default::default(),
                    };
                    if more.is_empty() && faults.is_empty() {
                        let message = format!("there are no automations at `{path}`");
                        let fault = Diagnostic::error(Code::UnknownTarget, message).at(place);
                        found.push(fault.help(
                            "name a file or folder by its path from the top of the record, such as `automations`",
                        ));
                    }
                    sources.extend(more);
                    found.extend(faults);
                }
            }
        }
        Ok(reading(&self.settings, &sources, found))
    }
}

/// A path in the repository, without `.` and a `/` at its end; none for one that leads out
/// of it.
fn inside(path: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            _ => return None,
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

fn reading(settings: &Settings, sources: &[Source], unread: Vec<Diagnostic>) -> Reading {
    let mut reading = Reader::new(&settings.environment).read(sources);
    reading.diagnostics.splice(0..0, unread);
    reading
}

impl Trial {
    /// A file that could not be read.
    fn unable(file: &File, found: Vec<Diagnostic>) -> Self {
        Self {
            name: file.shown.clone(),
            path: file.shown.clone(),
            line: None,
            outcome: Outcome::Unable(found),
        }
    }
}

impl Outcome {
    fn of(differences: Vec<Difference>) -> Self {
        if differences.is_empty() {
            Self::Passed
        } else {
            Self::Failed(differences)
        }
    }
}
