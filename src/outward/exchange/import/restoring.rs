//! What an export of annals adds to an archive: the files that it does not hold.
//!
//! A file that the archive holds with the same bytes is known. One that it holds with
//! other bytes is an exception and stays as it is: the record only grows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::Intake;
use super::additions::{Additions, Tally};
use super::exception::{Exception, What};
use super::record::{Restored, entry_id};
use crate::archive::piece::{self, Content};
use crate::archive::{Archive, layout};
use crate::incident::Incident;
use crate::incident::declaration::{Declaration, Kind};
use crate::incident::entry::EntryForm;
use crate::incident::rules::{self, Site};
use crate::text::diagnostic::{Diagnostic, Level};
use crate::text::moment::Moment;
use crate::text::source::Source;

/// Adds to `out` what the exports of `intake` hold and `archive` does not. `held` answers
/// the bytes of a file of the archive.
pub fn restore(
    intake: &Intake,
    archive: &Archive,
    held: &dyn Fn(&str) -> Option<Vec<u8>>,
    out: &mut Additions,
) {
    let incidents = archive.incidents.iter();
    let mut restoring = Restoring {
        archive,
        now: intake.now,
        held,
        known: incidents
            .map(|incident| (incident.id.as_str(), incident))
            .collect(),
        added: BTreeMap::new(),
        declared: BTreeSet::new(),
        out,
    };
    for restored in &intake.restored {
        restoring.incident(restored);
    }
    let added = std::mem::take(&mut restoring.added);
    let files = added
        .into_iter()
        .map(|(path, bytes)| (path.to_owned(), bytes.to_vec()));
    out.files.extend(files);
}

/// What a file of an export is.
enum Role {
    /// The incident's own, with so many entries inside.
    Declaration(Box<Declaration>, Source),
    /// An entry.
    Entry(Box<EntryForm>, Source),
    /// A retrospective, or what is attached.
    Beside,
}

/// One file, and what it is or why it cannot be taken.
struct Sorted<'a> {
    path: &'a str,
    bytes: &'a [u8],
    role: Result<Role, String>,
}

struct Restoring<'a, 'b> {
    archive: &'a Archive,
    now: Moment,
    held: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    known: BTreeMap<&'a str, &'a Incident>,
    added: BTreeMap<&'a str, &'a [u8]>,
    /// The incidents whose own files are added.
    declared: BTreeSet<&'a str>,
    out: &'b mut Additions,
}

/// What becomes of a file.
#[derive(Clone, Copy)]
enum Fate {
    New,
    Known,
    Repeated,
}

