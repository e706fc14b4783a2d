//! Reading YAML into a type, guided by the type's own JSON Schema.
//!
//! The types of the format are described once; the schema made from them serves
//! editors (`annals schema`) and serves here as the form against which a file is
//! read. So every fault of a file is found in one pass, each at the word that is
//! wrong, and the schema cannot say anything else than the reader does. A value
//! that cannot be read is left out when the format allows its absence, so that the
//! rest of the file is still understood.

mod lost;
mod schema;

use std::marker::PhantomData;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use super::diagnostic::{Code, Diagnostic, Level};
use super::duration::Duration;
use super::moment::{Day, Moment};
use super::quoting;
use super::source::{Source, Span};
use super::suggest::{list, suggest};
use super::yaml::{self, Key, Node, Value};
use lost::Lost;
use schema::{Id, Kind, Others, Part, Parts, Text};

/// The form of `T`: what a file that holds one may say.
pub struct Form<T> {
    schema: Json,
    parts: Parts,
    of: PhantomData<fn() -> T>,
}

impl<T: JsonSchema + DeserializeOwned> Form<T> {
    /// Derives the form from the type.
    pub fn new() -> Self {
        let generator = SchemaSettings::draft07().into_generator();
        let schema = generator.into_root_schema_for::<T>().to_value();
        Self {
            parts: Parts::of(&schema),
            schema,
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
            parts: &self.parts,
            source,
            lost: Lost::of(source),
            found: Vec::new(),
        };
        let read = check.value(self.parts.whole(), node);
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
    parts: &'a Parts,
    source: &'a Source,
    lost: Lost<'a>,
    found: Vec<Diagnostic>,
}

impl<'a> Check<'a> {
    /// The JSON that `node` means as `part`; none when it means nothing there.
    fn value(&mut self, part: &'a Part, node: &Node) -> Option<Json> {
        if let Some(branches) = &part.branches {
            return self.alternative(branches, node);
        }
        let is_free = part.kinds.is_empty() && part.words.is_none();
        if node.is_null() && (is_free || part.kinds.contains(&Kind::Null)) {
            return Some(Json::Null);
        }
        if let Some(words) = &part.words {
            return self.word(words, node);
        }
        let mut kinds = part.kinds.iter().copied();
        match (&node.value, kinds.find(|kind| *kind != Kind::Null)) {
            (_, None) => Some(untyped(node)),
            (Value::Map(pairs), Some(Kind::Object)) => self.object(part, pairs, node),
            (Value::List(items), Some(Kind::Array)) => Some(self.array(part, items)),
            (Value::Scalar { text, .. }, Some(Kind::String)) => self.string(part.text, text, node),
            (
                Value::Scalar { text, plain: true },
                Some(kind @ (Kind::Integer | Kind::Number | Kind::Boolean)),
            ) => self.plain(kind, text, node),
            (_, Some(wanted)) => {
                let line = self.is_text(part).then(|| self.as_text(node)).flatten();
                self.wrong(&[wanted], node, line)
            }
        }
    }

