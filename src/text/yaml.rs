//! YAML in and out: the one file that names the YAML crate.
//!
//! Reading gives a tree in which every key and value knows its bytes, so that a
//! message can point at the word that is wrong; what a plain word such as `no`
//! means is left to whoever knows which type belongs there. Writing produces the
//! small, diff-friendly YAML of annals' own files. Depth and size are bounded, also
//! after aliases are followed.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_yaml::granit_parser::{Event, Parser, ScalarStyle, Span as Marks};

use super::diagnostic::{Code, Diagnostic};
use super::quoting;
use super::source::{Source, Span};

/// How deep a file may nest.
const DEPTH: usize = 64;
/// How many values a file may hold once its aliases are followed.
const NODES: usize = 100_000;
/// How many bytes of text a file may hold once its aliases are followed.
const BYTES: usize = 32 << 20;

/// A value of a YAML file, and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its bytes in the file.
    pub span: Span,
    /// What it is.
    pub value: Value,
    /// How much it holds, itself included.
    size: Size,
}

/// How much a node holds: values, and bytes of text.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    nodes: usize,
    bytes: usize,
}

impl Size {
    fn of(text: &str) -> Self {
        Self {
            nodes: 1,
            bytes: text.len(),
        }
    }

    fn add(&mut self, other: Self) {
        self.nodes += other.nodes;
        self.bytes += other.bytes;
    }
}

/// What a [`Node`] is.
#[derive(Clone, Debug)]
pub enum Value {
    /// A word, a number, a text: as written, untyped.
    Scalar {
        /// The text after YAML's own escapes.
        text: String,
        /// Whether it stood without quotes, so that `null` or `12` may mean more than text.
        plain: bool,
    },
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in file order.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key.
    pub text: String,
    /// Its bytes in the file.
    pub span: Span,
}

impl Node {
    /// The value under `key`, when this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(pairs) => pairs
                .iter()
                .find(|(known, _)| known.text == key)
                .map(|(_, node)| node),
            _ => None,
        }
    }

    /// The bytes of `key` itself, when this is a mapping that has it.
    pub fn key(&self, key: &str) -> Option<Span> {
        match &self.value {
            Value::Map(pairs) => pairs
                .iter()
                .find(|(known, _)| known.text == key)
                .map(|(known, _)| known.span),
            _ => None,
        }
    }

    /// The item at `index`, when this is a list that has it.
    pub fn item(&self, index: usize) -> Option<&Self> {
        match &self.value {
            Value::List(items) => items.get(index),
            _ => None,
        }
    }

    /// Whether the value is absent in YAML's sense: nothing, `~` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null"))
    }
}

/// Reads the one document of `source`. A line that cannot be read only because its text
/// lacks quotation marks is told as it should be.
pub fn parse(source: &Source) -> Result<Node, Box<Diagnostic>> {
    read(source).map_err(|fault| match mended(source, &fault) {
        Some(line) => Box::new(fault.help(QUOTE).command(line)),
        None => fault,
    })
}

/// What to do with a text that YAML takes for something else.
pub const QUOTE: &str = "put the text in quotation marks:";

/// The line that would let the file be read, or at least beyond the fault.
fn mended(source: &Source, fault: &Diagnostic) -> Option<String> {
    let place = fault.place.as_ref()?;
    if fault.code != Code::YamlSyntax {
        return None;
    }
    // The line above may be the one: what it opens is missed only on the next.
    [place.line, place.line.saturating_sub(1)]
        .into_iter()
        .filter(|number| *number > 0)
        .find_map(|number| {
            let line = source.line(number).text;
            let tried = quoting::lines(&line).into_iter().filter(|new| *new != line);
            let mut tried = tried.take(TRIED);
            tried.find(|new| {
                let changed = Source::new(source.path(), &quoting::with_line(source, number, new));
                match read(&changed) {
                    Ok(_) => true,
                    Err(next) => next.place.is_some_and(|next| next.line > place.line),
                }
            })
        })
}

/// How many ways of writing one line are tried.
const TRIED: usize = 6;

fn read(source: &Source) -> Result<Node, Box<Diagnostic>> {
    let mut reader = Reader {
        source,
        open: Vec::new(),
        anchors: BTreeMap::new(),
        total: Size::default(),
        root: None,
    };
    let mut documents = 0;
    for event in Parser::new_from_str(source.text()) {
        let (event, marks) = event.map_err(|fault| Box::new(syntax(source, &fault)))?;
        if let Event::DocumentStart(..) = event {
            documents += 1;
            if documents > 1 {
                let message = "the file holds a second YAML document";
                let fault = source.error(Code::YamlDocuments, span_of(marks), message);
                return Err(Box::new(fault.help("one file, one document: delete the `---` or move the rest to a file of its own")));
            }
        }
        reader.take(event, marks)?;
    }
    Ok(reader.root.unwrap_or(Node {
        span: Span::default(),
        value: Value::Scalar {
            text: String::new(),
            plain: true,
        },
        size: Size::of(""),
    }))
}

/// A collection whose end has not been reached yet.
struct Open {
    node: Node,
    anchor: usize,
    key: Option<Key>,
    seen: BTreeMap<String, Span>,
}

struct Reader<'a> {
    source: &'a Source,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    total: Size,
    root: Option<Node>,
}

