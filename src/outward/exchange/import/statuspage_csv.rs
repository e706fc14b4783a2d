//! A Statuspage's history as a table: one row an incident, its updates as JSON within.
//!
//! Source of the columns: the public data of `atlarge-research/llm-service-analysis`,
//! which was read off the history pages of Statuspages. Times are as those pages print
//! them (`Posted 1 year ago. May 03, 2023 - 12:41 PDT`), impacts are their CSS classes,
//! and what was affected is a sentence.

use serde_json::{Value as Json, json};

use super::clock::Printed;
use super::exception::What;
use super::reading::{self, Ids, Object, Reading};
use super::{Format, Note, Origin, Sighting};
use crate::incident::declaration::Resource;
use crate::text::moment::Moment;

/// The tool, as it is typed and as `x-source` names it.
const KIND: &str = "statuspage-csv";
/// Columns without which a table is not of this kind.
const COLUMNS: [&str; 2] = ["Incident_Title", "Updates"];

pub(super) const FORMAT: Format = Format {
    name: KIND,
    endings: &["csv"],
    read,
};

/// Reads one file.
fn read(reading: &mut Reading<'_>, bytes: &[u8]) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut table = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = match table.headers() {
        Ok(header) => header.clone(),
        Err(fault) => return reading.unreadable(bytes, &fault.to_string()),
    };
    if !COLUMNS
        .iter()
        .all(|column| header.iter().any(|name| name == *column))
    {
        let names: Vec<&str> = header.iter().take(20).collect();
        let detail = match names.as_slice() {
            ["id" | "incident", ..] => {
                "other columns; if annals exported it, export JSON and use `annals import annals`"
            }
            _ => "other columns",
        };
        reading.except(What::ForeignFile, detail, &json!(names));
        return;
    }
    for record in table.records() {
        match record {
            Ok(record) => {
                let cells = record.iter().map(|cell| json!(cell));
                let names = header.iter().map(str::to_owned);
                row(
                    reading,
                    &names.zip(cells).collect(),
                    record.len() == header.len(),
                );
            }
            Err(fault) => {
                reading.begin(None);
                reading.except(What::NotAnIncident, &fault.to_string(), &Json::Null);
            }
        }
    }
}

fn row(reading: &mut Reading<'_>, row: &Object, whole: bool) {
    reading.begin(None);
    let json = Json::Object(row.clone());
    if !whole {
        reading.except(What::NotAnIncident, "another number of cells", &json);
        return;
    }
    let updates = updates(reading, row);
    let link = reading.word(row, "Incident_Link");
    let Some((page, id)) = link.as_deref().and_then(address) else {
        let what = What::IncidentWithoutId;
        reading.leave(what, "Incident_Link", &json, &[], &updates);
        return;
    };
    reading.incident = Some(id.to_owned());
    let notes = reading.notes(updates.iter().rev(), note);
    let Some(declared_at) = reading.declared(None, &notes) else {
        reading.except(What::IncidentWithoutTime, "Updates", &json);
        return;
    };
    let title = reading.title(row, "Incident_Title", &format!("Incident {id}"));
    let origin = Origin::new(KIND, page, id);
    let impact = reading.word(row, "Incident_Impact");
    let affected = reading.word(row, "Service");
    let by = format!("{} status page", reading.page(page));
    reading.take(Sighting {
        url: link.clone(),
        impact: impact.map(|class| class.trim_start_matches("impact-").to_owned()),
        status: notes.last().and_then(|note| note.status.clone()),
        resources: affected.map_or_else(Vec::new, |sentence| resources(page, &sentence)),
        notes,
        ..Sighting::new(reading.file, origin, by, title, declared_at)
    });
}

/// The page and the id that the address of an incident names.
fn address(link: &str) -> Option<(&str, &str)> {
    let (_, rest) = link.split_once("://")?;
    let (page, path) = rest.split_once('/')?;
    let id = path.trim_end_matches('/').rsplit('/').next()?;
    (!page.is_empty() && !id.is_empty()).then_some((page, id))
}

/// The updates of a row, newest first, as the pages show them.
fn updates(reading: &mut Reading<'_>, row: &Object) -> Vec<Json> {
    let text = reading.text(row, "Updates").unwrap_or_default();
    match serde_json::from_str(&text) {
        Ok(Json::Array(updates)) => updates,
        _ if text.trim().is_empty() => Vec::new(),
        _ => {
            reading.except_key(What::WrongType, row, "Updates");
            Vec::new()
        }
    }
}

fn note(reading: &mut Reading<'_>, object: &Object, ids: &mut Ids) -> Option<Note> {
    let stamp = reading.word(object, "Update_Timestamp").unwrap_or_default();
    let printed = stamp.rsplit_once("ago.").map_or(&*stamp, |(_, time)| time);
    let printed = printed.trim();
    let id = ids.of(printed);
    reading.update = Some(id.clone());
    let Some(at) = time(reading, printed, &json!(stamp)) else {
        let original = Json::Object(object.clone());
        reading.except(What::UpdateWithoutTime, "Update_Timestamp", &original);
        return None;
    };
    let status = reading.word(object, "Update_Title");
    let status = status.map(|word| word.to_lowercase().replace(' ', "_"));
    Some(Note {
        status: status.filter(|word| word != "update"),
        body: reading.body(object, "Update_Body"),
        ..Note::new(id, at)
    })
}

/// The instant that a page printed; a zone that it leaves out is that of the import.
fn time(reading: &mut Reading<'_>, printed: &str, original: &Json) -> Option<Moment> {
    const KEY: &str = "Update_Timestamp";
    let read = Printed::read(printed);
    let whole = read.and_then(|read| Some((read, read.year?, read.day?)));
    let Some((read, year, day)) = whole else {
        reading.except(What::UnreadableTime, KEY, original);
        return None;
    };
    if read.zone.is_none() {
        reading.except(What::NaiveTime, KEY, original);
    }
    let zone = read.zone.unwrap_or(reading.intake.zone);
    let Some(at) = read.on(year, day, zone) else {
        reading.except(What::UnreadableTime, KEY, original);
        return None;
    };
    if read.is_other_weekday(at, zone) {
        reading.except(What::WrongWeekday, KEY, original);
    }
    reading.come(at, KEY, original)
}

/// What a sentence names: `This incident affected: API (US, EU), console, and web.`
fn resources(page: &str, sentence: &str) -> Vec<Resource> {
    let names = sentence
        .split_once(':')
        .map_or(sentence, |(_, names)| names);
    let names = names.trim().trim_end_matches('.');
    let mut parts = apart(names, ", ");
    match parts.pop() {
        Some(last) if parts.is_empty() => parts.extend(apart(last, " and ")),
        Some(last) => parts.push(last.strip_prefix("and ").unwrap_or(last)),
        None => {}
    }
    let components = parts
        .into_iter()
        .filter_map(|name| reading::resource(page, "component", name.trim()));
    reading::distinct(components)
}

/// The parts of `names` between separators that stand outside of brackets.
fn apart<'a>(names: &'a str, separator: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let mut rest = 0;
    for (at, _) in names.match_indices(separator) {
        let part = names.get(rest..at).unwrap_or_default();
        if part.matches('(').count() == part.matches(')').count() {
            parts.push(part);
            rest = at + separator.len();
        }
    }
    parts.push(names.get(rest..).unwrap_or_default());
    parts
}