    fn alternative(&mut self, branches: &'a [Id], node: &Node) -> Option<Json> {
        let parts = self.parts;
        let branches = || branches.iter().map(|id| parts.get(*id));
        if node.is_null() && branches().any(Part::is_null) {
            return Some(Json::Null);
        }
        if let Some(branch) = branches().find(|branch| self.fits(branch, node)) {
            return self.value(branch, node);
        }
        let told: Vec<&str> = branches().filter_map(|one| one.tag.as_deref()).collect();
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
                let wanted: Vec<Kind> = branches().flat_map(|one| one.kinds.clone()).collect();
                self.wrong_type(&wanted, node)
            }
        }
    }

    /// Whether `node` is of the kind that `part` describes, going by its shape and `type`.
    fn fits(&self, part: &Part, node: &Node) -> bool {
        if let Some(branches) = &part.branches {
            let mut branches = branches.iter().map(|id| self.parts.get(*id));
            return branches.any(|branch| self.fits(branch, node));
        }
        let of_kind = match &node.value {
            Value::Map(_) => part.kinds.contains(&Kind::Object),
            Value::List(_) => part.kinds.contains(&Kind::Array),
            Value::Scalar { .. } => {
                part.words.is_some() || part.kinds.iter().any(|kind| kind.is_plain())
            }
        };
        let tagged = match (&part.tag, node.get("type").map(|node| &node.value)) {
            (None, _) => true,
            (Some(tag), Some(Value::Scalar { text, .. })) => tag == text,
            (Some(_), _) => false,
        };
        of_kind && tagged
    }

    fn object(&mut self, part: &'a Part, pairs: &[(Key, Node)], node: &Node) -> Option<Json> {
        let mut object = Map::new();
        let mut whole = true;
        for (key, node) in pairs {
            if let Some(known) = part.key(&key.text).map(|id| self.parts.get(id)) {
                let is_required = part.requires(&key.text);
                if self.loses_all(known, Some(key), node) {
                    whole &= !is_required;
                    continue;
                }
                if node.is_null() && !is_required && !known.is_nullable {
                    continue;
                }
                match self.value(known, node) {
                    Some(value) => {
                        object.insert(key.text.clone(), value);
                    }
                    None => whole &= !is_required,
                }
            } else if let Some(value) = self.other_key(part, key, node) {
                object.insert(key.text.clone(), value);
            }
        }
        for name in &part.required {
            let present = pairs.iter().any(|(key, _)| key.text == *name);
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
    fn other_key(&mut self, part: &'a Part, key: &Key, node: &Node) -> Option<Json> {
        if key.text.starts_with("x-") && part.takes_own_keys {
            return Some(untyped(node));
        }
        match part.others {
            Others::Refused => {
                let names = part.keys.iter().map(|(name, _)| name.as_str());
                let help = suggest(&key.text, names.filter(|name| !name.starts_with("x-")));
                self.error(
                    Code::UnknownKey,
                    key.span,
                    format!("the key `{}` is not known here", key.text),
                    help,
                )
            }
            Others::Like(id) => {
                let every = self.parts.get(id);
                if self.lacks_value(key, node) || self.loses_all(every, Some(key), node) {
                    return None;
                }
                self.value(every, node)
            }
            Others::Free => Some(untyped(node)),
        }
    }

    fn array(&mut self, part: &'a Part, items: &[Node]) -> Json {
        let every = part.items.map(|id| self.parts.get(id));
        let item = |item| match every {
            Some(every) if self.loses_all(every, None, item) => None,
            Some(every) => self.value(every, item),
            None => Some(untyped(item)),
        };
        Json::Array(items.iter().filter_map(item).collect())
    }

    /// Tells of a key without a colon: in `{commander: Ana Ruiz, Bo}` the comma was to be text.
    fn lacks_value(&mut self, key: &Key, node: &Node) -> bool {
        let behind = self.source.text().get(key.span.end..).unwrap_or_default();
        let lacks = node.is_null() && !behind.trim_start().starts_with(':');
        if lacks {
            let name: String = key.text.chars().take(40).collect();
            let message = format!("YAML takes `{name}` for a key without a value");
            let help = "put a text that holds a comma in quotation marks".to_owned();
            self.error(Code::LostWords, key.span, message, Some(help));
        }
        lacks
    }

    /// Tells what YAML loses of a text under `key`, or of an item of a list. True where
    /// nothing of it is left, and that is said.
    fn loses_all(&mut self, part: &Part, key: Option<&Key>, node: &Node) -> bool {
        if !self.is_text(part) {
            return false;
        }
        let Some(lost) = self.lost.words(key, node) else {
            return false;
        };
        let all = node.is_null();
        self.found.push(Diagnostic {
            level: if all { Level::Error } else { Level::Warning },
            ..lost
        });
        all
    }

    /// Whether `part` is a text in people's own words.
    fn is_text(&self, part: &Part) -> bool {
        if let Some(branches) = &part.branches {
            let mut branches = branches.iter().map(|id| self.parts.get(*id));
            return branches.any(|branch| self.is_text(branch));
        }
        let free = matches!(part.text, Text::Free | Text::Filled);
        part.words.is_none() && free && part.kinds.contains(&Kind::String)
    }

    fn string(&mut self, wanted: Text, text: &str, node: &Node) -> Option<Json> {
        let fault = match wanted {
            Text::Moment => Moment::parse(text).err(),
            Text::Day => Day::parse(text).err(),
            Text::Free | Text::Filled | Text::Duration => None,
        };
        if let Some(fault) = fault {
            return self.error(
                Code::BadTime,
                node.span,
                fault.to_string(),
                Some(fault.help()),
            );
        }
        match wanted {
            Text::Filled if text.trim().is_empty() || node.is_null() => {
                let message = "the text is empty".to_owned();
                let help = "`null` and `~` mean nothing: in quotation marks they are texts";
                let help = (!text.trim().is_empty()).then(|| help.to_owned());
                self.error(Code::MissingKey, node.span, message, help)
            }
            Text::Duration if Duration::parse(text).is_none() => {
                let help = "write a number and a unit, such as `30m`, `24h` or `5d`".to_owned();
                let message = format!("`{text}` is not a length of time");
                self.error(Code::BadDuration, node.span, message, Some(help))
            }
            _ => Some(Json::String(text.to_owned())),
        }
    }

    fn plain(&mut self, kind: Kind, text: &str, node: &Node) -> Option<Json> {
        let value = match kind {
            Kind::Boolean => text.parse::<bool>().ok().map(Json::Bool),
            Kind::Integer => text.parse::<i64>().ok().map(Json::from),
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

    fn word(&mut self, words: &[impl AsRef<str>], node: &Node) -> Option<Json> {
        let words = words.iter().map(AsRef::as_ref);
        match &node.value {
            _ if node.is_null() => self.wrong_type(&[Kind::String], node),
            Value::Scalar { text, .. } if words.clone().any(|word| word == text) => {
                Some(Json::String(text.clone()))
            }
            Value::Scalar { text, .. } => {
                let help = suggest(text, words);
                self.error(
                    Code::UnknownWord,
                    node.span,
                    format!("`{text}` is not among the words known here"),
                    help,
                )
            }
            _ => self.wrong_type(&[Kind::String], node),
        }
    }

    fn wrong_type(&mut self, wanted: &[Kind], node: &Node) -> Option<Json> {
        self.wrong(wanted, node, None)
    }

    /// The same, with the line as it should be.
    fn wrong(&mut self, wanted: &[Kind], node: &Node, line: Option<String>) -> Option<Json> {
        let wanted = wanted.iter().filter(|kind| **kind != Kind::Null);
        let wanted: Vec<&str> = wanted.map(|kind| kind.said()).collect();
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
        let message = format!("expected {}, found {found}", wanted.join(" or "));
        let fault = self.source.error(Code::WrongType, span, message);
        self.found.push(match line {
            Some(line) => fault.help(yaml::QUOTE).command(line),
            None => fault,
        });
        None
    }

    /// The line on which a collection stands, as it should be if that is a text.
    fn as_text(&self, node: &Node) -> Option<String> {
        let (from, to) = (self.source.place(start(node.span)), end(node));
        let is_scalar = matches!(node.value, Value::Scalar { .. });
        if is_scalar || from.line != self.source.place(to).line {
            return None;
        }
        let behind = |line: &str, column: usize| {
            let at = line.char_indices().nth(column - 1).map(|(at, _)| at);
            line.split_at_checked(at?)
                .map(|(before, text)| (before.to_owned(), text.trim_end().to_owned()))
        };
        let (before, text) = behind(&from.text, from.column)?;
        let line = format!("{before}{}", quoting::quoted(&text));
        // Read by itself: a file with a thousand such lines would be read a thousand times.
        yaml::parse(&Source::new(self.source.path(), &line)).ok()?;
        Some(line)
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

/// Where the last word of a collection ends.
fn end(node: &Node) -> Span {
    match &node.value {
        Value::List(items) => items.last().map_or(start(node.span), end),
        Value::Map(pairs) => pairs.last().map_or(start(node.span), |(_, last)| end(last)),
        Value::Scalar { .. } => Span {
            start: node.span.end,
            end: node.span.end,
        },
    }
}

/// Points at where a collection begins instead of underlining all of it.
fn start(span: Span) -> Span {
    Span {
        start: span.start,
        end: span.start,
    }
}

impl Kind {
    /// Whether a word without quotes may be one.
    fn is_plain(self) -> bool {
        !matches!(self, Self::Object | Self::Array | Self::Null)
    }

    fn said(self) -> &'static str {
        match self {
            Self::Object => "a mapping",
            Self::Array => "a list",
            Self::String => "a text",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "`true` or `false`",
            Self::Null => "nothing",
        }
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
