//! What an explanation says, sentence by sentence. Words of the repository pass through a
//! quote that makes them harmless where they are shown.

use super::comparison::{Comparison, Missed, Part};
use super::step::{EventStep, GroupStep, Outcome, Slot, Step};
use super::waiting::Waiting;
use super::{Carried, Explained, Verdict};
use crate::automation::action::Acts;
use crate::automation::engine::Window;
use crate::automation::event::Labels;
use crate::automation::trigger::Posture;
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// How hostile words are made harmless.
pub(super) type Quote = fn(&str) -> String;

/// A moment as people read it, in UTC.
pub(super) fn time(moment: Moment) -> String {
    let seconds = moment.format("%Y-%m-%d %H:%M:%SZ");
    seconds.unwrap_or_else(|| moment.to_string())
}

/// What a condition wanted and what it found: what would have had to differ, if it did
/// not hold.
pub(super) fn comparison(one: &Comparison, quote: Quote) -> String {
    let part = match one.part {
        Part::Expect => "expect",
        Part::After => "after",
        Part::Match => "match",
        Part::MatchRelated => "match_related",
    };
    let label = one.label.as_deref().map(quote);
    match (one.part, &label) {
        (Part::Expect | Part::After, _) => format!("{part}: {}", name(one, quote)),
        (Part::MatchRelated, None) => format!("{part}: {}", related(one, quote)),
        (_, None) => part.to_owned(),
        (Part::Match, Some(label)) => format!("{part} {label}: {}", value(one, quote)),
        (Part::MatchRelated, Some(label)) => format!("{label}: {}", value(one, quote)),
    }
}

fn name(one: &Comparison, quote: Quote) -> String {
    let found = one.found.as_deref().unwrap_or_default();
    let found_quoted = quote(found);
    let wanted = one_of(&one.wanted, quote);
    match (one.held, one.by.as_deref(), one.missed) {
        (true, None, _) => format!("{found_quoted}; any event counts"),
        (true, Some(by), _) if by == found => found_quoted,
        (true, Some(by), _) => format!("{found_quoted}, taken in by {}", quote(by)),
        (false, _, Some(Missed::Whole)) => format!(
            "{found_quoted} is not taken in by {wanted}: a name with `!` before it takes in no event"
        ),
        (false, _, Some(Missed::Beginning)) => format!(
            "{found_quoted} is not taken in by {wanted}: in the name of an event only `*` stands for other characters, at least one"
        ),
        (false, _, None) => format!("{found_quoted} is not {wanted}"),
    }
}

fn related(one: &Comparison, quote: Quote) -> String {
    match (one.held, one.found.as_deref()) {
        (true, Some(id)) => format!("{} is such a resource", quote(id)),
        (true, None) => "nothing is asked".to_owned(),
        (false, Some(id)) => format!("no related resource is so; nearest is {}", quote(id)),
        (false, None) => "the event has no related resource".to_owned(),
    }
}

fn value(one: &Comparison, quote: Quote) -> String {
    let wanted = wanted(&one.wanted, quote);
    match (one.held, one.found.as_deref(), one.by.as_deref()) {
        (true, Some(found), Some(by)) if found == by => quote(found),
        (true, Some(found), _) => format!("{}, wanted {wanted}", quote(found)),
        (false, Some(found), _) => {
            format!(
                "would have held if it were {wanted}; it was {}",
                quote(found)
            )
        }
        (_, None, _) => format!("would have held if it were {wanted}; there is no such label"),
    }
}

/// Patterns of which one is enough, as what a value is to be.
fn wanted(patterns: &[String], quote: Quote) -> String {
    let one = |pattern: &String| match pattern.strip_prefix('!') {
        Some(not) => format!("anything but {}", quote(not)),
        None if pattern.contains(['*', '?', '[']) => format!("like {}", quote(pattern)),
        None => quote(pattern),
    };
    let all: Vec<String> = patterns.iter().map(one).collect();
    if all.is_empty() {
        return "one of no patterns at all, which nothing is".to_owned();
    }
    all.join(" or ")
}

fn one_of(names: &[String], quote: Quote) -> String {
    let all: Vec<String> = names.iter().map(|name| quote(name)).collect();
    match all.as_slice() {
        [] => "any event".to_owned(),
        [only] => only.clone(),
        several => format!("one of {}", several.join(", ")),
    }
}

