//! Traps of counting and waiting.

use super::{Traps, at, names};
use crate::automation::event::{INCIDENT, short};
use crate::automation::pattern::Pattern;
use crate::automation::trigger::{EventTrigger, Posture};
use crate::text::diagnostic::Code;
use crate::text::yaml::Node;

/// What keeps the events of one incident from those of another.
const APART: &str = "count incidents apart: `for_each: [prefect.resource.id]`";

impl Traps<'_> {
    pub(super) fn windows(&mut self, trigger: &EventTrigger, node: &Node) {
        match trigger.posture {
            Posture::Proactive => self.proactive(trigger, node),
            Posture::Reactive if trigger.after.is_empty() => self.counting(trigger, node),
            Posture::Reactive => self.waiting(trigger, node),
        }
    }

    fn proactive(&mut self, trigger: &EventTrigger, node: &Node) {
        if trigger.after.is_empty() {
            if names::only_bad(trigger) {
                let what = "Proactive fires when no such event comes, so this fires again and again while all is well";
                let remedy = "`posture: Reactive` fires when such an event comes";
                self.warn(Code::FiresAlways, at(node, "posture"), what, remedy);
            }
            return;
        }
        if let Some(name) = names::beyond_the_end(trigger).filter(|_| !asks_for_status(trigger)) {
            let name = short(&name);
            let what = format!(
                "`{name}` may come when the incident is resolved already, and then nothing ends the wait: this fires for incidents that are over"
            );
            let remedy = "begin the wait with `incident.declared` and `incident.reopened`";
            self.warn(Code::AfterTheEnd, at(node, "after"), what, remedy);
        }
        if trigger.for_each.is_empty() {
            let what = "without a `for_each` this waits from the beginning, and fires though nothing of `after` ever came";
            self.warn(Code::FiresWithoutAfter, at(node, "after"), what, APART);
        } else if trigger.threshold >= 2 && names::some_begin(trigger) {
            let what = "the event that begins the wait does not count, so this fires though such events keep coming";
            let remedy = "`threshold: 1` begins the wait anew with each of them";
            let span = at(node, "threshold");
            self.warn(Code::UncountedHeartbeat, span, what, remedy);
        }
    }

    /// Reactive, and every event that is expected counts.
    fn counting(&mut self, trigger: &EventTrigger, node: &Node) {
        if is_everything(trigger) {
            let what = "this counts every event that there is";
            let remedy = "say in `match` what the events are about, or in `expect` which they are";
            self.warn(Code::FiresAlways, at(node, "posture"), what, remedy);
        }
        if trigger.within == 0 && trigger.threshold >= 2 {
            let what =
                "without a `within` the count is forgotten about a minute after its first event";
            let remedy = "say in `within` in how many seconds so many events are to come";
            self.warn(Code::SoonForgotten, at(node, "threshold"), what, remedy);
        }
        if trigger.within == 0 {
            return;
        }
        if trigger.threshold <= 0 {
            let what =
                "an event that comes after a window is over fires twice: also for the empty window";
            let remedy = "`threshold: 1` fires for the first event";
            self.warn(Code::FiresTwice, at(node, "threshold"), what, remedy);
        } else if trigger.threshold == 1
            && !trigger.for_each.is_empty()
            && names::once_each(trigger)
        {
            let what = "this fires at once when the event comes: `within` waits for nothing in a Reactive trigger";
            let remedy = "to fire when something does not happen in time use `posture: Proactive` with this event in `after`; `within: 0` says that firing at once is meant";
            self.warn(Code::FiresAtOnce, at(node, "within"), what, remedy);
        } else if trigger.threshold == 1 && trigger.for_each.is_empty() {
            let what = "once this fired, every event until the end of its window is ignored, also of other incidents";
            let remedy = format!("`within: 0` fires for each event; or {APART}");
            self.warn(Code::DeafAfterFiring, at(node, "within"), what, remedy);
        }
    }

    /// Reactive, and nothing counts before an event of `after`.
    fn waiting(&mut self, trigger: &EventTrigger, node: &Node) {
        if trigger.within == 0 {
            let what = "without a `within` the wait is forgotten about a minute after it began";
            let remedy = "say in `within` how many seconds it lasts";
            self.warn(Code::SoonForgotten, at(node, "after"), what, remedy);
        }
        if names::some_begin(trigger) {
            let what = "an event that begins the wait does not count, though it is expected";
            let remedy = "leave in `after` only events that are not waited for, or leave `after` out and raise `threshold`";
            self.warn(Code::UncountedStart, at(node, "after"), what, remedy);
        } else if trigger.within > 0 && trigger.for_each.is_empty() {
            let what = "a wait that ran out swallows what would begin the next one, for about a minute, also of another incident";
            self.warn(Code::SwallowedStart, at(node, "after"), what, APART);
        }
    }
}

/// Whether it asks in what state the incident is, by which events after its end may be
/// kept out.
fn asks_for_status(trigger: &EventTrigger) -> bool {
    let label = format!("{INCIDENT}status");
    trigger.primary.0.contains_key(&label)
}

/// Whether every event there is counts.
fn is_everything(trigger: &EventTrigger) -> bool {
    let anything = |pattern: &Pattern| pattern.text() == "*";
    let labels = trigger.primary.0.values();
    (trigger.expect.is_empty() || trigger.expect.texts().contains(&"*"))
        && trigger.related.iter().all(|related| related.0.is_empty())
        && labels
            .into_iter()
            .all(|patterns| patterns.iter().any(anything))
}
