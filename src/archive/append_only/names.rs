//! Names that a change gives a second time. Of two files that bear one id only one is
//! shown as that, and which one must not be for a change to choose.

use std::collections::{BTreeMap, BTreeSet};

use super::news::{New, Said};
use super::{Base, Change};
use crate::archive::assembly::inline_ids;
use crate::archive::layout;
use crate::archive::piece::{self, Content};
use crate::archive::repository::{ObjectId, Repository, RepositoryError};
use crate::text::diagnostic::{Code, Diagnostic, Place};

/// The files of a commit that are read, each path and blob by its id.
type Names = BTreeMap<String, Vec<(String, ObjectId)>>;

/// What the change brings under names that the base holds.
pub(super) fn taken(
    repository: &Repository,
    base: &Base,
    change: &Change<'_>,
) -> Result<Vec<Diagnostic>, RepositoryError> {
    let news = change.news()?;
    if news.is_empty() {
        return Ok(Vec::new());
    }
    let mut names = Names::new();
    for file in repository.files(base.tip, layout::INCIDENTS)? {
        if layout::is_yaml(&file.path) {
            let id = layout::stem(&file.path).to_owned();
            names.entry(id).or_default().push((file.path, file.id));
        }
    }
    let edited: BTreeSet<&str> = change.edited_elsewhere()?;
    let mut found = Vec::new();
    for new in &news {
        let other = match file_of_the_same_name(&names, &edited, new)? {
            Some(other) => Some(other),
            None => item_of_the_same_name(repository, &names, new)?,
        };
        found.extend(other.map(|other| told(base, new, other)));
    }
    Ok(found)
}

/// Another file that bears the id of a new one.
fn file_of_the_same_name<'a>(
    names: &'a Names,
    edited: &BTreeSet<&str>,
    new: &New,
) -> Result<Option<&'a str>, RepositoryError> {
    let path = new.source.path();
    let is_incident = match new.said {
        Said::Incident { is_new, .. } if !is_new => return Ok(None),
        Said::Incident { .. } => true,
        Said::Entry(_) => false,
    };
    let ours = ObjectId::of_blob(new.source.text().as_bytes())?;
    let known = names.get(layout::stem(path)).into_iter().flatten();
    let mut others = known.filter(|(other, held)| {
        let beside = layout::folder_name(other) == layout::folder_name(path);
        let differs = *held != ours || (is_incident && other != path);
        (is_incident || beside) && differs && !edited.contains(other.as_str())
    });
    Ok(others.next().map(|(other, _)| other.as_str()))
}

/// The incident's own file that holds an entry under the id of a new file.
fn item_of_the_same_name<'a>(
    repository: &Repository,
    names: &'a Names,
    new: &New,
) -> Result<Option<&'a str>, RepositoryError> {
    if !matches!(new.said, Said::Entry(_)) {
        return Ok(None);
    }
    let id = layout::stem(new.source.path());
    for (path, blob) in names.get(&new.incident).into_iter().flatten() {
        let piece = piece::read(path, &repository.blob(*blob)?).piece;
        if let Some(Content::Incident(declaration)) = piece.map(|piece| piece.content)
            && inline_ids(&declaration).any(|known| known == id)
        {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

fn told(base: &Base, new: &New, other: &str) -> Diagnostic {
    let id = layout::stem(new.source.path());
    let message = format!("`{}` holds something else under the id `{id}`", base.name);
    Diagnostic::error(Code::DuplicateId, message)
        .at(new.source.line(1))
        .because(Place::file(other).of_revision(&base.name), "the other")
        .help("give this file another name: what was recorded under an id keeps it")
}
