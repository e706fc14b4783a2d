//! One incident on one page, as HTML and as Markdown.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bar::{Bar, bar};
use super::changes::called;
use super::item::Item;
use super::markdown::{Html, first_sentence, html};
use super::record::{Lens, Record, Subject};
use super::saying::{Pointer, pointer};
use super::shell::Shell;
use super::timeline::{Day, days, items};
use super::words::{self, When, Word};
use crate::incident::declaration::{Kind, Resource, Visibility};
use crate::incident::figures::Figure;
use crate::incident::redaction::HIDDEN;
use crate::incident::view::EntryView;
use crate::incident::vocabulary::Phase;
use crate::text::duration::Duration;
use crate::text::moment::Moment;
use crate::text::plain;

/// How many resources of a role are listed before the rest is folded away.
const LISTED: usize = 10;

/// A title of more characters than this is set smaller.
const LONG: usize = 100;

/// The page of an incident.
#[derive(Clone, Debug, Serialize)]
pub(super) struct IncidentPage {
    shell: Shell,
    incident: Heading,
    facts: Vec<Fact>,
    bar: Option<Bar>,
    pinned: Vec<Item>,
    days: Vec<Day>,
    affected: Vec<Group>,
    people: Vec<Person>,
    links: Vec<Page>,
    tags: Vec<String>,
    assessment: Option<Vec<Figure>>,
    /// Whether there is a retrospective page, and whether people wrote it.
    retrospective: Option<bool>,
}

/// What stands at the top of an incident's pages.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Heading {
    pub(super) id: String,
    pub(super) title: String,
    /// Whether the title is too long for large letters.
    long: bool,
    kind: Kind,
    kind_label: String,
    pub(super) severity: Word,
    /// The worst severity, where it was another one.
    pub(super) peak: Option<Word>,
    status: Word,
    internal: bool,
    summary: Option<Html>,
    /// The summary as it was written.
    body: Option<String>,
    duplicate: Option<Pointer>,
    /// The incidents that turned out to be this one.
    duplicates: Vec<Pointer>,
    /// When it was written down, where that was more than a day later.
    retold: Option<When>,
    /// The original of an imported record.
    source: Option<Page>,
    unrecorded: bool,
    pub(super) commit: Option<String>,
    pub(super) updated: When,
}

/// One headline fact.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Fact {
    label: &'static str,
    value: String,
    word: Option<Word>,
    when: Option<When>,
}

/// Affected resources of one role.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Group {
    role: String,
    first: Vec<Affected>,
    more: Vec<Affected>,
}

/// One affected resource.
#[derive(Clone, Debug, Serialize)]
struct Affected {
    name: String,
    id: String,
    impact: Option<Word>,
    worst: Option<Word>,
}

/// Somebody, and what they did.
#[derive(Clone, Debug, Serialize)]
struct Person {
    name: String,
    roles: Vec<String>,
}

/// A page elsewhere.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Page {
    title: String,
    url: Option<String>,
}

/// The page of `subject`.
pub(super) fn page(subject: &Subject<'_>, record: &Record<'_>, shell: Shell) -> IncidentPage {
    let files = subject.files(shell.incidents());
    let view = &subject.view;
    let items = items(subject, record, &files);
    let counting = items.iter().filter(|item| !item.fate.is_retracted());
    let assessment = counting
        .clone()
        .rev()
        .find_map(|item| item.said.assessment.clone());
    let pinned = counting.filter(|item| item.pinned && !item.said.tombstone);
    IncidentPage {
        incident: heading(subject, record, shell.incidents()),
        facts: facts(subject, record),
        bar: bar(subject, record),
        pinned: pinned.cloned().collect(),
        days: days(items),
        affected: affected(subject),
        people: people(subject, record.lens),
        links: links(subject),
        tags: view.facts.tags.iter().map(|tag| plain::line(tag)).collect(),
        assessment,
        retrospective: (view.phase == Phase::Resolved).then_some(view.retrospective.is_some()),
        shell,
    }
}

/// What stands at the top of an incident's pages.
pub(super) fn heading(subject: &Subject<'_>, record: &Record<'_>, incidents: &str) -> Heading {
    let view = &subject.view;
    let facts = &view.facts;
    let vocabulary = &record.archive.vocabulary;
    let files = subject.files(incidents);
    let retold = view.recorded.as_ref().filter(|_| subject.is_retold());
    Heading {
        id: view.id.clone(),
        title: plain::line(&facts.title),
        long: facts.title.chars().count() > LONG,
        kind: view.kind,
        kind_label: words::label(view.kind.name()),
        severity: Word::severity(&facts.severity, vocabulary),
        peak: (view.peak_severity != facts.severity)
            .then(|| Word::severity(&view.peak_severity, vocabulary)),
        status: Word::status(&facts.status, view.kind, vocabulary),
        internal: view.visibility == Visibility::Internal,
        summary: facts.summary.as_deref().map(|words| html(words, 2, &files)),
        body: facts.summary.clone(),
        duplicate: facts.duplicate_of.as_deref().map(|id| pointer(id, record)),
        duplicates: duplicates(subject, record),
        retold: retold.map(|recorded| When::of(recorded.at)),
        source: view.source.as_ref().and_then(source),
        unrecorded: view.recorded.is_none(),
        commit: record.lens.commit(view.recorded.as_ref()),
        updated: When::of(view.updated_at),
    }
}

