//! `comment`, `update`, `resolve`, `reopen`: each appends one entry.

use super::appending::{self, Place};
use super::arguments::{Appending, Comment, Facts, Update as UpdateArguments, Word};
use super::context::Context;
use super::draft::Draft;
use super::effect::quoted;
use super::failure::Failure;
use super::{environment, parts, recording, selection};
use crate::incident::Incident;
use crate::incident::entry::{Changed, Edit, EntryForm, Update};
use crate::incident::view::View;
use crate::incident::vocabulary::Phase;

/// `annals comment`.
pub(super) fn comment(context: &Context, arguments: &Comment) -> Result<u8, Failure> {
    let place = Place::about(context, &arguments.appending.destination, &arguments.id)?;
    let incident = selection::to_write(&place.archive, &arguments.id, context.now)?;
    let draft = Draft::about(&context.repository, incident.id.as_str());
    let typed = arguments.text.as_deref();
    let words = environment::words_about(typed, &context.repository, &draft)?;
    let mut form = start(context, &arguments.appending, incident)?;
    form.comment = Some(words);
    form.pinned = arguments.pin;
    let code = recording::record(context, &place, incident, &form, "comment", Vec::new())?;
    if typed.is_none() {
        draft.discard();
    }
    Ok(code)
}

/// `annals update`.
pub(super) fn update(context: &Context, arguments: &UpdateArguments) -> Result<u8, Failure> {
    let place = Place::about(context, &arguments.appending.destination, &arguments.id)?;
    let incident = selection::to_write(&place.archive, &arguments.id, context.now)?;
    let update = stated(context, &arguments.facts)?;
    let words = message(arguments.message.as_deref())?;
    if update == Update::default() {
        let failure = Failure::usage("the update names no fact").help(format!(
            "name one, such as `--status identified`, or add words: `annals comment {} TEXT`",
            incident.id
        ));
        let draft = Draft::about(&context.repository, incident.id.as_str());
        return Err(draft.of(words.as_deref(), failure));
    }
    let mut form = start(context, &arguments.appending, incident)?;
    form.update = Some(Box::new(update));
    form.comment = words;
    recording::record(context, &place, incident, &form, "update", Vec::new())
}

/// `annals resolve`.
pub(super) fn resolve(context: &Context, arguments: &Word) -> Result<u8, Failure> {
    set_phase(context, arguments, Phase::Resolved)
}

/// `annals reopen`.
pub(super) fn reopen(context: &Context, arguments: &Word) -> Result<u8, Failure> {
    set_phase(context, arguments, Phase::Active)
}

fn set_phase(context: &Context, arguments: &Word, phase: Phase) -> Result<u8, Failure> {
    let place = Place::about(context, &arguments.appending.destination, &arguments.id)?;
    let incident = match phase {
        Phase::Resolved => selection::to_write(&place.archive, &arguments.id, context.now)?,
        _ => selection::any(&place.archive, &arguments.id)?,
    };
    let words = message(arguments.message.as_deref())?;
    let verb = if phase == Phase::Resolved {
        "resolve"
    } else {
        "reopen"
    };
    let draft = Draft::about(&context.repository, incident.id.as_str());
    let typed = arguments.status.as_deref();
    let status = status(context, &place, incident, (phase, verb), typed);
    let status = status.map_err(|failure| draft.of(words.as_deref(), failure))?;
    let mut form = start(context, &arguments.appending, incident)?;
    form.update.get_or_insert_default().status = Some(status);
    form.comment = words;
    recording::record(context, &place, incident, &form, verb, Vec::new())
}

/// The status that brings an incident into `phase`: the one that was typed, or the first of the
/// vocabulary.
fn status(
    context: &Context,
    place: &Place,
    incident: &Incident,
    (phase, verb): (Phase, &str),
    typed: Option<&str>,
) -> Result<String, Failure> {
    let vocabulary = &place.archive.vocabulary;
    let kind = incident.declaration.kind;
    let view = View::of(incident, vocabulary, context.now);
    if view.phase == phase && typed.is_none() {
        let id = &incident.id;
        let failure = Failure::usage(format!("{id} is already {}", view.facts.status));
        let mut others = vocabulary.statuses_of(kind);
        let other = others.find(|other| {
            other.phase == phase && !other.retired && other.name != view.facts.status
        });
        let comment = format!("to add words: `annals comment {id} TEXT`");
        return Err(match other {
            Some(other) => failure.help(format!(
                "{comment}; for another status: `annals update {id} --status {}`",
                quoted(&other.name)
            )),
            None => failure.help(comment),
        });
    }
    let usual = vocabulary.first_in(kind, phase);
    let status = typed.or(usual.map(|status| status.name.as_str()));
    let status = status
        .ok_or_else(|| Failure::usage("the vocabulary of this repository has no such status"))?;
    let known = vocabulary.status(status);
    if known.is_some_and(|status| status.phase != phase) {
        let message = format!("the status `{status}` does not {verb} an incident");
        return Err(Failure::usage(message).help(format!(
            "`annals {verb} {}`, or `annals update {} --status {}`",
            incident.id,
            incident.id,
            quoted(status)
        )));
    }
    Ok(status.to_owned())
}

/// An entry that says nothing yet.
pub(super) fn start(
    context: &Context,
    appending: &Appending,
    incident: &Incident,
) -> Result<EntryForm, Failure> {
    let at = appending::moment(context, appending, Some(incident))?;
    let mut form = EntryForm::new(at, &appending::author(context, appending)?);
    form.visibility = appending::visibility(appending);
    form.after = incident.ahead_of(context.now).map(|id| id.to_string());
    Ok(form)
}

fn message(typed: Option<&str>) -> Result<Option<String>, Failure> {
    typed.map(environment::words).transpose()
}

/// The facts that were typed.
pub(super) fn stated(context: &Context, arguments: &Facts) -> Result<Update, Failure> {
    let resources = parts::all(&arguments.resources, parts::resource)?;
    let links = parts::all(&arguments.links, parts::link)?;
    let roles = parts::roles(&arguments.roles)?;
    Ok(Update {
        status: arguments.status.clone(),
        severity: arguments.severity.clone(),
        title: arguments.title.clone(),
        summary: message(arguments.summary.as_deref())?,
        started_at: context.time_if("started at", arguments.started_at.as_ref())?,
        detected_at: context.time_if("detected at", arguments.detected_at.as_ref())?,
        acknowledged_at: context.time_if("acknowledged at", arguments.acknowledged_at.as_ref())?,
        mitigated_at: context.time_if("mitigated at", arguments.mitigated_at.as_ref())?,
        scheduled_for: context.time_if("scheduled for", arguments.scheduled_for.as_ref())?,
        scheduled_until: context.time_if("scheduled until", arguments.scheduled_until.as_ref())?,
        tags: edit(arguments.tags.clone(), &arguments.remove_tags),
        resources: edit(resources, &arguments.remove_resources),
        links: edit(links, &arguments.remove_links),
        roles: (!roles.is_empty()).then_some(roles),
    })
}

fn edit<T>(add: Vec<T>, remove: &[String]) -> Option<Edit<T>> {
    let nothing = add.is_empty() && remove.is_empty();
    (!nothing).then(|| {
        Edit::Change(Changed {
            add,
            remove: remove.to_vec(),
        })
    })
}
