//! The triggers of an automation, laid out flat: outer ones before those inside them.

use std::rc::Rc;

use crate::automation::trigger::{EventTrigger, Posture, Trigger};

/// A trigger in its place.
pub(super) struct Node {
    /// Where: `$`, `$.triggers[0]`.
    pub place: String,
    /// The trigger around it, and which of those inside that it is.
    pub parent: Option<(usize, usize)>,
    /// What it is.
    pub kind: Kind,
}

pub(super) enum Kind {
    /// It waits for events.
    Leaf(Rc<EventTrigger>),
    /// It waits for triggers inside it.
    Group(Group),
}

/// What a compound trigger or a sequence waits for.
#[derive(Clone, Copy)]
pub(super) struct Group {
    /// How many there are inside it.
    pub size: usize,
    /// How many of them must fire.
    pub needed: usize,
    /// Whether in their order.
    pub in_order: bool,
    /// Within how many microseconds; none for ever.
    pub within: Option<i64>,
}

impl Node {
    /// Whether it fires when a window is over.
    pub(super) fn is_proactive(&self) -> bool {
        matches!(&self.kind, Kind::Leaf(trigger) if trigger.posture == Posture::Proactive)
    }
}

/// `trigger` and all inside it.
pub(super) fn nodes(trigger: &Trigger) -> Vec<Node> {
    let mut nodes = Vec::new();
    lay(trigger, "$", None, &mut nodes);
    nodes
}

fn lay(trigger: &Trigger, place: &str, parent: Option<(usize, usize)>, nodes: &mut Vec<Node>) {
    let (kind, inside): (_, &[Trigger]) = match trigger {
        Trigger::Event(trigger) => (Kind::Leaf(Rc::new(trigger.clone())), &[]),
        Trigger::Compound {
            require,
            within,
            triggers,
        } => (group(triggers, *require, false, *within), triggers),
        Trigger::Sequence { within, triggers } => {
            (group(triggers, triggers.len(), true, *within), triggers)
        }
    };
    let here = nodes.len();
    nodes.push(Node {
        place: place.to_owned(),
        parent,
        kind,
    });
    for (number, trigger) in inside.iter().enumerate() {
        let place = format!("{place}.triggers[{number}]");
        lay(trigger, &place, Some((here, number)), nodes);
    }
}

fn group(triggers: &[Trigger], needed: usize, in_order: bool, within: Option<i64>) -> Kind {
    Kind::Group(Group {
        size: triggers.len(),
        needed,
        in_order,
        within,
    })
}
