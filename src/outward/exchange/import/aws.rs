//! The `data.json` of the AWS service health dashboard, as it was until 2022; what it has
//! been since is read in [`events`].
//!
//! Source of the fields: `https://status.aws.amazon.com/data.json`, by files of it. An
//! event has two clocks: `date`, seconds of Unix time as text, and the clock before each
//! line of its description, in Pacific time and mostly without a day. The day of the
//! first line is the one that brings it nearest to `date`; every further line follows
//! the one above it, past midnight where its clock goes back. Both clocks are kept.

mod events;

use serde_json::{Value as Json, json};

use super::clock::{Printed, calendar};
use super::exception::What;
use super::reading::{self, Ids, Object, Reading};
use super::{Ending, Format, Note, Origin, Sighting};
use crate::incident::declaration::Resource;
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// The tool, as it is typed and as `x-source` names it.
const KIND: &str = "aws";
/// What stands before and after the clock of a line.
const CLOCK: (&str, &str) = ("<span class=\"yellowfg\">", "</span>");
/// Marks before a summary that say that it is over.
const RESOLVED: [&str; 4] = ["[RESOLVED]", "[解決済み]", "[已解決]", "[已解决]"];
/// How far the clocks of the first line and of the event may be apart.
const APART: Duration = Duration::minutes(30);
/// How far a line may stand before the one above it: more is another day.
const BACK: Duration = Duration::minutes(60);
const DAY: i64 = 24 * 60;

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
    let lists = ["archive", "current"];
    let of_service = |list: &Json| {
        list.as_array()
            .is_some_and(|all| all.iter().all(events::is_one))
    };
    match &json {
        Json::Object(root) if lists.iter().any(|key| root.contains_key(*key)) => {
            for key in lists {
                for event in reading.list(root, key) {
                    one(reading, event);
                }
            }
        }
        Json::Array(all) if all.is_empty() || all.iter().any(events::is_one) => {
            for event in all {
                one(reading, event);
            }
        }
        // The history: lists of events by service and region.
        Json::Object(root) if !root.is_empty() && root.values().all(of_service) => {
            for event in root.values().filter_map(Json::as_array).flatten() {
                one(reading, event);
            }
        }
        _ => reading.except(
            What::ForeignFile,
            "neither a list of events nor `archive` and `current`",
            &Json::Null,
        ),
    }
}

fn one(reading: &mut Reading<'_>, event: &Json) {
    if events::is_one(event) {
        events::incident(reading, event);
    } else {
        incident(reading, event);
    }
}

fn incident(reading: &mut Reading<'_>, json: &Json) {
    reading.begin(None);
    let Some(object) = json.as_object() else {
        reading.except(What::NotAnIncident, "", json);
        return;
    };
    let stamp = reading.word(object, "date").unwrap_or_default();
    let service = reading.word(object, "service");
    reading.incident = service.as_ref().map(|name| format!("{name}/{stamp}"));
    let date = epoch(reading, object, "date");
    let notes = notes(reading, object, date);
    let Some(service) = service else {
        reading.leave(What::IncidentWithoutId, "service", json, &notes, &[]);
        return;
    };
    let Some(declared_at) = reading.declared(date, &notes) else {
        reading.except(What::IncidentWithoutTime, "date", json);
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
    mut notes: Vec<Note>,
) -> Sighting {
    let summary = reading.word(object, "summary").unwrap_or_default();
    let unmarked = RESOLVED.iter().find_map(|mark| summary.strip_prefix(mark));
    let status = unmarked.map(|_| "resolved".to_owned());
    if let Some(last) = notes.last_mut() {
        last.status.clone_from(&status);
    }
    let title = unmarked.unwrap_or(&summary).trim();
    let title = if title.is_empty() {
        reading.title(&Object::new(), "summary", service)
    } else {
        title.to_owned()
    };
    let page = reading.page(KIND);
    let origin = Origin::new(KIND, &page, &id(service, &notes, declared_at));
    let name = reading.word(object, "service_name");
    let resource = reading::resource(&page, "service", service).map(|resource| Resource {
        name: name.or_else(|| resource.name.clone()),
        ..resource
    });
    let by = "AWS service health dashboard".to_owned();
    Sighting {
        ending: Ending::Named,
        impact: reading.word(object, "status").map(|word| impact(&word)),
        status,
        resources: resource.into_iter().collect(),
        said: said(object),
        notes,
        ..Sighting::new(reading.file, origin, by, title, declared_at)
    }
}

/// The id of an event: its service and the instant of its first line. `date` moves by a
/// second or a day while an event is told; its first line does not.
fn id(service: &str, notes: &[Note], declared_at: Moment) -> String {
    let first = notes.iter().map(|note| note.at).min();
    format!("{service}/{}", first.unwrap_or(declared_at))
}

/// The seconds of Unix time under `key`.
fn epoch(reading: &mut Reading<'_>, object: &Object, key: &str) -> Option<Moment> {
    let text = reading.word(object, key)?;
    let at = text.parse().ok().and_then(Moment::from_seconds);
    let Some(at) = at.filter(|at| at.micros() > 0) else {
        reading.except_key(What::UnreadableTime, object, key);
        return None;
    };
    reading.come(at, key, &json!(text))
}

/// How bad it was: the dashboard's green, blue, yellow and red.
fn impact(word: &str) -> String {
    let impact = match word {
        "0" => "none",
        "1" => "minor",
        "2" => "major",
        "3" => "critical",
        other => other,
    };
    impact.to_owned()
}

fn said(object: &Object) -> Object {
    let keys = ["date", "status", "summary", "details"];
    let words = keys
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), object.get(*key)?.clone())));
    words.filter(|(_, value)| *value != json!("")).collect()
}

