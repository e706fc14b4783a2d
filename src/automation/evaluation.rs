//! What a range of commits sets off, and what is to be done for it.
//!
//! A pure function of what landed, of the rules and of `now`. An automation sees the
//! commits after the one that introduced it or last changed its trigger or whether it
//! is on; layout, comments, its place and its actions are no such change. Evaluating
//! is reading: nothing is carried out, and the same input gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde::Serialize;

use super::action::{Action, Age, Cause};
use super::derive::Fact;
use super::driver::Driver;
use super::engine::{Delivery, Firing, Reason, Series};
use super::event::Event;
pub use super::following::State;
use super::following::{Following, Listener, Recall, Said};
use super::rule::{Automation, Reader, Reading, Rule};
use crate::archive::history::Landing;
use crate::archive::settings::Settings;
use crate::incident::vocabulary::Vocabulary;
use crate::text::diagnostic::Diagnostic;
use crate::text::moment::Moment;

mod coalescing;
mod watch;

use coalescing::{Coalescing, Pending};
use watch::Watching;
pub use watch::{Observation, Watch, Watched};

/// What is to be evaluated.
pub struct Question<'a> {
    /// The automations before the first landing.
    pub base: &'a Reading,
    /// The commit in which they stood so; none before the first one.
    pub base_commit: Option<&'a str>,
    /// What `annals.yaml` says.
    pub settings: &'a Settings,
    /// The words of the repository.
    pub vocabulary: &'a Vocabulary,
    /// The id of the ledger that receipts go to.
    pub ledger: &'a str,
    /// The moment of the run.
    pub now: Moment,
    /// Until when time is to pass after the last landing; none for no longer.
    pub until: Option<Moment>,
    /// Whether of the firings that time alone caused only the last ones act: a run does so,
    /// as it may come after a long gap.
    pub coalesces: bool,
    /// What was remembered when this was last asked.
    pub state: &'a State,
    /// Tells what a commit before the first landing appended.
    pub recall: Recall<'a>,
}

/// What arrives: a commit of the record, or an event from elsewhere.
pub enum Arrival {
    /// A commit.
    Landing(Landing),
    /// An event, and when it was received.
    Outside(Event, Moment),
}

impl From<Landing> for Arrival {
    fn from(landing: Landing) -> Self {
        Self::Landing(landing)
    }
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    /// The events, in their order.
    pub facts: Vec<Fact>,
    /// What they set off, in the order in which it came about.
    pub firings: Vec<Firing>,
    /// What is to be done for it, in that order.
    pub actions: Vec<Action>,
    /// How the automations differ after the last landing from before the first.
    pub changes: Vec<Change>,
    /// What is wrong with the automations as they stand after the last landing.
    pub diagnostics: Vec<Diagnostic>,
    /// What is to be remembered.
    pub state: State,
}

impl Evaluation {
    /// Whether there was no event and nothing fired as time passed.
    pub fn is_nothing(&self) -> bool {
        self.facts.is_empty() && self.firings.is_empty()
    }
}

/// How an automation differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Difference {
    /// It is new.
    Added,
    /// It is gone, or can no longer be evaluated.
    Removed,
    /// It fires on other events, or was turned on or off.
    Trigger,
    /// It does other things for the same events.
    Actions,
}

/// An automation that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its name.
    pub automation: String,
    /// How it differs.
    pub difference: Difference,
    /// Whether it is on now.
    pub enabled: bool,
    /// The file it stands in, or stood in.
    pub path: String,
}

/// Evaluates `question` over what arrives, oldest first.
///
/// # Errors
///
/// The first one that `arrivals` brings.
pub fn evaluate<E>(
    question: &Question<'_>,
    arrivals: impl IntoIterator<Item = Result<impl Into<Arrival>, E>>,
) -> Result<Evaluation, E> {
    Ok(follow(question, None, arrivals)?.0)
}

/// The same, watching one automation meanwhile.
///
/// # Errors
///
/// The first one that `arrivals` brings.
pub fn observe<E>(
    question: &Question<'_>,
    watch: Watch<'_>,
    arrivals: impl IntoIterator<Item = Result<impl Into<Arrival>, E>>,
) -> Result<(Evaluation, Watched), E> {
    follow(question, Some(watch), arrivals)
}

