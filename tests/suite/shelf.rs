//! A shelf of imported incidents: an archive without a repository, and the page that
//! they come from. Whatever lands on it must be readable and break no rule.

use std::collections::BTreeMap;

use annals::archive::Archive;
use annals::archive::piece::{self, Content};
use annals::incident::Incident;
use annals::incident::entry::{Entry, EntryForm};
use annals::incident::id::{EntryId, IncidentId};
use annals::incident::rules::{self, Site};
use annals::incident::state::State;
use annals::outward::exchange::import::additions::{Additions, additions};
use annals::outward::exchange::import::{Intake, Tool, Zone};
use annals::text::diagnostic::{Code, Diagnostic};
use annals::text::moment::Moment;
use serde_json::{Value as Json, json};

/// An archive, and what imports put into it.
#[derive(Default)]
pub(crate) struct Shelf {
    pub(crate) archive: Archive,
    pub(crate) zone: Zone,
    pub(crate) undated: Option<Moment>,
}

impl Shelf {
    /// Imports files of a status page, keeps what they add, and tells what that was.
    pub(crate) fn import(&mut self, files: &[(&str, &str)]) -> Additions {
        self.import_of(Tool::Statuspage, files)
    }

    /// The same with files of any tool.
    pub(crate) fn import_of(&mut self, tool: Tool, files: &[(&str, &str)]) -> Additions {
        let now = Moment::parse("2026-11-22T12:00:00Z").expect("a time");
        let mut intake = Intake {
            undated: self.undated,
            ..Intake::new(self.zone, now)
        };
        for (name, text) in files {
            tool.read(name, text.as_bytes(), &mut intake);
        }
        let added = additions(&intake, &self.archive);
        for tally in [added.incidents, added.updates] {
            let sum = tally.new + tally.known + tally.repeated + tally.left_out;
            assert_eq!(tally.read, sum, "everything read is accounted for");
        }
        for (path, bytes) in &added.files {
            self.keep(path, bytes);
        }
        for incident in &self.archive.incidents {
            let state = incident.course(&self.archive.vocabulary).state;
            assert_eq!(rules::order(&state), None, "{}", incident.id);
        }
        added
    }

    /// Imports one file that holds these incidents.
    pub(crate) fn take(&mut self, incidents: &Json) -> Additions {
        self.import(&[("incidents.json", &page(incidents))])
    }

    fn keep(&mut self, path: &str, bytes: &[u8]) {
        let reading = piece::read(path, bytes);
        assert!(reading.found.is_empty(), "{path}: {:?}", reading.found);
        let piece = reading.piece.expect("a piece");
        let (top, words) = (Site::top(&piece.source), &self.archive.vocabulary);
        let (folder, name) = path.rsplit_once('/').expect("a folder");
        let stem = name.trim_end_matches(".yaml");
        match piece.content {
            Content::Incident(declaration) => {
                let found = rules::declaration(&declaration, &top, words);
                // A page may have held more HTML than annals shows as such.
                let is_shown = |one: &Diagnostic| one.code != Code::TooComplex;
                assert!(!found.iter().any(is_shown), "{path}: {found:?}");
                self.archive.incidents.push(Incident {
                    id: IncidentId::new(stem).expect("an id"),
                    path: path.to_owned(),
                    entries: declaration
                        .entries
                        .iter()
                        .map(|form| entry(form, form.made_id()))
                        .collect(),
                    declaration: *declaration,
                    recorded: None,
                    turn: None,
                    retrospective: None,
                    redacted: None,
                });
            }
            Content::Entry(form) => {
                let mut incidents = self.archive.incidents.iter_mut();
                let incident = incidents
                    .find(|incident| incident.path.trim_end_matches(".yaml") == folder)
                    .expect("the incident lies beside its folder");
                let found = rules::entry(&form, incident.declaration.kind, &top, words);
                assert!(found.is_empty(), "{path}: {found:?}");
                let id = EntryId::new(stem).expect("an id");
                incident.entries.push(entry(&form, id));
                incident.entries.sort_by_key(|entry| entry.at);
            }
            Content::Retrospective(words) => {
                assert_eq!(path, format!("{folder}/retrospective.md"));
                let mut incidents = self.archive.incidents.iter_mut();
                let incident = incidents
                    .find(|incident| incident.path.trim_end_matches(".yaml") == folder)
                    .expect("the incident lies beside its folder");
                incident.retrospective = Some(*words);
            }
        }
    }

