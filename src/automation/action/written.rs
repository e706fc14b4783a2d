//! Actions as they stand in files.
//!
//! Every action is read, also one that neither Prefect nor annals knows by name; what this
//! version cannot carry out is told, and fails by itself when it fires. What a request is made from is checked here, before
//! anything happens: where it goes, that a secret is listed for this use, that a
//! secret stands nowhere else, and that templates are templates.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Url;
use super::payload::Payload;
use crate::archive::settings::{Use, Variable};
use crate::automation::rule::AutomationForm;
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::source::{Source, Span};
use crate::text::suggest::suggest;
use crate::text::template;
use crate::text::template::paths::{self, Unknown};
use crate::text::template::places::{self, Shape};
use crate::text::yaml::{Node, Value};

/// The type of the action that this version carries out.
pub const CALL_WEBHOOK: &str = "call-webhook";

/// Every action that Prefect or annals knows.
const KINDS: &[&str] = &[
    "do-nothing",
    "run-deployment",
    "pause-deployment",
    "resume-deployment",
    "pause-work-pool",
    "resume-work-pool",
    "pause-work-queue",
    "resume-work-queue",
    "pause-automation",
    "resume-automation",
    "cancel-flow-run",
    "delete-flow-run",
    "suspend-flow-run",
    "resume-flow-run",
    "change-flow-run-state",
    "send-notification",
    "send-email-notification",
    CALL_WEBHOOK,
    "declare-incident",
    "update-incident",
    "comment-incident",
    "assess-impact",
    "run-command",
];

/// The type of an action.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Kind(String);

impl Kind {
    /// The type as it is written.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl JsonSchema for Kind {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Kind".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "examples": KINDS})
    }
}

/// An action as it stands in a file.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
pub struct ActionForm {
    /// What it does.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// `call-webhook`: where to. Exactly one `${NAME}`, or a plain address.
    #[serde(default)]
    pub url: Option<String>,
    /// `call-webhook`: what to send. A template, or a value whose texts are templates
    /// and which is sent as JSON.
    #[serde(default)]
    pub payload: Option<Json>,
    /// `call-webhook`: whether it may be sent again when nobody knows how it ended.
    #[serde(default)]
    pub idempotent: bool,
    /// What other actions take.
    #[serde(flatten)]
    pub other: BTreeMap<String, Json>,
}

/// Which of an automation's lists an action stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum List {
    /// `actions`
    Actions,
    /// `actions_on_trigger`
    ActionsOnTrigger,
}

impl List {
    /// The key in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Actions => "actions",
            Self::ActionsOnTrigger => "actions_on_trigger",
        }
    }
}

/// An action of an automation.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Which list it stands in.
    pub list: List,
    /// Its place there, from 0.
    pub index: usize,
    /// Its type.
    pub kind: String,
    /// What it does.
    pub operation: Operation,
}

/// What an action does.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// It sends a request.
    Webhook {
        /// Where to.
        url: Url,
        /// What to send.
        payload: Payload,
        /// Whether it may be sent again when nobody knows how it ended.
        idempotent: bool,
    },
    /// Nothing that this version can carry out.
    Impossible,
}

impl Step {
    /// What it acts on, as people may read it.
    pub fn target(&self) -> String {
        match &self.operation {
            Operation::Webhook { url, .. } => url.target(),
            Operation::Impossible => String::new(),
        }
    }
}

/// What actions are checked against.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The variables that `annals.yaml` lists.
    pub environment: &'a BTreeMap<String, Variable>,
    /// What a template will see, for an incident that has everything.
    pub sample: &'a Json,
}

