//! `annals events`: the events that commits mean, one by one as they are found.

use std::borrow::Cow;

use super::arguments::{Events, Format};
use super::context::Context;
use super::evaluate::settings_at;
use super::failure::Failure;
use super::{console, exit};
use crate::archive::Archive;
use crate::archive::second_clock::SecondClock;
use crate::archive::snapshot::Version;
use crate::archive::walk::Walk;
use crate::automation::derive::{Fact, Facts};
use crate::automation::event::short;
use crate::automation::wording;
use crate::text::moment::Moment;
use crate::text::plain;

/// How wide the names of events mostly are.
const NAME: usize = 26;

/// `annals events`.
pub(super) fn run(context: &Context, arguments: &Events) -> Result<u8, Failure> {
    let repository = &context.repository;
    let after = arguments
        .since
        .as_deref()
        .map(|since| repository.resolve(since))
        .transpose()?;
    let to = repository.resolve("HEAD")?;
    let (_, vocabulary) = settings_at(context, to)?;
    let (mut facts, mut clock) = (Facts::default(), None);
    if let Some(after) = after {
        let earlier = SecondClock::upto(repository, Some(after))?;
        let archive = Archive::load(repository, Version::Commit(after), context.now)?;
        let received = earlier.last().map_or(Moment::EPOCH, |last| last.at);
        facts = Facts::after(received, &archive.incidents, &vocabulary);
        clock = Some(earlier);
    }
    let walk = Walk {
        repository,
        vocabulary: &vocabulary,
        after,
        to,
        received: facts.received(),
        earlier: clock.as_ref(),
        scattered: None,
        turns: Cow::Owned(facts.turns().clone()),
    };
    let mut list = List::new(context.format);
    for landing in walk.landings()? {
        let told = facts.landing(&landing?, &vocabulary);
        for fact in &told {
            list.add(fact);
        }
    }
    for fact in &facts.due(context.now) {
        list.add(fact);
    }
    list.end();
    Ok(exit::FINE)
}

/// A list that is printed while it grows: as JSON an array with an event on each line.
struct List {
    format: Format,
    count: usize,
    waiting: String,
}

impl List {
    /// How much is gathered before it is written.
    const CHUNK: usize = 1 << 16;

    fn new(format: Format) -> Self {
        Self {
            format,
            count: 0,
            waiting: String::new(),
        }
    }

    fn add(&mut self, fact: &Fact) {
        if self.format == Format::Json {
            let event = serde_json::to_string(&fact.event).unwrap_or_default();
            let before = if self.count == 0 { "[\n" } else { ",\n" };
            self.waiting.push_str(before);
            self.waiting.push_str(&plain::json(&event));
        } else {
            self.waiting.push_str(&line(fact));
        }
        self.count += 1;
        if self.waiting.len() > Self::CHUNK {
            console::raw(&std::mem::take(&mut self.waiting));
        }
    }

    fn end(mut self) {
        if self.format == Format::Json {
            let end = if self.count == 0 { "[]\n" } else { "\n]\n" };
            self.waiting.push_str(end);
        }
        console::raw(&self.waiting);
    }
}

fn line(fact: &Fact) -> String {
    let event = &fact.event;
    let name = plain::line(&short(&event.event));
    let incident = plain::line(fact.incident.as_str());
    let words = wording::of(fact, plain::line);
    format!("{}  {name:NAME$}  {incident}: {words}\n", event.occurred)
}
