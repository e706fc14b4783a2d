//! The ledger and a remote: fetching, pushing, and bringing both into step.
//!
//! The remote's branch is the truth that all runners share. What is only here is put on
//! top of it, file by file; nothing that a remote holds is ever replaced, and a push is
//! never forced. Networks are the business of the user's own `git`.

use super::{Ledger, LedgerError, LedgerFile, STATE, local};
use crate::archive::remote::{Pushed, Remote};
use crate::archive::repository::{ObjectId, Repository, RepositoryError};
use crate::archive::settings::Settings;
use crate::text::moment::Moment;

/// Where the remote's ledger lies once it is fetched.
const FETCHED: &str = "refs/annals/ledger";

impl<'a> Ledger<'a> {
    /// The ledger that the settings name, brought into step with the remote's: what is only
    /// there is taken over, what is only here is put on top and pushed. Nothing is touched
    /// when the remote is not the ledger's own, unless it is being `adopted`.
    pub fn in_step(
        repository: &'a Repository,
        settings: &Settings,
        remote: &Remote,
        adopted: bool,
        now: Moment,
    ) -> Result<Self, LedgerError> {
        let branch = &settings.ledger.branch;
        let there = remote.fetch_into(repository, branch, FETCHED)?;
        let here = repository.tip(branch)?;
        let place = match there {
            Some(_) => FETCHED.to_owned(),
            None => local(branch),
        };
        let seen = Self::at(repository, settings, place)?;
        let own = seen.state()?.remote.filter(|_| !adopted);
        if let Some(own) = own.filter(|own| *own != remote.address) {
            return Err(LedgerError::Elsewhere {
                own,
                present: remote.address.clone(),
            });
        }
        match (here, there) {
            (Some(here), Some(there)) => {
                Self::open(repository, settings)?.join(remote, here, there, now)?;
            }
            (None, Some(there)) => seen.follow(None, there)?,
            (_, None) => {}
        }
        Self::open(repository, settings)
    }

    /// Brings a local tip and the remote's together.
    fn join(
        &self,
        remote: &Remote,
        here: ObjectId,
        there: ObjectId,
        now: Moment,
    ) -> Result<(), LedgerError> {
        if self.repository.leads_to(here, there)? {
            return Ok(self.follow(Some(here), there)?);
        }
        if !self.repository.leads_to(there, here)? {
            let own = self.only_in(here, there)?;
            self.follow(Some(here), there)?;
            if own.is_empty() {
                return Ok(());
            }
            self.append(&own, "annals: what was not pushed\n", now)?;
        }
        self.push(remote).map(|_| ())
    }

    fn follow(&self, here: Option<ObjectId>, there: ObjectId) -> Result<(), RepositoryError> {
        let moved = here == Some(there)
            || self
                .repository
                .move_branch(&self.branch, here, there, "annals: fetched")?;
        if moved {
            Ok(())
        } else {
            Err(RepositoryError::LostRace(self.branch.clone()))
        }
    }

    /// The files that one tip holds and the other does not.
    fn only_in(&self, here: ObjectId, there: ObjectId) -> Result<Vec<LedgerFile>, RepositoryError> {
        let mut own = Vec::new();
        for change in self.repository.changes(Some(there), here, &[])? {
            if let (None, Some(blob)) = (change.before, change.blob_after())
                && change.path != STATE
                && let Ok(said) = serde_json::from_slice(&self.repository.blob(blob)?)
            {
                own.push((change.path, said));
            }
        }
        Ok(own)
    }

    /// Brings the ledger's branch to `remote`. Answers whether it is there: not so when
    /// somebody else was faster.
    pub fn push(&self, remote: &Remote) -> Result<bool, LedgerError> {
        let Some(tip) = self.repository.tip(&self.branch)? else {
            return Err(LedgerError::Absent(self.branch.clone()));
        };
        match remote.push(self.repository, tip, &self.branch)? {
            Pushed::Taken => Ok(true),
            Pushed::Moved => Ok(false),
            Pushed::Refused(why) => Err(RepositoryError::Program("push".to_owned(), why).into()),
        }
    }
}
