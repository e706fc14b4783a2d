//! One shape of an incident, for every place that shows one: `list`, `show`,
//! `report`, `data`, the site, and the templates of actions.
//!
//! The shape is a contract (README, "JSON"). What an audience may not see was taken
//! out before ([`Incident::seen_by`]), so nothing here and no template can leak it.
//! What is unknown is null.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use super::Incident;
use super::declaration::{Impact, Kind, Visibility};
use super::durations::Durations;
use super::entry::{Assessment, Attachment, Correction, Entry, Recorded, Statement, Target};
use super::retrospective::Retrospective;
use super::state::{Change, Course, State};
use super::timeline::{Stretch, stretches};
use super::vocabulary::{Phase, Vocabulary};
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// An incident as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct View {
    /// Its id.
    pub id: String,
    /// The facts in force: title, severity, status, times, resources, tags, roles, links.
    #[serde(flatten)]
    pub facts: State,
    /// Incident, maintenance or drill.
    pub kind: Kind,
    /// What the status means.
    pub phase: Phase,
    /// Whether it is going on.
    pub active: bool,
    /// The number people say for the severity; null for a word that is not known.
    pub sev: Option<u8>,
    /// The worst severity that was ever in force.
    pub peak_severity: String,
    /// When it was declared.
    pub declared_at: Moment,
    /// Who declared it.
    pub declared_by: String,
    /// When the last thing happened that the record tells.
    pub updated_at: Moment,
    /// Who may see it.
    pub visibility: Visibility,
    /// The worst that it did to each resource, by id.
    pub worst_impact: BTreeMap<String, Impact>,
    /// How long things took, in seconds.
    pub durations: Durations,
    /// Its stretches, in order.
    pub stretches: Vec<Stretch>,
    /// What was said, in the order in which it happened.
    pub entries: Vec<EntryView>,
    /// What people wrote afterwards.
    pub retrospective: Option<Retrospective>,
    /// The file of its declaration.
    pub path: String,
    /// The commit that recorded the declaration.
    pub recorded: Option<Recorded>,
    /// How long after it happened the declaration was recorded, in seconds.
    pub late: Option<Duration>,
    /// Where it was imported from.
    pub source: Option<Json>,
}

/// An entry as it is shown. Of the keys from `comment` to `duplicate_of`, those that
/// the entry does not say are absent.
#[derive(Clone, Debug, Serialize)]
pub struct EntryView {
    /// Its id.
    pub id: String,
    /// What kind of thing it says: `comment`, `update`, `attach`, …
    pub kind: &'static str,
    /// When it happened.
    pub at: Moment,
    /// Who says so.
    pub by: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whether it stands out.
    pub pinned: bool,
    /// Which facts it changed, by effect.
    pub changes: Vec<Change>,
    /// Words, in Markdown.
    pub comment: Option<String>,
    /// A file that joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attach: Option<Attachment>,
    /// What the incident does to work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assessment: Option<Assessment>,
    /// Which entry it corrects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correct: Option<Correction>,
    /// Which entry it takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retract: Option<Target>,
    /// Which entry it hides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redact: Option<Target>,
    /// Which incident this one turned out to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<String>,
    /// The file that it stands in; null inside the incident's own.
    pub path: Option<String>,
    /// The commit that recorded it.
    pub recorded: Option<Recorded>,
    /// How long after it happened it was recorded, in seconds.
    pub late: Option<Duration>,
    /// Where it was imported from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Json>,
}

