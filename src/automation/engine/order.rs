//! Which events were seen already, and which wait for one that they follow.

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::automation::event::Event;
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// For how long an event waits for the one it follows.
pub(super) const PATIENCE: Duration = Duration::minutes(15);
/// For how long a repetition is known as one, and of how many events at most.
const MEMORY: (Duration, usize) = (Duration::minutes(30), 10_000);

/// An event that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Waiting {
    event: Event,
    received: Moment,
    clock: Moment,
}

/// An event on its way.
#[derive(Clone, Copy)]
pub(super) struct Incoming<'a> {
    pub event: &'a Event,
    /// When it was taken in.
    pub received: Moment,
    /// When it happened, in the eyes of the events' clock.
    pub clock: Moment,
}

impl Waiting {
    /// It goes on its way.
    pub(super) fn goes_on(&self) -> Incoming<'_> {
        Incoming {
            event: &self.event,
            received: self.received,
            clock: self.clock,
        }
    }
}

/// Which events were seen, and which wait.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Order {
    seen: Seen,
    /// Each waits for the event that it follows.
    waiting: Vec<Waiting>,
}

impl Order {
    pub(super) fn has_seen(&self, id: &str, now: Moment) -> bool {
        self.seen.ids.contains(id) && self.seen.when(id).is_some_and(|at| now - at < MEMORY.0)
    }

    pub(super) fn see(&mut self, id: &str, now: Moment) {
        self.seen.take(id, now);
    }

    /// Whether `incoming` comes before the event that it follows.
    pub(super) fn is_early(&self, incoming: Incoming<'_>, now: Moment) -> bool {
        let event = incoming.event;
        event.follows.as_ref().is_some_and(|leader| {
            *leader != event.id && now - incoming.received < PATIENCE && !self.has_seen(leader, now)
        })
    }

    pub(super) fn park(&mut self, incoming: Incoming<'_>) {
        self.unpark(&incoming.event.id);
        self.waiting.push(Waiting {
            event: incoming.event.clone(),
            received: incoming.received,
            clock: incoming.clock,
        });
    }

    pub(super) fn unpark(&mut self, id: &str) {
        self.waiting.retain(|waiting| waiting.event.id != id);
    }

    /// Those that wait for `leader`, as they happened.
    pub(super) fn followers(&self, leader: &str) -> Vec<Waiting> {
        let follows = |waiting: &&Waiting| waiting.event.follows.as_deref() == Some(leader);
        let followers = self.waiting.iter().filter(follows).cloned();
        as_they_happened(followers.collect())
    }

    /// Takes out those that have waited for too long.
    pub(super) fn lost(&mut self, now: Moment) -> Vec<Waiting> {
        let waiting = std::mem::take(&mut self.waiting);
        let (lost, waiting) = waiting
            .into_iter()
            .partition(|waiting| now - waiting.received >= PATIENCE);
        self.waiting = waiting;
        as_they_happened(lost)
    }

    /// When the first of them will have waited for too long.
    pub(super) fn due(&self) -> Option<Moment> {
        let received = self.waiting.iter().map(|waiting| waiting.received);
        received.min().map(|received| received.plus(PATIENCE))
    }
}

fn as_they_happened(mut events: Vec<Waiting>) -> Vec<Waiting> {
    events.sort_by_key(|waiting| waiting.event.occurred);
    events
}

/// The events seen of late, the oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
struct Seen {
    queue: VecDeque<(String, Moment)>,
    ids: BTreeSet<String>,
}

impl Seen {
    fn when(&self, id: &str) -> Option<Moment> {
        let found = self.queue.iter().rev().find(|(seen, _)| seen == id);
        found.map(|(_, at)| *at)
    }

    fn take(&mut self, id: &str, now: Moment) {
        if !self.ids.insert(id.to_owned()) {
            self.queue.retain(|(seen, _)| seen != id);
        }
        self.queue.push_back((id.to_owned(), now));
        let old = |(_, at): &(String, Moment)| now - *at >= MEMORY.0;
        while self.queue.len() > MEMORY.1 || self.queue.front().is_some_and(old) {
            let Some((gone, _)) = self.queue.pop_front() else {
                break;
            };
            self.ids.remove(&gone);
        }
    }
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.queue)
    }
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let queue = VecDeque::<(String, Moment)>::deserialize(deserializer)?;
        let ids = queue.iter().map(|(id, _)| id.clone()).collect();
        Ok(Self { queue, ids })
    }
}
