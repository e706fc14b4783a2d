//! Appending: (branch, files) → one commit.
//!
//! The order is what makes a kill harmless. Under a lock of annals' own: first the
//! objects, the commit among them, which nothing refers to yet; then, under Git's lock on
//! the index, the files, each written elsewhere and renamed into place, and their entries
//! of the index; the branch last, by compare-and-swap. A kill before the last step leaves at most a whole, staged file,
//! which the next append of the same bytes completes. Working tree and index are
//! touched only when the branch is the one checked out here, and then only at the
//! files' own paths, so that the ledger and bare repositories use the same code.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::lock::{IndexClaim, Lock};
use super::program;
use super::repository::{IndexEntry, ObjectId, Repository, RepositoryError};
use crate::text::moment::Moment;

/// How often a branch that moved meanwhile is tried again.
const TRIES: usize = 32;

/// A file to append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Its path in the repository.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What may stand at its path already.
    pub kind: FileKind,
}

/// What may stand at a new file's path, and how its bytes become a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Nothing but the same bytes: the record only grows.
    Record,
    /// The same, and its bytes pass the user's Git filters (LFS).
    Attachment,
    /// Anything: the file is replaced. For the few files that are state, not record.
    Replaced,
}

/// What is appended, and where to.
pub struct Append<'a> {
    /// The branch, without `refs/heads/`.
    pub branch: &'a str,
    /// The files.
    pub files: &'a [NewFile],
    /// The commit's message: verb and ids, never what people wrote.
    pub message: &'a str,
    /// The commit's date.
    pub now: Moment,
    /// Whether a branch that is not there yet begins with nothing, as a ledger does, and
    /// not with what HEAD holds.
    pub orphan: bool,
}

/// The points between which an append can be cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The lock of annals' own is held.
    Locked,
    /// The objects are written, the commit too; nothing refers to them.
    Objects,
    /// Git's own index lock is held.
    IndexClaimed,
    /// The new file lies in a temporary place.
    Temporary,
    /// The new file lies in its place.
    Placed,
    /// A copy of the index holds the new entry.
    IndexCopied,
    /// The index holds the new entry.
    IndexReplaced,
    /// Git's own index lock is given back.
    IndexReleased,
    /// What is about to happen to the branch is noted down.
    Announced,
    /// The branch has moved.
    Moved,
}

impl Step {
    /// All points, in the order in which they are passed.
    pub const ALL: [Self; 10] = [
        Self::Locked,
        Self::Objects,
        Self::IndexClaimed,
        Self::Temporary,
        Self::Placed,
        Self::IndexCopied,
        Self::IndexReplaced,
        Self::IndexReleased,
        Self::Announced,
        Self::Moved,
    ];
}

/// Appends, and answers the new commit, or the branch's tip when it holds all of it
/// already. `reached` is told of each step.
pub fn append(
    repository: &Repository,
    append: &Append<'_>,
    reached: &dyn Fn(Step),
) -> Result<ObjectId, RepositoryError> {
    let lock = Lock::take(repository)?;
    reached(Step::Locked);
    let folder = folder_of_branch(repository, append.branch)?;
    let blobs = write_blobs(repository, append.files)?;
    for _ in 0..TRIES {
        let tip = repository.tip(append.branch)?;
        let parent = if append.orphan {
            tip
        } else {
            tip.or(repository.head()?.commit)
        };
        let parents: Vec<ObjectId> = parent.into_iter().collect();
        let commit = commit_on(repository, parent, &parents, append, &blobs)?;
        if tip == Some(commit) {
            return Ok(commit);
        }
        reached(Step::Objects);
        if let Some(folder) = &folder {
            keep_in_step(repository, folder, append.files, &blobs, &lock, reached)?;
        }
        lock.announce(repository, append.branch, commit)?;
        reached(Step::Announced);
        if repository.move_branch(append.branch, tip, commit, append.message)? {
            reached(Step::Moved);
            return Ok(commit);
        }
    }
    Err(RepositoryError::LostRace(append.branch.to_owned()))
}

