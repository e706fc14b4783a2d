//! From a commit to an action and a page.

use annals::archive::repository::{ObjectId, Repository};
use annals::archive::walk::Walk;
use annals::incident::vocabulary::Vocabulary;

use crate::desk::{Desk, minutes};
use crate::receiver::Receiver;

const RULE: &str = r#"name: Page for critical incidents
trigger:
  type: event
  match:
    prefect.resource.id: "incident.*"
    incident.severity: critical
  expect: [incident.declared, incident.reopened, incident.updated.severity]
  posture: Reactive
  threshold: 1
  within: 0
actions:
  - type: call-webhook
    url: "${HOOK}"
    payload: '{"id": "{{ incident.id }}", "severity": {{ incident.severity | tojson }}}'
"#;

/// A ready repository with one rule that calls `receiver`.
fn ready(receiver: &Receiver) -> Desk {
    let mut desk = Desk::ready();
    let settings = desk.read("annals.yaml").replace(
        "environment:\n",
        "environment:\n  HOOK: {use: url, hosts: [127.0.0.1], allow_private: true}\n",
    );
    desk.write("annals.yaml", settings + "publish: {automations: true}\n")
        .write("automations/tell.yaml", RULE);
    desk.wait(minutes(1)).commit("a rule");
    desk.annals(&["run"]).exits(0);
    desk.variable("HOOK", &receiver.url());
    desk.wait(minutes(1));
    desk
}

#[test]
fn from_declare_to_an_action_and_a_page() {
    let receiver = Receiver::answering("202 Accepted");
    let mut desk = ready(&receiver);

    desk.git(&["checkout", "--quiet", "-b", "outage"]);
    let id = desk
        .annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0)
        .warns("no automation acts until this is merged into main")
        .id();
    let body = format!(r#"{{"id": "{id}", "severity": "critical"}}"#);
    desk.annals(&["plan", "--base", "main"])
        .exits(0)
        .says("Page for critical incidents")
        .says("call-webhook")
        .says("${HOOK}")
        .says(&body);
    let plan = desk
        .annals(&["plan", "--base", "main", "--format", "json"])
        .exits(0)
        .json();
    let planned = plan["firings"][0]["actions"][0]["key"].clone();
    desk.annals(&["plan", "--base", "main", "--format", "markdown"])
        .exits(0)
        .says(&body);
    assert_eq!(receiver.arrived().len(), 0, "a plan does nothing");

    desk.git(&["checkout", "--quiet", "main"]);
    desk.wait(minutes(2))
        .git(&["merge", "--quiet", "--no-ff", "--no-edit", "outage"]);
    desk.annals(&["run"])
        .exits(0)
        .says("executed call-webhook HOOK")
        .says("1 event, 1 firing, 1 action");
    let arrived = receiver.arrived();
    assert_eq!(arrived.len(), 1);
    assert_eq!(
        (arrived[0].line.as_str(), arrived[0].body.as_str()),
        ("POST /secret-path HTTP/1.1", body.as_str())
    );
    assert!(
        arrived[0].headers.contains("idempotency-key:"),
        "{}",
        arrived[0].headers
    );

    desk.annals(&["run"]).exits(0).says("nothing new");
    assert_eq!(receiver.arrived().len(), 1, "running again is harmless");
    let receipts = desk.annals(&["ledger", "--format", "json"]).exits(0).json();
    assert_eq!(
        receipts["receipts"][0]["key"], planned,
        "what was planned is what was done"
    );
    assert_eq!(receipts["receipts"][0]["answer"], "202");

    desk.wait(minutes(43))
        .annals(&["update", "late", "--status", "identified"])
        .exits(0);
    desk.wait(minutes(17))
        .annals(&["resolve", "late", "-m", "Rolled back."])
        .exits(0);
    desk.annals(&["run"]).exits(0).says("0 actions");
    desk.annals(&["build"]).exits(0);
    let page = desk.read(&format!("public/incidents/{id}.html"));
    for words in [
        "Investigating",
        "Identified",
        "Resolved",
        "call-webhook",
        "202",
        "45 min",
        "1 h 2 min",
        "Rolled back.",
    ] {
        assert!(page.contains(words), "the page does not tell {words:?}");
    }
    assert!(
        !page.contains("secret-path") && !page.contains("127.0.0.1"),
        "a secret reached a page"
    );
    let kept = desk.git(&["ls-tree", "-r", "--name-only", "annals-ledger"]);
    for file in [
        "ledger.json",
        "state.json",
        "ticks/2026/11/000001.json",
        "firings/2026/11/",
        "1-claimed.json",
        "1-executed.json",
    ] {
        assert!(kept.contains(file), "{file} is not in the ledger:\n{kept}");
    }
    let everything = desk.git(&["log", "-p", "annals-ledger"]);
    assert!(
        !everything.contains("secret-path"),
        "a secret reached the ledger"
    );
}

