//! Git: the one module that names git2.
//!
//! Local work goes through git2, built without its network features; whatever needs a
//! person's credentials or keys (fetching, pushing, signing) runs their own `git`
//! (see [`program`](super::program)). The rest of annals speaks of commits, files and
//! branches, and of paths relative to the record's root, which may be a folder of a
//! larger repository.

mod branches;
mod comparing;
mod configuration;
mod error;
mod index;
mod missing;
mod place;
mod reading;
mod references;
mod remotes;
mod sparse;
mod trees;
mod writing;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

use crate::text::moment::Moment;
use configuration::Configuration;
use missing::Fetched;
use sparse::LeftOut;

pub use comparing::{Change, FileDifference, Side};
pub use configuration::Identity;
pub use error::RepositoryError;
pub use place::Needs;
pub use reading::{Commit, Mode, TreeFile, TreeName};
pub use sparse::LeftOutName;
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

/// Where HEAD stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The branch it names, without `refs/heads/`; none when it is detached.
    pub branch: Option<String>,
    /// The commit; none on a branch without commits.
    pub commit: Option<ObjectId>,
}

/// A Git repository, and the folder of it that holds the record.
pub struct Repository {
    git: git2::Repository,
    /// The record's root within the repository: empty, or ending in `/`.
    prefix: String,
    /// What the user's `git` says of itself, once somebody has asked.
    configuration: Arc<OnceLock<Configuration>>,
    /// Who commits here, once somebody has asked.
    identity: OnceLock<Identity>,
    /// What a sparse checkout leaves out of the record, once somebody has asked.
    left_out: OnceLock<LeftOut>,
    /// Where objects lie besides, as the environment says.
    objects: Option<PathBuf>,
    /// What a partial clone has fetched by now.
    fetched: Arc<Fetched>,
    /// How many objects were looked up.
    looked_up: Arc<AtomicU64>,
    /// As of when it is read: no commit landed later, whatever its date says.
    now: Option<Moment>,
}

impl Repository {
    fn of(git: git2::Repository) -> Self {
        Self {
            git,
            prefix: String::new(),
            configuration: Arc::default(),
            identity: OnceLock::new(),
            left_out: OnceLock::new(),
            objects: None,
            fetched: Arc::default(),
            looked_up: Arc::default(),
            now: None,
        }
    }

    /// What opens this repository once more to read objects, for another thread: Git's own
    /// handle belongs to one.
    pub fn again(&self) -> impl Fn() -> Result<Self, RepositoryError> + Sync + use<> {
        let (place, prefix) = (self.git.path().to_owned(), self.prefix.clone());
        let (configuration, now) = (Arc::clone(&self.configuration), self.now);
        let (fetched, objects) = (Arc::clone(&self.fetched), self.objects.clone());
        let looked_up = Arc::clone(&self.looked_up);
        move || {
            let git = git2::Repository::open_bare(&place)?;
            if let Some(objects) = &objects {
                place::add_objects(&git, objects)?;
            }
            Ok(Self {
                prefix: prefix.clone(),
                configuration: Arc::clone(&configuration),
                fetched: Arc::clone(&fetched),
                looked_up: Arc::clone(&looked_up),
                now,
                ..Self::of(git)
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
        // A branch that is there and cannot be read is not one without commits.
        let commit = match self.git.head() {
            Ok(reference) => Some(ObjectId(reference.peel_to_commit()?.id())),
            Err(fault) if fault.code() == git2::ErrorCode::UnbornBranch => None,
            Err(fault) => return Err(fault.into()),
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

    /// The commit `id`.
    pub fn commit(&self, id: ObjectId) -> Result<Commit, RepositoryError> {
        let commit = self.commit_at(id)?;
        Ok(Commit::of(&commit))
    }
}

/// The moment that Git's whole seconds mean.
fn moment(time: git2::Time) -> Moment {
    Moment::from_seconds(time.seconds()).unwrap_or(Moment::EPOCH)
}
