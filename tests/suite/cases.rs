//! Case folders: files of a record, and exactly what `annals check` says about them.

use std::path::{Path, PathBuf};

use crate::desk::Desk;

/// The case folders of `kind`, in order.
fn folders(kind: &str) -> Vec<PathBuf> {
    let root = Path::new("tests/cases").join(kind);
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root)
        .expect("cases")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}

/// Puts a copy of `folder` on the desk, links as links.
fn lay_out(folder: &Path, desk: &Desk) {
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .arg(folder.join("repository").join("."))
        .arg(&desk.folder)
        .status();
    assert!(copied.expect("cp runs").success(), "{}", folder.display());
}

fn said(folder: &Path) -> String {
    let desk = Desk::new();
    lay_out(folder, &desk);
    desk.commit("the case");
    let said = desk.annals(&["check"]);
    format!("{}{}exit {}\n", said.err, said.out, said.code)
}

#[test]
fn check_says_exactly_what_the_cases_expect() {
    let folders = folders("check");
    assert!(folders.len() >= 60, "{} cases", folders.len());
    let mut wrong = Vec::new();
    for folder in &folders {
        let (said, file) = (said(folder), folder.join("expected.txt"));
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&file, &said).expect("expected.txt");
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        if said != expected {
            wrong.push(format!(
                "{}\n--- expected\n{expected}--- said\n{said}",
                folder.display()
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} cases differ:\n{}",
        wrong.len(),
        folders.len(),
        wrong.join("\n")
    );
}
