//! `annals show`, `report` and `data`: one incident whole.

use serde_json::json;

use super::arguments::{Audience as Who, One};
use super::context::{Context, print_json};
use super::failure::Failure;
use super::past::Past;
use super::{exit, prose, selection};
use crate::archive::{Archive, layout};
use crate::incident::view::View;
use crate::incident::{Audience, Incident};
use crate::text::diagnostic::Diagnostic;

/// One incident, and the past that it was read from.
pub(super) struct Found {
    /// The whole record, as it is today at the version that was read.
    pub archive: Archive,
    /// The incident as it was, as its audience may see it.
    pub incident: Incident,
    /// Which past.
    pub past: Past,
    /// For whom.
    pub audience: Audience,
}

/// `annals show`.
pub(super) fn show(context: &Context, arguments: &One) -> Result<u8, Failure> {
    let found = Found::find(context, arguments)?;
    let view = found.view();
    let json = || serde_json::to_value([&view]).unwrap_or_default();
    let text = || prose::incident(&view, found.past.now);
    Ok(context.answer_to(found.audience, "incidents", json, text, &found.wrong()))
}

/// `annals data`.
pub(super) fn data(context: &Context, arguments: &One) -> Result<u8, Failure> {
    let found = Found::find(context, arguments)?;
    print_json(&json!({ "incident": found.view() }));
    Ok(exit::FINE)
}

impl Found {
    /// The incident that is meant, out of what of the record can be meant; for the public
    /// out of all, since it depends on others what may point to them.
    fn find(context: &Context, arguments: &One) -> Result<Self, Failure> {
        let past = Past::of(context, &arguments.looking)?;
        let archive = match audience(arguments.audience) {
            Audience::Public => past.archive(context)?,
            Audience::Internal => past.archive_about(context, &arguments.id)?,
        };
        Self::among(archive, past, arguments)
    }

    /// The incident of `archive` that is meant, as it was and as its audience may see it.
    pub(super) fn among(archive: Archive, past: Past, arguments: &One) -> Result<Self, Failure> {
        let audience = audience(arguments.audience);
        let whole = selection::any(&archive, &arguments.id)?;
        let unseen = || Failure::usage(format!("there is no incident `{}`", arguments.id));
        let seen = whole.seen_by(audience).ok_or_else(unseen)?;
        let incident = past.incident(&seen).ok_or_else(|| {
            let declared = seen.declaration.declared_at;
            Failure::usage(format!("{} was declared only at {declared}", seen.id))
        })?;
        let incident = incident.into_owned();
        Ok(Self {
            archive,
            incident,
            past,
            audience,
        })
    }

    /// What was found wrong in the incident's files.
    pub(super) fn wrong(&self) -> Vec<Diagnostic> {
        let found = self.archive.diagnostics.iter();
        let of_this = found.filter(|diagnostic| concerns(diagnostic, &self.incident));
        of_this.cloned().collect()
    }

    /// The incident as it stands, without what points to incidents that its audience does
    /// not see.
    fn view(&self) -> View {
        let mut view = View::of(&self.incident, &self.archive.vocabulary, self.past.now);
        if self.audience == Audience::Public {
            view.forget(|id| {
                let mut incidents = self.archive.incidents.iter();
                let other = incidents.find(|other| other.id.as_str() == id);
                other.is_none_or(|other| other.seen_by(self.audience).is_none())
            });
        }
        view
    }
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