/// By which values events are counted apart; none where they are not.
pub(super) fn apart(labels: &Labels, quote: Quote) -> Option<String> {
    let one = |(label, value): (&String, &String)| match value.as_str() {
        "" => format!("{} absent", quote(label)),
        value => format!("{} = {}", quote(label), quote(value)),
    };
    let all: Vec<String> = labels.iter().map(one).collect();
    (!all.is_empty()).then(|| format!("for_each: counted apart for {}", all.join(", ")))
}

fn span(window: &Window) -> String {
    format!("from {} to {}", time(window.start), time(window.end))
}

/// The window that an event found, if that tells anything.
pub(super) fn found(step: &EventStep, occurred: Moment) -> Option<String> {
    let window = step.before.filter(|_| step.within > 0)?;
    let (count, threshold) = (window.count.max(0), window.threshold);
    let over = if window.end <= occurred {
        ", was over"
    } else {
        ""
    };
    Some(format!(
        "found the window {}{over}, with {count} of {threshold} counted",
        span(&window)
    ))
}

/// What an event meant to a trigger; none where the conditions say it all.
pub(super) fn outcome(step: &EventStep, quote: Quote) -> Option<String> {
    let begin = step
        .conditions
        .iter()
        .find(|one| one.part == Part::After)
        .map(|one| one_of(&one.wanted, quote))
        .unwrap_or_default();
    let end = |window: Option<Window>| window.map(|window| time(window.end)).unwrap_or_default();
    let start = |window: Option<Window>| window.map(|one| time(one.start)).unwrap_or_default();
    Some(match step.outcome {
        Outcome::Fired => fired(step),
        Outcome::Unconcerned | Outcome::NotAsked => return None,
        Outcome::Counted => counted(step),
        Outcome::Began => format!(
            "began the wait, which ends at {}{}",
            end(step.after),
            then(step)
        ),
        Outcome::BegunBefore => format!(
            "begins a wait, and one had begun at {} that ends only at {}",
            start(step.before),
            end(step.before)
        ),
        Outcome::BeganAnew => format!(
            "came in time; the wait begins anew and ends at {}{}",
            end(step.after),
            then(step)
        ),
        Outcome::NoWait => {
            format!("not counted: it would have been if {begin} had come before and begun a wait")
        }
        Outcome::TooLate => format!(
            "not counted: it would have been had it happened before {}, when the wait was over",
            end(step.before)
        ),
        Outcome::TooEarly => format!(
            "not counted: the window before was used up, and what happens before {} is not counted (cool-down)",
            start(step.before)
        ),
    })
}

fn fired(step: &EventStep) -> String {
    let Some(window) = step.fired else {
        return "fires: one such event is enough".to_owned();
    };
    let (count, threshold) = (window.count.max(0), window.threshold);
    let said = match step.posture {
        _ if step.within == 0 => format!("fires: counted {count} of {threshold}"),
        Posture::Reactive => format!("fires: counted {count} of {threshold} {}", span(&window)),
        Posture::Proactive => format!(
            "fires: by {} only {count} of {threshold} had been counted",
            time(window.end)
        ),
    };
    match step.after {
        Some(next) if step.posture == Posture::Reactive && step.within > 0 => format!(
            "{said}; what happens before {} is not counted again (cool-down)",
            time(next.start)
        ),
        _ => said,
    }
}

fn counted(step: &EventStep) -> String {
    let Some(window) = step.after else {
        return "counted".to_owned();
    };
    let (count, threshold) = (window.count.max(0), window.threshold);
    let said = format!("counted {count} of {threshold}");
    match step.posture {
        Posture::Reactive if step.within == 0 => {
            format!("{said}; {} more would make it fire", threshold - count)
        }
        Posture::Reactive => format!(
            "{said} in the window {}; {} more before it closes would make it fire",
            span(&window),
            threshold - count
        ),
        Posture::Proactive => format!("{said} in the window {}{}", span(&window), then(step)),
    }
}

