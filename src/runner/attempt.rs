//! One attempt at an action: from a request to an answer, and back to a receipt.

use super::ports::Ports;
use super::receipts::{Attempt, Sending};
use crate::archive::settings::Settings;
use crate::automation::action::{Action, Url};
use crate::automation::receipt::{Outcome, Receipt};
use crate::outward::deliver::webhook::{Answer, Request};
use crate::runner::Step;
use crate::text::moment::Moment;

/// What an action would send; none where it has nothing to send.
pub(super) fn sending(action: &Action) -> Option<Sending> {
    let request = action.request.as_ref()?;
    Some(Sending {
        url: request.url.written(),
        content: request.content,
        body: request.body.clone()?,
        idempotent: action.idempotent,
    })
}

/// Carries out what was claimed, in order, and answers how each attempt ended.
pub(super) fn execute(
    ports: &Ports<'_>,
    settings: &Settings,
    claimed: &[Attempt],
    now: Moment,
) -> Vec<Attempt> {
    let mut done = Vec::new();
    for claim in claimed {
        let Some(sending) = &claim.request else {
            continue;
        };
        ports.progress.reached(Step::Sending);
        let key = &claim.receipt.key;
        let answer = with_request(ports, settings, sending, key, |request| {
            ports.carrier.deliver(request)
        });
        ports.progress.reached(Step::Answered);
        let answer = answer.unwrap_or_else(Answer::Unsent);
        let unsent = matches!(answer, Answer::Unsent(_));
        let (outcome, answer) = match answer {
            Answer::Taken(status) => (Outcome::Executed, status.to_string()),
            Answer::Refused(status) => (Outcome::Failed, format!("refused with {status}")),
            Answer::Unsent(why) => (Outcome::Failed, why),
            Answer::Unknown(why) => (Outcome::Unknown, why),
        };
        let receipt = Receipt {
            at: now,
            outcome,
            answer: Some(answer),
            unsent,
            run: None,
            until: None,
            ..claim.receipt.clone()
        };
        done.push(Attempt {
            receipt,
            request: None,
            settled: false,
        });
    }
    done
}

/// Why `sending` cannot be sent, as far as that is known before anything is.
pub(super) fn refusal(
    ports: &Ports<'_>,
    settings: &Settings,
    sending: &Sending,
) -> Result<(), String> {
    with_request(ports, settings, sending, "", |request| {
        ports.carrier.check(request)
    })?
}

/// Whether what kept `sending` here has gone: its host takes connections.
pub(super) fn is_reachable(ports: &Ports<'_>, settings: &Settings, sending: &Sending) -> bool {
    let probe = |request: &Request<'_>| ports.carrier.probe(request);
    let probed = with_request(ports, settings, sending, "", probe);
    probed.is_ok_and(|probed| probed.is_ok())
}

/// The one place where a secret's name becomes its value.
fn with_request<T>(
    ports: &Ports<'_>,
    settings: &Settings,
    sending: &Sending,
    key: &str,
    then: impl FnOnce(&Request<'_>) -> T,
) -> Result<T, String> {
    let (content, body) = (sending.content.header(), sending.body.as_str());
    match url(&sending.url) {
        Url::Literal(url) => Ok(then(&Request {
            url: &url,
            content,
            body,
            key,
            hosts: &[],
            allow_private: false,
        })),
        Url::Variable(name) => {
            let Some(variable) = settings.environment.get(&name) else {
                return Err(format!("`environment` does not list {name}"));
            };
            let Some(url) = ports.secrets.value(&name) else {
                return Err(format!("the environment variable {name} is not set"));
            };
            let (hosts, allow_private) = (variable.hosts.as_slice(), variable.allow_private);
            if hosts.is_empty() {
                return Err(format!("`environment` lists no hosts for {name}"));
            }
            Ok(then(&Request {
                url: &url,
                content,
                body,
                key,
                hosts,
                allow_private,
            }))
        }
    }
}

fn url(written: &str) -> Url {
    let name = written
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    match name {
        Some(name) => Url::Variable(name.to_owned()),
        None => Url::Literal(written.to_owned()),
    }
}

/// The receipt of `action` at the moment `now`.
pub(super) fn receipt(
    action: &Action,
    now: Moment,
    outcome: Outcome,
    answer: Option<String>,
) -> Receipt {
    Receipt {
        key: action.key.clone(),
        firing: action.firing.clone(),
        automation: action.automation.clone(),
        action: action.kind.clone(),
        target: action.target.clone(),
        incident: action.incident.clone(),
        fired_at: action.fired_at,
        at: now,
        attempt: 1,
        outcome,
        answer,
        unsent: false,
        run: None,
        until: None,
    }
}
