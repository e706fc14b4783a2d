//! What an import adds to an archive.
//!
//! An incident that the archive does not hold becomes one file with its entries; of
//! one that it holds, only what is new becomes entry files beside it. What is counted
//! adds up: everything read is new, known, met again, or left out with an exception.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::exception::{Exception, Loss, What};
use super::retrospective;
use super::telling::{self, Told};
use super::{Intake, Origin, Sighting};
use crate::archive::piece::{self, Content};
use crate::archive::{Archive, layout};
use crate::incident::Incident;
use crate::incident::declaration::Declaration;
use crate::incident::entry::EntryForm;
use crate::incident::id::IncidentId;
use crate::text::yaml;

/// What became of the things of one kind that were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many were met; the sum of the others.
    pub read: usize,
    /// How many join the archive.
    pub new: usize,
    /// How many the archive held before.
    pub known: usize,
    /// How many were met again in the same import.
    pub repeated: usize,
    /// How many were left out, each with an exception.
    pub left_out: usize,
}

/// What an import adds, and what became of everything that was read.
#[derive(Clone, Debug, Default)]
pub struct Additions {
    /// Files to append: path relative to the record's root, and bytes; by path.
    pub files: Vec<(String, Vec<u8>)>,
    /// What became of the incidents.
    pub incidents: Tally,
    /// What became of the updates; each new one is an entry.
    pub updates: Tally,
    /// How many further entries say what the source changed without an update.
    pub facts: usize,
    /// How many retrospectives join the archive.
    pub retrospectives: usize,
    /// What could not be taken as it stands, by file, incident and update.
    pub exceptions: Vec<Exception>,
}

/// Compares what was read with what the archive holds.
pub fn additions(intake: &Intake, archive: &Archive) -> Additions {
    let mut adding = Adding {
        archive,
        ids: archive
            .incidents
            .iter()
            .map(|incident| incident.id.clone())
            .collect(),
        out: Additions::default(),
    };
    let mut held: BTreeMap<Origin, &Incident> = BTreeMap::new();
    for incident in &archive.incidents {
        if let Some(origin) = Origin::of(incident.declaration.source.as_ref()) {
            held.entry(origin).or_insert(incident);
        }
    }
    let mut seen: BTreeMap<&Origin, Vec<&Sighting>> = BTreeMap::new();
    for sighting in &intake.sightings {
        seen.entry(&sighting.origin).or_default().push(sighting);
    }
    for (origin, mut sightings) in seen {
        sightings.sort_by_key(|sighting| (sighting.changed_at, &sighting.file));
        adding.incident(&sightings, held.get(origin).copied());
    }
    adding.close(intake)
}

struct Adding<'a> {
    archive: &'a Archive,
    ids: BTreeSet<IncidentId>,
    out: Additions,
}

