//! Triggers that can never fire, and why.

use super::{at, names};
use crate::automation::pattern::Specification;
use crate::automation::trigger::{EventTrigger, Posture, Trigger};
use crate::text::source::Span;
use crate::text::yaml::{Node, Value};

/// Why an event trigger can never fire.
pub(super) struct Never {
    /// The key whose value makes it so.
    pub(super) key: &'static str,
    /// What would happen.
    pub(super) what: &'static str,
    /// What to write instead.
    pub(super) remedy: &'static str,
}

impl Never {
    /// Where it shows.
    pub(super) fn place(&self, node: &Node) -> Span {
        let empty = node.get(self.key).and_then(empty_list);
        empty.map_or(at(node, self.key), |list| list.span)
    }
}

const NO_PATTERN: &str =
    "an empty list of patterns takes in nothing, so this trigger can never fire";
const SOME_PATTERN: &str = "name a pattern, or leave the label out";

/// Why `trigger` can never fire; none where it can.
pub(super) fn why(trigger: &EventTrigger) -> Option<Never> {
    if let Some(key) = without_pattern(trigger)
        && (trigger.posture == Posture::Reactive || !trigger.for_each.is_empty())
    {
        return Some(Never {
            key,
            what: NO_PATTERN,
            remedy: SOME_PATTERN,
        });
    }
    match trigger.posture {
        Posture::Reactive => reactive(trigger),
        Posture::Proactive => proactive(trigger),
    }
}

fn reactive(trigger: &EventTrigger) -> Option<Never> {
    let waits_for_no_time = trigger.within == 0 && !trigger.after.is_empty();
    let (key, what, remedy) = if !names::possible(trigger) {
        (
            "expect",
            "no event has a name that is expected here, so this trigger can never fire",
            "name events that exist",
        )
    } else if waits_for_no_time && trigger.threshold >= 2 {
        (
            "threshold",
            "without a `within` the first event that counts ends the wait, so this trigger can never fire",
            "say in `within` in how many seconds so many events are to come",
        )
    } else if waits_for_no_time && trigger.threshold == 1 && names::all_begin(trigger) {
        (
            "after",
            "without a `within` an event that begins the wait also ends it, so this trigger can never fire",
            "say in `within` in how many seconds the next event is to come",
        )
    } else {
        return None;
    };
    Some(Never { key, what, remedy })
}

fn proactive(trigger: &EventTrigger) -> Option<Never> {
    let (key, what, remedy) = if trigger.threshold <= 0 {
        (
            "threshold",
            "there are never fewer than no events, so this trigger can never fire",
            "`threshold: 1` fires when none came, `threshold: 2` when fewer than two did",
        )
    } else if trigger.for_each.is_empty() || !trigger.after.is_empty() {
        return None;
    } else if !names::possible(trigger) {
        (
            "expect",
            "no event has a name that is expected here, so this trigger can never fire",
            "name events that exist",
        )
    } else if trigger.threshold == 1 {
        (
            "for_each",
            "the first event with a value begins the wait and fulfils it, so this trigger can never fire",
            "name in `after` the events that begin the wait",
        )
    } else {
        return None;
    };
    Some(Never { key, what, remedy })
}

/// Whether no event can ever count.
pub(super) fn is_deaf(trigger: &EventTrigger) -> bool {
    without_pattern(trigger).is_some() || !names::possible(trigger)
}

/// Whether a trigger of any kind can never fire.
pub(super) fn never(trigger: &Trigger) -> bool {
    match trigger {
        Trigger::Event(trigger) => why(trigger).is_some(),
        Trigger::Compound {
            require, triggers, ..
        } => able(triggers) < (*require).max(1),
        Trigger::Sequence { triggers, .. } => able(triggers) < triggers.len().max(1),
    }
}

/// How many of `triggers` can fire.
pub(super) fn able(triggers: &[Trigger]) -> usize {
    triggers.iter().filter(|trigger| !never(trigger)).count()
}

/// The key under which a label stands with no pattern at all.
fn without_pattern(trigger: &EventTrigger) -> Option<&'static str> {
    let empty = |one: &Specification| one.0.values().any(Vec::is_empty);
    if empty(&trigger.primary) {
        Some("match")
    } else {
        trigger.related.iter().any(empty).then_some("match_related")
    }
}

fn empty_list(node: &Node) -> Option<&Node> {
    match &node.value {
        Value::List(items) if items.is_empty() => Some(node),
        Value::List(items) => items.iter().find_map(empty_list),
        Value::Map(pairs) => pairs.iter().find_map(|(_, value)| empty_list(value)),
        Value::Scalar { .. } => None,
    }
}
