//! Traps of event names: patterns that take in nothing, and names that no event has.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use super::{Traps, at, never, words};
use crate::automation::catalogue;
use crate::automation::event::{INCIDENT, NAMES, short};
use crate::automation::pattern::{Names, reaches};
use crate::automation::trigger::{EventTrigger, Posture};
use crate::text::diagnostic::Code;
use crate::text::suggest::nearest;
use crate::text::yaml::Node;

/// The one event that no trigger ever sees.
const LOG: &str = "prefect.log.write";

impl Traps<'_> {
    pub(super) fn names(&mut self, trigger: &EventTrigger, node: &Node) {
        // Asked of all names at once, and of all places: each name by itself would cost what
        // all of them do.
        let hopeless = LazyCell::new(|| hopeless(trigger));
        for (key, names) in [("after", &trigger.after), ("expect", &trigger.expect)] {
            let places = LazyCell::new(|| words(node, key));
            for text in names.texts() {
                let Some((code, what, remedy)) = fault(trigger, key, text) else {
                    continue;
                };
                let (code, end) = if key == "expect" && *hopeless {
                    (Code::NeverFires, ", so this trigger can never fire")
                } else {
                    (code, "")
                };
                let place = places.get(text).copied();
                let span = place.unwrap_or_else(|| at(node, key));
                self.warn(code, span, format!("{what}{end}"), remedy);
            }
        }
    }
}

/// Whether a trigger can never fire because of the names that it expects.
fn hopeless(trigger: &EventTrigger) -> bool {
    never::why(trigger).is_some_and(|never| never.key == "expect")
}

/// What is wrong with one name, and what to write instead.
fn fault(trigger: &EventTrigger, key: &str, text: &str) -> Option<(Code, String, String)> {
    if let Some(excluded) = text.strip_prefix('!') {
        let what = match key {
            "after" => "every event that counts begins the wait, whatever it is not called",
            _ => "names cannot be excluded: this excludes nothing",
        };
        let remedy = format!(
            "leave `!{}` out and name the events that are meant",
            short(excluded)
        );
        return Some((Code::ExcludesNothing, what.to_owned(), remedy));
    }
    let said = short(text);
    let heard = samples([text])
        .iter()
        .any(|name| is_real(name) && reaches(name, &trigger.expect, &trigger.after));
    if !heard {
        let (what, remedy) = if text == LOG {
            ("reaches no trigger", "wait for another event")
        } else {
            (
                "takes in no event's name",
                "in a name only `*` stands for something else, at least one character of it",
            )
        };
        let what = format!("`{said}` {what}");
        return Some((Code::DeadPattern, what, remedy.to_owned()));
    }
    let (what, remedy) = strange(text)?;
    Some((Code::UnknownEvent, what, remedy))
}

/// Why no event seems to have the name, and what to write instead.
fn strange(text: &str) -> Option<(String, String)> {
    let said = short(text);
    if let Err(near) = catalogue::event(text) {
        let ours = text.strip_prefix("prefect.");
        let ours = ours.filter(|ours| ours.starts_with("incident."));
        let near = near.or(ours.map(str::to_owned));
        let remedy = near.map(|near| format!("did you mean `{near}`?"));
        let what = format!("Prefect has no event `{said}`");
        return Some((what, remedy.unwrap_or(CATALOGUE.to_owned())));
    }
    if let Some(plain) = stained(text) {
        let what = format!("the name `{said}` holds what seems to belong to the list around it");
        return Some((what, format!("write `{}`", short(&plain))));
    }
    unknown(text).map(|remedy| (format!("no incident has an event `{said}`"), remedy))
}

/// Where to look for a name that resembles none.
const CATALOGUE: &str =
    "https://docs.prefect.io/v3/api-ref/events lists Prefect's events; yours are called otherwise";

/// A name without the marks of a list that slipped into it: quotes, a comma at its end,
/// blanks around it, or another name behind it. Blanks within a name may be meant.
fn stained(text: &str) -> Option<String> {
    let marks = |c: char| c.is_whitespace() || "\"'`,;".contains(c);
    let plain: Vec<&str> = text.split([',', ';']).collect();
    let plain = plain.iter().map(|one| one.trim_matches(marks));
    let plain: Vec<&str> = plain.filter(|one| !one.is_empty()).collect();
    let is_clean = text.trim_matches(marks) == text && plain.len() < 2 && !text.contains('"');
    (!is_clean && !plain.is_empty()).then(|| plain.join("` and `"))
}

