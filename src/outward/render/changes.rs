//! What an entry changed, fact by fact, in words.
//!
//! The changes come from the fold, by effect: an entry that repeats what was known
//! already changes nothing and says nothing here.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::markdown::{Files, Html, html};
use super::record::{Lens, Record, Subject};
use super::words::{self, When, Word};
use crate::incident::declaration::{Link, Resource};
use crate::incident::state::{Change, Field};
use crate::text::moment::Moment;

/// More resources than this in one entry are counted, not listed.
pub(super) const MOST: usize = 8;

/// One fact before and after.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Altered {
    /// Which fact.
    pub(super) label: String,
    /// What it was.
    pub(super) from: Option<Word>,
    /// What it is.
    pub(super) to: Option<Word>,
    /// Words that were written anew and have been replaced since.
    pub(super) words: Option<Html>,
    /// The same for Markdown.
    pub(super) body: Option<String>,
}

impl Altered {
    /// A fact as it was from the beginning.
    pub(super) fn first(label: &str, to: Word) -> Self {
        Self::new(label, None, Some(to))
    }

    fn new(label: &str, from: Option<Word>, to: Option<Word>) -> Self {
        Self {
            label: label.to_owned(),
            from,
            to,
            words: None,
            body: None,
        }
    }
}

/// What the `changes` of an entry of `at` say, in order.
pub(super) fn altered(
    changes: &[Change],
    at: Moment,
    subject: &Subject<'_>,
    record: &Record<'_>,
    files: &Files,
) -> Vec<Altered> {
    changes
        .iter()
        .flat_map(|change| one(change, at, subject, record, files))
        .collect()
}

/// What the `changes` of an entry of `at` state, fact by fact, whether or not it is in
/// force: each is told as something that was.
pub(super) fn as_said(
    changes: &[Change],
    at: Moment,
    subject: &Subject<'_>,
    record: &Record<'_>,
    files: &Files,
) -> Vec<Altered> {
    let said = changes.iter().flat_map(|change| match change.field {
        Field::Summary => vec![said_summary(change, files)],
        _ => one(change, at, subject, record, files),
    });
    said.map(|altered| match (&altered.to, &altered.from) {
        _ if altered.words.is_some() => altered,
        (Some(_), _) => Altered {
            from: altered.to,
            to: None,
            ..altered
        },
        (None, Some(gone)) => {
            let gone = Word::plain(&format!("without {}", gone.text));
            Altered::new(&altered.label, Some(gone), None)
        }
        (None, None) => Altered::new(&altered.label, Some(Word::plain("unknown")), None),
    })
    .collect()
}

fn said_summary(change: &Change, files: &Files) -> Altered {
    let body = change.to.as_str();
    Altered {
        words: body.map(|body| html(body, 4, files)),
        body: body.map(str::to_owned),
        ..Altered::new("Summary", None, None)
    }
}

fn one(
    change: &Change,
    at: Moment,
    subject: &Subject<'_>,
    record: &Record<'_>,
    files: &Files,
) -> Vec<Altered> {
    let vocabulary = &record.archive.vocabulary;
    let kind = subject.view.kind;
    let words = |make: &dyn Fn(&str) -> Word| {
        let from = change.from.as_str().map(make);
        (from, change.to.as_str().map(make))
    };
    let single = |label: &str, (from, to)| vec![Altered::new(label, from, to)];
    let name = change.field.name();
    match change.field {
        Field::Status => single(
            "Status",
            words(&|name| Word::status(name, kind, vocabulary)),
        ),
        Field::Severity => single("Severity", words(&|name| Word::severity(name, vocabulary))),
        Field::Title => single("Title", words(&Word::plain)),
        Field::Summary => vec![summary(change, subject, files)],
        Field::Tags => tags(change),
        Field::Resources => resources(change),
        Field::Links => links(change),
        Field::Roles => roles(change, record.lens),
        Field::StartedAt
        | Field::DetectedAt
        | Field::AcknowledgedAt
        | Field::MitigatedAt
        | Field::ScheduledFor
        | Field::ScheduledUntil => {
            let label = match change.field {
                Field::StartedAt => "Began".to_owned(),
                Field::ScheduledFor => "Begins".to_owned(),
                Field::ScheduledUntil => "Ends".to_owned(),
                _ => words::label(name.trim_end_matches("_at")),
            };
            single(&label, words(&|text| moment(text, at)))
        }
    }
}

