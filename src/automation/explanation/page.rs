//! The explanation as people read it: text for a terminal, Markdown for a page. Both are
//! the same lines, each with its mark and its depth.

use std::fmt::Write;

use super::comparison::Comparison;
use super::sentence::{self, Quote, time};
use super::step::{EventStep, GroupStep, Outcome, Step};
use super::{Explained, Explanation, Verdict};
use crate::automation::event::short;
use crate::incident::entry::Recorded;
use crate::text::markdown::code;
use crate::text::plain;

/// How a line is marked.
#[derive(Clone, Copy)]
enum Mark {
    Held,
    Missed,
    /// Neither: something to know.
    Note,
}

struct Line {
    depth: usize,
    mark: Mark,
    text: String,
}

/// The explanation as text of several lines.
pub fn text(explanation: &Explanation) -> String {
    let mut out = String::new();
    for part in parts(explanation, ticked) {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&part.title);
        out.push('\n');
        for line in part.lines {
            let indent = "  ".repeat(line.depth + 1);
            let _ = writeln!(out, "{indent}{} {}", line.mark.sign(), line.text);
        }
    }
    out
}

/// The explanation as Markdown.
pub fn markdown(explanation: &Explanation) -> String {
    let mut out = String::from("### annals explain\n");
    for part in parts(explanation, code) {
        let _ = write!(out, "\n**{}**\n\n", part.title);
        for line in part.lines {
            let indent = "  ".repeat(line.depth);
            let _ = writeln!(out, "{indent}- {} {}", line.mark.sign(), line.text);
        }
    }
    out
}

impl Mark {
    fn of(held: bool) -> Self {
        if held { Self::Held } else { Self::Missed }
    }

    fn sign(self) -> char {
        match self {
            Self::Held => '✓',
            Self::Missed => '✗',
            Self::Note => '·',
        }
    }
}

struct Part {
    title: String,
    lines: Vec<Line>,
}

impl Part {
    fn say(&mut self, depth: usize, mark: Mark, text: impl Into<String>) {
        let text = text.into();
        self.lines.push(Line { depth, mark, text });
    }
}

/// One line between backticks, as a terminal shows it.
fn ticked(words: &str) -> String {
    format!("`{}`", plain::line(words))
}

fn parts(explanation: &Explanation, quote: Quote) -> Vec<Part> {
    let mut parts = vec![head(explanation, quote)];
    if explanation.events.len() != 1 {
        parts.push(list(explanation, quote));
    }
    let since = explanation.since.as_ref();
    parts.extend(explanation.in_full().map(|event| full(event, since, quote)));
    if !explanation.waiting.is_empty() {
        let mut part = Part {
            title: format!("At {}", time(explanation.now)),
            lines: Vec::new(),
        };
        for one in &explanation.waiting {
            part.say(0, Mark::Note, sentence::waiting(one, quote));
        }
        parts.push(part);
    }
    parts
}

fn head(explanation: &Explanation, quote: Quote) -> Part {
    let mut part = Part {
        title: format!(
            "{} of {}",
            quote(&explanation.automation),
            quote(&explanation.path)
        ),
        lines: Vec::new(),
    };
    let state = if explanation.enabled { "on" } else { "off" };
    part.say(
        0,
        Mark::of(explanation.enabled),
        match &explanation.since {
            Some(since) => format!(
                "{state} as it stands since {} at {}: it sees what landed after",
                brief(&since.commit),
                time(since.at)
            ),
            None => state.to_owned(),
        },
    );
    part
}

/// The beginning of an id by which people tell it from others.
fn brief(id: &str) -> String {
    plain::line(&id.chars().take(8).collect::<String>())
}

