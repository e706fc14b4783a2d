//! The files that a change brings, and which of what was held they are.

use std::collections::BTreeMap;

use super::held::{Held, Part};
use super::is_hidden;
use crate::archive::layout;
use crate::archive::repository::{FileDifference, ObjectId};

/// Where a change leaves something that was held.
pub(super) enum Place<'a> {
    /// In its place, or in another one under its own name, with other bytes perhaps.
    Here(&'a str),
    /// In another place under its own name, unchanged.
    Moved(&'a str),
    /// A symbolic link stands in its place.
    Link(&'a str),
    /// Under another name, or in another incident's folder, unchanged.
    Elsewhere(&'a str),
    /// It is gone.
    Nowhere,
}

/// The files that a change brings, by their name and by what they hold.
#[derive(Default)]
pub(super) struct Arrivals {
    by_name: BTreeMap<String, Vec<(String, ObjectId)>>,
    by_id: BTreeMap<ObjectId, Vec<String>>,
}

impl Arrivals {
    /// Puts in the file at `path` and its blob.
    pub(super) fn add(&mut self, path: &str, id: ObjectId) {
        let name = layout::name(path).to_owned();
        let named = self.by_name.entry(name).or_default();
        named.push((path.to_owned(), id));
        self.by_id.entry(id).or_default().push(path.to_owned());
    }

    /// Whether what is gone by `difference` arrives under its own name elsewhere.
    pub(super) fn hold(&self, difference: &FileDifference) -> bool {
        let named = self.by_name.get(layout::name(&difference.path));
        let mut named = named.into_iter().flatten();
        named.any(|(path, id)| Some(*id) == difference.blob_before() && !is_hidden(path))
    }

    /// Where a file lies that was moved, unchanged, together with the folder that it lay
    /// in. What it is need not be known for that.
    pub(super) fn beside_the_same(&self, difference: &FileDifference) -> Option<&str> {
        let id = difference
            .before
            .filter(|_| difference.after.is_none())?
            .id?;
        let folder = layout::folder_name(&difference.path);
        let named = self.by_name.get(layout::name(&difference.path))?;
        let same = named.iter().find(|(path, held)| {
            *held == id && layout::folder_name(path) == folder && !is_hidden(path)
        });
        same.map(|(path, _)| path.as_str())
    }

    /// Where the change that `difference` is part of leaves what was held.
    pub(super) fn place_of<'a>(&'a self, held: &Held, difference: &'a FileDifference) -> Place<'a> {
        match difference.after {
            Some(side) if side.is_link => return Place::Link(&difference.path),
            Some(_) => return Place::Here(&difference.path),
            None => {}
        }
        let named = self.by_name.get(layout::name(&held.path));
        let mut called = named
            .into_iter()
            .flatten()
            .filter(|(path, _)| held.is_called(path));
        if let Some((path, id)) = called.next() {
            return if *id == held.id {
                Place::Moved(path)
            } else {
                Place::Here(path)
            };
        }
        let same = self.by_id.get(&held.id).and_then(|paths| paths.first());
        match same.filter(|_| held.part != Part::Unreadable) {
            Some(path) => Place::Elsewhere(path),
            None => Place::Nowhere,
        }
    }
}
