//! What differs between two trees, told by their raw bytes.
//!
//! A commit rewrites each folder on the way to what it changed, and most of a folder's
//! bytes stay the same: what is equal at its beginning and end is skipped, and only the
//! names between are looked at. Trees of one id are not opened. Along a branch a version
//! of a folder is on both sides of a comparison in its turn; it is read once.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ffi::CStr;

use git2::{Odb, Oid};

use super::comparing::{FileDifference, Side};
use super::{ObjectId, Repository, RepositoryError};

/// How many bytes are compared at a time.
const STRIDE: usize = 64;

/// Comparisons of one version after the other.
pub struct Comparison<'a> {
    repository: &'a Repository,
    odb: Odb<'a>,
    /// The trees that were on the older side, until they are on the newer one.
    held: BTreeMap<Oid, Box<[u8]>>,
}

impl Repository {
    /// What compares versions, best one after the other along a branch, the last one first.
    pub fn comparison(&self) -> Result<Comparison<'_>, RepositoryError> {
        // Hardly an object is read twice on the way, and what is kept costs more than that.
        git2::opts::enable_caching(false);
        Ok(Comparison {
            repository: self,
            odb: self.git.odb()?,
            held: BTreeMap::new(),
        })
    }

    /// What differs below `folders` of the record (none named: in all of it) between two
    /// commits (`before` none: everything is new), in the order of paths.
    pub fn changes(
        &self,
        before: Option<ObjectId>,
        after: ObjectId,
        folders: &[&str],
    ) -> Result<Vec<FileDifference>, RepositoryError> {
        let tree = |id: ObjectId| -> Result<ObjectId, RepositoryError> {
            Ok(ObjectId(self.commit_at(id)?.tree_id()))
        };
        let before = before.map(tree).transpose()?;
        self.comparison()?.changes(before, tree(after)?, folders)
    }
}

/// What stands under one name in two versions of a folder, where it differs.
type Sides = (Option<Oid>, Option<Oid>);

impl Comparison<'_> {
    /// What differs between two commits' trees, as [`Repository::changes`] tells it.
    pub fn changes(
        &mut self,
        before: Option<ObjectId>,
        after: ObjectId,
        folders: &[&str],
    ) -> Result<Vec<FileDifference>, RepositoryError> {
        let mut sides = (before.map(|id| id.0), Some(after.0));
        let repository = self.repository;
        let above = repository.prefix.split('/').filter(|part| !part.is_empty());
        for part in above {
            sides = self.inside(sides, &[part])?.pop().unwrap_or_default();
        }
        let mut found = Vec::new();
        if folders.is_empty() {
            self.trees(sides, &mut String::new(), &mut found)?;
        }
        for (sides, folder) in self.inside(sides, folders)?.into_iter().zip(folders) {
            self.trees(sides, &mut [folder, "/"].concat(), &mut found)?;
        }
        found.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(found)
    }

    /// The folders called `names` of two versions of a folder; nothing where those are the
    /// same.
    fn inside(&mut self, sides: Sides, names: &[&str]) -> Result<Vec<Sides>, RepositoryError> {
        if sides.0 == sides.1 || names.is_empty() {
            return Ok(Vec::new());
        }
        let (old, new) = (self.tree(sides.0)?, self.tree(sides.1)?);
        let folder = |tree: &[u8], name: &str| {
            let found = Entries(tree).find(|entry| entry.name == name.as_bytes());
            found.filter(Entry::is_folder).and_then(|entry| entry.id())
        };
        let inside = |name: &&str| (folder(&old, name), folder(&new, name));
        let inside = names.iter().map(inside).collect();
        self.held.extend(sides.0.map(|id| (id, old)));
        Ok(inside)
    }

    /// The bytes of a tree; none where there is no tree.
    fn tree(&mut self, id: Option<Oid>) -> Result<Box<[u8]>, RepositoryError> {
        let Some(id) = id else {
            return Ok(Box::default());
        };
        if let Some(held) = self.held.remove(&id) {
            return Ok(held);
        }
        let read = || Ok(self.odb.read(id)?.data().into());
        self.repository.lookup(read)
    }

    /// What differs between two trees, whose path `base` ends in a slash unless it is empty.
    fn trees(
        &mut self,
        sides: Sides,
        base: &mut String,
        found: &mut Vec<FileDifference>,
    ) -> Result<(), RepositoryError> {
        if sides.0 == sides.1 {
            return Ok(());
        }
        let (before, after) = (self.tree(sides.0)?, self.tree(sides.1)?);
        let same = boundary(&before, shared(&before, &after));
        let (mut old, mut new) = (rest(&before, same), rest(&after, same));
        // What is equal up to the end is seen once a difference has been passed.
        while old != new {
            let (one, other) = (Entries(old).next(), Entries(new).next());
            let order = match (&one, &other) {
                (Some(one), Some(other)) => in_tree(one.named(), other.named()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            let (one, other) = (
                one.filter(|_| order != Ordering::Greater),
                other.filter(|_| order != Ordering::Less),
            );
            old = rest(old, one.as_ref().map_or(0, Entry::length));
            new = rest(new, other.as_ref().map_or(0, Entry::length));
            self.entries(one, other, base, found)?;
        }
        self.held.extend(sides.0.map(|id| (id, before)));
        Ok(())
    }

    /// Two entries of one name and kind, or one that the other side lacks.
    fn entries(
        &mut self,
        before: Option<Entry<'_>>,
        after: Option<Entry<'_>>,
        base: &mut String,
        found: &mut Vec<FileDifference>,
    ) -> Result<(), RepositoryError> {
        let Some(either) = before.as_ref().or(after.as_ref()) else {
            return Ok(());
        };
        let name = String::from_utf8_lossy(either.name);
        if either.is_folder() {
            let id = |entry: Option<Entry<'_>>| entry?.id();
            let length = base.len();
            base.extend([&name, "/"]);
            self.trees((id(before), id(after)), base, found)?;
            base.truncate(length);
            return Ok(());
        }
        let side = |entry: Option<Entry<'_>>| entry.and_then(|entry| entry.side());
        let (before, after) = (side(before), side(after));
        if before != after {
            found.push(FileDifference {
                path: [base.as_str(), &name].concat(),
                before,
                after,
            });
        }
        Ok(())
    }
}

/// One entry of a raw tree.
struct Entry<'a> {
    mode: &'a [u8],
    name: &'a [u8],
    id: &'a [u8],
}

