//! Where a repository and its record are found, and what is said where there is none.

use std::path::Path;

use crate::desk::{Desk, minutes};

const NOTHING_HERE: &str = "no annals.yaml here or above; run `annals init`, or name a repository with --repo or ANNALS_REPO";

fn path(folder: &Path) -> String {
    folder.display().to_string()
}

/// Declares, comments and shows what is called `title`; everything is where `git` sees it.
#[track_caller]
fn works(desk: &mut Desk, folder: &str, title: &str) {
    let id = desk
        .annals_in(folder, &["declare", title, "--severity", "high"])
        .exits(0)
        .id();
    desk.wait(minutes(1));
    desk.annals_in(folder, &["comment", &id, "Seen."]).exits(0);
    let top = path(&desk.folder.join(folder));
    let git = |arguments: &[&str]| desk.git(&[&["-C", &top], arguments].concat());
    assert_eq!(git(&["status", "--porcelain"]), "");
    let held = git(&["ls-tree", "-r", "--name-only", "-z", "--full-tree", "HEAD"]);
    assert!(held.contains(&format!("incidents/2026/11/{id}/")), "{held}");
    desk.annals_in(folder, &["show", &id])
        .exits(0)
        .says("Seen.");
    desk.annals_in(folder, &["check"]).exits(0);
}

#[test]
fn the_working_tree_is_where_git_says_whatever_dot_git_is() {
    // The Git directory lies beside the working tree, or in a folder above it.
    for (place, as_link) in [
        ("../git/repo.git", false),
        ("../repo.git", false),
        ("../repo.git", true),
    ] {
        let mut desk = Desk::ready();
        let (from, to) = (desk.folder.join(".git"), desk.folder.join(place));
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        std::fs::rename(&from, &to).expect("moved");
        let to = to.canonicalize().expect("a folder");
        if as_link {
            std::os::unix::fs::symlink(&to, &from).expect("a link");
        } else {
            desk.write(".git", format!("gitdir: {}\n", path(&to)));
        }
        works(&mut desk, ".", "Orders");
        let beside = std::fs::read_dir(to.parent().expect("a folder")).expect("a folder");
        let names = beside.map(|entry| entry.expect("an entry").file_name());
        assert!(names.into_iter().all(|name| name != "incidents"));
    }
}

#[test]
fn init_takes_a_folder_whose_git_directory_is_elsewhere() {
    let mut desk = Desk::bare_folder();
    desk.git(&[
        "init",
        "--quiet",
        "--initial-branch=main",
        "--separate-git-dir=../elsewhere",
    ]);
    desk.annals(&["init"]).exits(0);
    works(&mut desk, ".", "Orders");
}

#[test]
fn a_working_tree_elsewhere_is_the_one_that_counts() {
    let desk = Desk::ready();
    let other = desk.folder.with_file_name("other");
    std::fs::create_dir(&other).expect("a folder");
    desk.git(&["config", "core.worktree", &path(&other)]);
    desk.git(&[
        "--work-tree",
        &path(&other),
        "checkout",
        "--quiet",
        "--force",
    ]);
    desk.annals(&["declare", "Orders", "--severity", "high"])
        .exits(0);
    assert!(other.join("incidents").exists() && !desk.folder.join("incidents").exists());
}

