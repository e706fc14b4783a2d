//! Incidents put together from their files. What is wrong between those files is told by
//! `faults`.

mod faults;

use std::borrow::Cow;
use std::cell::LazyCell;

use super::layout;
use super::record::{Folder, Record};
use super::second_clock::SecondClock;
use crate::incident::Incident;
use crate::incident::declaration::{Declaration, Kind};
use crate::incident::entry::{Entry, EntryForm, Recorded};
use crate::incident::id::{EntryId, IncidentId};
use crate::incident::redaction;
use crate::incident::rules::{self, Site};
use crate::incident::vocabulary::Vocabulary;
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::moment::Moment;
use crate::text::source::Source;
use faults::{bad_id, duplicate_id, voids};

/// What incidents are put together with.
pub struct Assembly<'a> {
    /// The files.
    pub record: &'a Record,
    /// When they were recorded.
    pub clock: &'a SecondClock,
    /// The words of the repository.
    pub vocabulary: &'a Vocabulary,
    /// The present; none where nobody asks what is wrong between files.
    pub now: Option<Moment>,
}

impl Assembly<'_> {
    /// The incidents that the files of the folder `name` make: none when no file declares
    /// one, several when the id stands twice.
    pub fn incidents(&self, name: &str) -> (Vec<Incident>, Vec<Diagnostic>) {
        let Some(folder) = self.record.folder(name) else {
            return (Vec::new(), Vec::new());
        };
        let mut found = Vec::new();
        let mut incidents = Vec::new();
        if folder.declarations.is_empty() {
            found.extend(self.without_incident(name, folder));
            return (incidents, found);
        }
        let alone = LazyCell::new(|| Folder {
            names: folder.names.clone(),
            ..Folder::default()
        });
        for (index, (path, source, declaration)) in
            self.in_landing_order(folder).into_iter().enumerate()
        {
            match IncidentId::new(name) {
                Err(fault) => found.push(bad_id(source, name, &fault.to_string())),
                Ok(id) => {
                    let (id, folder) = if index == 0 {
                        (id, folder)
                    } else {
                        (id.again(index + 1), &*alone)
                    };
                    incidents.push(self.incident(
                        id,
                        path,
                        source,
                        declaration,
                        folder,
                        &mut found,
                    ));
                }
            }
            if index > 0 {
                found.push(duplicate_id(source, name));
            }
        }
        (incidents, found)
    }

    fn incident(
        &self,
        id: IncidentId,
        path: &str,
        source: &Source,
        declaration: &Declaration,
        folder: &Folder,
        found: &mut Vec<Diagnostic>,
    ) -> Incident {
        let top = Site::top(source);
        let recorded = self.clock.file(path);
        if self.now.is_some() {
            if !self.record.is_faulty(path) {
                found.extend(rules::declaration(declaration, &top, self.vocabulary));
            }
            let mut times = vec![("declared_at", Some(declaration.declared_at))];
            times.extend(declaration.fact_times());
            found.extend(self.future(&times, recorded.as_ref(), &top));
        }
        let mut placed = self.entry_files(folder, declaration.kind, found);
        self.inline(declaration, path, &top, &mut placed, found);
        placed.sort_by(|(left, _), (right, _)| (left.at, &left.id).cmp(&(right.at, &right.id)));
        if self.now.is_some() {
            found.extend(self.between(&placed, folder));
        }
        let (entries, sites): (Vec<Entry>, Vec<Site<'_>>) = placed.into_iter().unzip();
        let retrospective = folder
            .retrospective
            .as_ref()
            .map(|(_, words)| words.as_ref().clone());
        let mut incident = Incident {
            id,
            path: path.to_owned(),
            declaration: declaration.without_entries(),
            recorded,
            entries,
            retrospective,
            redacted: None,
        };
        if self.now.is_some() {
            found.extend(voids(&incident, &sites));
        }
        redaction::hide(&mut incident);
        if self.now.is_some() {
            found.extend(self.order(&incident, &top));
        }
        incident
    }

    /// The entries inside the incident's own file.
    fn inline<'b>(
        &self,
        declaration: &Declaration,
        path: &str,
        top: &Site<'b>,
        placed: &mut Vec<(Entry, Site<'b>)>,
        found: &mut Vec<Diagnostic>,
    ) {
        for (index, form) in declaration.entries.iter().enumerate() {
            let site = top.item("entries", index);
            let id = form.inline_id();
            let recorded = self.clock.inline(path, &id);
            if placed.iter().any(|(known, _)| known.id.as_str() == id) {
                let message = format!("the id `{id}` stands twice in this incident");
                found.push(site.error(Code::DuplicateId, "id", message));
                continue;
            }
            placed.extend(self.entry(&id, None, form, recorded, site, found));
        }
    }

    fn entry_files<'b>(
        &self,
        folder: &'b Folder,
        kind: Kind,
        found: &mut Vec<Diagnostic>,
    ) -> Vec<(Entry, Site<'b>)> {
        let mut placed: Vec<(Entry, Site<'b>)> = Vec::new();
        for (path, (source, form)) in &folder.entries {
            let (id, top) = (layout::stem(path), Site::top(source));
            if self.now.is_some() && !self.record.is_faulty(path) {
                found.extend(rules::entry(form, kind, &top, self.vocabulary));
            }
            if form.id.is_some() {
                let fault = top.error(
                    Code::BadId,
                    "id",
                    "an entry with a file of its own is named by its file",
                );
                found.push(fault.help("delete the line `id`"));
            }
            let recorded = self.clock.file(path);
            let Some((entry, site)) = self.entry(id, Some(path), form, recorded, top, found) else {
                continue;
            };
            match placed.iter().find(|(known, _)| known.id == entry.id) {
                None => placed.push((entry, site)),
                Some((known, _)) if known.at == entry.at && known.statement == entry.statement => {}
                Some(_) => found.push(duplicate_id(source, id)),
            }
        }
        placed
    }

    fn entry<'b>(
        &self,
        id: &str,
        path: Option<&String>,
        form: &EntryForm,
        recorded: Option<Recorded>,
        site: Site<'b>,
        found: &mut Vec<Diagnostic>,
    ) -> Option<(Entry, Site<'b>)> {
        if self.now.is_some() {
            found.extend(self.times(form, recorded.as_ref(), &site));
        }
        let id = match EntryId::new(id) {
            Ok(id) => id,
            Err(fault) => {
                found.push(site.error(Code::BadId, "id", format!("the id `{id}` {fault}")));
                return None;
            }
        };
        let entry = Entry::of(form, id, path.cloned(), recorded)?;
        Some((entry, site))
    }

    /// An incident's declarations, the one that landed first before the others.
    fn in_landing_order<'b>(
        &self,
        folder: &'b Folder,
    ) -> Vec<(&'b str, &'b Source, &'b Declaration)> {
        let mut all: Vec<_> = folder
            .declarations
            .iter()
            .map(|(path, (source, declaration))| (path.as_str(), source, declaration.as_ref()))
            .collect();
        all.sort_by_key(|(path, ..)| {
            let landed = self.clock.file(path).map(|recorded| recorded.at);
            (landed.is_none(), landed, *path)
        });
        all
    }
}

/// The ids of the entries inside an incident's own file.
pub(super) fn inline_ids(declaration: &Declaration) -> impl Iterator<Item = Cow<'_, str>> {
    declaration.entries.iter().map(EntryForm::inline_id)
}