/// A moment as an entry of `at` says it: the day only where it is another one.
fn moment(text: &str, at: Moment) -> Word {
    let Ok(moment) = Moment::parse(text) else {
        return Word::plain(text);
    };
    let when = When::of(moment);
    Word::plain(&if moment.day() == at.day() {
        when.clock().to_owned()
    } else {
        format!("{}, {}", when.day(), when.clock())
    })
}

/// The words at the top of the page are not repeated; those that were replaced are.
fn summary(change: &Change, subject: &Subject<'_>, files: &Files) -> Altered {
    let mut altered = Altered::new("Summary", None, Some(Word::plain("rewritten")));
    let body = change.to.as_str();
    if body != subject.view.facts.summary.as_deref() {
        altered.words = body.map(|body| html(body, 4, files));
        altered.body = body.map(str::to_owned);
    }
    altered
}

fn list<T: DeserializeOwned>(json: &Json) -> Vec<T> {
    serde_json::from_value(json.clone()).unwrap_or_default()
}

fn tags(change: &Change) -> Vec<Altered> {
    let (before, after): (Vec<String>, Vec<String>) = (list(&change.from), list(&change.to));
    let gone = before.iter().filter(|tag| !after.contains(tag));
    let new = after.iter().filter(|tag| !before.contains(tag));
    let gone = gone.map(|tag| Altered::new("Tag", Some(Word::plain(tag)), None));
    let new = new.map(|tag| Altered::new("Tag", None, Some(Word::plain(tag))));
    gone.chain(new).collect()
}

fn links(change: &Change) -> Vec<Altered> {
    let (before, after): (Vec<Link>, Vec<Link>) = (list(&change.from), list(&change.to));
    let gone = before.iter().filter(|link| !after.contains(link));
    let new = after.iter().filter(|link| !before.contains(link));
    let gone = gone.map(|link| Altered::new("Link", Some(Word::plain(&link.title)), None));
    let new = new.map(|link| Altered::new("Link", None, Some(Word::plain(&link.title))));
    gone.chain(new).collect()
}

fn roles(change: &Change, lens: Lens) -> Vec<Altered> {
    let read = |json: &Json| -> BTreeMap<String, String> {
        serde_json::from_value(json.clone()).unwrap_or_default()
    };
    let (before, after) = (read(&change.from), read(&change.to));
    let word = |person: Option<&String>| {
        let person = person?;
        Some(Word::plain(
            &lens.name(person).unwrap_or_else(|| "assigned".to_owned()),
        ))
    };
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .filter(|role| before.get(*role) != after.get(*role))
        .map(|role| {
            let (from, to) = (word(before.get(role)), word(after.get(role)));
            let unnamed = from == to;
            Altered::new(&words::label(role), from.filter(|_| !unnamed), to)
        })
        .collect()
}

/// How a resource is called.
pub(super) fn called(resource: &Resource) -> String {
    crate::text::plain::line(resource.name.as_ref().unwrap_or(&resource.id))
}

fn resources(change: &Change) -> Vec<Altered> {
    let (before, after): (Vec<Resource>, Vec<Resource>) = (list(&change.from), list(&change.to));
    let impact = |resource: &Resource| {
        resource
            .impact
            .map_or(Word::plain("affected"), Word::impact)
    };
    let mut all: Vec<Altered> = Vec::new();
    for resource in &after {
        let known = before.iter().find(|known| known.id == resource.id);
        if known != Some(resource) {
            let from = known.map(impact).filter(|from| *from != impact(resource));
            all.push(Altered::new(
                &called(resource),
                from,
                Some(impact(resource)),
            ));
        }
    }
    for gone in &before {
        if !after.iter().any(|resource| resource.id == gone.id) {
            let to = Word::plain("no longer affected");
            all.push(Altered::new(&called(gone), Some(impact(gone)), Some(to)));
        }
    }
    if all.len() > MOST {
        let more = all.len() - MOST;
        all.truncate(MOST);
        let rest = Word::plain(&format!("{more} more"));
        all.push(Altered::new("Resources", None, Some(rest)));
    }
    all
}
