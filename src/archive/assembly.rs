//! Incidents put together from their files. What is wrong between those files is told by
//! `faults`.

mod faults;

use std::borrow::Cow;
use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::layout;
use super::record::{Folder, Record};
use super::second_clock::SecondClock;
use crate::incident::Incident;
use crate::incident::declaration::{Declaration, Kind, Visibility};
use crate::incident::entry::{Entry, EntryForm, Recorded};
use crate::incident::id::{EntryId, IncidentId};
use crate::incident::order::{self, Dated, Turn};
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
        let mut incidents: Vec<Incident> = Vec::new();
        let is_internal =
            |incident: &Incident| incident.declaration.visibility == Visibility::Internal;
        if folder.declarations.is_empty() {
            found.extend(self.without_incident(name, folder));
            return (incidents, found);
        }
        let alone = LazyCell::new(|| Folder {
            files: folder.files.clone(),
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
                    let mut incident =
                        self.incident(id, path, source, declaration, folder, &mut found);
                    // Copies that somebody else put in are no way to publish what is internal.
                    if incidents.iter().any(is_internal) {
                        incident.declaration.visibility = Visibility::Internal;
                    }
                    incidents.push(incident);
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
        if self.now.is_some() && !self.record.is_faulty(path) {
            found.extend(rules::declaration(declaration, &top, self.vocabulary));
        }
        let mut said = self.entry_files(folder, declaration.kind, found);
        said.extend(self.inline(declaration, path, &top));
        let files = self.attached(&said, path, folder);
        let mut placed = self.placed(said, &files, found);
        let turn = self.clock.turn(self.clock.number(path));
        let declared = Dated::declaration(declaration, turn);
        order::sort(declared, &mut placed, |(entry, _)| Dated::entry(entry));
        if self.now.is_some() {
            found.extend(self.between(&placed, folder));
        }
        let (entries, sites): (Vec<Entry>, Vec<Site<'_>>) = placed.into_iter().unzip();
        let retrospective = folder.retrospective.as_ref();
        let mut incident = Incident {
            id,
            path: path.to_owned(),
            declaration: declaration.without_entries(),
            recorded: self.clock.file(path),
            turn,
            entries,
            retrospective: retrospective.map(|(_, words)| words.as_ref().clone()),
            redacted: None,
        };
        if self.now.is_some() {
            found.extend(voids(&incident, &sites));
            found.extend(self.not_come_yet(&incident, &top, &sites));
        }
        redaction::hide(&mut incident);
        if self.now.is_some() {
            found.extend(self.facts(&incident, &top));
        }
        incident
    }

    /// The entries inside the incident's own file.
    fn inline<'b>(
        &self,
        declaration: &'b Declaration,
        path: &'b str,
        top: &Site<'b>,
    ) -> Vec<Said<'b>> {
        let forms = declaration.entries.iter().enumerate();
        let said = forms.map(|(index, form)| {
            let id = form.inline_id();
            Said {
                turn: self.inline_turn(path, &id, form.at),
                recorded: self.clock.inline(path, &id),
                place: Place::Inside(path),
                site: top.item("entries", index),
                id,
                form,
            }
        });
        said.collect()
    }

    /// When an entry inside the incident's own file landed. Of one that did not land by itself,
    /// and is dated after the file, it is not known whether it is committed yet.
    fn inline_turn(&self, path: &str, id: &str, at: Moment) -> Option<Turn> {
        let turn = self.clock.turn(self.clock.inline_number(path, id));
        let is_own = self.clock.has_inline(path, id);
        turn.filter(|turn| is_own || !order::is_ahead(at, turn.dated))
    }

    /// The entries in files of their own.
    fn entry_files<'b>(
        &self,
        folder: &'b Folder,
        kind: Kind,
        found: &mut Vec<Diagnostic>,
    ) -> Vec<Said<'b>> {
        let mut said = Vec::with_capacity(folder.entries.len());
        for (path, (source, form)) in &folder.entries {
            let top = Site::top(source);
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
            said.push(Said {
                id: layout::stem(path).into(),
                form,
                place: Place::File(path),
                recorded: self.clock.file(path),
                turn: self.clock.turn(self.clock.number(path)),
                site: top,
            });
        }
        said
    }

    /// The entries that were said, each under an id of its own. What stands twice and means
    /// the same in everything is one entry, recorded when it was first; anything else is
    /// shown beside the first, and no less internal than that.
    fn placed<'b>(
        &self,
        said: Vec<Said<'b>>,
        files: &Attached<'_>,
        found: &mut Vec<Diagnostic>,
    ) -> Vec<(Entry, Site<'b>)> {
        let mut placed = Vec::with_capacity(said.len());
        for same in by_id(said) {
            let mut is_internal = false;
            for (index, said) in self.apart(same).into_iter().enumerate() {
                if index > 0 {
                    found.push(said.is_again());
                }
                let Some((mut entry, site)) = entry(said, files, found) else {
                    break;
                };
                if index > 0 {
                    entry.id = entry.id.again(index + 1);
                }
                is_internal |= entry.visibility == Visibility::Internal;
                if is_internal {
                    entry.visibility = Visibility::Internal;
                }
                placed.push((entry, site));
            }
        }
        placed
    }

    /// Those of one id that do not mean the same, the one that landed first before others.
    fn apart<'b>(&self, mut same: Vec<Said<'b>>) -> Vec<Said<'b>> {
        if same.len() == 1 {
            return same;
        }
        same.sort_by_cached_key(|said| self.landing(said));
        let mut meanings = BTreeSet::new();
        same.retain(|said| meanings.insert(said.meaning()));
        same
    }

    /// Which file each attached name means: the one beside the entry that attached it first
    /// (for an entry inside the incident's own file, in the folder beside that), or where
    /// none lies there, the only one in a folder of the incident's name. So neither a move
    /// nor a file of the same name elsewhere changes what is shown.
    fn attached<'b>(
        &self,
        said: &[Said<'b>],
        incident: &'b str,
        folder: &'b Folder,
    ) -> Attached<'b> {
        let mut attaching: Vec<(&'b str, &Said<'b>)> = Vec::new();
        for said in said {
            let form: &'b EntryForm = said.form;
            attaching.extend(form.attached().map(|name| (name, said)));
        }
        if attaching.len() > 1 {
            attaching.sort_by_cached_key(|(name, said)| (*name, self.landing(said)));
        }
        let mut attached = Attached::new();
        for (name, said) in attaching {
            let beside = match said.place {
                Place::File(path) => layout::folder(path),
                Place::Inside(_) => layout::incident_folder(incident),
            };
            let file = || folder.attachment(beside, name);
            attached.entry(name).or_insert_with(file);
        }
        attached
    }

    /// When an entry landed, to tell which of several came first. What no commit tells apart
    /// is told apart by who may see it: the more internal one comes first.
    fn landing(&self, said: &Said<'_>) -> (Landing, bool, bool, String) {
        let number = self.number(said);
        let (Place::File(path) | Place::Inside(path)) = said.place;
        let is_public = said.form.visibility != Some(Visibility::Internal);
        let is_file = matches!(said.place, Place::File(_));
        (
            (number.is_none(), number),
            is_public,
            is_file,
            path.to_owned(),
        )
    }

    /// The number of the commit that recorded an entry.
    fn number(&self, said: &Said<'_>) -> Option<u32> {
        match said.place {
            Place::File(path) => self.clock.number(path),
            Place::Inside(path) => self.clock.inline_number(path, &said.id),
        }
    }

    /// An incident's declarations, the one that landed first before the others; of those
    /// that no commit tells apart the more internal one.
    fn in_landing_order<'b>(
        &self,
        folder: &'b Folder,
    ) -> Vec<(&'b str, &'b Source, &'b Declaration)> {
        let mut all: Vec<_> = folder
            .declarations
            .iter()
            .map(|(path, (source, declaration))| (path.as_str(), source, declaration.as_ref()))
            .collect();
        all.sort_by_key(|(path, _, declaration)| {
            let landed = self.clock.number(path);
            let is_public = declaration.visibility != Visibility::Internal;
            (landed.is_none(), landed, is_public, *path)
        });
        all
    }
}

