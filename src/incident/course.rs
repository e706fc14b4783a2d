//! How an incident went: what stands of declaration and entries, folded.
//!
//! Steps are taken in the order in which things count ([`order`](super::order)), and each
//! tells what it changed.

use super::declaration::Kind;
use super::standing::{Stand, Standing};
use super::state::{Change, State};
use super::vocabulary::Vocabulary;
use crate::text::moment::Moment;

/// One step of the fold.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The entry, by its place in the list of what stands; none for the declaration.
    pub entry: Option<usize>,
    /// When it happened; its landing where it is dated well after that.
    pub at: Moment,
    /// What it changed; nothing for the declaration itself.
    pub changes: Vec<Change>,
}

/// The steps in the order in which they happened, and the state they lead to.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// Oldest first.
    pub steps: Vec<Step>,
    /// After all of them.
    pub state: State,
    /// The worst severity that was ever in force.
    pub peak_severity: String,
}

/// Folds what stands.
pub fn fold(standing: &Standing<'_>, vocabulary: &Vocabulary) -> Course {
    let declaration = standing.declaration.as_ref();
    let mut folding = Folding {
        kind: declaration.kind,
        vocabulary,
        course: Course {
            steps: Vec::with_capacity(standing.entries.len() + 1),
            state: State::blank(declaration, vocabulary),
            peak_severity: declaration.severity.clone(),
        },
    };
    let declared_at = declaration.declared_at;
    let mut stands = standing.entries.iter().enumerate();
    for (index, stand) in stands.by_ref().take(standing.before) {
        folding.entry(index, stand);
    }
    folding.course.state.declare(declaration, vocabulary);
    folding.course.steps.push(Step {
        entry: None,
        at: declared_at,
        changes: Vec::new(),
    });
    for (index, stand) in stands {
        folding.entry(index, stand);
    }
    folding.course
}

struct Folding<'a> {
    kind: Kind,
    vocabulary: &'a Vocabulary,
    course: Course,
}

impl Folding<'_> {
    /// One more step: what an entry changes, which is nothing where it does not count.
    fn entry(&mut self, index: usize, stand: &Stand<'_>) {
        let Course {
            steps,
            state,
            peak_severity,
        } = &mut self.course;
        let mut changes = Vec::new();
        if stand.counts() && stand.entry.statement.changes_facts() {
            let mut before = state.clone();
            state.apply(&stand.entry, self.kind, self.vocabulary);
            if state.status != before.status {
                // Where a schedule had brought a status, that is what changes.
                let steps = state.scheduled_steps(self.kind, stand.entry.as_of, self.vocabulary);
                let brought = steps.into_iter().last().filter(|_| !before.is_said());
                before.status = brought.map_or(before.status, |(status, _)| status);
            }
            changes = before.changes(state);
        }
        if self.vocabulary.rank(&state.severity) < self.vocabulary.rank(peak_severity) {
            peak_severity.clone_from(&state.severity);
        }
        steps.push(Step {
            entry: Some(index),
            at: stand.entry.as_of,
            changes,
        });
    }
}
