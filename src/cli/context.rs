//! What was meant by the arguments that every verb takes.

use std::path::PathBuf;

use serde_json::Value as Json;

use super::arguments::{Everywhere, Format};
use super::failure::Failure;
use super::{clock, console, environment, exit};
use crate::archive::ledger::{Ledger, LedgerError};
use crate::archive::repository::{Needs, Repository};
use crate::archive::settings::{self, Settings};
use crate::archive::snapshot::{Snapshot, Version};
use crate::archive::{Archive, Clocks};
use crate::automation::receipt::Receipt;
use crate::incident::Audience;
use crate::runner;
use crate::text::diagnostic::{Diagnostic, Level};
use crate::text::duration::Duration;
use crate::text::moment::{Moment, Region};
use crate::text::plain;
use crate::text::typed_time::{TypedTime, Unclear};

/// Where, when and how a verb works.
pub(super) struct Context {
    /// The repository.
    pub repository: Repository,
    /// The present, as `--now` or the clock says.
    pub now: Moment,
    /// What the clock says.
    pub machine: Moment,
    /// How data is printed.
    pub format: Format,
}

impl Context {
    /// Finds the repository, makes sure that it has a record, and settles what the present
    /// is.
    pub(super) fn new(everywhere: &Everywhere, needs: Needs) -> Result<Self, Failure> {
        let (repository, _) = repository(everywhere)?;
        Self::of(repository.needing(needs)?, everywhere)
    }

    /// The same for a record that is to begin where the verb works.
    pub(super) fn beginning(everywhere: &Everywhere) -> Result<Self, Failure> {
        let (repository, folder) = repository(everywhere)?;
        Self::of(repository.rooted(&folder)?, everywhere)
    }

    fn of(repository: Repository, everywhere: &Everywhere) -> Result<Self, Failure> {
        let machine = clock::now();
        let mut context = Self {
            repository,
            now: machine,
            machine,
            format: everywhere.format,
        };
        if let Some(typed) = &everywhere.now {
            context.now = context.time("now", typed)?;
        }
        context.repository = context.repository.as_of(context.now);
        Ok(context)
    }

    /// The moment that was typed for `what`. One that only the present or a zone makes one is told
    /// as it was understood.
    pub(super) fn time(&self, what: &str, typed: &TypedTime) -> Result<Moment, Failure> {
        if let (true, Ok(at)) = (typed.is_exact(), typed.at(self.now, Region::UTC)) {
            return Ok(at);
        }
        let zone = self.zone()?;
        let unclear = |fault: Unclear| Failure::usage(fault.to_string()).help(fault.help());
        let at = typed.at(self.now, zone).map_err(unclear)?;
        let age = self.now - at;
        let age = if age < Duration::default() {
            format!("in {}", -age)
        } else {
            format!("{age} ago")
        };
        console::remark(&format!("{what} {} ({age})", zone.told(at, self.now)));
        Ok(at)
    }

    /// The same where a time was typed.
    pub(super) fn time_if(
        &self,
        what: &str,
        typed: Option<&TypedTime>,
    ) -> Result<Option<Moment>, Failure> {
        typed.map(|typed| self.time(what, typed)).transpose()
    }

    /// The zone of times as people type them: that of `annals.yaml`, or else the machine's.
    fn zone(&self) -> Result<Region, Failure> {
        let head = self.repository.head()?.commit;
        let version = match (self.repository.root(), head) {
            (None, Some(commit)) => Version::Commit(commit),
            _ => Version::Folder,
        };
        let snapshot = Snapshot::new(&self.repository, version)?;
        let (settings, found) = crate::archive::settings(&snapshot)?;
        let Some(name) = settings.timezone else {
            return environment::zone();
        };
        let mut found = found.iter();
        let wrong = found.find(|fault| fault.message.contains(&format!("`{name}`")));
        Region::named(&name).ok_or_else(|| match wrong {
            Some(fault) => Failure::refused(fault),
            None => Failure::usage(format!("`{name}` is not a time zone")),
        })
    }

    /// The version that `--commit` names, or the working folder.
    pub(super) fn version(&self, commit: Option<&str>) -> Result<Version, Failure> {
        Ok(match commit {
            None => Version::Folder,
            Some(revision) => Version::Commit(self.repository.resolve(revision)?),
        })
    }

    /// Reads the record.
    pub(super) fn archive(&self, version: Version) -> Result<Archive, Failure> {
        known_format(Archive::load(&self.repository, version, self.now)?)
    }

    /// The same, its diagnostics judged by the settings of `judge` where there are some.
    pub(super) fn archive_judged_by(
        &self,
        version: Version,
        judge: Option<&Settings>,
    ) -> Result<Archive, Failure> {
        let (repository, now) = (&self.repository, self.now);
        known_format(Archive::judged_by(repository, version, now, judge)?)
    }

    /// Reads of the record what `typed`, a part of an id, can mean.
    pub(super) fn archive_about(&self, version: Version, typed: &str) -> Result<Archive, Failure> {
        let (repository, clocks) = (&self.repository, Clocks::Both);
        known_format(Archive::about(
            repository, version, self.now, typed, clocks,
        )?)
    }

