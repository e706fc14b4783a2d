//! Where a payload template prints into text of a form: JSON, XML, or a form's fields.
//!
//! A title is written by whoever declares the incident. Printed between the quotation marks
//! of JSON that was written by hand, `", "admin": true, "x": "` becomes part of it.

use serde::de::IgnoredAny;

use super::lexer::{self, Piece, Tag, Token};

/// The form of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// JSON.
    Json,
    /// XML or HTML.
    Xml,
    /// The fields of a form: `name=value&name=value`.
    Form,
}

/// Something that is printed into a text of a form, and may break out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// The form.
    pub shape: Shape,
    /// What is printed, as it is written.
    pub expression: String,
    /// Whether it is written as JSON and stands between quotation marks all the same.
    pub is_quoted_twice: bool,
}

/// Operators after which a filter holds for the last part of an expression alone.
const OPERATORS: &[&str] = &[
    "~", "if", "else", "and", "or", "not", "in", "is", "+", "-", "*", "/", "//", "%", "**", "==",
    "!=", "<", ">", "<=", ">=",
];
/// Filters that make a number of anything.
const COUNTING: &[&str] = &["length", "wordcount", "int", "float", "abs", "round"];
/// Names of what no person words freely.
const FIXED: &[&str] = &[
    "incident.id",
    "incident.kind",
    "incident.phase",
    "incident.active",
    "incident.sev",
    "incident.severity",
    "incident.status",
    "incident.visibility",
    "event.id",
    "event.occurred",
    "event.received",
    "firing.id",
    "firing.time",
];

/// The first thing that `template` prints into a text of a form without writing it in that
/// form.
pub fn breakable(template: &str) -> Option<Printed> {
    let pieces = lexer::pieces(template)?;
    let shape = shape(&pieces)?;
    let mut escaped: Vec<&str> = Vec::new();
    let mut is_quoted = false;
    for piece in &pieces {
        match piece {
            Piece::Text(text) => is_quoted = quoted(text, is_quoted),
            Piece::Tag(tag) if tag.prints => {
                let name = tag.tokens.len() == 1 && escaped.contains(&tag.at(0));
                let is_escaped = name || is_escaped(&tag.tokens, shape);
                let is_quoted_twice = shape == Shape::Json && is_escaped && is_quoted;
                if (!is_escaped && !is_fixed(&tag.tokens)) || is_quoted_twice {
                    return Some(Printed {
                        shape,
                        expression: written(template, tag),
                        is_quoted_twice,
                    });
                }
            }
            Piece::Tag(tag) => {
                let value = tag.tokens.get(3..).unwrap_or_default();
                let sets = matches!(tag.word(), "set" | "set_global");
                if sets && is_escaped(value, shape) {
                    escaped.push(tag.at(1));
                }
            }
        }
    }
    None
}

/// Whether `template` is written as JSON, whatever is printed into it: as such around what it
/// prints, or by printing nothing but a value as JSON.
pub fn writes_json(template: &str) -> bool {
    let Some(pieces) = lexer::pieces(template) else {
        return false;
    };
    let mut alone = pieces.iter().filter(|piece| match piece {
        Piece::Text(text) => !text.trim().is_empty(),
        Piece::Tag(tag) => tag.prints,
    });
    match (alone.next(), alone.next()) {
        (Some(Piece::Tag(tag)), None) => is_escaped(&tag.tokens, Shape::Json),
        (Some(Piece::Text(text)), None) => serde_json::from_str::<IgnoredAny>(text).is_ok(),
        _ => shape(&pieces) == Some(Shape::Json),
    }
}

fn written(template: &str, tag: &Tag<'_>) -> String {
    let start = tag.tokens.first().map_or(tag.end, |token| token.start);
    let expression = template.get(start..tag.end).unwrap_or_default();
    expression.trim().to_owned()
}

/// The form of the text around the tags, if it has one.
fn shape(pieces: &[Piece<'_>]) -> Option<Shape> {
    let texts = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text,
        // Something stands there, though it is not known what.
        Piece::Tag(tag) if tag.prints => "\u{fffc}",
        Piece::Tag(_) => "",
    });
    let text: String = texts.collect();
    let text = text.trim();
    let within = |start: char, end: char| text.starts_with(start) && text.ends_with(end);
    let second = text.chars().skip(1).find(|c| !c.is_whitespace());
    let second = second.unwrap_or_default();
    let key = text.match_indices('"').any(|(at, _)| {
        let rest = text.get(at + 1..).unwrap_or_default();
        rest.trim_start().starts_with(':')
    });
    let list = within('[', ']') && matches!(second, '{' | '"' | '[');
    if key || list || within('{', '}') {
        return Some(Shape::Json);
    }
    if within('<', '>') && (second.is_ascii_alphabetic() || matches!(second, '?' | '!')) {
        return Some(Shape::Xml);
    }
    let (name, _) = text.split_once('=')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-[]".contains(c);
    let fields = !name.is_empty() && name.chars().all(is_name);
    (fields && !text.contains(char::is_whitespace)).then_some(Shape::Form)
}

/// Whether the end of `text` stands between quotation marks, if its beginning does or not.
fn quoted(text: &str, before: bool) -> bool {
    let (mut inside, mut escaped) = (before, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => inside = !inside,
            _ => {}
        }
    }
    inside
}

/// Whether an expression is written as a whole in the form that it stands in.
fn is_escaped(tokens: &[Token<'_>], shape: Shape) -> bool {
    let filters: &[&str] = match shape {
        Shape::Json => &["tojson", "json_encode"],
        Shape::Xml => &["escape", "escape_html", "escape_xml"],
        Shape::Form => &["urlencode"],
    };
    last_filter(tokens).is_some_and(|filter| filters.contains(&filter))
}

/// The filter through which an expression passes last, as a whole.
fn last_filter<'a>(tokens: &[Token<'a>]) -> Option<&'a str> {
    let mut depth = 0_usize;
    let mut last = None;
    let mut before = "";
    for token in tokens {
        match token.text {
            "(" | "[" | "{" | "?[" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            text if depth == 0 && OPERATORS.contains(&text) => return None,
            text if depth == 0 && before == "|" => last = Some(text),
            _ => {}
        }
        before = token.text;
    }
    last
}

/// Whether an expression can only be what no person words freely.
fn is_fixed(tokens: &[Token<'_>]) -> bool {
    if last_filter(tokens).is_some_and(|filter| COUNTING.contains(&filter)) {
        return true;
    }
    let texts: Vec<&str> = tokens.iter().map(|token| token.text).collect();
    match (texts.as_slice(), tokens) {
        ([_], [one]) => one.is_literal(),
        ([_, "if", .., "else", _], [one, .., other]) => one.is_literal() && other.is_literal(),
        (["loop", ".", _], _) => true,
        (texts, _) => {
            let path = texts.concat();
            let is_path = texts.iter().skip(1).step_by(2).all(|dot| *dot == ".");
            let names_time = path.starts_with("incident.") && path.ends_with("_at");
            is_path && (FIXED.contains(&path.as_str()) || names_time)
        }
    }
}
