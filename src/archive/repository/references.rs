//! Moving branches and other references.
//!
//! libgit2 would take a lock that nobody can tell from a living Git's after a kill, and a
//! child `git` as well. So the lock is a link to a file of annals' own (see
//! [`lock`](crate::archive::lock)), and becomes the reference when it is renamed.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use super::{ObjectId, Repository, RepositoryError};
use crate::archive::lock::ReferenceClaim;

/// Where a reference has to stand for it to be moved.
#[derive(Clone, Copy)]
enum Expected {
    /// At this commit; none: it is not there yet.
    At(Option<ObjectId>),
    /// Anywhere.
    Any,
}

impl Repository {
    /// Moves the branch `name` from `from` (none: it has no commit yet) to `to`, waiting a
    /// little for a Git process that moves it. Answers whether it still stood at `from`.
    pub fn move_branch(
        &self,
        name: &str,
        from: Option<ObjectId>,
        to: ObjectId,
        log: &str,
    ) -> Result<bool, RepositoryError> {
        self.move_branch_telling(name, from, to, log, &|| ())
    }

    /// The same; `locked` is told when Git's lock on the branch is held.
    pub fn move_branch_telling(
        &self,
        name: &str,
        from: Option<ObjectId>,
        to: ObjectId,
        log: &str,
        locked: &dyn Fn(),
    ) -> Result<bool, RepositoryError> {
        let name = format!("refs/heads/{name}");
        self.move_reference(&name, Expected::At(from), (to, log), locked)
    }

    /// Keeps `commit` at the reference `place`, given in full, wherever that stood before.
    /// Not for branches, which only move by [`move_branch`](Self::move_branch).
    pub fn remember(&self, place: &str, commit: ObjectId) -> Result<(), RepositoryError> {
        if self.reference(place)? == Some(commit) {
            return Ok(());
        }
        let log = "annals: fetched";
        self.move_reference(place, Expected::Any, (commit, log), &|| ())
            .map(|_| ())
    }

    fn move_reference(
        &self,
        name: &str,
        expected: Expected,
        (to, log): (ObjectId, &str),
        locked: &dyn Fn(),
    ) -> Result<bool, RepositoryError> {
        let name = &self.meant(name)?;
        let place = self.git.commondir().join(name);
        let claim = ReferenceClaim::take(self, &place, &format!("{to}\n"))?;
        locked();
        let from = self.reference(name)?;
        if let Expected::At(expected) = expected
            && expected != from
        {
            return Ok(false);
        }
        if from.is_none() {
            self.refuse_between(name)?;
        }
        // Git leaves the folders of references that were deleted or packed.
        let _ = fs::remove_dir(&place);
        self.log(name, from, to, log)?;
        claim.become_reference(&place)?;
        Ok(true)
    }

    /// The reference that `name` leads to, if it is a symbolic one.
    fn meant(&self, name: &str) -> Result<String, RepositoryError> {
        let mut name = name.to_owned();
        // As deep as Git itself follows them.
        for _ in 0..5 {
            match self.git.find_reference(&name) {
                Ok(found) => match found.symbolic_target()? {
                    Some(target) => target.clone_into(&mut name),
                    None => return Ok(name),
                },
                Err(fault) if fault.code() == git2::ErrorCode::NotFound => return Ok(name),
                Err(fault) => return Err(fault.into()),
            }
        }
        Err(RepositoryError::BranchName(name))
    }

    /// No reference can lie where another one has a folder.
    fn refuse_between(&self, name: &str) -> Result<(), RepositoryError> {
        let refused = || Err(RepositoryError::BranchName(name.to_owned()));
        if self
            .git
            .references_glob(&format!("{name}/*"))?
            .next()
            .is_some()
        {
            return refused();
        }
        let above = name
            .match_indices('/')
            .filter_map(|(end, _)| name.get(..end));
        for above in above {
            if self.git.find_reference(above).is_ok() {
                return refused();
            }
        }
        Ok(())
    }

    /// Writes down in the reference's log, and in that of HEAD if it names the reference,
    /// that it moves: where Git would keep a log.
    fn log(
        &self,
        name: &str,
        from: Option<ObjectId>,
        to: ObjectId,
        log: &str,
    ) -> Result<(), RepositoryError> {
        let mut logs: Vec<PathBuf> = vec![self.git.commondir().join("logs").join(name)];
        let head = self.git.find_reference("HEAD")?;
        if head.symbolic_target()? == Some(name) {
            logs.push(self.git.path().join("logs/HEAD"));
        }
        let begins = self.logs(name)?;
        logs.retain(|place| begins || place.exists());
        if logs.is_empty() {
            return Ok(());
        }
        let from = from.map_or_else(|| "0".repeat(40), |from| from.to_string());
        let who = self.identity()?;
        let time = git2::Signature::now(&who.name, &who.email)?.when();
        let log = log.lines().next().unwrap_or_default();
        let line = format!("{from} {to} {who} {} +0000\t{log}\n", time.seconds());
        for place in logs {
            let write = || {
                if let Some(parent) = place.parent() {
                    fs::create_dir_all(parent)?;
                }
                let mut file = fs::File::options().create(true).append(true).open(&place)?;
                file.write_all(line.as_bytes())
            };
            write().map_err(|fault| RepositoryError::File(place.display().to_string(), fault))?;
        }
        Ok(())
    }
}
