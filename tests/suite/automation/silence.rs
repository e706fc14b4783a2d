//! A long silence costs next to nothing: what is computed at once is what ticks every five
//! seconds would have made.

use annals::automation::driver::Driver;
use annals::automation::engine::{Engine, Fired, Services, State};
use annals::automation::event::Event;
use annals::automation::rule::Rule;
use annals::automation::trigger::Trigger;
use annals::text::duration::Duration;
use annals::text::moment::Moment;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::desk::{Desk, minutes};
use crate::receiver::Receiver;

/// Proactive triggers of every kind, alone and inside others.
const TRIGGERS: &[&str] = &[
    r#"{"expect": ["a"], "within": 10}"#,
    r#"{"expect": ["a"], "within": 12, "threshold": 3}"#,
    r#"{"expect": ["a"], "within": 60, "for_each": ["key"]}"#,
    r#"{"expect": ["a", "b"], "within": 31, "threshold": 2, "for_each": ["key"]}"#,
    r#"{"after": ["b"], "expect": ["a"], "within": 45}"#,
    r#"{"after": ["b"], "expect": ["a"], "within": 10, "for_each": ["key"]}"#,
    r#"{"after": ["b"], "expect": ["a", "b"], "within": 20, "for_each": ["key"]}"#,
    r#"{"expect": ["nothing"], "within": 300, "for_each": ["key"]}"#,
    r#"{"expect": ["a"], "within": 15, "posture": "Reactive", "threshold": 2}"#,
];

fn trigger(said: &str) -> Json {
    let mut said: Json = serde_json::from_str(said).expect("JSON");
    let fields = said.as_object_mut().expect("an object");
    for (name, value) in [
        ("type", json!("event")),
        ("posture", json!("Proactive")),
        ("threshold", json!(1)),
    ] {
        fields.entry(name).or_insert(value);
    }
    said
}

fn rule(number: usize, trigger: Json) -> Rule {
    Rule {
        name: format!("rule {number}"),
        enabled: true,
        trigger: Trigger::from_prefect(&trigger).expect("a trigger"),
    }
}

fn rules() -> Vec<Rule> {
    let mut all: Vec<Json> = TRIGGERS.iter().map(|said| trigger(said)).collect();
    let inner = |needed: Json, within: Json, left: usize, right: usize| {
        json!({"type": "compound", "require": needed, "within": within,
            "triggers": [trigger(TRIGGERS[left]), trigger(TRIGGERS[right])]})
    };
    all.push(inner(json!("any"), json!(null), 2, 4));
    all.push(inner(json!("all"), json!(100), 0, 3));
    let all = all.into_iter().enumerate();
    all.map(|(number, trigger)| rule(number, trigger)).collect()
}

fn begin() -> Moment {
    Moment::parse("2026-11-22T07:00:00Z").expect("a moment")
}

/// An event at so many milliseconds, about a key, which may follow another.
type Said = (i64, usize, usize, i64, Option<usize>);

fn event(number: usize, said: &Said) -> (Event, Moment) {
    let (at, name, key, late, follows) = *said;
    let received = begin().plus(Duration::milliseconds(at));
    let labels = [
        ("prefect.resource.id", "thing"),
        ("key", ["x", "y", "z"][key]),
    ];
    let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let event = Event {
        id: format!("event {number}"),
        occurred: received.plus(Duration::milliseconds(-late)),
        event: ["a", "b", "c"][name].to_owned(),
        resource: labels.into_iter().collect(),
        related: Vec::new(),
        payload: Json::Null,
        // Mostly one that comes later, or never: then it is let go after a while.
        follows: follows.map(|ahead| format!("event {}", number + ahead)),
    };
    (event, received)
}

/// The ticks of a server, each of them.
struct Server {
    engine: Engine,
    passed: Moment,
}

impl Server {
    fn pass(&mut self, until: Moment) {
        let five = Duration::seconds(5);
        let seconds = self.passed.seconds();
        let mut tick = Moment::from_seconds(seconds - seconds.rem_euclid(5)).expect("a moment");
        while tick <= until {
            if tick > self.passed {
                self.engine.tick(tick, Services::All);
            }
            tick = tick.plus(five);
        }
        self.passed = self.passed.max(until);
    }
}