fn follow<E>(
    question: &Question<'_>,
    watch: Option<Watch<'_>>,
    arrivals: impl IntoIterator<Item = Result<impl Into<Arrival>, E>>,
) -> Result<(Evaluation, Watched), E> {
    let reader = Reader::new(&question.settings.environment);
    let state = question.state.clone();
    let mut following = Following::new(state, question.vocabulary, question.recall);
    following.rules(in_force(question.base));
    let mut secretary = Secretary::new(question, watch);
    let mut standing = Standing::of(question);
    for arrival in arrivals {
        let landing = match arrival?.into() {
            Arrival::Landing(landing) => landing,
            Arrival::Outside(event, received) => {
                following.hear(&event, received, &mut secretary);
                continue;
            }
        };
        secretary.watching.landing(&landing.recorded);
        let rules = landing.automations.as_deref();
        let commit = landing.recorded.commit.clone();
        match rules.map(|sources| reader.read(sources)) {
            None => following.land(landing, &mut secretary),
            Some(after) => {
                let before = standing.change(after);
                secretary.changing(&mut following, landing, &before, &standing.reading);
            }
        }
        standing.last = commit;
    }
    if let Some(until) = question.until {
        following.pass(until, &mut secretary);
    }
    secretary.coalesce();
    let watched = secretary.watching.end(following.driver());
    let evaluation = Evaluation {
        changes: changes(&question.base.automations, &standing.reading.automations),
        diagnostics: standing.reading.diagnostics,
        state: following.state().keeping(standing.kept),
        ..secretary.evaluation
    };
    Ok((evaluation, watched))
}

/// The automations as they stand at some moment.
struct Standing {
    reading: Reading,
    /// The files that have an error, each with the last commit in which it had none.
    kept: BTreeMap<String, String>,
    /// The last commit that landed.
    last: String,
}

impl Standing {
    /// Before the first landing.
    fn of(question: &Question<'_>) -> Self {
        Self {
            reading: question.base.clone(),
            kept: question.state.kept().clone(),
            last: question.base_commit.unwrap_or_default().to_owned(),
        }
    }

    /// Takes over what a commit made of the automations; answers what they were before.
    fn change(&mut self, mut after: Reading) -> Reading {
        let faulty = after.keep(&self.reading).into_iter();
        let since = |path: String| {
            let since = self.kept.get(&path).unwrap_or(&self.last).clone();
            (path, since)
        };
        self.kept = faulty.map(since).collect();
        std::mem::replace(&mut self.reading, after)
    }
}

/// The rules of `reading`, each on or off.
pub(super) fn in_force(reading: &Reading) -> impl Iterator<Item = (&Rule, bool)> {
    let rules = reading.automations.values();
    rules.map(|automation| (&automation.rule, automation.rule.enabled))
}

/// The rules, as they are after a commit, that see that commit: those that it neither
/// introduced nor gave another trigger, nor turned on or off. The others are off for it.
fn steady<'a>(before: &'a Reading, after: &'a Reading) -> impl Iterator<Item = (&'a Rule, bool)> {
    in_force(after).map(|(rule, on)| {
        let earlier = before.automations.get(&rule.name);
        (
            rule,
            on && earlier.is_some_and(|earlier| earlier.rule == *rule),
        )
    })
}

/// Writes down what comes about, with what is to be done for it.
struct Secretary<'a> {
    question: &'a Question<'a>,
    automations: BTreeMap<String, Automation>,
    evaluation: Evaluation,
    /// The ids of the events that this evaluation brought.
    arrived: BTreeSet<String>,
    coalescing: Coalescing,
    watching: Watching<'a>,
}

impl<'a> Secretary<'a> {
    fn new(question: &'a Question<'a>, watch: Option<Watch<'a>>) -> Self {
        Self {
            question,
            automations: question.base.automations.clone(),
            evaluation: Evaluation::default(),
            arrived: BTreeSet::new(),
            coalescing: coalescing(question),
            watching: Watching::new(watch),
        }
    }

    /// Takes in a commit that changes `automations/`.
    fn changing(
        &mut self,
        following: &mut Following<'_>,
        landing: Landing,
        before: &Reading,
        after: &Reading,
    ) {
        following.pass(landing.recorded.at, self);
        following.rules(steady(before, after));
        self.watching.changed(before, after, &landing);
        self.automations.clone_from(&after.automations);
        following.land(landing, self);
        following.rules(in_force(after));
    }
}

