//! What is to be done in a tick: what fired now, what was left over, and what somebody
//! decided about what nobody knew.
//!
//! What can be known before anything is sent is settled here, before it is claimed.

use std::collections::BTreeMap;

use super::ports::{Notice, Ports};
use super::receipts::{Attempt, Sending};
use super::{Orders, RunError, attempt};
use crate::archive::settings::Settings;
use crate::automation::action::{Action, Acts};
use crate::automation::receipt::{Outcome, Receipt};
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// For how long a claim is left alone: so many seconds, and so many for each action.
const PATIENCE: (i64, i64) = (60, 30);

/// What is to be done.
pub(super) struct Planned {
    /// The files about actions that the tick adds.
    pub attempts: Vec<Attempt>,
    /// Of how many actions on each target there were too many.
    pub limited: BTreeMap<String, usize>,
}

/// How much one tick may still send to each target: a rule that matches too much calls
/// nobody a thousand times.
struct Budget {
    limit: usize,
    granted: BTreeMap<String, usize>,
}

impl Budget {
    fn of(limit: u32) -> Self {
        Self {
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            granted: BTreeMap::new(),
        }
    }

    /// Whether the tick may hold `attempt`; only what is sent counts.
    fn grants(&mut self, attempt: &Attempt) -> bool {
        if attempt.receipt.outcome != Outcome::Claimed {
            return true;
        }
        let host = attempt.receipt.target.split('/').next();
        let host = host.unwrap_or_default().to_owned();
        let granted = self.granted.entry(host).or_default();
        *granted += 1;
        *granted <= self.limit
    }

    /// What becomes of a claim that is one too many. What it would have sent is kept: somebody
    /// may ask for it.
    fn refused(&self, claim: Attempt) -> Attempt {
        let limit = self.limit;
        let answer = format!("limit: more than {limit} actions in one run (`policy.max-actions`)");
        let receipt = Receipt {
            outcome: Outcome::Skipped,
            answer: Some(answer),
            run: None,
            ..claim.receipt
        };
        Attempt { receipt, ..claim }
    }
}

/// Who plans it.
pub(super) struct Work<'a> {
    /// What is outside.
    pub ports: &'a Ports<'a>,
    /// What `annals.yaml` says.
    pub settings: &'a Settings,
    /// The present.
    pub now: Moment,
    /// The run, by a random id.
    pub run: &'a str,
}

