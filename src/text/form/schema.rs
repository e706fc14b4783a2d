//! A JSON Schema taken apart, as far as the schemas of our own types go: what a file is
//! read against, without looking anything up in JSON for every word.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// The parts of a form; parts name each other by their numbers, since a form may hold itself.
pub(super) struct Parts {
    parts: Vec<Part>,
    anything: Part,
}

/// The number of a part.
pub(super) type Id = usize;

/// What one value may be.
#[derive(Clone, Default)]
pub(super) struct Part {
    /// The parts of which it may be any; none for one that is itself.
    pub branches: Option<Vec<Id>>,
    /// Of which kinds; none for any.
    pub kinds: Vec<Kind>,
    /// The words of an enumeration.
    pub words: Option<Vec<String>>,
    /// Whether a key set to nothing means something of its own here.
    pub is_nullable: bool,
    /// What a mapping holds.
    pub keys: Vec<(String, Id)>,
    /// The keys that it must have.
    pub required: Vec<String>,
    /// Whether it may have keys of the user's own, `x-…`.
    pub takes_own_keys: bool,
    /// What other keys hold.
    pub others: Others,
    /// The value of `type` by which it is told from others.
    pub tag: Option<String>,
    /// What a list holds.
    pub items: Option<Id>,
    /// What a text is.
    pub text: Text,
}

/// The kinds of values.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    Null,
}

/// What keys hold that are not named.
#[derive(Clone, Copy, Default)]
pub(super) enum Others {
    /// Anything.
    #[default]
    Free,
    /// There may be none.
    Refused,
    /// What that part says.
    Like(Id),
}

/// What a text is.
#[derive(Clone, Copy, Default)]
pub(super) enum Text {
    #[default]
    Free,
    /// Not nothing.
    Filled,
    Moment,
    Day,
    Duration,
}

impl Parts {
    /// Takes `schema` apart; the first part is the whole.
    pub(super) fn of(schema: &Json) -> Self {
        let mut taking = Taking {
            root: schema,
            parts: Vec::new(),
            named: BTreeMap::new(),
        };
        taking.part(schema);
        Self {
            parts: taking.parts,
            anything: Part::default(),
        }
    }

    pub(super) fn whole(&self) -> &Part {
        self.get(0)
    }

    pub(super) fn get(&self, id: Id) -> &Part {
        self.parts.get(id).unwrap_or(&self.anything)
    }
}

impl Part {
    /// Whether nothing is all that it can be.
    pub(super) fn is_null(&self) -> bool {
        self.kinds == [Kind::Null]
    }

    pub(super) fn key(&self, name: &str) -> Option<Id> {
        let mut keys = self.keys.iter();
        keys.find(|(key, _)| key == name).map(|(_, id)| *id)
    }

    pub(super) fn requires(&self, key: &str) -> bool {
        self.required.iter().any(|name| name == key)
    }
}

struct Taking<'a> {
    root: &'a Json,
    parts: Vec<Part>,
    /// The parts that others refer to, by where they stand.
    named: BTreeMap<&'a str, Id>,
}

impl<'a> Taking<'a> {
    fn part(&mut self, schema: &'a Json) -> Id {
        let Some(path) = reference(schema) else {
            return self.fill(schema);
        };
        if let Some(id) = self.named.get(path) {
            return *id;
        }
        match self.root.pointer(path.trim_start_matches('#')) {
            // What a reference leads to may lead on.
            Some(target) if reference(target).is_some() => self.part(target),
            Some(target) => {
                self.named.insert(path, self.parts.len());
                self.fill(target)
            }
            None => self.fill(schema),
        }
    }

