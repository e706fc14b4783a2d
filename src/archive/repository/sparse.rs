//! What a sparse checkout leaves out of the working tree.
//!
//! A file that Git was told not to check out is part of the record as much as any other: its
//! entry of the index says what it holds. Which ones those are is asked of the user's `git`,
//! since libgit2 reads neither sparse nor split indexes. An index of version 2 cannot mark a
//! file as left out, so ordinary clones pay for this by reading eight bytes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};

use super::{Mode, ObjectId, Repository, RepositoryError};

/// The files that are left out, by their paths in the repository.
pub(super) type LeftOut = BTreeMap<String, (ObjectId, Mode)>;

/// What stands in a folder in the index only: a name, and a file's id and kind; none for a
/// folder.
pub type LeftOutName = (String, Option<(ObjectId, Mode)>);

impl Repository {
    /// What is left out of the folder at `path` of the record, in the order of names.
    pub fn left_out_of(&self, path: &str) -> Result<Vec<LeftOutName>, RepositoryError> {
        let left_out = self.left_out()?;
        let below = format!("{}/", self.path(path));
        let inside = left_out
            .range(below.clone()..)
            .map_while(|(path, file)| Some((path.strip_prefix(&below)?, file)));
        let mut found: Vec<LeftOutName> = Vec::new();
        for (inner, file) in inside {
            let named = match inner.split_once('/') {
                Some((folder, _)) => (folder.to_owned(), None),
                None => (inner.to_owned(), Some(*file)),
            };
            if found.last() != Some(&named) {
                found.push(named);
            }
        }
        Ok(found)
    }

    /// The blob of the file at `path` of the record, if it is left out.
    pub fn left_out_file(&self, path: &str) -> Result<Option<ObjectId>, RepositoryError> {
        let held = self.left_out()?.get(&self.path(path));
        Ok(held
            .filter(|(_, mode)| *mode == Mode::File)
            .map(|(id, _)| *id))
    }

    /// Whether a commit of another repository is staged at `path` of the record.
    pub fn is_submodule(&self, path: &str) -> Result<bool, RepositoryError> {
        let staged = self.staged_at(&[self.path(path)])?;
        let mut modes = staged.iter().map(|staged| staged.mode);
        Ok(modes.any(|mode| mode == Mode::Submodule))
    }

    /// Whether HEAD names a commit and nothing of it was ever checked out, as after
    /// `git clone --no-checkout`: there is no index yet.
    pub fn was_never_checked_out(&self) -> Result<bool, RepositoryError> {
        Ok(!self.git.is_bare() && self.index_version()?.is_none() && self.head()?.commit.is_some())
    }

    /// Whether something at or below `path` of the repository is left out.
    pub(super) fn leaves_out(&self, path: &str) -> Result<bool, RepositoryError> {
        Ok(!self.left_out_at(&[path.to_owned()])?.is_empty())
    }

    fn left_out(&self) -> Result<&LeftOut, RepositoryError> {
        if let Some(known) = self.left_out.get() {
            return Ok(known);
        }
        let root = self.prefix.trim_end_matches('/').to_owned();
        let found = self.left_out_at(&[root])?;
        Ok(self.left_out.get_or_init(|| found))
    }

    /// What is left out at or below `paths` of the repository.
    fn left_out_at(&self, paths: &[String]) -> Result<LeftOut, RepositoryError> {
        if self.git.workdir().is_none() || !self.may_leave_out()? {
            return Ok(LeftOut::new());
        }
        let staged = self.staged_at(paths)?.into_iter();
        let left_out = staged.filter(|staged| staged.is_left_out);
        Ok(left_out
            .map(|staged| (staged.path, (staged.id, staged.mode)))
            .collect())
    }

    /// Whether the index can mark files as left out. One that is split keeps its entries
    /// elsewhere, and its version says nothing about them.
    fn may_leave_out(&self) -> Result<bool, RepositoryError> {
        match self.index_version()? {
            None => Ok(false),
            Some(2) => self.is_split(),
            Some(_) => Ok(true),
        }
    }

