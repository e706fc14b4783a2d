//! Clones that lack objects: they are fetched or told, and never read as nothing.

use crate::desk::{Desk, minutes};

/// A remote with two years of incidents that lets clones leave things out.
fn remote() -> Desk {
    let mut desk = Desk::ready();
    desk.write(
        "incidents/2025/11/old.yaml",
        "title: Old outage\nseverity: low\ndeclared_at: 2025-11-22T06:00:00Z\ndeclared_by: Ana\n",
    )
    .commit("another year");
    desk.annals(&["declare", "Orders", "--severity", "critical"])
        .exits(0);
    for words in ["Lag grows.", "Lag shrinks."] {
        desk.wait(minutes(1));
        desk.annals(&["comment", "orders", words]).exits(0);
    }
    desk.git(&["config", "uploadpack.allowFilter", "true"]);
    desk.git(&["config", "receive.denyCurrentBranch", "ignore"]);
    desk.wait(minutes(1));
    desk
}

/// A clone of `of`, made with `how`.
fn clone(of: &Desk, how: &[&str]) -> Desk {
    let mut clone = Desk::clone_of(of);
    let url = format!("file://{}", of.folder.display());
    clone.git(&[&["clone", "--quiet"], how, &[&url, "../partial"]].concat());
    clone.folder = clone.folder.with_file_name("partial");
    clone
}

const VERBS: [&[&str]; 9] = [
    &["list", "--all"],
    &["list", "--all", "--commit", "HEAD"],
    &["list", "--all", "--commit", "HEAD~2"],
    &["show", "orders", "--known-at", "2026-11-22T07:01:30Z"],
    &["check"],
    &["check", "--base", "HEAD~2"],
    &["diff", "HEAD~2"],
    &["events"],
    &["export", "--format", "csv"],
];

#[test]
fn what_a_partial_clone_lacks_is_fetched() {
    let whole = remote();
    for how in [
        &["--filter=blob:none"][..],
        &["--filter=tree:0", "--no-checkout"],
        &["--filter=tree:0", "--bare"],
    ] {
        // What one verb fetched the next one has: each of the first ones begins anew.
        for verbs in VERBS.chunks(5) {
            let partial = clone(&whole, how);
            for verb in verbs {
                let (there, here) = (whole.annals(verb), partial.annals(verb));
                assert_eq!(
                    (here.code, &here.out),
                    (0, &there.out),
                    "{how:?} {verb:?}: {here:?}"
                );
            }
        }
        let mut partial = clone(&whole, how);
        partial.wait(minutes(1));
        partial
            .annals(&["comment", "orders", "Seen.", "--push"])
            .exits(0);
        let held = partial.git(&["ls-tree", "-r", "--name-only", "HEAD"]);
        assert!(held.contains("old.yaml"), "{held}");
        whole.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    }
}

#[test]
fn what_cannot_be_fetched_is_told_and_not_taken_for_nothing() {
    let whole = remote();
    for how in ["--filter=blob:none", "--filter=tree:0"] {
        let partial = clone(&whole, &[how]);
        let away = "file:///no/such/place";
        partial.git(&["remote", "set-url", "origin", away]);
        partial
            .annals(&["list", "--commit", "HEAD~3"])
            .exits(4)
            .warns("what this partial clone lacks could not be fetched")
            .warns("git fetch --refetch --no-filter");
        let url = format!("file://{}", whole.folder.display());
        partial.git(&["remote", "set-url", "origin", &url]);
        partial.git(&["fetch", "--quiet", "--refetch", "--no-filter"]);
        partial.git(&["remote", "set-url", "origin", away]);
        partial
            .annals(&["list", "--all", "--commit", "HEAD~1"])
            .exits(0)
            .says("Old outage");
    }
}

#[test]
fn what_a_damaged_repository_lost_is_not_taken_for_nothing() {
    let desk = remote();
    let base = desk.git(&["rev-parse", "HEAD~2"]);
    for lost in [
        "HEAD:incidents",
        "HEAD:incidents/2025/11",
        "HEAD^{tree}",
        "HEAD:annals.yaml",
        "HEAD~1",
    ] {
        let id = desk.git(&["rev-parse", lost]);
        let (folder, name) = id.split_at(2);
        let place = desk.folder.join(".git/objects").join(folder).join(name);
        let kept = place.with_extension("kept");
        std::fs::rename(&place, &kept).expect("a loose object");
        let _ = std::fs::remove_dir_all(desk.folder.join(".git/annals"));
        for verb in [
            &["list", "--all", "--commit", "HEAD"][..],
            &["events"],
            &["check", "--base", &base],
        ] {
            let said = desk.annals(verb);
            assert_eq!(said.code, 4, "{lost} {verb:?}: {said:?}");
        }
        std::fs::rename(&kept, &place).expect("a loose object");
    }
    desk.annals(&["list", "--all", "--commit", "HEAD"]).exits(0);
    // A branch that cannot be read is not one without commits.
    let tip = desk.read(".git/refs/heads/main");
    desk.write(".git/refs/heads/main", "not an id\n");
    desk.annals(&["declare", "Pages", "--severity", "high"])
        .exits(4);
    desk.write(".git/refs/heads/main", tip);
    assert_eq!(desk.git(&["status", "--porcelain"]), "");
}

#[test]
fn where_a_shallow_clone_ends_nothing_begins() {
    let whole = remote();
    let mut shallow = clone(&whole, &["--depth=2"]);
    for verb in [
        &["events"][..],
        &["show", "orders", "--known-at", "2026-11-22T07:01:30Z"],
        &["diff", "HEAD~2"],
        &["replay"],
        &["build", "--out", "../site"],
    ] {
        let said = shallow.annals(verb);
        assert!(said.code != 0, "{verb:?}: {said:?}");
        assert!(
            said.err.contains("git fetch --unshallow") || said.code == 2,
            "{verb:?}: {said:?}"
        );
    }
    let id = whole.git(&["rev-parse", "HEAD~3"]);
    shallow.git(&["worktree", "add", "--quiet", "-b", "side", "../side"]);
    for folder in [".", "../side"] {
        for verb in [&["events"][..], &["list"], &["check", "--base", "HEAD"]] {
            shallow
                .annals_in(folder, verb)
                .exits(4)
                .warns("git fetch --unshallow");
        }
        // A commit that the clone does not have may be an old one.
        let said = shallow.annals_in(folder, &["check", "--base", &id]);
        assert!(said.code == 2 || said.code == 4, "{said:?}");
    }
    // Whoever only appends needs no history, and others may have pushed meanwhile.
    shallow
        .annals(&["comment", "orders", "From the shallow."])
        .exits(0);
    let other = Desk::clone_of(&whole);
    other
        .annals(&["comment", "orders", "From another."])
        .exits(0);
    other.git(&["push", "--quiet", "origin", "main"]);
    shallow.wait(minutes(1));
    shallow
        .annals(&["comment", "orders", "And pushed.", "--push"])
        .exits(0);
    let held = whole.git(&["log", "--format=%s", "main"]);
    assert_eq!(held.matches("annals: comment").count(), 5, "{held}");
    shallow.git(&["fetch", "--quiet", "--unshallow"]);
    shallow.annals(&["events"]).exits(0).says("declared");
}
