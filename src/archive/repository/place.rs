//! Where a repository is, and where in it the record is.
//!
//! A working tree is the folder that holds `.git`, whatever that is: a folder, a link, or a
//! file that names a Git directory elsewhere. What only `git` can answer is asked of it: whom
//! it trusts (`safe.directory`, wherever that is set), and what `GIT_DIR` means.

use std::path::{Path, PathBuf};

use git2::{Config, ErrorCode, RepositoryOpenFlags, TreeWalkMode, TreeWalkResult};

use super::{Repository, RepositoryError};
use crate::archive::program::{self, At};
use crate::archive::{layout, settings};

/// What has to be there before a verb takes a folder for a record's root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// The settings: what adds to a record, or acts for one, must not mistake the place.
    Settings,
    /// The settings, or incidents: what only reads can do with the defaults.
    Record,
}

impl Repository {
    /// Finds the repository that `dir` lies in, and within it the record's root: the
    /// nearest folder with `annals.yaml`, else with `incidents/`, else the top of the
    /// working tree.
    pub fn discover(dir: &Path) -> Result<Self, RepositoryError> {
        Self::of(open(dir)?).seen_from(dir)
    }

    /// The same for the repository that the environment names, as `git` in `dir` finds it.
    pub fn of_environment(dir: &Path) -> Result<Self, RepositoryError> {
        let at = At::Environment(dir);
        let mut found = Self::of(as_git_finds(at, dir)?);
        let objects = program::git(at, &["rev-parse", "--git-path", "objects"], &[], b"")?;
        found.add_objects(&dir.join(text(&objects)))?;
        found.seen_from(dir)
    }

    /// Takes `folder` for one more place where objects lie. To a hook that decides about a
    /// push, what is pushed lies in a place of its own, which the environment names.
    fn add_objects(&mut self, folder: &Path) -> Result<(), RepositoryError> {
        let own = self.git.commondir().join("objects");
        if folder.canonicalize().ok() != own.canonicalize().ok() {
            add_objects(&self.git, folder)?;
            self.objects = Some(folder.to_owned());
        }
        Ok(())
    }

    /// The same repository once more, for a record at its top.
    pub fn whole(&self) -> Result<Self, RepositoryError> {
        Ok(Self::of(open_at(self.git.path(), self.git.workdir())?))
    }

    /// The same, for the record that somebody in `dir` means.
    pub fn seen_from(mut self, dir: &Path) -> Result<Self, RepositoryError> {
        self.prefix = match self.git.workdir() {
            Some(top) => self.root_within(top, dir)?,
            None => self.root_of_head()?,
        };
        Ok(self)
    }

    /// The same, for a record whose root is `dir` itself.
    pub fn rooted(mut self, dir: &Path) -> Result<Self, RepositoryError> {
        if let Some(top) = self.git.workdir() {
            self.prefix = match (top.canonicalize(), dir.canonicalize()) {
                (Ok(top), Ok(dir)) => within(&top, &dir)?,
                _ => String::new(),
            };
        }
        Ok(self)
    }

    /// The same, having made sure that there is a record.
    pub fn needing(self, needs: Needs) -> Result<Self, RepositoryError> {
        let has_settings = self.stands(&self.path(settings::FILE))?;
        let has_incidents = || self.stands(&self.path(layout::INCIDENTS));
        if has_settings || (needs == Needs::Record && has_incidents()?) {
            Ok(self)
        } else {
            Err(RepositoryError::NoRecord)
        }
    }

    /// Whether something stands at `path` of the repository: in the working tree, or left out
    /// of it by a sparse checkout; where there is none, in what HEAD holds.
    fn stands(&self, path: &str) -> Result<bool, RepositoryError> {
        match self.git.workdir() {
            Some(top) if top.join(path).exists() => Ok(true),
            Some(_) if !self.was_never_checked_out()? => self.leaves_out(path),
            _ => self.head_holds(path),
        }
    }

