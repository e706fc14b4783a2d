//! What the record held where a change began: which part of it each file is.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::archive::layout;
use crate::archive::piece::{self, Content, Piece};
use crate::archive::reading;
use crate::archive::record::Folder;
use crate::archive::repository::{ObjectId, Repository, RepositoryError, Side};
use crate::archive::snapshot::{Snapshot, Version};
use crate::incident::declaration::Declaration;
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

/// The commit at which a change began.
pub(super) struct Fork<'a> {
    repository: &'a Repository,
    id: ObjectId,
    name: String,
    /// The paths of what entries attach, by the name of the incident, as far as it was
    /// asked for.
    attached: RefCell<BTreeMap<String, BTreeSet<String>>>,
}

impl<'a> Fork<'a> {
    pub(super) fn new(repository: &'a Repository, id: ObjectId, name: &str) -> Self {
        Self {
            repository,
            id,
            name: name.to_owned(),
            attached: RefCell::default(),
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

    /// Whether an entry attaches the file at `path`, whatever kind of entry, and wherever
    /// that stands.
    fn is_attached(&self, path: &str) -> Result<bool, RepositoryError> {
        let incident = layout::folder_name(path);
        let mut known = self.attached.borrow_mut();
        if let Some(attached) = known.get(incident) {
            return Ok(attached.contains(path));
        }
        let snapshot = Snapshot::new(self.repository, Version::Commit(self.id))?;
        let record = reading::meant(&snapshot, &|name| name == incident)?;
        let attached = record.folder(incident).map(Folder::attachments);
        let attached: BTreeSet<String> =
            attached.into_iter().flatten().map(str::to_owned).collect();
        let is_attached = attached.contains(path);
        known.insert(incident.to_owned(), attached);
        Ok(is_attached)
    }
}
