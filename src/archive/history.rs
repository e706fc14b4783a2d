//! How the record came to be: the commits of a branch, oldest first, and what each
//! appended.
//!
//! Commits go along first parents, so that a merge counts as one commit, as it did to
//! the branch. A commit counts as received no earlier than any before it, whatever its
//! committer's clock said.
//!
//! [`history`] tells which files each commit changed; [`Landing`] is what that means: which
//! incidents were declared, which entries are new.

use std::collections::BTreeMap;

use super::layout;
use super::repository::{Commit, FileChange, ObjectId, Repository, RepositoryError};
use crate::incident::Incident;
use crate::incident::entry::Recorded;
use crate::incident::id::{EntryId, IncidentId};
use crate::text::moment::Moment;
use crate::text::source::Source;

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
    /// Whether it stands for a stretch of history that does not go along first parents:
    /// what is new in it was recorded by other commits.
    pub is_leap: bool,
}

/// What one commit of the record branch appended to one incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Appended {
    /// The incident after the commit: entries in the order of (`at`, id), each with the
    /// commit that recorded it.
    pub incident: Incident,
    /// Whether the commit holds its declaration.
    pub declared: bool,
    /// The entries that are new, in the order of (`at`, id).
    pub entries: Vec<EntryId>,
    /// The blob of its retrospective, when the commit added or changed that.
    pub retrospective: Option<String>,
}

/// One commit as it landed.
#[derive(Clone, Debug)]
pub struct Landing {
    /// The commit; its `at` is the running maximum of committer dates.
    pub recorded: Recorded,
    /// What it appended, by incident id.
    pub appended: Vec<Appended>,
    /// Every file of `automations/` after the commit, when it changed any of them.
    pub automations: Option<Vec<Source>>,
}

impl Landing {
    /// The incident of that id as it stands after the commit, if the commit touched it.
    pub fn about(&self, id: &IncidentId) -> Option<&Incident> {
        let mut appended = self.appended.iter();
        let found = appended.find(|appended| appended.incident.id == *id)?;
        Some(&found.incident)
    }
}

/// The steps from after `after` (none: from the beginning) to `to`, oldest first; when
/// `after` is not on the way any more, one step that leads from it to `to`. The clock
/// starts at `not_before`. Only changes below `folder` are looked for.
pub fn history(
    repository: &Repository,
    after: Option<ObjectId>,
    to: ObjectId,
    not_before: Moment,
    folder: &str,
) -> Result<Vec<Step>, RepositoryError> {
    let commits = repository.first_parents(after, to)?;
    let rewritten = after.is_some() && commits.first().is_some_and(|first| first.parent != after);
    if rewritten {
        return rewritten_step(repository, after, to, not_before, folder).map(|step| vec![step]);
    }
    let mut received = not_before;
    commits
        .into_iter()
        .map(|commit| {
            received = received.max(commit.committed_at);
            step(repository, commit, received, folder)
        })
        .collect()
}

/// The last commit on the way to HEAD that counts as received by `moment`; none where
/// nothing had landed yet.
pub fn known_at(
    repository: &Repository,
    moment: Moment,
) -> Result<Option<ObjectId>, RepositoryError> {
    let Some(head) = repository.head()?.commit else {
        return Ok(None);
    };
    let commits = repository.first_parents(None, head)?;
    // One that is dated later keeps all after it from counting as received before it.
    let by_then = commits.iter();
    let by_then = by_then.take_while(|commit| commit.committed_at <= moment);
    Ok(by_then.last().map(|commit| commit.id))
}

/// The way from a commit that is no longer part of the branch: one step, whatever lies
/// between.
fn rewritten_step(
    repository: &Repository,
    after: Option<ObjectId>,
    to: ObjectId,
    not_before: Moment,
    folder: &str,
) -> Result<Step, RepositoryError> {
    let commit = Commit {
        parent: after,
        ..repository.commit(to)?
    };
    let received = not_before.max(commit.committed_at);
    let step = step(repository, commit, received, folder)?;
    Ok(Step {
        is_leap: true,
        ..step
    })
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
        is_leap: false,
    })
}

/// The moves among the changes of one commit: the same bytes under the same name elsewhere.
pub struct Moves<'a>(BTreeMap<(ObjectId, &'a str), &'a str>);

impl<'a> Moves<'a> {
    /// The moves among `changes`.
    pub fn among(changes: &'a [FileChange]) -> Self {
        let gone = changes.iter().rev().filter(|change| change.after.is_none());
        let gone = gone.filter_map(|change| {
            let blob = change.before?;
            Some(((blob, layout::name(&change.path)), change.path.as_str()))
        });
        Self(gone.collect())
    }

    /// Where the file that `change` tells of was before it was moved; none when it is new,
    /// or was there already.
    pub fn from(&self, change: &FileChange) -> Option<&'a str> {
        let blob = change.after.filter(|_| change.before.is_none())?;
        let name = layout::name(&change.path);
        self.0.get(&(blob, name)).copied()
    }
}
