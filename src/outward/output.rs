//! Files that annals writes outside of the record: a site, an export, manual pages.
//!
//! Where they go may be a folder that a repository's authors prepared: a committed link in
//! the place of a folder or a file would lead annals to overwrite what lies elsewhere. So a
//! folder is opened part by part without following links, and everything in it is done
//! relative to that open folder: a link that appears meanwhile leads nowhere either. A file
//! is written under another name and renamed, so that each is the old one or the new one
//! and whole, and what another name of the same file (a hard link) holds stays as it is.

mod site_folder;

use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

pub use site_folder::{Written, publish};

/// What a file is called until it is whole.
const UNFINISHED: &str = ".annals-new";

/// Why something could not be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A link where a folder or file should be.
    #[error("`{}` is a link, and nothing is written through links", .0.display())]
    Link(PathBuf),
    /// Something else where a folder should be.
    #[error("`{}` is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// Something else where a file should be.
    #[error("`{}` is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// A folder that holds what annals did not write.
    #[error("`{}` holds files that were not built from this repository here", .0.display())]
    Strange(PathBuf),
    /// A file that annals did not write, or that was changed since.
    #[error("`{}` is not as annals wrote it", .0.display())]
    Changed(PathBuf),
    /// A site for somebody else.
    #[error("`{}` holds a site for another audience", .0.display())]
    Audience(PathBuf),
    /// The system refuses.
    #[error("`{}`: {}", .0.display(), .1)]
    Io(PathBuf, #[source] io::Error),
}

impl OutputError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Link(_) => "name the folder or file that it leads to, or delete the link",
            Self::NotAFolder(_) | Self::NotAFile(_) => "choose another place with `--out`",
            Self::Strange(_) => "choose a new or empty folder with `--out`, or delete that one",
            Self::Changed(_) | Self::Audience(_) => {
                "choose another folder with `--out`, or delete that one"
            }
            Self::Io(..) => "name a place that exists and that you may write to",
        }
    }
}

/// Where a path leads, from the root of the file system: no part of it may be a link. A
/// folder directly below the root may be one, since only the system's administrator makes
/// those (`/tmp` and `/var` are links on macOS).
pub fn resolved(path: &Path) -> Result<PathBuf, OutputError> {
    let fault = |fault| OutputError::Io(path.to_owned(), fault);
    let path = std::path::absolute(path).map_err(fault)?;
    let mut at = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Prefix(_) | Component::RootDir => at.push(part),
            Component::CurDir => {}
            Component::ParentDir => {
                at.pop();
            }
            Component::Normal(name) => {
                let is_top = at.parent().is_none();
                at.push(name);
                match at.symlink_metadata() {
                    Ok(facts) if facts.is_symlink() && is_top => {
                        at = at.canonicalize().map_err(fault)?;
                    }
                    Ok(facts) if facts.is_symlink() => return Err(OutputError::Link(at)),
                    _ => {}
                }
            }
        }
    }
    Ok(at)
}

/// Writes one file, whose folder must exist.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let path = resolved(path)?;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|n| n.to_str()))
    else {
        return Err(OutputError::NotAFile(path));
    };
    if !folder.is_dir() {
        let missing = io::ErrorKind::NotFound;
        return Err(OutputError::Io(folder.to_owned(), missing.into()));
    }
    Folder::open(folder)?.write(name, bytes)
}

/// An open folder. Names in it are paths with `/`.
pub struct Folder {
    dir: Dir,
    path: PathBuf,
}

impl Folder {
    /// Opens the folder at a path that is [`resolved`], and makes it where it is missing.
    pub fn open(path: &Path) -> Result<Self, OutputError> {
        let root = path.ancestors().last().unwrap_or(path);
        let fault = |fault| OutputError::Io(root.to_owned(), fault);
        let dir = Dir::open_ambient_dir(root, ambient_authority()).map_err(fault)?;
        let mut folder = Self {
            dir,
            path: root.to_owned(),
        };
        for part in path.strip_prefix(root).unwrap_or(path) {
            folder = folder.inner(Path::new(part), true)?.ok_or_else(|| {
                let missing = io::ErrorKind::NotFound;
                OutputError::Io(path.to_owned(), missing.into())
            })?;
        }
        Ok(folder)
    }