#[test]
fn two_clones_of_one_remote_act_once() {
    let receiver = Receiver::answering("200 OK");
    let desk = ready(&receiver);
    desk.annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    let remote = Desk::bare(&desk);
    let (left, right) = (Desk::clone_of(&remote), Desk::clone_of(&remote));
    left.annals(&["run"])
        .exits(4)
        .warns("not the clone that made it");
    left.annals(&["ledger", "adopt"]).exits(0);
    left.annals(&["run"]).exits(0).says("executed");
    right.annals(&["run"]).exits(0).says("nothing new");
    assert_eq!(receiver.arrived().len(), 1);
}

#[test]
fn a_remote_that_refuses_the_claim_stops_the_action() {
    let receiver = Receiver::answering("200 OK");
    let desk = ready(&receiver);
    desk.annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    let remote = Desk::bare(&desk);
    let clone = Desk::clone_of(&remote);
    clone.annals(&["ledger", "adopt"]).exits(0);
    remote.write("hooks/pre-receive", "#!/bin/sh\nexit 1\n");
    std::fs::set_permissions(
        remote.folder.join("hooks/pre-receive"),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .expect("a hook");
    clone.annals(&["run"]).exits(4).warns("`git push` failed");
    assert_eq!(
        receiver.arrived().len(),
        0,
        "nothing was done without a claim"
    );
    std::fs::remove_file(remote.folder.join("hooks/pre-receive")).expect("no hook");
    clone.annals(&["run"]).exits(0).says("executed");
    assert_eq!(receiver.arrived().len(), 1);
}

#[test]
fn a_copy_of_a_repository_acts_on_nobody() {
    let receiver = Receiver::answering("200 OK");
    let desk = ready(&receiver);
    desk.annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    desk.git(&["branch", "--quiet", "-D", "annals-ledger"]);
    desk.annals(&["run"])
        .exits(4)
        .warns("is not in this repository");
    desk.git(&["branch", "annals-ledger", "main"]);
    desk.annals(&["run"]).exits(4).warns("another ledger");
    assert_eq!(receiver.arrived().len(), 0);
}

#[test]
fn a_refusal_is_told_and_not_tried_again() {
    let receiver = Receiver::answering("302 Found");
    let desk = ready(&receiver);
    desk.annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    desk.annals(&["run"])
        .exits(3)
        .says("refused with 302")
        .says("1 action (0 skipped, 1 failed)");
    desk.annals(&["run"]).exits(0).says("nothing new");
    assert_eq!(
        receiver.arrived().len(),
        1,
        "a redirect is not followed, a refusal not repeated"
    );
}

#[test]
fn a_secret_that_is_not_set_is_told_by_its_name() {
    let receiver = Receiver::answering("200 OK");
    let mut desk = ready(&receiver);
    desk.variable("HOOK", "");
    desk.annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    desk.annals(&["run"])
        .exits(3)
        .says("the environment variable HOOK is not set");
    let before = desk.git(&["rev-parse", "annals-ledger"]);
    desk.annals(&["run"]).exits(0).warns("waits: failed");
    assert_eq!(
        desk.git(&["rev-parse", "annals-ledger"]),
        before,
        "a reason is written down once"
    );
    desk.variable("HOOK", &receiver.url());
    desk.annals(&["run"]).exits(0).says("executed");
    desk.annals(&["run"]).exits(0).says("nothing new");
    assert_eq!(receiver.arrived().len(), 1);
    let kept = desk.git(&["ls-tree", "-r", "--name-only", "annals-ledger"]);
    for file in ["/1-failed.json", "/2-claimed.json", "/2-executed.json"] {
        assert!(kept.contains(file), "{file} is not in the ledger:\n{kept}");
    }
    assert!(!kept.contains("/1-claimed.json"), "{kept}");
}

#[test]
fn what_never_left_the_machine_is_tried_again_until_it_is_too_old() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = closed.local_addr().expect("an address");
    drop(closed);
    let receiver = Receiver::answering("200 OK");
    let mut desk = ready(&receiver);
    desk.variable("HOOK", &format!("http://{address}/"));
    desk.annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    desk.annals(&["run"]).exits(3).says("failed");
    desk.annals(&["run"]).exits(0).warns("waits: failed");
    let receipts = desk.annals(&["ledger", "--format", "json"]).json();
    assert_eq!(receipts["receipts"][0]["attempt"], 1);
    assert_eq!(receipts["receipts"][0]["unsent"], true);
    desk.variable("HOOK", &receiver.url());
    desk.wait(minutes(2 * 24 * 60));
    desk.annals(&["run"]).exits(0).says("nothing new");
    assert_eq!(receiver.arrived().len(), 0, "it is too old to act");
}

