//! The files of the record at one version: the working folder, or a commit.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::repository::{Mode, ObjectId, Repository, RepositoryError};

/// Which version of the record is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// The working folder, with what is not committed yet.
    Folder,
    /// A commit.
    Commit(ObjectId),
}

/// A file of a snapshot.
#[derive(Clone, Debug)]
pub struct SnapshotFile {
    /// Its path, relative to the record's root.
    pub path: String,
    /// Whether it is a symbolic link. Links are never followed.
    pub is_link: bool,
    id: Option<ObjectId>,
}

/// The files of the record at one version.
pub struct Snapshot<'a> {
    repository: &'a Repository,
    version: Version,
}

impl<'a> Snapshot<'a> {
    /// The record at `version`; a bare repository has only commits, so there the folder
    /// is what HEAD holds.
    pub fn new(repository: &'a Repository, version: Version) -> Result<Self, RepositoryError> {
        let version = match (version, repository.root(), repository.head()?.commit) {
            (Version::Folder, None, Some(head)) => Version::Commit(head),
            (version, ..) => version,
        };
        Ok(Self {
            repository,
            version,
        })
    }

    /// Which version this is.
    pub fn version(&self) -> Version {
        self.version
    }

    /// All files below `folder`, in the order of their paths. Hidden files and folders
    /// are not part of the record.
    pub fn list(&self, folder: &str) -> Result<Vec<SnapshotFile>, RepositoryError> {
        let mut files = match (self.version, self.repository.root()) {
            (Version::Commit(id), _) => self.list_commit(id, folder)?,
            (Version::Folder, Some(root)) => list_folder(&root, folder),
            (Version::Folder, None) => Vec::new(),
        };
        files.retain(|file| !file.path.split('/').any(|part| part.starts_with('.')));
        files.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(files)
    }

    /// The bytes of `file`.
    pub fn read(&self, file: &SnapshotFile) -> Result<Vec<u8>, RepositoryError> {
        match (file.id, self.repository.root()) {
            (Some(id), _) => self.repository.blob(id),
            (None, root) => {
                let path = root.unwrap_or_default().join(&file.path);
                fs::read(&path).map_err(|fault| RepositoryError::File(file.path.clone(), fault))
            }
        }
    }

    /// The bytes of the file at `path`, if there is one and no link leads to it.
    pub fn file(&self, path: &str) -> Result<Option<Vec<u8>>, RepositoryError> {
        match (self.version, self.repository.root()) {
            (Version::Commit(id), _) => self.repository.file(id, path),
            (Version::Folder, Some(root)) => Ok(read_plain(&root, path)),
            (Version::Folder, None) => Ok(None),
        }
    }

    fn list_commit(
        &self,
        id: ObjectId,
        folder: &str,
    ) -> Result<Vec<SnapshotFile>, RepositoryError> {
        let files = self
            .repository
            .files(id, folder)?
            .into_iter()
            .filter(|file| file.mode != Mode::Submodule);
        Ok(files
            .map(|file| SnapshotFile {
                path: file.path,
                is_link: file.mode == Mode::Link,
                id: Some(file.id),
            })
            .collect())
    }
}

fn list_folder(root: &Path, folder: &str) -> Vec<SnapshotFile> {
    let entries = WalkDir::new(root.join(folder))
        .follow_links(false)
        .follow_root_links(false)
        .into_iter()
        .filter_map(Result::ok);
    entries
        .filter(|entry| entry.file_type().is_file() || entry.path_is_symlink())
        .filter_map(|entry| {
            let path = relative(root, entry.path())?;
            Some(SnapshotFile {
                path,
                is_link: entry.path_is_symlink(),
                id: None,
            })
        })
        .collect()
}

fn relative(root: &Path, path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path
        .strip_prefix(root)
        .ok()?
        .iter()
        .map(|part| part.to_str())
        .collect();
    Some(parts?.join("/"))
}

/// Reads a file that lies below `root` without passing a link.
fn read_plain(root: &Path, path: &str) -> Option<Vec<u8>> {
    let mut at: PathBuf = root.to_owned();
    for part in path.split('/') {
        if matches!(part, "" | "." | "..") {
            return None;
        }
        at.push(part);
        if fs::symlink_metadata(&at).ok()?.is_symlink() {
            return None;
        }
    }
    fs::read(&at).ok()
}
