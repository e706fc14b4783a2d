//! What is true of an incident: the facts in force, and how an update changes them.
//!
//! Present state is never stored; [`course`](super::course) folds it. Nothing here knows
//! a clock: what a maintenance's schedule makes of the present is asked for with a
//! moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value as Json;

use super::declaration::{Declaration, Kind, Link, Resource};
use super::entry::{Edit, Entry, Statement, Update};
use super::vocabulary::{Phase, Vocabulary};
use crate::text::moment::Moment;

/// How many resources, tags, links or roles count. Every event and every change of an incident
/// repeats them, so that without a bound a file of 100 kB makes gigabytes of both. The longest
/// list of some ten public status pages has 176 components.
pub const MOST: usize = 500;

/// The facts in force. The steps of a fold share their lists, so that a long one is neither
/// copied nor compared where nothing changes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct State {
    /// A status of the vocabulary.
    pub status: String,
    /// A severity of the vocabulary.
    pub severity: String,
    /// What people call it.
    pub title: String,
    /// What happened, in Markdown.
    pub summary: Option<String>,
    /// When its impact began.
    pub started_at: Option<Moment>,
    /// What it touches.
    pub resources: Arc<Vec<Resource>>,
    /// Words to find it by.
    pub tags: Arc<Vec<String>>,
    /// Who does what.
    pub roles: Arc<BTreeMap<String, String>>,
    /// Pages elsewhere.
    pub links: Arc<Vec<Link>>,
    /// When somebody or something noticed.
    pub detected_at: Option<Moment>,
    /// When somebody took it on.
    pub acknowledged_at: Option<Moment>,
    /// When people stopped feeling it.
    pub mitigated_at: Option<Moment>,
    /// Maintenance: when the work begins.
    pub scheduled_for: Option<Moment>,
    /// Maintenance: when the work is to be done.
    pub scheduled_until: Option<Moment>,
    /// When it was over, if it is.
    pub resolved_at: Option<Moment>,
    /// The incident that this one turned out to be; none once it goes on again.
    pub duplicate_of: Option<String>,
    /// The first status that somebody said, beyond what the kind begins with, and when.
    #[serde(skip)]
    first_said: Option<(String, Moment)>,
    /// Of which list something is left out, as it holds [`MOST`].
    #[serde(skip)]
    left_out: Option<Field>,
}

/// A fact that can change, in the order in which one entry's events are told
/// (DESIGN: the table of events).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Where the response stands.
    Status,
    /// How bad it is.
    Severity,
    /// What people call it.
    Title,
    /// What happened.
    Summary,
    /// When its impact began.
    StartedAt,
    /// What it touches.
    Resources,
    /// Words to find it by.
    Tags,
    /// Who does what.
    Roles,
    /// Pages elsewhere.
    Links,
    /// When it was noticed.
    DetectedAt,
    /// When somebody took it on.
    AcknowledgedAt,
    /// When people stopped feeling it.
    MitigatedAt,
    /// When planned work begins.
    ScheduledFor,
    /// When planned work is to be done.
    ScheduledUntil,
}

impl Field {
    /// All of them, in order.
    pub const ALL: [Self; 14] = [
        Self::Status,
        Self::Severity,
        Self::Title,
        Self::Summary,
        Self::StartedAt,
        Self::Resources,
        Self::Tags,
        Self::Roles,
        Self::Links,
        Self::DetectedAt,
        Self::AcknowledgedAt,
        Self::MitigatedAt,
        Self::ScheduledFor,
        Self::ScheduledUntil,
    ];

    /// The key in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Severity => "severity",
            Self::Title => "title",
            Self::Summary => "summary",
            Self::StartedAt => "started_at",
            Self::Resources => "resources",
            Self::Tags => "tags",
            Self::Roles => "roles",
            Self::Links => "links",
            Self::DetectedAt => "detected_at",
            Self::AcknowledgedAt => "acknowledged_at",
            Self::MitigatedAt => "mitigated_at",
            Self::ScheduledFor => "scheduled_for",
            Self::ScheduledUntil => "scheduled_until",
        }
    }

    /// Whether it is a time.
    pub fn is_time(self) -> bool {
        matches!(
            self,
            Self::StartedAt
                | Self::DetectedAt
                | Self::AcknowledgedAt
                | Self::MitigatedAt
                | Self::ScheduledFor
                | Self::ScheduledUntil
        )
    }
}

