//! What became of an action, as the ledger tells it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::archive::ledger::LedgerFile;
use crate::text::moment::Moment;

/// The folder of the ledger that holds receipts.
pub const FOLDER: &str = "actions";

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
    /// How it ended.
    pub outcome: Outcome,
    /// The answer, such as `204`, or why it was not done.
    pub answer: Option<String>,
    /// Of a claim: the run that made it, by a random id, so that no two claims are the same
    /// bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Of a claim: until when that run may still be carrying it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
}

impl Receipt {
    /// Where the ledger keeps this receipt: `actions/2026/11/KEY/OUTCOME.json`, by the
    /// month in which the firing came about.
    pub fn path(&self) -> String {
        let month = self.fired_at.format("%Y/%m").unwrap_or_default();
        format!("{FOLDER}/{month}/{}/{}.json", self.key, self.outcome.name())
    }

    /// What became of each action, from the files of the ledger's folder [`FOLDER`], in
    /// the order of (`fired_at`, key): its outcome, or its claim while there is none.
    pub fn latest(files: Vec<LedgerFile>) -> Vec<Self> {
        let mut latest: BTreeMap<String, Self> = BTreeMap::new();
        for (_, said) in files {
            let Ok(receipt) = serde_json::from_value::<Self>(said) else {
                continue;
            };
            let known = latest.get(&receipt.key);
            if known.is_none_or(|known| known.outcome == Outcome::Claimed) {
                latest.insert(receipt.key.clone(), receipt);
            }
        }
        let mut receipts: Vec<Self> = latest.into_values().collect();
        receipts
            .sort_by(|left, right| (left.fired_at, &left.key).cmp(&(right.fired_at, &right.key)));
        receipts
    }
}
