//! In what the engine differs from what was recorded.

use std::fmt;

use serde::Serialize;

use super::{Expected, Fired};

/// One thing in which they differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Where: `step 3`, or `automation a`.
    pub place: String,
    /// What was recorded; none when there was nothing.
    pub expected: Option<String>,
    /// What came of it here; none when nothing did.
    pub found: Option<String>,
}

/// In what `found` differs from `expected`.
pub(super) fn between(expected: &Expected, found: Expected) -> Vec<Difference> {
    let mut differences = Vec::new();
    let names = expected.invalid.keys().chain(found.invalid.keys());
    let mut names: Vec<&String> = names.collect();
    names.sort();
    names.dedup();
    for name in names {
        let place = format!("automation {name}");
        let said = |said: &Expected| {
            let refused = said.invalid.contains_key(name);
            Some(if refused { "refused" } else { "accepted" }.to_owned())
        };
        push(&mut differences, place, said(expected), said(&found));
    }
    let steps = expected.delivery.len().max(found.delivery.len());
    for step in 0..steps {
        let said = |said: &Expected| said.delivery.get(step).cloned();
        let place = format!("step {step}");
        push(&mut differences, place, said(expected), said(&found));
    }
    firings(&mut differences, &expected.firings, found.firings);
    differences
}

fn push(
    differences: &mut Vec<Difference>,
    place: String,
    expected: Option<String>,
    found: Option<String>,
) {
    if expected != found {
        differences.push(Difference {
            place,
            expected,
            found,
        });
    }
}

/// Firings within one step have no order.
fn firings(differences: &mut Vec<Difference>, expected: &[Fired], mut found: Vec<Fired>) {
    for wanted in expected {
        let mut wanted = wanted.clone();
        wanted.children.sort();
        match found.iter().position(|fired| *fired == wanted) {
            Some(place) => {
                found.remove(place);
            }
            None => push(
                differences,
                format!("step {}", wanted.step),
                Some(wanted.to_string()),
                None,
            ),
        }
    }
    for more in found {
        let place = format!("step {}", more.step);
        push(differences, place, None, Some(more.to_string()));
    }
}

impl fmt::Display for Fired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let event = self.event.as_deref().unwrap_or("no event");
        write!(f, "{} fires at {} on {event}", self.automation, self.time.0)?;
        for (label, value) in &self.labels {
            write!(f, ", {label} = {value}")?;
        }
        for child in &self.children {
            let event = child.event.as_deref().unwrap_or("no event");
            write!(f, "; {} at {} on {event}", child.trigger, child.time.0)?;
        }
        Ok(())
    }
}
