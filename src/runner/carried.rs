//! What the engine carries from one tick to the next, and how it is made anew.
//!
//! A state means what it says only to the version of the semantics that wrote it. One of
//! another version is not read at all: what the ticks took in is taken in once more, each
//! by the clock that it had, and what that fires acts on nobody. Keys of firings and
//! actions do not depend on the version, so what was done stays done. A state of this
//! version that cannot be read is an error: begun anew, it would forget what is open.

use serde_json::Value as Json;

use super::RunError;
use super::evaluate::{Span, evaluate, settings_once_read};
use super::ticks::{self, TickRecord};
use crate::archive::ledger::{Ledger, LedgerState};
use crate::archive::repository::{ObjectId, Repository, RepositoryError};
use crate::archive::snapshot::Version;
use crate::automation::engine::SEMANTICS;
use crate::automation::evaluation::State;
use crate::text::moment::Moment;

/// What the engine remembers.
pub struct Carried {
    /// The state.
    pub state: State,
    /// How it was made anew, if it was.
    pub rebuilt: Option<Rebuilt>,
}

/// How a state was made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The version that wrote the state before, if it said so.
    pub version: Option<u64>,
    /// From how many ticks.
    pub ticks: usize,
    /// The commit at which it begins, where what came before was rewritten and is not in
    /// this repository any more.
    pub begins: Option<ObjectId>,
}

/// What the engine remembers according to `left`, the state of `ledger`.
pub fn carried(
    repository: &Repository,
    ledger: &Ledger<'_>,
    left: &LedgerState,
) -> Result<Carried, RunError> {
    let says_nothing = left.semantics.is_none() && left.engine == Json::Null;
    if says_nothing && ticks::all(ledger)?.iter().all(TickRecord::took_in_nothing) {
        let state = State::default();
        return Ok(Carried {
            state,
            rebuilt: None,
        });
    }
    if left.semantics == Some(SEMANTICS.into()) {
        let state = serde_json::from_value(left.engine.clone()).map_err(RunError::State)?;
        return Ok(Carried {
            state,
            rebuilt: None,
        });
    }
    rebuilt(repository, ledger, left)
}

fn rebuilt(
    repository: &Repository,
    ledger: &Ledger<'_>,
    left: &LedgerState,
) -> Result<Carried, RunError> {
    let all = ticks::all(ledger)?;
    refuse_gaps(&all, left)?;
    let (begins, ticks) = held(repository, &all)?;
    let mut state = State::default();
    let mut latest: Option<Moment> = None;
    for tick in ticks {
        if !tick.took_in_nothing() {
            state = taken_in(repository, tick, latest, state)?;
        }
        latest = latest.max(Some(tick.now));
    }
    let rebuilt = Rebuilt {
        version: left.semantics,
        ticks: ticks.len(),
        begins,
    };
    Ok(Carried {
        state,
        rebuilt: Some(rebuilt),
    })
}

/// The state after `tick`, which came after one at `latest`.
fn taken_in(
    repository: &Repository,
    tick: &TickRecord,
    latest: Option<Moment>,
    state: State,
) -> Result<State, RunError> {
    let to = commit(&tick.head)?;
    let (settings, vocabulary) = settings_once_read(repository, Version::Commit(to))?;
    let span = Span {
        after: tick.after.as_deref().map(commit).transpose()?,
        to,
        settings: &settings,
        vocabulary: &vocabulary,
    };
    // As in the tick itself: no time passes by a clock that is behind.
    let until = latest.is_none_or(|latest| latest <= tick.now);
    let until = until.then_some(tick.now);
    Ok(evaluate(repository, &span, "", tick.now, until, state)?.state)
}

/// Each tick begins where the one before it ended, and the last ends where the ledger
/// stands: else something that was taken in would be missing.
fn refuse_gaps(ticks: &[TickRecord], left: &LedgerState) -> Result<(), RunError> {
    let ends = ticks.iter().map(|tick| Some(tick.head.clone()));
    let stands = left.head.map(|head| head.to_string());
    let begins = ticks.iter().skip(1).map(|tick| tick.after.clone());
    for (end, begin) in ends.zip(begins.chain([stands])) {
        if end != begin {
            let shown = |commit: Option<String>| match commit {
                Some(commit) => commit.get(..7).unwrap_or(&commit).to_owned(),
                None => "the beginning".to_owned(),
            };
            let (from, to) = (shown(end), shown(begin));
            return Err(RunError::Ticks { from, to });
        }
    }
    Ok(())
}

/// The ticks whose commits `repository` still holds. Where the branch was rewritten, those
/// of before may be gone: then it begins where the rewritten branch stood.
fn held<'t>(
    repository: &Repository,
    ticks: &'t [TickRecord],
) -> Result<(Option<ObjectId>, &'t [TickRecord]), RunError> {
    for (place, tick) in ticks.iter().enumerate().rev() {
        let Some(after) = tick.after.as_deref().filter(|_| tick.took_in_nothing()) else {
            continue;
        };
        if !repository.holds(commit(after)?)? {
            let rest = ticks.get(place + 1..).unwrap_or_default();
            return Ok((Some(commit(&tick.head)?), rest));
        }
    }
    Ok((None, ticks))
}

fn commit(id: &str) -> Result<ObjectId, RunError> {
    ObjectId::parse(id).ok_or_else(|| RepositoryError::NoCommit(id.to_owned()).into())
}
