//! A status page's words in the words of a repository.
//!
//! The vocabulary says which of its words stands for which of Statuspage's; nothing
//! is known here that is not said there, but which words mean an end.

use crate::incident::declaration::Kind;
use crate::incident::vocabulary::{Phase, Severity, Vocabulary};

/// The status that `word` means for an incident of `kind`.
pub(super) fn status<'a>(word: &str, kind: Kind, vocabulary: &'a Vocabulary) -> Option<&'a str> {
    let usable = || {
        vocabulary
            .statuses_of(kind)
            .filter(|status| !status.retired)
    };
    usable()
        .find(|status| status.statuspage.as_deref() == Some(word))
        .or_else(|| usable().find(|status| status.name == word))
        .or_else(|| {
            vocabulary
                .first_in(kind, Phase::Resolved)
                .filter(|_| is_end(word))
        })
        .map(|status| status.name.as_str())
}

/// Whether `word` says that it is over, for whatever kind of incident.
pub(super) fn is_end(word: &str) -> bool {
    [
        "resolved",
        "completed",
        "complete",
        "postmortem",
        "closed",
        "canceled",
        "cancelled",
        "fixed",
    ]
    .contains(&word)
}

/// The severity that an impact means, if it has one. What a maintenance does is not
/// told by its impact, which is always `maintenance`.
pub(super) fn known_severity<'a>(
    impact: Option<&str>,
    vocabulary: &'a Vocabulary,
) -> Option<&'a str> {
    let impact = impact.map(|word| if word == "maintenance" { "none" } else { word })?;
    usable(vocabulary)
        .find(|severity| severity.statuspage == impact)
        .map(|severity| severity.name.as_str())
}

/// The severity that an impact means; the least where it means none.
pub(super) fn severity<'a>(impact: Option<&str>, vocabulary: &'a Vocabulary) -> &'a str {
    let least = usable(vocabulary)
        .last()
        .map_or("low", |severity| &severity.name);
    known_severity(impact, vocabulary).unwrap_or(least)
}

fn usable(vocabulary: &Vocabulary) -> impl Iterator<Item = &Severity> {
    vocabulary
        .severities
        .iter()
        .filter(|severity| !severity.retired)
}
