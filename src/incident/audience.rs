//! Who may see what of an incident.
//!
//! The public view is the fold over public facts only, so whatever is computed from it
//! is public too. A correction is at least as internal as what it corrects; one that is
//! internal itself does not count for the public, but what a correction makes internal is
//! gone from the public view altogether, and what one publishes is there as if it had
//! been said so from the beginning.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Incident;
use super::declaration::Visibility;
use super::entry::Entry;
use super::excerpt::{self, Seen};
use super::id::DECLARATION;
use super::redaction::Redaction;
use super::standing::{Fate, Stand, Standing};

/// For whom something is made.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
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
            seen.turn = published.and_then(|by| by.turn);
        }
        seen.settle();
        seen.forget_unseen();
        seen.redacted = seen.redacted.map(Redaction::seen_by_public);
        seen.retrospective = seen
            .retrospective
            .filter(|retro| retro.front.visibility == Visibility::Public);
        Some(Cow::Owned(seen))
    }
}

impl Incident {
    /// Lets no entry name another one that is not here.
    fn forget_unseen(&mut self) {
        let entries = self.entries.iter();
        let ids: BTreeSet<String> = entries.map(|entry| entry.id.to_string()).collect();
        for entry in &mut self.entries {
            entry
                .after
                .take_if(|id| *id != DECLARATION && !ids.contains(id));
        }
    }
}

fn is_public(entry: &Entry) -> bool {
    entry.visibility == Visibility::Public
}

/// What the public sees of an entry. A correction that cannot count says nothing about
/// the incident: it is for those who can mend it.
fn seen(stand: &Stand<'_>) -> Seen {
    match (stand.said.visibility, stand.entry.visibility, stand.fate) {
        (.., Fate::Void(_)) => Seen::Nothing,
        (Visibility::Public, Visibility::Public, _) => Seen::Whole,
        (Visibility::Internal, Visibility::Public, Fate::Corrected(by)) if is_public(by) => {
            let mut entry = stand.entry.clone().into_owned();
            entry.recorded.clone_from(&by.recorded);
            entry.land(by.turn);
            Seen::Instead(Box::new(entry))
        }
        _ => Seen::Nothing,
    }
}

fn public_entries(standing: &Standing<'_>, declared: Visibility) -> Vec<Entry> {
    let mut entries = excerpt::entries(standing, declared == Visibility::Internal, seen);
    for entry in &mut entries {
        let redacted = entry.redacted.take();
        entry.redacted = redacted.map(Redaction::seen_by_public);
    }
    entries
}
