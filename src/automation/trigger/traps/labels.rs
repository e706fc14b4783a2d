//! Traps of labels: exclusions that exclude nothing, and labels that nothing has.

use super::{Traps, at, words};
use crate::automation::catalogue;
use crate::automation::event::{INCIDENT, RESOURCE_ID, RESOURCE_NAME, RESOURCE_ROLE, short};
use crate::automation::pattern::{Pattern, Specification};
use crate::automation::trigger::EventTrigger;
use crate::automation::trigger::written::in_full;
use crate::text::diagnostic::Code;
use crate::text::source::Span;
use crate::text::suggest::suggest;
use crate::text::yaml::{Node, Value};

/// Where to look for the kinds of resources.
const KINDS: &str =
    "https://docs.prefect.io/v3/api-ref/events lists what Prefect's events are about";

/// What every incident's events have, without the prefix of all of them.
const LABELS: [&str; 3] = ["severity", "status", "kind"];

impl Traps<'_> {
    pub(super) fn labels(&mut self, trigger: &EventTrigger, node: &Node) {
        self.specification(&trigger.primary, node.get("match"), false);
        let written = node.get("match_related");
        for (index, related) in trigger.related.iter().enumerate() {
            let one = written.map(|node| node.item(index).unwrap_or(node));
            self.specification(related, one, true);
        }
        let places = words(node, "for_each");
        for label in &trigger.for_each {
            let place = places.get(label).copied();
            let span = place.unwrap_or_else(|| at(node, "for_each"));
            self.label(label, span);
            self.related_label(label, span);
        }
        if trigger.primary.0.contains_key(RESOURCE_ROLE) {
            let span = node
                .get("match")
                .map_or(at(node, "match"), |node| at(node, RESOURCE_ROLE));
            let what = "what an event is about has no role there, so nothing matches";
            let remedy = "ask for the role in `match_related`";
            self.warn(Code::UnknownLabel, span, what, remedy);
        }
    }

    fn specification(&mut self, one: &Specification, node: Option<&Node>, is_related: bool) {
        let Some(Value::Map(pairs)) = node.map(|node| &node.value) else {
            return;
        };
        for (key, value) in pairs {
            let label = in_full(&key.text);
            if !is_related {
                self.label(&label, key.span);
            }
            let Some(patterns) = one.0.get(&label) else {
                continue;
            };
            for wanted in patterns {
                self.value(&label, wanted, value);
            }
            if is_related {
                self.related(patterns, value);
            } else {
                self.patterns(patterns, value);
            }
        }
    }

    /// A value of a label that only Prefect gives values to, and that Prefect never does.
    fn value(&mut self, label: &str, wanted: &Pattern, node: &Node) {
        let text = wanted.text().trim_start_matches('!');
        let (what, near) = match label {
            RESOURCE_ID => match catalogue::resource(text) {
                Err(near) => (format!("Prefect has no resources `{text}`"), near),
                Ok(()) => return,
            },
            RESOURCE_ROLE => match catalogue::misspelt_role(text) {
                Some(near) => {
                    let what = format!("Prefect gives no resource the role `{text}`");
                    (what, Some(near.to_owned()))
                }
                None => return,
            },
            _ => return,
        };
        let remedy = near.map_or(KINDS.to_owned(), |near| format!("did you mean `{near}`?"));
        self.warn(Code::UnknownLabel, pattern(node, wanted), what, remedy);
    }

    /// `related:ROLE:LABEL`, of which a part is missing or misspelt.
    fn related_label(&mut self, label: &str, span: Span) {
        let Some(rest) = label.strip_prefix("related:") else {
            return;
        };
        let (what, remedy) = match rest.rsplit_once(':') {
            None => (
                format!(
                    "`{label}` names no label of the related resource, so nothing is counted apart"
                ),
                format!("did you mean `related:{rest}:{RESOURCE_ID}`?"),
            ),
            Some((role, of)) => match catalogue::misspelt_role(role) {
                Some(near) => (
                    format!("Prefect gives no resource the role `{role}`"),
                    format!("did you mean `related:{near}:{of}`?"),
                ),
                None => return,
            },
        };
        self.warn(Code::UnknownLabel, span, what, remedy);
    }

    /// In a list one pattern is enough, so that an exclusion beside others lets in what
    /// it was to keep out.
    fn patterns(&mut self, patterns: &[Pattern], node: &Node) {
        let negated: Vec<&Pattern> = patterns
            .iter()
            .filter(|one| excluded(one).is_some())
            .collect();
        let (Some(first), true) = (negated.first(), patterns.len() > 1) else {
            return;
        };
        let bare = excluded(first).unwrap_or_default();
        let lets_in = patterns
            .iter()
            .any(|other| other.text() != first.text() && other.matches(bare));
        let said = format!("!{}", short(bare));
        let what = if lets_in {
            format!("one pattern is enough, so `{said}` excludes nothing here")
        } else {
            format!(
                "one pattern is enough, and `{said}` takes in everything but `{}`: the others mean nothing",
                short(bare)
            )
        };
        let remedy = "name what is meant; an exclusion must stand alone";
        self.warn(Code::ExcludesNothing, pattern(node, first), what, remedy);
    }

    /// Of related resources one is enough, and one that differs is seldom missing.
    fn related(&mut self, patterns: &[Pattern], node: &Node) {
        if let Some(first) = patterns.iter().find(|one| excluded(one).is_some()) {
            let what =
                "some related resource is to be something else, which is not that none is this";
            let remedy = "name the related resource that there is to be";
            self.warn(Code::ExcludesNothing, pattern(node, first), what, remedy);
        }
    }

    /// A label that is called like one of an incident, or of every resource, and is none.
    fn label(&mut self, label: &str, span: Span) {
        let remedy = if let Some(name) = label.strip_prefix(INCIDENT) {
            let known = LABELS.map(|name| format!("incident.{name}"));
            let near = suggest(
                &format!("incident.{name}"),
                known.iter().map(String::as_str),
            );
            near.filter(|_| !LABELS.contains(&name))
        } else if LABELS.contains(&label) {
            Some(format!("did you mean `incident.{label}`?"))
        } else if label.starts_with("prefect.resource.") {
            let known = [RESOURCE_ID, RESOURCE_NAME, RESOURCE_ROLE];
            suggest(label, known[..2].iter().copied()).filter(|_| !known.contains(&label))
        } else {
            None
        };
        if let Some(remedy) = remedy {
            let what = format!("no event of an incident has a label `{}`", short(label));
            self.warn(Code::UnknownLabel, span, what, remedy);
        }
    }
}

/// What a pattern excludes.
fn excluded(pattern: &Pattern) -> Option<&str> {
    pattern.text().strip_prefix('!')
}

/// Where a pattern stands in its list, or by itself.
fn pattern(node: &Node, pattern: &Pattern) -> Span {
    let is_it = |node: &&Node| matches!(&node.value, Value::Scalar { text, .. } if in_full(text) == in_full(pattern.text()));
    match &node.value {
        Value::List(items) => items.iter().find(is_it).map_or(node.span, |item| item.span),
        _ => node.span,
    }
}
