//! Carrying out what was claimed: from an action to a request, and back to a receipt.

use super::ports::Ports;
use crate::archive::settings::Settings;
use crate::automation::action::{Action, Acts, Url};
use crate::automation::receipt::{Outcome, Receipt};
use crate::outward::deliver::webhook::{Answer, Request};
use crate::text::moment::Moment;

/// Carries out what was claimed, in order, and answers how each action ended.
pub(super) fn execute(
    ports: &Ports<'_>,
    settings: &Settings,
    actions: &[Action],
    now: Moment,
) -> Vec<Receipt> {
    let claimed = actions.iter().filter(|action| action.acts == Acts::Act);
    claimed
        .map(|action| {
            let (outcome, answer) = match deliver(ports, settings, action) {
                Answer::Taken(status) => (Outcome::Executed, status.to_string()),
                Answer::Refused(status) => (Outcome::Failed, format!("refused with {status}")),
                Answer::Unsent(why) => (Outcome::Failed, why),
                Answer::Unknown(why) => (Outcome::Unknown, why),
            };
            receipt(action, now, outcome, Some(answer))
        })
        .collect()
}

/// What became of `action` at the moment `now`.
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
        action: action.kind.to_owned(),
        target: action.target.clone(),
        incident: action.incident.clone(),
        fired_at: action.fired_at,
        at: now,
        outcome,
        answer,
        run: None,
        until: None,
    }
}

/// The one place where a secret's name becomes its value.
fn deliver(ports: &Ports<'_>, settings: &Settings, action: &Action) -> Answer {
    let body = action.request.body.as_deref().unwrap_or_default();
    match &action.request.url {
        Url::Literal(url) => ports.carrier.deliver(&Request {
            url,
            body,
            key: &action.key,
            hosts: &[],
            allow_private: false,
        }),
        Url::Variable(name) => {
            let Some(variable) = settings.environment.get(name) else {
                return Answer::Unsent(format!("`environment` does not list {name}"));
            };
            let Some(url) = ports.secrets.value(name) else {
                return Answer::Unsent(format!("the environment variable {name} is not set"));
            };
            let (hosts, allow_private) = (variable.hosts.as_slice(), variable.allow_private);
            if hosts.is_empty() {
                return Answer::Unsent(format!("`environment` lists no hosts for {name}"));
            }
            ports.carrier.deliver(&Request {
                url: &url,
                body,
                key: &action.key,
                hosts,
                allow_private,
            })
        }
    }
}
