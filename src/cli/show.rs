//! `annals show`, `report` and `data`: one incident whole.

use serde_json::json;

use super::arguments::{Audience as Who, One};
use super::context::{Context, print_json};
use super::failure::Failure;
use super::{exit, prose, selection};
use crate::archive::Archive;
use crate::incident::entry::Statement;
use crate::incident::view::View;
use crate::incident::{Audience, Incident};
use crate::text::diagnostic::Diagnostic;
use crate::text::moment::Moment;

/// `annals show`.
pub(super) fn show(context: &Context, arguments: &One) -> Result<u8, Failure> {
    let (archive, incident) = find(context, arguments)?;
    let view = view(context, arguments, &archive, &incident);
    let json = || serde_json::to_value([&view]).unwrap_or_default();
    let of_this = found(&archive, &incident, audience(arguments.audience));
    let text = || {
        let duplicates = duplicates(&archive, arguments, &view.id, context.now);
        prose::incident(&view, &duplicates, context.now)
    };
    Ok(context.answer("incidents", json, text, &of_this))
}

/// What was found wrong in the files of `incident`; nothing for the public, since it is
/// told with lines of those files, of which the public may not see all.
pub(super) fn found(archive: &Archive, incident: &Incident, audience: Audience) -> Vec<Diagnostic> {
    if audience == Audience::Public {
        return Vec::new();
    }
    let found = archive.diagnostics.iter();
    let of_this = found.filter(|diagnostic| concerns(diagnostic, incident));
    of_this.cloned().collect()
}

/// The ids of the incidents that turned out to be the one called `id`.
fn duplicates(archive: &Archive, arguments: &One, id: &str, now: Moment) -> Vec<String> {
    let audience = audience(arguments.audience);
    let says_so = |incident: &&Incident| {
        let mut said = incident.entries.iter().map(|entry| &entry.statement);
        said.any(|said| matches!(said, Statement::DuplicateOf(other) if other == id))
    };
    let others = archive.incidents.iter().filter(says_so);
    let others = others.filter_map(|incident| {
        let seen = incident.seen_by(audience)?;
        let view = View::of(&seen, &archive.vocabulary, now);
        (view.facts.duplicate_of.as_deref() == Some(id)).then_some(view.id)
    });
    others.collect()
}

/// `annals data`.
pub(super) fn data(context: &Context, arguments: &One) -> Result<u8, Failure> {
    let (archive, incident) = find(context, arguments)?;
    print_json(&json!({ "incident": view(context, arguments, &archive, &incident) }));
    Ok(exit::FINE)
}

/// `incident` as it stands, without what points to incidents that its audience does not
/// see.
fn view(context: &Context, arguments: &One, archive: &Archive, incident: &Incident) -> View {
    let mut view = View::of(incident, &archive.vocabulary, context.now);
    let audience = audience(arguments.audience);
    view.forget(|id| {
        let mut incidents = archive.incidents.iter();
        let other = incidents.find(|other| other.id.as_str() == id);
        other.is_none_or(|other| other.seen_by(audience).is_none()) && audience == Audience::Public
    });
    view
}

/// The incident that is meant, as its audience may see it.
pub(super) fn find(context: &Context, arguments: &One) -> Result<(Archive, Incident), Failure> {
    let archive = context.archive(context.version(arguments.looking.commit.as_deref())?)?;
    let audience = audience(arguments.audience);
    let incident = selection::any(&archive, &arguments.id)?.seen_by(audience);
    let incident = incident
        .ok_or_else(|| Failure::usage(format!("there is no incident `{}`", arguments.id)))?;
    let incident = incident.into_owned();
    Ok((archive, incident))
}

/// The audience that was typed.
pub(super) fn audience(typed: Who) -> Audience {
    match typed {
        Who::Public => Audience::Public,
        Who::Internal => Audience::Internal,
    }
}

fn concerns(diagnostic: &Diagnostic, incident: &Incident) -> bool {
    let folder = crate::archive::layout::incident_folder(&incident.path);
    let inside = |path: &str| {
        path.strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with(['/', '.']))
    };
    diagnostic
        .place
        .as_ref()
        .is_some_and(|place| inside(&place.path))
}
