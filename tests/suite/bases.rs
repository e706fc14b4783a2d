//! What a change is compared with: which base counts, and what is said when there is none.

use crate::desk::{Desk, minutes};
use crate::tampering::{COMMENT, FOLDER, ORDERS, append, edit, recorded, rename};

const EDITED: &str = "error[recorded-edited]: `comment` of the entry";

/// The desk of [`recorded`] with one more comment on `main`; answers the commit before.
fn grown() -> (Desk, String) {
    let mut desk = recorded();
    let before = desk.git(&["rev-parse", "HEAD"]);
    desk.annals(&["comment", "late-orders", "More."]).exits(0);
    desk.wait(minutes(1));
    (desk, before)
}

#[test]
fn a_base_that_nobody_knows_is_wrong_usage() {
    let desk = recorded();
    desk.annals(&["check", "--base", "nowhere"])
        .exits(2)
        .warns("`nowhere` names no commit of this repository")
        .warns("git fetch origin");
}

#[test]
fn before_the_first_push_there_was_nothing() {
    let desk = recorded();
    let nothing = "0".repeat(40);
    desk.annals(&["check", "--base", &nothing])
        .exits(0)
        .says("nothing wrong");
}

#[test]
fn what_is_not_committed_is_compared_too() {
    let desk = recorded();
    desk.annals(&["check", "--base", "HEAD"]).exits(0);
    edit(&desk, COMMENT, "grows", "shrinks");
    desk.annals(&["check", "--base", "HEAD"])
        .exits(1)
        .warns(EDITED);
    desk.annals(&["check", "--base", "HEAD", "--commit", "HEAD"])
        .exits(0);
    desk.git(&["add", "--all"]);
    desk.annals(&["check", "--base", "HEAD"])
        .exits(1)
        .warns(EDITED);
    desk.git(&["checkout", "--quiet", "--force", "HEAD"]);
    rename(&desk, "incidents/2026", "incidents/old");
    desk.annals(&["check", "--base", "HEAD"])
        .exits(0)
        .warns("warning[files-moved]: 10 files");
}

#[test]
fn a_branch_before_its_first_commit_has_nothing_in_common() {
    let desk = recorded();
    desk.git(&["checkout", "--quiet", "--orphan", "other"]);
    desk.annals(&["check", "--base", "main"])
        .exits(1)
        .warns("error[history-rewritten]: `main` and what is checked have no commit in common");
}

#[test]
fn a_push_is_compared_with_what_stood_there_before() {
    let (desk, before) = grown();
    desk.annals(&["check", "--base", &before]).exits(0);
    edit(&desk, COMMENT, "grows", "shrinks");
    desk.commit("oops");
    desk.annals(&["check", "--base", &before])
        .exits(1)
        .warns(EDITED);
}

