//! Copies of the record's files, fit to leave the repository.
//!
//! A file goes as it stands, byte for byte, unless words in it were redacted: those stay
//! in the repository alone, so that file is written anew with the words hidden. A file
//! that only redacted entries attach stays behind. What cannot be read is not copied (its diagnostics say so), nor is a file that belongs to
//! no incident.

use std::collections::BTreeMap;

use super::piece::{self, Content};
use super::repository::RepositoryError;
use super::snapshot::Snapshot;
use super::{Archive, layout};
use crate::incident::Incident;
use crate::incident::declaration::Declaration;
use crate::incident::entry::{Entry, EntryForm, Statement};
use crate::text::yaml;

/// A copy of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Its path, relative to the record's root.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The files of every incident of `archive`, which was read from `snapshot`: by the id of
/// the incident, in the order of their paths.
pub fn copies(
    snapshot: &Snapshot<'_>,
    archive: &Archive,
) -> Result<BTreeMap<String, Vec<Copied>>, RepositoryError> {
    let incidents = archive.incidents.iter();
    let by_path: BTreeMap<&str, &Incident> = incidents
        .clone()
        .map(|incident| (incident.path.as_str(), incident))
        .collect();
    let by_id: BTreeMap<&str, &Incident> = incidents
        .map(|incident| (incident.id.as_str(), incident))
        .collect();
    let mut copies: BTreeMap<String, Vec<Copied>> = BTreeMap::new();
    for file in snapshot.list(layout::INCIDENTS)? {
        let declared = by_path.get(file.path.as_str());
        let owner = declared.or_else(|| by_id.get(layout::folder_name(&file.path)));
        let Some(incident) = owner.filter(|_| file.is_file()) else {
            continue;
        };
        let Some(bytes) = snapshot.read(&file)? else {
            continue;
        };
        if hides_file(incident, &file.path, snapshot)? {
            continue;
        }
        if let Some(bytes) = shown(incident, &file.path, bytes) {
            let path = file.path;
            let own = copies.entry(incident.id.to_string()).or_default();
            own.push(Copied { path, bytes });
        }
    }
    Ok(copies)
}

/// Whether redacted entries of `incident` attach the file at `path`, and no other does.
fn hides_file(
    incident: &Incident,
    path: &str,
    snapshot: &Snapshot<'_>,
) -> Result<bool, RepositoryError> {
    let (name, mut hidden) = (layout::name(path), false);
    for entry in &incident.entries {
        let Statement::Attach(attachment) = &entry.statement else {
            continue;
        };
        if entry.redacted.is_none() && attachment.file == name {
            return Ok(false);
        }
        hidden |= entry.redacted.is_some() && attached_first(incident, entry, snapshot)? == name;
    }
    Ok(hidden)
}

/// The name of the file that `entry` attached before that was hidden.
fn attached_first(
    incident: &Incident,
    entry: &Entry,
    snapshot: &Snapshot<'_>,
) -> Result<String, RepositoryError> {
    let path = entry.path.as_deref().unwrap_or(&incident.path);
    let bytes = snapshot.file(path)?.unwrap_or_default();
    let form = match piece::read(path, &bytes).piece.map(|piece| piece.content) {
        Some(Content::Entry(form)) => Some(*form),
        Some(Content::Incident(declaration)) => inline(&declaration, entry),
        _ => None,
    };
    let attached = form.and_then(|form| form.attach);
    Ok(attached.map(|attached| attached.file).unwrap_or_default())
}

/// The form of `entry` inside an incident's own file.
fn inline(declaration: &Declaration, entry: &Entry) -> Option<EntryForm> {
    let mut forms = declaration.entries.iter();
    forms
        .find(|form| form.inline_id() == entry.id.as_str())
        .cloned()
}

/// What may leave of the file at `path`, which belongs to `incident`.
fn shown(incident: &Incident, path: &str, bytes: Vec<u8>) -> Option<Vec<u8>> {
    if path == incident.path {
        return declaration(incident, path, bytes);
    }
    let mut entries = incident.entries.iter();
    if let Some(entry) = entries.find(|entry| entry.path.as_deref() == Some(path)) {
        let Content::Entry(form) = piece::read(path, &bytes).piece?.content else {
            return None;
        };
        return match hidden(&form, entry) {
            None => Some(bytes),
            Some(form) => yaml::write(&form).ok().map(String::into_bytes),
        };
    }
    let words = incident.retrospective.as_ref();
    let is_words = words.is_some_and(|words| words.path == path);
    let attaches = |entry: &Entry| match &entry.statement {
        Statement::Attach(attachment) => attachment.file == layout::name(path),
        _ => false,
    };
    let is_attached = || incident.entries.iter().any(attaches);
    (!piece::is_read(path) || is_words || is_attached()).then_some(bytes)
}

fn declaration(incident: &Incident, path: &str, bytes: Vec<u8>) -> Option<Vec<u8>> {
    let Content::Incident(mut form) = piece::read(path, &bytes).piece?.content else {
        return None;
    };
    let mut altered = false;
    if incident.redacted.is_some() {
        let entries = std::mem::take(&mut form.entries);
        *form = incident.declaration.clone();
        form.entries = entries;
        altered = true;
    }
    for item in &mut form.entries {
        let id = item.inline_id().into_owned();
        let is_this = |entry: &&Entry| entry.path.is_none() && entry.id.as_str() == id;
        let entry = incident.entries.iter().find(is_this);
        if let Some(hidden) = entry.and_then(|entry| hidden(item, entry)) {
            let id = Some(id);
            *item = EntryForm { id, ..hidden };
            altered = true;
        }
    }
    if altered {
        return yaml::write(&form).ok().map(String::into_bytes);
    }
    Some(bytes)
}

/// `form` with words hidden as they are in `entry`; none where nothing is hidden.
fn hidden(form: &EntryForm, entry: &Entry) -> Option<EntryForm> {
    let says_it_all = form.statement().is_ok_and(|said| said == entry.statement);
    let is_whole = entry.redacted.is_none() && says_it_all;
    (!is_whole).then(|| form.saying(&entry.statement))
}