/// What to write instead of a name that is called like an incident's and is none of them.
fn unknown(text: &str) -> Option<String> {
    text.strip_prefix(INCIDENT)?;
    let only = Names::new(&BTreeSet::from([text.to_owned()]));
    let known = || NAMES.iter().map(|name| format!("{INCIDENT}{name}"));
    if known().any(|name| reaches(&name, &only, &Names::default())) {
        return None;
    }
    let names: Vec<String> = known().map(|name| short(&name)).collect();
    let near = nearest(&short(text), names.iter().map(String::as_str));
    Some(match near {
        Some(name) => format!("did you mean `{name}`?"),
        None => "`annals events` prints the events that your incidents have".to_owned(),
    })
}

/// Whether some event can have a name that counts.
pub(super) fn possible(trigger: &EventTrigger) -> bool {
    trigger.expect.is_empty() || counted(trigger).next().is_some()
}

/// Whether each name that counts also begins the wait.
pub(super) fn all_begin(trigger: &EventTrigger) -> bool {
    let expected = trigger.expect.texts();
    !expected.is_empty() && expected.iter().all(|text| trigger.after.contain(text))
}

/// Whether some event begins the wait and would count as well.
pub(super) fn some_begin(trigger: &EventTrigger) -> bool {
    if trigger.posture == Posture::Reactive && trigger.expect.is_empty() {
        return !trigger.after.is_empty();
    }
    counted(trigger).any(|name| trigger.after.contain(&name))
}

/// Whether one name counts for both.
pub(super) fn in_common(one: &EventTrigger, other: &EventTrigger) -> bool {
    (one.expect.is_empty() && other.expect.is_empty())
        || counted(one)
            .chain(counted(other))
            .any(|name| one.expects_name(&name) && other.expects_name(&name))
}

/// Some of the names that count.
fn counted(trigger: &EventTrigger) -> impl Iterator<Item = String> {
    let texts = trigger.expect.texts().into_iter();
    samples(texts.chain(trigger.after.texts()))
        .into_iter()
        .filter(|name| is_real(name) && trigger.expects_name(name))
}

/// Whether an event could be called so, and triggers would see it.
fn is_real(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('!') && name != LOG
}

/// A name for each pattern, with something in the place of its wildcards.
fn samples<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    patterns.into_iter().map(sample).collect()
}

fn sample(pattern: &str) -> String {
    let mut name = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match (c, rest.split_once(']')) {
            ('*' | '?', _) => name.push('x'),
            ('[', Some((members, beyond))) if !members.is_empty() => {
                let member = members.chars().next().filter(|first| *first != '!');
                name.push(member.unwrap_or('~'));
                rest = beyond;
            }
            _ => name.push(c),
        }
    }
    name
}

/// Whether only events are expected of which an incident or a run has one at most.
pub(super) fn once_each(trigger: &EventTrigger) -> bool {
    let once = |text: &&str| {
        text.strip_prefix(INCIDENT) == Some("declared") || catalogue::is_of_one_run(text)
    };
    !trigger.expect.is_empty() && trigger.expect.texts().iter().all(once)
}

/// Whether only events are expected that tell of something bad.
pub(super) fn only_bad(trigger: &EventTrigger) -> bool {
    const BAD: [&str; 7] = [
        ".Failed",
        ".Crashed",
        ".TimedOut",
        ".not-ready",
        ".failed",
        ".dead",
        "incident.declared",
    ];
    let bad = |text: &&str| BAD.iter().any(|end| text.ends_with(end));
    !trigger.expect.is_empty() && trigger.expect.texts().iter().all(bad)
}

/// The event that begins the wait though it may happen when the incident is over already,
/// where only its end is waited for.
pub(super) fn beyond_the_end(trigger: &EventTrigger) -> Option<String> {
    let ends = format!("{INCIDENT}resolved");
    let waits = trigger.expect.contain(&ends) && !trigger.expect.contain("x");
    let beyond = NAMES.iter().filter(|name| !BEFORE_THE_END.contains(name));
    let mut beyond = beyond.map(|name| format!("{INCIDENT}{name}"));
    if !waits {
        return None;
    }
    beyond.find(|name| {
        let begins = reaches(name, &trigger.expect, &trigger.after) && trigger.after.contain(name);
        // What is waited for as well, as a heartbeat is, has nothing better to begin with.
        begins && !trigger.expect.contain(name)
    })
}

/// What an incident has only while it is open, or by which it is open again.
const BEFORE_THE_END: [&str; 5] = [
    "declared",
    "reopened",
    "created",
    "maintenance.started",
    "updated.acknowledged_at",
];
