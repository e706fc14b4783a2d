//! One tick of a run: take in, claim, act, write down.
//!
//! What is claimed is fixed before anything is done, and what was done is written down
//! whatever others pushed meanwhile. Nothing here fetches the record.

use std::collections::BTreeSet;

use serde_json::json;

use super::evaluate::{self, Span};
use super::ports::{Notice, Ports};
use super::{Report, RunError, TRIES, attempt};
use crate::archive::ledger::{Ledger, LedgerFile, LedgerState};
use crate::archive::remote::Remote;
use crate::archive::repository::{ObjectId, Repository};
use crate::archive::settings::Settings;
use crate::archive::snapshot::Version;
use crate::automation::action::{Action, Acts};
use crate::automation::engine::SEMANTICS;
use crate::automation::evaluation::{Evaluation, State};
use crate::automation::receipt::{self, Outcome, Receipt};
use crate::incident::vocabulary::Vocabulary;
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// For how long a claim is left alone: so many seconds, and so many for each action.
const PATIENCE: (i64, i64) = (60, 30);

/// What a tick works with.
pub(super) struct Tick<'a> {
    /// Where.
    pub repository: &'a Repository,
    /// What is outside.
    pub ports: &'a Ports<'a>,
    /// The present.
    pub now: Moment,
    /// What `annals.yaml` says at the head.
    pub settings: &'a Settings,
    /// The words of the repository there.
    pub vocabulary: &'a Vocabulary,
    /// The ledger, in step with the remote.
    pub ledger: Ledger<'a>,
    /// Where it is pushed to.
    pub remote: Option<&'a Remote>,
    /// The tip of the record branch.
    pub head: ObjectId,
    /// The run, by a random id.
    pub id: &'a str,
}

