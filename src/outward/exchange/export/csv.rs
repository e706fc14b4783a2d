//! The record as a table for spreadsheets: RFC 4180, UTF-8, a header line.
//!
//! One row an incident, or one row an entry. A column is a place in the one shape of an
//! incident. Spreadsheets run what begins as a formula does, and what people wrote is
//! hostile: a text that begins with `=`, `+`, `-`, `@`, a tab or a line break (or their
//! full-width likes) gets an apostrophe before it, which spreadsheets hide. Numbers and
//! times are annals' own and stay as they are. Unknown is an empty field.

use csv::{Terminator, WriterBuilder};
use serde_json::Value as Json;

use super::{at, text};
use crate::text::plain;

/// Columns of an incident: the name, and where it stands in the shape.
const INCIDENT: [(&str, &str); 33] = [
    ("id", "/id"),
    ("kind", "/kind"),
    ("title", "/title"),
    ("severity", "/severity"),
    ("sev", "/sev"),
    ("peak_severity", "/peak_severity"),
    ("status", "/status"),
    ("phase", "/phase"),
    ("declared_at", "/declared_at"),
    ("declared_by", "/declared_by"),
    ("started_at", "/started_at"),
    ("detected_at", "/detected_at"),
    ("acknowledged_at", "/acknowledged_at"),
    ("mitigated_at", "/mitigated_at"),
    ("resolved_at", "/resolved_at"),
    ("scheduled_for", "/scheduled_for"),
    ("scheduled_until", "/scheduled_until"),
    ("updated_at", "/updated_at"),
    ("detect_seconds", "/durations/detect"),
    ("acknowledge_seconds", "/durations/acknowledge"),
    ("mitigate_seconds", "/durations/mitigate"),
    ("resolve_seconds", "/durations/resolve"),
    ("lasted_seconds", "/durations/lasted"),
    ("lateness_n", "/lateness/n"),
    ("lateness_median_seconds", "/lateness/median"),
    ("lateness_p90_seconds", "/lateness/p90"),
    ("lateness_most_seconds", "/lateness/most"),
    ("resources", "/resources"),
    ("tags", "/tags"),
    ("roles", "/roles"),
    ("duplicate_of", "/duplicate_of"),
    ("visibility", "/visibility"),
    ("summary", "/summary"),
];

/// Columns of an entry.
const ENTRY: [(&str, &str); 9] = [
    ("entry", "/id"),
    ("kind", "/kind"),
    ("at", "/at"),
    ("by", "/by"),
    ("visibility", "/visibility"),
    ("pinned", "/pinned"),
    ("recorded_at", "/recorded/at"),
    ("late_seconds", "/late"),
    ("comment", "/comment"),
];

/// The fields of one line.
type Row = Vec<String>;

/// One row an incident.
pub fn incidents(shapes: &[Json]) -> String {
    let counted = ["entries", "retrospective"].map(str::to_owned);
    let header = names(&INCIDENT).into_iter().chain(counted).collect();
    let rows = shapes.iter().map(|shape| {
        let mut row = fields(shape, &INCIDENT);
        let entries = at(shape, "/entries").as_array().map_or(0, Vec::len);
        row.push(entries.to_string());
        row.push(field(at(shape, "/retrospective/status")));
        row
    });
    written(header, rows)
}

/// One row an entry, the declaration of each incident first.
pub fn entries(shapes: &[Json]) -> String {
    let outer = ["incident", "title"].map(str::to_owned).into_iter();
    let said = ["changes", "about", "standing"].map(str::to_owned);
    let header = outer.chain(names(&ENTRY)).chain(said).collect();
    let rows = shapes.iter().flat_map(|shape| {
        let outer = [field(at(shape, "/id")), field(at(shape, "/title"))];
        let of = |row: Row| outer.iter().cloned().chain(row).collect();
        let entries = at(shape, "/entries").as_array().into_iter().flatten();
        let entries = entries.map(entry);
        let rows: Vec<Row> = std::iter::once(declaration(shape))
            .chain(entries)
            .map(of)
            .collect();
        rows
    });
    written(header, rows)
}

