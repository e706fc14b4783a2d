//! What comes of itself: maintenance that begins and ends by its schedule.
//!
//! Whenever a commit touches a maintenance, what its schedule will bring is worked out
//! anew, each event as it will be told, so that nothing has to be read again when its
//! moment comes. Somebody who says a status, or moves the schedule, takes back what was
//! to come.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Fact;
use super::shape::{Shape, Voice};
use crate::incident::Incident;
use crate::incident::declaration::Kind;
use crate::incident::id::IncidentId;
use crate::incident::state::State;
use crate::incident::vocabulary::Phase;
use crate::text::moment::Moment;

/// What is to come, by incident, the earliest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Calendar(BTreeMap<IncidentId, Vec<Fact>>);

/// Whether an incident is one that a schedule moves.
pub(super) fn keeps(incident: &Incident) -> bool {
    incident.declaration.kind == Kind::Maintenance
}

impl Calendar {
    /// Takes in that a commit left an incident in the state `after`; `before` is that
    /// before the commit, if it was there. Answers what the schedule had brought by the
    /// time the commit landed, and nobody knew.
    pub(super) fn land(
        &mut self,
        shape: &Shape<'_>,
        before: Option<&State>,
        after: &State,
    ) -> Vec<Fact> {
        if !keeps(shape.incident) {
            return Vec::new();
        }
        let now = shape.recorded.at;
        let known = before
            .map(|before| steps(shape, before))
            .unwrap_or_default();
        let (late, to_come): (Vec<_>, Vec<_>) = steps(shape, after)
            .into_iter()
            .filter(|step| step.1 > now || !known.contains(step))
            .partition(|step| step.1 <= now);
        let told = |(status, at): &(String, Moment)| fact(shape, after, status, *at);
        let id = &shape.incident.id;
        if to_come.is_empty() {
            self.0.remove(id);
        } else {
            let to_come = to_come.iter().map(told).collect();
            self.0.insert(id.clone(), to_come);
        }
        late.iter().map(told).collect()
    }

    /// Takes back everything that was to come of an incident.
    pub(super) fn forget(&mut self, incident: &IncidentId) {
        self.0.remove(incident);
    }

    /// Takes out what comes by `until`, in its order.
    pub(super) fn due(&mut self, until: Moment) -> Vec<Fact> {
        let mut due = Vec::new();
        for to_come in self.0.values_mut() {
            due.extend(to_come.extract_if(.., |fact| fact.received <= until));
        }
        self.0.retain(|_, to_come| !to_come.is_empty());
        due.sort_by_key(|fact| fact.received);
        due
    }
}

/// The statuses that a schedule brings in the end, and when.
fn steps(shape: &Shape<'_>, state: &State) -> Vec<(String, Moment)> {
    let end = state.scheduled_for.max(state.scheduled_until);
    let kind = shape.incident.declaration.kind;
    let all = end.map(|end| state.scheduled_steps(kind, end, shape.vocabulary));
    all.unwrap_or_default()
}

fn fact(shape: &Shape<'_>, state: &State, status: &str, at: Moment) -> Fact {
    let name = match shape.vocabulary.phase(status) {
        Phase::Resolved => "maintenance.ended",
        Phase::Planned | Phase::Active => "maintenance.started",
    };
    let moment = at.to_string();
    let voice = Voice {
        part: "schedule",
        entry: None,
        at,
        by: None,
        imported: shape.incident.declaration.source.is_some(),
        version: Some(&moment),
    };
    let more = json!({
        "scheduled_for": state.scheduled_for,
        "scheduled_until": state.scheduled_until,
    });
    Fact {
        received: at,
        ..shape.fact(voice, state, name, more)
    }
}
