//! What one commit says of one incident, part by part: the declaration, each new entry by
//! its effect, the retrospective, and what was done to recorded history.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::Fact;
use super::shape::{Shape, Voice};
use crate::incident::Incident;
use crate::incident::entry::{Entry, Statement};
use crate::incident::id::{DECLARATION, EntryId};
use crate::incident::order;
use crate::incident::standing;
use crate::incident::state::{Field, State};
use crate::incident::vocabulary::{Phase, Vocabulary};
use crate::text::moment::Moment;

/// How often the entries of one commit are folded anew for one incident. Each fold costs what
/// the incident holds, and a commit may bring thousands of corrections: with more of them than
/// this, only some are looked at by themselves, and what those between changed is told with
/// the next.
const FOLDS: usize = 256;

/// What is new of an incident in one commit.
pub(super) struct New<'a> {
    /// Whether it is the incident itself.
    pub declared: bool,
    /// The entries.
    pub entries: BTreeSet<&'a EntryId>,
    /// The blob of its retrospective.
    pub retrospective: Option<&'a String>,
    /// What was done to recorded history.
    pub rewritten: Option<&'a str>,
    /// Whether entries are gone.
    pub has_lost: bool,
}

/// Tells what is `new`. `known` is the state before, where that is known. Answers the
/// states before and after.
pub(super) fn tell<'a>(
    shape: &'a Shape<'a>,
    new: &New<'a>,
    known: Option<State>,
    facts: &'a mut Vec<Fact>,
) -> (State, State) {
    let has_lost = new.rewritten.is_some() || new.has_lost;
    let entries = &shape.incident.entries;
    let mut telling = Telling {
        shape,
        waiting: new.entries.clone(),
        last: entries
            .iter()
            .rposition(|entry| !new.entries.contains(&entry.id)),
        meddling: standing::meddling(shape.incident),
        folding: Rationed::default(),
        facts,
    };
    telling.ration();
    let before = match known.filter(|_| !has_lost && !new.declared) {
        Some(known) => known,
        None => telling.fold(),
    };
    if new.declared {
        telling.declaration(&before);
    }
    let mut state = before.clone();
    for (place, entry) in entries.iter().enumerate() {
        if telling.waiting.remove(&entry.id) {
            let after = telling.step(&state, place, entry);
            telling.entry(entry, &state, &after);
            state = after;
        }
    }
    if let Some(blob) = new.retrospective {
        let more = json!({"retrospective": blob});
        telling.of_commit("retrospective", blob, &state, "retrospective.updated", more);
    }
    if let Some(what) = new.rewritten {
        telling.of_commit("history", what, &state, "history.rewritten", json!({}));
    }
    (before, state)
}

struct Telling<'a> {
    shape: &'a Shape<'a>,
    /// The new entries that were not applied yet.
    waiting: BTreeSet<&'a EntryId>,
    /// Where the last entry stands that had been applied before.
    last: Option<usize>,
    /// The entries that may change what others say of facts.
    meddling: BTreeSet<&'a EntryId>,
    folding: Rationed,
    facts: &'a mut Vec<Fact>,
}

/// New entries that only a new fold can tell the effect of.
#[derive(Default)]
struct Rationed {
    /// How many are still to come.
    left: usize,
    /// One fold for each so many of them.
    every: usize,
}

impl Rationed {
    /// Whether the next of them is folded: the last one always is.
    fn next(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left.is_multiple_of(self.every)
    }
}

