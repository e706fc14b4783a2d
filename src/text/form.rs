//! Reading YAML into a type, guided by the type's own JSON Schema.
//!
//! The types of the format are described once; the schema made from them serves
//! editors (`annals schema`) and serves here as the form against which a file is
//! read. So every fault of a file is found in one pass, each at the word that is
//! wrong, and the schema cannot say anything else than the reader does. A value
//! that cannot be read is left out when the format allows its absence, so that the
//! rest of the file is still understood.

mod schema;

use std::marker::PhantomData;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use super::diagnostic::{Code, Diagnostic};
use super::moment::{Day, Moment};
use super::source::{Source, Span};
use super::suggest::{list, suggest};
use super::yaml::{Key, Node, Value};
use schema::{alternatives, nullable, required, tags, types, words};

/// The form of `T`: what a file that holds one may say.
pub struct Form<T> {
    schema: Json,
    of: PhantomData<fn() -> T>,
}

impl<T: JsonSchema + DeserializeOwned> Form<T> {
    /// Derives the form from the type.
    pub fn new() -> Self {
        let generator = SchemaSettings::draft07().into_generator();
        Self {
            schema: generator.into_root_schema_for::<T>().to_value(),
            of: PhantomData,
        }
    }

    /// The form as a JSON Schema (draft-07).
    pub fn schema(&self) -> &Json {
        &self.schema
    }

    /// Reads `node` of `source`. The value is absent when something that the format
    /// requires is; the diagnostics say everything that was wrong.
    pub fn read(&self, source: &Source, node: &Node) -> (Option<T>, Vec<Diagnostic>) {
        let mut check = Check {
            root: &self.schema,
            source,
            found: Vec::new(),
        };
        let read = check.value(&self.schema, node);
        let mut found = check.found;
        let value = read.and_then(|json| match serde_json::from_value(json) {
            Ok(value) => Some(value),
            Err(fault) => {
                found.push(source.error(Code::WrongType, node.span, fault.to_string()));
                None
            }
        });
        (value, found)
    }
}

impl<T: JsonSchema + DeserializeOwned> Default for Form<T> {
    fn default() -> Self {
        Self::new()
    }
}

struct Check<'a> {
    root: &'a Json,
    source: &'a Source,
    found: Vec<Diagnostic>,
}

impl<'a> Check<'a> {
    /// The JSON that `node` means under `schema`; none when it means nothing there.
    fn value(&mut self, schema: &'a Json, node: &Node) -> Option<Json> {
        let schema = self.resolve(schema);
        if let Some(branches) = alternatives(schema) {
            return self.alternative(branches, node);
        }
        let types = types(schema);
        if node.is_null() && (types.is_empty() || types.contains(&"null")) {
            return Some(Json::Null);
        }
        if let Some(words) = words(schema) {
            return self.word(&words, node);
        }
        match (
            &node.value,
            types.iter().find(|name| **name != "null").copied(),
        ) {
            (_, None) => Some(untyped(node)),
            (Value::Map(pairs), Some("object")) => self.object(schema, pairs, node),
            (Value::List(items), Some("array")) => Some(self.array(schema, items)),
            (Value::Scalar { text, .. }, Some("string")) => self.string(schema, text, node),
            (
                Value::Scalar { text, plain: true },
                Some(kind @ ("integer" | "number" | "boolean")),
            ) => self.plain(kind, text, node),
            (_, Some(wanted)) => self.wrong_type(&[wanted], node),
        }
    }

