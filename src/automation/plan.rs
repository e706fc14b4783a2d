//! The plan: what a change says, what it would set off, and what that would do.
//!
//! A value, made from an evaluation and rendered as JSON, text or Markdown. Whoever
//! approves a plan may name its hash: it changes when any automation, entry, event or
//! parameter of an action in it does. Secrets stand in it by the names of their
//! variables.

use std::collections::BTreeMap;

use serde::Serialize;

use super::action::{Action, Acts};
use super::derive::Fact;
use super::engine::{Firing, Reason};
use super::evaluation::{Change, Evaluation};
use super::event::{RESOURCE_NAME, short};
use super::key::key;
use crate::text::diagnostic::Diagnostic;
use crate::text::moment::Moment;

mod page;

pub(super) use page::code;
pub use page::{markdown, text};

/// What a change would set off.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// What it says.
    pub events: Vec<Told>,
    /// What that would set off.
    pub firings: Vec<Planned>,
    /// Automations that the change itself adds, alters or takes away.
    pub changes: Vec<Change>,
    /// In short: the same for the same firings with the same actions.
    pub hash: String,
    /// What is wrong with the automations.
    pub diagnostics: Vec<Diagnostic>,
}

/// An event as the plan tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Its id.
    pub id: String,
    /// Its name, in full.
    pub event: String,
    /// The incident that it is about.
    pub incident: String,
    /// What people call that.
    pub title: String,
    /// The entry that says it.
    pub entry: Option<String>,
    /// When it happened.
    pub occurred: Moment,
}

/// A firing, why, and what it would do.
#[derive(Clone, Debug, Serialize)]
pub struct Planned {
    /// The firing's id.
    pub id: String,
    /// The automation's name.
    pub automation: String,
    /// What sets it off; none where no event of this change does.
    pub event: Option<Told>,
    /// Why: what was counted and what held.
    pub reason: Reason,
    /// What it would do.
    pub actions: Vec<Action>,
}

impl Plan {
    /// The plan that follows from `evaluation`.
    pub fn of(evaluation: Evaluation) -> Self {
        let events: Vec<Told> = evaluation.facts.iter().map(Told::of).collect();
        let by_id: BTreeMap<&str, &Told> =
            events.iter().map(|told| (told.id.as_str(), told)).collect();
        let mut actions: BTreeMap<String, Vec<Action>> = BTreeMap::new();
        for action in evaluation.actions {
            actions
                .entry(action.firing.clone())
                .or_default()
                .push(action);
        }
        let planned = |firing: Firing| {
            let event = firing.reason.event.as_deref();
            Planned {
                event: event
                    .and_then(|id| by_id.get(id))
                    .map(|told| (*told).clone()),
                actions: actions.remove(&firing.id).unwrap_or_default(),
                id: firing.id,
                automation: firing.automation,
                reason: firing.reason,
            }
        };
        let firings: Vec<Planned> = evaluation.firings.into_iter().map(planned).collect();
        Self {
            hash: hash(&firings),
            events,
            firings,
            changes: evaluation.changes,
            diagnostics: evaluation.diagnostics,
        }
    }

    /// How many actions would be carried out.
    pub fn acting(&self) -> usize {
        let actions = self.firings.iter().flat_map(|firing| &firing.actions);
        actions.filter(|action| action.acts == Acts::Act).count()
    }
}

impl Told {
    /// How `fact` is told.
    pub fn of(fact: &Fact) -> Self {
        let title = fact.event.resource.get(RESOURCE_NAME);
        Self {
            id: fact.event.id.clone(),
            event: fact.event.event.clone(),
            incident: fact.incident.to_string(),
            title: title.cloned().unwrap_or_default(),
            entry: fact.entry.as_ref().map(ToString::to_string),
            occurred: fact.event.occurred,
        }
    }

    /// The event's name as `automations/` write it, without `incident.`.
    fn verb(&self) -> String {
        let short = short(&self.event);
        short.strip_prefix("incident.").unwrap_or(&short).to_owned()
    }
}

/// Covers automation, entry, event name and every parameter of every action.
fn hash(firings: &[Planned]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for firing in firings {
        parts.push(firing.automation.clone());
        match &firing.event {
            Some(told) => parts.extend([
                told.incident.clone(),
                told.entry.clone().unwrap_or_default(),
                told.event.clone(),
            ]),
            None => parts.push(firing.id.clone()),
        }
        for action in &firing.actions {
            let said = (action.kind, &action.target, &action.request, &action.acts);
            parts.push(serde_json::to_string(&said).unwrap_or_default());
        }
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    key(&parts)
}
