//! `annals check`: everything that is wrong in the files.

use super::arguments::{Check, Format};
use super::context::{Context, print_json};
use super::failure::Failure;
use super::{console, exit, shown};
use crate::archive::append_only::{Asked, Base, Change};
use crate::archive::collisions::Collisions;
use crate::archive::grants;
use crate::archive::judgement;
use crate::archive::layout;
use crate::archive::repository::RepositoryError;
use crate::archive::settings::{self, Settings};
use crate::archive::snapshot::{Snapshot, Version};
use crate::archive::unread::unread;
use crate::archive::{self, Archive};
use crate::outward::render;
use crate::runner;
use crate::text::diagnostic::{Code, Diagnostic, Level};
use crate::text::plain;

/// `annals check`.
pub(super) fn run(context: &Context, arguments: &Check) -> Result<u8, Failure> {
    let version = context.version(arguments.commit.as_deref())?;
    let base = base(context, version, arguments)?;
    let judge = base.as_ref().map(|base| &base.settings);
    let archive = context.archive_judged_by(version, judge)?;
    let judge = judge.unwrap_or(&archive.settings);
    let found = everything(context, version, &archive, base.as_ref())?;
    let mut found = judgement::judge(found, judge, context.now);
    if let Some(base) = &base {
        found.extend(base.breaches(&context.repository, version, &archive, context.now)?);
        found.sort_by(|left, right| left.order().cmp(&right.order()));
        let granted = granted(context, version, base, &archive.settings)?;
        found.splice(0..0, judgement::judge(granted, judge, context.now));
    }
    let errors = found
        .iter()
        .filter(|diagnostic| diagnostic.level == Level::Error)
        .count();
    if context.format == Format::Json {
        print_json(&serde_json::json!({ "findings": found, "diagnostics": [] }));
    } else {
        console::diagnose(&found);
        console::say(&closing(&archive, errors, found.len() - errors));
    }
    Ok(if errors == 0 {
        exit::FINE
    } else {
        exit::FINDINGS
    })
}

/// What is wrong in the files, before the settings judge it.
fn everything(
    context: &Context,
    version: Version,
    archive: &Archive,
    base: Option<&Base>,
) -> Result<Vec<Diagnostic>, Failure> {
    let (repository, settings) = (&context.repository, &archive.settings);
    let snapshot = Snapshot::new(repository, version)?;
    let mut found = archive.diagnostics.clone();
    found.extend(runner::faults(repository, version, settings)?);
    found.extend(bad_templates(&snapshot)?);
    found.extend(unread(repository, version, archive)?);
    found.extend(shown::faults(&snapshot, archive)?);
    if version == Version::Folder && repository.root().is_some() {
        found.extend(not_recorded(archive));
    }
    found.extend(collisions(context, version, base)?);
    found.extend(remarks(context, version, archive, base)?);
    Ok(found)
}

/// The base that was named.
fn base(context: &Context, version: Version, typed: &Check) -> Result<Option<Base>, Failure> {
    let Some(name) = &typed.base else {
        return Ok(None);
    };
    let head = match version {
        Version::Commit(id) => Some(id),
        Version::Folder => context.repository.head()?.commit,
    };
    let asked = Asked {
        name,
        head,
        is_push: typed.push,
        now: context.now,
    };
    Base::find(&context.repository, &asked).map_err(|fault| match fault {
        RepositoryError::NoCommit(_) => Failure::from(fault)
            .help("fetch it with `git fetch origin`; a commit that no branch holds any more is fetched by its id"),
        fault => fault.into(),
    })
}

