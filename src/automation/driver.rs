//! Virtual time: the ticks that a server would have made.
//!
//! What Prefect's engine does every five seconds on a wall clock happens here at the
//! multiples of five seconds since the Unix epoch, as on one server that never
//! restarts. Moments at which nothing could change are skipped, and triggers that nothing
//! but silence reaches rest meanwhile, so that years pass in no time.

use std::collections::BTreeSet;

use super::engine::{Delivery, Engine, Fired, Firing, Services, State, View};
use super::event::Event;
use super::rule::Rule;
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// How many microseconds lie between two ticks.
const PERIOD: i64 = 5_000_000;

/// An engine, and time that passes for it.
#[derive(Debug)]
pub struct Driver {
    engine: Engine,
    /// The last moment of which it is known that nothing is due up to there.
    passed: Option<Moment>,
    ticks: u64,
}

impl Driver {
    /// One that goes on where `state` was left, as yet without rules.
    pub fn new(state: State) -> Self {
        Self {
            passed: state.passed,
            engine: Engine::new(state),
            ticks: 0,
        }
    }

    /// Puts `rules` in force at the present moment, each on or off.
    pub fn rules<'a>(&mut self, rules: impl IntoIterator<Item = (&'a Rule, bool)>) {
        self.engine.rules(rules);
    }

    /// Lets time pass until `now`. Time never runs backwards: for an earlier `now`
    /// nothing happens. Answers the present.
    pub fn pass(&mut self, now: Moment) -> Moment {
        let mut passed = self.passed.unwrap_or(now);
        let next = |engine: &Engine, passed| {
            let tick = next_tick(engine.due()?, passed)?;
            (tick <= now).then_some(tick)
        };
        while next(&self.engine, passed).is_some() {
            self.engine.rest(passed);
            // Of what does not rest, which may be nothing.
            let Some(tick) = next(&self.engine, passed) else {
                break;
            };
            if self.engine.evaluates_at(tick) {
                self.engine.wake(tick.plus(Duration::microseconds(-1)));
            }
            self.engine.tick(tick, Services::All);
            self.ticks += 1;
            passed = tick;
        }
        let now = now.max(passed);
        self.engine.wake(now);
        self.passed = Some(now);
        now
    }

    /// Delivers an event that lands at `received`, and lets the time until then pass.
    /// For the events' clock it happens as it lands: who writes an incident down an hour
    /// late does not delay the engine by an hour.
    pub fn deliver(&mut self, event: &Event, received: Moment) -> Delivery {
        let now = self.pass(received);
        self.engine.deliver(event, now, now, now)
    }

    /// What fired since this was last asked, in its order.
    pub fn fired(&mut self) -> Vec<Firing> {
        self.engine.fired()
    }

    /// The same, what silence set off again and again as one value.
    pub fn fired_at_once(&mut self) -> Vec<Fired> {
        self.engine.fired_at_once()
    }

    /// How many ticks were computed so far: all others would have changed nothing, or what
    /// arithmetic tells.
    pub fn ticks(&self) -> u64 {
        self.ticks
    }

    /// The ids of the events on which something may still fire.
    pub fn awaited(&self) -> BTreeSet<&str> {
        self.engine.awaited()
    }

    /// What is remembered for the automation called `name`; with an event only the
    /// windows that this would find.
    pub fn view(&self, name: &str, event: Option<&Event>) -> Option<View> {
        self.engine.view(name, event)
    }

    /// What it is to remember.
    pub fn state(self) -> State {
        let mut state = self.engine.state();
        state.passed = self.passed;
        state
    }
}

/// The last tick that is not after `moment`.
pub(super) fn last_tick(moment: Moment) -> Moment {
    let since = Duration::microseconds(moment.micros().rem_euclid(PERIOD));
    moment.plus(-since)
}

/// The first tick that is not before `due`, and after `passed`.
pub(super) fn next_tick(due: Moment, passed: Moment) -> Option<Moment> {
    let earliest = due.micros().max(passed.micros().saturating_add(1));
    let tick = earliest.div_euclid(PERIOD) + i64::from(earliest.rem_euclid(PERIOD) > 0);
    Moment::from_micros(tick.saturating_mul(PERIOD))
}
