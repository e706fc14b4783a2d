//! What people append, and that it stands.

use crate::desk::{Desk, minutes};

#[test]
fn an_incident_is_declared_discussed_and_resolved() {
    let mut desk = Desk::ready();
    let id = desk
        .annals(&[
            "declare",
            "Orders arrive late",
            "--severity",
            "critical",
            "--tag",
            "orders",
        ])
        .exits(0)
        .id();
    assert_eq!(
        id,
        "2026-11-22-orders-arrive-late-".to_owned() + &id[id.len() - 4..]
    );
    desk.wait(minutes(5))
        .annals(&["comment", "orders", "Lag grows."])
        .exits(0)
        .says("critical, investigating, open for 5 min");
    desk.wait(minutes(10))
        .annals(&[
            "update",
            "orders",
            "--status",
            "identified",
            "-m",
            "A deploy.",
        ])
        .exits(0);
    desk.wait(minutes(30))
        .annals(&["resolve", "orders"])
        .exits(0)
        .says("resolved, after 45 min");
    let shown = desk
        .annals(&["show", &id, "--format", "json"])
        .exits(0)
        .json();
    let incident = &shown["incidents"][0];
    assert_eq!(incident["status"], "resolved");
    assert_eq!(incident["active"], false);
    assert_eq!(incident["durations"]["lasted"], 45 * 60);
    assert_eq!(
        incident["durations"]["detect"],
        serde_json::Value::Null,
        "unknown is never zero"
    );
    let kinds: Vec<&str> = incident["entries"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| entry["kind"].as_str().expect("a word"))
        .collect();
    assert_eq!(kinds, ["comment", "update", "update"]);
    assert_eq!(incident["entries"][0]["late"], 0);
    assert_eq!(desk.git(&["status", "--porcelain"]), "");
    assert_eq!(desk.git(&["rev-list", "--count", "HEAD"]), "5");
    let subject = desk.git(&["log", "-1", "--format=%s"]);
    assert_eq!(
        subject,
        format!("annals: resolve {id}"),
        "a subject holds verb and id, never words"
    );
}

#[test]
fn an_append_leaves_everything_else_as_it_was() {
    let desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    desk.write("notes.txt", "mine")
        .write("staged.txt", "also mine");
    desk.git(&["add", "staged.txt"]);
    desk.write("staged.txt", "changed after staging");
    let before = desk.git(&["status", "--porcelain"]);
    desk.annals(&["comment", "one", "Something."]).exits(0);
    assert_eq!(desk.git(&["status", "--porcelain"]), before);
    assert_eq!(desk.git(&["diff", "--cached", "--name-only"]), "staged.txt");
    assert!(
        !desk
            .git(&["show", "--name-only", "--format=", "HEAD"])
            .contains("txt")
    );
}

#[test]
fn a_comment_goes_to_a_branch_that_is_not_checked_out() {
    let desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    desk.git(&["branch", "talk"]);
    desk.annals(&["comment", "one", "Aside.", "--branch", "talk"])
        .exits(0)
        .warns("on branch talk: no automation acts until this is merged into main");
    assert_eq!(desk.git(&["rev-list", "--count", "main..talk"]), "1");
    assert_eq!(desk.git(&["status", "--porcelain"]), "");
    assert!(
        !desk
            .annals(&["show", "one"])
            .exits(0)
            .out
            .contains("Aside.")
    );
}

#[test]
fn nothing_is_committed_when_that_is_asked_for() {
    let desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    desk.annals(&["comment", "one", "Draft.", "--no-commit"])
        .exits(0)
        .warns("it is recorded once you commit it");
    assert!(
        desk.git(&["status", "--porcelain", "--untracked-files=all"])
            .starts_with("?? incidents/")
    );
    desk.annals(&["show", "one"])
        .exits(0)
        .says("(not recorded yet)");
    desk.annals(&["check"]).exits(0).warns("not-recorded");
}

#[test]
fn a_bare_repository_is_appended_to() {
    let desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    let bare = Desk::bare(&desk);
    bare.annals(&["comment", "one", "From the server."])
        .exits(0);
    bare.annals(&["list"]).exits(0).says("One");
    bare.annals(&["show", "one"])
        .exits(0)
        .says("From the server.");
}

