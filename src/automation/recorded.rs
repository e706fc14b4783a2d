//! Cases recorded from Prefect's own engine, and whether this one agrees.
//!
//! A case names automations and steps, and what the real engine made of them. Its form
//! is that of `tests/prefect/README.md`, which the recordings follow: times are seconds after
//! the noon of 5 January 2026 in UTC, or RFC 3339.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value as Json;

use super::engine::{Delivery, Engine, Firing, RELEASE, Reason, Services, State};
use super::event::{Event, Labels};
use super::rule::Rule;
use super::trigger::Trigger;
use crate::text::moment::Moment;

mod difference;

pub use difference::Difference;

/// A case, and what the real engine made of it.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    /// What it is called.
    pub name: String,
    /// The release of Prefect that it was recorded from, where it says so.
    pub prefect_version: Option<String>,
    #[serde(default)]
    trigger: Option<Json>,
    #[serde(default)]
    automations: Vec<Automation>,
    steps: Vec<Step>,
    expected: Expected,
}

#[derive(Clone, Debug, Deserialize)]
struct Automation {
    name: String,
    #[serde(default = "on")]
    enabled: bool,
    trigger: Json,
}

fn on() -> bool {
    true
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Step {
    Event { event: Delivered, now: Option<Time> },
    Tick { tick: Time, only: Option<Services> },
    Enable { enable: Which, now: Option<Time> },
    Disable { disable: Which, now: Option<Time> },
    Restart { restart: Time },
}

/// Which automation: the first, or the one of that name.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Which {
    Named(String),
    First(IgnoredAny),
}

#[derive(Clone, Debug, Deserialize)]
struct Delivered {
    id: String,
    occurred: Time,
    event: String,
    resource: Labels,
    #[serde(default)]
    related: Vec<Labels>,
    follows: Option<String>,
    received: Option<Time>,
}

/// What the real engine made of a case.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Expected {
    delivery: Vec<String>,
    firings: Vec<Fired>,
    #[serde(default)]
    invalid: BTreeMap<String, String>,
}

/// A firing, as a case tells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Fired {
    step: usize,
    automation: String,
    time: Time,
    labels: Labels,
    event: Option<String>,
    #[serde(default)]
    children: Vec<Child>,
}

/// A trigger inside the one that fired.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Child {
    trigger: String,
    time: Time,
    labels: Labels,
    event: Option<String>,
}

/// A moment, as a case tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "Json")]
struct Time(Moment);

/// 2026-01-05T12:00:00Z in seconds.
const NOON: i64 = 1_767_614_400;

impl TryFrom<Json> for Time {
    type Error = String;

    fn try_from(said: Json) -> Result<Self, String> {
        let seconds = |seconds: f64| {
            let micros = (seconds * 1e6).round();
            #[allow(clippy::cast_possible_truncation, reason = "checked to be in range")]
            let micros = (micros.abs() < 9e15).then_some(micros as i64)?;
            Moment::from_micros(micros.checked_add(NOON * 1_000_000)?)
        };
        let moment = match &said {
            Json::String(text) => Moment::parse(text).ok(),
            Json::Number(number) => number.as_f64().and_then(seconds),
            _ => None,
        };
        moment.map(Self).ok_or_else(|| format!("{said} is no time"))
    }
}

impl Case {
    /// Evaluates the case. Answers in what the engine differs from what was recorded;
    /// nothing when it agrees.
    pub fn differences(&self) -> Vec<Difference> {
        let mut playing = Playing::new(self);
        for (number, step) in self.steps.iter().enumerate() {
            playing.step(number, step);
        }
        let mut differences = difference::between(&self.expected, playing.made);
        let other = self.prefect_version.as_ref().filter(|of| *of != RELEASE);
        if let Some(release) = other.filter(|_| !differences.is_empty()) {
            // Told first: another release may mean another thing by the same steps.
            let place = "release of Prefect".to_owned();
            let (expected, found) = (Some(release.clone()), Some(RELEASE.to_owned()));
            differences.insert(
                0,
                Difference {
                    place,
                    expected,
                    found,
                },
            );
        }
        differences
    }

