//! The Atom feed (RFC 4287): one entry for each thing that was said.

use rayon::prelude::*;
use serde::Serialize;

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
    /// When its latest entry was recorded; the epoch for an empty feed.
    updated: Option<Moment>,
    entries: Vec<FeedEntry>,
}

/// One thing that was said.
#[derive(Clone, Debug, Serialize)]
struct FeedEntry {
    id: String,
    incident: String,
    title: String,
    /// The status that was in force after it, or what it is about.
    label: String,
    updated: Moment,
    published: Moment,
    tags: Vec<String>,
    item: Item,
    /// What the incident is about, beside its declaration.
    summary: Option<Html>,
}

/// The feed of what `record` shows; `base` is the site's address, where that is known.
pub(super) fn feed(record: &Record<'_>, base: Option<&str>) -> Feed {
    let base = base.map(|base| format!("{}/", base.trim_end_matches('/')));
    let authority = base
        .as_deref()
        .and_then(|base| base.split("//").nth(1)?.split(['/', ':']).next())
        .unwrap_or("annals.invalid")
        .to_owned();
    let base = base.unwrap_or_default();
    let mut entries: Vec<FeedEntry> = record
        .subjects
        .par_iter()
        .flat_map(|subject| said(subject, record, &base, &authority))
        .collect();
    entries.sort_by(|one, other| (other.updated, &other.id).cmp(&(one.updated, &one.id)));
    entries.truncate(HELD);
    let latest = entries.first().map(|entry| entry.updated);
    Feed {
        id: format!("tag:{authority},2026:annals"),
        title: plain::line(&record.archive.settings.site.title),
        updated: latest.or(Moment::from_seconds(0)),
        base,
        entries,
    }
}

/// What was said of one incident, with the status that was in force after it.
fn said(subject: &Subject<'_>, record: &Record<'_>, base: &str, authority: &str) -> Vec<FeedEntry> {
    let view = &subject.view;
    let files = subject.files(&format!("{base}incidents/"));
    let vocabulary = &record.archive.vocabulary;
    let declared = subject.view.declaration.status.as_deref();
    let mut status = declared
        .unwrap_or_else(|| vocabulary.initial(view.kind))
        .to_owned();
    let day = view.declared_at.day();
    let mut entries = Vec::new();
    let items = items(subject, record, &files).into_iter();
    for item in items.filter(|item| !item.is_machine()) {
        let mut known = view.entries.iter();
        let entry = known.find(|entry| anchor(&entry.id) == item.anchor);
        let is_declaration = item.anchor == DECLARATION;
        let recorded = match entry {
            Some(entry) => entry.recorded.as_ref(),
            None => view.recorded.as_ref().filter(|_| is_declaration),
        };
        let landed = recorded.map_or(item.at, |recorded| recorded.at);
        status = item.status.clone().unwrap_or(status);
        let summary = item.said.body.as_deref().filter(|_| is_declaration);
        let about = entry.and_then(|entry| about(entry.kind));
        let word = Word::status(&status, view.kind, vocabulary);
        entries.push(FeedEntry {
            id: format!("tag:{authority},{day}:{}/{}", view.id, item.anchor),
            incident: view.id.clone(),
            title: plain::line(&view.facts.title),
            label: about.map_or(word.text, str::to_owned),
            updated: landed.max(revised(entry, view).unwrap_or(landed)),
            published: item.at,
            tags: view.facts.tags.iter().map(|tag| plain::line(tag)).collect(),
            summary: summary.map(|summary| html(summary, 3, &files)),
            item,
        });
    }
    entries
}

/// What an entry about another entry is called in a list.
fn about(kind: &str) -> Option<&'static str> {
    match kind {
        "correct" => Some("Correction"),
        "retract" => Some("Retraction"),
        "redact" => Some("Redaction"),
        _ => None,
    }
}

/// When the last word about `entry` was recorded, or about the declaration: a reader
/// that has it already is to show it anew.
fn revised(entry: Option<&EntryView>, view: &View) -> Option<Moment> {
    let (ruling, redacted) = match entry {
        Some(entry) => (
            entry.retracted.as_ref().or(entry.corrected.as_ref()),
            entry.redacted.as_ref(),
        ),
        None => (view.corrected.as_ref(), view.redacted.as_ref()),
    };
    let ruling = ruling.map(|ruling| ruling.entry.as_str());
    let redaction = redacted.and_then(|by| Some(by.entry.as_ref()?.as_str()));
    let entries = view.entries.iter();
    entries
        .filter(|entry| [ruling, redaction].contains(&Some(entry.id.as_str())))
        .filter_map(|entry| Some(entry.recorded.as_ref()?.at))
        .max()
}
