//! How the record came to be: the commits of a branch, oldest first, and what each
//! appended.
//!
//! Commits go along first parents, so that a merge counts as one commit, as it did to
//! the branch. A commit counts as received no earlier than any before it, whatever its
//! committer's clock said.
//!
//! [`history`] tells which files each commit changed; [`Landing`] is what that means: which
//! incidents were declared, which entries are new.

use super::landings::Landings;
use super::repository::{
    Commit, Comparison, FileDifference, ObjectId, Repository, RepositoryError,
};
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
    /// The commit that it is compared with; none for the first.
    pub parent: Option<ObjectId>,
    /// The commit as the second clock tells it: `at` is the running maximum of
    /// committer dates.
    pub recorded: Recorded,
    /// The date that its committer's clock gave it.
    pub dated: Moment,
    /// What it changed below the folders that were asked for.
    pub changes: Vec<FileDifference>,
    /// Whether it stands for a stretch of history that does not go along first parents:
    /// what is new in it was recorded by other commits.
    pub is_leap: bool,
    /// Whether it is dated after the present: once that date has come, it may count.
    pub is_ahead: bool,
}

/// What one commit of the record branch appended to one incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Appended {
    /// The incident after the commit: entries in the order in which they count, those that
    /// are new with the commit that recorded them.
    pub incident: Incident,
    /// Whether the commit holds its declaration.
    pub declared: bool,
    /// The entries that are new, in the order in which they count.
    pub entries: Vec<EntryId>,
    /// The blob of its retrospective, when the commit added or changed that.
    pub retrospective: Option<String>,
    /// What the commit took away of what was there before it.
    pub gone: Gone,
    /// What the commit did to recorded bytes that it may not touch, as a text that is the
    /// same for the same edits and deletions; none when it only appended.
    pub rewritten: Option<String>,
}

/// What a commit took away of one incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// Whether the incident is declared no more: it is told as it was before the commit.
    pub declaration: bool,
    /// The entries that are gone, by id.
    pub entries: Vec<String>,
    /// The blob that its retrospective was, when the commit took away or changed that.
    pub retrospective: Option<String>,
}

impl Appended {
    /// The declaration of `incident`.
    pub fn declared(incident: Incident) -> Self {
        Self {
            incident,
            declared: true,
            entries: Vec::new(),
            retrospective: None,
            gone: Gone::default(),
            rewritten: None,
        }
    }

    /// Whether the commit left everything as it was.
    pub fn is_nothing(&self) -> bool {
        let added = self.declared || !self.entries.is_empty() || self.retrospective.is_some();
        !added && self.gone == Gone::default() && self.rewritten.is_none()
    }
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
    /// The incidents that it touched and whose files do not lie side by side after it.
    pub scattered: Vec<String>,
}

impl Landing {
    /// The incident of that id as it stands after the commit, if the commit touched it.
    pub fn about(&self, id: &IncidentId) -> Option<&Incident> {
        let mut appended = self.appended.iter();
        let found = appended.find(|appended| appended.incident.id == *id)?;
        Some(&found.incident)
    }

    /// Whether there is nothing to tell of the commit but that it landed.
    pub fn says_nothing(&self) -> bool {
        self.appended.is_empty() && self.automations.is_none() && self.scattered.is_empty()
    }
}

/// The steps from after `after` (none: from the beginning) to `to`, oldest first; when
/// `after` is not on the way any more, one step that leads from it to `to`. The clock
/// starts at `not_before`. Only changes below `folders` are looked for; none named means
/// everywhere.
pub fn history(
    repository: &Repository,
    after: Option<ObjectId>,
    to: ObjectId,
    not_before: Moment,
    folders: &[&str],
) -> Result<Vec<Step>, RepositoryError> {
    // Made before anything is read: from then on Git's library keeps nothing that it read.
    let comparison = repository.comparison()?;
    let mut commits = repository.first_parents(after, to)?;
    let is_leap = after.is_some() && commits.first().is_some_and(|first| first.parent != after);
    if is_leap {
        commits = vec![Commit {
            parent: after,
            ..repository.commit(to)?
        }];
    }
    let mut stretch = Stretch {
        folders,
        is_leap,
        comparison,
        base: after
            .map(|after| Ok::<_, RepositoryError>(repository.commit(after)?.tree))
            .transpose()?,
    };
    let trees: Vec<ObjectId> = commits.iter().map(|commit| commit.tree).collect();
    let dates: Vec<Moment> = commits.iter().map(|commit| commit.committed_at).collect();
    let ahead = landed(repository, &mut commits, not_before, to)?;
    // Git keeps old versions of a folder as what differs from newer ones.
    let mut steps = Vec::with_capacity(commits.len());
    for (index, commit) in commits.into_iter().enumerate().rev() {
        let before = index.checked_sub(1).and_then(|index| trees.get(index));
        let is_ahead = ahead.get(index).is_some_and(|ahead| *ahead);
        let own_date = dates.get(index).copied().unwrap_or(commit.committed_at);
        steps.push(stretch.step(commit, own_date, is_ahead, before.copied())?);
    }
    steps.reverse();
    Ok(steps)
}

