//! What Prefect's own engine did, recorded: every case that one event at a time decides.

use std::collections::BTreeMap;

use annals::automation::engine::{Delivery, Engine, State};
use annals::automation::event::Event;
use annals::automation::rule::Rule;
use annals::automation::trigger::Trigger;
use annals::text::duration::Duration;
use annals::text::moment::Moment;
use serde_json::{Value as Json, json};

const CASES: &str = include_str!("../../cases/prefect/matching.jsonl");

#[test]
fn events_are_matched_as_prefects_engine_matched_them() {
    let mut rules: BTreeMap<String, usize> = BTreeMap::new();
    for line in CASES.lines() {
        let case: Json = serde_json::from_str(line).expect("a case");
        let (deliveries, firings) = run(&case);
        assert_eq!(deliveries, case["expected"]["delivery"], "{}", case["name"]);
        assert_eq!(firings, recorded(&case), "{}", case["name"]);
        *rules.entry(case["rule"].to_string()).or_default() += 1;
    }
    assert_eq!(rules.values().sum::<usize>(), 99);
    assert_eq!(rules.len(), 29, "{rules:?}");
}

/// What became of each step, and the firings of all.
fn run(case: &Json) -> (Json, Vec<Json>) {
    let rules = rules(case);
    let mut engine = Engine::new(State::default());
    engine.rules(&rules);
    let (mut deliveries, mut firings) = (Vec::new(), Vec::new());
    for (index, step) in case["steps"].as_array().expect("steps").iter().enumerate() {
        let (event, now) = event(step);
        match engine.deliver(&event, now) {
            Delivery::Ignored => deliveries.push("ignored"),
            Delivery::Processed(fired) => {
                deliveries.push("processed");
                firings.extend(fired.iter().map(|firing| {
                    json!({
                        "step": index,
                        "automation": firing.automation,
                        "time": firing.time,
                        "labels": firing.labels,
                        "event": firing.events.last(),
                    })
                }));
            }
        }
    }
    firings.sort_by_key(Json::to_string);
    (json!(deliveries), firings)
}

fn rules(case: &Json) -> Vec<Rule> {
    let one = [json!({"name": "a", "trigger": case["trigger"]})];
    let automations = case["automations"].as_array();
    let automations = automations.map_or(one.as_slice(), Vec::as_slice);
    let rule = |automation: &Json| Rule {
        name: automation["name"].as_str().expect("a name").to_owned(),
        enabled: automation["enabled"].as_bool().unwrap_or(true),
        trigger: Trigger::from_prefect(&automation["trigger"]).expect("a trigger"),
    };
    automations.iter().map(rule).collect()
}

fn event(step: &Json) -> (Event, Moment) {
    let mut event = step["event"].clone();
    let occurred = moment(&event["occurred"]);
    let received = event.get("received").map_or(occurred, moment);
    let now = step.get("now").map_or(received, moment);
    event["occurred"] = json!(occurred);
    (serde_json::from_value(event).expect("an event"), now)
}

/// A case's times are seconds after noon of 5 January 2026, or RFC 3339.
fn moment(time: &Json) -> Moment {
    if let Some(text) = time.as_str() {
        return Moment::parse(text).expect("a time");
    }
    let seconds = time.as_f64().expect("a number");
    let micros = format!("{:.0}", seconds * 1e6).parse().expect("whole");
    let noon = Moment::parse("2026-01-05T12:00:00Z").expect("a time");
    noon.plus(Duration::microseconds(micros))
}

fn recorded(case: &Json) -> Vec<Json> {
    let firings = case["expected"]["firings"].as_array().expect("firings");
    let mut firings: Vec<Json> = firings
        .iter()
        .map(|firing| {
            let time = Moment::parse(firing["time"].as_str().expect("a time")).expect("a time");
            json!({
                "step": firing["step"],
                "automation": firing["automation"],
                "time": time,
                "labels": firing["labels"],
                "event": firing["event"],
            })
        })
        .collect();
    firings.sort_by_key(Json::to_string);
    firings
}
