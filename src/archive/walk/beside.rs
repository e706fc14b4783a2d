//! Reading what lies beside a few changed files, and no other folder of the record.
//!
//! The files of an incident may lie anywhere, and finding them all means to list the
//! record. Mostly they lie side by side, though; where it is known which incidents are
//! scattered, the others are read where they were touched.

use std::collections::BTreeSet;

use crate::archive::piece::{self, Content};
use crate::archive::record::Record;
use crate::archive::repository::{Mode, ObjectId, Repository, RepositoryError};
use crate::archive::{layout, reading};

/// So many changed files are sooner looked for in the whole record.
const FEW: usize = 32;

/// The incidents that `paths` belong to, as they stood in commit `id`; none where that
/// cannot be told from what lies beside.
pub(super) fn record(
    repository: &Repository,
    id: ObjectId,
    paths: &BTreeSet<&str>,
    scattered: &BTreeSet<String>,
) -> Result<Option<Record>, RepositoryError> {
    if paths.len() > FEW {
        return Ok(None);
    }
    let (mut record, mut looked) = (Record::default(), BTreeSet::new());
    for path in paths {
        let above = path.rsplit_once('/').map_or("", |(above, _)| above);
        let owns = [format!("{above}/{}", layout::stem(path)), above.to_owned()];
        for own in owns {
            if looked.insert(own.clone()) {
                look(repository, id, &own, &mut record)?;
            }
        }
        let is_whole = [layout::stem(path), layout::folder_name(path)]
            .into_iter()
            .any(|name| {
                let folder = record.folder(name);
                let is_declared = folder.is_some_and(|folder| !folder.declarations.is_empty());
                is_declared && !scattered.contains(name)
            });
        if !is_whole {
            return Ok(None);
        }
    }
    Ok(Some(record))
}

/// Reads the incident whose file would be `own` with an ending, and whose folder is `own`.
fn look(
    repository: &Repository,
    id: ObjectId,
    own: &str,
    record: &mut Record,
) -> Result<(), RepositoryError> {
    for ending in ["yaml", "yml"] {
        let path = format!("{own}.{ending}");
        if let Some(bytes) = repository.file(id, &path)? {
            let reading = piece::read(&path, &bytes).forget_text();
            let said = reading.piece.as_ref().map(|piece| &piece.content);
            if matches!(said, Some(Content::Incident(_))) {
                record.put(&path, reading);
            }
        }
    }
    if record.folder(layout::name(own)).is_none() {
        return Ok(());
    }
    for file in repository.files(id, own)? {
        let path = file.path.as_str();
        if path.contains("/.") {
            continue;
        }
        match file.mode {
            Mode::Submodule => {}
            Mode::Link => record.put_fault(path, reading::no_file(path, Mode::Link)),
            Mode::File if piece::is_read(path) => {
                let reading = piece::read(path, &repository.blob(file.id)?);
                record.put(path, reading.forget_text());
            }
            Mode::File => {
                record.put_name(path);
            }
        }
    }
    Ok(())
}
