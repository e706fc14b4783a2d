//! The ledger: an orphan branch of the same repository that holds what was done.
//!
//! Files are only ever added, save `state.json`. The first commit holds a random id; a
//! ledger is the one that `annals.yaml` names, or it is not used at all, so that forks
//! and copies of a repository act on nobody. What the files say is the automation
//! floor's; here they are JSON.

mod maker;
mod sync;

use std::fs::{self, File};

use serde_json::{Value as Json, json};

pub use sync::{There, high};

use super::append::{self, Append, FileKind, NewFile};
use super::repository::{ObjectId, Repository, RepositoryError};
use super::settings::Settings;
use crate::text::moment::Moment;

/// The file of the first commit.
const IDENTITY: &str = "ledger.json";
/// The one file that is replaced.
const STATE: &str = "state.json";

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
    /// Its state is gone, or says nothing that can be read.
    #[error("`state.json` of the ledger `{0}` is missing or cannot be read")]
    NoState(String),
    /// The remote had it, and has it no more.
    #[error("the remote held the ledger's branch `{0}`, and holds it no more")]
    Gone(String),
    /// The remote's branch is older than what was seen of it, or another one.
    #[error(
        "the remote's ledger `{branch}` stands at {there}, which does not follow upon {known}: it was rewound or replaced"
    )]
    Rewound {
        /// The branch.
        branch: String,
        /// Where the remote stands.
        there: String,
        /// Where it stood before.
        known: String,
    },
    /// It names no address, and this clone did not make it.
    #[error("the ledger names no address yet, and this is not the clone that made it")]
    Unbound,
    /// It names addresses, and the clone has no remote.
    #[error("the ledger acts from `{0}`, and this clone has no such remote")]
    NoRemote(String),
    /// A file of it cannot be read.
    #[error("`{path}` of the ledger cannot be read: {why}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
    /// The remote is not the one that the ledger acts from.
    #[error("the ledger acts from `{own}`, and this remote is `{present}`")]
    Elsewhere {
        /// Where it acts from.
        own: String,
        /// Where the remote is.
        present: String,
    },
    /// The repository could not be used.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// How far the last run came: what `state.json` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LedgerState {
    /// The number of its tick.
    pub tick: u64,
    /// The last commit of the record branch that was taken in.
    pub head: Option<ObjectId>,
    /// What the engine remembers.
    pub engine: Json,
    /// The version of the semantics in which it remembers that; none where earlier versions
    /// of annals did not say.
    pub semantics: Option<u64>,
    /// The places that the ledger acts from, as host and path; none until it is bound.
    pub addresses: Vec<String>,
    /// The latest moment at which a run took something in.
    pub now: Option<Moment>,
    /// The actions of which the last word may not be said yet, as folders of the ledger: who
    /// comes next looks at those, and not at all that was ever done. None where earlier
    /// versions of annals did not say.
    pub open: Option<Vec<String>>,
    /// The commit of the record branch up to which it is settled when commits landed; none
    /// where no run has written that down yet.
    pub settled: Option<ObjectId>,
}

impl LedgerState {
    fn read(said: &Json) -> Option<Self> {
        let commit = |said: &Json| match said {
            Json::Null => Some(None),
            commit => Some(Some(ObjectId::parse(commit.as_str()?)?)),
        };
        Some(Self {
            tick: said.get("tick")?.as_u64()?,
            head: commit(said.get("head")?)?,
            open: match said.get("open") {
                None | Some(Json::Null) => None,
                Some(open) => Some(texts(open)?),
            },
            settled: said.get("settled").map_or(Some(None), commit)?,
            engine: said.get("engine")?.clone(),
            semantics: match said.get("semantics") {
                None | Some(Json::Null) => None,
                Some(version) => Some(version.as_u64()?),
            },
            addresses: addresses(said)?,
            now: match said.get("now") {
                None | Some(Json::Null) => None,
                Some(now) => Some(Moment::parse(now.as_str()?).ok()?),
            },
        })
    }

    /// The file that says so.
    pub fn file(&self) -> LedgerFile {
        let commit = |commit: Option<ObjectId>| commit.map(|commit| commit.to_string());
        let now = self.now.map(|now| now.to_string());
        let said = json!({
            "tick": self.tick,
            "now": now,
            "head": commit(self.head),
            "settled": commit(self.settled),
            "addresses": self.addresses,
            "open": self.open,
            "semantics": self.semantics,
            "engine": self.engine,
        });
        (STATE.to_owned(), said)
    }
}