/// The lines of the description, oldest first, as the source lists them. A description
/// without clocks is one line of the event's own time.
fn notes(reading: &mut Reading<'_>, object: &Object, date: Option<Moment>) -> Vec<Note> {
    let text = reading.text(object, "description").unwrap_or_default();
    let mut parts = text.split(CLOCK.0);
    let before = parts.next().unwrap_or_default();
    let mut days = Days { date, last: None };
    let mut ids = Ids::default();
    let mut notes = Vec::new();
    if !plain(before).is_empty() {
        reading.begin_update(Some("date".to_owned()));
        notes.extend(line(reading, before, date, &mut ids));
    }
    for part in parts {
        let (clock, words) = part.split_once(CLOCK.1).unwrap_or(("", part));
        let clock = plain(clock);
        reading.begin_update(Some(clock.clone()));
        let at = days.of(reading, &clock);
        notes.extend(line(reading, words, at, &mut ids).map(|note| Note {
            said: Object::from_iter([("clock".to_owned(), json!(clock))]),
            ..note
        }));
    }
    reading.update = None;
    reading::in_order(notes)
}

/// A line, under its instant as its id.
fn line(reading: &mut Reading<'_>, words: &str, at: Option<Moment>, ids: &mut Ids) -> Option<Note> {
    let Some(at) = at else {
        reading.except(What::UpdateWithoutTime, "description", &json!(words));
        return None;
    };
    let id = ids.of(&at.to_string());
    // The words are HTML also where they hold no tag, and end in those of the next line.
    let words = words.trim();
    let words = words.strip_suffix("<div>").unwrap_or(words).trim();
    let words = words.strip_suffix("</div>").unwrap_or(words);
    let body = reading.markdown("description", &format!("<div>{words}</div>"));
    Some(Note {
        body: body.map(|body| body.trim().to_owned()),
        ..Note::new(id, at)
    })
}

/// A clock without what HTML puts around it.
fn plain(text: &str) -> String {
    let text = text.replace("&nbsp;", " ").replace("<div>", " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// On which day each line stands.
struct Days {
    date: Option<Moment>,
    last: Option<Moment>,
}

impl Days {
    /// The instant of a line, after those above it.
    fn of(&mut self, reading: &mut Reading<'_>, clock: &str) -> Option<Moment> {
        let read = Printed::read(clock).filter(|read| read.zone.is_some());
        let near = self.last.or(self.date);
        let (Some(read), Some(near)) = (read, near) else {
            reading.except(What::UnreadableTime, "description", &json!(clock));
            return None;
        };
        let candidates = candidates(&read, near);
        let at = match self.last {
            None => candidates.into_iter().min_by_key(|at| apart(*at, near)),
            Some(last) if read.day.is_none() => {
                let follows = |at: &Moment| at.plus(BACK) >= last;
                candidates.into_iter().filter(follows).min()
            }
            Some(last) => candidates.into_iter().min_by_key(|at| apart(*at, last)),
        };
        let Some(at) = at else {
            reading.except(What::UnreadableTime, "description", &json!(clock));
            return None;
        };
        self.list(reading, &read, at, clock);
        self.last = Some(at);
        reading.come(at, "description", &json!(clock))
    }

    /// Lists what was not said of a line's time, or contradicts it.
    fn list(&self, reading: &mut Reading<'_>, read: &Printed, at: Moment, clock: &str) {
        if read.day.is_none() {
            reading.except(What::ClockOnly, "description", &json!(clock));
        }
        if self.last.is_some_and(|last| at < last) {
            reading.except(What::ImpossibleTime, "description", &json!(clock));
        }
        let date = self
            .date
            .filter(|date| self.last.is_none() && apart(at, *date) > APART);
        if let Some(date) = date {
            let both = json!({"date": date, "clock": clock});
            reading.except(What::ClocksDiffer, "date", &both);
        }
    }
}

/// The instants around `near` that a printed clock can mean: of the days before, at and
/// after it, or of the years where a day is printed.
fn candidates(read: &Printed, near: Moment) -> Vec<Moment> {
    let zone = read.zone.unwrap_or_default();
    let around = [-1, 0, 1];
    let instants = around.into_iter().filter_map(|step| match read.day {
        None => read.on_day_of(near.plus(Duration::minutes(step * DAY)), zone),
        Some(day) => {
            let (year, _) = calendar(zone.local(near))?;
            read.on(read.year.unwrap_or(year + step), day, zone)
        }
    });
    instants.collect()
}

fn apart(one: Moment, other: Moment) -> Duration {
    one.max(other) - one.min(other)
}
