//! What one commit did to one incident: what is new of it, and what is gone.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::archive::assembly::inline_ids;
use crate::archive::history::{Appended, Gone, Step};
use crate::archive::layout;
use crate::archive::record::Folder;
use crate::archive::repository::ObjectId;
use crate::archive::second_clock::SecondClock;
use crate::incident::Incident;
use crate::incident::id::EntryId;

/// The parts of an incident by which it is known what is new.
#[derive(Default)]
pub(super) struct Parts<'a> {
    /// How many files declare it.
    declarations: usize,
    /// The ids of its entries.
    entries: BTreeSet<Cow<'a, str>>,
}

impl<'a> Parts<'a> {
    /// Those that its files make, with the ids that its incidents give to what bears the id of
    /// something else.
    pub(super) fn of(folder: &'a Folder, incidents: &[Incident]) -> Self {
        let mut parts = Self::from(folder, &|_| true);
        let entries = incidents.iter().flat_map(|incident| &incident.entries);
        let again = entries.filter(|entry| entry.id.is_again());
        parts
            .entries
            .extend(again.map(|entry| Cow::Owned(entry.id.to_string())));
        parts
    }

    /// Those without what `step` changed.
    pub(super) fn without(folder: &'a Folder, step: &Step) -> Self {
        let changes: Vec<&str> = step
            .below_incidents()
            .map(|change| change.path.as_str())
            .collect();
        Self::from(folder, &|path| changes.binary_search(&path).is_err())
    }

    fn from(folder: &'a Folder, counts: &dyn Fn(&str) -> bool) -> Self {
        let files = folder.entries.keys().filter(|path| counts(path));
        let declared = folder.declarations.iter().filter(|(path, _)| counts(path));
        let inline = declared
            .clone()
            .flat_map(|(_, (_, declaration))| inline_ids(declaration));
        let own = files.map(|path| Cow::Borrowed(layout::stem(path)));
        Self {
            declarations: declared.count(),
            entries: own.chain(inline).collect(),
        }
    }

    /// The same for as long as it is wanted.
    pub(super) fn into_owned(self) -> Parts<'static> {
        let entries = self.entries.into_iter();
        Parts {
            declarations: self.declarations,
            entries: entries.map(|id| Cow::Owned(id.into_owned())).collect(),
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
    /// The news of the incident called `name` from a commit that may have taken something
    /// away: from what there was `before`, with the incidents that it made, and the files
    /// that there are now, which make the incidents `after`.
    pub(super) fn since(
        self,
        name: &str,
        before: (Parts<'_>, Vec<Incident>),
        folder: &Folder,
        mut after: Vec<Incident>,
    ) -> Vec<Appended> {
        let (parts, incidents) = before;
        let now = Parts::of(folder, &after);
        let mut gone = Gone {
            declaration: now.declarations == 0 && parts.declarations > 0,
            entries: parts
                .entries
                .difference(&now.entries)
                .map(|id| id.clone().into_owned())
                .collect(),
            retrospective: None,
        };
        if gone.declaration {
            after = incidents;
        }
        let (words, _) = retrospective(self.step, name);
        gone.retrospective = words.map(|blob| blob.to_string());
        let mut told = self.of(name, &parts, after);
        if let Some(first) = told.first_mut() {
            first.gone = gone;
        }
        told
    }

    /// The news of the incident called `name`, from what there was of it before the commit
    /// and the incidents that its files make now. Where its id stands twice, all is told
    /// with the first but the others' own files.
    pub(super) fn of(
        self,
        name: &str,
        before: &Parts<'_>,
        incidents: Vec<Incident>,
    ) -> Vec<Appended> {
        let (_, words) = retrospective(self.step, name);
        let mut told: Vec<Appended> = Vec::new();
        for (index, mut incident) in incidents.into_iter().enumerate() {
            let declared = index >= before.declarations && !self.is_back(&incident.path, None);
            if declared {
                incident.recorded = Some(self.step.recorded.clone());
            }
            told.push(Appended {
                declared,
                entries: self.entries(before, &mut incident),
                retrospective: None,
                gone: Gone::default(),
                rewritten: None,
                incident,
            });
        }
        if let Some(first) = told.first_mut() {
            first.retrospective = words.map(|blob| blob.to_string());
            first.rewritten = self.rewritten;
        }
        told
    }

    /// The entries of `incident` that are new; each is made to bear the commit.
    fn entries(&self, before: &Parts<'_>, incident: &mut Incident) -> Vec<EntryId> {
        let mut new = Vec::new();
        for entry in &mut incident.entries {
            let id = entry.id.as_str();
            let path = entry.path.as_deref().unwrap_or(&incident.path);
            let inline = entry.path.is_none().then_some(id);
            if !before.entries.contains(id) && !self.is_back(path, inline) {
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