#[test]
fn rewritten_history_is_an_error_even_when_nothing_is_lost() {
    let (desk, _) = grown();
    let before = desk.git(&["rev-parse", "HEAD"]);
    desk.git(&["commit", "--quiet", "--amend", "--message", "rewritten"]);
    let said = desk.annals(&["check", "--base", &before]).exits(1);
    assert!(
        said.err.contains("recorded history was rewritten"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("recorded-deleted"), "{}", said.err);
    desk.git(&["merge", "--quiet", "--no-edit", &before]);
    desk.annals(&["check", "--base", &before]).exits(0);
}

#[test]
fn rewritten_history_tells_what_it_lost() {
    let (desk, before) = grown();
    let lost = desk.git(&["rev-parse", "HEAD"]);
    desk.git(&["reset", "--quiet", "--hard", &before]);
    desk.annals(&["comment", "late-orders", "Something else."])
        .exits(0);
    desk.annals(&["check", "--base", &lost])
        .exits(1)
        .warns("error[history-rewritten]")
        .warns("error[recorded-deleted]: the entry");
}

#[test]
fn only_the_record_branch_of_the_base_excuses_a_base_that_is_no_ancestor() {
    let (desk, before) = grown();
    let lost = desk.git(&["rev-parse", "HEAD"]);
    for keeper in ["feature", "backup/main"] {
        desk.git(&["branch", keeper, &lost]);
    }
    desk.git(&["tag", "v1", &lost]);
    desk.git(&["reset", "--quiet", "--hard", &before]);
    let branch = "branch: feature\n";
    desk.write("annals.yaml", desk.read("annals.yaml") + branch);
    desk.commit("unrelated");
    desk.annals(&["check", "--base", &lost])
        .exits(1)
        .warns("is no longer part of the record branch `main`: recorded history was rewritten")
        .warns("error[recorded-deleted]: the entry");
    desk.git(&["branch", "--force", "change"]);
    desk.git(&["checkout", "--quiet", "change"]);
    desk.git(&["branch", "--force", "main", &lost]);
    desk.annals(&["check", "--base", &lost]).exits(0);
    desk.annals(&["check", "--base", "main"]).exits(0);
}

#[test]
fn what_was_pushed_is_excused_by_nothing() {
    let (desk, before) = grown();
    let lost = desk.git(&["rev-parse", "HEAD"]);
    desk.annals(&["check", "--base", &before, "--push"])
        .exits(0);
    desk.git(&["remote", "add", "origin", "nowhere"]);
    desk.git(&["update-ref", "refs/remotes/origin/main", &lost]);
    desk.git(&["reset", "--quiet", "--hard", &before]);
    desk.commit("unrelated");
    let rewritten = "does not lead to what was pushed: recorded history was rewritten";
    desk.annals(&["check", "--base", &lost, "--push"])
        .exits(1)
        .warns(rewritten)
        .warns("error[recorded-deleted]: the entry");
    desk.git(&["merge", "--quiet", "--no-edit", &lost]);
    desk.annals(&["check", "--base", &lost, "--push"]).exits(0);
    desk.annals(&["check", "--push"]).exits(2);
}

#[test]
fn a_base_that_a_tag_could_be_taken_for_is_named_in_full() {
    let (desk, before) = grown();
    desk.git(&["update-ref", "refs/remotes/origin/main", &before]);
    desk.annals(&["check", "--base", "origin/main"]).exits(0);
    desk.git(&["tag", "origin/main", "HEAD"]);
    desk.annals(&["check", "--base", "origin/main"])
        .exits(2)
        .warns("may mean `refs/tags/origin/main` or `refs/remotes/origin/main`");
    desk.annals(&["check", "--base", "refs/remotes/origin/main"])
        .exits(0);
}

#[test]
fn what_the_last_run_took_in_must_still_be_there() {
    let mut desk = Desk::ready();
    desk.commit("made ready");
    let first = desk.git(&["rev-parse", "HEAD"]);
    desk.annals(&["declare", "Late", "--severity", "low"])
        .exits(0);
    let taken = desk.git(&["rev-parse", "HEAD"]);
    desk.annals(&["run"]).exits(0);
    desk.wait(minutes(1));
    desk.annals(&["check", "--base", &first, "--push"]).exits(0);
    desk.git(&["reset", "--quiet", "--hard", &first]);
    desk.commit("another way");
    let said = format!("the last run took in {}", &taken[..7]);
    for how in [
        &["check", "--base", &first][..],
        &["check", "--base", &first, "--push"],
    ] {
        desk.annals(how).exits(1).warns(&said);
    }
    desk.git(&["remote", "add", "origin", "nowhere"]);
    desk.git(&["update-ref", "refs/remotes/origin/main", &taken]);
    desk.annals(&["check", "--base", "main"]).exits(0);
}

#[test]
fn a_commit_dated_after_now_is_refused() {
    let mut desk = recorded();
    desk.git(&["checkout", "--quiet", "-b", "change"]);
    let now = desk.now().to_string();
    desk.wait(minutes(4));
    desk.commit("a clock that is a little ahead");
    let at = |desk: &Desk| {
        let mut command = desk.command(env!("CARGO_BIN_EXE_annals"));
        command.args(["check", "--base", "main", "--now", &now]);
        let output = command.output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code().unwrap(), err)
    };
    assert_eq!(at(&desk).0, 0);
    desk.wait(minutes(60));
    desk.commit("a clock that is far ahead");
    desk.wait(minutes(-60));
    desk.commit("the clock was set");
    let (code, err) = at(&desk);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("error[future-commit]: the commit "), "{err}");
    desk.git(&["rebase", "--quiet", "--force-rebase", "main"]);
    assert_eq!(at(&desk), (0, String::new()));
}

