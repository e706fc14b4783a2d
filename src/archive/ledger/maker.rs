//! What a clone notes down of a ledger. Above all which clone made it: the only one that may
//! bind it to an address by acting.
//!
//! The mark is a file that holds its own number in the file system. A copy of the clone
//! holds the number of the original's file, so it is not taken for the maker.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use crate::archive::repository::{Repository, RepositoryError};

/// Marks the clone as the one that made the ledger `id`.
pub(super) fn mark(repository: &Repository, id: &str) -> Result<(), RepositoryError> {
    let place = place(repository, id);
    let write = || {
        fs::create_dir_all(repository.private_folder())?;
        let mut file = File::create(&place)?;
        let number = file.metadata()?.ino();
        file.write_all(number.to_string().as_bytes())?;
        file.sync_all()
    };
    write().map_err(|fault| RepositoryError::File(place.display().to_string(), fault))
}

/// Whether this clone made the ledger `id`.
pub(super) fn made_here(repository: &Repository, id: &str) -> Result<bool, RepositoryError> {
    let place = place(repository, id);
    let read = fs::read_to_string(&place).and_then(|said| Ok((said, fs::metadata(&place)?.ino())));
    match read {
        Ok((said, number)) => Ok(said == number.to_string()),
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(fault) => Err(RepositoryError::File(place.display().to_string(), fault)),
    }
}

/// Whether this clone is to tell that the remote of the ledger `id` does not keep how far it
/// came: the first time, and not at each push.
pub(super) fn tells_unguarded(repository: &Repository, id: &str) -> Result<bool, RepositoryError> {
    let place = named(repository, "unguarded", id);
    let create = || {
        fs::create_dir_all(repository.private_folder())?;
        File::create_new(&place).map(|_| ())
    };
    match create() {
        Ok(()) => Ok(true),
        Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(fault) => Err(RepositoryError::File(place.display().to_string(), fault)),
    }
}

fn place(repository: &Repository, id: &str) -> PathBuf {
    named(repository, "made", id)
}

/// The id comes from a file of the record: it may not lead elsewhere.
fn named(repository: &Repository, note: &str, id: &str) -> PathBuf {
    let plain = |letter: char| match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' => letter,
        _ => '_',
    };
    let id: String = id.chars().map(plain).collect();
    repository.private_folder().join(format!("{note}-{id}"))
}
