//! The stretches of an incident: from before anybody knew to its end.

use serde::Serialize;

use super::course::Course;
use super::declaration::Declaration;
use super::state::Field;
use super::vocabulary::{Phase, Vocabulary};
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// A stretch of time in which one status was in force, or in which nobody knew yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// The status; `undetected` before it was noticed, `undeclared` where only the
    /// declaration's time is known.
    pub status: String,
    /// From when.
    pub from: Moment,
    /// Until when; null while it lasts.
    pub until: Option<Moment>,
    /// How long, in seconds; null while it lasts.
    pub seconds: Option<Duration>,
}

/// The stretches of an incident in order, without gaps and without empty ones, up to
/// its resolution or still open at `now`, which counts only for what a schedule says.
pub fn stretches(
    declaration: &Declaration,
    course: &Course,
    vocabulary: &Vocabulary,
    now: Moment,
) -> Vec<Stretch> {
    let mut starts = unnoticed(declaration, course);
    let known_from = starts.pop().map_or(declaration.declared_at, |(_, at)| at);
    let initial = declaration
        .status
        .as_deref()
        .unwrap_or_else(|| vocabulary.initial(declaration.kind));
    starts.push((initial.to_owned(), known_from));
    said(course, known_from, &mut starts);
    let scheduled = course
        .state
        .scheduled_steps(declaration.kind, now, vocabulary);
    let scheduled = scheduled.into_iter();
    starts.extend(scheduled.map(|(status, at)| (status, at.max(known_from))));
    starts.sort_by_key(|(_, at)| *at);
    let mut stretches = Vec::new();
    for (index, (status, from)) in starts.iter().enumerate() {
        if vocabulary.phase(status) == Phase::Resolved {
            continue;
        }
        let until = starts.get(index + 1).map(|(_, at)| *at);
        if until != Some(*from) {
            let seconds = until.map(|until| until - *from);
            stretches.push(Stretch {
                status: status.clone(),
                from: *from,
                until,
                seconds,
            });
        }
    }
    stretches
}

/// Adds the statuses that somebody said, and when each began.
fn said(course: &Course, known_from: Moment, starts: &mut Vec<(String, Moment)>) {
    for step in course.steps.iter().filter(|step| step.entry.is_some()) {
        let mut changes = step.changes.iter();
        let status = changes.find(|change| change.field == Field::Status);
        if let Some(status) = status.and_then(|change| change.to.as_str()) {
            starts.push((status.to_owned(), step.at.max(known_from)));
        }
    }
    // What is dated later than something after it counted before that all the same.
    let mut next = None;
    for (_, at) in starts.iter_mut().rev() {
        *at = next.map_or(*at, |next| (*at).min(next));
        next = Some(*at);
    }
}

/// What lay before the first status: at most one stretch, and when the first status began.
fn unnoticed(declaration: &Declaration, course: &Course) -> Vec<(String, Moment)> {
    let state = &course.state;
    let declared = declaration.declared_at;
    let noticed = state.detected_at.filter(|at| *at <= declared);
    match (state.started_at, noticed) {
        (Some(started), Some(noticed)) if started < noticed => {
            vec![("undetected".to_owned(), started), (String::new(), noticed)]
        }
        (Some(started), None) if started < declared => {
            vec![
                ("undeclared".to_owned(), started),
                (String::new(), declared),
            ]
        }
        (_, Some(noticed)) => vec![(String::new(), noticed)],
        _ => vec![(String::new(), declared)],
    }
}
