//! Where the engine finds a trigger, and keeps its windows.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::Engine;
use super::bucket::{Bucket, Key};
use super::coverage::Place;
use super::held::{self, Held};
use super::memory::NodeMemory;
use super::tree::{Kind, Node};
use crate::automation::event::Event;
use crate::automation::trigger::EventTrigger;
use crate::text::moment::Moment;

impl Engine {
    pub(super) fn node(&self, (rule, node): Place) -> Option<&Node> {
        self.known.get(rule)?.nodes.get(node)
    }

    pub(super) fn leaf(&self, place: Place) -> Option<Rc<EventTrigger>> {
        match &self.node(place)?.kind {
            Kind::Leaf(trigger) => Some(Rc::clone(trigger)),
            Kind::Group(_) => None,
        }
    }

    pub(super) fn memory(&mut self, (rule, node): Place) -> Option<&mut NodeMemory> {
        self.known.get_mut(rule)?.memory.nodes.get_mut(node)
    }

    pub(super) fn remembered(&self, (rule, node): Place) -> Option<&NodeMemory> {
        self.known.get(rule)?.memory.nodes.get(node)
    }

    pub(super) fn bucket(&self, place: Place, key: &[String]) -> Option<&Bucket> {
        self.remembered(place)?.buckets.get(key)
    }

    /// Takes out the window of that key, until [`Engine::put_back`].
    pub(super) fn take(&mut self, place: Place, key: &[String]) -> Option<Bucket> {
        self.memory(place)?.buckets.remove(key)
    }

    /// Keeps `bucket` as the window of that key, or none.
    pub(super) fn store(&mut self, place: Place, key: &[String], bucket: Option<Bucket>) {
        let before = self.take(place, key).map(|bucket| bucket.end);
        self.put_back(place, key, before, bucket);
    }

    /// Keeps `bucket` as the window of that key, or none, where the one that was taken out
    /// ended at `before`.
    pub(super) fn put_back(
        &mut self,
        place: Place,
        key: &[String],
        before: Option<Moment>,
        bucket: Option<Bucket>,
    ) {
        let end = bucket.as_ref().map(|bucket| bucket.end);
        if let Some((memory, bucket)) = self.memory(place).zip(bucket) {
            memory.buckets.insert(key.to_vec(), bucket);
        }
        if before == end {
            return;
        }
        refile(&mut self.ends, place, key, before, end);
        let due = self.held(place, key).due();
        let later = |end| due.map(|due| not_before(due, end));
        refile(&mut self.forgets, place, key, later(before), later(end));
    }

    /// What is held of that key.
    pub(super) fn held(&self, place: Place, key: &[String]) -> &Held {
        let found = self
            .remembered(place)
            .and_then(|memory| memory.held.get(key));
        found.unwrap_or(&held::NOTHING)
    }

    /// Holds `event` where `trigger` holds such events. False for one that is held already,
    /// and is not to be evaluated again.
    pub(super) fn hold(
        &mut self,
        place: Place,
        trigger: &EventTrigger,
        key: &[String],
        event: &Event,
    ) -> bool {
        if !trigger.holds_events() || trigger.starts_after(event) || !trigger.expects(event) {
            return true;
        }
        let now = self.now;
        self.change_held(place, key, |held| held.hold(trigger, event, now))
            .unwrap_or(true)
    }

    /// Changes what is held of that key.
    pub(super) fn change_held<T>(
        &mut self,
        place: Place,
        key: &[String],
        change: impl FnOnce(&mut Held) -> T,
    ) -> Option<T> {
        let memory = self.memory(place)?;
        let mut held = memory.held.remove(key).unwrap_or_default();
        let end = memory.buckets.get(key).map(|bucket| bucket.end);
        let before = held.due().map(|due| not_before(due, end));
        let changed = change(&mut held);
        let after = held.due().map(|due| not_before(due, end));
        if !held.is_empty() {
            memory.held.insert(key.to_vec(), held);
        }
        refile(&mut self.forgets, place, key, before, after);
        Some(changed)
    }
}

impl NodeMemory {
    /// When something of what is held for each key is forgotten, as things stand.
    pub(super) fn forgets(&self, place: Place) -> impl Iterator<Item = (Moment, Place, Key)> {
        self.held.iter().filter_map(move |(key, held)| {
            let end = self.buckets.get(key).map(|bucket| bucket.end);
            Some((not_before(held.due()?, end), place, key.clone()))
        })
    }
}

/// What is due at `due`, but not before the window of its key is over at `end`.
fn not_before(due: Moment, end: Option<Moment>) -> Moment {
    end.map_or(due, |end| end.max(due))
}

/// Puts a key of `place` from one moment to another.
fn refile(
    index: &mut BTreeSet<(Moment, Place, Key)>,
    place: Place,
    key: &[String],
    before: Option<Moment>,
    after: Option<Moment>,
) {
    if let Some(before) = before {
        index.remove(&(before, place, key.to_vec()));
    }
    if let Some(after) = after {
        index.insert((after, place, key.to_vec()));
    }
}
