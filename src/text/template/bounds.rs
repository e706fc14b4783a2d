//! What bounds a payload template before it runs.
//!
//! A template stands in a pull request of anybody's, and `plan` renders it. Without bounds
//! two nested loops take a day, and `x ~ x` forty times takes all memory. A clock would make
//! the same template work here and fail there, so its structure is bounded instead: which
//! tags it may have, how many loops, how long its lists are. What remains is paid for in
//! steps, counted the same everywhere: a loop pays for all its rounds when it begins, and
//! an operator that may look at a whole text pays for the length of the longest one.

use super::BadTemplate;
use super::lexer::{self, Piece, Tag, Token};

/// How long the source of a template may be, in bytes.
const SOURCE: usize = 64 * 1024;
/// How many loops it may have.
const LOOPS: usize = 10;
/// How many of them may stand in one another.
const NESTED: usize = 2;
/// How many `elif` it may have: the parser goes one call deeper for each.
const BRANCHES: usize = 100;
/// How many brackets may stand in one another in a tag: each level of lists or maps may
/// double the backslashes of a text in it.
const BRACKETS: usize = 8;
/// The tags that it may have.
const TAGS: &[&str] = &[
    "if",
    "elif",
    "else",
    "endif",
    "for",
    "endfor",
    "break",
    "continue",
    "set",
    "set_global",
];
/// The operators and separators that may cost as much as the longest text is long.
const COSTLY: &[&str] = &[
    "~", "==", "!=", "<", ">", "<=", ">=", "in", "is", "|", ",", "...",
];
/// Those that compare, and are cheap where one side is short.
const COMPARING: &[&str] = &["==", "!=", "<", ">", "<=", ">="];
/// How long a text may be that a template makes, in kilobytes.
const MADE: u64 = 64;
/// The filters that make texts which may be longer than what they take.
const MAKING: &[&str] = &[
    "replace",
    "join",
    "indent",
    "str",
    "tojson",
    "json_encode",
    "escape",
    "escape_html",
    "escape_xml",
];
/// Up to how many bytes a literal is short.
const SHORT: usize = 100;
/// The filter to which a loop gives its list, and the one to which `set` gives its value.
pub(super) const ITEMS: &str = "annals_items";
/// See [`ITEMS`].
pub(super) const VALUE: &str = "annals_value";

/// A template that is bounded by its structure.
#[derive(Debug)]
pub(super) struct Bounded {
    /// Its source, in which every list of a loop and every value of a `set` passes a filter
    /// that looks at its size.
    pub(super) source: String,
    /// What it costs outside of loops.
    pub(super) cost: Cost,
}

/// What something costs each time it is done.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    /// In steps.
    pub(super) flat: u64,
    /// In steps for each kilobyte of the longest text.
    pub(super) deep: u64,
}

impl Cost {
    fn add(&mut self, other: Self) {
        self.flat = self.flat.saturating_add(other.flat);
        self.deep = self.deep.saturating_add(other.deep);
    }
}

/// Refuses what Tera's parser is not to be given: it calls itself once for each `elif`.
pub(super) fn before_parsing(source: &str) -> Result<(), BadTemplate> {
    if source.len() > SOURCE {
        return Err(BadTemplate::new(
            "a payload template cannot be longer than 64 kB",
        ));
    }
    refuse(
        source.matches("elif").count() > BRANCHES,
        "more than 100 `elif`",
    )
}

impl Bounded {
    /// Bounds `source`, which Tera has parsed.
    pub(super) fn of(source: &str) -> Result<Self, BadTemplate> {
        let unread = || BadTemplate::new("this template cannot be read");
        let pieces = lexer::pieces(source).ok_or_else(unread)?;
        let mut scan = Scan {
            makes: pieces.iter().any(makes_texts),
            scopes: vec![Scope::default()],
            ..Scan::default()
        };
        for piece in &pieces {
            match piece {
                Piece::Text(_) => scan.pay(Cost { flat: 1, deep: 0 }),
                Piece::Tag(tag) => scan.tag(tag)?,
            }
        }
        let top = scan.scopes.pop().unwrap_or_default();
        Ok(Self {
            source: inserted(source, scan.insertions),
            cost: top.cost,
        })
    }
}

/// `source` with texts put in at places, which are ordered.
fn inserted(source: &str, insertions: Vec<(usize, String)>) -> String {
    let mut result = String::with_capacity(source.len());
    let mut copied = 0;
    for (at, text) in insertions {
        result.push_str(source.get(copied..at).unwrap_or_default());
        result.push_str(&text);
        copied = at;
    }
    result.push_str(source.get(copied..).unwrap_or_default());
    result
}

/// A template as it is gone through.
#[derive(Default)]
struct Scan {
    insertions: Vec<(usize, String)>,
    /// Whether its operators may meet texts that it has made.
    makes: bool,
    /// The template itself, and the loops that are open.
    scopes: Vec<Scope>,
    loops: usize,
}

/// The template, or the body of a loop.
#[derive(Default)]
struct Scope {
    cost: Cost,
    /// Which insertion tells what a round costs, once that is known.
    price: usize,
}

