//! `annals declare`: a new incident, one file.

use std::collections::BTreeMap;

use super::appending::{self, Place};
use super::arguments::Declare;
use super::context::Context;
use super::failure::Failure;
use super::{console, effect, environment, parts, unfinished};
use crate::archive::append::{FileKind, NewFile};
use crate::archive::layout;
use crate::incident::declaration::Declaration;
use crate::incident::id::IncidentId;
use crate::incident::rules::{self, Site};
use crate::incident::state::State;
use crate::incident::view::View;
use crate::text::plain;
use crate::text::source::Source;

/// `annals declare`.
pub(super) fn run(context: &Context, arguments: &Declare) -> Result<u8, Failure> {
    let place = Place::find(context, &arguments.appending.destination)?;
    let declaration = declaration(context, arguments)?;
    let (named, dated) = (arguments.id.as_deref(), arguments.appending.at.is_some());
    let left = unfinished::declaration(context, &place, &declaration, named, dated)?;
    let declaration = left.unwrap_or(declaration);
    let text = appending::written(&declaration)?;
    let source = Source::new("incident.yaml", &text);
    let (top, vocabulary) = (Site::top(&source), &place.archive.vocabulary);
    let mut found = rules::declaration(&declaration, &top, vocabulary);
    found.extend(rules::retired_in_declaration(
        &declaration,
        &top,
        vocabulary,
    ));
    let mut times = vec![("at", Some(declaration.declared_at))];
    times.extend(declaration.fact_times());
    appending::refuse(&found, &times, context.now)?;
    let state = State::declared(&declaration, &place.archive.vocabulary);
    effect::refuse_order(&state, None)?;
    effect::refuse_beyond_count(&state)?;
    let id = id(arguments, &place, &declaration, text.as_bytes())?;
    place.warn_of_branch();
    tell_of_likes(context, &place, &declaration);
    let path = layout::incident_path(&place.archive.settings.folder, declaration.declared_at, &id);
    let file = NewFile {
        path: context.repository.path(&path),
        bytes: text.into_bytes(),
        kind: FileKind::Record,
    };
    let message = format!("annals: declare {id}\n");
    let landing = place.append(context, &[file], id.as_str(), &message)?;
    console::say(&format!(
        "declared “{}” ({})",
        plain::line(&declaration.title),
        plain::line(&declaration.severity)
    ));
    console::say(&format!("  {id}"));
    landing.tell()
}

fn declaration(context: &Context, arguments: &Declare) -> Result<Declaration, Failure> {
    let summary = arguments.summary.as_deref();
    let roles = parts::roles(&arguments.roles)?;
    if let Some((role, _)) = roles.iter().find(|(_, person)| person.is_none()) {
        let message = format!("the role `{role}` is given to nobody");
        return Err(Failure::usage(message).help("write ROLE=PERSON, or leave it out"));
    }
    let title = plain::line(&arguments.title).trim().to_owned();
    if title.is_empty() {
        return Err(Failure::usage("the title is empty"));
    }
    Ok(Declaration {
        title,
        severity: arguments.severity.clone(),
        declared_at: appending::moment(context, &arguments.appending, None)?,
        declared_by: appending::author(context, &arguments.appending)?,
        kind: appending::kind(arguments.kind),
        status: arguments.status.clone(),
        started_at: context.time_if("started at", arguments.started_at.as_ref())?,
        detected_at: context.time_if("detected at", arguments.detected_at.as_ref())?,
        scheduled_for: context.time_if("scheduled for", arguments.scheduled_for.as_ref())?,
        scheduled_until: context.time_if("scheduled until", arguments.scheduled_until.as_ref())?,
        summary: summary.map(environment::words).transpose()?,
        resources: parts::all(&arguments.resources, parts::resource)?,
        tags: arguments.tags.clone(),
        roles: roles
            .into_iter()
            .filter_map(|(role, person)| Some((role, person?)))
            .collect(),
        links: parts::all(&arguments.links, parts::link)?,
        visibility: appending::visibility(&arguments.appending).unwrap_or_default(),
        entries: Vec::new(),
        source: None,
        own: BTreeMap::new(),
    })
}

fn id(
    arguments: &Declare,
    place: &Place,
    declaration: &Declaration,
    bytes: &[u8],
) -> Result<IncidentId, Failure> {
    let Some(typed) = &arguments.id else {
        return Ok(IncidentId::made(
            declaration.declared_at,
            &declaration.title,
            bytes,
        ));
    };
    let id = IncidentId::new(typed)
        .map_err(|fault| Failure::usage(format!("the id `{typed}` {fault}")))?;
    if place
        .archive
        .incidents
        .iter()
        .any(|incident| incident.id == id)
    {
        return Err(Failure::usage(format!("there is an incident {id} already")));
    }
    Ok(id)
}

/// Names what is open and looks the same, before a second incident is made of it.
fn tell_of_likes(context: &Context, place: &Place, declaration: &Declaration) {
    let views = place
        .archive
        .incidents
        .iter()
        .map(|incident| View::of(incident, &place.archive.vocabulary, context.now));
    let likes: Vec<View> = views
        .filter(|view| view.active && looks_like(view, declaration))
        .collect();
    if likes.is_empty() {
        return;
    }
    console::remark("open, and perhaps the same:");
    for like in likes {
        console::remark(&format!(
            "  {}  {}",
            like.id,
            plain::line(&like.facts.title)
        ));
    }
}

/// Whether they share a resource, or most of the words of the shorter title.
fn looks_like(view: &View, declaration: &Declaration) -> bool {
    let shares = |id: &str| {
        declaration
            .resources
            .iter()
            .any(|resource| resource.id == id)
    };
    if view
        .facts
        .resources
        .iter()
        .any(|resource| shares(&resource.id))
    {
        return true;
    }
    let words = |title: &str| -> Vec<String> {
        let words = title
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().count() > 2);
        words.map(str::to_lowercase).collect()
    };
    let (ours, theirs) = (words(&declaration.title), words(&view.facts.title));
    let common = ours.iter().filter(|word| theirs.contains(word)).count();
    common * 2 > ours.len().min(theirs.len()).max(1)
}