#[test]
fn a_certificate_that_nobody_trusts_is_a_failure_that_is_tried_again() {
    let (url, heard) = crate::receiver::untrusted();
    let receiver = Receiver::answering("200 OK");
    let mut desk = ready(&receiver);
    desk.variable("HOOK", &url);
    desk.annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    desk.annals(&["run"])
        .exits(3)
        .says("failed")
        .says("the host's certificate was not accepted");
    // Its host takes connections, so it is tried anew, and nothing leaves the machine.
    desk.annals(&["run"]).exits(3).says("failed");
    assert_eq!(*heard.lock().expect("the number"), 0);
    let receipts = desk.annals(&["ledger", "--format", "json"]).json();
    assert_eq!(receipts["receipts"][0]["attempt"], 2);
    assert_eq!(receipts["receipts"][0]["unsent"], true);
    desk.variable("HOOK", &receiver.url());
    desk.annals(&["run"]).exits(0).says("executed");
    assert_eq!(receiver.arrived().len(), 1);
}

#[test]
fn old_facts_do_not_act() {
    let receiver = Receiver::answering("200 OK");
    let mut desk = ready(&receiver);
    desk.wait(minutes(3 * 24 * 60));
    desk.annals(&[
        "declare",
        "Long ago",
        "--severity",
        "critical",
        "--at",
        "2026-11-22T07:30:00Z",
    ])
    .exits(0);
    desk.annals(&["run"]).exits(0).says("1 skipped");
    assert_eq!(receiver.arrived().len(), 0);
}

#[test]
fn a_claim_without_an_outcome_is_unknown_and_is_not_acted_upon() {
    let receiver = Receiver::answering("200 OK");
    let mut desk = ready(&receiver);
    desk.annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    desk.annals(&["run"]).exits(0);
    // As if the runner had died after its claim: the ledger without its last commit.
    let claimed = desk.git(&["rev-parse", "annals-ledger~1"]);
    desk.git(&["update-ref", "refs/heads/annals-ledger", &claimed]);
    desk.annals(&["run"])
        .exits(0)
        .warns("under way in another run until")
        .says("nothing new");
    desk.wait(minutes(3))
        .annals(&["run"])
        .exits(3)
        .says("ended before its outcome was known");
    assert_eq!(receiver.arrived().len(), 1);
    let receipts = desk.annals(&["ledger", "--format", "json"]).json();
    assert_eq!(receipts["receipts"][0]["outcome"], "unknown");
    let key = receipts["receipts"][0]["key"]
        .as_str()
        .expect("a key")
        .to_owned();
    desk.annals(&["run"])
        .exits(0)
        .warns(&format!("--retry {key}"));
    assert_eq!(receiver.arrived().len(), 1);
    desk.annals(&["run", "--retry", "nowhere"]).exits(2);
    desk.annals(&["run", "--settle", &key, "perhaps"]).exits(2);
    desk.annals(&["run", "--retry", &key[..9]])
        .exits(0)
        .says("executed");
    assert_eq!(receiver.arrived().len(), 2);
    desk.annals(&["run", "--settle", &key, "executed"])
        .exits(2)
        .warns("is executed");
}

