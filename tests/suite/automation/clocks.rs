//! Clocks that are wrong, and runs that come after a gap: nothing is silenced, and nobody is
//! called a thousand times.

use crate::desk::{Desk, minutes};
use crate::receiver::Receiver;

const RULE: &str = r#"name: hook
trigger: {type: event, expect: [incident.updated.severity], posture: Reactive, threshold: 1, within: 0}
actions: [{type: call-webhook, url: "${HOOK}", payload: {id: "{{ incident.id }}"}}]
"#;

/// A ready repository with one rule that calls `receiver`, and an incident.
fn ready(receiver: &Receiver, rule: &str) -> Desk {
    let mut desk = Desk::ready();
    let settings = desk.read("annals.yaml").replace(
        "environment:\n",
        "environment:\n  HOOK: {use: url, hosts: [127.0.0.1], allow_private: true}\n",
    );
    desk.write("annals.yaml", settings)
        .write("automations/hook.yaml", rule);
    desk.wait(minutes(1)).commit("a rule");
    desk.variable("HOOK", &receiver.url());
    desk.annals(&["declare", "Orders", "--severity", "high"])
        .exits(0);
    desk.annals(&["run"]).exits(0);
    desk
}

/// A commit that says nothing, at a date of its own.
fn dated(desk: &mut Desk, date: &str) {
    desk.variable("GIT_COMMITTER_DATE", date);
    desk.git(&["commit", "--quiet", "--allow-empty", "-m", "notes"]);
    desk.variable(
        "GIT_COMMITTER_DATE",
        &format!("{} +0000", desk.now().seconds()),
    );
}

#[test]
fn no_date_of_a_commit_silences_what_comes_after_it() {
    for date in [
        "2035-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "@4102444800 +0000",
        "2099-12-31T23:59:59Z",
    ] {
        let receiver = Receiver::answering("200 OK");
        let mut desk = ready(&receiver, RULE);
        desk.wait(minutes(1));
        dated(&mut desk, date);
        for (number, severity) in ["critical", "high", "critical"].into_iter().enumerate() {
            desk.wait(minutes(1));
            let now = format!("{} +0000", desk.now().seconds());
            desk.variable("GIT_COMMITTER_DATE", &now);
            desk.annals(&["update", "orders", "--severity", severity])
                .exits(0);
            desk.annals(&["run"])
                .exits(0)
                .says("executed call-webhook HOOK");
            assert_eq!(receiver.arrived().len(), number + 1, "{date}");
        }
        let shown = desk.annals(&["show", "orders"]).exits(0);
        assert!(
            !shown.out.contains("2035") && !shown.out.contains("2099"),
            "{}",
            shown.out
        );
        let stats = desk.annals(&["stats", "--format", "json"]).exits(0).out;
        assert!(
            !stats.contains("2035") && !stats.contains("years"),
            "{stats}"
        );
    }
}

#[test]
fn what_a_commit_dated_ahead_says_acts_as_of_the_commit_before_it() {
    let receiver = Receiver::answering("200 OK");
    let mut desk = ready(&receiver, RULE);
    desk.wait(minutes(1));
    desk.annals(&["update", "orders", "--severity", "critical", "--no-commit"])
        .exits(0);
    desk.git(&["add", "--all"]);
    dated(&mut desk, "2035-01-01T00:00:00Z");
    desk.annals(&["run"])
        .exits(0)
        .says("executed call-webhook HOOK");
    let ledger = desk.annals(&["ledger", "--format", "json"]).exits(0).json();
    let fired = ledger["receipts"][0]["fired_at"].to_string();
    assert!(fired.starts_with("\"2026-11-22T07:01"), "{fired}");
}

#[test]
fn a_history_that_begins_ahead_of_the_present_is_no_flood() {
    let receiver = Receiver::answering("200 OK");
    let mut desk = Desk::new();
    desk.write("notes.txt", "x").git(&["add", "--all"]);
    dated(&mut desk, "2035-01-01T00:00:00Z");
    desk.annals(&["init"]).exits(0);
    desk.write(
        "automations/quiet.yaml",
        "name: quiet\ntrigger: {type: event, expect: [incident.comment.added], posture: Proactive, within: 3600}\n\
         actions: []\n",
    );
    desk.wait(minutes(1)).commit("a rule");
    desk.wait(minutes(120));
    let fired = desk.annals(&["replay", "--format", "json"]).exits(0).json();
    let fired = fired["replays"][0]["fired"]
        .as_u64()
        .or(fired["fired"].as_u64());
    assert!(fired.is_some_and(|fired| fired < 10), "{fired:?}");
    assert_eq!(receiver.arrived().len(), 0);
}

