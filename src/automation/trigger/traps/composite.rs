//! Traps of triggers made of triggers.

use super::{Traps, at, names, never};
use crate::automation::pattern::{Pattern, any};
use crate::automation::trigger::{EventTrigger, Posture, Trigger};
use crate::text::diagnostic::Code;
use crate::text::yaml::Node;

impl Traps<'_> {
    /// Of `triggers` as many as `needed` are to fire, in their order or in any.
    pub(super) fn composite(
        &mut self,
        triggers: &[Trigger],
        needed: usize,
        within: Option<i64>,
        ordered: bool,
        node: &Node,
    ) {
        if never::able(triggers) < needed.max(1) {
            let what = if triggers.is_empty() {
                "there is no trigger in it, so this trigger can never fire"
            } else {
                "too few of its triggers can ever fire, so neither can this one"
            };
            let remedy = "give it triggers that can fire";
            self.warn(Code::NeverFires, at(node, "triggers"), what, remedy);
        }
        let both = pair(triggers);
        if needed > 1 && within.is_some_and(|within| within < 0 || (within == 0 && both.is_none()))
        {
            let what =
                "its triggers never fire at the same instant, so this trigger can never fire";
            let remedy = "say within how many seconds all are to fire, or `null` for ever";
            self.warn(Code::NeverFires, at(node, "within"), what, remedy);
        }
        if let Some(second) = both.filter(|_| needed == 1 || ordered)
            && triggers.len() > 1
        {
            self.several(second, needed, node);
        }
        for (index, child) in triggers.iter().enumerate() {
            let written = node.get("triggers").and_then(|list| list.item(index));
            let written = written.unwrap_or(node);
            self.trigger(child, written);
            self.correlation(child, needed, written);
        }
    }

    fn several(&mut self, second: usize, needed: usize, node: &Node) {
        let written = node.get("triggers").and_then(|list| list.item(second));
        let span = at(written.unwrap_or(node), "expect");
        let (code, what) = if needed == 1 {
            let what = "one event can set off this trigger and one before it, and then fires twice";
            (Code::FiresTwice, what)
        } else {
            let what = "one event can set off this trigger and one before it, and which comes first is left open";
            (Code::OneEventForSeveral, what)
        };
        let remedy = "let no two of the triggers expect the same event";
        self.warn(code, span, what, remedy);
    }

    fn correlation(&mut self, child: &Trigger, needed: usize, node: &Node) {
        let apart = matches!(child, Trigger::Event(child) if !child.for_each.is_empty());
        if needed > 1 && apart {
            let what = "this is counted apart, but the triggers together are not: those of different incidents complete each other";
            let remedy =
                "nothing joins them by incident; a single trigger with `after` and `for_each` does";
            self.warn(Code::NotCorrelated, at(node, "for_each"), what, remedy);
        }
    }
}

/// The second of the first two triggers that one event can set off both.
fn pair(triggers: &[Trigger]) -> Option<usize> {
    triggers.iter().enumerate().find_map(|(index, second)| {
        let second = leaf(second)?;
        let before = triggers.iter().take(index).filter_map(leaf);
        before
            .into_iter()
            .any(|first| meet(first, second))
            .then_some(index)
    })
}

fn leaf(trigger: &Trigger) -> Option<&EventTrigger> {
    match trigger {
        Trigger::Event(leaf) if leaf.posture == Posture::Reactive => Some(leaf),
        _ => None,
    }
}

/// Whether one event can be as both want it. Two patterns without wildcards that differ
/// keep it from that.
fn meet(one: &EventTrigger, other: &EventTrigger) -> bool {
    let apart = one.primary.0.iter().any(|(label, patterns)| {
        let beside = other.primary.0.get(label);
        beside.is_some_and(|beside| excludes(patterns, beside) || excludes(beside, patterns))
    });
    !apart && names::in_common(one, other)
}

/// Whether all of `patterns` are plain values, of which `others` want none.
fn excludes(patterns: &[Pattern], others: &[Pattern]) -> bool {
    patterns.iter().all(|pattern| {
        let plain = !pattern.text().contains(['*', '?', '[', '!']);
        plain && !any(others, pattern.text())
    })
}