impl Serialize for Field {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// One fact before and after a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Which fact.
    pub field: Field,
    /// What it was; null when it was unknown.
    pub from: Json,
    /// What it is now.
    pub to: Json,
}

impl State {
    pub(super) fn blank(declaration: &Declaration, vocabulary: &Vocabulary) -> Self {
        Self {
            status: vocabulary.initial(declaration.kind).to_owned(),
            severity: declaration.severity.clone(),
            title: declaration.title.clone(),
            summary: None,
            started_at: None,
            resources: Arc::default(),
            tags: Arc::default(),
            roles: Arc::default(),
            links: Arc::default(),
            detected_at: None,
            acknowledged_at: None,
            mitigated_at: None,
            scheduled_for: None,
            scheduled_until: None,
            resolved_at: None,
            duplicate_of: None,
            first_said: None,
            left_out: None,
        }
    }

    pub(super) fn declare(&mut self, declaration: &Declaration, vocabulary: &Vocabulary) {
        self.title.clone_from(&declaration.title);
        self.severity.clone_from(&declaration.severity);
        let initial = vocabulary.initial(declaration.kind);
        let status = declaration.status.as_deref().unwrap_or(initial);
        self.set_status(status, declaration.declared_at, vocabulary);
        self.first_said = (status != initial).then(|| (status.to_owned(), declaration.declared_at));
        set(&mut self.summary, declaration.summary.as_ref());
        set(&mut self.started_at, declaration.started_at.as_ref());
        set(&mut self.detected_at, declaration.detected_at.as_ref());
        set(&mut self.scheduled_for, declaration.scheduled_for.as_ref());
        set(
            &mut self.scheduled_until,
            declaration.scheduled_until.as_ref(),
        );
        let Declaration {
            resources,
            tags,
            links,
            roles,
            ..
        } = declaration;
        edit(Arc::make_mut(&mut self.resources), resources, &[]);
        edit(Arc::make_mut(&mut self.tags), tags, &[]);
        edit(Arc::make_mut(&mut self.links), links, &[]);
        Arc::make_mut(&mut self.roles).extend(roles.clone());
        self.bound();
    }

    /// The facts that a declaration alone puts in force.
    pub fn declared(declaration: &Declaration, vocabulary: &Vocabulary) -> Self {
        let mut state = Self::blank(declaration, vocabulary);
        state.declare(declaration, vocabulary);
        state
    }

    /// Puts in force what an entry of an incident of `kind` says.
    pub fn apply(&mut self, entry: &Entry, kind: Kind, vocabulary: &Vocabulary) {
        match &entry.statement {
            Statement::Update(update, _) => self.update(update, entry.as_of, vocabulary),
            Statement::DuplicateOf(other) => {
                self.duplicate_of = Some(other.clone());
                if let Some(status) = vocabulary.first_in(kind, Phase::Resolved) {
                    self.set_status(&status.name, entry.as_of, vocabulary);
                }
            }
            Statement::Comment(_)
            | Statement::Attach(_)
            | Statement::Assessment(_)
            | Statement::Correct(_)
            | Statement::Retract(_)
            | Statement::Redact(_) => {}
        }
    }