/// What the change grants itself, told before everything else.
fn granted(
    context: &Context,
    version: Version,
    base: &Base,
    after: &Settings,
) -> Result<Vec<Diagnostic>, Failure> {
    let repository = &context.repository;
    let to = match version {
        Version::Commit(id) => Some(id),
        Version::Folder => repository.head()?.commit,
    };
    let mut grants = Vec::new();
    for (fork, _) in &base.forks {
        let (before, _) = archive::settings(&Snapshot::new(repository, Version::Commit(*fork))?)?;
        grants.extend(grants::of_settings(&before, after));
        if let Some(to) = to {
            grants.extend(grants::of_files(repository, *fork, to)?);
        }
    }
    let told = grants.iter().map(|grant| {
        let is_file = grant.key == "files";
        let file = if is_file {
            grant.name.as_str()
        } else {
            settings::FILE
        };
        Diagnostic::warning(Code::GrantsItself, grant.told(plain::line))
            .in_file(file)
            .help("nothing is wrong with that: whoever approves the change should mean it")
    });
    Ok(told.collect())
}

/// Paths below `incidents/` that are one on some machines.
fn collisions(
    context: &Context,
    version: Version,
    base: Option<&Base>,
) -> Result<Vec<Diagnostic>, Failure> {
    let mut collisions = Collisions::default();
    for file in Snapshot::new(&context.repository, version)?.list(layout::INCIDENTS)? {
        collisions.add(&file.path, None);
    }
    if let Some(base) = base {
        for path in base.since(&context.repository)? {
            collisions.add(&path, Some(&base.name));
        }
    }
    Ok(collisions.found())
}

/// What is to be said of what is new: since the base, or else in the folder.
fn remarks(
    context: &Context,
    version: Version,
    archive: &Archive,
    base: Option<&Base>,
) -> Result<Vec<Diagnostic>, Failure> {
    let repository = &context.repository;
    let from = match base.and_then(|base| base.forks.first()) {
        Some((fork, _)) => Some(*fork),
        None if version == Version::Folder => repository.head()?.commit,
        None => None,
    };
    let Some(from) = from else {
        return Ok(Vec::new());
    };
    let change = Change::of(repository, from, "", version)?;
    Ok(change.remarks(archive, context.now)?)
}

/// What is wrong with the user's own templates, before a build stumbles over it.
fn bad_templates(snapshot: &Snapshot<'_>) -> Result<Vec<Diagnostic>, Failure> {
    let (templates, mut found) = shown::templates(snapshot)?;
    if let Err(fault) = render::check_templates(&templates) {
        let said = fault.to_string();
        let message = format!(
            "a template of yours cannot be read: {}",
            said.lines().next().unwrap_or_default()
        );
        let fault = Diagnostic::error(Code::BadTemplate, message)
            .in_file(layout::TEMPLATES)
            .help("`annals build` shows the line; delete the file to use the built-in one");
        found.push(fault);
    }
    Ok(found)
}

fn closing(archive: &Archive, errors: usize, warnings: usize) -> String {
    let entries: usize = archive
        .incidents
        .iter()
        .map(|incident| incident.entries.len())
        .sum();
    let read = format!(
        "{} and {}",
        count(archive.incidents.len(), "incident", "incidents"),
        count(entries, "entry", "entries")
    );
    match (errors, warnings) {
        (0, 0) => format!("{read}, nothing wrong"),
        _ => format!(
            "{read}, {}, {}",
            count(errors, "error", "errors"),
            count(warnings, "warning", "warnings")
        ),
    }
}

/// A number and its noun.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// What lies in the folder and is in no commit.
fn not_recorded(archive: &Archive) -> Vec<Diagnostic> {
    let told = |path: &str| {
        Diagnostic::warning(Code::NotRecorded, "this file is in no commit yet")
            .in_file(path)
            .help("commit it: what is not committed is not recorded")
    };
    let mut found = Vec::new();
    for incident in &archive.incidents {
        if incident.recorded.is_none() {
            found.push(told(&incident.path));
        }
        let loose = incident
            .entries
            .iter()
            .filter(|entry| entry.recorded.is_none());
        found.extend(loose.filter_map(|entry| Some(told(entry.path.as_ref()?))));
    }
    found
}
