//! The working tree and its index, brought in step with a branch that is about to move.
//!
//! All of it happens under Git's own lock on the index, which is kept until the branch has
//! moved: no `git commit` of somebody else's can take up an entry that annals is still
//! about to fail on. What fails takes back what it wrote. A kill leaves at most whole,
//! staged files.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{FileKind, NewFile, Step};
use crate::archive::lock::{IndexClaim, Lock};
use crate::archive::repository::{IndexEntry, ObjectId, Repository, RepositoryError, StagedIndex};

/// Files and index entries that were put in place for a branch that has not moved yet. They
/// are taken back when this is dropped before [`keep`](Self::keep).
pub(super) struct Placing<'a> {
    lock: &'a Lock,
    folder: &'a Path,
    placed: Vec<Placed>,
    /// Where the index lies, and whether there was one before.
    index: Option<(PathBuf, bool)>,
    claim: Option<IndexClaim>,
    kept: bool,
}

/// A file that was put in place, and what stood there before.
struct Placed {
    path: PathBuf,
    before: Option<Vec<u8>>,
}

impl<'a> Placing<'a> {
    /// Puts nothing anywhere yet.
    pub(super) fn new(folder: &'a Path, lock: &'a Lock) -> Self {
        Self {
            lock,
            folder,
            placed: Vec::new(),
            index: None,
            claim: None,
            kept: false,
        }
    }

    /// Puts the files into the working tree and their entries into its index.
    pub(super) fn stage(
        &mut self,
        repository: &Repository,
        new: &[NewFile],
        blobs: &[(String, ObjectId)],
        reached: &dyn Fn(Step),
    ) -> Result<(), RepositoryError> {
        self.claim = Some(IndexClaim::take(repository)?);
        reached(Step::IndexClaimed);
        let index = repository.index()?;
        self.place(new, reached)?;
        let files: Vec<PathBuf> = blobs
            .iter()
            .map(|(path, _)| self.folder.join(path))
            .collect();
        let entries: Vec<IndexEntry<'_>> = blobs
            .iter()
            .zip(&files)
            .map(|((path, id), file)| IndexEntry {
                path,
                file,
                id: *id,
            })
            .collect();
        if let Some(staged) = repository.stage(&index, &self.lock.index_copy, &entries)? {
            reached(Step::IndexCopied);
            self.replace_index(&staged)?;
            reached(Step::IndexReplaced);
        }
        Ok(())
    }

    /// Puts each file in its place: written elsewhere, then renamed.
    pub(super) fn place(
        &mut self,
        files: &[NewFile],
        reached: &dyn Fn(Step),
    ) -> Result<(), RepositoryError> {
        for file in files {
            let path = self.folder.join(&file.path);
            refuse_strangers(self.folder, &file.path)?;
            let before = match fs::read(&path) {
                Ok(held) if held == file.bytes => continue,
                Ok(_) if file.kind != FileKind::Replaced => {
                    return Err(RepositoryError::Occupied(file.path.clone()));
                }
                held => held.ok(),
            };
            write_durably(&self.lock.temporary, &file.bytes)?;
            reached(Step::Temporary);
            self.placed.push(Placed {
                path: path.clone(),
                before,
            });
            move_into(&self.lock.temporary, &path)?;
            reached(Step::Placed);
        }
        Ok(())
    }

    /// Puts the index in force that holds the new entries. The one before stays at hand: a
    /// link to it costs nothing, whatever its size.
    fn replace_index(&mut self, staged: &StagedIndex) -> Result<(), RepositoryError> {
        let file = |fault| RepositoryError::File(staged.place.display().to_string(), fault);
        let was_there = match fs::hard_link(&staged.place, &self.lock.index_before) {
            Err(fault) if fault.kind() == ErrorKind::NotFound => false,
            linked => linked.map(|()| true).map_err(file)?,
        };
        fs::rename(&staged.copy, &staged.place).map_err(file)?;
        self.index = Some((staged.place.clone(), was_there));
        Ok(())
    }

    /// The branch has moved: what was put in place stays, and Git's lock is given back.
    pub(super) fn keep(mut self) {
        self.kept = true;
    }

    /// Takes back what was put in place. Where even that fails, `check` tells what is left.
    fn undo(&self) {
        if let Some((place, was_there)) = &self.index {
            let _ = if *was_there {
                fs::rename(&self.lock.index_before, place)
            } else {
                fs::remove_file(place)
            };
        }
        for placed in self.placed.iter().rev() {
            let _ = match &placed.before {
                Some(bytes) => fs::write(&placed.path, bytes),
                None => fs::remove_file(&placed.path),
            };
            self.remove_empty(&placed.path);
        }
    }

    /// Removes the folders above `path` that hold nothing now.
    fn remove_empty(&self, path: &Path) {
        let above = path.ancestors().skip(1);
        let ours = above.take_while(|folder| *folder != self.folder);
        for folder in ours {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
}

impl Drop for Placing<'_> {
    fn drop(&mut self) {
        if !self.kept {
            self.undo();
        }
        // The next append removes it as well, where this fails.
        let _ = fs::remove_file(&self.lock.index_before);
        self.claim = None;
    }
}

fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), RepositoryError> {
    let write = || {
        let mut file = File::create(path)?;
        std::io::Write::write_all(&mut file, bytes)?;
        file.sync_all()
    };
    write().map_err(|fault| RepositoryError::File(path.display().to_string(), fault))
}

/// Renames; where the Git directory lies on another file system, copies beside the
/// place first.
fn move_into(from: &Path, to: &Path) -> Result<(), RepositoryError> {
    let file = |fault| RepositoryError::File(to.display().to_string(), fault);
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(file)?;
    }
    match fs::rename(from, to) {
        Err(fault) if fault.kind() == ErrorKind::CrossesDevices => {
            let beside = to.with_extension("annals-new");
            let copied = fs::copy(from, &beside).and_then(|_| fs::rename(&beside, to));
            if copied.is_err() {
                // What failed half-way, on a full disk say, is not left lying there.
                let _ = fs::remove_file(&beside);
            }
            copied.map_err(file)?;
            fs::remove_file(from).map_err(file)
        }
        other => other.map_err(file),
    }
}

/// A link among the folders would lead the file out of the repository, and a repository of
/// its own there would keep it.
fn refuse_strangers(folder: &Path, path: &str) -> Result<(), RepositoryError> {
    let mut at = folder.to_owned();
    for part in Path::new(path) {
        at.push(part);
        if fs::symlink_metadata(&at).is_ok_and(|facts| facts.is_symlink()) {
            return Err(RepositoryError::Symlink(path.to_owned()));
        }
        if fs::symlink_metadata(at.join(".git")).is_ok() {
            return Err(RepositoryError::Nested(path.to_owned()));
        }
    }
    Ok(())
}
