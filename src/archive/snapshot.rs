//! The files of the record at one version: the working folder, or a commit.

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::fs::{self, FileType, Metadata};
use std::io::ErrorKind;
use std::iter::Flatten;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::layout;
use super::repository::{Mode, ObjectId, Repository, RepositoryError, in_tree};

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
                    let found = Found::of(String::new(), facts.file_type());
                    files.extend(found.and_then(|found| found.file(folder.to_owned())));
                }
                Err(_) => {}
            },
            (Version::Folder, None) => {}
        }
        Ok(files)
    }

    /// The bytes of `file`; none where it went away since it was listed. An append that loses
    /// to somebody's commit takes back the files that it had placed, and whoever reads
    /// meanwhile would otherwise fail over a file that never was part of the record.
    pub fn read(&self, file: &SnapshotFile) -> Result<Option<Vec<u8>>, RepositoryError> {
        bytes(self.repository, self.repository.root().as_deref(), file)
    }

    /// What `look` makes of each of `files`, many at a time, in their order. It is given
    /// the file and what reads its bytes.
    pub fn each<T: Send>(
        &self,
        files: &[SnapshotFile],
        look: impl Fn(&SnapshotFile, &Bytes<'_>) -> Result<T, RepositoryError> + Sync,
    ) -> Result<Flatten<std::vec::IntoIter<Vec<T>>>, RepositoryError> {
        let (root, again) = (self.repository.root(), self.repository.again());
        let chunks: Result<Vec<Vec<T>>, RepositoryError> = files
            .par_chunks(CHUNK)
            .map_init(again, |repository, files| {
                let repository = repository.as_ref().map_err(|fault| {
                    RepositoryError::Git(format!("it could not be opened again: {fault}"))
                })?;
                let look = |file| look(file, &|| bytes(repository, root.as_deref(), file));
                files.iter().map(look).collect()
            })
            .collect();
        Ok(chunks?.into_iter().flatten())
    }

    /// The bytes of the file at `path`, if there is one and no link leads to it.
    pub fn file(&self, path: &str) -> Result<Option<Vec<u8>>, RepositoryError> {
        match (self.version, self.repository.root()) {
            (Version::Commit(id), _) => self.repository.file(id, path),
            (Version::Folder, Some(root)) => match read_plain(&root, path) {
                Some(bytes) => as_kept(self.repository, path, bytes).map(Some),
                None => Ok(None),
            },
            (Version::Folder, None) => Ok(None),
        }
    }

    /// Whether the file at `path` is no part of the record: it lies in the working folder,
    /// Git is told to ignore it, and does.
    pub fn is_ignored(&self, path: &str) -> Result<bool, RepositoryError> {
        match self.version {
            Version::Folder => self.repository.ignores(path),
            Version::Commit(_) => Ok(false),
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
            (Some(tree), _) => self.open_tree(tree)?,
            (None, root) => open_folder(&root.unwrap_or_default().join(path)),
        };
        let incidents = LazyCell::new(|| incidents(&listing));
        let all = is_meant(layout::name(path));
        for found in &listing {
            let (name, at) = (found.name.as_str(), || [path, "/", &found.name].concat());
            if let Kind::Folder(tree) = found.kind {
                let is_own = || layout::is_dated(name) && incidents.contains(name);
                if is_meant(name) || !is_own() {
                    self.gather(&at(), tree, is_meant, files)?;
                }
            } else if all || is_meant(layout::stem(name)) {
                files.extend(found.file(at()));
            }
        }
        Ok(())
    }

    fn open_tree(&self, tree: ObjectId) -> Result<Vec<Found>, RepositoryError> {
        let names = self.repository.names(tree)?.into_iter();
        let shown = names.filter(|(name, ..)| !name.starts_with('.'));
        let found = shown.filter_map(|(name, id, mode)| {
            let kind = match mode {
                None => Kind::Folder(Some(id)),
                Some(Mode::File) => Kind::File(Some(id)),
                Some(Mode::Link) => Kind::Link(Some(id)),
                Some(Mode::Submodule) => return None,
            };
            Some(Found { name, kind })
        });
        Ok(found.collect())
    }
}

/// What stands in a folder.
struct Found {
    name: String,
    kind: Kind,
}

