//! Actions as data: what a firing asks for, with everything resolved but secrets.
//!
//! Nothing is carried out here. An [`Action`] says what would be sent where, under
//! which key it is done at most once, and whether it is to be done at all; the value
//! of an environment variable never enters it.

use serde::{Serialize, Serializer};

use super::derive::Fact;
use super::engine::Firing;
use super::key::key;
use super::rule::Automation;
use super::template;
use crate::incident::Incident;
use crate::incident::vocabulary::Vocabulary;
use crate::text::duration::Duration;
use crate::text::moment::Moment;
use payload::Content;
use written::{List, Operation, Step};

pub mod payload;
pub mod written;

/// Where a request goes: an environment variable that holds the address, or the
/// address itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Url {
    /// The name of a variable that `annals.yaml` lists for this use.
    Variable(String),
    /// An address that begins with `https://` or `http://`.
    Literal(String),
}

impl Url {
    /// What people may read of it: the variable's name, or host and path.
    pub fn target(&self) -> String {
        match self {
            Self::Variable(name) => name.clone(),
            Self::Literal(address) => {
                let (_, rest) = address.split_once("://").unwrap_or(("", address));
                rest.split(['?', '#']).next().unwrap_or(rest).to_owned()
            }
        }
    }

    /// As it stands in the file: `${NAME}`, or the address.
    pub fn written(&self) -> String {
        match self {
            Self::Variable(name) => format!("${{{name}}}"),
            Self::Literal(address) => address.clone(),
        }
    }
}

impl Serialize for Url {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written())
    }
}

/// What would be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Request {
    /// The method.
    pub method: &'static str,
    /// Where to.
    pub url: Url,
    /// As what kind of bytes.
    pub content: Content,
    /// What; null for an action that is not to be done.
    pub body: Option<String>,
}

/// Whether an action is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "acts", rename_all = "lowercase")]
pub enum Acts {
    /// It is.
    Act,
    /// It deliberately is not.
    Skip {
        /// Why.
        reason: String,
    },
    /// It cannot be: its template fails, or this version cannot carry it out.
    Fail {
        /// How.
        reason: String,
    },
}

impl Action {
    /// What it does, as people read it: its type, and where it leads.
    pub fn told(&self, quote: impl Fn(&str) -> String) -> String {
        match &self.request {
            Some(request) => format!("{} {}", self.kind, quote(&request.url.written())),
            None => quote(&self.kind),
        }
    }

    /// What it would send.
    pub fn body(&self) -> Option<&str> {
        self.request.as_ref()?.body.as_deref()
    }
}

/// One action of one firing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action {
    /// What it is done under, once: the same for the same ledger, firing and target.
    pub key: String,
    /// The firing that it belongs to.
    pub firing: String,
    /// The automation's name.
    pub automation: String,
    /// Which of the automation's lists it stands in.
    pub list: List,
    /// Its place there, from 0.
    pub index: usize,
    /// Its type: `call-webhook`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it acts on, as people may read it.
    pub target: String,
    /// What would be sent; null for an action that this version cannot carry out.
    pub request: Option<Request>,
    /// Whether it may be repeated when nobody knows how it ended.
    pub idempotent: bool,
    /// The incident whose fact set it off, if one did.
    pub incident: Option<String>,
    /// The id of the event that set it off, if one did.
    pub event: Option<String>,
    /// When its firing came about.
    pub fired_at: Moment,
    /// Whether it is to be done.
    #[serde(flatten)]
    pub acts: Acts,
}

/// What set an automation off, and everything that its actions are made from.
#[derive(Clone, Copy)]
pub struct Cause<'a> {
    /// The automation that fired.
    pub automation: &'a Automation,
    /// Its firing.
    pub firing: &'a Firing,
    /// The fact on which it fired, and the incident that this is about, as it stood when
    /// that landed; none for a firing that came about without any.
    pub fact: Option<(&'a Fact, &'a Incident)>,
    /// The words of the repository.
    pub vocabulary: &'a Vocabulary,
}

