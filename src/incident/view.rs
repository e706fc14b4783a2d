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
use super::course::{self, Course};
use super::declaration::{Declaration, Impact, Kind, Visibility};
use super::distribution::Distribution;
use super::durations::Durations;
use super::entry::{
    Assessment, Attachment, Correction, Edit, Entry, Recorded, Statement, Target, Update,
};
use super::lateness::{self, late};
use super::redaction::Redaction;
use super::retrospective::Retrospective;
use super::standing::{Fate, Stand, Standing};
use super::state::{Change, State};
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
    /// How long after it happened what is said here was recorded, in seconds: the declaration
    /// and every entry that no import brought along with it.
    pub lateness: Distribution,
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
    /// The correction of the declaration that counts, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected: Option<Ruling>,
    /// The declaration as it was made, where it was corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<Box<Declaration>>,
    /// That the words of the declaration were hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redacted: Option<Redaction>,
    /// The declaration as it stands.
    #[serde(skip)]
    pub declaration: Declaration,
}

/// A correction or retraction that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ruling {
    /// The entry that says so.
    pub entry: String,
    /// Who says so.
    pub by: String,
    /// When.
    pub at: Moment,
    /// Why.
    pub reason: String,
}

/// An entry as it stands. Of the keys from `comment` to `original`, those that do not
/// apply are absent.
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
    /// The facts that it states, changed or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<Update>,
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
    /// The correction that put what stands here in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected: Option<Ruling>,
    /// The retraction that took it back: none of it is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retracted: Option<Ruling>,
    /// That its words were hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redacted: Option<Redaction>,
    /// Why a correction or retraction is ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<&'static str>,
    /// What was said first, where it was corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<Box<EntryView>>,
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
        let mut view = Self::folded(incident, vocabulary, now);
        view.lateness = Distribution::of(lateness::values(&view));
        view
    }

    fn folded(incident: &Incident, vocabulary: &Vocabulary, now: Moment) -> Self {
        let standing = Standing::of(incident);
        let course = course::fold(&standing, vocabulary);
        let declaration = standing.declaration.as_ref();
        let facts = course.state.at(declaration.kind, now, vocabulary);
        let phase = vocabulary.phase(&facts.status);
        let last = standing.entries.last();
        let last = last.map_or(declaration.declared_at, |stand| stand.entry.at);
        let rulings = Rulings::of(&standing);
        let corrected = standing.corrected_by.map(|by| rulings.of_entry(by));
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
            worst_impact: worst_impact(&standing),
            durations: Durations::of(declaration, &facts, facts.resolved_at),
            lateness: Distribution::default(),
            stretches: stretches(declaration, &course, vocabulary, now),
            entries: entries(&standing, &course, &rulings),
            retrospective: incident.retrospective.clone(),
            path: incident.path.clone(),
            late: late(declaration.declared_at, incident.recorded.as_ref()),
            recorded: incident.recorded.clone(),
            source: declaration.source.clone(),
            original: corrected
                .is_some()
                .then(|| Box::new(standing.declared.clone())),
            corrected,
            redacted: incident.redacted.clone(),
            declaration: declaration.clone(),
            facts,
        }
    }
}

/// What corrections and retractions say of themselves, by the id of their entry.
struct Rulings<'a>(BTreeMap<&'a str, &'a Stand<'a>>);

impl<'a> Rulings<'a> {
    fn of(standing: &'a Standing<'_>) -> Self {
        let rules = |stand: &&Stand<'_>| {
            matches!(
                stand.said.statement,
                Statement::Correct(_) | Statement::Retract(_)
            )
        };
        let rulings = standing.entries.iter().filter(rules);
        Self(
            rulings
                .map(|stand| (stand.said.id.as_str(), stand))
                .collect(),
        )
    }

    /// What `by` says, as it stands itself.
    fn of_entry(&self, by: &Entry) -> Ruling {
        let stands = self.0.get(by.id.as_str());
        let by = stands.map_or(by, |stand| stand.entry.as_ref());
        let reason = match &by.statement {
            Statement::Correct(correction) => correction.reason.as_str(),
            Statement::Retract(target) => target.reason.as_str(),
            _ => "",
        };
        Ruling {
            entry: by.id.to_string(),
            by: by.by.clone(),
            at: by.at,
            reason: reason.to_owned(),
        }
    }
}

fn entries(standing: &Standing<'_>, course: &Course, rulings: &Rulings<'_>) -> Vec<EntryView> {
    let steps = course
        .steps
        .iter()
        .filter_map(|step| Some((step.entry?, &step.changes)));
    steps
        .filter_map(|(index, changes)| {
            let stand = standing.entries.get(index)?;
            Some(EntryView::of(stand, changes.clone(), rulings))
        })
        .collect()
}

impl EntryView {
    fn of(stand: &Stand<'_>, changes: Vec<Change>, rulings: &Rulings<'_>) -> Self {
        let mut view = Self::said(&stand.entry, changes);
        match stand.fate {
            Fate::Stands => {}
            Fate::Corrected(by) => {
                view.corrected = Some(rulings.of_entry(by));
                view.original = Some(Box::new(Self::said(stand.said, Vec::new())));
            }
            Fate::Retracted(by) => view.retracted = Some(rulings.of_entry(by)),
            Fate::Void(void) => view.ignored = Some(void.why()),
        }
        view
    }

    fn said(entry: &Entry, changes: Vec<Change>) -> Self {
        let mut view = Self {
            id: entry.id.to_string(),
            kind: entry.statement.kind(),
            at: entry.at,
            by: entry.by.clone(),
            visibility: entry.visibility,
            pinned: entry.pinned,
            changes,
            comment: None,
            update: None,
            attach: None,
            assessment: None,
            correct: None,
            retract: None,
            redact: None,
            duplicate_of: None,
            corrected: None,
            retracted: None,
            redacted: entry.redacted.clone(),
            ignored: None,
            original: None,
            path: entry.path.clone(),
            late: late(entry.at, entry.recorded.as_ref()),
            recorded: entry.recorded.clone(),
            source: entry.source.clone(),
        };
        match entry.statement.clone() {
            Statement::Comment(words) => view.comment = Some(words),
            Statement::Update(update, words) => {
                view.update = Some(*update);
                view.comment = words;
            }
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

/// The worst impact that what stands of the declaration and the updates named, by
/// resource.
fn worst_impact(standing: &Standing<'_>) -> BTreeMap<String, Impact> {
    let declared = standing.declaration.resources.iter();
    let counting = standing.entries.iter().filter(|stand| stand.counts());
    let updated = counting.filter_map(|stand| match &stand.entry.statement {
        Statement::Update(update, _) => update.resources.as_ref(),
        _ => None,
    });
    let named = declared.chain(updated.flat_map(|edit| match edit {
        Edit::Replace(items) => items.iter(),
        Edit::Change(change) => change.add.iter(),
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
