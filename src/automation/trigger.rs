//! Triggers: which events set an automation off.
//!
//! A [`Trigger`] is what a file means, typed and complete with defaults; its JSON is
//! canonical, so that equal triggers have equal fingerprints whatever their layout.
//! What stands in a file is in [`written`]. How a trigger is evaluated is the
//! engine's business.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::event::{Event, Labels, RESOURCE_ROLE};
use super::pattern::{Names, Pattern, Specification, any, reaches};
use crate::text::diagnostic::{Diagnostic, Level};
use crate::text::form::Form;
use crate::text::source::Source;
use crate::text::yaml;
use written::TriggerForm;

mod reading;
pub(super) mod seconds;
mod traps;
pub mod written;

/// Whether a trigger waits for something to happen, or for it not to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Posture {
    /// Fires when enough events came.
    Reactive,
    /// Fires when too few came.
    Proactive,
}

/// Which events set an automation off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Trigger {
    /// Events of some names about some resources.
    Event(EventTrigger),
    /// Several triggers, in any order.
    Compound {
        /// How many of them, 1 to all.
        require: usize,
        /// Within how many microseconds; none for ever.
        within: Option<i64>,
        /// Which.
        triggers: Vec<Trigger>,
    },
    /// Several triggers, in this order.
    Sequence {
        /// Within how many microseconds; none for ever.
        within: Option<i64>,
        /// Which.
        triggers: Vec<Trigger>,
    },
}

/// Events of some names about some resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventTrigger {
    /// Whether it waits for events or for their absence.
    pub posture: Posture,
    /// What the event's own resource looks like.
    #[serde(rename = "match")]
    pub primary: Specification,
    /// For each of these, some related resource looks like it.
    #[serde(rename = "match_related")]
    pub related: Vec<Specification>,
    /// Names of events that begin the wait.
    pub after: Names,
    /// Names of events that count; none for all.
    pub expect: Names,
    /// Labels by whose values events are counted apart.
    pub for_each: BTreeSet<String>,
    /// How many events.
    pub threshold: i64,
    /// Within how many microseconds.
    pub within: i64,
}

/// One condition of a trigger, and what an event had to say to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Which: `expect`, `match LABEL` or `match_related`.
    pub condition: String,
    /// What it wants, as it was written.
    pub wanted: String,
    /// What the event has there; null when it has nothing.
    pub found: Option<String>,
    /// Whether the one is as the other wants it.
    pub held: bool,
}

impl Trigger {
    /// A trigger as Prefect's server takes it: nothing in it stands for anything else, and
    /// keys that mean nothing are ignored.
    ///
    /// # Errors
    ///
    /// Everything for which the server refuses it; places are in its JSON on one line.
    pub fn from_prefect(trigger: &Json) -> Result<Self, Vec<Diagnostic>> {
        let source = Source::new("trigger.json", &trigger.to_string());
        let node = yaml::parse(&source).map_err(|fault| vec![*fault])?;
        let (form, mut found) = Form::<TriggerForm>::new().read(&source, &node);
        let trigger = form.and_then(|form| form.read(&source, &node, &mut found));
        found.retain(|fault| fault.level == Level::Error);
        trigger.filter(|_| found.is_empty()).ok_or(found)
    }
}

impl EventTrigger {
    /// Whether `event` reaches this trigger at all, to begin a wait or to be counted.
    pub fn covers(&self, event: &Event) -> bool {
        reaches(&event.event, &self.expect, &self.after)
            && self.primary.matches(&event.resource)
            && self
                .related
                .iter()
                .all(|related| related.among(&event.related).is_some())
    }

    /// Whether an event of those that it covers begins a wait.
    pub fn starts_after(&self, event: &Event) -> bool {
        self.after.contain(&event.event)
    }

    /// Whether an event of those that it covers is one of those that count.
    pub fn expects(&self, event: &Event) -> bool {
        self.expect.is_empty() || self.expect.contain(&event.event)
    }

    /// Whether an event is at once the one that begins a wait and the one waited for.
    pub fn is_heartbeat(&self, event: &Event) -> bool {
        self.posture == Posture::Proactive && self.starts_after(event) && self.expects(event)
    }