impl Telling<'_> {
    /// The state that everything leads to but what still waits.
    fn fold(&self) -> State {
        let incident = self.shape.incident;
        if self.waiting.is_empty() {
            return incident.course(self.shape.vocabulary).state;
        }
        let entries = incident.entries.iter();
        let applied = entries.filter(|entry| !self.waiting.contains(&entry.id));
        let sofar = Incident {
            entries: applied.cloned().collect(),
            ..incident.clone()
        };
        sofar.course(self.shape.vocabulary).state
    }

    /// The state after `entry`, which stands at `place`. What comes last and changes no
    /// other entry is one more step, and so is what changes no facts; anything else is
    /// folded anew.
    fn step(&mut self, before: &State, place: usize, entry: &Entry) -> State {
        let incident = self.shape.incident;
        let mut after = before.clone();
        if self.needs_fold(place, entry) {
            return if self.folding.next() {
                self.fold()
            } else {
                after
            };
        }
        after.apply(entry, incident.declaration.kind, self.shape.vocabulary);
        after
    }

    /// Whether the effect of `entry`, which stands at `place`, takes a new fold: it changes
    /// facts, or what other entries say of them, and is not simply the last to do so.
    fn needs_fold(&self, place: usize, entry: &Entry) -> bool {
        if self.meddling.contains(&entry.id) {
            return true;
        }
        let is_last = self.last.is_none_or(|last| last < place);
        let is_after = entry.as_of >= self.shape.incident.declaration.declared_at;
        entry.statement.changes_facts() && !(is_last && is_after)
    }

    /// Spreads the folds over the new entries that take one.
    fn ration(&mut self) {
        let entries = self.shape.incident.entries.iter().enumerate();
        let left = entries
            .filter(|(place, entry)| {
                self.waiting.contains(&entry.id) && self.needs_fold(*place, entry)
            })
            .count();
        self.folding = Rationed {
            left,
            every: left.div_ceil(FOLDS).max(1),
        };
    }

    /// When something happened, which is not after it landed.
    fn counted(&self, at: Moment) -> Moment {
        order::as_of(at, Some(self.shape.recorded.at))
    }

    fn fact(&mut self, voice: Voice<'_>, state: &State, name: &str, more: Json) {
        self.facts.push(self.shape.fact(voice, state, name, more));
    }

    /// What no entry says, but the commit itself.
    fn of_commit(&mut self, part: &str, version: &str, state: &State, name: &str, more: Json) {
        let voice = Voice {
            part,
            entry: None,
            at: self.shape.recorded.at,
            by: None,
            imported: false,
            version: Some(version),
        };
        self.fact(voice, state, name, more);
    }

    fn declaration(&mut self, state: &State) {
        let id = EntryId::declaration();
        let declaration = &self.shape.incident.declaration;
        let voice = Voice {
            part: DECLARATION,
            entry: Some(&id),
            at: self.counted(declaration.declared_at),
            by: Some(&declaration.declared_by),
            imported: declaration.source.is_some(),
            version: None,
        };
        self.fact(voice, state, "declared", json!({}));
    }

    fn entry(&mut self, entry: &Entry, before: &State, after: &State) {
        let incident = self.shape.incident;
        let inside_imported = entry.path.is_none() && incident.declaration.source.is_some();
        let voice = Voice {
            entry: Some(&entry.id),
            at: self.counted(entry.as_of),
            by: Some(&entry.by),
            imported: entry.source.is_some() || inside_imported,
            version: None,
            part: entry.id.as_str(),
        };
        let target = |entry: &str, reason: &str| json!({"target": entry, "reason": reason});
        let (name, more) = match &entry.statement {
            Statement::Update(_, words) => {
                let beside = words.as_ref().map(|words| ("comment", words.as_str()));
                return self.effects(voice, before, after, beside);
            }
            Statement::DuplicateOf(other) => {
                let beside = Some(("duplicate_of", other.as_str()));
                return self.effects(voice, before, after, beside);
            }
            Statement::Comment(words) => ("comment.added", json!({"comment": words})),
            Statement::Assessment(said) => ("assessment.added", json!({"assessment": said})),
            Statement::Attach(file) => ("attachment.added", json!({"attachment": file})),
            Statement::Correct(said) => ("entry.corrected", target(&said.entry, &said.reason)),
            Statement::Retract(said) => ("entry.retracted", target(&said.entry, &said.reason)),
            Statement::Redact(said) => ("entry.redacted", target(&said.entry, &said.reason)),
        };
        self.fact(voice, after, name, more);
    }

    /// One event for each fact that differs, or one that says that none does.
    fn effects(
        &mut self,
        voice: Voice<'_>,
        before: &State,
        after: &State,
        beside: Option<(&str, &str)>,
    ) {
        let mut effects = effects(before, after, self.shape.vocabulary);
        if effects.is_empty() {
            effects.push(("entry.recorded".to_owned(), Map::new()));
        }
        for (name, mut more) in effects {
            more.extend(beside.map(|(key, words)| (key.to_owned(), Json::from(words))));
            self.fact(voice, after, &name, Json::Object(more));
        }
    }
}

/// The names of what changed, in the order of the facts, each with `from` and `to`.
fn effects(
    before: &State,
    after: &State,
    vocabulary: &Vocabulary,
) -> Vec<(String, Map<String, Json>)> {
    let mut effects: Vec<(String, Map<String, Json>)> = Vec::new();
    for change in before.changes(after) {
        let (name, from, to) = match change.field {
            Field::Status => (status_name(before, after, vocabulary), None, None),
            Field::Title => ("updated.name".to_owned(), None, None),
            Field::StartedAt => ("updated.start_time".to_owned(), None, None),
            Field::Resources => ("updated.related_resources".to_owned(), None, None),
            Field::ScheduledFor | Field::ScheduledUntil => (
                "updated.schedule".to_owned(),
                Some(schedule(before)),
                Some(schedule(after)),
            ),
            other => (format!("updated.{}", other.name()), None, None),
        };
        // Both ends of a schedule are one event.
        if effects.last().is_none_or(|(last, _)| *last != name) {
            let from = ("from".to_owned(), from.unwrap_or(change.from));
            let to = ("to".to_owned(), to.unwrap_or(change.to));
            effects.push((name, Map::from_iter([from, to])));
        }
    }
    effects
}

fn status_name(before: &State, after: &State, vocabulary: &Vocabulary) -> String {
    let phases = (
        vocabulary.phase(&before.status),
        vocabulary.phase(&after.status),
    );
    match phases {
        (Phase::Planned | Phase::Active, Phase::Resolved) => "resolved".to_owned(),
        (Phase::Resolved, Phase::Active) => "reopened".to_owned(),
        _ => "updated.status".to_owned(),
    }
}

fn schedule(state: &State) -> Json {
    json!({"scheduled_for": state.scheduled_for, "scheduled_until": state.scheduled_until})
}
