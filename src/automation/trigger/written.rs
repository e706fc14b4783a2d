//! Triggers as they stand in files, and what they mean.
//!
//! All of Prefect's fields are read and checked as its server checks them, each fault
//! at the word that is wrong. Keys that Prefect would ignore are told. What this
//! version cannot evaluate is told as well, and read all the same.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::{EventTrigger, Posture, Trigger};
use crate::automation::event::{INCIDENT, RESOURCE_ID};
use crate::automation::pattern::{Names, Pattern, Specification};
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::source::{Source, Span};
use crate::text::suggest::suggest;
use crate::text::yaml::{Key, Node, Value};

/// The shortest time that a Proactive trigger can wait, in microseconds.
const SHORTEST: i64 = 10_000_000;

/// A number or a word, as written; numbers may stand in quotes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Written(String);

impl JsonSchema for Written {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Written".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number"]})
    }
}

/// One pattern, or several of which one is enough.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PatternsForm {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

/// What a resource is to look like, label by label.
pub type SpecificationForm = BTreeMap<String, PatternsForm>;

/// What related resources there are to be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RelatedForm {
    /// One that looks like this.
    One(SpecificationForm),
    /// One for each of these.
    Several(Vec<SpecificationForm>),
}

impl Default for RelatedForm {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

/// A trigger as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum TriggerForm {
    /// Events of some names about some resources.
    Event(EventForm),
    /// Several triggers, in any order.
    Compound(CompoundForm),
    /// Several triggers, in this order.
    Sequence(SequenceForm),
    /// A metric that Prefect Cloud computes.
    Metric {},
}

/// Events of some names about some resources.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct EventForm {
    /// Whether it waits for events or for their absence.
    pub posture: Posture,
    /// What the event's own resource looks like.
    #[serde(default, rename = "match")]
    pub primary: SpecificationForm,
    /// What other resources of the event look like.
    #[serde(default, rename = "match_related")]
    pub related: RelatedForm,
    /// Names of events that begin the wait.
    #[serde(default)]
    pub after: BTreeSet<String>,
    /// Names of events that count; none for all.
    #[serde(default)]
    pub expect: BTreeSet<String>,
    /// Labels by whose values events are counted apart.
    #[serde(default)]
    pub for_each: BTreeSet<String>,
    /// How many events; 1 by default.
    #[serde(default)]
    pub threshold: Option<Written>,
    /// Within how many seconds; 0 by default.
    #[serde(default)]
    pub within: Option<Written>,
}

/// Several triggers, in any order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct CompoundForm {
    /// How many of them: `any`, `all` or a number.
    pub require: Written,
    /// Within how many seconds; null for ever.
    #[serde(default)]
    pub within: Option<Written>,
    /// Which.
    pub triggers: Vec<TriggerForm>,
}

/// Several triggers, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct SequenceForm {
    /// Within how many seconds; null for ever.
    #[serde(default)]
    pub within: Option<Written>,
    /// Which.
    pub triggers: Vec<TriggerForm>,
}

impl TriggerForm {
    /// Writes out the prefix `incident.` of event names, resource ids and labels, which
    /// in `automations/` stands for Prefect's `prefect-cloud.incident.`.
    pub fn expand(&mut self) {
        match self {
            Self::Event(form) => form.expand(),
            Self::Compound(CompoundForm { triggers, .. })
            | Self::Sequence(SequenceForm { triggers, .. }) => {
                triggers.iter_mut().for_each(Self::expand);
            }
            Self::Metric {} => {}
        }
    }

    /// Reads what the form, which stands at `node`, means. None when it means nothing
    /// that could be evaluated; `found` then says why.
    pub fn read(
        &self,
        source: &Source,
        node: &Node,
        found: &mut Vec<Diagnostic>,
    ) -> Option<Trigger> {
        Reading { source, found }.trigger(self, node)
    }
}

impl EventForm {
    fn expand(&mut self) {
        specification_in_full(&mut self.primary);
        match &mut self.related {
            RelatedForm::One(one) => specification_in_full(one),
            RelatedForm::Several(several) => several.iter_mut().for_each(specification_in_full),
        }
        for names in [&mut self.after, &mut self.expect] {
            *names = names.iter().map(|name| in_full(name)).collect();
        }
        self.for_each = self
            .for_each
            .iter()
            .map(|label| match label.rsplit_once(':') {
                Some((role, label)) => format!("{role}:{}", in_full(label)),
                None => in_full(label),
            })
            .collect();
    }
}

fn specification_in_full(form: &mut SpecificationForm) {
    let labels = std::mem::take(form);
    for (label, mut patterns) in labels {
        if label == RESOURCE_ID {
            match &mut patterns {
                PatternsForm::One(one) => *one = in_full(one),
                PatternsForm::Several(several) => {
                    for one in several {
                        *one = in_full(one);
                    }
                }
            }
        }
        form.insert(in_full(&label), patterns);
    }
}

/// `incident.…` as Prefect calls it, also behind the `!` of a pattern.
fn in_full(word: &str) -> String {
    let (mark, bare) = match word.strip_prefix('!') {
        Some(bare) => ("!", bare),
        None => ("", word),
    };
    match bare.strip_prefix("incident.") {
        Some(rest) => format!("{mark}{INCIDENT}{rest}"),
        None => word.to_owned(),
    }
}

struct Reading<'a> {
    source: &'a Source,
    found: &'a mut Vec<Diagnostic>,
}

impl Reading<'_> {
    fn trigger(&mut self, form: &TriggerForm, node: &Node) -> Option<Trigger> {
        match form {
            TriggerForm::Event(form) => {
                self.keys(node, EVENT_KEYS);
                let trigger = self.event(form, node)?;
                self.supported(&trigger, node);
                Some(Trigger::Event(trigger))
            }
            TriggerForm::Compound(form) => {
                self.keys(node, &["type", "id", "require", "within", "triggers"]);
                self.unsupported(node, "type", "compound triggers");
                let require = self.require(&form.require, form.triggers.len(), node);
                let (within, triggers) =
                    self.children(form.within.as_ref(), &form.triggers, node)?;
                let require = require?;
                Some(Trigger::Compound {
                    require,
                    within,
                    triggers,
                })
            }
            TriggerForm::Sequence(form) => {
                self.keys(node, &["type", "id", "within", "triggers"]);
                self.unsupported(node, "type", "sequences");
                let (within, triggers) =
                    self.children(form.within.as_ref(), &form.triggers, node)?;
                Some(Trigger::Sequence { within, triggers })
            }
            TriggerForm::Metric {} => {
                let message = "metric triggers are evaluated by Prefect Cloud alone";
                self.error(Code::UnsupportedTrigger, place(node, "type"), message);
                None
            }
        }
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

    /// What this version cannot evaluate, at the word that asks for it.
    fn supported(&mut self, trigger: &EventTrigger, node: &Node) {
        if trigger.posture == Posture::Proactive {
            self.unsupported(node, "posture", "Proactive triggers");
            return;
        }
        if trigger.threshold != 1 {
            self.unsupported(node, "threshold", "thresholds other than 1");
        }
        if trigger.within != 0 {
            self.unsupported(node, "within", "windows");
        }
        if !trigger.after.is_empty() {
            self.unsupported(node, "after", "triggers that begin `after` something");
        }
    }

    fn unsupported(&mut self, node: &Node, key: &str, what: &str) {
        let message = format!("this version cannot evaluate {what} yet");
        self.error(Code::UnsupportedTrigger, place(node, key), &message);
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
