//! What a pushed append stands on: what the remote holds, and what of this clone goes along.

use crate::archive::layout;
use crate::archive::remote::Remote;
use crate::archive::repository::{ObjectId, Repository, RepositoryError};

/// A branch of a remote, and the local branch that goes with it.
#[derive(Clone, Debug)]
pub struct Target {
    /// The remote.
    pub remote: Remote,
    /// The remote's branch.
    pub there: String,
    /// The local branch.
    pub here: String,
}

/// What an append stands on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base {
    /// The commit whose files it adds to; none where there is no commit yet. What the record
    /// says there is what it will say where the append lands.
    pub commit: Option<ObjectId>,
    /// The parents of the append's commit: `commit` itself, or the two that it joins.
    pub parents: Vec<ObjectId>,
    /// Whether the local branch has commits of its own that do not go along, because they
    /// change more than the record or would conflict with what the remote holds.
    pub apart: bool,
    /// Why the remote could not be looked at, if it could not.
    pub unseen: Option<String>,
}

impl Base {
    fn on(commit: Option<ObjectId>) -> Self {
        Self {
            commit,
            parents: commit.into_iter().collect(),
            ..Self::default()
        }
    }
}

impl Target {
    /// Where `git push` would bring the local branch `here`; none where there is no remote.
    pub fn of(repository: &Repository, here: &str) -> Result<Option<Self>, RepositoryError> {
        let (remote, there) = repository.push_target(here)?;
        let remote = remote.map(|name| Remote::find(repository, &name));
        Ok(remote.transpose()?.map(|remote| Self {
            remote,
            there,
            here: here.to_owned(),
        }))
    }

    /// Looks at the remote. What is only on the local branch goes along if it only adds to
    /// the record: an append that could not be pushed before, say. Anything else is not for
    /// annals to publish.
    pub fn base(&self, repository: &Repository) -> Result<Base, RepositoryError> {
        let here = repository.tip(&self.here)?;
        let there = match self.remote.fetch(repository, &self.there) {
            Ok(there) => there,
            Err(RepositoryError::Program(program, why)) => {
                return Ok(Base {
                    unseen: Some(RepositoryError::Program(program, why).to_string()),
                    ..Base::on(here.or(repository.head()?.commit))
                });
            }
            Err(fault) => return Err(fault),
        };
        match (there, here) {
            (Some(there), Some(here)) => joined(repository, there, here),
            (Some(there), None) => Ok(Base::on(Some(there))),
            (None, here) => Ok(Base::on(here.or(repository.head()?.commit))),
        }
    }
}

/// The remote's tip and the local one. Where both have something of their own the remote's
/// comes first, so that its branch goes on along first parents.
fn joined(
    repository: &Repository,
    there: ObjectId,
    here: ObjectId,
) -> Result<Base, RepositoryError> {
    if repository.leads_to(here, there)? {
        return Ok(Base::on(Some(there)));
    }
    let apart = Base {
        apart: true,
        ..Base::on(Some(there))
    };
    if !repository.only_adds(there, here, layout::INCIDENTS)? {
        return Ok(apart);
    }
    if repository.leads_to(there, here)? {
        return Ok(Base::on(Some(here)));
    }
    match repository.merged(there, here) {
        Ok(both) => Ok(Base {
            parents: vec![there, here],
            ..Base::on(Some(both))
        }),
        Err(RepositoryError::Conflict(_)) => Ok(apart),
        Err(fault) => Err(fault),
    }
}
