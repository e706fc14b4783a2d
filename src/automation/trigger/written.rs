//! Triggers as they stand in files: the types that are their form and their schema.
//!
//! All of Prefect's fields are there under Prefect's names. What a form means, and what
//! is wrong with it, is read elsewhere.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::reading::Reading;
use super::{Posture, Trigger};
use crate::automation::event::{INCIDENT, RESOURCE_ID};
use crate::text::diagnostic::Diagnostic;
use crate::text::source::Source;
use crate::text::yaml::Node;

/// A number or a word, as written; numbers may stand in quotes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Written(pub String);

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
    #[schemars(with = "Vec<String>", extend("maxItems" = 1000))]
    pub after: BTreeSet<String>,
    /// Names of events that count; none for all.
    #[serde(default)]
    #[schemars(with = "Vec<String>", extend("maxItems" = 1000))]
    pub expect: BTreeSet<String>,
    /// Labels by whose values events are counted apart.
    #[serde(default)]
    #[schemars(with = "Vec<String>", extend("maxItems" = 1000))]
    pub for_each: BTreeSet<String>,
    /// How many events; 1 by default.
    #[serde(default)]
    #[schemars(with = "Written")]
    pub threshold: Option<Written>,
    /// Within how many seconds; 0 by default.
    #[serde(default)]
    #[schemars(with = "Written", extend("minimum" = 0))]
    pub within: Option<Written>,
}

/// Several triggers, in any order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline, extend("required" = ["require", "within", "triggers"]))]
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
#[schemars(inline, extend("required" = ["within", "triggers"]))]
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
pub(super) fn in_full(word: &str) -> String {
    let (mark, bare) = match word.strip_prefix('!') {
        Some(bare) => ("!", bare),
        None => ("", word),
    };
    match bare.strip_prefix("incident.") {
        Some(rest) => format!("{mark}{INCIDENT}{rest}"),
        None => word.to_owned(),
    }
}
