//! Objects that a clone does not have, though what it has refers to them.
//!
//! A shallow clone lacks old commits, a partial one files or folders until somebody looks at
//! them, and a damaged one whatever was lost. libgit2 says of a missing object what it says
//! of a name that is not there, and whoever took one for the other would read a record with
//! fewer incidents. So everything is looked up here: what a partial clone lacks is fetched by
//! the user's `git`, and what cannot be had is an error.

use std::io::ErrorKind;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use git2::{ErrorClass, ErrorCode, Oid, Tree};

use super::{ObjectId, Repository, RepositoryError};
use crate::archive::layout;

/// Whether the bulk of what is missing has been fetched, for all threads.
pub(super) type Fetched = Mutex<bool>;

/// Fetching named objects, as `git` itself does when it misses one.
const FETCH: [&str; 11] = [
    "-c",
    "fetch.negotiationAlgorithm=noop",
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-auto-maintenance",
    "--no-write-fetch-head",
    "--recurse-submodules=no",
    "--refmap=",
    "--filter=blob:none",
    "--stdin",
];

impl Repository {
    /// How many objects were looked up so far: what something costs, in a number that is the
    /// same on every machine.
    pub fn objects_read(&self) -> u64 {
        self.looked_up.load(Ordering::Relaxed)
    }

    /// What `attempt` finds, having fetched what it misses in a partial clone.
    pub(super) fn lookup<T>(
        &self,
        attempt: impl Fn() -> Result<T, git2::Error>,
    ) -> Result<T, RepositoryError> {
        self.looked_up.fetch_add(1, Ordering::Relaxed);
        let mut last = None;
        loop {
            let fault = match attempt() {
                Ok(found) => return Ok(found),
                Err(fault) => fault,
            };
            let Some(id) = absent(&fault) else {
                return Err(fault.into());
            };
            if last == Some(id) {
                return Err(self.lacks(id));
            }
            self.fetch_promised(id)?;
            last = Some(id);
        }
    }

