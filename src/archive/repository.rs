//! Git: the one module that names git2.
//!
//! Local work goes through git2, built without its network features; whatever needs a
//! person's credentials or keys (fetching, pushing, signing) runs their own `git`
//! (see [`program`](super::program)). The rest of annals speaks of commits, files and
//! branches, and of paths relative to the record's root, which may be a folder of a
//! larger repository.

mod comparing;
mod index;
mod reading;
mod references;
mod remotes;
mod trees;
mod writing;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::program;
use crate::text::moment::Moment;

pub use comparing::{Change, FileDifference, Side};
pub use reading::{Commit, Mode, TreeFile, TreeName};
pub use trees::{Comparison, in_tree};
pub use writing::{Index, IndexEntry, StagedIndex};

/// The id of a Git object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(git2::Oid);

impl ObjectId {
    /// How many bytes an id has.
    pub const LENGTH: usize = 20;

    /// The id's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The id of so many bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        git2::Oid::from_bytes(bytes).ok().map(Self)
    }

    /// The first seven digits, as people read them.
    pub fn short(self) -> String {
        self.to_string().chars().take(7).collect()
    }

    /// The id of a blob that holds `bytes`.
    pub fn of_blob(bytes: &[u8]) -> Result<Self, RepositoryError> {
        Ok(Self(git2::Oid::hash_object(git2::ObjectType::Blob, bytes)?))
    }

    /// Reads 40 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        git2::Oid::from_str(text)
            .ok()
            .filter(|_| text.len() == 40)
            .map(Self)
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a repository could not be used. The command line exits with 4 for these.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// No repository here or above.
    #[error("`{0}` is not inside a Git repository")]
    NotFound(String),
    /// HEAD names no branch.
    #[error("HEAD is detached, so there is no branch to append to")]
    Detached,
    /// A merge, rebase or the like is under way.
    #[error("a {0} is under way in this working tree")]
    Busy(&'static str),
    /// A revision that names no commit.
    #[error("`{0}` names no commit of this repository")]
    NoCommit(String),
    /// A name of several references that lead to different commits.
    #[error("`{0}` may mean `{1}` or `{2}`, which are different commits")]
    Ambiguous(String, String, String),
    /// An object that a shallow or partial clone does not have.
    #[error("the history is cut off at {0}: this clone is shallow")]
    Shallow(String),
    /// Nobody to commit as.
    #[error("Git does not know who you are")]
    NoIdentity,
    /// Another process holds a lock of Git's.
    #[error("another Git process holds `{0}`")]
    Locked(String),
    /// An index that libgit2 cannot keep.
    #[error("the index `{0}` is split or sparse, or damaged")]
    Index(String),
    /// The folder belongs to somebody else.
    #[error("`{0}` belongs to somebody else, and Git was not told to trust it")]
    NotYours(String),
    /// A name that no branch can have, or that means something else.
    #[error("`{0}` is not a name for a branch of the record")]
    BranchName(String),
    /// The branch moved, again and again, while something was appended to it.
    #[error("the branch `{0}` moves faster than it can be appended to")]
    LostRace(String),
    /// The configuration knows no such remote.
    #[error("no remote is called `{0}`")]
    NoRemote(String),
    /// The branch is checked out in another working tree.
    #[error("the branch `{0}` is checked out in another working tree")]
    CheckedOutElsewhere(String),
    /// A path that already holds something else.
    #[error("`{0}` exists already and says something else")]
    Occupied(String),
    /// A path that leads through a symbolic link.
    #[error("`{0}` leads through a symbolic link")]
    Symlink(String),
    /// Both sides changed the same file.
    #[error("merging would conflict in `{0}`")]
    Conflict(String),
    /// The user's own `git` failed.
    #[error("`git {0}` failed: {1}")]
    Program(String, String),
    /// A file could not be read or written.
    #[error("`{0}`: {1}")]
    File(String, std::io::Error),
    /// Anything else that Git says.
    #[error("Git: {0}")]
    Git(String),
}

