//! Case folders: files of a record, and exactly what `annals check` says about them;
//! files of other tools, and exactly what importing them says and makes.

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

/// Compares what each case of `kind` says with its `expected.txt`; `BLESS=1` writes that.
fn compare(kind: &str, fewest: usize, said: impl Fn(&Path) -> String) {
    let folders = folders(kind);
    assert!(folders.len() >= fewest, "{} cases", folders.len());
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

#[test]
fn check_says_exactly_what_the_cases_expect() {
    compare("check", 60, said);
}

/// What importing `folder/files` says, and the files that it makes. Importing them again
/// adds nothing, and what was imported breaks no rule.
fn imported(folder: &Path) -> String {
    let desk = Desk::ready();
    let before = desk.files();
    let files = folder.join("files").canonicalize().expect("files");
    let files = files.display().to_string();
    let typed = std::fs::read_to_string(folder.join("case.txt")).expect("case.txt");
    let mut arguments = vec!["import"];
    arguments.extend(typed.split_whitespace());
    arguments.push(&files);
    let first = desk.annals(&arguments);
    let mut told = format!("{}{}exit {}\n", first.err, first.out, first.code);
    let again = desk.annals(&arguments);
    assert!(
        again.out.contains("0 files added"),
        "{}: {}",
        folder.display(),
        again.out
    );
    let check = desk.annals(&["check"]);
    assert!(
        check.out.contains("nothing wrong"),
        "{}: {}",
        folder.display(),
        check.err
    );
    for path in desk.files() {
        if path.starts_with("incidents/") && !before.contains(&path) {
            let text = std::fs::read_to_string(desk.folder.join(&path)).expect("a file");
            told.push_str(&format!("\n--- {path}\n{text}"));
        }
    }
    told
}

#[test]
fn importing_makes_exactly_what_the_cases_expect() {
    compare("import", 30, imported);
}
