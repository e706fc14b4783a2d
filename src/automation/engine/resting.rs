//! Silence, computed at once.
//!
//! A Proactive trigger is looked at again and again though nothing happens: each `within`
//! where no window is open, and where one is, a firing each time that it is over and another
//! window begins. Nothing that other triggers do alters that, nor does it alter them, until
//! an event is evaluated. So such a trigger rests while time passes, and is brought up to
//! date by arithmetic before anything else may touch it. What it then remembers, and what it
//! fired meanwhile, is what looking at it each time would have made.

use std::rc::Rc;

use super::Engine;
use super::bucket::{Bucket, Key};
use super::coverage::Place;
use super::firing::Reason;
use super::series::Series;
use super::silence::{Repeated, Silence};
use crate::automation::trigger::EventTrigger;
use crate::text::moment::Moment;

/// A Proactive trigger that rests.
pub(super) struct Resting {
    place: Place,
    trigger: Rc<EventTrigger>,
    /// Up to when it was looked at.
    since: Moment,
}

impl Engine {
    /// Lets each Proactive trigger rest of which can be told what silence makes of it. Up to
    /// `passed` everything is done.
    pub(in crate::automation) fn rest(&mut self, passed: Moment) {
        let watched = std::mem::take(&mut self.watched);
        for (place, trigger) in watched {
            if !self.may_rest(place, &trigger, passed) {
                self.watched.push((place, trigger));
                continue;
            }
            for (end, key) in self.windows(place) {
                self.ends.remove(&(end, place, key));
            }
            let since = passed;
            self.resting.push(Resting {
                place,
                trigger,
                since,
            });
        }
    }

    /// Brings everything that rests up to date, with all ticks up to `until`.
    pub(in crate::automation) fn wake(&mut self, until: Moment) {
        let resting = std::mem::take(&mut self.resting);
        if resting.is_empty() {
            return;
        }
        for Resting {
            place,
            trigger,
            since,
        } in resting
        {
            let looked = self.catch_up(place, &trigger, since, until);
            if let Some(looked) = looked.filter(|looked| *looked > self.now) {
                self.step(looked);
            }
            for (end, key) in self.windows(place) {
                self.ends.insert((end, place, key));
            }
            self.watched.push((place, trigger));
        }
        self.watched.sort_by_key(|(place, _)| *place);
    }

    /// Whether a tick at `now` evaluates events, which may concern whatever rests.
    pub(in crate::automation) fn evaluates_at(&self, now: Moment) -> bool {
        self.state.order.due().is_some_and(|due| due <= now)
    }

    fn windows(&self, place: Place) -> Vec<(Moment, Key)> {
        let buckets = self.remembered(place).into_iter();
        let buckets = buckets.flat_map(|memory| memory.buckets.values());
        buckets
            .map(|bucket| (bucket.end, bucket.key.clone()))
            .collect()
    }

    fn may_rest(&self, place: Place, trigger: &EventTrigger, passed: Moment) -> bool {
        let (Some(node), Some(memory)) = (self.node(place), self.remembered(place)) else {
            return false;
        };
        let Some(next_run) = memory.next_run else {
            return false;
        };
        if trigger.within <= 0 || !memory.held.is_empty() {
            return false;
        }
        let opens = opens_by_itself(trigger);
        if memory.buckets.is_empty() && !opens {
            return true;
        }
        // What fires inside another trigger alters that one, and what ends with an event of
        // `after` does not come back.
        let comes_back = node.parent.is_none() && (opens || trigger.after.is_empty());
        let mut buckets = memory.buckets.values();
        let first_end = memory.buckets.values().map(|bucket| bucket.end).min();
        // A window that began before events were as late as they are now is looked at more often.
        let begun = self.state.lag.behind(passed);
        comes_back
            && trigger.is_met_by(0)
            && first_end.is_none_or(|end| end == next_run)
            && buckets.all(|bucket| is_plain(bucket, trigger) && bucket.start <= begun)
    }

    /// What silence from `since` to `until` makes of the trigger at `place`. Answers when it
    /// was last looked at, if it was.
    fn catch_up(
        &mut self,
        place: Place,
        trigger: &EventTrigger,
        since: Moment,
        until: Moment,
    ) -> Option<Moment> {
        let next_run = self.remembered(place)?.next_run?;
        let silence = Silence::new(self.state.lag, trigger, until);
        let mut buckets = self.by_start(place);
        let mut looked = None;
        if buckets.is_empty() {
            looked = if opens_by_itself(trigger) {
                silence.look(next_run, since)
            } else {
                silence.last_look(next_run, since)
            };
            let tick = looked?;
            self.memory(place)?.next_run = Some(silence.again(tick));
            if !opens_by_itself(trigger) {
                return looked;
            }
            let start = silence.opens(tick);
            buckets.push(Bucket::new(Vec::new(), start, trigger.within));
        }
        let since = looked.unwrap_or(since);
        let mut next_run = None;
        for bucket in buckets {
            let course = silence.course(bucket.start, since);
            if let Some(repeated) = course.fires {
                self.repeat(place, trigger, &bucket, &repeated);
            }
            let buckets = &mut self.memory(place)?.buckets;
            buckets.remove(&bucket.key);
            if let Some(start) = course.open {
                let open = Bucket::new(bucket.key.clone(), start, trigger.within);
                buckets.insert(bucket.key, open);
            }
            looked = looked.max(course.looked);
            next_run = Some(next_run.map_or(course.next_run, |next| course.next_run.min(next)));
        }
        self.memory(place)?.next_run = next_run;
        looked
    }

    /// Writes down what `bucket` and the windows after it fire.
    fn repeat(
        &mut self,
        place: Place,
        trigger: &EventTrigger,
        bucket: &Bucket,
        repeated: &Repeated,
    ) {
        let Some(known) = self.known.get(place.0) else {
            return;
        };
        let node = known.nodes.get(place.1);
        let window = bucket.window(trigger);
        self.series.push(Series {
            automation: known.rule.name.clone(),
            fingerprint: known.fingerprint.clone(),
            place,
            first: Reason {
                trigger: node.map(|node| node.place.clone()).unwrap_or_default(),
                time: repeated.first,
                labels: trigger.labels(&bucket.key),
                event: None,
                events: Vec::new(),
                conditions: Vec::new(),
                window: Some(window),
                children: Vec::new(),
            },
            windows: (window, repeated.second_window),
            period: repeated.period,
            count: repeated.count,
        });
    }
}

/// Whether looking at it opens a window where none is.
fn opens_by_itself(trigger: &EventTrigger) -> bool {
    trigger.for_each.is_empty()
}

/// Whether a window is as it would be opened by the mere passing of time.
fn is_plain(bucket: &Bucket, trigger: &EventTrigger) -> bool {
    *bucket == Bucket::new(bucket.key.clone(), bucket.start, trigger.within)
}
