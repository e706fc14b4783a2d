//! `annals plan`: what merging would set off. Nothing acts here.

use super::arguments::{Format, Plan as Arguments};
use super::context::{Context, print_json};
use super::failure::Failure;
use super::{console, exit, replay};
use crate::archive::grants;
use crate::archive::judgement::judge;
use crate::archive::repository::ObjectId;
use crate::archive::settings::Settings;
use crate::archive::snapshot::Version;
use crate::automation::evaluation::State;
use crate::automation::plan::{self, Beside, Plan};
use crate::incident::vocabulary::Vocabulary;
use crate::runner::{self, Span};
use crate::text::diagnostic::Level;

/// `annals plan`.
pub(super) fn plan(context: &Context, arguments: &Arguments) -> Result<u8, Failure> {
    let repository = &context.repository;
    let base = match &arguments.base {
        Some(base) => repository.resolve(base)?,
        None => base_of(context, repository.resolve("HEAD")?)?,
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
    let mut evaluation =
        runner::evaluate(&context.repository, &span, ledger, context.now, None, state)?;
    let receipts = match context.ledger(&settings)? {
        Some(ledger) => {
            let keys = evaluation.actions.iter().map(|action| action.key.as_str());
            Some(runner::receipts_about(&ledger, keys)?)
        }
        None => None,
    };
    // A change does not silence what is said of it.
    evaluation.diagnostics = judge(evaluation.diagnostics, &before, context.now);
    let mut grants = grants::of_settings(&before, &settings);
    grants.extend(grants::of_files(&context.repository, base, to)?);
    let beside = Beside {
        grants,
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
    let ledger = context.ledger(&settings)?;
    let left = match &ledger {
        Some(ledger) => Some((ledger, ledger.state()?)),
        None => None,
    };
    let (after, state) = match left.and_then(|(ledger, left)| Some((left.head?, ledger, left))) {
        Some((head, ledger, left))
            if repository.holds(head)? && repository.leads_to(head, base)? =>
        {
            (
                Some(head),
                runner::carried(repository, ledger, &left)?.state,
            )
        }
        _ => (None, State::default()),
    };
    let span = Span {
        after,
        to: base,
        settings: &settings,
        vocabulary: &vocabulary,
    };
    Ok(runner::evaluate(repository, &span, "", context.now, None, state)?.state)
}

/// What a change at `head` would be merged into. Which branch that is says the branch that
/// the remote names as its own, where there is one: a change does not choose its base.
fn base_of(context: &Context, head: ObjectId) -> Result<ObjectId, Failure> {
    let repository = &context.repository;
    let theirs = repository.resolve("refs/remotes/origin/HEAD");
    let (settings, _) = settings_at(context, theirs.unwrap_or(head))?;
    Ok(runner::record_tip(repository, &settings)?)
}

/// What `annals.yaml` says at a commit. What is wrong with it stops whoever would act on
/// it.
pub(super) fn settings_at(
    context: &Context,
    id: ObjectId,
) -> Result<(Settings, Vocabulary), Failure> {
    Ok(runner::settings_of(
        &context.repository,
        Version::Commit(id),
    )?)
}
