//! From a commit to an action and a page.

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
        "claimed.json",
        "executed.json",
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
    desk.annals(&["run"]).exits(3).says("refused with 302");
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
    let desk = ready(&receiver);
    desk.annals(&["declare", "Orders arrive late", "--severity", "critical"])
        .exits(0);
    desk.annals(&["run"]).exits(0);
    // As if the runner had died after its claim: the ledger without its last commit.
    let claimed = desk.git(&["rev-parse", "annals-ledger~1"]);
    desk.git(&["update-ref", "refs/heads/annals-ledger", &claimed]);
    desk.annals(&["run"])
        .exits(3)
        .warns("ended before its outcome was known");
    assert_eq!(receiver.arrived().len(), 1);
    assert_eq!(
        desk.annals(&["ledger", "--format", "json"]).json()["receipts"][0]["outcome"],
        "unknown"
    );
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
