//! Comparing two versions: where they parted, and what differs between them, the working
//! folder included.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use git2::{
    Delta, DiffDelta, DiffFile, DiffOptions, ErrorCode, FileMode, Index, IndexEntryExtendedFlag,
    Reference, Tree, TreeWalkMode, TreeWalkResult,
};

use super::missing::absent;
use super::{Commit, ObjectId, Repository, RepositoryError};

/// What marks the folder that holds a record.
const MARKS: [&str; 2] = ["annals.yaml", "incidents"];

/// A file on one side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    /// Its blob; none for a file of the working folder that is not staged so.
    pub id: Option<ObjectId>,
    /// Whether it is a symbolic link.
    pub is_link: bool,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It holds something else.
    Changed,
}

/// A file that differs between two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDifference {
    /// Its path, relative to the record's root.
    pub path: String,
    /// What stood there; none when it is new.
    pub before: Option<Side>,
    /// What stands there; none when it is gone.
    pub after: Option<Side>,
}

impl FileDifference {
    /// The blob that stood there, where that is known and was no link.
    pub fn blob_before(&self) -> Option<ObjectId> {
        self.before.filter(|side| !side.is_link)?.id
    }

    /// The blob that stands there, where that is known and is no link.
    pub fn blob_after(&self) -> Option<ObjectId> {
        self.after.filter(|side| !side.is_link)?.id
    }
}

impl Repository {
    /// The commits at which `one` and `other` parted: one, unless they were merged
    /// crosswise; none when they have nothing in common.
    pub fn forks(&self, one: ObjectId, other: ObjectId) -> Result<Vec<ObjectId>, RepositoryError> {
        match self.git.merge_bases(one.0, other.0) {
            Ok(found) => {
                let found: Vec<ObjectId> = found.iter().map(|id| ObjectId(*id)).collect();
                // Behind where the clone ends there may be one that is nearer.
                self.refuse_cut(&found, one)?;
                self.refuse_cut(&found, other)?;
                Ok(found)
            }
            Err(fault) if fault.code() == ErrorCode::NotFound && self.is_shallow()? => {
                Err(RepositoryError::Shallow(other.short()))
            }
            Err(fault) if fault.code() == ErrorCode::NotFound && absent(&fault).is_none() => {
                Ok(Vec::new())
            }
            Err(fault) => Err(self.fault(fault)),
        }
    }

