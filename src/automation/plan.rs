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
use super::event::RESOURCE_NAME;
use super::key::key;
use super::receipt::{Outcome, Receipt};
use super::replay::Tally;
use super::wording::{self, Said};
use crate::archive::grants::Grant;
use crate::text::diagnostic::Diagnostic;
use crate::text::moment::Moment;

mod page;

pub use page::{markdown, text};

/// What a change would set off.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// What it grants itself: what it lets automations use, keeps from being told, publishes.
    pub grants: Vec<Grant>,
    /// What it says.
    pub events: Vec<Told>,
    /// The same in words.
    #[serde(skip)]
    pub says: Vec<Said>,
    /// What that would set off.
    pub firings: Vec<Planned>,
    /// Automations that the change itself adds, alters or takes away.
    pub changes: Vec<Change>,
    /// What those that it adds or alters would have done over all of history.
    pub history: Vec<Tally>,
    /// Whether it is known what was done already.
    pub receipts: bool,
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
    pub actions: Vec<Planning>,
}

/// An action, and what became of it if it was claimed before.
#[derive(Clone, Debug, Serialize)]
pub struct Planning {
    /// The action.
    #[serde(flatten)]
    pub action: Action,
    /// What became of it; none when nothing is known of it.
    pub outcome: Option<Outcome>,
}

/// What is known beside what an evaluation says.
#[derive(Clone)]
pub struct Beside<'a> {
    /// What the change grants itself.
    pub grants: Vec<Grant>,
    /// What was done already; none where that is not known.
    pub receipts: Option<&'a [Receipt]>,
    /// What rules that the change adds or alters would have done over all of history.
    pub history: &'a [Tally],
}

impl Plan {
    /// The plan that follows from `evaluation` and what is known beside it.
    pub fn of(evaluation: Evaluation, beside: Beside<'_>) -> Self {
        let events: Vec<Told> = evaluation.facts.iter().map(Told::of).collect();
        let by_id: BTreeMap<&str, &Told> =
            events.iter().map(|told| (told.id.as_str(), told)).collect();
        let receipts = beside.receipts.into_iter().flatten();
        let outcomes: BTreeMap<&str, Outcome> = receipts
            .map(|receipt| (receipt.key.as_str(), receipt.outcome))
            .collect();
        let mut actions: BTreeMap<String, Vec<Planning>> = BTreeMap::new();
        for action in evaluation.actions {
            let outcome = outcomes.get(action.key.as_str()).copied();
            let of_firing = actions.entry(action.firing.clone()).or_default();
            of_firing.push(Planning { action, outcome });
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
            grants: beside.grants,
            history: beside.history.to_vec(),
            receipts: beside.receipts.is_some(),
            hash: hash(&firings),
            says: wording::said(&evaluation.facts),
            events,
            firings,
            changes: evaluation.changes,
            diagnostics: evaluation.diagnostics,
        }
    }

    /// How many actions would be carried out.
    pub fn acting(&self) -> usize {
        let actions = self.firings.iter().flat_map(|firing| &firing.actions);
        let acting = actions
            .filter(|planning| planning.outcome.is_none() && planning.action.acts == Acts::Act);
        acting.count()
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
        for Planning { action, .. } in &firing.actions {
            let said = (&action.kind, &action.target, &action.request, &action.acts);
            parts.push(serde_json::to_string(&said).unwrap_or_default());
        }
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    key(&parts)
}
