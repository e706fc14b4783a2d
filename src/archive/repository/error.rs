//! Why a repository could not be used, and what to do about it.

use super::missing::absent;

/// Why a repository could not be used. The command line exits with 4 for these.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// No repository here or above.
    #[error("`{0}` is not inside a Git repository")]
    NotFound(String),
    /// A repository without a record.
    #[error(
        "no annals.yaml here or above; run `annals init`, or name a repository with --repo or ANNALS_REPO"
    )]
    NoRecord,
    /// A repository of a form that cannot be read, and what turns it into one that can.
    #[error("{0}, which annals cannot read")]
    Unreadable(String, &'static str),
    /// A folder whose path is no text.
    #[error("the path `{0}` is not UTF-8 text")]
    NotText(String),
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
    /// An object that is referred to and not there.
    #[error("the object {0} is missing: this clone is damaged, or was taken of a part only")]
    Missing(String),
    /// What a partial clone left on its remote could not be fetched: why.
    #[error("what this partial clone lacks could not be fetched: {0}")]
    Unfetched(String),
    /// An object that a shallow clone does not have.
    #[error("the history is cut off at {0}: this clone is shallow")]
    Shallow(String),
    /// Nobody to commit as.
    #[error("Git does not know who you are")]
    NoIdentity,
    /// A setting that is neither true nor false.
    #[error("Git's configuration says `{1}` of `{0}`, which is neither true nor false")]
    Setting(&'static str, String),
    /// Another process holds a lock of Git's.
    #[error("another Git process holds `{0}`")]
    Locked(String),
    /// An index that is damaged, or of a form that is not read: why.
    #[error("the index `{0}` cannot be used: {1}")]
    Index(String, String),
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
    /// The branch is checked out in another working tree, or what is done there moves it.
    #[error("the branch `{0}` is {1} in another working tree")]
    InUseElsewhere(String, &'static str),
    /// A path that already holds something else.
    #[error("`{0}` exists already and says something else")]
    Occupied(String),
    /// A path that leads into a repository of its own.
    #[error("`{0}` leads into a Git repository of its own, which is no part of the record")]
    Nested(String),
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
                "run `git init` first, or name a repository with `--repo DIR` or ANNALS_REPO".into()
            }
            Self::Detached => "check out a branch, or name one with `--branch NAME`".into(),
            Self::Busy(_) => {
                "finish or abort it, or write to another branch with `--branch NAME`".into()
            }
            Self::Ambiguous(_, one, other) => {
                format!("name it in full: `{one}` or `{other}`")
            }
            Self::Shallow(_) => "fetch the whole history with `git fetch --unshallow`".into(),
            Self::Missing(_) => "clone the repository anew, or fetch what is missing with `git fetch --refetch --no-filter`".into(),
            Self::Unfetched(_) => "try again where its remote can be reached, or fetch everything there with `git fetch --refetch --no-filter`".into(),
            Self::Setting(key, _) => {
                format!("mend it: `git config --show-origin {key}` tells where it stands")
            }
            Self::NoIdentity => "set `git config user.name` and `git config user.email`".into(),
            Self::Locked(path) => format!("if no Git process is running, remove `{path}`"),
            Self::LostRace(_) => "try again".into(),
            Self::NoRemote(_) => "`git remote` lists those that there are".into(),
            Self::Index(..) => {
                "if it is damaged, remove it and make a new one with `git reset`".into()
            }
            Self::NotYours(folder) => {
                format!("if you trust it: `git config --global --add safe.directory {folder}`")
            }
            Self::Unreadable(_, way) => (*way).into(),
            Self::BranchName(_) => {
                "name a branch such as `outage`; the ledger's is not for incidents".into()
            }
            Self::Occupied(_) => "choose another name: what was recorded stays as it is".into(),
            Self::InUseElsewhere(..) => "run annals in that working tree".into(),
            Self::Nested(_) => "move that repository elsewhere".into(),
            Self::Symlink(_) => "replace the link by a folder".into(),
            _ => return None,
        })
    }
}

impl From<git2::Error> for RepositoryError {
    fn from(fault: git2::Error) -> Self {
        match absent(&fault) {
            Some(id) => Self::Missing(id.to_string()),
            None => Self::Git(fault.message().to_owned()),
        }
    }
}
