//! What an audience sees of the record: the one gate between the archive and a page.
//!
//! Incidents and entries that the audience may not see are taken out first
//! ([`Incident::seen_by`]), then what `publish` keeps back, then references to what was
//! taken out. Pages and templates get what is left and cannot ask for more.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use rayon::prelude::*;
use serde_json::Value as Json;

use super::attachment::{Attachment, published};
use super::markdown::{Files, Linked};
use super::{Request, address, words};
use crate::archive::Archive;
use crate::archive::settings::Publish;
use crate::automation::receipt::Receipt;
use crate::incident::declaration::Kind;
use crate::incident::entry::Recorded;
use crate::incident::redaction::HIDDEN;
use crate::incident::view::View;
use crate::incident::{Audience, Incident};

/// What the audience may see beyond the facts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lens {
    /// Whether this is a build for one's own people.
    pub(super) internal: bool,
    publish: Publish,
}

impl Lens {
    /// One's own people see everything, others what `publish` says.
    pub(super) fn new(audience: Audience, publish: Publish) -> Self {
        let internal = audience == Audience::Internal;
        let all = Publish {
            commits: true,
            automations: true,
            names: true,
        };
        Self {
            internal,
            publish: if internal { all } else { publish },
        }
    }

    /// The name behind `by`, or the role of somebody whose name is kept back.
    pub(super) fn person(self, by: &str, roles: &BTreeMap<String, String>) -> Option<String> {
        let name = words::person(by);
        if self.publish.names {
            return Some(name);
        }
        let role = roles
            .iter()
            .find(|(_, person)| words::person(person) == name);
        role.map(|(role, _)| words::label(role))
    }

    /// The name, or nothing where names are kept back.
    pub(super) fn name(self, by: &str) -> Option<String> {
        self.publish.names.then(|| words::person(by))
    }

    /// The short id of the commit that recorded something.
    pub(super) fn commit(self, recorded: Option<&Recorded>) -> Option<String> {
        let recorded = recorded.filter(|_| self.publish.commits)?;
        Some(words::short(&recorded.commit))
    }

    /// `json` without names, addresses and commits that are kept back.
    fn withhold(self, json: &mut Json) {
        match json {
            Json::Array(items) => items.iter_mut().for_each(|item| self.withhold(item)),
            Json::Object(map) => {
                let roles = map.get("field").and_then(Json::as_str) == Some("roles");
                for (key, value) in map.iter_mut() {
                    match key.as_str() {
                        "source" => {}
                        "commit" if !self.publish.commits => *value = Json::Null,
                        "recorded" => {
                            self.withhold(value);
                            if let Some(by) = value.get_mut("by").filter(|_| !self.publish.commits)
                            {
                                *by = Json::Null;
                            }
                        }
                        "by" | "declared_by" | "owner" => self.withhold_name(value),
                        "roles" => self.withhold_names(value),
                        "from" | "to" if roles => self.withhold_names(value),
                        _ => self.withhold(value),
                    }
                }
            }
            _ => {}
        }
    }

    fn withhold_names(self, roles: &mut Json) {
        if let Json::Object(roles) = roles {
            roles
                .iter_mut()
                .for_each(|(_, name)| self.withhold_name(name));
        }
    }

    fn withhold_name(self, name: &mut Json) {
        *name = match name.as_str() {
            Some(_) if !self.publish.names => Json::Null,
            Some(by) => Json::String(words::person(by)),
            None => return,
        };
    }
}

/// One incident as the audience sees it.
pub(super) struct Subject<'a> {
    /// Its one shape.
    pub(super) view: View,
    /// What automations did about it, oldest first.
    pub(super) receipts: Vec<&'a Receipt>,
    /// The files that a visible entry attaches, by name.
    pub(super) attached: BTreeMap<String, Attachment>,
}

impl Subject<'_> {
    /// The address of the published files from a page below which `prefix` leads to
    /// `incidents/`.
    pub(super) fn files(&self, prefix: &str) -> Files {
        let folder = address::folder(&self.view.id);
        let linked = |file: &Attachment| Linked {
            href: (file.bytes.as_ref())
                .map(|_| format!("{prefix}{folder}/{}", encoded(&file.name))),
            picture: file.is_picture(),
        };
        let files = self.attached.iter();
        files
            .map(|(name, file)| (name.clone(), linked(file)))
            .collect()
    }

    /// When its impact began, or else when it was declared.
    pub(super) fn origin(&self) -> crate::text::moment::Moment {
        self.view.facts.started_at.unwrap_or(self.view.declared_at)
    }

    /// Whether the declaration was recorded more than a day after it was made: written
    /// down afterwards, or imported.
    pub(super) fn is_retold(&self) -> bool {
        let late = self
            .view
            .late
            .map(crate::text::duration::Duration::as_seconds);
        late.is_some_and(|late| late > 86_400)
    }
}

/// Everything that the audience sees.
pub(super) struct Record<'a> {
    /// The archive that it is taken from: settings and vocabulary only are asked of it.
    pub(super) archive: &'a Archive,
    /// What may be shown.
    pub(super) lens: Lens,
    /// Oldest first.
    pub(super) subjects: Vec<Subject<'a>>,
    /// Which incidents turned out to be another one, by the id of that.
    pub(super) duplicates: BTreeMap<String, Vec<String>>,
    /// The site's picture: its path in the site, and its bytes.
    pub(super) logo: Option<(String, Vec<u8>)>,
}