fn entry(entry: &Json) -> Row {
    let mut row = fields(entry, &ENTRY);
    row.push(guarded(&changes(entry)));
    row.push(guarded(&about(entry)));
    row.push(standing(entry).to_owned());
    row
}

/// The declaration in the columns of an entry.
fn declaration(shape: &Json) -> Row {
    let columns = [
        "",
        "",
        "/declared_at",
        "/declared_by",
        "/visibility",
        "",
        "/recorded/at",
        "/late",
        "/summary",
    ];
    let mut row: Row = columns
        .iter()
        .map(|place| field(at(shape, place_of(place))))
        .collect();
    for cell in row.iter_mut().take(2) {
        "declaration".clone_into(cell);
    }
    row.extend([String::new(), String::new(), standing(shape).to_owned()]);
    row
}

/// A pointer to nothing where there is none: the empty one would mean everything.
fn place_of(pointer: &'static str) -> &'static str {
    if pointer.is_empty() { "/-" } else { pointer }
}

/// `status: investigating → identified; severity: high → critical`.
fn changes(entry: &Json) -> String {
    let changes = at(entry, "/changes").as_array().into_iter().flatten();
    let said = changes.map(|change| {
        let (from, to) = (said(at(change, "/from")), said(at(change, "/to")));
        format!("{}: {from} → {to}", text(change, "/field"))
    });
    said.collect::<Vec<_>>().join("; ")
}

/// What an entry points at, and why.
fn about(entry: &Json) -> String {
    let places = [
        ("/attach/file", "/attach/caption"),
        ("/correct/entry", "/correct/reason"),
        ("/retract/entry", "/retract/reason"),
        ("/redact/entry", "/redact/reason"),
        ("/duplicate_of", "/-"),
    ];
    let mut named = places
        .iter()
        .filter(|(what, _)| at(entry, what).is_string());
    let Some((what, why)) = named.next() else {
        return String::new();
    };
    let (what, why) = (text(entry, what), text(entry, why));
    if why.is_empty() {
        what.to_owned()
    } else {
        format!("{what}: {why}")
    }
}

/// What became of what was said.
fn standing(shape: &Json) -> &'static str {
    let fates = ["retracted", "ignored", "corrected", "redacted"];
    let is = |fate: &&&str| shape.get(**fate).is_some_and(|by| !by.is_null());
    fates.iter().find(is).copied().unwrap_or("stands")
}

fn names(columns: &[(&str, &str)]) -> Vec<String> {
    columns.iter().map(|(name, _)| (*name).to_owned()).collect()
}

fn fields(shape: &Json, columns: &[(&str, &str)]) -> Row {
    columns
        .iter()
        .map(|(_, place)| field(at(shape, place)))
        .collect()
}

/// A value as one field.
fn field(value: &Json) -> String {
    match value {
        Json::Number(number) => number.to_string(),
        Json::Null => String::new(),
        other => guarded(&said(other)),
    }
}

/// A value in words: a list by its names, roles by who has them.
fn said(value: &Json) -> String {
    let list = |items: Vec<String>| items.join("; ");
    match value {
        Json::Null => "unknown".to_owned(),
        Json::String(text) => text.clone(),
        Json::Array(items) => list(items.iter().map(named).collect()),
        Json::Object(map) => list(
            map.iter()
                .map(|(key, value)| format!("{key}: {}", said(value)))
                .collect(),
        ),
        other => other.to_string(),
    }
}

/// The name of a resource, the title of a link, a tag itself.
fn named(item: &Json) -> String {
    let name = ["name", "title", "id"]
        .iter()
        .find_map(|key| item.get(key)?.as_str());
    name.map_or_else(|| said(item), str::to_owned)
}

/// `text` as a spreadsheet takes it for text.
fn guarded(text: &str) -> String {
    let text = plain::lines(text);
    let first = text.trim_start_matches(' ').chars().next();
    let is_formula = first.is_some_and(|first| "=+-@\t\n＝＋－＠".contains(first));
    if is_formula { format!("'{text}") } else { text }
}

fn written(header: Row, rows: impl Iterator<Item = Row>) -> String {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    for row in std::iter::once(header).chain(rows) {
        // Writing to memory cannot fail, and every row has as many fields as the header.
        let _ = writer.write_record(&row);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}
