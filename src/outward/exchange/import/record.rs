//! What annals itself exported: the files of a record, to be set up again.
//!
//! Unlike another tool's, these facts need no telling: they come as the very files that
//! hold them ([`export::json`](crate::outward::exchange::export::json)). An export is
//! still a stranger's text. A file is taken only at a path that belongs to its incident
//! below `incidents/`, only when it can be read without a fault, and never in the place
//! of another one.

mod renaming;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::Format;
use super::exception::What;
use super::reading::{Object, Reading};
use crate::archive::layout;
use crate::incident::id::{EntryId, IncidentId};
use renaming::Renaming;

/// The tool, as it is typed.
const KIND: &str = "annals";

pub(super) const FORMAT: Format = Format {
    name: KIND,
    endings: &["json"],
    read,
};

/// The longest part of a path, in bytes, that every file system takes.
const LONGEST: usize = 255;

/// An incident as an export holds it.
#[derive(Clone, Debug)]
pub struct Restored {
    /// The file of the export.
    pub file: String,
    /// The incident's id.
    pub id: IncidentId,
    /// Its files that can be placed: path from the record's root, and bytes.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Reads one file.
fn read(reading: &mut Reading<'_>, bytes: &[u8]) {
    let root = match reading.file_json(bytes) {
        None => return,
        Some(Json::Object(root)) => root,
        Some(_) => return reading.except(What::ForeignFile, "not an object", &Json::Null),
    };
    if !root.contains_key("incidents") {
        return reading.except(What::ForeignFile, "no incidents", &Json::Null);
    }
    for item in reading.list(&root, "incidents") {
        incident(reading, item);
    }
}

fn incident(reading: &mut Reading<'_>, item: &Json) {
    reading.intake.incidents += 1;
    reading.incident = None;
    let Some(object) = item.as_object() else {
        return reading.except(What::NotAnIncident, "", item);
    };
    let Some(id) = reading.word(object, "id") else {
        return reading.except(What::IncidentWithoutId, "id", &Json::Null);
    };
    reading.incident = Some(id.clone());
    if !object.contains_key("files") {
        return reading.except(What::WithoutFiles, "files", &Json::Null);
    }
    // An id that stands twice in a record is shown as `id~2`; its files bear the id itself.
    let bare = id.split('~').next().unwrap_or_default();
    let Ok(id) = IncidentId::new(bare) else {
        return reading.except(What::IncidentRefused, "its id is none", &json!(id));
    };
    let items = reading.list(object, "files");
    let read = items.iter().filter_map(|item| file(reading, item));
    let read: Vec<(String, Vec<u8>)> = read.collect();
    let renaming = Renaming::of(&read, id.as_str());
    for (name, made) in &renaming.0 {
        let detail = format!("`{}` is attached as `{made}`", name.escape_debug());
        reading.except(What::Renamed, &detail, &json!(name));
    }
    let mut files = Vec::with_capacity(read.len());
    for (path, bytes) in read {
        let rewritten = renaming.rewritten(&path, &bytes);
        let path = renaming.path(path);
        if belongs(&path, &id) {
            files.push((path, rewritten.unwrap_or(bytes)));
        } else {
            let detail = "its path leads out of the incident";
            reading.except(What::FileRefused, detail, &json!(path));
        }
    }
    let file = reading.file.to_owned();
    reading.intake.restored.push(Restored { file, id, files });
}

fn file(reading: &mut Reading<'_>, item: &Json) -> Option<(String, Vec<u8>)> {
    let read = item.as_object().and_then(|object| {
        let path = object.get("path")?.as_str()?;
        Some((path.to_owned(), bytes(object)?))
    });
    if read.is_none() {
        let detail = "neither `text` nor `base64` at a `path`";
        reading.except(What::FileRefused, detail, &Json::Null);
    }
    read
}

fn bytes(object: &Object) -> Option<Vec<u8>> {
    match (object.get("text"), object.get("base64")) {
        (Some(Json::String(text)), None) => Some(text.clone().into_bytes()),
        (None, Some(Json::String(text))) => STANDARD.decode(text).ok(),
        _ => None,
    }
}

/// Whether `path` is where a file of the incident `id` may lie, on every system.
fn belongs(path: &str, id: &IncidentId) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part.len() <= LONGEST
            && !part.starts_with('.')
            && !part.ends_with(['.', ' '])
            && !part.contains(['\\', ':'])
            && !part.chars().any(char::is_control)
    };
    let inside = path
        .strip_prefix(layout::INCIDENTS)
        .is_some_and(|rest| rest.starts_with('/'));
    let is_own = layout::is_yaml(path) && layout::stem(path) == id.as_str();
    let is_beside = layout::folder_name(path) == id.as_str();
    inside && path.split('/').all(plain) && (is_own || is_beside)
}

/// Whether `path` bears the name of an entry.
pub(super) fn entry_id(path: &str) -> Option<EntryId> {
    EntryId::new(layout::stem(path)).ok()
}