#[test]
fn a_linked_working_tree_and_a_subfolder_are_appended_from() {
    let desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    desk.git(&["worktree", "add", "--quiet", "-b", "side", "../side"]);
    let side = desk.folder.join("../side").display().to_string();
    desk.annals(&["comment", "one", "From the side.", "--repo", &side])
        .exits(0)
        .warns("on branch side");
    assert_eq!(desk.git(&["-C", &side, "status", "--porcelain"]), "");
    desk.annals(&["comment", "one", "No.", "--branch", "side"])
        .exits(4)
        .warns("checked out in another working tree");
    desk.write("deep/er/file.txt", "");
    let deep = desk.folder.join("deep/er").display().to_string();
    desk.annals(&["comment", "one", "From below.", "--repo", &deep])
        .exits(0);
}

#[test]
fn a_record_may_be_a_folder_of_a_larger_repository() {
    let desk = Desk::new();
    desk.write("code/main.c", "int main;")
        .write("ops/annals.yaml", "format: 1\n")
        .commit("a larger repository");
    let ops = desk.folder.join("ops").display().to_string();
    let id = desk
        .annals(&["declare", "One", "--severity", "high", "--repo", &ops])
        .exits(0)
        .id();
    assert!(
        desk.files()
            .contains(&format!("ops/incidents/2026/11/{id}.yaml"))
    );
    desk.annals(&["list", "--repo", &ops]).exits(0).says("One");
    assert!(
        desk.annals(&["show", "one", "--repo", &ops, "--format", "json"])
            .json()["incidents"][0]["recorded"]["commit"]
            .is_string()
    );
}

#[test]
fn a_detached_head_has_no_branch_to_append_to() {
    let desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    desk.git(&["checkout", "--quiet", "--detach"]);
    desk.annals(&["comment", "one", "Where?"])
        .exits(4)
        .warns("HEAD is detached");
    desk.annals(&["comment", "one", "There.", "--branch", "main"])
        .exits(0);
}