    /// Whether commit `id` is part of the branch called `branch`, here or as last seen of
    /// any remote.
    pub fn branch_holds(&self, branch: &str, id: ObjectId) -> Result<bool, RepositoryError> {
        let remotes = self.git.remotes()?;
        let seen = remotes.iter().flatten().flatten();
        let seen = seen.map(|remote| format!("refs/remotes/{remote}/{branch}"));
        for name in std::iter::once(format!("refs/heads/{branch}")).chain(seen) {
            let Some(tip) = self.commit_of(&name)? else {
                continue;
            };
            if self.leads_to(id, tip)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The references that `name` may mean, in full, when they name different commits: Git
    /// takes a tag for a branch of the same name.
    pub fn ambiguous(&self, name: &str) -> Result<Option<(String, String)>, RepositoryError> {
        let mut first: Option<(String, ObjectId)> = None;
        for place in ["refs/", "refs/tags/", "refs/heads/", "refs/remotes/"] {
            let full = format!("{place}{name}");
            let Some(id) = self.commit_of(&full)? else {
                continue;
            };
            match &first {
                Some((other, known)) if *known != id => return Ok(Some((other.clone(), full))),
                Some(_) => {}
                None => first = Some((full, id)),
            }
        }
        Ok(None)
    }

    /// The commit that the reference called `name` in full leads to; none where there is no
    /// such reference.
    fn commit_of(&self, name: &str) -> Result<Option<ObjectId>, RepositoryError> {
        if !Reference::is_valid_name(name) {
            return Ok(None);
        }
        match self.git.find_reference(name) {
            Ok(found) => Ok(found
                .peel_to_commit()
                .ok()
                .map(|commit| ObjectId(commit.id()))),
            Err(fault) if fault.code() == ErrorCode::NotFound => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    /// The commits that lead to `head` and to none of `bases`.
    pub fn since(
        &self,
        bases: &[ObjectId],
        head: ObjectId,
    ) -> Result<Vec<Commit>, RepositoryError> {
        self.refuse_cut(bases, head)?;
        let mut walk = self.git.revwalk()?;
        walk.push(head.0)?;
        for base in bases {
            walk.hide(base.0)?;
        }
        let commit = |id: Result<git2::Oid, git2::Error>| {
            let id = id.map_err(|fault| self.fault(fault))?;
            Ok(Commit::of(&self.commit_at(ObjectId(id))?))
        };
        walk.map(commit).collect()
    }

    /// What differs below `folder` of the record between commit `from` and commit `to`, or
    /// the working folder when that is none, in the order of paths. What is committed is
    /// told by what Git holds: no attribute of a change can hide it. Files of the working
    /// folder that only may differ are among them where telling would mean to run a filter.
    pub fn differences(
        &self,
        from: ObjectId,
        to: Option<ObjectId>,
        folder: &str,
    ) -> Result<Vec<FileDifference>, RepositoryError> {
        if let Some(to) = to {
            return self.changes(Some(from), to, &[folder]);
        }
        let head = self.head()?.commit;
        let Some(head) = head.filter(|head| *head != from) else {
            return self.loose(from, folder);
        };
        let committed = self.changes(Some(from), head, &[folder])?.into_iter();
        let mut found: BTreeMap<String, FileDifference> = committed
            .map(|difference| (difference.path.clone(), difference))
            .collect();
        for mut loose in self.loose(head, folder)? {
            if let Some(committed) = found.remove(&loose.path) {
                loose.before = committed.before;
            }
            if loose.before != loose.after || loose.after.is_some_and(|side| side.id.is_none()) {
                found.insert(loose.path.clone(), loose);
            }
        }
        Ok(found.into_values().collect())
    }

    /// What differs below `folder` between commit `from` and the working folder.
    fn loose(&self, from: ObjectId, folder: &str) -> Result<Vec<FileDifference>, RepositoryError> {
        let mut options = DiffOptions::new();
        options
            .pathspec(self.path(folder))
            .disable_pathspec_match(true)
            .include_typechange(true)
            .include_untracked(true)
            .recurse_untracked_dirs(true)
            .ignore_submodules(true)
            .skip_binary_check(true);
        let from = self.tree_of(from)?;
        let index = self.read_index()?;
        let options = RefCell::new(options);
        let diff = self.lookup(|| {
            let options = &mut options.borrow_mut();
            let git = &self.git;
            git.diff_tree_to_workdir_with_index(Some(&from), Some(options))
        })?;
        let mut found: Vec<FileDifference> = diff
            .deltas()
            .filter_map(|delta| self.difference(&index, &delta))
            .filter(|one| !self.is_left_out(&index, one))
            .collect();
        found.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(found)
    }

    /// The files outside of the record proper that differ between two commits, by their
    /// paths in the whole repository, and what became of each.
    pub fn files_changed(
        &self,
        from: ObjectId,
        to: ObjectId,
    ) -> Result<Vec<(String, Change)>, RepositoryError> {
        let (from, to) = (self.tree_of(from)?, self.tree_of(to)?);
        let diff = self.lookup(|| {
            let mut options = DiffOptions::new();
            options.skip_binary_check(true);
            let git = &self.git;
            git.diff_tree_to_tree(Some(&from), Some(&to), Some(&mut options))
        })?;
        let told = diff.deltas().filter_map(|delta| {
            let change = match delta.status() {
                Delta::Added => Change::Added,
                Delta::Deleted => Change::Removed,
                _ => Change::Changed,
            };
            let path = delta.new_file().path_bytes();
            let path = path.or_else(|| delta.old_file().path_bytes())?;
            Some((String::from_utf8_lossy(path).into_owned(), change))
        });
        Ok(told.collect())
    }

    /// Whether a file is missing from the working folder only because a sparse checkout
    /// leaves it out.
    fn is_left_out(&self, index: &Index, difference: &FileDifference) -> bool {
        let path = self.path(&difference.path);
        let entry = index.get_path(Path::new(&path), 0);
        let (None, Some(before), Some(entry)) = (difference.after, difference.before, entry) else {
            return false;
        };
        let skipped = IndexEntryExtendedFlag::SKIP_WORKTREE.bits();
        entry.flags_extended & skipped != 0 && before.id == Some(ObjectId(entry.id))
    }

    fn difference(&self, index: &Index, delta: &DiffDelta<'_>) -> Option<FileDifference> {
        let (old, new) = (delta.old_file(), delta.new_file());
        let path = new.path_bytes().or_else(|| old.path_bytes())?;
        let path = String::from_utf8_lossy(path).into_owned();
        let is_old = !matches!(delta.status(), Delta::Added | Delta::Untracked);
        let mut after = side(&new).filter(|_| delta.status() != Delta::Deleted);
        if let Some(after) = &mut after {
            after.id = after.id.filter(|id| self.is_held(index, &path, *id));
        }
        Some(FileDifference {
            path: self.record_path(&path)?.to_owned(),
            before: side(&old).filter(|_| is_old),
            after,
        })
    }

    /// Whether Git holds the blob `id` for the file at `path` of the working tree. The library
    /// names those that Git does not hold as well, as they would be without the user's filters.
    fn is_held(&self, index: &Index, path: &str, id: ObjectId) -> bool {
        let staged = index.get_path(Path::new(path), 0);
        staged.is_some_and(|staged| staged.id == id.0)
            || self.git.odb().is_ok_and(|odb| odb.exists(id.0))
    }

    /// The blob that Git's index holds for the file at `path`.
    pub fn staged(&self, path: &str) -> Result<Option<ObjectId>, RepositoryError> {
        let index = self.read_index()?;
        let entry = index.get_path(Path::new(&self.path(path)), 0);
        Ok(entry.map(|entry| ObjectId(entry.id)))
    }

    /// The blob that Git would make of a file's bytes: what the user's filters and line
    /// ends make of them.
    pub fn blob_of(&self, path: &str, bytes: &[u8]) -> Result<ObjectId, RepositoryError> {
        let path = format!("--path={}", self.path(path));
        let arguments = ["hash-object", "--stdin", &path];
        let said = self.run_git(&arguments, &[], bytes)?;
        ObjectId::parse(String::from_utf8_lossy(&said).trim()).ok_or_else(|| {
            RepositoryError::Program("hash-object".into(), "it named no object".into())
        })
    }

    /// Where the record lay in commit `from`, when that is somewhere else than now, and
    /// nothing of it is there any more in commit `to` (none: in the working folder).
    pub fn earlier_root(
        &self,
        from: ObjectId,
        to: Option<ObjectId>,
    ) -> Result<Option<String>, RepositoryError> {
        let tree = self.tree_of(from)?;
        for mark in MARKS {
            if self.entry(&tree, &self.path(mark))?.is_some() {
                return Ok(None);
            }
        }
        let now = to.map(|to| self.tree_of(to)).transpose()?;
        for root in self.roots(&tree)? {
            if !self.has_marks(&root, now.as_ref())? {
                return Ok(Some(root));
            }
        }
        Ok(None)
    }

    /// The folders of `tree` that look like a record's.
    fn roots(&self, tree: &Tree<'_>) -> Result<Vec<String>, RepositoryError> {
        self.lookup(|| {
            let mut roots: Vec<String> = Vec::new();
            tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
                let name = entry.name_bytes();
                if MARKS.iter().any(|mark| name == mark.as_bytes()) {
                    roots.push(folder.to_owned());
                }
                TreeWalkResult::Ok
            })?;
            Ok(roots)
        })
    }

    /// Whether the folder at `root` of `tree`, or of the working tree, looks like a record's.
    fn has_marks(&self, root: &str, tree: Option<&Tree<'_>>) -> Result<bool, RepositoryError> {
        for mark in MARKS {
            let path = format!("{root}{mark}");
            let stands = match (tree, self.git.workdir()) {
                (Some(tree), _) => self.entry(tree, &path)?.is_some(),
                (None, top) => top.is_some_and(|top| top.join(&path).exists()),
            };
            if stands {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// One side of a difference; none where no file stands there.
fn side(file: &DiffFile<'_>) -> Option<Side> {
    let is_file = matches!(
        file.mode(),
        FileMode::Blob | FileMode::BlobExecutable | FileMode::BlobGroupWritable | FileMode::Link
    );
    is_file.then(|| Side {
        id: Some(ObjectId(file.id())).filter(|id| !id.0.is_zero()),
        is_link: file.mode() == FileMode::Link,
    })
}
