//! When each file and each inline entry was recorded: entry → commit.
//!
//! Computed from history, and remembered in the Git directory up to the commit that was
//! read last; deleting that file costs time and nothing else. What is remembered also
//! answers for the commits before: what stands in one of them was recorded no later.

use std::borrow::Cow;
use std::path::PathBuf;

use super::assembly::inline_ids;
use super::history::{self, Step};
use super::landings::Landings;
use super::layout;
use super::piece::{self, Content};
use super::repository::{FileDifference, ObjectId, Repository, RepositoryError};
use super::table::Table;
use crate::incident::entry::Recorded;
use crate::incident::order::Turn;
use crate::text::moment::Moment;

/// What the keys of the remembered table begin with: the commits by their number on the
/// way, for each file and each appended inline entry the number of its commit, and for each
/// file that is gone that number and its path.
const COMMIT: &str = "c";
const FILE: &str = "f";
const INLINE: &str = "i";
const GONE: &str = "g";
/// The table is written anew when it grows by one part in so many. What is fewer is sooner
/// walked again than a large table is written.
const WORTH: usize = 128;
/// How many commits there are on the way.
const COUNT: &[u8] = b"commits";

/// When things were recorded on the way to one commit.
#[derive(Clone, Debug, Default)]
pub struct SecondClock {
    table: Table,
    /// How many commits lead to the one that was asked for, itself included.
    commits: u32,
}

impl SecondClock {
    /// The clock on the way to `head`, from what is remembered and what came since.
    pub fn upto(repository: &Repository, head: Option<ObjectId>) -> Result<Self, RepositoryError> {
        let Some(head) = head else {
            return Ok(Self::default());
        };
        let (place, form) = place(repository, head)?;
        let mut clock = Self::of(Table::open(&place, &form));
        if let Some(number) = clock.number_of(head) {
            clock.commits = number + 1;
            return Ok(clock);
        }
        let mut tip = clock.head();
        if tip.is_some_and(|(tip, _)| !is_on_the_way(repository, tip, head)) {
            clock = Self::default();
            tip = None;
        }
        let not_before = tip.map_or(Moment::EPOCH, |(_, at)| at);
        let after = tip.map(|(tip, _)| tip);
        let mut is_settled = true;
        for step in history::history(repository, after, head, not_before, &[layout::INCIDENTS])? {
            is_settled &= !step.is_ahead;
            clock.take(repository, &step)?;
        }
        // When a commit landed that is dated after the present is not settled before its date.
        let is_worth_it = is_settled && clock.table.fresh() * WORTH > clock.table.written();
        if is_worth_it && repository.head()?.commit == Some(head) {
            clock.table.save(&place, &form, |_| true);
        }
        Ok(clock)
    }

    /// The commit that recorded the file at `path`.
    pub fn file(&self, path: &str) -> Option<Recorded> {
        let asked = (self.commits > 0).then(|| key(FILE, path))?;
        self.recorded(self.number_under(&asked)?)
    }

    /// The number of the commit that recorded the file at `path`: what came first has the
    /// lower one.
    pub fn number(&self, path: &str) -> Option<u32> {
        self.number_under(&key(FILE, path))
    }

    /// The same of the entry `id` inside the incident's file at `path`.
    pub fn inline_number(&self, path: &str, id: &str) -> Option<u32> {
        let own = self.number_under(&inline_key(path, id));
        own.or_else(|| self.number(path))
    }

    /// Where the commit called `number` stands in the history; none for what came after the
    /// commit that was asked for.
    pub fn turn(&self, number: Option<u32>) -> Option<Turn> {
        let number = number.filter(|number| *number < self.commits)?;
        let dated = self.row(number)?.dated;
        Some(Turn { number, dated })
    }

    /// The commit that recorded the entry `id` inside the incident's file at `path`.
    pub fn inline(&self, path: &str, id: &str) -> Option<Recorded> {
        match self.number_under(&inline_key(path, id)) {
            Some(number) => self.recorded(number),
            None => self.file(path),
        }
    }

    /// Whether the entry `id` inside the incident's file at `path` was recorded on the way.
    pub fn has_inline(&self, path: &str, id: &str) -> bool {
        self.number_under(&inline_key(path, id)).is_some()
    }

