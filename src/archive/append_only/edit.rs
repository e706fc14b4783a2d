//! What was changed in a file that was recorded: which words, and what they were.

use super::advice::{self, Target};
use super::held::{Held, Part};
use super::inline::{self, Fate};
use crate::archive::layout;
use crate::incident::entry::EntryForm;
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::difference::{self, Difference, Part as Value, differences};
use crate::text::source::{Source, Span};
use crate::text::yaml::{self, Node, Value as Tree};

/// A recorded file whose bytes changed.
pub(super) struct Edit<'a> {
    /// What was recorded.
    pub held: &'a Held,
    /// Where it lies now.
    pub path: &'a str,
    /// Its bytes now.
    pub bytes: &'a [u8],
    /// What people call the commit that held it.
    pub revision: &'a str,
}

/// A file, read on both sides.
struct Sides<'a> {
    edit: &'a Edit<'a>,
    old: &'a Source,
    new: Source,
    before: Node,
    after: Node,
}

impl Edit<'_> {
    /// Everything that was changed, each at its word, with the word that was recorded.
    pub(super) fn told(&self) -> Vec<Diagnostic> {
        let Some(piece) = &self.held.piece else {
            return vec![self.replaced()];
        };
        let new = match Source::read(self.path, self.bytes) {
            Ok(new) => new,
            Err(fault) => return vec![self.unreadable(&fault)],
        };
        let (before, after) = match (yaml::parse(&piece.source), yaml::parse(&new)) {
            (Ok(before), Ok(after)) => (before, after),
            (Err(fault), _) | (_, Err(fault)) => return vec![self.unreadable(&fault)],
        };
        let old = &piece.source;
        let sides = Sides {
            edit: self,
            old,
            new,
            before,
            after,
        };
        sides.told()
    }

    /// Another file stands in the place of an attachment.
    fn replaced(&self) -> Diagnostic {
        let name = layout::name(&self.held.path);
        let message = format!("the attachment `{name}` was replaced after it was recorded");
        let attach = format!("annals attach {} OTHER-NAME", self.held.incident());
        Diagnostic::error(Code::RecordedEdited, message)
            .in_file(self.path)
            .help("put the recorded file back, and attach the new one under another name")
            .command(advice::put_back(self.revision, &self.held.path))
            .command(attach)
    }

    fn unreadable(&self, fault: &Diagnostic) -> Diagnostic {
        let message = format!("{} can no longer be read", self.held.what());
        let mut told = Diagnostic::error(Code::RecordedEdited, message);
        told.place.clone_from(&fault.place);
        told.because(self.held.first_place(self.revision), "recorded")
            .help("put the recorded file back")
            .command(advice::put_back(self.revision, &self.held.path))
    }
}