impl<'a> Restoring<'a, '_> {
    fn incident(&mut self, restored: &'a Restored) {
        let sorted = sort(restored);
        let declared = sorted.iter().find_map(|file| match &file.role {
            Ok(Role::Declaration(declaration, _)) => Some(declaration.kind),
            _ => None,
        });
        let known = self.known.get(restored.id.as_str()).copied();
        let Some(kind) = declared.or(known.map(|known| known.declaration.kind)) else {
            self.leave(restored, &sorted);
            return;
        };
        if declared.is_none() {
            self.out.incidents.known += 1;
        }
        for file in sorted {
            self.file(restored, kind, file);
        }
    }

    fn file(&mut self, restored: &'a Restored, kind: Kind, file: Sorted<'a>) {
        let fate = file.role.as_ref().map_err(String::clone);
        let fate = fate.and_then(|role| self.fate(restored, role, file.path, file.bytes));
        let what = match &file.role {
            Ok(Role::Declaration(..)) => What::IncidentRefused,
            Ok(Role::Entry(..)) => What::EntryRefused,
            _ => What::FileRefused,
        };
        if let Ok(Role::Entry(..)) = file.role {
            self.out.updates.read += 1;
        }
        match fate {
            Err(why) => self.except(restored, what, file.path, &why),
            Ok(fate) => {
                if matches!(fate, Fate::New) {
                    self.added.insert(file.path, file.bytes);
                    if matches!(file.role, Ok(Role::Declaration(..))) {
                        self.declared.insert(restored.id.as_str());
                    }
                    self.judge(restored, kind, &file);
                    if self.may_act(&file) {
                        let why = "it is younger than `policy.act-within`";
                        self.except(restored, What::MayAct, file.path, why);
                    }
                }
                self.count(file.role.ok(), fate);
            }
        }
    }

    /// What becomes of a readable file; the error says why it cannot be taken.
    fn fate(
        &self,
        restored: &Restored,
        role: &Role,
        path: &str,
        bytes: &[u8],
    ) -> Result<Fate, String> {
        if let Some(added) = self.added.get(path) {
            return if *added == bytes {
                Ok(Fate::Repeated)
            } else {
                Err("the import holds another file of this name".to_owned())
            };
        }
        let known = self.known.get(restored.id.as_str());
        let is_own = matches!(role, Role::Declaration(..));
        let place = match (role, known) {
            (Role::Declaration(..), Some(known)) => known.path.as_str(),
            (Role::Entry(..), Some(known)) => entry_place(known, path)?.unwrap_or(path),
            _ => path,
        };
        match (self.held)(place) {
            None if is_own && self.declared.contains(restored.id.as_str()) => {
                Err("the import declares an incident of this id twice".to_owned())
            }
            None => Ok(Fate::New),
            Some(held) if held == bytes => Ok(Fate::Known),
            Some(_) => Err(format!("the archive holds other bytes at `{place}`")),
        }
    }

    /// Says where a file breaks a rule of this archive: by a word it does not know, or a
    /// time that has not come.
    fn judge(&mut self, restored: &Restored, kind: Kind, file: &Sorted<'_>) {
        let vocabulary = &self.archive.vocabulary;
        let (found, mut times, at) = match &file.role {
            Ok(Role::Declaration(form, source)) => (
                rules::declaration(form, &Site::top(source), vocabulary),
                form.fact_times(),
                ("declared_at", Some(form.declared_at)),
            ),
            Ok(Role::Entry(form, source)) => (
                rules::entry(form, kind, &Site::top(source), vocabulary),
                form.update
                    .iter()
                    .flat_map(|update| update.fact_times())
                    .collect(),
                ("at", Some(form.at)),
            ),
            _ => return,
        };
        times.push(at);
        for fault in found.iter().filter(|fault| fault.level == Level::Error) {
            self.except(restored, What::BreaksRule, file.path, &fault.message);
        }
        if let Some((key, at)) = rules::not_come_yet(&times, self.now) {
            let why = format!("`{key}` is {at}, which has not come yet");
            self.except(restored, What::BreaksRule, file.path, &why);
        }
    }

    /// Whether rules act on what a file says: it is young, and no other tool's.
    fn may_act(&self, file: &Sorted<'_>) -> bool {
        let within = self.archive.settings.policy.act_within.0;
        let acts = |at: Moment, source: &Option<Json>| source.is_none() && self.now - at <= within;
        match &file.role {
            Ok(Role::Declaration(form, _)) => {
                let mut inside = form.entries.iter();
                form.source.is_none()
                    && (acts(form.declared_at, &form.source)
                        || inside.any(|entry| acts(entry.at, &entry.source)))
            }
            Ok(Role::Entry(form, _)) => acts(form.at, &form.source),
            _ => false,
        }
    }

    fn count(&mut self, role: Option<Role>, fate: Fate) {
        let add = |tally: &mut Tally, n: usize| match fate {
            Fate::New => tally.new += n,
            Fate::Known => tally.known += n,
            Fate::Repeated => tally.repeated += n,
        };
        match role {
            Some(Role::Declaration(declaration, _)) => {
                add(&mut self.out.incidents, 1);
                self.out.updates.read += declaration.entries.len();
                add(&mut self.out.updates, declaration.entries.len());
            }
            Some(Role::Entry(..)) => add(&mut self.out.updates, 1),
            _ => {}
        }
    }

    /// Leaves out an incident that nothing declares.
    fn leave(&mut self, restored: &Restored, sorted: &[Sorted<'_>]) {
        let broken = sorted.iter().find_map(|file| {
            let is_own = layout::stem(file.path) == restored.id.as_str();
            Some((file.path, file.role.as_ref().err().filter(|_| is_own)?))
        });
        let why = broken.map_or("no file declares it", |(_, why)| why);
        let path = broken.map_or("", |(path, _)| path);
        self.except(restored, What::IncidentRefused, path, why);
        for file in sorted
            .iter()
            .filter(|file| matches!(file.role, Ok(Role::Entry(..))))
        {
            self.out.updates.read += 1;
            self.except(
                restored,
                What::EntryRefused,
                file.path,
                "its incident was left out",
            );
        }
    }

    fn except(&mut self, restored: &Restored, what: What, path: &str, why: &str) {
        match what {
            What::IncidentRefused => self.out.incidents.left_out += 1,
            What::EntryRefused => self.out.updates.left_out += 1,
            _ => {}
        }
        self.out.exceptions.push(Exception {
            file: restored.file.clone(),
            incident: Some(restored.id.to_string()),
            update: None,
            what,
            detail: [path, why].join(if path.is_empty() { "" } else { ": " }),
            original: json!(path),
        });
    }
}

