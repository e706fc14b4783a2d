//! Files that seem to belong to the record, and that nobody reads.
//!
//! A file that is misnamed is worse than one that is broken: nothing says so. Told are only
//! names that are all but right, and JSON that says what an incident's file says. Whatever
//! an entry attaches, what Git ignores, and everything that is called in another way
//! (`README.md`, `dump.json`, `.gitkeep`) is somebody's own and left alone.

use std::collections::BTreeSet;

use super::Archive;
use super::layout;
use super::piece;
use super::reading;
use super::repository::{Mode, Repository, RepositoryError};
use super::snapshot::{Snapshot, SnapshotFile, Version};
use crate::incident::entry::Statement;
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::source::Source;
use crate::text::yaml;

/// The file of settings.
const SETTINGS: &str = "annals.yaml";
/// Names that people give it.
const SETTINGS_MISNAMED: [&str; 6] = [
    "annals.yml",
    "annals.yaml.txt",
    "annals.yml.txt",
    "annals.json",
    ".annals.yaml",
    ".annals.yml",
];
/// Names that differ in case: one file where case does not count.
const SETTINGS_IN_ANOTHER_CASE: [&str; 4] =
    ["Annals.yaml", "ANNALS.yaml", "annals.YAML", "Annals.yml"];
/// The folder of golden tests.
const TESTS: &str = "tests";
/// The largest JSON that is looked into.
const LARGEST: usize = 1 << 20;

/// What lies beside the record of `archive` at `version` under a name that is not read.
pub fn unread(
    repository: &Repository,
    version: Version,
    archive: &Archive,
) -> Result<Vec<Diagnostic>, RepositoryError> {
    let snapshot = Snapshot::new(repository, version)?;
    let attached = attached(archive);
    let mut found = Vec::new();
    for file in snapshot.list(layout::INCIDENTS)? {
        let name = layout::name(&file.path);
        let is_attached = attached.contains(&(layout::folder_name(&file.path), name));
        if !file.is_file() || piece::is_read(&file.path) || is_attached {
            continue;
        }
        let wanted = retrospective_name(name)
            .or_else(|| yaml_name(name))
            .or_else(|| said_in_json(&snapshot, &file));
        found.extend(wanted.map(|wanted| told(&file.path, &wanted)));
    }
    for folder in [layout::AUTOMATIONS, TESTS] {
        for file in snapshot.list(folder)? {
            // `annals test` reads the files of the folder itself: what lies deeper in it may be
            // anything, a whole record for somebody's own tests included.
            if folder == TESTS && file.is_file() && layout::folder(&file.path) != TESTS {
                continue;
            }
            let name = layout::name(&file.path);
            let wanted = yaml_name(name).filter(|_| file.is_file() && !layout::is_rule(name));
            found.extend(wanted.map(|wanted| told(&file.path, &wanted)));
        }
    }
    found.extend(nested(&snapshot)?);
    found.extend(settings(&snapshot)?);
    if let Version::Commit(_) = version {
        return Ok(found);
    }
    let mut kept = Vec::new();
    for told in found {
        let path = told.place.as_ref().map(|place| place.path.as_str());
        if !repository.ignores(path.unwrap_or_default())? {
            kept.push(told);
        }
    }
    Ok(kept)
}

/// Repositories of their own where files of this one are read without a word.
fn nested(snapshot: &Snapshot<'_>) -> Result<Vec<Diagnostic>, RepositoryError> {
    let mut found = Vec::new();
    for folder in [layout::TEMPLATES, TESTS] {
        let files = snapshot.list(folder)?.into_iter();
        let nested = files.filter(|file| file.mode == Mode::Submodule);
        found.extend(nested.map(|file| reading::no_file(&file.path, file.mode)));
    }
    Ok(found)
}

/// What entries attach: the names of the incident and of the file.
fn attached(archive: &Archive) -> BTreeSet<(&str, &str)> {
    let entries = archive.incidents.iter().flat_map(|incident| {
        let entries = incident.entries.iter();
        entries.map(|entry| (incident.id.as_str(), &entry.statement))
    });
    let attached = entries.filter_map(|(incident, statement)| match statement {
        Statement::Attach(attachment) => Some((incident, attachment.file.as_str())),
        _ => None,
    });
    attached.collect()
}

/// The name under which a file would be read as a retrospective that is called nearly so.
fn retrospective_name(name: &str) -> Option<String> {
    let bare = without_txt(name);
    let is_one = layout::stem(&bare) == layout::stem(layout::RETROSPECTIVE)
        && [".md", ".markdown", ".mdown"]
            .iter()
            .any(|end| bare.ends_with(end));
    is_one.then(|| layout::RETROSPECTIVE.to_owned())
}

/// The name under which a file would be read as YAML that is called nearly so.
fn yaml_name(name: &str) -> Option<String> {
    let bare = without_txt(name);
    let stem = [".yaml", ".yml"]
        .iter()
        .find_map(|end| bare.strip_suffix(end))?;
    (!layout::is_yaml(name)).then(|| format!("{stem}.yaml"))
}

/// A name in small letters, without the end that some editors and mail programs add.
fn without_txt(name: &str) -> String {
    let lower = name.to_lowercase();
    lower.strip_suffix(".txt").unwrap_or(&lower).to_owned()
}

/// The name for JSON that says what an incident's or an entry's file says.
fn said_in_json(snapshot: &Snapshot<'_>, file: &SnapshotFile) -> Option<String> {
    let stem = file.path.strip_suffix(".json")?;
    // A file that is gone by now, or that nobody may read, is no misnamed one.
    let bytes = snapshot
        .read(file)
        .ok()
        .flatten()
        .filter(|bytes| bytes.len() <= LARGEST)?;
    let source = Source::read(&file.path, &bytes).ok()?;
    let node = yaml::parse(&source).ok()?;
    let is_record =
        node.get("declared_at").is_some() || (node.get("at").is_some() && node.get("by").is_some());
    is_record.then(|| format!("{}.yaml", layout::name(stem)))
}

fn settings(snapshot: &Snapshot<'_>) -> Result<Vec<Diagnostic>, RepositoryError> {
    let mut names = SETTINGS_MISNAMED.to_vec();
    if snapshot.file(SETTINGS)?.is_none() {
        names.extend(SETTINGS_IN_ANOTHER_CASE);
    }
    let mut found = Vec::new();
    for name in names {
        if snapshot.file(name)?.is_some() {
            found.push(told(name, SETTINGS));
        }
    }
    Ok(found)
}

fn told(path: &str, wanted: &str) -> Diagnostic {
    Diagnostic::warning(
        Code::NotRead,
        "this file is not read: its name is not one that annals reads",
    )
    .in_file(path)
    .help(format!(
        "rename it to `{wanted}`; what Git ignores or an entry attaches is left alone"
    ))
}