/// The incidents that turned out to be this one, oldest first.
fn duplicates(subject: &Subject<'_>, record: &Record<'_>) -> Vec<Pointer> {
    let ids = record
        .duplicates
        .get(&subject.view.id)
        .into_iter()
        .flatten();
    ids.map(|id| pointer(id, record)).collect()
}

/// The original that `x-source` names.
fn source(source: &serde_json::Value) -> Option<Page> {
    let text = |key: &str| source.get(key).and_then(serde_json::Value::as_str);
    let url = text("url").and_then(words::address);
    let host = url
        .as_deref()
        .and_then(|url| url.split("//").nth(1)?.split('/').next());
    let title = plain::line(host.or(text("kind"))?);
    Some(Page { title, url })
}

impl Fact {
    /// Something that happened at `moment`, told by how long it `took` where that is known.
    fn at(label: &'static str, moment: Option<Moment>, took: Option<Duration>) -> Option<Self> {
        let when = When::of(moment?);
        let clock = when.clock().to_owned();
        Some(Self {
            label,
            value: took.map_or(clock, |took| format!("after {}", words::took(took))),
            word: None,
            when: Some(when),
        })
    }
}

/// The headline facts: those that are known, in the order in which they happened.
pub(super) fn facts(subject: &Subject<'_>, record: &Record<'_>) -> Vec<Fact> {
    let view = &subject.view;
    let (state, took) = (&view.facts, &view.durations);
    let planned = view.kind == Kind::Maintenance;
    let began = state.started_at.filter(|_| !planned);
    let declared = Some(view.declared_at).filter(|_| began.is_none());
    let over = if planned { "Completed" } else { "Resolved" };
    let lasted = took.resolve.or(took.lasted);
    let latest = Some(view.updated_at).filter(|_| view.active);
    let known = [
        Fact::at("Scheduled for", state.scheduled_for, None),
        Fact::at("Scheduled until", state.scheduled_until, None),
        Fact::at("Began", began, None),
        Fact::at("Declared", declared, None),
        Fact::at("Detected", state.detected_at, took.detect),
        Fact::at("Acknowledged", state.acknowledged_at, took.acknowledge),
        Fact::at("Mitigated", state.mitigated_at, took.mitigate),
        Fact::at(over, state.resolved_at, lasted),
        Fact::at("Last update", latest, None),
    ];
    let peak = (view.peak_severity != state.severity).then(|| Fact {
        label: "Peak severity",
        value: String::new(),
        word: Some(Word::severity(
            &view.peak_severity,
            &record.archive.vocabulary,
        )),
        when: None,
    });
    known.into_iter().flatten().chain(peak).collect()
}

/// The affected resources by role.
pub(super) fn affected(subject: &Subject<'_>) -> Vec<Group> {
    let view = &subject.view;
    let mut groups: BTreeMap<String, Vec<Affected>> = BTreeMap::new();
    for resource in view.facts.resources.iter() {
        let role = resource.role.as_deref().unwrap_or("resource");
        let worst = view.worst_impact.get(&resource.id).copied();
        groups
            .entry(words::label(role))
            .or_default()
            .push(row(resource, worst));
    }
    groups
        .into_iter()
        .map(|(role, mut first)| {
            let more = first.split_off(first.len().min(LISTED));
            Group { role, first, more }
        })
        .collect()
}

fn row(resource: &Resource, worst: Option<crate::incident::declaration::Impact>) -> Affected {
    Affected {
        name: called(resource),
        id: plain::line(&resource.id),
        impact: resource.impact.map(Word::impact),
        worst: worst
            .filter(|worst| Some(*worst) != resource.impact)
            .map(Word::impact),
    }
}

/// Those with a role first, then whoever else had a word.
fn people(subject: &Subject<'_>, lens: Lens) -> Vec<Person> {
    let view = &subject.view;
    let mut people: Vec<Person> = Vec::new();
    let held = view.facts.roles.iter().map(|(role, by)| (Some(role), by));
    let spoke = view.entries.iter().map(|entry| (None, &entry.by));
    for (role, by) in held.chain([(None, &view.declared_by)]).chain(spoke) {
        let Some(name) = lens.name(by) else {
            continue;
        };
        let role = role.map(|role| words::label(role).to_lowercase());
        match people.iter_mut().find(|person| person.name == name) {
            Some(person) => person.roles.extend(role),
            None => people.push(Person {
                name,
                roles: role.into_iter().collect(),
            }),
        }
    }
    people
}

fn links(subject: &Subject<'_>) -> Vec<Page> {
    let links = subject.view.facts.links.iter();
    links
        .map(|link| Page {
            title: plain::line(&link.title),
            url: words::address(&link.url),
        })
        .collect()
}

/// What it is about, in one line; what was said first where nobody wrote a summary.
pub(super) fn lede(subject: &Subject<'_>, most: usize) -> String {
    let view = &subject.view;
    let counting = view.entries.iter().filter(|entry| entry.counts());
    let said = counting.into_iter().find_map(EntryView::words);
    let summary = view.facts.summary.as_deref();
    if view.redacted.is_some() && summary == Some(HIDDEN) {
        return String::new();
    }
    let words = summary.or(said).unwrap_or_default();
    first_sentence(words, most)
}
