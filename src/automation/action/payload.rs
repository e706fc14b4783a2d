//! What a request says, before and after its templates are filled.
//!
//! A payload that is a value rather than a text is filled text by text and only then
//! written as JSON, so that no quotation mark in a title can break it.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::text::template::places;
use crate::text::template::{BadTemplate, Filling};

/// What kind of bytes a request says that it sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// JSON.
    Json,
    /// Words.
    #[default]
    Text,
}

impl Content {
    /// The value of the header `content-type`.
    pub fn header(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Text => "text/plain; charset=utf-8",
        }
    }
}

/// What a request says: a template, or a value whose texts are templates.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// A text.
    Text(String),
    /// Sent as JSON, whatever its texts turn into.
    Json(Json),
}

impl Payload {
    /// What a file says: a text is a template, anything else is JSON.
    pub(super) fn of(value: Option<&Json>) -> Self {
        match value {
            None | Some(Json::Null) => Self::Text(String::new()),
            Some(Json::String(text)) => Self::Text(text.clone()),
            Some(other) => Self::Json(other.clone()),
        }
    }

    /// Renders its templates over `data`.
    pub fn fill(&self, data: &Json) -> Result<String, BadTemplate> {
        let mut filling = Filling::new(data)?;
        match self {
            Self::Text(text) => filling.fill(text),
            Self::Json(value) => Ok(filled(value, &mut filling)?.to_string()),
        }
    }

    /// What kind of bytes that makes: as it was written, whatever people's words turn it into.
    pub fn content(&self) -> Content {
        match self {
            Self::Text(text) if !places::writes_json(text) => Content::Text,
            Self::Text(_) | Self::Json(_) => Content::Json,
        }
    }
}

fn filled(value: &Json, filling: &mut Filling) -> Result<Json, BadTemplate> {
    Ok(match value {
        Json::String(text) => Json::String(filling.fill(text)?),
        Json::Array(items) => Json::Array(
            items
                .iter()
                .map(|item| filled(item, filling))
                .collect::<Result<_, _>>()?,
        ),
        Json::Object(pairs) => Json::Object(
            pairs
                .iter()
                .map(|(key, value)| Ok((key.clone(), filled(value, filling)?)))
                .collect::<Result<_, BadTemplate>>()?,
        ),
        other => other.clone(),
    })
}
