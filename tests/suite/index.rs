//! Git's index after an append: as Git itself would have written it.

use std::fs::{self, File};
use std::time::{Duration as Span, UNIX_EPOCH};

use crate::desk::{Desk, minutes};

/// A desk with one incident, other folders, and an index that knows its trees.
fn desk() -> Desk {
    let desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    for path in ["a/b/c.txt", "incidents-of-old/d.txt", "z/e.txt"] {
        desk.write(path, "words\n");
    }
    desk.commit("files");
    desk
}

fn append(desk: &mut Desk) {
    desk.wait(minutes(2))
        .annals(&["comment", "one", "Words."])
        .exits(0);
}

#[track_caller]
fn is_in_step(desk: &Desk) {
    assert_eq!(
        desk.git(&["write-tree"]),
        desk.git(&["rev-parse", "HEAD^{tree}"])
    );
    let held = desk
        .git(&["ls-files", "--stage", "incidents"])
        .replace('\t', " ");
    let recorded = desk
        .git(&["ls-tree", "-r", "HEAD", "incidents"])
        .replace('\t', " ");
    let recorded: Vec<String> = recorded
        .lines()
        .map(|line| line.replace(" blob ", " "))
        .collect();
    let held: Vec<String> = held
        .lines()
        .map(|line| line.replacen(" 0 ", " ", 1))
        .collect();
    assert_eq!(held, recorded);
    desk.git(&["fsck", "--strict"]);
}

#[test]
fn an_index_of_every_version_is_kept_in_step() {
    for version in ["2", "3", "4"] {
        let mut desk = desk();
        desk.git(&["update-index", "--index-version", version]);
        if version == "3" {
            desk.write("later.txt", "not yet\n");
            desk.git(&["add", "--intent-to-add", "later.txt"]);
        }
        desk.git(&["status"]);
        for _ in 0..3 {
            append(&mut desk);
            is_in_step(&desk);
        }
        let left = if version == "3" { " A later.txt" } else { "" };
        assert_eq!(
            desk.git(&["status", "--porcelain"]).trim(),
            left.trim(),
            "version {version}"
        );
    }
}

#[test]
fn an_index_without_a_checksum_stays_so() {
    let mut desk = desk();
    desk.git(&["config", "index.skipHash", "true"]);
    desk.write("more.txt", "words\n");
    desk.commit("more");
    let sum = |desk: &Desk| {
        let index = fs::read(desk.folder.join(".git/index")).expect("an index");
        index[index.len() - 20..].to_vec()
    };
    let before = sum(&desk) == [0; 20];
    append(&mut desk);
    is_in_step(&desk);
    assert_eq!(sum(&desk) == [0; 20], before);
}

#[test]
fn what_else_the_index_holds_stays_as_it_was() {
    let mut desk = desk();
    desk.write("staged.txt", "staged\n");
    desk.git(&["add", "staged.txt"]);
    desk.git(&["rm", "--quiet", "--cached", "z/e.txt"]);
    append(&mut desk);
    assert_eq!(
        desk.git(&["status", "--porcelain"]),
        "A  staged.txt\nD  z/e.txt\n?? z/"
    );
}

#[test]
fn a_change_that_git_could_not_tell_by_its_time_is_still_seen() {
    let mut desk = desk();
    let (file, index) = (desk.folder.join("z/e.txt"), desk.folder.join(".git/index"));
    let long_ago = UNIX_EPOCH + Span::from_secs(1_700_000_000);
    let date = |path| {
        let file = File::options().append(true).open(path).expect("a file");
        file.set_modified(long_ago).expect("a time");
    };
    desk.git(&["config", "core.trustctime", "false"]);
    date(&file);
    desk.git(&["update-index", "--refresh"]);
    desk.write("z/e.txt", "sdrow\n");
    date(&file);
    date(&index);
    assert_eq!(desk.git(&["diff-files", "--name-only"]), "z/e.txt");
    append(&mut desk);
    assert_eq!(desk.git(&["diff", "--name-only"]), "z/e.txt");
}

#[test]
fn a_damaged_index_is_refused_and_stays_as_it_was() {
    let desk = desk();
    let place = desk.folder.join(".git/index");
    let mut index = fs::read(&place).expect("an index");
    let middle = index.len() / 2;
    index[middle] = !index[middle];
    fs::write(&place, &index).expect("an index");
    let files = desk.files();
    desk.annals(&["comment", "one", "Words."])
        .exits(4)
        .warns("damaged");
    assert_eq!(fs::read(&place).expect("an index"), index);
    assert_eq!(desk.files(), files);
}
