//! Firings that time alone caused, of which the last acts.
//!
//! A live server would have acted on each when it came. A run that comes after a gap of a week
//! finds thousands at once, and nobody is to be called thousands of times: of one automation
//! and one set of labels the last firing acts, and one other stands for all before it, with
//! their number. What an event of this run caused is never among them.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::automation::action::{Action, Acts};
use crate::automation::engine::Firing;
use crate::automation::event::Labels;
use crate::automation::following::Said;
use crate::automation::rule::Automation;
use crate::text::moment::Moment;

/// The firings that time alone caused, by automation and labels.
#[derive(Default)]
pub(super) struct Coalescing {
    series: BTreeMap<(String, Labels), Series>,
}

/// The firings of one automation and one set of labels.
struct Series {
    last: Pending,
    /// The one before the last, which stands for all others.
    before: Option<Pending>,
    /// How many others there are, and when the first of them came about.
    others: usize,
    since: Moment,
}

/// A firing whose actions are not made yet: of thousands only two need any.
pub(super) struct Pending {
    /// What fired.
    pub(super) firing: Firing,
    /// The fact on which it did.
    pub(super) said: Option<Rc<Said>>,
    /// The automation as it stood then.
    pub(super) automation: Automation,
}

impl Coalescing {
    /// Takes a firing that time alone caused. Answers the id of one that nobody needs any more.
    pub(super) fn take(&mut self, pending: Pending) -> Option<String> {
        let name = pending.firing.automation.clone();
        let labels = pending.firing.reason.labels.clone();
        let Some(series) = self.series.get_mut(&(name.clone(), labels.clone())) else {
            let series = Series {
                since: pending.firing.reason.time,
                last: pending,
                before: None,
                others: 0,
            };
            self.series.insert((name, labels), series);
            return None;
        };
        series.others += 1;
        let last = std::mem::replace(&mut series.last, pending);
        let dropped = series.before.replace(last)?;
        Some(dropped.firing.id)
    }

    /// The actions of all of them, made with `make`: those of the last ones are to be done, and
    /// those before them say how many they stand for.
    pub(super) fn actions(self, make: impl Fn(&Pending) -> Vec<Action>) -> Vec<Action> {
        let mut actions = Vec::new();
        for series in self.series.into_values() {
            if let Some(before) = &series.before {
                let reason = format!(
                    "coalesced: {} of {} firings that time alone caused since {}",
                    series.others,
                    series.others + 1,
                    series.since
                );
                let others = make(before).into_iter();
                actions.extend(others.map(|action| Action {
                    acts: Acts::Skip {
                        reason: reason.clone(),
                    },
                    ..action
                }));
            }
            actions.extend(make(&series.last));
        }
        actions
    }
}
