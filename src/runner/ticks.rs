//! The ticks of a ledger: `ticks/2026/11/000412.json` says what one took in, by which the
//! same can be taken in again.

use serde::{Deserialize, Serialize};

use super::RunError;
use super::receipts::month;
use crate::archive::ledger::{Ledger, LedgerError, LedgerFile};
use crate::text::moment::Moment;

/// The folder of the ledger that holds them.
const FOLDER: &str = "ticks";

/// A tick, as its file says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TickRecord {
    /// Its number: one more than the one before.
    pub(super) number: u64,
    /// The run, by a random id, so that no two ticks are the same bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) run: Option<String>,
    /// The clock of the run.
    pub(super) now: Moment,
    /// The commit of the record branch after which it began.
    pub(super) after: Option<String>,
    /// The commit with which it ended.
    pub(super) head: String,
    /// The events that it took in, by id.
    pub(super) events: Vec<String>,
    /// The version of the semantics that it used.
    pub(super) semantics: u64,
    /// What became of the history of the record branch, where that was rewritten: then it
    /// took in nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) history: Option<History>,
}

/// What became of the history of the record branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct History {
    rewritten: Rewritten,
}

/// From where to where the branch was set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rewritten {
    /// What the tick before took in last.
    pub(super) from: String,
    /// Where the branch stands now.
    pub(super) to: String,
}

impl From<Rewritten> for History {
    fn from(rewritten: Rewritten) -> Self {
        Self { rewritten }
    }
}

impl TickRecord {
    /// Whether it only tells that the history of the record branch was rewritten.
    pub(super) fn took_in_nothing(&self) -> bool {
        self.history.is_some()
    }

    /// The file of the ledger that says it.
    pub(super) fn file(&self) -> Result<LedgerFile, RunError> {
        let path = path(self.number, self.now)?;
        Ok((path, serde_json::to_value(self)?))
    }

    /// By what name files of the ledger that belong to it are called.
    pub(super) fn name(&self) -> Result<String, RunError> {
        name(self.number, self.now)
    }
}

/// The first number from `number` on under which a tick at `now` overwrites no other: who
/// puts an older `state.json` back by hand gives numbers a second time.
pub(super) fn free(ledger: &Ledger<'_>, number: u64, now: Moment) -> Result<u64, RunError> {
    let mut number = number;
    while ledger.read(&path(number, now)?)?.is_some() {
        number += 1;
    }
    Ok(number)
}

/// All ticks, in the order in which they came.
pub(super) fn all(ledger: &Ledger<'_>) -> Result<Vec<TickRecord>, RunError> {
    let read = |(path, said): LedgerFile| {
        serde_json::from_value(said).map_err(|fault| LedgerError::Unreadable {
            path,
            why: fault.to_string(),
        })
    };
    let files = ledger.list(FOLDER)?.into_iter().map(read);
    let mut ticks = files.collect::<Result<Vec<TickRecord>, _>>()?;
    ticks.sort_by_key(|tick| tick.number);
    Ok(ticks)
}

fn path(number: u64, now: Moment) -> Result<String, RunError> {
    Ok(format!("{FOLDER}/{}.json", name(number, now)?))
}

fn name(number: u64, now: Moment) -> Result<String, RunError> {
    Ok(format!("{}/{number:06}", month(now)?))
}
