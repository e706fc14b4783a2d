//! What a trigger's form means, and what is wrong with it.
//!
//! Checked as Prefect's server checks, each fault at the word that is wrong. Keys that
//! Prefect would ignore are told.

use super::written::{
    CompoundForm, EventForm, PatternsForm, RelatedForm, SequenceForm, SpecificationForm,
    TriggerForm, Written, in_full,
};
use super::{EventTrigger, Posture, Trigger};
use crate::automation::pattern::{Names, Pattern, Specification};
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::source::{Source, Span};
use crate::text::suggest::suggest;
use crate::text::yaml::{Key, Node, Value};

/// The shortest time that a Proactive trigger can wait, in microseconds.
const SHORTEST: i64 = 10_000_000;

pub(super) struct Reading<'a> {
    pub(super) source: &'a Source,
    pub(super) found: &'a mut Vec<Diagnostic>,
}

impl Reading<'_> {
    pub(super) fn trigger(&mut self, form: &TriggerForm, node: &Node) -> Option<Trigger> {
        match form {
            TriggerForm::Event(form) => {
                self.keys(node, EVENT_KEYS);
                self.event(form, node).map(Trigger::Event)
            }
            TriggerForm::Compound(form) => self.compound(form, node),
            TriggerForm::Sequence(form) => self.sequence(form, node),
            TriggerForm::Metric {} => {
                let message = "Prefect Cloud alone knows the metrics of a metric trigger";
                let fault =
                    self.source
                        .error(Code::UnsupportedTrigger, place(node, "type"), message);
                self.found.push(
                    fault.help("write an event trigger, or leave this rule to Prefect Cloud"),
                );
                None
            }
        }
    }

    fn compound(&mut self, form: &CompoundForm, node: &Node) -> Option<Trigger> {
        self.keys(node, &["type", "id", "require", "within", "triggers"]);
        let require = self.require(&form.require, form.triggers.len(), node);
        let (within, triggers) = self.children(form.within.as_ref(), &form.triggers, node)?;
        Some(Trigger::Compound {
            require: require?,
            within,
            triggers,
        })
    }

    fn sequence(&mut self, form: &SequenceForm, node: &Node) -> Option<Trigger> {
        self.keys(node, &["type", "id", "within", "triggers"]);
        let (within, triggers) = self.children(form.within.as_ref(), &form.triggers, node)?;
        Some(Trigger::Sequence { within, triggers })
    }

    fn event(&mut self, form: &EventForm, node: &Node) -> Option<EventTrigger> {
        self.labels_once(&form.primary, node);
        let threshold = form.threshold.as_ref().map_or(Some(1), |Written(text)| {
            text.trim().parse().ok().or_else(|| {
                self.wrong(node, "threshold", "a whole number", text);
                None
            })
        });
        let within = self.window(form, node);
        Some(EventTrigger {
            posture: form.posture,
            primary: specification(&form.primary),
            related: match &form.related {
                RelatedForm::One(one) => vec![specification(one)],
                RelatedForm::Several(several) => several.iter().map(specification).collect(),
            },
            after: Names::new(&form.after),
            expect: Names::new(&form.expect),
            for_each: form.for_each.clone(),
            threshold: threshold?,
            within: within?,
        })
    }

    /// A label that stands under its short and its full name would count only once.
    fn labels_once(&mut self, form: &SpecificationForm, node: &Node) {
        let Some(Value::Map(pairs)) = node.get("match").map(|node| &node.value) else {
            return;
        };
        let short = |key: &&Key| key.text != in_full(&key.text);
        for key in pairs.iter().map(|(key, _)| key).filter(short) {
            let full = in_full(&key.text);
            if form.contains_key(&full) && pairs.iter().any(|(other, _)| other.text == full) {
                let message = format!("the label `{full}` stands here under both its names");
                self.error(Code::DuplicateKey, key.span, &message);
            }
        }
    }

    /// The window of an event trigger, in microseconds. A Proactive one that waits for no
    /// time at all waits for ten seconds, as in Prefect.
    fn window(&mut self, form: &EventForm, node: &Node) -> Option<i64> {
        if node.get("within").is_some_and(Node::is_null) {
            self.wrong(node, "within", "a number of seconds", "null");
            return None;
        }
        let within = match &form.within {
            None => 0,
            Some(written) => self.micros(written, node)?,
        };
        if form.posture == Posture::Proactive && within == 0 {
            return Some(SHORTEST);
        }
        if form.posture == Posture::Proactive && within < SHORTEST {
            let message = "a Proactive trigger waits for at least 10 seconds";
            self.error(Code::WrongType, place(node, "within"), message);
            return None;
        }
        Some(within)
    }

    fn require(&mut self, Written(text): &Written, all: usize, node: &Node) -> Option<usize> {
        let count = match text.as_str() {
            "any" => Some(1),
            "all" => Some(all),
            number => number
                .parse()
                .ok()
                .filter(|count| (1..=all).contains(count)),
        };
        if count.is_none() {
            let wanted = format!("`any`, `all` or a number from 1 to {all}");
            self.wrong(node, "require", &wanted, text);
        }
        count
    }

    fn children(
        &mut self,
        within: Option<&Written>,
        forms: &[TriggerForm],
        node: &Node,
    ) -> Option<(Option<i64>, Vec<Trigger>)> {
        if node.get("within").is_none() {
            let missing =
                self.source
                    .error(Code::MissingKey, start(node), "the key `within` is missing");
            self.found
                .push(missing.help("say within how many seconds, or `null` for ever"));
        }
        let within = match within {
            None => Some(None),
            Some(written) => self.micros(written, node).map(Some),
        };
        let list = node.get("triggers");
        let mut triggers = Vec::new();
        for (index, form) in forms.iter().enumerate() {
            let child = list.and_then(|list| list.item(index)).unwrap_or(node);
            triggers.push(self.trigger(form, child));
        }
        let triggers: Option<Vec<Trigger>> = triggers.into_iter().collect();
        Some((within?, triggers?))
    }

    fn micros(&mut self, Written(text): &Written, node: &Node) -> Option<i64> {
        let micros = micros(text.trim());
        if micros.is_none() {
            self.wrong(node, "within", "a number of seconds, not below 0", text);
        }
        micros
    }

    fn wrong(&mut self, node: &Node, key: &str, wanted: &str, text: &str) {
        let text: String = text.chars().take(40).collect();
        let message = format!("expected {wanted}, found `{text}`");
        self.error(Code::WrongType, place(node, key), &message);
    }

    fn error(&mut self, code: Code, span: Span, message: &str) {
        self.found.push(self.source.error(code, span, message));
    }

    /// Keys that Prefect ignores: most often a misspelt one, so they are told.
    fn keys(&mut self, node: &Node, known: &[&str]) {
        let Value::Map(pairs) = &node.value else {
            return;
        };
        for (key, _) in pairs
            .iter()
            .filter(|(key, _)| !known.contains(&key.text.as_str()))
        {
            let message = format!("the key `{}` means nothing in this trigger", key.text);
            let warning = self.source.warning(Code::UnknownKey, key.span, message);
            self.found
                .push(warning.help_if(suggest(&key.text, known.iter().copied())));
        }
    }
}

