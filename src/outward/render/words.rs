//! How pages say things: moments, severities, statuses, impacts and names.
//!
//! Each of these is a small value that a template prints; no template computes one.

use serde::Serialize;

use crate::incident::declaration::{Impact, Kind};
use crate::incident::rules::may_link;
use crate::incident::vocabulary::{Phase, Vocabulary};
use crate::text::duration::Duration;
use crate::text::moment::Moment;
use crate::text::plain;

/// A moment, in UTC, in the forms in which pages show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct When {
    /// RFC 3339, for `datetime`.
    iso: String,
    /// `07:31`.
    clock: String,
    /// `07:31:05`.
    exact: String,
    /// `22 November 2026`.
    day: String,
    /// `22 Nov 2026`.
    date: String,
    /// `22 Nov`.
    short: String,
}

impl When {
    /// The forms of `moment`.
    pub(super) fn of(moment: Moment) -> Self {
        let form = |pattern| moment.format(pattern).unwrap_or_default();
        Self {
            iso: moment.to_string(),
            clock: moment.clock(),
            exact: form("%H:%M:%S"),
            day: moment.day().long(),
            date: form("%-d %b %Y"),
            short: form("%-d %b"),
        }
    }

    /// `07:31`.
    pub(super) fn clock(&self) -> &str {
        &self.clock
    }

    /// `07:31:05`.
    pub(super) fn exact(&self) -> &str {
        &self.exact
    }

    /// `22 November 2026`.
    pub(super) fn day(&self) -> &str {
        &self.day
    }
}

/// A word with its colour and shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Word {
    /// What is read.
    pub(super) text: String,
    /// The class that gives it a colour: `sev-1`, `tone-2`, `impact-3`; empty for none.
    pub(super) class: String,
    /// The shape before it; empty for none.
    pub(super) shape: &'static str,
    /// The number people say for a severity.
    pub(super) sev: Option<u8>,
}

impl Word {
    /// A word without colour.
    pub(super) fn plain(text: &str) -> Self {
        Self {
            text: plain::line(text),
            class: String::new(),
            shape: "",
            sev: None,
        }
    }

    /// A severity: shape, word and colour.
    pub(super) fn severity(name: &str, vocabulary: &Vocabulary) -> Self {
        let sev = vocabulary.severity(name).map(|severity| severity.sev);
        let (class, shape) = match sev {
            Some(0 | 1) => ("sev-1", "■"),
            Some(2) => ("sev-2", "▲"),
            Some(3) => ("sev-3", "◆"),
            Some(_) => ("sev-4", "●"),
            None => ("", "○"),
        };
        Self {
            text: label(name),
            class: class.to_owned(),
            shape,
            sev,
        }
    }

    /// A status; the colour goes from the first active status to the last.
    pub(super) fn status(name: &str, kind: Kind, vocabulary: &Vocabulary) -> Self {
        Self {
            text: label(name),
            class: tone(name, kind, vocabulary).to_owned(),
            shape: "",
            sev: None,
        }
    }

    /// What an incident does to a resource.
    pub(super) fn impact(impact: Impact) -> Self {
        let (text, class) = match impact {
            Impact::Operational => ("operational", "impact-0"),
            Impact::DegradedPerformance => ("degraded performance", "impact-1"),
            Impact::PartialOutage => ("partial outage", "impact-2"),
            Impact::MajorOutage => ("major outage", "impact-3"),
            Impact::UnderMaintenance => ("under maintenance", "impact-4"),
        };
        Self {
            text: text.to_owned(),
            class: class.to_owned(),
            shape: "",
            sev: None,
        }
    }
}

/// The colour of a status: hatched before anybody knew, then by its place among the
/// active statuses of its kind.
pub(super) fn tone(name: &str, kind: Kind, vocabulary: &Vocabulary) -> &'static str {
    if name == "undetected" || name == "undeclared" {
        return "tone-unknown";
    }
    match vocabulary.phase(name) {
        Phase::Resolved => "tone-over",
        Phase::Planned => "tone-planned",
        Phase::Active => {
            let active: Vec<&str> = vocabulary
                .statuses_of(kind)
                .filter(|status| status.phase == Phase::Active)
                .map(|status| status.name.as_str())
                .collect();
            match active.iter().position(|status| *status == name) {
                Some(0) | None => "tone-first",
                Some(place) if place + 1 == active.len() => "tone-last",
                Some(_) => "tone-middle",
            }
        }
    }
}

/// A word of a vocabulary as a page says it: `in_progress` is `In progress`.
pub(super) fn label(name: &str) -> String {
    let line = plain::line(name).replace(['_', '-'], " ");
    let mut rest = line.chars();
    match rest.next() {
        Some(first) => first.to_uppercase().chain(rest).collect(),
        None => line,
    }
}

/// A person without the address: `Ana Ruiz <ana@example.com>` is `Ana Ruiz`.
pub(super) fn person(by: &str) -> String {
    let name = by.split('<').next().unwrap_or(by).trim();
    let name = if name.is_empty() {
        by.trim_matches(['<', '>', ' '])
    } else {
        name
    };
    plain::line(name)
}

/// An address that a page may link to, fit for any place on it; none otherwise.
pub(super) fn address(url: &str) -> Option<String> {
    may_link(url).then(|| url.replace('<', "%3C").replace('>', "%3E"))
}

/// How long after `origin`: `+0:19`; before it, `−0:05`.
pub(super) fn elapsed(at: Moment, origin: Moment) -> String {
    let seconds = (at - origin).as_seconds();
    let sign = if seconds < 0 { '−' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    let (days, hours) = (minutes / 1_440, minutes / 60);
    if days >= 3 {
        return format!("{sign}{days} d {}:{:02}", hours % 24, minutes % 60);
    }
    format!("{sign}{hours}:{:02}", minutes % 60)
}

/// A length of time as people say it.
pub(super) fn took(duration: Duration) -> String {
    duration.to_string()
}

/// The first seven digits of a commit's id.
pub(super) fn short(commit: &str) -> String {
    commit.chars().take(7).collect()
}

/// Small numbers as words, as a sentence begins with them.
pub(super) fn count(number: usize) -> String {
    const WORDS: [&str; 10] = [
        "No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine",
    ];
    WORDS
        .get(number)
        .map_or_else(|| number.to_string(), |word| (*word).to_owned())
}
