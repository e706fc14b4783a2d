//! `annals restore`: adds back, byte for byte, what a revert took out.

use std::collections::BTreeSet;

use super::appending::Place;
use super::arguments::Restore;
use super::check::count;
use super::context::Context;
use super::failure::Failure;
use super::{console, exit, selection};
use crate::archive::append::{FileKind, NewFile};
use crate::archive::lost::{self, Lost, Part};
use crate::archive::repository::{ObjectId, RepositoryError};
use crate::incident::entry::Statement;
use crate::text::plain;

/// `annals restore`.
pub(super) fn run(context: &Context, arguments: &Restore) -> Result<u8, Failure> {
    let repository = &context.repository;
    let place = Place::find(context, &arguments.destination)?;
    let tip = place.commit(context)?;
    let lost = match tip {
        Some(tip) => lost::lost(repository, tip)?,
        None => Vec::new(),
    };
    let incident = incident(&place, &lost, &arguments.id)?;
    let lost: Vec<&Lost> = lost.iter().filter(|one| one.incident == incident).collect();
    let wanted = wanted(&place, &incident, &lost, &arguments.entries)?;
    if wanted.is_empty() {
        console::say(&format!(
            "nothing of {incident} is missing from {}",
            place.branch
        ));
        return Ok(exit::FINE);
    }
    if let Some(tip) = tip {
        for one in &wanted {
            refuse_occupied(context, tip, one)?;
        }
    }
    place.warn_of_branch();
    let files: Vec<NewFile> = wanted.iter().map(|one| file(context, one)).collect();
    let names: Vec<&str> = wanted.iter().map(|one| one.name()).collect();
    let message = format!("annals: restore {incident}\n\n{}\n", names.join("\n"));
    let landing = place.append(context, &files, &incident, &message)?;
    console::say(&format!(
        "restored {} of {incident}",
        count(files.len(), "file", "files")
    ));
    for one in &wanted {
        console::say(&format!("  {}", plain::line(&one.path)));
    }
    landing.tell()
}

fn file(context: &Context, lost: &Lost) -> NewFile {
    NewFile {
        path: context.repository.path(&lost.path),
        bytes: lost.bytes.clone(),
        kind: FileKind::Record,
    }
}

/// The incident that was meant: of what is lost first, since what is gone is in no list.
fn incident(place: &Place, lost: &[Lost], typed: &str) -> Result<String, Failure> {
    let names: BTreeSet<&str> = lost.iter().map(|one| one.incident.as_str()).collect();
    if names.contains(typed) {
        return Ok(typed.to_owned());
    }
    let meant = names
        .iter()
        .filter(|name| !typed.is_empty() && name.contains(typed));
    let meant: Vec<&str> = meant.copied().collect();
    match meant.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => Ok(selection::any(&place.archive, typed)?.id.to_string()),
        several => Err(selection::ambiguous(typed, "incidents", several)),
    }
}

/// What is to come back: everything that was named, else the incident's own file, its
/// entries and what they attach, and every other file only together with the incident
/// itself, since ordinary files may be deleted.
fn wanted<'a>(
    place: &Place,
    incident: &str,
    lost: &[&'a Lost],
    named: &[String],
) -> Result<Vec<&'a Lost>, Failure> {
    if !named.is_empty() {
        let all = named.iter().map(|typed| one(place, incident, lost, typed));
        let all: Result<Vec<Option<&Lost>>, Failure> = all.collect();
        return Ok(all?.into_iter().flatten().collect());
    }
    let mut attached: BTreeSet<&str> = BTreeSet::new();
    for entry in place
        .archive
        .incidents
        .iter()
        .filter(|known| known.id.as_str() == incident)
        .flat_map(|known| &known.entries)
    {
        if let Statement::Attach(attachment) = &entry.statement {
            attached.insert(&attachment.file);
        }
    }
    for one in lost {
        match &one.part {
            Part::Declaration(files) => attached.extend(files.iter().map(String::as_str)),
            Part::Entry(file) => attached.extend(file.as_deref()),
            Part::Other => {}
        }
    }
    let is_whole = lost
        .iter()
        .any(|one| matches!(one.part, Part::Declaration(_)));
    let is_wanted =
        |one: &&&Lost| one.part != Part::Other || is_whole || attached.contains(one.name());
    Ok(lost.iter().filter(is_wanted).copied().collect())
}

/// The lost file that `typed` means; none when it is there already.
fn one<'a>(
    place: &Place,
    incident: &str,
    lost: &[&'a Lost],
    typed: &str,
) -> Result<Option<&'a Lost>, Failure> {
    let exact = lost.iter().find(|one| one.name() == typed);
    let part = lost
        .iter()
        .filter(|one| !typed.is_empty() && one.name().contains(typed));
    let meant: Vec<&Lost> = exact.map_or_else(|| part.copied().collect(), |one| vec![*one]);
    match meant.as_slice() {
        [only] => Ok(Some(*only)),
        [] => {
            let held = place
                .archive
                .incidents
                .iter()
                .find(|known| known.id.as_str() == incident);
            let known = held
                .map(|known| selection::entry(known, typed))
                .transpose()?;
            match known {
                Some(_) => Ok(None),
                None => Err(
                    Failure::usage(format!("{incident} never had an entry `{typed}`"))
                        .help(format!("`annals restore {incident}` brings back all of it")),
                ),
            }
        }
        several => {
            let names: Vec<&str> = several.iter().map(|one| one.name()).collect();
            Err(selection::ambiguous(typed, "entries", &names))
        }
    }
}

/// Refuses to put a file where a folder of its name stands, or below what is no folder.
fn refuse_occupied(context: &Context, tip: ObjectId, lost: &Lost) -> Result<(), Failure> {
    let repository = &context.repository;
    let above = lost.path.match_indices('/');
    for above in above.filter_map(|(at, _)| lost.path.get(..at)) {
        if repository.no_folder(tip, above)?.is_some() {
            return Err(occupied(&repository.path(above)));
        }
    }
    match repository.folder(tip, &lost.path)? {
        Some(_) => Err(occupied(&repository.path(&lost.path))),
        None => Ok(()),
    }
}

fn occupied(path: &str) -> Failure {
    let failure: Failure = RepositoryError::Occupied(path.to_owned()).into();
    let place = plain::line(path);
    failure.help(format!(
        "remove it with `rm -r {place}` and `git commit -m WHY -- {place}`, then restore again"
    ))
}
