//! What the engine does when time passes: triggers that wait for nothing to happen are
//! looked at, events that waited too long are let go, windows long over are swept away.

use serde::Deserialize;

use super::Engine;
use super::bucket::Bucket;
use super::coverage::Place;
use crate::automation::trigger::EventTrigger;
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// For how long a window that is over is kept.
const BUFFER: Duration = Duration::minutes(1);

/// Which services run in a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Services {
    /// Both.
    All,
    /// The one that looks at Proactive triggers.
    Proactive,
    /// The one that lets go and sweeps.
    Periodic,
}

impl Engine {
    /// Runs `services` once, at `now`.
    pub fn tick(&mut self, now: Moment, services: Services) {
        self.step(now);
        if services != Services::Periodic {
            self.look(now);
        }
        if services != Services::Proactive {
            self.forget_held(now);
            let over = self.state.lag.behind(now).plus(-BUFFER);
            for lost in self.state.order.lost(now) {
                self.evaluate(lost.goes_on(), 0);
            }
            self.sweep(over);
        }
    }

    /// The first moment at which a tick would change anything, unless an event comes
    /// before.
    pub fn due(&self) -> Option<Moment> {
        let sweep = self.ends.first();
        let sweep = sweep.map(|(end, ..)| self.state.lag.ahead(*end).plus(BUFFER));
        let runs = self.watched.iter().map(|(place, _)| {
            let next = self.remembered(*place).and_then(|memory| memory.next_run);
            next.unwrap_or(self.now)
        });
        let forget = self.forgets.first().map(|(due, ..)| *due);
        let others = sweep
            .into_iter()
            .chain(forget)
            .chain(self.state.order.due());
        runs.chain(others).min()
    }

    /// Looks at every Proactive trigger whose time it is.
    fn look(&mut self, now: Moment) {
        for (place, trigger) in self.watched.clone() {
            let next = self.remembered(place).and_then(|memory| memory.next_run);
            if next.is_none_or(|next| next <= now) {
                self.looking = Some(place);
                let next = self.look_at(place, &trigger);
                self.looking = None;
                if let Some(memory) = self.memory(place) {
                    memory.next_run = Some(next);
                }
            }
        }
    }

    /// Judges every window of a Proactive trigger, and answers when to do so again.
    fn look_at(&mut self, place: Place, trigger: &EventTrigger) -> Moment {
        let now = self.state.lag.behind(self.now);
        let mut again = now.plus(Duration::microseconds(trigger.within));
        if trigger.for_each.is_empty() && self.bucket(place, &[]).is_none() {
            let mut bucket = Bucket::new(Vec::new(), now, trigger.within);
            bucket.count_held(self.held(place, &[]));
            self.store(place, &[], Some(bucket));
        }
        for bucket in self.by_start(place) {
            let key = bucket.key.clone();
            if bucket.count >= trigger.threshold {
                self.store(place, &key, None);
                continue;
            }
            let (met, left) = bucket.judged(trigger, now, None, self.held(place, &key));
            let end = left.as_ref().map(|bucket| bucket.end);
            self.store(place, &key, left);
            self.met(place, trigger, &key, met, None);
            if let Some(end) = end.filter(|end| *end > now) {
                again = again.min(end);
            }
        }
        again
    }

    pub(super) fn by_start(&self, place: Place) -> Vec<Bucket> {
        let memory = self.remembered(place);
        let buckets = memory
            .into_iter()
            .flat_map(|memory| memory.buckets.values());
        let mut buckets: Vec<Bucket> = buckets.cloned().collect();
        buckets.sort_by_key(|bucket| bucket.start);
        buckets
    }

    fn forget_held(&mut self, now: Moment) {
        while let Some((due, place, key)) = self.forgets.first().cloned() {
            if due > now {
                break;
            }
            self.change_held(place, &key, |held| held.forget_old(now));
        }
    }

    fn sweep(&mut self, over: Moment) {
        while let Some((end, place, key)) = self.ends.first().cloned() {
            if end > over {
                break;
            }
            self.store(place, &key, None);
        }
    }
}