    fn head_holds(&self, path: &str) -> Result<bool, RepositoryError> {
        match self.head()?.commit {
            Some(head) => Ok(self.blob_at(head, path)?.is_some()),
            None => Ok(false),
        }
    }

    /// The record's root for somebody who stands in `dir` below `top`, relative to `top`.
    fn root_within(&self, top: &Path, dir: &Path) -> Result<String, RepositoryError> {
        let (Ok(top), Ok(dir)) = (top.canonicalize(), dir.canonicalize()) else {
            return Ok(String::new());
        };
        let parents = dir.ancestors();
        let parents = parents.take_while(|folder| folder.starts_with(&top));
        let parents: Vec<String> = parents
            .map(|folder| within(&top, folder))
            .collect::<Result<_, _>>()?;
        for mark in [settings::FILE, layout::INCIDENTS] {
            for folder in &parents {
                if self.stands(&format!("{folder}{mark}"))? {
                    return Ok(folder.clone());
                }
            }
        }
        Ok(String::new())
    }

    /// The record's root in what HEAD holds: where the settings are.
    fn root_of_head(&self) -> Result<String, RepositoryError> {
        let Some(commit) = self.head()?.commit else {
            return Ok(String::new());
        };
        let tree = self.tree_of(commit)?;
        let holds = |name: &str| tree.get_name(name).is_some();
        if holds(settings::FILE) || holds(layout::INCIDENTS) {
            return Ok(String::new());
        }
        let mut found = Vec::new();
        tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
            if entry.name_bytes() == settings::FILE.as_bytes() {
                found.push(folder.to_owned());
            }
            if found.is_empty() {
                TreeWalkResult::Ok
            } else {
                TreeWalkResult::Abort
            }
        })
        .or_else(|fault| if found.is_empty() { Err(fault) } else { Ok(()) })?;
        Ok(found.pop().unwrap_or_default())
    }
}

/// The path from `top` down to `folder`: empty, or ending in `/`. Git's paths are bytes, and
/// those of a record are text: a folder whose name is none has no record in it, and must not
/// be taken for the one at the top.
fn within(top: &Path, folder: &Path) -> Result<String, RepositoryError> {
    match folder.strip_prefix(top).unwrap_or(folder).to_str() {
        Some("") => Ok(String::new()),
        Some(within) => Ok(format!("{within}/")),
        None => Err(RepositoryError::NotText(folder.display().to_string())),
    }
}

/// The repository that `dir` lies in. It is not looked for and then opened: only the way to
/// it says which folder is the working tree.
fn open(dir: &Path) -> Result<git2::Repository, RepositoryError> {
    git2::opts::strict_hash_verification(false);
    let none: [&Path; 0] = [];
    let opened = git2::Repository::open_ext(dir, RepositoryOpenFlags::CROSS_FS, none);
    let git = opened.or_else(|fault| match fault.code() {
        ErrorCode::Owner => as_git_finds(At::Folder(dir), dir),
        ErrorCode::NotFound => Err(RepositoryError::NotFound(dir.display().to_string())),
        _ => Err(unreadable(dir, &fault).unwrap_or_else(|| fault.into())),
    })?;
    // Of a linked working tree libgit2 believes what its Git directory noted down when it was
    // made: it may have been moved or copied since.
    if git.is_worktree()
        && let Some(top) = holder(dir)
    {
        git.set_workdir(&top, false)?;
    }
    Ok(git)
}

/// The folder around `dir` that holds the file `.git`.
fn holder(dir: &Path) -> Option<PathBuf> {
    let dir = dir.canonicalize().ok()?;
    let mut folders = dir.ancestors();
    let found = folders.find(|folder| folder.join(".git").is_file())?;
    Some(found.to_owned())
}

