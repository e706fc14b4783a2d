//! A value of a fact as a terminal shows it.

use serde_json::Value as Json;

use crate::text::plain;

/// The longest value that is shown, in characters.
const LONGEST: usize = 80;

/// A value in one short line.
pub(super) fn short(value: &Json) -> String {
    let line = plain::line(&said(value));
    if line.chars().count() <= LONGEST {
        return line;
    }
    line.chars().take(LONGEST - 1).chain(['…']).collect()
}

fn said(value: &Json) -> String {
    let name = |item: &Json| {
        let name = said(
            item.get("name")
                .or_else(|| item.get("id"))
                .or_else(|| item.get("title"))
                .unwrap_or(item),
        );
        match item.get("impact").and_then(Json::as_str) {
            None => name,
            Some(impact) => format!("{name} ({})", impact.replace('_', " ")),
        }
    };
    match value {
        Json::Null => "unknown".to_owned(),
        Json::String(text) => text.clone(),
        Json::Array(items) if items.is_empty() => "none".to_owned(),
        Json::Array(items) => items.iter().map(name).collect::<Vec<_>>().join(", "),
        Json::Object(map) => {
            let pairs = map
                .iter()
                .map(|(key, value)| format!("{key} {}", said(value)));
            pairs.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