impl Listener for Secretary<'_> {
    fn coming(&mut self, fact: &Fact, driver: &Driver) {
        let fired = self.evaluation.firings.len();
        self.watching.coming(fact, fired, driver);
    }

    fn delivered(&mut self, fact: &Fact, delivery: Delivery, driver: &Driver) {
        let Self {
            automations,
            evaluation,
            watching,
            ..
        } = self;
        watching.delivered(fact, delivery, driver, automations, &evaluation.firings);
    }

    fn fact(&mut self, fact: &Fact) {
        self.arrived.insert(fact.event.id.clone());
        self.evaluation.facts.push(fact.clone());
    }

    fn firing(&mut self, firing: Firing, said: Option<&Rc<Said>>) {
        if let Some(automation) = self.automations.get(&firing.automation) {
            if self.question.coalesces && !self.is_by_event(&firing.reason) {
                let pending = Pending {
                    firing: firing.clone(),
                    said: said.cloned(),
                    automation: automation.clone(),
                };
                if let Some(dropped) = self.coalescing.take(pending) {
                    let firings = &mut self.evaluation.firings;
                    let place = firings.iter().rposition(|firing| firing.id == dropped);
                    if let Some(place) = place {
                        firings.remove(place);
                    }
                }
            } else {
                let actions = actions(self.question, automation, &firing, said);
                self.evaluation.actions.extend(actions);
            }
        }
        self.evaluation.firings.push(firing);
    }

    fn takes_series(&self) -> bool {
        self.question.coalesces
    }

    fn series(&mut self, series: &Series) {
        if self.automations.contains_key(&series.automation) {
            self.coalescing.take_series(series);
        }
    }
}

impl Secretary<'_> {
    /// Whether an event of this evaluation has a part in what fired.
    fn is_by_event(&self, reason: &Reason) -> bool {
        let mut events = reason.events.iter().chain(&reason.event);
        events.any(|id| self.arrived.contains(id))
            || reason.children.iter().any(|child| self.is_by_event(child))
    }

    /// Makes the actions of what time alone caused, and puts them where their firings stand.
    fn coalesce(&mut self) {
        let question = self.question;
        let gathered = std::mem::replace(&mut self.coalescing, coalescing(question));
        let made = gathered.actions(|pending| {
            let Pending {
                firing,
                said,
                automation,
            } = pending;
            actions(question, automation, firing, said.as_ref())
        });
        if made.is_empty() {
            return;
        }
        let Evaluation {
            actions, firings, ..
        } = &mut self.evaluation;
        actions.extend(made);
        let places = firings.iter().enumerate();
        let places: BTreeMap<&str, usize> = places
            .map(|(place, firing)| (firing.id.as_str(), place))
            .collect();
        actions.sort_by_key(|action| places.get(action.firing.as_str()).copied());
    }
}

fn coalescing(question: &Question<'_>) -> Coalescing {
    Coalescing::new(question.now, question.settings.policy.act_within.0)
}

/// What is to be done for a firing.
fn actions(
    question: &Question<'_>,
    automation: &Automation,
    firing: &Firing,
    said: Option<&Rc<Said>>,
) -> Vec<Action> {
    let cause = Cause {
        automation,
        firing,
        fact: said.and_then(|said| Some((&said.fact, said.incident()?))),
        vocabulary: question.vocabulary,
    };
    let age = Age {
        within: question.settings.policy.act_within.0,
        now: question.now,
    };
    cause.actions(question.ledger, age)
}

fn changes(
    before: &BTreeMap<String, Automation>,
    after: &BTreeMap<String, Automation>,
) -> Vec<Change> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let change = |name: &String| {
        let (difference, automation) = match (before.get(name), after.get(name)) {
            (None, Some(new)) => (Difference::Added, new),
            (Some(old), None) => (Difference::Removed, old),
            (Some(old), Some(new)) if old.rule != new.rule => (Difference::Trigger, new),
            (Some(old), Some(new))
                if old.steps != new.steps || old.historical != new.historical =>
            {
                (Difference::Actions, new)
            }
            (None, None) | (Some(_), Some(_)) => return None,
        };
        Some(Change {
            automation: name.clone(),
            difference,
            enabled: automation.rule.enabled,
            path: automation.path.clone(),
        })
    };
    names.into_iter().filter_map(change).collect()
}
