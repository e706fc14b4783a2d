//! Incidents: what was declared, what was said since, and what follows from it.
//!
//! Pure. Nothing here reads a file, a clock or Git; the present is a parameter. An
//! [`Incident`] is what the archive puts together from files: a declaration, its
//! entries in the order in which they happened, and people's retrospective.

pub mod amendment;
pub mod audience;
pub mod course;
pub mod declaration;
pub mod distribution;
pub mod durations;
pub mod entry;
mod excerpt;
pub mod figures;
mod hindsight;
pub mod id;
pub mod lateness;
pub mod order;
pub mod redaction;
pub mod retrospective;
pub mod rules;
pub mod standing;
pub mod state;
pub mod stated;
pub mod statistics;
pub mod timeline;
pub mod view;
pub mod vocabulary;

pub use audience::Audience;
use course::Course;
use declaration::Declaration;
use entry::{Entry, EntryForm, Recorded};
use id::IncidentId;
use order::Turn;
use redaction::Redaction;
use retrospective::Retrospective;
use standing::Standing;

use vocabulary::Vocabulary;

use crate::text::moment::Moment;

/// An incident as the record holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Its id: the stem of its file.
    pub id: IncidentId,
    /// Its file, relative to the record's root.
    pub path: String,
    /// What was said first, without the entries in its file, which are among `entries`.
    pub declaration: Declaration,
    /// The commit that recorded the declaration; none while it is only in the folder.
    pub recorded: Option<Recorded>,
    /// Where that commit stands in the history; none while the declaration is only in the folder.
    pub turn: Option<Turn>,
    /// What was said since, in the order in which it counts.
    pub entries: Vec<Entry>,
    /// What people wrote afterwards.
    pub retrospective: Option<Retrospective>,
    /// That the words of the declaration were hidden, if they were.
    pub redacted: Option<Redaction>,
}

impl Incident {
    /// What stands of declaration and entries, folded.
    pub fn course(&self, vocabulary: &Vocabulary) -> Course {
        course::fold(&Standing::of(self), vocabulary)
    }

    /// Adds what `form` says, not recorded yet.
    pub fn add(&mut self, form: &EntryForm) {
        self.entries
            .extend(Entry::of(form, form.made_id(), None, None));
        self.settle();
    }

    /// What incidents are sorted by: when they were declared, then their id.
    pub fn order(&self) -> (Moment, &IncidentId) {
        (self.declaration.declared_at, &self.id)
    }
}
