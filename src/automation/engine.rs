//! The engine: events in, firings out, with their reasons.
//!
//! It takes the steps that Prefect's own engine takes (`SEMANTICS.md` in the sources
//! that this follows, version 3.9.1): events are delivered, services tick, automations
//! are turned on and off. It is told the time and never asks for it, and nothing in it
//! moves by itself; [`super::driver`] makes the ticks. What it must remember from one
//! event to the next is one value, so that a range of commits may be evaluated whole or
//! in any pieces.

use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

use super::event::Event;
use super::rule::Rule;
use super::trigger::{EventTrigger, Posture};
use crate::text::duration::Duration;
use crate::text::moment::Moment;

mod bucket;
mod coverage;
mod firing;
mod groups;
mod held;
mod memory;
mod order;
mod remembering;
mod resting;
mod series;
mod services;
mod silence;
mod tree;
mod view;

use bucket::{Bucket, Key, Last, Met};
use coverage::{Coverage, Place};
pub use firing::{Firing, Reason, Window};
use held::Held;
pub use memory::State;
use memory::{Memory, NodeMemory};
use order::Incoming;
use resting::Resting;
pub use series::{Fired, Series};
pub use services::Services;
use tree::{Kind, Node, nodes};
pub use view::{Open, Standing, View};

/// The version of the meaning that triggers have here, which follows Prefect 3.9.1. A
/// tick names the one it used, and a state of another is never continued: it would mean
/// something else than it says.
pub const SEMANTICS: u32 = 3;
/// The release of Prefect whose meaning that is.
pub const RELEASE: &str = "3.9.1";

/// The one event that no trigger ever sees.
const LOG: &str = "prefect.log.write";
/// How much earlier than the first event its window begins.
const LOOKBACK: Duration = Duration::minutes(15);
/// How many events that follow one another are evaluated at once at most.
const DEEPEST: usize = 20;

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It was evaluated.
    Processed,
    /// It waits for the event that it follows.
    Held,
    /// It was seen before.
    Duplicate,
    /// It is one of those that no trigger sees.
    Ignored,
}

/// The rules in force, and what is remembered of the events before.
pub struct Engine {
    known: Vec<Known>,
    coverage: Coverage,
    /// The Proactive triggers of rules that are on.
    watched: Vec<(Place, Rc<EventTrigger>)>,
    /// Those of them that rest while time passes.
    resting: Vec<Resting>,
    /// The windows that are open, by when they end.
    ends: BTreeSet<(Moment, Place, Key)>,
    /// The keys for which events are held, by when some of them are forgotten.
    forgets: BTreeSet<(Moment, Place, Key)>,
    state: State,
    /// The present: what it was told, and one microsecond more for each event after the
    /// first that is evaluated in one step.
    now: Moment,
    evaluated: usize,
    /// What fired, each with the trigger that was looked at then, if one was.
    firings: Vec<(Option<Place>, Firing)>,
    /// What fired while triggers rested.
    series: Vec<Series>,
    /// The trigger that is being looked at.
    looking: Option<Place>,
}

/// A rule, and what is remembered for it.
struct Known {
    rule: Rule,
    /// Its trigger in short.
    fingerprint: String,
    nodes: Vec<Node>,
    memory: Memory,
}

impl Engine {
    /// An engine that goes on where `state` was left, as yet without rules.
    pub fn new(state: State) -> Self {
        Self {
            known: Vec::new(),
            coverage: Coverage::default(),
            watched: Vec::new(),
            resting: Vec::new(),
            ends: BTreeSet::new(),
            forgets: BTreeSet::new(),
            now: state.now.unwrap_or(Moment::EPOCH),
            state,
            evaluated: 0,
            firings: Vec::new(),
            series: Vec::new(),
            looking: None,
        }
    }

