//! History walked commit by commit: what each commit appended.
//!
//! The record is kept as it stood and changed by what each commit touched, so that only
//! the incidents that were touched are put together anew. What is new is told by the
//! second clock: an entry is new in the commit that recorded it, and in no other, so a
//! file that was moved, or that vanished and came back, is not new again. Where the walk
//! begins beside the branch's way, as after a merge of the branch into somebody's own
//! work, what was not in the record before is new.

use std::collections::{BTreeMap, BTreeSet};

use super::assembly::Assembly;
use super::history::{self, Appended, Landing, Step};
use super::record::Record;
use super::repository::{FileChange, ObjectId, Repository, RepositoryError};
use super::second_clock::SecondClock;
use super::snapshot::{Snapshot, Version};
use super::{layout, piece, reading};
use crate::incident::Incident;
use crate::incident::entry::Recorded;
use crate::incident::id::{EntryId, IncidentId};
use crate::incident::redaction::Redactions;
use crate::incident::vocabulary::Vocabulary;
use crate::text::diagnostic::Diagnostic;
use crate::text::moment::Moment;
use crate::text::source::Source;

/// A stretch of history to walk.
pub struct Walk<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// The words of the repository.
    pub vocabulary: &'a Vocabulary,
    /// The commit after which to begin; none for all of history.
    pub after: Option<ObjectId>,
    /// The commit at which to end.
    pub to: ObjectId,
    /// The present.
    pub now: Moment,
}

impl Walk<'_> {
    /// What each commit appended, oldest first. A commit that touched neither incidents
    /// nor automations is left out, save the last.
    pub fn landings(&self) -> Result<Vec<Landing>, RepositoryError> {
        let clock = SecondClock::upto(self.repository, Some(self.to))?;
        let mut record = match self.after {
            Some(after) => {
                reading::whole(&Snapshot::new(self.repository, Version::Commit(after))?)?
            }
            None => Record::default(),
        };
        let not_before = self
            .after
            .and_then(|after| clock.received(after))
            .map(Ok)
            .or_else(|| {
                let after = self.repository.commit(self.after?);
                Some(after.map(|commit| commit.committed_at))
            })
            .transpose()?
            .unwrap_or(Moment::EPOCH);
        let steps = history::history(self.repository, self.after, self.to, not_before, "")?;
        let mut landings = Vec::new();
        for step in steps {
            let landing = self.landing(&mut record, &clock, &step)?;
            let says_nothing = landing.appended.is_empty() && landing.automations.is_none();
            if !says_nothing || step.id == self.to {
                landings.push(landing);
            }
        }
        hide_what_was_redacted(&mut landings);
        Ok(landings)
    }

    fn landing(
        &self,
        record: &mut Record,
        clock: &SecondClock,
        step: &Step,
    ) -> Result<Landing, RepositoryError> {
        let known = step.is_leap.then(|| self.known(record, clock, step));
        let touched = self.apply(record, step)?;
        let assembly = self.assembly(record, clock);
        let mut appended = Vec::new();
        for (name, retrospective) in touched {
            let (incidents, _) = assembly.incidents(&name);
            let news = incidents.into_iter().map(|incident| match &known {
                Some(known) => news(incident, retrospective.clone(), |id, _| !known.contains(id)),
                None => news(incident, retrospective.clone(), |_, recorded| {
                    recorded.is_some_and(|by| by.commit == step.recorded.commit)
                }),
            });
            appended.extend(news.filter(|news| {
                news.declared || !news.entries.is_empty() || news.retrospective.is_some()
            }));
        }
        let rules = format!("{}/", layout::AUTOMATIONS);
        let rules_changed = step
            .changes
            .iter()
            .any(|change| change.path.starts_with(&rules));
        let automations = rules_changed
            .then(|| automations(self.repository, step.id))
            .transpose()?;
        Ok(Landing {
            recorded: step.recorded.clone(),
            appended,
            automations,
        })
    }

    fn assembly<'a>(&'a self, record: &'a Record, clock: &'a SecondClock) -> Assembly<'a> {
        Assembly {
            record,
            clock,
            vocabulary: self.vocabulary,
            now: self.now,
        }
    }

    /// The ids of what the record holds already of the incidents that `step` touches.
    fn known(&self, record: &Record, clock: &SecondClock, step: &Step) -> BTreeSet<Known> {
        let assembly = self.assembly(record, clock);
        let names: BTreeSet<&str> = step
            .changes
            .iter()
            .flat_map(|change| {
                [
                    layout::stem(&change.path),
                    layout::folder_name(&change.path),
                ]
            })
            .collect();
        let mut known = BTreeSet::new();
        for incident in names.iter().flat_map(|name| assembly.incidents(name).0) {
            let id = incident.id.to_string();
            let entries = incident.entries.iter();
            known.extend(entries.map(|entry| (id.clone(), Some(entry.id.clone()))));
            known.insert((id, None));
        }
        known
    }

    /// Changes the record as the commit did: what went first, then what came, so that a
    /// file that was moved is not taken for one that is gone. Answers the incidents that were touched, each
    /// with the blob of its retrospective if that is what changed.
    fn apply(
        &self,
        record: &mut Record,
        step: &Step,
    ) -> Result<BTreeMap<String, Option<String>>, RepositoryError> {
        let mut touched: BTreeMap<String, Option<String>> = BTreeMap::new();
        let incidents = format!("{}/", layout::INCIDENTS);
        let changes: Vec<&FileChange> = step
            .changes
            .iter()
            .filter(|change| change.path.starts_with(&incidents))
            .collect();
        for change in &changes {
            for name in record.take_out(&change.path) {
                touched.entry(name).or_default();
            }
        }
        for change in changes {
            let Some(blob) = change.after else { continue };
            let name = self.put(record, &change.path, blob)?;
            let known = touched.entry(name).or_default();
            if layout::name(&change.path) == layout::RETROSPECTIVE {
                *known = Some(blob.to_string());
            }
        }
        Ok(touched)
    }

    fn put(
        &self,
        record: &mut Record,
        path: &str,
        blob: ObjectId,
    ) -> Result<String, RepositoryError> {
        Ok(if piece::is_read(path) {
            record.put(path, piece::read(path, &self.repository.blob(blob)?))
        } else {
            record.put_name(path)
        })
    }
}