impl Sides<'_> {
    fn told(&self) -> Vec<Diagnostic> {
        if let Some(found) = self.another_sort() {
            return vec![found];
        }
        let incident = self.edit.held.incident();
        let is_incident = self.edit.held.part == Part::Declaration;
        let target = if is_incident {
            Target::Declaration(incident)
        } else {
            Target::Entry(incident, layout::stem(&self.edit.held.path))
        };
        let all = differences(&self.before, &self.after);
        let own = |one: &&Difference<'_>| !is_incident || one.keys != ["entries"];
        let mut found: Vec<Diagnostic> = all
            .iter()
            .filter(own)
            .map(|one| self.edited(one, &target))
            .collect();
        if is_incident {
            found.extend(self.entries());
        }
        if found.is_empty() && !self.is_grown() {
            found.push(self.relaid());
        }
        found
    }

    /// A file of another sort than was recorded.
    fn another_sort(&self) -> Option<Diagnostic> {
        let sort = |node: &Node| (node.get("declared_at").is_some(), node.get("at").is_some());
        if sort(&self.before) == sort(&self.after) {
            return None;
        }
        let is = match sort(&self.after) {
            (true, false) => "an incident",
            (false, true) => "an entry",
            _ => "neither an incident nor an entry",
        };
        let message = format!("in the place of {} stands {is}", self.edit.held.what());
        let at = self.new.line(1);
        let found = Diagnostic::error(Code::RecordedEdited, message).at(at);
        let found = found.because(self.edit.held.first_place(self.edit.revision), "recorded");
        Some(
            found
                .help("put the recorded file back, and give the new one a name of its own")
                .command(self.put_back()),
        )
    }

    fn put_back(&self) -> String {
        advice::put_back(self.edit.revision, &self.edit.held.path)
    }

    /// With the line that brings the whole file back, where nothing else is lost by it.
    fn with_put_back(&self, found: Diagnostic) -> Diagnostic {
        if self.has_grown() || self.edit.path != self.edit.held.path {
            return found;
        }
        found.command(self.put_back())
    }

    /// One value that was changed, added or taken out.
    fn edited(&self, difference: &Difference<'_>, target: &Target<'_>) -> Diagnostic {
        let place = |source: &Source, part: Value<'_>| source.place(shown(part));
        let old = difference
            .before
            .map(|part| place(self.old, part).of_revision(self.edit.revision));
        let new = difference.after.map(|part| place(&self.new, part));
        let what = format!("`{}`{}", difference.keys.join("."), target.of_whom());
        let done = match (&old, &new) {
            (Some(_), Some(_)) => "edited",
            (Some(_), None) => "taken out",
            _ => "added",
        };
        let mut message = format!("{what} was {done} after it was recorded");
        if published(difference) {
            message.push_str(", and what was internal would be public");
        }
        let found = Diagnostic::error(Code::RecordedEdited, message);
        let found = match (old, new) {
            (Some(old), Some(new)) => found.at(new).because(old, "recorded"),
            (one, other) => match one.or(other) {
                Some(place) => found.at(place),
                None => found,
            },
        };
        let found = self.with_put_back(found.help(target.help()));
        found.command(advice::verb(target, difference))
    }

    /// What was done to the entries inside an incident's own file.
    fn entries(&self) -> Vec<Diagnostic> {
        let (before, after) = (items(&self.before), items(&self.after));
        let fates = inline::fates(before, after).into_iter();
        fates
            .flat_map(|fate| self.entry(fate, before, after))
            .collect()
    }

    fn entry(&self, fate: Fate, before: &[Node], after: &[Node]) -> Vec<Diagnostic> {
        let incident = self.edit.held.incident();
        let name = |old: usize| {
            let forms = self.edit.held.declaration().map(|said| &said.entries);
            let form = forms.and_then(|forms| forms.get(old));
            form.map(EntryForm::inline_id).unwrap_or_default()
        };
        let (old, new) = match fate {
            Fate::Edited(old, new) | Fate::Reordered(old, new) => (before.get(old), after.get(new)),
            Fate::Gone(old) => (before.get(old), None),
            Fate::Inserted(new) => (None, after.get(new)),
        };
        match (fate, old, new) {
            (Fate::Edited(old, _), Some(before), Some(after)) => {
                let name = name(old);
                let target = Target::Entry(incident, &name);
                let all = differences(before, after);
                all.iter().map(|one| self.edited(one, &target)).collect()
            }
            (Fate::Gone(old), Some(node), _) => vec![self.gone(&name(old), node)],
            (Fate::Reordered(old, _), _, Some(node)) => {
                let message = format!(
                    "the entry `{}` stands before one recorded before it",
                    name(old)
                );
                vec![self.misplaced(message, node)]
            }
            (Fate::Inserted(_), _, Some(node)) => {
                let message = "this entry stands before one recorded before it".to_owned();
                vec![self.misplaced(message, node)]
            }
            _ => Vec::new(),
        }
    }

    fn gone(&self, name: &str, node: &Node) -> Diagnostic {
        let message = format!("the entry `{name}` was deleted after it was recorded");
        let place = self.old.place(node.span).of_revision(self.edit.revision);
        let retract = advice::retract(self.edit.held.incident(), name);
        Diagnostic::error(Code::RecordedDeleted, message)
            .at(place)
            .help("put the recorded lines back; what should not count is retracted")
            .command(self.put_back())
            .command(retract)
    }

    fn misplaced(&self, message: String, node: &Node) -> Diagnostic {
        self.new.error(Code::NotAppended, node.span, message).help(
            "items of `entries` are appended after the last one; `at` alone says when it happened",
        )
    }

    /// Whether entries were appended.
    fn has_grown(&self) -> bool {
        items(&self.after).len() > items(&self.before).len()
    }

    /// Whether nothing but appended entries tells the files apart, byte for byte.
    fn is_grown(&self) -> bool {
        let (old, new) = (self.old, &self.new);
        let has_mark = |bytes: &[u8]| bytes.starts_with("\u{feff}".as_bytes());
        if !self.has_grown() || has_mark(&self.edit.held.bytes) != has_mark(self.edit.bytes) {
            return false;
        }
        if difference::is_insertion(old.text(), new.text()) {
            return true;
        }
        let is_block = items(&self.before).first().is_some_and(|first| {
            let list = self.before.get("entries").map_or(0, |list| list.span.start);
            first.span.start > list && !old.text().get(list..).unwrap_or_default().starts_with('[')
        });
        !is_block && rest(old, &self.before) == rest(new, &self.after)
    }

    /// The files say the same, in other bytes.
    fn relaid(&self) -> Diagnostic {
        let (old, new) = (self.old.text(), self.new.text());
        let returns = |text: &str| text.contains("\r\n");
        let message = if returns(old) == returns(new) {
            "the layout of this file was changed after it was recorded"
        } else {
            "the ends of this file's lines were changed after it was recorded"
        };
        let line = difference::first_line(old, new).unwrap_or(1);
        let found = Diagnostic::error(Code::RecordedLayout, message)
            .at(self.new.line(line))
            .because(
                self.old.line(line).of_revision(self.edit.revision),
                "recorded",
            )
            .help("it says the same, but what was recorded stays byte for byte");
        self.with_put_back(found)
    }
}

/// What is shown of a value: its first line, or its key where the value is a collection.
fn shown(part: Value<'_>) -> Span {
    match part.node.value {
        Tree::Scalar { .. } if part.node.span.end > part.node.span.start => part.node.span,
        _ => part.key,
    }
}

/// Whether a difference would show the public what was kept from it.
fn published(difference: &Difference<'_>) -> bool {
    let word = |part: Option<Value<'_>>| match part.map(|part| &part.node.value) {
        Some(Tree::Scalar { text, .. }) => text.clone(),
        _ => String::new(),
    };
    difference.keys.last() == Some(&"visibility")
        && word(difference.before) == "internal"
        && word(difference.after) != "internal"
}

fn items(node: &Node) -> &[Node] {
    match node.get("entries").map(|list| &list.value) {
        Some(Tree::List(items)) => items,
        _ => &[],
    }
}

/// The text of a file without its entries.
fn rest(source: &Source, node: &Node) -> String {
    match (node.key("entries"), node.get("entries")) {
        (Some(key), Some(node)) => difference::without(source, Value { key, node }),
        _ => source.text().to_owned(),
    }
}
