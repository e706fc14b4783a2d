//! Words that YAML loses where a text is expected, without being at fault.
//!
//! `Job #12` is a text and a comment, `&and` names a place, `!bang` is a tag, and `>` makes
//! one line of a list. The file is whole, and says less than its author wrote. Each is told
//! with the line as it should be, where one line is enough; that the line says what was
//! written is tried before it is shown. Escapes in double quotation marks say what they say:
//! annals writes them itself.
//!
//! What is meant must stay free of warnings. A comment is one where two blanks stand before
//! `#` and one behind it, as linters of YAML want it; an anchor that something refers to is
//! an anchor; lines that `>` joins and that are prose are what `>` is for.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::quoting::{self, Parts};
use crate::text::source::{Source, Span};
use crate::text::yaml::{self, Key, Node, QUOTE, Value};

/// Keys whose texts are sentences, in which ` # ` may well be a number's sign.
const PROSE: [&str; 9] = [
    "title",
    "summary",
    "comment",
    "caption",
    "reason",
    "name",
    "subject",
    "body",
    "description",
];

/// Looks for lost words in one file.
pub(super) struct Lost<'a> {
    source: &'a Source,
    /// What its aliases refer to, once that is asked.
    aliases: OnceCell<BTreeSet<&'a str>>,
}

impl<'a> Lost<'a> {
    /// For the file `source`.
    pub(super) fn of(source: &'a Source) -> Self {
        Self {
            source,
            aliases: OnceCell::new(),
        }
    }

    /// What is lost of the text `node`, which stands under `key` or is an item of a list.
    pub(super) fn words(&self, key: Option<&Key>, node: &Node) -> Option<Diagnostic> {
        let Value::Scalar { plain, .. } = &node.value else {
            return None;
        };
        // What an alias stands for is told where it is written.
        if key.is_some_and(|key| node.span.start < key.span.end) {
            return None;
        }
        let begins = key.map_or(node.span.start, |key| key.span.start);
        let (number, start) = self.source.line_at(begins);
        let before = self.source.text().get(start..begins)?;
        // What stands in `[…]` or `{…}` behind something else ends before its line does. To
        // look at the line of each of thousands would be to read it as often.
        let is_inside = |c: char| !c.is_whitespace() && !matches!(c, '-' | '!' | '&' | '?');
        // Where nothing is left of a text, the parser's place of it is behind the comment.
        let is_gone = key.is_none() && node.span.start == node.span.end;
        let parts = match key {
            _ if !is_gone && before.contains(is_inside) => None,
            Some(key) => value(self.line(start)?, key.span.end.checked_sub(start)?, key),
            None => quoting::item(self.line(start)?),
        };
        let Some(parts) = parts else {
            return self
                .property_before(node)
                .or_else(|| self.comment_behind(key, node));
        };
        let written = Written {
            file: self,
            line: number,
            parts,
            node,
        };
        let quoted = parts.text.starts_with(['"', '\'']);
        let property = (!quoted).then(|| written.property()).flatten();
        property
            .or_else(|| self.property_before(node))
            .or_else(|| written.comment(*plain, quoted, key))
            .or_else(|| written.header())
            .or_else(|| self.comment_behind(key, node))
            .or_else(|| written.joined(*plain || quoted))
    }

    /// The line that begins with the byte `start`.
    fn line(&self, start: usize) -> Option<&'a str> {
        self.source.text().get(start..)?.lines().next()
    }

    /// A tag or an anchor right before a text, as they stand in lists on one line. Only the
    /// word before the text is read: a line with thousands of texts is read once.
    fn property_before(&self, node: &Node) -> Option<Diagnostic> {
        let before = self.source.text().get(..node.span.start)?.trim_end();
        let separates = |c: char| c.is_whitespace() || ",[{".contains(c);
        let start = before.rfind(separates).map_or(0, |at| at + 1);
        let first = before.get(start..)?;
        let what = self.taken_for(first)?;
        let end = start + first.len();
        let message = taken(first, what);
        let told = self.at(Span { start, end }, &message);
        Some(told.help("put the text in quotation marks"))
    }

    /// What YAML takes the first word of a text for; none where that is meant.
    fn taken_for(&self, first: &str) -> Option<&'static str> {
        if first.starts_with('!') && !first.starts_with("!!") {
            return Some("a tag");
        }
        let name = first.strip_prefix('&')?;
        (!self.refers_to(name)).then_some("an anchor")
    }

    /// A comment behind the end of a text in quotation marks, or of many lines: there it is
    /// meant where it stands as comments do.
    fn comment_behind(&self, key: Option<&Key>, node: &Node) -> Option<Diagnostic> {
        let Value::Scalar { plain, .. } = node.value else {
            return None;
        };
        let rest = self.source.text().get(node.span.end..)?;
        let bare = rest.trim_start_matches([' ', '\t']);
        let (blanks, start) = (
            rest.len() - bare.len(),
            node.span.end + rest.len() - bare.len(),
        );
        let comment = bare.strip_prefix('#')?.lines().next()?;
        let is_joined = is_joined(comment);
        if blanks == 0 || !is_lost(key.filter(|_| plain), blanks, is_joined) {
            return None;
        }
        let end = start + 1 + comment.trim_end().len();
        let message = ends_before(bare);
        Some(self.at(Span { start, end }, &message).help(COMMENT))
    }

    fn at(&self, span: Span, message: &str) -> Diagnostic {
        Diagnostic::warning(Code::LostWords, message).at(self.source.place(span))
    }

    /// Whether something in the file may refer to the anchor `name`.
    fn refers_to(&self, name: &str) -> bool {
        let aliases = self.aliases.get_or_init(|| {
            let stars = self.source.text().split('*').skip(1);
            let ends = |c: char| c.is_whitespace() || ",[]{}".contains(c);
            let named = stars.filter_map(|behind| behind.split(ends).next());
            named.collect()
        });
        aliases.contains(name)
    }
}