/// The repository whose Git directory and working tree these are. Nobody is asked whether it
/// can be trusted: somebody has been.
fn open_at(git_folder: &Path, top: Option<&Path>) -> Result<git2::Repository, RepositoryError> {
    let git = git2::Repository::open_bare(git_folder).map_err(|fault| {
        unreadable(git_folder, &fault).unwrap_or_else(|| RepositoryError::from(fault))
    })?;
    if let Some(top) = top {
        git.set_workdir(top, false)?;
    }
    Ok(git)
}

/// The repository that the user's `git` finds, if it trusts it.
fn as_git_finds(at: At<'_>, dir: &Path) -> Result<git2::Repository, RepositoryError> {
    let asked = |what: &[&str]| program::git(at, &[&["rev-parse"], what].concat(), &[], b"");
    let told = asked(&["--is-bare-repository", "--absolute-git-dir"])
        .map_err(|fault| untrusted(fault, dir))?;
    let told = text(&told);
    let (is_bare, git_folder) = told.split_once('\n').unwrap_or_default();
    let git_folder = PathBuf::from(git_folder);
    let top = match is_bare {
        "true" => None,
        _ => Some(text(&asked(&["--show-toplevel"])?)),
    };
    open_at(&git_folder, top.as_deref().map(Path::new))
}

/// One more place where objects of `git` lie.
pub(super) fn add_objects(git: &git2::Repository, folder: &Path) -> Result<(), RepositoryError> {
    let Some(text) = folder.to_str() else {
        return Err(RepositoryError::NotText(folder.display().to_string()));
    };
    Ok(git.odb()?.add_disk_alternate(text)?)
}

/// What `git` printed, without the end of its line.
fn text(printed: &[u8]) -> String {
    let text = String::from_utf8_lossy(printed);
    text.strip_suffix('\n').unwrap_or(&text).to_owned()
}

/// Why `git` does not find a repository. Whom it does not trust it names itself, by the path
/// that it would look for in `safe.directory`: only that one will do.
fn untrusted(fault: RepositoryError, dir: &Path) -> RepositoryError {
    let RepositoryError::Program(_, why) = &fault else {
        return fault;
    };
    let advice = why.rsplit_once("safe.directory ").map(|(_, path)| path);
    match advice.and_then(|path| path.lines().next()) {
        Some(path) => RepositoryError::NotYours(path.to_owned()),
        None if why.contains("not a git repository") => {
            RepositoryError::NotFound(dir.display().to_string())
        }
        None => fault,
    }
}

/// What of the form of the repository that `dir` lies in is not read here, if that is why it
/// could not be opened.
fn unreadable(dir: &Path, fault: &git2::Error) -> Option<RepositoryError> {
    let none: [&Path; 0] = [];
    let git_folder = git2::Repository::discover_path(dir, none).ok()?;
    let common = std::fs::read_to_string(git_folder.join("commondir")).ok();
    let common = git_folder.join(common.as_deref().map_or("", str::trim_end));
    let config = Config::open(&common.join("config")).ok()?;
    let said = |key: &str| config.get_string(&format!("extensions.{key}")).ok();
    let (what, way) = if said("objectformat").is_some_and(|format| format != "sha1") {
        (
            "this repository names its objects by SHA-256".to_owned(),
            "copy it into one that names them by SHA-1: `git init --object-format=sha1 ../copy`, then `git fast-export --all | git -C ../copy fast-import`",
        )
    } else if said("refstorage").is_some_and(|storage| storage != "files") {
        (
            "this repository keeps its branches in a reftable".to_owned(),
            "work in a clone of it that was made with `git clone --ref-format=files`, or turn it into one with `git refs migrate --ref-format=files`",
        )
    } else if said("partialclone").is_some() {
        (
            "this partial clone was made by an older Git".to_owned(),
            "note it down as a newer Git does: `git config remote.origin.promisor true`, then `git config --unset extensions.partialClone`",
        )
    } else {
        let (_, extension) = fault.message().rsplit_once(" extensions.")?;
        (
            format!("this repository uses Git's extension `{extension}`"),
            "work in a clone of it: `git clone` makes one without",
        )
    };
    Some(RepositoryError::Unreadable(what, way))
}
