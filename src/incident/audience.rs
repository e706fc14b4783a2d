//! Who may see what of an incident.
//!
//! The public view is the fold over public facts only, so whatever is computed from it
//! is public too. A correction is at least as internal as what it corrects; one that is
//! internal itself does not count for the public, but what a correction makes internal is
//! gone from the public view altogether, and what one publishes is there as if it had
//! been said so from the beginning.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Incident;
use super::declaration::Visibility;
use super::entry::{Entry, Statement};
use super::id::EntryId;
use super::standing::{Fate, Stand, Standing, target};

/// For whom something is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// Everybody: nothing internal, not even by its absence.
    #[default]
    Public,
    /// One's own people: everything.
    Internal,
}

impl Incident {
    /// What `audience` may see of it; none when it may not see it at all.
    pub fn seen_by(&self, audience: Audience) -> Option<Cow<'_, Self>> {
        if audience == Audience::Internal {
            return Some(Cow::Borrowed(self));
        }
        let standing = Standing::of(self);
        let published = standing.corrected_by.filter(|by| is_public(by));
        let declared = match (self.declaration.visibility, published) {
            (Visibility::Public, _) => &self.declaration,
            (Visibility::Internal, Some(_)) => standing.declaration.as_ref(),
            (Visibility::Internal, None) => return None,
        };
        if standing.declaration.visibility == Visibility::Internal {
            return None;
        }
        let mut seen = Self {
            declaration: declared.clone(),
            entries: public_entries(&standing, self.declaration.visibility),
            ..self.clone()
        };
        if self.declaration.visibility == Visibility::Internal {
            seen.recorded = published.and_then(|by| by.recorded.clone());
        }
        seen.redacted = seen
            .redacted
            .map(super::redaction::Redaction::seen_by_public);
        seen.retrospective = seen
            .retrospective
            .filter(|retro| retro.front.visibility == Visibility::Public);
        Some(Cow::Owned(seen))
    }
}

fn is_public(entry: &Entry) -> bool {
    entry.visibility == Visibility::Public
}

/// What the public sees of an entry that is no correction.
enum Seen<'a> {
    /// As it was said, with what was said about it.
    Whole(&'a Entry),
    /// As it stands, as if it had been said so.
    Published(Box<Entry>),
    /// Nothing, nor what was said about it.
    Nothing,
}

fn seen<'a>(stand: &Stand<'a>) -> Seen<'a> {
    match (stand.said.visibility, stand.entry.visibility, stand.fate) {
        (Visibility::Public, Visibility::Public, _) => Seen::Whole(stand.said),
        (Visibility::Internal, Visibility::Public, Fate::Corrected(by)) if is_public(by) => {
            let mut entry = stand.entry.clone().into_owned();
            entry.recorded.clone_from(&by.recorded);
            Seen::Published(Box::new(entry))
        }
        _ => Seen::Nothing,
    }
}

fn public_entries(standing: &Standing<'_>, declared: Visibility) -> Vec<Entry> {
    let all: BTreeMap<&str, Seen<'_>> = standing
        .entries
        .iter()
        .map(|stand| (stand.said.id.as_str(), seen(stand)))
        .collect();
    let means = |entry: &Entry| match &entry.statement {
        Statement::Redact(redact) => Some(redact.entry.clone()),
        other => target(other).map(str::to_owned),
    };
    // What is said about something that the public does not see, or sees as if nothing had
    // been said about it, is not seen either.
    let speaks_of_the_unseen = |entry: &Entry| {
        let mut met = vec![entry.id.to_string()];
        let mut next = means(entry);
        while let Some(id) = next.filter(|id| !met.contains(id)) {
            if id == EntryId::declaration().as_str() {
                return declared == Visibility::Internal;
            }
            next = match all.get(id.as_str()) {
                Some(Seen::Whole(aimed)) => means(aimed),
                Some(Seen::Published(_) | Seen::Nothing) => return true,
                None => None,
            };
            met.push(id);
        }
        false
    };
    let mut entries: Vec<Entry> = all
        .values()
        .filter_map(|seen| match seen {
            Seen::Whole(entry) => (!speaks_of_the_unseen(entry)).then(|| (*entry).clone()),
            Seen::Published(entry) => Some(entry.as_ref().clone()),
            Seen::Nothing => None,
        })
        .collect();
    for entry in &mut entries {
        let redacted = entry.redacted.take();
        entry.redacted = redacted.map(super::redaction::Redaction::seen_by_public);
    }
    entries.sort_by(|left, right| (left.at, &left.id).cmp(&(right.at, &right.id)));
    entries
}