#[test]
fn a_new_rule_says_nothing_about_what_came_before_it() {
    let receiver = Receiver::answering("200 OK");
    let mut desk = ready(&receiver);
    desk.git(&["rm", "--quiet", "automations/tell.yaml"]);
    desk.commit("no rule");
    desk.annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    desk.write("automations/tell.yaml", RULE);
    desk.wait(minutes(1)).commit("a rule again");
    desk.annals(&["plan", "--base", "HEAD~1"]).exits(0);
    desk.annals(&["run"]).exits(0).says("1 event, 0 firings");
    desk.annals(&["update", "late", "--severity", "high"])
        .exits(0);
    desk.annals(&["update", "late", "--severity", "critical"])
        .exits(0);
    desk.annals(&["run"]).exits(0).says("executed");
    assert_eq!(receiver.arrived().len(), 1);
}

#[test]
fn events_have_the_shape_that_prefect_takes() {
    let desk = Desk::ready();
    let id = desk
        .annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0)
        .id();
    desk.annals(&["comment", "late", "Words."]).exits(0);
    desk.annals(&["resolve", "late"]).exits(0);
    let events = desk.annals(&["events", "--format", "json"]).exits(0).json();
    let names: Vec<&str> = events
        .as_array()
        .expect("a bare array")
        .iter()
        .map(|event| event["event"].as_str().expect("a name"))
        .collect();
    assert_eq!(
        names,
        [
            "prefect-cloud.incident.declared",
            "prefect-cloud.incident.comment.added",
            "prefect-cloud.incident.resolved"
        ]
    );
    assert_eq!(
        events[0]["resource"]["prefect.resource.id"],
        format!("prefect-cloud.incident.{id}")
    );
    assert_eq!(events[2]["payload"]["from"], "investigating");
    let again = desk.annals(&["events", "--format", "json"]).out;
    assert_eq!(again, desk.annals(&["events", "--format", "json"]).out);
}

/// A ready repository's bare remote and two clones of it, both with the local branch of
/// the ledger still to be taken from the remote.
fn shared(receiver: &Receiver) -> (Desk, Desk, Desk) {
    let desk = ready(receiver);
    let remote = Desk::bare(&desk);
    let (alice, bob) = (Desk::clone_of(&remote), Desk::clone_of(&remote));
    alice.annals(&["ledger", "adopt"]).exits(0);
    (remote, alice, bob)
}

