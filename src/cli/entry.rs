//! `comment`, `update`, `resolve`, `reopen`, `attach`: each appends one entry.

use std::path::Path;

use super::appending::{self, Place};
use super::arguments::{Appending, Attach, Comment, Facts, Update as UpdateArguments, Word};
use super::context::Context;
use super::failure::Failure;
use super::{environment, parts, recording, selection};
use crate::archive::append::{FileKind, NewFile};
use crate::archive::{layout, piece};
use crate::incident::Incident;
use crate::incident::entry::{Attachment, Changed, Edit, EntryForm, Update};
use crate::incident::view::View;
use crate::incident::vocabulary::Phase;

/// `annals comment`.
pub(super) fn comment(context: &Context, arguments: &Comment) -> Result<u8, Failure> {
    let place = Place::about(context, &arguments.appending.destination, &arguments.id)?;
    let incident = selection::to_write(&place.archive, &arguments.id, context.now)?;
    let about = format!("Commenting on {}", incident.id);
    let words = environment::words(arguments.text.as_deref(), &context.repository, &about)?;
    let mut form = start(context, &arguments.appending, incident)?;
    form.comment = Some(words);
    form.pinned = arguments.pin;
    recording::record(context, &place, incident, &form, "comment", Vec::new())
}

/// `annals update`.
pub(super) fn update(context: &Context, arguments: &UpdateArguments) -> Result<u8, Failure> {
    let place = Place::about(context, &arguments.appending.destination, &arguments.id)?;
    let incident = selection::to_write(&place.archive, &arguments.id, context.now)?;
    let update = stated(context, &arguments.facts)?;
    if update == Update::default() {
        let failure = Failure::usage("the update changes nothing");
        return Err(
            failure.help("name a fact, such as `--status identified`, or use `annals comment`")
        );
    }
    let mut form = start(context, &arguments.appending, incident)?;
    form.update = Some(Box::new(update));
    form.comment = message(context, arguments.message.as_deref())?;
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

/// `annals attach`.
pub(super) fn attach(context: &Context, arguments: &Attach) -> Result<u8, Failure> {
    let place = Place::about(context, &arguments.appending.destination, &arguments.id)?;
    let incident = selection::to_write(&place.archive, &arguments.id, context.now)?;
    let shown = arguments.file.display();
    let bytes = attached_bytes(&arguments.file)?;
    let name = arguments.file.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| {
        Failure::usage(format!("`{shown}` is not a file name that can be recorded"))
    })?;
    let mut form = start(context, &arguments.appending, incident)?;
    form.attach = Some(Box::new(Attachment {
        file: name.to_owned(),
        caption: arguments.caption.clone(),
        path: None,
    }));
    let path = format!("{}/{name}", layout::incident_folder(&incident.path));
    refuse_elsewhere(incident, name, &path)?;
    let file = NewFile {
        path: context.repository.path(&path),
        bytes,
        kind: FileKind::Attachment,
    };
    recording::record(context, &place, incident, &form, "attach", vec![file])
}

/// Refuses a name that an entry attached from another folder of the incident: it would go on
/// to mean that file.
fn refuse_elsewhere(incident: &Incident, name: &str, path: &str) -> Result<(), Failure> {
    let mut attached = incident
        .entries
        .iter()
        .filter_map(|entry| entry.statement.attachment());
    let other = attached.find(|known| known.file == name && known.path.as_deref() != Some(path));
    let Some(other) = other else { return Ok(()) };
    let place = other.path.as_deref().unwrap_or("a file that is missing");
    let message = format!("`{name}` was attached before, and means {place}");
    Err(Failure::usage(message).help("attach this file under another name"))
}

/// The bytes of a file that may be attached: a plain one, that the record would not read
/// as something else.
fn attached_bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    let shown = file.display();
    let facts = std::fs::symlink_metadata(file);
    if !facts.is_ok_and(|facts| facts.is_file()) {
        return Err(Failure::usage(format!("`{shown}` is not a file"))
            .help("name a file; folders and links are not attached"));
    }
    let bytes =
        std::fs::read(file).map_err(|fault| Failure::usage(format!("`{shown}`: {fault}")))?;
    let name = file
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    if piece::is_read(name) && piece::read(name, &bytes).piece.is_some() {
        let failure = Failure::usage(format!(
            "`{name}` would be read as a part of the record itself"
        ));
        return Err(failure.help("attach it under another name, such as with `.txt` at its end"));
    }
    Ok(bytes)
}

fn set_phase(context: &Context, arguments: &Word, phase: Phase) -> Result<u8, Failure> {
    let place = Place::about(context, &arguments.appending.destination, &arguments.id)?;
    let incident = match phase {
        Phase::Resolved => selection::to_write(&place.archive, &arguments.id, context.now)?,
        _ => selection::any(&place.archive, &arguments.id)?,
    };
    let vocabulary = &place.archive.vocabulary;
    let view = View::of(incident, vocabulary, context.now);
    let verb = if phase == Phase::Resolved {
        "resolve"
    } else {
        "reopen"
    };
    if view.phase == phase && arguments.status.is_none() {
        let stands = format!("{} is {} already", incident.id, view.facts.status);
        return Err(
            Failure::usage(stands).help("`annals update --status` sets a status within a phase")
        );
    }
    let kind = incident.declaration.kind;
    let usual = vocabulary
        .first_in(kind, phase)
        .map(|status| status.name.clone());
    let status = arguments.status.clone().or(usual);
    let status = status
        .ok_or_else(|| Failure::usage("the vocabulary of this repository has no such status"))?;
    if vocabulary
        .status(&status)
        .is_some_and(|status| status.phase != phase)
    {
        return Err(Failure::usage(format!(
            "the status `{status}` does not {verb} an incident"
        )));
    }
    let mut form = start(context, &arguments.appending, incident)?;
    form.update.get_or_insert_default().status = Some(status);
    form.comment = message(context, arguments.message.as_deref())?;
    recording::record(context, &place, incident, &form, verb, Vec::new())
}

/// An entry that says nothing yet.
pub(super) fn start(
    context: &Context,
    appending: &Appending,
    incident: &Incident,
) -> Result<EntryForm, Failure> {
    let at = appending::moment(context, appending, Some(incident));
    let mut form = EntryForm::new(at, &appending::author(context, appending)?);
    form.visibility = appending::visibility(appending);
    form.after = incident.ahead_of(context.now).map(|id| id.to_string());
    Ok(form)
}

fn message(context: &Context, typed: Option<&str>) -> Result<Option<String>, Failure> {
    typed
        .map(|typed| environment::words(Some(typed), &context.repository, ""))
        .transpose()
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
        summary: message(context, arguments.summary.as_deref())?,
        started_at: arguments.started_at,
        detected_at: arguments.detected_at,
        acknowledged_at: arguments.acknowledged_at,
        mitigated_at: arguments.mitigated_at,
        scheduled_for: arguments.scheduled_for,
        scheduled_until: arguments.scheduled_until,
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
