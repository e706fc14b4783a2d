//! Compound triggers and sequences: triggers that wait for triggers.

use super::Engine;
use super::coverage::Place;
use super::firing::{Firing, Reason};
use super::tree::{Group, Kind};
use crate::text::duration::Duration;

impl Engine {
    /// The trigger at `place` fired: so does its automation, or what is around it may.
    pub(super) fn fire(&mut self, place: Place, reason: Reason) {
        let Some(node) = self.node(place) else { return };
        let Some((parent, slot)) = node.parent else {
            return self.set_off(place.0, reason);
        };
        let parent = (place.0, parent);
        if let Some(reason) = self.gathered(parent, slot, reason) {
            self.fire(parent, reason);
        }
    }

    fn set_off(&mut self, rule: usize, reason: Reason) {
        if let Some(known) = self.known.get(rule) {
            let firing = Firing::of(&known.rule.name, &known.fingerprint, reason);
            self.firings.push((self.looking, firing));
        }
    }

    /// What follows when a trigger inside the one at `place` fires.
    fn gathered(&mut self, place: Place, slot: usize, reason: Reason) -> Option<Reason> {
        let node = self.node(place)?;
        let (here, Kind::Group(group)) = (node.place.clone(), &node.kind) else {
            return None;
        };
        let group = *group;
        let (time, event) = (reason.time, reason.event.clone());
        let children = if group.needed == 1 {
            vec![reason]
        } else {
            let memory = self.memory(place)?;
            memory.slots.resize(group.size, None);
            group.forget(&mut memory.slots, &reason);
            *memory.slots.get_mut(slot)? = Some(reason);
            if !group.is_complete(&memory.slots) {
                return None;
            }
            std::mem::take(&mut memory.slots)
                .into_iter()
                .flatten()
                .collect()
        };
        Some(Reason {
            trigger: here,
            time,
            labels: std::collections::BTreeMap::new(),
            event,
            events: Vec::new(),
            conditions: Vec::new(),
            window: None,
            children,
        })
    }
}

impl Group {
    /// Drops what fired too long before `reason`.
    fn forget(&self, slots: &mut [Option<Reason>], reason: &Reason) {
        let Some(within) = self.within.map(Duration::microseconds) else {
            return;
        };
        for slot in slots {
            slot.take_if(|earlier| reason.time - earlier.time > within);
        }
    }

    fn is_complete(&self, slots: &[Option<Reason>]) -> bool {
        let times = || slots.iter().flatten().map(|reason| reason.time);
        times().count() >= self.needed && (!self.in_order || times().is_sorted())
    }
}
