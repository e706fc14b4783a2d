//! How the record came to be: the commits of a branch, oldest first, and what each
//! appended.
//!
//! Commits go along first parents, so that a merge counts as one commit, as it did to
//! the branch. A commit counts as received no earlier than any before it, whatever its
//! committer's clock said.

use super::layout;
use super::repository::{Commit, FileChange, ObjectId, Repository, RepositoryError};
use crate::incident::entry::Recorded;
use crate::text::moment::Moment;

/// One commit, and the files of the record that it changed.
#[derive(Clone, Debug)]
pub struct Step {
    /// The commit's id.
    pub id: ObjectId,
    /// The commit as the second clock tells it: `at` is the running maximum of
    /// committer dates.
    pub recorded: Recorded,
    /// What it changed below the folder that was asked for.
    pub changes: Vec<FileChange>,
}

/// The steps from after `after` (none: from the beginning) to `to`, oldest first. The
/// clock starts at `not_before`. Only changes below `folder` are looked for.
pub fn history(
    repository: &Repository,
    after: Option<ObjectId>,
    to: ObjectId,
    not_before: Moment,
    folder: &str,
) -> Result<Vec<Step>, RepositoryError> {
    let mut received = not_before;
    let commits = repository.first_parents(after, to)?;
    commits
        .into_iter()
        .map(|commit| {
            received = received.max(commit.committed_at);
            step(repository, commit, received, folder)
        })
        .collect()
}

fn step(
    repository: &Repository,
    commit: Commit,
    received: Moment,
    folder: &str,
) -> Result<Step, RepositoryError> {
    let changes = repository.changes(commit.parent, commit.id, folder)?;
    let recorded = Recorded {
        commit: commit.id.to_string(),
        at: received,
        by: commit.committer,
    };
    Ok(Step {
        id: commit.id,
        recorded,
        changes,
    })
}

/// Whether `change` is one half of a move: the same bytes under the same name elsewhere
/// in the same commit. Answers the other half's path.
pub fn moved_from<'a>(change: &FileChange, among: &'a [FileChange]) -> Option<&'a str> {
    let blob = change.after.filter(|_| change.before.is_none())?;
    among
        .iter()
        .find(|other| {
            other.after.is_none()
                && other.before == Some(blob)
                && layout::name(&other.path) == layout::name(&change.path)
        })
        .map(|other| other.path.as_str())
}
