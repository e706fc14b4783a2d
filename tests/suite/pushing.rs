//! What is appended with `--push`: it lands on the remote's branch, and this clone follows.

use std::os::unix::fs::PermissionsExt;

use crate::desk::{Desk, minutes};

/// A bare remote with one incident, `late`, and two clones of it.
fn shared() -> (Desk, Desk, Desk) {
    let desk = Desk::ready();
    desk.annals(&["declare", "Orders arrive late", "--severity", "high"])
        .exits(0);
    let remote = Desk::bare(&desk);
    let (ana, bo) = (Desk::clone_of(&remote), Desk::clone_of(&remote));
    (remote, ana, bo)
}

/// Lets `remote` run a script before it takes anything.
fn guard(remote: &Desk, script: &str) {
    let hook = "hooks/pre-receive";
    remote.write(hook, format!("#!/bin/sh\n{script}\n"));
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(remote.folder.join(hook), executable).expect("a hook");
}

/// Where two branches stand is the same place.
#[track_caller]
fn same(left: (&Desk, &str), right: (&Desk, &str)) {
    let tip = |(desk, branch): (&Desk, &str)| desk.git(&["rev-parse", branch]);
    assert_eq!(tip(left), tip(right));
}

#[test]
fn an_append_reaches_the_remote_and_this_clone() {
    let (remote, ana, bo) = shared();
    ana.annals(&["comment", "late", "Seen.", "--push"])
        .exits(0)
        .says("commented on “Orders arrive late”")
        .warns("pushed to main of origin");
    same((&remote, "main"), (&ana, "main"));
    same((&ana, "main"), (&ana, "origin/main"));
    assert_eq!(ana.git(&["status", "--porcelain"]), "");
    bo.annals(&["update", "late", "--status", "identified", "--push"])
        .exits(0);
    same((&remote, "main"), (&bo, "main"));
    bo.annals(&["show", "late"]).exits(0).says("Seen.");
    assert_eq!(bo.git(&["status", "--porcelain"]), "");
    assert_eq!(remote.git(&["rev-list", "--merges", "main"]), "");
}

