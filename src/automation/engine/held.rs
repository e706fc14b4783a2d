//! Held events: what a Proactive trigger expects, kept for windows that open later.
//!
//! Events come in any order. One that is expected may be delivered before the event of
//! `after` that occurred before it, as when an outage is written down afterwards. So each
//! event that such a trigger expects, and that begins no wait itself, is held for its
//! key, and a window that opens counts those that occurred in it (Prefect 3.9,
//! `SEMANTICS.md` §17). What is forgotten, and when, is part of the meaning: Prefect
//! bounds what it holds, and a window that opens later counts only what is left.

use serde::{Deserialize, Serialize};

use crate::automation::event::Event;
use crate::automation::trigger::EventTrigger;
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// For how long an event is held at least: twice as long as an event waits for the one
/// that it follows.
const RETENTION: Duration = Duration::minutes(30);

/// The events that are held for one key, in the order of when they occurred.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Held(Vec<HeldEvent>);

/// What is held for a key for which nothing is.
pub(super) static NOTHING: Held = Held(Vec::new());

/// An event that is held.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct HeldEvent {
    occurred: Moment,
    id: String,
    /// When it was held.
    since: Moment,
}

impl Held {
    /// Holds `event` from `now` on, and lets go what no window of `trigger` needs any
    /// more. False for one that is held already: it counted, and does not count twice.
    pub(super) fn hold(&mut self, trigger: &EventTrigger, event: &Event, now: Moment) -> bool {
        if self.0.iter().any(|held| held.id == event.id) {
            return false;
        }
        let new = HeldEvent {
            occurred: event.occurred,
            id: event.id.clone(),
            since: now,
        };
        let place = self.0.partition_point(|held| *held < new);
        self.0.insert(place, new);
        self.forget_distant(trigger);
        self.trim(trigger, event.occurred);
        true
    }

    /// Those that occurred from `start` until just before `end`, by id.
    pub(super) fn within(&self, start: Moment, end: Moment) -> impl Iterator<Item = &str> {
        let inside = self
            .0
            .iter()
            .filter(move |held| (start..end).contains(&held.occurred));
        inside.map(|held| held.id.as_str())
    }

    /// Forgets what was held too long before `now`.
    pub(super) fn forget_old(&mut self, now: Moment) {
        self.0.retain(|held| held.since >= now.plus(-RETENTION));
    }

    /// The first moment at which [`Held::forget_old`] forgets anything.
    pub(super) fn due(&self) -> Option<Moment> {
        let oldest = self.0.iter().map(|held| held.since).min()?;
        Some(oldest.plus(RETENTION).plus(Duration::microseconds(1)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Measured from the newest one, so that events that are held newest first do not
    /// each reach further back.
    fn forget_distant(&mut self, trigger: &EventTrigger) {
        let reach = RETENTION.max(Duration::microseconds(trigger.within));
        if let Some(newest) = self.0.last().map(|held| held.occurred) {
            self.0.retain(|held| held.occurred >= newest.plus(-reach));
        }
    }

    /// Keeps of the slot that `occurred` lies in, one window wide, the first and the last
    /// ones up to the threshold: any window that covers more of them is satisfied anyway.
    fn trim(&mut self, trigger: &EventTrigger, occurred: Moment) {
        let width = trigger.within.max(1);
        let slot = |moment: Moment| moment.micros().div_euclid(width);
        let first = self
            .0
            .partition_point(|held| slot(held.occurred) < slot(occurred));
        let last = self
            .0
            .partition_point(|held| slot(held.occurred) <= slot(occurred));
        let kept = usize::try_from(trigger.threshold).unwrap_or(0);
        let (head, tail) = (first.saturating_add(kept), last.saturating_sub(kept));
        if head < tail {
            self.0.drain(head..tail);
        }
    }
}
