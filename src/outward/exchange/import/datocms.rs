//! The status site of `DatoCMS`: one JSON file an incident or a maintenance.
//!
//! Source of the fields: `data/incidents` and `data/maintenances` of the public
//! repository `datocms/status-website`. Files hold no id; theirs is their name, which
//! begins with the day on which they were made.

use serde_json::{Value as Json, json};

use super::exception::What;
use super::reading::{self, Ids, Object, Reading};
use super::{Format, Note, Origin, Sighting};
use crate::archive::layout;
use crate::incident::declaration::Kind;
use crate::text::duration::Duration;
use crate::text::moment::{Day, Moment};

/// The tool, as it is typed and as `x-source` names it.
const KIND: &str = "datocms";

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
    match json.as_object() {
        Some(object) if object.contains_key("name") || object.contains_key("updates") => {
            incident(reading, object, &json);
        }
        _ => reading.except(What::ForeignFile, "no `name` and no `updates`", &Json::Null),
    }
}

fn incident(reading: &mut Reading<'_>, object: &Object, json: &Json) {
    let id = layout::stem(reading.file).to_owned();
    reading.begin(Some(&id));
    let updates = reading.list(object, "updates");
    let notes = reading.notes(updates.iter(), note);
    let planned = object.contains_key("scheduledTime");
    let first = notes.first().map(|note| note.at);
    let made_at = if planned {
        made(reading, &id, first)
    } else {
        None
    };
    let Some(declared_at) = reading.declared(made_at, &notes) else {
        reading.except(What::IncidentWithoutTime, "updates", json);
        return;
    };
    let page = reading.page(KIND);
    let title = reading.title(object, "name", &id);
    let id = if planned {
        format!("maintenances/{id}")
    } else {
        id
    };
    let origin = Origin::new(KIND, &page, &id);
    let by = format!("{page} status page");
    let words = reading.words(object, "components");
    let components = words
        .iter()
        .filter_map(|name| reading::resource(&page, "component", name));
    let sighting = Sighting {
        impact: reading.word(object, "impact"),
        status: notes.last().and_then(|note| note.status.clone()),
        summary: reading.body(object, "content"),
        resources: reading::distinct(components),
        notes,
        ..Sighting::new(reading.file, origin, by, title, declared_at)
    };
    let sighting = schedule(reading, object, sighting);
    reading.take(sighting);
}

/// The beginning of the day that the file's name begins with, if that has come, and is
/// earlier than the first update.
fn made(reading: &mut Reading<'_>, id: &str, first: Option<Moment>) -> Option<Moment> {
    let day = id.get(..10).filter(|day| Day::parse(day).is_ok())?;
    let at = reading::beginning(day, reading.intake.zone)?;
    if first.is_some_and(|first| first <= at) {
        return None;
    }
    let at = reading.come(at, "file name", &json!(day))?;
    reading.except(What::DayOnly, "file name", &json!(day));
    Some(at)
}

fn note(reading: &mut Reading<'_>, object: &Object, ids: &mut Ids) -> Option<Note> {
    let date = reading.word(object, "date").unwrap_or_default();
    let id = ids.of(&date);
    reading.update = Some(id.clone());
    let Some(at) = reading.time(object, "date") else {
        let original = Json::Object(object.clone());
        reading.except(What::UpdateWithoutTime, "date", &original);
        return None;
    };
    let status = reading.word(object, "status");
    Some(Note {
        status: status.map(|word| word.replace('-', "_")),
        body: reading.body(object, "content"),
        ..Note::new(id, at)
    })
}

/// The sighting with its schedule, if it is of a maintenance.
fn schedule(reading: &mut Reading<'_>, object: &Object, sighting: Sighting) -> Sighting {
    let Some(begins) = reading.planned(object, "scheduledTime") else {
        if object.contains_key("scheduledTime") {
            reading.except_key(What::WithoutSchedule, object, "scheduledTime");
        }
        return sighting;
    };
    let minutes = reading.word(object, "minutes");
    let length = minutes.as_deref().map(str::parse::<u32>);
    if let Some(Err(_)) = length {
        reading.except_key(What::WrongType, object, "minutes");
    }
    let length = length.and_then(Result::ok);
    Sighting {
        kind: Kind::Maintenance,
        impact: sighting.impact.or_else(|| Some("maintenance".to_owned())),
        scheduled_for: Some(begins),
        scheduled_until: length.map(|minutes| begins.plus(Duration::minutes(minutes.into()))),
        ..sighting
    }
}