/// What came of each event, in short.
fn list(explanation: &Explanation, quote: Quote) -> Part {
    let mut part = Part {
        title: "Events, oldest first".to_owned(),
        lines: Vec::new(),
    };
    for event in &explanation.events {
        let mark = match event.verdict {
            Verdict::Fires => Mark::Held,
            Verdict::Reached => Mark::Note,
            _ => Mark::Missed,
        };
        let told = &event.told;
        let text = format!(
            "{}  {}  {} {}",
            time(told.occurred),
            brief(&told.id),
            quote(&short(&told.event)),
            sentence::verdict(event)
        );
        part.say(0, mark, text);
    }
    if explanation.events.is_empty() {
        part.say(0, Mark::Note, "there are none");
    }
    part
}

/// One event in full, for an automation that stands as it does since `now`.
fn full(event: &Explained, now: Option<&Recorded>, quote: Quote) -> Part {
    let told = &event.told;
    let mut part = Part {
        title: format!(
            "{} ({}) of {} {}",
            quote(&short(&told.event)),
            brief(&told.id),
            quote(&told.incident),
            sentence::verdict(event)
        ),
        lines: Vec::new(),
    };
    let when = format!(
        "happened {}, landed {} with {}",
        time(told.occurred),
        time(event.recorded.at),
        brief(&event.recorded.commit)
    );
    part.say(0, Mark::Note, when);
    if let Some(then) = event.since.as_ref().filter(|then| Some(*then) != now) {
        let text = format!(
            "the automation stood otherwise then, since {}",
            brief(&then.commit)
        );
        part.say(0, Mark::Note, text);
    }
    for step in &event.triggers {
        match step {
            Step::Event(step) => trigger(&mut part, step, event, quote),
            Step::Group(step) => group(&mut part, step),
        }
    }
    for action in &event.actions {
        let mark = Mark::of(action.acts() || action.receipt.is_some());
        part.say(0, mark, format!("→ {}", sentence::carried(action, quote)));
    }
    for firing in &event.later {
        let text = format!("fired later, at {}", time(firing.reason.time));
        part.say(0, Mark::Held, text);
    }
    part
}

fn group(part: &mut Part, step: &GroupStep) {
    let depth = depth(&step.trigger);
    let inside = match step.trigger.as_str() {
        "$" => String::new(),
        inside => format!("{inside}: "),
    };
    let text = format!("{inside}{}", sentence::group(step));
    part.say(depth, Mark::of(step.fired), text);
    for slot in &step.slots {
        part.say(depth + 1, Mark::of(slot.counts()), sentence::slot(slot));
    }
}

fn trigger(part: &mut Part, step: &EventStep, event: &Explained, quote: Quote) {
    let mut depth = depth(&step.trigger);
    if depth > 0 {
        let fired = step.outcome == Outcome::Fired;
        part.say(depth, Mark::of(fired), step.trigger.clone());
        depth += 1;
    }
    for one in &step.conditions {
        compared(part, depth, one, quote);
    }
    if matches!(step.outcome, Outcome::Unconcerned | Outcome::NotAsked) {
        return;
    }
    if let Some(apart) = sentence::apart(&step.for_each, quote) {
        part.say(depth, Mark::Note, apart);
    }
    if let Some(found) = sentence::found(step, event.told.occurred) {
        part.say(depth, Mark::Note, found);
    }
    let mark = match step.outcome {
        Outcome::Fired => Mark::Held,
        Outcome::NoWait | Outcome::TooLate | Outcome::TooEarly => Mark::Missed,
        _ => Mark::Note,
    };
    if let Some(outcome) = sentence::outcome(step, quote) {
        part.say(depth, mark, outcome);
    }
}

fn compared(part: &mut Part, depth: usize, one: &Comparison, quote: Quote) {
    let mark = match (one.held, one.needed) {
        (true, _) => Mark::Held,
        (false, true) => Mark::Missed,
        (false, false) => Mark::Note,
    };
    part.say(depth, mark, sentence::comparison(one, quote));
    for label in &one.labels {
        part.say(
            depth + 1,
            Mark::of(label.held),
            sentence::comparison(label, quote),
        );
    }
}

/// How deep a trigger stands inside others.
fn depth(place: &str) -> usize {
    place.matches(".triggers[").count()
}
