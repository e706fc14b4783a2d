//! Checkouts that do not hold everything: what is left out is part of the record.

use crate::desk::{Desk, minutes};

const OLD: &str = "incidents/2025/11/old.yaml";

/// A desk with an incident of this year and one of another.
fn recorded() -> Desk {
    let mut desk = Desk::ready();
    desk.write(
        OLD,
        "title: Old outage\nseverity: low\ndeclared_at: 2025-11-22T06:00:00Z\ndeclared_by: Ana\n",
    )
    .commit("another year");
    desk.annals(&["declare", "Orders", "--severity", "critical"])
        .exits(0);
    desk.wait(minutes(1));
    desk.annals(&["comment", "orders", "Lag grows."]).exits(0);
    desk
}

/// What verbs say of the folder, and of the commit that it is a checkout of.
#[track_caller]
fn says_what_head_says(desk: &Desk) {
    for verb in [
        &["list", "--all"][..],
        &["show", "orders"],
        &["show", "old"],
        &["export", "--format", "csv"],
    ] {
        let folder = desk.annals(verb).exits(0);
        let commit = desk
            .annals(&[verb, &["--commit", "HEAD"]].concat())
            .exits(0);
        assert_eq!(folder.out, commit.out, "{verb:?}");
    }
    desk.annals(&["check"])
        .exits(0)
        .says("2 incidents and 1 entry");
    desk.annals(&["build", "--out", "../site"]).exits(0);
    let page = std::fs::read_to_string(desk.folder.with_file_name("site/index.html"));
    let page = page.expect("a page");
    assert!(
        page.contains("Orders") && page.contains("Old outage"),
        "{page}"
    );
}

#[track_caller]
fn appends(desk: &mut Desk) {
    desk.wait(minutes(1));
    desk.annals(&["comment", "old", "Again."]).exits(0);
    desk.annals(&["comment", "orders", "Seen."]).exits(0);
    assert_eq!(desk.git(&["status", "--porcelain"]), "");
    assert_eq!(
        desk.git(&["write-tree"]),
        desk.git(&["rev-parse", "HEAD^{tree}"])
    );
    desk.annals(&["show", "orders"])
        .exits(0)
        .says("Lag grows.")
        .says("Seen.");
    desk.annals(&["show", "old"]).exits(0).says("Again.");
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_read_and_appended_to() {
    for set in [
        &["set", "--cone", "automations"][..],
        &["set", "--cone", "--sparse-index", "automations"],
        &["set", "--no-cone", "/incidents/2026/"],
    ] {
        let mut desk = recorded();
        desk.git(&[&["sparse-checkout"], set].concat());
        assert!(desk.files().len() < 10, "{:?}", desk.files());
        says_what_head_says(&desk);
        appends(&mut desk);
        desk.annals(&["check"]).exits(0);
    }
}

#[test]
fn settings_that_are_left_out_still_are_the_settings() {
    let mut desk = Desk::new();
    desk.write("code/main.c", "int main;\n").commit("a product");
    std::fs::create_dir(desk.folder.join("record")).expect("a folder");
    desk.annals_in("record", &["init"]).exits(0);
    desk.annals_in("record", &["declare", "Orders", "--severity", "high"])
        .exits(0);
    desk.git(&["status"]);
    desk.git(&[
        "sparse-checkout",
        "set",
        "--no-cone",
        "/code/",
        "/record/tests/",
    ]);
    assert!(!desk.folder.join("record/annals.yaml").exists());
    desk.annals_in("record", &["list"]).exits(0).says("Orders");
    desk.wait(minutes(1));
    desk.annals_in("record", &["comment", "orders", "Seen."])
        .exits(0);
    desk.annals_in("code", &["list"]).exits(2);
}

#[test]
fn a_split_index_marks_what_is_left_out_as_well() {
    let mut desk = recorded();
    desk.git(&["sparse-checkout", "set", "--cone", "automations"]);
    desk.git(&["update-index", "--split-index"]);
    says_what_head_says(&desk);
    appends(&mut desk);
}

#[test]
fn what_was_never_checked_out_is_read_from_head() {
    let desk = recorded();
    let mut clone = Desk::clone_of(&desk);
    let (from, to) = (desk.folder.display().to_string(), "../unchecked");
    clone.git(&["clone", "--quiet", "--no-checkout", &from, to]);
    clone.folder = clone.folder.with_file_name("unchecked");
    says_what_head_says(&clone);
    clone.wait(minutes(1));
    clone.annals(&["comment", "orders", "Seen."]).exits(0);
    clone
        .annals(&["show", "orders"])
        .exits(0)
        .says("Lag grows.")
        .says("Seen.");
}

#[test]
fn a_sparse_or_split_index_is_compared_with_like_any_other() {
    for make in [
        &["sparse-checkout", "set", "--sparse-index", "incidents/2026"][..],
        &["update-index", "--split-index"],
    ] {
        let desk = recorded();
        desk.git(make);
        desk.annals(&["check", "--base", "HEAD~1"]).exits(0);
        let files = desk.files();
        let path = files
            .iter()
            .find(|path| path.ends_with(".yaml") && path.contains("comment"));
        let path = path.expect("a comment");
        desk.write(path, desk.read(path).replace("grows", "shrinks"));
        desk.annals(&["check", "--base", "HEAD"])
            .exits(1)
            .warns("Lag shrinks.");
        assert!(!desk.files().iter().any(|path| path.contains("plain-index")));
    }
}