/// What is remembered, but for when the last tick was: between two that change nothing there
/// is none for the driver.
fn remembered(state: State) -> Json {
    let mut said = serde_json::to_value(state).expect("JSON");
    let fields = said.as_object_mut().expect("an object");
    fields.remove("now");
    fields.remove("passed");
    said
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn silence_at_once_is_what_every_tick_would_have_made(
        gaps in prop::collection::vec((0_i64..400_000, 0_usize..3, 0_usize..3, 0_i64..120_000,
            prop::option::weighted(0.2, 1_usize..4)), 0..12),
        ends in prop::collection::vec(1_i64..7_200_000, 1..4),
        offset in 0_i64..10_000,
    ) {
        let rules = rules();
        let in_force = || rules.iter().map(|rule| (rule, true));
        let start = begin().plus(Duration::milliseconds(offset));
        let mut driver = Driver::new(State::default());
        driver.pass(start);
        driver.rules(in_force());
        let mut server = Server { engine: Engine::new(State::default()), passed: start };
        server.engine.rules(in_force());
        let mut at = offset;
        let (mut expected, mut found) = (Vec::new(), Vec::new());
        for (number, said) in gaps.iter().enumerate() {
            at += said.0;
            let (event, received) = event(number, &(at, said.1, said.2, said.3, said.4));
            server.pass(received);
            server.engine.deliver(&event, received, received, received);
            driver.deliver(&event, received);
            expected.extend(server.engine.fired());
            found.extend(driver.fired());
        }
        for end in ends {
            at += end;
            let end = begin().plus(Duration::milliseconds(at));
            server.pass(end);
            driver.pass(end);
            expected.extend(server.engine.fired());
            found.extend(driver.fired());
        }
        prop_assert_eq!(expected, found);
        prop_assert_eq!(remembered(server.engine.state()), remembered(driver.state()));
    }
}

/// How many ticks a driver computes in so many days of silence, and how often it fires.
fn silence(rules: &[Rule], days: i64) -> (u64, i64) {
    let mut driver = Driver::new(State::default());
    driver.pass(begin());
    driver.rules(rules.iter().map(|rule| (rule, true)));
    let (event, received) = event(0, &(0, 1, 0, 0, None));
    driver.deliver(&event, received);
    driver.pass(begin().plus(minutes(days * 24 * 60)));
    let fired = driver.fired_at_once().into_iter().map(|fired| match fired {
        Fired::Once(_) => 1,
        Fired::Often(series) => series.count(),
    });
    let fired = fired.sum();
    (driver.ticks(), fired)
}

#[test]
fn a_month_of_nothing_costs_what_a_day_of_nothing_costs() {
    let quiet = [rule(0, trigger(TRIGGERS[0]))];
    assert_eq!(silence(&quiet, 1), (1, 8_639));
    assert_eq!(silence(&quiet, 30), (1, 259_199));
    // Two hundred that wait for something, and none of which has anything open.
    let waits = |number: usize| {
        let mut trigger = trigger(TRIGGERS[5]);
        trigger["after"] = json!([format!("never {number}")]);
        trigger["within"] = json!(10 + number);
        rule(number, trigger)
    };
    let many: Vec<Rule> = (0..200).map(waits).collect();
    assert_eq!(silence(&many, 30), (1, 0));
    // And two hundred that fire, each at its own pace.
    let fires = |number: usize| {
        let mut trigger = trigger(TRIGGERS[0]);
        trigger["within"] = json!(10 + number);
        rule(number, trigger)
    };
    let many: Vec<Rule> = (0..200).map(fires).collect();
    let (ticks, fired) = silence(&many, 30);
    assert!(
        ticks < 100 && fired > 1_000_000,
        "{ticks} ticks, {fired} firings"
    );
}

#[test]
fn a_run_after_a_month_of_silence_says_how_much_it_did_not_do() {
    let receiver = Receiver::answering("200 OK");
    let mut desk = Desk::ready();
    let settings = desk.read("annals.yaml").replace(
        "environment:\n",
        "environment:\n  HOOK: {use: url, hosts: [127.0.0.1], allow_private: true}\n",
    );
    let rule = "name: quiet\n\
        trigger: {type: event, expect: [incident.comment.added], posture: Proactive, threshold: 1, within: 10}\n\
        actions: [{type: call-webhook, url: \"${HOOK}\", payload: x}]\n";
    desk.write("annals.yaml", settings)
        .write("automations/quiet.yaml", rule);
    desk.wait(minutes(1)).commit("a rule");
    desk.variable("HOOK", &receiver.url());
    desk.annals(&["declare", "Orders", "--severity", "high"])
        .exits(0);
    desk.annals(&["run"]).exits(0);
    let before = receiver.arrived().len();
    desk.wait(minutes(30 * 24 * 60));
    desk.annals(&["run"]).exits(0);
    assert_eq!(receiver.arrived().len() - before, 1, "the last one acts");
    let ledger = desk.annals(&["ledger"]).exits(0).out;
    let skipped: Vec<&str> = ledger
        .lines()
        .filter(|line| line.contains("skipped"))
        .collect();
    assert_eq!(skipped.len(), 1, "{ledger}");
    let words = "coalesced: 259198 of 259199 firings that time alone caused since \
                 2026-11-22T07:01:15.000Z, 250559 of them longer ago than facts act";
    assert!(skipped[0].contains(words), "{ledger}");
    let replay = desk.annals(&["replay", "--format", "json"]).exits(0).json();
    let rules = replay["replays"][0]["rules"].as_array().expect("a list");
    let tally = rules.iter().find(|rule| rule["automation"] == "quiet");
    let tally = tally.expect("the rule");
    assert_eq!(tally["fired"], 259_199);
    assert_eq!(
        tally["months"],
        json!({"2026-11": 75_233, "2026-12": 183_966})
    );
    assert_eq!(tally["examples"].as_array().map(Vec::len), Some(6));
}
