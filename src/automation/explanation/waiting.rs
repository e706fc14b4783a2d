//! What an automation waits for now.

use serde::Serialize;

use crate::automation::driver::next_tick;
use crate::automation::engine::{Open, Standing, View, Window};
use crate::automation::event::Labels;
use crate::automation::trigger::{EventTrigger, Posture, Trigger};
use crate::text::moment::Moment;

/// A window that is open now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Waiting {
    /// The trigger that it is of, by its place.
    pub trigger: String,
    /// Whether that waits for events or for their absence.
    pub posture: Posture,
    /// Whose events it counts.
    pub labels: Labels,
    /// When, and how many.
    pub window: Window,
    /// Of a Proactive trigger: when it fires if nothing comes.
    pub fires_at: Option<Moment>,
}

/// The windows of `trigger` that are open at `now`, as `view` tells of them.
pub(super) fn waiting(trigger: &Trigger, view: &View, now: Moment) -> Vec<Waiting> {
    let mut all = Vec::new();
    if view.on {
        look(trigger, "$", view, now, &mut all);
    }
    all
}

fn look(trigger: &Trigger, place: &str, view: &View, now: Moment, all: &mut Vec<Waiting>) {
    match trigger {
        Trigger::Event(trigger) => {
            if let Some(standing) = view.at(place) {
                let open = standing.windows.iter();
                all.extend(open.filter_map(|open| one(trigger, standing, open, now)));
            }
        }
        Trigger::Compound { triggers, .. } | Trigger::Sequence { triggers, .. } => {
            for (number, trigger) in triggers.iter().enumerate() {
                look(
                    trigger,
                    &format!("{place}.triggers[{number}]"),
                    view,
                    now,
                    all,
                );
            }
        }
    }
}

/// A window unless it is over; one of a Proactive trigger is over when that was looked at.
fn one(trigger: &EventTrigger, standing: &Standing, open: &Open, now: Moment) -> Option<Waiting> {
    let window = open.window;
    let proactive = trigger.posture == Posture::Proactive;
    if !proactive && window.end <= now {
        return None;
    }
    let due = standing.next_look.unwrap_or(now).max(window.end);
    let fires = proactive && trigger.is_met_by(window.count);
    Some(Waiting {
        trigger: standing.trigger.clone(),
        posture: trigger.posture,
        labels: open.labels.clone(),
        window,
        fires_at: next_tick(due, now).filter(|_| fires),
    })
}
