//! Where in a file a rule points.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::source::{Source, Span};
use crate::text::yaml::{self, Node};

/// A mapping of a file, to point into.
///
/// The file is read again for its positions only when there is something to point at:
/// nearly every file is faultless, and then no tree of it needs to be kept. It is read
/// once for all the places of one file: a file of 4,000 faults took minutes otherwise.
#[derive(Clone)]
pub struct Site<'a> {
    source: &'a Source,
    tree: Rc<OnceCell<Option<Node>>>,
    path: Vec<Step>,
}

#[derive(Clone)]
enum Step {
    Key(&'static str),
    Item(usize),
}

impl<'a> Site<'a> {
    /// The outermost mapping of `source`.
    pub fn top(source: &'a Source) -> Self {
        Self {
            source,
            tree: Rc::default(),
            path: Vec::new(),
        }
    }

    /// The file.
    pub fn source(&self) -> &'a Source {
        self.source
    }

    /// The mapping under `key`.
    #[must_use]
    pub fn under(&self, key: &'static str) -> Self {
        self.step(Step::Key(key))
    }

    /// The item `index` of the list under `key`.
    #[must_use]
    pub fn item(&self, key: &'static str, index: usize) -> Self {
        self.under(key).step(Step::Item(index))
    }

    /// An error at the value of `key`, or where the mapping begins when it has none.
    pub fn error(&self, code: Code, key: &str, message: impl Into<String>) -> Diagnostic {
        let span = self.read(|node| {
            node.get(key)
                .map_or_else(|| start(node), |value| value.span)
        });
        self.source.error(code, span, message)
    }

    /// A warning at the value of `key`.
    pub(super) fn warning(&self, code: Code, key: &str, message: impl Into<String>) -> Diagnostic {
        self.error(code, key, message).as_warning()
    }

    /// An error at the word `key` itself.
    pub(super) fn error_at_key(
        &self,
        code: Code,
        key: &str,
        message: impl Into<String>,
    ) -> Diagnostic {
        let span = self.read(|node| node.key(key).unwrap_or_else(|| start(node)));
        self.source.error(code, span, message)
    }

    fn step(&self, step: Step) -> Self {
        let mut path = self.path.clone();
        path.push(step);
        Self {
            source: self.source,
            tree: Rc::clone(&self.tree),
            path,
        }
    }

    fn read(&self, look: impl Fn(&Node) -> Span) -> Span {
        let tree = self.tree.get_or_init(|| yaml::parse(self.source).ok());
        let Some(mut node) = tree.as_ref() else {
            return Span::default();
        };
        for step in &self.path {
            let next = match step {
                Step::Key(key) => node.get(key),
                Step::Item(index) => node.item(*index),
            };
            node = next.unwrap_or(node);
        }
        look(node)
    }
}

fn start(node: &Node) -> Span {
    Span {
        start: node.span.start,
        end: node.span.start,
    }
}