/// What happens when the window that is open ends.
fn then(step: &EventStep) -> String {
    let count = step.after.map_or(0, |window| window.count.max(0));
    let missing = step.threshold - count;
    match step.posture {
        Posture::Proactive if missing <= 0 => "; that is enough to keep it from firing".to_owned(),
        Posture::Proactive => format!("; it fires then unless {missing} more is counted before"),
        Posture::Reactive => format!("; it fires if {missing} is counted before"),
    }
}

/// What a compound trigger or a sequence waits for.
pub(super) fn group(step: &GroupStep) -> String {
    let all = step.slots.len();
    let within = match step.within {
        Some(within) => format!("within {}", Duration::microseconds(within)),
        None => "however long it takes".to_owned(),
    };
    let order = if step.in_order {
        ", in this order,"
    } else {
        ""
    };
    let filled = step.slots.iter().filter(|slot| slot.counts()).count();
    let became = match (step.fired, filled >= step.needed) {
        (true, _) => "fires".to_owned(),
        (false, true) if step.in_order => "not in this order".to_owned(),
        (false, _) => format!("{filled} so far"),
    };
    format!(
        "{} of {all} must fire{order} {within}: {became}",
        step.needed
    )
}

impl Slot {
    /// Whether it fired, and that still counts.
    pub(super) fn counts(&self) -> bool {
        self.fired_at.is_some() && !self.over
    }
}

/// How it is with a trigger inside a compound trigger or a sequence.
pub(super) fn slot(slot: &Slot) -> String {
    let trigger = &slot.trigger;
    match (slot.fired_at, slot.until) {
        (None, _) => format!("{trigger} has yet to fire"),
        (Some(at), None) => format!("{trigger} fired at {}", time(at)),
        (Some(at), Some(until)) if slot.over => format!(
            "{trigger} fired at {}, which counted only until {}",
            time(at),
            time(until)
        ),
        (Some(at), Some(until)) => format!(
            "{trigger} fired at {}, which counts until {}",
            time(at),
            time(until)
        ),
    }
}

/// What came of an event on the whole.
pub(super) fn verdict(event: &Explained) -> &'static str {
    match event.verdict {
        Verdict::Fires => "fires",
        Verdict::Reached if !event.later.is_empty() => "had a part in a later firing",
        Verdict::Reached if event.triggers.iter().any(Step::goes_on) => "does not fire yet",
        Verdict::Reached | Verdict::Unconcerned => "does not fire",
        Verdict::Off => "is not looked at: the automation was off",
        Verdict::TooOld => "is not looked at: the automation sees only what lands after itself",
        Verdict::Held => "waits for the event that it follows",
        Verdict::Ignored => "is one that no trigger sees",
    }
}

/// What an action does, or what became of it.
pub(super) fn carried(carried: &Carried, quote: Quote) -> String {
    let action = &carried.action;
    let what = action.told(quote);
    if let Some(receipt) = &carried.receipt {
        let answer = receipt.answer.as_deref().map(quote);
        let answer = answer
            .map(|answer| format!(", {answer}"))
            .unwrap_or_default();
        let outcome = receipt.outcome.name();
        return format!("{what}: {outcome} at {}{answer}", time(receipt.at));
    }
    match &action.acts {
        Acts::Act => format!("{what}: to be done by the next `annals run`"),
        Acts::Skip { reason } => format!("{what}: not done, {}", quote(reason)),
        Acts::Fail { reason } => format!("{what}: fails, {}", quote(reason)),
    }
}

/// A window that is open now.
pub(super) fn waiting(one: &Waiting, quote: Quote) -> String {
    let window = &one.window;
    let (count, threshold) = (window.count.max(0), window.threshold);
    let labels = apart(&one.labels, quote).map(|apart| format!("; {apart}"));
    let then = match (one.posture, one.fires_at) {
        (_, Some(at)) => format!("; it fires at {} if nothing comes", time(at)),
        (Posture::Proactive, None) => "; enough to keep it from firing".to_owned(),
        (Posture::Reactive, None) => String::new(),
    };
    let inside = match one.trigger.as_str() {
        "$" => String::new(),
        inside => format!("{inside}: "),
    };
    format!(
        "{inside}the window {} is open, with {count} of {threshold} counted{then}{}",
        span(window),
        labels.unwrap_or_default()
    )
}
