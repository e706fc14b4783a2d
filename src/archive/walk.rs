//! History walked commit by commit: what each commit appended.
//!
//! Only the incidents that some commit of the stretch touches are read, and each file
//! once. They are kept as they stood and changed by what each commit touched. What was
//! not there before a commit and is there after it is new, and bears the commit; whether
//! it had been there once before, and had vanished, is for whoever remembers that (see
//! [`Gone`]), or for the second clock where nobody does.

mod ahead;
mod beside;
mod news;
mod turns;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::append_only::Change;
use super::assembly::Assembly;
use super::history::{self, Landing, Step};
use super::record::{Folder, Record};
use super::repository::{FileDifference, Mode, ObjectId, Repository, RepositoryError};
use super::second_clock::SecondClock;
use super::snapshot::{Snapshot, Version};
use super::{layout, reading};
use crate::incident::Incident;
use crate::incident::vocabulary::Vocabulary;
use crate::text::diagnostic::Diagnostic;
use crate::text::moment::Moment;
use crate::text::source::Source;
use ahead::Ahead;
use news::{News, Parts};
pub use turns::Turns;

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
    /// When `after` was received, where that is remembered; its own date otherwise.
    pub received: Option<Moment>,
    /// When things were recorded on the way to `after`, where nobody remembers what had
    /// vanished by then: what comes back is not new.
    pub earlier: Option<&'a SecondClock>,
    /// The incidents whose files did not lie side by side at `after`, where that is known:
    /// the others are read where they are touched.
    pub scattered: Option<&'a BTreeSet<String>>,
    /// When things landed on the way to `after`, where the order of entries depends on it.
    pub turns: Cow<'a, Turns>,
}

impl<'a> Walk<'a> {
    /// What each commit appended, oldest first, told one by one. A commit that touched
    /// neither incidents nor automations is left out, save the last.
    pub fn landings(&self) -> Result<Landings<'a>, RepositoryError> {
        let not_before = match (self.received, self.after) {
            (Some(received), _) => received,
            (None, Some(after)) => {
                let date = history::date(self.repository, after, self.to)?;
                date.unwrap_or(Moment::EPOCH)
            }
            (None, None) => Moment::EPOCH,
        };
        let folders = [layout::INCIDENTS, layout::AUTOMATIONS];
        let steps = history::history(self.repository, self.after, self.to, not_before, &folders)?;
        let record = match self.after {
            Some(after) => self.before(after, &steps)?,
            None => Record::default(),
        };
        Ok(Landings {
            repository: self.repository,
            vocabulary: self.vocabulary,
            earlier: self.earlier,
            to: self.to,
            clock: OnceCell::new(),
            ahead: Ahead::of(self.repository, self.vocabulary, &steps, self.to)?,
            steps: steps.into_iter(),
            record,
            turns: self.turns.clone().into_owned(),
        })
    }
}

impl Walk<'_> {
    /// What `steps` touch, as it stood in commit `after`.
    fn before(&self, after: ObjectId, steps: &[Step]) -> Result<Record, RepositoryError> {
        let touched: BTreeSet<&str> = steps.iter().flat_map(Step::touched).collect();
        if touched.is_empty() {
            return Ok(Record::default());
        }
        if let Some(scattered) = self.scattered {
            let changes = steps.iter().flat_map(Step::below_incidents);
            let paths = changes.map(|change| change.path.as_str()).collect();
            if let Some(record) = beside::record(self.repository, after, &paths, scattered)? {
                return Ok(record);
            }
        }
        let before = Snapshot::new(self.repository, Version::Commit(after))?;
        let meant = named(&before, steps)?;
        reading::meant(&before, &|name| meant.contains(name))
    }
}