/// The file in which `known` holds the entry that the file at `path` would be, if it holds
/// it; the error says that it stands in the incident's own.
fn entry_place<'a>(known: &'a Incident, path: &str) -> Result<Option<&'a str>, String> {
    let id = entry_id(path);
    let mut entries = known.entries.iter();
    let entry = entries.find(|entry| id.as_ref() == Some(&entry.id));
    entry
        .map(|entry| entry.path.as_deref())
        .map(|place| place.ok_or("the incident's own file holds an entry of this id".to_owned()))
        .transpose()
}

/// Tells what each file of an incident is.
fn sort(restored: &Restored) -> Vec<Sorted<'_>> {
    let files = restored.files.iter();
    let mut sorted: Vec<Sorted<'_>> = files
        .map(|(path, bytes)| Sorted {
            path,
            bytes,
            role: role(restored, path, bytes),
        })
        .collect();
    let attached = attached(&sorted);
    for file in &mut sorted {
        let is_attached = attached.contains(layout::name(file.path));
        if file.role.is_err()
            && is_attached
            && layout::folder_name(file.path) == restored.id.as_str()
        {
            file.role = Ok(Role::Beside);
        }
    }
    sorted
}

/// The names of the files that entries attach: these may say anything.
fn attached(sorted: &[Sorted<'_>]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in sorted {
        let forms = match &file.role {
            Ok(Role::Declaration(declaration, _)) => declaration.entries.as_slice(),
            Ok(Role::Entry(form, _)) => std::slice::from_ref(form.as_ref()),
            _ => &[],
        };
        let attached = forms.iter().filter_map(|form| form.attach.as_ref());
        names.extend(attached.map(|attached| attached.file.clone()));
    }
    names
}

fn role(restored: &Restored, path: &str, bytes: &[u8]) -> Result<Role, String> {
    if !piece::is_read(path) {
        return Ok(Role::Beside);
    }
    let reading = piece::read(path, bytes);
    let is_error = |found: &&Diagnostic| found.level == Level::Error;
    if let Some(fault) = reading.found.iter().find(is_error) {
        return Err(fault.message.clone());
    }
    let own = layout::stem(path) == restored.id.as_str();
    let beside = layout::folder_name(path) == restored.id.as_str();
    let piece = reading.piece.ok_or("it cannot be read")?;
    match piece.content {
        Content::Incident(form) if own => Ok(Role::Declaration(form, piece.source)),
        Content::Entry(form) if beside && entry_id(path).is_some() => {
            Ok(Role::Entry(form, piece.source))
        }
        Content::Retrospective(_) if beside => Ok(Role::Beside),
        _ => Err("its name does not fit what it says".to_owned()),
    }
}
