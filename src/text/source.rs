//! A file as text: its path, its words, and where a byte of it lies.
//!
//! Every message that annals gives about a file points into a [`Source`]. Nothing
//! here knows what the text means; the only faults found here are those of the
//! bytes themselves: not UTF-8, or left in the middle of a merge.

use std::sync::{Arc, OnceLock};

use super::diagnostic::{Code, Diagnostic, Place};

/// How long a line may be to be shown, in bytes.
const LONGEST_LINE: usize = 4_000;

/// A range of bytes in a [`Source`], end excluded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// A file's text under the path by which people know it.
///
/// Cloning is cheap: the text is shared.
#[derive(Clone, Debug)]
pub struct Source {
    path: Arc<str>,
    text: Arc<str>,
    /// Where each line begins, found once somebody asks: a file with many faults would
    /// otherwise be counted through from its start for each of them.
    lines: Arc<OnceLock<Vec<usize>>>,
}

impl Source {
    /// Takes in the bytes of the file at `path` (relative to the repository, with `/`).
    ///
    /// A byte order mark is dropped. Text that is not UTF-8, or that holds the
    /// markers of an unfinished merge, is an error of this one file.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self, Box<Diagnostic>> {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
            Err(fault) => return Err(Box::new(not_utf8(path, bytes, fault.valid_up_to()))),
        };
        let source = Self::new(path, text);
        match conflict_marker(text) {
            Some(span) => Err(Box::new(
                source
                    .error(
                        Code::ConflictMarkers,
                        span,
                        "the file holds the markers of an unfinished merge",
                    )
                    .help("keep what both sides appended, then delete the marker lines"),
            )),
            None => Ok(source),
        }
    }

    /// A source from text that is already at hand.
    pub fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
            lines: Arc::default(),
        }
    }

    /// The file as it is kept when nothing points into it: its path alone.
    #[must_use]
    pub fn without_text(&self) -> Self {
        Self {
            path: self.path.clone(),
            text: Arc::default(),
            lines: Arc::default(),
        }
    }

    /// The path, relative to the repository.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The part of the file at `span`, where it is: blank before it, nothing after it. So it
    /// may be read by itself, and what is wrong in it is told at its place in the file.
    #[must_use]
    pub fn only(&self, span: Span) -> Self {
        let (start, end) = (self.boundary(span.start), self.boundary(span.end));
        let before = self.text.get(..start).unwrap_or_default();
        let blank = before.chars().map(|c| if c == '\n' { c } else { ' ' });
        let part = self.text.get(start..end).unwrap_or_default();
        let text: String = blank.chain(part.chars()).collect();
        Self {
            path: self.path.clone(),
            text: text.into(),
            lines: Arc::default(),
        }
    }

    /// Where `span` lies: line and column, and the line itself.
    pub fn place(&self, span: Span) -> Place {
        let start = self.boundary(span.start);
        let (line, line_start) = self.line_at(start);
        let rest = self.text.get(line_start..).unwrap_or_default();
        let text = rest.lines().next().unwrap_or_default();
        let before = self.text.get(line_start..start).unwrap_or_default();
        let column = before.chars().count();
        let end = self
            .boundary(span.end.max(start))
            .min(line_start + text.len())
            .max(start);
        let width = self
            .text
            .get(start..end)
            .unwrap_or_default()
            .chars()
            .count();
        Place {
            path: self.path.to_string(),
            line,
            column: column + 1,
            width: width.max(1),
            // Thousands of faults on one long line would hold and draw it as often.
            text: Some(text)
                .filter(|text| text.len() <= LONGEST_LINE)
                .unwrap_or_default()
                .to_owned(),
            revision: None,
        }
    }

    /// The line in which `byte` lies, from 1, and the byte with which it begins.
    pub fn line_at(&self, byte: usize) -> (usize, usize) {
        let starts = self.line_starts();
        let line = starts.partition_point(|begin| *begin <= byte);
        let start = line.checked_sub(1).and_then(|index| starts.get(index));
        (line, start.copied().unwrap_or_default())
    }

    /// Where each line begins; the first always does.
    fn line_starts(&self) -> &[usize] {
        self.lines.get_or_init(|| {
            let breaks = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(breaks).collect()
        })
    }

    /// The line `line`, from 1, as a whole: what is not blank of it.
    pub fn line(&self, line: usize) -> Place {
        let begin = self.line_starts().get(line.saturating_sub(1)).copied();
        let start = begin.unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or_default();
        let text = rest.split('\n').next().unwrap_or_default();
        let bare = start + text.len() - text.trim_start().len();
        let end = start + text.trim_end().len();
        self.place(Span {
            start: bare.min(end),
            end,
        })
    }

    /// An error at `span` of this file.
    pub fn error(&self, code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, message).at(self.place(span))
    }

    /// A warning at `span` of this file.
    pub fn warning(&self, code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(code, message).at(self.place(span))
    }

    fn boundary(&self, byte: usize) -> usize {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        byte
    }
}

fn not_utf8(path: &str, bytes: &[u8], valid: usize) -> Diagnostic {
    let readable = bytes.get(..valid).unwrap_or_default();
    let line_start = readable
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let line = bytes.get(line_start..).unwrap_or_default();
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let before = String::from_utf8_lossy(readable.get(line_start..).unwrap_or_default());
    let place = Place {
        path: path.to_owned(),
        line: readable.split(|byte| *byte == b'\n').count(),
        column: before.chars().count() + 1,
        width: 1,
        text: String::from_utf8_lossy(line).into_owned(),
        revision: None,
    };
    Diagnostic::error(Code::NotUtf8, "the file is not UTF-8 text")
        .at(place)
        .help("save the file as UTF-8")
}

/// The first line that Git itself writes into a conflicted file.
///
/// A row of `=` alone is a Markdown heading, so only the opening and closing
/// markers count.
fn conflict_marker(text: &str) -> Option<Span> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if bare.starts_with("<<<<<<< ") || bare.starts_with(">>>>>>> ") {
            return Some(Span {
                start,
                end: start + bare.len(),
            });
        }
        start += line.len();
    }
    None
}
