//! The files of the record as they stand, sorted by the incident they belong to.
//!
//! Files can be put in and taken out one by one, so that history can be walked commit
//! by commit and only what a commit touched is put together anew. An entry belongs to
//! the incident whose id is the name of its folder, wherever that incident's file lies.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Included, Unbounded};

use super::layout;
use super::piece::{Content, Piece, Reading};
use crate::incident::declaration::Declaration;
use crate::incident::entry::EntryForm;
use crate::incident::retrospective::Retrospective;
use crate::text::diagnostic::{Diagnostic, Level};
use crate::text::source::Source;
use crate::text::suggest;

/// What the files say of one incident, or of what bears its name.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    /// Its declarations by path: one, unless the id stands twice.
    pub declarations: BTreeMap<String, (Source, Box<Declaration>)>,
    /// Its entries by path.
    pub entries: BTreeMap<String, (Source, Box<EntryForm>)>,
    /// People's words.
    pub retrospective: Option<(Source, Box<Retrospective>)>,
    /// The names and paths of all files in folders of its name.
    pub files: BTreeSet<(String, String)>,
}

impl Folder {
    /// The paths of the files called `name`.
    pub fn called<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let first = (name.to_owned(), String::new());
        let name = first.0.clone();
        let from = self.files.range(first..);
        from.take_while(move |(known, _)| *known == name)
            .map(|(_, path)| path.as_str())
    }

    /// The file called `name` in the folder at `beside`, or else the only one of that name.
    pub fn attachment(&self, beside: &str, name: &str) -> Option<&str> {
        let is_beside = |path: &&str| layout::folder(path) == beside;
        let mut called = self.called(name);
        self.called(name).find(is_beside).or_else(|| {
            let only = called.next();
            only.filter(|_| called.next().is_none())
        })
    }

    /// The paths of all files that any entry may mean by what it attaches.
    pub fn attachments(&self) -> BTreeSet<&str> {
        let files = self.entries.iter();
        let files = files.map(|(path, (_, form))| (layout::folder(path), form.as_ref()));
        let inside = self.declarations.iter().flat_map(|(path, (_, declared))| {
            let folder = layout::incident_folder(path);
            declared.entries.iter().map(move |form| (folder, form))
        });
        let named = files.chain(inside);
        named
            .filter_map(|(beside, form)| self.attachment(beside, form.attached()?))
            .collect()
    }
}

impl Folder {
    /// The names of the files that its entries attach.
    fn attached(&self) -> BTreeSet<&str> {
        let files = self.entries.values().map(|(_, form)| form.as_ref());
        let declared = self.declarations.values();
        let inline = declared.flat_map(|(_, declaration)| &declaration.entries);
        let forms = files.chain(inline);
        let attached = forms.filter_map(|form| form.attach.as_deref());
        attached.map(|attached| attached.file.as_str()).collect()
    }
}

/// The files of the record, by incident.
#[derive(Clone, Debug, Default)]
pub struct Record {
    folders: BTreeMap<String, Folder>,
    faults: BTreeMap<String, Vec<Diagnostic>>,
}

impl Record {
    /// What is known of the incident called `name`, alone.
    pub fn of(name: &str, folder: Folder) -> Self {
        Self {
            folders: BTreeMap::from([(name.to_owned(), folder)]),
            ..Self::default()
        }
    }

    /// What is known of each incident, by the name of its folder.
    pub fn folders(&self) -> impl Iterator<Item = (&str, &Folder)> {
        self.folders
            .iter()
            .map(|(name, folder)| (name.as_str(), folder))
    }

    /// What may have been meant by `name`, which nothing bears: everything, or what stands
    /// beside it in alphabetical order where there is much.
    pub fn near(&self, name: &str) -> impl Iterator<Item = (&str, &Folder)> {
        let most = if self.folders.len() <= suggest::FEW {
            suggest::FEW
        } else {
            suggest::NEIGHBOURS
        };
        let before = self
            .folders
            .range::<str, _>((Unbounded, Excluded(name)))
            .rev()
            .take(most);
        let after = self
            .folders
            .range::<str, _>((Included(name), Unbounded))
            .take(most);
        before
            .chain(after)
            .map(|(name, folder)| (name.as_str(), folder))
    }

    /// What is known of the incident called `name`.
    pub fn folder(&self, name: &str) -> Option<&Folder> {
        self.folders.get(name)
    }

