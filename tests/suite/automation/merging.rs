//! A plan before two branches are merged, and a replay after it, tell the same.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::desk::{Desk, minutes};

const RULES: &str = r#"
- name: Every comment
  trigger: {type: event, posture: Reactive, expect: [incident.comment.added]}
  actions: &hook
    - {type: call-webhook, url: "${INCIDENT_HOOK}", payload: "{{ incident.title }}"}
- name: Two comments in an hour
  trigger: {type: event, posture: Reactive, expect: [incident.comment.added],
    for_each: [prefect.resource.id], threshold: 2, within: 3600}
  actions: *hook
- name: A declaration and two comments
  trigger:
    type: sequence
    within: null
    triggers:
      - {type: event, posture: Reactive, expect: [incident.declared]}
      - {type: event, posture: Reactive, expect: [incident.comment.added], threshold: 2, within: 7200}
  actions: *hook
"#;

/// Two branches that went apart: `main`, and `wording` with comments on the same incident.
fn apart() -> Desk {
    let mut desk = Desk::ready();
    desk.write("automations/rules.yaml", RULES).commit("Rules");
    desk.wait(minutes(1));
    let declare = ["declare", "Orders late", "--severity", "high"];
    let id = desk.annals(&declare).exits(0).id();
    desk.wait(minutes(5))
        .annals(&["comment", &id, "One."])
        .exits(0);
    desk.git(&["checkout", "-q", "-b", "wording"]);
    desk.wait(minutes(5))
        .annals(&["comment", &id, "Two."])
        .exits(0);
    desk.wait(minutes(5))
        .annals(&["comment", &id, "Three."])
        .exits(0);
    desk.git(&["checkout", "-q", "main"]);
    let other = ["declare", "Reports empty", "--severity", "low"];
    desk.wait(minutes(5)).annals(&other).exits(0);
    desk.wait(minutes(5));
    desk
}

/// The keys of the actions of each firing, by its id.
fn keys(firings: &Json, key: impl Fn(&Json) -> &Json) -> BTreeMap<String, Vec<String>> {
    let text = |value: &Json| value.as_str().expect("a text").to_owned();
    let firings = firings.as_array().expect("firings").iter();
    let of = |firing: &Json| {
        let actions = firing["actions"].as_array().expect("actions").iter();
        (
            text(&firing["id"]),
            actions.map(|action| text(key(action))).collect(),
        )
    };
    firings.map(of).collect()
}

#[test]
fn the_plan_before_a_merge_and_the_replay_after_it_have_the_same_keys() {
    let mut desk = apart();
    let plan = [
        "plan", "--base", "main", "--head", "wording", "--format", "json",
    ];
    let planned = desk.annals(&plan).exits(0).json();
    let planned = keys(&planned["firings"], |action| &action["key"]);
    assert_eq!(
        planned.len(),
        4,
        "two comments, two in an hour, and the sequence"
    );
    let before = desk.git(&["rev-parse", "main"]);
    desk.wait(minutes(10));
    desk.git(&["merge", "-q", "--no-ff", "-m", "Merge", "wording"]);
    let replay = [
        "replay",
        "--since",
        before.trim(),
        "--firings",
        "--format",
        "json",
    ];
    let replayed = desk.annals(&replay).exits(0).json();
    let replayed = keys(&replayed["replays"][0]["firings"], |key| key);
    assert_eq!(planned, replayed);
}

#[test]
fn a_plan_is_the_same_bytes_wherever_it_is_made() {
    let mut desk = apart();
    for format in ["text", "markdown", "json"] {
        let plan = [
            "plan", "--base", "main", "--head", "wording", "--format", format,
        ];
        let here = desk.annals(&plan).exits(0).out;
        desk.variable("TZ", "Pacific/Auckland")
            .variable("LC_ALL", "tr_TR.UTF-8")
            .variable("LANG", "tr_TR.UTF-8")
            .variable("INCIDENT_HOOK", "https://example.com/secret");
        let there = desk.annals(&plan).exits(0).out;
        assert_eq!(here, there);
        assert!(!there.contains("secret"));
        let home = desk.folder.display().to_string();
        let elsewhere = desk.variable("HOME", &home).annals(&plan).exits(0).out;
        assert_eq!(here, elsewhere);
    }
}

#[test]
fn a_plan_says_first_what_a_change_lets_rules_do_and_what_they_would_have_done() {
    let mut desk = apart();
    desk.git(&["checkout", "-q", "-b", "rules"]);
    let settings = desk.read("annals.yaml");
    let wider = settings.replace(
        "environment:",
        "environment:\n  OTHER: {use: url, hosts: [example.org]}",
    );
    desk.write("annals.yaml", wider).write(
        "automations/severe.yaml",
        "name: Anything severe\ntrigger: {type: event, posture: Reactive, expect: [incident.declared], \
         match: {incident.severity: [critical, high]}}\nactions: []\n",
    );
    desk.wait(minutes(1)).commit("Listen to more");
    let plan = desk.annals(&["plan", "--base", "main"]).exits(0).out;
    let places = [
        "`environment` OTHER is new",
        "Anything severe (automations/severe.yaml) is new",
        "Anything severe would have fired once on the record so far, on 1 incident",
    ];
    let places = places.map(|words| {
        plan.find(words)
            .unwrap_or_else(|| panic!("{words} in {plan}"))
    });
    assert!(places.is_sorted(), "{plan}");
    desk.git(&["branch", "-D", "annals-ledger"]);
    desk.git(&["checkout", "-q", "main"]);
    desk.annals(&["plan", "--base", "main", "--head", "wording"])
        .exits(0)
        .says("Receipts are not available here");
}

#[test]
fn a_plan_says_what_was_done_already() {
    let mut desk = apart();
    let before = desk.git(&["rev-parse", "main~2"]);
    desk.annals(&["run"])
        .exits(3)
        .says("INCIDENT_HOOK is not set");
    desk.wait(minutes(1));
    desk.annals(&["plan", "--base", before.trim(), "--head", "main"])
        .exits(0)
        .says("has failed already");
}