/// The addresses of a state; an earlier version kept one, as `remote`.
fn addresses(said: &Json) -> Option<Vec<String>> {
    match (said.get("addresses"), said.get("remote")) {
        (Some(addresses), _) => texts(addresses),
        (None, Some(remote)) => Some(vec![remote.as_str()?.to_owned()]),
        (None, None) => Some(Vec::new()),
    }
}

fn texts(said: &Json) -> Option<Vec<String>> {
    let texts = said.as_array()?.iter();
    texts.map(|text| text.as_str().map(str::to_owned)).collect()
}

/// The turn of one run: in one repository they go one after the other. Given back when it
/// is dropped, and by the system when the process dies.
pub struct Turn {
    _file: File,
}

impl Turn {
    /// Waits for the run that is under way here.
    pub fn take(repository: &Repository) -> Result<Self, RepositoryError> {
        let folder = repository.private_folder();
        let path = folder.join("run-lock");
        let take = || {
            fs::create_dir_all(&folder)?;
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)?;
            file.lock()?;
            Ok(Self { _file: file })
        };
        take().map_err(|fault| RepositoryError::File(path.display().to_string(), fault))
    }
}

/// A ledger, read where `place` stands and written to at its branch.
pub struct Ledger<'a> {
    repository: &'a Repository,
    branch: String,
    place: String,
    id: String,
}

/// A file of the ledger: its path and what it says.
pub type LedgerFile = (String, Json);

impl<'a> Ledger<'a> {
    /// Makes a ledger under a new id that acts from `addresses`. It begins after `head`:
    /// what landed before that is history and sets off nothing.
    pub fn create(
        repository: &'a Repository,
        branch: &str,
        id: &str,
        head: Option<ObjectId>,
        addresses: Vec<String>,
        now: Moment,
    ) -> Result<Self, LedgerError> {
        let ledger = Self {
            repository,
            branch: branch.to_owned(),
            place: local(branch),
            id: id.to_owned(),
        };
        let identity = (IDENTITY.to_owned(), json!({ "format": 1, "id": id }));
        let state = LedgerState {
            head,
            addresses,
            ..LedgerState::default()
        };
        let state = state.file();
        maker::mark(repository, id)?;
        ledger.append(&[identity, state], "annals: begin the ledger", now)?;
        Ok(ledger)
    }

    /// Whether the ledger names no address yet and this is the clone that made it, so that
    /// using it towards a remote binds it to that.
    pub fn may_be_bound(repository: &Repository, settings: &Settings) -> Result<bool, LedgerError> {
        match Ledger::open(repository, settings) {
            Ok(ledger) => {
                Ok(ledger.state()?.addresses.is_empty()
                    && maker::made_here(repository, &ledger.id)?)
            }
            Err(LedgerError::NotNamed | LedgerError::Absent(_) | LedgerError::Other(_)) => {
                Ok(false)
            }
            Err(fault) => Err(fault),
        }
    }

    /// The ledger that the settings name.
    pub fn open(repository: &'a Repository, settings: &Settings) -> Result<Self, LedgerError> {
        let place = local(&settings.ledger.branch);
        Self::at(repository, settings, place)
    }

    /// The same, for reading: what was last seen of the remote's where the clone has no
    /// branch of its own.
    pub fn seen(repository: &'a Repository, settings: &Settings) -> Result<Self, LedgerError> {
        let branch = &settings.ledger.branch;
        let place = match repository.tip(branch)? {
            Some(_) => Some(local(branch)),
            None => repository.tracked(branch)?.first().map(ToString::to_string),
        };
        match place {
            Some(place) => Self::at(repository, settings, place),
            None => Err(LedgerError::Absent(branch.clone())),
        }
    }

