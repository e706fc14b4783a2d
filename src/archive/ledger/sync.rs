//! The ledger and a remote: which remote it may act from, whether the remote still holds
//! what it held, and bringing both into step.
//!
//! The remote's branch is the truth that all runners share. What is only here and true
//! whatever others did (outcomes) is put on top of it; what was never accepted there (the
//! claims of a run that was killed) never acted, and is let go. Nothing that a remote
//! holds is replaced, and a push is never forced.

use super::{Ledger, LedgerError, LedgerFile, STATE, maker};
use crate::archive::append::{self, Append};
use crate::archive::remote::{Pushed, Remote};
use crate::archive::repository::{ObjectId, Repository, RepositoryError};
use crate::archive::settings::Settings;
use crate::text::moment::Moment;

/// Where a remote's ledger stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct There {
    /// Its branch.
    pub branch: Option<ObjectId>,
    /// The furthest that it ever stood, where the remote keeps that.
    pub high: Option<ObjectId>,
}

/// The reference beside the branch of a ledger that says how far it ever came.
pub fn high(branch: &str) -> String {
    match branch {
        "annals-ledger" => "refs/annals/ledger-high".to_owned(),
        other => format!("refs/annals/high/{other}"),
    }
}

impl<'a> Ledger<'a> {
    /// The remote's ledger as it was fetched, whatever it says of addresses. Fails, with
    /// nothing touched, where it is not the one that the settings name, or is older than
    /// what this clone saw of it.
    pub fn of_remote(
        repository: &'a Repository,
        settings: &Settings,
        there: There,
    ) -> Result<Self, LedgerError> {
        let branch = &settings.ledger.branch;
        let id = settings.ledger.id.as_ref().ok_or(LedgerError::NotNamed)?;
        let seen = repository.reference(&seen(id))?;
        let tracked = repository.tracked(branch)?;
        let known = || seen.iter().chain(&tracked).chain(&there.high).copied();
        let Some(tip) = there.branch else {
            return match known().next() {
                Some(_) => Err(LedgerError::Gone(branch.clone())),
                None if maker::made_here(repository, id)? => Self::open(repository, settings),
                None => Err(LedgerError::Absent(branch.clone())),
            };
        };
        for known in known() {
            if !repository.leads_to(known, tip)? {
                return Err(LedgerError::Rewound {
                    branch: branch.clone(),
                    there: tip.short(),
                    known: known.short(),
                });
            }
        }
        Self::at(repository, settings, tip.to_string())
    }

    /// The furthest that this clone saw the remote's ledger come.
    pub fn furthest(
        repository: &Repository,
        settings: &Settings,
        there: There,
    ) -> Result<Option<ObjectId>, LedgerError> {
        let id = settings.ledger.id.as_ref().ok_or(LedgerError::NotNamed)?;
        let seen = repository.reference(&seen(id))?;
        let mut furthest = there.branch;
        for known in seen.into_iter().chain(there.high) {
            if furthest.map_or(Ok(true), |so_far| repository.leads_to(so_far, known))? {
                furthest = Some(known);
            }
        }
        Ok(furthest)
    }

    /// The ledger as it stood at the commit `tip`, for reading.
    pub fn seen_at(
        repository: &'a Repository,
        settings: &Settings,
        tip: ObjectId,
    ) -> Result<Self, LedgerError> {
        Self::at(repository, settings, tip.to_string())
    }

    /// Fails unless `remote` is one of the ledger's addresses. A ledger that names none is
    /// bound by the clone that made it, and by no other.
    pub fn refuse_elsewhere(&self, remote: &Remote) -> Result<(), LedgerError> {
        let addresses = self.state()?.addresses;
        if addresses.is_empty() {
            return if maker::made_here(self.repository, &self.id)? {
                Ok(())
            } else {
                Err(LedgerError::Unbound)
            };
        }
        if addresses.contains(&remote.address) {
            return Ok(());
        }
        Err(LedgerError::Elsewhere {
            own: addresses.join("`, `"),
            present: remote.address.clone(),
        })
    }

