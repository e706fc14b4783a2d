//! What a repository makes of the diagnostics: turned up, down or off by `checks`, or
//! waived. The one place where a level changes.

use super::settings::{Settings, Verdict, Waiver};
use crate::text::diagnostic::{Diagnostic, Level};
use crate::text::moment::Moment;

/// The diagnostics that stand as of `now`, in the order of path and line.
pub fn judge(found: Vec<Diagnostic>, settings: &Settings, now: Moment) -> Vec<Diagnostic> {
    let mut standing: Vec<Diagnostic> = found
        .into_iter()
        .filter(|diagnostic| {
            !settings
                .waivers
                .iter()
                .any(|waiver| waives(waiver, diagnostic, now))
        })
        .filter_map(|diagnostic| judge_one(diagnostic, settings))
        .collect();
    standing.sort_by(|left, right| left.order().cmp(&right.order()));
    standing.dedup();
    standing
}

fn judge_one(mut diagnostic: Diagnostic, settings: &Settings) -> Option<Diagnostic> {
    match settings.checks.get(diagnostic.code.name()) {
        Some(Verdict::Off) => return None,
        Some(Verdict::Warning) => diagnostic.level = Level::Warning,
        Some(Verdict::Error) => diagnostic.level = Level::Error,
        None => {}
    }
    Some(diagnostic)
}

fn waives(waiver: &Waiver, diagnostic: &Diagnostic, now: Moment) -> bool {
    let place = diagnostic.place.as_ref();
    waiver.code == diagnostic.code.name()
        && place.is_some_and(|place| place.path.starts_with(&waiver.path))
        && waiver.until.is_none_or(|until| now.day() <= until)
}