#[test]
fn every_verb_that_appends_pushes() {
    let (remote, ana, _) = shared();
    ana.write("../lag.txt", "lag");
    let verbs: [&[&str]; 9] = [
        &["declare", "Reports are stale", "--severity", "low"],
        &["comment", "late", "Seen."],
        &["update", "late", "--tag", "orders"],
        &["attach", "late", "../lag.txt"],
        &[
            "correct",
            "late",
            "comment",
            "Seen twice.",
            "--reason",
            "Twice.",
        ],
        &["retract", "late", "attach", "--reason", "The wrong file."],
        &["redact", "late", "declaration", "--reason", "A name."],
        &["resolve", "late"],
        &["reopen", "late"],
    ];
    for verb in verbs {
        let before = remote.git(&["rev-parse", "main"]);
        ana.annals(&[verb, &["--push"]].concat()).exits(0);
        assert_eq!(remote.git(&["rev-parse", "main^"]), before, "{verb:?}");
        same((&remote, "main"), (&ana, "main"));
    }
    ana.write("../page.json", r#"{"incidents": [{"id": "p1", "name": "Old", "status": "resolved", "impact": "minor", "created_at": "2026-01-01T00:00:00Z", "resolved_at": "2026-01-01T01:00:00Z", "incident_updates": []}]}"#);
    ana.annals(&["import", "statuspage", "../page.json", "--push"])
        .exits(0)
        .warns("pushed to main of origin");
    same((&remote, "main"), (&ana, "main"));
    ana.annals(&["check"]).exits(0);
}

#[test]
fn an_incident_that_only_the_remote_has_is_found_there() {
    let (_remote, ana, bo) = shared();
    ana.annals(&[
        "declare",
        "Reports are stale",
        "--severity",
        "low",
        "--push",
    ])
    .exits(0);
    bo.annals(&["comment", "stale", "Here too."]).exits(2);
    bo.annals(&["comment", "stale", "Here too.", "--push"])
        .exits(0);
    bo.annals(&["show", "stale"]).exits(0).says("Here too.");
}

#[test]
fn a_race_that_is_lost_to_the_same_word_records_nothing() {
    let (remote, mut ana, bo) = shared();
    ana.wait(minutes(1));
    ana.annals(&["resolve", "late", "-m", "Over."]).exits(0);
    let fetch = format!(
        "[ -e raced ] && exit 0; touch raced; env -u GIT_QUARANTINE_PATH -u GIT_OBJECT_DIRECTORY -u GIT_ALTERNATE_OBJECT_DIRECTORIES git fetch --quiet {} main:main",
        ana.folder.display()
    );
    guard(&remote, &fetch);
    bo.annals(&["resolve", "late", "--push"])
        .exits(0)
        .warns("nothing was recorded")
        .warns("changed the same, with 2026-11-22t070100.000z-update-");
    assert_eq!(
        remote.git(&["rev-parse", "main"]),
        ana.git(&["rev-parse", "main"])
    );
    assert_eq!(bo.git(&["status", "--porcelain"]), "");
    bo.annals(&["comment", "late", "Seen.", "--push"]).exits(2);
}

#[test]
fn a_lost_race_is_made_anew_on_top_of_what_others_pushed() {
    let (remote, mut ana, bo) = shared();
    // While Bo's first push is under way, Ana's arrives.
    ana.wait(minutes(5));
    ana.annals(&["update", "late", "--severity", "critical"])
        .exits(0);
    let fetch = format!(
        "[ -e raced ] && exit 0; touch raced; env -u GIT_QUARANTINE_PATH -u GIT_OBJECT_DIRECTORY -u GIT_ALTERNATE_OBJECT_DIRECTORIES git fetch --quiet {} main:main",
        ana.folder.display()
    );
    guard(&remote, &fetch);
    let low = ["update", "late", "--severity", "low", "--push"];
    bo.annals(&[&low[..], &["-m", "Only the reports."][..]].concat())
        .exits(0)
        .warns("pushed to main of origin")
        .warns("others were faster: ")
        .warns("changed the same, with 2026-11-22t070500.000z-update-")
        .says("recorded the text as a comment");
    same((&remote, "main"), (&bo, "main"));
    assert_eq!(remote.git(&["rev-list", "--count", "main"]), "4");
    bo.annals(&["show", "late"]).says("Only the reports.");
    assert_eq!(bo.git(&["status", "--porcelain"]), "");
    let shown = bo.annals(&["show", "late", "--format", "json"]).json();
    assert_eq!(shown["incidents"][0]["severity"], "critical");
}

#[test]
fn a_protected_branch_is_not_pushed_to_but_offered_a_merge() {
    let (remote, ana, _) = shared();
    guard(
        &remote,
        "while read -r _ _ name; do\n  [ $name = refs/heads/main ] && { echo protected: open a merge request >&2; exit 1; }\ndone\necho 'Create a pull request by visiting:' >&2\necho '     https://forge.example.com/team/record/pull/new' >&2",
    );
    let before = ana.git(&["rev-parse", "main"]);
    let said = ana
        .annals(&["comment", "late", "Seen.", "--push"])
        .exits(1)
        .warns("origin refuses it on main")
        .warns("protected: open a merge request")
        .warns("https://forge.example.com/team/record/pull/new");
    let branch = format!("annals/{}", said.id());
    said.warns(&format!("it waits on branch {branch} of origin"));
    assert_eq!(
        remote.git(&["rev-list", "--count", &format!("main..{branch}")]),
        "1"
    );
    assert_eq!(
        ana.git(&["rev-parse", "main"]),
        before,
        "nothing to undo here"
    );
    assert_eq!(ana.git(&["status", "--porcelain"]), "");
    std::fs::remove_file(remote.folder.join("hooks/pre-receive")).expect("no hook");
    ana.annals(&["comment", "late", "Again.", "--push"])
        .exits(0);
    remote.git(&["merge-base", &branch, "main"]);
}

#[test]
fn what_cannot_be_pushed_is_kept_and_goes_along_later() {
    let (remote, ana, bo) = shared();
    ana.git(&[
        "remote",
        "set-url",
        "origin",
        "https://ana:t0ken@127.0.0.1:1/record.git",
    ]);
    let said = ana
        .annals(&["comment", "late", "Nobody hears me.", "--push"])
        .exits(4)
        .warns("it is recorded on main of this clone and was not pushed")
        .warns("the next `--push` takes it along");
    assert!(!said.err.contains("t0ken"), "{}", said.err);
    said.says("commented on “Orders arrive late”");
    ana.annals(&["show", "late"])
        .exits(0)
        .says("Nobody hears me.");
    assert_eq!(ana.git(&["status", "--porcelain"]), "");

    bo.annals(&["comment", "late", "Meanwhile.", "--push"])
        .exits(0);
    let url = remote.folder.display().to_string();
    ana.git(&["remote", "set-url", "origin", &url]);
    let kept = ana.git(&["rev-parse", "main"]);
    ana.annals(&["comment", "late", "Back again.", "--push"])
        .exits(0);
    same((&remote, "main"), (&ana, "main"));
    ana.annals(&["show", "late"])
        .exits(0)
        .says("Nobody hears me.")
        .says("Meanwhile.")
        .says("Back again.");
    ana.git(&["merge-base", "--is-ancestor", &kept, "main"]);
    let first = ana.git(&["rev-list", "--first-parent", "main"]);
    assert!(
        !first.contains(&kept),
        "the remote's branch goes on along first parents"
    );
}

#[test]
fn work_of_a_persons_own_is_neither_pushed_nor_touched() {
    let (remote, ana, _) = shared();
    ana.write("code.txt", "half done").commit("half done");
    ana.write("code.txt", "not committed");
    let mine = ana.git(&["rev-parse", "main"]);
    ana.annals(&["comment", "late", "Seen.", "--push"])
        .exits(0)
        .warns("main of this clone has commits that change more than the record")
        .warns("main of this clone did not follow: it has commits of its own");
    assert_eq!(ana.git(&["rev-parse", "main"]), mine);
    assert_eq!(ana.read("code.txt"), "not committed");
    let there = remote.git(&["ls-tree", "-r", "--name-only", "main"]);
    assert!(
        there.contains("-comment-") && !there.contains("code.txt"),
        "{there}"
    );
    ana.git(&["stash", "--quiet"]);
    ana.git(&["pull", "--quiet", "--no-rebase", "--no-edit"]);
    ana.annals(&["show", "late"]).exits(0).says("Seen.");
}

#[test]
fn what_is_not_committed_stays_as_it_is() {
    let (remote, ana, bo) = shared();
    bo.write("notes.txt", "theirs").commit("notes");
    bo.git(&["push", "--quiet"]);
    ana.write("staged.txt", "staged");
    ana.git(&["add", "staged.txt"]);
    ana.write("notes.txt", "mine, and in the way");
    let before = ana.git(&["status", "--porcelain"]);
    ana.annals(&["comment", "late", "Seen.", "--push"])
        .exits(0)
        .warns("main of this clone did not follow: ")
        .warns("notes.txt");
    assert_eq!(ana.git(&["status", "--porcelain"]), before);
    assert_eq!(ana.read("notes.txt"), "mine, and in the way");
    std::fs::remove_file(ana.folder.join("notes.txt")).expect("out of the way");
    ana.annals(&["comment", "late", "Again.", "--push"])
        .exits(0);
    same((&remote, "main"), (&ana, "main"));
    assert_eq!(ana.git(&["status", "--porcelain"]), "A  staged.txt");
}

#[test]
fn the_remote_and_branch_are_those_of_git_push() {
    let (remote, ana, _) = shared();
    let other = Desk::bare(&remote);
    ana.git(&[
        "remote",
        "add",
        "other",
        &other.folder.display().to_string(),
    ]);
    ana.git(&["checkout", "--quiet", "-b", "outage", "origin/main"]);
    ana.annals(&["comment", "late", "On a branch.", "--push"])
        .exits(0)
        .warns("on branch outage: no automation acts until this is merged into main")
        .warns("pushed to outage of origin");
    same((&remote, "outage"), (&ana, "outage"));
    ana.git(&["config", "push.default", "upstream"]);
    ana.annals(&["comment", "late", "Upstream.", "--push"])
        .exits(0)
        .warns("pushed to main of origin");
    same((&remote, "main"), (&ana, "outage"));
    ana.git(&["config", "remote.pushDefault", "other"]);
    ana.annals(&["comment", "late", "Elsewhere.", "--push"])
        .exits(0)
        .warns("pushed to outage of other");
    ana.annals(&[
        "comment",
        "late",
        "Aside.",
        "--push",
        "--branch",
        "annals-ledger",
    ])
    .exits(2)
    .warns("is not a name for a branch of the record");
    ana.git(&["config", "remote.pushDefault", "nowhere"]);
    ana.annals(&["comment", "late", "Where?", "--push"])
        .exits(4)
        .warns("no remote is called `nowhere`");
}

#[test]
fn without_a_remote_nothing_is_recorded() {
    let desk = Desk::ready();
    let before = desk.git(&["rev-parse", "main"]);
    desk.annals(&["declare", "One", "--severity", "high", "--push"])
        .exits(2)
        .warns("there is no remote to push to");
    desk.annals(&[
        "declare",
        "One",
        "--severity",
        "high",
        "--push",
        "--no-commit",
    ])
    .exits(2)
    .warns("cannot be used with");
    assert_eq!(desk.git(&["rev-parse", "main"]), before);
}

#[test]
fn the_first_push_makes_the_branch() {
    let desk = Desk::ready();
    let remote = Desk::bare(&Desk::new());
    let url = format!("file://{}", remote.folder.display());
    desk.git(&["remote", "add", "origin", &url]);
    desk.annals(&["declare", "One", "--severity", "high", "--push"])
        .exits(0)
        .warns("pushed to main of origin");
    same((&remote, "main"), (&desk, "main"));
    desk.annals(&["comment", "one", "Aside.", "--push", "--branch", "talk"])
        .exits(0)
        .warns("pushed to talk of origin");
    assert_eq!(remote.git(&["rev-list", "--count", "main..talk"]), "1");
}

#[test]
fn a_record_that_was_never_published_is_not_begun_by_an_entry() {
    let host = Desk::new();
    host.write("code.txt", "code").commit("code");
    let remote = Desk::bare(&host);
    let ana = Desk::clone_of(&remote);
    ana.annals(&["init"]).exits(0);
    ana.annals(&["declare", "One", "--severity", "high", "--push"])
        .exits(4)
        .warns("main of origin does not hold this record yet")
        .warns("git push origin main:main");
}

#[test]
fn linked_working_trees_and_bare_repositories_push() {
    let (remote, ana, _) = shared();
    ana.git(&["worktree", "add", "--quiet", "-b", "side", "../side"]);
    let side = ana.folder.join("../side").display().to_string();
    ana.annals(&[
        "comment",
        "late",
        "From the side.",
        "--push",
        "--repo",
        &side,
    ])
    .exits(0)
    .warns("pushed to side of origin");
    assert_eq!(ana.git(&["-C", &side, "status", "--porcelain"]), "");
    ana.annals(&[
        "comment", "late", "Main.", "--push", "--branch", "main", "--repo", &side,
    ])
    .exits(0)
    .warns("main of this clone did not follow: it is checked out in another working tree");
    let bare = Desk::bare(&remote);
    bare.annals(&["comment", "late", "From a server.", "--push"])
        .exits(0);
    same((&remote, "main"), (&bare, "main"));
    ana.git(&["checkout", "--quiet", "--detach"]);
    ana.annals(&["comment", "late", "Where?", "--push"])
        .exits(4)
        .warns("HEAD is detached");
    ana.annals(&["comment", "late", "There.", "--push", "--branch", "main"])
        .exits(0);
    same((&remote, "main"), (&ana, "main"));
}

#[test]
fn a_replayed_commit_is_signed_again() {
    let (remote, ana, bo) = shared();
    let key = bo.folder.join("../key");
    let status = bo
        .command("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key)
        .status();
    assert!(status.expect("ssh-keygen").success());
    bo.git(&["config", "gpg.format", "ssh"]);
    bo.git(&["config", "user.signingkey", &key.display().to_string()]);
    bo.git(&["config", "commit.gpgsign", "true"]);
    bo.annals(&["comment", "late", "Kept."]).exits(0);
    ana.annals(&["comment", "late", "First.", "--push"])
        .exits(0);
    bo.annals(&["comment", "late", "Second.", "--push"])
        .exits(0);
    let commit = remote.git(&["cat-file", "commit", "main"]);
    assert!(commit.contains("-----BEGIN SSH SIGNATURE-----"), "{commit}");
    assert_eq!(commit.matches("\nparent ").count(), 2);
}
