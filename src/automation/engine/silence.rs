//! What silence makes of a Proactive trigger, by arithmetic.
//!
//! Ticks lie five seconds apart, and how late events are does not change while none comes.
//! So whatever is looked at again and again is so at equal distances, and the distance of the
//! first two firings is the distance of all.

use super::memory::Lag;
use crate::automation::driver::{last_tick, next_tick};
use crate::automation::trigger::EventTrigger;
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// A stretch of time in which no event is evaluated.
pub(super) struct Silence {
    lag: Lag,
    within: Duration,
    /// Whether a window is followed by the next one as soon as it is over; else the next time
    /// that the trigger is looked at.
    follows: bool,
    until: Moment,
}

/// What comes of a window.
pub(super) struct Course {
    /// How often it and those after it fire.
    pub(super) fires: Option<Repeated>,
    /// When the window began that is open in the end, if one is.
    pub(super) open: Option<Moment>,
    /// When the trigger is to be looked at again for it.
    pub(super) next_run: Moment,
    /// When that was done last, if at all.
    pub(super) looked: Option<Moment>,
}

/// Firings at equal distances.
pub(super) struct Repeated {
    /// When the first one comes.
    pub(super) first: Moment,
    /// When the window of the second one begins.
    pub(super) second_window: Moment,
    /// How far apart they are.
    pub(super) period: Duration,
    /// How many there are.
    pub(super) count: i64,
}

impl Silence {
    pub(super) fn new(lag: Lag, trigger: &EventTrigger, until: Moment) -> Self {
        Self {
            lag,
            within: Duration::microseconds(trigger.within),
            follows: trigger.after.is_empty(),
            until,
        }
    }

    /// The first look that is due at `next_run` and comes after `since`.
    pub(super) fn look(&self, next_run: Moment, since: Moment) -> Option<Moment> {
        next_tick(next_run, since).filter(|tick| *tick <= self.until)
    }

    /// When a trigger without windows was looked at last, of which that was due at `next_run`;
    /// nothing comes of it.
    pub(super) fn last_look(&self, next_run: Moment, since: Moment) -> Option<Moment> {
        let first = self.look(next_run, since)?;
        let Some(second) = self.look(self.again(first), first) else {
            return Some(first);
        };
        let period = second - first;
        Some(first.plus(period.times(self.rounds(first, period))))
    }

    /// When the trigger is to be looked at again after a look at `tick`.
    pub(super) fn again(&self, tick: Moment) -> Moment {
        self.opens(tick).plus(self.within)
    }

    /// When a window begins that is opened at `tick`.
    pub(super) fn opens(&self, tick: Moment) -> Moment {
        self.lag.behind(tick)
    }

    /// What comes of a window that began at `start`, where everything up to `since` is done.
    pub(super) fn course(&self, start: Moment, since: Moment) -> Course {
        let end = start.plus(self.within);
        let Some(first) = self.look(self.lag.ahead(end), since) else {
            return Course {
                fires: None,
                open: Some(start),
                next_run: end,
                looked: self.looks_in_vain(end, since),
            };
        };
        let repeated = self.repeated(first);
        let last = first.plus(repeated.period.times(repeated.count - 1));
        let reopened = if self.follows {
            Some(last)
        } else {
            self.look(self.again(last), last)
        };
        let looked = reopened.unwrap_or(last);
        let vain = reopened.and_then(|tick| self.looks_in_vain(self.again(tick), tick));
        Course {
            fires: Some(repeated),
            open: reopened.map(|tick| self.opens(tick)),
            next_run: self.again(looked),
            looked: Some(vain.unwrap_or(looked)),
        }
    }

    fn repeated(&self, first: Moment) -> Repeated {
        let next = |due, since| next_tick(due, since);
        let reopened = if self.follows {
            Some(first)
        } else {
            next(self.again(first), first)
        };
        let reopened = reopened.unwrap_or(first);
        let second = next(self.lag.ahead(self.again(reopened)), reopened);
        // There is no second one only where time itself ends.
        let period = second.map_or(self.within, |second| second - first);
        Repeated {
            first,
            second_window: self.opens(reopened),
            period,
            count: self.rounds(first, period) + 1,
        }
    }

    /// Where events are late, a window is looked at from `end` on, and is not over yet by their
    /// clock: at each tick, until the last.
    fn looks_in_vain(&self, end: Moment, since: Moment) -> Option<Moment> {
        self.look(end, since).map(|_| last_tick(self.until))
    }

    /// How often `period` passes from `first` on.
    fn rounds(&self, first: Moment, period: Duration) -> i64 {
        (self.until - first)
            .as_micros()
            .div_euclid(period.as_micros().max(1))
    }
}
