//! Typing again what an interrupted append left: it is completed, not recorded twice.

use super::appending::Place;
use super::console;
use super::context::Context;
use super::failure::Failure;
use crate::archive::piece::{self, Content};
use crate::archive::snapshot::{Snapshot, Version};
use crate::archive::unfinished::Unfinished;
use crate::archive::{Archive, layout};
use crate::incident::Incident;
use crate::incident::declaration::Declaration;
use crate::incident::entry::EntryForm;
use crate::text::plain;

/// Takes what was left, and no commit holds, out of the record as a writing verb sees it:
/// what nobody was told of has not been said yet.
pub(super) fn leave_out(context: &Context, archive: &mut Archive, left: &Unfinished) {
    let is_left = |path: &str| left.staged.contains(&context.repository.path(path));
    archive
        .incidents
        .retain(|incident| !is_left(&incident.path));
    for incident in &mut archive.incidents {
        let stays = |path: Option<&str>| !path.is_some_and(is_left);
        incident
            .entries
            .retain(|entry| stays(entry.path.as_deref()));
    }
}

/// The entry that was left and says what `form` says, whenever that was; with `at_its_time`
/// only if it says so of the same moment. Tells what else was left of the incident.
pub(super) fn entry(
    context: &Context,
    place: &Place,
    incident: &Incident,
    form: &EntryForm,
    at_its_time: bool,
) -> Result<Option<EntryForm>, Failure> {
    let folder = layout::incident_folder(&incident.path);
    let mut found = None;
    for (path, content) in left(context, place)? {
        let Content::Entry(left) = content else {
            continue;
        };
        let is_here = path
            .rsplit_once('/')
            .is_some_and(|(above, _)| above == folder);
        let timeless = EntryForm {
            at: form.at,
            after: form.after.clone(),
            ..(*left).clone()
        };
        let is_same = timeless == *form && !(at_its_time && left.at != form.at);
        if is_here && is_same {
            tell_completed(&path);
            found = Some(*left);
        } else if is_here {
            tell_left(context, place, &path);
        }
    }
    Ok(found)
}

/// The declaration that was left and says what `typed` says, with the id `id` if one is
/// named.
pub(super) fn declaration(
    context: &Context,
    place: &Place,
    typed: &Declaration,
    id: Option<&str>,
    at_its_time: bool,
) -> Result<Option<Declaration>, Failure> {
    for (path, content) in left(context, place)? {
        let Content::Incident(left) = content else {
            continue;
        };
        let timeless = Declaration {
            declared_at: typed.declared_at,
            ..(*left).clone()
        };
        let is_meant = id.is_none_or(|id| layout::stem(&path) == id);
        if is_meant && timeless == *typed && !(at_its_time && left.declared_at != typed.declared_at)
        {
            tell_completed(&path);
            return Ok(Some(*left));
        }
        tell_left(context, place, &path);
    }
    Ok(None)
}

/// The files that were left, by their paths in the record, and what they say.
fn left(context: &Context, place: &Place) -> Result<Vec<(String, Content)>, Failure> {
    let left = &place.left;
    let folder = Snapshot::new(&context.repository, Version::Folder)?;
    let mut found = Vec::new();
    for path in left.staged.iter().chain(&left.recorded) {
        let Some(path) = context.repository.record_path(path) else {
            continue;
        };
        let bytes = match place.recorded(context, path)? {
            None => folder.file(path)?,
            held => held,
        };
        let said = bytes.and_then(|bytes| piece::read(path, &bytes).piece);
        found.extend(said.map(|piece| (path.to_owned(), piece.content)));
    }
    Ok(found)
}

fn tell_completed(path: &str) {
    let id = plain::line(layout::stem(path));
    console::remark(&format!(
        "an append that was interrupted left {id}: this completes it, and adds nothing beside it"
    ));
}

fn tell_left(context: &Context, place: &Place, path: &str) {
    let path = context.repository.path(path);
    if place.left.staged.contains(&path) {
        let path = plain::line(&path);
        console::remark(&format!(
            "an append that was interrupted left `{path}`, which is not recorded: type the same again to record it, or delete it with `git rm -f :/{path}`"
        ));
    }
}