#[test]
fn what_the_environment_names_counts_unless_a_repository_is_named() {
    let (mut desk, other) = (Desk::ready(), Desk::ready());
    let declare = |title| vec!["declare", title, "--severity", "high"];
    desk.variable("GIT_DIR", &path(&other.folder.join(".git")))
        .variable("GIT_WORK_TREE", &path(&other.folder));
    desk.annals(&declare("In the other")).exits(0);
    other.annals(&["list"]).exits(0).says("In the other");
    // As in a hook of one repository that works on another.
    let here = path(&desk.folder);
    desk.annals(&[&declare("Here")[..], &["--repo", &here]].concat())
        .exits(0);
    desk.variable("ANNALS_REPO", &here);
    desk.annals(&["comment", "here", "Also here."]).exits(0);
    assert!(!other.annals(&["list"]).exits(0).out.contains("Here"));
    assert_eq!(other.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_hook_sees_what_is_being_pushed() {
    use std::os::unix::fs::PermissionsExt;
    let mut desk = Desk::ready();
    desk.annals(&["declare", "Orders", "--severity", "high"])
        .exits(0);
    let remote = Desk::bare(&desk);
    let hook = format!(
        "#!/bin/sh\nread old new ref\nexec {} check --base $old --push --commit $new --now {}\n",
        env!("CARGO_BIN_EXE_annals"),
        desk.now()
            .plus(annals::text::duration::Duration::minutes(9)),
    );
    let place = remote.folder.join("hooks/pre-receive");
    std::fs::create_dir_all(remote.folder.join("hooks")).expect("a folder");
    std::fs::write(&place, hook).expect("a hook");
    std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o755)).expect("a hook");
    let to = path(&remote.folder);
    desk.wait(minutes(1));
    desk.annals(&["comment", "orders", "Seen."]).exits(0);
    desk.git(&["push", "--quiet", &to, "main"]);
    let file = desk
        .files()
        .into_iter()
        .find(|path| path.contains("-comment-"));
    let file = file.expect("an entry");
    desk.write(&file, desk.read(&file).replace("Seen.", "Unseen."))
        .commit("an edit");
    let said = desk.try_git(&["push", &to, "main"]);
    assert!(
        said.code != 0 && said.err.contains("recorded-edited"),
        "{said:?}"
    );
    assert_eq!(
        remote.git(&["rev-parse", "main"]),
        desk.git(&["rev-parse", "HEAD~1"])
    );
}

#[test]
fn annals_repo_names_a_repository_and_repo_overrules_it() {
    let (mut desk, other) = (Desk::new(), Desk::ready());
    other
        .annals(&["declare", "Orders", "--severity", "high"])
        .exits(0);
    desk.annals(&["list"]).exits(2).warns(NOTHING_HERE);
    desk.variable("ANNALS_REPO", &path(&other.folder));
    desk.annals(&["list"]).exits(0).says("Orders");
    desk.annals(&["list", "--repo", "."]).exits(2);
}

#[test]
fn without_settings_verbs_stop_and_with_incidents_the_reading_ones_go_on() {
    let desk = Desk::new();
    desk.write("main.c", "int main;\n").commit("a product");
    let before = (desk.files(), desk.git(&["rev-parse", "--all"]));
    let reading: [&[&str]; 13] = [
        &["list"],
        &["show", "a"],
        &["data", "a"],
        &["report", "a"],
        &["check"],
        &["build", "--out", "../site"],
        &["export"],
        &["stats"],
        &["events"],
        &["diff", "HEAD"],
        &["plan", "--base", "HEAD"],
        &["explain", "x"],
        &["replay"],
    ];
    let writing: [&[&str]; 13] = [
        &["declare", "A", "--severity", "high"],
        &["comment", "a", "b"],
        &["update", "a", "--status", "identified"],
        &["resolve", "a"],
        &["reopen", "a"],
        &["attach", "a", "main.c"],
        &["correct", "a", "comment", "b", "--reason", "c"],
        &["retract", "a", "comment", "--reason", "c"],
        &["redact", "a", "comment", "--reason", "c"],
        &["restore", "a"],
        &["import", "statuspage", "main.c"],
        &["run"],
        &["ledger"],
    ];
    for verb in reading.iter().chain(&writing) {
        desk.annals(verb).exits(2).warns(NOTHING_HERE);
    }
    assert_eq!((desk.files(), desk.git(&["rev-parse", "--all"])), before);
    desk.write(
        "incidents/2026/11/a.yaml",
        "title: A\nseverity: high\ndeclared_at: 2026-11-22T07:00:00Z\ndeclared_by: Ana\n",
    )
    .commit("an incident");
    for verb in reading.iter().filter(|verb| verb[0] != "explain") {
        let said = desk.annals(verb);
        assert!(said.code == 0, "{verb:?}: {said:?}");
    }
    for verb in writing {
        desk.annals(verb).exits(2).warns(NOTHING_HERE);
    }
    let bare = Desk::bare(&desk);
    bare.annals(&["list"]).exits(0).says("A");
    bare.annals(&["comment", "a", "b"])
        .exits(2)
        .warns(NOTHING_HERE);
}

