//! What an engine of another version remembers is not continued: it is made anew from what
//! the ticks of the ledger took in, and nothing acts twice.

use serde_json::{Value as Json, json};

use crate::desk::{Desk, minutes};
use crate::receiver::Receiver;

const RULES: &str = r#"automations:
  - name: Page
    trigger: {type: event, expect: [incident.declared], posture: Reactive, threshold: 1, within: 0}
    actions: [{type: call-webhook, url: "${HOOK}", payload: "page {{ incident.title }}"}]
  - name: Nobody says a word
    trigger:
      type: event
      after: [incident.declared]
      expect: [incident.comment.added]
      for_each: [prefect.resource.id]
      posture: Proactive
      within: 1800
    actions: [{type: call-webhook, url: "${HOOK}", payload: "silence {{ incident.title }}"}]
"#;

/// A desk at which an incident was declared and acted upon, with a wait that goes on.
fn waiting(receiver: &Receiver) -> Desk {
    let mut desk = Desk::ready();
    let settings = desk.read("annals.yaml").replace(
        "environment:\n",
        "environment:\n  HOOK: {use: url, hosts: [127.0.0.1], allow_private: true}\n",
    );
    desk.write("annals.yaml", settings)
        .write("automations/rules.yaml", RULES);
    desk.wait(minutes(1)).commit("rules");
    desk.variable("HOOK", &receiver.url());
    for title in ["Orders late", "Reports empty"] {
        desk.wait(minutes(1))
            .annals(&["declare", title, "--severity", "high"])
            .exits(0);
        desk.annals(&["run"]).exits(0).says("executed");
    }
    desk
}

/// The ledger's state, changed by hand.
fn change(desk: &Desk, change: impl FnOnce(&mut Json)) {
    let said = desk.git(&["show", "annals-ledger:state.json"]);
    let mut state: Json = serde_json::from_str(&said).expect("JSON");
    change(&mut state);
    desk.git(&["checkout", "--quiet", "annals-ledger"]);
    desk.write("state.json", state.to_string())
        .commit("changed");
    desk.git(&["checkout", "--quiet", "main"]);
}

fn state(desk: &Desk) -> Json {
    let said = desk.git(&["show", "annals-ledger:state.json"]);
    serde_json::from_str(&said).expect("JSON")
}

fn bodies(receiver: &Receiver) -> Vec<String> {
    receiver.arrived().into_iter().map(|one| one.body).collect()
}

#[test]
fn a_state_of_another_version_is_rebuilt_and_what_is_open_stays_open() {
    let receiver = Receiver::answering("202 Accepted");
    let mut desk = waiting(&receiver);
    let before = state(&desk);
    assert_eq!(
        (&before["semantics"], &before["tick"]),
        (&json!(3), &json!(2))
    );
    // What another version remembers may be anything.
    change(&desk, |state| {
        state["semantics"] = json!(2);
        state["engine"] = json!({"windows": ["of another shape"]});
    });
    // A plan is made by the rebuilt state as well.
    desk.annals(&["plan", "--base", "HEAD"]).exits(0);
    let said = desk.annals(&["run"]).exits(0).says("0 firings, 0 actions");
    let line = "the engine's state is of version 2 of the semantics and this is version 3: \
                it was rebuilt from 2 ticks; nothing of that acts again";
    assert_eq!(said.err.matches(line).count(), 1, "{}", said.err);
    assert_eq!(
        state(&desk)["engine"],
        before["engine"],
        "as if it had always been version 3"
    );
    assert_eq!(
        bodies(&receiver),
        ["page Orders late", "page Reports empty"]
    );
    let said = desk.annals(&["run"]).exits(0).says("nothing new");
    assert!(!said.err.contains("rebuilt"), "told once: {}", said.err);
    desk.wait(minutes(40))
        .annals(&["run"])
        .exits(0)
        .says("2 firings");
    assert_eq!(
        bodies(&receiver)[2..],
        ["silence Orders late", "silence Reports empty"]
    );
}

#[test]
fn a_state_that_does_not_name_its_version_is_rebuilt_too() {
    let receiver = Receiver::answering("202 Accepted");
    let mut desk = waiting(&receiver);
    let before = state(&desk);
    change(&desk, |state| {
        state
            .as_object_mut()
            .expect("an object")
            .remove("semantics");
        state["engine"] = json!(null);
    });
    desk.wait(minutes(1));
    desk.annals(&["declare", "Pages blank", "--severity", "high"])
        .exits(0);
    desk.annals(&["run"])
        .exits(0)
        .warns("the engine's state is of no version")
        .says("executed");
    assert_ne!(state(&desk)["engine"], before["engine"]);
    assert_eq!(bodies(&receiver).len(), 3);
}

