//! A whole file: its text, its JSON, its front matter.
//!
//! A file that cannot be read is one exception of that file; the others are read.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde_json::{Value as Json, json};

use super::super::exception::What;
use super::{Object, Reading};
use crate::text::front_matter;
use crate::text::source::Source;
use crate::text::yaml::{self, Node, Value};

impl Reading<'_> {
    /// The text of a file, with `\n` at the ends of its lines.
    pub(in super::super) fn file_text(&mut self, bytes: &[u8]) -> Option<String> {
        match decoded(bytes) {
            Ok(text) => Some(text.replace("\r\n", "\n").replace('\r', "\n")),
            Err(fault) => {
                self.unreadable(bytes, &fault);
                None
            }
        }
    }

    /// What a file of JSON holds.
    pub(in super::super) fn file_json(&mut self, bytes: &[u8]) -> Option<Json> {
        let read = decoded(bytes).and_then(|text| match serde_json::from_str(&text) {
            Ok(Json::Null) => Err("it holds `null` and nothing else".to_owned()),
            Ok(json) => Ok(json),
            Err(fault) => Err(no_json(&text, &fault)),
        });
        match read {
            Ok(json) => Some(json),
            Err(fault) => {
                self.unreadable(bytes, &fault);
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

/// The text that `bytes` are: UTF-8, or UTF-16 that says so by its first two bytes.
fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    let wide = |read: fn([u8; 2]) -> u16, rest: &[u8]| {
        let units = rest.chunks(2).map(|unit| match unit {
            [first, second] => Ok(read([*first, *second])),
            _ => Err(()),
        });
        let units: Result<Vec<u16>, ()> = units.collect();
        let text = units.ok().and_then(|units| String::from_utf16(&units).ok());
        let damaged = || "it says it is UTF-16 and is not, or was cut short".to_owned();
        text.map(Cow::Owned).ok_or_else(damaged)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => wide(u16::from_be_bytes, rest),
        [0xef, 0xbb, 0xbf, rest @ ..] => narrow(rest),
        _ => narrow(bytes),
    }
}

fn narrow(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    let text = std::str::from_utf8(bytes).map(Cow::Borrowed);
    text.map_err(|fault| {
        let at = fault.valid_up_to();
        let other = if bytes.iter().take(64).filter(|byte| **byte == 0).count() > 16 {
            "UTF-16LE"
        } else {
            "ISO-8859-1"
        };
        format!("it is not UTF-8 (byte {at}): convert it with `iconv -f {other} -t UTF-8`, if that is what it is")
    })
}

/// Why a text is no JSON, by what it looks like instead.
fn no_json(text: &str, fault: &serde_json::Error) -> String {
    let text = text.trim_start();
    let lines = || {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        lines.clone().count() > 1
            && lines.all(|line| serde_json::from_str::<IgnoredAny>(line).is_ok())
    };
    if text.is_empty() {
        "it is empty".to_owned()
    } else if text.starts_with('<') {
        "it is HTML or XML, perhaps an error page that was saved instead of the answer".to_owned()
    } else if fault.is_eof() {
        format!("it was cut short: {fault}")
    } else if lines() {
        "it holds one JSON value a line; put them into one list: `jq -s .`".to_owned()
    } else {
        format!("it is not JSON: {fault}")
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