/// How old a fact or a firing may be to act, and what the time is.
#[derive(Clone, Copy)]
pub struct Age {
    /// The policy's `act-within`.
    pub within: Duration,
    /// The moment of the run.
    pub now: Moment,
}

/// The keys of the actions that a firing of `automation` has, in their order.
pub(super) fn keys(ledger: &str, automation: &Automation, firing: &Firing) -> Vec<String> {
    let steps = automation.steps.iter();
    steps.map(|step| step_key(ledger, firing, step)).collect()
}

/// What an action is done under, once.
fn step_key(ledger: &str, firing: &Firing, step: &Step) -> String {
    let index = step.index.to_string();
    let target = step.target();
    key(&[ledger, &firing.id, step.list.name(), &index, &target])
}

impl Cause<'_> {
    /// The actions of the firing, in their order. `ledger` is the id of the ledger that
    /// will hold their receipts.
    pub fn actions(&self, ledger: &str, age: Age) -> Vec<Action> {
        let skip = self.skip(age);
        let data = match skip {
            None => Some(template::data(self)),
            Some(_) => None,
        };
        let action = |step: &Step| {
            let Operation::Webhook { payload, .. } = &step.operation else {
                let reason = skip.clone();
                let acts = match reason {
                    Some(reason) => Acts::Skip { reason },
                    None => Acts::Fail {
                        reason: "not possible in this version".to_owned(),
                    },
                };
                return self.action(ledger, step, acts, None);
            };
            let (acts, body) = match (&skip, &data) {
                (Some(reason), _) => {
                    let reason = reason.clone();
                    (Acts::Skip { reason }, None)
                }
                (None, None) => (Acts::Act, None),
                (None, Some(data)) => match payload.fill(data) {
                    Ok(body) => (Acts::Act, Some(body)),
                    Err(fault) => {
                        let reason = fault.to_string();
                        (Acts::Fail { reason }, None)
                    }
                },
            };
            self.action(ledger, step, acts, body)
        };
        self.automation.steps.iter().map(action).collect()
    }

    fn action(&self, ledger: &str, step: &Step, acts: Acts, body: Option<String>) -> Action {
        let fact = self.fact.map(|(fact, _)| fact);
        let (request, idempotent) = match &step.operation {
            Operation::Impossible => (None, false),
            Operation::Webhook {
                url,
                payload,
                idempotent,
            } => {
                let request = Request {
                    method: "POST",
                    url: url.clone(),
                    content: payload.content(),
                    body,
                };
                (Some(request), *idempotent)
            }
        };
        Action {
            key: step_key(ledger, self.firing, step),
            firing: self.firing.id.clone(),
            automation: self.automation.rule.name.clone(),
            list: step.list,
            index: step.index,
            kind: step.kind.clone(),
            target: step.target(),
            request,
            idempotent,
            incident: fact.map(|fact| fact.incident.to_string()),
            event: fact.map(|fact| fact.event.id.clone()),
            fired_at: self.firing.reason.time,
            acts,
        }
    }

    /// Why the firing does not act: old facts, and old firings, set off nothing.
    fn skip(&self, age: Age) -> Option<String> {
        let fact = self.fact.map(|(fact, _)| fact);
        let late = fact.map_or(Duration::default(), |fact| {
            // Nothing landed after the present: a tick whose clock was ahead may say so, and
            // is to silence nothing that comes after it.
            fact.received.min(age.now) - fact.event.occurred
        });
        let waited = age.now - self.firing.reason.time;
        if self.automation.historical {
            None
        } else if fact.is_some_and(|fact| fact.imported) {
            Some("the fact was imported".to_owned())
        } else if late > age.within {
            let within = age.within;
            Some(format!(
                "recorded {late} after it happened; facts act within {within}"
            ))
        } else if waited > age.within {
            let within = age.within;
            Some(format!(
                "landed {waited} before this run; facts act within {within}"
            ))
        } else {
            None
        }
    }
}
