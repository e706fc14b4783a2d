//! The events that an appended thing means.
//!
//! By effect: new entries are applied one after the other to everything known before,
//! and a fact is an event only where the present state differs for it. What an entry
//! says without changing anything is still told, as recorded. Ids depend only on the
//! incident, the entry and the event's name, never on when or how it landed.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::event::{self, Event, INCIDENT, Labels, RESOURCE_ID, RESOURCE_NAME, RESOURCE_ROLE};
use crate::archive::history::{Appended, Landing};
use crate::incident::Incident;
use crate::incident::declaration::Resource;
use crate::incident::entry::{Entry, Recorded, Statement};
use crate::incident::id::{EntryId, IncidentId};
use crate::incident::state::{Field, State};
use crate::incident::vocabulary::{Phase, Vocabulary};
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// An event, and which part of the record says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// The event.
    pub event: Event,
    /// When it landed: its commit's moment, and one microsecond more for each event of
    /// that commit before it.
    pub received: Moment,
    /// The incident that it is about.
    pub incident: IncidentId,
    /// The entry that says it; `declaration` for the incident's own file, none for its
    /// retrospective.
    pub entry: Option<EntryId>,
    /// Whether it was imported from another tool.
    pub imported: bool,
}

/// The events that `landing` means, in their order.
pub fn facts(landing: &Landing, vocabulary: &Vocabulary) -> Vec<Fact> {
    let mut facts = Vec::new();
    for appended in &landing.appended {
        let telling = Telling {
            recorded: &landing.recorded,
            appended,
            vocabulary,
            facts: &mut facts,
        };
        telling.tell();
    }
    facts
}

struct Telling<'a> {
    recorded: &'a Recorded,
    appended: &'a Appended,
    vocabulary: &'a Vocabulary,
    facts: &'a mut Vec<Fact>,
}

/// Who says something, when, where: what all events of one entry share.
#[derive(Clone, Copy)]
struct Voice<'a> {
    entry: Option<&'a EntryId>,
    at: Moment,
    by: Option<&'a str>,
    imported: bool,
    blob: Option<&'a str>,
}

impl Telling<'_> {
    fn tell(mut self) {
        let incident = &self.appended.incident;
        let fresh: BTreeSet<&EntryId> = self.appended.entries.iter().collect();
        let (new, known): (Vec<Entry>, Vec<Entry>) = incident
            .entries
            .iter()
            .cloned()
            .partition(|entry| fresh.contains(&entry.id));
        let mut sofar = Incident {
            entries: known,
            ..incident.clone()
        };
        let mut state = sofar.course(self.vocabulary).state;
        if self.appended.declared {
            self.declaration(incident, &state);
        }
        for entry in new {
            let order = |other: &Entry| (other.at, &other.id) <= (entry.at, &entry.id);
            let place = sofar.entries.partition_point(order);
            sofar.entries.insert(place, entry.clone());
            let after = sofar.course(self.vocabulary).state;
            self.entry(incident, &entry, &state, &after);
            state = after;
        }
        if let Some(blob) = &self.appended.retrospective {
            let voice = Voice {
                entry: None,
                at: self.recorded.at,
                by: None,
                imported: false,
                blob: Some(blob),
            };
            let more = json!({"retrospective": blob});
            self.event(voice, &state, "retrospective.updated", more);
        }
    }

    fn declaration(&mut self, incident: &Incident, state: &State) {
        let id = EntryId::declaration();
        let voice = Voice {
            entry: Some(&id),
            at: incident.declaration.declared_at,
            by: Some(&incident.declaration.declared_by),
            imported: incident.declaration.source.is_some(),
            blob: None,
        };
        self.event(voice, state, "declared", json!({}));
    }

    fn entry(&mut self, incident: &Incident, entry: &Entry, before: &State, after: &State) {
        let inside_imported = entry.path.is_none() && incident.declaration.source.is_some();
        let voice = Voice {
            entry: Some(&entry.id),
            at: entry.at,
            by: Some(&entry.by),
            imported: entry.source.is_some() || inside_imported,
            blob: None,
        };
        let target = |entry: &str, reason: &str| json!({"target": entry, "reason": reason});
        let (name, more) = match &entry.statement {
            Statement::Update(_, words) => {
                let beside = words.as_ref().map(|words| ("comment", words.as_str()));
                return self.effects(voice, before, after, beside);
            }
            Statement::DuplicateOf(other) => {
                let beside = Some(("duplicate_of", other.as_str()));
                return self.effects(voice, before, after, beside);
            }
            Statement::Comment(words) => ("comment.added", json!({"comment": words})),
            Statement::Assessment(said) => ("assessment.added", json!({"assessment": said})),
            Statement::Attach(file) => ("attachment.added", json!({"attachment": file})),
            Statement::Correct(said) => ("entry.corrected", target(&said.entry, &said.reason)),
            Statement::Retract(said) => ("entry.retracted", target(&said.entry, &said.reason)),
            Statement::Redact(said) => ("entry.redacted", target(&said.entry, &said.reason)),
        };
        self.event(voice, after, name, more);
    }

    /// One event for each fact that differs, or one that says that none does.
    fn effects(
        &mut self,
        voice: Voice<'_>,
        before: &State,
        after: &State,
        beside: Option<(&str, &str)>,
    ) {
        let mut effects = effects(before, after, self.vocabulary);
        if effects.is_empty() {
            effects.push(("entry.recorded".to_owned(), Map::new()));
        }
        for (name, mut more) in effects {
            more.extend(beside.map(|(key, words)| (key.to_owned(), Json::from(words))));
            self.event(voice, after, &name, Json::Object(more));
        }
    }

    fn event(&mut self, voice: Voice<'_>, state: &State, name: &str, more: Json) {
        let incident = &self.appended.incident;
        let name = format!("{INCIDENT}{name}");
        let count = i64::try_from(self.facts.len()).unwrap_or(i64::MAX);
        let source = voice.entry.map_or("retrospective", EntryId::as_str);
        let event = Event {
            id: event::id(&incident.id, source, &name, voice.blob),
            occurred: voice.at,
            event: name,
            resource: self.labels(state),
            related: related(state, voice.by),
            payload: self.payload(voice, state, more),
            follows: None,
        };
        self.facts.push(Fact {
            event,
            received: self.recorded.at.plus(Duration::microseconds(count)),
            incident: incident.id.clone(),
            entry: voice.entry.cloned(),
            imported: voice.imported,
        });
    }

    /// What the incident's own labels say after the entry.
    fn labels(&self, state: &State) -> Labels {
        let Incident {
            id, declaration, ..
        } = &self.appended.incident;
        let label = |name: &str, value: &str| (format!("{INCIDENT}{name}"), value.to_owned());
        Labels::from([
            (RESOURCE_ID.to_owned(), format!("{INCIDENT}{id}")),
            (RESOURCE_NAME.to_owned(), state.title.clone()),
            label("severity", &state.severity),
            label("status", &self.status(state)),
            label("kind", declaration.kind.name()),
        ])
    }

    fn payload(&self, voice: Voice<'_>, state: &State, more: Json) -> Json {
        let mut payload = Map::new();
        let mut say = |key: &str, value: Json| payload.insert(key.to_owned(), value);
        say("id", self.appended.incident.id.as_str().into());
        say("name", state.title.as_str().into());
        say("status", self.status(state).into());
        say("severity", state.severity.as_str().into());
        say("tags", json!(state.tags));
        if let Some(at) = state.resolved_at {
            say("end_time", json!(at));
        }
        if let Some(entry) = voice.entry {
            say("entry", entry.as_str().into());
        }
        if let Some(by) = voice.by {
            say("by", by.into());
        }
        say("commit", self.recorded.commit.as_str().into());
        if let Json::Object(more) = more {
            payload.extend(more);
        }
        Json::Object(payload)
    }

    /// The status when the commit landed, by word or by a maintenance's schedule.
    fn status(&self, state: &State) -> String {
        let kind = self.appended.incident.declaration.kind;
        state.status_at(kind, self.recorded.at, self.vocabulary)
    }
}

