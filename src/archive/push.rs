//! Appending to the branch of a remote.
//!
//! The remote's branch is the one that counts: the commit is made on top of what the remote
//! holds, on no branch of this clone, and is pushed. A lost race makes it anew on top of
//! what others pushed. Only then does the local branch follow, and only where that takes
//! nothing from anybody. So a clone never has to undo what a remote refused, and no commit
//! of a person's is ever rewritten.

mod base;
mod follow;

pub use base::{Base, Target};

use super::append::{self, Append, NewFile};
use super::remote::{self, Pushed};
use super::repository::{ObjectId, Repository, RepositoryError};
use super::unfinished::Note;
use follow::{Followed, follow};

/// How often a commit is pushed before it is kept here instead. It is a matter of minutes
/// then, so that a person who comments while a script does so hundreds of times gets through.
const TRIES: u32 = 300;
/// How often in a row a remote that did not move has to refuse before that is its policy,
/// and not another push that it is in the middle of.
const REFUSALS: u32 = 3;

/// What is appended to a remote's branch.
pub struct Push<'a> {
    /// Where to.
    pub target: &'a Target,
    /// What it stands on at first.
    pub base: &'a Base,
    /// What; its branch is the local one that follows.
    pub append: &'a Append<'a>,
    /// The branch to which it goes when the remote refuses it, or when it cannot be pushed
    /// and the local branch cannot take it.
    pub aside: &'a str,
    /// What becomes of it on top of a commit that others pushed meanwhile.
    pub revise: &'a Revise<'a>,
    /// Waits a little before the try of this number: not as long as another process does.
    pub pause: &'a dyn Fn(u32),
}

/// What is appended after others were faster.
pub enum Revised {
    /// The same.
    Same,
    /// This instead.
    Instead {
        /// The files.
        files: Vec<NewFile>,
        /// The commit's message.
        message: String,
    },
    /// Nothing: others did it.
    Nothing,
}

/// Answers what is appended on top of a commit that others pushed.
pub type Revise<'a> = dyn Fn(ObjectId) -> Result<Revised, RepositoryError> + 'a;

/// Where an append came to lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landed {
    /// On the remote's branch.
    There {
        /// Why the local branch did not follow, if it did not.
        behind: Option<String>,
    },
    /// Nowhere: after what others pushed there was nothing left to append.
    Nowhere,
    /// On a branch of its own, because the remote's branch refused it.
    Aside {
        /// What the remote said.
        why: String,
        /// Where it can be offered for merging, if that is known.
        request: Option<String>,
    },
    /// On a branch of this clone only, because it could not be pushed.
    Here {
        /// The branch.
        branch: String,
        /// Why it could not be pushed.
        why: String,
    },
}

impl Push<'_> {
    /// Appends to the remote's branch. Fails, with nothing appended anywhere, only where the
    /// repository here cannot be used or the remote holds something else at a file's path.
    pub fn run(&self, repository: &Repository) -> Result<Landed, RepositoryError> {
        let note = Note::begin(repository, self.append.files)?;
        let landed = self.land(repository)?;
        if matches!(landed, Landed::Here { .. }) {
            note.leave();
        }
        Ok(landed)
    }

    fn land(&self, repository: &Repository) -> Result<Landed, RepositoryError> {
        let blobs = append::write_blobs(repository, self.append.files)?;
        let (mut base, mut refusals) = (self.base.clone(), 0);
        let mut commit = self.commit(repository, &base, &blobs)?;
        for tried in 1..=TRIES {
            if let Some(why) = base.unseen {
                return self.keep(repository, commit, why);
            }
            match self
                .target
                .remote
                .push(repository, commit, &self.target.there)
            {
                Ok(Pushed::Taken) => {
                    return Ok(Landed::There {
                        behind: self.behind(repository, commit),
                    });
                }
                Ok(Pushed::Moved) => refusals = 0,
                Ok(Pushed::Refused(why)) if refusals + 1 == REFUSALS => {
                    return self.set_aside(repository, commit, why);
                }
                Ok(Pushed::Refused(_)) => refusals += 1,
                Err(fault) => return self.keep(repository, commit, fault.to_string()),
            }
            (self.pause)(tried);
            base = self.target.base(repository)?;
            match self.again(repository, &base, &blobs)? {
                Some(made) => commit = made,
                None => return Ok(Landed::Nowhere),
            }
        }
        let why = format!("others were faster {TRIES} times in a row");
        self.keep(repository, commit, why)
    }

    fn commit(
        &self,
        repository: &Repository,
        base: &Base,
        blobs: &[(String, ObjectId)],
    ) -> Result<ObjectId, RepositoryError> {
        append::commit_on(repository, base.commit, &base.parents, self.append, blobs)
    }

    /// The commit on another base than at first; none where others left nothing to append.
    fn again(
        &self,
        repository: &Repository,
        base: &Base,
        blobs: &[(String, ObjectId)],
    ) -> Result<Option<ObjectId>, RepositoryError> {
        let others = base.commit.filter(|_| base.commit != self.base.commit);
        let revised = others.map_or(Ok(Revised::Same), self.revise)?;
        Ok(match revised {
            Revised::Same => Some(self.commit(repository, base, blobs)?),
            Revised::Nothing => None,
            Revised::Instead { files, message } => {
                let append = Append {
                    files: &files,
                    message: &message,
                    ..*self.append
                };
                let blobs = append::write_blobs(repository, &files)?;
                let parents = &base.parents;
                let made = append::commit_on(repository, base.commit, parents, &append, &blobs);
                Some(made?)
            }
        })
    }

    fn follow(
        &self,
        repository: &Repository,
        commit: ObjectId,
    ) -> Result<Followed, RepositoryError> {
        follow(repository, self.append.branch, commit)
    }

    /// Why the local branch did not follow, if it did not. What the remote holds is recorded
    /// whatever happens here: said to have failed, it would be typed again.
    fn behind(&self, repository: &Repository, commit: ObjectId) -> Option<String> {
        match self.follow(repository, commit) {
            Ok(followed) => followed.behind(),
            Err(fault) => Some(fault.to_string()),
        }
    }

    /// Brings a commit that the remote's branch refuses to a branch of its own.
    fn set_aside(
        &self,
        repository: &Repository,
        commit: ObjectId,
        why: String,
    ) -> Result<Landed, RepositoryError> {
        let remote = &self.target.remote;
        match remote.offer(repository, commit, self.aside) {
            Ok(remarked) => Ok(Landed::Aside {
                why,
                request: remote::request(&remarked, &remote.address, self.aside),
            }),
            Err(_) => self.keep(repository, commit, why),
        }
    }

    /// Keeps a commit that no remote has: on the local branch, else on a branch of its own.
    fn keep(
        &self,
        repository: &Repository,
        commit: ObjectId,
        why: String,
    ) -> Result<Landed, RepositoryError> {
        let branch = match self.follow(repository, commit) {
            Ok(Followed::Yes) => self.append.branch,
            Ok(Followed::No(_) | Followed::Absent) | Err(_) => {
                let log = self.append.message;
                repository.move_branch(self.aside, None, commit, log)?;
                self.aside
            }
        };
        Ok(Landed::Here {
            branch: branch.to_owned(),
            why,
        })
    }
}
