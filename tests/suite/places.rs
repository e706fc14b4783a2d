//! From where a ledger acts: one place, whatever its remotes are called there, and nothing
//! that was done is forgotten because a branch was.

use crate::desk::{Desk, minutes};
use crate::receiver::Receiver;

const RULE: &str = r#"name: Page
trigger: {type: event, expect: [incident.declared, incident.comment.added], posture: Reactive, threshold: 1, within: 0}
actions: [{type: call-webhook, url: "${HOOK}", payload: "{{ event.id }}"}]
"#;

/// The clone that made a record, with `remote` as its `origin`; both branches are pushed.
fn made(receiver: &Receiver) -> (Desk, Desk) {
    let mut desk = Desk::ready();
    let settings = desk.read("annals.yaml").replace(
        "environment:\n",
        "environment:\n  HOOK: {use: url, hosts: [127.0.0.1], allow_private: true}\n",
    );
    desk.write("annals.yaml", settings)
        .write("automations/page.yaml", RULE);
    desk.wait(minutes(1)).commit("a rule");
    let remote = Desk::bare(&desk);
    let place = remote.folder.display().to_string();
    desk.git(&["remote", "add", "origin", &place]);
    desk.git(&["push", "--quiet", "-u", "origin", "main", "annals-ledger"]);
    desk.variable("HOOK", &receiver.url()).wait(minutes(1));
    (remote, desk)
}

/// Records something that acts.
fn say(desk: &Desk, title: &str) {
    desk.annals(&["declare", title, "--severity", "high", "--push"])
        .exits(0);
}

fn path(desk: &Desk) -> String {
    desk.folder.display().to_string()
}

#[test]
fn a_copy_that_was_taken_before_the_first_run_acts_on_nobody() {
    let receiver = Receiver::answering("200 OK");
    let (remote, desk) = made(&receiver);
    let fork = Desk::bare(&remote);
    let theirs = Desk::clone_of(&fork);
    say(&desk, "Orders arrive late");
    desk.annals(&["run"]).exits(0).says("executed");
    theirs.git(&["pull", "--quiet", &path(&remote), "main"]);
    theirs.git(&["push", "--quiet", "origin", "main"]);
    theirs
        .annals(&["run"])
        .exits(4)
        .warns("not the clone that made it");
    assert_eq!(receiver.arrived().len(), 1);
}

#[test]
fn a_copied_folder_is_not_the_clone_that_made_it() {
    let receiver = Receiver::answering("200 OK");
    let (_remote, desk) = made(&receiver);
    let copy = format!("{}-copy", path(&desk));
    let copied = desk.command("cp").args(["-r", ".", &copy]).status();
    assert!(copied.expect("cp runs").success());
    desk.annals(&["run", "--repo", &copy])
        .exits(4)
        .warns("not the clone that made it");
    desk.annals(&["run"]).exits(0);
}

#[test]
fn init_binds_the_ledger_where_there_is_a_remote_and_later_when_it_is_run_again() {
    for first in [true, false] {
        let desk = Desk::new();
        let remote = Desk::bare_folder();
        let place = path(&remote);
        desk.git(&["init", "--quiet", "--bare", &place]);
        if first {
            desk.git(&["remote", "add", "upstream", &place]);
            desk.git(&["config", "remote.pushDefault", "upstream"]);
        }
        desk.annals(&["init"]).exits(0);
        desk.git(&["remote", "add", "origin", &place]);
        if !first {
            desk.annals(&["init"]).exits(0).says("acts from");
            desk.annals(&["init"]).exits(2);
        }
        let state = desk.git(&["show", "annals-ledger:state.json"]);
        assert!(state.contains(&place), "{state}");
    }
}

#[test]
fn a_remote_is_known_by_its_place_and_not_by_its_name() {
    let receiver = Receiver::answering("200 OK");
    let (remote, desk) = made(&receiver);
    desk.annals(&["run"]).exits(0);
    let place = path(&remote);
    let other = Desk::bare(&remote);
    desk.git(&["remote", "rename", "origin", "upstream"]);
    desk.git(&["remote", "add", "origin", &path(&other)]);
    desk.git(&["config", "branch.main.remote", "origin"]);
    say(&desk, "Pages are blank");
    desk.git(&["push", "--quiet", "upstream", "main"]);
    // `origin` is a copy now; the ledger's own place is called otherwise.
    desk.annals(&["run"]).exits(0).says("executed");
    desk.annals(&["run", "--remote", "origin"])
        .exits(4)
        .warns("ledger adopt");
    desk.git(&["remote", "remove", "upstream"]);
    desk.annals(&["run"]).exits(4);
    desk.git(&["remote", "remove", "origin"]);
    desk.annals(&["run"]).exits(4).warns("has no such remote");
    // A rule that rewrites addresses decides where a push goes.
    desk.git(&["remote", "add", "origin", &place]);
    desk.git(&[
        "config",
        &format!("url.{}.pushInsteadOf", path(&other)),
        &place,
    ]);
    desk.annals(&["run"]).exits(4).warns("acts from");
    desk.git(&[
        "config",
        "--unset-all",
        &format!("url.{}.pushInsteadOf", path(&other)),
    ]);
    desk.git(&["config", "remote.origin.pushurl", &path(&other)]);
    desk.annals(&["run"])
        .exits(4)
        .warns("reads from")
        .warns("acts from");
    desk.git(&[
        "config",
        "--replace-all",
        "remote.origin.pushurl",
        &format!("file://{place}"),
    ]);
    desk.annals(&["run"]).exits(0);
    assert_eq!(receiver.arrived().len(), 1);
}

