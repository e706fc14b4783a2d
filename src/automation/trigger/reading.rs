//! What a trigger's form means, and what is wrong with it.
//!
//! Checked as Prefect's server checks, each fault at the word that is wrong. Keys that
//! Prefect would ignore are told.

use uuid::Uuid;

use super::seconds;
use super::written::{
    CompoundForm, EventForm, PatternsForm, RelatedForm, SequenceForm, SpecificationForm,
    TriggerForm, Written, in_full,
};
use super::{EventTrigger, Posture, Trigger};
use crate::automation::pattern::{Names, Pattern, Specification};
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::form::untyped;
use crate::text::source::{Source, Span};
use crate::text::suggest::suggest;
use crate::text::yaml::{Key, Node, Value};

/// The shortest time that a Proactive trigger can wait, in microseconds.
const SHORTEST: i64 = 10_000_000;

/// What `within` is to be in an event trigger.
const SECONDS: &str = "a number of seconds, not below 0, or a duration such as `PT10M`";

pub(super) struct Reading<'a> {
    pub(super) source: &'a Source,
    pub(super) found: &'a mut Vec<Diagnostic>,
}

impl Reading<'_> {
    pub(super) fn trigger(&mut self, form: &TriggerForm, node: &Node) -> Option<Trigger> {
        match form {
            TriggerForm::Event(form) => {
                self.keys(node, EVENT_KEYS);
                if self.is_too_long(node) {
                    return None;
                }
                self.texts(node);
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
        let threshold = self.threshold(form, node);
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

    fn threshold(&mut self, form: &EventForm, node: &Node) -> Option<i64> {
        let Some(Written(text)) = &form.threshold else {
            return if self.given(node, "threshold", "a whole number") {
                Some(1)
            } else {
                None
            };
        };
        let count = whole(text.trim());
        if count.is_none() {
            self.wrong(node, "threshold", "a whole number", text);
        }
        count
    }

    /// The window of an event trigger, in microseconds. A Proactive one that waits for no
    /// time at all waits for ten seconds, as in Prefect.
    fn window(&mut self, form: &EventForm, node: &Node) -> Option<i64> {
        let within = match &form.within {
            None if self.given(node, "within", SECONDS) => 0,
            None => return None,
            Some(written) => self.micros(written, node, SECONDS)?,
        };
        match (form.posture, within) {
            (Posture::Proactive, 0) => Some(SHORTEST),
            (Posture::Proactive, 1..SHORTEST) => {
                let message = "a Proactive trigger waits for at least 10 seconds";
                self.error(Code::WrongType, place(node, "within"), message);
                None
            }
            (_, ..0) => {
                let text = form.within.as_ref().map_or("", |Written(text)| text);
                self.wrong(node, "within", SECONDS, text);
                None
            }
            _ => Some(within),
        }
    }

    fn require(&mut self, Written(text): &Written, all: usize, node: &Node) -> Option<usize> {
        let count = match text.as_str() {
            "any" => Some(1),
            "all" => Some(all),
            number => whole(number)
                .and_then(|count| usize::try_from(count).ok())
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
        let within = match within {
            None => Some(None),
            Some(written) => self.micros(written, node, "a number of seconds").map(Some),
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

    fn micros(&mut self, Written(text): &Written, node: &Node, wanted: &str) -> Option<i64> {
        let micros = if node.get("within").is_some_and(is_number) {
            seconds::number(text)
        } else {
            seconds::words(text)
        };
        if micros.is_none() {
            self.wrong(node, "within", wanted, text);
        }
        micros
    }

    /// Whether `key` has a value, if it is there at all; told if not.
    fn given(&mut self, node: &Node, key: &str, wanted: &str) -> bool {
        let nothing = node.get(key).is_some_and(Node::is_null);
        if nothing {
            self.wrong(node, key, wanted, "null");
        }
        !nothing
    }

    /// Whether a list holds more than [`LONGEST`] texts, which is told.
    fn is_too_long(&mut self, node: &Node) -> bool {
        let long = TEXTS
            .iter()
            .find(|key| node.get(key).is_some_and(|list| texts(list) > LONGEST));
        if let Some(key) = long {
            let message = format!("`{key}` holds more than {LONGEST} texts");
            let fault = self
                .source
                .error(Code::TooComplex, place(node, key), message);
            let remedy = "use patterns, or several triggers in a compound one";
            self.found.push(fault.help(remedy));
        }
        long.is_some()
    }

    /// Names, labels and patterns are texts: Prefect takes nothing that YAML or JSON
    /// understands as a number, and no key without a value.
    fn texts(&mut self, node: &Node) {
        for key in TEXTS {
            let wanted = if key.starts_with("match") {
                "labels with their patterns"
            } else {
                "a list"
            };
            if let Some(value) = node.get(key)
                && self.given(node, key, wanted)
            {
                self.text(value);
            }
        }
    }

    fn text(&mut self, node: &Node) {
        match &node.value {
            Value::Scalar { text, .. } if !untyped(node).is_string() => {
                let message = format!("expected a text, found `{text}`");
                let fault = self.source.error(Code::WrongType, node.span, message);
                self.found.push(fault.help("put it in quotes"));
            }
            Value::Scalar { .. } => {}
            Value::List(items) => items.iter().for_each(|item| self.text(item)),
            Value::Map(pairs) => pairs.iter().for_each(|(_, value)| self.text(value)),
        }
    }

    fn wrong(&mut self, node: &Node, key: &str, wanted: &str, text: &str) {
        let text: String = text.chars().take(40).collect();
        let message = format!("expected {wanted}, found `{text}`");
        self.error(Code::WrongType, place(node, key), &message);
    }

    fn error(&mut self, code: Code, span: Span, message: &str) {
        self.found.push(self.source.error(code, span, message));
    }

    /// Keys that Prefect ignores: most often a misspelt one, so they are told. Of `id`,
    /// which means nothing here, Prefect wants that it is one.
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
        let id = node.get("id").map(|node| &node.value);
        if let Some(Value::Scalar { text, .. }) = id
            && Uuid::parse_str(text).is_err()
        {
            self.wrong(node, "id", "a UUID, or no id at all", text);
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

/// Those of them that hold texts.
const TEXTS: [&str; 5] = ["match", "match_related", "after", "expect", "for_each"];

/// How many texts may stand under one of them. Each event is compared with each, and the
/// warnings compare them with one another: at a thousand that is no work yet, and nobody
/// writes so many.
const LONGEST: usize = 1_000;

/// How many texts a value holds.
fn texts(node: &Node) -> usize {
    match &node.value {
        Value::Scalar { .. } => 1,
        Value::List(items) => items.iter().map(texts).sum(),
        Value::Map(pairs) => pairs.iter().map(|(_, value)| texts(value)).sum(),
    }
}

/// A whole number as Prefect takes it: `2`, also `2.0`.
fn whole(text: &str) -> Option<i64> {
    let digits = match text.split_once('.') {
        Some((digits, zeros)) if zeros.chars().all(|c| c == '0') => digits,
        _ => text,
    };
    digits.parse().ok()
}

/// Whether YAML and JSON understand a value as a number.
fn is_number(node: &Node) -> bool {
    untyped(node).is_number()
}

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

/// The value of `key`, or where the mapping begins when it has none.
fn place(node: &Node, key: &str) -> Span {
    node.get(key).map_or(start(node), |node| node.span)
}

pub(super) fn start(node: &Node) -> Span {
    Span {
        start: node.span.start,
        end: node.span.start,
    }
}
