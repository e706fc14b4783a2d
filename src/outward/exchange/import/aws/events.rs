//! The events of the AWS health dashboard as it is since 2022: `currentevents`, `events`
//! and `historyevents.json`.
//!
//! Source of the fields: `https://health.aws.amazon.com/public/currentevents` and files of
//! it. Every line of an event's log bears its own seconds of Unix time and its own status,
//! so no clock in words has to be read. The answer is UTF-16 with a byte order mark.

use serde_json::{Value as Json, json};

use super::{KIND, RESOLVED, epoch, id, impact, said};
use crate::incident::declaration::Resource;
use crate::outward::exchange::import::exception::What;
use crate::outward::exchange::import::reading::{self, Ids, Object, Reading};
use crate::outward::exchange::import::{Note, Origin, Sighting};
use crate::text::moment::Moment;

/// The status of a line that says that it is over.
const OVER: &str = "0";

/// Whether an event is of this form.
pub(super) fn is_one(event: &Json) -> bool {
    event.get("event_log").is_some()
}

/// Reads one event.
pub(super) fn incident(reading: &mut Reading<'_>, json: &Json) {
    reading.begin(None);
    let Some(object) = json.as_object() else {
        reading.except(What::NotAnIncident, "", json);
        return;
    };
    let service = reading.word(object, "service");
    let stamp = reading.word(object, "date").unwrap_or_default();
    reading.incident = service.as_ref().map(|name| format!("{name}/{stamp}"));
    let notes = notes(reading, object);
    let Some(service) = service else {
        reading.leave(What::IncidentWithoutId, "service", json, &notes, &[]);
        return;
    };
    // The event's own date may be a day; its log is told to the second.
    let undated = notes.is_empty();
    let date = undated.then(|| reading.time(object, "date")).flatten();
    let Some(declared_at) = reading.declared(date, &notes) else {
        reading.except(What::IncidentWithoutTime, "event_log", json);
        return;
    };
    let sighting = sighting(reading, object, &service, declared_at, notes);
    reading.take(sighting);
}

fn sighting(
    reading: &mut Reading<'_>,
    object: &Object,
    service: &str,
    declared_at: Moment,
    notes: Vec<Note>,
) -> Sighting {
    let summary = reading.word(object, "summary").unwrap_or_default();
    let (title, over) = unmarked(&summary);
    let over = over || notes.last().is_some_and(|note| note.status.is_some());
    let title = if title.is_empty() {
        reading.title(&Object::new(), "summary", service)
    } else {
        title.to_owned()
    };
    let origin = Origin::new(KIND, &reading.page(KIND), &id(service, &notes, declared_at));
    let by = "AWS service health dashboard".to_owned();
    Sighting {
        impact: worst(reading, object),
        status: over.then(|| "resolved".to_owned()),
        resources: resources(reading, object, service),
        said: said(object),
        notes,
        ..Sighting::new(reading.file, origin, by, title, declared_at)
    }
}

/// A summary without the mark that says that it is over, and whether it bore one.
fn unmarked(summary: &str) -> (&str, bool) {
    let bare = RESOLVED.iter().find_map(|mark| summary.strip_prefix(mark));
    (bare.unwrap_or(summary).trim(), bare.is_some())
}

/// The lines of the log, oldest first.
fn notes(reading: &mut Reading<'_>, object: &Object) -> Vec<Note> {
    let mut ids = Ids::default();
    let mut notes = Vec::new();
    for line in reading.list(object, "event_log") {
        reading.begin_update(None);
        match line.as_object() {
            Some(object) => notes.extend(note(reading, object, &mut ids)),
            None => reading.except(What::NotAnUpdate, "event_log", line),
        }
    }
    reading.update = None;
    reading::in_order(notes)
}

fn note(reading: &mut Reading<'_>, object: &Object, ids: &mut Ids) -> Option<Note> {
    let Some(at) = epoch(reading, object, "timestamp") else {
        let original = Json::Object(object.clone());
        reading.except(What::UpdateWithoutTime, "timestamp", &original);
        return None;
    };
    let id = ids.of(&at.to_string());
    reading.update = Some(id.clone());
    let summary = reading.word(object, "summary").unwrap_or_default();
    let status = reading.word(object, "status");
    let over = unmarked(&summary).1 || status.as_deref() == Some(OVER);
    Some(Note {
        status: over.then(|| "resolved".to_owned()),
        body: reading.body(object, "message"),
        // The key `status` is the entry's own.
        said: status
            .map(|word| ("level".to_owned(), json!(word)))
            .into_iter()
            .collect(),
        ..Note::new(id, at)
    })
}

/// The worst of what the event and the lines of its log say of how bad it was.
fn worst(reading: &mut Reading<'_>, object: &Object) -> Option<String> {
    let lines = reading.list(object, "event_log").iter();
    let lines = lines.filter_map(Json::as_object);
    let told: Vec<&Object> = std::iter::once(object).chain(lines).collect();
    let words = told
        .into_iter()
        .filter_map(|one| reading.word(one, "status"));
    words.max().map(|word| impact(&word))
}

/// The service, and those that the event names beside it.
fn resources(reading: &mut Reading<'_>, object: &Object, service: &str) -> Vec<Resource> {
    let page = reading.page(KIND);
    let name = reading.word(object, "service_name");
    let own = reading::resource(&page, "service", service).map(|resource| Resource {
        name: name.or_else(|| resource.name.clone()),
        ..resource
    });
    let impacted = object.get("impacted_services").and_then(Json::as_object);
    let others = impacted.into_iter().flat_map(|services| services.keys());
    let others = others.filter_map(|name| reading::resource(&page, "service", name));
    reading::distinct(own.into_iter().chain(others))
}
