//! Paths that are one on some machines: where case does not count, as on Windows and
//! macOS, or where an accent may be spelt in two ways, as on macOS. A clone there holds
//! only one of two such files, and shows the other as deleted.

use std::collections::BTreeMap;

use crate::text::diagnostic::{Code, Diagnostic, Place};
use crate::text::file_name::folded;

/// The spellings of paths that were seen.
#[derive(Default)]
pub struct Collisions {
    /// By a path as such a machine sees it: how its last name is spelt.
    seen: BTreeMap<String, String>,
    spelt: BTreeMap<String, String>,
    found: Vec<Diagnostic>,
}

impl Collisions {
    /// Puts in `path`: first those of the version that is checked, then those of another
    /// `revision` that it will stand beside.
    pub fn add(&mut self, path: &str, revision: Option<&str>) {
        self.fold(path, path, revision);
    }

    /// What collides.
    pub fn found(self) -> Vec<Diagnostic> {
        self.found
    }

    /// The path `prefix`, which `path` begins with, as such a machine sees it.
    fn fold(&mut self, prefix: &str, path: &str, revision: Option<&str>) -> String {
        if let Some(folded) = self.spelt.get(prefix) {
            return folded.clone();
        }
        let (folder, name) = prefix.rsplit_once('/').unwrap_or(("", prefix));
        let folder = if folder.is_empty() {
            String::new()
        } else {
            self.fold(folder, path, revision)
        };
        let one = format!("{folder}/{}", folded(name));
        self.spelt.insert(prefix.to_owned(), one.clone());
        let seen = self.seen.entry(one.clone());
        let first = seen.or_insert_with(|| name.to_owned());
        if first != name {
            let other = format!(
                "{}/{}",
                prefix.rsplit_once('/').map_or("", |(folder, _)| folder),
                first
            );
            let found = collision(first, name);
            self.found.push(match revision {
                Some(revision) => found
                    .in_file(&other)
                    .because(Place::file(path).of_revision(revision), "the other"),
                None => found
                    .in_file(path)
                    .because(Place::file(&other), "the other"),
            });
        }
        one
    }
}

fn collision(first: &str, second: &str) -> Diagnostic {
    let message = format!("`{first}` and `{second}` are one path on some machines");
    Diagnostic::error(Code::PathCollision, message).help(
        "rename what is not recorded yet: where case, or the spelling of accents, does not count, one replaces the other",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(paths: &[&str]) -> Vec<String> {
        let mut collisions = Collisions::default();
        for path in paths {
            collisions.add(path, None);
        }
        let found = collisions.found().into_iter();
        found.map(|found| found.message).collect()
    }

    #[test]
    fn paths_that_are_one_somewhere_are_found_once() {
        assert!(told(&["i/a/x.png", "i/a/y.png", "i/b/x.png"]).is_empty());
        assert_eq!(told(&["i/a/Lag.png", "i/a/lag.png"]).len(), 1);
        assert_eq!(told(&["i/é.png", "i/e\u{301}.png"]).len(), 1, "NFC and NFD");
        assert_eq!(
            told(&["i/É.png", "i/e\u{301}.PNG"]).len(),
            1,
            "both at once"
        );
        assert_eq!(told(&["i/Straße.png", "i/STRASSE.png"]).len(), 1);
        assert_eq!(
            told(&["i/A/x.yaml", "i/A/y.yaml", "i/a/x.yaml", "i/a/z.yaml"]).len(),
            1,
            "a folder is told once"
        );
    }
}