#[test]
fn a_working_tree_of_a_bare_repository_is_one_like_any_other() {
    let desk = Desk::ready();
    let mut bare = Desk::bare(&desk);
    bare.git(&["worktree", "add", "--quiet", "../main", "main"]);
    works(&mut bare, "../main", "Orders");
    bare.git(&[
        "worktree", "add", "--quiet", "-b", "side", "../side", "main",
    ]);

    bare.annals_in("../side", &["comment", "orders", "x", "--branch", "main"])
        .exits(4)
        .warns("checked out in another working tree");
    bare.annals(&["comment", "orders", "x", "--branch", "side"])
        .exits(4)
        .warns("checked out in another working tree");
    works(&mut bare, "../side", "Pages");
}

#[test]
fn a_working_tree_that_was_moved_or_copied_is_where_it_is_now() {
    let mut desk = Desk::ready();
    desk.git(&["worktree", "add", "--quiet", "-b", "side", "../side"]);
    let side = desk.folder.with_file_name("side");
    let copied = desk
        .command("cp")
        .args(["-r", "../side", "../copy"])
        .status();
    assert!(copied.expect("cp runs").success());
    works(&mut desk, "../copy", "Orders");
    assert!(
        !side.join("incidents").exists(),
        "the original stays as it was"
    );
    std::fs::remove_dir_all(&side).expect("a folder");
    std::fs::rename(side.with_file_name("copy"), side.with_file_name("moved")).expect("moved");
    works(&mut desk, "../moved", "Pages");
}

#[test]
fn a_branch_that_is_being_rebased_or_bisected_is_in_use() {
    let mut desk = Desk::ready();
    desk.annals(&["declare", "Orders", "--severity", "high"])
        .exits(0);
    desk.git(&["branch", "stacked"]);
    desk.git(&["worktree", "add", "--quiet", "-b", "side", "../side"]);
    desk.git(&["worktree", "add", "--quiet", "-b", "sought", "../sought"]);
    desk.variable("GIT_SEQUENCE_EDITOR", "sed -i 1ibreak");
    desk.git(&[
        "-C",
        "../side",
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        "more",
    ]);
    desk.git(&["-C", "../side", "branch", "--force", "stacked"]);
    desk.git(&[
        "-C",
        "../side",
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        "and more",
    ]);
    desk.git(&[
        "-C",
        "../side",
        "rebase",
        "--quiet",
        "-i",
        "--update-refs",
        "HEAD~2",
    ]);
    desk.git(&["-C", "../sought", "bisect", "start"]);
    desk.git(&["-C", "../sought", "checkout", "--quiet", "--detach"]);
    let to = |branch| ["comment", "orders", "Seen.", "--branch", branch];
    for branch in ["side", "stacked"] {
        desk.annals(&to(branch))
            .exits(4)
            .warns("being rebased in another working tree");
        desk.annals_in("../side", &to(branch))
            .exits(4)
            .warns("a rebase is under way");
    }
    desk.annals(&to("sought"))
        .exits(4)
        .warns("being bisected in another working tree");
    desk.git(&["-C", "../side", "rebase", "--continue"]);
    desk.annals_in("../side", &["comment", "orders", "Seen."])
        .exits(0);
}

#[test]
fn folders_may_be_called_anything_that_is_text() {
    for name in ["-n é", "a\nb", "it's \"so\"", "back\\slash *"] {
        let mut desk = Desk::new();
        let folder = desk.folder.with_file_name(name);
        std::fs::rename(&desk.folder, &folder).expect("renamed");
        desk.folder = folder;
        let inside = format!("{name}/record");
        std::fs::create_dir_all(desk.folder.join(&inside)).expect("folders");
        desk.annals_in(&inside, &["init"]).exits(0);
        works(&mut desk, &inside, "Orders");
        let moved = format!("gitdir: ../{name}.git\n");
        std::fs::rename(
            desk.folder.join(".git"),
            desk.folder.with_file_name(format!("{name}.git")),
        )
        .expect("renamed");
        if !name.contains('\n') {
            desk.write(".git", moved);
            desk.wait(minutes(1));
            works(&mut desk, &inside, "Pages");
        }
    }
}