/// What stands on the line of a key behind it: the key ends before the byte `colon`.
fn value<'a>(line: &'a str, colon: usize, key: &Key) -> Option<Parts<'a>> {
    let rest = line.get(colon..)?.strip_prefix(':')?;
    // The value of a key within `{…}` ends before its line does.
    let before = line.get(..colon)?;
    if before.contains('{') && !key.text.contains('{') {
        return None;
    }
    let text = line.len() - rest.trim_start().len();
    Some(Parts {
        before: line.get(..text)?,
        text: line.get(text..)?.trim_end(),
        comment: "",
    })
}

/// A text as it stands in its file.
struct Written<'a, 'b> {
    file: &'b Lost<'a>,
    line: usize,
    parts: Parts<'b>,
    node: &'b Node,
}

impl Written<'_, '_> {
    /// A tag, or an anchor that nothing refers to: they vanish with what they are called.
    fn property(&self) -> Option<Diagnostic> {
        let first = self.parts.text.split_whitespace().next()?;
        let message = taken(first, self.file.taken_for(first)?);
        Some(self.told(&message, QUOTE, self.quoted()))
    }

    /// A comment that was to be text.
    fn comment(&self, plain: bool, quoted: bool, key: Option<&Key>) -> Option<Diagnostic> {
        let text = self.parts.text;
        let mark = match text.starts_with('#') {
            true if self.node.is_null() => 0,
            _ if quoted => self.behind_quotes()?,
            _ if !plain => return None,
            _ => text.find(" #").map(|blank| blank + 1)?,
        };
        let before = text.get(..mark)?;
        if !quoted && !self.ends_with(before.trim_end()) {
            return None;
        }
        let blanks = before.len() - before.trim_end().len();
        if !is_lost(
            key.filter(|_| !quoted),
            blanks,
            is_joined(text.get(mark + 1..)?),
        ) {
            return None;
        }
        let message = ends_before(text.get(mark..)?);
        Some(self.told(&message, COMMENT, self.quoted()))
    }

    /// Where in the text a comment behind its quotation marks begins.
    fn behind_quotes(&self) -> Option<usize> {
        let all = self.file.source.text();
        let rest = all.get(self.node.span.end..)?.lines().next()?;
        let bare = rest.trim_start();
        let is_comment = bare.starts_with('#') && bare.len() < rest.len();
        let lost = bare.trim_end().len();
        is_comment.then(|| self.parts.text.len().checked_sub(lost))?
    }

    /// Words behind the mark of a block, where only a comment may stand.
    fn header(&self) -> Option<Diagnostic> {
        let (marks, comment) = self.parts.text.split_once(" #")?;
        let is_block = marks.starts_with(['|', '>']) && is_joined(comment);
        if !is_block || marks.trim_end().contains(' ') {
            return None;
        }
        let message = ends_before(self.parts.text.get(marks.len() + 1..)?);
        let help = "put the text on the lines below, indented; a comment has a blank after `#`";
        Some(self.told(&message, help, None))
    }

    /// Whether the text that was read is `written`, so that what follows it is no part of it.
    fn ends_with(&self, written: &str) -> bool {
        let read = match &self.node.value {
            Value::Scalar { text, .. } => text.as_str(),
            _ => "",
        };
        written == read || (written.is_empty() && self.node.is_null())
    }

