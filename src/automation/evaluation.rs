//! Commits in, firings and actions out: where the record and the engine meet.
//!
//! A pure function of what landed, of the rules and of `now`. An automation sees the
//! commits after the one that introduced it or last changed its trigger or whether it
//! is on; layout, comments, its place and its actions are no such change. Evaluating
//! is reading: nothing is carried out, and the same input gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::action::{Action, Age, Cause};
use super::derive::{Fact, Facts};
use super::engine::{Delivery, Engine, Firing, State};
use super::rule::{Automation, Reader, Reading};
use crate::archive::history::{Appended, Landing};
use crate::archive::settings::Settings;
use crate::incident::vocabulary::Vocabulary;
use crate::text::diagnostic::Diagnostic;
use crate::text::moment::Moment;
use crate::text::source::Source;

/// What is to be evaluated.
#[derive(Clone, Debug)]
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
    /// What was remembered when it was last asked.
    pub state: Carried,
}

/// What is carried from one evaluation to the next.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Carried {
    /// What the engine remembers.
    pub engine: State,
    /// What is to be known of the past to tell what the next commit means.
    pub facts: Facts,
}

/// What came of it.
#[derive(Clone, Debug)]
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
    pub state: Carried,
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
    let reader = Reader::new(&question.settings.environment);
    let before = reader.read(question.base);
    let mut current = before.clone();
    let mut joining = Joining {
        question,
        seen: BTreeSet::new(),
        evaluation: Evaluation::new(question.state.clone()),
    };
    for landing in question.landings {
        joining.due(landing.recorded.at, &current.automations);
        match &landing.automations {
            None => joining.landing(landing, &current.automations),
            Some(sources) => {
                let after = reader.read(sources);
                joining.landing(landing, &steady(&current, &after));
                current = after;
            }
        }
    }
    joining.due(question.now, &current.automations);
    Evaluation {
        changes: changes(&before.automations, &current.automations),
        diagnostics: current.diagnostics,
        ..joining.evaluation
    }
}

/// The automations, as they are after a commit, that see that commit: those that it
/// neither introduced nor gave another trigger, nor turned on or off.
fn steady(before: &Reading, after: &Reading) -> BTreeMap<String, Automation> {
    let same = |name: &String, automation: &Automation| {
        let earlier = before.automations.get(name);
        earlier.is_some_and(|earlier| earlier.rule == automation.rule)
    };
    let mut steady = after.automations.clone();
    steady.retain(|name, automation| same(name, automation));
    steady
}

impl Evaluation {
    fn new(state: Carried) -> Self {
        Self {
            facts: Vec::new(),
            firings: Vec::new(),
            actions: Vec::new(),
            changes: Vec::new(),
            diagnostics: Vec::new(),
            state,
        }
    }
}

struct Joining<'a> {
    question: &'a Question<'a>,
    /// Ids of events that were taken in: none is evaluated twice.
    seen: BTreeSet<String>,
    evaluation: Evaluation,
}

impl Joining<'_> {
    fn landing(&mut self, landing: &Landing, automations: &BTreeMap<String, Automation>) {
        let carried = &mut self.evaluation.state;
        let facts = carried.facts.landing(landing, self.question.vocabulary);
        self.deliver(facts, &landing.appended, automations);
    }

    /// What comes of itself by `until`.
    fn due(&mut self, until: Moment, automations: &BTreeMap<String, Automation>) {
        let facts = self.evaluation.state.facts.due(until);
        self.deliver(facts, &[], automations);
    }

    fn deliver(
        &mut self,
        facts: Vec<Fact>,
        appended: &[Appended],
        automations: &BTreeMap<String, Automation>,
    ) {
        let mut engine = Engine::new(std::mem::take(&mut self.evaluation.state.engine));
        engine.rules(automations.values().map(|automation| &automation.rule));
        for fact in facts {
            if !self.seen.insert(fact.event.id.clone()) {
                continue;
            }
            if let Delivery::Processed(firings) = engine.deliver(&fact.event, fact.received) {
                for firing in firings {
                    self.fired(appended, automations, &fact, firing);
                }
            }
            self.evaluation.facts.push(fact);
        }
        self.evaluation.state.engine = engine.state();
    }

    fn fired(
        &mut self,
        appended: &[Appended],
        automations: &BTreeMap<String, Automation>,
        fact: &Fact,
        firing: Firing,
    ) {
        let question = self.question;
        let mut incidents = appended.iter().map(|appended| &appended.incident);
        let incident = incidents
            .find(|incident| incident.id == fact.incident)
            .or_else(|| self.evaluation.state.facts.scheduled(&fact.incident));
        if let (Some(automation), Some(incident)) = (automations.get(&firing.automation), incident)
        {
            let cause = Cause {
                automation,
                firing: &firing,
                fact,
                incident,
                vocabulary: question.vocabulary,
            };
            let age = Age {
                within: question.settings.policy.act_within.0,
                now: question.now,
            };
            let actions = cause.actions(question.ledger, age);
            self.evaluation.actions.extend(actions);
        }
        self.evaluation.firings.push(firing);
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
