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
    /// How it ended.
    pub outcome: Outcome,
    /// The answer, such as `204`, or why it was not done.
    pub answer: Option<String>,
}