impl Tick<'_> {
    /// One tick: everything new is taken in, claimed, done and written down.
    pub(super) fn run(&self, lost: &mut Vec<Receipt>) -> Result<Option<Report>, RunError> {
        self.give_up(lost)?;
        let (state, now) = (self.ledger.state()?, self.now);
        if state.head != Some(self.head) && self.is_taken_in(&state)? {
            return self.nothing().map(Some);
        }
        let mut evaluation = self.evaluate(&state)?;
        if state.head == Some(self.head) && evaluation.is_nothing() {
            return self.nothing().map(Some);
        }
        let firsts: Vec<Receipt> = self.firsts(&evaluation.actions);
        if !self.claim(&state, &evaluation, &firsts)? {
            return Ok(None);
        }
        let done = attempt::execute(self.ports, self.settings, &evaluation.actions, now);
        let settled = self.settle(&done);
        let mut receipts = firsts;
        receipts.retain(|receipt| receipt.outcome != Outcome::Claimed);
        receipts.extend(done);
        Ok(Some(Report {
            diagnostics: std::mem::take(&mut evaluation.diagnostics),
            evaluation: Some(evaluation),
            receipts,
            lost: Vec::new(),
            settled,
        }))
    }

    /// The report of a tick to which there is nothing.
    fn nothing(&self) -> Result<Report, RunError> {
        let version = Version::Commit(self.head);
        Ok(Report {
            evaluation: None,
            diagnostics: evaluate::faults(self.repository, version, self.settings)?,
            receipts: Vec::new(),
            lost: Vec::new(),
            settled: Ok(()),
        })
    }

    /// Whether everything up to the head was evaluated already.
    fn is_taken_in(&self, state: &LedgerState) -> Result<bool, RunError> {
        let repository = self.repository;
        Ok(match state.head {
            Some(head) if repository.holds(head) => repository.leads_to(self.head, head)?,
            _ => false,
        })
    }

    fn known(&self) -> Result<Vec<Receipt>, RunError> {
        Ok(Receipt::latest(self.ledger.list(receipt::FOLDER)?))
    }

    /// What is new since the last run, without the actions that have a receipt already.
    /// Where that run stood at a commit which is gone, everything is evaluated anew.
    fn evaluate(&self, state: &LedgerState) -> Result<Evaluation, RunError> {
        let (settings, vocabulary) = (self.settings, self.vocabulary);
        let after = state.head.filter(|head| self.repository.holds(*head));
        let engine = match (after, state.head) {
            (None, Some(gone)) => {
                self.ports.progress.notice(&Notice::Gone(gone));
                State::default()
            }
            _ => serde_json::from_value(state.engine.clone()).unwrap_or_default(),
        };
        let span = Span {
            after,
            to: self.head,
            settings,
            vocabulary,
        };
        let (ledger, now) = (self.ledger.id(), self.now);
        let mut evaluation =
            evaluate::evaluate(self.repository, &span, ledger, now, Some(now), engine)?;
        let known = self.known()?;
        let done: BTreeSet<&str> = known.iter().map(|receipt| receipt.key.as_str()).collect();
        evaluation
            .actions
            .retain(|action| !done.contains(action.key.as_str()));
        Ok(evaluation)
    }

    /// Claims of a run that died: whether they were carried out is unknown, and stays so.
    /// Those of a run that may still be at it are left alone.
    fn give_up(&self, lost: &mut Vec<Receipt>) -> Result<(), RunError> {
        let mut unknown = Vec::new();
        for claim in self.known()? {
            if claim.outcome != Outcome::Claimed {
                continue;
            }
            if claim.until.is_some_and(|until| self.now < until) {
                self.ports.progress.notice(&Notice::UnderWay(claim));
                continue;
            }
            let answer = "the run that claimed it ended before its outcome was known";
            unknown.push(Receipt {
                outcome: Outcome::Unknown,
                at: self.now,
                answer: Some(answer.to_owned()),
                until: None,
                ..claim
            });
        }
        for receipt in &unknown {
            let lost = Notice::Lost(receipt.clone());
            self.ports.progress.notice(&lost);
        }
        self.settle(&unknown)?;
        lost.extend(unknown);
        Ok(())
    }

    /// Commits and pushes the tick: what was taken in, what fired, what is claimed. Answers
    /// false, and leaves the ledger as it was, when another run was faster.
    fn claim(
        &self,
        state: &LedgerState,
        evaluation: &Evaluation,
        firsts: &[Receipt],
    ) -> Result<bool, RunError> {
        let mut files = vec![
            self.tick_file(state, evaluation)?,
            self.state(state, evaluation),
        ];
        for firing in &evaluation.firings {
            let month = firing.reason.time.format("%Y/%m").unwrap_or_default();
            let path = format!("firings/{month}/{}.json", firing.id);
            if self.ledger.read(&path)?.is_none() {
                files.push((path, serde_json::to_value(firing).unwrap_or_default()));
            }
        }
        files.extend(firsts.iter().map(written));
        let before = self.ledger.tip()?;
        let message = format!("annals: tick {}\n", state.tick + 1);
        let appended = self.ledger.append(&files, &message, self.now)?;
        let Some(remote) = self.remote else {
            return Ok(true);
        };
        let pushed = self.ledger.push(remote);
        if let (false, Some(before)) = (matches!(pushed, Ok(true)), before) {
            // What nobody else can see is not claimed: the next run begins anew.
            self.ledger.take_back(appended, before)?;
        }
        Ok(pushed?)
    }

    fn tick_file(
        &self,
        state: &LedgerState,
        evaluation: &Evaluation,
    ) -> Result<LedgerFile, RunError> {
        let now = self.now;
        let month = now.format("%Y/%m").unwrap_or_default();
        let mut number = state.tick + 1;
        let path = |number: u64| format!("ticks/{month}/{number:06}.json");
        while self.ledger.read(&path(number))?.is_some() {
            number += 1;
        }
        let events: Vec<&str> = evaluation
            .facts
            .iter()
            .map(|fact| fact.event.id.as_str())
            .collect();
        let tick = json!({
            "number": number,
            "run": self.id,
            "now": now,
            "after": state.head.map(|head| head.to_string()),
            "head": self.head.to_string(),
            "events": events,
            "semantics": SEMANTICS,
        });
        Ok((path(number), tick))
    }

    fn state(&self, state: &LedgerState, evaluation: &Evaluation) -> LedgerFile {
        let pushed_to = self.remote.map(|remote| remote.address.clone());
        let state = LedgerState {
            tick: state.tick + 1,
            head: Some(self.head),
            engine: serde_json::to_value(&evaluation.state).unwrap_or_default(),
            remote: pushed_to.or_else(|| state.remote.clone()),
        };
        state.file()
    }

    /// The first receipt of each action: a claim, or why it is not done.
    fn firsts(&self, actions: &[Action]) -> Vec<Receipt> {
        let now = self.now;
        let claimed = actions.iter().filter(|action| action.acts == Acts::Act);
        let claimed = i64::try_from(claimed.count()).unwrap_or(i64::MAX);
        let seconds = PATIENCE
            .1
            .saturating_mul(claimed)
            .saturating_add(PATIENCE.0);
        let until = now.plus(Duration::seconds(seconds));
        let first = |action: &Action| match &action.acts {
            Acts::Act => Receipt {
                run: Some(self.id.to_owned()),
                until: Some(until),
                ..attempt::receipt(action, now, Outcome::Claimed, None)
            },
            Acts::Skip { reason } => {
                attempt::receipt(action, now, Outcome::Skipped, Some(reason.clone()))
            }
            Acts::Fail { reason } => {
                attempt::receipt(action, now, Outcome::Failed, Some(reason.clone()))
            }
        };
        actions.iter().map(first).collect()
    }

    /// Commits and pushes outcomes. They are true whatever others pushed meanwhile, so they
    /// go on top of that; what cannot be pushed now is pushed by the next run.
    fn settle(&self, receipts: &[Receipt]) -> Result<(), RunError> {
        if receipts.is_empty() {
            return Ok(());
        }
        let (repository, now) = (self.repository, self.now);
        let files: Vec<LedgerFile> = receipts.iter().map(written).collect();
        self.ledger.append(&files, "annals: outcomes\n", now)?;
        let Some(remote) = self.remote else {
            return Ok(());
        };
        for _ in 0..TRIES {
            if self.ledger.push(remote)? {
                return Ok(());
            }
            Ledger::in_step(repository, self.settings, remote, false, now)?;
        }
        Err(RunError::Unsettled(receipts.len()))
    }
}

fn written(receipt: &Receipt) -> LedgerFile {
    (
        receipt.path(),
        serde_json::to_value(receipt).unwrap_or_default(),
    )
}
