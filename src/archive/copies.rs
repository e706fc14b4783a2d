//! Copies of the record's files, fit to leave the repository.
//!
//! A file goes as it stands, byte for byte, unless words in it were redacted: those stay
//! in the repository alone, so that file is written anew with the words hidden. A file
//! that only redacted entries attach stays behind. What cannot be read is not copied (its
//! diagnostics say so), nor is a file that belongs to no incident.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;

use super::piece::{self, Content};
use super::repository::RepositoryError;
use super::snapshot::Snapshot;
use super::{Archive, layout};
use crate::incident::Incident;
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
    let mut known: BTreeMap<&str, Leaving<'_>> = BTreeMap::new();
    let mut copies: BTreeMap<String, Vec<Copied>> = BTreeMap::new();
    for file in snapshot.list(layout::INCIDENTS)? {
        let declared = by_path.get(file.path.as_str());
        let owner = declared.or_else(|| by_id.get(layout::folder_name(&file.path)));
        let Some(&incident) = owner.filter(|_| file.is_file()) else {
            continue;
        };
        let Some(bytes) = snapshot.read(&file)? else {
            continue;
        };
        let id = incident.id.as_str();
        let leaving = match known.remove(id) {
            Some(leaving) => leaving,
            None => Leaving::of(incident, snapshot)?,
        };
        if let Some(bytes) = leaving.shown(&file.path, bytes) {
            let path = file.path;
            let own = copies.entry(id.to_owned()).or_default();
            own.push(Copied { path, bytes });
        }
        known.insert(id, leaving);
    }
    Ok(copies)
}

/// An incident whose files leave, and what each of them is looked up in.
struct Leaving<'a> {
    incident: &'a Incident,
    /// The entries with files of their own, by those files.
    by_path: BTreeMap<&'a str, &'a Entry>,
    /// The others, by their ids.
    inside: BTreeMap<&'a str, &'a Entry>,
    /// The names of the files that entries attach which are not redacted.
    attached: BTreeSet<&'a str>,
    /// Those that only redacted entries attach.
    hidden: BTreeSet<String>,
}

impl<'a> Leaving<'a> {
    fn of(incident: &'a Incident, snapshot: &Snapshot<'_>) -> Result<Self, RepositoryError> {
        let mut leaving = Self {
            incident,
            by_path: BTreeMap::new(),
            inside: BTreeMap::new(),
            attached: BTreeSet::new(),
            hidden: BTreeSet::new(),
        };
        for entry in &incident.entries {
            match &entry.path {
                Some(path) => leaving.by_path.insert(path, entry),
                None => leaving.inside.insert(entry.id.as_str(), entry),
            };
            if let (Statement::Attach(attachment), None) = (&entry.statement, &entry.redacted) {
                leaving.attached.insert(&attachment.file);
            }
        }
        leaving.hidden = leaving.hidden_names(snapshot)?;
        Ok(leaving)
    }

    /// The names that redacted entries attached before that was hidden, which is asked of
    /// their files: each is read once.
    fn hidden_names(&self, snapshot: &Snapshot<'_>) -> Result<BTreeSet<String>, RepositoryError> {
        let attaches = |entry: &&Entry| {
            entry.redacted.is_some() && matches!(entry.statement, Statement::Attach(_))
        };
        let read = |path: &str| -> Result<Option<Content>, RepositoryError> {
            // Taken for one that attaches nothing, it would let out the file that it hides.
            let gone = || RepositoryError::File(path.to_owned(), ErrorKind::NotFound.into());
            let bytes = snapshot.file(path)?.ok_or_else(gone)?;
            Ok(piece::read(path, &bytes).piece.map(|piece| piece.content))
        };
        let mut forms: Vec<EntryForm> = Vec::new();
        for (path, _) in self.by_path.iter().filter(|(_, entry)| attaches(entry)) {
            if let Some(Content::Entry(form)) = read(path)? {
                forms.push(*form);
            }
        }
        if self.inside.values().any(&attaches)
            && let Some(Content::Incident(declaration)) = read(&self.incident.path)?
        {
            let entries = declaration.entries.into_iter();
            forms.extend(entries.filter(|form| {
                let entry = self.inside.get(form.inline_id().as_ref());
                entry.is_some_and(&attaches)
            }));
        }
        let names = forms.into_iter().filter_map(|form| form.attach);
        let names = names.map(|attached| attached.file);
        Ok(names
            .filter(|name| !self.attached.contains(name.as_str()))
            .collect())
    }

    /// What may leave of the file at `path`.
    fn shown(&self, path: &str, bytes: Vec<u8>) -> Option<Vec<u8>> {
        let name = layout::name(path);
        if self.hidden.contains(name) {
            return None;
        }
        if path == self.incident.path {
            return self.declaration(path, bytes);
        }
        if let Some(entry) = self.by_path.get(path) {
            let Content::Entry(form) = piece::read(path, &bytes).piece?.content else {
                return None;
            };
            return match hidden(&form, entry) {
                None => Some(bytes),
                Some(form) => yaml::write(&form).ok().map(String::into_bytes),
            };
        }
        let words = self.incident.retrospective.as_ref();
        let is_words = words.is_some_and(|words| words.path == path);
        let is_attached = || self.attached.contains(name);
        (!piece::is_read(path) || is_words || is_attached()).then_some(bytes)
    }

    fn declaration(&self, path: &str, bytes: Vec<u8>) -> Option<Vec<u8>> {
        let Content::Incident(mut form) = piece::read(path, &bytes).piece?.content else {
            return None;
        };
        let mut altered = false;
        if self.incident.redacted.is_some() {
            let entries = std::mem::take(&mut form.entries);
            *form = self.incident.declaration.clone();
            form.entries = entries;
            altered = true;
        }
        for item in &mut form.entries {
            let id = item.inline_id().into_owned();
            let entry = self.inside.get(id.as_str());
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
}

/// `form` with words hidden as they are in `entry`; none where nothing is hidden.
fn hidden(form: &EntryForm, entry: &Entry) -> Option<EntryForm> {
    let says_it_all = form.statement().is_ok_and(|said| said == entry.statement);
    let is_whole = entry.redacted.is_none() && says_it_all;
    (!is_whole).then(|| form.saying(&entry.statement))
}