impl Reader<'_> {
    fn take(&mut self, event: Event<'_>, marks: Marks) -> Result<(), Box<Diagnostic>> {
        let span = span_of(marks);
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let size = Size::of(&text);
                self.count(size, span)?;
                let plain = style == ScalarStyle::Plain;
                let value = Value::Scalar {
                    text: text.into_owned(),
                    plain,
                };
                self.close(Node { span, value, size }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => self.start(span, Value::List(Vec::new()), anchor),
            Event::MappingStart(_, anchor, _) => self.start(span, Value::Map(Vec::new()), anchor),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(mut open) => {
                    open.node.span.end = open.node.span.end.max(span.end);
                    self.close(open.node, open.anchor)
                }
                None => Ok(()),
            },
            Event::Alias(anchor) => self.alias(anchor, span),
            _ => Ok(()),
        }
    }

    /// Puts in what an alias names, having made sure that it fits.
    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Box<Diagnostic>> {
        let Some(size) = self.anchors.get(&anchor).map(|node| node.size) else {
            let message = "an alias stands inside what it names";
            return Err(Box::new(self.source.error(Code::YamlSyntax, span, message)));
        };
        self.count(size, span)?;
        match self.anchors.get(&anchor).cloned() {
            Some(node) => self.close(node, 0),
            None => Ok(()),
        }
    }

    /// Counts what joins the tree, and refuses what is too much before it is made.
    fn count(&mut self, size: Size, span: Span) -> Result<(), Box<Diagnostic>> {
        self.total.add(size);
        let message = if self.total.nodes > NODES {
            format!("the file holds more than {NODES} values once its aliases are followed")
        } else if self.total.bytes > BYTES {
            format!("the file holds more than {BYTES} bytes once its aliases are followed")
        } else {
            return Ok(());
        };
        Err(Box::new(self.source.error(Code::TooComplex, span, message)))
    }

    fn start(&mut self, span: Span, value: Value, anchor: usize) -> Result<(), Box<Diagnostic>> {
        if self.open.len() >= DEPTH {
            let message = format!("the file nests deeper than {DEPTH} levels");
            return Err(Box::new(self.source.error(Code::TooComplex, span, message)));
        }
        let size = Size::of("");
        self.count(size, span)?;
        let node = Node { span, value, size };
        self.open.push(Open {
            node,
            anchor,
            key: None,
            seen: BTreeMap::new(),
        });
        Ok(())
    }

    /// Puts a whole node where it belongs: into the open collection, or at the root.
    fn close(&mut self, node: Node, anchor: usize) -> Result<(), Box<Diagnostic>> {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        parent.node.size.add(node.size);
        match (&mut parent.node.value, parent.key.take()) {
            (Value::List(items), _) => items.push(node),
            (Value::Map(pairs), Some(key)) => pairs.push((key, node)),
            (Value::Map(_), None) => {
                let key = key_of(self.source, node)?;
                if let Some(first) = parent.seen.insert(key.text.clone(), key.span) {
                    return Err(Box::new(duplicate(self.source, &key, first)));
                }
                parent.key = Some(key);
            }
            (Value::Scalar { .. }, _) => {}
        }
        Ok(())
    }
}

fn key_of(source: &Source, node: Node) -> Result<Key, Box<Diagnostic>> {
    match node.value {
        Value::Scalar { text, .. } if text == "<<" => {
            let fault = source.error(
                Code::YamlSyntax,
                node.span,
                "merge keys (`<<`) are not followed",
            );
            Err(Box::new(fault.help("write the keys out")))
        }
        Value::Scalar { text, .. } => Ok(Key {
            text,
            span: node.span,
        }),
        _ => {
            let fault = source.error(Code::YamlSyntax, node.span, "a key must be a word");
            Err(Box::new(
                fault.help("quote the key, or mend the line above it"),
            ))
        }
    }
}

fn duplicate(source: &Source, key: &Key, first: Span) -> Diagnostic {
    source
        .error(
            Code::DuplicateKey,
            key.span,
            format!("the key `{}` stands here twice", key.text),
        )
        .because(source.place(first), "first here")
        .help("keep one of them")
}

fn span_of(marks: Marks) -> Span {
    let start = marks.start.byte_offset().unwrap_or_default();
    let end = marks.end.byte_offset().unwrap_or(start);
    Span {
        start,
        end: end.max(start),
    }
}

fn syntax(source: &Source, fault: &serde_yaml::granit_parser::ScanError) -> Diagnostic {
    let start = fault
        .marker()
        .byte_offset()
        .unwrap_or_else(|| source.text().len());
    let said = fault.to_string();
    let said = said.split(" at byte ").next().unwrap_or(&said);
    let said = said.split(" at char ").next().unwrap_or(said);
    let message = format!("this is not YAML: {said}");
    let code = if said.contains("recursion") {
        Code::TooComplex
    } else {
        Code::YamlSyntax
    };
    source.error(
        code,
        Span {
            start,
            end: start + 1,
        },
        message,
    )
}

/// A value that cannot be written as YAML. Values of annals' own types always can.
#[derive(Debug, thiserror::Error)]
#[error("cannot be written as YAML: {0}")]
pub struct Unwritable(String);

/// Writes `value` as annals writes its files: block style, literal texts (`|`) for
/// many lines, items indented under their key, times without quotes.
pub fn write<T: Serialize>(value: &T) -> Result<String, Unwritable> {
    let options = serde_yaml::ser_options! {
        compact_list_indent: false,
        folded_wrap_chars: usize::MAX,
        yaml_12: true,
        no_lang_directive: true
    };
    serde_yaml::to_string_with_options(value, options)
        .map_err(|fault| Unwritable(fault.to_string()))
}