/// The incidents that `steps` touch, by name. A file's folder is an incident's own only where
/// a file of that name declares one: the folder of a month is none, and what else was
/// declared in that month is not read for it.
fn named(before: &Snapshot<'_>, steps: &[Step]) -> Result<BTreeSet<String>, RepositoryError> {
    let paths = || {
        let changes = steps.iter().flat_map(Step::below_incidents);
        changes.map(|change| change.path.as_str())
    };
    let mut named: BTreeSet<String> = paths().map(|path| layout::stem(path).to_owned()).collect();
    let folders: BTreeSet<&str> = paths().map(layout::folder_name).collect();
    let listed = before.list_meant(layout::INCIDENTS, &|name| folders.contains(name))?;
    let declared = listed.iter().map(|file| layout::stem(&file.path));
    named.extend(
        declared
            .filter(|stem| folders.contains(stem))
            .map(str::to_owned),
    );
    Ok(named)
}

/// What the commits of a stretch appended, one after the other.
pub struct Landings<'a> {
    repository: &'a Repository,
    vocabulary: &'a Vocabulary,
    earlier: Option<&'a SecondClock>,
    to: ObjectId,
    /// What landed first on the way to `to`, once that matters.
    clock: OnceCell<SecondClock>,
    ahead: Ahead,
    steps: std::vec::IntoIter<Step>,
    record: Record,
    turns: Turns,
}

impl Iterator for Landings<'_> {
    type Item = Result<Landing, RepositoryError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let step = self.steps.next()?;
            match self.landing(&step) {
                Ok(landing) if landing.says_nothing() && step.id != self.to => {}
                landing => return Some(landing),
            }
        }
    }
}

