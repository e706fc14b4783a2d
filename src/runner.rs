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
mod carried;
mod evaluate;
mod place;
mod ports;
mod receipts;
mod tick;
mod ticks;
mod work;

pub use carried::{Carried, Rebuilt, carried};
pub use evaluate::{Span, evaluate, faults, record_tip, settings_of};
pub use ports::{Carrier, Clock, Notice, Ports, Progress, Secrets, Step};
pub use receipts::{receipts, receipts_about};

use std::collections::BTreeMap;

use crate::archive::ledger::{Ledger, LedgerError, Turn};
use crate::archive::remote::Remote;
use crate::archive::repository::{ObjectId, Repository, RepositoryError};
use crate::archive::settings::Settings;
use crate::archive::snapshot::Version;
use crate::automation::evaluation::Evaluation;
use crate::automation::receipt::{Outcome, Receipt};
use crate::text::diagnostic::Diagnostic;
use crate::text::moment::Moment;
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
    /// Several remotes could be meant.
    #[error("several remotes could be acted from: {}", .0.join(", "))]
    Several(Vec<String>),
    /// The remote's branch cannot be put back by a fast-forward.
    #[error(
        "the remote's `{0}` holds commits of its own, so it cannot be put back by a fast-forward"
    )]
    Replaced(String),
    /// What the engine remembers cannot be read.
    #[error("`state.json` of the ledger: what the engine remembers cannot be read: {0}")]
    State(#[source] serde_json::Error),
    /// The engine's state cannot be made anew from the ticks.
    #[error(
        "what the engine remembers is of another version, and the ticks of the ledger do not lead from {from} to {to}, so it cannot be rebuilt"
    )]
    Ticks {
        /// Where the ticks end that follow upon one another.
        from: String,
        /// Where the next one begins, or where the ledger stands.
        to: String,
    },
    /// Something cannot be written as JSON.
    #[error("a file of the ledger cannot be written: {0}")]
    Unwritable(#[from] serde_json::Error),
    /// `--now` lies ahead of the machine's clock.
    #[error("`--now` is later than the clock of this machine, and this ledger acts")]
    Pretended,
    /// No action has that key.
    #[error("no action of the ledger has the key `{0}`, or several begin so")]
    UnknownKey(String),
    /// The action is in no state in which somebody may decide about it.
    #[error("the action `{0}` is {name}, so there is nothing to decide", name = .1.name())]
    NotOpen(String, Outcome),
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
    /// Where more was to be done than `policy.max-actions` allows, and how much was not.
    pub limited: BTreeMap<String, usize>,
    /// Whether the outcomes reached the ledger.
    pub settled: Result<(), RunError>,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            evaluation: None,
            diagnostics: Vec::new(),
            receipts: Vec::new(),
            limited: BTreeMap::new(),
            settled: Ok(()),
        }
    }
}

/// What runs on a repository.
pub struct Runner<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// What is outside.
    pub ports: Ports<'a>,
}

/// What somebody decided about attempts whose outcome is not known.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    /// Keys of actions that are to be tried again.
    pub retry: Vec<String>,
    /// Keys of actions, and what became of them.
    pub settle: Vec<(String, Outcome)>,
}

impl Orders {
    /// Whether nobody decided anything.
    pub fn is_empty(&self) -> bool {
        self.retry.is_empty() && self.settle.is_empty()
    }
}