impl View {
    /// `incident` as it stands at `now`. Filter it for its audience first.
    pub fn of(incident: &Incident, vocabulary: &Vocabulary, now: Moment) -> Self {
        let course = incident.course(vocabulary);
        let declaration = &incident.declaration;
        let mut facts = course.state.clone();
        facts.resolved_at = course.state.resolved_by(declaration.kind, now, vocabulary);
        facts.status = course.state.status_at(declaration.kind, now, vocabulary);
        let phase = vocabulary.phase(&facts.status);
        let last = incident
            .entries
            .last()
            .map_or(declaration.declared_at, |entry| entry.at);
        Self {
            id: incident.id.to_string(),
            kind: declaration.kind,
            phase,
            active: phase == Phase::Active,
            sev: vocabulary
                .severity(&facts.severity)
                .map(|severity| severity.sev),
            peak_severity: course.peak_severity.clone(),
            declared_at: declaration.declared_at,
            declared_by: declaration.declared_by.clone(),
            updated_at: last.max(declaration.declared_at),
            visibility: declaration.visibility,
            worst_impact: worst_impact(incident),
            durations: Durations::of(declaration, &facts, facts.resolved_at),
            stretches: stretches(declaration, &course, vocabulary, now),
            entries: entries(incident, &course),
            retrospective: incident.retrospective.clone(),
            path: incident.path.clone(),
            late: late(declaration.declared_at, incident.recorded.as_ref()),
            recorded: incident.recorded.clone(),
            source: declaration.source.clone(),
            facts,
        }
    }
}

impl View {
    /// Whether `entry` was recorded together with a declaration that itself came more than
    /// a day late, as in an import: then its lateness is the whole record's, said once.
    pub fn is_backfilled(&self, entry: &EntryView) -> bool {
        let commit =
            |recorded: &Option<Recorded>| recorded.as_ref().map(|recorded| recorded.commit.clone());
        let declared_late = self
            .late
            .is_some_and(|late| late > Duration::minutes(24 * 60));
        declared_late && commit(&self.recorded) == commit(&entry.recorded)
    }
}

fn entries(incident: &Incident, course: &Course) -> Vec<EntryView> {
    let steps = course
        .steps
        .iter()
        .filter_map(|step| Some((step.entry?, &step.changes)));
    steps
        .filter_map(|(index, changes)| {
            Some(EntryView::of(incident.entries.get(index)?, changes.clone()))
        })
        .collect()
}

impl EntryView {
    fn of(entry: &Entry, changes: Vec<Change>) -> Self {
        let mut view = Self {
            id: entry.id.to_string(),
            kind: entry.statement.kind(),
            at: entry.at,
            by: entry.by.clone(),
            visibility: entry.visibility,
            pinned: entry.pinned,
            changes,
            comment: None,
            attach: None,
            assessment: None,
            correct: None,
            retract: None,
            redact: None,
            duplicate_of: None,
            path: entry.path.clone(),
            late: late(entry.at, entry.recorded.as_ref()),
            recorded: entry.recorded.clone(),
            source: entry.source.clone(),
        };
        match entry.statement.clone() {
            Statement::Comment(words) => view.comment = Some(words),
            Statement::Update(_, words) => view.comment = words,
            Statement::Attach(attachment) => view.attach = Some(attachment),
            Statement::Assessment(assessment) => view.assessment = Some(assessment),
            Statement::Correct(correction) => view.correct = Some(correction),
            Statement::Retract(target) => view.retract = Some(target),
            Statement::Redact(target) => view.redact = Some(target),
            Statement::DuplicateOf(other) => view.duplicate_of = Some(other),
        }
        view
    }
}

fn late(at: Moment, recorded: Option<&Recorded>) -> Option<Duration> {
    recorded.map(|recorded| recorded.at - at)
}

/// The worst impact that the declaration or any update named, by resource.
fn worst_impact(incident: &Incident) -> BTreeMap<String, Impact> {
    let declared = incident.declaration.resources.iter();
    let updated = incident
        .entries
        .iter()
        .filter_map(|entry| match &entry.statement {
            Statement::Update(update, _) => update.resources.as_ref(),
            _ => None,
        });
    let named = declared.chain(updated.flat_map(|edit| match edit {
        super::entry::Edit::Replace(items) => items.iter(),
        super::entry::Edit::Change(change) => change.add.iter(),
    }));
    let mut worst: BTreeMap<String, Impact> = BTreeMap::new();
    for resource in named {
        if let Some(impact) = resource.impact {
            worst
                .entry(resource.id.clone())
                .and_modify(|known| *known = impact.max(*known))
                .or_insert(impact);
        }
    }
    worst
}
