//! A part of an incident, as if the rest had never been said.
//!
//! Two questions leave something out: who may see it ([`audience`](super::audience)) and
//! what was true by then ([`hindsight`](super::hindsight)). Both decide entry by entry;
//! what has to follow for corrections, so that the part folds by the same rules as the
//! whole, is here.

use std::collections::BTreeMap;

use super::entry::{Entry, Statement};
use super::id::DECLARATION;
use super::standing::{Stand, Standing, target};

/// What a part holds of an entry.
pub(super) enum Seen {
    /// As it was said, with what was said about it.
    Whole,
    /// This in its place, as if it had been said so; not what was said about it.
    Instead(Box<Entry>),
    /// Nothing, nor what was said about it.
    Nothing,
}

/// The entries of a part: of each what `see` decides. `declaration_replaced` tells that
/// the part's declaration already is what corrections make of it.
pub(super) fn entries(
    standing: &Standing<'_>,
    declaration_replaced: bool,
    see: impl Fn(&Stand<'_>) -> Seen,
) -> Vec<Entry> {
    let stands = standing.entries.iter();
    let all: BTreeMap<&str, (&Entry, Seen)> = stands
        .map(|stand| (stand.said.id.as_str(), (stand.said, see(stand))))
        .collect();
    let speaks_of_the_unseen = |entry: &Entry| {
        let mut met = vec![entry.id.as_str()];
        let mut next = means(entry);
        while let Some(id) = next.filter(|id| !met.contains(id)) {
            if id == DECLARATION {
                return declaration_replaced;
            }
            next = match all.get(id) {
                Some((aimed, Seen::Whole)) => {
                    met.push(aimed.id.as_str());
                    means(aimed)
                }
                Some(_) => return true,
                None => None,
            };
        }
        false
    };
    let seen = all.values().filter_map(|(said, seen)| match seen {
        _ if speaks_of_the_unseen(said) => None,
        Seen::Whole => Some((*said).clone()),
        Seen::Instead(entry) => Some(entry.as_ref().clone()),
        Seen::Nothing => None,
    });
    let mut entries: Vec<Entry> = seen.collect();
    entries.sort_by(|left, right| (left.at, &left.id).cmp(&(right.at, &right.id)));
    entries
}

/// The id of what a correction, retraction or redaction means.
fn means(entry: &Entry) -> Option<&str> {
    match &entry.statement {
        Statement::Redact(redact) => Some(&redact.entry),
        other => target(other),
    }
}
