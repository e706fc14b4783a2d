//! What the files of a stretch of history say, read before the first commit is told.
//!
//! A later commit may redact what an earlier one said, and nobody who is told of the
//! earlier one may see those words. So every file is read first, and is taken from here
//! when its commit comes. Few files redact anything: the others are kept as bytes and
//! taken apart when their commit comes, so that a long history needs little memory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::incidents_at;
use crate::archive::history::Step;
use crate::archive::layout;
use crate::archive::piece::{self, Content, Reading};
use crate::archive::repository::{FileDifference, ObjectId, Repository, RepositoryError};
use crate::incident::Incident;
use crate::incident::entry::EntryForm;
use crate::incident::id::IncidentId;
use crate::incident::redaction::Redactions;
use crate::incident::vocabulary::Vocabulary;

/// What was read ahead.
pub(super) struct Ahead {
    /// Their bytes, in the order in which the steps bring them.
    files: VecDeque<Vec<u8>>,
    /// What is redacted where the stretch ends, by incident.
    redactions: BTreeMap<IncidentId, Redactions>,
}

impl Ahead {
    /// Everything that `steps`, which lead to commit `to`, bring.
    pub(super) fn of(
        repository: &Repository,
        vocabulary: &Vocabulary,
        steps: &[Step],
        to: ObjectId,
    ) -> Result<Self, RepositoryError> {
        let mut files = VecDeque::new();
        let mut redacting: BTreeSet<&str> = BTreeSet::new();
        for change in steps.iter().flat_map(Step::below_incidents) {
            let Some(blob) = read(change) else { continue };
            let (path, file) = (change.path.as_str(), repository.blob(blob)?);
            if may_redact(&file) && redacts(&piece::read(path, &file)) {
                redacting.extend([layout::stem(path), layout::folder_name(path)]);
            }
            files.push_back(file);
        }
        let redacted = incidents_at(repository, vocabulary, to, &redacting)?;
        let redactions = redacted
            .iter()
            .map(|incident| (incident.id.clone(), Redactions::of(incident)))
            .collect();
        Ok(Self { files, redactions })
    }

    /// What the next file says that a step brings, if it is one that is read: they are to be
    /// taken in their order.
    pub(super) fn take(&mut self, change: &FileDifference) -> Option<Reading> {
        read(change)?;
        let bytes = self.files.pop_front()?;
        Some(piece::read(&change.path, &bytes).with_ids().forget_text())
    }

    /// Hides in `incident` the words that a later commit redacts.
    pub(super) fn hide(&self, incident: &mut Incident) {
        if let Some(redactions) = self.redactions.get(&incident.id) {
            redactions.hide(incident);
        }
    }
}

/// The blob that a change brings, if it is one that is read.
fn read(change: &FileDifference) -> Option<ObjectId> {
    let blob = change.blob_after();
    blob.filter(|_| piece::is_read(&change.path))
}

/// Whether a file has the word that hides others; it may be spelt with escapes. What is no
/// text says nothing.
fn may_redact(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    text.contains('\\') || text.contains("redact")
}

/// Whether a file hides words.
fn redacts(reading: &Reading) -> bool {
    let forms: &[EntryForm] = match reading.piece.as_ref().map(|piece| &piece.content) {
        Some(Content::Incident(declaration)) => &declaration.entries,
        Some(Content::Entry(form)) => std::slice::from_ref(form),
        _ => &[],
    };
    forms.iter().any(|form| form.redact.is_some())
}
