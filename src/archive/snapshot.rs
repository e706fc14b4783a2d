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

/// What a folder holds that is a repository of its own.
const DOT_GIT: &str = ".git";

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
    /// What stands there.
    pub mode: Mode,
    id: Option<ObjectId>,
}

/// The files of the record at one version.
pub struct Snapshot<'a> {
    repository: &'a Repository,
    version: Version,
}

impl<'a> Snapshot<'a> {
    /// The record at `version`; a bare repository has only commits, so there the folder
    /// is what HEAD holds. So it is in a working tree that was never checked out.
    pub fn new(repository: &'a Repository, version: Version) -> Result<Self, RepositoryError> {
        let is_folder = || -> Result<bool, RepositoryError> {
            Ok(repository.root().is_some() && !repository.was_never_checked_out()?)
        };
        let version = match version {
            Version::Folder if !is_folder()? => match repository.head()?.commit {
                Some(head) => Version::Commit(head),
                None => version,
            },
            version => version,
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
                } else if let Some((id, mode)) = self.repository.no_folder(id, folder)? {
                    let (path, id) = (folder.to_owned(), Some(id));
                    files.push(SnapshotFile { path, mode, id });
                }
            }
            (Version::Folder, Some(root)) => match facts(&root.join(folder))? {
                Some(facts) if !facts.is_dir() => {
                    let found = Found::of(String::new(), facts.file_type());
                    files.extend(found.and_then(|found| found.file(folder.to_owned())));
                }
                _ => self.gather(folder, None, is_meant, &mut files)?,
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
            (Version::Folder, Some(root)) => match read_plain(&root, path)? {
                Plain::Held(bytes) => as_kept(self.repository, path, bytes).map(Some),
                Plain::Refused => Ok(None),
                Plain::Absent => match self.repository.left_out_file(path)? {
                    Some(id) => self.repository.blob(id).map(Some),
                    None => Ok(None),
                },
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
        let listing = match tree {
            Some(tree) => Some(self.open_tree(tree)?),
            None => self.open_folder(path)?,
        };
        let Some(listing) = listing else {
            let path = path.to_owned();
            let (mode, id) = (Mode::Submodule, None);
            files.push(SnapshotFile { path, mode, id });
            return Ok(());
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
        let found = shown.map(|(name, id, mode)| {
            let kind = match mode {
                None => Kind::Folder(Some(id)),
                Some(mode) => Kind::File(mode, Some(id)),
            };
            Found { name, kind }
        });
        Ok(found.collect())
    }

    /// What stands in a folder of the working folder, and what a sparse checkout leaves out
    /// of it, without what is hidden, in the order of trees; none where the folder is a
    /// repository of its own, with files that Git keeps for that one. One that was not
    /// checked out is an empty folder.
    fn open_folder(&self, path: &str) -> Result<Option<Vec<Found>>, RepositoryError> {
        let folder = self.repository.root().unwrap_or_default().join(path);
        let Some(mut found) = on_disk(&folder)? else {
            return Ok(None);
        };
        let left_out = self.repository.left_out_of(path)?;
        if found.is_empty() && left_out.is_empty() {
            let is_there = facts(&folder)?.is_some();
            let is_another = is_there && self.repository.is_submodule(path)?;
            return Ok((!is_another).then_some(found));
        }
        if left_out.is_empty() {
            return Ok(Some(found));
        }
        let names = found.iter().map(|found| found.name.clone());
        let names: BTreeSet<String> = names.collect();
        let missing = left_out.into_iter();
        let missing = missing.filter(|(name, _)| !name.starts_with('.') && !names.contains(name));
        found.extend(missing.map(|(name, file)| {
            let kind = match file {
                None => Kind::Folder(None),
                Some((id, mode)) => Kind::File(mode, Some(id)),
            };
            Found { name, kind }
        }));
        found.sort_by(|left, right| in_tree(left.named(), right.named()));
        Ok(Some(found))
    }
}

/// What stands in a folder.
struct Found {
    name: String,
    kind: Kind,
}

/// What it is, each with its id where that is known: in a commit, or in the index.
#[derive(Clone, Copy)]
enum Kind {
    Folder(Option<ObjectId>),
    File(Mode, Option<ObjectId>),
}

impl Found {
    /// Something in the working folder; none for what is neither folder, file nor link.
    fn of(name: String, kind: FileType) -> Option<Self> {
        let kind = if kind.is_dir() {
            Kind::Folder(None)
        } else if kind.is_file() {
            Kind::File(Mode::File, None)
        } else if kind.is_symlink() {
            Kind::File(Mode::Link, None)
        } else {
            return None;
        };
        Some(Self { name, kind })
    }

    /// The same as the file of a snapshot at `path`; none for a folder.
    fn file(&self, path: String) -> Option<SnapshotFile> {
        match self.kind {
            Kind::Folder(_) => None,
            Kind::File(mode, id) => Some(SnapshotFile { path, mode, id }),
        }
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
    /// Its blob in a commit, or where a sparse checkout leaves it out; none in the working
    /// folder.
    pub fn id(&self) -> Option<ObjectId> {
        self.id
    }

    /// Whether it is a file. Links are never followed, and what another repository keeps is
    /// no part of this one's record.
    pub fn is_file(&self) -> bool {
        self.mode == Mode::File
    }
}

/// What stands in a folder of the working folder, without what is hidden, in the order of
/// trees; none where it is a repository of its own. What has a name that is no text, or went
/// away meanwhile, is left out; a folder that cannot be opened is no empty one.
fn on_disk(folder: &Path) -> Result<Option<Vec<Found>>, RepositoryError> {
    let file = |fault| RepositoryError::File(folder.display().to_string(), fault);
    let entries = match fs::read_dir(folder) {
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(Some(Vec::new())),
        entries => entries.map_err(file)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(file)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if name == DOT_GIT {
            return Ok(None);
        }
        if !name.starts_with('.') {
            found.extend(
                entry
                    .file_type()
                    .ok()
                    .and_then(|kind| Found::of(name, kind)),
            );
        }
    }
    found.sort_by(|left, right| in_tree(left.named(), right.named()));
    Ok(Some(found))
}

/// What the file system says of what stands at `path` itself; none where nothing does.
fn facts(path: &Path) -> Result<Option<Metadata>, RepositoryError> {
    match fs::symlink_metadata(path) {
        Ok(facts) => Ok(Some(facts)),
        Err(fault) if is_absence(&fault) => Ok(None),
        Err(fault) => Err(RepositoryError::File(path.display().to_string(), fault)),
    }
}

/// Whether `fault` says that nothing is there, not that it could not be looked at.
fn is_absence(fault: &std::io::Error) -> bool {
    use ErrorKind as Kind;
    matches!(
        fault.kind(),
        Kind::NotFound | Kind::NotADirectory | Kind::InvalidFilename | Kind::InvalidInput
    )
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

/// What was found of a file.
enum Plain {
    /// Its bytes.
    Held(Vec<u8>),
    /// Something that is no file of the record.
    Refused,
    /// Nothing.
    Absent,
}

/// Reads a file that lies below `root` without passing a link, or another repository.
fn read_plain(root: &Path, path: &str) -> Result<Plain, RepositoryError> {
    let mut at: PathBuf = root.to_owned();
    let mut last = None;
    for part in path.split('/') {
        if matches!(part, "" | "." | "..") {
            return Ok(Plain::Refused);
        }
        if at != root && facts(&at.join(DOT_GIT))?.is_some() {
            return Ok(Plain::Refused);
        }
        at.push(part);
        last = facts(&at)?;
        match &last {
            None => return Ok(Plain::Absent),
            Some(facts) if facts.is_symlink() => return Ok(Plain::Refused),
            Some(_) => {}
        }
    }
    // What is no regular file might never end, or never begin.
    if !last.is_some_and(|facts| facts.is_file()) {
        return Ok(Plain::Refused);
    }
    match fs::read(&at) {
        Ok(bytes) => Ok(Plain::Held(bytes)),
        Err(fault) if is_absence(&fault) => Ok(Plain::Absent),
        Err(fault) => Err(RepositoryError::File(path.to_owned(), fault)),
    }
}
