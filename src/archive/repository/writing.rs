//! Writing objects, the index and branches, in steps that [`append`](crate::archive::append)
//! puts in an order that a kill at any point leaves whole.

use std::cell::RefCell;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::index;
use super::reading::mode;
use super::{Identity, Mode, ObjectId, Repository, RepositoryError};
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
            Some(parent) => self.tree_of(parent)?,
            None => self.git.find_tree(self.git.treebuilder(None)?.write()?)?,
        };
        let builder = RefCell::new(builder);
        let written = self.lookup(|| builder.borrow_mut().create_updated(&self.git, &base))?;
        Ok(ObjectId(written))
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
        let parents = parents.iter().map(|parent| self.commit_at(*parent));
        let parents = parents.collect::<Result<Vec<_>, _>>()?;
        let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
        Ok(ObjectId(
            self.git
                .commit(None, &who, &who, message, &tree, &parents)?,
        ))
    }

    /// The tree of commit `id`.
    pub fn commit_tree(&self, id: ObjectId) -> Result<ObjectId, RepositoryError> {
        Ok(ObjectId(self.commit_at(id)?.tree_id()))
    }

    /// What commit `id` holds at `path` of the repository.
    pub fn blob_at(&self, id: ObjectId, path: &str) -> Result<Option<ObjectId>, RepositoryError> {
        let found = self.entry(&self.tree_of(id)?, path)?;
        Ok(found.map(|(id, _)| ObjectId(id)))
    }

    /// Fails where commit `id` holds something above `path` of the repository that is no
    /// folder: a tree in its place would take it out of the record, or another repository out
    /// of this one.
    pub fn refuse_above(&self, id: ObjectId, path: &str) -> Result<(), RepositoryError> {
        let tree = self.tree_of(id)?;
        let above = path
            .match_indices('/')
            .filter_map(|(end, _)| path.get(..end));
        for above in above {
            match self
                .entry(&tree, above)?
                .map(|(_, filemode)| mode(filemode))
            {
                None => break,
                Some(None) => {}
                Some(Some(Mode::Submodule)) => {
                    return Err(RepositoryError::Nested(above.to_owned()));
                }
                Some(Some(_)) => return Err(RepositoryError::Occupied(above.to_owned())),
            }
        }
        Ok(())
    }

    /// The index as it is before an append.
    pub fn index(&self) -> Result<Index, RepositoryError> {
        let place = self.git.path().join("index");
        let file = |fault| RepositoryError::File(place.display().to_string(), fault);
        let facts = match fs::metadata(&place) {
            Err(fault) if fault.kind() == ErrorKind::NotFound => None,
            facts => Some(facts.map_err(file)?),
        };
        let bytes = facts.as_ref().map(|_| fs::read(&place)).transpose();
        let bytes = bytes.map_err(file)?;
        // Not even `git` would see it, and would write the damage down under a new checksum.
        if bytes
            .as_deref()
            .is_some_and(|bytes| !index::is_whole(bytes))
        {
            return Err(self.index_fault("it is damaged".to_owned()));
        }
        let plain = bytes.filter(|bytes| index::is_plain(bytes));
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
        match &index.facts {
            None if self.head()?.commit.is_some() => return Ok(None),
            None => {}
            Some(facts) => {
                if let Some(bytes) = index.with(entries, facts)? {
                    fs::write(copy, bytes).map_err(file)?;
                    fs::set_permissions(copy, facts.permissions()).map_err(file)?;
                    return Ok(Some(index.staged(copy)));
                }
                fs::copy(&index.place, copy).map_err(file)?;
            }
        }
        self.let_git_stage(copy, entries)?;
        Ok(Some(index.staged(copy)))
    }

    /// Lets the user's `git` put `entries` into the index at `copy`: it knows every form that
    /// an index can have, sparse and split ones too, and leaves it as it is.
    fn let_git_stage(
        &self,
        copy: &Path,
        entries: &[IndexEntry<'_>],
    ) -> Result<(), RepositoryError> {
        let lines = entries
            .iter()
            .map(|entry| format!("100644 {}\t{}\0", entry.id, entry.path));
        let lines: String = lines.collect();
        let variables = [("GIT_INDEX_FILE", copy.display().to_string())];
        let arguments = [
            "-c",
            "core.hooksPath=/dev/null",
            "update-index",
            "-z",
            "--index-info",
        ];
        self.run_git(&arguments, &variables, lines.as_bytes())
            .map(|_| ())
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
    /// Its bytes with `entries` put in place; none where it is of another form.
    fn with(
        &self,
        entries: &[IndexEntry<'_>],
        facts: &fs::Metadata,
    ) -> Result<Option<Vec<u8>>, RepositoryError> {
        let (Some(plain), Ok(written)) = (&self.plain, u32::try_from(facts.mtime())) else {
            return Ok(None);
        };
        let entries = entries.iter().map(raw);
        let entries: Vec<index::Raw> = entries.collect::<Result<_, _>>()?;
        Ok(index::with_entries(plain, written, &entries))
    }

    fn staged(&self, copy: &Path) -> StagedIndex {
        StagedIndex {
            copy: copy.to_owned(),
            place: self.place.clone(),
        }
    }
}

/// An entry as it stands in the index itself, with the facts by which Git sees that a file
/// has not changed.
fn raw(entry: &IndexEntry<'_>) -> Result<index::Raw, RepositoryError> {
    let facts = fs::symlink_metadata(entry.file)
        .map_err(|fault| RepositoryError::File(entry.file.display().to_string(), fault))?;
    // The index keeps 32 bits of each of these; Git compares what is left of them.
    let low = |value: u64| u32::try_from(value & u64::from(u32::MAX)).unwrap_or_default();
    let signed = |value: i64| u32::try_from(value).unwrap_or_default();
    let numbers = [
        signed(facts.ctime()),
        signed(facts.ctime_nsec()),
        signed(facts.mtime()),
        signed(facts.mtime_nsec()),
        low(facts.dev()),
        low(facts.ino()),
        0o100_644,
        facts.uid(),
        facts.gid(),
        low(facts.size()),
    ];
    let numbers = numbers.iter().flat_map(|number| number.to_be_bytes());
    let facts: Vec<u8> = numbers.chain(entry.id.as_bytes().iter().copied()).collect();
    Ok(index::Raw {
        path: entry.path.as_bytes().to_vec(),
        facts,
    })
}
