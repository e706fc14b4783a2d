//! Attributes of a change that alter recorded files on their way to the working folder. Git
//! holds the same blobs as before; what people, `build` and other tools read there is
//! something else.

use crate::archive::layout;
use crate::archive::repository::{ObjectId, Repository, RepositoryError};
use crate::archive::snapshot::{Snapshot, Version};
use crate::text::diagnostic::{Code, Diagnostic};

/// The file that gives paths their attributes.
const FILE: &str = ".gitattributes";
/// How a file begins that stands for one which Git LFS keeps elsewhere.
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// The files of the record that are not read as Git holds them, where the change from
/// `fork` touches attributes. Only a working folder can show that.
pub(super) fn altered(
    repository: &Repository,
    fork: ObjectId,
) -> Result<Vec<Diagnostic>, RepositoryError> {
    let Some(head) = repository.head()?.commit else {
        return Ok(Vec::new());
    };
    let changed = repository.files_changed(fork, head)?;
    if !changed.iter().any(|(path, _)| layout::name(path) == FILE) {
        return Ok(Vec::new());
    }
    let snapshot = Snapshot::new(repository, Version::Folder)?;
    let mut found = Vec::new();
    for file in snapshot.list(layout::INCIDENTS)? {
        let blob = repository.file_blob(head, &file.path)?;
        let Some(blob) = blob.filter(|_| file.is_file()) else {
            continue;
        };
        let Some(read) = snapshot.read(&file)? else {
            continue;
        };
        // What Git would keep as something else was changed by somebody, not by attributes.
        let is_read = ObjectId::of_blob(&read)? == blob
            || repository.blob(blob)?.starts_with(POINTER)
            || repository.blob_of(&file.path, &read)? != blob;
        found.extend((!is_read).then(|| told(&file.path)));
    }
    Ok(found)
}

fn told(path: &str) -> Diagnostic {
    let message = "an attribute of this change alters what is read here: Git holds something else";
    Diagnostic::error(Code::RecordedEdited, message)
        .in_file(path)
        .help("leave what is recorded without `ident`, `working-tree-encoding`, `eol` and filters of `.gitattributes`")
}
