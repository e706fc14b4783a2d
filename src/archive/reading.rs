//! Reading the record's files: many at a time, and each only once.
//!
//! What a blob says is remembered (see [`remembered`](super::remembered)); whatever is not
//! is read and parsed. The text of a faultless file is not kept: it is read again in the
//! rare case that something is wrong between files and a message has to point into it.

use std::fs::{self, Metadata};
use std::path::PathBuf;

use super::layout;
use super::piece::{self, Reading};
use super::record::Record;
use super::remembered::{Files, Pieces};
use super::repository::{Mode, ObjectId, RepositoryError};
use super::snapshot::{Bytes, Snapshot, SnapshotFile, Version};
use crate::text::diagnostic::{Code, Diagnostic};

/// Every file below `incidents/`.
pub(super) fn whole(snapshot: &Snapshot<'_>) -> Result<Record, RepositoryError> {
    let mut record = Record::default();
    let files = sorted_out(&mut record, snapshot.list(layout::INCIDENTS)?);
    let mut memory = Memory::of(snapshot);
    let seen = snapshot.each(&files, |file, bytes| memory.look(file, bytes))?;
    let mut used = Vec::with_capacity(files.len());
    for (file, seen) in files.iter().zip(seen) {
        if let Some(mut seen) = seen {
            memory.take(file, &mut seen);
            used.extend(seen.id);
            record.put(&file.path, seen.reading);
        }
    }
    memory.save(&files, used);
    Ok(record)
}

/// The files of the incidents whose names `is_meant` wants: those in folders of such names,
/// and those whose own names are. Other incidents' own folders are not opened.
pub(super) fn meant(
    snapshot: &Snapshot<'_>,
    is_meant: &dyn Fn(&str) -> bool,
) -> Result<Record, RepositoryError> {
    let mut record = Record::default();
    let files = snapshot.list_meant(layout::INCIDENTS, is_meant)?;
    let files = sorted_out(&mut record, files);
    for file in files {
        if let Some(bytes) = snapshot.read(&file)? {
            let reading = piece::read(&file.path, &bytes);
            record.put(&file.path, reading.forget_text());
        }
    }
    Ok(record)
}

/// Reads the texts again of what the record holds of the incidents called `names`.
pub(super) fn texts(
    snapshot: &Snapshot<'_>,
    record: &mut Record,
    names: &[String],
) -> Result<(), RepositoryError> {
    let paths: Vec<String> = names
        .iter()
        .flat_map(|name| record.without_text(name))
        .collect();
    for path in paths {
        if let Some(bytes) = snapshot.file(&path)? {
            record.take_out(&path);
            record.put(&path, piece::read(&path, &bytes));
        }
    }
    Ok(())
}

/// Notes down what is not read, and answers the rest.
fn sorted_out(record: &mut Record, files: Vec<SnapshotFile>) -> Vec<SnapshotFile> {
    let mut read = Vec::with_capacity(files.len());
    for file in files {
        if !file.is_file() {
            record.put_fault(&file.path, no_file(&file.path, file.mode));
        } else if piece::is_read(&file.path) {
            read.push(file);
        } else {
            record.put_name(&file.path);
        }
    }
    read
}

/// One file as it was read.
struct Seen {
    reading: Reading,
    /// Its blob, and of a file of the working folder the facts under which it held that.
    id: Option<ObjectId>,
    facts: Option<Metadata>,
    /// What its blob is to be remembered as; none for what is remembered, or cannot be.
    packed: Option<Vec<u8>>,
}

/// What is remembered of the files of a snapshot.
struct Memory {
    pieces: Pieces,
    /// Of the working folder only.
    files: Option<(PathBuf, Files)>,
}

impl Memory {
    fn of(snapshot: &Snapshot<'_>) -> Self {
        let repository = snapshot.repository();
        let root = match snapshot.version() {
            Version::Folder => repository.root(),
            Version::Commit(_) => None,
        };
        Self {
            pieces: Pieces::open(repository),
            files: root.map(|root| (root, Files::open(repository))),
        }
    }

    /// Looks at a file, and into it only when what it says is not remembered. Answers none
    /// where it went away.
    fn look(
        &self,
        file: &SnapshotFile,
        bytes: &Bytes<'_>,
    ) -> Result<Option<Seen>, RepositoryError> {
        let path = file.path.as_str();
        let held = self.files.as_ref().and_then(|(root, files)| {
            let facts = fs::symlink_metadata(root.join(path)).ok()?;
            Some((files.get(path, &facts), facts))
        });
        let (known, facts) = held.map_or((file.id(), None), |(id, facts)| (id, Some(facts)));
        if let Some(reading) = self.remembered(path, known) {
            return Ok(Some(Seen {
                reading,
                id: known,
                facts: None,
                packed: None,
            }));
        }
        let Some(bytes) = bytes()? else {
            return Ok(None);
        };
        let id = file.id().or_else(|| ObjectId::of_blob(&bytes).ok());
        // A file that was only touched, or checked out anew, says what it said before.
        if let Some(reading) = self.remembered(path, id.filter(|_| id != known)) {
            return Ok(Some(Seen {
                reading,
                id,
                facts: facts.filter(|_| id != known),
                packed: None,
            }));
        }
        let reading = piece::read(path, &bytes).with_ids();
        Ok(Some(Seen {
            packed: packed(&reading),
            reading: reading.forget_text(),
            id,
            facts: facts.filter(|_| id != known),
        }))
    }

    /// What the blob `id` says as the file at `path`, when that is remembered.
    fn remembered(&self, path: &str, id: Option<ObjectId>) -> Option<Reading> {
        let content = self.pieces.get(id.filter(|_| layout::is_yaml(path))?)?;
        Some(Reading::remembered(path, content))
    }

    /// Takes in what was seen of `file`.
    fn take(&mut self, file: &SnapshotFile, seen: &mut Seen) {
        let Some(id) = seen.id else { return };
        if let Some(((_, files), facts)) = self.files.as_mut().zip(seen.facts.as_ref()) {
            files.put(&file.path, facts, id);
        }
        if let Some(packed) = seen.packed.take() {
            self.pieces.put(id, packed);
        }
    }

    fn save(&self, read: &[SnapshotFile], used: Vec<ObjectId>) {
        self.pieces.save(used.into_iter());
        if let Some((_, files)) = &self.files {
            files.save(read.iter().map(|file| file.path.as_str()));
        }
    }
}

fn packed(reading: &Reading) -> Option<Vec<u8>> {
    let piece = reading.piece.as_ref().filter(|_| reading.found.is_empty());
    Pieces::packed(&piece?.content)
}

/// That something else stands where a file is read: a link, or another repository.
pub(super) fn no_file(path: &str, mode: Mode) -> Diagnostic {
    let (code, message, help) = match mode {
        Mode::File | Mode::Link => (
            Code::Symlink,
            "a symbolic link stands where a file of the record is read",
            "put the file itself here: links are never followed",
        ),
        Mode::Submodule => (
            Code::NestedRepository,
            "this is a Git repository of its own, and no part of the record",
            "put its files themselves here, or move it elsewhere",
        ),
    };
    Diagnostic::error(code, message).in_file(path).help(help)
}
