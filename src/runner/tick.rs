//! One tick of a run: take in, claim, act, write down.
//!
//! What is claimed is fixed before anything is done, and what was done is written down
//! whatever others pushed meanwhile. Nothing here fetches the record.

use std::collections::BTreeSet;

use super::carried::{Carried, carried};
use super::evaluate::{self, Span};
use super::ports::{Notice, Ports};
use super::receipts::{self, Attempt, Known};
use super::ticks::{self, Rewritten, TickRecord};
use super::work::{Planned, Work};
use super::{Orders, Report, RunError, Step, TRIES, attempt};
use crate::archive::judgement::judge;
use crate::archive::ledger::{Ledger, LedgerFile, LedgerState};
use crate::archive::remote::Remote;
use crate::archive::repository::{ObjectId, Repository};
use crate::archive::settings::Settings;
use crate::archive::snapshot::Version;
use crate::archive::{history, landings};
use crate::automation::engine::SEMANTICS;
use crate::automation::evaluation::Evaluation;
use crate::automation::receipt::{Outcome, Receipt};
use crate::incident::vocabulary::Vocabulary;
use crate::text::diagnostic::Diagnostic;
use crate::text::moment::Moment;

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
    /// What somebody decided about attempts of before.
    pub orders: &'a Orders,
}