const EVENT_KEYS: &[&str] = &[
    "type",
    "id",
    "match",
    "match_related",
    "posture",
    "after",
    "expect",
    "for_each",
    "threshold",
    "within",
];

fn specification(form: &SpecificationForm) -> Specification {
    let patterns = |form: &PatternsForm| match form {
        PatternsForm::One(one) => vec![Pattern::new(one)],
        PatternsForm::Several(several) => several.iter().map(|one| Pattern::new(one)).collect(),
    };
    Specification(
        form.iter()
            .map(|(label, form)| (label.clone(), patterns(form)))
            .collect(),
    )
}

/// A length of time as Prefect takes it: seconds, or ISO 8601 such as `PT5M`.
fn micros(text: &str) -> Option<i64> {
    let seconds = match text.strip_prefix('P') {
        None => text.parse::<f64>().ok()?,
        Some(parts) => iso(parts)?,
    };
    let micros = (seconds * 1e6).round();
    // Above this a whole number of microseconds is no longer exact.
    #[allow(clippy::cast_possible_truncation, reason = "checked to be in range")]
    (0.0..=9e15).contains(&micros).then_some(micros as i64)
}

/// The seconds of an ISO 8601 duration without its `P`; years and months have no length.
fn iso(parts: &str) -> Option<f64> {
    let mut units = [('W', 604_800.0), ('D', 86_400.0)].as_slice();
    let (mut seconds, mut number, mut any) = (0.0, String::new(), false);
    for c in parts.chars() {
        if c == 'T' {
            units = &[('H', 3_600.0), ('M', 60.0), ('S', 1.0)];
        } else if let Some((_, unit)) = units.iter().find(|(unit, _)| *unit == c) {
            seconds += number.parse::<f64>().ok()? * unit;
            number.clear();
            any = true;
        } else {
            number.push(c);
        }
    }
    (any && number.is_empty()).then_some(seconds)
}

/// The value of `key`, or where the mapping begins when it has none.
fn place(node: &Node, key: &str) -> Span {
    node.get(key).map_or(start(node), |node| node.span)
}

fn start(node: &Node) -> Span {
    Span {
        start: node.span.start,
        end: node.span.start,
    }
}
