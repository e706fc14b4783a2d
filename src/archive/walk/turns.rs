//! When entries landed, where their order depends on it.
//!
//! A walk reads what a stretch of history touches, and not when everything before it was
//! recorded. That matters only for incidents in which something is dated after its landing, or
//! landed behind something dated later ([`order`]): of those it is
//! kept, from the first commit on that shows it. Everything older counts by its own date.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::archive::history::{Appended, Step};
use crate::incident::Incident;
use crate::incident::id::{DECLARATION, EntryId, IncidentId};
use crate::incident::order::{Turn, is_ahead};
use crate::text::moment::Moment;

/// What landed when, by incident and entry; `declaration` for an incident's own file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Turns(BTreeMap<IncidentId, BTreeMap<String, Turn>>);

impl Turns {
    /// Those of `incidents`, which know when everything was recorded.
    pub fn of(incidents: &[Incident]) -> Self {
        let mut turns = Self::default();
        for incident in incidents {
            let mut landed: BTreeMap<Turn, Vec<(String, Moment)>> = BTreeMap::new();
            for (id, at, turn) in parts(incident) {
                let turn = turn.unwrap_or(OLD);
                landed.entry(turn).or_default().push((id.to_owned(), at));
            }
            let mut latest = None;
            for (turn, new) in landed {
                let known = turns
                    .0
                    .get(&incident.id)
                    .is_some_and(|known| !known.is_empty());
                if known || is_disorder(latest, &new, turn.dated) {
                    turns.note(&incident.id, &new, turn.dated);
                }
                latest = latest.max(new.iter().map(|(_, at)| *at).max());
            }
        }
        turns
    }

    /// Whether there is nothing to remember.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes in what a step appended, and puts the entries of its incident in order.
    pub(super) fn land(&mut self, step: &Step, appended: &mut Appended) {
        let incident = &mut appended.incident;
        let entries: BTreeSet<&str> = appended.entries.iter().map(EntryId::as_str).collect();
        let is_new = |id: &str| (id == DECLARATION && appended.declared) || entries.contains(id);
        let (mut new, mut latest) = (Vec::new(), None);
        for (id, at, _) in parts(incident) {
            if is_new(id) {
                new.push((id.to_owned(), at));
            } else {
                latest = latest.max(Some(at));
            }
        }
        let known = self.0.get(&incident.id);
        new.retain(|(id, _)| !known.is_some_and(|known| known.contains_key(id)));
        if known.is_some() || is_disorder(latest, &new, step.dated) {
            self.note(&incident.id, &new, step.dated);
        }
        let old = |at| Turn { dated: at, ..OLD };
        let known = self.0.get(&incident.id);
        settle(incident, &|id, at| {
            Some(known?.get(id).copied().unwrap_or(old(at)))
        });
        let places = incident.entries.iter().enumerate();
        let places: BTreeMap<&EntryId, usize> =
            places.map(|(place, entry)| (&entry.id, place)).collect();
        appended.entries.sort_by_key(|id| places.get(id).copied());
    }

    /// Takes over what a walk told of an incident.
    pub fn take(&mut self, incident: &Incident) {
        let told = parts(incident).filter_map(|(id, _, turn)| Some((id.to_owned(), turn?)));
        let told: BTreeMap<String, Turn> = told.filter(|(_, turn)| turn.number > 0).collect();
        if !told.is_empty() {
            self.0.insert(incident.id.clone(), told);
        }
    }

    /// Notes what landed together, behind all that is known so far.
    fn note(&mut self, incident: &IncidentId, new: &[(String, Moment)], dated: Moment) {
        let known = self.0.entry(incident.clone()).or_default();
        let last = known.values().map(|turn| turn.number).max();
        let number = last.unwrap_or_default() + 1;
        let turn = Turn { number, dated };
        known.extend(new.iter().map(|(id, _)| (id.clone(), turn)));
    }
}

/// Says of an incident's parts when they landed, and puts them in order.
fn settle(incident: &mut Incident, turn: &dyn Fn(&str, Moment) -> Option<Turn>) {
    incident.turn = turn(DECLARATION, incident.declaration.declared_at);
    for entry in &mut incident.entries {
        entry.land(turn(entry.id.as_str(), entry.at));
    }
    incident.settle();
}

/// What landed before anything that is known.
const OLD: Turn = Turn {
    number: 0,
    dated: Moment::EPOCH,
};

/// The declaration and the entries of an incident: the id of each, its date, when it landed.
fn parts(incident: &Incident) -> impl Iterator<Item = (&str, Moment, Option<Turn>)> {
    let declared = (DECLARATION, incident.declaration.declared_at, incident.turn);
    let entries = incident.entries.iter();
    let entries = entries.map(|entry| (entry.id.as_str(), entry.at, entry.turn));
    std::iter::once(declared).chain(entries)
}

/// Whether a commit of that date brings something dated after it, or lands behind something
/// that is: `latest` is the latest date of what was there.
fn is_disorder(latest: Option<Moment>, new: &[(String, Moment)], dated: Moment) -> bool {
    let mut new = new.iter().peekable();
    let any = new.peek().is_some();
    let behind = latest.is_some_and(|latest| is_ahead(latest, dated));
    any && (behind || new.any(|(_, at)| is_ahead(*at, dated)))
}
