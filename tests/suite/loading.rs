//! What is remembered makes reading faster, and changes nothing else; and what is not
//! meant is not read.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration as Span, UNIX_EPOCH};

use annals::archive::repository::Repository;
use annals::archive::snapshot::{Snapshot, Version};

use crate::desk::{Desk, minutes};

const VIEWS: [&[&str]; 6] = [
    &["list", "--all", "--format", "json"],
    &["list", "--all", "--format", "json", "--commit", "HEAD"],
    &["show", "late-orders", "--format", "json"],
    &[
        "show",
        "late-orders",
        "--format",
        "json",
        "--commit",
        "HEAD",
    ],
    &["check"],
    &["events"],
];

/// Everything that can be said in a file, some of it wrong.
fn record() -> Desk {
    let desk = Desk::ready();
    desk.write(
        "incidents/2026/late-orders.yaml",
        "title: Late orders
severity: high
declared_at: 2026-11-20T07:31:00.000001+02:00
declared_by: Ana Ruiz
resources: [{id: queue, role: service, impact: major_outage}]
x-own: {deep: [1, 2.5, null, {a: true}]}
entries:
- {at: 2026-11-20T08:00:00Z, by: Bo, comment: Inside.}
- {at: 2026-11-20T09:00:00Z, by: Bo, update: {tags: {add: [etl]}, roles: {scribe: null}}, x-source: null}
",
    );
    desk.write(
        "incidents/2026/late-orders/b.yaml",
        "at: 2026-11-20T10:00:00Z\nby: Bo\nassessment: {before: {runs: 4, success_rate: 0.1}}\n",
    );
    desk.write(
        "incidents/elsewhere/late-orders/c.yaml",
        "at: 2026-11-20T11:00:00Z\nby: Bo\nupdate: {severity: crtical}\n",
    );
    desk.write(
        "incidents/2026/late-orders/d.yaml",
        "at: 2026-11-20T12:00:00Z\nby: Bo\ncorrect: {entry: b, reason: Typo., to: {at: 2026-11-20T10:00:00Z, by: Bo, comment: No.}}\n",
    );
    desk.write(
        "incidents/2026/late-orders/retrospective.md",
        "---\nstatus: draft\n---\nWords.\n",
    );
    desk.write("incidents/2026/broken.yaml", "title: [\n");
    desk.write(
        "incidents/2026/lost/e.yaml",
        "at: 2026-11-20T12:00:00Z\nby: Bo\ncomment: Whose?\n",
    );
    desk.commit("files");
    desk.annals(&["declare", "Another", "--severity", "low"])
        .exits(0);
    desk
}

fn views(desk: &Desk) -> Vec<(String, String, i32)> {
    said(desk, &VIEWS)
}

fn said(desk: &Desk, views: &[&[&str]]) -> Vec<(String, String, i32)> {
    let said = views.iter().map(|view| desk.annals(view));
    said.map(|said| (said.out, said.err, said.code)).collect()
}

/// Lets every file seem to have changed long ago, so that it can be remembered.
fn age(desk: &Desk) {
    for path in desk.files() {
        let file = File::open(desk.folder.join(path)).expect("a file");
        file.set_modified(UNIX_EPOCH + Span::from_secs(1_700_000_000))
            .expect("a time");
    }
}

fn remembered(desk: &Desk) -> Vec<PathBuf> {
    ["second-clock", "pieces", "files"]
        .iter()
        .map(|name| desk.folder.join(".git/annals").join(name))
        .collect()
}

fn forget(desk: &Desk) {
    for table in remembered(desk) {
        fs::remove_file(&table).unwrap_or_else(|fault| panic!("{}: {fault}", table.display()));
    }
}

