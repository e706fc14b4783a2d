//! Traps: triggers that are right in form and do something else than they seem to.
//!
//! Each warning says what would happen and what to write instead, at the word that makes
//! the difference. Prefect's engine is obeyed all the same: nothing here changes what a
//! trigger does. Where a pattern is too free to be sure, nothing is said.

mod composite;
mod labels;
mod names;
mod never;
mod windows;

use std::collections::BTreeMap;

use super::reading::start;
use super::written::in_full;
use super::{EventTrigger, Posture, Trigger};
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::source::{Source, Span};
use crate::text::yaml::{Node, Value};

impl Trigger {
    /// What the trigger, which stands at `node`, does that nobody would expect of it.
    pub fn traps(&self, source: &Source, node: &Node) -> Vec<Diagnostic> {
        let mut traps = Traps {
            source,
            found: Vec::new(),
        };
        traps.trigger(self, node);
        traps.found
    }

    /// The event triggers that it is made of.
    pub fn leaves(&self) -> Vec<&EventTrigger> {
        match self {
            Self::Event(trigger) => vec![trigger],
            Self::Compound { triggers, .. } | Self::Sequence { triggers, .. } => {
                triggers.iter().flat_map(Self::leaves).collect()
            }
        }
    }
}

struct Traps<'a> {
    source: &'a Source,
    found: Vec<Diagnostic>,
}

impl Traps<'_> {
    fn trigger(&mut self, trigger: &Trigger, node: &Node) {
        match trigger {
            Trigger::Event(trigger) => self.event(trigger, node),
            Trigger::Compound {
                require,
                within,
                triggers,
            } => self.composite(triggers, *require, *within, false, node),
            Trigger::Sequence { within, triggers } => {
                self.composite(triggers, triggers.len(), *within, true, node);
            }
        }
    }

    fn event(&mut self, trigger: &EventTrigger, node: &Node) {
        self.names(trigger, node);
        self.labels(trigger, node);
        if let Some(never) = never::why(trigger) {
            // Names that take in nothing are told where they stand.
            if never.key != "expect" {
                let span = never.place(node);
                self.warn(Code::NeverFires, span, never.what, never.remedy);
            }
        } else if trigger.posture == Posture::Proactive && never::is_deaf(trigger) {
            let what = "no event ever counts here, so this fires each time its wait is over";
            let remedy = "name events in `expect`, and patterns in `match`, that exist";
            self.warn(Code::FiresAlways, at(node, "posture"), what, remedy);
        } else {
            self.windows(trigger, node);
        }
    }

    fn warn(&mut self, code: Code, span: Span, what: impl Into<String>, remedy: impl Into<String>) {
        self.found
            .push(self.source.warning(code, span, what).help(remedy));
    }
}

/// Where a warning about `key` points: at its value where that is one word, else at the
/// key itself, and without one at the beginning of the trigger.
fn at(node: &Node, key: &str) -> Span {
    match node.get(key) {
        Some(value) if matches!(value.value, Value::Scalar { .. }) => value.span,
        _ => node.key(key).unwrap_or(start(node)),
    }
}

/// The places of the texts in the list under `key`, each by its full name.
fn words(node: &Node, key: &str) -> BTreeMap<String, Span> {
    let Some(Value::List(items)) = node.get(key).map(|list| &list.value) else {
        return BTreeMap::new();
    };
    let mut places = BTreeMap::new();
    for item in items {
        if let Value::Scalar { text, .. } = &item.value {
            places.entry(in_full(text)).or_insert(item.span);
        }
    }
    places
}
