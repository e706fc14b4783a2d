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
use super::entry::{Edit, Entry, Statement, Update};
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

impl Incident {
    /// Takes out resources and links that point to incidents which the audience may not see,
    /// and updates of which nothing is left. Before the fold, so that no count tells of them.
    pub fn forget_incidents(&mut self, unseen: &BTreeSet<&str>) {
        self.declaration
            .resources
            .retain(|it| !names(&it.id, unseen));
        self.declaration
            .links
            .retain(|it| !leads_to(&it.url, unseen));
        for entry in &mut self.entries {
            match &mut entry.statement {
                Statement::Update(update, _) => forget(update, unseen),
                Statement::Correct(correction) => {
                    let mut form = Some(&mut correction.to);
                    while let Some(corrected) = form {
                        if let Some(update) = &mut corrected.update {
                            forget(update, unseen);
                        }
                        form = corrected.correct.as_mut().map(|within| &mut within.to);
                    }
                }
                _ => {}
            }
        }
        let nothing = Update::default();
        let targets: Vec<&String> = self.entries.iter().filter_map(target).collect();
        let targets: BTreeSet<String> = targets.into_iter().cloned().collect();
        self.entries.retain_mut(|entry| match &mut entry.statement {
            Statement::Update(update, words) if **update == nothing => match words.take() {
                Some(words) => {
                    entry.statement = Statement::Comment(words);
                    true
                }
                // What another entry is about stays, or that one would be about nothing.
                None => targets.contains(entry.id.as_str()),
            },
            _ => true,
        });
    }
}

/// The id of the entry that `entry` is about.
fn target(entry: &Entry) -> Option<&String> {
    match &entry.statement {
        Statement::Correct(correction) => Some(&correction.entry),
        Statement::Retract(target) | Statement::Redact(target) => Some(&target.entry),
        _ => None,
    }
}

/// Takes out of an update what points to incidents that the audience may not see.
fn forget(update: &mut Update, unseen: &BTreeSet<&str>) {
    drop_items(&mut update.resources, |it| &it.id, &|id| names(id, unseen));
    drop_items(&mut update.links, |it| &it.url, &|url| {
        leads_to(url, unseen)
    });
}

fn drop_items<T>(
    edit: &mut Option<Edit<T>>,
    key: fn(&T) -> &str,
    is_unseen: &dyn Fn(&str) -> bool,
) {
    match edit {
        Some(Edit::Replace(items)) => items.retain(|item| !is_unseen(key(item))),
        Some(Edit::Change(change)) => {
            change.add.retain(|item| !is_unseen(key(item)));
            change.remove.retain(|gone| !is_unseen(gone));
            if change.add.is_empty() && change.remove.is_empty() {
                *edit = None;
            }
        }
        None => {}
    }
}

/// Whether a resource is one of the incidents `unseen`.
fn names(resource: &str, unseen: &BTreeSet<&str>) -> bool {
    let id = resource.strip_prefix("prefect-cloud.").unwrap_or(resource);
    unseen.contains(id.strip_prefix("incident.").unwrap_or(id))
}

/// Whether an address seems to be that of the page of one of the incidents `unseen`.
fn leads_to(url: &str, unseen: &BTreeSet<&str>) -> bool {
    let mut parts = url.split(['/', '?', '#', '&', '=']);
    parts.any(|part| {
        let stem = part.rsplit_once('.').map_or(part, |(stem, _)| stem);
        unseen.contains(part) || unseen.contains(stem)
    })
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