/// Whether no commit recorded something, and the number of the commit that did.
type Landing = (bool, Option<u32>);

/// The path of the file that each attached name means; none where that is not there, or
/// cannot be told from others.
type Attached<'a> = BTreeMap<&'a str, Option<&'a str>>;

/// What was said as an entry; none where it says nothing, or has no id.
fn entry<'b>(
    said: Said<'b>,
    files: &Attached<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<(Entry, Site<'b>)> {
    let Said {
        id,
        form,
        site,
        turn,
        ..
    } = said;
    let id = match EntryId::new(&id) {
        Ok(id) => id,
        Err(fault) => {
            found.push(site.error(Code::BadId, "id", format!("the id `{id}` {fault}")));
            return None;
        }
    };
    let path = match said.place {
        Place::File(path) => Some(path.to_owned()),
        Place::Inside(_) => None,
    };
    let mut entry = Entry::of(form, id, path, said.recorded)?;
    entry.land(turn);
    if let Some(attachment) = entry.statement.attachment_mut() {
        let held = files.get(attachment.file.as_str()).copied().flatten();
        attachment.path = held.map(str::to_owned);
    }
    Some((entry, site))
}

/// Those that bear the same id, together.
fn by_id(mut said: Vec<Said<'_>>) -> Vec<Vec<Said<'_>>> {
    said.sort_by(|left, right| left.id.cmp(&right.id));
    let mut groups: Vec<Vec<Said<'_>>> = Vec::with_capacity(said.len());
    for one in said {
        let same = groups.last_mut().filter(|group| {
            let first = group.first();
            first.is_some_and(|first| first.id == one.id)
        });
        match same {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}

/// Where an entry stands.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// In the file of its own at this path.
    File(&'a str),
    /// Inside the incident's own file at this path.
    Inside(&'a str),
}

/// An entry as it stands in a file, before it is known whether its id stands twice.
struct Said<'a> {
    id: Cow<'a, str>,
    form: &'a EntryForm,
    place: Place<'a>,
    recorded: Option<Recorded>,
    turn: Option<Turn>,
    site: Site<'a>,
}

impl Said<'_> {
    /// What it says in every respect but its id: words, author, time, visibility, and keys of
    /// the user's own. The same text for the same meaning, so that thousands under one id are
    /// told apart without comparing each with all.
    fn meaning(&self) -> String {
        let form = EntryForm {
            id: None,
            ..self.form.clone()
        };
        let mut meaning = json!(form);
        meaning.sort_all_objects();
        meaning.to_string()
    }

    /// That its id stands before it.
    fn is_again(&self) -> Diagnostic {
        match self.place {
            Place::File(_) => duplicate_id(self.site.source(), &self.id),
            Place::Inside(_) => {
                let message = format!("the id `{}` stands twice in this incident", self.id);
                self.site.error(Code::DuplicateId, "id", message)
            }
        }
    }
}

/// The ids of the entries inside an incident's own file.
pub(super) fn inline_ids(declaration: &Declaration) -> impl Iterator<Item = Cow<'_, str>> {
    declaration.entries.iter().map(EntryForm::inline_id)
}
