//! One incident out of all its sightings.
//!
//! What is known, the updates that are new, and the sightings themselves are walked
//! in the order of time over a running state. An update sets a status or a resource
//! only where that changes something. Where a sighting names a fact that is not in
//! force at its moment, the source changed it without saying so: a newer sighting
//! makes an entry of it, any other is an exception.

mod beginning;
mod comparison;
mod ending;
mod wording;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::exception::{Exception, What};
use super::{Note, Sighting, words};
use crate::incident::Incident;
use crate::incident::declaration::{Declaration, Kind, Resource};
use crate::incident::entry::{Changed, Edit, Entry, EntryForm, Update};
use crate::incident::state::State;
use crate::incident::vocabulary::{Phase, Vocabulary};
use crate::text::duration::Duration;
use crate::text::moment::Moment;
use wording::happened;

/// What the sightings of one incident add.
pub(super) struct Told {
    /// The declaration, without entries; the known one where there is one.
    pub(super) declaration: Declaration,
    /// What is new, in the order in which it happened.
    pub(super) entries: Vec<EntryForm>,
    /// How many of them say what the source changed without an update.
    pub(super) facts: usize,
    /// How many updates were already known.
    pub(super) known: usize,
    /// How many updates were met again.
    pub(super) repeated: usize,
    /// What could not be taken as it stands.
    pub(super) exceptions: Vec<Exception>,
}

/// Tells what `sightings` of one incident, the oldest first, add to what is `held` of
/// it; nothing without any sighting.
pub(super) fn tell(
    sightings: &[&Sighting],
    held: Option<&Incident>,
    vocabulary: &Vocabulary,
) -> Option<Told> {
    let mut telling = Telling::begin(sightings, held, vocabulary)?;
    let entries = held.map_or(&[][..], |incident| &incident.entries);
    let declared_at = telling.told.declaration.declared_at;
    let known = entries
        .iter()
        .map(|entry| (happened(entry), Step::Known(entry)));
    let said = telling.union(sightings, entries);
    let said = said
        .into_iter()
        .map(|(sighting, note)| (note.at, Step::Said(sighting, note)));
    let seen = sightings
        .iter()
        .map(|sighting| (shown(sighting, declared_at), Step::Seen(sighting)));
    let over = sightings
        .iter()
        .filter(|sighting| ending::is_named(sighting))
        .map(|sighting| {
            let last = sighting.last_word().max(declared_at);
            (sighting.resolved_at.unwrap_or(last), Step::Over(sighting))
        });
    let mut steps: Vec<_> = known.chain(said).chain(over).chain(seen).collect();
    let turns = turns(sightings);
    steps.sort_by_key(|(at, step)| (*at, step.rank(&turns)));
    for (at, step) in steps {
        match step {
            Step::Known(entry) => telling.repeat(entry),
            Step::Said(sighting, note) => telling.say(sighting, note),
            Step::Over(sighting) => telling.end(sighting, at),
            Step::Seen(sighting) => telling.compare(sighting, at),
        }
    }
    telling.told.entries.sort_by_key(|entry| entry.at);
    Some(telling.told)
}

/// One moment of the walk.
enum Step<'a> {
    /// An entry that the archive holds.
    Known(&'a Entry),
    /// An update that is new.
    Said(&'a Sighting, &'a Note),
    /// An end that the source names beside its updates.
    Over(&'a Sighting),
    /// What a file showed when the source last changed it.
    Seen(&'a Sighting),
}

impl Step<'_> {
    /// The order within one moment: an update that is known comes where it stands among
    /// those that are new, so that importing again is walked as the first time was.
    fn rank(&self, turns: &BTreeMap<&str, usize>) -> (u8, usize) {
        let turn = |id: &str| turns.get(id).copied();
        match self {
            Self::Known(entry) => match entry_id(entry).and_then(turn) {
                Some(turn) => (1, turn),
                None => (0, 0),
            },
            Self::Said(_, note) => (1, turn(&note.id).unwrap_or_default()),
            Self::Over(_) => (2, 0),
            Self::Seen(_) => (3, 0),
        }
    }
}

/// Where each update stands among all that the sightings show, by its id.
fn turns<'a>(sightings: &[&'a Sighting]) -> BTreeMap<&'a str, usize> {
    let notes = sightings.iter().flat_map(|sighting| &sighting.notes);
    let mut turns = BTreeMap::new();
    for (turn, note) in notes.enumerate() {
        turns.entry(note.id.as_str()).or_insert(turn);
    }
    turns
}

/// The source's id of the update that an entry tells.
fn entry_id(entry: &Entry) -> Option<&str> {
    entry.source.as_ref()?.get("id")?.as_str()
}

/// When what a sighting shows was true.
fn shown(sighting: &Sighting, declared_at: Moment) -> Moment {
    let said = sighting.notes.last().map(|note| note.at);
    let named = sighting.resolved_at.filter(|_| ending::is_named(sighting));
    let times = sighting.changed_at.into_iter().chain(said).chain(named);
    times.fold(declared_at, Ord::max)
}

/// The last change of the source that a known incident has taken in.
fn taken_in(incident: &Incident) -> Option<Moment> {
    let entries = incident.entries.iter();
    let facts = entries
        .filter_map(|entry| entry.source.as_ref())
        .filter(|source| source.get("id").is_none());
    let sources = incident.declaration.source.iter().chain(facts);
    sources
        .filter_map(|source| Moment::parse(source.get("updated_at")?.as_str()?).ok())
        .max()
}

