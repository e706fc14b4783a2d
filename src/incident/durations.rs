//! How long things took. What is unknown stays unknown; it is never zero.
//!
//! Each duration says from what to what, since the field's abbreviations (MTTR above
//! all) do not agree. No means are formed anywhere: durations of incidents are skewed.

use serde::Serialize;

use super::declaration::Declaration;
use super::state::State;
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// The durations of one incident, in seconds; null where an end is unknown or the ends
/// are in the wrong order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Durations {
    /// From the beginning of its impact until it was detected.
    pub detect: Option<Duration>,
    /// From its declaration until somebody took it on.
    pub acknowledge: Option<Duration>,
    /// From the beginning of its impact until people stopped feeling it.
    pub mitigate: Option<Duration>,
    /// From the beginning of its impact until it was resolved.
    pub resolve: Option<Duration>,
    /// From its beginning, or where that is unknown its declaration, until it was
    /// resolved: what lists show.
    pub lasted: Option<Duration>,
}

impl Durations {
    /// The durations that follow from the facts in force, the incident being over at
    /// `resolved_at`.
    pub fn of(declaration: &Declaration, state: &State, resolved_at: Option<Moment>) -> Self {
        let began = state.started_at.or(state.scheduled_for);
        Self {
            detect: between(state.started_at, state.detected_at),
            acknowledge: between(Some(declaration.declared_at), state.acknowledged_at),
            mitigate: between(state.started_at, state.mitigated_at),
            resolve: between(state.started_at, resolved_at),
            lasted: between(began.or(Some(declaration.declared_at)), resolved_at),
        }
    }
}

/// One of the durations.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Its key.
    pub name: &'static str,
    /// From what to what, in few words: to be printed beside every number of it.
    pub definition: &'static str,
    /// It, of one incident.
    pub of: fn(&Durations) -> Option<Duration>,
}

/// Every duration there is, in the order in which their ends come.
pub const MEASURES: [Measure; 5] = [
    Measure {
        name: "detect",
        definition: "from the beginning of its impact until it was detected",
        of: |durations| durations.detect,
    },
    Measure {
        name: "acknowledge",
        definition: "from its declaration until somebody took it on",
        of: |durations| durations.acknowledge,
    },
    Measure {
        name: "mitigate",
        definition: "from the beginning of its impact until people stopped feeling it",
        of: |durations| durations.mitigate,
    },
    Measure {
        name: "resolve",
        definition: "from the beginning of its impact until it was resolved",
        of: |durations| durations.resolve,
    },
    Measure {
        name: "lasted",
        definition: "from its beginning, or else its declaration, until it was resolved",
        of: |durations| durations.lasted,
    },
];

fn between(from: Option<Moment>, until: Option<Moment>) -> Option<Duration> {
    let duration = until? - from?;
    (duration >= Duration::default()).then_some(duration)
}
