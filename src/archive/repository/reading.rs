//! Reading commits, trees and blobs.

use git2::Tree;

use super::{ObjectId, Repository, RepositoryError, moment};
use crate::archive::{layout, settings};
use crate::text::moment::Moment;

/// A commit, as far as annals looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: ObjectId,
    /// Its first parent: how the branch came to it.
    pub parent: Option<ObjectId>,
    /// Its tree.
    pub tree: ObjectId,
    /// The committer's date.
    pub committed_at: Moment,
    /// The committer's name.
    pub committer: String,
}

impl Commit {
    pub(super) fn of(commit: &git2::Commit<'_>) -> Self {
        Self {
            id: ObjectId(commit.id()),
            parent: commit.parent_ids().next().map(ObjectId),
            tree: ObjectId(commit.tree_id()),
            committed_at: moment(commit.time()),
            committer: String::from_utf8_lossy(commit.committer().name_bytes()).into_owned(),
        }
    }
}

/// What a file of a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A file.
    File,
    /// A symbolic link.
    Link,
    /// A commit of another repository.
    Submodule,
}

/// A file of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeFile {
    /// Its path, relative to the record's root.
    pub path: String,
    /// Its blob.
    pub id: ObjectId,
    /// What it is.
    pub mode: Mode,
}

/// What stands in a tree: its name, its id, and what it is; none for a folder.
pub type TreeName = (String, ObjectId, Option<Mode>);

impl Repository {
    /// The files below `folder` of the record (a path without a final `/`; empty for all
    /// of it) in commit `id`, in the order of their paths.
    pub fn files(&self, id: ObjectId, folder: &str) -> Result<Vec<TreeFile>, RepositoryError> {
        let mut files = Vec::new();
        if let Some(tree) = self.subtree(self.tree_of(id)?, folder)? {
            let base = if folder.is_empty() {
                String::new()
            } else {
                format!("{folder}/")
            };
            self.collect(&tree, &base, &mut files)?;
        }
        Ok(files)
    }

    /// The tree of `folder` of the record in commit `id`, if it has such a folder.
    pub fn folder(&self, id: ObjectId, folder: &str) -> Result<Option<ObjectId>, RepositoryError> {
        let tree = self.subtree(self.tree_of(id)?, folder)?;
        Ok(tree.map(|tree| ObjectId(tree.id())))
    }

    /// What stands at `path` of the record in commit `id`, if something does that is no folder.
    pub fn no_folder(
        &self,
        id: ObjectId,
        path: &str,
    ) -> Result<Option<(ObjectId, Mode)>, RepositoryError> {
        let found = self.entry(&self.tree_of(id)?, &self.path(path))?;
        Ok(found.and_then(|(id, filemode)| Some((ObjectId(id), mode(filemode)?))))
    }

    /// What stands directly in a tree: names, ids, and what each is; none for a folder.
    pub fn names(&self, tree: ObjectId) -> Result<Vec<TreeName>, RepositoryError> {
        let tree = self.tree_at(tree.0)?;
        let names = tree.iter().map(|entry| {
            let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
            (name, ObjectId(entry.id()), mode(entry.filemode()))
        });
        Ok(names.collect())
    }

    /// The file at `path` of the record in commit `id`.
    pub fn file(&self, id: ObjectId, path: &str) -> Result<Option<Vec<u8>>, RepositoryError> {
        let blob = self.file_blob(id, path)?;
        blob.map(|blob| self.blob(blob)).transpose()
    }

    /// Whether Git is told to ignore the file at `path` of the record, and does not keep it
    /// all the same.
    pub fn ignores(&self, path: &str) -> Result<bool, RepositoryError> {
        let full = self.path(path);
        if !self.git.is_path_ignored(&full)? {
            return Ok(false);
        }
        let index = self.read_index()?;
        Ok(index.get_path(std::path::Path::new(&full), 0).is_none())
    }

    /// The commit with which the record began: the first, along first parents, that holds
    /// its settings or an incident.
    pub fn beginning(&self, head: ObjectId) -> Result<Option<ObjectId>, RepositoryError> {
        for commit in self.first_parents(None, head)? {
            let is_record = self.file(commit.id, settings::FILE)?.is_some()
                || self.folder(commit.id, layout::INCIDENTS)?.is_some();
            if is_record {
                return Ok(Some(commit.id));
            }
        }
        Ok(None)
    }

    /// The blob of the file at `path` of the record in commit `id`; none where no file
    /// stands there.
    pub fn file_blob(&self, id: ObjectId, path: &str) -> Result<Option<ObjectId>, RepositoryError> {
        let found = self.no_folder(id, path)?;
        Ok(found
            .filter(|(_, mode)| *mode == Mode::File)
            .map(|(id, _)| id))
    }

    /// The bytes of a blob.
    pub fn blob(&self, id: ObjectId) -> Result<Vec<u8>, RepositoryError> {
        self.lookup(|| Ok(self.git.find_blob(id.0)?.content().to_vec()))
    }

    /// The commits from `to` back along first parents, oldest first, without `after` and
    /// what came before it. When `after` is not on that way, all of it.
    pub fn first_parents(
        &self,
        after: Option<ObjectId>,
        to: ObjectId,
    ) -> Result<Vec<Commit>, RepositoryError> {
        let (mut commits, ends) = (Vec::new(), self.ends()?);
        let mut next = Some(to);
        while let Some(id) = next.filter(|id| Some(*id) != after) {
            let commit = Commit::of(&self.commit_at(id)?);
            next = commit.parent;
            if ends.contains(&id) {
                return Err(RepositoryError::Shallow(id.short()));
            }
            commits.push(commit);
        }
        commits.reverse();
        Ok(commits)
    }

