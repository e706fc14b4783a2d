//! What was said afterwards: the entries of an incident.
//!
//! An entry says exactly one kind of thing. [`EntryForm`] is what stands in a file;
//! [`Entry`] is what it means, with an id and, once it has landed, the commit that
//! recorded it. What corrections, retractions and redactions make of it is
//! [`Standing`](super::standing::Standing)'s and [`redaction`](super::redaction)'s.

mod form;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::declaration::Visibility;
use super::id::EntryId;
use super::order::{self, Turn};
use super::redaction::Redaction;
use crate::text::moment::Moment;
pub use form::{
    Assessment, Attachment, Changed, Correction, Edit, EntryForm, Measure, NotOneKind, Target,
    Update,
};

/// What an entry says.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// Somebody says something.
    Comment(String),
    /// Facts change, with a word why.
    Update(Box<Update>, Option<String>),
    /// A file joins the timeline.
    Attach(Box<Attachment>),
    /// What the incident does to work.
    Assessment(Box<Assessment>),
    /// Takes the place of an earlier entry.
    Correct(Box<Correction>),
    /// Takes back an earlier entry.
    Retract(Box<Target>),
    /// Hides the words of an earlier entry.
    Redact(Box<Target>),
    /// The incident that this one turned out to be.
    DuplicateOf(String),
}

impl Statement {
    /// The word for the kind, as ids and JSON hold it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Comment(_) => "comment",
            Self::Update(..) => "update",
            Self::Attach(_) => "attach",
            Self::Assessment(_) => "assessment",
            Self::Correct(_) => "correct",
            Self::Retract(_) => "retract",
            Self::Redact(_) => "redact",
            Self::DuplicateOf(_) => "duplicate_of",
        }
    }

    /// The file that it attaches, itself or in the place of another entry.
    pub fn attachment(&self) -> Option<&Attachment> {
        match self {
            Self::Attach(attachment) => Some(attachment),
            Self::Correct(correction) => correction.to.attach.as_deref(),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn attachment_mut(&mut self) -> Option<&mut Attachment> {
        match self {
            Self::Attach(attachment) => Some(attachment),
            Self::Correct(correction) => correction.to.attach.as_deref_mut(),
            _ => None,
        }
    }

    /// Whether it may change facts of the incident.
    pub fn changes_facts(&self) -> bool {
        matches!(self, Self::Update(..) | Self::DuplicateOf(_))
    }
}

/// The commit that recorded something: the second clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The commit's id.
    pub commit: String,
    /// When it landed on the branch that was read.
    pub at: Moment,
    /// Who committed it.
    pub by: String,
}

/// An entry: what was said, when it happened, and when it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its id within the incident.
    pub id: EntryId,
    /// The file it stands in; none when that is the incident's own.
    pub path: Option<String>,
    /// When it says that it happened.
    pub at: Moment,
    /// As of when it counts: `at`, or its landing where that lies well before.
    pub as_of: Moment,
    /// Who says so.
    pub by: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whether it stands out at the top.
    pub pinned: bool,
    /// The entry behind which it counts, where it names one.
    pub after: Option<String>,
    /// What it says.
    pub statement: Statement,
    /// Where it was imported from.
    pub source: Option<Json>,
    /// The commit that recorded it; none for what is only in the working folder.
    pub recorded: Option<Recorded>,
    /// Where that commit stands in the history; none for what is only in the working folder.
    pub turn: Option<Turn>,
    /// That its words were hidden, if they were.
    pub redacted: Option<Redaction>,
}

impl Entry {
    /// What `form` means under `id`; none when it does not say exactly one thing.
    pub fn of(
        form: &EntryForm,
        id: EntryId,
        path: Option<String>,
        recorded: Option<Recorded>,
    ) -> Option<Self> {
        Some(Self {
            id,
            path,
            at: form.at,
            as_of: form.at,
            by: form.by.clone(),
            visibility: form.visibility.unwrap_or_default(),
            pinned: form.pinned,
            after: form.after.clone(),
            statement: form.statement().ok()?,
            source: form.source.clone(),
            recorded,
            turn: None,
            redacted: None,
        })
    }

    /// Notes when it landed.
    pub fn land(&mut self, turn: Option<Turn>) {
        self.turn = turn;
        self.as_of = order::as_of(self.at, turn.map(|turn| turn.dated));
    }
}
