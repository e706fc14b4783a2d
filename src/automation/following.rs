//! Commits in, firings out, as they come about: where the record and the engine meet.
//!
//! Landings are taken one after the other and let go again, so that a long history needs
//! no more memory than a short one. What fires is handed to whoever listens, with the
//! fact on which it fired.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::derive::{Fact, Facts};
use super::driver::Driver;
use super::engine::{self, Delivery, Fired, Firing, Series};
use super::event::Event;
use super::rule::Rule;
use crate::archive::history::Landing;
use crate::archive::repository::{ObjectId, Repository};
use crate::archive::walk::{Turns, Walk};
use crate::incident::Incident;
use crate::incident::vocabulary::Vocabulary;
use crate::text::moment::Moment;

/// What is remembered from one range of commits to the next, so that a history may be
/// followed at once or in any pieces.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// What the engine remembers.
    engine: engine::State,
    /// What is to be known of the past to tell what the next commit means.
    facts: Facts,
    /// The events on which something may still fire.
    events: BTreeMap<String, Origin>,
    /// The files of automations that have an error, each with the last commit in which it had
    /// none; the automations stay as they were there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    kept: BTreeMap<String, String>,
}

/// Where an event came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Origin {
    /// The commit that says it, or that last said when it would come of itself.
    commit: String,
    /// When that landed. A commit that is read by itself, without those before it, does not
    /// tell.
    landed: Moment,
    /// The event itself, when it came of itself: no commit tells it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fact: Option<Fact>,
}

impl Origin {
    /// Of a fact that came of itself.
    fn scheduled(fact: &Fact) -> Self {
        let commit = fact.event.payload.get("commit").and_then(Json::as_str);
        Self {
            commit: commit.unwrap_or_default().to_owned(),
            landed: fact.received,
            fact: Some(fact.clone()),
        }
    }
}

impl State {
    /// What is to be known after a commit received at `received`, with the record as it
    /// stood there, where nothing was carried so far.
    pub fn beginning(received: Moment, incidents: &[Incident], vocabulary: &Vocabulary) -> Self {
        Self {
            facts: Facts::after(received, incidents, vocabulary),
            ..Self::default()
        }
    }

    /// When the last commit landed that was taken in; none where nothing was carried so far.
    pub fn received(&self) -> Option<Moment> {
        self.facts.received()
    }

    /// The files of automations that have an error, each with the last commit in which it had
    /// none: the automations are read from there.
    pub fn kept(&self) -> &BTreeMap<String, String> {
        &self.kept
    }

    /// The same with those of them.
    #[must_use]
    pub(super) fn keeping(self, kept: BTreeMap<String, String>) -> Self {
        Self { kept, ..self }
    }

    /// Whether nothing was carried so far.
    pub fn is_beginning(&self) -> bool {
        self.facts.received().is_none()
    }

    /// When things landed, where the order of entries depends on it.
    pub fn turns(&self) -> &Turns {
        self.facts.turns()
    }

    /// The walk from `after`, where this was left, to `to`.
    pub fn walk<'a>(
        &'a self,
        repository: &'a Repository,
        vocabulary: &'a Vocabulary,
        after: Option<ObjectId>,
        to: ObjectId,
    ) -> Walk<'a> {
        Walk {
            repository,
            vocabulary,
            after,
            to,
            received: self.facts.received(),
            earlier: None,
            scattered: self.facts.scattered(),
            turns: Cow::Borrowed(self.facts.turns()),
        }
    }
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
    /// An event is about to be delivered.
    fn coming(&mut self, _fact: &Fact, _driver: &Driver) {}
    /// An event was taken in.
    fn fact(&mut self, fact: &Fact);
    /// An automation fired, perhaps on a fact.
    fn firing(&mut self, firing: Firing, said: Option<&Rc<Said>>);
    /// Whether many firings on nothing may be told at once.
    fn takes_series(&self) -> bool {
        false
    }
    /// An automation fired again and again, on nothing. The last times are told one by one.
    fn series(&mut self, _series: &Series) {}
    /// An event was delivered, and what fired on it was told.
    fn delivered(&mut self, _fact: &Fact, _delivery: Delivery, _driver: &Driver) {}
}

/// Tells what one commit appended, by its id.
pub type Recall<'a> = &'a dyn Fn(&str) -> Option<Landing>;

/// Rules that follow a record.
pub struct Following<'a> {
    driver: Driver,
    facts: Facts,
    vocabulary: &'a Vocabulary,
    recall: Recall<'a>,
    /// The events of earlier ranges on which something may still fire, and those that came
    /// of themselves.
    earlier: BTreeMap<String, Origin>,
    /// Those that commits of this range say.
    said: BTreeMap<String, Rc<Said>>,
    /// How many of them there may be before those that nobody waits for are let go.
    room: usize,
}