/// Lets `remote` ask a script before it takes anything.
fn guard(folder: &Desk, hook: &str, script: &str) {
    folder.write(hook, format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(
        folder.folder.join(hook),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .expect("a hook");
}

#[test]
fn what_a_pull_merges_acts_once() {
    let receiver = Receiver::answering("200 OK");
    let (remote, mut alice, mut bob) = shared(&receiver);
    let mut runner = Desk::clone_of(&remote);
    alice
        .wait(minutes(1))
        .annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    bob.wait(minutes(2))
        .annals(&["declare", "Pages are blank", "--severity", "critical"])
        .exits(0);
    bob.git(&["push", "--quiet", "origin", "main"]);
    runner.wait(minutes(3));
    runner.annals(&["run"]).exits(0).says("executed");
    alice.wait(minutes(4));
    alice.git(&["pull", "--quiet", "--no-rebase", "--no-edit"]);
    alice.git(&["push", "--quiet", "origin", "main"]);
    runner.wait(minutes(4));
    runner
        .annals(&["run"])
        .exits(0)
        .says("1 event, 1 firing, 1 action");
    runner.annals(&["run"]).exits(0).says("nothing new");
    let bodies: Vec<String> = receiver.arrived().into_iter().map(|one| one.body).collect();
    assert_eq!(bodies.len(), 2, "{bodies:?}");
    assert!(bodies[0].contains("pages-are-blank") && bodies[1].contains("orders-arrive-late"));
}

#[test]
fn two_runs_at_the_same_moment_act_once() {
    let receiver = Receiver::answering("200 OK");
    let (remote, left, right) = shared(&receiver);
    left.annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    left.git(&["push", "--quiet", "origin", "main"]);
    // Between the claim of the one and its push, the other claims the same, pushes that and
    // acts; only its outcome does not reach the remote in time.
    let hook = "hooks/pre-receive";
    guard(&remote, hook, "[ -e claimed ] && exit 1; touch claimed");
    guard(
        &left,
        ".git/hooks/pre-push",
        &format!(
            "rm .git/hooks/pre-push\nunset $(git rev-parse --local-env-vars)\n\
             {} run --repo {} --now {} >&2 || true",
            env!("CARGO_BIN_EXE_annals"),
            right.folder.display(),
            left.now(),
        ),
    );
    left.annals(&["run"])
        .exits(0)
        .says("nothing new")
        .warns("under way in another run");
    assert_eq!(receiver.arrived().len(), 1);
    std::fs::remove_file(remote.folder.join(hook)).expect("no hook");
    right.annals(&["run"]).exits(0).says("nothing new");
    left.annals(&["run"]).exits(0);
    left.annals(&["ledger"]).exits(0).says("executed");
    assert_eq!(receiver.arrived().len(), 1);
}

#[test]
fn outcomes_that_could_not_be_pushed_are_pushed_by_the_next_run() {
    let receiver = Receiver::answering("200 OK");
    let (remote, left, mut right) = shared(&receiver);
    left.annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    left.git(&["push", "--quiet", "origin", "main"]);
    let hook = "hooks/pre-receive";
    guard(&remote, hook, "[ -e claimed ] && exit 1; touch claimed");
    left.annals(&["run"]).exits(4).says("executed");
    std::fs::remove_file(remote.folder.join(hook)).expect("no hook");
    right.wait(minutes(1));
    right.git(&["pull", "--quiet"]);
    right
        .annals(&["declare", "Pages are blank", "--severity", "critical"])
        .exits(0);
    right.git(&["push", "--quiet", "origin", "main"]);
    right
        .annals(&["run"])
        .exits(0)
        .warns("under way in another run until 2026-11-22T07:0");
    left.annals(&["run"]).exits(0).says("nothing new");
    right.wait(minutes(60)).annals(&["run"]).exits(0);
    let receipts = right.annals(&["ledger"]).exits(0).out;
    assert_eq!(receipts.matches("executed").count(), 2, "{receipts}");
    assert_eq!(receiver.arrived().len(), 2);
}

#[test]
fn what_is_not_pushed_does_not_act() {
    let receiver = Receiver::answering("200 OK");
    let (_remote, alice, bob) = shared(&receiver);
    alice
        .annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    alice
        .annals(&["run"])
        .exits(0)
        .says("nothing new")
        .warns("1 commit of main is not pushed and does not act yet");
    alice.git(&["push", "--quiet", "origin", "main"]);
    bob.git(&["remote", "rename", "origin", "shared"]);
    bob.annals(&["run", "--remote", "shared"])
        .exits(0)
        .says("executed");
    bob.annals(&["run", "--remote", "nowhere"])
        .exits(4)
        .warns("no remote is called `nowhere`");
    assert_eq!(receiver.arrived().len(), 1);
}

#[test]
fn a_branch_that_was_replaced_is_told_once_and_sets_off_nothing() {
    let receiver = Receiver::answering("200 OK");
    let (remote, mut desk, _) = shared(&receiver);
    desk.annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    desk.git(&["push", "--quiet", "origin", "main"]);
    desk.annals(&["run"]).exits(0).says("executed");
    desk.wait(minutes(1));
    desk.git(&["commit", "--quiet", "--amend", "-m", "Said differently"]);
    desk.git(&["push", "--quiet", "--force", "origin", "main"]);
    remote.git(&["reflog", "expire", "--expire=now", "--all"]);
    remote.git(&["gc", "--quiet", "--prune=now"]);
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("fresh").display().to_string();
    let url = format!("file://{}", remote.folder.display());
    desk.git(&["clone", "--quiet", &url, &folder]);
    desk.annals(&["run", "--repo", &folder])
        .exits(0)
        .warns("the record branch was rewritten")
        .says("nothing new");
    let ticks = remote.git(&["grep", "-h", "rewritten", "annals-ledger", "--", "ticks"]);
    assert_eq!(ticks.matches("rewritten").count(), 1, "{ticks}");
    let said = desk.annals(&["run"]).exits(0).says("nothing new");
    assert!(!said.err.contains("rewritten"), "{}", said.err);
    desk.annals(&["declare", "Pages are blank", "--severity", "critical"])
        .exits(0);
    desk.git(&["push", "--quiet", "origin", "main"]);
    desk.annals(&["run"]).exits(0).says("executed");
    assert_eq!(receiver.arrived().len(), 2);
}

#[test]
fn a_fork_acts_on_nobody_until_it_adopts_the_ledger() {
    let receiver = Receiver::answering("200 OK");
    let (remote, desk, _) = shared(&receiver);
    desk.annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    desk.git(&["push", "--quiet", "origin", "main"]);
    desk.annals(&["run"]).exits(0).says("executed");
    let fork = Desk::bare(&remote);
    let theirs = Desk::clone_of(&fork);
    theirs
        .annals(&["declare", "Pages are blank", "--severity", "critical"])
        .exits(0);
    theirs.git(&["push", "--quiet", "origin", "main"]);
    let before = fork.git(&["rev-parse", "annals-ledger"]);
    theirs
        .annals(&["run"])
        .exits(4)
        .warns("annals ledger adopt");
    assert_eq!(fork.git(&["rev-parse", "annals-ledger"]), before);
    assert_eq!(theirs.git(&["branch", "--list", "annals-ledger"]), "");
    assert_eq!(receiver.arrived().len(), 1);
    theirs
        .annals(&["ledger", "adopt"])
        .exits(0)
        .says(&fork.folder.display().to_string());
    theirs.annals(&["run"]).exits(0).says("executed");
    assert_eq!(receiver.arrived().len(), 2);
}

#[test]
fn a_shallow_clone_is_told_and_can_be_mended() {
    let desk = Desk::ready();
    desk.annals(&["declare", "Orders arrive late", "--severity", "high"])
        .exits(0);
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("shallow").display().to_string();
    let url = format!("file://{}", desk.folder.display());
    desk.git(&["clone", "--quiet", "--depth", "1", &url, &folder]);
    desk.annals(&["list", "--repo", &folder])
        .exits(4)
        .warns("git fetch --unshallow");
    desk.git(&["-C", &folder, "fetch", "--quiet", "--unshallow"]);
    desk.annals(&["list", "--repo", &folder])
        .exits(0)
        .says("Orders arrive late");
}

#[test]
fn a_fresh_clone_shows_what_was_done() {
    let receiver = Receiver::answering("200 OK");
    let desk = ready(&receiver);
    desk.annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    desk.annals(&["run"]).exits(0);
    let clone = Desk::clone_of(&desk);
    clone.annals(&["ledger"]).exits(0).says("executed");
    clone.git(&["update-ref", "-d", "refs/remotes/origin/annals-ledger"]);
    clone
        .annals(&["ledger"])
        .exits(4)
        .warns("is not in this repository");
}

#[test]
fn a_ledger_without_its_state_stops_the_run() {
    let receiver = Receiver::answering("200 OK");
    let desk = ready(&receiver);
    desk.git(&["checkout", "--quiet", "annals-ledger"]);
    desk.write("state.json", "{").commit("broken");
    desk.git(&["checkout", "--quiet", "main"]);
    desk.annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    for verb in ["run", "ledger"] {
        desk.annals(&[verb]).exits(4).warns("`state.json`");
    }
    assert_eq!(receiver.arrived().len(), 0);
}

#[test]
fn a_retrospective_that_moves_with_its_incident_is_kept() {
    let desk = Desk::ready();
    let id = desk
        .annals(&["declare", "Orders arrive late", "--severity", "high"])
        .exits(0)
        .id();
    let folder = desk
        .files()
        .into_iter()
        .find(|path| path.ends_with(&format!("{id}.yaml")))
        .and_then(|path| Some(path.rsplit_once('/')?.0.to_owned()))
        .expect("the incident's folder");
    desk.write(&format!("{folder}/{id}/retrospective.md"), "Words.\n")
        .commit("a retrospective");
    let before = desk.git(&["rev-parse", "HEAD"]);
    // A place that comes before the old one in the order of paths.
    std::fs::create_dir_all(desk.folder.join("incidents/0")).expect("a folder");
    desk.git(&["mv", &folder, "incidents/0/moved"]);
    let comment = "at: 2026-11-22T07:30:00Z\nby: Bo\ncomment: It moves.\n";
    desk.write(&format!("incidents/0/moved/{id}/said.yaml"), comment)
        .commit("moved");
    let repository = Repository::discover(&desk.folder).expect("a repository");
    let walk = Walk {
        repository: &repository,
        vocabulary: &Vocabulary::default(),
        after: ObjectId::parse(&before),
        to: repository.resolve("HEAD").expect("a commit"),
        received: None,
        earlier: None,
        scattered: None,
        turns: std::borrow::Cow::default(),
    };
    let landing = walk.landings().expect("landings").next();
    let landing = landing.expect("a landing").expect("it can be read");
    let incident = &landing.appended[0].incident;
    assert_eq!(incident.id.as_str(), id);
    assert!(incident.retrospective.is_some(), "it is lost on the way");
}

#[test]
fn automations_that_cannot_be_read_are_told_after_acting() {
    let receiver = Receiver::answering("200 OK");
    let desk = ready(&receiver);
    desk.write("automations/bytes.yaml", [0xff, 0xfe, b'\n']);
    std::os::unix::fs::symlink("tell.yaml", desk.folder.join("automations/link.yaml"))
        .expect("a link");
    desk.commit("rules that are no text");
    desk.annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    for words in ["not UTF-8", "symbolic link"] {
        desk.annals(&["check"]).exits(1).warns(words);
        desk.annals(&["plan", "--base", "HEAD~1"])
            .exits(1)
            .says(words);
    }
    let said = desk.annals(&["run", "--format", "json"]).exits(1).json();
    assert_eq!(said["receipts"][0]["outcome"], "executed");
    assert_eq!(said["diagnostics"].as_array().map(Vec::len), Some(2));
    assert_eq!(receiver.arrived().len(), 1);
}

/// Ways in which somebody breaks the file of an automation.
fn broken() -> [String; 4] {
    [
        RULE.replace("name: Page", "name: [Page"),
        RULE.replace("threshold: 1", "threshold: one"),
        format!("<<<<<<< ours\n{RULE}=======\n>>>>>>> theirs\n"),
        RULE.replace("type: event", "type: events"),
    ]
}

#[test]
fn an_automation_whose_file_is_broken_for_a_while_loses_no_action() {
    for rule in broken() {
        let receiver = Receiver::answering("200 OK");
        let mut desk = ready(&receiver);
        desk.write("automations/tell.yaml", rule).commit("oops");
        desk.wait(minutes(1));
        desk.annals(&["declare", "One", "--severity", "critical"])
            .exits(0);
        desk.wait(minutes(1));
        desk.write("automations/tell.yaml", RULE).commit("mended");
        desk.annals(&["plan", "--base", "HEAD~3"])
            .exits(0)
            .says("1 action would be carried out");
        desk.annals(&["run"]).exits(0).says("executed");
        assert_eq!(receiver.arrived().len(), 1);
    }
}

#[test]
fn an_automation_whose_file_is_broken_acts_as_it_was_last_read() {
    for rule in broken() {
        let receiver = Receiver::answering("200 OK");
        let mut desk = ready(&receiver);
        desk.write("automations/tell.yaml", rule).commit("oops");
        desk.annals(&["run"]).exits(1);
        desk.wait(minutes(1));
        desk.annals(&["declare", "One", "--severity", "critical"])
            .exits(0);
        // The file was broken before what this run takes in: it is read from where it was whole.
        desk.annals(&["run"]).exits(1).says("executed");
        desk.wait(minutes(1));
        desk.write("automations/tell.yaml", RULE).commit("mended");
        desk.annals(&["declare", "Two", "--severity", "critical"])
            .exits(0);
        desk.annals(&["run"]).exits(0).says("executed");
        assert_eq!(receiver.arrived().len(), 2);
        // What is deleted is gone.
        desk.git(&["rm", "--quiet", "automations/tell.yaml"]);
        desk.commit("no rule");
        desk.wait(minutes(1));
        desk.annals(&["declare", "Three", "--severity", "critical"])
            .exits(0);
        desk.annals(&["run"]).exits(0);
        assert_eq!(receiver.arrived().len(), 2);
    }
}