    /// A list, a heading or a table of which `>`, or a text that is no block, makes one line.
    fn joined(&self, flows: bool) -> Option<Diagnostic> {
        let folded = self.parts.text.starts_with('>');
        if !folded && !flows {
            return None;
        }
        let lines = self.lines()?;
        let deep = |line: &str| line.len() - line.trim_start().len();
        // A plain text begins on its key's line, which says nothing of how deep the others stand.
        let least = lines.iter().skip(usize::from(!folded));
        let least = least.filter(|line| !line.trim().is_empty());
        let least = least.map(|line| deep(line)).min()?;
        let joined = lines.windows(2).any(|pair| {
            let [above, line] = pair else { return false };
            let level = !folded || deep(line) == least;
            let breaks = begins_block(line.trim_start()) || is_heading(above.trim_start());
            let both = !above.trim().is_empty() && !line.trim().is_empty();
            both && level && breaks
        });
        if !joined {
            return None;
        }
        let message = "YAML makes one line of these, and the list in them is lost";
        let line = folded.then(|| {
            let header = self.parts.text.replacen('>', "|", 1);
            format!("{}{header}", self.parts.before)
        });
        let help = if folded {
            "`|` keeps lines as they are:"
        } else {
            "write `|` behind the key, and the text below it, indented"
        };
        Some(self.told(message, help, line))
    }

    /// The lines of the text, those of a block without its header and with their indentation:
    /// the parser's span of a block begins behind that of its first line.
    fn lines(&self) -> Option<Vec<&str>> {
        let (all, span) = (self.file.source.text(), self.node.span);
        let margin = all.get(..span.start)?.rfind('\n').map_or(0, |end| end + 1);
        let is_indentation = all.get(margin..span.start)?.trim().is_empty();
        let start = if is_indentation { margin } else { span.start };
        let body = all.get(start..span.end)?;
        let header = usize::from(body.starts_with('>'));
        Some(body.lines().skip(header).collect())
    }

    /// The line with the text in quotation marks, where it then says what was written. It is
    /// read by itself: a file with a thousand such lines would be read a thousand times.
    fn quoted(&self) -> Option<String> {
        let source = self.file.source;
        let (ends_on, _) = source.line_at(self.node.span.end);
        let line = self.parts.quoted();
        let is_whole = ends_on <= self.line && !source.line(self.line).text.is_empty();
        (is_whole && yaml::parse(&Source::new(source.path(), &line)).is_ok()).then_some(line)
    }

    fn told(&self, message: &str, help: &str, line: Option<String>) -> Diagnostic {
        let place = self.file.source.line(self.line);
        let column = self.parts.before.chars().count() + 1;
        let place = crate::text::diagnostic::Place {
            column,
            width: self.parts.text.chars().count().max(1),
            ..place
        };
        // What is too long to be shown is not shown as it should be either.
        let line = line.filter(|_| !place.text.is_empty());
        let told = Diagnostic::warning(Code::LostWords, message)
            .at(place)
            .help(help);
        line.into_iter().fold(told, Diagnostic::command)
    }
}

const COMMENT: &str =
    "put the text in quotation marks; a comment has two blanks before `#` and one after it";
fn taken(first: &str, what: &str) -> String {
    format!("YAML takes `{first}` for {what}, and leaves it out of the text")
}

/// Says where a text ends, of which `rest` is lost.
fn ends_before(rest: &str) -> String {
    let line = rest.lines().next().unwrap_or_default();
    let lost: String = line.trim_end().chars().take(40).collect();
    format!("the text ends before `{lost}`: YAML takes that for a comment")
}

/// Whether a word follows the mark of a comment without a blank.
fn is_joined(behind: &str) -> bool {
    behind.starts_with(|c: char| !c.is_whitespace() && c != '#')
}

/// Whether what YAML takes for a comment was to be text. `key` where the end of the text is
/// not marked, so that in prose even a blank behind `#` does not make a comment.
fn is_lost(key: Option<&Key>, blanks: usize, is_joined: bool) -> bool {
    let prose = key.is_some_and(|key| PROSE.contains(&key.text.as_str()));
    match (prose, is_joined) {
        (true, true) => true,
        (true, false) => blanks == 1,
        (false, joined) => joined && blanks <= 1,
    }
}

/// Whether Markdown would begin something with this line that no longer begins when it is
/// joined to the one above.
fn begins_block(line: &str) -> bool {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered =
        number.len() < line.len() && (number.starts_with(". ") || number.starts_with(") "));
    let marks = ["- ", "* ", "+ ", "> ", "|", "```", "~~~"];
    let marked = marks.iter().any(|mark| line.starts_with(mark));
    numbered || marked || is_heading(line) || is_rule(line)
}

/// Whether the line is a heading, which takes in what is joined to it.
fn is_heading(line: &str) -> bool {
    let text = line.trim_start_matches('#');
    (1..=6).contains(&(line.len() - text.len())) && text.starts_with(' ')
}

/// Whether the line divides: the head of a table, a heading above it, or what follows.
fn is_rule(line: &str) -> bool {
    let line = line.trim_end();
    let is_mark = |c: char| "-=|: ".contains(c);
    line.len() >= 3 && line.chars().all(is_mark) && line.contains(['-', '='])
}
