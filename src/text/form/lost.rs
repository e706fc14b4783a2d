//! Words that YAML loses where a text is expected, without being at fault.
//!
//! `Job #12` is a text and a comment, `&and` names a place, `!bang` is a tag, and `>` makes
//! one line of a list. The file is whole, and says less than its author wrote. Each is told
//! with the line as it should be, where one line is enough; that the line says what was
//! written is tried before it is shown.
//!
//! What is meant must stay free of warnings. A comment is one where two blanks stand before
//! `#` and one behind it, as linters of YAML want it; an anchor that something refers to is
//! an anchor; lines that `>` joins and that are prose are what `>` is for.

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

/// What is lost of the text `node`, which stands under `key` or is an item of a list.
pub(super) fn words(source: &Source, key: Option<&Key>, node: &Node) -> Option<Diagnostic> {
    let Value::Scalar { plain, .. } = &node.value else {
        return None;
    };
    let from = key.map_or(node.span.start, |key| key.span.end);
    let place = source.place(Span {
        start: from,
        end: from,
    });
    let parts = match key {
        Some(key) => value(&place.text, place.column, key)?,
        None => quoting::item(&place.text)?,
    };
    let written = Written {
        source,
        line: place.line,
        parts,
        node,
    };
    if parts.text.starts_with(['"', '\'']) {
        return None;
    }
    written
        .property()
        .or_else(|| written.comment(*plain, key))
        .or_else(|| written.joined(*plain))
}

/// What stands on the line of a key behind it: the key ends before `column`, from 1.
fn value<'a>(line: &'a str, column: usize, key: &Key) -> Option<Parts<'a>> {
    let colon = line.char_indices().nth(column.checked_sub(1)?)?.0;
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
struct Written<'a> {
    source: &'a Source,
    line: usize,
    parts: Parts<'a>,
    node: &'a Node,
}

impl Written<'_> {
    /// A tag, or an anchor that nothing refers to: they vanish with what they are called.
    fn property(&self) -> Option<Diagnostic> {
        let first = self.parts.text.split_whitespace().next()?;
        let what = if first.starts_with('!') && !first.starts_with("!!") && first != "!" {
            "a tag"
        } else {
            let name = first.strip_prefix('&')?;
            let alias = format!("*{name}");
            if self.source.text().contains(&alias) {
                return None;
            }
            "an anchor"
        };
        let message = format!("YAML takes `{first}` for {what}, and leaves it out of the text");
        Some(self.told(&message, QUOTE, self.quoted()))
    }

    /// A comment that was to be text.
    fn comment(&self, plain: bool, key: Option<&Key>) -> Option<Diagnostic> {
        let text = self.parts.text;
        let mark = match text.starts_with('#') {
            true if self.node.is_null() => 0,
            _ if !plain => return None,
            _ => text.find(" #").map(|blank| blank + 1)?,
        };
        let before = text.get(..mark)?;
        if !self.ends_with(before.trim_end()) {
            return None;
        }
        let blanks = before.len() - before.trim_end().len();
        let is_joined = text
            .get(mark + 1..)?
            .starts_with(|c: char| !c.is_whitespace() && c != '#');
        let prose = key.is_some_and(|key| PROSE.contains(&key.text.as_str()));
        let meant = match (prose, is_joined) {
            (true, true) => true,
            (true, false) => blanks == 1,
            (false, joined) => joined && blanks <= 1,
        };
        if !meant {
            return None;
        }
        let lost: String = text.get(mark..)?.chars().take(40).collect();
        let message = format!("the text ends before `{lost}`: YAML takes that for a comment");
        let help =
            "put the text in quotation marks; a comment has two blanks before `#` and one after it";
        Some(self.told(&message, help, self.quoted()))
    }

    /// Whether the text that was read is `written`, so that what follows it is no part of it.
    fn ends_with(&self, written: &str) -> bool {
        let read = match &self.node.value {
            Value::Scalar { text, .. } => text.as_str(),
            _ => "",
        };
        written == read || (written.is_empty() && self.node.is_null())
    }

    /// A list, a heading or a table of which `>`, or a text without marks, makes one line.
    fn joined(&self, plain: bool) -> Option<Diagnostic> {
        let folded = self.parts.text.starts_with('>');
        if !folded && !plain {
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
            !above.trim().is_empty() && level && begins_block(line.trim_start())
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
        let (all, span) = (self.source.text(), self.node.span);
        let margin = all.get(..span.start)?.rfind('\n').map_or(0, |end| end + 1);
        let is_indentation = all.get(margin..span.start)?.trim().is_empty();
        let start = if is_indentation { margin } else { span.start };
        let body = all.get(start..span.end)?;
        let header = usize::from(body.starts_with('>'));
        Some(body.lines().skip(header).collect())
    }

    /// The line with the text in quotation marks, where the file then says what was written.
    fn quoted(&self) -> Option<String> {
        let line = self.parts.quoted();
        let changed = quoting::with_line(self.source, self.line, &line);
        let changed = Source::new(self.source.path(), &changed);
        yaml::parse(&changed).is_ok().then_some(line)
    }

    fn told(&self, message: &str, help: &str, line: Option<String>) -> Diagnostic {
        let place = self.source.line(self.line);
        let column = self.parts.before.chars().count() + 1;
        let place = crate::text::diagnostic::Place {
            column,
            width: self.parts.text.chars().count().max(1),
            ..place
        };
        let told = Diagnostic::warning(Code::LostWords, message)
            .at(place)
            .help(help);
        line.into_iter().fold(told, Diagnostic::command)
    }
}

/// Whether Markdown would begin something with this line that no longer begins when it is
/// joined to the one above.
fn begins_block(line: &str) -> bool {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered =
        number.len() < line.len() && (number.starts_with(". ") || number.starts_with(") "));
    let marks = ["- ", "* ", "+ ", "> ", "| ", "```", "# ", "## ", "### "];
    numbered || marks.iter().any(|mark| line.starts_with(mark))
}
