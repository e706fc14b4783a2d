//! Windows in which events are counted, and when one fires.
//!
//! Prefect calls a window a bucket: at most one is open for each trigger and key. What
//! becomes of one is a function of the trigger, the window, a moment and perhaps an
//! event, as `SEMANTICS.md` §7 tells it, quirks included.

use serde::{Deserialize, Serialize};

use super::firing::Window;
use super::held::{self, Held};
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
    /// The event that opened it, or the last one that was counted in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Last>,
    /// The events that opened it or were counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
}

/// The event that a firing names where no event sets it off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Last {
    /// Its id.
    pub id: String,
    /// When it occurred.
    pub occurred: Moment,
    /// Whether it is expected and begins no wait: then it may be named beyond its window.
    #[serde(default)]
    pub ends: bool,
}

impl Last {
    pub(super) fn of(trigger: &EventTrigger, event: &Event) -> Self {
        Self {
            id: event.id.clone(),
            occurred: event.occurred,
            ends: trigger.expects(event) && !trigger.starts_after(event),
        }
    }
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

    /// A window that `event` opens, with what occurred in it and is held already.
    pub(super) fn opened_by(key: Key, trigger: &EventTrigger, event: &Event, held: &Held) -> Self {
        let mut new = Self::new(key, event.occurred, trigger.within);
        new.last = Some(Last::of(trigger, event));
        new.note(event);
        new.count_held(held);
        new
    }

    /// Takes note of `event` without counting it.
    fn note(&mut self, event: &Event) {
        if self.events.last() != Some(&event.id) {
            self.events.push(event.id.clone());
        }
    }

    /// Counts what is held and occurred in this window.
    pub(super) fn count_held(&mut self, held: &Held) {
        for id in held.within(self.start, self.end) {
            self.count += 1;
            self.events.push(id.to_owned());
        }
    }

    fn count(&mut self, trigger: &EventTrigger, event: &Event) {
        self.count += 1;
        self.last = Some(Last::of(trigger, event));
        self.note(event);
    }

    fn met(&self, trigger: &EventTrigger, event: Option<&Event>) -> Met {
        Met {
            event: event
                .map(|event| event.id.clone())
                .or_else(|| self.last.as_ref().map(|last| last.id.clone())),
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
    /// what met the threshold, and the window that is open afterwards, which counts what
    /// is `held` of its key.
    pub(super) fn judged(
        mut self,
        trigger: &EventTrigger,
        now: Moment,
        event: Option<&Event>,
        held: &Held,
    ) -> (Vec<Met>, Option<Self>) {
        if now < self.start {
            return (Vec::new(), Some(self));
        }
        let before = self.last.clone();
        let mut pending = event;
        let counts = now < self.end || trigger.is_immediate();
        if let Some(event) = pending.take_if(|_| counts) {
            self.count(trigger, event);
        }
        let enough = trigger.is_met_by(self.count);
        let ready = trigger.posture == Posture::Reactive || self.end <= now;
        let mut met = Vec::new();
        if ready && enough {
            met.push(self.met(trigger, event));
        } else if now < self.end {
            let beats = event.filter(|event| !enough && trigger.is_heartbeat(event));
            return match beats {
                Some(event) => (met, Some(self.restarted(trigger, event, before, held))),
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
                let (more, left) = next.judged(trigger, now, Some(event), &held::NOTHING);
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

    /// The window that a heartbeat begins anew. It names the event that was `before` it
    /// where that ends what is waited for and did not occur earlier: a state that raced the
    /// last heartbeat.
    fn restarted(
        self,
        trigger: &EventTrigger,
        event: &Event,
        before: Option<Last>,
        held: &Held,
    ) -> Self {
        let mut next = Self::opened_by(self.key, trigger, event, held);
        if let Some(last) = before.filter(|last| last.ends && last.occurred >= event.occurred) {
            next.last = Some(last);
        }
        next
    }
}