#[test]
fn a_branch_behind_its_remote_is_not_rewritten() {
    let desk = recorded();
    let mut other = Desk::clone_of(&desk);
    other.wait(minutes(5));
    desk.annals(&["comment", "late-orders", "Here."]).exits(0);
    other.annals(&["comment", "late-orders", "There."]).exits(0);
    other.git(&["fetch", "--quiet"]);
    other.annals(&["check", "--base", "origin/main"]).exits(0);
}

#[test]
fn a_shallow_clone_asks_for_the_rest() {
    let mut desk = recorded();
    desk.git(&["checkout", "--quiet", "-b", "change"]);
    for words in ["One.", "Two."] {
        desk.wait(minutes(1));
        desk.annals(&["comment", "late-orders", words]).exits(0);
    }
    desk.git(&["checkout", "--quiet", "main"]);
    desk.annals(&["comment", "late-orders", "Meanwhile."])
        .exits(0);
    let mut shallow = Desk::bare_folder();
    shallow.wait(minutes(15));
    let url = format!("file://{}", desk.folder.display());
    shallow.git(&[
        "clone",
        "--quiet",
        "--depth=1",
        "--no-single-branch",
        "--branch=change",
        &url,
        ".",
    ]);
    shallow
        .annals(&["check", "--base", "origin/main"])
        .exits(4)
        .warns("git fetch --unshallow");
    shallow.git(&["fetch", "--quiet", "--unshallow"]);
    shallow.annals(&["check", "--base", "origin/main"]).exits(0);
}

#[test]
fn a_bare_repository_is_compared_commit_by_commit() {
    let (desk, before) = grown();
    edit(&desk, COMMENT, "grows", "shrinks");
    desk.commit("oops");
    let bare = Desk::bare(&desk);
    bare.annals(&["check", "--base", &before])
        .exits(1)
        .warns(EDITED);
    bare.annals(&["check", "--base", &before, "--commit", "HEAD~1"])
        .exits(0);
}

#[test]
fn the_base_says_what_is_excused() {
    let desk = recorded();
    append(
        &desk,
        "annals.yaml",
        "waivers: [{code: recorded-edited, path: incidents/2026/11/2026-11-22-late-orders/, reason: a name, until: 2026-11-22}]\n",
    );
    desk.commit("accept it once");
    desk.git(&["checkout", "--quiet", "-b", "change"]);
    edit(&desk, COMMENT, "grows", "shrinks");
    desk.commit("mend");
    desk.annals(&["check", "--base", "main"]).exits(0);
    edit(&desk, ORDERS, "high", "low");
    desk.annals(&["check", "--base", "main"])
        .exits(1)
        .warns("`severity` was edited");
}

