//! The declaration of an incident that the archive does not hold yet.
//!
//! Facts are those of the oldest sighting; time and resources take the updates of
//! all of them into account, so that nothing is said before it was declared and
//! nothing is named twice.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::super::{Note, Sighting, words};
use crate::incident::declaration::{Declaration, Resource, Visibility};
use crate::incident::vocabulary::{Phase, Vocabulary};

/// The declaration that `sightings` make, `first` being the oldest.
pub(super) fn declaration(
    first: &Sighting,
    sightings: &[&Sighting],
    vocabulary: &Vocabulary,
) -> Declaration {
    let times = sightings.iter().map(|sighting| sighting.declared_at);
    let declared_at = times.fold(first.declared_at, Ord::min);
    let notes: Vec<&Note> = sightings
        .iter()
        .flat_map(|sighting| &sighting.notes)
        .collect();
    Declaration {
        title: first.title.clone(),
        severity: words::severity(first.impact.as_deref(), vocabulary).to_owned(),
        declared_at,
        declared_by: first.by.clone(),
        kind: first.kind,
        status: status(first, &notes, vocabulary),
        started_at: first.started_at.filter(|started| *started <= declared_at),
        detected_at: None,
        scheduled_for: first.scheduled_for,
        scheduled_until: first.scheduled_until,
        summary: first.summary.clone(),
        resources: resources(first, &notes),
        tags: first.tags.clone(),
        roles: BTreeMap::new(),
        links: first.links.clone(),
        visibility: Visibility::Public,
        entries: Vec::new(),
        source: Some(source(first)),
        own: BTreeMap::new(),
    }
}

/// The status of the first update: a status page opens an incident with one. An
/// incident that was over when it was written down was open until that update.
fn status(first: &Sighting, notes: &[&Note], vocabulary: &Vocabulary) -> Option<String> {
    let opening = notes.iter().min_by_key(|note| note.at);
    let word = opening.map_or(first.status.as_ref(), |note| note.status.as_ref())?;
    words::status(word, first.kind, vocabulary)
        .filter(|word| vocabulary.phase(word) != Phase::Resolved)
        .filter(|word| *word != vocabulary.initial(first.kind))
        .map(str::to_owned)
}

/// The resources that no update names; the others join with what happens to them.
fn resources(first: &Sighting, notes: &[&Note]) -> Vec<Resource> {
    let named: BTreeSet<&str> = notes
        .iter()
        .flat_map(|note| &note.resources)
        .map(|resource| resource.id.as_str())
        .collect();
    let unnamed = |resource: &&Resource| !named.contains(resource.id.as_str());
    first.resources.iter().filter(unnamed).cloned().collect()
}

fn source(first: &Sighting) -> Json {
    let origin = &first.origin;
    let mut source = Map::new();
    source.insert("kind".to_owned(), json!(origin.kind));
    source.insert("page".to_owned(), json!(origin.page));
    source.insert("id".to_owned(), json!(origin.id));
    let url = first.url.as_ref();
    source.extend(url.map(|url| ("url".to_owned(), json!(url))));
    let times = [
        ("created_at", first.created_at),
        ("updated_at", first.changed_at),
    ];
    for (key, at) in times {
        source.extend(at.map(|at| (key.to_owned(), json!(at))));
    }
    source.extend(first.said.clone());
    Json::Object(source)
}
