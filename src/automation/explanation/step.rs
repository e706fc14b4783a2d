//! What one event did to each trigger of an automation: read off what the engine
//! remembered just before it and just after.

use serde::Serialize;

use super::comparison::{Comparison, comparisons};
use crate::automation::engine::{Reason, View, Window};
use crate::automation::evaluation::Observation;
use crate::automation::event::{Event, Labels};
use crate::automation::trigger::{EventTrigger, Posture, Trigger};
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// As how many labels the name of an event counts.
const NAME: usize = 1_000;

/// One trigger at one event.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Step {
    /// It waits for events.
    Event(Box<EventStep>),
    /// It waits for triggers inside it.
    Group(GroupStep),
}

/// What an event meant to a trigger that waits for events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It fired.
    Fired,
    /// Some condition did not hold.
    Unconcerned,
    /// It was counted, and that was not enough, or the trigger waits for the time to pass.
    Counted,
    /// It began the wait.
    Began,
    /// It begins a wait that had begun before.
    BegunBefore,
    /// It ended a wait of its own and began the next.
    BeganAnew,
    /// It is waited for, but nothing that begins the wait came before.
    NoWait,
    /// It is waited for, and came when the wait was over.
    TooLate,
    /// It happened before the window that is open begins: it is not counted.
    TooEarly,
    /// The automation was not looked at.
    NotAsked,
}

/// One trigger that waits for events, at one event.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventStep {
    /// Which, by its place: `$`, or `$.triggers[0]` inside another one.
    pub trigger: String,
    /// Whether it waits for events or for their absence.
    pub posture: Posture,
    /// What it asks beside what the event had to say.
    pub conditions: Vec<Comparison>,
    /// By which values the event is counted apart.
    pub for_each: Labels,
    /// Within how many microseconds events are counted.
    pub within: i64,
    /// How many it wants, or wants fewer of.
    pub threshold: i64,
    /// The window that the event found.
    pub before: Option<Window>,
    /// The window that it left.
    pub after: Option<Window>,
    /// The window that fired.
    pub fired: Option<Window>,
    /// What it meant.
    pub outcome: Outcome,
}

/// A compound trigger or a sequence, at one event.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupStep {
    /// Which, by its place.
    pub trigger: String,
    /// How many of the triggers inside it must fire.
    pub needed: usize,
    /// Whether in their order.
    pub in_order: bool,
    /// Within how many microseconds; none for ever.
    pub within: Option<i64>,
    /// The triggers inside it, in their order.
    pub slots: Vec<Slot>,
    /// Whether it fired.
    pub fired: bool,
}

/// A trigger inside a compound trigger or a sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Slot {
    /// Which, by its place.
    pub trigger: String,
    /// When it fired; none while it has yet to.
    pub fired_at: Option<Moment>,
    /// The event on which.
    pub event: Option<String>,
    /// Until when that counts; none for ever.
    pub until: Option<Moment>,
    /// Whether that had run out when the event came.
    pub over: bool,
}

impl Step {
    /// How many conditions did not hold; none for a trigger that waits for triggers. An
    /// event of another name is further off than one that differs in some labels.
    pub(super) fn missed(&self) -> Option<usize> {
        let Self::Event(step) = self else { return None };
        let missed = step.conditions.iter();
        let missed = missed.filter(|one| one.needed && !one.held);
        Some(
            missed
                .map(|one| if one.is_about_the_name() { NAME } else { 1 })
                .sum(),
        )
    }

    /// Whether the event began something or was counted, so that more may come of it.
    pub(super) fn goes_on(&self) -> bool {
        let Self::Event(step) = self else {
            return false;
        };
        !matches!(
            step.outcome,
            Outcome::Unconcerned
                | Outcome::NotAsked
                | Outcome::NoWait
                | Outcome::TooLate
                | Outcome::TooEarly
        )
    }
}

/// `trigger` and all inside it, outer ones first, as they were at an event.
pub(super) fn steps(trigger: &Trigger, seen: &Observation) -> Vec<Step> {
    let mut looking = Looking {
        seen,
        fired: Vec::new(),
        steps: Vec::new(),
    };
    let reasons = seen.firings.iter().map(|firing| &firing.reason);
    let fired = reasons.flat_map(flat).chain(newly_kept(seen));
    let id = seen.fact.event.id.as_str();
    looking.fired = fired
        .filter(|reason| reason.event.as_deref() == Some(id))
        .collect();
    looking.look(trigger, "$");
    looking.steps
}

struct Looking<'a> {
    seen: &'a Observation,
    /// Every trigger that fired on the event.
    fired: Vec<&'a Reason>,
    steps: Vec<Step>,
}

