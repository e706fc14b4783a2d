//! What a revert took out comes back byte for byte, and nothing is told anew.

use std::collections::BTreeSet;

use crate::desk::{Desk, minutes};
use crate::tampering::{COMMENT, FOLDER, ORDERS, delete, recorded, rename};

const ID: &str = "2026-11-22-late-orders";

/// Every file of the incident's folder, with its blob.
fn held(desk: &Desk) -> String {
    desk.git(&["ls-tree", "-r", "HEAD", "incidents"])
}

#[test]
fn a_reverted_append_comes_back_byte_for_byte() {
    let mut desk = recorded();
    desk.annals(&["comment", ID, "More."]).exits(0);
    let before = held(&desk);
    desk.wait(minutes(5)).git(&["revert", "--no-edit", "HEAD"]);
    assert_ne!(held(&desk), before);
    desk.wait(minutes(5));
    desk.annals(&["restore", "late-orders"])
        .exits(0)
        .says(&format!("restored 1 file of {ID}\n  {FOLDER}/"));
    assert_eq!(held(&desk), before);
    assert_eq!(desk.git(&["status", "--porcelain"]), "");
    assert_eq!(
        desk.git(&["log", "-1", "--format=%s"]),
        format!("annals: restore {ID}")
    );
}

#[test]
fn restoring_again_finds_nothing_missing() {
    let desk = recorded();
    delete(&desk, COMMENT);
    desk.commit("oops");
    desk.annals(&["restore", ID])
        .exits(0)
        .says("restored 1 file");
    let head = desk.git(&["rev-parse", "HEAD"]);
    desk.annals(&["restore", ID])
        .exits(0)
        .says(&format!("nothing of {ID} is missing from main"));
    assert_eq!(desk.git(&["rev-parse", "HEAD"]), head);
}

#[test]
fn a_whole_incident_comes_back_with_all_that_lay_beside_it() {
    let desk = recorded();
    let before = held(&desk);
    delete(&desk, ORDERS);
    delete(&desk, FOLDER);
    desk.commit("oops");
    desk.annals(&["restore", "late-ord"])
        .exits(0)
        .says("restored 7 files");
    assert_eq!(held(&desk), before);
}

#[test]
fn ordinary_files_come_back_only_when_they_are_named() {
    let desk = recorded();
    for name in ["notes.txt", "retrospective.md", "lag.png"] {
        delete(&desk, &format!("{FOLDER}/{name}"));
    }
    desk.commit("tidy up");
    desk.annals(&["restore", ID])
        .exits(0)
        .says("restored 1 file")
        .says("lag.png");
    desk.annals(&["restore", ID, "notes.txt"])
        .exits(0)
        .says("notes.txt");
    desk.annals(&["restore", ID, "nonsense"])
        .exits(2)
        .warns("has no entry `nonsense`");
}

#[test]
fn one_entry_is_restored_without_the_others() {
    let desk = recorded();
    for name in ["comment-a", "update-b"] {
        let path = desk.git(&["ls-files", &format!("{FOLDER}/*{name}.yaml")]);
        delete(&desk, &path);
    }
    desk.commit("oops");
    desk.annals(&["restore", ID, "comment-a"])
        .exits(0)
        .says("restored 1 file")
        .says("comment-a");
    desk.annals(&["restore", ID, "comment-a"])
        .exits(0)
        .says("nothing of");
    desk.annals(&["restore", ID]).exits(0).says("update-b");
}

#[test]
fn what_was_moved_is_not_missing() {
    let desk = recorded();
    rename(&desk, "incidents/2026", "incidents/old");
    desk.commit("tidy up");
    desk.annals(&["restore", ID]).exits(0).says("nothing of");
}

#[test]
fn what_stands_in_the_place_stays() {
    let desk = recorded();
    delete(&desk, COMMENT);
    desk.commit("oops");
    desk.write(
        COMMENT,
        "at: 2026-11-22T06:10:00Z\nby: Bo Li\ncomment: Other.\n",
    );
    desk.annals(&["restore", ID])
        .exits(2)
        .warns("exists already and says something else");
    assert!(desk.read(COMMENT).contains("Other."));
    desk.git(&["clean", "-fdq"]);
    desk.write(&format!("{COMMENT}/x.txt"), "x")
        .commit("a folder");
    desk.annals(&["restore", ID])
        .exits(2)
        .warns("exists already");
    desk.git(&["rm", "-rq", FOLDER]);
    desk.write(FOLDER, "a file").commit("a file");
    desk.annals(&["restore", ID])
        .exits(2)
        .warns("exists already");
}

