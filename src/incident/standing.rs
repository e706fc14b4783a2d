//! What stands: the declaration and the entries once corrections and retractions are
//! reckoned with.
//!
//! The rules are those of the design's section on entries. Of the live corrections and
//! retractions of a target the last counts; retracting a correction restores what stood
//! before it; the members of a circle are ignored, and so is a correction that does not
//! fit what it corrects. What was said first is never lost: each entry that another one
//! replaced carries both. Redactions hide words and never facts, so they are not part of
//! this ([`redaction`](super::redaction)).

mod calculus;

use std::borrow::Cow;

use super::Incident;
use super::declaration::Declaration;
use super::entry::{Entry, Statement, Update};
use calculus::Calculus;

/// A declaration and its entries as they stand.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    /// The declaration, corrected.
    pub declaration: Cow<'a, Declaration>,
    /// The declaration as it was made.
    pub declared: &'a Declaration,
    /// The correction that changed it.
    pub corrected_by: Option<&'a Entry>,
    /// What that correction says.
    pub redeclared: Option<Update>,
    /// Every entry, in the order of the (`at`, id) that count.
    pub entries: Vec<Stand<'a>>,
}

/// One entry as it stands.
#[derive(Clone, Debug)]
pub struct Stand<'a> {
    /// What counts: the entry, or what took its place under its id.
    pub entry: Cow<'a, Entry>,
    /// What was said first.
    pub said: &'a Entry,
    /// What became of it.
    pub fate: Fate<'a>,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate<'a> {
    /// It counts as it was said.
    Stands,
    /// It counts as this other entry has it.
    Corrected(&'a Entry),
    /// This other entry took it back.
    Retracted(&'a Entry),
    /// It means to correct or to take back, and cannot.
    Void(Void),
}

/// Why a correction or retraction is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Void {
    /// Its target is not there.
    Unknown,
    /// It is part of a circle: it means itself by way of others.
    Circle,
    /// Its target is a redaction, which cannot be undone.
    Redaction,
    /// Its target is the declaration, which cannot be taken back.
    Declaration,
    /// What it puts in the declaration's place is not an update.
    NotAnUpdate,
    /// What it puts in the target's place is of another sort: a correction or retraction
    /// where there was none, none where there was one, or one of something else.
    Misfit,
}

impl Void {
    /// Why, in words.
    pub fn why(self) -> &'static str {
        match self {
            Self::Unknown => "this incident has no such entry",
            Self::Circle => "it means itself, by way of others",
            Self::Redaction => "a redaction cannot be undone",
            Self::Declaration => "a declaration can be corrected, not taken back",
            Self::NotAnUpdate => {
                "in the place of a declaration only an update without a comment can stand"
            }
            Self::Misfit => "what it puts in its place is of another sort",
        }
    }

    /// What to do about it.
    pub fn help(self) -> &'static str {
        match self {
            Self::Unknown => "name an entry of this incident by its id",
            Self::Circle => "retract or correct an entry that is not itself part of this",
            Self::Redaction => {
                "a correction of the entry whose words were hidden may say what can be said"
            }
            Self::Declaration => {
                "if there was no incident, resolve it and say so in a comment, or correct its title and severity"
            }
            Self::NotAnUpdate => {
                "write `to: {at: …, by: …, update: {…}}`: `at` and `by` are the declaration's, `summary` is what happened"
            }
            Self::Misfit => {
                "put a comment in the place of a comment and an update in that of an update; a correction of a correction means the same entry"
            }
        }
    }
}

impl Stand<'_> {
    /// Whether what it says is in force.
    pub fn counts(&self) -> bool {
        matches!(self.fate, Fate::Stands | Fate::Corrected(_))
    }
}

impl<'a> Standing<'a> {
    /// What stands of `incident`.
    pub fn of(incident: &'a Incident) -> Self {
        if is_plain(incident) {
            return Self::plain(incident);
        }
        let mut calculus = Calculus::new(incident);
        calculus.settle();
        calculus.standing()
    }

    /// Everything as it was said.
    fn plain(incident: &'a Incident) -> Self {
        let entries = incident.entries.iter();
        let stand = |said| Stand {
            entry: Cow::Borrowed(said),
            said,
            fate: Fate::Stands,
        };
        Self {
            declaration: Cow::Borrowed(&incident.declaration),
            declared: &incident.declaration,
            corrected_by: None,
            redeclared: None,
            entries: in_order(entries.map(stand).collect()),
        }
    }
}

/// Whether no entry of `incident` corrects or takes back anything, so that everything
/// stands.
pub fn is_plain(incident: &Incident) -> bool {
    let mut entries = incident.entries.iter();
    entries.all(|entry| target(&entry.statement).is_none())
}

fn in_order(mut entries: Vec<Stand<'_>>) -> Vec<Stand<'_>> {
    entries.sort_by(|left, right| {
        (left.entry.at, &left.entry.id).cmp(&(right.entry.at, &right.entry.id))
    });
    entries
}

/// The id of what a correction or retraction means; none for any other statement.
pub(super) fn target(statement: &Statement) -> Option<&str> {
    match statement {
        Statement::Correct(correction) => Some(&correction.entry),
        Statement::Retract(target) => Some(&target.entry),
        _ => None,
    }
}
