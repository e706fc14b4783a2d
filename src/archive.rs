//! The record as a whole: every incident of a repository, and how it came to be.
//!
//! This floor joins pure incidents with Git. Git itself is named in one module only
//! (`repository`); the others speak of files, commits and branches.

pub mod append;
pub mod append_only;
pub mod assembly;
pub mod collisions;
pub mod copies;
pub mod grants;
pub mod history;
pub mod judgement;
pub mod landings;
pub mod layout;
pub mod ledger;
mod lock;
pub mod lost;
pub mod piece;
pub mod program;
pub mod push;
mod reading;
pub mod record;
mod remembered;
pub mod remote;
pub mod repository;
pub mod second_clock;
pub mod settings;
pub mod snapshot;
mod table;
pub mod unfinished;
pub mod unread;
pub mod walk;

use rayon::prelude::*;

use crate::incident::Incident;
use crate::incident::entry::Recorded;
use crate::incident::order;
use crate::incident::vocabulary::Vocabulary;
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::moment::Moment;
use crate::text::source::Source;
use assembly::Assembly;
use record::{Folder, Record};
use repository::{Repository, RepositoryError};
use second_clock::SecondClock;
use settings::Settings;
use snapshot::{Snapshot, Version};

/// Fewer incidents than these are put together by one thread: starting more takes longer.
const FEW: usize = 64;

/// Which of the two clocks the incidents that are read bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clocks {
    /// When things happened and when they were recorded.
    Both,
    /// Only when things happened, for whoever appends: `recorded` is none. Both are read all the
    /// same where something may not count in the order in which it happened.
    First,
}

/// Whether something of an incident is dated in the future, or was written in sight of
/// something that was.
fn is_ahead(folder: &Folder, now: Moment) -> bool {
    let declarations = folder.declarations.values();
    let declared = declarations.map(|(_, declaration)| declaration);
    let inside = declared.clone().flat_map(|declared| &declared.entries);
    let mut entries = inside.chain(folder.entries.values().map(|(_, form)| form.as_ref()));
    entries.any(|form| form.after.is_some() || order::is_ahead(form.at, now))
        || declared
            .clone()
            .any(|declared| order::is_ahead(declared.declared_at, now))
}

/// What was read of a repository: everything readable, and what was wrong.
#[derive(Clone, Debug, Default)]
pub struct Archive {
    /// What `annals.yaml` says.
    pub settings: Settings,
    /// The words of this repository.
    pub vocabulary: Vocabulary,
    /// Every incident, in the order of (`declared_at`, id).
    pub incidents: Vec<Incident>,
    /// The commit that was read, or on which the working folder stands.
    pub head: Option<Recorded>,
    /// What was wrong with the files, in the order of path and line.
    pub diagnostics: Vec<Diagnostic>,
}

impl Archive {
    /// Reads the record at `version`, as of `now`. One broken file never hides the
    /// others: it gives diagnostics.
    pub fn load(
        repository: &Repository,
        version: Version,
        now: Moment,
    ) -> Result<Self, RepositoryError> {
        Self::judged_by(repository, version, now, None)
    }

    /// The same, its diagnostics judged by other settings than its own: no change excuses
    /// what is wrong with it.
    pub fn judged_by(
        repository: &Repository,
        version: Version,
        now: Moment,
        judge: Option<&Settings>,
    ) -> Result<Self, RepositoryError> {
        let snapshot = Snapshot::new(repository, version)?;
        let record = reading::whole(&snapshot)?;
        let clock = clock(&snapshot)?;
        let mut archive = Self::put_together(&snapshot, record, |_| true, &clock, now)?;
        let found = std::mem::take(&mut archive.diagnostics);
        let settings = judge.unwrap_or(&archive.settings);
        archive.diagnostics = judgement::judge(found, settings, now);
        Ok(archive)
    }

