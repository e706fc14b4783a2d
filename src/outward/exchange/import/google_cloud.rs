//! Google Cloud's incidents, of before and after 2021.
//!
//! Source of the fields: `https://status.cloud.google.com/incidents.json`, its JSON
//! schema, and files of both generations. The older has a `number` for each service, a
//! `uri` and `most-recent-update`; the newer has an `id`, `most_recent_update`, the
//! products and places that are affected, and a status with every update. That status
//! is the service's, not the response's, so an incident is over when `end` says so.
//! An incident that both generations tell has two ids and stands twice.

use serde_json::{Value as Json, json};

use super::exception::What;
use super::reading::{self, Ids, Object, Reading};
use super::{Ending, Format, Note, Origin, Sighting};
use crate::incident::declaration::Resource;
use crate::text::moment::Moment;

/// The tool, as it is typed and as `x-source` names it.
const KIND: &str = "google-cloud";
/// Where its incidents are read.
const ADDRESS: &str = "https://status.cloud.google.com";
/// What is kept of an incident in the words of the source.
const SAID: [&str; 6] = [
    "number",
    "service_name",
    "severity",
    "status_impact",
    "begin",
    "end",
];

pub(super) const FORMAT: Format = Format {
    name: KIND,
    endings: &["json"],
    read,
};

/// Reads one file.
fn read(reading: &mut Reading<'_>, bytes: &[u8]) {
    let Some(json) = reading.file_json(bytes) else {
        return;
    };
    let known = |item: &Json| item.get("external_desc").is_some() || item.get("begin").is_some();
    match json.as_array() {
        Some(items) if items.is_empty() || items.iter().any(known) => {
            for item in items {
                incident(reading, item);
            }
        }
        _ => reading.except(What::ForeignFile, "no list of incidents", &Json::Null),
    }
}

fn incident(reading: &mut Reading<'_>, json: &Json) {
    reading.begin(None);
    let Some(object) = json.as_object() else {
        reading.except(What::NotAnIncident, "", json);
        return;
    };
    let updates = updates(reading, object);
    let uri = reading.word(object, "uri");
    let uri = uri.as_deref().map(|uri| uri.trim_start_matches('/'));
    let own = uri.and_then(|uri| uri.split_once('/')).map(|(_, own)| own);
    let Some(id) = reading.word(object, "id").or(own.map(str::to_owned)) else {
        reading.leave(What::IncidentWithoutId, "id", json, &[], updates);
        return;
    };
    reading.incident = Some(id.clone());
    if object.get("public") == Some(&Json::Bool(false)) {
        reading.leave(What::Unpublished, "public", json, &[], updates);
        return;
    }
    let notes = reading.notes(updates.iter().rev(), note);
    let created_at = reading.time(object, "created");
    let Some(declared_at) = reading.declared(created_at, &notes) else {
        reading.except(What::IncidentWithoutTime, "created", json);
        return;
    };
    let sighting = sighting(reading, object, &id, declared_at);
    reading.take(Sighting {
        url: uri.map(|uri| format!("{ADDRESS}/{uri}")),
        created_at,
        notes,
        ..sighting
    });
}

fn sighting(reading: &mut Reading<'_>, object: &Object, id: &str, declared_at: Moment) -> Sighting {
    let origin = Origin::new(KIND, "status.cloud.google.com", id);
    let by = "Google Cloud status page".to_owned();
    let title = reading.title(object, "external_desc", &format!("Incident {id}"));
    let started_at = reading.time(object, "begin");
    let possible = started_at.filter(|started| *started <= declared_at);
    if possible != started_at {
        reading.except_key(What::ImpossibleTime, object, "begin");
    }
    let over = reading.word(object, "end").map(|_| "resolved".to_owned());
    let sighting = Sighting {
        ending: Ending::Named,
        impact: impact(reading, object),
        status: over,
        started_at: possible,
        changed_at: reading.time(object, "modified"),
        resources: products(reading, object),
        said: said(object),
        ..Sighting::new(reading.file, origin, by, title, declared_at)
    };
    reading.ended(sighting, object, "end")
}

/// The updates, newest first. A source that lists none may still show its last.
fn updates<'j>(reading: &mut Reading<'_>, object: &'j Object) -> &'j [Json] {
    let listed = reading.list(object, "updates");
    let last = ["most_recent_update", "most-recent-update"]
        .into_iter()
        .find_map(|key| object.get(key).filter(|last| last.is_object()));
    match last {
        Some(last) if listed.is_empty() => std::slice::from_ref(last),
        _ => listed,
    }
}

fn note(reading: &mut Reading<'_>, object: &Object, ids: &mut Ids) -> Option<Note> {
    let written = reading.word(object, "created").unwrap_or_default();
    let id = ids.of(&written.replace("+00:00", "Z"));
    reading.update = Some(id.clone());
    let created_at = reading.time(object, "created");
    let Some(at) = reading.time(object, "when").or(created_at) else {
        let original = Json::Object(object.clone());
        reading.except(What::UpdateWithoutTime, "when", &original);
        return None;
    };
    let updated_at = reading.time(object, "modified");
    let places = reading.list(object, "affected_locations");
    let service_status = reading.word(object, "status");
    Some(Note {
        body: reading.body(object, "text"),
        resources: resources(reading, places, "region"),
        said: service_status.map_or_else(Object::new, |status| {
            Object::from_iter([("service_status".to_owned(), json!(status))])
        }),
        ..Note::new(id, at).written(created_at, updated_at)
    })
}

/// How bad it was. Its own word for it is kept beside.
fn impact(reading: &mut Reading<'_>, object: &Object) -> Option<String> {
    let word = reading.word(object, "severity");
    let word = word.or_else(|| reading.word(object, "status_impact"));
    let impact = match word.as_deref()? {
        "high" | "SERVICE_OUTAGE" => "critical",
        "medium" | "SERVICE_DISRUPTION" => "major",
        "low" | "SERVICE_INFORMATION" => "minor",
        other => other,
    };
    Some(impact.to_owned())
}

/// The products; in the older generation the one service.
fn products(reading: &mut Reading<'_>, object: &Object) -> Vec<Resource> {
    let products = reading.list(object, "affected_products");
    if !products.is_empty() {
        return resources(reading, products, "product");
    }
    let name = reading.word(object, "service_name");
    let service = name.and_then(|name| reading::resource(KIND, "product", &name));
    service.into_iter().collect()
}

/// What a list of titles and ids names: products by their title, since their ids say
/// nothing, and places by their id.
fn resources(reading: &mut Reading<'_>, items: &[Json], role: &str) -> Vec<Resource> {
    let mut resources = Vec::new();
    for json in items {
        let empty = Object::new();
        let object = json.as_object().unwrap_or(&empty);
        let title = reading.word(object, "title");
        let place = reading.word(object, "id").filter(|_| role == "region");
        let named = title.as_deref().or(place.as_deref());
        let known = reading::resource(KIND, role, place.as_deref().or(named).unwrap_or_default());
        match known {
            Some(resource) => resources.push(Resource {
                name: named.map(str::to_owned),
                ..resource
            }),
            None => reading.except(What::UnknownComponent, role, json),
        }
    }
    reading::distinct(resources)
}

/// What the source says of an incident in words of its own, for `x-source`.
fn said(object: &Object) -> Object {
    let known = SAID
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), object.get(*key)?.clone())));
    known.filter(|(_, value)| *value != json!(null)).collect()
}