impl Landings<'_> {
    fn landing(&mut self, step: &Step) -> Result<Landing, RepositoryError> {
        let names: BTreeSet<&str> = step.touched().collect();
        let only_adds = step.below_incidents().all(|change| change.before.is_none());
        let (mut before, mut rewritten) = if only_adds {
            (BTreeMap::new(), BTreeMap::new())
        } else {
            (self.before(&names)?, self.rewritten(step)?)
        };
        self.apply(step);
        let (mut appended, mut scattered) = (Vec::new(), Vec::new());
        for name in names {
            let Some(folder) = self.record.folder(name) else {
                continue;
            };
            if is_scattered(folder) {
                scattered.push(name.to_owned());
            }
            let news = News {
                step,
                earlier: self.earlier,
                rewritten: rewritten.remove(name),
            };
            let after = self.incidents(&self.record, name)?;
            let told = match before.remove(name) {
                _ if only_adds => news.of(name, &self.parts_before(name, step, &after)?, after),
                before => news.since(name, before.unwrap_or_default(), folder, after),
            };
            appended.extend(told.into_iter().filter(|told| !told.is_nothing()));
        }
        for told in &mut appended {
            self.ahead.hide(&mut told.incident);
            self.turns.land(step, told);
        }
        Ok(Landing {
            recorded: step.recorded.clone(),
            appended,
            automations: self.automations(step)?,
            scattered,
        })
    }

    /// What there is of the incidents called `names`, and those incidents.
    fn before<'b>(
        &self,
        names: &BTreeSet<&'b str>,
    ) -> Result<BTreeMap<&'b str, (Parts<'static>, Vec<Incident>)>, RepositoryError> {
        let mut known = BTreeMap::new();
        for name in names {
            if let Some(folder) = self.record.folder(name) {
                let incidents = self.incidents(&self.record, name)?;
                let parts = Parts::of(folder, &incidents).into_owned();
                known.insert(*name, (parts, incidents));
            }
        }
        Ok(known)
    }

    /// What there was of the incident called `name` before a step that only adds, and makes
    /// the incidents `after`.
    fn parts_before<'b>(
        &'b self,
        name: &str,
        step: &Step,
        after: &[Incident],
    ) -> Result<Parts<'b>, RepositoryError> {
        let Some(folder) = self.record.folder(name) else {
            return Ok(Parts::default());
        };
        if !has_id_twice(after) {
            return Ok(Parts::without(folder, step));
        }
        let mut record = Record::of(name, folder.clone());
        for change in step.below_incidents() {
            record.take_out(&change.path);
        }
        let before = self.incidents(&record, name)?;
        let parts = record.folder(name).map(|folder| Parts::of(folder, &before));
        Ok(parts.map(Parts::into_owned).unwrap_or_default())
    }

    /// The incidents that the files of `record` make which are called `name`.
    fn incidents(&self, record: &Record, name: &str) -> Result<Vec<Incident>, RepositoryError> {
        incidents(
            self.repository,
            record,
            self.vocabulary,
            name,
            (self.to, &self.clock),
        )
    }

    /// Every file of `automations/`, where the commit changed any.
    fn automations(&self, step: &Step) -> Result<Option<Vec<Source>>, RepositoryError> {
        let mut changes = step.changes.iter();
        let is_changed = changes.any(|change| is_below(layout::AUTOMATIONS, &change.path));
        is_changed
            .then(|| automations(self.repository, step.id))
            .transpose()
    }

    /// Changes the record as the commit did: what went first, then what came, so that a
    /// file that was moved is not taken for one that is gone.
    fn apply(&mut self, step: &Step) {
        for change in step.below_incidents() {
            if change.before.is_some() {
                self.record.take_out(&change.path);
            }
        }
        for change in step.below_incidents() {
            let path = change.path.as_str();
            match (self.ahead.take(change), change.after) {
                (Some(reading), _) => {
                    self.record.put(path, reading);
                }
                (None, Some(side)) if side.is_link => {
                    self.record
                        .put_fault(path, reading::no_file(path, Mode::Link));
                }
                (None, Some(_)) => {
                    self.record.put_name(path);
                }
                (None, None) => {}
            }
        }
    }

    /// The incidents of which the commit edited or deleted what was recorded, each with a
    /// text that tells what it did.
    fn rewritten(&self, step: &Step) -> Result<BTreeMap<String, String>, RepositoryError> {
        let Some(parent) = step.parent else {
            return Ok(BTreeMap::new());
        };
        let differences: Vec<FileDifference> = step.below_incidents().cloned().collect();
        let change = Change::known(self.repository, parent, step.id, differences);
        let mut rewritten: BTreeMap<String, String> = BTreeMap::new();
        for path in change.rewritten()? {
            let own = self.record.folder(layout::stem(&path));
            let is_own = own.is_some_and(|folder| folder.declarations.contains_key(&path));
            let beside = self.record.folder(layout::folder_name(&path));
            let is_beside = beside.is_some_and(|folder| !folder.declarations.is_empty());
            let name = if is_own || !is_beside {
                layout::stem(&path)
            } else {
                layout::folder_name(&path)
            };
            let told = rewritten.entry(name.to_owned()).or_default();
            let change = step.changes.iter().find(|change| change.path == path);
            let blobs = change.map(|change| (change.blob_before(), change.blob_after()));
            let _ = write!(told, "{} {blobs:?};", layout::name(&path));
        }
        Ok(rewritten)
    }
}

/// The incidents called by `names` as they stood in commit `id`, without a judgement of
/// their files, and without knowing when they were recorded.
pub fn incidents_at(
    repository: &Repository,
    vocabulary: &Vocabulary,
    id: ObjectId,
    names: &BTreeSet<&str>,
) -> Result<Vec<Incident>, RepositoryError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let snapshot = Snapshot::new(repository, Version::Commit(id))?;
    let record = reading::meant(&snapshot, &|name| names.contains(name))?;
    let (clock, mut all) = (OnceCell::new(), Vec::new());
    for name in names {
        all.extend(incidents(
            repository,
            &record,
            vocabulary,
            name,
            (id, &clock),
        )?);
    }
    Ok(all)
}

/// Whether the files of an incident lie elsewhere than side by side, or none of them
/// declares it.
fn is_scattered(folder: &Folder) -> bool {
    let declared = folder.declarations.keys();
    let mut own = declared.map(|path| layout::incident_folder(path));
    let first = own.next();
    let mut entries = folder.entries.keys();
    let strays = |path: &String| path.rsplit_once('/').map(|(folder, _)| folder) != first;
    own.next().is_some() || entries.any(strays)
}

