//! What a JSON Schema says, as far as the schemas of our own types say it.

use serde_json::Value as Json;

pub(super) fn alternatives(schema: &Json) -> Option<&[Json]> {
    let branches = schema
        .get("anyOf")
        .or_else(|| schema.get("oneOf"))?
        .as_array()?;
    let only_words = branches
        .iter()
        .all(|branch| words(branch).is_some() && branch.get("properties").is_none());
    (!only_words).then_some(branches.as_slice())
}

pub(super) fn types(schema: &Json) -> Vec<&str> {
    match schema.get("type") {
        Some(Json::String(name)) => vec![name.as_str()],
        Some(Json::Array(names)) => names.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The words of an enumeration, however the schema lists them.
pub(super) fn words(schema: &Json) -> Option<Vec<&str>> {
    if let Some(word) = schema.get("const").and_then(Json::as_str) {
        return Some(vec![word]);
    }
    if let Some(words) = schema.get("enum").and_then(Json::as_array) {
        return Some(words.iter().filter_map(Json::as_str).collect());
    }
    let branches = schema.get("oneOf")?.as_array()?;
    let lists: Option<Vec<Vec<&str>>> = branches.iter().map(words).collect();
    lists.map(|lists| lists.into_iter().flatten().collect())
}

pub(super) fn required(schema: &Json) -> Vec<&str> {
    schema
        .get("required")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect()
}

/// Whether a key set to nothing means something of its own here.
pub(super) fn nullable(schema: &Json) -> bool {
    schema.get("type").is_none_or(|kind| {
        kind.as_array()
            .is_some_and(|kinds| kinds.contains(&Json::from("null")))
    }) && schema.get("anyOf").is_none_or(|any| {
        any.as_array()
            .is_some_and(|any| any.iter().any(|one| types(one) == ["null"]))
    })
}

/// The values of `type` by which the branches of a tagged union are told apart.
pub(super) fn tags<'a>(branches: &[&'a Json]) -> Vec<&'a str> {
    branches
        .iter()
        .filter_map(|branch| {
            branch
                .pointer("/properties/type/const")
                .and_then(Json::as_str)
        })
        .collect()
}