    /// Whether the clone has commit `id`.
    pub fn has_commit(&self, id: ObjectId) -> Result<bool, RepositoryError> {
        match self.git.find_commit(id.0) {
            Ok(_) => Ok(true),
            Err(fault) if fault.code() == git2::ErrorCode::NotFound => Ok(false),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Whether commit `id` is part of some history here. A shallow clone that does not have
    /// it cannot say that it is not.
    pub fn holds(&self, id: ObjectId) -> Result<bool, RepositoryError> {
        let holds = self.has_commit(id)?;
        if !holds && self.is_shallow()? {
            return Err(RepositoryError::Shallow(id.short()));
        }
        Ok(holds)
    }

    /// Whether `later` is `earlier` or came of it. A clone that ends between them cannot say
    /// that it did not.
    pub fn leads_to(&self, earlier: ObjectId, later: ObjectId) -> Result<bool, RepositoryError> {
        let descends = || self.git.graph_descendant_of(later.0, earlier.0);
        let leads = earlier == later || descends().map_err(|fault| self.fault(fault))?;
        if !leads {
            self.refuse_cut(&[earlier], later)?;
        }
        Ok(leads)
    }

    /// How many commits `ours` has that `theirs` has not.
    pub fn ahead(&self, ours: ObjectId, theirs: ObjectId) -> Result<usize, RepositoryError> {
        let (ahead, _) = self
            .git
            .graph_ahead_behind(ours.0, theirs.0)
            .map_err(|fault| self.fault(fault))?;
        Ok(ahead)
    }

    /// The commit that the reference `name`, given in full, stands at.
    pub fn reference(&self, name: &str) -> Result<Option<ObjectId>, RepositoryError> {
        match self.git.find_reference(name) {
            Ok(reference) => Ok(Some(ObjectId(reference.peel_to_commit()?.id()))),
            Err(fault) if fault.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Whether what `ours` has and `theirs` has not are only new files below `folder` of the
    /// record.
    pub fn only_adds(
        &self,
        theirs: ObjectId,
        ours: ObjectId,
        folder: &str,
    ) -> Result<bool, RepositoryError> {
        let Ok(base) = self.git.merge_base(theirs.0, ours.0) else {
            return Ok(false);
        };
        let (before, after) = (self.tree_of(ObjectId(base))?, self.tree_of(ours)?);
        let changes = || {
            let git = &self.git;
            git.diff_tree_to_tree(Some(&before), Some(&after), None)
        };
        let changes = self.lookup(changes)?;
        let folder = std::path::PathBuf::from(self.path(folder));
        Ok(changes.deltas().all(|change| {
            let path = change.new_file().path();
            change.status() == git2::Delta::Added
                && path.is_some_and(|path| path.starts_with(&folder))
        }))
    }

    /// A commit, on no branch, of what merging `theirs` into `ours` gives: what a merge
    /// request would land.
    pub fn merged(&self, ours: ObjectId, theirs: ObjectId) -> Result<ObjectId, RepositoryError> {
        let (left, right) = (self.commit_at(ours)?, self.commit_at(theirs)?);
        if self.git.merge_base(ours.0, theirs.0).ok() == Some(theirs.0) {
            return Ok(ours);
        }
        let mut index = self.lookup(|| self.git.merge_commits(&left, &right, None))?;
        if let Some(conflict) = index.conflicts()?.flatten().next() {
            let entry = conflict.our.or(conflict.their).or(conflict.ancestor);
            let path = entry.map(|entry| String::from_utf8_lossy(&entry.path).into_owned());
            return Err(RepositoryError::Conflict(path.unwrap_or_default()));
        }
        let tree = self.git.find_tree(index.write_tree_to(&self.git)?)?;
        let who = right.committer().to_owned();
        let time = left.time().seconds().max(right.time().seconds());
        let who = git2::Signature::new(
            &String::from_utf8_lossy(who.name_bytes()),
            &String::from_utf8_lossy(who.email_bytes()),
            &git2::Time::new(time, 0),
        )?;
        Ok(ObjectId(self.git.commit(
            None,
            &who,
            &who,
            "merge",
            &tree,
            &[&left, &right],
        )?))
    }

    fn subtree<'a>(
        &'a self,
        tree: Tree<'a>,
        folder: &str,
    ) -> Result<Option<Tree<'a>>, RepositoryError> {
        let full = self.path(folder);
        let full = full.trim_end_matches('/');
        if full.is_empty() {
            return Ok(Some(tree));
        }
        match self.entry(&tree, full)? {
            Some((id, filemode)) if mode(filemode).is_none() => self.tree_at(id).map(Some),
            _ => Ok(None),
        }
    }

    fn collect(
        &self,
        tree: &Tree<'_>,
        base: &str,
        files: &mut Vec<TreeFile>,
    ) -> Result<(), RepositoryError> {
        for entry in tree {
            let path = format!("{base}{}", String::from_utf8_lossy(entry.name_bytes()));
            match mode(entry.filemode()) {
                None => {
                    let folder = self.tree_at(entry.id())?;
                    self.collect(&folder, &format!("{path}/"), files)?;
                }
                Some(mode) => files.push(TreeFile {
                    path,
                    id: ObjectId(entry.id()),
                    mode,
                }),
            }
        }
        Ok(())
    }
}

/// What a tree entry is; none for a folder.
pub(super) fn mode(filemode: i32) -> Option<Mode> {
    match filemode {
        0o040_000 => None,
        0o120_000 => Some(Mode::Link),
        0o160_000 => Some(Mode::Submodule),
        _ => Some(Mode::File),
    }
}