    pub(crate) fn incident(&self) -> &Incident {
        assert_eq!(self.archive.incidents.len(), 1);
        &self.archive.incidents[0]
    }

    pub(crate) fn state(&self) -> State {
        self.incident().course(&self.archive.vocabulary).state
    }

    /// What each entry says: its clock, its status if it sets one, its words.
    pub(crate) fn story(&self) -> Vec<String> {
        let forms = &self.incident().entries;
        forms.iter().map(said).collect()
    }
}

fn said(entry: &Entry) -> String {
    use annals::incident::entry::Statement;
    let (status, words) = match &entry.statement {
        Statement::Comment(words) => (None, Some(words)),
        Statement::Update(update, words) => (update.status.as_deref(), words.as_ref()),
        other => panic!("an import writes no {}", other.kind()),
    };
    let parts = [
        Some(entry.at.clock()),
        status.map(|status| format!("[{status}]")),
        words.cloned(),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn entry(form: &EntryForm, id: EntryId) -> Entry {
    Entry {
        id,
        path: None,
        at: form.at,
        by: form.by.clone(),
        visibility: form.visibility.unwrap_or_default(),
        pinned: form.pinned,
        after: form.after.clone(),
        as_of: form.at,
        turn: None,
        statement: form.statement().expect("one statement"),
        source: form.source.clone(),
        redacted: None,
        recorded: None,
    }
}

pub(crate) fn page(incidents: &Json) -> String {
    let page = json!({"id": "pg", "name": "Nimbus", "url": "https://status.nimbus.example"});
    json!({"page": page, "incidents": incidents}).to_string()
}

pub(crate) fn at(clock: &str) -> String {
    format!("2026-03-01T{clock}:00.000Z")
}

/// An incident of three updates, newest first as a status page lists them.
pub(crate) fn outage() -> Json {
    json!({
        "id": "abc", "name": "Uploads fail", "impact": "major", "status": "resolved",
        "created_at": at("09:00"), "started_at": at("09:00"), "resolved_at": at("10:30"),
        "updated_at": at("10:30"), "shortlink": "https://st.example/abc", "components": [],
        "incident_updates": [
            update("u3", "resolved", "10:30", "All is well."),
            update("u2", "investigating", "09:20", "Still looking."),
            update("u1", "investigating", "09:00", "We are looking into it."),
        ],
    })
}

pub(crate) fn update(id: &str, status: &str, clock: &str, body: &str) -> Json {
    json!({
        "id": id, "status": status, "body": body, "display_at": at(clock),
        "created_at": at(clock), "updated_at": at(clock), "affected_components": null,
    })
}

/// The same with `value` at the JSON pointer `place`.
pub(crate) fn with(mut json: Json, place: &str, value: Json) -> Json {
    if let Some(slot) = json.pointer_mut(place) {
        *slot = value;
    } else {
        let (parent, key) = place.rsplit_once('/').expect("a pointer");
        json.pointer_mut(parent).expect("a place")[key] = value;
    }
    json
}

/// The names of the exceptions, each as often as it is listed.
pub(crate) fn exceptions(added: &Additions) -> BTreeMap<&'static str, usize> {
    let mut counted = BTreeMap::new();
    for exception in &added.exceptions {
        *counted.entry(exception.what.name()).or_insert(0) += 1;
    }
    counted
}
