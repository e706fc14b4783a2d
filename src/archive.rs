//! The record as a whole: every incident of a repository, and how it came to be.
//!
//! This floor joins pure incidents with Git. Git itself is named in one module only
//! (`repository`); the others speak of files, commits and branches.

pub mod append;
pub mod append_only;
pub mod assembly;
pub mod collisions;
pub mod history;
pub mod judgement;
pub mod layout;
pub mod ledger;
mod lock;
pub mod lost;
pub mod piece;
pub mod program;
pub mod record;
pub mod repository;
pub mod second_clock;
pub mod settings;
pub mod snapshot;
pub mod walk;

use rayon::prelude::*;

use crate::incident::Incident;
use crate::incident::entry::Recorded;
use crate::incident::vocabulary::Vocabulary;
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::moment::Moment;
use crate::text::source::Source;
use assembly::Assembly;
use record::Record;
use repository::{Repository, RepositoryError};
use second_clock::SecondClock;
use settings::Settings;
use snapshot::{Snapshot, Version};

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
        let snapshot = Snapshot::new(repository, version)?;
        let head = match snapshot.version() {
            Version::Commit(id) => Some(id),
            Version::Folder => repository.head()?.commit,
        };
        let clock = SecondClock::upto(repository, head)?;
        let (settings, mut diagnostics) = settings(&snapshot)?;
        let record = read_record(&snapshot)?;
        let vocabulary = settings.vocabulary();
        let assembly = Assembly {
            record: &record,
            clock: &clock,
            vocabulary: &vocabulary,
            now,
        };
        let names: Vec<&str> = record.folders().map(|(name, _)| name).collect();
        let assembled: Vec<_> = names
            .par_iter()
            .map(|name| assembly.incidents(name))
            .collect();
        let mut incidents = Vec::new();
        for (made, found) in assembled {
            incidents.extend(made);
            diagnostics.extend(found);
        }
        incidents.sort_by(|left, right| left.order().cmp(&right.order()));
        diagnostics.extend(record.faults().cloned());
        let head = clock.head().cloned();
        let diagnostics = judgement::judge(diagnostics, &settings, now);
        Ok(Self {
            settings,
            vocabulary,
            incidents,
            head,
            diagnostics,
        })
    }
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

/// Reads every file below `incidents/`, many at a time.
fn read_record(snapshot: &Snapshot<'_>) -> Result<Record, RepositoryError> {
    let mut record = Record::default();
    let mut texts: Vec<(String, Vec<u8>)> = Vec::new();
    for file in snapshot.list(layout::INCIDENTS)? {
        if file.is_link {
            record.put_fault(&file.path, link(&file.path));
        } else if piece::is_read(&file.path) {
            let bytes = snapshot.read(&file)?;
            texts.push((file.path, bytes));
        } else {
            record.put_name(&file.path);
        }
    }
    let readings: Vec<piece::Reading> = texts
        .par_iter()
        .map(|(path, bytes)| piece::read(path, bytes))
        .collect();
    for ((path, _), reading) in texts.iter().zip(readings) {
        record.put(path, reading);
    }
    Ok(record)
}

fn link(path: &str) -> Diagnostic {
    Diagnostic::error(
        Code::Symlink,
        "a symbolic link stands where a file of the record is read",
    )
    .in_file(path)
    .help("put the file itself here: links are never followed")
}
