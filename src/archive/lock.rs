//! The locks of an append, and what a killed append left behind.
//!
//! One append at a time per repository: the lock is an advisory one on a file, so the
//! system gives it back when a process dies. Git's own index lock is taken as a hard
//! link to a file of annals', so that a lock left behind can be told from one that
//! belongs to a living Git process; the same holds for a branch's lock, which Git fills
//! with the commit that annals has noted down before. No other lock is ever removed.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::repository::{ObjectId, Repository, RepositoryError};

/// How often, and how long apart, a lock held by Git is tried again: two seconds in all.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// Tries what needs one of Git's own locks, and waits a little for a process that holds it.
pub(super) fn patiently<T>(
    mut attempt: impl FnMut() -> Result<T, RepositoryError>,
) -> Result<T, RepositoryError> {
    for _ in 1..TRIES {
        match attempt() {
            Err(RepositoryError::Locked(_)) => std::thread::sleep(PAUSE),
            done => return done,
        }
    }
    attempt()
}

/// The lock of annals' own, held until it is dropped.
pub(super) struct Lock {
    _file: File,
    note: PathBuf,
    /// Where a new file lies before it is renamed into place.
    pub(super) temporary: PathBuf,
    /// Where a copy of this working tree's index lies before it is renamed into place.
    pub(super) index_copy: PathBuf,
    /// Where the index that a copy replaced stays until the branch has moved.
    pub(super) index_before: PathBuf,
}

fn file(path: &Path) -> impl FnOnce(std::io::Error) -> RepositoryError {
    let path = path.display().to_string();
    move |fault| RepositoryError::File(path, fault)
}

impl Lock {
    /// Waits for the lock, then clears away what a killed append left.
    pub(super) fn take(repository: &Repository) -> Result<Self, RepositoryError> {
        let folder = repository.private_folder();
        fs::create_dir_all(&folder).map_err(file(&folder))?;
        let path = folder.join("lock");
        let held = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(file(&path))?;
        held.lock().map_err(file(&path))?;
        let lock = Self {
            _file: held,
            note: folder.join("moving"),
            temporary: folder.join("new-file"),
            index_copy: repository.git_folder().join("annals-index"),
            index_before: repository.git_folder().join("annals-index-before"),
        };
        lock.clear(repository)?;
        Ok(lock)
    }

    /// Notes down that the branch is about to move to `commit`.
    pub(super) fn announce(
        &self,
        repository: &Repository,
        branch: &str,
        commit: ObjectId,
    ) -> Result<(), RepositoryError> {
        let lock = repository.branch_lock(&format!("refs/heads/{branch}"));
        fs::write(&self.note, format!("{commit}\n{}", lock.display())).map_err(file(&self.note))
    }

    fn clear(&self, repository: &Repository) -> Result<(), RepositoryError> {
        if let Ok(note) = fs::read_to_string(&self.note)
            && let Some((commit, lock)) = note.split_once('\n')
            && fs::read_to_string(lock).is_ok_and(|held| held.trim() == commit)
        {
            remove(Path::new(lock))?;
        }
        remove(&self.note)?;
        remove(&self.temporary)?;
        remove(&self.index_copy)?;
        remove(&self.index_before)?;
        remove(&self.index_copy.with_extension("lock"))?;
        drop(IndexClaim::of(repository));
        Ok(())
    }
}

/// Git's own lock on the index, taken as a link to a file of annals'.
pub(super) struct IndexClaim {
    own: PathBuf,
    lock: PathBuf,
}

impl IndexClaim {
    fn of(repository: &Repository) -> Self {
        let folder = repository.git_folder();
        Self {
            own: folder.join("annals-claim"),
            lock: folder.join("index.lock"),
        }
    }

    /// Takes the lock, waiting a little for a Git process that holds it.
    pub(super) fn take(repository: &Repository) -> Result<Self, RepositoryError> {
        let claim = Self::of(repository);
        File::create(&claim.own).map_err(file(&claim.own))?;
        patiently(|| match fs::hard_link(&claim.own, &claim.lock) {
            Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(RepositoryError::Locked(claim.lock.display().to_string()))
            }
            linked => linked.map_err(file(&claim.lock)),
        })?;
        Ok(claim)
    }

    /// Removes a lock that is the same file as the one annals made.
    fn clear(&self) -> Result<(), RepositoryError> {
        let node = |path: &Path| {
            fs::symlink_metadata(path)
                .map(|facts| (facts.dev(), facts.ino()))
                .ok()
        };
        if let Some(own) = node(&self.own) {
            if node(&self.lock) == Some(own) {
                remove(&self.lock)?;
            }
            remove(&self.own)?;
        }
        Ok(())
    }
}

impl Drop for IndexClaim {
    /// Gives the lock back, also when what was done under it failed.
    fn drop(&mut self) {
        let _ = self.clear();
    }
}

fn remove(path: &Path) -> Result<(), RepositoryError> {
    match fs::remove_file(path) {
        Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => Err(file(path)(fault)),
        _ => Ok(()),
    }
}
