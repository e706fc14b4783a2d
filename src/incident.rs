//! Incidents: what was declared, what was said since, and what follows from it.
//!
//! Pure. Nothing here reads a file, a clock or Git; the present is a parameter. An
//! [`Incident`] is what the archive puts together from files: a declaration, its
//! entries in the order in which they happened, and people's retrospective.

pub mod declaration;
pub mod durations;
pub mod entry;
pub mod id;
pub mod retrospective;
pub mod rules;
pub mod state;
pub mod timeline;
pub mod view;
pub mod vocabulary;

use declaration::{Declaration, Visibility};
use entry::{Entry, EntryForm, Recorded};
use id::IncidentId;
use retrospective::Retrospective;
use state::Course;
use vocabulary::Vocabulary;

use crate::text::moment::Moment;

/// For whom something is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// Everybody: nothing internal, not even by its absence.
    #[default]
    Public,
    /// One's own people: everything.
    Internal,
}

/// An incident as the record holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Its id: the stem of its file.
    pub id: IncidentId,
    /// Its file, relative to the record's root.
    pub path: String,
    /// What was said first.
    pub declaration: Declaration,
    /// The commit that recorded the declaration; none while it is only in the folder.
    pub recorded: Option<Recorded>,
    /// What was said since, in the order of (`at`, id).
    pub entries: Vec<Entry>,
    /// What people wrote afterwards.
    pub retrospective: Option<Retrospective>,
}

impl Incident {
    /// Declaration and entries, folded.
    pub fn course(&self, vocabulary: &Vocabulary) -> Course {
        state::fold(&self.declaration, &self.entries, vocabulary)
    }

    /// Adds what `form` says, not recorded yet, in the order of (`at`, id).
    pub fn add(&mut self, form: &EntryForm) {
        self.entries
            .extend(Entry::of(form, form.made_id(), None, None));
        self.entries
            .sort_by(|left, right| (left.at, &left.id).cmp(&(right.at, &right.id)));
    }

    /// What incidents are sorted by: when they were declared, then their id.
    pub fn order(&self) -> (Moment, &IncidentId) {
        (self.declaration.declared_at, &self.id)
    }

    /// What `audience` may see of it; none when it may not see it at all. The public
    /// view holds public facts only, so whatever is computed from it is public too.
    pub fn seen_by(&self, audience: Audience) -> Option<Self> {
        if audience == Audience::Internal {
            return Some(self.clone());
        }
        if self.declaration.visibility == Visibility::Internal {
            return None;
        }
        let mut seen = self.clone();
        seen.entries
            .retain(|entry| entry.visibility == Visibility::Public);
        seen.retrospective = seen
            .retrospective
            .filter(|retro| retro.front.visibility == Visibility::Public);
        Some(seen)
    }
}
