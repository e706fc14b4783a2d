//! What is gone: deleted, hidden, or under another name. An incident is told once, with
//! all that went with it.

use std::collections::{BTreeMap, BTreeSet};

use super::held::{Held, Part};
use super::{advice, is_hidden};
use crate::archive::layout;
use crate::text::diagnostic::{Code, Diagnostic, Place};

/// What was held and no longer stands under its name.
#[derive(Default)]
pub(super) struct Losses {
    gone: Vec<Held>,
    /// What stands where files of an incident were, by the incident.
    instead: BTreeMap<String, BTreeSet<String>>,
    renamed: Vec<(Held, String)>,
}

impl Losses {
    /// Puts in what is nowhere any more, and what stands `instead` of it.
    pub(super) fn gone(&mut self, held: Held, instead: Option<String>) {
        if let Some(path) = instead {
            let paths = self.instead.entry(held.incident().to_owned());
            paths.or_default().insert(path);
        }
        self.gone.push(held);
    }

    /// Puts in what stands, unchanged, at `path` now.
    pub(super) fn renamed(&mut self, held: Held, path: &str) {
        if is_hidden(path) && held.part != Part::Declaration {
            self.gone.push(held);
        } else {
            self.renamed.push((held, path.to_owned()));
        }
    }

    /// Everything that is gone, as `revision` held it.
    pub(super) fn told(self, revision: &str) -> Vec<Diagnostic> {
        let is_whole = |held: &&Held| held.part == Part::Declaration;
        let mut with: BTreeMap<String, usize> = BTreeMap::new();
        for held in self.gone.iter().filter(is_whole) {
            with.insert(held.incident().to_owned(), 0);
        }
        let renamed = self.renamed.iter().map(|(held, _)| held);
        for held in renamed.filter(is_whole) {
            with.insert(held.incident().to_owned(), 0);
        }
        let parts = self
            .gone
            .iter()
            .chain(self.renamed.iter().map(|(held, _)| held));
        for held in parts.filter(|held| held.part != Part::Declaration) {
            if let Some(count) = with.get_mut(held.incident()) {
                *count += 1;
            }
        }
        let is_told = |held: &Held| is_whole(&held) || !with.contains_key(held.incident());
        let with = |held: &Held| with.get(held.incident()).copied().unwrap_or_default();
        let gone = self.gone.iter().filter(|held| is_told(held));
        let gone = gone.map(|held| {
            let found = deleted(held, with(held), revision);
            let paths = self.instead.get(held.incident());
            let found = paths.into_iter().flatten().fold(found, |found, path| {
                let found = found.command(advice::remove(path));
                found.command(advice::commit_removal(path))
            });
            bring_back(found, held)
        });
        let renamed = self.renamed.iter().filter(|(held, _)| is_told(held));
        let renamed = renamed.map(|(held, path)| renamed_to(held, path, revision));
        gone.chain(renamed).collect()
    }
}

fn deleted(held: &Held, with: usize, revision: &str) -> Diagnostic {
    let incident = held.incident();
    let what = match held.part {
        Part::Declaration => held.what(),
        _ => format!("{} of `{incident}`", held.what()),
    };
    let with = match with {
        0 => String::new(),
        1 => ", and one file of its folder with it".to_owned(),
        several => format!(", and {several} files of its folder with it"),
    };
    let message = format!("{what} was deleted after it was recorded{with}");
    Diagnostic::error(Code::RecordedDeleted, message)
        .at(held.first_place(revision))
        .help(match held.part {
            Part::Declaration => {
                "bring it back; where there was no incident, resolve it and say so in a comment"
            }
            Part::Entry => {
                "bring it back; what should not count is retracted, words that nobody should see are redacted"
            }
            _ => "bring it back; a better file is attached under another name",
        })
}

/// Adds the lines that bring back what is gone, or say what it would have said.
fn bring_back(found: Diagnostic, held: &Held) -> Diagnostic {
    let incident = held.incident();
    let found = found.command(advice::restore(incident));
    match held.part {
        Part::Declaration => found.command(format!(
            "annals resolve {} -m WHY",
            advice::quoted(incident)
        )),
        Part::Entry => found.command(advice::retract(incident, layout::stem(&held.path))),
        _ => found,
    }
}

fn renamed_to(held: &Held, path: &str, revision: &str) -> Diagnostic {
    let (old, new) = (held.incident(), layout::folder_name(path));
    let is = if is_hidden(path) {
        "is hidden now: a name in its path begins with a dot".to_owned()
    } else if held.part != Part::Declaration && old != new {
        format!("of `{old}` stands in the folder of `{new}` now")
    } else {
        format!("is called `{}` now", layout::stem(path))
    };
    let message = format!("{} {is}", held.what());
    let recorded = held.first_place(revision);
    let found = Diagnostic::error(Code::RecordedMoved, message)
        .at(Place {
            path: path.to_owned(),
            revision: None,
            ..recorded.clone()
        })
        .because(recorded, "recorded under this name")
        .help("a name in the record is for good: move the file back, and say anew what should be said")
        .command(format!("git mv {} {}", advice::quoted(path), advice::quoted(&held.path)));
    match held.part {
        Part::Declaration => found.command(format!(
            "annals update {} --title TITLE",
            advice::quoted(old)
        )),
        Part::Entry if old != new && !is_hidden(path) => {
            found.command(format!("annals comment {} TEXT", advice::quoted(new)))
        }
        _ => found,
    }
}