    /// The same for a verb that appends to it, and asks only what happened.
    pub(super) fn sound_archive_about(
        &self,
        version: Version,
        typed: &str,
    ) -> Result<Archive, Failure> {
        let (repository, clocks) = (&self.repository, Clocks::First);
        let archive = Archive::about(repository, version, self.now, typed, clocks)?;
        sound(known_format(archive)?)
    }

    /// Reads the record for a verb that writes or publishes: with settings that cannot be
    /// read it would write to the wrong place, or publish what they keep back.
    pub(super) fn sound_archive(&self, version: Version) -> Result<Archive, Failure> {
        sound(self.archive(version)?)
    }

    /// What became of each action, as the settings' ledger tells it; nothing where there is
    /// no ledger.
    pub(super) fn receipts(&self, settings: &Settings) -> Result<Vec<Receipt>, Failure> {
        match self.ledger(settings)? {
            Some(ledger) => Ok(runner::receipts(&ledger)?),
            None => Ok(Vec::new()),
        }
    }

    /// The ledger that the settings name, for reading; none where there is none.
    pub(super) fn ledger(&self, settings: &Settings) -> Result<Option<Ledger<'_>>, Failure> {
        match Ledger::seen(&self.repository, settings) {
            Ok(ledger) => Ok(Some(ledger)),
            Err(LedgerError::NotNamed | LedgerError::Absent(_) | LedgerError::Other(_)) => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Prints data as JSON, with the diagnostics beside it, or as text with the
    /// diagnostics on standard error. Answers the exit code.
    pub(super) fn answer(
        &self,
        noun: &str,
        data: impl FnOnce() -> Json,
        text: impl FnOnce() -> String,
        found: &[Diagnostic],
    ) -> u8 {
        if self.format == Format::Json {
            print_json(&serde_json::json!({ noun: data(), "diagnostics": found }));
        } else {
            console::write(&text());
            console::diagnose(&errors(found));
        }
        if errors(found).is_empty() {
            exit::FINE
        } else {
            exit::FINDINGS
        }
    }
}

impl Context {
    /// The same for an audience. What is wrong quotes files, which may be internal: the
    /// public is not told it in the data, only whoever runs the command beside it.
    pub(super) fn answer_to(
        &self,
        audience: Audience,
        noun: &str,
        data: impl FnOnce() -> Json,
        text: impl FnOnce() -> String,
        found: &[Diagnostic],
    ) -> u8 {
        if audience == Audience::Internal {
            return self.answer(noun, data, text, found);
        }
        let errors = errors(found);
        console::diagnose(&errors);
        let code = self.answer(noun, data, text, &[]);
        if errors.is_empty() {
            code
        } else {
            exit::FINDINGS
        }
    }
}

/// Fails on a record that only a newer annals can read.
fn known_format(archive: Archive) -> Result<Archive, Failure> {
    if archive.settings.format > settings::FORMAT {
        let message = format!(
            "the record's format is {}, and this annals is older",
            archive.settings.format
        );
        return Err(Failure::usage(message).help("install a newer annals"));
    }
    Ok(archive)
}

/// Fails on settings that cannot be read.
fn sound(archive: Archive) -> Result<Archive, Failure> {
    let of_settings = |found: &&Diagnostic| {
        let place = found.place.as_ref();
        place.is_some_and(|place| place.path == settings::FILE)
    };
    let mut faults = archive.diagnostics.iter().filter(of_settings);
    match faults.find(|found| found.level == Level::Error) {
        None => Ok(archive),
        Some(fault) => {
            console::diagnose(std::slice::from_ref(fault));
            Err(Failure::usage(
                "`annals.yaml` cannot be read, so nothing was written",
            ))
        }
    }
}

/// The repository that is meant, and the folder from which: whoever names one does not mean
/// the one of a hook that annals may be running in.
fn repository(everywhere: &Everywhere) -> Result<(Repository, PathBuf), Failure> {
    let named = everywhere.repo.clone();
    let named = named.or_else(|| environment::variable("ANNALS_REPO").map(PathBuf::from));
    if let Some(folder) = named {
        return Ok((Repository::discover(&folder)?, folder));
    }
    let folder = PathBuf::from(".");
    let is_told = ["GIT_DIR", "GIT_WORK_TREE"].map(environment::variable);
    let repository = if is_told.iter().any(Option::is_some) {
        Repository::of_environment(&folder)?
    } else {
        Repository::discover(&folder)?
    };
    Ok((repository, folder))
}

/// Prints JSON as people and tools read it.
pub(super) fn print_json(value: &Json) {
    console::data(&plain::json(
        &serde_json::to_string_pretty(value).unwrap_or_default(),
    ));
}

/// Those of `found` that are errors: reading verbs do not repeat warnings, `check` does.
pub(super) fn errors(found: &[Diagnostic]) -> Vec<Diagnostic> {
    found
        .iter()
        .filter(|diagnostic| diagnostic.level == Level::Error)
        .cloned()
        .collect()
}