    /// The commit `id` as libgit2 knows it.
    pub(super) fn commit_at(&self, id: ObjectId) -> Result<git2::Commit<'_>, RepositoryError> {
        self.lookup(|| self.git.find_commit(id.0))
    }

    /// The tree of commit `id`.
    pub(super) fn tree_of(&self, id: ObjectId) -> Result<Tree<'_>, RepositoryError> {
        let tree = self.commit_at(id)?.tree_id();
        self.tree_at(tree)
    }

    pub(super) fn tree_at(&self, id: Oid) -> Result<Tree<'_>, RepositoryError> {
        self.lookup(|| self.git.find_tree(id))
    }

    /// The id and the mode of what stands at `path` below `tree`. Only a name that a folder
    /// does not hold is absent; a folder that cannot be had is an error.
    pub(super) fn entry(
        &self,
        tree: &Tree<'_>,
        path: &str,
    ) -> Result<Option<(Oid, i32)>, RepositoryError> {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let named = |tree: &Tree<'_>, part: &str| {
            tree.get_name(part)
                .map(|entry| (entry.id(), entry.filemode()))
        };
        let Some(first) = parts.next() else {
            return Ok(None);
        };
        let mut found = named(tree, first);
        for part in parts {
            match found {
                Some((id, FOLDER)) => found = named(&self.tree_at(id)?, part),
                _ => return Ok(None),
            }
        }
        Ok(found)
    }

    /// Fails where the clone ends at one of the commits that lead to `head` and to none of
    /// `bases`: it looks like the first one, and what came before it is not known.
    pub(super) fn refuse_cut(
        &self,
        bases: &[ObjectId],
        head: ObjectId,
    ) -> Result<(), RepositoryError> {
        let ends = self.ends()?;
        if ends.is_empty() {
            return Ok(());
        }
        let mut walk = self.git.revwalk()?;
        walk.push(head.0)?;
        for base in bases {
            walk.hide(base.0)?;
        }
        for id in walk {
            let id = ObjectId(id.map_err(|fault| self.fault(fault))?);
            if ends.contains(&id) {
                return Err(RepositoryError::Shallow(id.short()));
            }
        }
        Ok(())
    }

    /// The commits at which a clone that is not whole ends.
    pub(super) fn ends(&self) -> Result<Vec<ObjectId>, RepositoryError> {
        let place = self.git.commondir().join("shallow");
        match std::fs::read_to_string(&place) {
            Ok(ends) => Ok(ends.lines().filter_map(ObjectId::parse).collect()),
            Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(fault) => Err(RepositoryError::File(place.display().to_string(), fault)),
        }
    }

    /// Whether the clone ends somewhere. libgit2 looks for that in the Git directory of a
    /// linked working tree, where it is not written.
    pub(super) fn is_shallow(&self) -> Result<bool, RepositoryError> {
        Ok(!self.ends()?.is_empty())
    }

    /// What a fault of libgit2's means that may be about an object that is not there.
    pub(super) fn fault(&self, fault: git2::Error) -> RepositoryError {
        match absent(&fault) {
            Some(id) => self.lacks(id),
            None => fault.into(),
        }
    }

    /// That the clone does not have object `id`.
    fn lacks(&self, id: ObjectId) -> RepositoryError {
        match self.is_shallow() {
            Ok(true) => RepositoryError::Shallow(id.short()),
            Ok(false) => RepositoryError::Missing(id.to_string()),
            Err(fault) => fault,
        }
    }

    /// Fetches object `id` from where a partial clone has left it, and with the first one the
    /// files of all incidents that HEAD holds: the record only grows, so those are nearly all
    /// that anybody will ask for, and one by one each would cost a connection.
    fn fetch_promised(&self, id: ObjectId) -> Result<(), RepositoryError> {
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        let odb = self.git.odb()?;
        if odb.exists(id.0) {
            return Ok(());
        }
        let remotes = self.promisors()?;
        if remotes.is_empty() {
            return Err(self.lacks(id));
        }
        self.fetch_objects(&remotes, &[id])?;
        if *fetched {
            return Ok(());
        }
        *fetched = true;
        // What it takes to list them is fetched one by one: it is little.
        drop(fetched);
        let Some(head) = self.head()?.commit else {
            return Ok(());
        };
        let files = self.files(head, layout::INCIDENTS)?.into_iter();
        let missing = files.map(|file| file.id).filter(|id| !odb.exists(id.0));
        let missing: Vec<ObjectId> = missing.collect();
        if missing.is_empty() {
            return Ok(());
        }
        self.fetch_objects(&remotes, &missing)
    }

    fn fetch_objects(&self, remotes: &[String], ids: &[ObjectId]) -> Result<(), RepositoryError> {
        let ids: Vec<String> = ids.iter().map(ObjectId::to_string).collect();
        let ids = ids.join("\n");
        let mut refused = String::new();
        for remote in remotes {
            let arguments = [&FETCH[..], &[remote]].concat();
            match self.run_git(&arguments, &[], ids.as_bytes()) {
                Ok(_) => return Ok(()),
                Err(RepositoryError::Program(_, why)) => refused = why,
                Err(fault) => return Err(fault),
            }
        }
        Err(RepositoryError::Unfetched(refused))
    }

    /// The remotes that promise what a partial clone lacks.
    fn promisors(&self) -> Result<Vec<String>, RepositoryError> {
        let config = self.git.config()?.snapshot()?;
        let mut remotes = Vec::new();
        let mut entries = config.entries(Some("^remote\\..*\\.promisor$"))?;
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = entry.name()?;
            let name = name.strip_prefix("remote.");
            let name = name.and_then(|name| name.strip_suffix(".promisor"));
            remotes.extend(name.map(str::to_owned));
        }
        Ok(remotes)
    }
}

/// The mode of a folder in a tree.
const FOLDER: i32 = 0o040_000;

/// The object that was not there, if that is the fault.
pub(super) fn absent(fault: &git2::Error) -> Option<ObjectId> {
    if fault.class() != ErrorClass::Odb || fault.code() != ErrorCode::NotFound {
        return None;
    }
    let (_, named) = fault.message().rsplit_once('(')?;
    ObjectId::parse(named.strip_suffix(')')?)
}
