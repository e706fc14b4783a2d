//! Letting a local branch follow to a commit that came of it.
//!
//! Where the branch is checked out, working tree and index follow first, through the
//! user's own `git`, which runs their filters and overwrites nothing that is not committed;
//! the branch last, by compare-and-swap, as in an append.

use std::fs;

use crate::archive::lock::{IndexClaim, Lock};
use crate::archive::repository::{ObjectId, Repository, RepositoryError};

/// A tree without files, which Git knows without its being written.
const EMPTY: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// Whether a local branch followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Followed {
    /// It holds the commit.
    Yes,
    /// There is no such local branch.
    Absent,
    /// It stayed where it was, and why.
    No(String),
}

impl Followed {
    /// Why the local branch is behind, if it is.
    pub(super) fn behind(self) -> Option<String> {
        match self {
            Self::Yes | Self::Absent => None,
            Self::No(why) => Some(why),
        }
    }
}

/// Lets the local `branch` follow to `commit`.
pub(super) fn follow(
    repository: &Repository,
    branch: &str,
    commit: ObjectId,
) -> Result<Followed, RepositoryError> {
    let lock = Lock::take(repository)?;
    let no = |why: &str| Ok(Followed::No(why.to_owned()));
    let tip = repository.tip(branch)?;
    let current = repository.head()?.branch.as_deref() == Some(branch);
    match tip {
        None if !current => return Ok(Followed::Absent),
        Some(tip) if repository.leads_to(commit, tip)? => return Ok(Followed::Yes),
        Some(tip) if !repository.leads_to(tip, commit)? => {
            return no("it has commits of its own");
        }
        _ => {}
    }
    if let Some(how) = repository.use_elsewhere(branch)? {
        return no(&format!("it is {how} in another working tree"));
    }
    if let Err(busy) = repository.not_held_here(branch) {
        return no(&busy.to_string());
    }
    let in_folder = current && repository.root().is_some();
    if in_folder {
        let moved = repository
            .not_busy()
            .and_then(|()| check_out(repository, &lock, tip, Some(commit)));
        match moved {
            Err(RepositoryError::Program(_, why)) => return no(first_line(&why)),
            Err(busy @ RepositoryError::Busy(_)) => return no(&busy.to_string()),
            other => other?,
        }
    }
    let moved = repository.move_branch(branch, tip, commit, "annals: pushed");
    if in_folder && !matches!(moved, Ok(true)) {
        // Files of a commit that the branch does not hold would be committed once more.
        check_out(repository, &lock, Some(commit), tip)?;
    }
    match moved {
        Ok(true) => Ok(Followed::Yes),
        Ok(false) => no("it moved meanwhile"),
        Err(fault) => no(&fault.to_string()),
    }
}

/// Brings working tree and index from one commit to another, none being that of no files,
/// or leaves both as they are. Git works on a copy of the index, under annals' own lock on
/// the index itself, so that no lock of a `git` that was killed stays behind.
fn check_out(
    repository: &Repository,
    lock: &Lock,
    from: Option<ObjectId>,
    to: Option<ObjectId>,
) -> Result<(), RepositoryError> {
    let file = |fault| RepositoryError::File(lock.index_copy.display().to_string(), fault);
    let claim = IndexClaim::take(repository)?;
    let index = repository.git_folder().join("index");
    match fs::copy(&index, &lock.index_copy) {
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => {}
        copied => copied.map(|_| ()).map_err(file)?,
    }
    let copy = lock.index_copy.display().to_string();
    let git = |arguments: &[&str]| {
        let variables = [("GIT_INDEX_FILE", copy.clone())];
        let arguments = [&["-c", "core.hooksPath=/dev/null"], arguments].concat();
        repository.run_git(&arguments, &variables, b"")
    };
    // Finds out which files are as the index says; that some are not is no failure.
    let _ = git(&["update-index", "-q", "--refresh"]);
    let name = |id: Option<ObjectId>| id.map_or_else(|| EMPTY.to_owned(), |id| id.to_string());
    git(&["read-tree", "-m", "-u", &name(from), &name(to)])?;
    fs::rename(&lock.index_copy, &index).map_err(file)?;
    drop(claim);
    Ok(())
}

fn first_line(said: &str) -> &str {
    let line = said.lines().next().unwrap_or_default();
    line.strip_prefix("error: ")
        .or_else(|| line.strip_prefix("fatal: "))
        .unwrap_or(line)
}