#[test]
fn a_ledger_that_was_deleted_or_rewound_stops_the_run_until_it_is_restored() {
    let receiver = Receiver::answering("200 OK");
    let (remote, desk) = made(&receiver);
    say(&desk, "Orders arrive late");
    desk.annals(&["run"]).exits(0).says("executed");
    let early = remote.git(&["rev-parse", "annals-ledger"]);
    let other = Desk::clone_of(&remote);
    let mut other = other;
    other.variable("HOOK", &receiver.url());
    say(&other, "Pages are blank");
    other.annals(&["run"]).exits(0).says("executed");
    let late = remote.git(&["rev-parse", "annals-ledger"]);
    assert_eq!(receiver.arrived().len(), 2);

    remote.git(&["branch", "-D", "annals-ledger"]);
    for runner in [&desk, &other] {
        runner.annals(&["run"]).exits(4).warns("holds it no more");
    }
    remote.git(&["branch", "annals-ledger", &early]);
    // This clone never saw more than that; the remote itself remembers.
    let fresh = Desk::clone_of(&remote);
    for runner in [&desk, &other, &fresh] {
        runner.annals(&["run"]).exits(4).warns("was rewound");
    }
    assert_eq!(remote.git(&["rev-parse", "annals-ledger"]), early);
    fresh.annals(&["ledger", "restore"]).exits(0).says("again");
    assert_eq!(remote.git(&["rev-parse", "annals-ledger"]), late);
    desk.annals(&["ledger", "restore"])
        .exits(0)
        .says("nothing to restore");
    for runner in [&desk, &other, &fresh] {
        runner.annals(&["run"]).exits(0).says("nothing new");
    }
    assert_eq!(receiver.arrived().len(), 2, "nothing was repeated");
}

#[test]
fn a_receipt_that_cannot_be_read_stops_the_run() {
    let receiver = Receiver::answering("200 OK");
    let (remote, desk) = made(&receiver);
    say(&desk, "Orders arrive late");
    desk.annals(&["run"]).exits(0).says("executed");
    let kept = desk.git(&["ls-tree", "-r", "--name-only", "annals-ledger", "actions"]);
    let receipt = kept.lines().next().expect("a receipt").to_owned();
    for text in ["{", "{\"key\": 1}"] {
        let broken = Desk::clone_of(&remote);
        broken.git(&["checkout", "--quiet", "annals-ledger"]);
        broken.write(&receipt, text).commit("broken");
        broken.git(&["push", "--quiet", "origin", "annals-ledger"]);
        desk.annals(&["run"]).exits(4).warns(&receipt);
        broken.git(&["revert", "--no-edit", "HEAD"]);
        broken.git(&["push", "--quiet", "origin", "annals-ledger"]);
        desk.annals(&["run"]).exits(0);
    }
    assert_eq!(receiver.arrived().len(), 1);
}

#[test]
fn what_a_killed_git_left_on_tracking_references_stops_no_run() {
    let receiver = Receiver::answering("200 OK");
    let (_remote, desk) = made(&receiver);
    desk.annals(&["run"]).exits(0);
    say(&desk, "Orders arrive late");
    // As if annals had been killed while it moved a reference: its lock is the same file as
    // the one that it made.
    let git = desk.folder.join(".git");
    let lock = git.join("refs/remotes/origin/main.lock");
    std::fs::write(
        git.join("annals/reference-note"),
        lock.display().to_string(),
    )
    .expect("a note");
    std::fs::write(git.join("annals/reference-claim"), "").expect("a claim");
    std::fs::hard_link(git.join("annals/reference-claim"), &lock).expect("a lock");
    desk.annals(&["run"]).exits(0).says("executed");
    assert!(!lock.exists());
    desk.git(&["fetch", "--quiet"]);
    // One that is somebody else's stays, and stops nothing that does not need it.
    std::fs::write(&lock, "").expect("a lock");
    say(&desk, "Pages are blank");
    desk.annals(&["run"]).exits(0).says("executed");
    assert!(lock.exists());
}