    /// Puts in force the facts of one update.
    pub fn update(&mut self, update: &Update, at: Moment, vocabulary: &Vocabulary) {
        if let Some(status) = &update.status {
            self.set_status(status, at, vocabulary);
            self.first_said.get_or_insert_with(|| (status.clone(), at));
        }
        if let Some(severity) = &update.severity {
            self.severity.clone_from(severity);
        }
        if let Some(title) = &update.title {
            self.title.clone_from(title);
        }
        set(&mut self.summary, update.summary.as_ref());
        set(&mut self.started_at, update.started_at.as_ref());
        set(&mut self.detected_at, update.detected_at.as_ref());
        set(&mut self.acknowledged_at, update.acknowledged_at.as_ref());
        set(&mut self.mitigated_at, update.mitigated_at.as_ref());
        set(&mut self.scheduled_for, update.scheduled_for.as_ref());
        set(&mut self.scheduled_until, update.scheduled_until.as_ref());
        amend_shared(&mut self.resources, update.resources.as_ref());
        amend_shared(&mut self.tags, update.tags.as_ref());
        amend_shared(&mut self.links, update.links.as_ref());
        if let Some(roles) = &update.roles {
            assign(Arc::make_mut(&mut self.roles), roles);
        }
        self.bound();
    }

    /// Leaves out what a list holds beyond [`MOST`], the last first.
    fn bound(&mut self) {
        let long = [
            (Field::Resources, shorten(&mut self.resources)),
            (Field::Tags, shorten(&mut self.tags)),
            (Field::Links, shorten(&mut self.links)),
            (Field::Roles, self.roles.len() > MOST),
        ];
        while self.roles.len() > MOST {
            Arc::make_mut(&mut self.roles).pop_last();
        }
        let long = long.into_iter().find(|(_, is_long)| *is_long);
        self.left_out = self.left_out.or(long.map(|(field, _)| field));
    }

    /// The list of which something does not count, as it holds [`MOST`] already.
    pub fn left_out(&self) -> Option<Field> {
        self.left_out
    }

    /// Whether somebody said a status.
    pub(super) fn is_said(&self) -> bool {
        self.first_said.is_some()
    }

    /// What of `update` is not in force: what would change if it were said anew.
    pub fn lacks(&self, update: &Update, vocabulary: &Vocabulary) -> Vec<Change> {
        let mut with = self.clone();
        with.update(update, Moment::EPOCH, vocabulary);
        self.changes(&with)
    }

    fn set_status(&mut self, status: &str, at: Moment, vocabulary: &Vocabulary) {
        let was_over =
            vocabulary.phase(&self.status) == Phase::Resolved && self.resolved_at.is_some();
        let is_over = vocabulary.phase(status) == Phase::Resolved;
        if !is_over {
            self.resolved_at = None;
            self.duplicate_of = None;
        } else if !was_over {
            self.resolved_at = Some(at);
        }
        status.clone_into(&mut self.status);
    }

    /// What differs in `after`, in the order of [`Field`].
    pub fn changes(&self, after: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        macro_rules! compare {
            ($($field:ident $name:ident),+ $(,)?) => {$(
                if self.$name != after.$name {
                    changes.push(Change { field: Field::$field, from: json(&self.$name), to: json(&after.$name) });
                }
            )+};
        }
        compare!(
            Status status, Severity severity, Title title, Summary summary, StartedAt started_at,
            Resources resources, Tags tags, Roles roles, Links links, DetectedAt detected_at,
            AcknowledgedAt acknowledged_at, MitigatedAt mitigated_at, ScheduledFor scheduled_for,
            ScheduledUntil scheduled_until,
        );
        changes
    }

    /// The status at `now`: what was said, or what a maintenance's schedule makes of it
    /// where nobody said otherwise.
    pub fn status_at(&self, kind: Kind, now: Moment, vocabulary: &Vocabulary) -> String {
        if self.first_said.is_some() {
            return self.status.clone();
        }
        let steps = self.scheduled_steps(kind, now, vocabulary);
        steps
            .into_iter()
            .last()
            .map_or_else(|| self.status.clone(), |(status, _)| status)
    }

