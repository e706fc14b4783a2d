//! What was said first: an incident's own file.
//!
//! These types are the format. Their schema reads the files and is what
//! `annals schema` prints; written back, they are the files that annals makes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::entry::EntryForm;
use crate::text::moment::Moment;

/// What sort of thing this is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Something broke.
    #[default]
    Incident,
    /// Work announced ahead.
    Maintenance,
    /// An exercise.
    Drill,
}

impl Kind {
    /// The word in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Maintenance => "maintenance",
            Self::Drill => "drill",
        }
    }
}

/// Who may see it in what annals builds. It protects builds, not readers of the
/// repository.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everybody.
    #[default]
    Public,
    /// Only builds and channels for one's own people.
    Internal,
}

/// Whether a value is the one that its absence means.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What an incident does to a resource, in Statuspage's words.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Works.
    Operational,
    /// Works worse.
    DegradedPerformance,
    /// Works for some.
    PartialOutage,
    /// Does not work.
    MajorOutage,
    /// Is being worked on.
    UnderMaintenance,
}

/// Something that an incident touches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub struct Resource {
    /// A Prefect resource id (`prefect.work-pool.k8s-prod`) or any other id.
    #[schemars(length(min = 1))]
    pub id: String,
    /// What it is: `work-pool`, `service`, `region`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the incident does to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<Impact>,
}

/// A fact that is a time, by its key.
pub type FactTime = (&'static str, Option<Moment>);

impl Declaration {
    /// The same without the entries inside it.
    #[must_use]
    pub fn without_entries(&self) -> Self {
        Self {
            title: self.title.clone(),
            severity: self.severity.clone(),
            declared_at: self.declared_at,
            declared_by: self.declared_by.clone(),
            kind: self.kind,
            status: self.status.clone(),
            started_at: self.started_at,
            detected_at: self.detected_at,
            scheduled_for: self.scheduled_for,
            scheduled_until: self.scheduled_until,
            summary: self.summary.clone(),
            resources: self.resources.clone(),
            tags: self.tags.clone(),
            roles: self.roles.clone(),
            links: self.links.clone(),
            visibility: self.visibility,
            entries: Vec::new(),
            source: self.source.clone(),
            own: self.own.clone(),
        }
    }

    /// Its facts that are times of the past.
    pub fn fact_times(&self) -> Vec<FactTime> {
        vec![
            ("started_at", self.started_at),
            ("detected_at", self.detected_at),
        ]
    }
}

/// A page elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub struct Link {
    /// What it shows.
    #[schemars(length(min = 1))]
    pub title: String,
    /// Where it is: `https`, `http` or `mailto`.
    #[schemars(length(min = 1))]
    pub url: String,
}

/// An incident's file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "An incident of annals", extend("additionalProperties" = false, "patternProperties" = {"^x-": {}}))]
pub struct Declaration {
    /// What people call it, in one line.
    #[schemars(length(min = 1))]
    pub title: String,
    /// A severity of the vocabulary; by default critical, high, moderate, low.
    #[schemars(length(min = 1))]
    pub severity: String,
    /// When it was declared.
    pub declared_at: Moment,
    /// Who declared it: `Ana Ruiz <ana@example.com>`, or a team, or a machine.
    #[schemars(length(min = 1))]
    pub declared_by: String,
    /// Incident, maintenance or drill.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: Kind,
    /// The first status; by default the vocabulary's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// When its impact began, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Moment>,
    /// When somebody or something noticed, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detected_at: Option<Moment>,
    /// Maintenance only: when the work begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_for: Option<Moment>,
    /// Maintenance only: when the work is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_until: Option<Moment>,
    /// What happened, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What it touches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Who does what: `commander: Ana Ruiz`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<String, String>,
    /// Pages elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Who may see it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub visibility: Visibility,
    /// Entries inside the incident's own file, as imports write them. Items may be
    /// appended, never changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<EntryForm>,
    /// Where an imported record comes from. What is imported sets off nothing.
    #[serde(default, rename = "x-source", skip_serializing_if = "Option::is_none")]
    pub source: Option<Json>,
    /// Keys of the user's own; they begin with `x-`.
    #[serde(flatten)]
    pub own: BTreeMap<String, Json>,
}