impl Entry<'_> {
    fn is_folder(&self) -> bool {
        self.mode == b"40000"
    }

    fn id(&self) -> Option<Oid> {
        Oid::from_bytes(self.id).ok()
    }

    /// The file that it is; none for a commit of another repository.
    fn side(&self) -> Option<Side> {
        (self.mode != b"160000").then(|| Side {
            id: self.id().map(ObjectId),
            is_link: self.mode == b"120000",
        })
    }

    fn length(&self) -> usize {
        self.mode.len() + 1 + self.name.len() + 1 + ObjectId::LENGTH
    }

    /// What it is sorted by.
    fn named(&self) -> (&[u8], bool) {
        (self.name, self.is_folder())
    }
}

/// The entries of a raw tree, up to where it is damaged.
struct Entries<'a>(&'a [u8]);

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let space = self.0.iter().position(|byte| *byte == b' ')?;
        let (mode, named) = self.0.split_at_checked(space)?;
        let name = CStr::from_bytes_until_nul(named.get(1..)?).ok()?.to_bytes();
        let (id, after) = named
            .get(name.len() + 2..)?
            .split_at_checked(ObjectId::LENGTH)?;
        self.0 = after;
        Some(Entry { mode, name, id })
    }
}

/// The order of a tree's entries, each a name and whether it is a folder, whose name then
/// ends in a slash: a file and a folder of one name are two entries, and what lies in a
/// folder is in the order of paths.
pub fn in_tree(one: (&[u8], bool), other: (&[u8], bool)) -> Ordering {
    let both = one.0.len().min(other.0.len());
    let ((first, left), (second, right)) = (one.0.split_at(both), other.0.split_at(both));
    let end = |is_folder: bool| is_folder.then_some(&b'/');
    let left = left.iter().chain(end(one.1));
    let right = right.iter().chain(end(other.1));
    first.cmp(second).then_with(|| left.cmp(right))
}

/// How many bytes two texts share at their beginning.
fn shared(one: &[u8], other: &[u8]) -> usize {
    let strides = one.chunks_exact(STRIDE).zip(other.chunks_exact(STRIDE));
    let whole = STRIDE * strides.take_while(|(one, other)| one == other).count();
    let (one, other) = (rest(one, whole), rest(other, whole));
    let more = one
        .iter()
        .zip(other)
        .take_while(|(one, other)| one == other);
    whole + more.count()
}

/// The end of the last entry of a raw tree that ends by `limit`.
fn boundary(tree: &[u8], limit: usize) -> usize {
    let mut at = 0;
    for entry in Entries(tree) {
        let next = at + entry.length();
        if next > limit {
            break;
        }
        at = next;
    }
    at
}

fn rest(bytes: &[u8], from: usize) -> &[u8] {
    bytes.get(from..).unwrap_or_default()
}