impl Adding<'_> {
    fn incident(&mut self, sightings: &[&Sighting], held: Option<&Incident>) {
        let Some(mut told) = telling::tell(sightings, held, &self.archive.vocabulary) else {
            return;
        };
        self.out.incidents.repeated += sightings.len() - 1;
        self.out.updates.known += told.known;
        self.out.updates.repeated += told.repeated;
        self.out.exceptions.append(&mut told.exceptions);
        match held {
            Some(incident) => {
                self.out.incidents.known += 1;
                self.entries(&told, &incident.path);
                if incident.retrospective.is_none() {
                    self.retrospective(sightings, &incident.path);
                }
                let edited = sightings
                    .iter()
                    .filter_map(|sighting| retrospective::edited(sighting, incident));
                self.out.exceptions.extend(edited);
            }
            None => self.declaration(&told, sightings),
        }
    }

    /// Writes the words that the newest sighting has for an incident without any.
    fn retrospective(&mut self, sightings: &[&Sighting], incident_path: &str) {
        let mut newest = sightings.iter().rev();
        let file = newest.find_map(|sighting| retrospective::file(sighting, incident_path));
        self.out.retrospectives += usize::from(file.is_some());
        self.out.files.extend(file);
    }

    /// Writes a new incident: as one file, or with its entries beside it where one file
    /// would hold more than can be read again.
    fn declaration(&mut self, told: &Told, sightings: &[&Sighting]) {
        let whole = Declaration {
            entries: told.entries.clone(),
            ..told.declaration.clone()
        };
        let whole = readable(&whole);
        let apart = whole.is_none();
        let written = whole.or_else(|| readable(&told.declaration));
        let made = written.map(|text| {
            let declaration = &told.declaration;
            let id = IncidentId::made(declaration.declared_at, &declaration.title, text.as_bytes());
            (id, text)
        });
        let Some((id, text)) = made.filter(|(id, _)| self.ids.insert(id.clone())) else {
            self.leave(told, sightings);
            return;
        };
        let pattern = &self.archive.settings.folder;
        let path = layout::incident_path(pattern, told.declaration.declared_at, &id);
        self.out.incidents.new += 1;
        self.out.files.push((path.clone(), text.into_bytes()));
        if apart {
            self.entries(told, &path);
        } else {
            self.count(told);
        }
        self.retrospective(sightings, &path);
    }

    fn count(&mut self, told: &Told) {
        self.out.facts += told.facts;
        self.out.updates.new += told.entries.len() - told.facts;
    }

    fn entries(&mut self, told: &Told, incident_path: &str) {
        self.count(told);
        for form in &told.entries {
            let path = layout::entry_path(incident_path, &form.made_id());
            let text = yaml::write(form).unwrap_or_default();
            self.out.files.push((path, text.into_bytes()));
        }
    }

    fn leave(&mut self, told: &Told, sightings: &[&Sighting]) {
        let Some(sighting) = sightings.first() else {
            return;
        };
        let exception = |update: Option<String>, what| Exception {
            file: sighting.file.clone(),
            incident: Some(sighting.origin.id.clone()),
            update,
            what,
            detail: sighting.title.clone(),
            original: Json::Null,
        };
        let update = |form: &EntryForm| Some(form.source.as_ref()?.get("id")?.as_str()?.to_owned());
        self.out.exceptions.push(exception(None, What::NameTaken));
        for id in told.entries.iter().filter_map(update) {
            self.out
                .exceptions
                .push(exception(Some(id), What::LeftWithIncident));
        }
    }

    /// Joins the exceptions, each fault of a value once, and reckons what was read.
    fn close(self, intake: &Intake) -> Additions {
        let mut out = self.out;
        let mut known = BTreeSet::new();
        let mut exceptions = intake.exceptions.clone();
        exceptions.append(&mut out.exceptions);
        exceptions.sort_by(|one, other| {
            let key = |one: &Exception| {
                (
                    one.file.clone(),
                    one.incident.clone(),
                    one.update.clone(),
                    one.what,
                )
            };
            key(one).cmp(&key(other))
        });
        exceptions.retain(|one| {
            let whole = !matches!(one.what.loss(), Loss::Value | Loss::Nothing);
            whole
                || known.insert((
                    one.incident.clone(),
                    one.update.clone(),
                    one.what,
                    one.detail.clone(),
                    one.original.to_string(),
                ))
        });
        let lost = |loss| {
            exceptions
                .iter()
                .filter(|one| one.what.loss() == loss)
                .count()
        };
        out.incidents.read = intake.incidents;
        out.incidents.left_out = lost(Loss::Incident);
        out.updates.read = intake.updates;
        out.updates.left_out = lost(Loss::Update);
        out.exceptions = exceptions;
        out
    }
}

/// The YAML of a declaration, if the archive can read it again as the same.
fn readable(declaration: &Declaration) -> Option<String> {
    let text = yaml::write(declaration).ok()?;
    let reading = piece::read("an import.yaml", text.as_bytes());
    let same = match reading.piece?.content {
        Content::Incident(read) => *read == *declaration,
        Content::Entry(_) | Content::Retrospective(_) => false,
    };
    (same && reading.found.is_empty()).then_some(text)
}