    /// When the commit `id` was received.
    pub fn received(&self, id: ObjectId) -> Option<Moment> {
        Some(self.recorded(self.number_of(id)?)?.at)
    }

    /// The last commit on the way, as the second clock tells it.
    pub fn last(&self) -> Option<Recorded> {
        self.recorded(self.commits.checked_sub(1)?)
    }

    fn of(table: Table) -> Self {
        // Each commit has a row. A table that counts more was not written here, and looking for
        // a commit among four thousand million that are not there takes minutes.
        let count = table.get(COUNT).and_then(number);
        let is_whole = |count: &u32| usize::try_from(*count).is_ok_and(|n| n <= table.written());
        match count.filter(is_whole) {
            Some(commits) => Self { table, commits },
            None => Self::default(),
        }
    }

    fn head(&self) -> Option<(ObjectId, Moment)> {
        let number = self.commits.checked_sub(1)?;
        let row = self.row(number)?;
        Some((row.id, row.at))
    }

    fn recorded(&self, number: u32) -> Option<Recorded> {
        let row = self.row(number)?;
        Some(Recorded {
            commit: row.id.to_string(),
            at: row.at,
            by: row.by.to_owned(),
        })
    }

    fn row(&self, number: u32) -> Option<Row<'_>> {
        Row::of(self.table.get(&commit_key(number))?)
    }

    fn number_of(&self, id: ObjectId) -> Option<u32> {
        let last = self.commits.checked_sub(1)?;
        if self.head().is_some_and(|(head, _)| head == id) {
            return Some(last);
        }
        // Who asks for another commit mostly means one of the latest.
        (0..last).rev().find(|number| {
            let row = self.table.get(&commit_key(*number));
            row.is_some_and(|row| row.starts_with(id.as_bytes()))
        })
    }

    /// The number under `key`; none for what was recorded only after the commit that was
    /// asked for.
    fn number_under(&self, key: &[u8]) -> Option<u32> {
        let number = number(self.table.get(key)?)?;
        (number < self.commits).then_some(number)
    }

    fn take(&mut self, repository: &Repository, step: &Step) -> Result<(), RepositoryError> {
        let number = self.commits;
        for change in step.changes.iter().filter(|change| change.after.is_none()) {
            self.note_gone(change);
        }
        let any_gone = self.table.rows(GONE.as_bytes()).next().is_some();
        for change in step.changes.iter().filter(|change| change.after.is_some()) {
            let from = Some(change)
                .filter(|_| any_gone)
                .and_then(|change| self.from(change));
            if let Some((earlier, from)) = from {
                self.note(key(FILE, &change.path), earlier);
                self.move_inline(&from, &change.path);
            } else {
                self.note(key(FILE, &change.path), number);
                for id in appended_inline(repository, change)? {
                    self.note(inline_key(&change.path, &id), number);
                }
            }
        }
        let seconds = step.recorded.at.seconds().to_le_bytes();
        let dated = step.dated.seconds().to_le_bytes();
        let by = step.recorded.by.as_bytes();
        let commit = [step.id.as_bytes(), &seconds, &dated, by].concat();
        self.table.put(commit_key(number), commit);
        self.commits = number + 1;
        let count = self.commits.to_le_bytes();
        self.table.put(COUNT.to_vec(), count.to_vec());
        Ok(())
    }

    /// Notes when a file that is gone was recorded: the same bytes under the same name are
    /// the same part of the record, in whatever folder and with whatever commit they come
    /// back.
    fn note_gone(&mut self, change: &FileDifference) {
        let recorded = self.table.get(&key(FILE, &change.path)).and_then(number);
        let (Some(recorded), Some(blob)) = (recorded, change.blob_before()) else {
            return;
        };
        let row = [&recorded.to_le_bytes(), change.path.as_bytes()].concat();
        for key in gone_keys(&change.path, blob) {
            if self.table.get(&key).is_none() {
                self.table.put(key, row.clone());
            }
        }
    }

    /// When a file that is new was recorded first, and where it lay then; none when nothing
    /// like it was there before.
    fn from(&self, change: &FileDifference) -> Option<(u32, String)> {
        let blob = change.blob_after().filter(|_| change.before.is_none())?;
        let keys = gone_keys(&change.path, blob);
        let row = keys.iter().find_map(|key| self.table.get(key))?;
        let (_, path) = row.split_first_chunk::<4>()?;
        let path = std::str::from_utf8(path).ok()?;
        Some((number(row)?, path.to_owned()))
    }

    /// What was recorded once stays recorded then.
    fn note(&mut self, key: Vec<u8>, number: u32) {
        if self.table.get(&key).is_none() {
            self.table.put(key, number.to_le_bytes().to_vec());
        }
    }

    fn move_inline(&mut self, from: &str, to: &str) {
        let prefix = inline_key(from, "");
        let moved: Vec<(Vec<u8>, Vec<u8>)> = self
            .table
            .rows(&prefix)
            .map(|(old, number)| {
                let id = old.get(prefix.len()..).unwrap_or_default();
                ([&inline_key(to, ""), id].concat(), number.to_vec())
            })
            .collect();
        for (key, number) in moved {
            self.table.put(key, number);
        }
    }
}

