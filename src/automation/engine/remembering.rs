//! Where the engine finds a trigger, and keeps its windows.

use std::rc::Rc;

use super::Engine;
use super::bucket::Bucket;
use super::coverage::Place;
use super::memory::NodeMemory;
use super::tree::{Kind, Node};
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
        if let Some(before) = before {
            self.ends.remove(&(before, place, key.to_vec()));
        }
        if let Some(end) = end {
            self.ends.insert((end, place, key.to_vec()));
        }
    }
}
