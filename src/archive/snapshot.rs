//! The files of the record at one version: the working folder, or a commit.

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::layout;
use super::repository::{Mode, ObjectId, Repository, RepositoryError};

/// How many files one thread reads before it looks for more.
const CHUNK: usize = 256;

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

    /// The repository.
    pub fn repository(&self) -> &Repository {
        self.repository
    }

    /// Which version this is.
    pub fn version(&self) -> Version {
        self.version
    }

    /// All files below `folder`, in the order of their paths. Hidden files and folders
    /// are not part of the record.
    pub fn list(&self, folder: &str) -> Result<Vec<SnapshotFile>, RepositoryError> {
        self.list_meant(folder, &|_| true)
    }

    /// The same of the incidents whose names `is_meant` wants: what lies in folders of such
    /// names, and what is called so itself. Other incidents' own folders are not opened.
    pub fn list_meant(
        &self,
        folder: &str,
        is_meant: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<SnapshotFile>, RepositoryError> {
        let mut files = Vec::new();
        match (self.version, self.repository.root()) {
            (Version::Commit(id), _) => {
                if let Some(tree) = self.repository.folder(id, folder)? {
                    self.gather(folder, Some(tree), is_meant, &mut files)?;
                }
            }
            (Version::Folder, Some(root)) => match fs::symlink_metadata(root.join(folder)) {
                Ok(facts) if facts.is_dir() => self.gather(folder, None, is_meant, &mut files)?,
                Ok(facts) => {
                    files.extend(SnapshotFile::found(folder.to_owned(), facts.file_type()));
                }
                Err(_) => {}
            },
            (Version::Folder, None) => {}
        }
        files.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(files)
    }

    /// The bytes of `file`.
    pub fn read(&self, file: &SnapshotFile) -> Result<Vec<u8>, RepositoryError> {
        bytes(self.repository, self.repository.root().as_deref(), file)
    }

    /// What `look` makes of each of `files`, many at a time, in their order. It is given
    /// the file and what reads its bytes.
    pub fn each<T: Send>(
        &self,
        files: &[SnapshotFile],
        look: impl Fn(&SnapshotFile, &Bytes<'_>) -> Result<T, RepositoryError> + Sync,
    ) -> Result<Vec<T>, RepositoryError> {
        let (root, again) = (self.repository.root(), self.repository.again());
        let chunks: Vec<Result<Vec<T>, RepositoryError>> = files
            .par_chunks(CHUNK)
            .map_init(again, |repository, files| {
                let look = |file| match repository {
                    Some(repository) => look(file, &|| bytes(repository, root.as_deref(), file)),
                    None => Err(RepositoryError::Git("it could not be opened again".into())),
                };
                files.iter().map(look).collect()
            })
            .collect();
        let mut all = Vec::with_capacity(files.len());
        for chunk in chunks {
            all.extend(chunk?);
        }
        Ok(all)
    }

    /// The bytes of the file at `path`, if there is one and no link leads to it.
    pub fn file(&self, path: &str) -> Result<Option<Vec<u8>>, RepositoryError> {
        match (self.version, self.repository.root()) {
            (Version::Commit(id), _) => self.repository.file(id, path),
            (Version::Folder, Some(root)) => Ok(read_plain(&root, path)),
            (Version::Folder, None) => Ok(None),
        }
    }

    /// Adds what is meant of what lies below the folder at `path`, whose tree is `tree` in a
    /// commit.
    fn gather(
        &self,
        path: &str,
        tree: Option<ObjectId>,
        is_meant: &dyn Fn(&str) -> bool,
        files: &mut Vec<SnapshotFile>,
    ) -> Result<(), RepositoryError> {
        let listing = match (tree, self.repository.root()) {
            (Some(tree), _) => self.open_tree(path, tree)?,
            (None, root) => open_folder(&root.unwrap_or_default(), path),
        };
        let incidents = LazyCell::new(|| listing.incidents());
        for (name, tree) in &listing.folders {
            let is_own = || layout::is_dated(name) && incidents.contains(name.as_str());
            if is_meant(name) || !is_own() {
                self.gather(&format!("{path}/{name}"), *tree, is_meant, files)?;
            }
        }
        drop(incidents);
        let all = is_meant(layout::name(path));
        let of_these = |file: &SnapshotFile| all || is_meant(layout::stem(&file.path));
        files.extend(listing.files.into_iter().filter(of_these));
        Ok(())
    }

    fn open_tree(&self, path: &str, tree: ObjectId) -> Result<Listing, RepositoryError> {
        let mut listing = Listing::default();
        for (name, id, mode) in self.repository.names(tree)? {
            match mode {
                _ if name.starts_with('.') => {}
                None => listing.folders.push((name, Some(id))),
                Some(Mode::Submodule) => {}
                Some(mode) => listing.files.push(SnapshotFile {
                    path: format!("{path}/{name}"),
                    is_link: mode == Mode::Link,
                    id: Some(id),
                }),
            }
        }
        Ok(listing)
    }
}

/// What stands directly in one folder, without what is hidden.
#[derive(Default)]
struct Listing {
    /// The folders by name, each with its tree in a commit.
    folders: Vec<(String, Option<ObjectId>)>,
    files: Vec<SnapshotFile>,
}

impl Listing {
    /// The names that incidents whose own files stand here have.
    fn incidents(&self) -> BTreeSet<&str> {
        let own = self.files.iter().map(|file| file.path.as_str());
        let own = own.filter(|path| layout::is_yaml(path));
        own.map(layout::stem).collect()
    }
}

impl SnapshotFile {
    /// Its blob in a commit; none in the working folder.
    pub fn id(&self) -> Option<ObjectId> {
        self.id
    }

    /// A file or link of the working folder; none for what is neither.
    fn found(path: String, kind: FileType) -> Option<Self> {
        (kind.is_file() || kind.is_symlink()).then_some(Self {
            path,
            is_link: kind.is_symlink(),
            id: None,
        })
    }
}

/// What cannot be opened, or has a name that is no text, is left out.
fn open_folder(root: &Path, path: &str) -> Listing {
    let mut listing = Listing::default();
    let entries = fs::read_dir(root.join(path)).into_iter().flatten();
    for entry in entries.filter_map(Result::ok) {
        let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        if kind.is_dir() {
            listing.folders.push((name, None));
        } else {
            let file = SnapshotFile::found(format!("{path}/{name}"), kind);
            listing.files.extend(file);
        }
    }
    listing
}

/// What reads the bytes of a file.
pub type Bytes<'a> = dyn Fn() -> Result<Vec<u8>, RepositoryError> + 'a;

fn bytes(
    repository: &Repository,
    root: Option<&Path>,
    file: &SnapshotFile,
) -> Result<Vec<u8>, RepositoryError> {
    match (file.id, root) {
        (Some(id), _) => repository.blob(id),
        (None, root) => {
            let path = root.unwrap_or(Path::new("")).join(&file.path);
            fs::read(&path).map_err(|fault| RepositoryError::File(file.path.clone(), fault))
        }
    }
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