/// The incidents called `name`, without a judgement of their files. Which of several files
/// bears an id that stands twice is settled by which landed first on the way to a commit;
/// that is looked up, once, only for such incidents: no record should have any.
fn incidents(
    repository: &Repository,
    record: &Record,
    vocabulary: &Vocabulary,
    name: &str,
    (head, landed): (ObjectId, &OnceCell<SecondClock>),
) -> Result<Vec<Incident>, RepositoryError> {
    let made = |clock: &SecondClock| {
        let assembly = Assembly {
            record,
            clock,
            vocabulary,
            now: None,
        };
        assembly.incidents(name).0
    };
    let incidents = made(&SecondClock::default());
    if !has_id_twice(&incidents) {
        return Ok(incidents);
    }
    if landed.get().is_none() {
        let _ = landed.set(SecondClock::upto(repository, Some(head))?);
    }
    let mut incidents = landed.get().map(made).unwrap_or(incidents);
    // Who reads landings one by one tells them the commits; none is known before its own.
    for incident in &mut incidents {
        incident.recorded = None;
        for entry in &mut incident.entries {
            entry.recorded = None;
        }
    }
    Ok(incidents)
}

/// Whether one id means several things among `incidents`, which are called alike.
fn has_id_twice(incidents: &[Incident]) -> bool {
    let mut entries = incidents.iter().flat_map(|incident| &incident.entries);
    incidents.len() > 1 || entries.any(|entry| entry.id.is_again())
}

impl Step {
    /// What it changed below the folder of incidents, without what is hidden.
    fn below_incidents(&self) -> impl Iterator<Item = &FileDifference> {
        let changes = self.changes.iter();
        changes.filter(|change| {
            is_below(layout::INCIDENTS, &change.path) && !change.path.contains("/.")
        })
    }

    /// The names of the incidents that it may have touched.
    fn touched(&self) -> impl Iterator<Item = &str> {
        self.below_incidents().flat_map(|change| {
            let path = change.path.as_str();
            [layout::stem(path), layout::folder_name(path)]
        })
    }
}

fn is_below(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// What the one commit called `commit` appended; `turns` are those of a walk beyond it.
pub fn landing(
    repository: &Repository,
    vocabulary: &Vocabulary,
    commit: &str,
    turns: &Turns,
) -> Result<Option<Landing>, RepositoryError> {
    let to = repository.resolve(commit)?;
    let walk = Walk {
        repository,
        vocabulary,
        after: repository.commit(to)?.parent,
        to,
        received: None,
        earlier: None,
        scattered: None,
        turns: Cow::Borrowed(turns),
    };
    walk.landings()?.last().transpose()
}

/// The automations as they stand in commit `id`. A file that cannot be read at all is there as
/// one in which everything is wrong: it is not gone.
pub fn automations(repository: &Repository, id: ObjectId) -> Result<Vec<Source>, RepositoryError> {
    let (mut sources, unread) = automation_files(&Snapshot::new(repository, Version::Commit(id))?)?;
    let places = unread.iter().filter_map(|fault| fault.place.as_ref());
    sources.extend(places.map(|place| Source::new(&place.path, UNREADABLE)));
    Ok(sources)
}

/// What no reader takes for automations.
const UNREADABLE: &str = "[";

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
    for file in files
        .iter()
        .filter(|file| file.mode == Mode::Submodule || layout::is_rule(&file.path))
    {
        if !file.is_file() {
            found.push(reading::no_file(&file.path, file.mode));
            continue;
        }
        let Some(bytes) = snapshot.read(file)? else {
            continue;
        };
        match Source::read(&file.path, &bytes) {
            Ok(source) => sources.push(source),
            Err(fault) => found.push(*fault),
        }
    }
    Ok((sources, found))
}
