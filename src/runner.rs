//! The runner: from a record branch to actions that are done at most once.
//!
//! It owns the protocol of a run (evaluate, claim, execute, write down the outcome) and
//! the layout of the ledger's files. Claims are committed, and pushed where there is a
//! remote, before anything is done; so another run, here or elsewhere, finds them and
//! keeps still. A run that was not the first to push takes its claims back and begins
//! anew. Nothing here prints or reads the environment: the clock, secrets, deliveries and
//! what is worth telling meanwhile go through [`Ports`], so that the whole protocol runs
//! in memory against a receiver that counts.

mod attempt;
mod evaluate;
mod ports;
mod tick;

pub use evaluate::{Span, evaluate, faults, record_tip, settings_of};
pub use ports::{Carrier, Clock, Notice, Ports, Progress, Secrets};

use crate::archive::ledger::{Ledger, LedgerError, Turn};
use crate::archive::remote::Remote;
use crate::archive::repository::{ObjectId, Repository, RepositoryError};
use crate::archive::settings::Settings;
use crate::archive::snapshot::Version;
use crate::automation::evaluation::Evaluation;
use crate::automation::receipt::Receipt;
use crate::text::diagnostic::Diagnostic;
use tick::Tick;

/// How often a run begins anew because another was faster.
const TRIES: usize = 5;

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The repository could not be used.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The ledger could not be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// `annals.yaml` has an error: what is wrong.
    #[error("`annals.yaml` cannot be read, so nothing is evaluated")]
    Settings(Box<Diagnostic>),
    /// There is no record branch: its name.
    #[error("`{0}` names no commit of this repository")]
    NoRecord(String),
    /// The remote has no record branch.
    #[error("the remote `{remote}` has no branch `{branch}`")]
    NotPublished {
        /// The remote's name.
        remote: String,
        /// The record branch.
        branch: String,
    },
    /// There is nothing to act from.
    #[error("there is no remote to act from")]
    NoRemote,
    /// Other runs pushed to the ledger, again and again, before this one could.
    #[error("other runs were faster, again and again, so nothing was done")]
    Overtaken,
    /// So many outcomes are in this clone's ledger only.
    #[error("{} could not be pushed yet", outcomes(*.0))]
    Unsettled(usize),
}

fn outcomes(number: usize) -> String {
    match number {
        1 => "1 outcome".to_owned(),
        number => format!("{number} outcomes"),
    }
}

/// What came of a run.
pub struct Report {
    /// What was evaluated; none when nothing was new.
    pub evaluation: Option<Evaluation>,
    /// What is wrong with the automations.
    pub diagnostics: Vec<Diagnostic>,
    /// What became of each action.
    pub receipts: Vec<Receipt>,
    /// Claims of runs that ended before their outcomes were known.
    pub lost: Vec<Receipt>,
    /// Whether the outcomes reached the ledger.
    pub settled: Result<(), RunError>,
}

/// What runs on a repository.
pub struct Runner<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// What is outside.
    pub ports: Ports<'a>,
}

impl Runner<'_> {
    /// Evaluates what is new on the record branch and acts on it, once.
    pub fn run(&self, remote: Option<&str>) -> Result<Report, RunError> {
        let _turn = Turn::take(self.repository)?;
        let remote = self.remote(remote)?;
        let id = uuid::Uuid::new_v4().to_string();
        let mut lost = Vec::new();
        for _ in 0..TRIES {
            if let Some(report) = self.attempt(remote.as_ref(), &id, &mut lost)? {
                return Ok(Report { lost, ..report });
            }
        }
        Err(RunError::Overtaken)
    }

    /// Records where the remote is as the place that the ledger acts from, and answers it:
    /// deliberately, and only ever so, because the place that it leaves may act as well
    /// until then.
    pub fn adopt(&self, named: Option<&str>) -> Result<String, RunError> {
        let (repository, now) = (self.repository, self.ports.clock.now());
        let _turn = Turn::take(repository)?;
        let head = Version::Commit(repository.resolve("HEAD")?);
        let (settings, _) = settings_of(repository, head)?;
        let remote = self.remote(named)?.ok_or(RunError::NoRemote)?;
        let ledger = Ledger::in_step(repository, &settings, &remote, true, now)?;
        let mut state = ledger.state()?;
        state.remote = Some(remote.address.clone());
        let before = ledger.tip()?;
        let appended = ledger.append(&[state.file()], "annals: adopt the ledger\n", now)?;
        let pushed = ledger.push(&remote);
        if let (false, Some(before)) = (matches!(pushed, Ok(true)), before) {
            ledger.take_back(appended, before)?;
        }
        if pushed? {
            Ok(remote.address)
        } else {
            Err(RunError::Overtaken)
        }
    }

    /// The remote that was named, or `origin` where there is one.
    fn remote(&self, named: Option<&str>) -> Result<Option<Remote>, RunError> {
        let repository = self.repository;
        let name = named.or_else(|| repository.has_remote("origin").then_some("origin"));
        Ok(name
            .map(|name| Remote::find(repository, name))
            .transpose()?)
    }

    /// One tick; none when another run was faster.
    fn attempt(
        &self,
        remote: Option<&Remote>,
        id: &str,
        lost: &mut Vec<Receipt>,
    ) -> Result<Option<Report>, RunError> {
        let (repository, now) = (self.repository, self.ports.clock.now());
        let here = Version::Commit(repository.resolve("HEAD")?);
        let (here, _) = settings_of(repository, here)?;
        let head = match remote {
            Some(remote) => self.published(remote, &here)?,
            None => evaluate::record_tip(repository, &here)?,
        };
        let (settings, vocabulary) = settings_of(repository, Version::Commit(head))?;
        let ledger = match remote {
            Some(remote) => Ledger::in_step(repository, &settings, remote, false, now)?,
            None => Ledger::open(repository, &settings)?,
        };
        let tick = Tick {
            repository,
            ports: &self.ports,
            now,
            settings: &settings,
            vocabulary: &vocabulary,
            ledger,
            remote,
            head,
            id,
        };
        tick.run(lost)
    }

    /// The tip of the record branch as `remote` holds it: what was not pushed does not act.
    fn published(&self, remote: &Remote, settings: &Settings) -> Result<ObjectId, RunError> {
        let (repository, branch) = (self.repository, &settings.branch);
        let name = &remote.name;
        let place = format!("refs/remotes/{name}/{branch}");
        let Some(head) = remote.fetch_into(repository, branch, &place)? else {
            return Err(RunError::NotPublished {
                remote: name.clone(),
                branch: branch.clone(),
            });
        };
        let ahead = match repository.tip(branch)? {
            Some(tip) => repository.ahead(tip, head)?,
            None => 0,
        };
        if ahead > 0 {
            let branch = branch.clone();
            self.ports.progress.notice(&Notice::Ahead { branch, ahead });
        }
        Ok(head)
    }
}