    /// Whether what it expects is kept for windows that open later.
    pub fn holds_events(&self) -> bool {
        self.posture == Posture::Proactive && !self.after.is_empty()
    }

    /// Whether it fires without a window.
    pub fn is_immediate(&self) -> bool {
        self.posture == Posture::Reactive && self.within == 0
    }

    /// Whether so many events are what it fires for: enough of them, or too few.
    pub fn is_met_by(&self, count: i64) -> bool {
        match self.posture {
            Posture::Reactive => count >= self.threshold,
            Posture::Proactive => count < self.threshold,
        }
    }

    /// Whether events of this name count, as far as names go.
    pub fn expects_name(&self, name: &str) -> bool {
        reaches(name, &self.expect, &self.after)
            && (self.expect.is_empty() || self.expect.contain(name))
    }

    /// Every condition beside what `event` has there.
    pub fn conditions(&self, event: &Event) -> Vec<Condition> {
        let expect = Condition {
            condition: "expect".to_owned(),
            wanted: one_of(&self.expect.texts()).unwrap_or_else(|| "any event".to_owned()),
            found: Some(event.event.clone()),
            held: self.expects_name(&event.event),
        };
        let primary = self.primary.0.iter().map(|(label, patterns)| {
            let found = event.resource.get(label);
            Condition {
                condition: format!("match {label}"),
                wanted: wanted(patterns),
                found: found.cloned(),
                held: found.is_some_and(|value| any(patterns, value)),
            }
        });
        let related = self.related.iter().map(|specification| {
            let found = specification.among(&event.related);
            Condition {
                condition: "match_related".to_owned(),
                wanted: labels(&specification.0),
                found: found.flatten().map(|found| described(found, specification)),
                held: found.is_some(),
            }
        });
        std::iter::once(expect)
            .chain(primary)
            .chain(related)
            .collect()
    }

    /// The values by which `event` is counted apart, in the order of their labels; an
    /// empty one where the event lacks the label.
    pub fn key(&self, event: &Event) -> Vec<String> {
        let values = self.for_each.iter();
        let values = values.map(|label| value(label, event).unwrap_or_default());
        values.collect()
    }

    /// The values of a key under the labels that they are of.
    pub fn labels(&self, key: &[String]) -> Labels {
        let labels = self.for_each.iter().cloned();
        labels.zip(key.iter().cloned()).collect()
    }
}

/// The value of a `for_each` label: of the event's own resource, or with
/// `related:ROLE:LABEL` of the first related resource in that role.
fn value(label: &str, event: &Event) -> Option<String> {
    let in_role = label.rsplit_once(':').and_then(|(role, label)| {
        let role = role.strip_prefix("related:")?;
        let mut related = event.related.iter();
        let found = related.find(|one| one.get(RESOURCE_ROLE).is_some_and(|is| is == role))?;
        Some(found.get(label))
    });
    in_role
        .unwrap_or_else(|| event.resource.get(label))
        .cloned()
}

fn one_of(texts: &[&str]) -> Option<String> {
    (!texts.is_empty()).then(|| texts.join(" or "))
}

fn wanted(patterns: &[Pattern]) -> String {
    let texts: Vec<&str> = patterns.iter().map(Pattern::text).collect();
    one_of(&texts).unwrap_or_else(|| "nothing at all".to_owned())
}

fn labels(specification: &BTreeMap<String, Vec<Pattern>>) -> String {
    let labels = specification
        .iter()
        .map(|(label, patterns)| format!("{label} = {}", wanted(patterns)));
    let all: Vec<String> = labels.collect();
    if all.is_empty() {
        "anything".to_owned()
    } else {
        all.join(", ")
    }
}

/// The labels of a resource that were asked for.
fn described(resource: &Labels, specification: &Specification) -> String {
    let asked = resource
        .iter()
        .filter(|(label, _)| specification.0.contains_key(*label));
    let said: Vec<String> = asked
        .map(|(label, value)| format!("{label} = {value}"))
        .collect();
    said.join(", ")
}
