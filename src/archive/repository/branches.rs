//! Which branches somebody is at work on: checked out here or in another working tree, or
//! about to be moved by a rebase or a bisection, during which HEAD names no branch.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use git2::Config;

use super::{Repository, RepositoryError};

impl Repository {
    /// Fails when the working tree is in the middle of something.
    pub fn not_busy(&self) -> Result<(), RepositoryError> {
        use git2::RepositoryState as State;
        Err(RepositoryError::Busy(match self.git.state() {
            State::Clean => return Ok(()),
            State::Merge => "merge",
            State::Revert | State::RevertSequence => "revert",
            State::CherryPick | State::CherryPickSequence => "cherry-pick",
            State::Bisect => "bisect",
            State::Rebase | State::RebaseInteractive | State::RebaseMerge => "rebase",
            State::ApplyMailbox | State::ApplyMailboxOrRebase => "patch series",
        }))
    }

    /// What another working tree does with the branch `name`, if it does anything.
    pub fn use_elsewhere(&self, name: &str) -> Result<Option<&'static str>, RepositoryError> {
        let own = self.git.path().canonicalize().ok();
        for folder in self.git_folders()? {
            let is_own = folder.canonicalize().ok() == own;
            if let Some(how) = use_in(&folder, name)?.filter(|_| !is_own) {
                return Ok(Some(how));
            }
        }
        Ok(None)
    }

    /// Fails when something under way here moves the branch `name` when it ends, though HEAD
    /// does not name it.
    pub fn not_held_here(&self, name: &str) -> Result<(), RepositoryError> {
        match use_in(self.git.path(), name)? {
            None | Some(CHECKED_OUT) => Ok(()),
            Some(_) => self.not_busy(),
        }
    }

    /// The Git directory of each working tree. A bare repository has a HEAD and no tree.
    fn git_folders(&self) -> Result<Vec<PathBuf>, RepositoryError> {
        let common = self.git.commondir();
        let mut folders = Vec::new();
        if !is_bare(common) {
            folders.push(common.to_owned());
        }
        let linked = common.join("worktrees");
        let file = |fault| RepositoryError::File(linked.display().to_string(), fault);
        match fs::read_dir(&linked) {
            Err(fault) if fault.kind() == ErrorKind::NotFound => {}
            entries => {
                for entry in entries.map_err(file)? {
                    folders.push(entry.map_err(file)?.path());
                }
            }
        }
        Ok(folders)
    }
}

const CHECKED_OUT: &str = "checked out";

/// What the working tree with the Git directory `folder` does with the branch `name`, as
/// `git worktree add` would see it.
fn use_in(folder: &Path, name: &str) -> Result<Option<&'static str>, RepositoryError> {
    let full = format!("refs/heads/{name}");
    let says = |place: &str, wanted: &str| -> Result<bool, RepositoryError> {
        let said = read(&folder.join(place))?;
        Ok(said.lines().any(|line| line == wanted))
    };
    if says("HEAD", &format!("ref: {full}"))? {
        return Ok(Some(CHECKED_OUT));
    }
    // `update-refs` lists the branches that a rebase takes along, each between commits.
    for place in [
        "rebase-merge/head-name",
        "rebase-apply/head-name",
        "rebase-merge/update-refs",
    ] {
        if says(place, &full)? {
            return Ok(Some("being rebased"));
        }
    }
    if says("BISECT_START", name)? {
        return Ok(Some("being bisected"));
    }
    Ok(None)
}

fn read(place: &Path) -> Result<String, RepositoryError> {
    match fs::read(place) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(fault) => Err(RepositoryError::File(place.display().to_string(), fault)),
    }
}

/// Whether the repository with the Git directory `common` has no working tree of its own, as
/// its own configuration says: a linked working tree's does not count.
fn is_bare(common: &Path) -> bool {
    let said = |file: &str| {
        Config::open(&common.join(file))
            .ok()?
            .get_bool("core.bare")
            .ok()
    };
    said("config.worktree")
        .or_else(|| said("config"))
        .unwrap_or(false)
}
