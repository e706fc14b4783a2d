//! A test as it is played: step by step, in time of its own.

use std::collections::BTreeMap;
use std::convert::Infallible;

use super::Test;
use super::stage::Stage;
use super::written::{OutsideEvent, OutsideForm, StepForm};
use crate::archive::history::Landing;
use crate::archive::settings::Settings;
use crate::automation::action::Action;
use crate::automation::engine::Firing;
use crate::automation::evaluation::{Arrival, Evaluation, Question, State, evaluate};
use crate::automation::event::{Event, RESOURCE_ID};
use crate::automation::rule::Reading;
use crate::incident::entry::Recorded;
use crate::incident::rules::Site;
use crate::incident::vocabulary::Vocabulary;
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::moment::Moment;
use crate::text::source::Source;

/// When a test begins whose first step does not say `at`: noon of 5 January 2026 in UTC,
/// in seconds.
const NOON: i64 = 1_767_614_400;

/// What an event from elsewhere happens to when it does not say.
const NOTHING: &str = "annals.test";

/// A firing, and what is to be done for it.
pub(super) struct Fired {
    /// On which step, from 0.
    pub step: usize,
    /// The firing.
    pub firing: Firing,
    /// The name of the event of this step on which it fired; none where time passed.
    pub event: Option<String>,
    /// What is to be done.
    pub actions: Vec<Action>,
}

/// Plays `test`. Answers what fired, in its order, or what is wrong with a step.
pub(super) fn play(
    test: &Test,
    rules: &Reading,
    settings: &Settings,
) -> Result<Vec<Fired>, Vec<Diagnostic>> {
    let vocabulary = settings.vocabulary();
    let noon = Moment::from_seconds(NOON).unwrap_or(Moment::EPOCH);
    let first = test.form.steps.first().and_then(|step| step.at);
    let mut playing = Playing {
        rules,
        settings,
        vocabulary: &vocabulary,
        stage: Stage::new(&vocabulary),
        landings: BTreeMap::new(),
        state: State::default(),
        now: first.unwrap_or(noon),
        fired: Vec::new(),
    };
    // The rules are in force before anything happens.
    playing.evaluate(0, None);
    for (index, form) in test.form.steps.iter().enumerate() {
        let node = test.step_node(index);
        let whole = node.map(|node| test.source.only(node.span));
        let declared = node.and_then(|node| node.get("declare"));
        let declared = declared.map(|node| test.source.only(node.span));
        playing.step(&Step {
            index,
            form,
            source: whole.as_ref().unwrap_or(&test.source),
            declared: declared.as_ref().unwrap_or(&test.source),
        })?;
    }
    Ok(playing.fired)
}

/// A step, and the part of the file that it is.
struct Step<'a> {
    index: usize,
    form: &'a StepForm,
    source: &'a Source,
    /// The part of it that declares an incident.
    declared: &'a Source,
}

struct Playing<'a> {
    rules: &'a Reading,
    settings: &'a Settings,
    vocabulary: &'a Vocabulary,
    stage: Stage<'a>,
    landings: BTreeMap<String, Landing>,
    state: State,
    now: Moment,
    fired: Vec<Fired>,
}

