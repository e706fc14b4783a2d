//! What an append that was interrupted left behind.
//!
//! Each append notes down the files it is about to add, and takes the note back when it is
//! done or has undone what it did. A note that is still there was left by a kill, or by a
//! push that failed after the commit: its files are staged, or recorded without anybody
//! having been told so. Whoever types the same again means those files, not others beside
//! them; only with the note can that be told from saying the same twice on purpose.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::append::{FileKind, NewFile};
use super::lock::Lock;
use super::repository::{ObjectId, Repository, RepositoryError};
use crate::incident::id;

/// The folder of the notes, among what is annals' own in the Git directory.
const FOLDER: &str = "unfinished";

/// The note of an append that has begun. Dropped, it is taken back.
pub(super) struct Note {
    path: Option<PathBuf>,
}

impl Note {
    /// Notes down the files of an append that begins. Files that are replaced, not recorded,
    /// need no note: writing them again changes nothing.
    pub(super) fn begin(repository: &Repository, new: &[NewFile]) -> Result<Self, RepositoryError> {
        let mut paths = new
            .iter()
            .filter(|file| file.kind != FileKind::Replaced)
            .map(|file| file.path.as_str());
        let Some(last) = paths.next_back() else {
            return Ok(Self { path: None });
        };
        let path = folder(repository).join(id::tail(last.as_bytes(), 16));
        let file = |fault| RepositoryError::File(path.display().to_string(), fault);
        fs::create_dir_all(folder(repository)).map_err(file)?;
        let all: Vec<&str> = paths.chain([last]).collect();
        fs::write(&path, all.join("\n")).map_err(file)?;
        Ok(Self { path: Some(path) })
    }

    /// Leaves the note: the append is not done.
    pub(super) fn leave(mut self) {
        self.path = None;
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // A note too many means that the same words once more are taken for the same.
            let _ = fs::remove_file(path);
        }
    }
}

fn folder(repository: &Repository) -> PathBuf {
    repository.private_folder().join(FOLDER)
}

/// What interrupted appends left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unfinished {
    /// The files that no commit holds, by their paths in the repository.
    pub staged: BTreeSet<String>,
    /// The files that a commit holds, though nobody was told.
    pub recorded: BTreeSet<String>,
    notes: Vec<(PathBuf, BTreeSet<String>)>,
}

impl Unfinished {
    /// What was left, seen from `tip`.
    pub fn find(repository: &Repository, tip: Option<ObjectId>) -> Result<Self, RepositoryError> {
        let mut found = Self::default();
        if notes(repository).next().is_none() {
            return Ok(found);
        }
        // Appends of this clone that are still going on are waited for.
        let _lock = Lock::take(repository)?;
        for path in notes(repository) {
            // That of a push may be taken back meanwhile: then it is done.
            let Ok(text) = fs::read_to_string(&path) else {
                continue;
            };
            for file in text.lines() {
                let held = tip.map(|tip| repository.blob_at(tip, file)).transpose()?;
                let is_recorded = held.flatten().is_some();
                if is_recorded {
                    found.recorded.insert(file.to_owned());
                } else if is_there(repository, file) {
                    found.staged.insert(file.to_owned());
                }
            }
            let files = text.lines().map(str::to_owned).collect();
            found.notes.push((path, files));
        }
        Ok(found)
    }

    /// Takes back the notes about what a commit holds by now, or what is no longer there.
    pub fn settle(&self) {
        let is_open = |files: &BTreeSet<String>| !files.is_disjoint(&self.staged);
        for (note, _) in self.notes.iter().filter(|(_, files)| !is_open(files)) {
            let _ = fs::remove_file(note);
        }
    }
}

fn notes(repository: &Repository) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder(repository)).into_iter().flatten();
    entries.flatten().map(|entry| entry.path())
}

fn is_there(repository: &Repository, file: &str) -> bool {
    let folder: &Path = repository.folder_for_programs();
    repository.root().is_some() && folder.join(file).is_file()
}
