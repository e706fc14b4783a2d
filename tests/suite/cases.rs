//! Case folders: files of a record, and exactly what `annals check` says about them, by
//! themselves or as a change of what was recorded before; golden tests, and exactly what
//! `annals test` says about them; files of other tools, and exactly what importing them
//! says and makes.

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

/// Puts a copy of the `part` of a case on the desk, links as links.
fn lay_out(folder: &Path, part: &str, desk: &Desk) {
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .arg(folder.join(part).join("."))
        .arg(&desk.folder)
        .status();
    assert!(copied.expect("cp runs").success(), "{}", folder.display());
    // A case that is about something else still is a record.
    std::fs::create_dir_all(desk.folder.join("incidents")).expect("a folder");
}

/// What is said of the files of a case.
fn of_files(folder: &Path) -> String {
    let desk = Desk::new();
    lay_out(folder, "repository", &desk);
    desk.commit("the case");
    told(&desk, &["check"])
}

/// What is said of a change of what was recorded before.
fn of_a_change(folder: &Path) -> String {
    let desk = Desk::new();
    lay_out(folder, "base", &desk);
    desk.commit("the base");
    desk.git(&["checkout", "--quiet", "-b", "change"]);
    desk.git(&["rm", "-r", "--quiet", "."]);
    lay_out(folder, "repository", &desk);
    desk.commit("the change");
    told(&desk, &["check", "--base", "main"])
}

/// What is said of golden tests.
fn of_tests(folder: &Path) -> String {
    let desk = Desk::new();
    lay_out(folder, "repository", &desk);
    told(&desk, &["test"])
}

fn told(desk: &Desk, arguments: &[&str]) -> String {
    let said = desk.annals(arguments);
    format!("{}{}exit {}\n", said.err, said.out, said.code)
}

/// Compares what is said of each case of `kind` with what its folder expects; `BLESS=1`
/// writes that.
fn compare(kind: &str, at_least: usize, say: fn(&Path) -> String) {
    let folders = folders(kind);
    assert!(folders.len() >= at_least, "{} cases", folders.len());
    let mut wrong = Vec::new();
    for folder in &folders {
        let (said, file) = (say(folder), folder.join("expected.txt"));
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
    compare("check", 60, of_files);
}

#[test]
fn check_says_of_rules_exactly_what_the_cases_expect() {
    compare("rules", 90, of_files);
}

#[test]
fn check_says_of_changes_exactly_what_the_cases_expect() {
    compare("change", 12, of_a_change);
}

#[test]
fn test_says_exactly_what_the_cases_expect() {
    compare("test", 20, of_tests);
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
