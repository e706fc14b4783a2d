//! Writing objects, the index and branches, in steps that [`append`](crate::archive::append)
//! puts in an order that a kill at any point leaves whole.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::index;
use super::{Identity, ObjectId, Repository, RepositoryError};
use crate::text::moment::Moment;

/// A file as the index is to hold it: where it lies on disk, and its blob.
pub struct IndexEntry<'a> {
    /// Its path in the repository.
    pub path: &'a str,
    /// Where it lies.
    pub file: &'a Path,
    /// Its blob.
    pub id: ObjectId,
}

/// A copy of the index with an append's entries in it, not yet in force.
pub struct StagedIndex {
    /// Where the copy lies.
    pub copy: PathBuf,
    /// Where it is to lie.
    pub place: PathBuf,
}

impl Repository {
    /// Writes a blob.
    pub fn write_blob(&self, bytes: &[u8]) -> Result<ObjectId, RepositoryError> {
        Ok(ObjectId(self.git.blob(bytes)?))
    }

    /// Writes the tree of `parent` with `files` (paths of the repository) put in.
    pub fn write_tree(
        &self,
        parent: Option<ObjectId>,
        files: &[(String, ObjectId)],
    ) -> Result<ObjectId, RepositoryError> {
        let mut builder = git2::build::TreeUpdateBuilder::new();
        for (path, id) in files {
            builder.upsert(path.as_str(), id.0, git2::FileMode::Blob);
        }
        let base = match parent {
            Some(parent) => self.git.find_commit(parent.0)?.tree()?,
            None => self.git.find_tree(self.git.treebuilder(None)?.write()?)?,
        };
        Ok(ObjectId(builder.create_updated(&self.git, &base)?))
    }

    /// Writes an unsigned commit. Author and committer are `who`, at `now`.
    pub fn write_commit(
        &self,
        tree: ObjectId,
        parents: &[ObjectId],
        who: &Identity,
        now: Moment,
        message: &str,
    ) -> Result<ObjectId, RepositoryError> {
        let who = git2::Signature::new(&who.name, &who.email, &git2::Time::new(now.seconds(), 0))?;
        let tree = self.git.find_tree(tree.0)?;
        let parents = parents.iter().map(|parent| self.git.find_commit(parent.0));
        let parents = parents.collect::<Result<Vec<_>, _>>()?;
        let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
        Ok(ObjectId(
            self.git
                .commit(None, &who, &who, message, &tree, &parents)?,
        ))
    }

    /// The tree of commit `id`.
    pub fn commit_tree(&self, id: ObjectId) -> Result<ObjectId, RepositoryError> {
        Ok(ObjectId(self.git.find_commit(id.0)?.tree_id()))
    }