    /// The version that the index begins with; none where there is no index.
    fn index_version(&self) -> Result<Option<u8>, RepositoryError> {
        let place = self.git.path().join("index");
        let mut head = [0; 8];
        let read = File::open(&place).and_then(|mut file| file.read_exact(&mut head));
        match read {
            Ok(()) => Ok(head.last().copied()),
            Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(None),
            Err(fault) if fault.kind() == ErrorKind::UnexpectedEof => {
                Err(self.index_fault("it is cut short".to_owned()))
            }
            Err(fault) => Err(RepositoryError::File(place.display().to_string(), fault)),
        }
    }

    fn is_split(&self) -> Result<bool, RepositoryError> {
        let folder = self.git.path();
        let file = |fault| RepositoryError::File(folder.display().to_string(), fault);
        for entry in fs::read_dir(folder).map_err(file)? {
            let name = entry.map_err(file)?.file_name();
            if name.as_encoded_bytes().starts_with(b"sharedindex.") {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Git's index, as libgit2 reads it.
    pub(super) fn read_index(&self) -> Result<git2::Index, RepositoryError> {
        match self.git.index() {
            // `sdir` and `link` mark indexes whose entries lie elsewhere.
            Err(fault) if fault.message().contains("mandatory extension") => {
                let mut plain = self.plain_index()?;
                self.git.set_index(&mut plain)?;
                Ok(plain)
            }
            Err(fault) => Err(self.index_fault(fault.message().to_owned())),
            Ok(index) => Ok(index),
        }
    }

    /// The same entries in a plain index, as the user's `git` writes them to a copy.
    fn plain_index(&self) -> Result<git2::Index, RepositoryError> {
        let copy = format!("plain-index-{}", std::process::id());
        let copy = self.private_folder().join(copy);
        let file = |fault| RepositoryError::File(copy.display().to_string(), fault);
        fs::create_dir_all(self.private_folder()).map_err(file)?;
        fs::copy(self.git.path().join("index"), &copy).map_err(file)?;
        let arguments = [
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "index.sparse=false",
            "update-index",
            "--no-split-index",
            "--force-write-index",
        ];
        let variables = [("GIT_INDEX_FILE", copy.display().to_string())];
        let written = self.run_git(&arguments, &variables, b"");
        let read = written.and_then(|_| Ok(git2::Index::open(&copy)?));
        fs::remove_file(&copy).map_err(file)?;
        read
    }

    pub(super) fn index_fault(&self, why: String) -> RepositoryError {
        let place = self.git.path().join("index");
        RepositoryError::Index(place.display().to_string(), why)
    }

    /// What the index holds at or below `paths` of the repository; an empty path means all
    /// of it.
    fn staged_at(&self, paths: &[String]) -> Result<Vec<Staged>, RepositoryError> {
        let paths: Vec<String> = paths
            .iter()
            .map(|path| format!(":(top,literal){path}"))
            .collect();
        let mut arguments = vec!["ls-files", "-t", "--stage", "-z", "--"];
        arguments.extend(paths.iter().map(String::as_str));
        let said = self.run_git(&arguments, &[], b"")?;
        let lines = said
            .split(|byte| *byte == 0)
            .filter(|line| !line.is_empty());
        let staged = lines.map(|line| Staged::of(&String::from_utf8_lossy(line)));
        staged.collect::<Option<_>>().ok_or_else(|| {
            RepositoryError::Program("ls-files".into(), "its answer cannot be read".into())
        })
    }
}

/// An entry of the index as `git ls-files -t --stage` prints it.
struct Staged {
    path: String,
    id: ObjectId,
    mode: Mode,
    is_left_out: bool,
}

impl Staged {
    fn of(line: &str) -> Option<Self> {
        let (facts, path) = line.split_once('\t')?;
        let mut facts = facts.split(' ');
        let (tag, mode, id) = (facts.next()?, facts.next()?, facts.next()?);
        Some(Self {
            path: path.to_owned(),
            id: ObjectId::parse(id)?,
            mode: match mode {
                "120000" => Mode::Link,
                "160000" => Mode::Submodule,
                _ => Mode::File,
            },
            is_left_out: tag == "S",
        })
    }
}
