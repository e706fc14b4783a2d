//! `annals plan`, and what evaluating a stretch of commits needs. Nothing acts here.

use super::arguments::{Format, Plan as Arguments};
use super::context::{Context, print_json};
use super::failure::Failure;
use super::{console, exit};
use crate::archive::repository::{ObjectId, RepositoryError};
use crate::archive::settings::Settings;
use crate::archive::snapshot::{Snapshot, Version};
use crate::archive::walk::{self, Walk};
use crate::automation::evaluation::{self, Carried, Evaluation, Question};
use crate::automation::plan::{self, Plan};
use crate::automation::rule::Reader;
use crate::incident::vocabulary::Vocabulary;
use crate::text::diagnostic::{Diagnostic, Level};

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
    let (settings, vocabulary) = settings_at(context, to)?;
    let span = Span {
        after: Some(base),
        to,
        settings: &settings,
        vocabulary: &vocabulary,
    };
    let evaluation = evaluate(
        context,
        &span,
        settings.ledger.id.as_deref().unwrap_or_default(),
        Carried::default(),
    )?;
    let plan = Plan::of(evaluation);
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
    mut state: Carried,
) -> Result<Evaluation, Failure> {
    let repository = &context.repository;
    let walk = Walk {
        repository,
        vocabulary: span.vocabulary,
        after: span.after,
        to: span.to,
        received: state.facts.received(),
        earlier: None,
        scattered: state.facts.scattered(),
    };
    let landings = walk.landings()?.collect::<Result<Vec<_>, _>>()?;
    if let Some(after) = span.after {
        let names: Vec<String> = state.facts.awaited().map(ToString::to_string).collect();
        let names = names.iter().map(String::as_str).collect();
        for incident in walk::incidents_at(repository, span.vocabulary, after, &names)? {
            state.facts.know(incident);
        }
    }
    let base = span
        .after
        .map(|after| walk::automations(repository, after))
        .transpose()?
        .unwrap_or_default();
    let mut evaluation = evaluation::evaluate(&Question {
        base: &base,
        landings: &landings,
        settings: span.settings,
        vocabulary: span.vocabulary,
        ledger,
        now: context.now,
        state,
    });
    let end = Snapshot::new(repository, Version::Commit(span.to))?;
    let (_, unread) = walk::automation_files(&end)?;
    evaluation.diagnostics.splice(0..0, unread);
    Ok(evaluation)
}

/// What `annals.yaml` says at a commit. What is wrong with it stops whoever would act on
/// it.
pub(super) fn settings_at(
    context: &Context,
    id: ObjectId,
) -> Result<(Settings, Vocabulary), Failure> {
    let snapshot = Snapshot::new(&context.repository, Version::Commit(id))?;
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