    fn resolve(&self, schema: &'a Json) -> &'a Json {
        let target = schema
            .get("$ref")
            .or_else(|| {
                schema
                    .get("allOf")
                    .and_then(|all| all.get(0))
                    .and_then(|one| one.get("$ref"))
            })
            .and_then(Json::as_str)
            .and_then(|path| self.root.pointer(path.trim_start_matches('#')));
        match target {
            Some(target) => self.resolve(target),
            None => schema,
        }
    }

    fn alternative(&mut self, branches: &'a [Json], node: &Node) -> Option<Json> {
        let branches: Vec<&Json> = branches.iter().map(|branch| self.resolve(branch)).collect();
        if node.is_null() && branches.iter().any(|branch| types(branch) == ["null"]) {
            return Some(Json::Null);
        }
        if let Some(branch) = branches
            .iter()
            .find(|branch| self.fits(branch, node))
            .copied()
        {
            return self.value(branch, node);
        }
        let told = tags(&branches);
        match (node.get("type"), told.is_empty()) {
            (Some(tag), false) => self.word(&told, tag),
            (None, false) if matches!(node.value, Value::Map(_)) => {
                let help = Some(format!("use one of {}", list(&told)));
                self.error(
                    Code::MissingKey,
                    start(node.span),
                    "the key `type` is missing".to_owned(),
                    help,
                )
            }
            _ => {
                let wanted: Vec<&str> = branches.iter().flat_map(|branch| types(branch)).collect();
                self.wrong_type(&wanted, node)
            }
        }
    }

    /// Whether `node` is of the kind that `schema` describes, going by its shape and `type`.
    fn fits(&self, schema: &'a Json, node: &Node) -> bool {
        let schema = self.resolve(schema);
        if let Some(branches) = alternatives(schema) {
            return branches.iter().any(|branch| self.fits(branch, node));
        }
        let kind = match &node.value {
            Value::Map(_) => "object",
            Value::List(_) => "array",
            Value::Scalar { .. } => "string",
        };
        let types = types(schema);
        let of_kind = if kind == "string" {
            words(schema).is_some()
                || types
                    .iter()
                    .any(|name| ["string", "integer", "number", "boolean"].contains(name))
        } else {
            types.contains(&kind)
        };
        let tag = schema
            .pointer("/properties/type/const")
            .and_then(Json::as_str);
        let tagged = match (tag, node.get("type").map(|node| &node.value)) {
            (None, _) => true,
            (Some(tag), Some(Value::Scalar { text, .. })) => tag == text,
            (Some(_), _) => false,
        };
        of_kind && tagged
    }

    fn object(&mut self, schema: &'a Json, pairs: &[(Key, Node)], node: &Node) -> Option<Json> {
        let known = schema.get("properties").and_then(Json::as_object);
        let required = required(schema);
        let mut object = Map::new();
        let mut whole = true;
        for (key, node) in pairs {
            if let Some(schema) = known.and_then(|known| known.get(&key.text)) {
                if node.is_null()
                    && !required.contains(&key.text.as_str())
                    && !nullable(self.resolve(schema))
                {
                    continue;
                }
                match self.value(schema, node) {
                    Some(value) => {
                        object.insert(key.text.clone(), value);
                    }
                    None => whole &= !required.contains(&key.text.as_str()),
                }
            } else if let Some(value) = self.other_key(schema, known, key, node) {
                object.insert(key.text.clone(), value);
            }
        }
        for name in required {
            let present = pairs.iter().any(|(key, _)| key.text == name);
            if !present {
                whole = false;
                self.error(
                    Code::MissingKey,
                    start(node.span),
                    format!("the key `{name}` is missing"),
                    None,
                );
            }
        }
        whole.then_some(Json::Object(object))
    }

    /// A key that is not among the named ones: the user's own (`x-…`), one of a map
    /// whose keys are free, or a mistake.
    fn other_key(
        &mut self,
        schema: &'a Json,
        known: Option<&Map<String, Json>>,
        key: &Key,
        node: &Node,
    ) -> Option<Json> {
        if key.text.starts_with("x-") && schema.get("patternProperties").is_some() {
            return Some(untyped(node));
        }
        match schema.get("additionalProperties") {
            Some(Json::Bool(false)) => {
                let names = known
                    .into_iter()
                    .flat_map(Map::keys)
                    .map(String::as_str)
                    .filter(|name| !name.starts_with("x-"));
                let help = suggest(&key.text, names);
                self.error(
                    Code::UnknownKey,
                    key.span,
                    format!("the key `{}` is not known here", key.text),
                    help,
                )
            }
            Some(schema @ Json::Object(_)) => self.value(schema, node),
            _ => Some(untyped(node)),
        }
    }

    fn array(&mut self, schema: &'a Json, items: &[Node]) -> Json {
        let every = schema.get("items").unwrap_or(&Json::Bool(true));
        Json::Array(
            items
                .iter()
                .filter_map(|item| self.value(every, item))
                .collect(),
        )
    }

    fn string(&mut self, schema: &Json, text: &str, node: &Node) -> Option<Json> {
        let fault = match schema.get("format").and_then(Json::as_str) {
            Some("date-time") => Moment::parse(text).err(),
            Some("date") => Day::parse(text).err(),
            _ => None,
        };
        if let Some(fault) = fault {
            return self.error(
                Code::BadTime,
                node.span,
                fault.to_string(),
                Some(fault.help()),
            );
        }
        if schema.get("minLength").is_some() && text.trim().is_empty() {
            return self.error(
                Code::MissingKey,
                node.span,
                "the text is empty".to_owned(),
                None,
            );
        }
        if schema.get("pattern").is_some() && super::duration::Duration::parse(text).is_none() {
            let help = "write a number and a unit, such as `30m`, `24h` or `5d`".to_owned();
            return self.error(
                Code::BadDuration,
                node.span,
                format!("`{text}` is not a length of time"),
                Some(help),
            );
        }
        Some(Json::String(text.to_owned()))
    }

    fn plain(&mut self, kind: &str, text: &str, node: &Node) -> Option<Json> {
        let value = match kind {
            "boolean" => text.parse::<bool>().ok().map(Json::Bool),
            "integer" => text.parse::<i64>().ok().map(Json::from),
            _ => text
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite())
                .map(Json::from),
        };
        match value {
            Some(value) => Some(value),
            None => self.wrong_type(&[kind], node),
        }
    }