/// Reads the actions of `form`, which stands at `node`.
pub fn steps(
    form: &AutomationForm,
    rules: Rules<'_>,
    source: &Source,
    node: &Node,
    found: &mut Vec<Diagnostic>,
) -> Vec<Step> {
    let lists = [
        (List::Actions, &form.actions),
        (List::ActionsOnTrigger, &form.actions_on_trigger),
    ];
    let mut steps = Vec::new();
    for (list, forms) in lists {
        for (index, form) in forms.iter().enumerate() {
            let written = node.get(list.name()).and_then(|list| list.item(index));
            let mut reading = Reading {
                rules,
                source,
                node: written.unwrap_or(node),
                found,
            };
            steps.extend(reading.step(form, list, index));
        }
    }
    if !form.actions_on_resolve.is_empty() {
        let span = node.key("actions_on_resolve").unwrap_or_default();
        let message = "this version cannot carry out `actions_on_resolve` yet";
        found.push(source.warning(Code::UnsupportedAction, span, message));
    }
    steps
}

struct Reading<'a> {
    rules: Rules<'a>,
    source: &'a Source,
    node: &'a Node,
    found: &'a mut Vec<Diagnostic>,
}

impl Reading<'_> {
    fn step(&mut self, form: &ActionForm, list: List, index: usize) -> Option<Step> {
        if form.kind.0 == "do-nothing" {
            return None;
        }
        let operation = if form.kind.0 == CALL_WEBHOOK {
            self.webhook(form)?
        } else {
            let kind = &form.kind.0;
            let (message, help) = if KINDS.contains(&kind.as_str()) {
                let message = format!("this version cannot carry out `{kind}` yet");
                (message, None)
            } else {
                let message = format!("`{kind}` is no action that this version knows");
                (message, suggest(kind, KINDS.iter().copied()))
            };
            self.warning(Code::UnsupportedAction, "type", message, help);
            Operation::Impossible
        };
        Some(Step {
            list,
            index,
            kind: form.kind.0.clone(),
            operation,
        })
    }

    fn webhook(&mut self, form: &ActionForm) -> Option<Operation> {
        if form.url.is_none() && form.other.contains_key("block_document_id") {
            let message = "this version cannot reach the blocks of a Prefect workspace".to_owned();
            let help = "name the address, or the variable that holds it: `url: \"${NAME}\"`";
            self.warning(
                Code::UnsupportedAction,
                "block_document_id",
                message,
                Some(help.to_owned()),
            );
            return Some(Operation::Impossible);
        }
        self.keys();
        self.payload();
        Some(Operation::Webhook {
            url: self.url(form.url.as_deref())?,
            payload: Payload::of(form.payload.as_ref()),
            idempotent: form.idempotent,
        })
    }

    fn url(&mut self, url: Option<&str>) -> Option<Url> {
        let Some(url) = url else {
            let help = "name the address, or the variable that holds it: `url: \"${NAME}\"`";
            let message = "the key `url` is missing".to_owned();
            self.error(Code::MissingKey, "url", message, Some(help));
            return None;
        };
        if let Some(name) = variable(url) {
            return self.listed(name).then(|| Url::Variable(name.to_owned()));
        }
        let plain = ["https://", "http://"]
            .iter()
            .find_map(|scheme| url.strip_prefix(scheme));
        let host = plain.and_then(|rest| rest.split(['/', '?', '#']).next());
        let odd = |c: char| c.is_whitespace() || c.is_control() || "{}$".contains(c);
        if host.is_none_or(|host| host.is_empty() || host.contains('@')) || url.contains(odd) {
            let help = "write exactly one `${NAME}`, or an address without a password";
            let message = "this is neither a variable nor a plain `https://` address".to_owned();
            self.error(Code::WrongType, "url", message, Some(help));
            return None;
        }
        Some(Url::Literal(url.to_owned()))
    }

    /// Whether `annals.yaml` lists the variable as the address of a request.
    fn listed(&mut self, name: &str) -> bool {
        let listed = self.rules.environment.get(name);
        let listed = listed.is_some_and(|variable| variable.purpose == Use::Url);
        if !listed {
            let message = format!("`{name}` is not listed in `annals.yaml` as an address");
            let help = format!("add `{name}: {{use: url, hosts: […]}}` under `environment`");
            self.error(Code::UnlistedSecret, "url", message, Some(&help));
        }
        listed
    }

    fn payload(&mut self) {
        let node = self.node;
        let mut texts = Vec::new();
        if let Some(payload) = node.get("payload") {
            gather(payload, &mut texts);
        }
        for (text, span) in &texts {
            if text.contains("${") {
                let message = "a variable may stand in `url` alone";
                let fault = self.source.error(Code::UnlistedSecret, *span, message);
                let help = "secrets never enter what is sent: take `${…}` out";
                return self.found.push(fault.help(help));
            }
            if let Err(fault) = template::check(text) {
                let fault = self
                    .source
                    .error(Code::BadTemplate, *span, fault.to_string());
                return self.found.push(fault);
            }
        }
        for (text, span) in texts {
            self.names(text, span);
            self.shape(text, span);
        }
    }

    /// Warns of names that no event, incident or firing has: what is missing when the
    /// automation fires makes its action fail.
    fn names(&mut self, text: &str, span: Span) {
        for Unknown { of, name, known } in paths::unknown(text, self.rules.sample) {
            let (message, path) = match of.as_str() {
                "" => (format!("`{name}` is not defined here"), String::new()),
                of => (format!("`{of}` has no `{name}`"), format!("{of}.")),
            };
            let known: Vec<String> = known.iter().map(|known| path.clone() + known).collect();
            let help = suggest(&(path + &name), known.iter().map(String::as_str));
            let fault = self.source.warning(Code::BadTemplate, span, message);
            self.found.push(fault.help_if(help));
        }
    }

    /// Warns where a text that a person words could break out of the form in which it is
    /// sent.
    fn shape(&mut self, text: &str, span: Span) {
        let Some(printed) = places::breakable(text) else {
            return;
        };
        let shown = &printed.expression;
        let (form, help) = match printed.shape {
            Shape::Json => (
                "JSON",
                "write the payload as a mapping (`payload: {title: \"{{ incident.title }}\"}`), or \
                 print with `| tojson` and without quotation marks around it",
            ),
            Shape::Xml => ("XML", "print it with `| escape_xml`"),
            Shape::Form => ("a form", "print it with `| urlencode`"),
        };
        let message = if printed.is_quoted_twice {
            format!("`{shown}` brings its own quotation marks, and stands between others")
        } else {
            format!("`{shown}` can break out of {form} that is written by hand")
        };
        let fault = self.source.warning(Code::UnescapedPayload, span, message);
        self.found.push(fault.help(help));
    }

    fn warning(&mut self, code: Code, key: &str, message: String, help: Option<String>) {
        let fault = self.source.warning(code, self.place(key), message);
        self.found.push(fault.help_if(help));
    }

    fn keys(&mut self) {
        const KNOWN: [&str; 4] = ["type", "url", "payload", "idempotent"];
        let Value::Map(pairs) = &self.node.value else {
            return;
        };
        for (key, _) in pairs
            .iter()
            .filter(|(key, _)| !KNOWN.contains(&key.text.as_str()))
        {
            let message = format!("the key `{}` is not known here", key.text);
            let fault = self.source.error(Code::UnknownKey, key.span, message);
            self.found.push(fault.help_if(suggest(&key.text, KNOWN)));
        }
    }

    fn error(&mut self, code: Code, key: &str, message: String, help: Option<&str>) {
        let fault = self.source.error(code, self.place(key), message);
        self.found.push(fault.help_if(help.map(str::to_owned)));
    }

    /// The value of `key`, or where the action begins when it has none.
    fn place(&self, key: &str) -> Span {
        let start = Span {
            start: self.node.span.start,
            end: self.node.span.start,
        };
        self.node.get(key).map_or(start, |node| node.span)
    }
}

/// The texts of a payload, each where it stands.
fn gather<'n>(node: &'n Node, texts: &mut Vec<(&'n str, Span)>) {
    match &node.value {
        Value::Scalar { text, .. } => texts.push((text, node.span)),
        Value::List(items) => items.iter().for_each(|item| gather(item, texts)),
        Value::Map(pairs) => pairs.iter().for_each(|(_, value)| gather(value, texts)),
    }
}

/// The name in a text that is exactly one `${NAME}`.
fn variable(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (begins && name.chars().all(letters)).then_some(name)
}
