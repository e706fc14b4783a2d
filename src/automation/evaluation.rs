//! Commits in, firings and actions out: where the record and the engine meet.
//!
//! A pure function of what landed, of the rules and of `now`. An automation sees the
//! commits after the one that introduced it or last changed its trigger or whether it
//! is on; layout, comments, its place and its actions are no such change. Evaluating
//! is reading: nothing is carried out, and the same input gives the same bytes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::action::{Action, Age, Cause};
use super::derive::{Fact, facts};
use super::driver::Driver;
use super::engine::{self, Delivery, Firing};
use super::rule::{Automation, Reader, Reading, Rule};
use crate::archive::history::Landing;
use crate::archive::settings::Settings;
use crate::incident::Incident;
use crate::incident::vocabulary::Vocabulary;
use crate::text::diagnostic::Diagnostic;
use crate::text::moment::Moment;
use crate::text::source::Source;

mod watch;

use watch::Watching;
pub use watch::{Observation, Watch, Watched};

/// What is remembered from one evaluation to the next, so that the commits of a range may
/// be evaluated at once or in any pieces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// What the engine remembers.
    engine: engine::State,
    /// The events that it may still tell of, each with the commit that says it.
    events: BTreeMap<String, String>,
}

/// What is to be evaluated.
pub struct Question<'a> {
    /// Every file of `automations/` before the first landing.
    pub base: &'a [Source],
    /// The commits, oldest first.
    pub landings: &'a [Landing],
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
    /// What was remembered when this was last asked.
    pub state: State,
    /// Tells what a commit before the first landing appended.
    pub recall: &'a dyn Fn(&str) -> Option<Landing>,
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

/// Evaluates `question`.
pub fn evaluate(question: &Question<'_>) -> Evaluation {
    follow(Joining::new(question, None)).0
}

/// Evaluates `question`, and watches one automation meanwhile.
pub fn observe(question: &Question<'_>, watch: Watch<'_>) -> (Evaluation, Watched) {
    follow(Joining::new(question, Some(watch)))
}

fn follow(mut joining: Joining<'_>) -> (Evaluation, Watched) {
    let question = joining.question;
    let reader = Reader::new(&question.settings.environment);
    let before = reader.read(question.base);
    joining.driver.rules(in_force(&before.automations));
    let mut current = before.clone();
    for landing in question.landings {
        match &landing.automations {
            None => joining.landing(landing, &current.automations),
            Some(sources) => {
                let after = reader.read(sources);
                joining.driver.pass(landing.recorded.at);
                joining.fired(&current.automations);
                joining.driver.rules(steady(&current, &after));
                joining.watching.changed(&current, &after, landing);
                joining.landing(landing, &after.automations);
                joining.driver.rules(in_force(&after.automations));
                current = after;
            }
        }
    }
    if let Some(until) = question.until {
        joining.driver.pass(until);
        joining.fired(&current.automations);
    }
    let (evaluation, watched) = joining.end();
    let evaluation = Evaluation {
        changes: changes(&before.automations, &current.automations),
        diagnostics: current.diagnostics,
        ..evaluation
    };
    (evaluation, watched)
}

/// The rules of `automations`, each on or off.
fn in_force(automations: &BTreeMap<String, Automation>) -> impl Iterator<Item = (&Rule, bool)> {
    let rules = automations.values().map(|automation| &automation.rule);
    rules.map(|rule| (rule, rule.enabled))
}

/// The rules, as they are after a commit, that see that commit: those that it neither
/// introduced nor gave another trigger, nor turned on or off. The others are off for it.
fn steady<'a>(before: &'a Reading, after: &'a Reading) -> impl Iterator<Item = (&'a Rule, bool)> {
    in_force(&after.automations).map(|(rule, on)| {
        let earlier = before.automations.get(&rule.name);
        (
            rule,
            on && earlier.is_some_and(|earlier| earlier.rule == *rule),
        )
    })
}

struct Joining<'a> {
    question: &'a Question<'a>,
    driver: Driver,
    /// The commit of each event that was taken in.
    commits: BTreeMap<String, String>,
    evaluation: Evaluation,
    watching: Watching<'a>,
}