impl Playing<'_> {
    fn step(&mut self, step: &Step<'_>) -> Result<(), Vec<Diagnostic>> {
        let says = step.form.says();
        if let [_, .., last] = says.as_slice() {
            let message = format!("the step does {} things at once", says.len());
            let fault = step.error(Code::EntryWithManyKinds, last, message);
            return Err(vec![fault.help("make a step of each")]);
        }
        self.now = self.moment(step, says.is_empty())?;
        let recorded = Recorded {
            commit: format!("{:040x}", step.index + 1),
            at: self.now,
            by: super::stage::SOMEBODY.to_owned(),
        };
        let arrival = if let Some(declared) = &step.form.declare {
            let landing = self.stage.declare(step.declared, &declared.0, &recorded)?;
            Some(Arrival::Landing(landing))
        } else if let Some(event) = &step.form.event {
            let event = event.event(step.index, self.now);
            Some(Arrival::Outside(event, self.now))
        } else if says.is_empty() {
            None
        } else {
            let landing = self.stage.say(step.source, step.form, &recorded)?;
            Some(Arrival::Landing(landing))
        };
        self.evaluate(step.index, arrival);
        Ok(())
    }

    /// The moment of a step.
    fn moment(&self, step: &Step<'_>, says_nothing: bool) -> Result<Moment, Vec<Diagnostic>> {
        let fault = match (&step.form.at, &step.form.after) {
            (None, None) if !says_nothing => return Ok(self.now),
            (None, None) => {
                let message = "the step says nothing, and lets no time pass";
                step.error(Code::EntryWithoutKind, "", message).help(
                    "say `after: 5m`, or what happens: `declare`, `comment`, `update`, `event`",
                )
            }
            (Some(at), None) if *at >= self.now => return Ok(*at),
            (Some(_), None) => {
                let message = format!("the step before this one is at {}", self.now);
                step.error(Code::BadTime, "at", message)
                    .help("time does not run backwards: put the steps in their order")
            }
            (None, Some(after)) => {
                if let Some(duration) = after.duration() {
                    return Ok(self.now.plus(duration));
                }
                let message = format!("`{}` is not a length of time", after.0);
                step.error(Code::BadDuration, "after", message)
                    .help("write a number and a unit, such as `30s`, `5m`, `24h` or `5d`")
            }
            (Some(_), Some(_)) => step
                .error(
                    Code::BadTime,
                    "after",
                    "the step says both `at` and `after`",
                )
                .help("keep one of them"),
        };
        Err(vec![fault])
    }

    /// Lets time pass until now, and then takes in what arrives.
    fn evaluate(&mut self, step: usize, arrival: Option<Arrival>) {
        let passing = self.ask(None);
        self.take(step, passing, None);
        let Some(arrival) = arrival else { return };
        let outside = match &arrival {
            Arrival::Landing(landing) => {
                let commit = landing.recorded.commit.clone();
                self.landings.insert(commit, landing.clone());
                None
            }
            Arrival::Outside(event, _) => Some(event.clone()),
        };
        let evaluation = self.ask(Some(arrival));
        self.take(step, evaluation, outside);
    }

    fn ask(&self, arrival: Option<Arrival>) -> Evaluation {
        let question = Question {
            base: self.rules,
            base_commit: None,
            settings: self.settings,
            vocabulary: self.vocabulary,
            ledger: "",
            now: self.now,
            until: Some(self.now),
            coalesces: false,
            state: &self.state,
            recall: &|commit| self.landings.get(commit).cloned(),
        };
        let Ok(evaluation) = evaluate(&question, arrival.map(Ok::<_, Infallible>));
        evaluation
    }

    /// Takes down what fired on a step, perhaps on an event from outside.
    fn take(&mut self, step: usize, evaluation: Evaluation, outside: Option<Event>) {
        let facts = evaluation.facts.into_iter().map(|fact| fact.event);
        let arrived = facts.chain(outside).map(|event| (event.id, event.event));
        let names: BTreeMap<String, String> = arrived.collect();
        let mut actions = evaluation.actions;
        for firing in evaluation.firings {
            let (own, others) = actions
                .into_iter()
                .partition(|action| action.firing == firing.id);
            actions = others;
            let event = firing.reason.event.as_ref();
            self.fired.push(Fired {
                step,
                event: event.and_then(|id| names.get(id)).cloned(),
                firing,
                actions: own,
            });
        }
        self.state = evaluation.state;
    }
}

impl Step<'_> {
    fn error(&self, code: Code, key: &str, message: impl Into<String>) -> Diagnostic {
        Site::top(self.source).error(code, key, message)
    }
}

impl StepForm {
    /// The keys of what it does: `declare`, `event`, or one of an entry.
    fn says(&self) -> Vec<&str> {
        let declares = self.declare.as_ref().map(|_| "declare");
        let hears = self.event.as_ref().map(|_| "event");
        let mut keys = self.entry.0.keys().map(String::as_str);
        let own = keys.find(|key| !key.starts_with("x-"));
        let adds = own.or(self.incident.as_ref().map(|_| "incident"));
        declares.into_iter().chain(hears).chain(adds).collect()
    }
}

impl OutsideForm {
    /// The event, with what it leaves open.
    fn event(&self, step: usize, now: Moment) -> Event {
        let said = match self {
            Self::Named(name) => OutsideEvent {
                event: name.clone(),
                ..OutsideEvent::default()
            },
            Self::Whole(event) => event.as_ref().clone(),
        };
        let mut resource = said.resource;
        let id = resource.entry(RESOURCE_ID.to_owned());
        id.or_insert_with(|| NOTHING.to_owned());
        Event {
            id: said.id.unwrap_or_else(|| format!("step-{}", step + 1)),
            occurred: said.occurred.unwrap_or(now),
            event: said.event,
            resource,
            related: said.related,
            payload: said.payload.unwrap_or_default(),
            follows: said.follows,
        }
    }
}