impl Runner<'_> {
    /// Evaluates what is new on the record branch and acts on it, once.
    pub fn run(&self, remote: Option<&str>, orders: &Orders) -> Result<Report, RunError> {
        let _turn = Turn::take(self.repository)?;
        self.ports.progress.reached(Step::Begun);
        let id = uuid::Uuid::new_v4().to_string();
        let remote = self.remote(remote, &self.settings()?)?;
        for _ in 0..TRIES {
            if let Some(report) = self.attempt(remote.as_ref(), &id, orders)? {
                return Ok(report);
            }
        }
        Err(RunError::Overtaken)
    }

    /// Adds where the remote is to the places that the ledger acts from, or with `only` lets
    /// it be the only one, and answers it. Deliberately, and only ever so: a place that it
    /// leaves may act as well until then.
    pub fn adopt(&self, named: Option<&str>, only: bool) -> Result<String, RunError> {
        let (repository, now) = (self.repository, self.ports.clock.now());
        let _turn = Turn::take(repository)?;
        let settings = self.settings()?;
        let remote = self.remote(named, &settings)?.ok_or(RunError::NoRemote)?;
        let there = place::there(repository, self.ports.clock, &remote, &settings)?;
        Ledger::of_remote(repository, &settings, there)?;
        let ledger = place::in_step(repository, &settings, there, now)?;
        let mut state = ledger.state()?;
        if only {
            state.addresses.clear();
        }
        if !state.addresses.contains(&remote.address) {
            state.addresses.push(remote.address.clone());
        }
        let before = ledger.tip()?;
        let appended = ledger.append(&[state.file()], "annals: adopt the ledger\n", now)?;
        let unguarded = || self.ports.progress.notice(&Notice::Unguarded);
        let pushed = ledger.push(&remote, &unguarded);
        if let (false, Some(before)) = (matches!(pushed, Ok(true)), before) {
            ledger.take_back(appended, before)?;
        }
        if pushed? {
            Ok(remote.address)
        } else {
            Err(RunError::Overtaken)
        }
    }

    /// Lets a ledger that names no address act from a remote, in the clone that made it, and
    /// answers where that is.
    pub fn bind(&self, named: Option<&str>) -> Result<Option<String>, RunError> {
        if Ledger::may_be_bound(self.repository, &self.settings()?)? {
            self.adopt(named, false).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Puts the remote's ledger back to the furthest that this clone, or the remote itself,
    /// saw it come. Answers where it stands now, and whether that was needed.
    pub fn restore(&self, named: Option<&str>) -> Result<(ObjectId, bool), RunError> {
        let repository = self.repository;
        let _turn = Turn::take(repository)?;
        let settings = self.settings()?;
        let remote = self.remote(named, &settings)?.ok_or(RunError::NoRemote)?;
        let there = place::there(repository, self.ports.clock, &remote, &settings)?;
        let furthest = Ledger::furthest(repository, &settings, there)?;
        let furthest = furthest.ok_or(LedgerError::Absent(settings.ledger.branch.clone()))?;
        let ledger = Ledger::seen_at(repository, &settings, furthest)?;
        ledger.refuse_elsewhere(&remote)?;
        if there.branch == Some(furthest) {
            return Ok((furthest, false));
        }
        if ledger.put_back(&remote, furthest)? {
            Ok((furthest, true))
        } else {
            Err(RunError::Replaced(settings.ledger.branch))
        }
    }

    fn settings(&self) -> Result<Settings, RunError> {
        let head = Version::Commit(self.repository.resolve("HEAD")?);
        Ok(settings_of(self.repository, head)?.0)
    }

    /// One tick; none when another run was faster.
    fn attempt(
        &self,
        remote: Option<&Remote>,
        id: &str,
        orders: &Orders,
    ) -> Result<Option<Report>, RunError> {
        let (repository, now) = (self.repository, self.ports.clock.now());
        let here = self.settings()?;
        let head = match remote {
            Some(remote) => self.published(remote, &here)?,
            None => record_tip(repository, &here)?,
        };
        let (settings, vocabulary) = settings_of(repository, Version::Commit(head))?;
        let ledger = match remote {
            Some(remote) => self.shared_ledger(remote, &settings, now)?,
            None => alone(repository, &settings)?,
        };
        self.ports.progress.reached(Step::Fetched);
        let bound = !ledger.state()?.addresses.is_empty();
        if bound && now > self.ports.clock.machine() {
            return Err(RunError::Pretended);
        }
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
            orders,
        };
        tick.run()
    }

    /// The ledger that `remote` holds, if it may be acted from there.
    fn shared_ledger(
        &self,
        remote: &Remote,
        settings: &Settings,
        now: Moment,
    ) -> Result<Ledger<'_>, RunError> {
        let repository = self.repository;
        let there = place::there(repository, self.ports.clock, remote, settings)?;
        let there = place::completed(repository, remote, settings, there)?;
        // A copy may be behind as well, but there is nothing to restore in it.
        if let Some(tip) = there.branch
            && let Err(elsewhere @ LedgerError::Elsewhere { .. }) =
                Ledger::seen_at(repository, settings, tip)?.refuse_elsewhere(remote)
        {
            return Err(elsewhere.into());
        }
        Ledger::of_remote(repository, settings, there)?.refuse_elsewhere(remote)?;
        let ledger = place::in_step(repository, settings, there, now)?;
        if there.branch.is_some() && ledger.tip()? != there.branch {
            // Outcomes that could not be pushed before. Who is faster now is seen below.
            let unguarded = || self.ports.progress.notice(&Notice::Unguarded);
            ledger.push(remote, &unguarded)?;
        }
        Ok(ledger)
    }

    /// The tip of the record branch as `remote` holds it: what was not pushed does not act.
    fn published(&self, remote: &Remote, settings: &Settings) -> Result<ObjectId, RunError> {
        let (repository, branch) = (self.repository, &settings.branch);
        let name = &remote.name;
        let Some(head) = remote.fetch(repository, branch)? else {
            return Err(RunError::NotPublished {
                remote: name.clone(),
                branch: branch.clone(),
            });
        };
        repository.track(name, branch, head);
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

/// The ledger of a clone without remotes: it acts from no other place.
fn alone<'a>(repository: &'a Repository, settings: &Settings) -> Result<Ledger<'a>, RunError> {
    let ledger = Ledger::open(repository, settings)?;
    let addresses = ledger.state()?.addresses;
    if addresses.is_empty() {
        Ok(ledger)
    } else {
        Err(LedgerError::NoRemote(addresses.join("`, `")).into())
    }
}
