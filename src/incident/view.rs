//! One shape of an incident, for every place that shows one: `list`, `show`,
//! `report`, `data`, the site, and the templates of actions.
//!
//! The shape is a contract (README, "JSON"). What an audience may not see was taken
//! out before ([`Incident::seen_by`]), so nothing here and no template can leak it.
//! What is unknown is null.

mod entry;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

pub use entry::EntryView;

use super::Incident;
use super::course::{self, Course};
use super::declaration::{Declaration, Impact, Kind, Visibility};
use super::distribution::Distribution;
use super::durations::Durations;
use super::entry::{Edit, Entry, Recorded, Statement};
use super::id::DECLARATION;
use super::lateness::{self, late};
use super::redaction::Redaction;
use super::retrospective::Retrospective;
use super::standing::{Stand, Standing};
use super::state::{Change, Field, State};
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
    /// Whether it was imported, also where its origin is not shown.
    #[serde(skip)]
    pub imported: bool,
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
    /// What its correction made of the declaration's facts.
    #[serde(skip)]
    pub redeclared: Vec<Change>,
    /// The time at which a timeline shows the declaration: no later than what counts behind it.
    #[serde(skip)]
    pub shown_at: Moment,
    /// What its schedule brought, and when.
    #[serde(skip)]
    pub by_schedule: Vec<(Moment, Change)>,
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
        let rulings = Rulings::of(&standing);
        let corrected = standing.corrected_by.map(|by| rulings.of_entry(by));
        let mut view = Self {
            id: incident.id.to_string(),
            kind: declaration.kind,
            phase: vocabulary.phase(&facts.status),
            active: vocabulary.phase(&facts.status) == Phase::Active,
            sev: vocabulary.sev(&facts.severity),
            peak_severity: course.peak_severity.clone(),
            declared_at: declaration.declared_at,
            declared_by: declaration.declared_by.clone(),
            updated_at: updated_at(&standing),
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
            source: seen_source(declaration.source.as_ref(), incident.redacted.as_ref()),
            imported: incident.declaration.source.is_some(),
            redeclared: redeclared(&standing, vocabulary),
            by_schedule: by_schedule(declaration, &course.state, vocabulary, now),
            original: corrected.is_some().then(|| original(incident)),
            corrected,
            redacted: incident.redacted.clone(),
            declaration: declaration.clone(),
            shown_at: declaration.declared_at,
            facts,
        };
        view.put_in_time(standing.before);
        view.tell_overtaken();
        view
    }
}

impl View {
    /// Takes out what points to incidents that are `hidden` from the audience.
    pub fn forget(&mut self, hidden: impl Fn(&str) -> bool) {
        self.facts.duplicate_of.take_if(|id| hidden(id));
        let mut entries: Vec<&mut EntryView> = self.entries.iter_mut().collect();
        while let Some(entry) = entries.pop() {
            if entry.duplicate_of.take_if(|id| hidden(id)).is_some() {
                entry.kind = "update";
            }
            let mut put = entry.correct.as_mut().map(|correct| &mut correct.to);
            while let Some(form) = put {
                form.duplicate_of.take_if(|id| hidden(id));
                put = form.correct.as_mut().map(|correct| &mut correct.to);
            }
            entries.extend(entry.original.as_deref_mut());
        }
    }

    /// What became of the entry called `id` by word of another one; of the declaration
    /// where that is its name.
    fn ruling_of(&self, id: &str) -> Option<&Ruling> {
        if id == DECLARATION {
            return self.corrected.as_ref();
        }
        let entry = self.entries.iter().find(|entry| entry.id == id)?;
        entry.retracted.as_ref().or(entry.corrected.as_ref())
    }

    /// Lets a timeline show everything in the order in which it counts; `before` entries come
    /// before the declaration.
    fn put_in_time(&mut self, before: usize) {
        let mut latest = None;
        let mut keep = |at: &mut Moment| {
            *at = latest.map_or(*at, |latest| (*at).min(latest));
            latest = Some(*at);
        };
        let before = before.min(self.entries.len());
        let (earlier, later) = self.entries.split_at_mut(before);
        for entry in later.iter_mut().rev() {
            keep(&mut entry.shown_at);
        }
        keep(&mut self.shown_at);
        for entry in earlier.iter_mut().rev() {
            keep(&mut entry.shown_at);
        }
    }

    /// Lets each correction and retraction say which later one counts in its place.
    fn tell_overtaken(&mut self) {
        let overtaken = |entry: &EntryView| {
            let target = entry.target().filter(|_| entry.counts())?;
            let ruling = self.ruling_of(target)?;
            (ruling.entry != entry.id).then(|| ruling.clone())
        };
        let told: Vec<Option<Ruling>> = self.entries.iter().map(overtaken).collect();
        for (entry, told) in self.entries.iter_mut().zip(told) {
            entry.overtaken = told;
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

fn updated_at(standing: &Standing<'_>) -> Moment {
    let declared = standing.declaration.declared_at;
    let last = standing.entries.last();
    last.map_or(declared, |stand| stand.entry.as_of)
        .max(declared)
}

/// The declaration as it was made, without what is nobody's but the user's own.
fn original(incident: &Incident) -> Box<Declaration> {
    let declared = &incident.declaration;
    Box::new(Declaration {
        source: seen_source(declared.source.as_ref(), incident.redacted.as_ref()),
        own: BTreeMap::new(),
        ..declared.clone()
    })
}

/// What its correction made of the declaration's facts.
fn redeclared(standing: &Standing<'_>, vocabulary: &Vocabulary) -> Vec<Change> {
    let corrected = State::declared(&standing.declaration, vocabulary);
    State::declared(standing.declared, vocabulary).changes(&corrected)
}

/// Where something was imported from; nothing where its words are hidden, since the
/// origin may hold them too.
fn seen_source(source: Option<&Json>, redacted: Option<&Redaction>) -> Option<Json> {
    source.filter(|_| redacted.is_none()).cloned()
}

/// What a maintenance's schedule brought by `now`, and when; not before it was announced.
fn by_schedule(
    declaration: &Declaration,
    state: &State,
    vocabulary: &Vocabulary,
    now: Moment,
) -> Vec<(Moment, Change)> {
    let mut from = vocabulary.initial(declaration.kind).to_owned();
    let steps = state.scheduled_steps(declaration.kind, now, vocabulary);
    let step = |(status, at): (String, Moment)| {
        let change = Change {
            field: Field::Status,
            from: Json::String(std::mem::replace(&mut from, status.clone())),
            to: Json::String(status),
        };
        (at.max(declaration.declared_at), change)
    };
    steps.into_iter().map(step).collect()
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