#[test]
fn a_run_whose_clock_is_behind_says_so_and_acts_on_what_events_cause() {
    let receiver = Receiver::answering("200 OK");
    let mut desk = ready(&receiver, RULE);
    desk.annals(&["update", "orders", "--severity", "critical"])
        .exits(0);
    // Without a remote this is a simulation, and allowed.
    let mut ahead = desk.command(env!("CARGO_BIN_EXE_annals"));
    let said = ahead
        .args(["run", "--now", "2035-01-01T00:00:00Z"])
        .output()
        .expect("a run");
    assert_eq!(said.status.code(), Some(0), "{said:?}");
    desk.wait(minutes(5));
    desk.annals(&["update", "orders", "--severity", "high"])
        .exits(0);
    desk.annals(&["run"])
        .exits(0)
        .warns("the clock is behind the last tick")
        .says("executed call-webhook HOOK");
}

#[test]
fn a_clock_that_is_behind_moves_no_time_and_closes_no_window() {
    let rule = "name: silence\n\
        trigger: {type: event, after: [incident.updated.severity], expect: [incident.comment.added], \
        for_each: [prefect.resource.id], posture: Proactive, within: 1800}\n\
        actions: [{type: call-webhook, url: \"${HOOK}\", payload: x}]\n";
    let receiver = Receiver::answering("200 OK");
    let mut desk = ready(&receiver, rule);
    desk.annals(&["update", "orders", "--severity", "critical"])
        .exits(0);
    desk.wait(minutes(20)).annals(&["run"]).exits(0);
    let state = |desk: &Desk| -> serde_json::Value {
        let said = desk.git(&["show", "annals-ledger:state.json"]);
        serde_json::from_str(&said).expect("JSON")
    };
    let before = state(&desk);
    // Another runner's clock: it takes in what is new, and time stands still.
    desk.wait(minutes(-15));
    desk.write(
        "incidents/2026/11/pages.yaml",
        "title: Pages\nseverity: low\ndeclared_at: 2026-11-22T07:05:00Z\ndeclared_by: Bo\n",
    )
    .commit("declared");
    desk.annals(&["run"])
        .exits(0)
        .warns("the clock is behind the last tick")
        .says("1 event, 0 firings");
    let after = state(&desk);
    assert_eq!(after["tick"], 3);
    assert_eq!(after["now"], before["now"]);
    assert_eq!(
        after["engine"]["engine"]["passed"],
        before["engine"]["engine"]["passed"]
    );
    desk.wait(minutes(40))
        .annals(&["run"])
        .exits(0)
        .says("executed");
    assert_eq!(receiver.arrived().len(), 1);
}

#[test]
fn of_what_time_alone_caused_the_last_acts_and_the_others_have_one_receipt() {
    let rule = "name: quiet\n\
        trigger: {type: event, expect: [incident.comment.added], posture: Proactive, threshold: 1, within: 10}\n\
        actions: [{type: call-webhook, url: \"${HOOK}\", payload: x}]\n";
    let receiver = Receiver::answering("200 OK");
    let mut desk = ready(&receiver, rule);
    let before = receiver.arrived().len();
    desk.wait(minutes(60 * 24));
    desk.annals(&["run"]).exits(0);
    assert_eq!(receiver.arrived().len() - before, 1, "the last one acts");
    let ledger = desk.annals(&["ledger", "--format", "json"]).exits(0).json();
    let receipts = ledger["receipts"].as_array().expect("a list");
    let coalesced: Vec<&str> = receipts
        .iter()
        .filter_map(|receipt| {
            receipt["answer"]
                .as_str()
                .filter(|answer| answer.contains("coalesced"))
        })
        .collect();
    assert_eq!(coalesced.len(), 1, "{receipts:?}");
    let number: u64 = coalesced[0]
        .split_whitespace()
        .nth(1)
        .expect("a number")
        .parse()
        .expect("one");
    assert!(number > 4_000, "{}", coalesced[0]);
    let replay = desk.annals(&["replay", "--format", "json"]).exits(0).out;
    assert!(replay.contains("\"fired\""), "{replay:.300}");
}

/// A rule that fires on each event when it is received.
const ANY: &str = "name: any\ntrigger: {type: event, expect: [incident.*], posture: Reactive, threshold: 1, within: 0}\n\
    actions: []\n";

fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n  ")
}

/// When each event was received, as a replay tells it, and when each entry was recorded.
fn received(desk: &Desk) -> (Vec<String>, String) {
    let replay = ["replay", "--firings", "--format", "json"];
    let replay = desk.annals(&replay).exits(0).json();
    let firings = replay["replays"][0]["firings"]
        .as_array()
        .expect("a list")
        .iter();
    let received = firings.map(|firing| format!("{} {}", firing["id"], firing["time"]));
    let shown = desk
        .annals(&["data", "orders", "--format", "json"])
        .exits(0)
        .json();
    let mut recorded: Vec<String> = Vec::new();
    gather(&shown, &mut recorded);
    assert!(!recorded.is_empty(), "{shown}");
    (received.collect(), recorded.join(" "))
}

