//! When commits landed, as far as runs settled that.
//!
//! A commit whose date lies ahead of the clock of whoever reads it lands with the one before
//! it. Once that date has come it would land elsewhere, and what was received when, and with
//! it what fired, would be another story each day. So the tick that takes such a commit in
//! writes down when it landed (`landings/2026/11/000412.json` of the ledger, under the tick's
//! number), and whoever reads history afterwards reads that. Commits that were taken in and
//! are not written down landed by their dates, also for a reader whose clock is behind.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::Error;

use serde_json::Value as Json;

use super::ledger::{Ledger, LedgerError, LedgerFile};
use super::repository::{Commit, ObjectId, Repository, RepositoryError};
use super::snapshot::{Snapshot, Version};
use crate::text::moment::Moment;

/// The folder of the ledger that holds them.
const FOLDER: &str = "landings";

/// When commits landed, as far as that is settled.
#[derive(Default)]
pub(super) struct Landings<'a> {
    written: BTreeMap<ObjectId, Moment>,
    /// The ledger, whose state is read only where something lies ahead: one that is damaged
    /// keeps nobody from recording an incident.
    ledger: Option<Ledger<'a>>,
}

impl<'a> Landings<'a> {
    /// What the ledger tells that the record at commit `to` names. Nothing is settled where
    /// there is no ledger.
    pub(super) fn of(repository: &'a Repository, to: ObjectId) -> Result<Self, RepositoryError> {
        let snapshot = Snapshot::new(repository, Version::Commit(to))?;
        let (settings, _) = super::settings(&snapshot)?;
        match Ledger::seen(repository, &settings) {
            Ok(ledger) => Self::read(ledger).map_err(unreadable),
            Err(LedgerError::NotNamed | LedgerError::Absent(_) | LedgerError::Other(_)) => {
                Ok(Self::default())
            }
            Err(fault) => Err(unreadable(fault)),
        }
    }

    fn read(ledger: Ledger<'a>) -> Result<Self, LedgerError> {
        let mut written = BTreeMap::new();
        for (path, said) in ledger.list(FOLDER)? {
            let commits = said.as_object().map(|commits| commits.iter().map(landing));
            let commits: Option<Vec<_>> = commits.and_then(Iterator::collect);
            written.extend(commits.ok_or_else(|| LedgerError::Unreadable {
                path,
                why: "it does not say when commits landed".to_owned(),
            })?);
        }
        let ledger = Some(ledger);
        Ok(Self { written, ledger })
    }

    /// When the commit `id` landed, if a tick wrote that down.
    pub(super) fn written(&self, id: ObjectId) -> Option<Moment> {
        self.written.get(&id).copied()
    }

    /// How many of `commits`, which follow upon one another, were taken in by a run.
    pub(super) fn settled(
        &self,
        repository: &Repository,
        commits: &[Commit],
    ) -> Result<usize, RepositoryError> {
        let state = self.ledger.as_ref().map(Ledger::state).transpose();
        let settled = state.map_err(unreadable)?.and_then(|state| state.settled);
        let (Some(settled), Some(last)) = (settled, commits.last()) else {
            return Ok(0);
        };
        if let Some(place) = commits.iter().position(|commit| commit.id == settled) {
            return Ok(place + 1);
        }
        let all = repository.holds(settled)? && repository.leads_to(last.id, settled)?;
        Ok(if all { commits.len() } else { 0 })
    }

    /// The same text for the same landings: what is remembered by others of them is out of
    /// date.
    pub(super) fn summary(&self) -> Result<String, RepositoryError> {
        let mut text = String::new();
        for (commit, at) in &self.written {
            let _ = write!(text, "{commit} {at} ");
        }
        Ok(ObjectId::of_blob(text.as_bytes())?.to_string())
    }
}

/// The file in which the tick called `name` writes down when commits landed.
pub fn file(name: &str, landings: &[(ObjectId, Moment)]) -> LedgerFile {
    let said = landings
        .iter()
        .map(|(commit, at)| (commit.to_string(), Json::String(at.to_string())));
    (
        format!("{FOLDER}/{name}.json"),
        Json::Object(said.collect()),
    )
}

fn landing((commit, at): (&String, &Json)) -> Option<(ObjectId, Moment)> {
    Some((ObjectId::parse(commit)?, Moment::parse(at.as_str()?).ok()?))
}

fn unreadable(fault: LedgerError) -> RepositoryError {
    match fault {
        LedgerError::Repository(fault) => fault,
        LedgerError::Unreadable { path, why } => RepositoryError::File(path, Error::other(why)),
        fault => RepositoryError::File("state.json".to_owned(), Error::other(fault)),
    }
}
