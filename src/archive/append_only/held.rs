//! What the record held where a change began: which part of it each file is.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::archive::layout;
use crate::archive::piece::{self, Content, Piece};
use crate::archive::repository::{ObjectId, Repository, RepositoryError, Side};
use crate::incident::declaration::Declaration;
use crate::incident::entry::EntryForm;
use crate::text::diagnostic::Place;
use crate::text::source::Source;
use crate::text::yaml;

/// Which part of the record a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// An incident's own file.
    Declaration,
    /// An entry.
    Entry,
    /// A file that an entry attaches.
    Attachment,
    /// A file that could not be read, and so said nothing.
    Unreadable,
}

/// A file of the record as it was held.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// Where it lay.
    pub path: String,
    /// Its blob.
    pub id: ObjectId,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Which part of the record it is.
    pub part: Part,
    /// What it says, where it is read.
    pub piece: Option<Piece>,
}

impl Held {
    /// The id of the incident that it belongs to.
    pub(super) fn incident(&self) -> &str {
        match self.part {
            Part::Declaration => layout::stem(&self.path),
            _ => layout::folder_name(&self.path),
        }
    }

    /// Whether the file at `path` would be the same part of the record, by its name.
    pub(super) fn is_called(&self, path: &str) -> bool {
        let beside = layout::folder_name(path) == layout::folder_name(&self.path);
        layout::name(path) == layout::name(&self.path)
            && (self.part == Part::Declaration || beside)
            && !super::is_hidden(path)
    }

    /// What it is, in words.
    pub(super) fn what(&self) -> String {
        let (stem, name) = (layout::stem(&self.path), layout::name(&self.path));
        match self.part {
            Part::Declaration => format!("the incident `{stem}`"),
            Part::Entry => format!("the entry `{stem}`"),
            Part::Attachment => format!("the attachment `{name}`"),
            Part::Unreadable => format!("the file `{name}`"),
        }
    }

    /// Its declaration, when it is an incident's own file.
    pub(super) fn declaration(&self) -> Option<&Declaration> {
        match self.piece.as_ref().map(|piece| &piece.content) {
            Some(Content::Incident(declaration)) => Some(declaration),
            _ => None,
        }
    }

    /// The line that tells best what it says, as `revision` holds it.
    pub(super) fn first_place(&self, revision: &str) -> Place {
        const TELLING: [&str; 9] = [
            "title",
            "update",
            "comment",
            "attach",
            "assessment",
            "correct",
            "retract",
            "redact",
            "duplicate_of",
        ];
        let Some(Piece { source, .. }) = &self.piece else {
            return Place::file(&self.path).of_revision(revision);
        };
        let key = yaml::parse(source)
            .ok()
            .and_then(|node| TELLING.iter().find_map(|key| node.key(key)));
        let line = key.map_or(1, |span| source.place(span).line);
        source.line(line).of_revision(revision)
    }
}

/// Paths and blobs, by the id of an incident.
type FilesByIncident = BTreeMap<String, Vec<(String, ObjectId)>>;

/// The commit at which a change began.
pub(super) struct Fork<'a> {
    repository: &'a Repository,
    id: ObjectId,
    name: String,
    files: OnceCell<FilesByIncident>,
}

impl<'a> Fork<'a> {
    pub(super) fn new(repository: &'a Repository, id: ObjectId, name: &str) -> Self {
        Self {
            repository,
            id,
            name: name.to_owned(),
            files: OnceCell::new(),
        }
    }

    /// What people call it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The commit.
    pub(super) fn id(&self) -> ObjectId {
        self.id
    }

    /// What the file at `path` was; none when it is ordinary.
    pub(super) fn held(&self, path: &str, side: Side) -> Result<Option<Held>, RepositoryError> {
        let (Some(id), false) = (side.id, side.is_link) else {
            return Ok(None);
        };
        if layout::name(path) == layout::RETROSPECTIVE {
            return Ok(None);
        }
        let bytes = self.repository.blob(id)?;
        let is_read = piece::is_read(path);
        let piece = is_read.then(|| piece::read(path, &bytes).piece).flatten();
        let part = match piece.as_ref().map(|piece| &piece.content) {
            Some(Content::Incident(_)) => Part::Declaration,
            Some(Content::Entry(_)) => Part::Entry,
            _ if self.is_attached(path)? => Part::Attachment,
            _ if is_read => Part::Unreadable,
            _ => return Ok(None),
        };
        Ok(Some(Held {
            path: path.to_owned(),
            id,
            bytes,
            part,
            piece,
        }))
    }

    /// What the commit held at `path`, if that was an incident's own file.
    pub(super) fn source(&self, path: &str) -> Result<Option<Source>, RepositoryError> {
        let bytes = self.repository.file(self.id, path)?;
        Ok(bytes.and_then(|bytes| Source::read(path, &bytes).ok()))
    }

    /// Whether an entry attaches the file at `path`.
    fn is_attached(&self, path: &str) -> Result<bool, RepositoryError> {
        let name = layout::name(path);
        let files = self.files_by_incident()?.get(layout::folder_name(path));
        for (path, id) in files.into_iter().flatten() {
            let reading = piece::read(path, &self.repository.blob(*id)?);
            let Some(piece) = reading.piece else { continue };
            if attached(&piece.content).any(|file| file == name) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The files that are read, each under the ids of the incidents it may belong to. Only
    /// asked for when a file that is not read itself was changed.
    fn files_by_incident(&self) -> Result<&FilesByIncident, RepositoryError> {
        if let Some(files) = self.files.get() {
            return Ok(files);
        }
        let mut files = FilesByIncident::new();
        for file in self.repository.files(self.id, layout::INCIDENTS)? {
            if !layout::is_yaml(&file.path) {
                continue;
            }
            let names = [layout::stem(&file.path), layout::folder_name(&file.path)];
            for name in BTreeSet::from(names) {
                let file = (file.path.clone(), file.id);
                files.entry(name.to_owned()).or_default().push(file);
            }
        }
        Ok(self.files.get_or_init(|| files))
    }
}

/// The names of the files that a file of the record attaches.
pub(super) fn attached(content: &Content) -> impl Iterator<Item = &str> {
    let forms: &[EntryForm] = match content {
        Content::Incident(declaration) => &declaration.entries,
        Content::Entry(form) => std::slice::from_ref(form),
        Content::Retrospective(_) => &[],
    };
    let files = forms.iter().filter_map(|form| form.attach.as_ref());
    files.map(|attachment| attachment.file.as_str())
}
