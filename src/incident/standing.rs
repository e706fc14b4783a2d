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
use std::collections::{BTreeMap, BTreeSet};

use super::Incident;
use super::declaration::Declaration;
use super::entry::{Entry, Statement, Update};
use super::id::EntryId;
use super::order::{self, Dated};
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
    /// Every entry, in the order in which they count.
    pub entries: Vec<Stand<'a>>,
    /// How many of them come before the declaration.
    pub before: usize,
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
        let standing = Self {
            declaration: Cow::Borrowed(&incident.declaration),
            declared: &incident.declaration,
            corrected_by: None,
            redeclared: None,
            entries: entries.map(stand).collect(),
            before: 0,
        };
        standing.in_order(incident)
    }

    /// The same with its entries in order.
    fn in_order(mut self, incident: &Incident) -> Self {
        let declared = Dated::declaration(&self.declaration, incident.turn);
        let declared = declared.first_dated(self.declared.declared_at);
        self.before = order::sort(declared, &mut self.entries, |stand| {
            Dated::entry(&stand.entry).first_dated(stand.said.at)
        });
        self
    }
}

/// Whether no entry of `incident` corrects or takes back anything, so that everything
/// stands.
pub fn is_plain(incident: &Incident) -> bool {
    let mut entries = incident.entries.iter();
    entries.all(|entry| target(&entry.statement).is_none())
}

/// The entries of `incident` that may change what others say of facts, or what others may
/// change: those that correct or take back, and what they mean, wherever one of those that
/// hang together says a fact. What is not among them is one more step of the fold.
pub fn meddling(incident: &Incident) -> BTreeSet<&EntryId> {
    let mut groups = Groups::default();
    for entry in &incident.entries {
        if let Some(target) = target(&entry.statement) {
            groups.join(entry.id.as_str(), target);
        }
    }
    let mut telling = BTreeSet::new();
    for entry in &incident.entries {
        let corrects_facts = match &entry.statement {
            Statement::Correct(correction) => {
                correction.to.comment.is_none() || correction.to.update.is_some()
            }
            other => other.changes_facts(),
        };
        if corrects_facts && let Some(group) = groups.of(entry.id.as_str()) {
            telling.insert(group);
        }
    }
    let entries = incident.entries.iter();
    let meddles = |entry: &&Entry| {
        groups
            .of(entry.id.as_str())
            .is_some_and(|group| telling.contains(&group))
    };
    entries.filter(meddles).map(|entry| &entry.id).collect()
}

/// What hangs together, by way of what means what.
#[derive(Default)]
struct Groups<'a> {
    number: BTreeMap<&'a str, usize>,
    members: Vec<Vec<&'a str>>,
}

impl<'a> Groups<'a> {
    /// Joins two groups; the smaller one moves, so that no member moves often.
    fn join(&mut self, one: &'a str, other: &'a str) {
        let (one, other) = (self.group(one), self.group(other));
        if one == other {
            return;
        }
        let size = |group: usize| self.members.get(group).map_or(0, Vec::len);
        let (from, to) = if size(one) < size(other) {
            (one, other)
        } else {
            (other, one)
        };
        let moved = self
            .members
            .get_mut(from)
            .map(std::mem::take)
            .unwrap_or_default();
        for member in &moved {
            self.number.insert(member, to);
        }
        if let Some(members) = self.members.get_mut(to) {
            members.extend(moved);
        }
    }

    fn group(&mut self, id: &'a str) -> usize {
        let members = &mut self.members;
        *self.number.entry(id).or_insert_with(|| {
            members.push(vec![id]);
            members.len() - 1
        })
    }

    fn of(&self, id: &str) -> Option<usize> {
        self.number.get(id).copied()
    }
}

/// The id of what a correction or retraction means; none for any other statement.
pub(super) fn target(statement: &Statement) -> Option<&str> {
    match statement {
        Statement::Correct(correction) => Some(&correction.entry),
        Statement::Retract(target) => Some(&target.entry),
        _ => None,
    }
}