    fn fill(&mut self, schema: &'a Json) -> Id {
        let id = self.parts.len();
        self.parts.push(Part::default());
        let part = Part {
            branches: alternatives(schema)
                .map(|all| all.iter().map(|one| self.part(one)).collect()),
            kinds: kinds(schema),
            words: words(schema),
            is_nullable: is_nullable(schema),
            keys: self.keys(schema),
            required: texts(schema.get("required")),
            takes_own_keys: schema.get("patternProperties").is_some(),
            others: match schema.get("additionalProperties") {
                Some(Json::Bool(false)) => Others::Refused,
                Some(like @ Json::Object(_)) => Others::Like(self.part(like)),
                _ => Others::Free,
            },
            tag: tag(schema),
            items: schema.get("items").map(|items| self.part(items)),
            text: text(schema),
        };
        if let Some(place) = self.parts.get_mut(id) {
            *place = part;
        }
        id
    }

    fn keys(&mut self, schema: &'a Json) -> Vec<(String, Id)> {
        let keys = schema.get("properties").and_then(Json::as_object);
        keys.into_iter()
            .flatten()
            .map(|(name, schema)| (name.clone(), self.part(schema)))
            .collect()
    }
}

/// Where what `schema` refers to stands.
fn reference(schema: &Json) -> Option<&str> {
    let of_all = || schema.pointer("/allOf/0/$ref");
    schema.get("$ref").or_else(of_all)?.as_str()
}

fn alternatives(schema: &Json) -> Option<&[Json]> {
    let branches = schema
        .get("anyOf")
        .or_else(|| schema.get("oneOf"))?
        .as_array()?;
    let only_words = branches
        .iter()
        .all(|branch| words(branch).is_some() && branch.get("properties").is_none());
    (!only_words).then_some(branches.as_slice())
}

fn kinds(schema: &Json) -> Vec<Kind> {
    let kind = |name: &str| match name {
        "object" => Some(Kind::Object),
        "array" => Some(Kind::Array),
        "string" => Some(Kind::String),
        "integer" => Some(Kind::Integer),
        "number" => Some(Kind::Number),
        "boolean" => Some(Kind::Boolean),
        "null" => Some(Kind::Null),
        _ => None,
    };
    match schema.get("type") {
        Some(Json::String(name)) => kind(name).into_iter().collect(),
        names => texts(names).iter().filter_map(|name| kind(name)).collect(),
    }
}

/// The words of an enumeration, however the schema lists them.
fn words(schema: &Json) -> Option<Vec<String>> {
    if let Some(word) = schema.get("const").and_then(Json::as_str) {
        return Some(vec![word.to_owned()]);
    }
    if schema.get("enum").is_some_and(Json::is_array) {
        return Some(texts(schema.get("enum")));
    }
    let branches = schema.get("oneOf")?.as_array()?;
    let lists: Option<Vec<Vec<String>>> = branches.iter().map(words).collect();
    lists.map(|lists| lists.into_iter().flatten().collect())
}

fn is_nullable(schema: &Json) -> bool {
    let of_kind = schema.get("type").is_none_or(|kind| {
        let kinds = kind.as_array();
        kinds.is_some_and(|kinds| kinds.contains(&Json::from("null")))
    });
    let of_branches = schema.get("anyOf").is_none_or(|any| {
        let mut any = any.as_array().into_iter().flatten();
        any.any(|one| kinds(one) == [Kind::Null])
    });
    let of_words = words(schema).is_none() || kinds(schema).contains(&Kind::Null);
    of_kind && of_branches && of_words
}

fn tag(schema: &Json) -> Option<String> {
    let tag = schema.pointer("/properties/type/const")?;
    tag.as_str().map(str::to_owned)
}

fn text(schema: &Json) -> Text {
    match schema.get("format").and_then(Json::as_str) {
        Some("date-time") => Text::Moment,
        Some("date") => Text::Day,
        _ if schema.get("minLength").is_some() => Text::Filled,
        _ if schema.get("pattern").is_some() => Text::Duration,
        _ => Text::Free,
    }
}

/// The texts of a list.
fn texts(list: Option<&Json>) -> Vec<String> {
    let list = list.and_then(Json::as_array).into_iter().flatten();
    list.filter_map(Json::as_str).map(str::to_owned).collect()
}