    /// Writes the file `name`, and the folders that lead to it.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), OutputError> {
        let (folder, name) = name.rsplit_once('/').unwrap_or(("", name));
        let Some(folder) = self.below(folder, true)? else {
            return Err(OutputError::NotAFolder(self.path.join(folder)));
        };
        folder.is_free(name)?;
        let path = folder.path.join(name);
        let fault = |fault| OutputError::Io(path.clone(), fault);
        match folder.dir.remove_file(UNFINISHED) {
            Err(missing) if missing.kind() != io::ErrorKind::NotFound => {
                return Err(fault(missing));
            }
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        options.follow(FollowSymlinks::No);
        let file = folder.dir.open_with(UNFINISHED, &options);
        file.and_then(|mut file| file.write_all(bytes))
            .and_then(|()| folder.dir.rename(UNFINISHED, &folder.dir, name))
            .map_err(|failed| {
                // What is left is removed by the next write into this folder as well.
                let _ = folder.dir.remove_file(UNFINISHED);
                fault(failed)
            })
    }

    /// The bytes of the file `name`; none where there is no such file.
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, OutputError> {
        let (folder, name) = name.rsplit_once('/').unwrap_or(("", name));
        let Some(folder) = self.below(folder, false)? else {
            return Ok(None);
        };
        if !folder.is_free(name)? {
            return Ok(None);
        }
        let path = folder.path.join(name);
        let mut options = OpenOptions::new();
        options.read(true).follow(FollowSymlinks::No);
        let mut bytes = Vec::new();
        let file = folder.dir.open_with(name, &options);
        file.and_then(|mut file| io::Read::read_to_end(&mut file, &mut bytes))
            .map_err(|fault| OutputError::Io(path, fault))?;
        Ok(Some(bytes))
    }

    /// Removes the file `name`, if it is there.
    fn remove(&self, name: &str) -> Result<(), OutputError> {
        let (folder, name) = name.rsplit_once('/').unwrap_or(("", name));
        let Some(folder) = self.below(folder, false)? else {
            return Ok(());
        };
        let fault = |fault| OutputError::Io(folder.path.join(name), fault);
        folder.dir.remove_file(name).map_err(fault)
    }

    /// Whether nothing is in it.
    fn is_empty(&self) -> Result<bool, OutputError> {
        let entries = self.dir.entries();
        let mut entries = entries.map_err(|fault| OutputError::Io(self.path.clone(), fault))?;
        Ok(entries.next().is_none())
    }

    /// Makes sure that `name` is a regular file or free, and answers whether it is a file.
    fn is_free(&self, name: &str) -> Result<bool, OutputError> {
        let path = || self.path.join(name);
        match self.dir.symlink_metadata(name) {
            Ok(facts) if facts.is_file() => Ok(true),
            Ok(facts) if facts.is_symlink() => Err(OutputError::Link(path())),
            Ok(_) => Err(OutputError::NotAFile(path())),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(fault) => Err(OutputError::Io(path(), fault)),
        }
    }

    /// The folder at `path` below this one, made where it is missing and that is asked.
    fn below(&self, path: &str, make: bool) -> Result<Option<Self>, OutputError> {
        let dir = self.dir.try_clone();
        let dir = dir.map_err(|fault| OutputError::Io(self.path.clone(), fault))?;
        let mut at = Some(Self {
            dir,
            path: self.path.clone(),
        });
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let Some(folder) = at else {
                return Ok(None);
            };
            at = folder.inner(Path::new(part), make)?;
        }
        Ok(at)
    }

    /// The folder `part` directly in this one.
    fn inner(&self, part: &Path, make: bool) -> Result<Option<Self>, OutputError> {
        let path = self.path.join(part);
        let mut opened = self.dir.open_dir_nofollow(part);
        if make && is_missing(&opened) {
            // Another process may make it in between; then it is opened all the same.
            opened = match self.dir.create_dir(part) {
                Err(fault) if fault.kind() != io::ErrorKind::AlreadyExists => Err(fault),
                _ => self.dir.open_dir_nofollow(part),
            };
        }
        if is_missing(&opened) {
            return Ok(None);
        }
        match opened {
            Ok(dir) => Ok(Some(Self { dir, path })),
            Err(fault) => Err(match self.dir.symlink_metadata(part) {
                Ok(facts) if facts.is_symlink() => OutputError::Link(path),
                Ok(facts) if !facts.is_dir() => OutputError::NotAFolder(path),
                _ => OutputError::Io(path, fault),
            }),
        }
    }
}

fn is_missing(opened: &io::Result<Dir>) -> bool {
    matches!(opened, Err(fault) if fault.kind() == io::ErrorKind::NotFound)
}