/// The walk, and what it has told so far.
struct Telling<'a> {
    vocabulary: &'a Vocabulary,
    kind: Kind,
    /// The facts in force.
    state: State,
    /// Milliseconds at which an entry stands.
    taken: BTreeSet<Moment>,
    /// The last of them that was passed.
    latest: Option<Moment>,
    /// Whether no sighting has been taken in yet.
    fresh: bool,
    /// The last change of the source that was taken in.
    seen: Option<Moment>,
    told: Told,
}

impl<'a> Telling<'a> {
    fn begin(
        sightings: &[&Sighting],
        held: Option<&Incident>,
        vocabulary: &'a Vocabulary,
    ) -> Option<Self> {
        let first = *sightings.first()?;
        let declaration = match held {
            Some(incident) => incident.declaration.clone(),
            None => beginning::declaration(first, sightings, vocabulary),
        };
        let entries = held.into_iter().flat_map(|incident| &incident.entries);
        Some(Self {
            vocabulary,
            kind: declaration.kind,
            state: State::declared(&declaration, vocabulary),
            taken: entries.map(|entry| entry.at).collect(),
            latest: None,
            fresh: held.is_none(),
            seen: held.and_then(taken_in),
            told: Told {
                declaration,
                entries: Vec::new(),
                facts: 0,
                known: 0,
                repeated: 0,
                exceptions: Vec::new(),
            },
        })
    }

    fn except(
        &mut self,
        sighting: &Sighting,
        note: Option<&Note>,
        what: What,
        detail: &str,
        original: Json,
    ) {
        self.told.exceptions.push(Exception {
            file: sighting.file.clone(),
            incident: Some(sighting.origin.id.clone()),
            update: note.map(|note| note.id.clone()),
            what,
            detail: detail.to_owned(),
            original,
        });
    }

    fn repeat(&mut self, entry: &Entry) {
        self.latest = self.latest.max(Some(entry.at));
        self.state.apply(entry, self.kind, self.vocabulary);
    }

    fn say(&mut self, sighting: &Sighting, note: &Note) {
        let update = Update {
            status: self.status(sighting, Some(note)),
            resources: self.changed(&note.resources),
            ..Update::default()
        };
        if update == Update::default() && note.body.is_none() {
            let original = json!({"display_at": note.at, "status": note.status});
            self.except(sighting, Some(note), What::EmptyUpdate, "", original);
            return;
        }
        let at = self.place(note.at);
        let moved = (at != note.at).then_some(note.at);
        if let Some(at) = moved {
            self.except(
                sighting,
                Some(note),
                What::EqualTime,
                "display_at",
                json!(at),
            );
        }
        let mut form = EntryForm::new(at, &sighting.by);
        form.source = Some(source(note, moved));
        form.comment.clone_from(&note.body);
        self.enter(form, update);
    }

    /// The status that a note, or a sighting as a whole, sets; none where that is the
    /// one in force, or a further word for the end that has come.
    fn status(&mut self, sighting: &Sighting, note: Option<&Note>) -> Option<String> {
        let word = match note {
            Some(note) => note.status.as_ref()?,
            None => sighting.status.as_ref()?,
        };
        let Some(status) = words::status(word, self.kind, self.vocabulary) else {
            self.except(sighting, note, What::UnknownStatus, "status", json!(word));
            return None;
        };
        let over = self.vocabulary.phase(&self.state.status) == Phase::Resolved;
        let further = words::is_end(word) && over;
        (status != self.state.status && !further).then(|| status.to_owned())
    }

    /// The resources of an update that are new or fare otherwise than before.
    fn changed(&self, resources: &[Resource]) -> Option<Edit<Resource>> {
        let known: BTreeMap<&str, &Resource> = self
            .state
            .resources
            .iter()
            .map(|resource| (resource.id.as_str(), resource))
            .collect();
        let other = |resource: &&Resource| known.get(resource.id.as_str()) != Some(resource);
        let add: Vec<Resource> = resources.iter().filter(other).cloned().collect();
        let remove = Vec::new();
        (!add.is_empty()).then_some(Edit::Change(Changed { add, remove }))
    }

    /// The first free millisecond from `at` on.
    fn place(&mut self, at: Moment) -> Moment {
        let next = |at: Moment| at.plus(Duration::milliseconds(1));
        let mut place = at;
        if self.taken.contains(&place) {
            place = next(self.latest.map_or(place, |latest| latest.max(place)));
        }
        while self.taken.contains(&place) && next(place) > place {
            place = next(place);
        }
        self.taken.insert(place);
        place
    }

    fn enter(&mut self, mut form: EntryForm, update: Update) {
        self.latest = self.latest.max(Some(form.at));
        self.state.update(&update, form.at, self.vocabulary);
        form.update = (update != Update::default()).then(|| Box::new(update));
        self.told.entries.push(form);
    }
}

/// Where an update comes from: its id and status, and its times where they say more
/// than the entry's own; `moved` is when it happened, if the entry stands later.
fn source(note: &Note, moved: Option<Moment>) -> Json {
    let mut source = Map::new();
    source.insert("id".to_owned(), json!(note.id));
    let times = [
        ("display_at", moved),
        ("created_at", note.created_at),
        ("updated_at", note.updated_at),
    ];
    let status = note.status.as_ref();
    source.extend(status.map(|status| ("status".to_owned(), json!(status))));
    for (key, at) in times {
        source.extend(at.map(|at| (key.to_owned(), json!(at))));
    }
    source.extend(note.said.clone());
    Json::Object(source)
}