    /// What commit `id` holds at `path` of the repository.
    pub fn blob_at(&self, id: ObjectId, path: &str) -> Result<Option<ObjectId>, RepositoryError> {
        let tree = self.git.find_commit(id.0)?.tree()?;
        match tree.get_path(Path::new(path)) {
            Ok(entry) => Ok(Some(ObjectId(entry.id()))),
            Err(fault) if fault.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    /// The index as it is before an append. Fails when it is of a kind that cannot be
    /// written: split or sparse.
    pub fn index(&self) -> Result<Index, RepositoryError> {
        let place = self.git.path().join("index");
        let file = |fault| RepositoryError::File(place.display().to_string(), fault);
        let facts = match fs::metadata(&place) {
            Err(fault) if fault.kind() == ErrorKind::NotFound => None,
            facts => Some(facts.map_err(file)?),
        };
        let bytes = facts.as_ref().map(|_| fs::read(&place)).transpose();
        let plain = bytes.map_err(file)?.filter(|bytes| index::is_plain(bytes));
        if plain.is_none() && git2::Index::open(&place).is_err() {
            return Err(RepositoryError::Index(place.display().to_string()));
        }
        Ok(Index {
            place,
            facts,
            plain,
        })
    }

    /// Writes `index` with `entries` put in to `copy`. Nothing else in it changes. None when
    /// there is no index to keep in step: a working tree that was never checked out.
    pub fn stage(
        &self,
        index: &Index,
        copy: &Path,
        entries: &[IndexEntry<'_>],
    ) -> Result<Option<StagedIndex>, RepositoryError> {
        let file = |fault| RepositoryError::File(copy.display().to_string(), fault);
        let entries = entries.iter().map(index_entry);
        let entries: Vec<git2::IndexEntry> = entries.collect::<Result<_, _>>()?;
        match &index.facts {
            None if self.git.head().is_ok() => return Ok(None),
            None => {}
            Some(facts) => {
                if let Some(bytes) = index.with(&entries, facts) {
                    fs::write(copy, bytes).map_err(file)?;
                    fs::set_permissions(copy, facts.permissions()).map_err(file)?;
                    return Ok(Some(index.staged(copy)));
                }
                fs::copy(&index.place, copy).map_err(file)?;
            }
        }
        let mut staged = git2::Index::open(copy)?;
        for entry in &entries {
            staged.add(entry)?;
        }
        staged.write()?;
        Ok(Some(index.staged(copy)))
    }
}

/// An index as it is before an append.
pub struct Index {
    place: PathBuf,
    facts: Option<fs::Metadata>,
    /// Its bytes, if they are of a form in which entries can be put in place.
    plain: Option<Vec<u8>>,
}

impl Index {
    fn with(&self, entries: &[git2::IndexEntry], facts: &fs::Metadata) -> Option<Vec<u8>> {
        let raw = entries.iter().map(raw).collect::<Option<Vec<_>>>()?;
        let written = u32::try_from(facts.mtime()).ok()?;
        index::with_entries(self.plain.as_deref()?, written, &raw)
    }

    fn staged(&self, copy: &Path) -> StagedIndex {
        StagedIndex {
            copy: copy.to_owned(),
            place: self.place.clone(),
        }
    }
}

/// An entry as it stands in the index itself.
fn raw(entry: &git2::IndexEntry) -> Option<index::Raw> {
    let seconds = |time: &git2::IndexTime| u32::try_from(time.seconds()).ok();
    let numbers = [
        seconds(&entry.ctime)?,
        entry.ctime.nanoseconds(),
        seconds(&entry.mtime)?,
        entry.mtime.nanoseconds(),
        entry.dev,
        entry.ino,
        entry.mode,
        entry.uid,
        entry.gid,
        entry.file_size,
    ];
    let numbers = numbers.iter().flat_map(|number| number.to_be_bytes());
    let facts: Vec<u8> = numbers.chain(entry.id.as_bytes().iter().copied()).collect();
    Some(index::Raw {
        path: entry.path.clone(),
        facts: facts.try_into().ok()?,
    })
}

/// An index entry with the facts by which Git sees that a file has not changed.
fn index_entry(entry: &IndexEntry<'_>) -> Result<git2::IndexEntry, RepositoryError> {
    let facts = fs::symlink_metadata(entry.file)
        .map_err(|fault| RepositoryError::File(entry.file.display().to_string(), fault))?;
    // The index keeps 32 bits of each of these; Git compares what is left of them.
    let low = |value: u64| u32::try_from(value & u64::from(u32::MAX)).unwrap_or_default();
    let time = |seconds: i64, nanoseconds: i64| {
        git2::IndexTime::new(
            i32::try_from(seconds).unwrap_or_default(),
            u32::try_from(nanoseconds).unwrap_or_default(),
        )
    };
    Ok(git2::IndexEntry {
        ctime: time(facts.ctime(), facts.ctime_nsec()),
        mtime: time(facts.mtime(), facts.mtime_nsec()),
        dev: low(facts.dev()),
        ino: low(facts.ino()),
        mode: 0o100_644,
        uid: facts.uid(),
        gid: facts.gid(),
        file_size: low(facts.size()),
        id: entry.id.0,
        flags: 0,
        flags_extended: 0,
        path: entry.path.as_bytes().to_vec(),
    })
}
