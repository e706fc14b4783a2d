//! Why an automation fired on an event, or did not.
//!
//! Nothing is evaluated here. The engine was watched ([`super::evaluation::observe`]), and
//! what it remembered just before and just after an event is told beside what each trigger
//! asked and what the event had to say ([`comparison`], [`step`]). An [`Explanation`] is a
//! value, rendered as JSON, text or Markdown.

use std::collections::BTreeMap;

use serde::Serialize;

use super::action::{Action, Acts};
use super::engine::{Delivery, Firing};
use super::evaluation::{Evaluation, Observation, Watched};
use super::plan::Told;
use super::receipt::Receipt;
use super::rule::Automation;
use crate::incident::entry::Recorded;
use crate::text::moment::Moment;

pub mod comparison;
mod page;
mod sentence;
pub mod step;
pub mod waiting;

pub use page::{markdown, text};
use step::{Outcome, Step};
use waiting::Waiting;

/// What came of some events for one automation.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// Its name.
    pub automation: String,
    /// The file it stands in.
    pub path: String,
    /// Whether it is on.
    pub enabled: bool,
    /// The commit that introduced it, or last changed its trigger or whether it is on: it
    /// sees what lands after.
    pub since: Option<Recorded>,
    /// Event by event, in their order.
    pub events: Vec<Explained>,
    /// The id of the event that is told in full.
    pub chosen: Option<String>,
    /// The windows that are open now.
    pub waiting: Vec<Waiting>,
    /// The present.
    pub now: Moment,
}

/// What came of one event, on the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It fired.
    Fires,
    /// The event reached a trigger and was taken note of, or came too early or too late.
    Reached,
    /// Some condition did not hold.
    Unconcerned,
    /// It was off.
    Off,
    /// The commit that says it is no later than the one that introduced or last changed
    /// the automation.
    TooOld,
    /// The event waits for the one that it follows.
    Held,
    /// No trigger ever sees such an event.
    Ignored,
}

/// What came of one event, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Explained {
    /// The event.
    #[serde(flatten)]
    pub told: Told,
    /// The commit that says it.
    pub recorded: Recorded,
    /// The commit since which the automation stood as it did then.
    pub since: Option<Recorded>,
    /// What came of it on the whole.
    pub verdict: Verdict,
    /// Trigger by trigger, outer ones first.
    pub triggers: Vec<Step>,
    /// What fired on it.
    pub firings: Vec<Firing>,
    /// What that does.
    pub actions: Vec<Carried>,
    /// What it had a part in and fired only later.
    pub later: Vec<Firing>,
}

/// An action, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Carried {
    /// What is to be done, if at all.
    #[serde(flatten)]
    pub action: Action,
    /// What the ledger says of it; none where it says nothing.
    pub receipt: Option<Receipt>,
}

impl Explanation {
    /// What `watched` means for `automation`, as it stands now. `receipts` are what the
    /// ledger knows.
    pub fn of(
        automation: &Automation,
        watched: Watched,
        evaluation: &Evaluation,
        receipts: Vec<Receipt>,
        now: Moment,
    ) -> Self {
        let receipts: BTreeMap<String, Receipt> = receipts
            .into_iter()
            .map(|receipt| (receipt.key.clone(), receipt))
            .collect();
        let done = Done {
            evaluation,
            receipts: &receipts,
        };
        let observations = watched.observations.iter();
        let events: Vec<Explained> = observations
            .map(|observation| done.explained(automation, observation))
            .collect();
        Self {
            automation: automation.rule.name.clone(),
            path: automation.path.clone(),
            enabled: automation.rule.enabled,
            since: watched.since,
            chosen: chosen(&events).map(|event| event.told.id.clone()),
            events,
            waiting: watched
                .standing
                .map(|view| waiting::waiting(&automation.rule.trigger, &view, now))
                .unwrap_or_default(),
            now,
        }
    }

    /// The event that is told in full.
    pub fn in_full(&self) -> Option<&Explained> {
        let chosen = self.chosen.as_deref()?;
        self.events.iter().find(|event| event.told.id == chosen)
    }
}

/// Of several events the one that somebody asks about: the last one that reached a
/// trigger, else the last of those that came nearest to it.
fn chosen(events: &[Explained]) -> Option<&Explained> {
    let missed = |event: &Explained| match event.verdict {
        Verdict::Fires | Verdict::Reached => 0,
        _ => event.missed().saturating_add(1),
    };
    events.iter().rev().min_by_key(|event| missed(event))
}

impl Explained {
    /// How many conditions of the trigger that came nearest did not hold.
    fn missed(&self) -> usize {
        let missed = self.triggers.iter().filter_map(Step::missed);
        missed.min().unwrap_or_default()
    }
}

/// What was done and is to be done.
struct Done<'a> {
    evaluation: &'a Evaluation,
    receipts: &'a BTreeMap<String, Receipt>,
}

impl Done<'_> {
    fn explained(&self, now: &Automation, seen: &Observation) -> Explained {
        let rule = &seen.automation.as_ref().unwrap_or(now).rule;
        let triggers = step::steps(&rule.trigger, seen);
        let verdict = verdict(seen, &triggers);
        let id = seen.fact.event.id.as_str();
        let later = self.evaluation.firings.iter().filter(|firing| {
            firing.automation == rule.name
                && firing.reason.all_events().contains(&id)
                && seen.firings.iter().all(|own| own.id != firing.id)
        });
        Explained {
            told: Told::of(&seen.fact),
            recorded: seen.recorded.clone(),
            since: seen.since.clone(),
            verdict,
            triggers,
            actions: self.carried(&seen.firings),
            firings: seen.firings.clone(),
            later: later.cloned().collect(),
        }
    }

    fn carried(&self, firings: &[Firing]) -> Vec<Carried> {
        let actions = self.evaluation.actions.iter();
        let own = actions.filter(|action| firings.iter().any(|one| one.id == action.firing));
        own.map(|action| Carried {
            receipt: self.receipts.get(&action.key).cloned(),
            action: action.clone(),
        })
        .collect()
    }
}

impl Carried {
    /// Whether it was done already, or is to be.
    pub fn acts(&self) -> bool {
        self.action.acts == Acts::Act
    }
}

fn verdict(seen: &Observation, triggers: &[Step]) -> Verdict {
    match (seen.delivery, &seen.automation) {
        (Delivery::Held, _) => return Verdict::Held,
        (Delivery::Ignored, _) => return Verdict::Ignored,
        (_, None) => return Verdict::TooOld,
        (_, Some(automation)) if !automation.rule.enabled => return Verdict::Off,
        _ => {}
    }
    let on = seen.before.as_ref().is_some_and(|view| view.on);
    let reached = |step: &Step| match step {
        Step::Event(step) => step.outcome != Outcome::Unconcerned,
        Step::Group(_) => false,
    };
    if !on {
        Verdict::TooOld
    } else if !seen.firings.is_empty() {
        Verdict::Fires
    } else if triggers.iter().any(reached) {
        Verdict::Reached
    } else {
        Verdict::Unconcerned
    }
}
