//! The engine alone: how many events a second it takes with so many automations.
//!
//! `cargo bench --bench engine` prints a line for 10, 100 and 1,000 automations. Half of
//! them name the events that they wait for, the others take them in by a pattern; a
//! third counts in windows, incident by incident, and one in ten is a sequence.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a measurement fails by panicking, and tells what it measured"
)]

use annals::automation::driver::Driver;
use annals::automation::engine::State;
use annals::automation::event::Event;
use annals::automation::rule::Rule;
use annals::automation::trigger::Trigger;
use annals::text::duration::Duration;
use annals::text::moment::Moment;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde_json::{Value as Json, json};

const EVENTS: u64 = 20_000;
const NAMES: [&str; 5] = [
    "declared",
    "comment.added",
    "updated.severity",
    "resolved",
    "reopened",
];

fn main() {
    let mut before = None;
    for automations in [10, 100, 1_000] {
        let seconds = seconds(automations);
        let each = format!("{:.0}", 1.0 / seconds);
        let more = before.map_or(String::new(), |before| {
            format!("  {:.1} × the time of the line before", seconds / before)
        });
        println!("{automations:5} automations: {each:>9} events a second{more}");
        before = Some(seconds);
    }
}

/// How long one event takes.
fn seconds(automations: usize) -> f64 {
    let rules: Vec<Rule> = (0..automations).map(rule).collect();
    let mut driver = Driver::new(State::default());
    driver.rules(rules.iter().map(|rule| (rule, true)));
    let events: Vec<Event> = (0..EVENTS).map(event).collect();
    let begun = spent();
    let mut fired = 0;
    for event in &events {
        driver.deliver(event, event.occurred);
        fired += driver.fired().len();
    }
    assert!(fired > 0, "something fires");
    (spent() - begun) / events.len() as f64
}

/// The processor time of this process so far, in seconds.
fn spent() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("usage");
    (usage.user_time() + usage.system_time()).num_microseconds() as f64 / 1e6
}

fn rule(number: usize) -> Rule {
    let name = format!("prefect-cloud.incident.{}", NAMES[number % NAMES.len()]);
    let expect = if number.is_multiple_of(2) {
        name
    } else {
        format!(
            "prefect-cloud.incident.{}*",
            &NAMES[number % NAMES.len()][..4]
        )
    };
    let mut trigger = json!({
        "type": "event", "posture": "Reactive", "expect": [expect], "threshold": 1, "within": 0,
        "match": {"prefect.resource.id": format!("prefect-cloud.incident.{}*", number % 50)},
    });
    if number.is_multiple_of(3) {
        trigger["for_each"] = json!(["prefect.resource.id"]);
        trigger["threshold"] = json!(3);
        trigger["within"] = json!(3600);
    }
    if number.is_multiple_of(10) {
        trigger =
            json!({"type": "sequence", "within": 600, "triggers": [trigger.clone(), trigger]});
    }
    Rule {
        name: format!("rule {number}"),
        enabled: true,
        trigger: Trigger::from_prefect(&trigger).expect("a trigger"),
    }
}

fn event(number: u64) -> Event {
    let begin = Moment::parse("2026-01-01T00:00:00Z").expect("a time");
    let name = NAMES[usize::try_from(number).expect("small") % NAMES.len()];
    let id = format!("prefect-cloud.incident.{}", number % 400);
    Event {
        id: number.to_string(),
        occurred: begin.plus(Duration::seconds(i64::try_from(number).expect("small") * 7)),
        event: format!("prefect-cloud.incident.{name}"),
        resource: [("prefect.resource.id".to_owned(), id)].into(),
        related: Vec::new(),
        payload: Json::Null,
        follows: None,
    }
}
