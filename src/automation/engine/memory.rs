//! What the engine remembers from one event to the next: one JSON value.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bucket::{Bucket, Key};
use super::firing::Reason;
use super::held::Held;
use super::order::Order;
use crate::text::moment::Moment;

/// What the engine remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The latest moment that it was told.
    pub now: Option<Moment>,
    /// Until when time has passed.
    pub passed: Option<Moment>,
    /// How far behind the present the events are.
    pub(super) lag: Lag,
    /// Which events were seen, and which wait for one that they follow.
    pub(super) order: Order,
    /// What is remembered for each automation, by its name and what it waits for.
    pub(super) rules: BTreeMap<String, Memory>,
}

/// The clock of events: the latest one, and when that was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lag {
    /// The latest moment at which an event happened, and when the last one was taken in.
    events: Option<(Moment, Moment)>,
}

impl Lag {
    /// An event that happened at `occurred` is taken in at `now`. What is dated in the
    /// future counts as happening now.
    pub(super) fn told(&mut self, occurred: Moment, now: Moment) {
        let at = occurred.min(now);
        let latest = self.events.map_or(at, |(latest, _)| latest.max(at));
        self.events = Some((latest, now));
    }

    /// `now`, as late as events are.
    pub(super) fn behind(&self, now: Moment) -> Moment {
        match self.events {
            Some((latest, told)) => now.plus(latest - told),
            None => now,
        }
    }

    /// The moment at which [`Lag::behind`] answers `moment`.
    pub(super) fn ahead(&self, moment: Moment) -> Moment {
        match self.events {
            Some((latest, told)) => moment.plus(told - latest),
            None => moment,
        }
    }
}

/// What is remembered for one automation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Memory {
    /// Whether it was on.
    pub on: bool,
    /// For its trigger and each one inside that, outer ones first.
    pub nodes: Vec<NodeMemory>,
}

/// What is remembered for one trigger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct NodeMemory {
    /// Before when a Proactive trigger need not be looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_run: Option<Moment>,
    /// The windows that are open, by key.
    #[serde(with = "as_list", skip_serializing_if = "BTreeMap::is_empty")]
    pub buckets: BTreeMap<Key, Bucket>,
    /// The events that are held for windows that open later, by key.
    #[serde(with = "as_pairs", skip_serializing_if = "BTreeMap::is_empty")]
    pub held: BTreeMap<Key, Held>,
    /// Of a compound trigger or a sequence: which of the triggers inside it fired last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub slots: Vec<Option<Reason>>,
}

/// Windows as a list, since a key is no name that JSON could hold.
mod as_list {
    use super::{BTreeMap, Bucket, Deserialize, Key};
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        buckets: &BTreeMap<Key, Bucket>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(buckets.values())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Key, Bucket>, D::Error> {
        let list = Vec::<Bucket>::deserialize(deserializer)?;
        let keyed = list.into_iter().map(|bucket| (bucket.key.clone(), bucket));
        Ok(keyed.collect())
    }
}

/// Held events as a list of pairs, for the same reason.
mod as_pairs {
    use super::{BTreeMap, Deserialize, Held, Key};
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        held: &BTreeMap<Key, Held>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(held)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Key, Held>, D::Error> {
        let pairs = Vec::<(Key, Held)>::deserialize(deserializer)?;
        Ok(pairs.into_iter().collect())
    }
}