impl Tick<'_> {
    /// One tick: everything new is taken in, claimed, done and written down. None when
    /// another run was faster, or the record moved while it was looked at.
    pub(super) fn run(&self) -> Result<Option<Report>, RunError> {
        let state = self.ledger.state()?;
        let known = self.known(&state)?;
        if let Some(last) = state.head
            && !self.follows(last)?
        {
            return self.rewritten(&state, last);
        }
        let carried = carried(self.repository, &self.ledger, &state)?;
        let (is_rebuilt, received) = (carried.rebuilt.is_some(), carried.state.received());
        let mut evaluation = self.evaluate(&state, carried)?;
        self.ports.progress.reached(Step::Evaluated);
        let work = self.work();
        let Planned { attempts, limited } = work.plan(&known, self.orders, &evaluation.actions)?;
        let nothing_new = state.head == Some(self.head) && evaluation.is_nothing();
        if nothing_new && attempts.is_empty() && !is_rebuilt {
            return self.nothing().map(Some);
        }
        let tick = self.record(&state, &evaluation)?;
        let open = self.open(known, &attempts)?;
        let files = self.files(&state, &tick, &evaluation, (received, open))?;
        if !self.claim(&tick, files, &attempts)? {
            return Ok(None);
        }
        let (claimed, mut receipts) = divided(attempts);
        let done = attempt::execute(self.ports, self.settings, &claimed, self.now);
        let settled = self.settle(&done);
        receipts.extend(done.into_iter().map(|done| done.receipt));
        Ok(Some(Report {
            diagnostics: self.judged(std::mem::take(&mut evaluation.diagnostics)),
            evaluation: Some(evaluation),
            receipts,
            limited,
            settled,
        }))
    }

    /// The last file about each action that may matter: of which the last word may not be
    /// said, or of any where somebody decided about one.
    fn known(&self, state: &LedgerState) -> Result<Known, RunError> {
        match &state.open {
            Some(open) if self.orders.is_empty() => receipts::latest_in(&self.ledger, open),
            _ => receipts::latest(&self.ledger),
        }
    }

    /// The folders of the actions of which the last word may not be said after this tick.
    fn open(&self, known: Known, attempts: &[Attempt]) -> Result<Vec<String>, RunError> {
        let within = self.settings.policy.act_within.0;
        let mut latest = known;
        for attempt in attempts {
            latest.insert(attempt.receipt.key.clone(), attempt.clone());
        }
        let open = latest.values();
        let open = open.filter(|attempt| attempt.is_open(self.now, within));
        open.map(Attempt::folder).collect()
    }

    fn work(&self) -> Work<'_> {
        Work {
            ports: self.ports,
            settings: self.settings,
            now: self.now,
            run: self.id,
        }
    }

    fn judged(&self, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
        judge(found, self.settings, self.now)
    }

    /// What a tick writes down besides attempts: itself, the state, and what fired.
    fn files(
        &self,
        state: &LedgerState,
        tick: &TickRecord,
        evaluation: &Evaluation,
        (received, open): (Option<Moment>, Vec<String>),
    ) -> Result<Vec<LedgerFile>, RunError> {
        let after = LedgerState {
            open: Some(open),
            engine: serde_json::to_value(&evaluation.state)?,
            semantics: Some(SEMANTICS.into()),
            ..self.state(state, tick)
        };
        let mut files = vec![tick.file()?, after.file()];
        files.extend(self.landings(state, tick, received)?);
        for firing in &evaluation.firings {
            let month = receipts::month(firing.reason.time)?;
            let path = format!("firings/{month}/{}.json", firing.id);
            if self.ledger.read(&path)?.is_none() {
                files.push((path, serde_json::to_value(firing)?));
            }
        }
        Ok(files)
    }

    /// The file that says when commits landed that are dated ahead of this tick, if there
    /// are any: once that date has come, it would count. What was settled before landed by
    /// `received`; where that is not known, all of history is looked at.
    fn landings(
        &self,
        state: &LedgerState,
        tick: &TickRecord,
        received: Option<Moment>,
    ) -> Result<Option<LedgerFile>, RunError> {
        let settled = state.settled.filter(|_| received.is_some());
        let not_before = received.filter(|_| settled.is_some());
        let not_before = not_before.unwrap_or(Moment::EPOCH);
        let early = history::landed_early(self.repository, settled, self.head, not_before)?;
        let file = || Ok(landings::file(&tick.name()?, &early));
        (!early.is_empty()).then(file).transpose()
    }

    /// Whether the head came of the commit at which the last run stood.
    fn follows(&self, last: ObjectId) -> Result<bool, RunError> {
        let repository = self.repository;
        Ok(repository.holds(last)? && repository.leads_to(last, self.head)?)
    }

    /// The record branch does not hold what the last run took in: it was rewound or
    /// replaced. That is written down, and what it holds now counts as history.
    fn rewritten(&self, state: &LedgerState, last: ObjectId) -> Result<Option<Report>, RunError> {
        if let Some(remote) = self.remote {
            // A mirror may lag behind: the remote is asked a second time.
            let again = remote.fetch(self.repository, &self.settings.branch)?;
            if again != Some(self.head) {
                return Ok(None);
            }
        }
        let (from, to) = (last, self.head);
        let rewritten = Rewritten {
            from: from.to_string(),
            to: to.to_string(),
        };
        let tick = TickRecord {
            history: Some(rewritten.into()),
            ..self.record(state, &Evaluation::default())?
        };
        let mut files = vec![tick.file()?, self.state(state, &tick).file()];
        files.extend(self.landings(state, &tick, None)?);
        if !self.claim(&tick, files, &[])? {
            return Ok(None);
        }
        self.ports.progress.notice(&Notice::Rewritten { from, to });
        Ok(Some(Report::default()))
    }

    /// The report of a tick to which there is nothing.
    fn nothing(&self) -> Result<Report, RunError> {
        let version = Version::Commit(self.head);
        let faults = evaluate::faults(self.repository, version, self.settings)?;
        Ok(Report {
            diagnostics: self.judged(faults),
            ..Report::default()
        })
    }

    /// What is new since the last run, without the actions that have a receipt already.
    fn evaluate(&self, state: &LedgerState, carried: Carried) -> Result<Evaluation, RunError> {
        if let Some(rebuilt) = carried.rebuilt {
            self.ports.progress.notice(&Notice::Rebuilt(rebuilt));
        }
        let span = Span {
            after: state.head,
            to: self.head,
            settings: self.settings,
            vocabulary: self.vocabulary,
        };
        // Time does not pass for a runner whose clock is behind: what others saw happen
        // would not have happened yet.
        let behind = state.now.filter(|last| *last > self.now);
        if let Some(last) = behind {
            self.ports.progress.notice(&Notice::Behind(last));
        }
        let until = behind.is_none().then_some(self.now);
        let (ledger, now) = (self.ledger.id(), self.now);
        let mut evaluation =
            evaluate::evaluate(self.repository, &span, ledger, now, until, carried.state)?;
        let keys = evaluation.actions.iter().map(|action| action.key.as_str());
        let known = receipts::folders(&self.ledger, keys)?;
        let known: BTreeSet<String> = known.into_keys().map(str::to_owned).collect();
        evaluation
            .actions
            .retain(|action| !known.contains(&action.key));
        Ok(evaluation)
    }

    /// Commits and pushes the tick: what was taken in, what fired, what is claimed. Answers
    /// false, and leaves the ledger as it was, when another run was faster.
    fn claim(
        &self,
        tick: &TickRecord,
        mut files: Vec<LedgerFile>,
        attempts: &[Attempt],
    ) -> Result<bool, RunError> {
        for attempt in attempts {
            files.push(attempt.file()?);
        }
        let before = self.ledger.tip()?;
        let message = format!("annals: tick {}\n", tick.number);
        let appended = self.ledger.append(&files, &message, self.now)?;
        self.ports.progress.reached(Step::Claimed);
        let Some(remote) = self.remote else {
            return Ok(true);
        };
        let pushed = self.push(remote);
        if let (false, Some(before)) = (matches!(pushed, Ok(true)), before) {
            // What nobody else can see is not claimed: the next run begins anew.
            self.ledger.take_back(appended, before)?;
        }
        self.ports.progress.reached(Step::Published);
        pushed
    }

    fn push(&self, remote: &Remote) -> Result<bool, RunError> {
        let unguarded = || self.ports.progress.notice(&Notice::Unguarded);
        Ok(self.ledger.push(remote, &unguarded)?)
    }

    /// The tick, as it is written down: what a later version of the semantics needs in
    /// order to take in the same.
    fn record(&self, state: &LedgerState, evaluation: &Evaluation) -> Result<TickRecord, RunError> {
        let events = evaluation.facts.iter();
        Ok(TickRecord {
            number: ticks::free(&self.ledger, state.tick + 1, self.now)?,
            run: Some(self.id.to_owned()),
            now: self.now,
            after: state.head.map(|head| head.to_string()),
            head: self.head.to_string(),
            events: events.map(|fact| fact.event.id.clone()).collect(),
            semantics: SEMANTICS.into(),
            history: None,
        })
    }

    /// The state after `tick`, with what the engine remembered before. A ledger without an
    /// address is bound by it.
    fn state(&self, state: &LedgerState, tick: &TickRecord) -> LedgerState {
        let mut addresses = state.addresses.clone();
        if let (true, Some(remote)) = (addresses.is_empty(), self.remote) {
            addresses.push(remote.address.clone());
        }
        LedgerState {
            tick: tick.number,
            head: Some(self.head),
            settled: Some(self.head),
            addresses,
            now: state.now.max(Some(self.now)),
            ..state.clone()
        }
    }

    /// Commits and pushes outcomes. They are true whatever others pushed meanwhile, so they
    /// go on top of that; what cannot be pushed now is pushed by the next run.
    fn settle(&self, done: &[Attempt]) -> Result<(), RunError> {
        if done.is_empty() {
            return Ok(());
        }
        let files = done.iter().map(Attempt::file);
        let files = files.collect::<Result<Vec<LedgerFile>, _>>()?;
        self.ledger.append(&files, "annals: outcomes\n", self.now)?;
        self.ports.progress.reached(Step::Recorded);
        let Some(remote) = self.remote else {
            return Ok(());
        };
        for _ in 0..TRIES {
            if self.push(remote)? {
                self.ports.progress.reached(Step::Settled);
                return Ok(());
            }
            let there =
                super::place::there(self.repository, self.ports.clock, remote, self.settings)?;
            Ledger::of_remote(self.repository, self.settings, there)?;
            super::place::in_step(self.repository, self.settings, there, self.now)?;
        }
        Err(RunError::Unsettled(done.len()))
    }
}

/// The claims that are to be carried out, and the receipts of everything else.
fn divided(attempts: Vec<Attempt>) -> (Vec<Attempt>, Vec<Receipt>) {
    let is_claim = |attempt: &Attempt| attempt.receipt.outcome == Outcome::Claimed;
    let (claimed, others): (Vec<_>, Vec<_>) = attempts.into_iter().partition(is_claim);
    (
        claimed,
        others.into_iter().map(|other| other.receipt).collect(),
    )
}
