//! Which triggers an event may concern, found by its name.
//!
//! Most rules name the events that they wait for. Those are looked up; only triggers
//! with patterns, or that expect anything, are asked one by one.

use std::collections::BTreeMap;

use crate::automation::trigger::EventTrigger;

/// Where an event trigger is: its rule, and which node of that.
pub(super) type Place = (usize, usize);

/// Event triggers by the names that they wait for.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    named: BTreeMap<String, Vec<Place>>,
    others: Vec<Place>,
}

impl Coverage {
    pub(super) fn add(&mut self, place: Place, trigger: &EventTrigger) {
        let names = || {
            trigger
                .expect
                .texts()
                .into_iter()
                .chain(trigger.after.texts())
        };
        if trigger.expect.is_empty() || names().any(is_pattern) {
            self.others.push(place);
            return;
        }
        for name in names() {
            let places = self.named.entry(name.to_owned()).or_default();
            if places.last() != Some(&place) {
                places.push(place);
            }
        }
    }

    /// The triggers that an event called `name` may concern, in their order.
    pub(super) fn of(&self, name: &str) -> Vec<Place> {
        let named = self.named.get(name).map(Vec::as_slice).unwrap_or_default();
        let mut places = [named, &self.others].concat();
        places.sort_unstable();
        places
    }
}

/// Whether a name could take in others than itself.
fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}