    /// What was wrong with single files, save those that an entry attaches: what is
    /// attached may say anything.
    pub fn faults(&self) -> impl Iterator<Item = &Diagnostic> {
        // What the entries of a folder attach is looked up once for all of its faulty files.
        let folders: BTreeSet<&str> = self
            .faults
            .keys()
            .map(|path| layout::folder_name(path))
            .collect();
        let attached: BTreeMap<&str, BTreeSet<&str>> = folders
            .into_iter()
            .filter_map(|name| Some((name, self.folders.get(name)?.attached())))
            .collect();
        let is_attached = move |path: &str| {
            let names = attached.get(layout::folder_name(path));
            names.is_some_and(|names| names.contains(layout::name(path)))
        };
        let kept = self
            .faults
            .iter()
            .filter(move |(path, _)| !is_attached(path));
        kept.flat_map(|(_, found)| found)
    }

    /// The incidents that others are said to be duplicates of, and that no file declares.
    pub fn undeclared_originals(&self) -> BTreeSet<String> {
        let forms = self.folders.values().flat_map(|folder| {
            let files = folder.entries.values().map(|(_, form)| form.as_ref());
            let declared = folder.declarations.values();
            files.chain(declared.flat_map(|(_, declaration)| &declaration.entries))
        });
        let is_declared = |name: &str| {
            let folder = self.folders.get(name);
            folder.is_some_and(|folder| !folder.declarations.is_empty())
        };
        let originals = forms.filter_map(|form| form.duplicate_of.as_deref());
        originals
            .filter(|name| !is_declared(name))
            .map(str::to_owned)
            .collect()
    }

    /// The paths of what is held of the incident called `name` without its text.
    pub fn without_text(&self, name: &str) -> Vec<String> {
        let Some(folder) = self.folders.get(name) else {
            return Vec::new();
        };
        let declared = folder.declarations.values().map(|(source, _)| source);
        let said = folder.entries.values().map(|(source, _)| source);
        let words = folder.retrospective.iter().map(|(source, _)| source);
        let all = declared.chain(said).chain(words);
        all.filter(|source| source.text().is_empty())
            .map(|source| source.path().to_owned())
            .collect()
    }

    /// Puts in the file at `path`, where nothing is.
    pub fn put(&mut self, path: &str, reading: Reading) {
        if !reading.found.is_empty() {
            self.faults.insert(path.to_owned(), reading.found);
        }
        let Some(Piece { source, content }) = reading.piece else {
            return self.put_name(path);
        };
        let at = path.to_owned();
        match content {
            Content::Incident(declaration) => {
                let folder = self.opened(layout::stem(path));
                folder.declarations.insert(at, (source, declaration));
            }
            Content::Entry(entry) => {
                let folder = self.lain_in(path);
                folder.entries.insert(at, (source, entry));
            }
            Content::Retrospective(retrospective) => {
                self.lain_in(path).retrospective = Some((source, retrospective));
            }
        }
    }

    /// Notes that a file lies at `path`, without reading it.
    pub fn put_name(&mut self, path: &str) {
        self.lain_in(path);
    }

    /// What is known of the incident in whose folder a file lies, which is noted.
    fn lain_in(&mut self, path: &str) -> &mut Folder {
        let folder = self.opened(layout::folder_name(path));
        let name = layout::name(path).to_owned();
        folder.files.insert((name, path.to_owned()));
        folder
    }

    /// What is known of the incident called `name`, or of what bears its name.
    fn opened(&mut self, name: &str) -> &mut Folder {
        self.folders.entry(name.to_owned()).or_default()
    }

    /// Notes a fault of the file at `path` that cannot be read at all.
    pub fn put_fault(&mut self, path: &str, fault: Diagnostic) {
        self.faults.entry(path.to_owned()).or_default().push(fault);
    }

    /// Takes out the file at `path`.
    pub fn take_out(&mut self, path: &str) {
        self.faults.remove(path);
        if let Some(folder) = self.folders.get_mut(layout::stem(path)) {
            folder.declarations.remove(path);
        }
        if let Some(folder) = self.folders.get_mut(layout::folder_name(path)) {
            folder.entries.remove(path);
            let name = layout::name(path).to_owned();
            folder.files.remove(&(name, path.to_owned()));
            if layout::name(path) == layout::RETROSPECTIVE {
                folder.retrospective = None;
            }
        }
    }

    /// Whether something in the file at `path` could not be read, so that what was read is
    /// not all that it says.
    pub fn is_faulty(&self, path: &str) -> bool {
        let found = self.faults.get(path).into_iter().flatten();
        found.into_iter().any(|fault| fault.level == Level::Error)
    }
}
