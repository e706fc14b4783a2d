//! A part of an incident, as if the rest had never been said.
//!
//! Two questions leave something out: who may see it ([`audience`](super::audience)) and
//! what was true by then ([`hindsight`](super::hindsight)). Both decide entry by entry;
//! what has to follow for corrections, so that the part folds by the same rules as the
//! whole, is here.

use std::collections::{BTreeMap, BTreeSet};

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

/// The entries of a part, in no order: of each what `see` decides. `declaration_replaced` tells that
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
    let unseen = speaking_of_the_unseen(&all, declaration_replaced);
    let seen = all.values().filter_map(|(said, seen)| match seen {
        _ if unseen.contains(said.id.as_str()) => None,
        Seen::Whole => Some((*said).clone()),
        Seen::Instead(entry) => Some(entry.as_ref().clone()),
        Seen::Nothing => None,
    });
    seen.collect()
}

/// The entries that mean, directly or by way of others, something that is not to be seen as
/// it was said. Each way is followed once, however many entries lead into it.
fn speaking_of_the_unseen<'a>(
    all: &BTreeMap<&'a str, (&'a Entry, Seen)>,
    declaration_replaced: bool,
) -> BTreeSet<&'a str> {
    let mut known: BTreeMap<&str, bool> = BTreeMap::new();
    for (id, (said, _)) in all {
        let (mut way, mut on_way) = (vec![*id], BTreeSet::from([*id]));
        let mut next = if known.contains_key(id) {
            None
        } else {
            means(said)
        };
        let speaks = loop {
            // Whoever means itself by way of others means nothing unseen.
            let Some(id) = next.filter(|id| !on_way.contains(id)) else {
                break false;
            };
            if id == DECLARATION {
                break declaration_replaced;
            }
            match (known.get(id), all.get(id)) {
                (_, None) => break false,
                (Some(speaks), Some((_, Seen::Whole))) => break *speaks,
                (None, Some((aimed, Seen::Whole))) => {
                    way.push(id);
                    on_way.insert(id);
                    next = means(aimed);
                }
                (_, Some(_)) => break true,
            }
        };
        for id in way {
            known.entry(id).or_insert(speaks);
        }
    }
    known.retain(|_, speaks| *speaks);
    known.into_keys().collect()
}

/// The id of what a correction, retraction or redaction means.
fn means(entry: &Entry) -> Option<&str> {
    match &entry.statement {
        Statement::Redact(redact) => Some(&redact.entry),
        other => target(other),
    }
}