impl RepositoryError {
    /// What to do about it, where that is known.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::NotFound(_) => {
                "run `git init` first, or name the repository with `--repo DIR`".into()
            }
            Self::Detached => "check out a branch, or name one with `--branch NAME`".into(),
            Self::Busy(_) => {
                "finish or abort it, or write to another branch with `--branch NAME`".into()
            }
            Self::Ambiguous(_, one, other) => {
                format!("name it in full: `{one}` or `{other}`")
            }
            Self::Shallow(_) => "fetch the whole history with `git fetch --unshallow`".into(),
            Self::NoIdentity => "set `git config user.name` and `git config user.email`".into(),
            Self::Locked(path) => format!("if no Git process is running, remove `{path}`"),
            Self::LostRace(_) => "try again".into(),
            Self::NoRemote(_) => "`git remote` lists those that there are".into(),
            Self::Index(_) => "write to a branch that is not checked out with `--branch NAME`, or turn it into a plain one with `git sparse-checkout disable` and `git update-index --no-split-index`".into(),
            Self::NotYours(folder) => format!("if you trust it: `git config --global --add safe.directory {folder}`"),
            Self::BranchName(_) => "name a branch such as `outage`; the ledger's is not for incidents".into(),
            Self::Occupied(_) => "choose another name: what was recorded stays as it is".into(),
            Self::CheckedOutElsewhere(_) => "run annals in that working tree".into(),
            Self::Symlink(_) => "replace the link by a folder".into(),
            _ => return None,
        })
    }
}

impl From<git2::Error> for RepositoryError {
    fn from(fault: git2::Error) -> Self {
        Self::Git(fault.message().to_owned())
    }
}

/// Where HEAD stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The branch it names, without `refs/heads/`; none when it is detached.
    pub branch: Option<String>,
    /// The commit; none on a branch without commits.
    pub commit: Option<ObjectId>,
}

/// Somebody who commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `user.name`.
    pub name: String,
    /// `user.email`.
    pub email: String,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} <{}>", self.name, self.email)
    }
}

/// A Git repository, and the folder of it that holds the record.
pub struct Repository {
    git: git2::Repository,
    /// The record's root within the repository: empty, or ending in `/`.
    prefix: String,
    /// Who commits here, once somebody has asked.
    identity: OnceLock<Identity>,
    /// Whether Git puts carriage returns into the working folder, once somebody has asked.
    adds_returns: OnceLock<bool>,
    /// As of when it is read: no commit landed later, whatever its date says.
    now: Option<Moment>,
}

impl Repository {
    /// Finds the repository that `dir` lies in, and within it the record's root: the
    /// nearest folder with `annals.yaml`, else with `incidents/`, else the top of the
    /// working tree.
    pub fn discover(dir: &Path) -> Result<Self, RepositoryError> {
        git2::opts::strict_hash_verification(false);
        let shown = dir.display().to_string();
        let git = git2::Repository::discover(dir).map_err(|fault| match fault.code() {
            git2::ErrorCode::Owner => RepositoryError::NotYours(shown),
            git2::ErrorCode::NotFound => RepositoryError::NotFound(shown),
            _ => fault.into(),
        })?;
        let prefix = git
            .workdir()
            .map(|top| root_within(top, dir))
            .unwrap_or_default();
        let mut repository = Self {
            git,
            prefix,
            identity: OnceLock::new(),
            adds_returns: OnceLock::new(),
            now: None,
        };
        if repository.git.is_bare() {
            repository.prefix = repository.root_of_head()?;
        }
        Ok(repository)
    }

    /// Finds the repository that `dir` lies in, for a record whose root is `dir` itself.
    pub fn rooted(dir: &Path) -> Result<Self, RepositoryError> {
        let mut repository = Self::discover(dir)?;
        if let Some(top) = repository.git.workdir() {
            repository.prefix = match (top.canonicalize(), dir.canonicalize()) {
                (Ok(top), Ok(dir)) => within(&top, &dir),
                _ => String::new(),
            };
        }
        Ok(repository)
    }

    /// What opens this repository once more to read objects, for another thread: Git's own
    /// handle belongs to one.
    pub fn again(&self) -> impl Fn() -> Option<Self> + Sync + use<> {
        let (place, prefix) = (self.git.commondir().to_owned(), self.prefix.clone());
        let now = self.now;
        move || {
            Some(Self {
                git: git2::Repository::open(&place).ok()?,
                prefix: prefix.clone(),
                identity: OnceLock::new(),
                adds_returns: OnceLock::new(),
                now,
            })
        }
    }