    fn word(&mut self, words: &[&str], node: &Node) -> Option<Json> {
        match &node.value {
            Value::Scalar { text, .. } if words.contains(&text.as_str()) => {
                Some(Json::String(text.clone()))
            }
            Value::Scalar { text, .. } => {
                let help = suggest(text, words.iter().copied());
                self.error(
                    Code::UnknownWord,
                    node.span,
                    format!("`{text}` is not among the words known here"),
                    help,
                )
            }
            _ => self.wrong_type(&["string"], node),
        }
    }

    fn wrong_type(&mut self, wanted: &[&str], node: &Node) -> Option<Json> {
        let wanted: Vec<&str> = wanted
            .iter()
            .filter(|name| **name != "null")
            .map(|name| said(name))
            .collect();
        let found = match &node.value {
            _ if node.is_null() => "nothing".to_owned(),
            Value::Scalar { text, .. } => {
                format!("`{}`", text.chars().take(40).collect::<String>())
            }
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
        };
        let span = if matches!(node.value, Value::Scalar { .. }) {
            node.span
        } else {
            start(node.span)
        };
        self.error(
            Code::WrongType,
            span,
            format!("expected {}, found {found}", wanted.join(" or ")),
            None,
        )
    }

    fn error(
        &mut self,
        code: Code,
        span: Span,
        message: String,
        help: Option<String>,
    ) -> Option<Json> {
        self.found
            .push(self.source.error(code, span, message).help_if(help));
        None
    }
}

/// Points at where a collection begins instead of underlining all of it.
fn start(span: Span) -> Span {
    Span {
        start: span.start,
        end: span.start,
    }
}

fn said(name: &str) -> &str {
    match name {
        "object" => "a mapping",
        "array" => "a list",
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        other => other,
    }
}

/// What a value means where no type is asked for (YAML 1.2 core schema).
pub fn untyped(node: &Node) -> Json {
    match &node.value {
        _ if node.is_null() => Json::Null,
        Value::Scalar { text, plain: false } => Json::String(text.clone()),
        Value::Scalar { text, plain: true } => match text.as_str() {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            _ => number(text).unwrap_or_else(|| Json::String(text.clone())),
        },
        Value::List(items) => Json::Array(items.iter().map(untyped).collect()),
        Value::Map(pairs) => Json::Object(
            pairs
                .iter()
                .map(|(key, node)| (key.text.clone(), untyped(node)))
                .collect(),
        ),
    }
}

fn number(text: &str) -> Option<Json> {
    let digits = text.trim_start_matches(['-', '+']);
    let canonical = digits.len() == 1 || !digits.starts_with('0') || digits.starts_with("0.");
    if !canonical || !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Json::from(whole));
    }
    text.parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
        .map(Json::from)
}