/// The commit, on no branch yet, that adds the files to what `base` holds; `base` itself
/// when it holds all of them already.
pub(super) fn commit_on(
    repository: &Repository,
    base: Option<ObjectId>,
    parents: &[ObjectId],
    append: &Append<'_>,
    blobs: &[(String, ObjectId)],
) -> Result<ObjectId, RepositoryError> {
    refuse_occupied(repository, base, append.files, blobs)?;
    let tree = repository.write_tree(base, blobs)?;
    let holds_all = |base: &ObjectId| repository.commit_tree(*base).is_ok_and(|held| held == tree);
    match base.filter(holds_all) {
        Some(base) => Ok(base),
        None => write_commit(repository, tree, parents, append),
    }
}

/// Writes files into the record's working folder without staging or committing them.
pub fn write_only(repository: &Repository, files: &[NewFile]) -> Result<(), RepositoryError> {
    let lock = Lock::take(repository)?;
    let Some(folder) = top(repository) else {
        return Err(RepositoryError::Detached);
    };
    place(&folder, files, &lock, &|_| ())
}

fn top(repository: &Repository) -> Option<PathBuf> {
    repository
        .root()
        .map(|_| repository.folder_for_programs().to_owned())
}

/// The working tree that has to be kept in step with `branch`: the one at hand, if the
/// branch is checked out there.
fn folder_of_branch(
    repository: &Repository,
    branch: &str,
) -> Result<Option<PathBuf>, RepositoryError> {
    if repository.checked_out_elsewhere(branch)? {
        return Err(RepositoryError::CheckedOutElsewhere(branch.to_owned()));
    }
    let here = repository.head()?.branch.as_deref() == Some(branch);
    if !here || repository.root().is_none() {
        return Ok(None);
    }
    repository.not_busy()?;
    Ok(top(repository))
}

/// Writes the files' blobs, which nothing refers to yet.
pub(super) fn write_blobs(
    repository: &Repository,
    files: &[NewFile],
) -> Result<Vec<(String, ObjectId)>, RepositoryError> {
    let blob = |file: &NewFile| {
        if file.kind != FileKind::Attachment {
            return repository.write_blob(&file.bytes);
        }
        let path = format!("--path={}", file.path);
        let said = program::git(
            repository.folder_for_programs(),
            &["hash-object", "-w", "--stdin", &path],
            &[],
            &file.bytes,
        )?;
        ObjectId::parse(String::from_utf8_lossy(&said).trim()).ok_or_else(|| {
            RepositoryError::Program("hash-object".into(), "it named no object".into())
        })
    };
    files
        .iter()
        .map(|file| Ok((file.path.clone(), blob(file)?)))
        .collect()
}

/// The record only grows: what the branch holds at a path stays.
fn refuse_occupied(
    repository: &Repository,
    tip: Option<ObjectId>,
    files: &[NewFile],
    blobs: &[(String, ObjectId)],
) -> Result<(), RepositoryError> {
    let Some(tip) = tip else { return Ok(()) };
    for (file, (path, id)) in files.iter().zip(blobs) {
        let held = repository.blob_at(tip, path)?;
        if file.kind != FileKind::Replaced && held.is_some_and(|held| held != *id) {
            return Err(RepositoryError::Occupied(path.clone()));
        }
    }
    Ok(())
}

/// Puts each file in its place: written elsewhere, then renamed.
fn place(
    folder: &Path,
    files: &[NewFile],
    lock: &Lock,
    reached: &dyn Fn(Step),
) -> Result<(), RepositoryError> {
    for file in files {
        let to = folder.join(&file.path);
        refuse_links(folder, &file.path)?;
        match fs::read(&to) {
            Ok(held) if held == file.bytes => continue,
            Ok(_) if file.kind != FileKind::Replaced => {
                return Err(RepositoryError::Occupied(file.path.clone()));
            }
            _ => {}
        }
        let temporary = &lock.temporary;
        write_durably(temporary, &file.bytes)?;
        reached(Step::Temporary);
        move_into(temporary, &to)?;
        reached(Step::Placed);
    }
    Ok(())
}

fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), RepositoryError> {
    let write = || {
        let mut file = File::create(path)?;
        std::io::Write::write_all(&mut file, bytes)?;
        file.sync_all()
    };
    write().map_err(|fault| RepositoryError::File(path.display().to_string(), fault))
}

/// Renames; where the Git directory lies on another file system, copies beside the
/// place first.
fn move_into(from: &Path, to: &Path) -> Result<(), RepositoryError> {
    let file = |fault| RepositoryError::File(to.display().to_string(), fault);
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(file)?;
    }
    match fs::rename(from, to) {
        Err(fault) if fault.kind() == std::io::ErrorKind::CrossesDevices => {
            let beside = to.with_extension("annals-new");
            fs::copy(from, &beside).map_err(file)?;
            fs::rename(&beside, to).map_err(file)?;
            fs::remove_file(from).map_err(file)
        }
        other => other.map_err(file),
    }
}

/// A link among the folders would lead the file out of the repository.
fn refuse_links(folder: &Path, path: &str) -> Result<(), RepositoryError> {
    let mut at = folder.to_owned();
    for part in Path::new(path) {
        at.push(part);
        if fs::symlink_metadata(&at).is_ok_and(|facts| facts.is_symlink()) {
            return Err(RepositoryError::Symlink(path.to_owned()));
        }
    }
    Ok(())
}

/// Puts the files into the working tree and its index, under Git's own lock on the index.
fn keep_in_step(
    repository: &Repository,
    folder: &Path,
    new: &[NewFile],
    blobs: &[(String, ObjectId)],
    lock: &Lock,
    reached: &dyn Fn(Step),
) -> Result<(), RepositoryError> {
    let claim = IndexClaim::take(repository)?;
    reached(Step::IndexClaimed);
    let index = repository.index()?;
    place(folder, new, lock, reached)?;
    let files: Vec<PathBuf> = blobs.iter().map(|(path, _)| folder.join(path)).collect();
    let entries: Vec<IndexEntry<'_>> = blobs
        .iter()
        .zip(&files)
        .map(|((path, id), file)| IndexEntry {
            path,
            file,
            id: *id,
        })
        .collect();
    if let Some(staged) = repository.stage(&index, &lock.index_copy, &entries)? {
        reached(Step::IndexCopied);
        fs::rename(&staged.copy, &staged.place)
            .map_err(|fault| RepositoryError::File(staged.place.display().to_string(), fault))?;
        reached(Step::IndexReplaced);
    }
    drop(claim);
    reached(Step::IndexReleased);
    Ok(())
}

fn write_commit(
    repository: &Repository,
    tree: ObjectId,
    parents: &[ObjectId],
    append: &Append<'_>,
) -> Result<ObjectId, RepositoryError> {
    let who = repository.identity()?;
    if !repository.signs() {
        return repository.write_commit(tree, parents, &who, append.now, append.message);
    }
    let date = format!("{} +0000", append.now.seconds());
    let variables = [
        ("GIT_AUTHOR_DATE", date.clone()),
        ("GIT_COMMITTER_DATE", date),
    ];
    let tree = tree.to_string();
    let parents: Vec<String> = parents.iter().map(ObjectId::to_string).collect();
    let mut arguments = vec!["commit-tree", "-S", &tree];
    for parent in &parents {
        arguments.extend(["-p", parent]);
    }
    let said = program::git(
        repository.folder_for_programs(),
        &arguments,
        &variables,
        append.message.as_bytes(),
    )?;
    ObjectId::parse(String::from_utf8_lossy(&said).trim())
        .ok_or_else(|| RepositoryError::Program("commit-tree".into(), "it named no commit".into()))
}
