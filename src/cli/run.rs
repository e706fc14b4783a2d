//! `annals run`: evaluates what is new on the record branch and acts on it, once.
//!
//! Claims are committed, and pushed where there is a remote, before anything is done; so
//! another run, here or elsewhere, finds them and keeps still. A claim that never got its
//! outcome is not acted upon again: nobody knows how far it came.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::arguments::Run;
use super::context::Context;
use super::evaluate::{self, Span};
use super::failure::Failure;
use super::{check, console, environment, exit};
use crate::archive::ledger::{self, Ledger, LedgerError, LedgerFile};
use crate::archive::repository::ObjectId;
use crate::archive::settings::Settings;
use crate::automation::action::{Action, Acts, Url};
use crate::automation::engine::{SEMANTICS, State};
use crate::automation::evaluation::Evaluation;
use crate::automation::receipt::{self, Outcome, Receipt};
use crate::incident::vocabulary::Vocabulary;
use crate::outward::deliver::webhook::{self, Answer, Request};
use crate::text::plain;

/// `annals run`.
pub(super) fn run(context: &Context, arguments: &Run) -> Result<u8, Failure> {
    let repository = &context.repository;
    let (here, _) = evaluate::settings_at(context, repository.resolve("HEAD")?)?;
    let remote = match &arguments.remote {
        Some(named) => Some(named.as_str()),
        None => repository.has_remote("origin").then_some("origin"),
    };
    if let Some(remote) = remote {
        Ledger::fetch(repository, &here, remote)?;
    }
    let head = evaluate::record_tip(context, &here)?;
    let (settings, vocabulary) = evaluate::settings_at(context, head)?;
    let ledger = Ledger::open(repository, &settings)?;
    let running = Running {
        context,
        settings: &settings,
        vocabulary: &vocabulary,
        ledger,
        remote,
        head,
    };
    running.tick()
}

/// How far the run before came.
struct Mark {
    tick: u64,
    head: Option<ObjectId>,
    engine: State,
}

struct Running<'a> {
    context: &'a Context,
    settings: &'a Settings,
    vocabulary: &'a Vocabulary,
    ledger: Ledger<'a>,
    remote: Option<&'a str>,
    head: ObjectId,
}