impl Work<'_> {
    /// The files of the ledger's folder of actions that this tick adds: claims, and what is
    /// settled without one. `known` is the last file about each action of before.
    pub(super) fn plan(
        &self,
        known: &BTreeMap<String, Attempt>,
        orders: &Orders,
        new: &[Action],
    ) -> Result<Planned, RunError> {
        let mut planned = Vec::new();
        let mut ordered = self.ordered(known, orders)?;
        let mut budget = Budget::of(self.settings.policy.max_actions);
        for (key, attempt) in known {
            if let Some(decided) = ordered.remove(key) {
                planned.push(decided);
            } else if let Some(next) = self.left_over(attempt) {
                if budget.grants(&next) {
                    planned.push(next);
                } else {
                    // It stays open, and the next run comes to it.
                    let waiting = Notice::Waiting(attempt.receipt.clone());
                    self.ports.progress.notice(&waiting);
                }
            }
        }
        let mut limited = BTreeMap::new();
        for action in new {
            let first = self.first(action);
            if budget.grants(&first) {
                planned.push(first);
            } else {
                *limited.entry(first.receipt.target.clone()).or_default() += 1;
                planned.push(budget.refused(first));
            }
        }
        let claims = planned
            .iter()
            .filter(|attempt| attempt.receipt.outcome == Outcome::Claimed);
        let claims = i64::try_from(claims.count()).unwrap_or(i64::MAX);
        let seconds = PATIENCE.1.saturating_mul(claims).saturating_add(PATIENCE.0);
        let until = self.now.plus(Duration::seconds(seconds));
        for attempt in &mut planned {
            if attempt.receipt.outcome == Outcome::Claimed {
                attempt.receipt.until = Some(until);
            }
        }
        let attempts = planned;
        Ok(Planned { attempts, limited })
    }

    /// The first file about an action.
    fn first(&self, action: &Action) -> Attempt {
        let ends = |outcome, reason: &String| {
            let receipt = attempt::receipt(action, self.now, outcome, Some(reason.clone()));
            Attempt {
                receipt,
                request: None,
                settled: false,
            }
        };
        match (&action.acts, attempt::sending(action)) {
            (Acts::Skip { reason }, _) => ends(Outcome::Skipped, reason),
            (Acts::Fail { reason }, _) => ends(Outcome::Failed, reason),
            (Acts::Act, None) => ends(Outcome::Failed, &"it has nothing to send".to_owned()),
            (Acts::Act, Some(sending)) => {
                let receipt = attempt::receipt(action, self.now, Outcome::Claimed, None);
                match attempt::refusal(self.ports, self.settings, &sending) {
                    Ok(()) => self.claim(receipt, sending),
                    Err(why) => self.refused(receipt, sending, why),
                }
            }
        }
    }

    fn claim(&self, receipt: Receipt, sending: Sending) -> Attempt {
        let receipt = Receipt {
            at: self.now,
            outcome: Outcome::Claimed,
            answer: None,
            unsent: false,
            run: Some(self.run.to_owned()),
            ..receipt
        };
        Attempt {
            receipt,
            request: Some(sending),
            settled: false,
        }
    }

    fn refused(&self, receipt: Receipt, sending: Sending, why: String) -> Attempt {
        let receipt = Receipt {
            at: self.now,
            outcome: Outcome::Failed,
            answer: Some(why),
            unsent: true,
            run: None,
            until: None,
            ..receipt
        };
        Attempt {
            receipt,
            request: Some(sending),
            settled: false,
        }
    }

    /// What is to be done about an attempt of before, if anything is.
    fn left_over(&self, last: &Attempt) -> Option<Attempt> {
        let receipt = &last.receipt;
        let in_time = self.now - receipt.fired_at <= self.settings.policy.act_within.0;
        match receipt.outcome {
            Outcome::Claimed if receipt.until.is_some_and(|until| self.now < until) => {
                let under_way = Notice::UnderWay(receipt.clone());
                self.ports.progress.notice(&under_way);
                None
            }
            Outcome::Claimed => match &last.request {
                Some(sending) if sending.idempotent && in_time => {
                    Some(self.claim(next(receipt), sending.clone()))
                }
                _ => Some(self.lost(receipt)),
            },
            Outcome::Failed if receipt.unsent && in_time => {
                let sending = last.request.as_ref()?;
                match attempt::refusal(self.ports, self.settings, sending) {
                    Err(why) if receipt.answer.as_ref() != Some(&why) => {
                        return Some(self.refused(next(receipt), sending.clone(), why));
                    }
                    Ok(()) if attempt::is_reachable(self.ports, self.settings, sending) => {
                        return Some(self.claim(next(receipt), sending.clone()));
                    }
                    _ => {}
                }
                let waiting = Notice::Waiting(receipt.clone());
                self.ports.progress.notice(&waiting);
                None
            }
            Outcome::Unknown => {
                let repeated = last.request.as_ref().filter(|sending| sending.idempotent);
                if let (Some(sending), true) = (repeated, in_time) {
                    return Some(self.claim(next(receipt), sending.clone()));
                }
                let open = Notice::Unknown(receipt.clone());
                self.ports.progress.notice(&open);
                None
            }
            _ => None,
        }
    }

    /// A claim of a run that died: whether it was carried out is unknown.
    fn lost(&self, claim: &Receipt) -> Attempt {
        let answer = "the run that claimed it ended before its outcome was known";
        let receipt = Receipt {
            outcome: Outcome::Unknown,
            at: self.now,
            answer: Some(answer.to_owned()),
            until: None,
            ..claim.clone()
        };
        Attempt {
            receipt,
            request: None,
            settled: false,
        }
    }

    /// What somebody decided, by the key that they meant.
    fn ordered(
        &self,
        known: &BTreeMap<String, Attempt>,
        orders: &Orders,
    ) -> Result<BTreeMap<String, Attempt>, RunError> {
        let mut decided = BTreeMap::new();
        for typed in &orders.retry {
            let last = meant(known, typed)?;
            let receipt = &last.receipt;
            // What was skipped and has something to send was one too many.
            let open = [Outcome::Unknown, Outcome::Failed, Outcome::Skipped];
            let sending = match &last.request {
                Some(sending) if open.contains(&receipt.outcome) && !last.settled => sending,
                _ => return Err(RunError::NotOpen(receipt.key.clone(), receipt.outcome)),
            };
            let next = match attempt::refusal(self.ports, self.settings, sending) {
                Ok(()) => self.claim(next(receipt), sending.clone()),
                Err(why) => self.refused(next(receipt), sending.clone(), why),
            };
            decided.insert(receipt.key.clone(), next);
        }
        for (typed, outcome) in &orders.settle {
            let last = meant(known, typed)?;
            let receipt = &last.receipt;
            if receipt.outcome != Outcome::Unknown {
                return Err(RunError::NotOpen(receipt.key.clone(), receipt.outcome));
            }
            let receipt = Receipt {
                at: self.now,
                outcome: *outcome,
                answer: Some("settled by hand".to_owned()),
                ..receipt.clone()
            };
            decided.insert(
                receipt.key.clone(),
                Attempt {
                    receipt,
                    request: None,
                    settled: true,
                },
            );
        }
        Ok(decided)
    }
}

/// The receipt as the next attempt begins it.
fn next(receipt: &Receipt) -> Receipt {
    Receipt {
        attempt: receipt.attempt.saturating_add(1),
        ..receipt.clone()
    }
}

/// The attempt whose key is, or begins with, what was typed.
fn meant<'a>(known: &'a BTreeMap<String, Attempt>, typed: &str) -> Result<&'a Attempt, RunError> {
    let mut meant = known
        .range(typed.to_owned()..)
        .take_while(|(key, _)| !typed.is_empty() && key.starts_with(typed));
    match (meant.next(), meant.next()) {
        (Some((_, only)), None) => Ok(only),
        _ => Err(RunError::UnknownKey(typed.to_owned())),
    }
}