#[test]
fn what_stands_in_the_place_is_removed_first_as_check_says() {
    type Damage = fn(&Desk);
    let ways: [(&str, Damage); 5] = [
        (COMMENT, |desk| {
            delete(desk, COMMENT);
            desk.write(&format!("{COMMENT}/x"), "");
        }),
        (ORDERS, |desk| {
            delete(desk, ORDERS);
            desk.write(&format!("{ORDERS}/x"), "");
        }),
        (FOLDER, |desk| {
            delete(desk, FOLDER);
            desk.write(FOLDER, "a file");
        }),
        (FOLDER, |desk| {
            rename(desk, FOLDER, "elsewhere");
            std::os::unix::fs::symlink("../../../elsewhere", desk.folder.join(FOLDER))
                .expect("a link");
        }),
        ("incidents", |desk| {
            delete(desk, "incidents");
            desk.write("incidents", "a file");
        }),
    ];
    for (path, damage) in ways {
        let mut desk = recorded();
        let before = held(&desk);
        damage(&desk);
        desk.commit("oops");
        let remedy = format!(
            "          rm -r {path}\n          git commit -m WHY -- {path}\n          annals restore {ID}\n"
        );
        desk.annals(&["check", "--base", "HEAD~1"])
            .exits(1)
            .warns(&remedy);
        desk.annals(&["restore", ID])
            .exits(2)
            .warns(&format!("`rm -r {path}`"));
        delete(&desk, path);
        desk.git(&["commit", "--quiet", "-m", "WHY", "--", path]);
        desk.wait(minutes(5));
        desk.annals(&["restore", ID]).exits(0);
        let after = held(&desk);
        let is_record = |line: &&str| line.contains(ID) && line.ends_with(".yaml");
        let lost = before.lines().filter(is_record);
        for line in lost {
            assert!(after.contains(line), "{path}: {line}\n{after}");
        }
    }
}

#[test]
fn it_works_on_a_branch_and_in_a_bare_repository() {
    let desk = recorded();
    desk.git(&["checkout", "--quiet", "-b", "outage"]);
    delete(&desk, COMMENT);
    desk.commit("oops").git(&["checkout", "--quiet", "main"]);
    desk.annals(&["restore", ID, "--branch", "outage"])
        .exits(0)
        .warns("on branch outage: no automation acts until this is merged into main");
    assert_eq!(desk.git(&["diff", "--stat", "main", "outage"]), "");
    delete(&desk, COMMENT);
    desk.commit("oops");
    let bare = Desk::bare(&desk);
    bare.annals(&["restore", ID]).exits(0);
    assert_eq!(bare.git(&["diff", "--stat", "HEAD~2", "HEAD"]), "");
}

#[test]
fn files_can_be_put_back_without_a_commit() {
    let desk = recorded();
    let text = desk.read(COMMENT);
    delete(&desk, COMMENT);
    desk.commit("oops");
    let head = desk.git(&["rev-parse", "HEAD"]);
    desk.annals(&["restore", ID, "--no-commit"]).exits(0);
    assert_eq!(
        (desk.read(COMMENT), desk.git(&["rev-parse", "HEAD"])),
        (text, head)
    );
}

#[test]
fn an_incident_that_never_was_is_unknown() {
    recorded()
        .annals(&["restore", "nothing-like-it"])
        .exits(2)
        .warns("there is no incident");
}

/// The ids of all events; what was taken in once under its id is not evaluated again.
fn events(desk: &Desk) -> BTreeSet<String> {
    let events = desk.annals(&["events", "--format", "json"]).exits(0).json();
    let events = events.as_array().expect("events").iter();
    events.map(|event| event["id"].to_string()).collect()
}

#[test]
fn what_comes_back_is_told_only_once() {
    let mut desk = recorded();
    let told = events(&desk);
    desk.wait(minutes(5));
    delete(&desk, ORDERS);
    delete(&desk, FOLDER);
    desk.commit("oops");
    desk.wait(minutes(5));
    desk.annals(&["restore", ID]).exits(0);
    let again = events(&desk);
    assert!(told.is_subset(&again));
    let more: Vec<&String> = again.difference(&told).collect();
    assert_eq!(more.len(), 1, "that it was rewritten: {more:?}");
    let since = desk.annals(&["events", "--since", "HEAD~1"]).exits(0).out;
    assert!(
        !since.contains("declared") && !since.contains("added"),
        "{since}"
    );
}
