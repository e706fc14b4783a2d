//! What became of actions, as the files of the ledger tell it: `actions/2026/11/KEY/`
//! holds `1-claimed.json`, then `1-executed.json`, `1-failed.json` or `1-unknown.json`,
//! `2-claimed.json` and so on; `skipped.json` and `settled.json` end it. Files are only
//! ever added, and the last one counts.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};

use super::RunError;
use crate::archive::ledger::{Ledger, LedgerError, LedgerFile};
use crate::automation::action::payload::Content;
use crate::automation::receipt::{Outcome, Receipt};
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// The folder of the ledger that holds receipts.
const FOLDER: &str = "actions";
/// The file with which somebody ended what nobody knew.
const SETTLED: &str = "settled";

/// What an attempt would send, so that it can be made again as it was, by whichever runner
/// comes next. A secret is in it by its name alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sending {
    /// The address, or `${NAME}`.
    pub(super) url: String,
    /// What kind of bytes the body is.
    #[serde(default)]
    pub(super) content: Content,
    /// The body.
    pub(super) body: String,
    /// Whether it may be repeated when nobody knows how it ended.
    pub(super) idempotent: bool,
}

/// An attempt, as a file of the ledger says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Attempt {
    /// What became of it.
    #[serde(flatten)]
    pub(super) receipt: Receipt,
    /// What it would send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<Sending>,
    /// Whether a person said so.
    #[serde(skip)]
    pub(super) settled: bool,
}

impl Attempt {
    /// Whether the last word about the action may not be said yet, where actions are carried
    /// out until they are `within` old.
    pub(super) fn is_open(&self, now: Moment, within: Duration) -> bool {
        let receipt = &self.receipt;
        match receipt.outcome {
            Outcome::Claimed | Outcome::Unknown => !self.settled,
            Outcome::Failed => receipt.unsent && now - receipt.fired_at <= within,
            Outcome::Executed | Outcome::Skipped => false,
        }
    }

    /// The folder of the ledger that holds all files about the action.
    pub(super) fn folder(&self) -> Result<String, RunError> {
        let month = month(self.receipt.fired_at)?;
        Ok(format!("{FOLDER}/{month}/{}", self.receipt.key))
    }

    /// The file of the ledger that says it.
    pub(super) fn file(&self) -> Result<LedgerFile, RunError> {
        let receipt = &self.receipt;
        let name = match receipt.outcome {
            _ if self.settled => SETTLED.to_owned(),
            Outcome::Skipped => receipt.outcome.name().to_owned(),
            outcome => format!("{}-{}", receipt.attempt, outcome.name()),
        };
        let path = format!("{}/{name}.json", self.folder()?);
        Ok((path, serde_json::to_value(self)?))
    }

    fn read((path, said): LedgerFile) -> Result<Self, RunError> {
        let name = path.rsplit('/').next().unwrap_or(&path);
        let settled = name.trim_end_matches(".json") == SETTLED;
        let attempt: Self = serde_json::from_value(said)
            .map_err(|fault| unreadable(path.clone(), fault.to_string()))?;
        Ok(Self { settled, ..attempt })
    }

    /// Which of two files about one action came later. What a runner knows of its own
    /// request outweighs what others supposed.
    fn order(&self) -> (u32, u8) {
        let known = match self.receipt.outcome {
            _ if self.settled => 2,
            Outcome::Claimed => 0,
            Outcome::Unknown => 1,
            Outcome::Failed | Outcome::Skipped => 3,
            Outcome::Executed => 4,
        };
        (self.receipt.attempt, known)
    }
}

fn unreadable(path: String, why: String) -> RunError {
    LedgerError::Unreadable { path, why }.into()
}

/// The last file about each action, and what its attempts were to send.
pub(super) fn latest(ledger: &Ledger<'_>) -> Result<BTreeMap<String, Attempt>, RunError> {
    latest_of(ledger.list(FOLDER)?)
}

