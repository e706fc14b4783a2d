//! `annals plan`, and what evaluating a stretch of commits needs. Nothing acts here.

use super::arguments::{Format, Plan as Arguments};
use super::context::{Context, print_json};
use super::failure::Failure;
use super::{console, exit, replay};
use crate::archive::Archive;
use crate::archive::repository::{ObjectId, RepositoryError};
use crate::archive::second_clock::SecondClock;
use crate::archive::settings::Settings;
use crate::archive::snapshot::{Snapshot, Version};
use crate::archive::walk;
use crate::automation::evaluation::{self, Evaluation, Question, State};
use crate::automation::plan::{self, Beside, Plan};
use crate::automation::receipt::{self, Receipt};
use crate::automation::rule::Reader;
use crate::incident::vocabulary::Vocabulary;
use crate::text::diagnostic::{Diagnostic, Level};
use crate::text::moment::Moment;

/// `annals plan`.
pub(super) fn plan(context: &Context, arguments: &Arguments) -> Result<u8, Failure> {
    let repository = &context.repository;
    let base = match &arguments.base {
        Some(base) => repository.resolve(base)?,
        None => record_tip(
            context,
            &settings_at(context, repository.resolve("HEAD")?)?.0,
        )?,
    };
    let to = repository.merged(base, repository.resolve(&arguments.head)?)?;
    let plan = planned(context, base, to)?;
    match context.format {
        Format::Json => print_json(&serde_json::to_value(&plan).unwrap_or_default()),
        Format::Markdown => console::write(&plan::markdown(&plan)),
        _ => console::write(&plan::text(&plan)),
    }
    let faulty = plan
        .diagnostics
        .iter()
        .any(|diagnostic| diagnostic.level == Level::Error);
    Ok(if faulty { exit::FINDINGS } else { exit::FINE })
}

/// What the step from `base` to `to` would set off.
fn planned(context: &Context, base: ObjectId, to: ObjectId) -> Result<Plan, Failure> {
    let (before, _) = settings_at(context, base)?;
    let (settings, vocabulary) = settings_at(context, to)?;
    let span = Span {
        after: Some(base),
        to,
        settings: &settings,
        vocabulary: &vocabulary,
    };
    let ledger = settings.ledger.id.as_deref().unwrap_or_default();
    let state = state_at(context, base)?;
    let evaluation = evaluate(context, &span, ledger, None, state)?;
    let receipts = match context.ledger(&settings)? {
        Some(ledger) => Some(Receipt::latest(ledger.list(receipt::FOLDER)?)),
        None => None,
    };
    let beside = Beside {
        before: &before,
        after: &settings,
        receipts: receipts.as_deref(),
        history: &replay::changed(context, &evaluation.changes, &span)?,
    };
    Ok(Plan::of(evaluation, beside))
}

/// What is remembered at `base`: what the last run left if it stood on the way there, and
/// what came since.
fn state_at(context: &Context, base: ObjectId) -> Result<State, Failure> {
    let (settings, vocabulary) = settings_at(context, base)?;
    let repository = &context.repository;
    let left = match context.ledger(&settings)? {
        Some(ledger) => Some(ledger.state()?),
        None => None,
    };
    let left = left.and_then(|left| Some((left.head?, left.engine)));
    let (after, state) = match left {
        Some((head, engine)) if repository.holds(head) && repository.leads_to(head, base)? => {
            let state = serde_json::from_value(engine);
            (Some(head), state.unwrap_or_default())
        }
        _ => (None, State::default()),
    };
    let span = Span {
        after,
        to: base,
        settings: &settings,
        vocabulary: &vocabulary,
    };
    Ok(evaluate(context, &span, "", None, state)?.state)
}

/// A stretch of the record branch, and what is said where it ends.
pub(super) struct Span<'a> {
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
pub(super) fn evaluate(
    context: &Context,
    span: &Span<'_>,
    ledger: &str,
    until: Option<Moment>,
    state: State,
) -> Result<Evaluation, Failure> {
    let repository = &context.repository;
    let state = match span.after.filter(|_| state.is_beginning()) {
        None => state,
        Some(after) => beginning(context, after, span.vocabulary)?,
    };
    let walk = state.walk(repository, span.vocabulary, span.after, span.to);
    let landings = walk.landings()?;
    let base = span
        .after
        .map(|after| walk::automations(repository, after))
        .transpose()?
        .unwrap_or_default();
    let question = Question {
        base: &Reader::new(&span.settings.environment).read(&base),
        settings: span.settings,
        vocabulary: span.vocabulary,
        ledger,
        now: context.now,
        until,
        state: &state,
        recall: &|commit| {
            walk::landing(repository, span.vocabulary, commit)
                .ok()
                .flatten()
        },
    };
    let mut evaluation = evaluation::evaluate(&question, landings)?;
    let end = Snapshot::new(repository, Version::Commit(span.to))?;
    let (_, unread) = walk::automation_files(&end)?;
    evaluation.diagnostics.splice(0..0, unread);
    Ok(evaluation)
}

/// What is to be known where nothing was carried so far, and history before `after` is not
/// looked at: nothing of it fires.
fn beginning(
    context: &Context,
    after: ObjectId,
    vocabulary: &Vocabulary,
) -> Result<State, Failure> {
    let archive = Archive::load(&context.repository, Version::Commit(after), context.now)?;
    let clock = SecondClock::upto(&context.repository, Some(after))?;
    let received = clock.last().map_or(Moment::EPOCH, |last| last.at);
    Ok(State::beginning(received, &archive.incidents, vocabulary))
}

/// What `annals.yaml` says at a commit. What is wrong with it stops whoever would act on
/// it.
pub(super) fn settings_at(
    context: &Context,
    id: ObjectId,
) -> Result<(Settings, Vocabulary), Failure> {
    settings_of(context, Version::Commit(id))
}

/// The same of any version.
pub(super) fn settings_of(
    context: &Context,
    version: Version,
) -> Result<(Settings, Vocabulary), Failure> {
    let snapshot = Snapshot::new(&context.repository, version)?;
    let (settings, found) = crate::archive::settings(&snapshot)?;
    if let Some(fault) = found
        .iter()
        .find(|diagnostic| diagnostic.level == Level::Error)
    {
        console::diagnose(std::slice::from_ref(fault));
        return Err(Failure::usage(
            "`annals.yaml` cannot be read, so nothing is evaluated",
        ));
    }
    let vocabulary = settings.vocabulary();
    Ok((settings, vocabulary))
}

/// The tip of the record branch: the local one, else what was last seen of the remote's.
pub(super) fn record_tip(context: &Context, settings: &Settings) -> Result<ObjectId, Failure> {
    let repository = &context.repository;
    if let Some(tip) = repository.tip(&settings.branch)? {
        return Ok(tip);
    }
    let remote = format!("refs/remotes/origin/{}", settings.branch);
    repository.resolve(&remote).map_err(|_| {
        let missing = RepositoryError::NoCommit(settings.branch.clone());
        Failure::from(missing)
            .help("name what it would be merged into with `--base`, or fetch the record branch")
    })
}

/// What is wrong with the automations of a version.
pub(super) fn faults(
    context: &Context,
    version: Version,
    settings: &Settings,
) -> Result<Vec<Diagnostic>, Failure> {
    let snapshot = Snapshot::new(&context.repository, version)?;
    let (sources, mut found) = walk::automation_files(&snapshot)?;
    let reading = Reader::new(&settings.environment).read(&sources);
    found.extend(reading.diagnostics);
    Ok(found)
}
