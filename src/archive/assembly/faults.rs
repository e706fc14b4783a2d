//! What is wrong between the files of an incident, and between incidents.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use super::Assembly;
use crate::archive::layout;
use crate::archive::record::Folder;
use crate::incident::Incident;
use crate::incident::declaration::FactTime;
use crate::incident::entry::{Attachment, Entry, Recorded, Statement};
use crate::incident::id::{DECLARATION, EntryId};
use crate::incident::order::{self, Dated};
use crate::incident::rules::{self, Site};
use crate::incident::standing::{self, Fate, Standing, Void};
use crate::incident::state::MOST;
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::file_name;
use crate::text::moment::Moment;
use crate::text::source::{Source, Span};
use crate::text::suggest::{near, suggest};

impl Assembly<'_> {
    /// The times of an incident that had not come yet when they were recorded, of what stands as
    /// it was said: a correction mends them. `sites` are those of the entries.
    pub(super) fn not_come_yet(
        &self,
        incident: &Incident,
        top: &Site<'_>,
        sites: &[Site<'_>],
    ) -> Vec<Diagnostic> {
        let standing = Standing::of(incident);
        let mut found = Vec::new();
        if standing.corrected_by.is_none() {
            let declaration = &incident.declaration;
            let mut times = vec![("declared_at", Some(declaration.declared_at))];
            times.extend(declaration.fact_times());
            found.extend(self.future(&times, incident.recorded.as_ref(), top));
        }
        let stands = standing.entries.iter();
        let mended: BTreeSet<&EntryId> = stands
            .filter(|stand| matches!(stand.fate, Fate::Corrected(_) | Fate::Retracted(_)))
            .map(|stand| &stand.said.id)
            .collect();
        let followed = followed(&standing);
        let entries = incident.entries.iter();
        let mut dates: BTreeMap<&str, Moment> =
            entries.map(|entry| (entry.id.as_str(), entry.at)).collect();
        dates.insert(DECLARATION, incident.declaration.declared_at);
        for (entry, site) in incident.entries.iter().zip(sites) {
            if mended.contains(&entry.id) {
                continue;
            }
            found.extend(follows_in_vain(entry, site, &dates));
            let told = self.times(entry, site);
            if told.is_empty() {
                found.extend(overtaken(entry, &followed, site));
            }
            found.extend(told);
        }
        found
    }

    /// What an entry says of times that have not come yet.
    fn times(&self, entry: &Entry, site: &Site<'_>) -> Vec<Diagnostic> {
        let recorded = entry.recorded.as_ref();
        let mut found = Vec::new();
        found.extend(self.future(&[("at", Some(entry.at))], recorded, site));
        match &entry.statement {
            Statement::Update(update, _) => {
                found.extend(self.future(&update.fact_times(), recorded, &site.under("update")));
            }
            Statement::Correct(correction) => {
                let site = site.under("correct").under("to");
                found.extend(self.future(&[("at", Some(correction.to.at))], recorded, &site));
                let update = correction.to.update.iter();
                found.extend(update.filter_map(|update| {
                    self.future(&update.fact_times(), recorded, &site.under("update"))
                }));
            }
            _ => {}
        }
        found
    }

    pub(super) fn future(
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
    pub(super) fn between(&self, placed: &[(Entry, Site<'_>)], folder: &Folder) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let ids: BTreeSet<&str> = placed.iter().map(|(entry, _)| entry.id.as_str()).collect();
        let known: BTreeSet<&str> = folder.files.iter().map(|(name, _)| name.as_str()).collect();
        let files = Files { folder, known };
        let redacted: BTreeSet<&str> = placed.iter().filter_map(|(by, _)| redacts(by)).collect();
        for (entry, site) in placed {
            let target = match &entry.statement {
                Statement::Correct(correction) => Some(("correct", &correction.entry)),
                Statement::Retract(target) => Some(("retract", &target.entry)),
                Statement::Redact(target) => Some(("redact", &target.entry)),
                _ => None,
            };
            if let Some((verb, target)) = target
                .filter(|(_, target)| *target != "declaration" && !ids.contains(target.as_str()))
            {
                let help =
                    suggest(target, near(target, &ids)).filter(|help| help.starts_with("did"));
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
            found.extend(follows_nothing(entry, site, &ids));
            found.extend(unportable(entry, site));
            // What was redacted may be gone: erased, or left behind when the record moved.
            if !redacted.contains(entry.id.as_str()) {
                found.extend(self.beyond(entry, site, &files));
            }
        }
        found
    }

    fn beyond(&self, entry: &Entry, site: &Site<'_>, files: &Files<'_>) -> Option<Diagnostic> {
        match &entry.statement {
            Statement::Attach(attachment) => {
                missing(attachment, entry, &site.under("attach"), files)
            }
            Statement::Correct(correction) => {
                let site = site.under("correct").under("to").under("attach");
                missing(correction.to.attach.as_ref()?, entry, &site, files)
            }
            Statement::DuplicateOf(other) if !self.is_declared(other) => {
                let help = self.declared_near(other);
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

    /// Which incident may have been meant by a name that none bears.
    fn declared_near(&self, name: &str) -> Option<String> {
        let known = self.record.near(name);
        let known = known.filter(|(_, folder)| !folder.declarations.is_empty());
        let help = suggest(name, known.map(|(name, _)| name));
        help.filter(|help| help.starts_with("did"))
    }

    fn is_declared(&self, name: &str) -> bool {
        self.record
            .folder(name)
            .is_some_and(|folder| !folder.declarations.is_empty())
    }

    /// What of the facts in force cannot be: their order, and lists that are too long.
    pub(super) fn facts(&self, incident: &Incident, top: &Site<'_>) -> Vec<Diagnostic> {
        let state = incident.course(self.vocabulary).state;
        let order = rules::order(&state).map(|(key, message)| {
            top.error(Code::ImpossibleOrder, key, message)
                .help("correct the time that is wrong with a new update")
        });
        let long = state.left_out().map(|field| {
            let key = field.name();
            let message =
                format!("more than {MOST} {key} are recorded, and the others do not count");
            top.error(Code::TooComplex, key, message)
                .help("retract or correct the entries that add them")
        });
        order.into_iter().chain(long).collect()
    }

    pub(super) fn without_incident(&self, name: &str, folder: &Folder) -> Vec<Diagnostic> {
        let help = LazyCell::new(|| self.declared_near(name));
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
}

/// The files of an incident's folder, and their names for whoever looks for a near one.
struct Files<'a> {
    folder: &'a Folder,
    known: BTreeSet<&'a str>,
}

/// That the file that an entry attaches is not there, or cannot be told from others, or is
/// not the one beside it.
fn missing(
    attachment: &Attachment,
    entry: &Entry,
    site: &Site<'_>,
    Files { folder, known }: &Files<'_>,
) -> Option<Diagnostic> {
    let name = attachment.file.as_str();
    if !rules::is_plain_name(name) {
        return None;
    }
    if let Some(first) = attachment.path.as_deref() {
        let own = layout::folder(entry.path.as_deref()?);
        let is_other = |path: &str| layout::folder(path) == own && path != first;
        let beside = folder.called(name).find(|path| is_other(path))?;
        let message =
            format!("`{name}` is `{first}`, which was attached first, and not `{beside}`");
        let found = site.error(Code::MissingAttachment, "file", message);
        return Some(found.help("attach this file under another name"));
    }
    let called: Vec<&str> = folder.called(name).collect();
    if let [one, other, ..] = called.as_slice() {
        let message = format!("`{name}` may mean `{one}` or `{other}`");
        let found = site.error(Code::MissingAttachment, "file", message);
        return Some(found.help("put the file that is meant beside the entry that attaches it"));
    }
    let message = format!("the incident's folder holds no file `{name}`");
    let help = suggest(name, near(name, known)).filter(|help| help.starts_with("did"));
    let found = site.error(Code::MissingAttachment, "file", message);
    Some(found.help_if(help))
}

/// What is wrong with corrections and retractions that cannot count; `sites` are those of
/// the entries. A target that is not there is told elsewhere.
pub(super) fn voids(incident: &Incident, sites: &[Site<'_>]) -> Vec<Diagnostic> {
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
    let entries = incident.entries.iter().enumerate();
    let places: BTreeMap<_, _> = entries.map(|(place, entry)| (&entry.id, place)).collect();
    let told = void.filter_map(|(said, why)| {
        let place = *places.get(&said.id)?;
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

/// That some system cannot hold what an entry attaches: a clone there fails, or holds something
/// else. Nothing that is recorded can be renamed, so it is no more than a warning.
fn unportable(entry: &Entry, site: &Site<'_>) -> Option<Diagnostic> {
    let path = entry.statement.attachment()?.path.as_deref()?;
    let name = layout::name(path);
    let too_long = || {
        let length = file_name::too_long(path)?;
        Some(format!(
            "lies at a path of {length} characters, which is too long for Windows"
        ))
    };
    let unfit = file_name::check(name).err();
    let why = unfit.map(|why| why.to_string()).or_else(too_long)?;
    let site = match &entry.statement {
        Statement::Correct(_) => site.under("correct").under("to").under("attach"),
        _ => site.under("attach"),
    };
    let message = format!("the name `{}` {why}", name.escape_debug());
    let found = site
        .error(Code::UnportableName, "file", message)
        .as_warning();
    Some(found.help("attach the file again under another name, with `annals attach --name`, and retract this entry"))
}

/// That the entry which another one names with `after` is not there.
fn follows_nothing(entry: &Entry, site: &Site<'_>, ids: &BTreeSet<&str>) -> Option<Diagnostic> {
    let after = entry.after.as_deref();
    let after = after.filter(|id| *id != DECLARATION && !ids.contains(id))?;
    let message = format!("this incident has no entry `{after}`");
    let help = suggest(after, near(after, ids)).filter(|help| help.starts_with("did"));
    // It counts by its own date, and nothing that is recorded could be mended.
    let found = site
        .error(Code::UnknownTarget, "after", message)
        .as_warning();
    Some(found.help_if(help))
}

/// That the entry which another one names with `after` does not lie ahead of that, so that
/// naming it moves nothing.
fn follows_in_vain(
    entry: &Entry,
    site: &Site<'_>,
    dates: &BTreeMap<&str, Moment>,
) -> Option<Diagnostic> {
    let after = entry.after.as_deref()?;
    let named = dates.get(after)?;
    if order::is_ahead(*named, Dated::entry(entry).written()) {
        return None;
    }
    let message = format!("`after` has no effect: `{after}` is not dated after this was recorded");
    let found = site.error(Code::NotInForce, "after", message).as_warning();
    Some(found.help("leave it out; annals writes it where it sees an entry from the future"))
}

/// What entries name with `after`: the earliest of those that name it.
fn followed<'a>(standing: &'a Standing<'_>) -> BTreeMap<&'a str, &'a Entry> {
    let mut followed: BTreeMap<&str, &Entry> = BTreeMap::new();
    for stand in &standing.entries {
        let entry = stand.entry.as_ref();
        if let Some(after) = entry.after.as_deref() {
            let known = followed.entry(after).or_insert(entry);
            if Dated::entry(entry).written() < Dated::entry(known).written() {
                *known = entry;
            }
        }
    }
    followed
}

/// That an entry is dated after one that was written when it was there: its date may have come
/// meanwhile, and is no less wrong for that.
fn overtaken(
    entry: &Entry,
    followed: &BTreeMap<&str, &Entry>,
    site: &Site<'_>,
) -> Option<Diagnostic> {
    let by = followed.get(entry.id.as_str())?;
    if !order::is_ahead(entry.at, Dated::entry(by).written()) {
        return None;
    }
    let late = entry.at - Dated::entry(by).written();
    let message = format!(
        "`at` lies {late} after `{}`, which was written after this",
        by.id
    );
    let found = site.error(Code::FutureTime, "at", message);
    Some(found.help(format!(
        "correct the time of whichever is wrong: `annals correct INCIDENT {} --happened TIME --reason TEXT`",
        entry.id
    )))
}

/// The id of the entry whose words `entry` hides.
fn redacts(entry: &Entry) -> Option<&str> {
    match &entry.statement {
        Statement::Redact(target) => Some(&target.entry),
        _ => None,
    }
}

pub(super) fn bad_id(source: &Source, name: &str, fault: &str) -> Diagnostic {
    source
        .error(
            Code::BadId,
            Span::default(),
            format!("the file's name is its id, and `{name}` {fault}"),
        )
        .help("rename the file, such as `2026-11-22-late-orders.yaml`")
}

pub(super) fn duplicate_id(source: &Source, name: &str) -> Diagnostic {
    source
        .error(
            Code::DuplicateId,
            Span::default(),
            format!("the id `{name}` stands twice in this record"),
        )
        .help("rename one of the files: an id is unique in the whole record")
}