    /// The same, read as of `now`: a commit that is dated later lands with the one before it,
    /// so that no wrong clock moves what comes after.
    #[must_use]
    pub fn as_of(self, now: Moment) -> Self {
        let now = Some(now);
        Self { now, ..self }
    }

    /// Whether `date` lies after the moment as of which the repository is read.
    pub(super) fn is_ahead(&self, date: Moment) -> bool {
        self.now.is_some_and(|now| date > now)
    }

    /// The record's folder on disk; none in a bare repository.
    pub fn root(&self) -> Option<PathBuf> {
        self.git.workdir().map(|top| top.join(&self.prefix))
    }

    /// A path of the record as a path of the repository.
    pub fn path(&self, record_path: &str) -> String {
        format!("{}{record_path}", self.prefix)
    }

    /// A path of the repository as people read it: from the record's root.
    pub fn shown(&self, path: &str) -> String {
        let (mut home, mut left) = (self.prefix.as_str(), path);
        while let (Some((ours, inner)), Some((theirs, below))) =
            (home.split_once('/'), left.split_once('/'))
            && ours == theirs
        {
            (home, left) = (inner, below);
        }
        "../".repeat(home.matches('/').count()) + left
    }

    /// A path of the repository as a path of the record, if it belongs to it.
    pub fn record_path<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(self.prefix.as_str())
    }

    /// The folder of annals' own in the Git directory: locks, temporary files and what
    /// can be forgotten. Shared by all working trees.
    pub fn private_folder(&self) -> PathBuf {
        self.git.commondir().join("annals")
    }

    /// This working tree's Git directory, where its index and HEAD lie.
    pub fn git_folder(&self) -> &Path {
        self.git.path()
    }

    /// The folder in which the user's `git` is run.
    pub fn folder_for_programs(&self) -> &Path {
        self.git.workdir().unwrap_or_else(|| self.git.path())
    }

    /// Where HEAD stands.
    pub fn head(&self) -> Result<Head, RepositoryError> {
        let head = self.git.find_reference("HEAD")?;
        let branch = head
            .symbolic_target()?
            .and_then(|name| name.strip_prefix("refs/heads/"))
            .map(str::to_owned);
        let commit = match self.git.head() {
            Ok(reference) => Some(ObjectId(reference.peel_to_commit()?.id())),
            Err(_) => None,
        };
        Ok(Head { branch, commit })
    }

    /// The tip of the local branch `name`, if there is such a branch.
    pub fn tip(&self, name: &str) -> Result<Option<ObjectId>, RepositoryError> {
        match self.git.find_branch(name, git2::BranchType::Local) {
            Ok(branch) => Ok(Some(ObjectId(branch.get().peel_to_commit()?.id()))),
            Err(fault) if fault.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    /// The commit that `revision` names, as `git rev-parse` would find it.
    pub fn resolve(&self, revision: &str) -> Result<ObjectId, RepositoryError> {
        let unknown = || RepositoryError::NoCommit(revision.to_owned());
        let object = self.git.revparse_single(revision).map_err(|_| unknown())?;
        object
            .peel_to_commit()
            .map(|commit| ObjectId(commit.id()))
            .map_err(|_| unknown())
    }

    /// Who commits here, as the user's `git` would say: from the environment, else from its
    /// configuration.
    pub fn identity(&self) -> Result<Identity, RepositoryError> {
        if let Some(known) = self.identity.get() {
            return Ok(known.clone());
        }
        let arguments = ["var", "GIT_COMMITTER_IDENT"];
        let said = program::git(self.folder_for_programs(), &arguments, &[], b"")
            .map_err(|_| RepositoryError::NoIdentity)?;
        let said = String::from_utf8_lossy(&said);
        let person = said
            .split_once(" <")
            .and_then(|(name, rest)| Some((name, rest.split_once('>')?.0)));
        let (name, email) = person.ok_or(RepositoryError::NoIdentity)?;
        let identity = Identity {
            name: name.to_owned(),
            email: email.to_owned(),
        };
        Ok(self.identity.get_or_init(|| identity).clone())
    }

    /// The branch that `typed` names, without `refs/heads/`.
    pub fn branch_name<'a>(&self, typed: &'a str) -> Result<&'a str, RepositoryError> {
        let name = typed.strip_prefix("refs/heads/").unwrap_or(typed);
        let valid = name != "HEAD" && git2::Branch::name_is_valid(name).unwrap_or(false);
        if valid {
            Ok(name)
        } else {
            Err(RepositoryError::BranchName(typed.to_owned()))
        }
    }

    /// Whether the user's configuration asks for signed commits.
    pub fn signs(&self) -> bool {
        self.git
            .config()
            .and_then(|config| config.get_bool("commit.gpgsign"))
            .unwrap_or(false)
    }

    /// Fails when the working tree is in the middle of something.
    pub fn not_busy(&self) -> Result<(), RepositoryError> {
        use git2::RepositoryState as State;
        Err(RepositoryError::Busy(match self.git.state() {
            State::Clean => return Ok(()),
            State::Merge => "merge",
            State::Revert | State::RevertSequence => "revert",
            State::CherryPick | State::CherryPickSequence => "cherry-pick",
            State::Bisect => "bisect",
            State::Rebase | State::RebaseInteractive | State::RebaseMerge => "rebase",
            State::ApplyMailbox | State::ApplyMailboxOrRebase => "patch series",
        }))
    }

    /// Whether the branch `name` is checked out in a working tree other than this one.
    pub fn checked_out_elsewhere(&self, name: &str) -> Result<bool, RepositoryError> {
        let wanted = format!("refs/heads/{name}");
        let mut folders: Vec<PathBuf> = vec![self.git.commondir().to_owned()];
        let linked = self.git.commondir().join("worktrees");
        for entry in std::fs::read_dir(&linked).into_iter().flatten().flatten() {
            folders.push(entry.path());
        }
        let own = self.git.path().canonicalize().ok();
        let bare = self.git.is_bare();
        Ok(folders
            .iter()
            .filter(|folder| {
                folder.canonicalize().ok() != own && !(bare && *folder == self.git.commondir())
            })
            .filter_map(|folder| std::fs::read_to_string(folder.join("HEAD")).ok())
            .any(|head| head.trim().strip_prefix("ref: ") == Some(wanted.as_str())))
    }

    /// The commit `id`.
    pub fn commit(&self, id: ObjectId) -> Result<Commit, RepositoryError> {
        let commit = self.git.find_commit(id.0)?;
        Ok(Commit::of(&commit))
    }

    fn root_of_head(&self) -> Result<String, RepositoryError> {
        let Some(commit) = self.head()?.commit else {
            return Ok(String::new());
        };
        let tree = self.git.find_commit(commit.0)?.tree()?;
        let holds = |name: &str| tree.get_name(name).is_some();
        if holds("annals.yaml") || holds("incidents") {
            return Ok(String::new());
        }
        let mut found = Vec::new();
        tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
            if entry.name_bytes() == b"annals.yaml" {
                found.push(folder.to_owned());
            }
            if found.is_empty() {
                git2::TreeWalkResult::Ok
            } else {
                git2::TreeWalkResult::Abort
            }
        })
        .or_else(|fault| if found.is_empty() { Err(fault) } else { Ok(()) })?;
        Ok(found.pop().unwrap_or_default())
    }
}

/// The record's root for somebody who stands in `dir` below `top`, relative to `top`.
fn root_within(top: &Path, dir: &Path) -> String {
    let (Ok(top), Ok(dir)) = (top.canonicalize(), dir.canonicalize()) else {
        return String::new();
    };
    let parents = || {
        dir.ancestors()
            .take_while(|folder| folder.starts_with(&top))
    };
    let root = parents()
        .find(|folder| folder.join("annals.yaml").is_file())
        .or_else(|| parents().find(|folder| folder.join("incidents").is_dir()));
    root.map(|root| within(&top, root)).unwrap_or_default()
}

/// The path from `top` down to `folder`: empty, or ending in `/`.
fn within(top: &Path, folder: &Path) -> String {
    match folder.strip_prefix(top).ok().and_then(Path::to_str) {
        None | Some("") => String::new(),
        Some(within) => format!("{}/", within.replace('\\', "/")),
    }
}

/// The moment that Git's whole seconds mean.
fn moment(time: git2::Time) -> Moment {
    Moment::from_seconds(time.seconds()).unwrap_or(Moment::EPOCH)
}