/// Gives each commit, oldest first, the moment at which it landed: the latest date so far,
/// beginning with `not_before`. One of which a tick wrote down when it landed did so then. One
/// that is dated after the present, and was not taken in yet, lands with the one before
/// it, or, where there is none, with the first one after it that is not; only where all are,
/// it is the present that is wrong, and they keep their dates. Answers which ones are dated
/// after the present.
fn landed(
    repository: &Repository,
    commits: &mut [Commit],
    not_before: Moment,
    to: ObjectId,
) -> Result<Vec<bool>, RepositoryError> {
    if commits.is_empty() {
        return Ok(Vec::new());
    }
    let landings = Landings::of(repository, to)?;
    for commit in commits.iter_mut() {
        commit.committed_at = landings.written(commit.id).unwrap_or(commit.committed_at);
    }
    let mut ahead: Vec<bool> = commits
        .iter()
        .map(|commit| repository.is_ahead(commit.committed_at))
        .collect();
    if ahead.contains(&true) {
        let settled = landings.settled(repository, commits)?;
        ahead
            .iter_mut()
            .take(settled)
            .for_each(|ahead| *ahead = false);
    }
    let dated = commits.iter().zip(&ahead);
    let first = dated
        .filter(|(_, ahead)| !**ahead)
        .map(|(commit, _)| commit.committed_at)
        .next();
    let begins = not_before == Moment::EPOCH;
    let mut landing = match first {
        Some(first) if begins && ahead.first() == Some(&true) => first,
        _ => not_before,
    };
    for (commit, is_ahead) in commits.iter_mut().zip(&ahead) {
        if !is_ahead || (begins && first.is_none()) {
            landing = landing.max(commit.committed_at);
        }
        commit.committed_at = landing;
    }
    Ok(ahead)
}

/// The commits from after `after` to `to` that did not land by their dates, which lie ahead
/// of the present, and when they landed: what a tick that takes them in writes down. The
/// clock starts at `not_before`.
pub fn landed_early(
    repository: &Repository,
    after: Option<ObjectId>,
    to: ObjectId,
    not_before: Moment,
) -> Result<Vec<(ObjectId, Moment)>, RepositoryError> {
    let mut commits = repository.first_parents(after, to)?;
    let dates: Vec<Moment> = commits.iter().map(|commit| commit.committed_at).collect();
    let ahead = landed(repository, &mut commits, not_before, to)?;
    let landed = commits.iter().zip(dates).zip(ahead);
    let early = landed.filter(|((commit, date), ahead)| *ahead && commit.committed_at < *date);
    Ok(early
        .map(|((commit, _), _)| (commit.id, commit.committed_at))
        .collect())
}

/// The date that counts of the commit `id` on the way to `to`: when it landed, as far as
/// that can be told without those before it; none of one that is dated after the present.
pub(super) fn date(
    repository: &Repository,
    id: ObjectId,
    to: ObjectId,
) -> Result<Option<Moment>, RepositoryError> {
    let mut commits = [repository.commit(id)?];
    let ahead = landed(repository, &mut commits, Moment::EPOCH, to)?;
    let [commit] = commits;
    Ok((ahead != [true]).then_some(commit.committed_at))
}

/// What the steps of a stretch of history have in common.
struct Stretch<'a> {
    folders: &'a [&'a str],
    is_leap: bool,
    comparison: Comparison<'a>,
    /// The tree before the first of them.
    base: Option<ObjectId>,
}

impl Stretch<'_> {
    fn step(
        &mut self,
        commit: Commit,
        dated: Moment,
        is_ahead: bool,
        before: Option<ObjectId>,
    ) -> Result<Step, RepositoryError> {
        let before = before.or(self.base);
        Ok(Step {
            changes: self.comparison.changes(before, commit.tree, self.folders)?,
            recorded: Recorded {
                commit: commit.id.to_string(),
                at: commit.committed_at,
                by: commit.committer,
            },
            id: commit.id,
            dated,
            parent: commit.parent,
            is_leap: self.is_leap,
            is_ahead,
        })
    }
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
    let mut commits = repository.first_parents(None, head)?;
    landed(repository, &mut commits, Moment::EPOCH, head)?;
    let by_then = commits.iter();
    let by_then = by_then.take_while(|commit| commit.committed_at <= moment);
    Ok(by_then.last().map(|commit| commit.id))
}