/// What it is, each with its id in a commit.
#[derive(Clone, Copy)]
enum Kind {
    Folder(Option<ObjectId>),
    File(Option<ObjectId>),
    Link(Option<ObjectId>),
}

impl Found {
    /// Something in the working folder; none for what is neither folder, file nor link.
    fn of(name: String, kind: FileType) -> Option<Self> {
        let kind = if kind.is_dir() {
            Kind::Folder(None)
        } else if kind.is_file() {
            Kind::File(None)
        } else if kind.is_symlink() {
            Kind::Link(None)
        } else {
            return None;
        };
        Some(Self { name, kind })
    }

    /// The same as the file of a snapshot at `path`; none for a folder.
    fn file(&self, path: String) -> Option<SnapshotFile> {
        let (is_link, id) = match self.kind {
            Kind::Folder(_) => return None,
            Kind::File(id) => (false, id),
            Kind::Link(id) => (true, id),
        };
        Some(SnapshotFile { path, is_link, id })
    }

    /// What it is sorted by.
    fn named(&self) -> (&[u8], bool) {
        (self.name.as_bytes(), self.is_folder())
    }

    fn is_folder(&self) -> bool {
        matches!(self.kind, Kind::Folder(_))
    }
}

/// The names that incidents have whose own files stand in a folder.
fn incidents(listing: &[Found]) -> BTreeSet<&str> {
    let files = listing.iter().filter(|found| !found.is_folder());
    let own = files.map(|found| found.name.as_str());
    own.filter(|name| layout::is_yaml(name))
        .map(layout::stem)
        .collect()
}

impl SnapshotFile {
    /// Its blob in a commit; none in the working folder.
    pub fn id(&self) -> Option<ObjectId> {
        self.id
    }
}

/// What stands in a folder of the working folder, without what is hidden, in the order of
/// trees. What cannot be opened, or has a name that is no text, is left out.
fn open_folder(folder: &Path) -> Vec<Found> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let found = entries.filter_map(|entry| {
        let entry = entry.ok()?;
        let name = entry.file_name().into_string().ok()?;
        let kind = entry.file_type().ok()?;
        (!name.starts_with('.')).then(|| Found::of(name, kind))?
    });
    let mut found: Vec<Found> = found.collect();
    found.sort_by(|left, right| in_tree(left.named(), right.named()));
    found
}

/// What reads the bytes of a file; none where it went away since it was listed.
pub type Bytes<'a> = dyn Fn() -> Result<Option<Vec<u8>>, RepositoryError> + 'a;

fn bytes(
    repository: &Repository,
    root: Option<&Path>,
    file: &SnapshotFile,
) -> Result<Option<Vec<u8>>, RepositoryError> {
    match (file.id, root) {
        (Some(id), _) => repository.blob(id).map(Some),
        (None, root) => match fs::read(root.unwrap_or(Path::new("")).join(&file.path)) {
            Ok(bytes) => as_kept(repository, &file.path, bytes).map(Some),
            Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(None),
            Err(fault) => Err(RepositoryError::File(file.path.clone(), fault)),
        },
    }
}

/// The bytes of a file of the working folder without the carriage returns that Git put there
/// and that are no part of what it keeps, as Git for Windows does in every file.
fn as_kept(
    repository: &Repository,
    path: &str,
    bytes: Vec<u8>,
) -> Result<Vec<u8>, RepositoryError> {
    let has_returns = bytes.windows(2).any(|pair| pair == b"\r\n");
    if !has_returns || !repository.adds_returns()? {
        return Ok(bytes);
    }
    let bare = without_returns(&bytes);
    let is_kept = repository.staged(path)? == Some(ObjectId::of_blob(&bare)?);
    Ok(if is_kept { bare } else { bytes })
}

/// `bytes` without the carriage returns at the ends of lines.
pub(super) fn without_returns(bytes: &[u8]) -> Vec<u8> {
    let follows = |at: usize| bytes.get(at + 1) == Some(&b'\n');
    let kept = bytes.iter().enumerate();
    kept.filter(|(at, byte)| **byte != b'\r' || !follows(*at))
        .map(|(_, byte)| *byte)
        .collect()
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
    // What is no regular file might never end, or never begin.
    fs::symlink_metadata(&at).ok().filter(Metadata::is_file)?;
    fs::read(&at).ok()
}