impl Running<'_> {
    /// One tick: everything new is taken in, claimed, done and written down.
    fn tick(&self) -> Result<u8, Failure> {
        let mark = self.mark()?;
        let known = Receipt::latest(self.ledger.list(receipt::FOLDER)?);
        let lost = self.give_up(&known)?;
        let code = if mark.head == Some(self.head) {
            console::say("nothing new");
            exit::FINE
        } else {
            let evaluation = self.evaluate(&mark, &known)?;
            console::diagnose(&evaluation.diagnostics);
            self.claim(&mark, &evaluation)?;
            let receipts = self.act(&evaluation.actions);
            self.settle(&receipts)?;
            tell(&evaluation, &receipts)
        };
        Ok(if lost { exit::ACTION } else { code })
    }

    /// What is new since the mark, without the actions that have a receipt already.
    fn evaluate(&self, mark: &Mark, known: &[Receipt]) -> Result<Evaluation, Failure> {
        let (settings, vocabulary) = (self.settings, self.vocabulary);
        let span = Span {
            after: mark.head,
            to: self.head,
            settings,
            vocabulary,
        };
        let state = mark.engine.clone();
        let mut evaluation = evaluate::evaluate(self.context, &span, self.ledger.id(), state)?;
        let done: BTreeSet<&str> = known.iter().map(|receipt| receipt.key.as_str()).collect();
        evaluation
            .actions
            .retain(|action| !done.contains(action.key.as_str()));
        Ok(evaluation)
    }

    fn mark(&self) -> Result<Mark, Failure> {
        let said = self.ledger.read(ledger::STATE)?.unwrap_or_default();
        let head = said
            .get("head")
            .and_then(Json::as_str)
            .and_then(ObjectId::parse);
        let engine = said
            .get("engine")
            .cloned()
            .and_then(|engine| serde_json::from_value(engine).ok());
        Ok(Mark {
            tick: said.get("tick").and_then(Json::as_u64).unwrap_or_default(),
            head,
            engine: engine.unwrap_or_default(),
        })
    }

    /// Claims of a run that died: whether they were carried out is unknown, and stays so.
    fn give_up(&self, known: &[Receipt]) -> Result<bool, Failure> {
        let lost: Vec<Receipt> = known
            .iter()
            .filter(|receipt| receipt.outcome == Outcome::Claimed)
            .map(|claim| {
                let answer =
                    Some("the run that claimed it ended before its outcome was known".to_owned());
                Receipt {
                    outcome: Outcome::Unknown,
                    at: self.context.now,
                    answer,
                    ..claim.clone()
                }
            })
            .collect();
        for receipt in &lost {
            console::remark(&line(receipt));
        }
        self.settle(&lost)?;
        Ok(!lost.is_empty())
    }

    /// Commits and pushes the tick: what was taken in, what fired, what is claimed.
    fn claim(&self, mark: &Mark, evaluation: &Evaluation) -> Result<(), Failure> {
        let before = self.context.repository.tip(self.ledger.branch())?;
        let number = mark.tick + 1;
        let mut files = vec![
            self.tick_file(mark, number, evaluation),
            self.state(number, evaluation),
        ];
        for firing in &evaluation.firings {
            let month = firing.time.format("%Y/%m").unwrap_or_default();
            files.push((
                format!("firings/{month}/{}.json", firing.id),
                serde_json::to_value(firing).unwrap_or_default(),
            ));
        }
        files.extend(
            evaluation
                .actions
                .iter()
                .map(|action| written(&self.first(action))),
        );
        self.ledger.append(
            &files,
            &format!("annals: tick {number}\n"),
            self.context.now,
        )?;
        self.push().inspect_err(|_| {
            // What nobody else can see is not claimed: the next run begins anew.
            if let (Some(before), Ok(Some(after))) =
                (before, self.context.repository.tip(self.ledger.branch()))
            {
                let _ = self.context.repository.move_branch(
                    self.ledger.branch(),
                    Some(after),
                    before,
                    "annals: push refused",
                );
            }
        })
    }

    fn tick_file(&self, mark: &Mark, number: u64, evaluation: &Evaluation) -> LedgerFile {
        let now = self.context.now;
        let month = now.format("%Y/%m").unwrap_or_default();
        let events: Vec<&str> = evaluation
            .facts
            .iter()
            .map(|fact| fact.event.id.as_str())
            .collect();
        let tick = json!({
            "number": number,
            "now": now,
            "after": mark.head.map(|head| head.to_string()),
            "head": self.head.to_string(),
            "events": events,
            "semantics": SEMANTICS,
        });
        (format!("ticks/{month}/{number:06}.json"), tick)
    }

    fn state(&self, number: u64, evaluation: &Evaluation) -> LedgerFile {
        let state =
            json!({ "tick": number, "head": self.head.to_string(), "engine": evaluation.state });
        (ledger::STATE.to_owned(), state)
    }

    /// The first receipt of an action: a claim, or why it is not done.
    fn first(&self, action: &Action) -> Receipt {
        let (outcome, answer) = match &action.acts {
            Acts::Act => (Outcome::Claimed, None),
            Acts::Skip { reason } => (Outcome::Skipped, Some(reason.clone())),
            Acts::Fail { reason } => (Outcome::Failed, Some(reason.clone())),
        };
        self.receipt(action, outcome, answer)
    }

    fn receipt(&self, action: &Action, outcome: Outcome, answer: Option<String>) -> Receipt {
        Receipt {
            key: action.key.clone(),
            firing: action.firing.clone(),
            automation: action.automation.clone(),
            action: action.kind.to_owned(),
            target: action.target.clone(),
            incident: Some(action.incident.clone()),
            fired_at: action.fired_at,
            at: self.context.now,
            outcome,
            answer,
        }
    }

    /// Carries out what was claimed, in order, and answers how each action ended.
    fn act(&self, actions: &[Action]) -> Vec<Receipt> {
        let claimed = actions.iter().filter(|action| action.acts == Acts::Act);
        claimed
            .map(|action| {
                let (outcome, answer) = match self.post(action) {
                    Answer::Taken(status) => (Outcome::Executed, status.to_string()),
                    Answer::Refused(status) => (Outcome::Failed, format!("refused with {status}")),
                    Answer::Unsent(why) => (Outcome::Failed, why),
                    Answer::Unknown(why) => (Outcome::Unknown, why),
                };
                self.receipt(action, outcome, Some(answer))
            })
            .collect()
    }

    /// The one place where a secret's name becomes its value.
    fn post(&self, action: &Action) -> Answer {
        let body = action.request.body.as_deref().unwrap_or_default();
        match &action.request.url {
            Url::Literal(url) => webhook::post(&Request {
                url,
                body,
                key: &action.key,
                hosts: &[],
                allow_private: false,
            }),
            Url::Variable(name) => {
                let Some(variable) = self.settings.environment.get(name) else {
                    return Answer::Unsent(format!("`environment` does not list {name}"));
                };
                let Some(url) = environment::variable(name) else {
                    return Answer::Unsent(format!("the environment variable {name} is not set"));
                };
                let (hosts, allow_private) = (variable.hosts.as_slice(), variable.allow_private);
                if hosts.is_empty() {
                    return Answer::Unsent(format!("`environment` lists no hosts for {name}"));
                }
                webhook::post(&Request {
                    url: &url,
                    body,
                    key: &action.key,
                    hosts,
                    allow_private,
                })
            }
        }
    }

    fn settle(&self, receipts: &[Receipt]) -> Result<(), Failure> {
        if receipts.is_empty() {
            return Ok(());
        }
        let files: Vec<LedgerFile> = receipts.iter().map(written).collect();
        self.ledger
            .append(&files, "annals: outcomes\n", self.context.now)?;
        self.push()
    }

    fn push(&self) -> Result<(), Failure> {
        match self.remote {
            Some(remote) => Ok(self.ledger.push(remote)?),
            None => Ok(()),
        }
    }
}