#[test]
fn a_state_of_this_version_that_cannot_be_read_is_never_an_empty_one() {
    let receiver = Receiver::answering("202 Accepted");
    let desk = waiting(&receiver);
    for engine in [
        json!(null),
        json!({}),
        json!({"engine": {}, "facts": {}, "events": {}}),
        json!(7),
    ] {
        change(&desk, |state| state["engine"] = engine);
        for verb in [&["run"][..], &["plan", "--base", "HEAD"]] {
            desk.annals(verb)
                .exits(4)
                .warns("what the engine remembers");
        }
    }
    assert_eq!(bodies(&receiver).len(), 2);
}

#[test]
fn ticks_that_do_not_follow_upon_one_another_are_no_past() {
    let receiver = Receiver::answering("202 Accepted");
    let desk = waiting(&receiver);
    change(&desk, |state| state["semantics"] = json!(2));
    desk.git(&["checkout", "--quiet", "annals-ledger"]);
    desk.git(&["rm", "--quiet", "ticks/2026/11/000002.json"]);
    desk.commit("one less");
    desk.git(&["checkout", "--quiet", "main"]);
    desk.annals(&["run"])
        .exits(4)
        .warns("the ticks of the ledger do not lead from");
    assert_eq!(bodies(&receiver).len(), 2);
}

#[test]
fn ticks_of_before_a_rewritten_branch_are_let_go_where_it_is_not_kept() {
    let receiver = Receiver::answering("202 Accepted");
    let mut desk = waiting(&receiver);
    desk.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    desk.git(&["reflog", "expire", "--expire=now", "--all"]);
    desk.git(&["gc", "--quiet", "--prune=now"]);
    desk.annals(&["run"]).exits(0).warns("was rewritten");
    desk.annals(&["declare", "Pages blank", "--severity", "high"])
        .exits(0);
    desk.annals(&["run"]).exits(0).says("executed");
    change(&desk, |state| state["semantics"] = json!(2));
    desk.annals(&["run"])
        .exits(0)
        .warns("from 1 tick and begins at ")
        .says("0 actions");
    desk.wait(minutes(40))
        .annals(&["run"])
        .exits(0)
        .says("executed");
    assert_eq!(
        bodies(&receiver).last().expect("one"),
        "silence Pages blank"
    );
}

#[test]
fn ticks_are_numbered_one_by_one_and_none_is_overwritten() {
    let receiver = Receiver::answering("202 Accepted");
    let desk = waiting(&receiver);
    let second = desk.git(&["show", "annals-ledger:ticks/2026/11/000002.json"]);
    // As if somebody had put an older state back by hand.
    change(&desk, |state| state["tick"] = json!(1));
    desk.annals(&["declare", "Pages blank", "--severity", "high"])
        .exits(0);
    desk.annals(&["run"]).exits(0).says("executed");
    assert_eq!(
        desk.git(&["show", "annals-ledger:ticks/2026/11/000002.json"]),
        second
    );
    assert_eq!(
        state(&desk)["tick"],
        3,
        "the state names the tick that wrote it"
    );
    let third = desk.git(&["show", "annals-ledger:ticks/2026/11/000003.json"]);
    let third: Json = serde_json::from_str(&third).expect("JSON");
    assert_eq!(
        (&third["number"], &third["semantics"]),
        (&json!(3), &json!(3))
    );
    let subject = desk.git(&["log", "--format=%s", "annals-ledger"]);
    assert!(subject.contains("annals: tick 3"), "{subject}");
}

#[test]
fn what_a_replay_left_names_the_version_as_well() {
    let receiver = Receiver::answering("202 Accepted");
    let mut desk = waiting(&receiver);
    let replay = ["replay", "--state", "left.json", "--format", "json"];
    desk.annals(&replay).exits(0);
    let first = desk.read("left.json");
    let mut left: Json = serde_json::from_str(&first).expect("JSON");
    assert_eq!(left["semantics"], 3);
    left["semantics"] = json!(2);
    left["state"] = json!("of another shape");
    desk.wait(minutes(40));
    desk.annals(&replay).exits(0);
    let (second, later) = (desk.read("left.json"), desk.annals(&replay).exits(0).json());
    assert_eq!(later["replays"][0]["fired"], 0);
    desk.write("left.json", left.to_string());
    let said = desk
        .annals(&replay)
        .exits(0)
        .warns("is of version 2 of the semantics and this is version 3");
    assert_eq!(
        said.json()["replays"][0]["fired"],
        2,
        "only what came since"
    );
    assert_eq!(desk.read("left.json"), second);
    left["semantics"] = json!(3);
    desk.write("left.json", left.to_string());
    desk.annals(&replay)
        .exits(2)
        .warns("is no state of a replay");
}
