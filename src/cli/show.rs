//! `annals show`, `report` and `data`: one incident whole.

use serde_json::json;

use super::arguments::{Audience as Who, One};
use super::context::{Context, print_json};
use super::failure::Failure;
use super::{exit, prose, selection};
use crate::archive::{Archive, layout};
use crate::incident::view::View;
use crate::incident::{Audience, Incident};
use crate::text::diagnostic::Diagnostic;

/// `annals show`.
pub(super) fn show(context: &Context, arguments: &One) -> Result<u8, Failure> {
    let (archive, incident) = find(context, arguments)?;
    let view = View::of(&incident, &archive.vocabulary, context.now);
    let json = || serde_json::to_value([&view]).unwrap_or_default();
    let of_this: Vec<_> = archive
        .diagnostics
        .iter()
        .filter(|diagnostic| concerns(diagnostic, &incident))
        .cloned()
        .collect();
    Ok(context.answer(
        "incidents",
        json,
        || prose::incident(&view, context.now),
        &of_this,
    ))
}

/// `annals data`.
pub(super) fn data(context: &Context, arguments: &One) -> Result<u8, Failure> {
    let (archive, incident) = find(context, arguments)?;
    print_json(&json!({ "incident": View::of(&incident, &archive.vocabulary, context.now) }));
    Ok(exit::FINE)
}

/// The incident that is meant, and of the record what can be meant.
fn find(context: &Context, arguments: &One) -> Result<(Archive, Incident), Failure> {
    let version = context.version(arguments.looking.commit.as_deref())?;
    let archive = context.archive_about(version, &arguments.id)?;
    let incident = seen(&archive, arguments)?;
    Ok((archive, incident))
}

/// The incident of `archive` that is meant, as its audience may see it.
pub(super) fn seen(archive: &Archive, arguments: &One) -> Result<Incident, Failure> {
    let audience = audience(arguments.audience);
    let incident = selection::any(archive, &arguments.id)?.seen_by(audience);
    let unseen = || Failure::usage(format!("there is no incident `{}`", arguments.id));
    Ok(incident.ok_or_else(unseen)?.into_owned())
}

/// The audience that was typed.
pub(super) fn audience(typed: Who) -> Audience {
    match typed {
        Who::Public => Audience::Public,
        Who::Internal => Audience::Internal,
    }
}

fn concerns(diagnostic: &Diagnostic, incident: &Incident) -> bool {
    let id = incident.id.as_str();
    let of_it = |path: &str| path == incident.path || layout::folder_name(path) == id;
    let place = diagnostic.place.as_ref();
    place.is_some_and(|place| of_it(&place.path))
}
