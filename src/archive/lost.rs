//! What history once held of the record and a branch lacks: what a revert took out, or a
//! commit that deleted files.

use std::collections::BTreeMap;

use super::history;
use super::layout;
use super::piece::{self, Content};
use super::repository::{ObjectId, Repository, RepositoryError};
use crate::incident::entry::EntryForm;
use crate::text::moment::Moment;

/// A file that is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Where it lay, relative to the record's root.
    pub path: String,
    /// Its bytes, as they were last.
    pub bytes: Vec<u8>,
    /// The id of the incident that it belongs to.
    pub incident: String,
    /// Which part of the incident it is.
    pub part: Part,
}

/// Which part of an incident a lost file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its own file, and the names of the files that entries in it attach.
    Declaration(Vec<String>),
    /// An entry, and the name of the file that it attaches.
    Entry(Option<String>),
    /// Another file: an attachment, perhaps.
    Other,
}

impl Lost {
    /// What it is called within its incident: an entry's id, a file's name, or
    /// `declaration`.
    pub fn name(&self) -> &str {
        match self.part {
            Part::Declaration(_) => crate::incident::id::DECLARATION,
            Part::Entry(_) => layout::stem(&self.path),
            Part::Other => layout::name(&self.path),
        }
    }
}

/// Every file that the way of first parents to `tip` once held and `tip` lacks, in the
/// order of paths.
pub fn lost(repository: &Repository, tip: ObjectId) -> Result<Vec<Lost>, RepositoryError> {
    let mut gone: BTreeMap<String, ObjectId> = BTreeMap::new();
    let steps = history::history(repository, None, tip, Moment::EPOCH, &[layout::INCIDENTS])?;
    for step in steps {
        for one in &step.changes {
            match (one.blob_before(), one.after) {
                (Some(id), None) => gone.insert(one.path.clone(), id),
                (_, Some(_)) => gone.remove(&one.path),
                _ => None,
            };
        }
    }
    let mut held: BTreeMap<(String, ObjectId), Vec<String>> = BTreeMap::new();
    if !gone.is_empty() {
        for file in repository.files(tip, layout::INCIDENTS)? {
            let key = (layout::name(&file.path).to_owned(), file.id);
            held.entry(key).or_default().push(file.path);
        }
    }
    let mut lost = Vec::new();
    for (path, id) in gone {
        let Some(found) = read(repository, path, id)? else {
            continue;
        };
        let key = (layout::name(&found.path).to_owned(), id);
        let is_same = |other: &String| {
            matches!(found.part, Part::Declaration(_))
                || layout::folder_name(other) == layout::folder_name(&found.path)
        };
        if !held.get(&key).into_iter().flatten().any(is_same) {
            lost.push(found);
        }
    }
    Ok(lost)
}

fn read(
    repository: &Repository,
    path: String,
    id: ObjectId,
) -> Result<Option<Lost>, RepositoryError> {
    if path.split('/').any(|name| name.starts_with('.')) {
        return Ok(None);
    }
    let bytes = repository.blob(id)?;
    let is_read = layout::is_yaml(&path);
    let piece = is_read.then(|| piece::read(&path, &bytes).piece).flatten();
    let attached = |form: &EntryForm| form.attach.as_ref().map(|said| said.file.clone());
    let part = match piece.map(|piece| piece.content) {
        Some(Content::Incident(said)) => {
            Part::Declaration(said.entries.iter().filter_map(attached).collect())
        }
        Some(Content::Entry(form)) => Part::Entry(attached(&form)),
        _ => Part::Other,
    };
    let incident = match part {
        Part::Declaration(_) => layout::stem(&path),
        _ => layout::folder_name(&path),
    };
    Ok(Some(Lost {
        incident: incident.to_owned(),
        path,
        bytes,
        part,
    }))
}
