//! What the engine answers: that an automation was set off, and why.

use serde::{Deserialize, Serialize};

use crate::automation::event::Labels;
use crate::automation::key::key;
use crate::automation::trigger::Condition;
use crate::text::moment::Moment;

/// An automation that was set off.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Firing {
    /// The same for the same automation, trigger, labels and cause, whenever it is
    /// evaluated.
    pub id: String,
    /// The automation's name.
    pub automation: String,
    /// What its trigger says about it.
    #[serde(flatten)]
    pub reason: Reason,
}

/// A trigger that fired: an automation's own, or one inside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Which trigger, by its place: `$`, or `$.triggers[0]` inside another one.
    pub trigger: String,
    /// When, on the engine's clock.
    pub time: Moment,
    /// The values by which events are counted apart.
    pub labels: Labels,
    /// The id of the event on which it fired, or of the last one seen before it fired
    /// for want of more.
    pub event: Option<String>,
    /// The ids of the events that opened the window or were counted in it, the last one
    /// last.
    pub events: Vec<String>,
    /// What the event on which it fired had to say to each condition.
    pub conditions: Vec<Condition>,
    /// The window in which events were counted; none for a trigger that counts none.
    pub window: Option<Window>,
    /// Of a compound trigger or a sequence: the triggers inside it that fired.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Reason>,
}

/// A stretch of time, and how many events were counted in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first moment in it.
    pub start: Moment,
    /// The first moment after it.
    pub end: Moment,
    /// How many events were counted.
    pub count: i64,
    /// How many the trigger wants, or wants fewer of.
    pub threshold: i64,
}

impl Firing {
    /// The firing for `reason` of the automation called `automation`, whose trigger has that
    /// fingerprint.
    #[expect(clippy::expect_used, reason = "labels are a map of texts to texts")]
    pub(super) fn of(automation: &str, fingerprint: &str, reason: Reason) -> Self {
        let labels = serde_json::to_string(&reason.labels).expect("labels are JSON");
        let causes = reason.causes();
        let mut parts = vec![automation, fingerprint, &labels];
        parts.extend(causes.iter().map(String::as_str));
        Self {
            id: key(&parts),
            automation: automation.to_owned(),
            reason,
        }
    }
}

impl Reason {
    /// What tells this cause from others: the events, else the window; of a compound
    /// trigger or a sequence those of each trigger inside it.
    fn causes(&self) -> Vec<String> {
        if !self.children.is_empty() {
            let inside = self.children.iter().flat_map(|child| {
                let place = &child.trigger;
                let causes = child.causes().into_iter();
                causes.map(move |cause| format!("{place}:{cause}"))
            });
            return inside.collect();
        }
        match &self.window {
            Some(window) if self.events.is_empty() => {
                vec![format!("{}/{}", window.start, window.end)]
            }
            _ => self.events.clone(),
        }
    }

    /// The ids of every event that had a part in it.
    pub fn all_events(&self) -> Vec<&str> {
        let own = self.events.iter().chain(&self.event).map(String::as_str);
        let inside = self.children.iter().flat_map(Self::all_events);
        let mut all: Vec<&str> = own.chain(inside).collect();
        let mut seen = std::collections::BTreeSet::new();
        all.retain(|id| seen.insert(*id));
        all
    }
}
