//! That the record only grows: what a change does to what was recorded before it.
//!
//! A change leads from the commit at which it began to a later commit or to the working
//! folder. Declarations, entries and attachments may not be touched by it; an incident's
//! file may see items appended to its `entries`, and whole files may move. Everything
//! else of a repository is ordinary. Files are compared by what they say first and by
//! their bytes then, so that a message can name the word that was changed.

mod advice;
mod arrivals;
mod attributes;
mod base;
mod edit;
mod held;
mod inline;
mod loss;
mod meaning;
mod moves;
mod names;
mod news;
mod verdict;
mod words;

use std::collections::BTreeSet;

use super::layout;
use super::repository::{FileDifference, ObjectId, Repository, RepositoryError, Side};
use super::snapshot::{Snapshot, Version, without_returns};
use crate::text::diagnostic::{Code, Diagnostic, Level};
use arrivals::{Arrivals, Place};
use edit::Edit;
use held::{Fork, Held, Part};
use loss::Losses;
use moves::Moves;

pub use base::{Asked, Base};

/// A change of the record: from where it began to what is checked.
pub struct Change<'a> {
    repository: &'a Repository,
    fork: Fork<'a>,
    /// The commit that is checked; none for the working folder.
    to: Option<ObjectId>,
    differences: Vec<FileDifference>,
}

impl<'a> Change<'a> {
    /// The change from commit `from`, which people call `name`, to `version`.
    pub fn of(
        repository: &'a Repository,
        from: ObjectId,
        name: &str,
        version: Version,
    ) -> Result<Self, RepositoryError> {
        let to = match Snapshot::new(repository, version)?.version() {
            Version::Commit(id) => Some(id),
            Version::Folder => None,
        };
        Ok(Self {
            repository,
            fork: Fork::new(repository, from, name),
            to,
            differences: repository.differences(from, to, layout::INCIDENTS)?,
        })
    }

    /// The change that led from commit `from` to commit `to`, whose `differences` below
    /// the incidents are known.
    pub(super) fn known(
        repository: &'a Repository,
        from: ObjectId,
        to: ObjectId,
        differences: Vec<FileDifference>,
    ) -> Self {
        Self {
            repository,
            fork: Fork::new(repository, from, &from.short()),
            to: Some(to),
            differences,
        }
    }

    /// The files that were recorded and that the change edited, deleted or gave another
    /// name.
    pub(super) fn rewritten(&self) -> Result<BTreeSet<String>, RepositoryError> {
        let breaches = self.breaches()?.into_iter();
        let errors = breaches.filter(|found| found.level == Level::Error);
        let places = errors.filter_map(|found| found.place);
        Ok(places.map(|place| place.path).collect())
    }

    /// Everything that the change does to what was recorded before it.
    pub fn breaches(&self) -> Result<Vec<Diagnostic>, RepositoryError> {
        let mut found: Vec<Diagnostic> = self.uprooted()?.into_iter().collect();
        let (mut losses, mut moves) = (Losses::default(), Moves::default());
        let arrivals = self.arrivals()?;
        for difference in &self.differences {
            let Some(before) = difference.before.filter(|_| !is_hidden(&difference.path)) else {
                continue;
            };
            if let Some(path) = arrivals.beside_the_same(difference) {
                moves.add(&difference.path, path);
                continue;
            }
            let Some(held) = self.fork.held(&difference.path, before)? else {
                continue;
            };
            match arrivals.place_of(&held, difference) {
                Place::Here(path) if held.part == Part::Unreadable => found.push(mended(path)),
                Place::Here(path) => {
                    let edits = self.edits(&held, path)?;
                    let is_grown = edits.is_empty() && path != held.path;
                    found.extend(edits);
                    found.extend(is_grown.then(|| moved_and_grown(&held, path, self.fork.name())));
                }
                Place::Moved(path) => moves.add(&held.path, path),
                Place::Link(path) => found.push(linked(&held, path, self.fork.name())),
                Place::Elsewhere(path) => losses.renamed(held, path),
                Place::Nowhere if held.part == Part::Unreadable => found.push(mended(&held.path)),
                Place::Nowhere => {
                    let instead = self.instead_of(&held.path)?;
                    losses.gone(held, instead);
                }
            }
        }
        found.extend(losses.told(self.fork.name()));
        found.extend(moves.told());
        Ok(found)
    }

    /// The paths that the change takes away without putting the same bytes under the same
    /// name elsewhere: another file of that name is what became of it. What only moved
    /// holds its id as before.
    fn edited_elsewhere(&self) -> Result<BTreeSet<&str>, RepositoryError> {
        let arrivals = self.arrivals()?;
        let gone = self.differences.iter().filter(|one| one.after.is_none());
        let edited = gone.filter(|one| !arrivals.hold(one));
        Ok(edited.map(|one| one.path.as_str()).collect())
    }

    /// That the whole record lay elsewhere, so that nothing of it could be compared.
    fn uprooted(&self) -> Result<Option<Diagnostic>, RepositoryError> {
        let root = self.repository.earlier_root(self.fork.id(), self.to)?;
        Ok(root.map(|root| {
            let (was, is) = (
                format!("{root}incidents"),
                self.repository.path("incidents"),
            );
            let message = format!("the record was moved from `{was}` to `{is}`");
            Diagnostic::error(Code::RecordedMoved, message)
                .help("move it back: nothing that was recorded can be compared otherwise")
        }))
    }