#[test]
fn what_is_remembered_changes_nothing() {
    let desk = record();
    age(&desk);
    let first = views(&desk);
    assert!(first[0].0.contains("Late orders"), "{}", first[0].0);
    assert!(first[4].0.contains("3 errors"), "{}", first[4].0);
    assert_eq!(views(&desk), first, "the second time");
    forget(&desk);
    assert_eq!(views(&desk), first, "after all was forgotten");
}

#[test]
fn what_is_damaged_is_as_if_it_was_forgotten() {
    let desk = record();
    age(&desk);
    let some = [VIEWS[0], VIEWS[1], VIEWS[3]];
    let first = said(&desk, &some);
    for (index, table) in remembered(&desk).into_iter().enumerate() {
        let whole = fs::read(&table).expect("it was remembered");
        for cut in [0, whole.len() / 2, whole.len() - 1] {
            fs::write(&table, &whole[..cut]).expect("a table");
            assert_eq!(said(&desk, &some), first, "table {index} cut at {cut}");
        }
        for at in [whole.len() / 3, whole.len() - 1] {
            let mut damaged = whole.clone();
            damaged[at] = !damaged[at];
            fs::write(&table, &damaged).expect("a table");
            assert_eq!(said(&desk, &some), first, "table {index} damaged at {at}");
        }
        fs::remove_file(&table).expect("a table");
        fs::create_dir(&table).expect("a folder");
        assert_eq!(said(&desk, &some), first, "table {index} cannot be written");
        fs::remove_dir(&table).expect("a folder");
    }
}

#[test]
fn what_is_remembered_keeps_up_with_appends_and_branches() {
    let mut desk = record();
    let same = |desk: &Desk, when: &str| {
        age(desk);
        views(desk);
        let remembered = views(desk);
        forget(desk);
        assert_eq!(views(desk), remembered, "{when}");
    };
    desk.git(&["branch", "side"]);
    for _ in 0..3 {
        desk.wait(minutes(6))
            .annals(&["comment", "another", "Words."])
            .exits(0);
        same(&desk, "after a comment");
    }
    desk.git(&["checkout", "--quiet", "side"]);
    same(&desk, "on another branch");
    desk.wait(minutes(6))
        .annals(&["comment", "another", "Here."])
        .exits(0);
    desk.git(&["checkout", "--quiet", "main"]);
    desk.git(&["merge", "--quiet", "--no-edit", "side"]);
    same(&desk, "after a merge");
    desk.git(&["mv", "incidents/2026/late-orders.yaml", "incidents"]);
    desk.commit("move");
    same(&desk, "after a move");
    desk.git(&["reset", "--quiet", "--hard", "HEAD~2"]);
    same(&desk, "after history was taken back");
    let early = [
        "show",
        "late-orders",
        "--format",
        "json",
        "--commit",
        "HEAD~1",
    ];
    let remembered = desk.annals(&early).exits(1).out;
    forget(&desk);
    assert_eq!(desk.annals(&early).exits(1).out, remembered);
}

#[test]
fn a_file_that_changed_is_read_again_though_it_looks_as_old_and_large_as_before() {
    let desk = record();
    age(&desk);
    desk.annals(&["list", "--all"]).says("Late orders");
    desk.annals(&["list", "--all"]).says("Late orders");
    let path = "incidents/2026/late-orders.yaml";
    desk.write(path, desk.read(path).replace("Late orders", "Lost orders"));
    age(&desk);
    desk.annals(&["list", "--all"]).says("Lost orders");
}

/// Two incidents of which only `one` has its blobs left.
fn halved() -> Desk {
    let mut desk = Desk::ready();
    for title in ["One", "Two"] {
        let id = desk
            .annals(&["declare", title, "--severity", "high"])
            .exits(0)
            .id();
        desk.wait(minutes(2))
            .annals(&["comment", &id, "Words."])
            .exits(0);
    }
    for line in desk.git(&["ls-tree", "-r", "HEAD", "incidents"]).lines() {
        let id = line.split_whitespace().nth(2).expect("a blob");
        if line.contains("-two-") {
            let object = format!(".git/objects/{}/{}", &id[..2], &id[2..]);
            fs::remove_file(desk.folder.join(object)).expect("a loose object");
        }
    }
    let _ = fs::remove_dir_all(desk.folder.join(".git/annals"));
    desk
}

