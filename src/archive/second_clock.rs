//! When each file and each inline entry was recorded: entry → commit.
//!
//! Computed from history, and remembered in the Git directory up to the commit that was
//! read last; deleting that file costs time and nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::assembly::inline_ids;
use super::history::{self, Step};
use super::layout;
use super::piece::{self, Content};
use super::repository::{FileChange, ObjectId, Repository, RepositoryError};
use crate::incident::entry::Recorded;
use crate::text::moment::Moment;

/// The version of the remembered form; another one is computed anew.
const FORM: u32 = 1;

/// When things were recorded on the way to one commit.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SecondClock {
    form: u32,
    prefix: String,
    tip: Option<String>,
    commits: Vec<Recorded>,
    files: BTreeMap<String, usize>,
    inline: BTreeMap<String, usize>,
}

impl SecondClock {
    /// The clock on the way to `head`, from what is remembered and what came since.
    pub fn upto(repository: &Repository, head: Option<ObjectId>) -> Result<Self, RepositoryError> {
        let prefix = repository.path("");
        let Some(head) = head else {
            return Ok(Self::default());
        };
        let mut clock = Self::remembered(repository, &prefix).unwrap_or_default();
        let mut tip = clock.tip.as_deref().and_then(ObjectId::parse);
        if tip == Some(head) {
            return Ok(clock);
        }
        if tip.is_some_and(|tip| !is_on_the_way(repository, tip, head)) {
            clock = Self::default();
            tip = None;
        }
        let not_before = clock
            .commits
            .last()
            .map_or(Moment::EPOCH, |recorded| recorded.at);
        for step in history::history(repository, tip, head, not_before, layout::INCIDENTS)? {
            clock.take(repository, step)?;
        }
        clock.form = FORM;
        clock.prefix = prefix;
        clock.tip = Some(head.to_string());
        if repository.head()?.commit == Some(head) {
            clock.remember(repository);
        }
        Ok(clock)
    }

    /// The commit that recorded the file at `path`.
    pub fn file(&self, path: &str) -> Option<&Recorded> {
        self.commits.get(*self.files.get(path)?)
    }

    /// The commit that recorded the entry `id` inside the incident's file at `path`.
    pub fn inline(&self, path: &str, id: &str) -> Option<&Recorded> {
        match self.inline.get(&inline_key(path, id)) {
            Some(index) => self.commits.get(*index),
            None => self.file(path),
        }
    }

    /// The commit `id`, as the second clock tells it.
    pub fn commit(&self, id: &str) -> Option<&Recorded> {
        self.commits.iter().find(|recorded| recorded.commit == id)
    }

    /// The last commit on the way, as the second clock tells it.
    pub fn head(&self) -> Option<&Recorded> {
        self.commits.last()
    }

    fn take(&mut self, repository: &Repository, step: Step) -> Result<(), RepositoryError> {
        let index = self.commits.len();
        for change in step.changes.iter().filter(|change| change.after.is_some()) {
            if let Some(from) = history::moved_from(change, &step.changes) {
                let earlier = self.files.get(from).copied().unwrap_or(index);
                self.files.entry(change.path.clone()).or_insert(earlier);
                self.move_inline(from, &change.path);
            } else {
                self.files.entry(change.path.clone()).or_insert(index);
                for id in appended_inline(repository, change)? {
                    self.inline
                        .entry(inline_key(&change.path, &id))
                        .or_insert(index);
                }
            }
        }
        self.commits.push(step.recorded);
        Ok(())
    }

    fn move_inline(&mut self, from: &str, to: &str) {
        let prefix = inline_key(from, "");
        let moved: Vec<(String, usize)> = self
            .inline
            .range(prefix.clone()..)
            .take_while(|(key, _)| key.starts_with(&prefix))
            .map(|(key, index)| (key.replacen(from, to, 1), *index))
            .collect();
        self.inline.extend(moved);
    }

    fn place(repository: &Repository) -> PathBuf {
        repository.private_folder().join("second-clock.json")
    }

    fn remembered(repository: &Repository, prefix: &str) -> Option<Self> {
        let bytes = fs::read(Self::place(repository)).ok()?;
        let clock: Self = serde_json::from_slice(&bytes).ok()?;
        (clock.form == FORM && clock.prefix == prefix).then_some(clock)
    }

    /// Remembers for next time. Whatever goes wrong here costs time then, nothing else.
    fn remember(&self, repository: &Repository) {
        let place = Self::place(repository);
        let beside = place.with_extension(format!("{}", std::process::id()));
        let written = serde_json::to_vec(self).ok().and_then(|bytes| {
            fs::create_dir_all(repository.private_folder()).ok()?;
            fs::write(&beside, bytes).ok()?;
            fs::rename(&beside, &place).ok()
        });
        if written.is_none() {
            let _ = fs::remove_file(&beside);
        }
    }
}

fn inline_key(path: &str, id: &str) -> String {
    format!("{path}\n{id}")
}

fn is_on_the_way(repository: &Repository, tip: ObjectId, head: ObjectId) -> bool {
    let commits = repository
        .first_parents(Some(tip), head)
        .unwrap_or_default();
    commits
        .first()
        .is_some_and(|first| first.parent == Some(tip))
}

/// The ids of entries that a change appended to an incident's own file. All entries of
/// a new file land with it, so only a changed file is looked into.
fn appended_inline(
    repository: &Repository,
    change: &FileChange,
) -> Result<Vec<String>, RepositoryError> {
    let (Some(before), Some(after)) = (change.before, change.after) else {
        return Ok(Vec::new());
    };
    let ids = |blob| -> Result<Vec<String>, RepositoryError> {
        let reading = piece::read(&change.path, &repository.blob(blob)?);
        Ok(match reading.piece.map(|piece| piece.content) {
            Some(Content::Incident(declaration)) => inline_ids(&declaration),
            _ => Vec::new(),
        })
    };
    let before = ids(before)?;
    Ok(ids(after)?
        .into_iter()
        .filter(|id| !before.contains(id))
        .collect())
}