#[test]
fn carriage_returns_that_git_drops_count_for_nothing() {
    let desk = recorded();
    desk.git(&["config", "core.autocrlf", "true"]);
    for path in desk.git(&["ls-files", "*.yaml"]).lines() {
        desk.write(path, desk.read(path).replace('\n', "\r\n"));
    }
    desk.annals(&["check", "--base", "main"]).exits(0);
    append(
        &desk,
        ORDERS,
        "entries:\r\n  - {at: 2026-11-22T06:50:00Z, by: Bo Li, comment: Hm.}\r\n",
    );
    desk.annals(&["check", "--base", "main"]).exits(0);
    edit(&desk, COMMENT, "grows", "shrinks");
    desk.annals(&["check", "--base", "main"])
        .exits(1)
        .warns(EDITED);
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_not_deleted() {
    let desk = recorded();
    desk.write(
        "incidents/2025/old.yaml",
        "title: Old\nseverity: low\ndeclared_at: 2025-11-22T06:00:00Z\ndeclared_by: Ana\n",
    );
    desk.commit("another year");
    desk.git(&["sparse-checkout", "set", "incidents/2026"]);
    assert!(!desk.folder.join("incidents/2025").exists());
    desk.annals(&["check", "--base", "main"]).exits(0);
    edit(&desk, COMMENT, "grows", "shrinks");
    desk.annals(&["check", "--base", "main"])
        .exits(1)
        .warns(EDITED);
}

#[test]
fn attachments_pass_the_users_filters() {
    let desk = recorded();
    desk.git(&["config", "filter.store.clean", "sed s/^/stored:/"]);
    desk.git(&["config", "filter.store.smudge", "sed s/^stored://"]);
    desk.write(".gitattributes", "*.dat filter=store\n");
    desk.write(&format!("{FOLDER}/lag.dat"), "one\ntwo\n");
    desk.write(
        &format!("{FOLDER}/d.yaml"),
        "at: 2026-11-22T06:50:00Z\nby: Bo Li\nattach: {file: lag.dat}\n",
    );
    desk.commit("an attachment");
    assert!(
        desk.git(&["show", &format!("HEAD:{FOLDER}/lag.dat")])
            .starts_with("stored:")
    );
    desk.write(&format!("{FOLDER}/lag.dat"), "one\ntwo\n");
    desk.annals(&["check", "--base", "HEAD"]).exits(0);
    desk.write(&format!("{FOLDER}/lag.dat"), "one\n");
    desk.annals(&["check", "--base", "HEAD"])
        .exits(1)
        .warns("the attachment `lag.dat` was replaced");
}

#[test]
fn a_record_in_a_folder_is_compared_there() {
    let desk = recorded();
    desk.git(&["checkout", "--quiet", "-b", "whole"]);
    for name in ["annals.yaml", "incidents"] {
        rename(&desk, name, &format!("status/{name}"));
    }
    desk.commit("a folder of its own");
    let repo = format!("{}/status", desk.folder.display());
    desk.annals(&["check", "--repo", &repo, "--base", "main"])
        .exits(1)
        .warns(
            "error[recorded-moved]: the record was moved from `incidents` to `status/incidents`",
        );
    edit(&desk, &format!("status/{COMMENT}"), "grows", "shrinks");
    desk.annals(&["check", "--repo", &repo, "--base", "whole"])
        .exits(1)
        .warns(EDITED);
}

#[test]
fn both_places_are_in_the_json() {
    let desk = recorded();
    edit(&desk, COMMENT, "grows", "shrinks");
    let said = desk
        .annals(&["check", "--base", "main", "--format", "json"])
        .exits(1)
        .json();
    let found = &said["findings"][0];
    assert_eq!(found["code"], "recorded-edited");
    assert_eq!(
        (&found["path"], &found["line"]),
        (&COMMENT.into(), &3.into())
    );
    assert_eq!(found["text"], "comment: The queue shrinks.");
    let old = &found["related"][0];
    assert_eq!(
        (&old["revision"], &old["path"]),
        (&"main".into(), &COMMENT.into())
    );
    assert_eq!(old["text"], "comment: The queue grows.");
    assert_eq!(
        found["commands"][1],
        "annals correct 2026-11-22-late-orders 2026-11-22t061000.000z-comment-a --reason WHY 'The queue shrinks.'"
    );
}

#[test]
fn a_copied_line_is_one_command_whatever_was_recorded() {
    let desk = recorded();
    edit(
        &desk,
        ORDERS,
        "Orders arrive late",
        "\"It's $(reboot) `x`; \\e[31m\"",
    );
    let said = desk.annals(&["check", "--base", "main"]).exits(1);
    assert!(
        said.err.contains(r"--title 'It'\''s $(reboot) `x`; ␛[31m'"),
        "{}",
        said.err
    );
}

#[test]
fn a_retired_word_is_refused_where_it_is_typed() {
    let desk = recorded();
    desk.annals(&["update", "late-orders", "--severity", "dire"])
        .exits(2)
        .warns("the severity `dire` was retired and is not used anew");
    desk.annals(&["declare", "Other", "--severity", "dire"])
        .exits(2);
    desk.annals(&["check"]).exits(0);
}
