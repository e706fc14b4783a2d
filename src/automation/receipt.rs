//! What became of an action, as the ledger tells it.

use serde::{Deserialize, Serialize};

use crate::text::moment::Moment;

/// How an action ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Claimed, and nothing is known yet.
    Claimed,
    /// Done.
    Executed,
    /// Tried, and refused.
    Failed,
    /// Perhaps done: the runner died in between.
    Unknown,
    /// Deliberately not done.
    Skipped,
}

impl Outcome {
    /// The word in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Executed => "executed",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
        }
    }
}

/// One action of one firing, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The action's key: the same for the same cause, however often it is run.
    pub key: String,
    /// The firing that it belongs to.
    pub firing: String,
    /// The automation's name.
    pub automation: String,
    /// The action's type, such as `call-webhook`.
    pub action: String,
    /// What it acts on, as people may read it: a variable's name, never its value.
    pub target: String,
    /// The incident whose fact set it off.
    pub incident: Option<String>,
    /// When the commit that set it off landed.
    pub fired_at: Moment,
    /// When the outcome was known; the run's `now`.
    pub at: Moment,
    /// Which attempt at the action this is, from 1.
    #[serde(default = "first")]
    pub attempt: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// The answer, such as `204`, or why it was not done.
    pub answer: Option<String>,
    /// Of a failure: nothing left the machine, so it is tried again once the reason has
    /// gone.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unsent: bool,
    /// Of a claim: the run that made it, by a random id, so that no two claims are the same
    /// bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Of a claim: until when that run may still be carrying it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
}

fn first() -> u32 {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands out references"
)]
fn is_false(value: &bool) -> bool {
    !value
}