impl<'a> Joining<'a> {
    fn new(question: &'a Question<'a>, watch: Option<Watch<'a>>) -> Self {
        let State { engine, events } = question.state.clone();
        Self {
            question,
            driver: Driver::new(engine),
            commits: events,
            evaluation: Evaluation::default(),
            watching: Watching {
                watch,
                ..Watching::default()
            },
        }
    }

    fn landing(&mut self, landing: &Landing, automations: &BTreeMap<String, Automation>) {
        for mut fact in facts(landing, self.question.vocabulary) {
            fact.received = self.driver.pass(fact.received);
            self.fired(automations);
            let watched = self.watching.at(&fact);
            let before = watched
                .as_ref()
                .and_then(|name| self.driver.view(name, Some(&fact.event)));
            let fired = self.evaluation.firings.len();
            let delivery = self.driver.deliver(&fact.event, fact.received);
            if delivery == Delivery::Duplicate {
                continue;
            }
            let incident = landing.about(&fact.incident);
            self.take(automations, incident.map(|incident| (&fact, incident)));
            let commit = landing.recorded.commit.clone();
            self.commits.insert(fact.event.id.clone(), commit);
            if let Some(name) = watched {
                let firings = self.evaluation.firings.iter().skip(fired).cloned();
                self.watching.watched.observations.push(Observation {
                    recorded: landing.recorded.clone(),
                    automation: automations.get(&name).cloned(),
                    since: self.watching.watched.since.clone(),
                    delivery,
                    before,
                    after: self.driver.view(&name, Some(&fact.event)),
                    firings: firings.filter(|one| one.automation == name).collect(),
                    fact: fact.clone(),
                });
            }
            self.evaluation.facts.push(fact);
        }
    }

    /// Takes in what fired as time passed.
    fn fired(&mut self, automations: &BTreeMap<String, Automation>) {
        self.take(automations, None);
    }

    /// Takes in what fired, perhaps on `fact`, with what is to be done for it.
    fn take(
        &mut self,
        automations: &BTreeMap<String, Automation>,
        fact: Option<(&Fact, &Incident)>,
    ) {
        for firing in self.driver.fired() {
            if let Some(automation) = automations.get(&firing.automation) {
                let actions = self.actions(automation, &firing, fact);
                self.evaluation.actions.extend(actions);
            }
            self.evaluation.firings.push(firing);
        }
    }

    fn actions(
        &self,
        automation: &Automation,
        firing: &Firing,
        fact: Option<(&Fact, &Incident)>,
    ) -> Vec<Action> {
        let question = self.question;
        let event = firing.reason.event.as_deref();
        let fact = fact.filter(|(fact, _)| Some(fact.event.id.as_str()) == event);
        let earlier = match fact {
            Some(_) => None,
            None => event.and_then(|id| self.said(id)),
        };
        let earlier = earlier.as_ref().map(|(fact, incident)| (fact, incident));
        let cause = Cause {
            automation,
            firing,
            fact: fact.or(earlier),
            vocabulary: question.vocabulary,
        };
        let age = Age {
            within: question.settings.policy.act_within.0,
            now: question.now,
        };
        cause.actions(question.ledger, age)
    }

    /// The fact of an event that was taken in, and the incident that it is about as it
    /// stood when that landed.
    fn said(&self, id: &str) -> Option<(Fact, Incident)> {
        let commit = self.commits.get(id)?;
        let mut landings = self.question.landings.iter();
        let here = landings.find(|landing| landing.recorded.commit == *commit);
        let landing = match here {
            Some(landing) => Cow::Borrowed(landing),
            None => Cow::Owned((self.question.recall)(commit)?),
        };
        let facts = facts(&landing, self.question.vocabulary);
        let fact = facts.into_iter().find(|fact| fact.event.id == id)?;
        let incident = landing.about(&fact.incident)?.clone();
        Some((fact, incident))
    }

    fn end(self) -> (Evaluation, Watched) {
        let mut watched = self.watching.watched;
        if let Some(watch) = self.watching.watch {
            watched.standing = self.driver.view(watch.automation, None);
        }
        let engine = self.driver.state();
        let mut events = self.commits;
        let awaited = engine.events();
        events.retain(|id, _| awaited.contains(id.as_str()));
        let evaluation = Evaluation {
            state: State { engine, events },
            ..self.evaluation
        };
        (evaluation, watched)
    }
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
