//! The events that an appended thing means.
//!
//! By effect: new entries are applied one after the other to everything known before,
//! and a fact is an event only where the present state differs for it. What an entry
//! says without changing anything is still told, as recorded. Ids depend only on the
//! incident, the entry and the event's name, never on when or how it landed.
//!
//! What a landing means depends on a little of what came before it: what vanished, so that
//! it is not new when it returns, and which scheduled maintenance is to begin or end. That
//! is what [`Facts`] carries, so that a range of commits may be told whole or in any pieces.

mod calendar;
mod shape;
mod telling;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::event::Event;
use crate::archive::history::{Appended, Landing};
use crate::archive::layout;
use crate::archive::walk::Turns;
use crate::incident::Incident;
use crate::incident::entry::Recorded;
use crate::incident::id::{DECLARATION, EntryId, IncidentId};
use crate::incident::state::State;
use crate::incident::vocabulary::Vocabulary;
use crate::text::duration::Duration;
use crate::text::moment::Moment;
use calendar::Calendar;
use shape::Shape;
use telling::New;

/// An event, and which part of the record says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The event.
    pub event: Event,
    /// When it landed: its commit's moment, and one microsecond more for each event of
    /// that commit before it. What a schedule brings lands when it comes.
    pub received: Moment,
    /// The incident that it is about.
    pub incident: IncidentId,
    /// The entry that says it; `declaration` for the incident's own file, none for its
    /// retrospective, its schedule and its history.
    pub entry: Option<EntryId>,
    /// Whether it was imported from another tool.
    pub imported: bool,
}

/// What is to be known of the past to tell what the next commit means. It is carried from
/// one range of commits to the next as JSON.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Facts {
    /// When the last commit was received.
    received: Option<Moment>,
    /// What was recorded and has vanished, and retrospectives that were replaced: none of
    /// it is new when it returns.
    gone: BTreeSet<String>,
    /// The incidents whose files do not all lie side by side, as far as they are known.
    scattered: BTreeSet<String>,
    /// When things landed, where the order of entries depends on it.
    #[serde(default, skip_serializing_if = "Turns::is_empty")]
    turns: Turns,
    /// What is to come of itself.
    calendar: Calendar,
    /// The state of each incident that was told of, as long as this is in memory.
    #[serde(skip)]
    states: BTreeMap<IncidentId, State>,
}

impl Facts {
    /// What is to be known after a commit that was received at `received`, from all
    /// incidents as they stood there: for where nothing was carried so far.
    pub fn after(received: Moment, incidents: &[Incident], vocabulary: &Vocabulary) -> Self {
        let mut facts = Self {
            received: Some(received),
            turns: Turns::of(incidents),
            ..Self::default()
        };
        let scattered = incidents.iter().filter(|incident| is_scattered(incident));
        facts.scattered = scattered.map(|incident| incident.id.to_string()).collect();
        for incident in incidents
            .iter()
            .filter(|incident| calendar::keeps(incident))
        {
            let entries = incident.entries.iter();
            let recorded = entries.filter_map(|entry| entry.recorded.as_ref());
            let last = recorded.chain(&incident.recorded).max_by_key(|by| by.at);
            if let Some(recorded) = last {
                let recorded = Recorded {
                    at: received,
                    ..recorded.clone()
                };
                let shape = Shape {
                    incident,
                    recorded: &recorded,
                    vocabulary,
                };
                let state = incident.course(vocabulary).state;
                facts.calendar.land(&shape, Some(&state), &state);
            }
        }
        facts
    }

    /// When the last commit was received; none before the first.
    pub fn received(&self) -> Option<Moment> {
        self.received
    }

    /// The incidents whose files do not all lie side by side; none where nothing is known
    /// of the past.
    pub fn scattered(&self) -> Option<&BTreeSet<String>> {
        self.received.map(|_| &self.scattered)
    }

    /// When things landed, where the order of entries depends on it.
    pub fn turns(&self) -> &Turns {
        &self.turns
    }

    /// The events that `landing` means, in their order, after those that came of
    /// themselves before it.
    pub fn landing(&mut self, landing: &Landing, vocabulary: &Vocabulary) -> Vec<Fact> {
        let mut facts = self.due(landing.recorded.at);
        let mut told = Vec::new();
        for appended in &landing.appended {
            let (new, is_back) = self.new_of(appended);
            let incident = &appended.incident;
            self.turns.take(incident);
            let shape = Shape {
                incident,
                recorded: &landing.recorded,
                vocabulary,
            };
            let known = self.states.remove(&incident.id).filter(|_| !is_back);
            let (before, after) = telling::tell(&shape, &new, known, &mut told);
            if appended.gone.declaration {
                self.calendar.forget(&incident.id);
                continue;
            }
            let before = Some(before).filter(|_| !new.declared);
            told.extend(self.calendar.land(&shape, before.as_ref(), &after));
            self.states.insert(incident.id.clone(), after);
        }
        for (count, fact) in (0..).zip(&mut told) {
            fact.received = landing.recorded.at.plus(Duration::microseconds(count));
        }
        self.scattered.extend(landing.scattered.iter().cloned());
        self.received = self.received.max(Some(landing.recorded.at));
        facts.extend(told);
        facts
    }

    /// What came of itself by `until` and was not told yet, in its order: maintenance that
    /// began or ended by its schedule.
    pub fn due(&mut self, until: Moment) -> Vec<Fact> {
        let mut due = self.calendar.due(until);
        for fact in &mut due {
            fact.received = fact.received.max(self.received.unwrap_or(fact.received));
        }
        due
    }

    /// What of `appended` is new, and whether some of it had only vanished. Notes what is
    /// gone.
    fn new_of<'a>(&mut self, appended: &'a Appended) -> (New<'a>, bool) {
        let mut new = New {
            declared: appended.declared,
            entries: appended.entries.iter().collect(),
            retrospective: appended.retrospective.as_ref(),
            rewritten: appended.rewritten.as_deref(),
            has_lost: !appended.gone.entries.is_empty(),
        };
        let id = appended.incident.id.as_str();
        let part = |part: &str| format!("{id}/{part}");
        let words = |blob: &String| format!("{id}/retrospective/{blob}");
        new.entries
            .retain(|entry| !self.gone.remove(&part(entry.as_str())));
        new.declared &= !self.gone.remove(&part(DECLARATION));
        new.retrospective = new
            .retrospective
            .filter(|blob| !self.gone.contains(&words(blob)));
        let gone = &appended.gone;
        self.gone
            .extend(gone.entries.iter().map(|entry| part(entry)));
        self.gone.extend(gone.retrospective.iter().map(words));
        self.gone
            .extend(gone.declaration.then(|| part(DECLARATION)));
        let is_back =
            new.declared != appended.declared || new.entries.len() != appended.entries.len();
        (new, is_back)
    }
}

/// Whether an entry lies elsewhere than in the folder beside its incident's file.
fn is_scattered(incident: &Incident) -> bool {
    let own = layout::incident_folder(&incident.path);
    let mut paths = incident
        .entries
        .iter()
        .filter_map(|entry| entry.path.as_deref());
    paths.any(|path| {
        path.rsplit_once('/')
            .is_none_or(|(folder, _)| folder != own)
    })
}
