//! What files say, remembered in the Git directory by the blob that says it.
//!
//! Only faultless files are remembered, since messages point into the text. Of the working
//! folder it is also remembered which blob each file held, with the facts by which Git too
//! sees that a file has not changed; what changed so lately that these could not show a
//! second change is not. Deleting either table costs time and nothing else.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::piece::Content;
use super::repository::{ObjectId, Repository};
use super::table::Table;

const PIECES: &str = "pieces 2";
const FILES: &str = "files 1";
/// A table is written anew when it grows by one part in so many. What is fewer is sooner
/// read again than a large table is written.
const WORTH: usize = 32;
/// How long ago a file must have changed, in seconds: longer than any file system's clock
/// takes to tick.
const SETTLED: i64 = 3;

/// What each blob says.
pub(super) struct Pieces {
    table: Table,
    place: PathBuf,
}

impl Pieces {
    pub(super) fn open(repository: &Repository) -> Self {
        let place = repository.private_folder().join("pieces");
        Self {
            table: Table::open(&place, PIECES),
            place,
        }
    }

    /// What the blob `id` says, when that is remembered.
    pub(super) fn get(&self, id: ObjectId) -> Option<Content> {
        rmp_serde::from_slice(self.table.get(id.as_bytes())?).ok()
    }

    /// What `content` is remembered as.
    pub(super) fn packed(content: &Content) -> Option<Vec<u8>> {
        rmp_serde::to_vec_named(content).ok()
    }

    /// Takes in what `packed` made of the blob `id`.
    pub(super) fn put(&mut self, id: ObjectId, packed: Vec<u8>) {
        self.table.put(id.as_bytes().to_vec(), packed);
    }

    /// Remembers for next time what was taken in; `used` are the blobs that were asked for.
    /// Once the others are more than those they are forgotten.
    pub(super) fn save(&self, used: impl Iterator<Item = ObjectId>) {
        if !is_worth_it(&self.table) {
            return;
        }
        let used: BTreeSet<ObjectId> = used.collect();
        let all = self.table.written() + self.table.fresh();
        let is_used = |key: &[u8]| ObjectId::from_bytes(key).is_some_and(|id| used.contains(&id));
        self.table.save(&self.place, PIECES, |key| {
            all <= 2 * used.len() || is_used(key)
        });
    }
}

/// Which blob each file of the working folder held.
pub(super) struct Files {
    table: Table,
    place: PathBuf,
    /// What changed since this moment may change again unseen, in seconds of the file
    /// system's own clock.
    unsettled: Option<i64>,
}

impl Files {
    pub(super) fn open(repository: &Repository) -> Self {
        let folder = repository.git_folder().join("annals");
        let place = folder.join("files");
        Self {
            table: Table::open(&place, FILES),
            place,
            unsettled: clock(&folder).map(|now| now - SETTLED),
        }
    }

    /// The blob that the file at `path` held when its facts were these.
    pub(super) fn get(&self, path: &str, facts: &Metadata) -> Option<ObjectId> {
        let value = self.table.get(path.as_bytes())?;
        let (id, known) = value.split_at_checked(ObjectId::LENGTH)?;
        (known == told(facts)).then_some(())?;
        ObjectId::from_bytes(id)
    }

    /// Takes in that the file at `path` held the blob `id` when its facts were these.
    pub(super) fn put(&mut self, path: &str, facts: &Metadata, id: ObjectId) {
        if self.unsettled.is_some_and(|since| facts.mtime() < since) {
            let value = [id.as_bytes(), &told(facts)].concat();
            self.table.put(path.into(), value);
        }
    }

    /// Remembers for next time what was taken in, as far as it is about files at `paths`.
    pub(super) fn save<'a>(&self, paths: impl Iterator<Item = &'a str>) {
        if is_worth_it(&self.table) {
            let paths: BTreeSet<&str> = paths.collect();
            self.table.save(&self.place, FILES, |key| {
                std::str::from_utf8(key).is_ok_and(|path| paths.contains(path))
            });
        }
    }
}

fn is_worth_it(table: &Table) -> bool {
    table.fresh() * WORTH > table.written()
}

/// What changes whenever a file is written to, renamed or replaced.
fn told(facts: &Metadata) -> Vec<u8> {
    let times = [
        facts.mtime(),
        facts.mtime_nsec(),
        facts.ctime(),
        facts.ctime_nsec(),
    ];
    let mut told: Vec<u8> = times.iter().flat_map(|time| time.to_le_bytes()).collect();
    told.extend(facts.size().to_le_bytes());
    told.extend(facts.ino().to_le_bytes());
    told
}

/// The present, as the file system tells it.
fn clock(folder: &Path) -> Option<i64> {
    fs::create_dir_all(folder).ok()?;
    let probe = folder.join(format!("clock.{}", std::process::id()));
    fs::write(&probe, b"").ok()?;
    let facts = fs::symlink_metadata(&probe);
    let _ = fs::remove_file(&probe);
    Some(facts.ok()?.mtime())
}
