//! Evaluating a stretch of commits of a repository: the doors between Git and the pure
//! evaluation of the automation floor.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::RunError;
use crate::archive::repository::{ObjectId, Repository, RepositoryError};
use crate::archive::second_clock::SecondClock;
use crate::archive::settings::Settings;
use crate::archive::snapshot::{Snapshot, Version};
use crate::archive::{Archive, walk};
use crate::automation::evaluation::{self, Evaluation, Question, State};
use crate::automation::rule::{Reader, Reading};
use crate::incident::vocabulary::Vocabulary;
use crate::text::diagnostic::{Diagnostic, Level};
use crate::text::moment::Moment;

/// A stretch of the record branch, and what is said where it ends.
pub struct Span<'a> {
    /// After which commit it begins.
    pub after: Option<ObjectId>,
    /// With which commit it ends.
    pub to: ObjectId,
    /// What `annals.yaml` says there.
    pub settings: &'a Settings,
    /// The words of the repository there.
    pub vocabulary: &'a Vocabulary,
}

/// What the commits of `span` set off.
pub fn evaluate(
    repository: &Repository,
    span: &Span<'_>,
    ledger: &str,
    now: Moment,
    until: Option<Moment>,
    state: State,
) -> Result<Evaluation, RunError> {
    let state = match span.after.filter(|_| state.is_beginning()) {
        None => state,
        Some(after) => beginning(repository, after, span.vocabulary, now)?,
    };
    let walk = state.walk(repository, span.vocabulary, span.after, span.to);
    let landings = walk.landings()?;
    let base = base(repository, span, &state)?;
    let base_commit = span.after.map(|after| after.to_string());
    let failed = RefCell::new(None);
    let question = Question {
        base: &base,
        base_commit: base_commit.as_deref(),
        settings: span.settings,
        vocabulary: span.vocabulary,
        ledger,
        now,
        until,
        coalesces: until.is_some(),
        state: &state,
        recall: &|commit| match walk::landing(repository, span.vocabulary, commit, state.turns()) {
            Ok(landing) => landing,
            Err(fault) => {
                failed.borrow_mut().get_or_insert(fault);
                None
            }
        },
    };
    let mut evaluation = evaluation::evaluate(&question, landings)?;
    // What could not be recalled is not the same as nothing that was recorded.
    if let Some(fault) = failed.take() {
        return Err(fault.into());
    }
    let end = Snapshot::new(repository, Version::Commit(span.to))?;
    let (_, unread) = walk::automation_files(&end)?;
    // What is wrong with those files is told once, as what it is.
    let path = |found: &Diagnostic| found.place.as_ref().map(|place| place.path.clone());
    let paths: BTreeSet<_> = unread.iter().filter_map(path).collect();
    let is_told = |found: &Diagnostic| path(found).is_some_and(|path| paths.contains(&path));
    evaluation.diagnostics.retain(|found| !is_told(found));
    evaluation.diagnostics.splice(0..0, unread);
    Ok(evaluation)
}

/// The automations before `span`: those whose files are broken there as they were last read.
fn base(
    repository: &Repository,
    span: &Span<'_>,
    state: &State,
) -> Result<Reading, RepositoryError> {
    let Some(after) = span.after else {
        return Ok(Reading::default());
    };
    let reader = Reader::new(&span.settings.environment);
    let mut base = reader.read(&walk::automations(repository, after)?);
    for (path, commit) in state.kept() {
        if let Some(held) = held(repository, commit)? {
            let snapshot = Snapshot::new(repository, Version::Commit(held))?;
            base.keep(&reader.read(&walk::rules_at(&snapshot, path)?.0));
        }
    }
    Ok(base)
}

/// The commit `id`, unless the branch was rewritten and it is gone.
fn held(repository: &Repository, id: &str) -> Result<Option<ObjectId>, RepositoryError> {
    match ObjectId::parse(id) {
        Some(id) if repository.holds(id)? => Ok(Some(id)),
        _ => Ok(None),
    }
}

/// What is to be known where nothing was carried so far, and history before `after` is not
/// looked at: nothing of it fires.
fn beginning(
    repository: &Repository,
    after: ObjectId,
    vocabulary: &Vocabulary,
    now: Moment,
) -> Result<State, RunError> {
    let archive = Archive::load(repository, Version::Commit(after), now)?;
    let clock = SecondClock::upto(repository, Some(after))?;
    let received = clock.last().map_or(Moment::EPOCH, |last| last.at);
    Ok(State::beginning(received, &archive.incidents, vocabulary))
}

/// What can be read of `annals.yaml` at a version of which a run took in what there was: an
/// annals of then found no error in it, and what another finds now alters nothing any more.
pub(super) fn settings_once_read(
    repository: &Repository,
    version: Version,
) -> Result<(Settings, Vocabulary), RunError> {
    let (settings, _) = crate::archive::settings(&Snapshot::new(repository, version)?)?;
    let vocabulary = settings.vocabulary();
    Ok((settings, vocabulary))
}

/// What `annals.yaml` says at a version. What is wrong with it stops whoever would act on
/// it.
pub fn settings_of(
    repository: &Repository,
    version: Version,
) -> Result<(Settings, Vocabulary), RunError> {
    let snapshot = Snapshot::new(repository, version)?;
    let (settings, found) = crate::archive::settings(&snapshot)?;
    let fault = found
        .into_iter()
        .find(|diagnostic| diagnostic.level == Level::Error);
    if let Some(fault) = fault {
        return Err(RunError::Settings(Box::new(fault)));
    }
    let vocabulary = settings.vocabulary();
    Ok((settings, vocabulary))
}

/// The tip of the record branch: the local one, else what was last seen of the remote's.
pub fn record_tip(repository: &Repository, settings: &Settings) -> Result<ObjectId, RunError> {
    if let Some(tip) = repository.tip(&settings.branch)? {
        return Ok(tip);
    }
    let remote = format!("refs/remotes/origin/{}", settings.branch);
    match repository.resolve(&remote) {
        Err(RepositoryError::NoCommit(_)) => Err(RunError::NoRecord(settings.branch.clone())),
        found => Ok(found?),
    }
}

/// What is wrong with the automations of a version.
pub fn faults(
    repository: &Repository,
    version: Version,
    settings: &Settings,
) -> Result<Vec<Diagnostic>, RunError> {
    let snapshot = Snapshot::new(repository, version)?;
    let (sources, mut found) = walk::automation_files(&snapshot)?;
    let reading = Reader::new(&settings.environment).read(&sources);
    found.extend(reading.diagnostics);
    Ok(found)
}
