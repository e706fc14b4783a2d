//! The engine: events in, firings out, with their reasons.
//!
//! It takes the steps that Prefect's own engine takes, on a clock that is told the
//! time and never asks for it. What it must remember from one event to the next is one
//! value, so that a range of commits may be evaluated whole or in any pieces. Triggers
//! that fire on each event (Reactive, threshold 1, within 0) need no memory but the
//! clock's.

use serde::{Deserialize, Serialize};

use super::event::{Event, Labels};
use super::key::key;
use super::rule::Rule;
use super::trigger::{Condition, EventTrigger, Posture, Trigger};
use crate::text::moment::Moment;

/// The version of the meaning that triggers have here; a tick names the one it used.
pub const SEMANTICS: u32 = 1;

/// The one event that no trigger ever sees.
const LOG: &str = "prefect.log.write";

/// What the engine remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The latest moment that it was told. Time never runs backwards.
    pub now: Option<Moment>,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Delivery {
    /// It was evaluated, and set these off.
    Processed(Vec<Firing>),
    /// It is one of those that no trigger sees.
    Ignored,
}

/// An automation that was set off.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Firing {
    /// The same for the same automation, trigger, labels and events.
    pub id: String,
    /// The automation's name.
    pub automation: String,
    /// When, on the engine's clock.
    pub time: Moment,
    /// The values by which events are counted apart.
    pub labels: Labels,
    /// The ids of the events that set it off, the last one last.
    pub events: Vec<String>,
    /// Which conditions held, and on what.
    pub reason: Vec<Condition>,
}

/// The rules in force, and what is remembered of the events before.
#[derive(Debug)]
pub struct Engine<'a> {
    rules: Vec<&'a Rule>,
    state: State,
}

impl<'a> Engine<'a> {
    /// An engine that goes on where `state` was left.
    pub fn new(state: State) -> Self {
        Self {
            rules: Vec::new(),
            state,
        }
    }

    /// Puts `rules` in force instead of those before. Disabled ones see nothing.
    pub fn rules(&mut self, rules: impl IntoIterator<Item = &'a Rule>) {
        self.rules = rules.into_iter().filter(|rule| rule.enabled).collect();
    }

    /// Evaluates `event`, taken in at `now`.
    pub fn deliver(&mut self, event: &Event, now: Moment) -> Delivery {
        let now = self.state.now.map_or(now, |before| before.max(now));
        self.state.now = Some(now);
        if event.event == LOG {
            return Delivery::Ignored;
        }
        let firings = self.rules.iter().filter_map(|rule| match &rule.trigger {
            Trigger::Event(trigger) if immediate(trigger) && trigger.expects(event) => {
                Some(fire(rule, trigger, event, now))
            }
            _ => None,
        });
        Delivery::Processed(firings.collect())
    }

    /// What it is to remember.
    pub fn state(self) -> State {
        self.state
    }
}

/// Whether a trigger fires on each event that it expects.
fn immediate(trigger: &EventTrigger) -> bool {
    trigger.posture == Posture::Reactive
        && trigger.threshold == 1
        && trigger.within == 0
        && trigger.after.is_empty()
}

fn fire(rule: &Rule, trigger: &EventTrigger, event: &Event, time: Moment) -> Firing {
    let labels = trigger.key(event);
    let values = serde_json::to_string(&labels).unwrap_or_default();
    Firing {
        id: key(&[&rule.name, &rule.fingerprint(), &values, &event.id]),
        automation: rule.name.clone(),
        time,
        labels,
        events: vec![event.id.clone()],
        reason: trigger.conditions(event),
    }
}
