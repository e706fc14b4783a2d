//! Appending: (branch, files) → one commit.
//!
//! The order is what makes a kill harmless. Under a lock of annals' own: first the
//! objects, the commit among them, which nothing refers to yet; then, under Git's lock on
//! the index, the files, each written elsewhere and renamed into place, and their entries
//! of the index; the branch last, by compare-and-swap. What fails takes files and index
//! entries back ([`working_tree`]), so that typing it again records it once. A kill before
//! the last step leaves at most a whole, staged file, which the next append of the same
//! words completes ([`unfinished`](super::unfinished)). Working tree and index are touched
//! only when the branch is the one checked out here, and then only at the files' own paths,
//! so that the ledger and bare repositories use the same code.

mod working_tree;

use std::path::PathBuf;

use super::lock::Lock;
use super::repository::{ObjectId, Repository, RepositoryError};
use super::unfinished::Note;
use crate::text::moment::Moment;
use working_tree::Placing;

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
    /// Git's own lock on the branch is held.
    BranchLocked,
    /// The branch has moved.
    Moved,
    /// Git's own index lock is given back.
    IndexReleased,
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
        Self::BranchLocked,
        Self::Moved,
        Self::IndexReleased,
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
    let _note = Note::begin(repository, append.files)?;
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
        let mut placing = folder.as_ref().map(|folder| Placing::new(folder, &lock));
        if let Some(placing) = &mut placing {
            placing.stage(repository, append.files, &blobs, reached)?;
        }
        let (branch, locked) = (append.branch, || reached(Step::BranchLocked));
        if repository.move_branch_telling(branch, tip, commit, append.message, &locked)? {
            reached(Step::Moved);
            if let Some(placing) = placing {
                placing.keep();
                reached(Step::IndexReleased);
            }
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
    if let Some(base) = base
        && parents == [base]
        && repository.commit_tree(base)? == tree
    {
        return Ok(base);
    }
    write_commit(repository, tree, parents, append)
}

/// Writes files into the record's working folder without staging or committing them.
pub fn write_only(repository: &Repository, files: &[NewFile]) -> Result<(), RepositoryError> {
    let lock = Lock::take(repository)?;
    let Some(folder) = top(repository) else {
        return Err(RepositoryError::Detached);
    };
    let mut placing = Placing::new(&folder, &lock);
    placing.place(files, &|_| ())?;
    placing.keep();
    Ok(())
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
    if let Some(how) = repository.use_elsewhere(branch)? {
        return Err(RepositoryError::InUseElsewhere(branch.to_owned(), how));
    }
    repository.not_held_here(branch)?;
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
        let arguments = ["hash-object", "-w", "--stdin", &path];
        let said = repository.run_git(&arguments, &[], &file.bytes)?;
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
        repository.refuse_above(tip, path)?;
        let held = repository.blob_at(tip, path)?;
        if file.kind != FileKind::Replaced && held.is_some_and(|held| held != *id) {
            return Err(RepositoryError::Occupied(path.clone()));
        }
    }
    Ok(())
}

fn write_commit(
    repository: &Repository,
    tree: ObjectId,
    parents: &[ObjectId],
    append: &Append<'_>,
) -> Result<ObjectId, RepositoryError> {
    let who = repository.identity()?;
    if !repository.signs()? {
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
    let said = repository.run_git(&arguments, &variables, append.message.as_bytes())?;
    ObjectId::parse(String::from_utf8_lossy(&said).trim())
        .ok_or_else(|| RepositoryError::Program("commit-tree".into(), "it named no commit".into()))
}