#[test]
fn a_push_of_which_a_remote_that_died_took_half_is_completed() {
    let receiver = Receiver::answering("200 OK");
    let (remote, mut desk) = made(&receiver);
    desk.annals(&["run"]).exits(0);
    say(&desk, "Orders arrive late");
    // The run claims, and dies before it is told that the claim was taken; of the remote's two
    // references one has moved.
    let (branch, high) = ("refs/heads/annals-ledger", "refs/annals/ledger-high");
    let before = remote.git(&["rev-parse", branch]);
    let seen = desk.git(&["for-each-ref", "--format=%(refname)", "refs/annals/seen"]);
    desk.annals(&["run"]).exits(0).says("executed");
    let claim = remote.git(&["rev-list", "--reverse", &format!("{before}..{branch}")]);
    let claim = claim.lines().next().expect("a claim").to_owned();
    for (place, name, tip) in [
        (&remote, branch, &before),
        (&remote, high, &claim),
        (&desk, branch, &claim),
        (&desk, seen.as_str(), &before),
        (&desk, "refs/remotes/origin/annals-ledger", &before),
    ] {
        place.git(&["update-ref", name, tip]);
    }
    // Another clone cannot tell that from a ledger that was rewound; this one can.
    let other = Desk::clone_of(&remote);
    other.annals(&["run"]).exits(4).warns("rewound");
    desk.annals(&["run"])
        .exits(0)
        .warns("under way in another run");
    remote.git(&["merge-base", "--is-ancestor", &claim, branch]);
    desk.wait(minutes(20));
    desk.annals(&["run"]).exits(3);
    assert_eq!(
        receiver.arrived().len(),
        1,
        "what may have been sent is not sent again"
    );
}

#[test]
fn a_remote_that_keeps_only_branches_is_told_once_and_not_at_each_push() {
    let receiver = Receiver::answering("200 OK");
    let (remote, desk) = made(&receiver);
    let hook = "hooks/update";
    remote.write(hook, "#!/bin/sh\ncase $1 in refs/annals/*) exit 1;; esac\n");
    std::fs::set_permissions(
        remote.folder.join(hook),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .expect("a hook");
    let words = "only clones that saw more can tell";
    // The first push of the ledger binds it.
    let mut told = 0;
    for title in ["Orders arrive late", "Pages are blank"] {
        let declare = ["declare", title, "--severity", "high", "--push"];
        for verb in [&declare[..], &["run"]] {
            let said = desk.annals(verb).exits(0);
            told += said.err.matches(words).count();
        }
    }
    assert_eq!(told, 1);
    assert_eq!(receiver.arrived().len(), 2);
}

#[test]
fn of_several_places_that_one_remote_is_pushed_to_the_ledger_acts_from_its_own() {
    let receiver = Receiver::answering("200 OK");
    let (remote, desk) = made(&receiver);
    let mirror = Desk::bare(&remote);
    say(&desk, "Orders arrive late");
    desk.annals(&["run"]).exits(0).says("executed");
    let before = mirror.git(&["rev-parse", "annals-ledger"]);
    for place in [&mirror, &remote] {
        desk.git(&[
            "remote",
            "set-url",
            "--add",
            "--push",
            "origin",
            &path(place),
        ]);
    }
    desk.annals(&["declare", "Pages are blank", "--severity", "high"])
        .exits(0);
    desk.git(&["push", "--quiet", "origin", "main"]);
    for remote in [&["run"][..], &["run", "--remote", "origin"]] {
        desk.annals(remote).exits(0);
    }
    assert_eq!(receiver.arrived().len(), 2);
    assert_eq!(
        mirror.git(&["rev-parse", "annals-ledger"]),
        before,
        "the other place is none of the ledger's"
    );
}

#[test]
fn a_ledger_without_address_is_bound_to_the_first_place_that_its_remote_is_pushed_to() {
    let receiver = Receiver::answering("200 OK");
    let (remote, desk) = made(&receiver);
    let mirror = Desk::bare(&remote);
    for place in [&remote, &mirror] {
        desk.git(&[
            "remote",
            "set-url",
            "--add",
            "--push",
            "origin",
            &path(place),
        ]);
    }
    desk.annals(&["declare", "Orders arrive late", "--severity", "high"])
        .exits(0);
    desk.git(&["push", "--quiet", "origin", "main"]);
    desk.annals(&["run"]).exits(0).says("executed");
    let state = remote.git(&["show", "annals-ledger:state.json"]);
    assert!(
        state.contains(&path(&remote)) && !state.contains(&path(&mirror)),
        "{state}"
    );
}

#[test]
fn no_run_that_acts_is_told_another_time_than_the_machines() {
    let receiver = Receiver::answering("200 OK");
    let (_remote, desk) = made(&receiver);
    say(&desk, "Orders arrive late");
    desk.annals(&["run"]).exits(0).says("executed");
    say(&desk, "Pages are blank");
    let before = desk.git(&["rev-parse", "annals-ledger"]);
    let mut run = desk.command(env!("CARGO_BIN_EXE_annals"));
    let said = run.args(["run", "--now", "2999-01-01T00:00:00Z"]).output();
    let said = said.expect("a run");
    assert_eq!(said.status.code(), Some(2), "{said:?}");
    let words = String::from_utf8_lossy(&said.stderr);
    assert!(
        words.contains("`--now` is later than the clock of this machine"),
        "{words}"
    );
    assert_eq!(
        desk.git(&["rev-parse", "annals-ledger"]),
        before,
        "nothing was touched"
    );
    assert_eq!(receiver.arrived().len(), 1);
    desk.annals(&["run"]).exits(0).says("executed");
}
