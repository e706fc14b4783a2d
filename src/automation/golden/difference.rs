//! In what a test's outcome differs from what is expected.
//!
//! Within a step the order of firings does not matter. Of an action that is expected
//! only what is told of it is compared.

use serde_json::Value as Json;

use super::Test;
use super::playing::Fired;
use super::written::{ActionForm, ActsForm, FiringForm};
use crate::automation::action::{Action, Acts};
use crate::automation::event::short;
use crate::automation::recorded::Difference;
use crate::automation::rule::Reading;

/// A firing that is expected.
pub(super) struct Wanted<'a> {
    /// On which step, from 0.
    pub step: usize,
    /// What is expected of it.
    pub form: &'a FiringForm,
}

/// In what `fired` differs from `wanted`, step by step.
pub(super) fn between(
    test: &Test,
    rules: &Reading,
    wanted: Vec<Wanted<'_>>,
    mut fired: Vec<Fired>,
) -> Vec<Difference> {
    let mut told: Vec<(usize, Difference)> = Vec::new();
    // Those that fit whole are paired first, so that the others are compared with the rest.
    let (mut unlike, mut pairs) = (Vec::new(), Vec::new());
    for wanted in wanted {
        let fits = |fired: &Fired| wanted.is(fired) && wanted.differences(fired).is_empty();
        match fired.iter().position(fits) {
            Some(place) => drop(fired.remove(place)),
            None => unlike.push(wanted),
        }
    }
    for wanted in unlike {
        let found = fired.iter().position(|fired| wanted.is(fired));
        pairs.push((found.map(|place| fired.remove(place)), wanted));
    }
    for (found, wanted) in pairs {
        let place = test.told(wanted.step);
        match found {
            None => told.push((wanted.step, wanted.missing(place, rules))),
            Some(fired) => {
                let found = wanted.differences(&fired).into_iter();
                let found = found.map(|(what, expected, found)| Difference {
                    place: format!("{place}, {what} of {}", wanted.form.automation),
                    expected: Some(expected),
                    found: Some(found),
                });
                told.extend(found.map(|found| (wanted.step, found)));
            }
        }
    }
    told.extend(fired.into_iter().map(|fired| {
        let place = test.told(fired.step);
        let difference = Difference {
            place,
            expected: None,
            found: Some(fired.told()),
        };
        (fired.step, difference)
    }));
    told.sort_by_key(|(step, _)| *step);
    told.into_iter().map(|(_, difference)| difference).collect()
}

impl Test {
    /// A step as a message names it: by number, name and place.
    fn told(&self, step: usize) -> String {
        let name = self.form.steps.get(step);
        let name = name.and_then(|step| step.name.as_ref());
        let name = name.map_or(String::new(), |name| format!(" “{name}”"));
        let span = self.step_node(step).unwrap_or(&self.node).span;
        let place = self.source.place(span);
        format!("step {}{name} ({}:{})", step + 1, place.path, place.line)
    }
}

/// What differs, what was expected, and what was found instead.
type Found = (String, String, String);

impl Wanted<'_> {
    fn is(&self, fired: &Fired) -> bool {
        self.step == fired.step && self.form.automation == fired.firing.automation
    }

    fn missing(&self, place: String, rules: &Reading) -> Difference {
        let name = &self.form.automation;
        let automation = rules.automations.get(name);
        let off = automation.is_some_and(|automation| !automation.rule.enabled);
        Difference {
            place,
            expected: Some(format!("{name} fires")),
            found: off.then(|| format!("{name} is off: say `enable: [{name}]` to try it")),
        }
    }

    /// In what the actions differ.
    fn differences(&self, fired: &Fired) -> Vec<Found> {
        let Some(wanted) = &self.form.actions else {
            return Vec::new();
        };
        let actions = &fired.actions;
        if wanted.len() != actions.len() {
            let found: Vec<String> = actions.iter().map(told).collect();
            let found = match found.as_slice() {
                [] => "none".to_owned(),
                found => format!("{}: {}", found.len(), found.join(", ")),
            };
            return vec![("actions".to_owned(), wanted.len().to_string(), found)];
        }
        let pairs = wanted.iter().zip(actions).zip(1..);
        let differences = pairs.flat_map(|((wanted, action), number)| {
            let found = wanted.differences(action).into_iter();
            found.map(move |(key, expected, found)| {
                let what = format!("action {number}");
                (
                    what,
                    format!("{key}: {expected}"),
                    format!("{key}: {found}"),
                )
            })
        });
        differences.collect()
    }
}

fn told(action: &Action) -> String {
    action.told(str::to_owned)
}

impl Fired {
    fn told(&self) -> String {
        let automation = &self.firing.automation;
        match &self.event {
            Some(event) => format!("{automation} fires on {}", short(event)),
            None => format!("{automation} fires as time passes"),
        }
    }
}

impl ActionForm {
    /// The keys under which an action is not as told here.
    fn differences(&self, action: &Action) -> Vec<Found> {
        let (acts, reason) = match &action.acts {
            Acts::Act => (ActsForm::Act, None),
            Acts::Skip { reason } => (ActsForm::Skip, Some(reason)),
            Acts::Fail { reason } => (ActsForm::Fail, Some(reason)),
        };
        let mut found = Vec::new();
        let mut compare = |key: &str, wanted: &Option<String>, is: String| {
            if let Some(wanted) = wanted.as_ref().filter(|wanted| **wanted != is) {
                found.push((key.to_owned(), wanted.clone(), is));
            }
        };
        compare("type", &self.kind, action.kind.clone());
        compare("target", &self.target, action.target.clone());
        let url = action.request.as_ref();
        let url = url.map(|request| request.url.written());
        compare("url", &self.url, url.unwrap_or_default());
        compare("reason", &self.reason, reason.cloned().unwrap_or_default());
        if self.acts != acts {
            let why = reason.map_or(String::new(), |reason| format!(" ({reason})"));
            let found_word = format!("{}{why}", acts.word());
            found.push(("acts".to_owned(), self.acts.word().to_owned(), found_word));
        } else if let Some(wanted) = &self.payload {
            let body = action.body();
            let is = match wanted {
                Json::String(_) => body.map(Json::from),
                _ => body.map(|body| serde_json::from_str(body).unwrap_or_else(|_| body.into())),
            };
            payload("payload", wanted, is.as_ref(), &mut found);
        }
        found
    }
}

/// Of a mapping only the keys that are told are compared.
fn payload(key: &str, wanted: &Json, is: Option<&Json>, found: &mut Vec<Found>) {
    match (wanted, is) {
        (Json::Object(wanted), Some(Json::Object(is))) => {
            for (inside, wanted) in wanted {
                payload(&format!("{key}.{inside}"), wanted, is.get(inside), found);
            }
        }
        (wanted, Some(is)) if wanted == is => {}
        (wanted, is) => {
            let is = is.map_or_else(|| "nothing".to_owned(), said);
            found.push((key.to_owned(), said(wanted), is));
        }
    }
}

fn said(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl ActsForm {
    fn word(self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::Skip => "skip",
            Self::Fail => "fail",
        }
    }
}