#[test]
fn a_folder_whose_name_is_no_text_is_not_taken_for_the_top() {
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::ready();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    let folder = desk.folder.join(name);
    std::fs::create_dir(&folder).expect("a folder");
    let said = desk
        .command(env!("CARGO_BIN_EXE_annals"))
        .args(["list"])
        .current_dir(&folder)
        .output()
        .expect("annals runs");
    assert_eq!(said.status.code(), Some(4), "{said:?}");
}

#[test]
fn what_is_not_trusted_is_named_by_the_path_that_git_looks_for() {
    let mut desk = Desk::ready();
    desk.annals(&["declare", "Orders", "--severity", "high"])
        .exits(0);
    let given = desk.command("chown").args(["-R", "12345", "."]).status();
    if !given.expect("chown runs").success() {
        return; // Only root can give folders away.
    }
    let top = path(&desk.folder.canonicalize().expect("a folder"));
    for folder in [".", "incidents"] {
        desk.annals_in(folder, &["list"])
            .exits(4)
            .warns(&format!("git config --global --add safe.directory {top}`"));
    }
    // The advice, wherever `git` may be told.
    let home = desk.folder.with_file_name("elsewhere.gitconfig");
    std::fs::write(&home, format!("[safe]\n\tdirectory = {top}\n")).expect("a file");
    desk.variable("GIT_CONFIG_GLOBAL", &path(&home));
    desk.annals(&["list"]).exits(0).says("Orders");
    desk.annals(&["comment", "orders", "Seen."]).exits(0);
    desk.annals_in("incidents", &["show", "orders"])
        .exits(0)
        .says("Seen.");
}

#[test]
fn what_cannot_be_opened_is_told_with_a_way_on() {
    for (how, what, way) in [
        (
            "--object-format=sha256",
            "names its objects by SHA-256",
            "git fast-export",
        ),
        (
            "--ref-format=reftable",
            "keeps its branches in a reftable",
            "git clone --ref-format=files",
        ),
    ] {
        let desk = Desk::bare_folder();
        if desk.try_git(&["init", "--quiet", "-b", "main", how]).code != 0 {
            continue; // A `git` that does not know it makes no such repository.
        }
        desk.write("main.c", "int main;\n").commit("a product");
        desk.annals(&["init"]).exits(4).warns(what).warns(way);
        if way.contains("fast-export") {
            desk.git(&[
                "init",
                "--quiet",
                "-b",
                "main",
                "--object-format=sha1",
                "../copy",
            ]);
            let copied = desk
                .command("sh")
                .args([
                    "-c",
                    "git fast-export --all | git -C ../copy fast-import --quiet",
                ])
                .status();
            assert!(copied.expect("sh runs").success());
            desk.git(&["-C", "../copy", "reset", "--quiet", "--hard"]);
            desk.annals_in("../copy", &["init"]).exits(0);
        } else {
            desk.git(&["clone", "--quiet", "--ref-format=files", ".", "../copy"]);
            desk.annals_in("../copy", &["init"]).exits(0);
        }
    }
}

#[test]
fn an_extension_of_git_that_is_not_read_is_named() {
    let desk = Desk::ready();
    desk.git(&["config", "core.repositoryFormatVersion", "1"]);
    desk.git(&["config", "extensions.partialClone", "origin"]);
    desk.annals(&["list"])
        .exits(4)
        .warns("this partial clone was made by an older Git")
        .warns("git config remote.origin.promisor true")
        .warns("git config --unset extensions.partialClone");
    desk.git(&["config", "remote.origin.promisor", "true"]);
    desk.git(&["config", "--unset", "extensions.partialClone"]);
    desk.annals(&["list"]).exits(0);
    desk.git(&["config", "extensions.fromTheFuture", "true"]);
    desk.annals(&["list"])
        .exits(4)
        .warns("extension `fromthefuture`")
        .warns("git clone");
}
