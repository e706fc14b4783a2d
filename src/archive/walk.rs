//! History walked commit by commit: what each commit appended.
//!
//! The record is kept as it stood and changed by what each commit touched, so that only
//! the incidents that were touched are put together anew. What is new is told by the
//! second clock: an entry is new in the commit that recorded it, and in no other, so a
//! file that was moved, or that vanished and came back, is not new again.

use std::collections::BTreeMap;

use super::assembly::Assembly;
use super::history::{self, Appended, Landing, Step};
use super::record::Record;
use super::repository::{FileChange, ObjectId, Repository, RepositoryError};
use super::second_clock::SecondClock;
use super::snapshot::{Snapshot, Version};
use super::{layout, piece, read_record};
use crate::incident::Incident;
use crate::incident::entry::Recorded;
use crate::incident::vocabulary::Vocabulary;
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
            Some(after) => read_record(&Snapshot::new(self.repository, Version::Commit(after))?)?,
            None => Record::default(),
        };
        let not_before = self
            .after
            .and_then(|after| clock.commit(&after.to_string()))
            .map_or(Moment::EPOCH, |recorded| recorded.at);
        let steps = history::history(self.repository, self.after, self.to, not_before, "")?;
        let mut landings = Vec::new();
        for step in steps {
            let landing = self.landing(&mut record, &clock, &step)?;
            let says_nothing = landing.appended.is_empty() && landing.automations.is_none();
            if !says_nothing || step.id == self.to {
                landings.push(landing);
            }
        }
        Ok(landings)
    }

    fn landing(
        &self,
        record: &mut Record,
        clock: &SecondClock,
        step: &Step,
    ) -> Result<Landing, RepositoryError> {
        let touched = self.apply(record, step)?;
        let assembly = Assembly {
            record,
            clock,
            vocabulary: self.vocabulary,
            now: self.now,
        };
        let mut appended = Vec::new();
        for (name, retrospective) in touched {
            let (incidents, _) = assembly.incidents(&name);
            let news = incidents
                .into_iter()
                .map(|incident| news(incident, retrospective.clone(), &step.recorded));
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

    /// Changes the record as the commit did. Answers the incidents that were touched, each
    /// with the blob of its retrospective if that is what changed.
    fn apply(
        &self,
        record: &mut Record,
        step: &Step,
    ) -> Result<BTreeMap<String, Option<String>>, RepositoryError> {
        let mut touched: BTreeMap<String, Option<String>> = BTreeMap::new();
        let incidents = format!("{}/", layout::INCIDENTS);
        for change in step
            .changes
            .iter()
            .filter(|change| change.path.starts_with(&incidents))
        {
            for name in self.apply_file(record, change)? {
                let retrospective = change
                    .after
                    .filter(|_| layout::name(&change.path) == layout::RETROSPECTIVE);
                let known = touched.entry(name).or_default();
                *known = retrospective
                    .map(|blob| blob.to_string())
                    .or_else(|| known.take());
            }
        }
        Ok(touched)
    }

    fn apply_file(
        &self,
        record: &mut Record,
        change: &FileChange,
    ) -> Result<Vec<String>, RepositoryError> {
        let mut names = record.take_out(&change.path).to_vec();
        if let Some(blob) = change.after {
            names.push(if piece::is_read(&change.path) {
                record.put(
                    &change.path,
                    piece::read(&change.path, &self.repository.blob(blob)?),
                )
            } else {
                record.put_name(&change.path)
            });
        }
        Ok(names)
    }
}

/// The automations as they stand in commit `id`.
pub fn automations(repository: &Repository, id: ObjectId) -> Result<Vec<Source>, RepositoryError> {
    automation_files(&Snapshot::new(repository, Version::Commit(id))?)
}

/// The automations of a snapshot: every YAML and JSON file of `automations/` that is text.
pub fn automation_files(snapshot: &Snapshot<'_>) -> Result<Vec<Source>, RepositoryError> {
    let mut sources = Vec::new();
    for file in snapshot.list(layout::AUTOMATIONS)? {
        if layout::is_rule(&file.path) && !file.is_link {
            sources.extend(Source::read(&file.path, &snapshot.read(&file)?).ok());
        }
    }
    Ok(sources)
}

fn news(incident: Incident, retrospective: Option<String>, commit: &Recorded) -> Appended {
    let by_this = |recorded: &Option<Recorded>| {
        recorded
            .as_ref()
            .is_some_and(|recorded| recorded.commit == commit.commit)
    };
    let entries = incident
        .entries
        .iter()
        .filter(|entry| by_this(&entry.recorded))
        .map(|entry| entry.id.clone())
        .collect();
    Appended {
        declared: by_this(&incident.recorded),
        entries,
        retrospective,
        incident,
    }
}
