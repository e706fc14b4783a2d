//! All that is wrong with a change, seen from its base.

use super::Change;
use super::attributes;
use super::base::Base;
use super::names;
use super::words::{self, Side};
use crate::archive::judgement::judge;
use crate::archive::repository::{ObjectId, Repository, RepositoryError};
use crate::archive::settings::{self, Settings};
use crate::archive::snapshot::{Snapshot, Version};
use crate::archive::{Archive, layout};
use crate::text::diagnostic::{Diagnostic, Level};
use crate::text::moment::Moment;
use crate::text::source::Source;

impl Base {
    /// Everything that the change from here to `version`, read as `archive`, does to what
    /// was recorded. What the base says of checks and waivers counts, not what the change
    /// says: no change excuses itself.
    pub fn breaches(
        &self,
        repository: &Repository,
        version: Version,
        archive: &Archive,
        now: Moment,
    ) -> Result<Vec<Diagnostic>, RepositoryError> {
        let mut found = self.faults.clone();
        for (fork, name) in &self.forks {
            let change = Change::of(repository, *fork, name, version)?;
            let mut breaches = change.breaches()?;
            breaches.extend(names::taken(repository, self, &change)?);
            breaches.extend(change.altered(&breaches)?);
            found.extend(breaches);
            if version == Version::Folder {
                found.extend(attributes::altered(repository, *fork)?);
            }
            found.extend(self.words(repository, *fork, version, archive)?);
        }
        Ok(judge(found, &self.settings, now))
    }

    /// What the base received since it parted from the change.
    pub fn since(&self, repository: &Repository) -> Result<Vec<String>, RepositoryError> {
        let mut paths = Vec::new();
        for (fork, _) in &self.forks {
            let new = repository.differences(*fork, Some(self.tip), layout::INCIDENTS)?;
            let new = new.into_iter().filter(|one| one.before.is_none());
            paths.extend(new.map(|one| one.path));
        }
        Ok(paths)
    }

    fn words(
        &self,
        repository: &Repository,
        fork: ObjectId,
        version: Version,
        archive: &Archive,
    ) -> Result<Vec<Diagnostic>, RepositoryError> {
        let broken = |found: &Diagnostic| {
            let place = found.place.as_ref();
            found.level == Level::Error && place.is_some_and(|place| place.path == settings::FILE)
        };
        if archive.diagnostics.iter().any(broken) {
            return Ok(Vec::new());
        }
        let (before, old) = read_settings(repository, Version::Commit(fork))?;
        let (_, new) = read_settings(repository, version)?;
        let (before, after) = (
            Side {
                source: old.as_ref(),
                settings: &before,
            },
            Side {
                source: new.as_ref(),
                settings: &archive.settings,
            },
        );
        let name = self.forks.iter().find(|(known, _)| *known == fork);
        let name = name.map_or("", |(_, name)| name);
        Ok(words::words(&before, &after, &archive.incidents, name))
    }
}

/// `annals.yaml` at a version, and what it says.
fn read_settings(
    repository: &Repository,
    version: Version,
) -> Result<(Settings, Option<Source>), RepositoryError> {
    let snapshot = Snapshot::new(repository, version)?;
    let (settings, _) = crate::archive::settings(&snapshot)?;
    let bytes = snapshot.file(settings::FILE)?;
    let source = bytes.and_then(|bytes| Source::read(settings::FILE, &bytes).ok());
    Ok((settings, source))
}