    /// The statuses that a maintenance's schedule has brought by `now`, and when, where
    /// nobody said otherwise. Who says a status tells what was: that the work had begun
    /// by its schedule stands only where it is another status that is said first, and
    /// that it was over only where nobody says anything.
    pub fn scheduled_steps(
        &self,
        kind: Kind,
        now: Moment,
        vocabulary: &Vocabulary,
    ) -> Vec<(String, Moment)> {
        if kind != Kind::Maintenance {
            return Vec::new();
        }
        let holds = |status: &str, at: Moment| match &self.first_said {
            None => true,
            Some((said, when)) => {
                at < *when && said != status && vocabulary.phase(status) == Phase::Active
            }
        };
        let schedule = [
            (self.scheduled_for, Phase::Active),
            (self.scheduled_until, Phase::Resolved),
        ];
        schedule
            .into_iter()
            .filter_map(|(at, phase)| Some((vocabulary.first_in(kind, phase)?.name.clone(), at?)))
            .filter(|(status, at)| *at <= now && holds(status, *at))
            .collect()
    }

    /// The facts in force at `now`, with what a maintenance's schedule makes of them.
    #[must_use]
    pub fn at(&self, kind: Kind, now: Moment, vocabulary: &Vocabulary) -> Self {
        Self {
            resolved_at: self.resolved_by(kind, now, vocabulary),
            status: self.status_at(kind, now, vocabulary),
            ..self.clone()
        }
    }

    /// When it was over as of `now`, by word or by schedule.
    fn resolved_by(&self, kind: Kind, now: Moment, vocabulary: &Vocabulary) -> Option<Moment> {
        self.resolved_at.or_else(|| {
            let status = self.status_at(kind, now, vocabulary);
            let by_schedule = status != self.status && vocabulary.phase(&status) == Phase::Resolved;
            self.scheduled_until.filter(|_| by_schedule)
        })
    }
}

fn json<T: Serialize>(value: &T) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}

fn set<T: Clone>(slot: &mut Option<T>, value: Option<&T>) {
    if let Some(value) = value {
        *slot = Some(value.clone());
    }
}

/// Something of which a list holds one under each key.
pub(super) trait Keyed: Clone {
    /// Its key.
    fn key(&self) -> &str;
}

impl Keyed for String {
    fn key(&self) -> &str {
        self
    }
}

impl Keyed for Resource {
    fn key(&self) -> &str {
        &self.id
    }
}

impl Keyed for Link {
    fn key(&self) -> &str {
        &self.url
    }
}

fn amend_shared<T: Keyed>(list: &mut Arc<Vec<T>>, with: Option<&Edit<T>>) {
    if with.is_some() {
        amend(Arc::make_mut(list), with);
    }
}

/// Cuts off what a list holds beyond [`MOST`], if it does.
fn shorten<T: Clone>(list: &mut Arc<Vec<T>>) -> bool {
    let is_long = list.len() > MOST;
    if is_long {
        Arc::make_mut(list).truncate(MOST);
    }
    is_long
}

/// Puts people into roles, or takes them out.
pub(super) fn assign(
    roles: &mut BTreeMap<String, String>,
    with: &BTreeMap<String, Option<String>>,
) {
    for (role, person) in with {
        match person {
            Some(person) => roles.insert(role.clone(), person.clone()),
            None => roles.remove(role),
        };
    }
}

/// Puts in force what an update says of a list.
pub(super) fn amend<T: Keyed>(list: &mut Vec<T>, with: Option<&Edit<T>>) {
    match with {
        None => {}
        Some(Edit::Replace(items)) => list.clone_from(items),
        Some(Edit::Change(change)) => edit(list, &change.add, &change.remove),
    }
}

/// Takes out what leaves, then puts in what joins, in the place of what has its key. Of what
/// joins twice the last counts.
fn edit<T: Keyed>(list: &mut Vec<T>, add: &[T], remove: &[String]) {
    if !remove.is_empty() {
        let gone: BTreeSet<&str> = remove.iter().map(String::as_str).collect();
        list.retain(|item| !gone.contains(item.key()));
    }
    let mut joining: BTreeMap<&str, &T> = add.iter().map(|item| (item.key(), item)).collect();
    for item in list.iter_mut() {
        if let Some(anew) = joining.remove(item.key()) {
            item.clone_from(anew);
        }
    }
    let new = add.iter().filter_map(|item| joining.remove(item.key()));
    list.extend(new.cloned());
}
