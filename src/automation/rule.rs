//! Automations as people write them: when → then.
//!
//! A file of `automations/` is what `prefect automation create --from-file` takes: one
//! automation, a list, or `{automations: […]}`. Their types are their JSON Schema and
//! their reader. An automation with an error is left out whole, since half a condition
//! fires too often; what it asks for that this version cannot carry out is told and
//! the rest of it stands. What a workspace of Prefect says about an automation of its own
//! (`id`, `created`, `owner_resource` and the like) may stay in a file that was copied
//! out of it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

mod feeding;

use super::action::written::{ActionForm, Rules, Step, steps};
use super::key::key;
use super::template;
use super::trigger::Trigger;
use super::trigger::written::TriggerForm;
use crate::archive::settings::Variable;
use crate::text::diagnostic::{Code, Diagnostic, Level};
use crate::text::form::Form;
use crate::text::source::{Source, Span};
use crate::text::yaml::{self, Node, Value};

/// An automation as it stands in a file.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub struct AutomationForm {
    /// What people call it; also what tells it from others.
    #[schemars(length(min = 1))]
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Whether it is on.
    #[serde(default = "on")]
    pub enabled: bool,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// When.
    pub trigger: TriggerForm,
    /// Then.
    pub actions: Vec<ActionForm>,
    /// Then as well, when its trigger fired.
    #[serde(default)]
    pub actions_on_trigger: Vec<ActionForm>,
    /// Then, when the incident that set it off is over.
    #[serde(default)]
    pub actions_on_resolve: Vec<ActionForm>,
    /// Whether it acts on facts that are old or imported.
    #[serde(default)]
    pub historical: bool,
    /// Prefect's: its id in a workspace, which means nothing here.
    #[serde(default)]
    pub id: Option<Json>,
    /// Prefect's: when it was made there, which means nothing here.
    #[serde(default)]
    pub created: Option<Json>,
    /// Prefect's: when it was changed there, which means nothing here.
    #[serde(default)]
    pub updated: Option<Json>,
    /// Prefect's: whom it belongs to there, which means nothing here.
    #[serde(default)]
    pub owner_resource: Option<Json>,
    /// Prefect Cloud's: the account, which means nothing here.
    #[serde(default)]
    pub account: Option<Json>,
    /// Prefect Cloud's: the workspace, which means nothing here.
    #[serde(default)]
    pub workspace: Option<Json>,
}

fn on() -> bool {
    true
}

/// A file of `automations/`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(title = "Automations of annals")]
pub enum AutomationFile {
    /// One automation.
    One(Box<AutomationForm>),
    /// A list of them.
    List(Vec<AutomationForm>),
    /// A list under a name.
    Named {
        /// The automations.
        automations: Vec<AutomationForm>,
    },
}

/// What the engine knows of an automation. Two that are equal are in its eyes the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Whether it is on.
    pub enabled: bool,
    /// When it fires.
    pub trigger: Trigger,
}

impl Rule {
    /// The trigger in short: the same for the same meaning, however it is laid out.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "it cannot fail: the keys of all its maps are text"
    )]
    pub fn fingerprint(&self) -> String {
        let canonical = serde_json::to_string(&self.trigger).expect("a trigger is JSON");
        key(&[&canonical])
    }

    /// What tells it from others in the engine's memory: with another trigger it is
    /// another one.
    pub(super) fn identity(&self) -> String {
        format!("{} {}", self.fingerprint(), self.name)
    }
}

/// An automation that can be evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct Automation {
    /// When: what the engine knows of it.
    pub rule: Rule,
    /// What it is for.
    pub description: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Then: what it does, list by list.
    pub steps: Vec<Step>,
    /// Whether it acts on facts that are old or imported.
    pub historical: bool,
    /// The file it stands in.
    pub path: String,
}

/// Automations, and what was wrong with the files they stand in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Those that can be evaluated, by name.
    pub automations: BTreeMap<String, Automation>,
    /// What was wrong, by path and line.
    pub diagnostics: Vec<Diagnostic>,
}

impl Reading {
    /// Keeps those of `earlier` whose files have an error now, as they were: who breaks a file
    /// has neither deleted its automations nor changed them, and what happens until it is
    /// mended is theirs to act on. Answers the paths of those files.
    pub fn keep(&mut self, earlier: &Self) -> BTreeSet<String> {
        let errors = self.diagnostics.iter().filter(|found| !tolerable(found));
        let places = errors.filter_map(|found| found.place.as_ref());
        let faulty: BTreeSet<&str> = places.map(|place| place.path.as_str()).collect();
        let mut kept = BTreeSet::new();
        for (name, automation) in &earlier.automations {
            let is_faulty = faulty.contains(automation.path.as_str());
            if is_faulty && !self.automations.contains_key(name) {
                kept.insert(automation.path.clone());
                self.automations.insert(name.clone(), automation.clone());
            }
        }
        kept
    }
}

