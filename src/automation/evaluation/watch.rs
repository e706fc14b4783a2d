//! One automation watched while commits are evaluated: what it was like just before and
//! just after events.

use std::collections::{BTreeMap, BTreeSet};

use crate::archive::history::Landing;
use crate::automation::derive::Fact;
use crate::automation::driver::Driver;
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
    /// The commit that says it; for what comes of itself the last one before it.
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
    watch: Option<Watch<'a>>,
    watched: Watched,
    /// The last commit that landed.
    recorded: Option<Recorded>,
    /// What was remembered before the event that is about to be delivered, and how much
    /// had fired by then.
    before: Option<(Option<View>, usize)>,
}

impl<'a> Watching<'a> {
    pub(super) fn new(watch: Option<Watch<'a>>) -> Self {
        Self {
            watch,
            ..Self::default()
        }
    }

    pub(super) fn landing(&mut self, recorded: &Recorded) {
        if self.watch.is_some() {
            self.recorded = Some(recorded.clone());
        }
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

    /// An event is about to be delivered, after so many firings.
    pub(super) fn coming(&mut self, fact: &Fact, fired: usize, driver: &Driver) {
        let asked = self
            .watch
            .filter(|watch| watch.events.contains(&fact.event.id));
        let view = |watch: Watch<'_>| driver.view(watch.automation, Some(&fact.event));
        self.before = asked.map(|watch| (view(watch), fired));
    }

    /// An event was delivered.
    pub(super) fn delivered(
        &mut self,
        fact: &Fact,
        delivery: Delivery,
        driver: &Driver,
        automations: &BTreeMap<String, Automation>,
        firings: &[Firing],
    ) {
        let (Some((before, fired)), Some(watch), Some(recorded)) =
            (self.before.take(), self.watch, &self.recorded)
        else {
            return;
        };
        if delivery == Delivery::Duplicate {
            return;
        }
        let name = watch.automation;
        let firings = firings.iter().skip(fired);
        let own = firings.filter(|firing| firing.automation == name);
        self.watched.observations.push(Observation {
            recorded: recorded.clone(),
            automation: automations.get(name).cloned(),
            since: self.watched.since.clone(),
            delivery,
            before,
            after: driver.view(name, Some(&fact.event)),
            firings: own.cloned().collect(),
            fact: fact.clone(),
        });
    }

    pub(super) fn end(mut self, driver: &Driver) -> Watched {
        let watch = self.watch.take();
        self.watched.standing = watch.and_then(|watch| driver.view(watch.automation, None));
        self.watched
    }
}