impl<'a> Looking<'a> {
    fn look(&mut self, trigger: &Trigger, place: &str) {
        let (needed, in_order, within, inside) = match trigger {
            Trigger::Event(trigger) => {
                let step = Step::Event(Box::new(self.event(trigger, place)));
                return self.steps.push(step);
            }
            Trigger::Compound {
                require,
                within,
                triggers,
            } => (*require, false, *within, triggers),
            Trigger::Sequence { within, triggers } => (triggers.len(), true, *within, triggers),
        };
        let places = (0..inside.len()).map(|number| format!("{place}.triggers[{number}]"));
        let places: Vec<String> = places.collect();
        let slots = self.slots(place, &places, within);
        self.steps.push(Step::Group(GroupStep {
            trigger: place.to_owned(),
            needed,
            in_order,
            within,
            slots,
            fired: self.reason(place).is_some(),
        }));
        for (trigger, place) in inside.iter().zip(&places) {
            self.look(trigger, place);
        }
    }

    fn reason(&self, place: &str) -> Option<&'a Reason> {
        let mut fired = self.fired.iter();
        fired.find(|reason| reason.trigger == place).copied()
    }

    fn slots(&self, place: &str, places: &[String], within: Option<i64>) -> Vec<Slot> {
        let fired = self.reason(place).map(|reason| reason.children.as_slice());
        let kept = self.seen.after.as_ref().and_then(|view| view.at(place));
        let kept = kept.map(|standing| standing.slots.as_slice());
        let reasons = || {
            let fired = fired.into_iter().flatten();
            fired.chain(kept.into_iter().flatten().flatten())
        };
        let slot = |place: &String| {
            let reason = reasons().find(|reason| reason.trigger == *place);
            let length = within.map(Duration::microseconds);
            let until = reason.zip(length);
            let until = until.map(|(reason, length)| reason.time.plus(length));
            Slot {
                trigger: place.clone(),
                fired_at: reason.map(|reason| reason.time),
                event: reason.and_then(|reason| reason.event.clone()),
                until,
                over: until.is_some_and(|until| until < self.seen.fact.received),
            }
        };
        places.iter().map(slot).collect()
    }

    fn event(&self, trigger: &EventTrigger, place: &str) -> EventStep {
        let event = &self.seen.fact.event;
        let window = |view: Option<&'a View>| {
            let standing = view?.at(place)?;
            standing.windows.first().map(|open| open.window)
        };
        let before = window(self.seen.before.as_ref());
        let after = window(self.seen.after.as_ref());
        let fired = self.reason(place);
        let asked = self.seen.before.as_ref().is_some_and(|view| view.on);
        let outcome = match fired {
            _ if !asked => Outcome::NotAsked,
            Some(_) => Outcome::Fired,
            None => meant(trigger, event, before, after),
        };
        EventStep {
            trigger: place.to_owned(),
            posture: trigger.posture,
            conditions: comparisons(trigger, event),
            for_each: trigger.labels(&trigger.key(event)),
            within: trigger.within,
            threshold: trigger.threshold,
            before,
            after,
            fired: fired.and_then(|reason| reason.window),
            outcome,
        }
    }
}

/// What an event meant to a trigger that did not fire on it.
fn meant(
    trigger: &EventTrigger,
    event: &Event,
    before: Option<Window>,
    after: Option<Window>,
) -> Outcome {
    if !trigger.covers(event) || !(trigger.expects(event) || trigger.starts_after(event)) {
        return Outcome::Unconcerned;
    }
    if !trigger.expects(event) {
        return match before {
            Some(_) => Outcome::BegunBefore,
            None => Outcome::Began,
        };
    }
    match (before, after) {
        (None, None) => Outcome::NoWait,
        (Some(_), None) => Outcome::TooLate,
        (None, Some(_)) if trigger.starts_after(event) => Outcome::Began,
        (Some(before), Some(after)) if before == after => Outcome::TooEarly,
        (Some(_), Some(after)) if after.count == 0 && trigger.is_heartbeat(event) => {
            Outcome::BeganAnew
        }
        (_, Some(_)) => Outcome::Counted,
    }
}

/// A trigger that fired, and all inside it.
fn flat(reason: &Reason) -> Vec<&Reason> {
    let inside = reason.children.iter().flat_map(flat);
    std::iter::once(reason).chain(inside).collect()
}

/// What fired and is kept by a compound trigger or a sequence that did not fire yet.
fn newly_kept(seen: &Observation) -> Vec<&Reason> {
    let known = |reason: &Reason| {
        let view = seen.before.iter().flat_map(|view| &view.triggers);
        let mut slots = view.flat_map(|standing| standing.slots.iter().flatten());
        slots.any(|earlier| earlier == reason)
    };
    let view = seen.after.iter().flat_map(|view| &view.triggers);
    let slots = view.flat_map(|standing| standing.slots.iter().flatten());
    let new = slots.filter(|reason| !known(reason));
    new.flat_map(flat).collect()
}
