//! The ledger and a remote: fetching, pushing, and bringing both into step.
//!
//! The remote's branch is the truth that all runners share. What is only here is put on
//! top of it, file by file; nothing that a remote holds is ever replaced, and a push is
//! never forced. Networks are the business of the user's own `git`.

use super::address::address;
use super::{Ledger, LedgerError, LedgerFile, STATE, local};
use crate::archive::program;
use crate::archive::repository::{ObjectId, Repository, RepositoryError};
use crate::archive::settings::Settings;
use crate::text::moment::Moment;

/// Where the remote's ledger lies once it is fetched.
const FETCHED: &str = "refs/annals/ledger";

/// How a push ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The remote holds it.
    Taken,
    /// Somebody else was faster: the remote's branch is not where it was.
    Moved,
}

/// A remote that has been looked at.
#[derive(Clone, Debug)]
pub struct Remote<'a> {
    /// Its name in this repository's configuration.
    pub name: &'a str,
    /// Host and path, however spelt.
    pub address: String,
}

impl<'a> Remote<'a> {
    /// The remote that the configuration calls `name`.
    pub fn find(repository: &Repository, name: &'a str) -> Result<Self, LedgerError> {
        let url = repository
            .remote_url(name)
            .ok_or_else(|| LedgerError::NoRemote(name.to_owned()))?;
        Ok(Self {
            name,
            address: address(&url, repository.folder_for_programs()),
        })
    }

    /// Fetches `branch` into what the clone remembers of this remote. Answers its tip.
    pub fn fetch(
        &self,
        repository: &Repository,
        branch: &str,
    ) -> Result<Option<ObjectId>, RepositoryError> {
        let place = format!("refs/remotes/{}/{branch}", self.name);
        self.fetch_into(repository, branch, &place)
    }

    fn fetch_into(
        &self,
        repository: &Repository,
        branch: &str,
        place: &str,
    ) -> Result<Option<ObjectId>, RepositoryError> {
        if self.tip(repository, branch)?.is_none() {
            return Ok(None);
        }
        let what = format!("+refs/heads/{branch}:{place}");
        let folder = repository.folder_for_programs();
        program::git(folder, &["fetch", "--quiet", self.name, &what], &[], b"")?;
        repository.reference(place)
    }

    /// Where the remote's `branch` stands this moment.
    fn tip(
        &self,
        repository: &Repository,
        branch: &str,
    ) -> Result<Option<ObjectId>, RepositoryError> {
        let name = format!("refs/heads/{branch}");
        let folder = repository.folder_for_programs();
        let said = program::git(folder, &["ls-remote", self.name, &name], &[], b"")?;
        let said = String::from_utf8_lossy(&said);
        // What is asked for matches the end of a name; only the name itself is meant.
        let mut lines = said.lines().filter_map(|line| line.split_once('\t'));
        let line = lines.find(|(_, found)| *found == name);
        Ok(line.and_then(|(id, _)| ObjectId::parse(id)))
    }
}

impl<'a> Ledger<'a> {
    /// The ledger that the settings name, brought into step with the remote's: what is only
    /// there is taken over, what is only here is put on top and pushed. Nothing is touched
    /// when the remote is not the ledger's own, unless it is being `adopted`.
    pub fn in_step(
        repository: &'a Repository,
        settings: &Settings,
        remote: &Remote<'_>,
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
        remote: &Remote<'_>,
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
        for change in self.repository.changes(Some(there), here, "")? {
            if let (None, Some(blob)) = (change.before, change.after)
                && change.path != STATE
                && let Ok(said) = serde_json::from_slice(&self.repository.blob(blob)?)
            {
                own.push((change.path, said));
            }
        }
        Ok(own)
    }

    /// Brings the ledger's branch to `remote`. Whether somebody else was faster is told by
    /// where the remote's branch stands afterwards, never by what a program says.
    pub fn push(&self, remote: &Remote<'_>) -> Result<Pushed, LedgerError> {
        let branch = local(&self.branch);
        let folder = self.repository.folder_for_programs();
        let what = format!("{branch}:{branch}");
        let Err(refused) = program::git(folder, &["push", "--quiet", remote.name, &what], &[], b"")
        else {
            return Ok(Pushed::Taken);
        };
        let there = remote.tip(self.repository, &self.branch)?;
        let (Some(here), Some(there)) = (self.repository.tip(&self.branch)?, there) else {
            return Err(refused.into());
        };
        if here == there {
            return Ok(Pushed::Taken);
        }
        // Ours would have followed upon theirs, so it was not for that that it was refused.
        let follows = self.repository.holds(there) && self.repository.leads_to(there, here)?;
        if follows {
            Err(refused.into())
        } else {
            Ok(Pushed::Moved)
        }
    }
}
