//! Many writers at once: everything arrives, nothing twice, nothing breaks.
//!
//! These are real processes that race for real locks and a real remote. They take minutes,
//! so `tests/all` runs them apart from the others.

use std::collections::BTreeSet;
use std::thread;

use crate::desk::{Desk, minutes};

const WRITERS: usize = 8;
/// How often each of them comments where nothing else is said.
const COMMENTS: usize = 50;

/// A repository with one incident, `late`, in which Git packs when it finds that it should.
fn ready() -> Desk {
    let desk = packing(Desk::ready());
    desk.annals(&["declare", "Orders arrive late", "--severity", "high"])
        .exits(0);
    desk
}

/// The desk, where Git packs what lies around while others write, as it does anywhere else.
fn packing(desk: Desk) -> Desk {
    desk.git(&["config", "gc.auto", "6700"]);
    desk.git(&["config", "maintenance.auto", "true"]);
    desk
}

/// Lets every desk comment so many times, all at the same time.
fn comment_at_once(desks: &[&Desk], comments: usize, how: &[&str]) {
    thread::scope(|threads| {
        for (writer, desk) in desks.iter().enumerate() {
            threads.spawn(move || {
                for comment in 0..comments {
                    let words = format!("Comment {comment} of writer {writer}.");
                    let arguments = [&["comment", "late", words.as_str()], how].concat();
                    desk.annals(&arguments).exits(0);
                }
            });
        }
    });
}

/// Everything that was said about the one incident.
fn said(desk: &Desk) -> Vec<String> {
    let shown = desk.annals(&["show", "late", "--format", "json"]).exits(0);
    let shown = shown.json();
    let entries = shown["incidents"][0]["entries"].as_array().expect("a list");
    let words = entries.iter().map(|entry| entry["comment"].as_str());
    words
        .map(|words| words.expect("words").to_owned())
        .collect()
}

/// Makes sure that so many comments are there, each once, and that the repository is whole.
#[track_caller]
fn all_arrived(desk: &Desk, comments: usize) {
    let said = said(desk);
    let distinct: BTreeSet<&String> = said.iter().collect();
    assert_eq!((said.len(), distinct.len()), (comments, comments));
    assert_eq!(desk.git(&["fsck", "--strict", "--no-dangling"]), "");
    desk.annals(&["check"]).exits(0).says("nothing wrong");
}

#[test]
#[ignore = "takes a minute; tests/all runs it"]
fn eight_clones_append_to_one_incident_of_one_remote() {
    let desk = ready();
    let remote = packing(Desk::bare(&desk));
    let clones = (0..WRITERS).map(|_| packing(Desk::clone_of(&remote)));
    let clones: Vec<Desk> = clones.collect();
    let begun = remote.git(&["rev-list", "--count", "main"]);
    comment_at_once(&clones.iter().collect::<Vec<_>>(), COMMENTS, &["--push"]);
    all_arrived(&Desk::clone_of(&remote), 400);
    assert_eq!(remote.git(&["fsck", "--strict", "--no-dangling"]), "");
    let count = |range: &str| -> usize {
        let said = remote.git(&["rev-list", "--count", range]);
        said.parse().expect("a number")
    };
    let begun: usize = begun.parse().expect("a number");
    assert_eq!(count("main"), begun + 400, "one commit for each comment");
    assert_eq!(
        remote.git(&["rev-list", "--merges", "--count", "main"]),
        "0"
    );
    for clone in &clones {
        assert_eq!(clone.git(&["status", "--porcelain"]), "");
        assert_eq!(
            clone.git(&["rev-list", "--count", "origin/main..main"]),
            "0"
        );
        clone.git(&["pull", "--quiet", "--ff-only"]);
        all_arrived(clone, 400);
    }
}

#[test]
#[ignore = "takes a minute; tests/all runs it"]
fn eight_processes_append_to_one_incident_of_one_clone() {
    let desk = ready();
    comment_at_once(&[&desk; WRITERS], COMMENTS, &[]);
    all_arrived(&desk, 400);
    assert_eq!(desk.git(&["status", "--porcelain"]), "");
    assert_eq!(desk.git(&["rev-list", "--count", "main"]), "402");
}

#[test]
#[ignore = "takes a minute; tests/all runs it"]
fn eight_processes_push_from_one_clone() {
    let desk = ready();
    let remote = packing(Desk::bare(&desk));
    let clone = packing(Desk::clone_of(&remote));
    comment_at_once(&[&clone; WRITERS], 5, &["--push"]);
    assert_eq!(clone.git(&["status", "--porcelain"]), "");
    assert_eq!(
        clone.git(&["rev-parse", "main"]),
        remote.git(&["rev-parse", "main"])
    );
    all_arrived(&clone, 40);
}

#[test]
fn a_person_commits_while_others_append() {
    let mut desk = ready();
    desk.wait(minutes(1));
    let (desk, rounds) = (&desk, 12);
    thread::scope(|threads| {
        for writer in 0..3 {
            threads.spawn(move || {
                for comment in 0..rounds {
                    let words = format!("Comment {comment} of writer {writer}.");
                    desk.annals(&["comment", "late", &words]).exits(0);
                }
            });
        }
        for note in 0..rounds {
            desk.write(&format!("notes/{note}.txt"), "mine");
            while desk.try_git(&["add", "notes"]).code != 0 {}
            let message = format!("note {note}");
            while desk.try_git(&["commit", "--quiet", "-m", &message]).code != 0
                && !desk.git(&["status", "--porcelain", "notes"]).is_empty()
            {}
        }
    });
    assert_eq!(desk.git(&["status", "--porcelain"]), "");
    assert_eq!(said(desk).len(), 3 * rounds);
    let removed = [
        "log",
        "--diff-filter=DM",
        "--name-only",
        "--format=",
        "main",
    ];
    assert_eq!(desk.git(&removed), "", "nobody's commit took anything away");
    let notes = desk.git(&["ls-tree", "-r", "--name-only", "main", "notes"]);
    assert_eq!(notes.lines().count(), rounds);
    assert_eq!(desk.git(&["fsck", "--strict", "--no-dangling"]), "");
}
