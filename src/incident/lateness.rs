//! How late things came into the record: from when they happened until the commit.
//!
//! Only what Git recorded has a lateness. An import, or somebody who writes a whole
//! incident down afterwards, records everything in one commit: its lateness is then the
//! declaration's, said once and not again for each entry.

use super::entry::Recorded;
use super::view::{EntryView, View};
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// A declaration that came later than this was written down afterwards.
const AFTERWARDS: Duration = Duration::minutes(24 * 60);

impl View {
    /// Whether it came into the record more than a day after it was declared.
    pub fn was_written_afterwards(&self) -> bool {
        self.late.is_some_and(|late| late > AFTERWARDS)
    }

    /// Whether `entry` was recorded together with a declaration that itself came more than
    /// a day late, as in an import: then its lateness is the whole record's, said once.
    pub fn is_backfilled(&self, entry: &EntryView) -> bool {
        let commit =
            |recorded: &Option<Recorded>| recorded.as_ref().map(|recorded| recorded.commit.clone());
        self.was_written_afterwards() && commit(&self.recorded) == commit(&entry.recorded)
    }
}

/// How long after `at` something was recorded; unknown while it is not.
pub(super) fn late(at: Moment, recorded: Option<&Recorded>) -> Option<Duration> {
    recorded.map(|recorded| recorded.at - at)
}

/// The lateness of the declaration and of every entry that tells its own.
pub(super) fn values(view: &View) -> Vec<Duration> {
    let own = view.entries.iter();
    let own = own.filter(|entry| !view.is_backfilled(entry));
    let entries = own.filter_map(|entry| entry.late);
    view.late.into_iter().chain(entries).collect()
}
