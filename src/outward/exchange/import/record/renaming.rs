//! Attachments of an export whose names some system cannot hold: each gets the nearest name that
//! all can, in the entries that attach it as well. The same export gives the same names, so
//! that what was imported is known again.

use std::collections::{BTreeMap, BTreeSet};

use crate::archive::layout;
use crate::archive::piece::{self, Content};
use crate::incident::entry::EntryForm;
use crate::text::{file_name, yaml};

/// The new names of one incident's attachments, by their old ones.
#[derive(Default)]
pub(super) struct Renaming(pub BTreeMap<String, String>);

impl Renaming {
    /// Those that the `files` of the incident called `id` need. What no entry attaches gets none.
    pub(super) fn of(files: &[(String, Vec<u8>)], id: &str) -> Self {
        let beside = files.iter().filter_map(|(path, _)| {
            let (folder, name) = path.rsplit_once('/')?;
            let is_beside = layout::name(folder) == id && !piece::is_read(name);
            is_beside.then_some(name)
        });
        let names: BTreeSet<&str> = beside.collect();
        let (kept, odd): (Vec<&str>, Vec<&str>) = names
            .into_iter()
            .partition(|name| file_name::check(name).is_ok());
        let mut taken = BTreeSet::new();
        let kept = kept.into_iter();
        let twice: Vec<&str> = kept
            .filter(|name| !taken.insert(file_name::folded(name)))
            .collect();
        if odd.is_empty() && twice.is_empty() {
            return Self::default();
        }
        let attached = attached(files);
        let renamed = odd.into_iter().chain(twice);
        let renamed = renamed.filter(|name| attached.contains(*name));
        let made = |name: &str| (name.to_owned(), free(&mut taken, name));
        Self(renamed.map(made).collect())
    }

    /// The path at which every system can hold the file at `path`.
    pub(super) fn path(&self, path: String) -> String {
        let renamed = path.rsplit_once('/').and_then(|(folder, name)| {
            let made = self.0.get(name)?;
            Some(format!("{folder}/{made}"))
        });
        renamed.unwrap_or(path)
    }

    /// The bytes of a file with the new names in place of the old ones; none where it holds
    /// none of them.
    pub(super) fn rewritten(&self, path: &str, bytes: &[u8]) -> Option<Vec<u8>> {
        if self.0.is_empty() || !piece::is_read(path) {
            return None;
        }
        let text = match piece::read(path, bytes).piece?.content {
            Content::Entry(mut form) => self.rename(&mut form).then(|| yaml::write(&form)),
            Content::Incident(mut declaration) => {
                let entries = declaration.entries.iter_mut();
                let renamed = entries.filter_map(|form| self.rename(form).then_some(()));
                let any = renamed.count() > 0;
                any.then(|| yaml::write(&declaration))
            }
            Content::Retrospective(_) => None,
        };
        Some(text?.ok()?.into_bytes())
    }

    /// Puts the new name into an entry, if it attaches a file that has one.
    fn rename(&self, form: &mut EntryForm) -> bool {
        let corrected = form.correct.as_mut();
        let corrected = corrected.and_then(|correct| correct.to.attach.as_mut());
        let mut any = false;
        for attachment in form.attach.iter_mut().chain(corrected) {
            if let Some(name) = self.0.get(&attachment.file) {
                attachment.file.clone_from(name);
                any = true;
            }
        }
        any
    }
}

/// The nearest name to `name` that every system can hold beside those that are `taken`, as
/// systems see them that do not tell upper from lower case.
fn free(taken: &mut BTreeSet<String>, name: &str) -> String {
    let name = file_name::made_portable(name);
    let (stem, end) = match name.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() => (stem, format!(".{end}")),
        _ => (name.as_str(), String::new()),
    };
    let numbered = (2_u32..).map(|number| format!("{stem}-{number}{end}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    let free = names.find(|name| taken.insert(file_name::folded(name)));
    free.unwrap_or(name)
}

/// The names of the files that entries attach.
fn attached(files: &[(String, Vec<u8>)]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (path, bytes) in files.iter().filter(|(path, _)| piece::is_read(path)) {
        let content = piece::read(path, bytes).piece.map(|piece| piece.content);
        let forms = match content {
            Some(Content::Entry(form)) => vec![*form],
            Some(Content::Incident(declaration)) => declaration.entries,
            _ => Vec::new(),
        };
        names.extend(
            forms
                .iter()
                .filter_map(EntryForm::attached)
                .map(str::to_owned),
        );
    }
    names
}