    /// The ledger that the settings name, brought into step with where the remote's stands.
    /// Of what is only here, files that `kept` answers for go on top of that.
    pub fn in_step(
        repository: &'a Repository,
        settings: &Settings,
        there: There,
        kept: &dyn Fn(&Self, &str) -> Result<bool, LedgerError>,
        now: Moment,
    ) -> Result<Self, LedgerError> {
        let Some(tip) = there.branch else {
            return Self::open(repository, settings);
        };
        let seen_ledger = Self::at(repository, settings, tip.to_string())?;
        repository.remember(&seen(&seen_ledger.id), tip)?;
        let here = repository.tip(&seen_ledger.branch)?;
        let mut to = tip;
        if let Some(here) = here
            && !repository.leads_to(here, tip)?
        {
            let mut own = Vec::new();
            for file in seen_ledger.only_in(here, tip)? {
                if kept(&seen_ledger, &file.0)? {
                    own.push(file);
                }
            }
            to = seen_ledger.on_top(tip, &own, now)?;
        }
        if here != Some(to) {
            let branch = &seen_ledger.branch;
            if !repository.move_branch(branch, here, to, "annals: fetched")? {
                return Err(RepositoryError::LostRace(branch.clone()).into());
            }
        }
        Self::open(repository, settings)
    }

    /// A commit with `own` on top of `tip`.
    fn on_top(
        &self,
        tip: ObjectId,
        own: &[LedgerFile],
        now: Moment,
    ) -> Result<ObjectId, LedgerError> {
        if own.is_empty() {
            return Ok(tip);
        }
        let files = self.new_files(own)?;
        let blobs = append::write_blobs(self.repository, &files)?;
        let append = Append {
            branch: &self.branch,
            files: &files,
            message: "annals: what was not pushed\n",
            now,
            orphan: true,
        };
        Ok(append::commit_on(
            self.repository,
            Some(tip),
            &[tip],
            &append,
            &blobs,
        )?)
    }

    /// The files that one tip holds and the other does not.
    fn only_in(&self, here: ObjectId, there: ObjectId) -> Result<Vec<LedgerFile>, LedgerError> {
        let mut own = Vec::new();
        for change in self.repository.changes(Some(there), here, &[])? {
            if let (None, Some(blob)) = (change.before, change.blob_after())
                && change.path != STATE
            {
                let said = self.parsed(&change.path, &self.repository.blob(blob)?)?;
                own.push((change.path, said));
            }
        }
        Ok(own)
    }

    /// Brings the ledger's branch to `remote`, and how far it came with it where the remote
    /// takes that. Answers whether it is there: not so when somebody else was faster.
    /// `unguarded` is told when the remote keeps only the branch.
    pub fn push(&self, remote: &Remote, unguarded: &dyn Fn()) -> Result<bool, LedgerError> {
        let repository = self.repository;
        let Some(tip) = repository.tip(&self.branch)? else {
            return Err(LedgerError::Absent(self.branch.clone()));
        };
        let also = high(&self.branch);
        let mut pushed = remote.push_with(repository, tip, &self.branch, Some(&also))?;
        if let Pushed::Refused(_) = pushed {
            pushed = remote.push(repository, tip, &self.branch)?;
            if pushed == Pushed::Taken && maker::tells_unguarded(repository, &self.id)? {
                unguarded();
            }
        }
        match pushed {
            Pushed::Taken => {
                repository.remember(&seen(&self.id), tip)?;
                Ok(true)
            }
            Pushed::Moved => Ok(false),
            Pushed::Refused(why) => Err(RepositoryError::Program("push".to_owned(), why).into()),
        }
    }

    /// Puts the remote's branch back to `tip`, which follows upon what it holds.
    pub fn put_back(&self, remote: &Remote, tip: ObjectId) -> Result<bool, LedgerError> {
        match remote.push(self.repository, tip, &self.branch)? {
            Pushed::Taken => Ok(true),
            Pushed::Moved => Ok(false),
            Pushed::Refused(why) => Err(RepositoryError::Program("push".to_owned(), why).into()),
        }
    }
}

/// Where this clone keeps what it last fetched of a ledger from a remote, or was accepted
/// by it.
fn seen(id: &str) -> String {
    format!("refs/annals/seen/{id}")
}
