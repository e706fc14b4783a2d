//! What updates say, and which of them are new.
//!
//! Status pages edit what they have published. The record does not: the words that
//! were seen first stay, and later ones are an exception that keeps them.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::super::exception::What;
use super::super::{Note, Sighting};
use super::Telling;
use crate::incident::entry::{Entry, Statement};
use crate::text::moment::Moment;

impl<'a> Telling<'a> {
    /// The updates that are new, each once: as it was first seen.
    pub(super) fn union(
        &mut self,
        sightings: &[&'a Sighting],
        entries: &'a [Entry],
    ) -> Vec<(&'a Sighting, &'a Note)> {
        let mut wordings: BTreeMap<&str, Wording> =
            entries.iter().filter_map(Wording::of_entry).collect();
        let mut met: BTreeMap<&str, &str> = BTreeMap::new();
        let mut new = Vec::new();
        let all = sightings
            .iter()
            .flat_map(|sighting| sighting.notes.iter().map(move |note| (*sighting, note)));
        for (sighting, note) in all {
            let wording = Wording::of_note(note);
            let again = met.insert(&note.id, &sighting.file);
            let Some(earlier) = wordings.get(note.id.as_str()) else {
                wordings.insert(&note.id, wording);
                new.push((sighting, note));
                continue;
            };
            if *earlier != wording {
                // Both were in one file: of these, too, the words that come first in time stay.
                let twice = again == Some(sighting.file.as_str());
                let detail = if twice { "twice in one file" } else { "" };
                let original = wording.json();
                self.except(sighting, Some(note), What::EditedUpdate, detail, original);
            }
            if again.is_some() {
                self.told.repeated += 1;
            } else {
                self.told.known += 1;
            }
        }
        new
    }
}

/// What an update says, to tell whether it was edited.
#[derive(PartialEq)]
struct Wording {
    at: Moment,
    status: Option<String>,
    body: Option<String>,
}

impl Wording {
    fn of_note(note: &Note) -> Self {
        Self {
            at: note.at,
            status: note.status.clone(),
            body: note.body.clone(),
        }
    }

    /// What a known entry says, under the id that the source gave it.
    fn of_entry(entry: &Entry) -> Option<(&str, Self)> {
        let source = entry.source.as_ref()?;
        let word = |key| source.get(key).and_then(Json::as_str);
        let body = match &entry.statement {
            Statement::Comment(body) => Some(body.clone()),
            Statement::Update(_, body) => body.clone(),
            _ => None,
        };
        let wording = Self {
            at: happened(entry),
            status: word("status").map(str::to_owned),
            body,
        };
        Some((word("id")?, wording))
    }

    fn json(&self) -> Json {
        json!({"display_at": self.at, "status": self.status, "body": self.body})
    }
}

/// When a known entry happened by the source, before it was set apart from another.
pub(super) fn happened(entry: &Entry) -> Moment {
    let source = entry.source.as_ref();
    let original = source.and_then(|source| source.get("display_at")?.as_str());
    original
        .and_then(|text| Moment::parse(text).ok())
        .unwrap_or(entry.at)
}
