//! The Atom feed (RFC 4287): one entry for each thing that was said.

use rayon::prelude::*;
use serde::Serialize;

use super::item::{Item, anchor};
use super::markdown::{Html, html};
use super::record::{Record, Subject};
use super::timeline::items;
use super::words::Word;
use crate::incident::state::Field;
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
    status: Word,
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
    let mut status = declared.unwrap_or_else(|| vocabulary.initial(view.kind));
    let mut entries = Vec::new();
    for item in items(subject, record, &files) {
        let entry = view
            .entries
            .iter()
            .find(|entry| anchor(&entry.id) == item.anchor);
        let (published, recorded) = match entry {
            Some(entry) => (entry.at, entry.recorded.as_ref()),
            None if item.is_machine() => continue,
            None => (view.declared_at, view.recorded.as_ref()),
        };
        let mut changes = entry.into_iter().flat_map(|entry| &entry.changes);
        let change = changes.find(|change| change.field == Field::Status);
        status = change
            .and_then(|change| change.to.as_str())
            .unwrap_or(status);
        let summary = item.body.as_deref().filter(|_| entry.is_none());
        entries.push(FeedEntry {
            id: format!(
                "tag:{authority},{}:{}/{}",
                view.declared_at.day(),
                view.id,
                item.anchor
            ),
            incident: view.id.clone(),
            title: plain::line(&view.facts.title),
            status: Word::status(status, view.kind, vocabulary),
            updated: recorded.map_or(published, |recorded| recorded.at),
            published,
            tags: view.facts.tags.iter().map(|tag| plain::line(tag)).collect(),
            summary: summary.map(|summary| html(summary, 3, &files)),
            item,
        });
    }
    entries
}
