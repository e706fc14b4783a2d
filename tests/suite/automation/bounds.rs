//! What a run does not do: more than was allowed, and what it cannot; all else goes on.

use crate::desk::{Desk, minutes};
use crate::receiver::Receiver;

/// A ready repository with these automations and `annals.yaml` with these lines at its end.
fn ready(receiver: &Receiver, rules: &str, more: &str) -> Desk {
    let mut desk = Desk::ready();
    let settings = desk.read("annals.yaml").replace(
        "environment:\n",
        "environment:\n  HOOK: {use: url, hosts: [127.0.0.1], allow_private: true}\n",
    );
    desk.write("annals.yaml", settings + more)
        .write("automations/rules.yaml", rules);
    desk.wait(minutes(1)).commit("rules");
    desk.annals(&["run"]).exits(0);
    desk.variable("HOOK", &receiver.url());
    desk.wait(minutes(1));
    desk
}

const DECLARED: &str = "trigger: {type: event, expect: [incident.declared], posture: Reactive, threshold: 1, within: 0}\n";

#[test]
fn one_run_sends_no_more_to_a_target_than_the_policy_allows() {
    let receiver = Receiver::answering("200 OK");
    let rule = format!(
        "name: hook\n{DECLARED}actions: [{{type: call-webhook, url: \"${{HOOK}}\", payload: \"{{{{ incident.title }}}}\"}}]\n"
    );
    let desk = ready(&receiver, &rule, "policy: {max-actions: 3}\n");
    for number in 1..=5 {
        let title = format!("Orders {number}");
        desk.annals(&["declare", &title, "--severity", "high"])
            .exits(0);
    }
    let said = desk
        .annals(&["run"])
        .exits(3)
        .warns("warning: 2 actions on HOOK not sent, for `policy.max-actions`");
    assert_eq!(said.err.matches("not sent").count(), 1, "{}", said.err);
    assert_eq!(receiver.arrived().len(), 3);
    desk.annals(&["run"]).exits(0).says("nothing new");
    let ledger = desk.annals(&["ledger", "--format", "json"]).exits(0).json();
    let receipts = ledger["receipts"].as_array().expect("a list").iter();
    let limited: Vec<&str> = receipts
        .filter(|receipt| receipt["outcome"] == "skipped")
        .map(|receipt| {
            let answer = receipt["answer"].as_str().expect("an answer");
            assert!(
                answer.starts_with("limit: more than 3 actions in one run"),
                "{answer}"
            );
            receipt["key"].as_str().expect("a key")
        })
        .collect();
    assert_eq!(limited.len(), 2, "none is lost");
    desk.annals(&["run", "--retry", limited[0], "--retry", limited[1]])
        .exits(0)
        .says("executed");
    let mut bodies: Vec<String> = receiver.arrived().into_iter().map(|one| one.body).collect();
    bodies.sort();
    assert_eq!(
        bodies,
        (1..=5)
            .map(|number| format!("Orders {number}"))
            .collect::<Vec<_>>()
    );
    desk.annals(&["run", "--retry", limited[0]])
        .exits(2)
        .warns("is executed");
}

#[test]
fn an_action_that_is_not_possible_fails_by_itself() {
    let receiver = Receiver::answering("200 OK");
    let rule = format!(
        "name: hook\n{DECLARED}actions:\n\
         - {{type: pause-work-pool, work_pool: k8s}}\n\
         - {{type: call-webhok, url: \"https://example.com\"}}\n\
         - {{type: call-webhook, url: \"${{HOOK}}\", payload: x}}\n"
    );
    let desk = ready(&receiver, &rule, "");
    desk.annals(&["check"])
        .exits(0)
        .warns("warning[unsupported-action]: this version cannot carry out `pause-work-pool` yet")
        .warns("`call-webhok` is no action that this version knows");
    desk.annals(&["declare", "Orders", "--severity", "high"])
        .exits(0);
    desk.annals(&["plan", "--base", "HEAD~1"])
        .exits(0)
        .says("→ pause-work-pool would fail: not possible in this version")
        .says("→ call-webhook ${HOOK} would be sent");
    desk.annals(&["run"])
        .exits(3)
        .says("failed   pause-work-pool")
        .says("failed   call-webhok")
        .says("executed call-webhook HOOK")
        .says("3 actions (0 skipped, 2 failed)");
    assert_eq!(receiver.arrived().len(), 1);
    desk.annals(&["run"]).exits(0).says("nothing new");
    let settings = desk.read("annals.yaml") + "checks: {unsupported-action: off}\n";
    desk.write("annals.yaml", settings).commit("it is known");
    // A plan goes by the settings of its base: no change silences what is said of it.
    for verb in [&["check"][..], &["plan", "--base", "HEAD"], &["run"]] {
        let said = desk.annals(verb).exits(0);
        let all = said.out + &said.err;
        assert!(!all.contains("unsupported-action"), "{verb:?}: {all}");
    }
}

#[test]
fn a_payload_is_told_text_by_text_and_each_once() {
    let receiver = Receiver::answering("200 OK");
    let breaks = "{\"t\": \"{{ incident.title }}\"}";
    let rule = format!(
        "name: hook\n{DECLARED}actions:\n- type: call-webhook\n  url: \"${{HOOK}}\"\n  payload:\n    one: '{breaks}'\n    two: '{breaks}'\n"
    );
    let desk = ready(&receiver, &rule, "");
    desk.annals(&["declare", "Orders", "--severity", "high"])
        .exits(0);
    let plan = desk.annals(&["plan", "--base", "HEAD~1"]).exits(0).out;
    let lines: Vec<&str> = plan
        .lines()
        .filter(|line| line.contains("unescaped-payload"))
        .collect();
    let places: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.split(": ").next())
        .collect();
    assert_eq!(
        places,
        [
            "  automations/rules.yaml:7:10",
            "  automations/rules.yaml:8:10"
        ],
        "{plan}"
    );
}

#[test]
fn no_title_decides_what_kind_of_bytes_is_sent() {
    for (payload, title, content) in [
        (
            "{{ incident.title }}",
            r#"{"admin": true}"#,
            "text/plain; charset=utf-8",
        ),
        (
            "late: {{ incident.title }}",
            "Orders",
            "text/plain; charset=utf-8",
        ),
        (
            "{{ incident.title | json_encode }}",
            "Orders",
            "application/json",
        ),
        (
            r#"{"t": "{{ incident.title }}"}"#,
            r#"a" b"#,
            "application/json",
        ),
        ("7", "Orders", "application/json"),
    ] {
        let receiver = Receiver::answering("200 OK");
        let rule = format!(
            "name: hook\n{DECLARED}actions: [{{type: call-webhook, url: \"${{HOOK}}\", payload: '{payload}'}}]\n"
        );
        let desk = ready(&receiver, &rule, "");
        desk.annals(&["declare", title, "--severity", "high"])
            .exits(0);
        desk.annals(&["run"]).exits(0).says("executed");
        let arrived = receiver.arrived();
        let header = format!("content-type: {content}");
        assert!(
            arrived[0].headers.contains(&header),
            "{payload}: {}",
            arrived[0].headers
        );
    }
}