    fn automations(&self) -> Vec<Automation> {
        let single = self.trigger.iter().map(|trigger| Automation {
            name: "a".to_owned(),
            enabled: true,
            trigger: trigger.clone(),
        });
        single.chain(self.automations.iter().cloned()).collect()
    }
}

/// A case as it is evaluated.
struct Playing {
    engine: Engine,
    /// The name of the first automation.
    first: String,
    now: Moment,
    made: Expected,
}

impl Playing {
    fn new(case: &Case) -> Self {
        let mut made = Expected {
            delivery: Vec::new(),
            firings: Vec::new(),
            invalid: BTreeMap::new(),
        };
        let mut rules = Vec::new();
        let automations = case.automations();
        for automation in &automations {
            let name = automation.name.clone();
            match Trigger::from_prefect(&automation.trigger) {
                Ok(trigger) => rules.push(Rule {
                    name,
                    enabled: automation.enabled,
                    trigger,
                }),
                Err(_) => {
                    made.invalid.insert(name, "ValidationError".to_owned());
                }
            }
        }
        let mut engine = Engine::new(State::default());
        engine.rules(rules.iter().map(|rule| (rule, rule.enabled)));
        let first = automations.into_iter().next();
        Self {
            engine,
            first: first.map(|first| first.name).unwrap_or_default(),
            now: Moment::from_seconds(NOON).unwrap_or(Moment::EPOCH),
            made,
        }
    }

    fn step(&mut self, number: usize, step: &Step) {
        let delivery = match step {
            Step::Event { event, now } => self.deliver(event, *now),
            Step::Tick { tick, only } => {
                self.now = tick.0;
                self.engine.tick(self.now, only.unwrap_or(Services::All));
                "tick"
            }
            Step::Enable { enable, now } => self.switch(enable, true, *now),
            Step::Disable { disable, now } => self.switch(disable, false, *now),
            Step::Restart { restart } => {
                self.now = restart.0;
                self.engine.restart(self.now);
                "restarted"
            }
        };
        self.made.delivery.push(delivery.to_owned());
        let fired = self.engine.fired().into_iter();
        self.made
            .firings
            .extend(fired.map(|firing| Fired::of(number, firing)));
    }

    fn deliver(&mut self, said: &Delivered, now: Option<Time>) -> &'static str {
        let event = Event {
            id: said.id.clone(),
            occurred: said.occurred.0,
            event: said.event.clone(),
            resource: said.resource.clone(),
            related: said.related.clone(),
            payload: Json::Null,
            follows: said.follows.clone(),
        };
        let received = said.received.unwrap_or(said.occurred).0;
        self.now = now.map_or(received, |now| now.0);
        let delivery = self
            .engine
            .deliver(&event, received, event.occurred, self.now);
        match delivery {
            Delivery::Processed => "processed",
            Delivery::Held => "held",
            Delivery::Duplicate => "duplicate",
            Delivery::Ignored => "ignored",
        }
    }

    fn switch(&mut self, which: &Which, on: bool, now: Option<Time>) -> &'static str {
        let name = match which {
            Which::First(_) => &self.first,
            Which::Named(name) => name,
        };
        self.now = now.map_or(self.now, |now| now.0);
        self.engine.switch(name, on, self.now);
        if on { "enabled" } else { "disabled" }
    }
}

impl Fired {
    fn of(
        step: usize,
        Firing {
            automation, reason, ..
        }: Firing,
    ) -> Self {
        let mut children: Vec<Child> = reason.children.into_iter().map(Child::of).collect();
        children.sort();
        Self {
            step,
            automation,
            time: Time(reason.time),
            labels: reason.labels,
            event: reason.event,
            children,
        }
    }
}

impl Child {
    fn of(reason: Reason) -> Self {
        Self {
            trigger: reason.trigger,
            time: Time(reason.time),
            labels: reason.labels,
            event: reason.event,
        }
    }
}
