//! What a change is compared with, and where the two parted.
//!
//! The branch that a pull request asks to merge may be behind its base: what the base
//! received meanwhile is not missing from it. So a change is judged from where it parted
//! from its base. That excuses a base that is no ancestor only while the record branch
//! still holds it, as the base itself names that branch: any other branch is anybody's to
//! make, and could keep a commit whose history was rewritten. What was pushed is excused by
//! nothing: what stood there before must lead to it.

use crate::archive::ledger::{Ledger, LedgerError};
use crate::archive::repository::{ObjectId, Repository, RepositoryError};
use crate::archive::settings::Settings;
use crate::archive::snapshot::{Snapshot, Version};
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// What CI systems repeat, as long as an id is, where a branch had no commit before.
const NOTHING: char = '0';

/// By how much the clock of somebody's machine may be ahead.
const SKEW: Duration = Duration::minutes(5);

/// What a change is compared with.
#[derive(Clone, Debug)]
pub struct Base {
    /// What people call it.
    pub name: String,
    /// The commit.
    pub tip: ObjectId,
    /// Where the change begins, each commit with the name that people know it by: several
    /// when branches were merged crosswise.
    pub forks: Vec<(ObjectId, String)>,
    /// What is wrong with the history between the base and what is checked.
    pub faults: Vec<Diagnostic>,
    /// What the base's `annals.yaml` says: no change judges itself.
    pub settings: Settings,
}

/// What the base is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The base's name, as somebody typed it.
    pub name: &'a str,
    /// The commit that is checked, or on which the working folder stands.
    pub head: Option<ObjectId>,
    /// Whether that was pushed to where the base stood.
    pub is_push: bool,
    /// The present.
    pub now: Moment,
}

impl Base {
    /// The base that is asked for. None when the name says that there was nothing before.
    pub fn find(
        repository: &Repository,
        asked: &Asked<'_>,
    ) -> Result<Option<Self>, RepositoryError> {
        let Asked { name, head, .. } = *asked;
        if name.len() >= 40 && name.chars().all(|digit| digit == NOTHING) {
            return Ok(None);
        }
        if let Some((one, other)) = repository.ambiguous(name)? {
            return Err(RepositoryError::Ambiguous(name.to_owned(), one, other));
        }
        let tip = repository.resolve(name)?;
        let snapshot = Snapshot::new(repository, Version::Commit(tip))?;
        let (settings, _) = crate::archive::settings(&snapshot)?;
        let mut base = Self {
            name: name.to_owned(),
            tip,
            forks: Vec::new(),
            faults: Vec::new(),
            settings,
        };
        let forks = head.map_or(Ok(Vec::new()), |head| repository.forks(tip, head))?;
        let is_excused = !asked.is_push && !forks.is_empty();
        let stands = forks.contains(&tip)
            || (is_excused && repository.branch_holds(&base.settings.branch, tip)?);
        if !stands {
            let is_strange = forks.is_empty();
            base.faults
                .push(rewritten(asked, tip, &base.settings, is_strange));
        }
        if let Some(head) = head {
            let taken = forgotten(repository, asked, (tip, head), &base.settings)?;
            base.faults.extend(taken);
            base.faults
                .extend(from_the_future(repository, &forks, head, asked.now)?);
        }
        let forks = if stands { forks } else { vec![tip] };
        base.forks = forks
            .into_iter()
            .map(|fork| (fork, base.called(fork)))
            .collect();
        Ok(Some(base))
    }

    /// What people call the commit `fork`.
    fn called(&self, fork: ObjectId) -> String {
        if fork == self.tip {
            self.name.clone()
        } else {
            fork.short()
        }
    }
}

/// That what is checked does not come of the base.
fn rewritten(
    asked: &Asked<'_>,
    tip: ObjectId,
    settings: &Settings,
    is_strange: bool,
) -> Diagnostic {
    let name = asked.name;
    let message = if is_strange {
        format!("`{name}` and what is checked have no commit in common")
    } else if asked.is_push {
        format!("`{name}` does not lead to what was pushed: recorded history was rewritten")
    } else {
        format!(
            "`{name}` is no longer part of the record branch `{}`: recorded history was rewritten",
            settings.branch
        )
    };
    let strange = if is_strange {
        "--allow-unrelated-histories "
    } else {
        ""
    };
    Diagnostic::error(Code::HistoryRewritten, message)
        .help("merge the old history back in, and undo with new commits what should be undone")
        .command(format!("git merge {strange}{tip}"))
}

/// That what the last run took in leads neither to the base nor to what is checked, and is
/// no longer part of the record branch.
fn forgotten(
    repository: &Repository,
    asked: &Asked<'_>,
    (tip, head): (ObjectId, ObjectId),
    settings: &Settings,
) -> Result<Option<Diagnostic>, RepositoryError> {
    let state = match Ledger::seen(repository, settings).and_then(|ledger| ledger.state()) {
        Ok(state) => state,
        Err(LedgerError::Repository(fault)) => return Err(fault),
        // `run` says what is wrong with a ledger; here it only cannot testify.
        Err(_) => return Ok(None),
    };
    let Some(taken) = state.head else {
        return Ok(None);
    };
    // Without `--push` this may be a clone that fetched the ledger and nothing else.
    if !asked.is_push && !repository.has_commit(taken)? {
        return Ok(None);
    }
    if !repository.holds(taken)? {
        return Ok(Some(lost(asked.name, taken)));
    }
    let stands = repository.leads_to(taken, head)?
        || repository.branch_holds(&settings.branch, taken)?
        || (!asked.is_push && repository.leads_to(taken, tip)?);
    Ok((!stands).then(|| lost(asked.name, taken)))
}

fn lost(name: &str, taken: ObjectId) -> Diagnostic {
    let message = format!(
        "the last run took in {}, which leads neither to `{name}` nor to what is checked: recorded history was rewritten",
        taken.short()
    );
    Diagnostic::error(Code::HistoryRewritten, message)
        .help("merge the old history back in, and undo with new commits what should be undone")
        .command(format!("git merge {taken}"))
}

/// The commits of a change that are dated after `now`: what lands after them would count as
/// received then, until that moment has passed.
fn from_the_future(
    repository: &Repository,
    forks: &[ObjectId],
    head: ObjectId,
    now: Moment,
) -> Result<Vec<Diagnostic>, RepositoryError> {
    let latest = now.plus(SKEW);
    let commits = repository.since(forks, head)?.into_iter();
    let ahead = commits.filter(|commit| commit.committed_at > latest);
    let told = ahead.map(|commit| {
        let message = format!(
            "the commit {} is dated {}, {} after now",
            commit.id.short(),
            commit.committed_at,
            commit.committed_at - now
        );
        Diagnostic::error(Code::FutureCommit, message)
            .help("set the clock of the machine that made it, and make the commits again: `git rebase --force-rebase` dates them anew")
    });
    Ok(told.collect())
}
