//! What one commit did to one incident: what is new of it, and what is gone.

use std::collections::BTreeSet;

use crate::archive::assembly::inline_ids;
use crate::archive::history::{Appended, Gone, Step};
use crate::archive::layout;
use crate::archive::record::Record;
use crate::archive::repository::ObjectId;
use crate::archive::second_clock::SecondClock;
use crate::incident::Incident;
use crate::incident::id::EntryId;

/// The parts of an incident by which it is known what is new.
pub(super) struct Parts {
    declarations: usize,
    entries: BTreeSet<String>,
    /// What its files make: several incidents where its id stands twice.
    incidents: Vec<Incident>,
}

impl Parts {
    /// Those of the incident called `name`, which is told as `incidents`.
    pub(super) fn of(record: &Record, name: &str, incidents: Vec<Incident>) -> Self {
        let folder = record.folder(name);
        let files = folder.into_iter().flat_map(|folder| folder.entries.keys());
        let own = files.map(|path| layout::stem(path).to_owned());
        let declared = folder
            .into_iter()
            .flat_map(|folder| folder.declarations.values());
        let inline = declared.flat_map(|(_, declaration)| inline_ids(declaration));
        Self {
            declarations: folder.map_or(0, |folder| folder.declarations.len()),
            entries: own.chain(inline).collect(),
            incidents,
        }
    }
}

/// What makes one commit's news of one incident.
pub(super) struct News<'a> {
    pub step: &'a Step,
    /// What had been recorded before the stretch began, where that has to be asked.
    pub earlier: Option<&'a SecondClock>,
    /// What the commit did to recorded bytes of the incident.
    pub rewritten: Option<String>,
}

impl News<'_> {
    /// The news of the incident called `name`, from what there was of it before the commit
    /// and after it. Where its id stands twice, all is told with the first but the others'
    /// own files.
    pub(super) fn of(self, name: &str, before: Parts, mut after: Parts) -> Vec<Appended> {
        let vanished = after.declarations == 0 && before.declarations > 0;
        if vanished {
            after.incidents = before.incidents;
        }
        let words = retrospective(self.step, name);
        let mut told: Vec<Appended> = Vec::new();
        for (index, mut incident) in after.incidents.into_iter().enumerate() {
            let declared = index >= before.declarations && !self.is_back(&incident.path, None);
            if declared {
                incident.recorded = Some(self.step.recorded.clone());
            }
            told.push(Appended {
                declared,
                entries: self.entries(&before.entries, &mut incident),
                retrospective: None,
                gone: Gone::default(),
                rewritten: None,
                incident,
            });
        }
        if let Some(first) = told.first_mut() {
            first.retrospective = words.1.map(|blob| blob.to_string());
            first.rewritten = self.rewritten;
            first.gone = Gone {
                declaration: vanished,
                entries: before.entries.difference(&after.entries).cloned().collect(),
                retrospective: words.0.map(|blob| blob.to_string()),
            };
        }
        told
    }

    /// The entries of `incident` that are new; each is made to bear the commit.
    fn entries(&self, before: &BTreeSet<String>, incident: &mut Incident) -> Vec<EntryId> {
        let mut new = Vec::new();
        for entry in &mut incident.entries {
            let id = entry.id.as_str();
            let path = entry.path.as_deref().unwrap_or(&incident.path);
            let inline = entry.path.is_none().then_some(id);
            if !before.contains(id) && !self.is_back(path, inline) {
                entry.recorded = Some(self.step.recorded.clone());
                new.push(entry.id.clone());
            }
        }
        new
    }

    /// Whether something had been recorded before the stretch began.
    fn is_back(&self, path: &str, inline: Option<&str>) -> bool {
        self.earlier.is_some_and(|clock| match inline {
            Some(id) => clock.has_inline(path, id),
            None => clock.file(path).is_some(),
        })
    }
}

/// The blobs of an incident's retrospective before and after a commit; none of both where
/// it only moved.
fn retrospective(step: &Step, name: &str) -> (Option<ObjectId>, Option<ObjectId>) {
    let (mut before, mut after) = (None, None);
    for change in step.below_incidents() {
        let path = change.path.as_str();
        if layout::name(path) == layout::RETROSPECTIVE && layout::folder_name(path) == name {
            before = before.or(change.blob_before());
            after = after.or(change.blob_after());
        }
    }
    if before == after {
        (None, None)
    } else {
        (before, after)
    }
}
