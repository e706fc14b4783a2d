//! A look at what is remembered for one automation. Looking changes nothing.

use serde::Serialize;

use super::Engine;
use super::firing::{Reason, Window};
use super::tree::Kind;
use crate::automation::event::{Event, Labels};
use crate::text::moment::Moment;

/// What is remembered for an automation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct View {
    /// Whether it is on.
    pub on: bool,
    /// Its trigger and each one inside that, outer ones first.
    pub triggers: Vec<Standing>,
}

/// What is remembered for one trigger.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// Which, by its place: `$.triggers[0]`.
    pub trigger: String,
    /// The windows that are open.
    pub windows: Vec<Open>,
    /// Of a compound trigger or a sequence: which of those inside it fired last.
    pub slots: Vec<Option<Reason>>,
    /// Before when a Proactive trigger is not looked at again.
    pub next_look: Option<Moment>,
}

/// A window that is open.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Open {
    /// Whose events it counts.
    pub labels: Labels,
    /// When, and how many.
    #[serde(flatten)]
    pub window: Window,
}

impl View {
    /// What is remembered for the trigger at `place`.
    pub fn at(&self, place: &str) -> Option<&Standing> {
        self.triggers.iter().find(|one| one.trigger == place)
    }
}

impl Engine {
    /// What is remembered for the automation called `name`; with an event only the
    /// windows that this would find. None for one that is not known.
    pub fn view(&self, name: &str, event: Option<&Event>) -> Option<View> {
        let known = self.known.iter().find(|known| known.rule.name == name)?;
        let nodes = known.nodes.iter().zip(&known.memory.nodes);
        let standing = nodes.map(|(node, memory)| {
            let windows = match &node.kind {
                Kind::Group(_) => Vec::new(),
                Kind::Leaf(trigger) => {
                    let key = event.map(|event| trigger.key(event));
                    let found = memory.buckets.values();
                    let found = found.filter(|one| key.as_ref().is_none_or(|key| one.key == *key));
                    let open = found.map(|one| Open {
                        labels: trigger.labels(&one.key),
                        window: one.window(trigger),
                    });
                    open.collect()
                }
            };
            Standing {
                trigger: node.place.clone(),
                windows,
                slots: memory.slots.clone(),
                next_look: memory.next_run,
            }
        });
        Some(View {
            on: known.memory.on,
            triggers: standing.collect(),
        })
    }
}