    /// The files that the change brings.
    fn arrivals(&self) -> Result<Arrivals, RepositoryError> {
        let mut arrivals = Arrivals::default();
        for difference in self.differences.iter().filter(|one| one.before.is_none()) {
            let Some(side) = difference.after.filter(|side| !side.is_link) else {
                continue;
            };
            arrivals.add(&difference.path, self.blob(&difference.path, side)?);
        }
        Ok(arrivals)
    }

    /// What the change put where the file at `path` was, so that it cannot come back before
    /// that is gone: a folder of its name, or no folder above it.
    fn instead_of(&self, path: &str) -> Result<Option<String>, RepositoryError> {
        // The record's own folder is no path below itself, so no difference tells of it.
        let tip = match self.to {
            Some(id) => Some(id),
            None => self.repository.head()?.commit,
        };
        let root = tip.map(|tip| self.repository.no_folder(tip, layout::INCIDENTS));
        if root.transpose()?.flatten().is_some() {
            return Ok(Some(self.repository.path(layout::INCIDENTS)));
        }
        let is_there = |one: &FileDifference| one.after.is_some();
        let above = path
            .match_indices('/')
            .filter_map(|(end, _)| path.get(..end));
        let mut above = above.filter(|above| self.at(above).is_some_and(is_there));
        let below = format!("{path}/");
        let from = self.differences.partition_point(|one| one.path < below);
        let inside = self.differences.iter().skip(from);
        let mut inside = inside.take_while(|one| one.path.starts_with(&below));
        let found = above
            .next()
            .or_else(|| inside.any(is_there).then_some(path));
        Ok(found.map(|path| self.repository.path(path)))
    }

    /// The difference at `path`.
    fn at(&self, path: &str) -> Option<&FileDifference> {
        let found = self
            .differences
            .binary_search_by(|one| one.path.as_str().cmp(path));
        self.differences.get(found.ok()?)
    }

    fn edits(&self, held: &Held, path: &str) -> Result<Vec<Diagnostic>, RepositoryError> {
        let side = self.at(path).and_then(|difference| difference.after);
        let Some(side) = side else {
            return Ok(Vec::new());
        };
        let (id, bytes) = self.kept(path, side)?;
        if id == held.id {
            return Ok(Vec::new());
        }
        let edit = Edit {
            held,
            path,
            bytes: &bytes,
            revision: self.fork.name(),
        };
        Ok(edit.told())
    }

    /// The blob of the file at `path`, as far as it can be told without running a filter.
    fn blob(&self, path: &str, side: Side) -> Result<ObjectId, RepositoryError> {
        match side.id {
            Some(id) => Ok(id),
            None => ObjectId::of_blob(&self.bytes(path, side)?),
        }
    }

    /// The bytes of the file at `path` as Git holds them: what a filter or an attribute
    /// makes of them in the working folder is no part of the record. Of a file that Git does
    /// not hold yet, what lies there.
    fn bytes(&self, path: &str, side: Side) -> Result<Vec<u8>, RepositoryError> {
        if let Some(id) = side.id {
            return self.repository.blob(id);
        }
        let snapshot = Snapshot::new(self.repository, Version::Folder)?;
        Ok(snapshot.file(path)?.unwrap_or_default())
    }

    /// What Git holds, or would keep, of the file at `path`: its blob, and its bytes as far
    /// as no filter alters them.
    fn kept(&self, path: &str, side: Side) -> Result<(ObjectId, Vec<u8>), RepositoryError> {
        let bytes = self.bytes(path, side)?;
        let id = match side.id {
            Some(id) => id,
            None => self.repository.blob_of(path, &bytes)?,
        };
        // Where Git drops the carriage returns of a working folder, they count for nothing.
        let bare = without_returns(&bytes);
        let dropped = bare != bytes && ObjectId::of_blob(&bare)? == id;
        Ok((id, if dropped { bare } else { bytes }))
    }
}

/// Whether a path is no part of the record because a name in it begins with a dot.
fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.'))
}

fn mended(path: &str) -> Diagnostic {
    let message = "this file could not be read before, so nothing recorded is lost by changing it";
    Diagnostic::warning(Code::Mended, message)
        .in_file(path)
        .help("see that it says what its author meant")
}

/// That a file was moved and appended to at once: it would count as recorded only then.
fn moved_and_grown(held: &Held, path: &str, revision: &str) -> Diagnostic {
    let message = format!("{} was moved and appended to in one change", held.what());
    Diagnostic::error(Code::RecordedMoved, message)
        .in_file(path)
        .because(held.first_place(revision), "recorded")
        .help(
            "move it in a change of its own, unchanged: otherwise it would count as recorded anew",
        )
}

fn linked(held: &Held, path: &str, revision: &str) -> Diagnostic {
    let message = format!("a symbolic link stands in the place of {}", held.what());
    Diagnostic::error(Code::RecordedEdited, message)
        .in_file(path)
        .because(held.first_place(revision), "recorded")
        .help("put the file itself back: links are never followed")
        .command(advice::put_back(revision, path))
}
