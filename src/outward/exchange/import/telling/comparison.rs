//! A sighting against what is in force at its moment.
//!
//! Status pages change titles, impacts, schedules and statuses in place. A sighting
//! that is newer than all before makes an entry of what it shows otherwise; one that
//! is not cannot tell when that was true, and makes an exception.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::super::exception::What;
use super::super::{Ending, Sighting, words};
use super::Telling;
use crate::incident::declaration::{Kind, Resource};
use crate::incident::entry::{Changed, Edit, EntryForm, Update};
use crate::incident::vocabulary::Phase;
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// How far, in seconds, the end that a source names may be from the one that its
/// updates say.
const SAME_END: i64 = 2;

impl Telling<'_> {
    /// Compares what a sighting names with what is in force `at` its moment.
    pub(super) fn compare(&mut self, sighting: &Sighting, at: Moment) {
        self.compare_times(sighting);
        self.compare_words(sighting);
        let facts = self.changed_facts(sighting);
        let status = match sighting.ending {
            Ending::Said => self.status(sighting, None),
            Ending::Named => None,
        };
        if !self.fresh && sighting.changed_at <= self.seen {
            self.contradict(sighting, &Update { status, ..facts });
            return;
        }
        self.fresh = false;
        self.seen = sighting.changed_at;
        if let Some(status) = status {
            self.change_status(sighting, at, status);
        }
        if facts != Update::default() {
            self.change(sighting, at, facts);
        }
    }

    /// Compares the moments that a source names for the watch and the end with what
    /// its updates say.
    fn compare_times(&mut self, sighting: &Sighting) {
        let watch = |status: &str| status == "monitoring";
        let mut statuses = sighting
            .notes
            .iter()
            .filter_map(|note| note.status.as_deref());
        let watched = statuses.any(watch);
        if let Some(at) = sighting.monitoring_at.filter(|_| !watched) {
            let what = What::MonitoringWithoutUpdate;
            self.except(sighting, None, what, "monitoring_at", json!(at));
        }
        if let (Some(said), Some(named)) = (self.state.resolved_at, sighting.resolved_at)
            && said.max(named) - said.min(named) > Duration::seconds(SAME_END)
        {
            let what = What::OtherResolution;
            self.except(sighting, None, what, "resolved_at", json!(named));
        }
    }

    /// Lists words that have no counterpart here.
    fn compare_words(&mut self, sighting: &Sighting) {
        if words::known_severity(sighting.impact.as_deref(), self.vocabulary).is_none() {
            let impact = json!(sighting.impact);
            self.except(sighting, None, What::UnknownImpact, "impact", impact);
        }
        if sighting.kind != self.kind {
            let kind = json!(sighting.kind);
            self.except(sighting, None, What::Contradiction, "kind", kind);
        }
    }

    /// The facts but the status that a sighting names otherwise than they are in force.
    fn changed_facts(&self, sighting: &Sighting) -> Update {
        let state = &self.state;
        let planned = self.kind == Kind::Maintenance;
        let other = |named: Option<Moment>, known: Option<Moment>| {
            named.filter(|named| known != Some(*named))
        };
        Update {
            title: (sighting.title != state.title).then(|| sighting.title.clone()),
            severity: words::known_severity(sighting.impact.as_deref(), self.vocabulary)
                .filter(|word| *word != state.severity)
                .map(str::to_owned),
            started_at: other(sighting.started_at, state.started_at),
            mitigated_at: other(sighting.mitigated_at, state.mitigated_at),
            scheduled_for: other(sighting.scheduled_for, state.scheduled_for).filter(|_| planned),
            scheduled_until: other(sighting.scheduled_until, state.scheduled_until)
                .filter(|_| planned),
            resources: self.joining(&sighting.resources),
            ..Update::default()
        }
    }

    /// The resources that the incident did not touch before.
    fn joining(&self, resources: &[Resource]) -> Option<Edit<Resource>> {
        let known: BTreeSet<&str> = self
            .state
            .resources
            .iter()
            .map(|resource| resource.id.as_str())
            .collect();
        let new = |resource: &&Resource| !known.contains(resource.id.as_str());
        let add: Vec<Resource> = resources.iter().filter(new).cloned().collect();
        let remove = Vec::new();
        (!add.is_empty()).then_some(Edit::Change(Changed { add, remove }))
    }

    fn contradict(&mut self, sighting: &Sighting, facts: &Update) {
        if let Ok(Json::Object(facts)) = serde_json::to_value(facts) {
            for (key, value) in facts {
                self.except(sighting, None, What::Contradiction, &key, value);
            }
        }
    }

    /// Sets a status that no update set: an end at the time the source names for it.
    fn change_status(&mut self, sighting: &Sighting, at: Moment, status: String) {
        let ends = self.vocabulary.phase(&status) == Phase::Resolved;
        let what = if ends {
            What::ResolutionWithoutUpdate
        } else {
            What::StatusWithoutUpdate
        };
        let named = sighting.resolved_at.filter(|_| ends);
        let possible = |named: &Moment| self.latest <= Some(*named) && *named <= at;
        let at = named.filter(possible).unwrap_or(at);
        let original = json!({"status": sighting.status, "resolved_at": sighting.resolved_at});
        self.except(sighting, None, what, "status", original);
        let update = Update {
            status: Some(status),
            ..Update::default()
        };
        self.change(sighting, at, update);
    }

    /// Enters facts that the source changed without an update.
    pub(super) fn change(&mut self, sighting: &Sighting, at: Moment, update: Update) {
        let place = self.place(at);
        let mut source = Map::new();
        if place != at {
            source.insert("display_at".to_owned(), json!(at));
        }
        let changed_at = sighting.changed_at;
        source.extend(changed_at.map(|at| ("updated_at".to_owned(), json!(at))));
        let mut form = EntryForm::new(place, &sighting.by);
        form.source = Some(Json::Object(source));
        self.told.facts += 1;
        self.enter(form, update);
    }
}