/// The same of the actions in those folders of the ledger.
pub(super) fn latest_in(ledger: &Ledger<'_>, folders: &[String]) -> Result<Known, RunError> {
    let mut files = Vec::new();
    for folder in folders {
        files.extend(ledger.list(folder)?);
    }
    latest_of(files)
}

/// The folders of those among the actions called `keys` of which the ledger knows: in
/// whatever month they fired.
pub(super) fn folders<'k>(
    ledger: &Ledger<'_>,
    keys: impl IntoIterator<Item = &'k str>,
) -> Result<BTreeMap<&'k str, String>, RunError> {
    let (mut keys, mut known) = (keys.into_iter().peekable(), BTreeMap::new());
    if keys.peek().is_none() {
        return Ok(known);
    }
    let mut months = Vec::new();
    for year in ledger.folders(FOLDER)? {
        let year = format!("{FOLDER}/{year}");
        let inside = ledger.folders(&year)?.into_iter();
        months.extend(inside.map(|month| format!("{year}/{month}")));
    }
    for key in keys {
        for month in months.iter().rev() {
            let folder = format!("{month}/{key}");
            if ledger.has(&folder)? {
                known.insert(key, folder);
                break;
            }
        }
    }
    Ok(known)
}

/// What became of the actions called `keys`, as far as the ledger knows of them.
pub fn receipts_about<'k>(
    ledger: &Ledger<'_>,
    keys: impl IntoIterator<Item = &'k str>,
) -> Result<Vec<Receipt>, RunError> {
    let folders: Vec<String> = folders(ledger, keys)?.into_values().collect();
    let latest = latest_in(ledger, &folders)?.into_values();
    Ok(latest.map(|attempt| attempt.receipt).collect())
}

/// Attempts by the keys of their actions.
pub(super) type Known = BTreeMap<String, Attempt>;

fn latest_of(files: Vec<LedgerFile>) -> Result<Known, RunError> {
    let mut latest = Known::new();
    for file in files {
        let mut attempt = Attempt::read(file)?;
        match latest.entry(attempt.receipt.key.clone()) {
            Entry::Vacant(place) => {
                place.insert(attempt);
            }
            Entry::Occupied(mut known) => {
                let request = known.get_mut().request.take().or(attempt.request.take());
                if attempt.order() > known.get().order() {
                    known.insert(attempt);
                }
                known.get_mut().request = request;
            }
        }
    }
    Ok(latest)
}

/// What became of each action, in the order of (`fired_at`, key): its last outcome, or its
/// claim while there is none.
///
/// # Errors
///
/// A receipt that cannot be read: what was done would count as not done.
pub fn receipts(ledger: &Ledger<'_>) -> Result<Vec<Receipt>, RunError> {
    let latest = latest(ledger)?.into_values();
    let mut receipts: Vec<Receipt> = latest.map(|attempt| attempt.receipt).collect();
    receipts.sort_by(|left, right| (left.fired_at, &left.key).cmp(&(right.fired_at, &right.key)));
    Ok(receipts)
}

/// Whether the file at `path` is the outcome of a claim that `ledger` holds: then it is true
/// whatever others did meanwhile.
pub(super) fn is_outcome_of_claim(ledger: &Ledger<'_>, path: &str) -> Result<bool, LedgerError> {
    let claim = |path: &str| {
        let (folder, name) = path.rsplit_once('/')?;
        let (attempt, _) = name.split_once('-').unwrap_or(("", name));
        let claim = match attempt {
            "" => format!("{folder}/claimed.json"),
            attempt => format!("{folder}/{attempt}-claimed.json"),
        };
        (path.starts_with(FOLDER) && claim != path).then_some(claim)
    };
    match claim(path) {
        Some(claim) => Ok(ledger.read(&claim)?.is_some()),
        None => Ok(false),
    }
}

/// The folder of a month.
pub(super) fn month(at: Moment) -> Result<String, RunError> {
    at.format("%Y/%m")
        .ok_or_else(|| unreadable(at.to_string(), "it lies in no month".to_owned()))
}