/// Every `recorded.at` of a value, in its order.
fn gather(said: &serde_json::Value, found: &mut Vec<String>) {
    if let Some(at) = said.pointer("/recorded/at") {
        found.push(at.to_string());
    }
    let inside: Vec<&serde_json::Value> = match said {
        serde_json::Value::Array(all) => all.iter().collect(),
        serde_json::Value::Object(all) => all.values().collect(),
        _ => Vec::new(),
    };
    inside.into_iter().for_each(|said| gather(said, found));
}

#[test]
fn what_a_tick_took_in_keeps_its_landing_for_ever() {
    let receiver = Receiver::answering("200 OK");
    let mut desk = ready(
        &receiver,
        &format!("automations:\n- {}\n- {}", indented(RULE), indented(ANY)),
    );
    desk.wait(minutes(1));
    desk.annals(&["update", "orders", "--severity", "critical", "--no-commit"])
        .exits(0);
    desk.git(&["add", "--all"]);
    dated(&mut desk, "2026-11-22T09:00:00Z");
    desk.wait(minutes(1));
    let now = format!("{} +0000", desk.now().seconds());
    desk.variable("GIT_COMMITTER_DATE", &now);
    desk.annals(&["update", "orders", "--severity", "high"])
        .exits(0);
    desk.annals(&["run"]).exits(0).says("executed");
    let first = received(&desk);
    assert!(
        first.0.len() >= 3 && !first.0.concat().contains("09:00"),
        "{first:?}"
    );
    // The date has come; a clone that remembers nothing reads the same.
    desk.wait(minutes(24 * 60));
    assert_eq!(received(&desk), first);
    let clone = Desk::clone_of(&desk);
    assert_eq!(received(&clone), first);
    let page = |desk: &Desk| {
        desk.annals(&["build"]).exits(0);
        let files = desk.files().into_iter();
        let pages = files.filter(|path| path.starts_with("public/"));
        let pages = pages.filter(|path| path.ends_with("l") || path.ends_with("n"));
        pages.map(|path| desk.read(&path)).collect::<String>()
    };
    let told = page(&clone);
    assert!(
        told.contains("T07:01:00"),
        "pages tell when it was recorded"
    );
    assert!(!told.contains("T09:00:00"), "a page tells another time");
    desk.annals(&["run"]).exits(0).says("nothing new");
    let kept = desk.git(&["show", "annals-ledger:landings/2026/11/000002.json"]);
    assert!(kept.contains("2026-11-22T07:01:00"), "{kept}");
    // What the ledger says is what counts: where there is none, dates do.
    clone.git(&["update-ref", "-d", "refs/remotes/origin/annals-ledger"]);
    assert_ne!(received(&clone), first);
}

#[test]
fn a_landing_that_cannot_be_read_stops_whoever_would_read_it() {
    let receiver = Receiver::answering("200 OK");
    let desk = ready(&receiver, RULE);
    desk.git(&["checkout", "--quiet", "annals-ledger"]);
    desk.write("landings/2026/11/000001.json", "[1]")
        .commit("broken");
    desk.git(&["checkout", "--quiet", "main"]);
    for verb in ["events", "list"] {
        desk.annals(&[verb])
            .exits(4)
            .warns("landings/2026/11/000001.json");
    }
}

#[test]
fn whatever_the_clocks_say_events_are_received_when_a_tick_received_them() {
    let mut chance = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |end: i64| {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        i64::try_from(chance % u64::try_from(end).expect("a number")).expect("a number")
    };
    for _ in 0..3 {
        let mut desk = Desk::new();
        if below(2) == 0 {
            desk.write("notes.txt", "x").git(&["add", "--all"]);
            dated(&mut desk, "2026-11-23T00:00:00Z");
        }
        desk.annals(&["init"]).exits(0);
        desk.write("automations/any.yaml", ANY).commit("a rule");
        desk.annals(&["declare", "Orders", "--severity", "high"])
            .exits(0);
        let mut told: Option<Vec<String>> = None;
        for _ in 0..5 {
            desk.wait(minutes(1 + below(600)));
            for _ in 0..below(3) {
                let date = desk.now().plus(minutes(below(3000) - 1500)).seconds();
                desk.variable("GIT_COMMITTER_DATE", &format!("{date} +0000"));
                desk.annals(&[
                    "comment",
                    "orders",
                    "Words.",
                    "--at",
                    &desk.now().to_string(),
                ])
                .exits(0);
                desk.wait(minutes(1));
            }
            desk.annals(&["run"]).exits(0);
            let now = received(&desk).0;
            if let Some(before) = told {
                assert_eq!(now[..before.len()], before[..]);
            }
            // A clock that is behind reads what faster ones took in.
            let past = desk.now().plus(minutes(-900)).to_string();
            let slow = desk
                .command(env!("CARGO_BIN_EXE_annals"))
                .args(["data", "orders", "--format", "json", "--now", &past])
                .output()
                .expect("data");
            let here = desk
                .annals(&["data", "orders", "--format", "json"])
                .exits(0)
                .out;
            assert_eq!(String::from_utf8_lossy(&slow.stdout), here);
            told = Some(now);
        }
    }
}
