//! What rules would have done over all of history.
//!
//! The rules are in force from the first commit to the last, whenever they were written,
//! and nothing is too old for them: it is a count of what they mean, not of what was
//! done. Nothing is acted upon.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde::Serialize;

use super::action;
use super::derive::Fact;
use super::engine::{Firing, Series};
use super::evaluation::in_force;
use super::event::{Event, SEVERITY};
use super::following::{Following, Listener, Recall, Said, State};
use super::rule::{Automation, Reading};
use crate::archive::history::Landing;
use crate::incident::id::IncidentId;
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
    counts: BTreeMap<&'a str, Count>,
    replay: Replay,
}

/// What is counted of one rule. Only what is told in the end is put into words.
#[derive(Default)]
struct Count {
    tally: Tally,
    incidents: BTreeSet<IncidentId>,
    /// The first firings, and the last ones.
    examples: Vec<(Firing, Option<Rc<Said>>)>,
}

impl<'a> Counting<'a> {
    fn new(question: &'a Question<'a>) -> Self {
        let count = |automation: &'a Automation| {
            let name = automation.rule.name.as_str();
            let tally = Tally {
                automation: name.to_owned(),
                enabled: automation.rule.enabled,
                ..Tally::default()
            };
            let count = Count {
                tally,
                ..Count::default()
            };
            (name, count)
        };
        Self {
            question,
            counts: question.rules.automations.values().map(count).collect(),
            replay: Replay {
                automations: question.place.to_owned(),
                firings: question.listed.then(Vec::new),
                ..Replay::default()
            },
        }
    }

    fn replay(self) -> Replay {
        let rules = self.counts.into_values();
        Replay {
            rules: rules.map(|count| count.tally(self.question)).collect(),
            ..self.replay
        }
    }
}

impl Listener for Counting<'_> {
    fn fact(&mut self, _: &Fact) {
        self.replay.events += 1;
    }

    fn firing(&mut self, firing: Firing, said: Option<&Rc<Said>>) {
        self.replay.fired += 1;
        if let Some(all) = &mut self.replay.firings {
            all.push(Instance::of(self.question, &firing, said));
        }
        if let Some(count) = self.counts.get_mut(firing.automation.as_str()) {
            count.take(firing, said);
        }
    }

    fn takes_series(&self) -> bool {
        self.replay.firings.is_none()
    }

    fn series(&mut self, series: &Series) {
        self.replay.fired += usize::try_from(series.count()).unwrap_or(usize::MAX);
        if let Some(count) = self.counts.get_mut(series.automation.as_str()) {
            count.take_series(series);
        }
    }
}

impl Instance {
    fn of(question: &Question<'_>, firing: &Firing, said: Option<&Rc<Said>>) -> Self {
        let event = said.map(|said| &said.fact.event);
        let automation = question.rules.automations.get(&firing.automation);
        Self {
            id: firing.id.clone(),
            automation: firing.automation.clone(),
            time: firing.reason.time,
            occurred: event.map(|event| event.occurred),
            event: event.map(|event| event.event.clone()),
            incident: said.map(|said| said.fact.incident.to_string()),
            severity: event.and_then(severity).cloned(),
            actions: automation
                .map(|automation| action::keys(question.ledger, automation, firing))
                .unwrap_or_default(),
        }
    }

    /// When what set it off happened; without an event, when it fired.
    fn happened(&self) -> Moment {
        self.occurred.unwrap_or(self.time)
    }
}

/// The severity that the incident had with an event.
fn severity(event: &Event) -> Option<&String> {
    event.resource.get(SEVERITY)
}

impl Count {
    fn take(&mut self, firing: Firing, said: Option<&Rc<Said>>) {
        let tally = &mut self.tally;
        tally.fired += 1;
        let event = said.map(|said| &said.fact.event);
        let happened = event.map_or(firing.reason.time, |event| event.occurred);
        *tally.months.entry(happened.month()).or_default() += 1;
        let severity = event.and_then(severity).cloned().unwrap_or_default();
        *tally.severities.entry(severity).or_default() += 1;
        let incident = said.map(|said| &said.fact.incident);
        if let Some(incident) = incident.filter(|incident| !self.incidents.contains(incident)) {
            self.incidents.insert(incident.clone());
        }
        self.example(firing, said.cloned());
    }

    /// Counts what nothing set off again and again, of which only examples are looked at.
    fn take_series(&mut self, series: &Series) {
        let count = series.count();
        let number = usize::try_from(count).unwrap_or(usize::MAX);
        self.tally.fired += number;
        *self.tally.severities.entry(String::new()).or_default() += number;
        let mut told = 0;
        while told < count {
            let month = series.time(told).month();
            let (mut same, mut beyond) = (told, count);
            while beyond - same > 1 {
                let middle = same + (beyond - same) / 2;
                if series.time(middle).month() == month {
                    same = middle;
                } else {
                    beyond = middle;
                }
            }
            let number = usize::try_from(beyond - told).unwrap_or(usize::MAX);
            *self.tally.months.entry(month).or_default() += number;
            told = beyond;
        }
        let examples = i64::try_from(EXAMPLES).unwrap_or(count).min(count);
        let last = (count - examples).max(examples)..count;
        for number in (0..examples).chain(last) {
            self.example(series.firing(number), None);
        }
    }

    fn example(&mut self, firing: Firing, said: Option<Rc<Said>>) {
        if self.examples.len() == 2 * EXAMPLES {
            self.examples.remove(EXAMPLES);
        }
        self.examples.push((firing, said));
    }

    fn tally(self, question: &Question<'_>) -> Tally {
        let automation = question.rules.automations.get(&self.tally.automation);
        let steps = automation.map_or(0, |automation| automation.steps.len());
        let examples = self.examples.iter();
        Tally {
            actions: self.tally.fired * steps,
            incidents: self.incidents.len(),
            examples: examples
                .map(|(firing, said)| Instance::of(question, firing, said.as_ref()))
                .collect(),
            ..self.tally
        }
    }
}