    /// Reads only what `typed`, a part of an id, can mean: whoever looks for it among the
    /// incidents finds what they would find among all. Where it means none, or points to
    /// something that is not there, all are read, to tell what may have been meant.
    pub fn about(
        repository: &Repository,
        version: Version,
        now: Moment,
        typed: &str,
        clocks: Clocks,
    ) -> Result<Self, RepositoryError> {
        let part = typed.split('~').next().unwrap_or_default();
        if part.is_empty() {
            return Self::load(repository, version, now);
        }
        let snapshot = Snapshot::new(repository, version)?;
        let is_meant = |name: &str| name.contains(part);
        let mut record = reading::meant(&snapshot, &is_meant)?;
        let needs_both = |folder: &Folder| folder.declarations.len() > 1 || is_ahead(folder, now);
        let needed = record.folders().any(|(_, folder)| needs_both(folder));
        let clock = if clocks == Clocks::Both || needed {
            clock(&snapshot)?
        } else {
            SecondClock::default()
        };
        let others = record.undeclared_originals();
        if !others.is_empty() {
            let with_others = |name: &str| is_meant(name) || others.contains(name);
            record = reading::meant(&snapshot, &with_others)?;
        }
        let mut archive = Self::put_together(&snapshot, record, is_meant, &clock, now)?;
        let unjudged = std::mem::take(&mut archive.diagnostics);
        archive.diagnostics = judgement::judge(unjudged, &archive.settings, now);
        let found = |incident: &Incident| incident.id.as_str().contains(typed);
        let is_lost = |found: &Diagnostic| found.code == Code::UnknownTarget;
        if archive.incidents.iter().any(found) && !archive.diagnostics.iter().any(is_lost) {
            Ok(archive)
        } else {
            Self::load(repository, version, now)
        }
    }

    /// The incidents that `wanted` names, put together from the record's files; its
    /// diagnostics wait to be judged.
    fn put_together(
        snapshot: &Snapshot<'_>,
        mut record: Record,
        wanted: impl Fn(&str) -> bool,
        clock: &SecondClock,
        now: Moment,
    ) -> Result<Self, RepositoryError> {
        let (settings, mut diagnostics) = settings(snapshot)?;
        let vocabulary = settings.vocabulary();
        let names = record.folders().map(|(name, _)| name.to_owned());
        let names: Vec<String> = names.filter(|name| wanted(name)).collect();
        let assemble = |record: &Record, names: &[String]| {
            let assembly = Assembly {
                record,
                clock,
                vocabulary: &vocabulary,
                now: Some(now),
            };
            assembled(&assembly, names)
        };
        let made = assemble(&record, &names);
        let (faulty, sound): (Vec<_>, Vec<_>) = names
            .into_iter()
            .zip(made)
            .partition(|(_, (_, found))| !found.is_empty());
        let faulty: Vec<String> = faulty.into_iter().map(|(name, _)| name).collect();
        reading::texts(snapshot, &mut record, &faulty)?;
        let mut incidents = Vec::new();
        let sound = sound.into_iter().map(|(_, made)| made);
        for (made, found) in sound.chain(assemble(&record, &faulty)) {
            incidents.extend(made);
            diagnostics.extend(found);
        }
        incidents.sort_by_cached_key(|incident| {
            let (declared_at, id) = incident.order();
            (declared_at, id.clone())
        });
        diagnostics.extend(record.faults().cloned());
        Ok(Self {
            diagnostics,
            head: clock.last(),
            settings,
            vocabulary,
            incidents,
        })
    }
}

/// The incidents called `names`, each with what is wrong with it.
fn assembled(assembly: &Assembly<'_>, names: &[String]) -> Vec<(Vec<Incident>, Vec<Diagnostic>)> {
    let each = |name: &String| assembly.incidents(name);
    if names.len() < FEW {
        names.iter().map(each).collect()
    } else {
        names.par_iter().map(each).collect()
    }
}

/// The second clock on the way to what a snapshot stands on.
fn clock(snapshot: &Snapshot<'_>) -> Result<SecondClock, RepositoryError> {
    let repository = snapshot.repository();
    let head = match snapshot.version() {
        Version::Commit(id) => Some(id),
        Version::Folder => repository.head()?.commit,
    };
    SecondClock::upto(repository, head)
}

/// What `annals.yaml` says at this version.
pub fn settings(snapshot: &Snapshot<'_>) -> Result<(Settings, Vec<Diagnostic>), RepositoryError> {
    let Some(bytes) = snapshot.file(settings::FILE)? else {
        return Ok((Settings::default(), Vec::new()));
    };
    Ok(match Source::read(settings::FILE, &bytes) {
        Ok(source) => Settings::read(&source),
        Err(fault) => (Settings::default(), vec![*fault]),
    })
}
