//! What rules would have done over all of history.
//!
//! The rules are in force from the first commit to the last, whenever they were written,
//! and nothing is too old for them: it is a count of what they mean, not of what was
//! done. Nothing is acted upon.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::action;
use super::derive::Fact;
use super::engine::Firing;
use super::evaluation::in_force;
use super::event::INCIDENT;
use super::following::{Following, Listener, Recall, Said, State};
use super::rule::{Automation, Reading};
use crate::archive::history::Landing;
use crate::incident::vocabulary::Vocabulary;
use crate::text::moment::Moment;

mod page;

pub use page::{side_by_side, text};

/// How many examples are told for a rule: the first ones, and the last ones.
const EXAMPLES: usize = 3;

/// What a set of rules would have done.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Replay {
    /// Where the rules stand.
    pub automations: String,
    /// How many events there were.
    pub events: usize,
    /// How often the rules fired.
    pub fired: usize,
    /// Rule by rule; one that never fired as well.
    pub rules: Vec<Tally>,
    /// Every firing, in the order in which it came about, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firings: Option<Vec<Instance>>,
}

/// What one rule would have done.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Tally {
    /// The automation's name.
    pub automation: String,
    /// Whether it is on; one that is off never fires.
    pub enabled: bool,
    /// How often it fired.
    pub fired: usize,
    /// How many actions that would have been.
    pub actions: usize,
    /// On how many incidents.
    pub incidents: usize,
    /// How often, by the month in which what set it off happened: `2026-11`.
    pub months: BTreeMap<String, usize>,
    /// How often, by the severity that the incident then had; under an empty name what
    /// fired without any.
    pub severities: BTreeMap<String, usize>,
    /// The first firings, and the last ones.
    pub examples: Vec<Instance>,
    #[serde(skip)]
    seen: BTreeSet<String>,
}

/// A firing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Instance {
    /// The firing's id.
    pub id: String,
    /// The automation's name.
    pub automation: String,
    /// When.
    pub time: Moment,
    /// When the event on which it fired happened.
    pub occurred: Option<Moment>,
    /// The name of the event on which it fired.
    pub event: Option<String>,
    /// The incident that the event is about.
    pub incident: Option<String>,
    /// The severity that this then had.
    pub severity: Option<String>,
    /// The keys of the actions that there would have been.
    pub actions: Vec<String>,
}

/// What is to be replayed.
pub struct Question<'a> {
    /// The rules.
    pub rules: &'a Reading,
    /// Where they stand, as people may read it.
    pub place: &'a str,
    /// The words of the repository.
    pub vocabulary: &'a Vocabulary,
    /// The id of the ledger by which actions are keyed.
    pub ledger: &'a str,
    /// Until when time passes after the last commit; none for no longer.
    pub until: Option<Moment>,
    /// Whether every firing is listed.
    pub listed: bool,
    /// What an earlier replay left.
    pub state: &'a State,
    /// Tells what a commit of an earlier replay appended.
    pub recall: Recall<'a>,
}

/// What the rules of `question` would have done over `landings`, and what a later replay
/// needs in order to go on.
///
/// # Errors
///
/// The first one that `landings` brings.
pub fn replay<E>(
    question: &Question<'_>,
    landings: impl IntoIterator<Item = Result<Landing, E>>,
) -> Result<(Replay, State), E> {
    let state = question.state.clone();
    let mut following = Following::new(state, question.vocabulary, question.recall);
    following.rules(in_force(question.rules));
    let mut counting = Counting::new(question);
    for landing in landings {
        following.land(landing?, &mut counting);
    }
    if let Some(until) = question.until {
        following.pass(until, &mut counting);
    }
    Ok((counting.replay(), following.state()))
}

struct Counting<'a> {
    question: &'a Question<'a>,
    tallies: BTreeMap<&'a str, Tally>,
    replay: Replay,
}

impl<'a> Counting<'a> {
    fn new(question: &'a Question<'a>) -> Self {
        let tally = |automation: &'a Automation| {
            let name = automation.rule.name.as_str();
            let tally = Tally {
                automation: name.to_owned(),
                enabled: automation.rule.enabled,
                ..Tally::default()
            };
            (name, tally)
        };
        Self {
            question,
            tallies: question.rules.automations.values().map(tally).collect(),
            replay: Replay {
                automations: question.place.to_owned(),
                firings: question.listed.then(Vec::new),
                ..Replay::default()
            },
        }
    }

    fn instance(&self, firing: &Firing, said: Option<&Said>) -> Instance {
        let event = said.map(|said| &said.fact.event);
        let severity = event.and_then(|event| event.resource.get(&format!("{INCIDENT}severity")));
        let automation = self.question.rules.automations.get(&firing.automation);
        Instance {
            id: firing.id.clone(),
            automation: firing.automation.clone(),
            time: firing.reason.time,
            occurred: event.map(|event| event.occurred),
            event: event.map(|event| event.event.clone()),
            incident: said.map(|said| said.fact.incident.to_string()),
            severity: severity.cloned(),
            actions: automation
                .map(|automation| action::keys(self.question.ledger, automation, firing))
                .unwrap_or_default(),
        }
    }

    fn replay(self) -> Replay {
        Replay {
            rules: self.tallies.into_values().collect(),
            ..self.replay
        }
    }
}

impl Listener for Counting<'_> {
    fn fact(&mut self, _: &Fact) {
        self.replay.events += 1;
    }

    fn firing(&mut self, firing: Firing, said: Option<&Said>) {
        let instance = self.instance(&firing, said);
        self.replay.fired += 1;
        if let Some(tally) = self.tallies.get_mut(firing.automation.as_str()) {
            tally.take(&instance);
        }
        self.replay
            .firings
            .iter_mut()
            .for_each(|all| all.push(instance.clone()));
    }
}

impl Instance {
    /// When what set it off happened; without an event, when it fired.
    fn happened(&self) -> Moment {
        self.occurred.unwrap_or(self.time)
    }
}

impl Tally {
    fn take(&mut self, instance: &Instance) {
        self.fired += 1;
        self.actions += instance.actions.len();
        let month = instance.happened().format("%Y-%m").unwrap_or_default();
        *self.months.entry(month).or_default() += 1;
        let severity = instance.severity.clone().unwrap_or_default();
        *self.severities.entry(severity).or_default() += 1;
        if let Some(incident) = &instance.incident {
            self.seen.insert(incident.clone());
            self.incidents = self.seen.len();
        }
        if self.examples.len() == 2 * EXAMPLES {
            self.examples.remove(EXAMPLES);
        }
        self.examples.push(instance.clone());
    }
}