impl Scan {
    fn pay(&mut self, mut cost: Cost) {
        if self.makes {
            cost.flat = cost.flat.saturating_add(cost.deep.saturating_mul(MADE));
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.cost.add(cost);
        }
    }

    fn tag(&mut self, tag: &Tag<'_>) -> Result<(), BadTemplate> {
        let word = tag.word();
        if !tag.prints && !TAGS.contains(&word) {
            return Err(BadTemplate::new(format!(
                "a payload template cannot have `{{% {word} %}}`"
            )));
        }
        words(tag)?;
        self.pay(cost(tag)?);
        match word {
            "for" => self.begin(tag),
            "endfor" => {
                self.end();
                Ok(())
            }
            "set" | "set_global" => self.set(tag),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, tag: &Tag<'_>) -> Result<(), BadTemplate> {
        self.loops += 1;
        refuse(self.loops > LOOPS, "more than ten loops")?;
        refuse(
            self.scopes.len() > NESTED,
            "more than two loops in one another",
        )?;
        let price = self.wrap(tag, list_of(tag));
        self.scopes.push(Scope {
            cost: Cost { flat: 1, deep: 0 },
            price,
        });
        Ok(())
    }

    /// The body of a loop is over: now it is known what a round of it costs.
    fn end(&mut self) {
        if self.scopes.len() < 2 {
            return;
        }
        let Some(Scope { cost, price }) = self.scopes.pop() else {
            return;
        };
        if let Some((_, text)) = self.insertions.get_mut(price) {
            let Cost { flat, deep } = cost;
            *text = format!(" ) | {ITEMS}(flat={flat}, deep={deep}) ");
        }
    }

    fn set(&mut self, tag: &Tag<'_>) -> Result<(), BadTemplate> {
        let global = tag.word() == "set_global" && self.scopes.len() > 1;
        refuse(global, "`set_global` in a loop")?;
        refuse(tag.at(2) != "=", "a `set` without `=`")?;
        self.wrap(tag, 3);
        Ok(())
    }

    /// Lets the expression that begins with a token pass a filter. Answers which insertion
    /// names that.
    fn wrap(&mut self, tag: &Tag<'_>, first: usize) -> usize {
        let start = tag.tokens.get(first).map_or(tag.end, |token| token.start);
        self.insertions.push((start, "( ".to_owned()));
        self.insertions.push((tag.end, format!(" ) | {VALUE} ")));
        self.insertions.len() - 1
    }
}

/// Whether a piece makes texts that an operator may meet.
fn makes_texts(piece: &Piece<'_>) -> bool {
    let Piece::Tag(tag) = piece else {
        return false;
    };
    matches!(tag.word(), "set" | "set_global")
        || tag.tokens.iter().any(|token| MAKING.contains(&token.text))
}

fn refuse(bad: bool, what: &str) -> Result<(), BadTemplate> {
    if bad {
        Err(BadTemplate::new(format!(
            "a payload template cannot have {what}"
        )))
    } else {
        Ok(())
    }
}

/// Refuses words that would loop inside an expression, or that are not for people.
fn words(tag: &Tag<'_>) -> Result<(), BadTemplate> {
    let tokens = &tag.tokens;
    let before = [None].into_iter().chain(tokens.iter().map(Some));
    for (before, token) in before.zip(tokens).skip(usize::from(!tag.prints)) {
        let attribute = before.is_some_and(|before| matches!(before.text, "." | "?."));
        let comprehends = token.text == "for" && !attribute;
        refuse(comprehends, "a list comprehension; write a loop")?;
        let own = token.text.starts_with("annals_") || token.text.starts_with("__");
        refuse(
            own && token.is_word() && !attribute,
            &format!("the name `{}`", token.text),
        )?;
    }
    Ok(())
}

/// What a tag costs each time. An expression of n operators may look at n texts, each of
/// them made of as many others.
fn cost(tag: &Tag<'_>) -> Result<Cost, BadTemplate> {
    let mut depth = 0_usize;
    for token in &tag.tokens {
        match token.text {
            "(" | "[" | "{" | "?[" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        refuse(depth > BRACKETS, "more than eight brackets in one another")?;
    }
    // `for key, value in` is no operator.
    let head = if tag.word() == "for" { list_of(tag) } else { 0 };
    let costly = tag.tokens.iter().enumerate().skip(head);
    let costly =
        costly.filter(|(place, token)| COSTLY.contains(&token.text) && !is_cheap(tag, *place));
    let costly = costly.count() as u64;
    Ok(Cost {
        flat: tag.tokens.len() as u64 + 1,
        deep: costly * (costly + 1) / 2,
    })
}

/// Where the list of a loop begins: `for item in …`, or `for key, value in …`.
fn list_of(tag: &Tag<'_>) -> usize {
    if tag.at(2) == "in" { 3 } else { 5 }
}

/// Whether this compares with a short literal: it ends where that does.
fn is_cheap(tag: &Tag<'_>, place: usize) -> bool {
    let short = |place: Option<usize>| {
        let token = place.and_then(|place| tag.tokens.get(place));
        token.is_some_and(|token: &Token<'_>| token.is_literal() && token.text.len() <= SHORT)
    };
    COMPARING.contains(&tag.at(place))
        && (short(place.checked_sub(1)) || short(place.checked_add(1)))
}