#[test]
fn only_what_is_meant_is_read() {
    let desk = halved();
    desk.annals(&["show", "two", "--commit", "HEAD"]).exits(4);
    desk.annals(&["show", "one", "--commit", "HEAD"])
        .exits(0)
        .says("Words.");
    desk.git(&["branch", "side"]);
    desk.annals(&["comment", "one", "More.", "--branch", "side"])
        .exits(0);
    desk.annals(&["resolve", "one", "--branch", "side"])
        .exits(0);
    desk.annals(&["show", "one", "--commit", "side"])
        .exits(0)
        .says("More.")
        .says("resolved");
}

#[test]
fn what_is_meant_is_found_wherever_it_lies() {
    let mut desk = record();
    desk.wait(minutes(2));
    desk.annals(&["show", "late-orders"])
        .exits(1)
        .says("Inside.")
        .warns("incidents/elsewhere/late-orders/c.yaml");
    desk.write(
        "incidents/2025/late-orders.yaml",
        "title: The same id\nseverity: low\ndeclared_at: 2026-11-21T07:31:00Z\ndeclared_by: Bo\n",
    );
    desk.commit("twice");
    desk.annals(&["show", "late-orders~2"])
        .exits(1)
        .says("The same id");
    desk.annals(&["comment", "late-orders~2", "Words."])
        .exits(2)
        .warns("stands twice");
    desk.annals(&["show", "r"])
        .exits(2)
        .warns("could mean 3 incidents");
    desk.annals(&["show", "late-ordres"])
        .exits(2)
        .warns("did you mean `late-orders`?");
    desk.annals(&["show", ""])
        .exits(2)
        .warns("there is no incident");
}

#[test]
fn what_an_incident_points_to_is_found_too() {
    let desk = Desk::ready();
    for name in ["late-orders", "twin"] {
        let text =
            "title: One\nseverity: low\ndeclared_at: 2026-11-21T07:31:00Z\ndeclared_by: Bo\n";
        desk.write(&format!("incidents/{name}.yaml"), text);
    }
    let points = |to: &str| {
        let text = format!("at: 2026-11-21T08:00:00Z\nby: Bo\nduplicate_of: {to}\n");
        desk.write("incidents/twin/a.yaml", text);
    };
    points("late-orders");
    let said = desk.annals(&["show", "twin"]).exits(0);
    assert_eq!(said.err, "");
    points("late-ordres");
    desk.annals(&["show", "twin"])
        .exits(1)
        .warns("did you mean `late-orders`?");
}

#[test]
fn a_file_that_was_only_touched_is_remembered() {
    let desk = record();
    age(&desk);
    let first = views(&desk);
    for path in desk.files() {
        desk.write(&path, desk.read(&path));
    }
    assert_eq!(views(&desk), first);
}

#[test]
fn files_are_listed_in_the_order_of_their_paths() {
    let desk = Desk::ready();
    let names = [
        "Z", "a", "a/x", "a/x/y", "a-b/x", "a.b/x", "a0", "b/c", "b/c/d",
    ];
    for name in names {
        desk.write(&format!("incidents/{name}.yaml"), "at: now\n");
    }
    desk.commit("all");
    let repository = Repository::discover(&desk.folder).expect("a repository");
    let head = repository.head().expect("HEAD").commit.expect("a commit");
    for version in [Version::Folder, Version::Commit(head)] {
        let snapshot = Snapshot::new(&repository, version).expect("a snapshot");
        let files = snapshot.list("incidents").expect("its files");
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths.len(), names.len(), "{version:?}");
        assert!(paths.is_sorted(), "{version:?}: {paths:?}");
    }
}