/// What the one commit called `commit` appended.
pub fn landing(
    repository: &Repository,
    vocabulary: &Vocabulary,
    commit: &str,
    now: Moment,
) -> Result<Option<Landing>, RepositoryError> {
    let to = repository.resolve(commit)?;
    let after = repository.commit(to)?.parent;
    let walk = Walk {
        repository,
        vocabulary,
        after,
        to,
        now,
    };
    Ok(walk.landings()?.pop())
}

/// The automations as they stand in commit `id`.
pub fn automations(repository: &Repository, id: ObjectId) -> Result<Vec<Source>, RepositoryError> {
    Ok(automation_files(&Snapshot::new(repository, Version::Commit(id))?)?.0)
}

/// The automations of a snapshot, every YAML and JSON file of `automations/`, and what is
/// wrong with those that are no text.
pub fn automation_files(
    snapshot: &Snapshot<'_>,
) -> Result<(Vec<Source>, Vec<Diagnostic>), RepositoryError> {
    rules_at(snapshot, layout::AUTOMATIONS)
}

/// The same for the file, or the folder, at `path`.
pub fn rules_at(
    snapshot: &Snapshot<'_>,
    path: &str,
) -> Result<(Vec<Source>, Vec<Diagnostic>), RepositoryError> {
    let (mut sources, mut found) = (Vec::new(), Vec::new());
    let files = snapshot.list(path)?;
    for file in files.iter().filter(|file| layout::is_rule(&file.path)) {
        if file.is_link {
            found.push(reading::link(&file.path));
            continue;
        }
        match Source::read(&file.path, &snapshot.read(file)?) {
            Ok(source) => sources.push(source),
            Err(fault) => found.push(*fault),
        }
    }
    Ok((sources, found))
}

/// Hides in each landing the words that a later one redacts.
fn hide_what_was_redacted(landings: &mut [Landing]) {
    let mut latest: BTreeMap<IncidentId, Redactions> = BTreeMap::new();
    for landing in landings.iter_mut().rev() {
        for Appended { incident, .. } in &mut landing.appended {
            let redactions = latest
                .entry(incident.id.clone())
                .or_insert_with(|| Redactions::of(incident));
            redactions.hide(incident);
        }
    }
}

/// An incident's id, and the id of one of its entries; none for its declaration.
type Known = (String, Option<EntryId>);

/// What of `incident` is new, as `is_new` tells of each part of it and of the commit that
/// recorded it.
fn news(
    incident: Incident,
    retrospective: Option<String>,
    is_new: impl Fn(&Known, Option<&Recorded>) -> bool,
) -> Appended {
    let id = incident.id.to_string();
    let entries = incident
        .entries
        .iter()
        .filter(|entry| {
            is_new(
                &(id.clone(), Some(entry.id.clone())),
                entry.recorded.as_ref(),
            )
        })
        .map(|entry| entry.id.clone())
        .collect();
    Appended {
        declared: is_new(&(id, None), incident.recorded.as_ref()),
        entries,
        retrospective,
        incident,
    }
}
