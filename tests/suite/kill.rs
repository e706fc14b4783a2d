//! A kill at any point of an append leaves everything whole.
//!
//! The test runs itself as a child that appends and, when the step it was given is
//! reached, kills itself with SIGKILL, so that no code of annals runs afterwards.

use std::path::Path;

use annals::archive::append::{Append, FileKind, NewFile, Step, append};
use annals::archive::repository::Repository;
use annals::text::moment::Moment;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::desk::Desk;

/// How many appends are killed, spread over the steps.
const KILLS: usize = 300;
const STEP: &str = "ANNALS_TEST_KILL_AT";
const FILE: &str = "ANNALS_TEST_FILE";
const TEXT: &str = "ANNALS_TEST_TEXT";
const KILLED: &str = "at: 2026-11-22T07:00:00.000Z\nby: Ana\ncomment: Killed.\n";

#[test]
#[ignore = "a part of the next test, which runs it as a child"]
fn child() {
    let step: usize = std::env::var(STEP)
        .expect("a step")
        .parse()
        .expect("a number");
    let path = std::env::var(FILE).expect("a file");
    let repository = Repository::discover(Path::new(".")).expect("a repository");
    let files = [NewFile {
        path,
        bytes: std::env::var(TEXT).expect("a text").into_bytes(),
        kind: FileKind::Record,
    }];
    let now = Moment::parse(crate::desk::BEGINNING).expect("a moment");
    let die = |reached: Step| {
        if Step::ALL[step] == reached {
            kill(Pid::this(), Signal::SIGKILL).expect("killed");
        }
    };
    let _ = append(
        &repository,
        &Append {
            branch: "main",
            files: &files,
            message: "annals: comment\n",
            now,
            orphan: false,
        },
        &die,
    );
}

/// Appends a file and is killed at a step, if that is reached.
pub(crate) fn killed(desk: &Desk, step: usize, path: &str, text: &str) -> bool {
    let mut command = desk.command(std::env::current_exe().expect("this test"));
    command
        .args(["--exact", "kill::child", "--ignored", "--quiet"])
        .env(STEP, step.to_string())
        .env(FILE, path)
        .env(TEXT, text);
    use std::os::unix::process::ExitStatusExt;
    let output = command.output().expect("a child");
    output.status.signal() == Some(9)
}

#[test]
fn a_kill_at_any_step_loses_nothing_and_breaks_nothing() {
    let desk = Desk::ready();
    let id = desk
        .annals(&["declare", "One", "--severity", "high"])
        .exits(0)
        .id();
    desk.write("mine.txt", "not committed")
        .write("staged.txt", "staged");
    desk.git(&["add", "staged.txt"]);
    let mut reached = [0; Step::ALL.len()];
    for round in 0..KILLS {
        let step = round % Step::ALL.len();
        let path =
            format!("incidents/2026/11/{id}/2026-11-22t070000.000z-comment-k{round:05}.yaml");
        assert!(
            killed(&desk, step, &path, KILLED),
            "step {:?} was not reached",
            Step::ALL[step]
        );
        reached[step] += 1;
        inspect(&desk, &path);
        if round % 30 < Step::ALL.len() {
            mend(&desk, round);
        }
    }
    assert!(
        reached
            .iter()
            .all(|count| *count >= KILLS / Step::ALL.len()),
        "{reached:?}"
    );
    desk.git(&["fsck", "--strict"]);
    desk.annals(&["comment", "one", "Still here."]).exits(0);
    assert!(!desk.folder.join(".git/index.lock").exists());
    let kept = desk
        .git(&["ls-tree", "-r", "--name-only", "HEAD"])
        .lines()
        .count();
    desk.git(&["commit", "--quiet", "-m", "the person's own"]);
    let after = desk
        .git(&["ls-tree", "-r", "--name-only", "HEAD"])
        .lines()
        .count();
    assert!(
        after > kept,
        "the person's own commit adds what was staged and deletes nothing"
    );
    assert_eq!(
        desk.git(&[
            "show",
            "--diff-filter=DM",
            "--name-only",
            "--format=",
            "HEAD"
        ]),
        ""
    );
    desk.annals(&["check"]).exits(0);
}

/// After a kill: every commit is readable, the file is whole or absent, and what is the
/// person's own is as it was.
fn inspect(desk: &Desk, path: &str) {
    desk.git(&["log", "-1", "--stat", "--format=%H"]);
    if let Ok(text) = std::fs::read_to_string(desk.folder.join(path)) {
        assert!(
            text.ends_with("comment: Killed.\n"),
            "half a file: {text:?}"
        );
    }
    assert_eq!(desk.read("mine.txt"), "not committed");
    assert_eq!(
        desk.git(&["ls-files", "--stage", "staged.txt"])
            .lines()
            .count(),
        1
    );
    let gone = desk.git(&["ls-files", "--deleted"]);
    assert_eq!(gone, "", "the index names what is not there");
    let missing = desk.git(&["diff", "--cached", "--diff-filter=D", "--name-only"]);
    assert_eq!(missing, "", "a commit of the index would delete something");
}

/// The next append works, and clears away what was left.
fn mend(desk: &Desk, round: usize) {
    desk.annals(&["comment", "one", &format!("After kill {round}.")])
        .exits(0);
    assert!(!desk.folder.join(".git/index.lock").exists());
}