    /// Puts `rules` in force instead of those before, each on or off. What is remembered
    /// for a rule that is not among them is forgotten; one that is turned on or off keeps
    /// its windows.
    pub fn rules<'a>(&mut self, rules: impl IntoIterator<Item = (&'a Rule, bool)>) {
        self.put_by();
        let mut remembered = std::mem::take(&mut self.state.rules);
        self.ends.clear();
        self.forgets.clear();
        self.watched.clear();
        self.resting.clear();
        self.coverage = Coverage::default();
        for (rule, on) in rules {
            let nodes = nodes(&rule.trigger);
            let memory = remembered.remove(&rule.identity()).unwrap_or_default();
            self.know(rule, nodes, memory, on);
        }
    }

    fn know(&mut self, rule: &Rule, nodes: Vec<Node>, mut memory: Memory, on: bool) {
        let place = self.known.len();
        memory.nodes.resize_with(nodes.len(), NodeMemory::default);
        if memory.on != on {
            memory.forget_runs();
        }
        memory.on = on;
        for (number, (node, memory)) in nodes.iter().zip(&memory.nodes).enumerate() {
            let place = (place, number);
            let buckets = memory.buckets.values();
            self.ends
                .extend(buckets.map(|bucket| (bucket.end, place, bucket.key.clone())));
            self.forgets.extend(memory.forgets(place));
            if let (Kind::Leaf(trigger), true) = (&node.kind, on) {
                self.coverage.add(place, trigger);
                if trigger.posture == Posture::Proactive {
                    self.watched.push((place, Rc::clone(trigger)));
                }
            }
        }
        self.known.push(Known {
            rule: rule.clone(),
            fingerprint: rule.fingerprint(),
            nodes,
            memory,
        });
    }

    /// Turns the automation called `name` on or off at `now`; one that is on already
    /// begins anew to wait.
    pub fn switch(&mut self, name: &str, on: bool, now: Moment) {
        self.step(now);
        let mut rules = Vec::new();
        for known in &mut self.known {
            let this = known.rule.name == name;
            if this {
                known.memory.forget_runs();
            }
            rules.push((known.rule.clone(), if this { on } else { known.memory.on }));
        }
        self.rules(rules.iter().map(|(rule, on)| (rule, *on)));
    }

    /// Forgets at `now` what a server that is started anew does not know: what was seen
    /// and what waits, how late events are, when triggers are to be looked at.
    pub fn restart(&mut self, now: Moment) {
        self.step(now);
        self.state.lag = memory::Lag::default();
        self.state.order = order::Order::default();
        for known in &mut self.known {
            known.memory.forget_runs();
        }
    }

    /// Evaluates `event`, taken in at `received` and handled at `now`, and what waited
    /// for it. To the events' clock it happened at `clock`.
    pub fn deliver(
        &mut self,
        event: &Event,
        received: Moment,
        clock: Moment,
        now: Moment,
    ) -> Delivery {
        self.step(now);
        if event.event == LOG {
            return Delivery::Ignored;
        }
        if self.state.order.has_seen(&event.id, now) {
            return Delivery::Duplicate;
        }
        let incoming = Incoming {
            event,
            received,
            clock,
        };
        match self.evaluate(incoming, 0) {
            Fate::Evaluated => Delivery::Processed,
            Fate::Held | Fate::TooDeep => Delivery::Held,
        }
    }

    /// What fired since this was last asked, in its order.
    pub fn fired(&mut self) -> Vec<Firing> {
        let firings = std::mem::take(&mut self.firings);
        series::one_by_one(firings, &std::mem::take(&mut self.series))
    }

    /// The same, what silence set off again and again as one value.
    pub fn fired_at_once(&mut self) -> Vec<Fired> {
        let firings = std::mem::take(&mut self.firings);
        series::at_once(firings, std::mem::take(&mut self.series))
    }

    /// The ids of the events on which something may still fire: the last ones of the windows
    /// that fire when they are over. All else fires on the event that is being delivered.
    pub fn awaited(&self) -> BTreeSet<&str> {
        let nodes = self.known.iter().flat_map(|known| {
            let nodes = known.nodes.iter().zip(&known.memory.nodes);
            nodes.filter(|(node, _)| node.is_proactive())
        });
        let windows = nodes.flat_map(|(_, memory)| memory.buckets.values());
        windows
            .filter_map(|bucket| bucket.last.as_ref().map(|last| last.id.as_str()))
            .collect()
    }

    /// What it is to remember.
    pub fn state(mut self) -> State {
        self.put_by();
        self.state
    }

    fn put_by(&mut self) {
        let known = std::mem::take(&mut self.known).into_iter();
        let memories = known.map(|known| (known.rule.identity(), known.memory));
        self.state.rules.extend(memories);
    }

    fn step(&mut self, now: Moment) {
        self.now = now;
        self.state.now = Some(now);
        self.evaluated = 0;
    }

    /// Evaluates one event and, `depth` by depth, those that waited for it.
    fn evaluate(&mut self, incoming: Incoming<'_>, depth: usize) -> Fate {
        self.evaluated += 1;
        if self.evaluated > 1 {
            self.now = self.now.plus(Duration::microseconds(1));
            self.state.now = Some(self.now);
        }
        self.state.lag.told(incoming.clock, self.now);
        if depth > DEEPEST {
            return Fate::TooDeep;
        }
        if self.state.order.is_early(incoming, self.now) {
            self.state.order.park(incoming);
            return Fate::Held;
        }
        let event = incoming.event;
        for place in self.coverage.of(&event.event) {
            self.meet(place, event);
        }
        self.state.order.see(&event.id, self.now);
        for follower in self.state.order.followers(&event.id) {
            if self.evaluate(follower.goes_on(), depth + 1) == Fate::TooDeep {
                break;
            }
        }
        self.state.order.unpark(&event.id);
        Fate::Evaluated
    }

    /// An event comes to a trigger that it may concern.
    fn meet(&mut self, place: Place, event: &Event) {
        let Some(trigger) = self.leaf(place).filter(|trigger| trigger.covers(event)) else {
            return;
        };
        let key = trigger.key(event);
        if !self.hold(place, &trigger, &key, event) {
            return;
        }
        let found = self.take(place, &key);
        let before = found.as_ref().map(|bucket| bucket.end);
        let held = self.held(place, &key);
        let (met, left) = match opened(found, &trigger, &key, event, held) {
            Some(bucket) if trigger.expects(event) => {
                bucket.judged(&trigger, event.occurred, Some(event), held)
            }
            other => (Vec::new(), other),
        };
        self.put_back(place, &key, before, left);
        self.met(place, &trigger, &key, met, Some(event));
    }

    fn met(
        &mut self,
        place: Place,
        trigger: &EventTrigger,
        key: &[String],
        met: Vec<Met>,
        event: Option<&Event>,
    ) {
        for met in met {
            let reason = Reason {
                trigger: self
                    .node(place)
                    .map(|node| node.place.clone())
                    .unwrap_or_default(),
                time: self.now,
                labels: trigger.labels(key),
                event: met.event,
                events: met.events,
                conditions: event
                    .map(|event| trigger.conditions(event))
                    .unwrap_or_default(),
                window: (trigger.within > 0 || trigger.threshold != 1).then_some(met.window),
                children: Vec::new(),
            };
            self.fire(place, reason);
        }
    }
}

/// The window that an event finds open, or opens. One that is open stays as it is: what
/// began the wait is the first event of `after`.
fn opened(
    found: Option<Bucket>,
    trigger: &EventTrigger,
    key: &Key,
    event: &Event,
    held: &Held,
) -> Option<Bucket> {
    let expects = trigger.expects(event);
    if found.is_some() {
        return found;
    }
    if trigger.starts_after(event) {
        let mut new = Bucket::opened_by(key.clone(), trigger, event, held);
        new.count -= i64::from(expects);
        return Some(new);
    }
    (trigger.after.is_empty() && expects).then(|| {
        let mut new = Bucket::new(key.clone(), event.occurred, trigger.within);
        new.start = event.occurred.plus(-LOOKBACK);
        new.last = Some(Last::of(trigger, event));
        new
    })
}

/// What became of an event on its way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Evaluated,
    Held,
    TooDeep,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self
            .known
            .iter()
            .map(|known| known.rule.name.as_str())
            .collect();
        f.debug_struct("Engine")
            .field("rules", &names)
            .finish_non_exhaustive()
    }
}

impl Memory {
    fn forget_runs(&mut self) {
        for node in &mut self.nodes {
            node.next_run = None;
        }
    }
}
