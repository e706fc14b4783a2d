//! Golden tests as they stand in files: the types that are their form and their schema.
//!
//! What a step declares has the keys of an incident's file, and what it adds those of an
//! entry, so whoever writes records can write tests. Only what a step knows by itself
//! may be left out: when, and by whom.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value as Json, json};

use crate::automation::event::Labels;
use crate::automation::trigger::seconds;
use crate::automation::trigger::written::Written;
use crate::incident::declaration::Declaration;
use crate::incident::entry::EntryForm;
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// A file of golden tests.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(title = "Golden tests of annals")]
pub(super) struct FileForm(pub Vec<TestForm>);

/// A test: what happens, and which automations are to fire for it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct TestForm {
    /// What it is called.
    #[schemars(length(min = 1))]
    pub name: String,
    /// What is tried: a file or folder of the repository, an automation written out, or a
    /// list of these. Everything in `automations/` by default.
    #[serde(default)]
    pub automations: Option<RulesForm>,
    /// Automations that are off, by name, and are on for this test.
    #[serde(default)]
    pub enable: Vec<String>,
    /// What happens, one thing after the other.
    pub steps: Vec<StepForm>,
    /// What is to come of it.
    pub expect: ExpectForm,
}

/// What is tried: files, folders, and automations that are written out. These are read
/// where they stand, as the files of `automations/` are.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct RulesForm(IgnoredAny);

impl JsonSchema for RulesForm {
    fn schema_name() -> Cow<'static, str> {
        "Rules".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let (path, written) = (json!({"type": "string"}), json!({"type": "object"}));
        let several = json!({"type": "array", "items": {"anyOf": [path, written]}});
        json_schema!({"anyOf": [path, written, several]})
    }
}

/// Something that happens, or time that passes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false, "patternProperties" = {"^x-": {}}))]
pub(super) struct StepForm {
    /// What it is called in `expect`.
    #[serde(default)]
    pub name: Option<String>,
    /// When it happens and lands.
    #[serde(default)]
    pub at: Option<Moment>,
    /// How long after the step before it: `30s`, `5m`, `2h`, `1d`, or `PT5M`.
    #[serde(default)]
    pub after: Option<Length>,
    /// The incident that an entry belongs to; the one that was declared last by default.
    #[serde(default)]
    pub incident: Option<String>,
    /// An incident is declared.
    #[serde(default)]
    pub declare: Option<DeclareForm>,
    /// An event comes from elsewhere.
    #[serde(default)]
    pub event: Option<OutsideForm>,
    /// What an entry says.
    #[serde(flatten)]
    pub entry: EntryKeys,
}

/// A length of time, as written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub(super) struct Length(pub String);

impl Length {
    /// How long it is.
    pub(super) fn duration(&self) -> Option<Duration> {
        let text = self.0.trim();
        Duration::parse(text).or_else(|| {
            let micros = seconds::words(text)?;
            (micros >= 0).then(|| Duration::microseconds(micros))
        })
    }
}

/// An incident's file, of which only title and severity must be there, with the
/// incident's id beside them.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct DeclareForm(pub Map<String, Json>);

impl JsonSchema for DeclareForm {
    fn schema_name() -> Cow<'static, str> {
        "Declare".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = without(
            Declaration::json_schema(generator),
            &["declared_at", "declared_by"],
        );
        let id = json_schema!({
            "description": "Its id; made of day and title by default.",
            "type": "string",
            "minLength": 1,
        });
        if let Some(properties) = properties(&mut schema) {
            properties.insert("id".to_owned(), id.to_value());
        }
        schema
    }
}

/// The keys of an entry: `comment`, `update` and so on, and who says it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct EntryKeys(pub Map<String, Json>);

impl JsonSchema for EntryKeys {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "EntryKeys".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = without(EntryForm::json_schema(generator), &["at", "by"]);
        if let Some(properties) = properties(&mut schema) {
            properties.shift_remove("at");
        }
        schema.remove("additionalProperties");
        schema.remove("patternProperties");
        schema
    }
}

/// The schema of a file, of which `names` need not be there.
fn without(mut schema: Schema, names: &[&str]) -> Schema {
    schema.remove("title");
    schema.remove("description");
    let required = schema.get_mut("required").and_then(Json::as_array_mut);
    if let Some(required) = required {
        required.retain(|name| name.as_str().is_none_or(|name| !names.contains(&name)));
    }
    schema
}

fn properties(schema: &mut Schema) -> Option<&mut Map<String, Json>> {
    schema.get_mut("properties")?.as_object_mut()
}

/// An event from elsewhere: its name, or the whole of it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum OutsideForm {
    /// Its name.
    Named(String),
    /// The whole of it.
    Whole(Box<OutsideEvent>),
}

/// An event in Prefect's shape.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct OutsideEvent {
    /// Its name.
    #[schemars(length(min = 1))]
    pub event: String,
    /// What tells it from others; of two with one id the second counts for nothing.
    #[serde(default)]
    pub id: Option<String>,
    /// When it happened; when its step does by default.
    #[serde(default)]
    pub occurred: Option<Moment>,
    /// What it happened to, by label.
    #[serde(default)]
    pub resource: Labels,
    /// What else it touches.
    #[serde(default)]
    pub related: Vec<Labels>,
    /// Anything else that is worth knowing.
    #[serde(default)]
    pub payload: Option<Json>,
    /// The id of an event that happened before it.
    #[serde(default)]
    pub follows: Option<String>,
}

/// What is to come of the steps.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct ExpectForm {
    /// Every firing; none for a test in which nothing may fire.
    pub firings: Vec<FiringForm>,
}

/// An automation that is to fire.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct FiringForm {
    /// Its name.
    #[schemars(length(min = 1))]
    pub automation: String,
    /// On which step: its number, from 1, or its name.
    pub step: Written,
    /// What it is to do, all of it and in this order. Without it anything will do.
    #[serde(default)]
    pub actions: Option<Vec<ActionForm>>,
}

/// An action, as far as it is told.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub(super) struct ActionForm {
    /// Its type.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// What it acts on, as people read it: `hooks.example.com/a`, or a variable's name.
    #[serde(default)]
    pub target: Option<String>,
    /// Where it is sent, as its automation says it: `${NAME}`, or an address.
    #[serde(default)]
    pub url: Option<String>,
    /// What is sent: the whole text, or of a mapping the keys that are told.
    #[serde(default)]
    pub payload: Option<Json>,
    /// Whether it is done; `act` by default.
    #[serde(default)]
    pub acts: ActsForm,
    /// Why it is not done.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Whether an action is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ActsForm {
    /// It is.
    #[default]
    Act,
    /// It deliberately is not.
    Skip,
    /// It cannot be: its template fails.
    Fail,
}
