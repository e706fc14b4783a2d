//! The Atom feed (RFC 4287): one entry for each thing that was said.
//!
//! Ids are made of the record and not of where the site stands, so that a site that moves, or
//! gets an address, is not read anew.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;
use uuid::Uuid;

use super::item::{Item, anchor};
use super::markdown::{Html, html};
use super::record::{Record, Subject};
use super::timeline::items;
use super::words::Word;
use crate::incident::id::DECLARATION;
use crate::incident::view::{EntryView, View};
use crate::text::moment::Moment;
use crate::text::plain;

/// The feed holds so many of the latest entries.
const HELD: usize = 100;

/// The feed.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Feed {
    id: String,
    title: String,
    /// What its links begin with: the site's address, or nothing.
    base: String,
    /// When its latest entry was recorded, or where it has none the latest incident; the epoch
    /// for an empty record.
    updated: Option<Moment>,
    entries: Vec<FeedEntry>,
}

/// One thing that was said.
#[derive(Clone, Debug, Serialize)]
struct FeedEntry {
    id: String,
    incident: String,
    title: String,
    /// The status that was in force after it.
    label: String,
    /// When something about it was last recorded.
    updated: Moment,
    /// When it was recorded.
    published: Moment,
    tags: Vec<String>,
    item: Item,
    /// What the incident is about, beside its declaration.
    summary: Option<Html>,
}

/// The feed of what `record` shows; `base` is the site's address, where that is known, and
/// `identity` tells the record from others wherever the site stands.
pub(super) fn feed(record: &Record<'_>, base: Option<&str>, identity: &str) -> Feed {
    let space = Uuid::new_v5(&Uuid::NAMESPACE_OID, identity.as_bytes());
    let base = base.map(|base| format!("{}/", base.trim_end_matches('/')));
    let base = base.unwrap_or_default();
    let mut entries: Vec<FeedEntry> = record
        .subjects
        .par_iter()
        .flat_map(|subject| news(subject, record, &base, &space))
        .collect();
    entries.sort_by(|one, other| (other.updated, &other.id).cmp(&(one.updated, &one.id)));
    entries.truncate(HELD);
    let latest = entries.first().map(|entry| entry.updated);
    // A feed needs a time also where all is history that was imported, and none of it news.
    let history = record.subjects.iter();
    let history = history.filter_map(|subject| subject.view.recorded.as_ref());
    let latest = latest.or_else(|| history.map(|recorded| recorded.at).max());
    let name = if record.lens.internal {
        "internal"
    } else {
        "public"
    };
    Feed {
        id: urn(&space, name),
        title: plain::line(&record.archive.settings.site.title),
        updated: latest.or(Moment::from_seconds(0)),
        base,
        entries,
    }
}

/// The id of what is called `name` among what one record holds.
fn urn(space: &Uuid, name: &str) -> String {
    Uuid::new_v5(space, name.as_bytes()).urn().to_string()
}

/// What is news about one incident, with the status that was in force after it. What was
/// imported is history: nobody who reads the feed is to be told of it as if it were new.
/// What corrects, retracts or redacts changes the entry that it is about.
fn news(subject: &Subject<'_>, record: &Record<'_>, base: &str, space: &Uuid) -> Vec<FeedEntry> {
    let view = &subject.view;
    let files = subject.files(&format!("{base}incidents/"));
    let vocabulary = &record.archive.vocabulary;
    let declared = subject.view.declaration.status.as_deref();
    let mut status = declared
        .unwrap_or_else(|| vocabulary.initial(view.kind))
        .to_owned();
    let known: BTreeMap<String, &EntryView> = view
        .entries
        .iter()
        .map(|entry| (anchor(&entry.id), entry))
        .collect();
    let amended = amended(view);
    let mut entries = Vec::new();
    let items = items(subject, record, &files).into_iter();
    for item in items.filter(|item| !item.is_machine()) {
        let entry = known.get(&item.anchor).copied();
        status = item.status.clone().unwrap_or(status);
        let is_history = entry.map_or(view.imported, |entry| entry.imported);
        if is_history || entry.is_some_and(|entry| target(entry).is_some()) {
            continue;
        }
        let name = entry.map_or(item.anchor.as_str(), |entry| entry.id.as_str());
        let (published, updated) = dates(name, entry, &item, subject, &amended);
        let summary = item.said.body.as_deref().filter(|_| name == DECLARATION);
        entries.push(FeedEntry {
            id: urn(space, &format!("{}\n{name}", view.id)),
            incident: view.id.clone(),
            title: plain::line(&view.facts.title),
            label: Word::status(&status, view.kind, vocabulary).text,
            updated,
            published,
            tags: view.facts.tags.iter().map(|tag| plain::line(tag)).collect(),
            summary: summary.map(|summary| html(summary, 3, &files)),
            item,
        });
    }
    entries
}

/// When what `name` means was recorded, and when something about it was last recorded.
fn dates(
    name: &str,
    entry: Option<&EntryView>,
    item: &Item,
    subject: &Subject<'_>,
    amended: &BTreeMap<&str, Option<Moment>>,
) -> (Moment, Moment) {
    let declared = subject.view.recorded.as_ref();
    let recorded = match entry {
        Some(entry) => entry.recorded.as_ref(),
        None => declared.filter(|_| name == DECLARATION),
    };
    let published = recorded.map_or(item.at, |recorded| recorded.at);
    let amended = amended.get(name).copied().flatten();
    let updated = amended.map_or(published, |amended| amended.max(published));
    (published, updated)
}

/// What `entry` corrects, retracts or redacts.
fn target(entry: &EntryView) -> Option<&str> {
    let corrected = entry.correct.as_ref().map(|correction| &correction.entry);
    let other = entry.retract.as_ref().or(entry.redact.as_ref());
    let target = corrected.or(other.map(|target| &target.entry));
    target.map(String::as_str)
}

/// When something was last recorded about each entry, or about something that is about it:
/// a reader that has the entry is to show it anew. Each chain is followed to its end once.
fn amended(view: &View) -> BTreeMap<&str, Option<Moment>> {
    let entries = view.entries.iter();
    let targets: BTreeMap<&str, &str> = entries
        .clone()
        .filter_map(|entry| Some((entry.id.as_str(), target(entry)?)))
        .collect();
    let mut ends: BTreeMap<&str, &str> = BTreeMap::new();
    let mut amended: BTreeMap<&str, Option<Moment>> = BTreeMap::new();
    for entry in entries.filter(|entry| target(entry).is_some()) {
        let (mut at, mut way) = (entry.id.as_str(), BTreeSet::new());
        // A circle ends where it closes.
        while let Some(next) = targets.get(at).filter(|_| way.insert(at)) {
            at = ends.get(at).unwrap_or(next);
        }
        ends.extend(way.into_iter().map(|passed| (passed, at)));
        let landed = entry.recorded.as_ref().map(|recorded| recorded.at);
        let last = amended.entry(at).or_default();
        *last = landed.max(*last);
    }
    amended
}