impl<'a> Record<'a> {
    /// What `request`'s audience sees.
    pub(super) fn of(request: &Request<'a>) -> Self {
        let archive = request.archive;
        let seen: Vec<_> = archive
            .incidents
            .iter()
            .filter_map(|incident| Some((incident, seen(incident, request)?)))
            .collect();
        let known: BTreeSet<String> = seen.iter().map(|(whole, _)| whole.id.to_string()).collect();
        let unseen = unseen(request, &known);
        let lens = Lens::new(request.audience, archive.settings.publish);
        let subjects: Vec<Subject<'_>> = seen
            .into_par_iter()
            .map(|(whole, mut incident)| {
                if !unseen.is_empty() {
                    incident.to_mut().forget_incidents(&unseen);
                }
                let mut view = View::of(&incident, &archive.vocabulary, request.now);
                view.forget(|id| !known.contains(id));
                Subject {
                    receipts: receipts(request.receipts, &view.id, lens),
                    attached: attached(&view, whole, request),
                    view,
                }
            })
            .collect();
        let mut duplicates: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for view in subjects.iter().map(|subject| &subject.view) {
            if let Some(other) = &view.facts.duplicate_of {
                duplicates
                    .entry(other.clone())
                    .or_default()
                    .push(view.id.clone());
            }
        }
        Self {
            archive,
            lens,
            duplicates,
            subjects,
            logo: logo(request),
        }
    }

    /// The incident called `id`.
    pub(super) fn find(&self, id: &str) -> Option<&Subject<'a>> {
        self.subjects.iter().find(|subject| subject.view.id == id)
    }

    /// The incident's one shape as JSON, without what is kept back.
    pub(super) fn json(&self, subject: &Subject<'_>) -> Result<Json, serde_json::Error> {
        let mut json = serde_json::to_value(&subject.view)?;
        if !self.lens.internal {
            self.lens.withhold(&mut json);
        }
        Ok(json)
    }

    /// Whether `subject` is an incident of the worst severity that is going on.
    pub(super) fn is_alarming(&self, subject: &Subject<'_>) -> bool {
        subject.view.active
            && subject.view.kind == Kind::Incident
            && self.archive.vocabulary.rank(&subject.view.facts.severity) == 0
    }
}

fn logo(request: &Request<'_>) -> Option<(String, Vec<u8>)> {
    let path = request.archive.settings.site.logo.as_deref()?;
    let bytes = (request.file)(path);
    // What is wrong with it is told by `check` and `build`; the site does without.
    let name = super::logo(path, bytes.as_deref()).ok()?;
    Some((name, bytes?))
}

fn receipts<'a>(all: &'a [Receipt], id: &str, lens: Lens) -> Vec<&'a Receipt> {
    if !lens.publish.automations {
        return Vec::new();
    }
    let mut own: Vec<&Receipt> = all
        .iter()
        .filter(|receipt| receipt.incident.as_deref() == Some(id))
        .collect();
    own.sort_by_key(|receipt| (receipt.fired_at, &receipt.firing, &receipt.key));
    own
}

/// The incidents that the public may not even see named.
fn unseen<'a>(request: &Request<'a>, known: &BTreeSet<String>) -> BTreeSet<&'a str> {
    if request.audience == Audience::Internal {
        return BTreeSet::new();
    }
    let all = request.archive.incidents.iter();
    let all = all.map(|incident| incident.id.as_str());
    all.filter(|id| !known.contains(*id)).collect()
}

/// What the audience may see of an incident, as it was when that is asked. A correction
/// that is kept from the audience is so before it could be taken for what was known.
fn seen<'a>(incident: &'a Incident, request: &Request<'_>) -> Option<Cow<'a, Incident>> {
    let seen = incident.seen_by(request.audience)?;
    match request.as_of {
        None => Some(seen),
        Some(moment) => seen.as_of(moment).map(Cow::Owned),
    }
}

/// The bytes of what visible entries attach: files of the incident, and none that itself
/// holds a part of the record, of which the audience may not see all.
fn attached(view: &View, whole: &Incident, request: &Request<'_>) -> BTreeMap<String, Attachment> {
    let said = whole
        .entries
        .iter()
        .filter_map(|entry| entry.path.as_deref());
    let written = whole
        .retrospective
        .as_ref()
        .map(|retro| retro.path.as_str());
    let record: BTreeSet<&str> = said.chain(written).collect();
    let originals = view
        .entries
        .iter()
        .filter_map(|entry| entry.original.as_deref());
    let named = view.entries.iter().chain(originals).filter_map(|entry| {
        let attachment = entry.attach.as_ref()?;
        Some((attachment.file.as_str(), attachment.path.as_deref()?))
    });
    let files = named
        .filter(|(name, path)| *name != HIDDEN && is_plain(name) && !record.contains(path))
        .filter_map(|(name, path)| Some((name.to_owned(), (request.file)(path)?)));
    published(files.collect())
}

/// Whether `name` is a visible file directly in a folder, on every system.
fn is_plain(name: &str) -> bool {
    !name.starts_with('.')
        && !name.contains(['/', '\\', ':'])
        && !name.chars().any(char::is_control)
}

/// `name` as one part of an address.
pub(super) fn encoded(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