/// How many facts are kept before it is looked through which of them are awaited: few, so
/// that the memory of those that are let go is still near when it is used again.
const ROOM: usize = 8;

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
            facts: state.facts,
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
        self.scheduled(landing.recorded.at, listener);
        let landing = Rc::new(landing);
        for fact in self.facts.landing(&landing, self.vocabulary) {
            self.deliver(fact, Some(&landing), listener);
        }
        if self.said.len() > self.room {
            self.let_go();
        }
    }

    /// Takes in an event from elsewhere, received at `received`.
    pub fn hear(&mut self, event: &Event, received: Moment, listener: &mut impl Listener) {
        self.pass(received, listener);
        self.driver.deliver(event, received);
        self.tell(listener);
    }

    /// Lets time pass until `now`.
    pub fn pass(&mut self, now: Moment, listener: &mut impl Listener) {
        self.scheduled(now, listener);
        self.driver.pass(now);
        self.tell(listener);
    }

    /// Takes in what comes of itself by `now`.
    fn scheduled(&mut self, now: Moment, listener: &mut impl Listener) {
        for fact in self.facts.due(now) {
            self.deliver(fact, None, listener);
        }
    }

    /// Delivers a fact, after the time until then has passed, and keeps it unless it is
    /// known: with the landing that says it, if one does.
    fn deliver(&mut self, fact: Fact, landing: Option<&Rc<Landing>>, listener: &mut impl Listener) {
        // The engine's time may be ahead of the landing; the landing stays what it is.
        self.driver.pass(fact.received);
        self.tell(listener);
        listener.coming(&fact, &self.driver);
        let delivery = self.driver.deliver(&fact.event, fact.received);
        if delivery == Delivery::Duplicate {
            return listener.delivered(&fact, delivery, &self.driver);
        }
        listener.fact(&fact);
        let id = fact.event.id.clone();
        let Some(landing) = landing else {
            self.earlier.insert(id, Origin::scheduled(&fact));
            self.tell(listener);
            return listener.delivered(&fact, delivery, &self.driver);
        };
        let landing = Rc::clone(landing);
        let said = Rc::new(Said { fact, landing });
        self.said.insert(id, Rc::clone(&said));
        self.tell(listener);
        listener.delivered(&said.fact, delivery, &self.driver);
    }

    /// The engine and its time, to be looked at.
    pub fn driver(&self) -> &Driver {
        &self.driver
    }

    /// What is to be remembered.
    pub fn state(mut self) -> State {
        self.let_go();
        let mut events = self.earlier;
        let origin = |said: &Said| Origin {
            commit: said.landing.recorded.commit.clone(),
            landed: said.landing.recorded.at,
            fact: None,
        };
        let said = self.said.into_iter();
        events.extend(said.map(|(id, said)| (id, origin(&said))));
        State {
            engine: self.driver.state(),
            facts: self.facts,
            events,
            kept: BTreeMap::new(),
        }
    }

    fn tell(&mut self, listener: &mut impl Listener) {
        let fired = if listener.takes_series() {
            self.driver.fired_at_once()
        } else {
            let fired = self.driver.fired().into_iter();
            fired.map(Fired::Once).collect()
        };
        for fired in fired {
            match fired {
                Fired::Once(firing) => {
                    let said = firing.reason.event.as_deref().and_then(|id| self.said(id));
                    listener.firing(firing, said.as_ref());
                }
                Fired::Often(series) => listener.series(&series),
            }
        }
    }

    fn said(&self, id: &str) -> Option<Rc<Said>> {
        if let Some(said) = self.said.get(id) {
            return Some(Rc::clone(said));
        }
        let origin = self.earlier.get(id)?;
        let mut landing = (self.recall)(&origin.commit)?;
        landing.recorded.at = origin.landed;
        let landing = Rc::new(landing);
        let told = || {
            let facts = Facts::default().landing(&landing, self.vocabulary);
            facts.into_iter().find(|fact| fact.event.id == id)
        };
        let fact = origin.fact.clone().or_else(told)?;
        Some(Rc::new(Said { fact, landing }))
    }

    /// Lets go of facts on which nothing fires any more.
    fn let_go(&mut self) {
        let awaited = self.driver.awaited();
        self.said.retain(|id, _| awaited.contains(id.as_str()));
        self.earlier.retain(|id, _| awaited.contains(id.as_str()));
        self.room = ROOM + 2 * (self.said.len() + self.earlier.len());
    }
}
