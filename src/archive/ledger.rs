//! The ledger: an orphan branch of the same repository that holds what was done.
//!
//! Files are only ever added, save `state.json`. The first commit holds a random id; a
//! ledger is the one that `annals.yaml` names, or it is not used at all, so that forks
//! and copies of a repository act on nobody. What the files say is the automation
//! floor's; here they are JSON.

use serde_json::{Value as Json, json};

use super::append::{self, Append, FileKind, NewFile};
use super::program;
use super::repository::{ObjectId, Repository, RepositoryError};
use super::settings::Settings;
use crate::text::moment::Moment;

/// The file of the first commit.
const IDENTITY: &str = "ledger.json";
/// The one file that is replaced.
pub const STATE: &str = "state.json";

/// Why there is no ledger to write to.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// `annals.yaml` names none.
    #[error("`annals.yaml` names no ledger, so nothing can act")]
    NotNamed,
    /// The branch is not there.
    #[error("the ledger's branch `{0}` is not in this repository")]
    Absent(String),
    /// The branch is another ledger's.
    #[error("the branch `{0}` is another ledger than the one that `annals.yaml` names")]
    Other(String),
    /// The repository could not be used.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// A ledger that may be written to.
pub struct Ledger<'a> {
    repository: &'a Repository,
    branch: String,
    id: String,
}

/// A file of the ledger: its path and what it says.
pub type LedgerFile = (String, Json);

impl<'a> Ledger<'a> {
    /// Makes a ledger under a new id. It begins after `head`: what landed before that is
    /// history and sets off nothing.
    pub fn create(
        repository: &'a Repository,
        branch: &str,
        id: &str,
        head: Option<ObjectId>,
        now: Moment,
    ) -> Result<Self, RepositoryError> {
        let ledger = Self {
            repository,
            branch: branch.to_owned(),
            id: id.to_owned(),
        };
        let head = head.map(|head| head.to_string());
        let identity = (IDENTITY.to_owned(), json!({ "format": 1, "id": id }));
        let state = (
            STATE.to_owned(),
            json!({ "tick": 0, "head": head, "engine": null }),
        );
        ledger.append(&[identity, state], "annals: begin the ledger", now)?;
        Ok(ledger)
    }

    /// The ledger that the settings name.
    pub fn open(repository: &'a Repository, settings: &Settings) -> Result<Self, LedgerError> {
        let id = settings.ledger.id.clone().ok_or(LedgerError::NotNamed)?;
        let branch = settings.ledger.branch.clone();
        if repository.tip(&branch)?.is_none() {
            return Err(LedgerError::Absent(branch));
        }
        let ledger = Self {
            repository,
            branch,
            id,
        };
        let known = ledger
            .read(IDENTITY)?
            .and_then(|identity| identity.get("id")?.as_str().map(str::to_owned));
        if known.as_deref() != Some(ledger.id.as_str()) {
            return Err(LedgerError::Other(ledger.branch));
        }
        Ok(ledger)
    }

    /// The random id of its first commit.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its branch.
    pub fn branch(&self) -> &str {
        &self.branch
    }

    /// What the file at `path` says; nothing when it is not there or is no JSON.
    pub fn read(&self, path: &str) -> Result<Option<Json>, RepositoryError> {
        let Some(tip) = self.repository.tip(&self.branch)? else {
            return Ok(None);
        };
        let bytes = self.repository.file(tip, path)?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Every file below `folder`, in the order of paths.
    pub fn list(&self, folder: &str) -> Result<Vec<LedgerFile>, RepositoryError> {
        let Some(tip) = self.repository.tip(&self.branch)? else {
            return Ok(Vec::new());
        };
        let mut files = Vec::new();
        for file in self.repository.files(tip, folder)? {
            if let Ok(said) = serde_json::from_slice(&self.repository.blob(file.id)?) {
                files.push((file.path, said));
            }
        }
        Ok(files)
    }

    /// Appends `files` in one commit.
    pub fn append(
        &self,
        files: &[LedgerFile],
        message: &str,
        now: Moment,
    ) -> Result<(), RepositoryError> {
        let file = |(path, said): &LedgerFile| {
            let kind = if path == STATE {
                FileKind::Replaced
            } else {
                FileKind::Record
            };
            let mut bytes = serde_json::to_vec_pretty(said).unwrap_or_default();
            bytes.push(b'\n');
            NewFile {
                path: self.repository.path(path),
                bytes,
                kind,
            }
        };
        let files: Vec<NewFile> = files.iter().map(file).collect();
        let append = Append {
            branch: &self.branch,
            files: &files,
            message,
            now,
            orphan: true,
        };
        append::append(self.repository, &append, &|_| ()).map(|_| ())
    }

    /// Takes over what the ledger's branch holds on `remote`. A branch that is not there
    /// yet is no fault: the first push makes it.
    pub fn fetch(
        repository: &Repository,
        settings: &Settings,
        remote: &str,
    ) -> Result<(), RepositoryError> {
        let branch = format!("refs/heads/{}", settings.ledger.branch);
        let folder = repository.folder_for_programs();
        let there = program::git(folder, &["ls-remote", "--heads", remote, &branch], &[], b"")?;
        if there.is_empty() {
            return Ok(());
        }
        program::git(
            folder,
            &["fetch", "--quiet", remote, &format!("{branch}:{branch}")],
            &[],
            b"",
        )
        .map(|_| ())
    }

    /// Brings the ledger's branch to `remote`.
    pub fn push(&self, remote: &str) -> Result<(), RepositoryError> {
        let branch = format!("refs/heads/{}", self.branch);
        let folder = self.repository.folder_for_programs();
        program::git(
            folder,
            &["push", "--quiet", remote, &format!("{branch}:{branch}")],
            &[],
            b"",
        )
        .map(|_| ())
    }
}
