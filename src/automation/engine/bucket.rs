//! Windows in which events are counted, and when one fires.
//!
//! Prefect calls a window a bucket: at most one is open for each trigger and key. What
//! becomes of one is a function of the trigger, the window, a moment and perhaps an
//! event, as `SEMANTICS.md` §7 tells it, quirks included.

use serde::{Deserialize, Serialize};

use super::firing::Window;
use crate::automation::event::Event;
use crate::automation::trigger::{EventTrigger, Posture};
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// The values of a trigger's `for_each` labels, by which events are counted apart.
pub(super) type Key = Vec<String>;

/// A window, from `start` until just before `end`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bucket {
    /// Whose events it counts.
    pub key: Key,
    /// The first moment in it.
    pub start: Moment,
    /// The first moment after it.
    pub end: Moment,
    /// How many events were counted; one below nothing when the event that opened it
    /// would count itself.
    pub count: i64,
    /// The last event that opened, touched or was counted in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// The events that opened it or were counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
}

/// A window that met its trigger's threshold.
pub(super) struct Met {
    /// The event on which, or the last one seen.
    pub event: Option<String>,
    /// The events that opened it or were counted.
    pub events: Vec<String>,
    /// When, and how many.
    pub window: Window,
}

impl Bucket {
    pub(super) fn new(key: Key, start: Moment, within: i64) -> Self {
        Self {
            key,
            start,
            end: start.plus(Duration::microseconds(within)),
            count: 0,
            last: None,
            events: Vec::new(),
        }
    }

    /// Takes note of `event` without counting it.
    pub(super) fn note(&mut self, event: &Event) {
        if self.events.last() != Some(&event.id) {
            self.events.push(event.id.clone());
        }
    }

    fn count(&mut self, event: &Event) {
        self.count += 1;
        self.last = Some(event.id.clone());
        self.note(event);
    }

    fn met(&self, trigger: &EventTrigger, event: Option<&Event>) -> Met {
        Met {
            event: event.map(|event| event.id.clone()).or(self.last.clone()),
            events: self.events.clone(),
            window: self.window(trigger),
        }
    }

    /// When, and how many of how many.
    pub(super) fn window(&self, trigger: &EventTrigger) -> Window {
        Window {
            start: self.start,
            end: self.end,
            count: self.count,
            threshold: trigger.threshold,
        }
    }

    /// What is due for this window at `now`, perhaps on an event that is expected:
    /// what met the threshold, and the window that is open afterwards.
    pub(super) fn judged(
        mut self,
        trigger: &EventTrigger,
        now: Moment,
        event: Option<&Event>,
    ) -> (Vec<Met>, Option<Self>) {
        if now < self.start {
            return (Vec::new(), Some(self));
        }
        let mut pending = event;
        let counts = now < self.end || trigger.is_immediate();
        if let Some(event) = pending.take_if(|_| counts) {
            self.count(event);
        }
        let enough = trigger.is_met_by(self.count);
        let ready = trigger.posture == Posture::Reactive || self.end <= now;
        let mut met = Vec::new();
        if ready && enough {
            met.push(self.met(trigger, event));
        } else if now < self.end {
            let beats = event.filter(|event| !enough && trigger.is_heartbeat(event));
            return match beats {
                Some(event) => (met, Some(self.restarted(trigger, event))),
                None => (met, Some(self)),
            };
        }
        let left = self.over(trigger, now, pending, &mut met);
        (met, left)
    }

    /// The window that comes after one that fired or is over.
    fn over(
        self,
        trigger: &EventTrigger,
        now: Moment,
        pending: Option<&Event>,
        met: &mut Vec<Met>,
    ) -> Option<Self> {
        if !trigger.after.is_empty() {
            return None;
        }
        if trigger.within == 0 {
            return met.is_empty().then_some(self);
        }
        let mut next = Self::new(self.key, self.end.max(now), trigger.within);
        match pending {
            Some(event) if trigger.posture == Posture::Reactive => {
                let (more, left) = next.judged(trigger, now, Some(event));
                met.extend(more);
                left
            }
            Some(event) => {
                next.count = 1;
                next.note(event);
                Some(next)
            }
            None => Some(next),
        }
    }

    fn restarted(self, trigger: &EventTrigger, event: &Event) -> Self {
        let mut next = Self::new(self.key, event.occurred, trigger.within);
        next.last = Some(event.id.clone());
        next.note(event);
        next
    }
}