fn written(receipt: &Receipt) -> LedgerFile {
    (
        receipt.path(),
        serde_json::to_value(receipt).unwrap_or_default(),
    )
}

/// An action and what became of it, in one line.
pub(super) fn line(receipt: &Receipt) -> String {
    let answer = receipt
        .answer
        .as_deref()
        .map_or_else(String::new, |answer| format!(" ({})", plain::line(answer)));
    let incident = receipt.incident.as_deref().unwrap_or_default();
    format!(
        "{:<9}{} {}  {}  {}{answer}",
        receipt.outcome.name(),
        receipt.action,
        plain::line(&receipt.target),
        plain::line(incident),
        plain::line(&receipt.automation),
    )
}

fn tell(evaluation: &Evaluation, receipts: &[Receipt]) -> u8 {
    let skipped = evaluation
        .actions
        .iter()
        .filter(|action| matches!(action.acts, Acts::Skip { .. }))
        .count();
    let spoiled = evaluation
        .actions
        .iter()
        .filter(|action| matches!(action.acts, Acts::Fail { .. }))
        .count();
    for receipt in receipts {
        console::say(&line(receipt));
    }
    console::say(&format!(
        "{}, {}, {} ({skipped} skipped)",
        check::count(evaluation.facts.len(), "event", "events"),
        check::count(evaluation.firings.len(), "firing", "firings"),
        check::count(evaluation.actions.len(), "action", "actions"),
    ));
    let bad = receipts
        .iter()
        .any(|receipt| receipt.outcome != Outcome::Executed);
    if bad || spoiled > 0 {
        exit::ACTION
    } else {
        exit::FINE
    }
}

impl From<LedgerError> for Failure {
    fn from(fault: LedgerError) -> Self {
        let message = fault.to_string();
        match fault {
            LedgerError::Repository(fault) => fault.into(),
            LedgerError::NotNamed => {
                Self::repository(message).help("`annals init` makes a ledger and names it")
            }
            LedgerError::Absent(_) => Self::repository(message).help(
                "fetch it; a copy of a repository has no ledger of its own and acts on nobody",
            ),
            LedgerError::Other(_) => Self::repository(message)
                .help("this is a copy, or the branch was replaced: nothing was done"),
        }
    }
}
