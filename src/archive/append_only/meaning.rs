//! What the record says on both sides of a change. Whatever was done to files, and however:
//! each incident and entry that was recorded must be read from them as it was before, and
//! what it attaches must be the same bytes. Nothing here asks which file says something.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, is_hidden};
use crate::archive::assembly::Assembly;
use crate::archive::layout;
use crate::archive::reading;
use crate::archive::repository::{ObjectId, Repository, RepositoryError};
use crate::archive::second_clock::SecondClock;
use crate::archive::settings::Settings;
use crate::archive::snapshot::{Snapshot, Version};
use crate::incident::Incident;
use crate::incident::entry::{Entry, Statement};
use crate::text::diagnostic::{Code, Diagnostic, Level, Place};

/// Incidents by their id.
type Incidents = BTreeMap<String, Incident>;

impl Change<'_> {
    /// What the change makes of recorded incidents that is not told by `found`.
    pub(super) fn altered(&self, found: &[Diagnostic]) -> Result<Vec<Diagnostic>, RepositoryError> {
        let names = self.touched(found);
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let to = self.to.map_or(Version::Folder, Version::Commit);
        let before = incidents(self.repository, Version::Commit(self.fork.id()), &names)?;
        let after = incidents(self.repository, to, &names)?;
        let mut told = Vec::new();
        for (id, incident) in &before {
            match after.get(id) {
                None => told.push(self.unread(incident)),
                Some(later) => told.extend(self.incident(incident, later)?),
            }
        }
        Ok(told)
    }

    /// The names of the incidents that the change may touch, without those of which an
    /// error is told already.
    fn touched(&self, found: &[Diagnostic]) -> BTreeSet<String> {
        let names = |path: &str| {
            [
                layout::stem(path).to_owned(),
                layout::folder_name(path).to_owned(),
            ]
        };
        let changed = self.differences.iter().filter(|one| !is_hidden(&one.path));
        let mut touched: BTreeSet<String> = changed.flat_map(|one| names(&one.path)).collect();
        let errors = found.iter().filter(|found| found.level == Level::Error);
        for place in errors.filter_map(|found| found.place.as_ref()) {
            for name in names(&place.path) {
                touched.remove(&name);
            }
        }
        touched
    }

    fn incident(
        &self,
        before: &Incident,
        after: &Incident,
    ) -> Result<Vec<Diagnostic>, RepositoryError> {
        let mut told = Vec::new();
        if before.declaration != after.declaration && after.redacted.is_none() {
            let message = format!(
                "the incident `{}` would be read from another file",
                before.id
            );
            told.push(self.differs(message, &before.path, &after.path));
        }
        let entries = after.entries.iter();
        let entries: BTreeMap<&str, &Entry> =
            entries.map(|entry| (entry.id.as_str(), entry)).collect();
        for entry in &before.entries {
            let was = entry.path.as_deref().unwrap_or(&before.path);
            let Some(later) = entries.get(entry.id.as_str()) else {
                let message = format!("the entry `{}` of `{}` would be lost", entry.id, before.id);
                told.push(self.lost(message, was));
                continue;
            };
            if !is_same(entry, later) {
                let is = later.path.as_deref().unwrap_or(&after.path);
                let message = format!(
                    "the entry `{}` of `{}` would be read from another file",
                    entry.id, before.id
                );
                told.push(self.differs(message, was, is));
            }
            told.extend(self.attachment(entry, later, was)?);
        }
        Ok(told)
    }

    /// That an entry would show another file than it attached.
    fn attachment(
        &self,
        entry: &Entry,
        later: &Entry,
        was: &str,
    ) -> Result<Option<Diagnostic>, RepositoryError> {
        let attached = entry.statement.attachment();
        let attached = attached.and_then(|attachment| attachment.path.as_deref());
        let Some(path) = attached.filter(|_| later.redacted.is_none()) else {
            return Ok(None);
        };
        let name = layout::name(path);
        let now = later.statement.attachment();
        let Some(now) = now.and_then(|attachment| attachment.path.as_deref()) else {
            let message = format!(
                "the attachment `{name}` of the entry `{}` would no longer be found",
                entry.id
            );
            let found = self.lost(message, was);
            return Ok(Some(found.help("move an attachment together with the entry that attaches it, and the folder of an incident together with its file")));
        };
        if self.blob_before(path)? == self.blob_after(now)? {
            return Ok(None);
        }
        let message = format!(
            "the attachment `{name}` of the entry `{}` would be another file",
            entry.id
        );
        Ok(Some(self.differs(message, path, now)))
    }

    fn blob_before(&self, path: &str) -> Result<Option<ObjectId>, RepositoryError> {
        match self.at(path) {
            Some(difference) => Ok(difference.blob_before()),
            None => self.repository.file_blob(self.fork.id(), path),
        }
    }

    fn blob_after(&self, path: &str) -> Result<Option<ObjectId>, RepositoryError> {
        let Some(difference) = self.at(path) else {
            return self.repository.file_blob(self.fork.id(), path);
        };
        let side = difference.after.filter(|side| !side.is_link);
        side.map(|side| Ok(self.kept(path, side)?.0)).transpose()
    }

    fn unread(&self, incident: &Incident) -> Diagnostic {
        let message = format!("the incident `{}` would be lost", incident.id);
        self.lost(message, &incident.path)
    }

    fn lost(&self, message: String, path: &str) -> Diagnostic {
        Diagnostic::error(Code::RecordedDeleted, message)
            .at(self.place(path))
            .help("put back what was recorded: it is no longer read as it was")
    }

    fn differs(&self, message: String, was: &str, is: &str) -> Diagnostic {
        Diagnostic::error(Code::RecordedEdited, message)
            .in_file(is)
            .because(self.place(was), "recorded")
            .help("put back what was recorded, and give what is new a name of its own")
    }

    fn place(&self, path: &str) -> Place {
        Place::file(path).of_revision(self.fork.name())
    }
}

/// Whether both say the same; words that were hidden meanwhile count for nothing.
fn is_same(before: &Entry, after: &Entry) -> bool {
    let facts = |entry: &Entry| {
        let after = entry.after.clone();
        (entry.at, entry.visibility, entry.pinned, after)
    };
    let words = |entry: &Entry| {
        (
            entry.by.clone(),
            plain(&entry.statement),
            entry.source.clone(),
        )
    };
    facts(before) == facts(after) && (after.redacted.is_some() || words(before) == words(after))
}

/// A statement without the place of what it attaches: files may move.
fn plain(statement: &Statement) -> Statement {
    let mut statement = statement.clone();
    if let Some(attachment) = statement.attachment_mut() {
        attachment.path = None;
    }
    statement
}

/// The incidents called by `names` at `version`.
fn incidents(
    repository: &Repository,
    version: Version,
    names: &BTreeSet<String>,
) -> Result<Incidents, RepositoryError> {
    let snapshot = Snapshot::new(repository, version)?;
    let record = reading::meant(&snapshot, &|name| names.contains(name))?;
    let head = match snapshot.version() {
        Version::Commit(id) => Some(id),
        Version::Folder => repository.head()?.commit,
    };
    let clock = SecondClock::upto(repository, head)?;
    let assembly = Assembly {
        record: &record,
        clock: &clock,
        vocabulary: &Settings::default().vocabulary(),
        now: None,
    };
    let made = names.iter().flat_map(|name| assembly.incidents(name).0);
    let by_id = made.map(|incident| (incident.id.to_string(), incident));
    Ok(by_id.collect())
}
