//! A payload template in pieces, as Tera's own lexer cuts it.
//!
//! Tera does not show its syntax tree, and what bounds a template must be known before it
//! runs. So its source is cut here by the same rules: delimiters, raw blocks, comments,
//! strings. Only what Tera has parsed already is cut, so nothing here reports a mistake.

/// A piece of a template.
#[derive(Debug, PartialEq)]
pub(super) enum Piece<'a> {
    /// What is printed as it stands.
    Text(&'a str),
    /// `{{ … }}` or `{% … %}`.
    Tag(Tag<'a>),
}

/// A tag, cut into tokens.
#[derive(Debug, PartialEq)]
pub(super) struct Tag<'a> {
    /// Whether it prints an expression: `{{ … }}`.
    pub(super) prints: bool,
    /// What stands in it.
    pub(super) tokens: Vec<Token<'a>>,
    /// Where its closing delimiter begins, in bytes.
    pub(super) end: usize,
}

/// A word, a literal or an operator of a tag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Token<'a> {
    /// As it is written.
    pub(super) text: &'a str,
    /// Where it begins, in bytes.
    pub(super) start: usize,
}

impl<'a> Tag<'a> {
    /// The token at a place.
    pub(super) fn at(&self, index: usize) -> &'a str {
        self.tokens.get(index).map_or("", |token| token.text)
    }

    /// The word that says what the tag does; none for one that prints.
    pub(super) fn word(&self) -> &'a str {
        if self.prints { "" } else { self.at(0) }
    }
}

impl Token<'_> {
    /// Whether it is a name or a keyword.
    pub(super) fn is_word(&self) -> bool {
        self.text
            .starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
    }

    /// Whether it is a string, a number or a truth value.
    pub(super) fn is_literal(&self) -> bool {
        let begins = |c: char| c.is_ascii_digit() || matches!(c, '"' | '\'' | '`');
        self.text.starts_with(begins)
            || matches!(
                self.text,
                "true" | "True" | "false" | "False" | "none" | "None" | "null"
            )
    }
}

/// The pieces of `source`; none where Tera would not take it either.
pub(super) fn pieces(source: &str) -> Option<Vec<Piece<'_>>> {
    let mut cursor = Cursor { source, at: 0 };
    let mut pieces = Vec::new();
    while !cursor.rest().is_empty() {
        pieces.push(cursor.piece()?);
    }
    Some(pieces)
}

struct Cursor<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    /// Goes on by so many bytes, and answers what lies between.
    fn take(&mut self, bytes: usize) -> &'a str {
        let taken = self.rest().get(..bytes).unwrap_or_default();
        self.at += taken.len();
        taken
    }

    /// The next piece; an empty text for a comment.
    fn piece(&mut self) -> Option<Piece<'a>> {
        let rest = self.rest();
        if rest.starts_with("{{") {
            return self.tag(true).map(Piece::Tag);
        }
        if rest.starts_with("{%") {
            return self.raw_or_tag();
        }
        if rest.starts_with("{#") {
            self.open();
            let end = self.rest().find("#}")?;
            self.take(end + 2);
            return Some(Piece::Text(""));
        }
        let starts = ["{{", "{%", "{#"];
        let end = starts.iter().filter_map(|start| rest.find(start)).min();
        Some(Piece::Text(self.take(end.unwrap_or(rest.len()))))
    }

    /// Passes an opening delimiter, and the `-` that trims what stands before it.
    fn open(&mut self) {
        self.take(2);
        if self.rest().starts_with('-') {
            self.take(1);
        }
    }

    /// The text of a raw block, if one begins here, else a tag.
    fn raw_or_tag(&mut self) -> Option<Piece<'a>> {
        let start = self.at;
        self.open();
        let Some(tag) = keyword(self.rest(), "raw") else {
            self.at = start;
            return self.tag(false).map(Piece::Tag);
        };
        self.take(tag);
        let body = self.at;
        loop {
            let next = self.rest().find("{%")?;
            self.take(next);
            let end = self.at;
            self.take(2);
            if let Some(tag) = keyword(self.rest(), "endraw") {
                self.take(tag);
                let text = self.source.get(body..end).unwrap_or_default();
                return Some(Piece::Text(text));
            }
        }
    }

    fn tag(&mut self, prints: bool) -> Option<Tag<'a>> {
        self.open();
        let close = if prints { "}}" } else { "%}" };
        let mut tokens = Vec::new();
        loop {
            let blank = self.rest().find(|c: char| !c.is_ascii_whitespace())?;
            self.take(blank);
            let (rest, end) = (self.rest(), self.at);
            let trimmed = rest.strip_prefix('-').unwrap_or(rest);
            if trimmed.starts_with(close) {
                self.take(rest.len() - trimmed.len() + 2);
                return Some(Tag {
                    prints,
                    tokens,
                    end,
                });
            }
            let start = self.at;
            let text = self.take(length(rest)?);
            tokens.push(Token { text, start });
        }
    }
}

/// How long `-? WORD -? %}` is, where `text` begins with it.
fn keyword(text: &str, word: &str) -> Option<usize> {
    let blank = |c: char| c.is_ascii_whitespace();
    let rest = text.strip_prefix('-').unwrap_or(text);
    let rest = rest.trim_start_matches(blank).strip_prefix(word)?;
    let rest = rest.trim_start_matches(blank);
    let rest = rest.strip_prefix('-').unwrap_or(rest).strip_prefix("%}")?;
    Some(text.len() - rest.len())
}

/// How long the token is with which `text` begins.
fn length(text: &str) -> Option<usize> {
    const LONG: [&str; 10] = ["...", "//", "**", "==", "!=", ">=", "<=", "</", "?.", "?["];
    if let Some(long) = LONG.iter().find(|long| text.starts_with(**long)) {
        return Some(long.len());
    }
    let first = text.chars().next()?;
    match first {
        '"' | '\'' | '`' => string(text, first),
        '0'..='9' => Some(number(text)),
        'a'..='z' | 'A'..='Z' | '_' => {
            let other = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
            Some(text.find(other).unwrap_or(text.len()))
        }
        _ if "+-*/%!.,:~|=><()[]{}@".contains(first) => Some(1),
        _ => None,
    }
}

/// How long a string is, quotes included.
fn string(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// How long a number is: digits, and one point among them.
fn number(text: &str) -> usize {
    let mut point = false;
    let other = |c: char| {
        let first_point = c == '.' && !point;
        point = point || c == '.';
        !(c.is_ascii_digit() || first_point)
    };
    text.find(other).unwrap_or(text.len())
}