/// Reads files of `automations/`.
pub struct Reader<'a> {
    form: Form<AutomationForm>,
    environment: &'a BTreeMap<String, Variable>,
    sample: Json,
}

/// The JSON Schema (draft-07) of a file of `automations/`.
pub fn schema() -> Json {
    Form::<AutomationFile>::new().schema().clone()
}

impl<'a> Reader<'a> {
    /// A reader for a repository whose `annals.yaml` lists these variables.
    pub fn new(environment: &'a BTreeMap<String, Variable>) -> Self {
        Self {
            form: Form::new(),
            environment,
            sample: template::sample(),
        }
    }

    /// Reads `sources`. Of several automations of one name the first by path and line
    /// stands.
    pub fn read(&self, sources: &[Source]) -> Reading {
        let mut sources: Vec<&Source> = sources.iter().collect();
        sources.sort_by_key(|source| source.path());
        let mut reading = Reading::default();
        let mut names = BTreeMap::new();
        for source in sources {
            self.file(source, &mut names, &mut reading);
        }
        let found = &mut reading.diagnostics;
        found.sort_by(|one, other| one.order().cmp(&other.order()));
        reading
    }

    fn file(&self, source: &Source, names: &mut Names, reading: &mut Reading) {
        let root = match yaml::parse(source) {
            Ok(root) => root,
            Err(fault) => return reading.diagnostics.push(*fault),
        };
        let (items, faults) = items(source, &root);
        reading.diagnostics.extend(faults);
        for node in items {
            let (automation, mut found) = self.automation(source, node);
            found.extend(repeated(source, node, names));
            if let Some(automation) = automation.filter(|_| found.iter().all(tolerable)) {
                let name = automation.rule.name.clone();
                reading.automations.insert(name, automation);
            }
            reading.diagnostics.append(&mut found);
        }
    }

    fn automation(&self, source: &Source, node: &Node) -> (Option<Automation>, Vec<Diagnostic>) {
        let (form, mut found) = self.form.read(source, node);
        let Some(mut form) = form else {
            return (None, found);
        };
        form.trigger.expand();
        let trigger = node
            .get("trigger")
            .and_then(|node| form.trigger.read(source, node, &mut found));
        let rules = Rules {
            environment: self.environment,
            sample: &self.sample,
        };
        let steps = steps(&form, rules, source, node, &mut found);
        if let (Some(trigger), Some(written)) = (&trigger, node.get("trigger"))
            && found.iter().all(tolerable)
        {
            found.extend(trigger.traps(source, written));
            found.extend(feeding::itself(&form, trigger, source, node));
        }
        let automation = trigger.map(|trigger| Automation {
            rule: Rule {
                name: form.name,
                enabled: form.enabled,
                trigger,
            },
            description: form.description,
            tags: form.tags,
            steps,
            historical: form.historical,
            path: source.path().to_owned(),
        });
        (automation, found)
    }
}

/// Whether an automation with this fault is evaluated all the same.
pub fn tolerable(fault: &Diagnostic) -> bool {
    fault.level == Level::Warning
}

/// Where the name of each automation stands.
type Names = BTreeMap<String, (Source, Span)>;

/// The automations of a file, as nodes.
fn items<'a>(source: &Source, root: &'a Node) -> (Vec<&'a Node>, Vec<Diagnostic>) {
    let (list, beside) = match (&root.value, root.get("automations")) {
        _ if root.is_null() => return (Vec::new(), Vec::new()),
        (Value::Map(pairs), Some(list)) => (list, pairs.as_slice()),
        (Value::Map(_), None) => return (vec![root], Vec::new()),
        _ => (root, [].as_slice()),
    };
    let beside = beside.iter().filter(|(key, _)| key.text != "automations");
    let mut faults: Vec<Diagnostic> = beside
        .map(|(key, _)| {
            let message = format!("the key `{}` stands beside `automations`", key.text);
            source.error(Code::UnknownKey, key.span, message)
        })
        .collect();
    if let Value::List(items) = &list.value {
        return (items.iter().collect(), faults);
    }
    let message = "expected an automation or a list of them";
    faults.push(source.error(Code::WrongType, list.span, message));
    (Vec::new(), faults)
}

/// The fault of a name that an earlier automation has.
fn repeated(source: &Source, node: &Node, names: &mut Names) -> Option<Diagnostic> {
    let name = node.get("name")?;
    let Value::Scalar { text, .. } = &name.value else {
        return None;
    };
    let Some((other, first)) = names.get(text) else {
        names.insert(text.clone(), (source.clone(), name.span));
        return None;
    };
    let message = format!("an automation called `{text}` exists already");
    let fault = source.error(Code::DuplicateName, name.span, message);
    Some(
        fault
            .because(other.place(*first), "first here")
            .help("its name is what tells an automation from others: give this one another"),
    )
}
