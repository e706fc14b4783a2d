//! What the files of a stretch of history say, read before the first commit is told.
//!
//! A later commit may redact what an earlier one said, and nobody who is told of the
//! earlier one may see those words. So every file is read first, once, and is taken from
//! here when its commit comes. Few files redact anything: the others are kept as bytes and
//! taken apart when their commit comes, so that a long history needs little memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::incidents_at;
use crate::archive::history::Step;
use crate::archive::layout;
use crate::archive::piece::{self, Content, Reading};
use crate::archive::repository::{ObjectId, Repository, RepositoryError};
use crate::incident::Incident;
use crate::incident::entry::EntryForm;
use crate::incident::id::IncidentId;
use crate::incident::redaction::Redactions;
use crate::incident::vocabulary::Vocabulary;

/// What was read ahead.
pub(super) struct Ahead {
    files: HashMap<ObjectId, Vec<u8>>,
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
        let mut files = HashMap::new();
        let mut redacting: BTreeSet<&str> = BTreeSet::new();
        for change in steps.iter().flat_map(Step::below_incidents) {
            let path = change.path.as_str();
            let Some(blob) = change.blob_after().filter(|_| piece::is_read(path)) else {
                continue;
            };
            let bytes = repository.blob(blob)?;
            if may_redact(&bytes) && redacts(&piece::read(path, &bytes)) {
                redacting.extend([layout::stem(path), layout::folder_name(path)]);
            }
            files.insert(blob, bytes);
        }
        let redacted = incidents_at(repository, vocabulary, to, &redacting)?;
        let redactions = redacted
            .iter()
            .map(|incident| (incident.id.clone(), Redactions::of(incident)))
            .collect();
        Ok(Self { files, redactions })
    }

    /// What the file at `path` says, whose blob is `blob`. It is not kept: few files come
    /// twice.
    pub(super) fn take(
        &mut self,
        repository: &Repository,
        path: &str,
        blob: ObjectId,
    ) -> Result<Reading, RepositoryError> {
        let bytes = match self.files.remove(&blob) {
            Some(bytes) => bytes,
            None => repository.blob(blob)?,
        };
        Ok(piece::read(path, &bytes).forget_text())
    }

    /// Hides in `incident` the words that a later commit redacts.
    pub(super) fn hide(&self, incident: &mut Incident) {
        if let Some(redactions) = self.redactions.get(&incident.id) {
            redactions.hide(incident);
        }
    }
}

/// Whether a file has the word that hides others; it may be spelt with escapes.
fn may_redact(bytes: &[u8]) -> bool {
    const WORD: &[u8] = b"redact";
    bytes.contains(&b'\\') || bytes.windows(WORD.len()).any(|word| word == WORD)
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
