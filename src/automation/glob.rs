//! Shell globs over a whole value, as the rules of automations know them.
//!
//! `*` is any run of characters, `?` exactly one, `[abc]`, `[a-z]` and `[!abc]` one
//! of a class; an unclosed `[` and every other character mean themselves. There is
//! no escape character. Case counts, and line breaks are characters like others.
//! The meaning of odd classes is that of Python's `fnmatch`, which the engine of
//! Prefect uses.

use std::str::Chars;

/// A glob, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glob {
    /// What means itself, up to the first character that does not.
    beginning: String,
    /// What follows.
    tokens: Vec<Token>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// `*`
    Any,
    /// `?`
    One,
    /// A character that means itself.
    Exactly(char),
    /// `[…]`: whether it is negated, and its ranges.
    Class(bool, Vec<(char, char)>),
}

impl Token {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Any | Self::One => true,
            Self::Exactly(wanted) => *wanted == c,
            Self::Class(negated, ranges) => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *negated
            }
        }
    }
}

impl Glob {
    pub(super) fn new(pattern: &str) -> Self {
        let end = pattern.find(['*', '?', '[']).unwrap_or(pattern.len());
        let (beginning, mut rest) = pattern.split_at(end);
        let mut tokens = Vec::new();
        while let Some(c) = rest.chars().next() {
            let after = rest.get(c.len_utf8()..).unwrap_or_default();
            rest = after;
            tokens.push(match c {
                '*' => Token::Any,
                '?' => Token::One,
                '[' => match class(after) {
                    Some((token, beyond)) => {
                        rest = beyond;
                        token
                    }
                    None => Token::Exactly('['),
                },
                c => Token::Exactly(c),
            });
        }
        Self {
            beginning: beginning.to_owned(),
            tokens,
        }
    }

    /// Whether the glob takes in the whole of `text`.
    pub(super) fn matches(&self, text: &str) -> bool {
        let rest = text.strip_prefix(&self.beginning);
        rest.is_some_and(|rest| self.takes(rest))
    }

    /// Whether what follows the beginning takes in the whole of `text`.
    fn takes(&self, text: &str) -> bool {
        let (mut rest, mut token) = (text.chars(), 0);
        let last = self.tokens.len().saturating_sub(1);
        // Where the last `*` stands, and what follows what it has taken.
        let mut star: Option<(usize, Chars<'_>)> = None;
        loop {
            let mut after = rest.clone();
            let Some(c) = after.next() else { break };
            match self.tokens.get(token) {
                Some(Token::Any) if token == last => return true,
                Some(Token::Any) => {
                    star = Some((token, rest.clone()));
                    token += 1;
                    continue;
                }
                Some(one) if one.takes(c) => {
                    rest = after;
                    token += 1;
                    continue;
                }
                _ => {}
            }
            // The last `*` takes one character more.
            let Some((place, beyond)) = star.as_mut() else {
                return false;
            };
            beyond.next();
            rest = beyond.clone();
            token = *place + 1;
        }
        let mut left = self.tokens.iter().skip(token);
        left.all(|token| *token == Token::Any)
    }
}

/// The class that begins after a `[`, and what follows it; none when it is not closed.
fn class(text: &str) -> Option<(Token, &str)> {
    let (negated, body) = match text.strip_prefix('!') {
        Some(body) => (true, body),
        None => (false, text),
    };
    // A `]` in the first place is a member.
    let first = usize::from(body.starts_with(']'));
    let end = first + body.get(first..)?.find(']')?;
    let members: Vec<char> = body.get(..end)?.chars().collect();
    let token = Token::Class(negated, ranges(&members));
    Some((token, body.get(end + 1..)?))
}

/// The ranges of a class; one that runs backwards holds nothing.
fn ranges(members: &[char]) -> Vec<(char, char)> {
    let mut ranges = Vec::new();
    let mut rest = members;
    loop {
        rest = match rest {
            [] => return ranges,
            [from, '-', to, beyond @ ..] => {
                ranges.push((*from, *to));
                beyond
            }
            [only, beyond @ ..] => {
                ranges.push((*only, *only));
                beyond
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_takes_in_the_whole_value() {
        let table = [
            ("a.b", "a.b", true),
            ("a.b", "a.bc", false),
            ("a.b", "axb", false),
            ("a.*", "a.", true),
            ("a.*", "a.b/c\nd", true),
            ("*b*d", "abcd", true),
            ("*b*d", "abcde", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a*b*c*d*e", &"abcd".repeat(50), false),
            ("", "", true),
            ("", "a", false),
            ("**", "", true),
            ("ABC", "abc", false),
            ("ü?", "üß", true),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(
                Glob::new(pattern).matches(text),
                expected,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn classes_are_those_of_fnmatch() {
        let table = [
            ("[abc]", "b", true),
            ("[a-c]", "b", true),
            ("[!a-c]", "b", false),
            ("[!a-c]", "d", true),
            ("[a-c-e]", "-", true),
            ("[a-c-e]", "d", false),
            ("[a-]", "-", true),
            ("[-a]", "-", true),
            ("[]a]", "]", true),
            ("[!]a]", "]", false),
            ("[z-a]", "m", false),
            ("[!z-a]", "m", true),
            ("[", "[", true),
            ("[ab", "[ab", true),
            ("[!]", "[!]", true),
            ("[^a]", "^", true),
            ("[*]", "*", true),
            ("[*]", "x", false),
            ("[]", "[]", true),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(
                Glob::new(pattern).matches(text),
                expected,
                "{pattern} {text}"
            );
        }
    }
}
