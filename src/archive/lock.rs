//! The locks of an append, and what a killed append left behind.
//!
//! One append at a time per repository: the lock is an advisory one on a file, so the
//! system gives it back when a process dies. Git's own locks, on the index and on
//! references, are taken as hard links to a file of annals', so that a lock left behind is
//! the same file as the one that annals made, and can be told from one that belongs to a
//! living Git process, whatever that one has written into it so far. No other lock is ever
//! removed. Neither libgit2 nor a child `git` takes a lock on annals' behalf: theirs could
//! not be told apart after a kill.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::repository::{Repository, RepositoryError};

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
        let lock = Self {
            _file: hold(&folder.join("lock"))?,
            temporary: folder.join("new-file"),
            index_copy: repository.git_folder().join("annals-index"),
            index_before: repository.git_folder().join("annals-index-before"),
        };
        lock.clear(repository)?;
        Ok(lock)
    }

    fn clear(&self, repository: &Repository) -> Result<(), RepositoryError> {
        ReferenceClaim::of(repository, Path::new(""))?.clear()?;
        remove(&self.temporary)?;
        remove(&self.index_copy)?;
        remove(&self.index_before)?;
        remove(&self.index_copy.with_extension("lock"))?;
        drop(IndexClaim::of(repository));
        Ok(())
    }
}

/// Holds the advisory lock on the file at `path` until what is answered is dropped, having
/// waited for whoever holds it.
fn hold(path: &Path) -> Result<File, RepositoryError> {
    let held = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(file(path))?;
    held.lock().map_err(file(path))?;
    Ok(held)
}

/// Takes the lock `lock` of Git's as a link to annals' own file, waiting a little for a Git
/// process that holds it.
fn link(own: &Path, lock: &Path) -> Result<(), RepositoryError> {
    patiently(|| match fs::hard_link(own, lock) {
        Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(RepositoryError::Locked(lock.display().to_string()))
        }
        linked => linked.map_err(file(lock)),
    })
}

/// Removes `lock` if it is the same file as annals' own, and that.
fn unlink(own: &Path, lock: &Path) -> Result<(), RepositoryError> {
    let node = |path: &Path| {
        fs::symlink_metadata(path)
            .map(|facts| (facts.dev(), facts.ino()))
            .ok()
    };
    if let Some(same) = node(own) {
        if node(lock) == Some(same) {
            remove(lock)?;
        }
        remove(own)?;
    }
    Ok(())
}

/// Git's own lock on the index.
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

    /// Takes the lock.
    pub(super) fn take(repository: &Repository) -> Result<Self, RepositoryError> {
        let claim = Self::of(repository);
        File::create(&claim.own).map_err(file(&claim.own))?;
        link(&claim.own, &claim.lock)?;
        Ok(claim)
    }
}

impl Drop for IndexClaim {
    /// Gives the lock back, also when what was done under it failed.
    fn drop(&mut self) {
        let _ = unlink(&self.own, &self.lock);
    }
}

/// Git's own lock on one reference. Its file holds what the reference is to say, and is
/// renamed into the reference's place: the lock becomes the reference.
pub(super) struct ReferenceClaim {
    _turn: File,
    own: PathBuf,
    /// Says which lock was taken, for whoever clears up after a kill.
    note: PathBuf,
    lock: PathBuf,
}

impl ReferenceClaim {
    fn of(repository: &Repository, place: &Path) -> Result<Self, RepositoryError> {
        let folder = repository.private_folder();
        fs::create_dir_all(&folder).map_err(file(&folder))?;
        let mut lock = place.as_os_str().to_owned();
        lock.push(".lock");
        Ok(Self {
            _turn: hold(&folder.join("reference-lock"))?,
            own: folder.join("reference-claim"),
            note: folder.join("reference-note"),
            lock: PathBuf::from(lock),
        })
    }

    /// Takes the lock on the reference that lies at `place`, to make it say `text`. One
    /// process of annals at a time does so in a repository, so what another one left behind
    /// belongs to a dead one.
    pub(super) fn take(
        repository: &Repository,
        place: &Path,
        text: &str,
    ) -> Result<Self, RepositoryError> {
        let claim = Self::of(repository, place)?;
        claim.clear()?;
        let bytes = claim.lock.as_os_str().as_encoded_bytes();
        fs::write(&claim.note, bytes).map_err(file(&claim.note))?;
        let write = || {
            let mut own = File::create_new(&claim.own)?;
            std::io::Write::write_all(&mut own, text.as_bytes())?;
            own.sync_all()
        };
        write().map_err(file(&claim.own))?;
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent).map_err(file(parent))?;
        }
        link(&claim.own, &claim.lock)?;
        Ok(claim)
    }

    /// Lets the lock become the reference.
    pub(super) fn become_reference(self, place: &Path) -> Result<(), RepositoryError> {
        fs::rename(&self.lock, place).map_err(file(place))
    }

    /// Clears away what a killed process left, which the note names.
    fn clear(&self) -> Result<(), RepositoryError> {
        match fs::read(&self.note) {
            Ok(lock) => unlink(&self.own, Path::new(OsStr::from_bytes(&lock)))?,
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => {}
            Err(fault) => return Err(file(&self.note)(fault)),
        }
        remove(&self.own)?;
        remove(&self.note)
    }
}

impl Drop for ReferenceClaim {
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
