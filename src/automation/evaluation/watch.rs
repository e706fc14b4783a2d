//! One automation watched while commits are evaluated: what it was like just before and
//! just after events.

use std::collections::BTreeSet;

use crate::archive::history::Landing;
use crate::automation::derive::Fact;
use crate::automation::engine::{Delivery, Firing, View};
use crate::automation::rule::{Automation, Reading};
use crate::incident::entry::Recorded;

/// What is watched.
#[derive(Clone, Copy, Debug)]
pub struct Watch<'a> {
    /// The automation's name.
    pub automation: &'a str,
    /// The ids of the events at which it is looked.
    pub events: &'a BTreeSet<String>,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    /// At each event, in their order.
    pub observations: Vec<Observation>,
    /// The commit that introduced the automation, or last changed its trigger or whether
    /// it is on; none where that lies before the first landing.
    pub since: Option<Recorded>,
    /// What is remembered for it at the end.
    pub standing: Option<View>,
}

/// What was seen at one event.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The event.
    pub fact: Fact,
    /// The commit that says it.
    pub recorded: Recorded,
    /// The automation as it stood with that commit; none where there was none.
    pub automation: Option<Automation>,
    /// The commit since which it stood so.
    pub since: Option<Recorded>,
    /// What became of the event.
    pub delivery: Delivery,
    /// What was remembered just before it.
    pub before: Option<View>,
    /// What was remembered just after it.
    pub after: Option<View>,
    /// The automation's firings on it.
    pub firings: Vec<Firing>,
}

/// A watch as it goes on.
#[derive(Debug, Default)]
pub(super) struct Watching<'a> {
    pub(super) watch: Option<Watch<'a>>,
    pub(super) watched: Watched,
}

impl Watching<'_> {
    /// The name of the automation, if it is looked at on `fact`.
    pub(super) fn at(&self, fact: &Fact) -> Option<String> {
        let watch = self.watch.as_ref()?;
        let asked = watch.events.contains(&fact.event.id);
        asked.then(|| watch.automation.to_owned())
    }

    /// A commit changed `automations/`.
    pub(super) fn changed(&mut self, before: &Reading, after: &Reading, landing: &Landing) {
        let Some(Watch { automation, .. }) = self.watch else {
            return;
        };
        let rule = |reading: &Reading| {
            let found = reading.automations.get(automation);
            found.map(|automation| automation.rule.clone())
        };
        if rule(before) != rule(after) {
            self.watched.since = Some(landing.recorded.clone());
        }
    }
}