/// Where the clock of this record is remembered, and in what form: what was read by other
/// landings than the ledger tells now is read anew.
fn place(repository: &Repository, head: ObjectId) -> Result<(PathBuf, String), RepositoryError> {
    let place = repository.private_folder().join("second-clock");
    let landings = Landings::of(repository, head)?.summary()?;
    let root = repository.path("");
    Ok((place, format!("second clock 5 {root:?} {landings}")))
}

fn key(kind: &str, path: &str) -> Vec<u8> {
    [kind, path].concat().into_bytes()
}

/// Under what a file that is gone is found again: first by the folder's name and its own,
/// as entries are, then by its own alone, as an incident's file is.
fn gone_keys(path: &str, blob: ObjectId) -> [Vec<u8>; 2] {
    let key = |folder: &str| {
        let name = [GONE, folder, "/", layout::name(path), "\0"].concat();
        [name.as_bytes(), blob.as_bytes()].concat()
    };
    [key(layout::folder_name(path)), key("")]
}

/// No path of Git's holds a zero byte.
fn inline_key(path: &str, id: &str) -> Vec<u8> {
    [INLINE, path, "\0", id].concat().into_bytes()
}

/// Large numbers come after small ones.
fn commit_key(number: u32) -> Vec<u8> {
    [COMMIT.as_bytes(), &number.to_be_bytes()].concat()
}

fn number(value: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(*value.first_chunk()?))
}

/// A remembered commit.
struct Row<'a> {
    id: ObjectId,
    /// When it was received.
    at: Moment,
    /// The date that its committer's clock gave it.
    dated: Moment,
    /// Whose it is.
    by: &'a str,
}

impl<'a> Row<'a> {
    fn of(value: &'a [u8]) -> Option<Self> {
        let (id, rest) = value.split_at_checked(ObjectId::LENGTH)?;
        let (at, rest) = rest.split_first_chunk()?;
        let (dated, by) = rest.split_first_chunk()?;
        let moment = |seconds: &[u8; 8]| Moment::from_seconds(i64::from_le_bytes(*seconds));
        Some(Self {
            id: ObjectId::from_bytes(id)?,
            at: moment(at)?,
            dated: moment(dated)?,
            by: std::str::from_utf8(by).ok()?,
        })
    }
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
    change: &FileDifference,
) -> Result<Vec<String>, RepositoryError> {
    let (Some(before), Some(after)) = (change.blob_before(), change.blob_after()) else {
        return Ok(Vec::new());
    };
    let ids = |blob| -> Result<Vec<String>, RepositoryError> {
        let reading = piece::read(&change.path, &repository.blob(blob)?);
        Ok(match reading.piece.map(|piece| piece.content) {
            Some(Content::Incident(declaration)) => {
                inline_ids(&declaration).map(Cow::into_owned).collect()
            }
            _ => Vec::new(),
        })
    };
    let before = ids(before)?;
    Ok(ids(after)?
        .into_iter()
        .filter(|id| !before.contains(id))
        .collect())
}
