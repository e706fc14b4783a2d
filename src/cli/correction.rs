//! `correct`, `retract`, `redact`: what was said before, put right by a new entry.

use super::appending::Place;
use super::arguments::{Appending, Correct, Redact, Retract, Target as Typed};
use super::context::Context;
use super::draft::Draft;
use super::failure::Failure;
use super::{entry, environment, exit, recording, selection, show};
use crate::incident::Incident;
use crate::incident::amendment::{Amendment, Unfit};
use crate::incident::declaration::Visibility;
use crate::incident::entry::{Correction, EntryForm, Target};
use crate::incident::standing::{Standing, Void};
use crate::incident::state::{Field, State};
use crate::incident::{Audience, id};
use crate::text::moment::Moment;
use crate::text::plain;

/// `annals correct`.
pub(super) fn correct(context: &Context, arguments: &Correct) -> Result<u8, Failure> {
    let place = Place::about(
        context,
        &arguments.appending.destination,
        &arguments.target.id,
    )?;
    let (incident, target) = meant(context, &place, &arguments.target)?;
    let typed = arguments.text.as_deref();
    let words = typed.map(environment::words).transpose()?;
    let happened = context.time_if("happened at", arguments.happened.as_ref())?;
    let amendment = Amendment {
        update: entry::stated(context, &arguments.facts)?,
        words: words.clone(),
        at: happened.map(Moment::to_millisecond),
        visibility: arguments
            .visibility
            .map(|typed| match show::audience(typed) {
                Audience::Public => Visibility::Public,
                Audience::Internal => Visibility::Internal,
            }),
    };
    let draft = Draft::about(&context.repository, incident.id.as_str());
    let corrected = || {
        let to = amendment.of(&Standing::of(incident), &target);
        let to = to.map_err(|why| unfit(incident, &why))?;
        let mut form = start(context, &arguments.appending, incident, &arguments.target)?;
        form.correct = Some(Box::new(Correction {
            entry: target.clone(),
            reason: arguments.target.reason.clone(),
            to,
        }));
        refuse_action(context, &place, incident, &form, arguments.no_action)?;
        recording::record(context, &place, incident, &form, "correct", Vec::new())
    };
    let unsaid = |failure: Failure| match failure.code {
        exit::USAGE => draft.of(words.as_deref(), failure),
        _ => failure,
    };
    corrected().map_err(unsaid)
}

/// `annals retract`.
pub(super) fn retract(context: &Context, arguments: &Retract) -> Result<u8, Failure> {
    let place = Place::about(
        context,
        &arguments.appending.destination,
        &arguments.target.id,
    )?;
    let (incident, target) = meant(context, &place, &arguments.target)?;
    if target == id::DECLARATION {
        let void = Void::Declaration;
        return Err(Failure::usage(void.why()).help(void.help()));
    }
    let mut form = start(context, &arguments.appending, incident, &arguments.target)?;
    form.retract = Some(Box::new(Target {
        entry: target,
        reason: arguments.target.reason.clone(),
    }));
    refuse_action(context, &place, incident, &form, arguments.no_action)?;
    recording::record(context, &place, incident, &form, "retract", Vec::new())
}

/// `annals redact`.
pub(super) fn redact(context: &Context, arguments: &Redact) -> Result<u8, Failure> {
    let place = Place::about(
        context,
        &arguments.appending.destination,
        &arguments.target.id,
    )?;
    let (incident, target) = meant(context, &place, &arguments.target)?;
    let mut form = start(context, &arguments.appending, incident, &arguments.target)?;
    form.redact = Some(Box::new(Target {
        entry: target,
        reason: arguments.target.reason.clone(),
    }));
    let code = recording::record(context, &place, incident, &form, "redact", Vec::new())?;
    super::console::remark(
        "the words stay in Git, whose history only rewriting erases (`git filter-repo`); change every secret that they held",
    );
    Ok(code)
}

/// The incident and the id of the entry that are meant.
fn meant<'a>(
    context: &Context,
    place: &'a Place,
    typed: &Typed,
) -> Result<(&'a Incident, String), Failure> {
    let incident = selection::to_write(&place.archive, &typed.id, context.now)?;
    let entry = selection::entry(incident, &typed.entry)?;
    Ok((incident, entry))
}

fn start(
    context: &Context,
    appending: &Appending,
    incident: &Incident,
    typed: &Typed,
) -> Result<EntryForm, Failure> {
    if typed.reason.trim().is_empty() {
        return Err(Failure::usage("`--reason` says nothing"));
    }
    entry::start(context, appending, incident)
}

/// Refuses a correction that would change a status or severity in force, unless that is
/// meant: a correction sets nothing off, and somebody may expect that it does.
fn refuse_action(
    context: &Context,
    place: &Place,
    incident: &Incident,
    form: &EntryForm,
    no_action: bool,
) -> Result<(), Failure> {
    let mut after = incident.clone();
    after.add(form);
    let (before, after) = (
        state(context, place, incident),
        state(context, place, &after),
    );
    let acts = |field| matches!(field, Field::Status | Field::Severity);
    let changes = before.changes(&after);
    let Some(change) = changes.iter().find(|change| acts(change.field)) else {
        return Ok(());
    };
    if no_action {
        return Ok(());
    }
    let word = |value: &serde_json::Value| plain::line(value.as_str().unwrap_or_default());
    let (field, from, to) = (change.field.name(), word(&change.from), word(&change.to));
    let message = format!(
        "this would change the {field} in force from `{from}` to `{to}`, and a correction sets off no automation"
    );
    Err(Failure::usage(message).help(format!(
        "to act on it, say `annals update {} --{field} {to}`; to put only the record right, add `--no-action`",
        incident.id
    )))
}

fn state(context: &Context, place: &Place, incident: &Incident) -> State {
    let vocabulary = &place.archive.vocabulary;
    let standing = Standing::of(incident);
    let kind = standing.declaration.kind;
    let state = crate::incident::course::fold(&standing, vocabulary).state;
    state.at(kind, context.now, vocabulary)
}

fn unfit(incident: &Incident, why: &Unfit) -> Failure {
    let failure = Failure::usage(why.to_string());
    match why.help(&incident.id) {
        Some(help) => failure.help(help),
        None => failure,
    }
}
