//! Whole files that were moved, unchanged: told by the folders they went from and to.

use std::collections::BTreeMap;

use crate::text::diagnostic::{Code, Diagnostic};

/// How many files went from one folder to another, and one of them.
#[derive(Default)]
pub(super) struct Moves(BTreeMap<(String, String), (usize, String)>);

impl Moves {
    /// Puts in a file that went from path `from` to path `to`.
    pub(super) fn add(&mut self, from: &str, to: &str) {
        let (count, first) = self.0.entry(apart(from, to)).or_default();
        if *count == 0 {
            to.clone_into(first);
        }
        *count += 1;
    }

    /// A word about each pair of folders.
    pub(super) fn told(self) -> impl Iterator<Item = Diagnostic> {
        self.0.into_iter().map(|((from, to), (count, first))| {
            let files = if count == 1 {
                "1 file was".to_owned()
            } else {
                format!("{count} files were")
            };
            let message = format!("{files} moved, unchanged, from `{from}` to `{to}`");
            Diagnostic::warning(Code::FilesMoved, message)
                .in_file(&first)
                .help("this changes nothing that is recorded; branches that append there may conflict with it")
        })
    }
}

/// The folders in which two paths differ: what they end in alike is left out.
fn apart(from: &str, to: &str) -> (String, String) {
    let (mut left, mut right) = (from, to);
    while let (Some((before, one)), Some((after, other))) =
        (left.rsplit_once('/'), right.rsplit_once('/'))
    {
        if one != other {
            break;
        }
        (left, right) = (before, after);
    }
    (left.to_owned(), right.to_owned())
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn a_move_is_told_by_what_differs() {
        let told = |from, to| apart(from, to);
        assert_eq!(
            told("incidents/2026/11/a.yaml", "incidents/old/11/a.yaml"),
            ("incidents/2026".into(), "incidents/old".into())
        );
        assert_eq!(
            told("incidents/a.yaml", "incidents/2026/a.yaml"),
            ("incidents".into(), "incidents/2026".into())
        );
    }
}