/// The names of what changed, in the order of the facts, each with `from` and `to`.
fn effects(
    before: &State,
    after: &State,
    vocabulary: &Vocabulary,
) -> Vec<(String, Map<String, Json>)> {
    let mut effects: Vec<(String, Map<String, Json>)> = Vec::new();
    for change in before.changes(after) {
        let (name, from, to) = match change.field {
            Field::Status => (status_name(before, after, vocabulary), None, None),
            Field::Title => ("updated.name".to_owned(), None, None),
            Field::StartedAt => ("updated.start_time".to_owned(), None, None),
            Field::Resources => ("updated.related_resources".to_owned(), None, None),
            Field::ScheduledFor | Field::ScheduledUntil => (
                "updated.schedule".to_owned(),
                Some(schedule(before)),
                Some(schedule(after)),
            ),
            other => (format!("updated.{}", other.name()), None, None),
        };
        // Both ends of a schedule are one event.
        if effects.last().is_none_or(|(last, _)| *last != name) {
            let from = ("from".to_owned(), from.unwrap_or(change.from));
            let to = ("to".to_owned(), to.unwrap_or(change.to));
            effects.push((name, Map::from_iter([from, to])));
        }
    }
    effects
}

fn status_name(before: &State, after: &State, vocabulary: &Vocabulary) -> String {
    let phases = (
        vocabulary.phase(&before.status),
        vocabulary.phase(&after.status),
    );
    match phases {
        (Phase::Planned | Phase::Active, Phase::Resolved) => "resolved".to_owned(),
        (Phase::Resolved, Phase::Active) => "reopened".to_owned(),
        _ => "updated.status".to_owned(),
    }
}

fn schedule(state: &State) -> Json {
    json!({"scheduled_for": state.scheduled_for, "scheduled_until": state.scheduled_until})
}

/// Resources under their roles, then tags, then who said it.
fn related(state: &State, by: Option<&str>) -> Vec<Labels> {
    let resources = state.resources.iter().map(resource);
    let tags = state
        .tags
        .iter()
        .map(|tag| labels(&format!("prefect.tag.{tag}"), "tag", Some(tag)));
    resources.chain(tags).chain(by.map(actor)).collect()
}

fn resource(resource: &Resource) -> Labels {
    let role = resource.role.as_deref().unwrap_or("resource");
    labels(&resource.id, role, resource.name.as_deref())
}

/// A person or a machine: by address where one is given, else by name.
fn actor(by: &str) -> Labels {
    let (name, address) = match by
        .trim_end()
        .strip_suffix('>')
        .and_then(|by| by.split_once('<'))
    {
        Some((name, address)) => (name.trim(), address.trim()),
        None => (by, by),
    };
    labels(&format!("annals.person.{address}"), "actor", Some(name))
}

fn labels(id: &str, role: &str, name: Option<&str>) -> Labels {
    let mut labels = Labels::from([
        (RESOURCE_ID.to_owned(), id.to_owned()),
        (RESOURCE_ROLE.to_owned(), role.to_owned()),
    ]);
    labels.extend(name.map(|name| (RESOURCE_NAME.to_owned(), name.to_owned())));
    labels
}
