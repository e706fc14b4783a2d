//! The shape that Prefect gives to what an incident's events say: labels, related
//! resources, payload.

use serde_json::{Map, Value as Json, json};

use super::Fact;
use crate::automation::event::{
    self, Event, INCIDENT, Labels, RESOURCE_ID, RESOURCE_NAME, RESOURCE_ROLE, SEVERITY,
};
use crate::incident::Incident;
use crate::incident::declaration::Resource;
use crate::incident::entry::Recorded;
use crate::incident::id::EntryId;
use crate::incident::state::State;
use crate::incident::vocabulary::Vocabulary;
use crate::text::moment::Moment;

/// How many things a payload mostly says.
const PAYLOAD: usize = 12;

/// What all events of one incident and commit share.
#[derive(Clone, Copy)]
pub(super) struct Shape<'a> {
    pub incident: &'a Incident,
    pub recorded: &'a Recorded,
    pub vocabulary: &'a Vocabulary,
}

/// Which part of an incident speaks, when, and who by it: what its events share.
#[derive(Clone, Copy)]
pub(super) struct Voice<'a> {
    /// What the part is called: an entry's id, or what an id is made from beside it.
    pub part: &'a str,
    pub entry: Option<&'a EntryId>,
    pub at: Moment,
    pub by: Option<&'a str>,
    pub imported: bool,
    /// What tells apart the events of one part, where it may say the same more than once.
    pub version: Option<&'a str>,
}

impl Shape<'_> {
    /// The fact called `name`, with what it alone says; `state` is that after it.
    pub(super) fn fact(&self, voice: Voice<'_>, state: &State, name: &str, more: Json) -> Fact {
        let id = &self.incident.id;
        let name = [INCIDENT, name].concat();
        // What a schedule brings is told as of then.
        let seen = self.recorded.at.max(voice.at);
        let status = state.status_at(self.incident.declaration.kind, seen, self.vocabulary);
        Fact {
            event: Event {
                id: event::id(id, voice.part, &name, voice.version),
                occurred: voice.at,
                event: name,
                resource: self.labels(state, &status),
                related: related(state, voice.by),
                payload: self.payload(voice, state, &status, more),
                follows: None,
            },
            received: self.recorded.at,
            incident: id.clone(),
            entry: voice.entry.cloned(),
            imported: voice.imported,
        }
    }

    /// What the incident's own labels say after the entry.
    fn labels(&self, state: &State, status: &str) -> Labels {
        let Incident {
            id, declaration, ..
        } = self.incident;
        let label = |name: &str, value: &str| ([INCIDENT, name].concat(), value.to_owned());
        Labels::from([
            (RESOURCE_ID.to_owned(), [INCIDENT, id.as_str()].concat()),
            (RESOURCE_NAME.to_owned(), state.title.clone()),
            (SEVERITY.to_owned(), state.severity.clone()),
            label("status", status),
            label("kind", declaration.kind.name()),
        ])
    }

    fn payload(&self, voice: Voice<'_>, state: &State, status: &str, more: Json) -> Json {
        let mut payload = Map::with_capacity(PAYLOAD);
        let mut say = |key: &str, value: Json| payload.insert(key.to_owned(), value);
        say("id", self.incident.id.as_str().into());
        say("name", state.title.as_str().into());
        say("status", status.into());
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
}

/// Resources under their roles, then tags, then who said it.
fn related(state: &State, by: Option<&str>) -> Vec<Labels> {
    let resources = state.resources.iter().map(resource);
    let tags = state
        .tags
        .iter()
        .map(|tag| labels(["prefect.tag.", tag].concat(), "tag", Some(tag)));
    resources.chain(tags).chain(by.map(actor)).collect()
}

fn resource(resource: &Resource) -> Labels {
    let role = resource.role.as_deref().unwrap_or("resource");
    labels(resource.id.clone(), role, resource.name.as_deref())
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
    let id = ["annals.person.", address].concat();
    labels(id, "actor", Some(name))
}

fn labels(id: String, role: &str, name: Option<&str>) -> Labels {
    let mut labels = Labels::from([
        (RESOURCE_ID.to_owned(), id),
        (RESOURCE_ROLE.to_owned(), role.to_owned()),
    ]);
    labels.extend(name.map(|name| (RESOURCE_NAME.to_owned(), name.to_owned())));
    labels
}