    fn at(
        repository: &'a Repository,
        settings: &Settings,
        place: String,
    ) -> Result<Self, LedgerError> {
        let id = settings.ledger.id.clone().ok_or(LedgerError::NotNamed)?;
        let branch = settings.ledger.branch.clone();
        let ledger = Self {
            repository,
            branch,
            place,
            id,
        };
        if ledger.tip()?.is_none() {
            return Err(LedgerError::Absent(ledger.branch));
        }
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

    /// How far the last run came.
    pub fn state(&self) -> Result<LedgerState, LedgerError> {
        let said = match self.read(STATE) {
            Err(LedgerError::Unreadable { .. }) => None,
            said => said?,
        };
        said.and_then(|said| LedgerState::read(&said))
            .ok_or_else(|| LedgerError::NoState(self.branch.clone()))
    }

    /// The commit that it stands at.
    pub fn tip(&self) -> Result<Option<ObjectId>, RepositoryError> {
        match ObjectId::parse(&self.place) {
            Some(commit) => Ok(Some(commit)),
            None => self.repository.reference(&self.place),
        }
    }

    /// What the file at `path` says, if it is there.
    pub fn read(&self, path: &str) -> Result<Option<Json>, LedgerError> {
        let Some(tip) = self.tip()? else {
            return Ok(None);
        };
        let bytes = self.repository.file(tip, path)?;
        bytes.map(|bytes| self.parsed(path, &bytes)).transpose()
    }

    /// The names of the folders in `folder`, in their order.
    pub fn folders(&self, folder: &str) -> Result<Vec<String>, LedgerError> {
        let Some(tip) = self.tip()? else {
            return Ok(Vec::new());
        };
        let Some(tree) = self.repository.folder(tip, folder)? else {
            return Ok(Vec::new());
        };
        let names = self.repository.names(tree)?.into_iter();
        let folders = names.filter(|(.., mode)| mode.is_none());
        Ok(folders.map(|(name, ..)| name).collect())
    }

    /// Whether there is a folder `folder`.
    pub fn has(&self, folder: &str) -> Result<bool, LedgerError> {
        let Some(tip) = self.tip()? else {
            return Ok(false);
        };
        Ok(self.repository.folder(tip, folder)?.is_some())
    }

    /// Every file below `folder`, in the order of paths.
    pub fn list(&self, folder: &str) -> Result<Vec<LedgerFile>, LedgerError> {
        let Some(tip) = self.tip()? else {
            return Ok(Vec::new());
        };
        let mut files = Vec::new();
        for file in self.repository.files(tip, folder)? {
            let said = self.parsed(&file.path, &self.repository.blob(file.id)?)?;
            files.push((file.path, said));
        }
        Ok(files)
    }

    /// Appends `files` in one commit, and answers it.
    pub fn append(
        &self,
        files: &[LedgerFile],
        message: &str,
        now: Moment,
    ) -> Result<ObjectId, LedgerError> {
        let files = self.new_files(files)?;
        let append = Append {
            branch: &self.branch,
            files: &files,
            message,
            now,
            orphan: true,
        };
        Ok(append::append(self.repository, &append, &|_| ())?)
    }

    /// What the bytes at `path` say. Whatever cannot be read stops the run: what was done
    /// would count as not done.
    fn parsed(&self, path: &str, bytes: &[u8]) -> Result<Json, LedgerError> {
        serde_json::from_slice(bytes).map_err(|fault| LedgerError::Unreadable {
            path: format!("{}:{path}", self.branch),
            why: fault.to_string(),
        })
    }

    fn new_files(&self, files: &[LedgerFile]) -> Result<Vec<NewFile>, LedgerError> {
        let file = |(path, said): &LedgerFile| {
            let kind = if path == STATE {
                FileKind::Replaced
            } else {
                FileKind::Record
            };
            let mut bytes = serde_json::to_vec_pretty(said).map_err(|fault| {
                let (path, why) = (path.clone(), fault.to_string());
                LedgerError::Unreadable { path, why }
            })?;
            bytes.push(b'\n');
            Ok(NewFile {
                path: self.repository.path(path),
                bytes,
                kind,
            })
        };
        files.iter().map(file).collect()
    }

    /// Takes back the commit `appended`, which nobody else has seen, if nothing came after
    /// it.
    pub fn take_back(&self, appended: ObjectId, before: ObjectId) -> Result<(), RepositoryError> {
        let log = "annals: not pushed";
        self.repository
            .move_branch(&self.branch, Some(appended), before, log)
            .map(|_| ())
    }
}

fn local(branch: &str) -> String {
    format!("refs/heads/{branch}")
}
