//! Incidents put together from their files, and what is wrong between those files.

use std::borrow::Cow;
use std::cell::LazyCell;

use std::collections::BTreeSet;

use super::layout;
use super::record::{Folder, Record};
use super::second_clock::SecondClock;
use crate::incident::Incident;
use crate::incident::declaration::{Declaration, FactTime, Kind};
use crate::incident::entry::{Entry, EntryForm, Recorded, Statement};
use crate::incident::id::{EntryId, IncidentId};
use crate::incident::redaction;
use crate::incident::rules::{self, Site};
use crate::incident::standing::{self, Fate, Standing, Void};
use crate::incident::vocabulary::Vocabulary;
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::moment::Moment;
use crate::text::source::{Source, Span};
use crate::text::suggest::suggest;

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

    /// What an entry says of times that have not come yet.
    fn times(
        &self,
        form: &EntryForm,
        recorded: Option<&Recorded>,
        site: &Site<'_>,
    ) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        found.extend(self.future(&[("at", Some(form.at))], recorded, site));
        if let Some(update) = &form.update {
            found.extend(self.future(&update.fact_times(), recorded, &site.under("update")));
        }
        if let Some(correction) = &form.correct {
            let at = [("at", Some(correction.to.at))];
            let site = site.under("correct").under("to");
            found.extend(self.future(&at, recorded, &site));
        }
        found
    }

    fn future(
        &self,
        times: &[FactTime],
        recorded: Option<&Recorded>,
        site: &Site<'_>,
    ) -> Option<Diagnostic> {
        let (by, when) = match recorded {
            Some(recorded) => (recorded.at, "it was recorded"),
            None => (self.now?, "now"),
        };
        let (key, at) = rules::not_come_yet(times, by)?;
        let message = format!("`{key}` lies {} after {when}", at - by);
        let fault = site.error(Code::FutureTime, key, message);
        Some(fault.help("say when it happened; what is planned belongs in `scheduled_for`"))
    }

    /// What entries say of other entries, of files and of other incidents.
    fn between(&self, placed: &[(Entry, Site<'_>)], folder: &Folder) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let ids: Vec<&str> = placed.iter().map(|(entry, _)| entry.id.as_str()).collect();
        let redacted: BTreeSet<&str> = placed.iter().filter_map(|(by, _)| redacts(by)).collect();
        for (entry, site) in placed {
            let target = match &entry.statement {
                Statement::Correct(correction) => Some(("correct", &correction.entry)),
                Statement::Retract(target) => Some(("retract", &target.entry)),
                Statement::Redact(target) => Some(("redact", &target.entry)),
                _ => None,
            };
            if let Some((verb, target)) = target
                .filter(|(_, target)| *target != "declaration" && !ids.contains(&target.as_str()))
            {
                let help =
                    suggest(target, ids.iter().copied()).filter(|help| help.starts_with("did"));
                found.push(
                    site.under(verb)
                        .error(
                            Code::UnknownTarget,
                            "entry",
                            format!("this incident has no entry `{target}`"),
                        )
                        .help_if(help),
                );
            }
            // What was redacted may be gone: erased, or left behind when the record moved.
            if !redacted.contains(entry.id.as_str()) {
                found.extend(self.beyond(entry, site, folder));
            }
        }
        found
    }

    fn beyond(&self, entry: &Entry, site: &Site<'_>, folder: &Folder) -> Option<Diagnostic> {
        match &entry.statement {
            Statement::Attach(attachment)
                if rules::is_plain_name(&attachment.file)
                    && !folder.names.contains(&attachment.file) =>
            {
                let message = format!("the incident's folder holds no file `{}`", attachment.file);
                let help = suggest(&attachment.file, folder.names.iter().map(String::as_str))
                    .filter(|help| help.starts_with("did"));
                Some(
                    site.under("attach")
                        .error(Code::MissingAttachment, "file", message)
                        .help_if(help),
                )
            }
            Statement::DuplicateOf(other) if !self.is_declared(other) => {
                let known = self
                    .record
                    .folders()
                    .filter(|(name, _)| self.is_declared(name))
                    .map(|(name, _)| name);
                let help = suggest(other, known).filter(|help| help.starts_with("did"));
                Some(
                    site.error(
                        Code::UnknownTarget,
                        "duplicate_of",
                        format!("there is no incident `{other}`"),
                    )
                    .help_if(help),
                )
            }
            _ => None,
        }
    }

    fn is_declared(&self, name: &str) -> bool {
        self.record
            .folder(name)
            .is_some_and(|folder| !folder.declarations.is_empty())
    }

    fn order(&self, incident: &Incident, top: &Site<'_>) -> Option<Diagnostic> {
        let state = incident.course(self.vocabulary).state;
        let (key, message) = rules::order(&state)?;
        Some(
            top.error(Code::ImpossibleOrder, key, message)
                .help("correct the time that is wrong with a new update"),
        )
    }

    fn without_incident(&self, name: &str, folder: &Folder) -> Vec<Diagnostic> {
        let help = LazyCell::new(|| {
            let known = self.record.folders();
            let known = known.filter(|(_, folder)| !folder.declarations.is_empty());
            let help = suggest(name, known.map(|(name, _)| name));
            help.filter(|help| help.starts_with("did"))
        });
        let fault = |source: &Source, what: &str| {
            source
                .error(
                    Code::EntryWithoutIncident,
                    Span::default(),
                    format!("{what} belongs to no incident: there is no `{name}.yaml`"),
                )
                .help_if(LazyCell::force(&help).clone())
        };
        let entries = folder
            .entries
            .values()
            .map(|(source, _)| fault(source, "this entry"));
        let words = folder
            .retrospective
            .iter()
            .map(|(source, _)| fault(source, "this retrospective"));
        entries.chain(words).collect()
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

/// What is wrong with corrections and retractions that cannot count; `sites` are those of
/// the entries. A target that is not there is told elsewhere.
fn voids(incident: &Incident, sites: &[Site<'_>]) -> Vec<Diagnostic> {
    if standing::is_plain(incident) {
        return Vec::new();
    }
    let standing = Standing::of(incident);
    let void = standing
        .entries
        .iter()
        .filter_map(|stand| match stand.fate {
            Fate::Void(why) if why != Void::Unknown => Some((stand.said, why)),
            _ => None,
        });
    let told = void.filter_map(|(said, why)| {
        let place = incident
            .entries
            .iter()
            .position(|entry| entry.id == said.id)?;
        let verb = said.statement.kind();
        let key = match why {
            Void::NotAnUpdate | Void::Misfit => "to",
            _ => "entry",
        };
        let site = sites.get(place)?.under(verb);
        let message = format!("this does not count: {}", why.why());
        Some(
            site.error(Code::VoidCorrection, key, message)
                .help(why.help()),
        )
    });
    told.collect()
}

/// The id of the entry whose words `entry` hides.
fn redacts(entry: &Entry) -> Option<&str> {
    match &entry.statement {
        Statement::Redact(target) => Some(&target.entry),
        _ => None,
    }
}

/// The ids of the entries inside an incident's own file.
pub(super) fn inline_ids(declaration: &Declaration) -> impl Iterator<Item = Cow<'_, str>> {
    declaration.entries.iter().map(EntryForm::inline_id)
}

fn bad_id(source: &Source, name: &str, fault: &str) -> Diagnostic {
    source
        .error(
            Code::BadId,
            Span::default(),
            format!("the file's name is its id, and `{name}` {fault}"),
        )
        .help("rename the file, such as `2026-11-22-late-orders.yaml`")
}

fn duplicate_id(source: &Source, name: &str) -> Diagnostic {
    source
        .error(
            Code::DuplicateId,
            Span::default(),
            format!("the id `{name}` stands twice in this record"),
        )
        .help("rename one of the files: an id is unique in the whole record")
}
