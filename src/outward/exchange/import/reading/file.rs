//! A whole file: its text, its JSON, its front matter.
//!
//! A file that cannot be read is one exception of that file; the others are read.

use serde_json::{Value as Json, json};

use super::super::exception::What;
use super::{Object, Reading};
use crate::text::front_matter;
use crate::text::source::Source;
use crate::text::yaml::{self, Node, Value};

impl Reading<'_> {
    /// The text of a file, with `\n` at the ends of its lines.
    pub(in super::super) fn file_text(&mut self, bytes: &[u8]) -> Option<String> {
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                let text = text.strip_prefix('\u{feff}').unwrap_or(text);
                Some(text.replace("\r\n", "\n").replace('\r', "\n"))
            }
            Err(fault) => {
                self.unreadable(bytes, &fault.to_string());
                None
            }
        }
    }

    /// What a file of JSON holds.
    pub(in super::super) fn file_json(&mut self, bytes: &[u8]) -> Option<Json> {
        match serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)) {
            Ok(json) => Some(json),
            Err(fault) => {
                self.unreadable(bytes, &fault.to_string());
                None
            }
        }
    }

    /// The front matter of a Markdown file, as if it were JSON, and the words below it.
    pub(in super::super) fn front_matter(&mut self, bytes: &[u8]) -> Option<(Object, String)> {
        let text = self.file_text(bytes)?;
        let Some((front, body)) = front_matter::split(&text) else {
            let first = json!(text.lines().next());
            self.except(What::ForeignFile, "no front matter", &first);
            return None;
        };
        let parsed = yaml::parse(&Source::new(self.file, front));
        match parsed.map(|node| json_of(&node)) {
            Ok(Json::Object(matter)) => Some((matter, body.to_owned())),
            Ok(other) => {
                self.except(What::ForeignFile, "the front matter is no mapping", &other);
                None
            }
            Err(fault) => {
                self.unreadable(bytes, &fault.message);
                None
            }
        }
    }

    /// Lists the file as one that cannot be read.
    pub(in super::super) fn unreadable(&mut self, bytes: &[u8], why: &str) {
        self.except(What::UnreadableFile, why, &json!({"bytes": bytes.len()}));
    }
}

/// A tree of YAML as JSON. Words stay the words that were written: what `2024-09-24` or
/// `0123` means is for whoever asks for them; `true` and `false` alone are not words.
fn json_of(node: &Node) -> Json {
    match &node.value {
        Value::Scalar { .. } if node.is_null() => Json::Null,
        Value::Scalar { text, plain } => match text.as_str() {
            "true" if *plain => Json::Bool(true),
            "false" if *plain => Json::Bool(false),
            _ => json!(text),
        },
        Value::List(items) => items.iter().map(json_of).collect(),
        Value::Map(pairs) => {
            let pairs = pairs
                .iter()
                .map(|(key, node)| (key.text.clone(), json_of(node)));
            Json::Object(pairs.collect())
        }
    }
}
