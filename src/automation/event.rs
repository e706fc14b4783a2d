//! Events: what happened, in the shape that Prefect gives to events.
//!
//! Written as JSON, an [`Event`] is what a Prefect server's `POST /events` accepts.
//! When it was taken in is no part of it: that is said beside it, since a server
//! decides it anew.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::incident::id::IncidentId;
use crate::text::moment::Moment;

/// What the names, resource ids and labels of incidents begin with.
pub const INCIDENT: &str = "prefect-cloud.incident.";
/// The names that events of incidents have, here or in Prefect Cloud, without what all of
/// them begin with.
pub const NAMES: &[&str] = &[
    "declared",
    "resolved",
    "reopened",
    "updated.status",
    "updated.severity",
    "updated.name",
    "updated.summary",
    "updated.start_time",
    "updated.related_resources",
    "updated.tags",
    "updated.roles",
    "updated.links",
    "updated.detected_at",
    "updated.acknowledged_at",
    "updated.mitigated_at",
    "updated.schedule",
    "comment.added",
    "assessment.added",
    "attachment.added",
    "entry.recorded",
    "entry.corrected",
    "entry.retracted",
    "entry.redacted",
    "retrospective.updated",
    "maintenance.started",
    "maintenance.ended",
    "history.rewritten",
    "created",
    "updated",
    "deleted",
];
/// The label that every resource has.
pub const RESOURCE_ID: &str = "prefect.resource.id";
/// The label that says what people call a resource.
pub const RESOURCE_NAME: &str = "prefect.resource.name";
/// The label that says what a related resource is to the event.
pub const RESOURCE_ROLE: &str = "prefect.resource.role";

/// The label that says how severe an incident is.
pub const SEVERITY: &str = "prefect-cloud.incident.severity";

/// The namespace of all event ids. Drawn once; if it changed, everything that ever
/// acted would act again.
const NAMESPACE: Uuid = Uuid::from_u128(0x7d1c_5e0b_93a4_4c62_a1f8_2b6e_40d7_95c3);

/// What is said about one resource, by label.
pub type Labels = BTreeMap<String, String>;

/// Something that happened to a resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// A UUID, by which a repetition is known.
    pub id: String,
    /// When it happened.
    pub occurred: Moment,
    /// Its name: `prefect-cloud.incident.declared`.
    pub event: String,
    /// What it happened to; always has `prefect.resource.id`.
    pub resource: Labels,
    /// What else it touches; each has an id and a role.
    #[serde(default)]
    pub related: Vec<Labels>,
    /// Anything else that is worth knowing. Triggers never look at it.
    #[serde(default)]
    pub payload: Json,
    /// The id of an event that happened before it.
    #[serde(default)]
    pub follows: Option<String>,
}

/// The id of the event called `event` that a part of an incident means: an entry's id,
/// `declaration` or `retrospective`. For a fact about a file, `blob` is the id of its
/// content.
///
/// A version 5 UUID over the parts, each ended by a line break, which no id or name holds.
pub fn id(incident: &IncidentId, part: &str, event: &str, blob: Option<&str>) -> String {
    let mut name = [incident.as_str(), "\n", part, "\n", event, "\n"].concat();
    name.extend(blob.into_iter().flat_map(|blob| [blob, "\n"]));
    Uuid::new_v5(&NAMESPACE, name.as_bytes()).to_string()
}

/// The short name without Prefect's: `incident.declared`, as people write it in
/// `automations/`.
pub fn short(name: &str) -> String {
    match name.strip_prefix(INCIDENT) {
        Some(rest) => format!("incident.{rest}"),
        None => name.to_owned(),
    }
}
