//! Which names a payload template reads, and which of them do not exist.

use serde_json::Value as Json;

use super::lexer::{self, Piece, Tag};

/// A name that a template reads and that its data does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// What exists: `incident`; empty where the first word is unknown.
    pub of: String,
    /// What it does not have: `titel`.
    pub name: String,
    /// What it has instead.
    pub known: Vec<String>,
}

/// Words that are no names.
const KEYWORDS: &[&str] = &[
    "and",
    "or",
    "not",
    "in",
    "is",
    "if",
    "else",
    "elif",
    "for",
    "set",
    "set_global",
    "true",
    "True",
    "false",
    "False",
    "none",
    "None",
    "null",
    "loop",
    "endif",
    "endfor",
    "break",
    "continue",
];

/// The names that `template` reads and `data`, which has everything that can be there, does
/// not have. What the template itself asks for first (`if`, `is defined`, `default`) may be
/// missing.
pub fn unknown(template: &str, data: &Json) -> Vec<Unknown> {
    let pieces = lexer::pieces(template).unwrap_or_default();
    let tags: Vec<&Tag<'_>> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Tag(tag) => Some(tag),
            Piece::Text(_) => None,
        })
        .collect();
    let own: Vec<&str> = tags.iter().flat_map(|tag| made(tag)).collect();
    let read: Vec<Read<'_>> = tags.iter().flat_map(|tag| paths(tag)).collect();
    let asked: Vec<&[&str]> = read
        .iter()
        .filter(|read| read.is_asked)
        .map(|read| read.path.as_slice())
        .collect();
    let mut found = Vec::new();
    for Read { path, .. } in &read {
        let is_own = path.first().is_some_and(|first| own.contains(first));
        let may_miss = asked.iter().any(|asked| path.starts_with(asked));
        if let Some(unknown) = missing(path, data).filter(|_| !is_own && !may_miss)
            && !found.contains(&unknown)
        {
            found.push(unknown);
        }
    }
    found
}

/// A name that is read.
struct Read<'a> {
    path: Vec<&'a str>,
    /// Whether the template asks if it is there.
    is_asked: bool,
}

/// The names that a tag makes.
fn made<'a>(tag: &Tag<'a>) -> Vec<&'a str> {
    match tag.word() {
        "for" if tag.at(2) == "in" => vec![tag.at(1)],
        "for" => vec![tag.at(1), tag.at(3)],
        "set" | "set_global" => vec![tag.at(1)],
        _ => Vec::new(),
    }
}

fn paths<'a>(tag: &Tag<'a>) -> Vec<Read<'a>> {
    let asks = matches!(tag.word(), "if" | "elif");
    let mut found = Vec::new();
    for (place, token) in tag.tokens.iter().enumerate() {
        let before = place.checked_sub(1).map_or("", |place| tag.at(place));
        let is_test =
            before == "is" || (before == "not" && place >= 2 && tag.at(place - 2) == "is");
        let belongs = is_test || matches!(before, "." | "?." | "|");
        let is_called = matches!(tag.at(place + 1), "=" | "(");
        let is_name = token.is_word() && !KEYWORDS.contains(&token.text);
        if !is_name || belongs || is_called {
            continue;
        }
        let mut path = vec![token.text];
        let mut next = place + 1;
        while tag.at(next) == "." {
            path.push(tag.at(next + 1));
            next += 2;
        }
        let follows = (tag.at(next), tag.at(next + 1));
        let is_asked = asks || matches!(follows, ("is" | "?." | "?[", _) | ("|", "default"));
        found.push(Read { path, is_asked });
    }
    found
}

/// The first part of a path that `data` does not have.
fn missing(path: &[&str], data: &Json) -> Option<Unknown> {
    let mut value = data;
    for (place, name) in path.iter().enumerate() {
        let next = value.get(name);
        let Some(next) = next else {
            let known = value.as_object().into_iter().flatten();
            return Some(Unknown {
                of: path.get(..place).unwrap_or_default().join("."),
                name: (*name).to_owned(),
                known: known.map(|(name, _)| name.clone()).collect(),
            });
        };
        value = next;
    }
    None
}
