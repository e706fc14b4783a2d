//! A remote: where its branches stand, what is fetched from it and pushed to it.
//!
//! Networks are the business of the user's own `git`, so that credentials, keys and
//! proxies work as they do everywhere else. A push is never forced, and whether it went
//! through is told by where the remote's branch stands afterwards, never by what a program
//! says.

mod address;
mod request;

use super::program;
use super::repository::{ObjectId, Repository, RepositoryError};
use address::address;

pub(super) use request::request;

/// Fetching objects and nothing else.
const FETCH: [&str; 6] = [
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-auto-maintenance",
    "--no-write-fetch-head",
    "--refmap=",
];

/// How a push ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The remote holds it.
    Taken,
    /// Somebody else was faster: what was pushed does not follow upon the remote's branch.
    Moved,
    /// The remote does not take it, though it would follow upon what is there: why.
    Refused(String),
}

/// A remote of the user's configuration.
#[derive(Clone, Debug)]
pub struct Remote {
    /// Its name in this repository's configuration.
    pub name: String,
    /// Host and path, however spelt.
    pub address: String,
}

impl Remote {
    /// The remote that the configuration calls `name`.
    pub fn find(repository: &Repository, name: &str) -> Result<Self, RepositoryError> {
        let url = repository
            .remote_url(name)
            .ok_or_else(|| RepositoryError::NoRemote(name.to_owned()))?;
        Ok(Self {
            name: name.to_owned(),
            address: address(&url, repository.folder_for_programs()),
        })
    }

    /// Where the remote's `branch` stands this moment, with everything that it holds brought
    /// here. No reference of the clone changes, so any number of these can be under way.
    pub fn fetch(
        &self,
        repository: &Repository,
        branch: &str,
    ) -> Result<Option<ObjectId>, RepositoryError> {
        let tip = self.tip(repository, branch)?;
        if tip.is_some_and(|tip| !repository.holds(tip)) {
            let what = format!("refs/heads/{branch}");
            let arguments = [&FETCH[..], &[&self.name, &what]].concat();
            program::git(repository.folder_for_programs(), &arguments, &[], b"")?;
        }
        Ok(tip)
    }

    /// The same, kept at the reference `place`.
    pub fn fetch_into(
        &self,
        repository: &Repository,
        branch: &str,
        place: &str,
    ) -> Result<Option<ObjectId>, RepositoryError> {
        let tip = self.fetch(repository, branch)?;
        if let Some(tip) = tip {
            repository.remember(place, tip)?;
        }
        Ok(tip)
    }

    /// Where the remote's `branch` stands this moment.
    fn tip(
        &self,
        repository: &Repository,
        branch: &str,
    ) -> Result<Option<ObjectId>, RepositoryError> {
        let name = format!("refs/heads/{branch}");
        let folder = repository.folder_for_programs();
        let said = program::git(folder, &["ls-remote", &self.name, &name], &[], b"")?;
        let said = String::from_utf8_lossy(&said);
        // What is asked for matches the end of a name; only the name itself is meant.
        let mut lines = said.lines().filter_map(|line| line.split_once('\t'));
        let line = lines.find(|(_, found)| *found == name);
        Ok(line.and_then(|(id, _)| ObjectId::parse(id)))
    }

    /// Brings `commit` to the remote's `branch`. Fails where the remote cannot be reached.
    pub fn push(
        &self,
        repository: &Repository,
        commit: ObjectId,
        branch: &str,
    ) -> Result<Pushed, RepositoryError> {
        let Err(refused) = self.offer(repository, commit, branch) else {
            return Ok(Pushed::Taken);
        };
        let Ok(there) = self.tip(repository, branch) else {
            return Err(refused);
        };
        let follows = match there {
            Some(there) if there == commit => return Ok(Pushed::Taken),
            Some(there) => repository.holds(there) && repository.leads_to(there, commit)?,
            None => true,
        };
        Ok(match (follows, refused) {
            (false, _) => Pushed::Moved,
            (true, RepositoryError::Program(_, why)) => Pushed::Refused(why),
            (true, other) => return Err(other),
        })
    }

    /// Pushes `commit`, and answers what the remote remarked. The user's pre-push hook runs:
    /// it is what uploads the attachments of a repository with LFS.
    pub(super) fn offer(
        &self,
        repository: &Repository,
        commit: ObjectId,
        branch: &str,
    ) -> Result<String, RepositoryError> {
        let folder = repository.folder_for_programs();
        let what = format!("{commit}:refs/heads/{branch}");
        let arguments = ["push", "--no-follow-tags", &self.name, &what];
        Ok(program::run(folder, &arguments, &[], b"")?.remarked)
    }
}
