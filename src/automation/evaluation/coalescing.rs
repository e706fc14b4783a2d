//! Firings that time alone caused, of which the last acts.
//!
//! A live server would have acted on each when it came. A run that comes after a gap of a week
//! finds thousands at once, and nobody is to be called thousands of times: of one automation
//! and one set of labels the last firing acts, and one other stands for all before it, with
//! their number, and with the number of those that are too old to act anyway. What an event of
//! this run caused is never among them.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::automation::action::{Action, Acts};
use crate::automation::engine::{Firing, Series};
use crate::automation::event::Labels;
use crate::automation::following::Said;
use crate::automation::rule::Automation;
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// The firings that time alone caused, by automation and labels.
pub(super) struct Coalescing {
    groups: BTreeMap<(String, Labels), Group>,
    /// Before when a firing is too old to act.
    acts_since: Moment,
}

/// The firings of one automation and one set of labels.
struct Group {
    /// The last one, and the one before it, which stands for all others.
    last: Option<Pending>,
    before: Option<Pending>,
    /// How many there are, when the first of them came about, and how many of them are too
    /// old to act.
    count: i64,
    since: Moment,
    old: i64,
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
    /// Those of a run at `now`, in which firings act until they are `within` old.
    pub(super) fn new(now: Moment, within: Duration) -> Self {
        Self {
            groups: BTreeMap::new(),
            acts_since: now.plus(-within),
        }
    }

    /// Takes a firing that time alone caused. Answers the id of one that nobody needs any more.
    pub(super) fn take(&mut self, pending: Pending) -> Option<String> {
        let Firing {
            automation, reason, ..
        } = &pending.firing;
        let time = reason.time;
        let group = self.group(automation, &reason.labels, time);
        let last = group.last.replace(pending)?;
        let dropped = group.before.replace(last)?;
        Some(dropped.firing.id)
    }

    /// Takes firings after which others of the same automation and labels come.
    pub(super) fn take_series(&mut self, series: &Series) {
        let first = series.time(0);
        let acts_since = self.acts_since;
        let group = self.group(&series.automation, series.labels(), first);
        group.count += series.count() - 1;
        let old = series.before(acts_since);
        group.old += old - i64::from(first < acts_since);
    }

    fn group(&mut self, automation: &str, labels: &Labels, time: Moment) -> &mut Group {
        let key = (automation.to_owned(), labels.clone());
        let group = self.groups.entry(key).or_insert_with(|| Group {
            last: None,
            before: None,
            count: 0,
            since: time,
            old: 0,
        });
        group.count += 1;
        group.old += i64::from(time < self.acts_since);
        group
    }

    /// The actions of all of them, made with `make`: those of the last ones are to be done, and
    /// those before them say how many they stand for.
    pub(super) fn actions(self, make: impl Fn(&Pending) -> Vec<Action>) -> Vec<Action> {
        let mut actions = Vec::new();
        for group in self.groups.into_values() {
            let reason = group.reason();
            let skipped = |action| Action {
                acts: Acts::Skip {
                    reason: reason.clone(),
                },
                ..action
            };
            // Where the last one is too old as well, its receipt stands for all.
            let all_old = group.old == group.count && group.count > 1;
            match &group.before {
                Some(before) if !all_old => actions.extend(make(before).into_iter().map(skipped)),
                _ => {}
            }
            let last = group.last.iter().flat_map(&make);
            if all_old {
                actions.extend(last.map(|action| match action.acts {
                    Acts::Skip { .. } => skipped(action),
                    Acts::Act | Acts::Fail { .. } => action,
                }));
            } else {
                actions.extend(last);
            }
        }
        actions
    }
}

impl Group {
    /// What the receipt says that stands for the others.
    fn reason(&self) -> String {
        let old = match self.old {
            0 => String::new(),
            old => format!(", {old} of them longer ago than facts act"),
        };
        if self.old == self.count {
            return format!(
                "{} firings that time alone caused since {}{old}",
                self.count, self.since
            );
        }
        format!(
            "coalesced: {} of {} firings that time alone caused since {}{old}",
            self.count - 1,
            self.count,
            self.since
        )
    }
}
