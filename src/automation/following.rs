//! Commits in, firings out, as they come about: where the record and the engine meet.
//!
//! Landings are taken one after the other and let go again, so that a long history needs
//! no more memory than a short one. What fires is handed to whoever listens, with the
//! fact on which it fired.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::derive::{Fact, facts};
use super::driver::Driver;
use super::engine::{self, Delivery, Firing};
use super::event::Event;
use super::rule::Rule;
use crate::archive::history::Landing;
use crate::incident::Incident;
use crate::incident::vocabulary::Vocabulary;
use crate::text::moment::Moment;

/// What is remembered from one range of commits to the next, so that a history may be
/// followed at once or in any pieces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// What the engine remembers.
    engine: engine::State,
    /// The events that it may still tell of, each with the commit that says it.
    events: BTreeMap<String, String>,
}

/// A fact, and the landing that says it.
#[derive(Clone, Debug)]
pub struct Said {
    /// The fact.
    pub fact: Fact,
    landing: Rc<Landing>,
}

/// Who is told what comes about, in its order.
pub trait Listener {
    /// An event was taken in.
    fn fact(&mut self, fact: &Fact);
    /// An automation fired, perhaps on a fact.
    fn firing(&mut self, firing: Firing, said: Option<&Said>);
}

/// Tells what one commit appended, by its id.
pub type Recall<'a> = &'a dyn Fn(&str) -> Option<Landing>;

/// Rules that follow a record.
pub struct Following<'a> {
    driver: Driver,
    vocabulary: &'a Vocabulary,
    recall: Recall<'a>,
    /// The events of earlier ranges that the engine may still tell of.
    earlier: BTreeMap<String, String>,
    /// Those of this range.
    said: BTreeMap<String, Rc<Said>>,
    /// How many of them there may be before those that nobody waits for are let go.
    room: usize,
}

/// How many facts are kept before it is looked through which of them are awaited.
const ROOM: usize = 1024;

impl Said {
    /// The incident that the fact is about, as it stood when that landed.
    pub fn incident(&self) -> Option<&Incident> {
        self.landing.about(&self.fact.incident)
    }
}

impl<'a> Following<'a> {
    /// Goes on where `state` was left, as yet without rules.
    pub fn new(state: State, vocabulary: &'a Vocabulary, recall: Recall<'a>) -> Self {
        Self {
            driver: Driver::new(state.engine),
            vocabulary,
            recall,
            earlier: state.events,
            said: BTreeMap::new(),
            room: ROOM,
        }
    }

    /// Puts `rules` in force at the present moment, each on or off.
    pub fn rules<'r>(&mut self, rules: impl IntoIterator<Item = (&'r Rule, bool)>) {
        self.driver.rules(rules);
    }

    /// Takes in a commit.
    pub fn land(&mut self, landing: Landing, listener: &mut impl Listener) {
        let landing = Rc::new(landing);
        for mut fact in facts(&landing, self.vocabulary) {
            fact.received = self.pass(fact.received, listener);
            if self.driver.deliver(&fact.event, fact.received) == Delivery::Duplicate {
                continue;
            }
            listener.fact(&fact);
            let id = fact.event.id.clone();
            let landing = Rc::clone(&landing);
            self.said.insert(id, Rc::new(Said { fact, landing }));
            self.tell(listener);
        }
        if self.said.len() > self.room {
            self.let_go();
        }
    }

    /// Takes in an event from elsewhere, received at `received`.
    pub fn hear(&mut self, event: &Event, received: Moment, listener: &mut impl Listener) {
        let received = self.pass(received, listener);
        self.driver.deliver(event, received);
        self.tell(listener);
    }

    /// Lets time pass until `now`, and answers the present, which may be later.
    pub fn pass(&mut self, now: Moment, listener: &mut impl Listener) -> Moment {
        let now = self.driver.pass(now);
        self.tell(listener);
        now
    }

    /// What is to be remembered.
    pub fn state(self) -> State {
        let engine = self.driver.state();
        let mut events = self.earlier;
        let commit = |said: &Said| said.landing.recorded.commit.clone();
        let said = self.said.into_iter();
        events.extend(said.map(|(id, said)| (id, commit(&said))));
        let awaited = engine.events();
        events.retain(|id, _| awaited.contains(id.as_str()));
        State { engine, events }
    }

    fn tell(&mut self, listener: &mut impl Listener) {
        for firing in self.driver.fired() {
            let said = firing.reason.event.as_deref().and_then(|id| self.said(id));
            listener.firing(firing, said.as_deref());
        }
    }

    fn said(&self, id: &str) -> Option<Rc<Said>> {
        if let Some(said) = self.said.get(id) {
            return Some(Rc::clone(said));
        }
        let landing = Rc::new((self.recall)(self.earlier.get(id)?)?);
        let facts = facts(&landing, self.vocabulary);
        let fact = facts.into_iter().find(|fact| fact.event.id == id)?;
        Some(Rc::new(Said { fact, landing }))
    }

    /// Lets go of facts of which the engine can no longer tell.
    fn let_go(&mut self) {
        let awaited = self.driver.awaited();
        self.said.retain(|id, _| awaited.contains(id));
        self.room = ROOM + 2 * self.said.len();
    }
}
