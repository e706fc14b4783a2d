//! The words of a repository: its severities and statuses, their order and phase.
//!
//! A word once used stays in the vocabulary (it can be retired, not removed), so that
//! history remains readable. Defaults are those of Prefect's screens and of
//! Statuspage's API.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::declaration::Kind;

/// Where an incident stands, whatever its status is called.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Announced, not begun: a maintenance ahead of its time.
    Planned,
    /// Going on.
    Active,
    /// Over.
    Resolved,
}

/// How bad it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub struct Severity {
    /// The word in files: `critical`.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The number people say: 1 for SEV-1, the worst.
    pub sev: u8,
    /// The impact this is on a Statuspage: `critical`, `major`, `minor` or `none`.
    #[serde(default = "none")]
    pub statuspage: String,
    /// Whether the word may no longer be used anew.
    #[serde(default)]
    pub retired: bool,
}

/// Where a response stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub struct Status {
    /// The word in files: `investigating`.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The phase that the word means.
    pub phase: Phase,
    /// The status this is on a Statuspage; the word itself by default.
    #[serde(default)]
    pub statuspage: Option<String>,
    /// Whether the word is one of maintenances rather than of incidents and drills.
    #[serde(default)]
    pub maintenance: bool,
    /// Whether the word may no longer be used anew.
    #[serde(default)]
    pub retired: bool,
}

fn none() -> String {
    "none".to_owned()
}

/// The severities, worst first, and the statuses, in the order in which they come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    /// Worst first.
    pub severities: Vec<Severity>,
    /// In the order of a usual response.
    pub statuses: Vec<Status>,
}

impl Default for Vocabulary {
    fn default() -> Self {
        let severity = |name: &str, sev, statuspage: &str| Severity {
            name: name.to_owned(),
            sev,
            statuspage: statuspage.to_owned(),
            retired: false,
        };
        let status = |name: &str, phase, maintenance| Status {
            name: name.to_owned(),
            phase,
            statuspage: None,
            maintenance,
            retired: false,
        };
        Self {
            severities: vec![
                severity("critical", 1, "critical"),
                severity("high", 2, "major"),
                severity("moderate", 3, "minor"),
                severity("low", 4, "none"),
            ],
            statuses: vec![
                status("investigating", Phase::Active, false),
                status("identified", Phase::Active, false),
                status("monitoring", Phase::Active, false),
                status("resolved", Phase::Resolved, false),
                status("scheduled", Phase::Planned, true),
                status("in_progress", Phase::Active, true),
                status("verifying", Phase::Active, true),
                status("completed", Phase::Resolved, true),
            ],
        }
    }
}

impl Vocabulary {
    /// The severity called `name`.
    pub fn severity(&self, name: &str) -> Option<&Severity> {
        self.severities
            .iter()
            .find(|severity| severity.name == name)
    }

    /// The number people say for the severity called `name`; none for an unknown word.
    pub fn sev(&self, name: &str) -> Option<u8> {
        self.severity(name).map(|severity| severity.sev)
    }

    /// The status called `name`.
    pub fn status(&self, name: &str) -> Option<&Status> {
        self.statuses.iter().find(|status| status.name == name)
    }

    /// The statuses that an incident of this kind may have, in order.
    pub fn statuses_of(&self, kind: Kind) -> impl Iterator<Item = &Status> {
        let maintenance = kind == Kind::Maintenance;
        self.statuses
            .iter()
            .filter(move |status| status.maintenance == maintenance)
    }

    /// The first status of this kind in `phase`: what a fresh incident has, what
    /// `resolve` sets, what `reopen` returns to.
    pub fn first_in(&self, kind: Kind, phase: Phase) -> Option<&Status> {
        self.statuses_of(kind)
            .find(|status| status.phase == phase && !status.retired)
    }

    /// The status that an incident of this kind begins with when its file names none.
    pub fn initial(&self, kind: Kind) -> &str {
        self.statuses_of(kind)
            .find(|status| !status.retired)
            .map_or("investigating", |status| &status.name)
    }

    /// The phase of the status called `name`; an unknown word counts as active, so that
    /// nothing is hidden.
    pub fn phase(&self, name: &str) -> Phase {
        self.status(name)
            .map_or(Phase::Active, |status| status.phase)
    }

    /// How bad the severity called `name` is: 0 for the worst; unknown words come last.
    pub fn rank(&self, name: &str) -> usize {
        self.severities
            .iter()
            .position(|severity| severity.name == name)
            .unwrap_or(self.severities.len())
    }
}