#[test]
fn commits_are_signed_where_the_configuration_asks_for_it() {
    let desk = Desk::ready();
    let key = desk.folder.join("../key");
    let status = desk
        .command("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key)
        .status();
    assert!(status.expect("ssh-keygen").success());
    desk.git(&["config", "gpg.format", "ssh"]);
    desk.git(&["config", "user.signingkey", &key.display().to_string()]);
    desk.git(&["config", "commit.gpgsign", "true"]);
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    assert!(
        desk.git(&["cat-file", "commit", "HEAD"])
            .contains("-----BEGIN SSH SIGNATURE-----")
    );
    assert_eq!(desk.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_file_is_attached_beside_the_entry() {
    let desk = Desk::ready();
    let id = desk
        .annals(&["declare", "One", "--severity", "high"])
        .exits(0)
        .id();
    desk.write("../lag.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>");
    desk.annals(&["attach", "one", "../lag.svg", "--caption", "Lag"])
        .exits(0);
    assert!(
        desk.files()
            .contains(&format!("incidents/2026/11/{id}/lag.svg"))
    );
    desk.annals(&["check"]).exits(0).says("nothing wrong");
    desk.write("../lag.svg", "other bytes");
    desk.annals(&["attach", "one", "../lag.svg"])
        .exits(2)
        .warns("`lag.svg` is another file of this incident already");
}

#[test]
fn what_is_over_is_written_to_by_its_whole_id_only() {
    let desk = Desk::ready();
    let id = desk
        .annals(&["declare", "One", "--severity", "high"])
        .exits(0)
        .id();
    desk.annals(&["resolve", "one"]).exits(0);
    desk.annals(&["comment", "one", "Late."])
        .exits(2)
        .warns(&format!("give its whole id: {id}"));
    desk.annals(&["comment", &id, "Late."]).exits(0);
    desk.annals(&["reopen", "one", "-m", "Again."]).exits(0);
    desk.annals(&["comment", "one", "Open again."]).exits(0);
    desk.annals(&["comment", "two", "Who?"])
        .exits(2)
        .warns("there is no incident `two`");
}

#[test]
fn a_fact_that_would_not_be_in_force_is_refused() {
    let mut desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    desk.wait(minutes(10))
        .annals(&["update", "one", "--severity", "critical"])
        .exits(0);
    let said = desk
        .annals(&[
            "update",
            "one",
            "--severity",
            "low",
            "--at",
            "2026-11-22T07:05:00Z",
        ])
        .exits(2);
    said.warns("`severity` would not change: ")
        .warns("says critical");
}

#[test]
fn wrong_words_are_refused_before_anything_is_written() {
    let desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "hihg"])
        .exits(2)
        .warns("did you mean `high`?");
    desk.annals(&[
        "declare",
        "One",
        "--severity",
        "high",
        "--kind",
        "maintenance",
    ])
    .exits(2)
    .warns("`scheduled_for`");
    desk.annals(&[
        "declare",
        "One",
        "--severity",
        "high",
        "--at",
        "2026-11-22T09:00:00Z",
    ])
    .exits(2)
    .warns("has not come yet");
    desk.annals(&["declare", "One", "--severity", "high", "--at", "noon"])
        .exits(2)
        .warns("noon");
    desk.annals(&["declare", "One", "--severity", "high", "--id", "Con"])
        .exits(2)
        .warns("may hold only");
    desk.annals(&["declare", "  ", "--severity", "high"])
        .exits(2)
        .warns("title is empty");
    assert_eq!(
        desk.annals(&["list", "--all"]).exits(0).out,
        "no incidents yet\n"
    );
}

#[test]
fn words_come_from_standard_input_and_keep_their_form() {
    let desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    let words = "    indented code\n\n- a: b # not a comment\n--- not a document\n\ttab\n";
    desk.annals_reading(&["comment", "one", "-"], words)
        .exits(0);
    let shown = desk.annals(&["show", "one", "--format", "json"]).json();
    assert_eq!(shown["incidents"][0]["entries"][0]["comment"], words);
    desk.annals_reading(&["comment", "one"], "")
        .exits(2)
        .warns("nothing to say");
}

#[test]
fn two_branches_that_append_to_one_incident_merge_plainly_also_after_a_squash() {
    let mut desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    for (branch, words) in [("left", "From the left."), ("right", "From the right.")] {
        desk.git(&["checkout", "--quiet", "-b", branch, "main"]);
        desk.annals(&["comment", "one", words]).exits(0);
        desk.annals(&["update", "one", "--tag", branch]).exits(0);
    }
    desk.git(&["checkout", "--quiet", "main"]);
    desk.git(&["merge", "--quiet", "--squash", "left"]);
    desk.wait(minutes(1))
        .git(&["commit", "--quiet", "-m", "left, squashed"]);
    desk.git(&["merge", "--quiet", "--no-edit", "right"]);
    desk.git(&["merge", "--quiet", "--no-edit", "left"]);
    let shown = desk
        .annals(&["show", "one", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(
        shown["incidents"][0]["entries"]
            .as_array()
            .expect("a list")
            .len(),
        4
    );
    let tags = shown["incidents"][0]["tags"].to_string();
    assert!(tags.contains("left") && tags.contains("right"), "{tags}");
    desk.annals(&["check"]).exits(0).says("nothing wrong");
}

#[test]
fn two_parallel_declarations_of_one_title_merge_too() {
    let desk = Desk::ready();
    for (branch, summary) in [
        ("left", "Seen in the north."),
        ("right", "Seen in the south."),
    ] {
        desk.git(&["checkout", "--quiet", "-b", branch, "main"]);
        desk.annals(&[
            "declare",
            "Orders arrive late",
            "--severity",
            "high",
            "--summary",
            summary,
        ])
        .exits(0);
    }
    desk.git(&["merge", "--quiet", "--no-edit", "left"]);
    desk.annals(&["list", "--format", "json"]).exits(0);
    assert_eq!(
        desk.annals(&["list", "--format", "json"]).json()["incidents"]
            .as_array()
            .expect("a list")
            .len(),
        2
    );
    desk.annals(&["comment", "late", "Which?"])
        .exits(2)
        .warns("could mean 2 incidents");
}

#[test]
fn a_branch_that_is_not_there_yet_begins_with_what_head_holds() {
    let desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    desk.annals(&["comment", "one", "Aside.", "--branch", "talk"])
        .exits(0);
    assert_eq!(
        desk.git(&["merge-base", "main", "talk"]),
        desk.git(&["rev-parse", "main"])
    );
    desk.annals(&["show", "one", "--commit", "talk"])
        .exits(0)
        .says("Aside.");
    desk.git(&["merge", "--quiet", "--no-edit", "talk"]);
    desk.annals(&["show", "one"]).exits(0).says("Aside.");
}

#[test]
fn a_branch_needs_a_name_that_means_a_branch_of_the_record() {
    let desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    for name in ["HEAD", "bad..name", "", "annals-ledger"] {
        desk.annals(&["comment", "one", "Hm.", "--branch", name])
            .exits(2)
            .warns("is not a name for a branch of the record");
    }
    desk.annals(&["comment", "one", "Hm.", "--branch", "refs/heads/side"])
        .exits(0);
    assert_eq!(
        desk.git(&["branch", "--list", "--format=%(refname)", "side"]),
        "refs/heads/side"
    );
}

#[test]
fn what_check_would_call_impossible_is_not_recorded() {
    let desk = Desk::ready();
    let count = || desk.git(&["rev-list", "--count", "HEAD"]);
    desk.annals(&[
        "declare",
        "One",
        "--severity",
        "high",
        "--started-at",
        "2026-11-22T06:50:00Z",
    ])
    .exits(0);
    let before = count();
    desk.annals(&["update", "one", "--detected-at", "2026-11-22T06:00:00Z"])
        .exits(2)
        .warns("it was detected at");
    desk.annals(&["update", "one", "--mitigated-at", "2030-01-01T00:00:00Z"])
        .exits(2)
        .warns("has not come yet (`mitigated_at`)");
    desk.annals(&["update", "one", "--scheduled-for", "2026-11-23T00:00:00Z"])
        .exits(2)
        .warns("belongs to a maintenance");
    desk.annals(&["update", "one", "--severity", "high"])
        .exits(2)
        .warns("severity is high already");
    desk.annals(&["update", "one", "--remove-tag", "nothing"])
        .exits(2)
        .warns("tags holds no such item");
    desk.annals(&[
        "declare",
        "Two",
        "--severity",
        "low",
        "--started-at",
        "2030-01-01T00:00:00Z",
    ])
    .exits(2)
    .warns("`started_at`");
    assert_eq!(count(), before);
    desk.annals(&["check"]).exits(0).says("nothing wrong");
}

#[test]
fn what_the_record_would_read_is_not_attached() {
    let desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    desk.write(
        "../notes.yaml",
        "at: 2026-11-22T06:00:00Z\nby: Eve\nupdate: {severity: low}\n",
    );
    desk.annals(&["attach", "one", "../notes.yaml"])
        .exits(2)
        .warns("would be read as a part of the record");
    desk.write("../retrospective.md", "# Words\n");
    desk.annals(&["attach", "one", "../retrospective.md"])
        .exits(2)
        .warns("would be read as a part of the record");
    desk.write("../config.yaml", "replicas: 3\n");
    desk.annals(&["attach", "one", "../config.yaml"]).exits(0);
    std::os::unix::fs::symlink("/etc/hostname", desk.folder.join("../link.txt")).expect("a link");
    desk.annals(&["attach", "one", "../link.txt"])
        .exits(2)
        .warns("is not a file");
    desk.annals(&["check"]).exits(0).says("nothing wrong");
}

#[test]
fn an_append_that_fails_leaves_nothing_behind() {
    let desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    let clean = |desk: &Desk| {
        assert_eq!(desk.git(&["status", "--porcelain"]), "");
        assert!(!desk.folder.join(".git/index.lock").exists());
    };
    desk.git(&["config", "commit.gpgsign", "true"]);
    desk.git(&["config", "gpg.program", "/bin/false"]);
    desk.annals(&["comment", "one", "Unsigned."])
        .exits(4)
        .warns("commit-tree");
    clean(&desk);
    desk.git(&["config", "--unset", "commit.gpgsign"]);
    desk.git(&["sparse-checkout", "init", "--cone", "--sparse-index"]);
    desk.git(&["sparse-checkout", "set", "incidents/2026"]);
    desk.annals(&["comment", "one", "Sparse."]).exits(0);
    clean(&desk);
    desk.git(&["sparse-checkout", "disable"]);
    desk.write(".git/index.lock", "");
    desk.annals(&["comment", "one", "Locked out."])
        .exits(4)
        .warns("another Git process holds");
    assert!(
        desk.folder.join(".git/index.lock").exists(),
        "a lock of somebody else's stays"
    );
    std::fs::remove_file(desk.folder.join(".git/index.lock")).expect("a lock");
    clean(&desk);
    desk.annals(&["comment", "one", "At last."]).exits(0);
}

#[test]
fn settings_that_cannot_be_read_stop_what_would_write_or_publish() {
    let desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    let text = desk
        .read("annals.yaml")
        .replace("format: 1", "format: 1\npublsh: {names: false}");
    desk.write("annals.yaml", text).commit("a typo");
    desk.annals(&["comment", "one", "Hm."])
        .exits(2)
        .warns("did you mean `publish`?");
    desk.annals(&["build"])
        .exits(2)
        .warns("nothing was written");
    desk.annals(&["list"]).exits(1).says("One");
}
