//! An end that a source names beside its updates, not by one of them.

use serde_json::json;

use super::super::exception::What;
use super::super::{Ending, Sighting, words};
use super::Telling;
use crate::incident::entry::Update;
use crate::text::moment::Moment;

/// Whether the source says that it is over, and says so beside its updates.
pub(super) fn is_named(sighting: &Sighting) -> bool {
    let over = sighting.status.as_deref().is_some_and(words::is_end);
    over && sighting.ending == Ending::Named
}

impl Telling<'_> {
    /// Enters the end that `sighting` names, unless it has come by then.
    pub(super) fn end(&mut self, sighting: &Sighting, at: Moment) {
        let Some(status) = self.status(sighting, None) else {
            return;
        };
        if sighting.resolved_at.is_none() {
            let status = json!(sighting.status);
            self.except(sighting, None, What::EndWithoutTime, "status", status);
        }
        let update = Update {
            status: Some(status),
            ..Update::default()
        };
        self.change(sighting, at, update);
    }
}
