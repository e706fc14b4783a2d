//! One file of the record, read.
//!
//! Content decides what a file is: a mapping with `declared_at` is an incident's, one
//! with `at` an entry's. A file that is neither, or both, is an error for that file
//! alone.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::layout;
use crate::incident::declaration::{Declaration, Visibility};
use crate::incident::entry::EntryForm;
use crate::incident::retrospective::{self, FrontMatter, Retrospective};
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::form::Form;
use crate::text::source::{Source, Span};
use crate::text::yaml::{self, Node, Value};

/// The largest file that is read, in bytes.
const LARGEST: usize = 8 << 20;

static DECLARATION: LazyLock<Form<Declaration>> = LazyLock::new(Form::new);
static ENTRY: LazyLock<Form<EntryForm>> = LazyLock::new(Form::new);
static FRONT_MATTER: LazyLock<Form<FrontMatter>> = LazyLock::new(Form::new);

/// What a file of the record is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Content {
    /// An incident's own file.
    Incident(Box<Declaration>),
    /// An entry.
    Entry(Box<EntryForm>),
    /// People's words about an incident.
    #[serde(skip)]
    Retrospective(Box<Retrospective>),
}

/// A file of the record and what it says.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The file.
    pub source: Source,
    /// What it says.
    pub content: Content,
}

/// What reading one file gave: a piece if it could be read, and what was wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What could be read.
    pub piece: Option<Piece>,
    /// What was wrong.
    pub found: Vec<Diagnostic>,
}

impl Reading {
    /// The faultless file at `path`, which says `content`, without its text.
    pub fn remembered(path: &str, content: Content) -> Self {
        let source = Source::new(path, "");
        Self {
            piece: Some(Piece { source, content }),
            found: Vec::new(),
        }
    }

    /// The same with an id for every entry inside an incident's file, made where none stands
    /// there: once, since making one is writing the entry out.
    #[must_use]
    pub fn with_ids(mut self) -> Self {
        let content = self.piece.as_mut().map(|piece| &mut piece.content);
        if let Some(Content::Incident(declaration)) = content {
            for form in &mut declaration.entries {
                form.id = Some(form.inline_id().into_owned());
            }
        }
        self
    }

    /// The same without the text of a faultless file: nothing points into it yet.
    #[must_use]
    pub fn forget_text(mut self) -> Self {
        if let Some(piece) = self.piece.as_mut().filter(|_| self.found.is_empty()) {
            piece.source = piece.source.without_text();
        }
        self
    }
}

/// Whether the file at `path` is read at all, or only kept for an entry that attaches it.
pub fn is_read(path: &str) -> bool {
    layout::is_yaml(path) || layout::name(path) == layout::RETROSPECTIVE
}

/// Reads the file at `path` (relative to the record's root).
pub fn read(path: &str, bytes: &[u8]) -> Reading {
    if bytes.len() > LARGEST {
        let message = format!(
            "the file has {} bytes; at most {LARGEST} are read",
            bytes.len()
        );
        let fault = Diagnostic::error(Code::TooLarge, message).in_file(path);
        return Reading {
            piece: None,
            found: vec![fault.help("attach large files instead")],
        };
    }
    let source = match Source::read(path, bytes) {
        Ok(source) => source,
        Err(fault) => {
            return Reading {
                piece: None,
                found: vec![*fault],
            };
        }
    };
    let mut reading = if layout::is_yaml(path) {
        read_yaml(&source)
    } else {
        read_retrospective(&source)
    };
    reading.found.extend(carriage_returns(&source));
    reading
}

fn read_yaml(source: &Source) -> Reading {
    let node = match yaml::parse(source) {
        Ok(node) => node,
        Err(fault) => {
            return Reading {
                piece: None,
                found: vec![*fault],
            };
        }
    };
    let (content, found) = match (node.get("declared_at"), node.get("at")) {
        (Some(_), None) => {
            let (value, found) = DECLARATION.read(source, &node);
            (value.map(|value| Content::Incident(Box::new(value))), found)
        }
        (None, Some(_)) => {
            let (value, found) = ENTRY.read(source, &node);
            (value.map(|value| Content::Entry(Box::new(value))), found)
        }
        (first, second) => (
            None,
            vec![neither_nor_both(source, &node, first.and(second))],
        ),
    };
    let content = content.map(|content| {
        if found.is_empty() {
            content
        } else {
            kept_internal(content)
        }
    });
    let piece = content.map(|content| Piece {
        source: source.clone(),
        content,
    });
    Reading { piece, found }
}

/// What could not be read whole is kept from the public: the word that was misspelt may
/// have been the one that marked it as internal.
fn kept_internal(mut content: Content) -> Content {
    match &mut content {
        Content::Incident(declaration) => declaration.visibility = Visibility::Internal,
        Content::Entry(entry) => entry.visibility = Some(Visibility::Internal),
        Content::Retrospective(retrospective) => {
            retrospective.front.visibility = Visibility::Internal;
        }
    }
    content
}

fn neither_nor_both(source: &Source, node: &Node, both: Option<&Node>) -> Diagnostic {
    if both.is_some() {
        let span = node.key("at").unwrap_or_default();
        return source
            .error(
                Code::NeitherNorBoth,
                span,
                "the file says both `declared_at` and `at`",
            )
            .help("an incident has `declared_at`, an entry has `at`: keep one");
    }
    let first = match &node.value {
        Value::Map(pairs) => pairs.first().map(|(key, _)| key.span).unwrap_or_default(),
        _ => Span {
            start: node.span.start,
            end: node.span.start,
        },
    };
    source
        .error(Code::NeitherNorBoth, first, "the file is neither an incident nor an entry")
        .help("an incident needs `declared_at`, an entry needs `at`; other files belong elsewhere, or to an entry that attaches them")
}

fn read_retrospective(source: &Source) -> Reading {
    let (retrospective, mut found) = Retrospective::read(source, &FRONT_MATTER);
    found.extend(retrospective::unclosed(source));
    let mut content = Content::Retrospective(Box::new(retrospective));
    if !found.is_empty() {
        content = kept_internal(content);
    }
    Reading {
        piece: Some(Piece {
            source: source.clone(),
            content,
        }),
        found,
    }
}

fn carriage_returns(source: &Source) -> Option<Diagnostic> {
    let first = source.text().find('\r')?;
    let at = first + source.text().get(first..)?.find("\r\n")?;
    let span = Span {
        start: at,
        end: at + 1,
    };
    Some(
        source
            .warning(
                Code::CarriageReturns,
                span,
                "the lines end in carriage returns",
            )
            .help("annals reads them and never writes them; set `* text=auto` in `.gitattributes`"),
    )
}

/// The forms of the record's files, by the name under which `annals schema` prints them.
pub fn schemas() -> [(&'static str, &'static serde_json::Value); 3] {
    [
        ("incident", DECLARATION.schema()),
        ("entry", ENTRY.schema()),
        ("retrospective", FRONT_MATTER.schema()),
    ]
}
