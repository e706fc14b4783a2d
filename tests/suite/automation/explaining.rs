//! Why an automation fired, or did not.

use annals::automation::engine::Firing;
use annals::automation::event::Event;
use annals::automation::explanation::Verdict;
use annals::automation::explanation::comparison::comparisons;
use annals::automation::explanation::step::{Outcome, Step};
use annals::automation::trigger::Trigger;
use proptest::prelude::*;
use serde_json::json;

use crate::automation::branch::Branch;
use crate::desk::{Desk, minutes};

const CRITICAL: &str = r#"
name: Page on critical
trigger:
  type: event
  match: {prefect.resource.id: "incident.*", incident.severity: critical}
  match_related: {prefect.resource.role: work-pool, prefect.resource.id: prefect.work-pool.k8s-prod}
  expect: [incident.declared, incident.updated.severity]
  posture: Reactive
  threshold: 1
  within: 0
actions:
  - {type: call-webhook, url: "${HOOK}"}
"#;

const STORM: &str = r#"
name: Comment storm
trigger:
  type: event
  expect: [incident.comment.added]
  for_each: [prefect.resource.id]
  posture: Reactive
  threshold: 3
  within: 1800
actions: []
"#;

const SILENCE: &str = r#"
name: Nobody speaks
trigger:
  type: event
  after: [incident.declared]
  expect: [incident.comment.added]
  for_each: [prefect.resource.id]
  posture: Proactive
  threshold: 1
  within: 1800
actions: []
"#;

const BOTH: &str = r#"
name: Worse and then over
trigger:
  type: sequence
  within: 3600
  triggers:
    - {type: event, posture: Reactive, expect: [incident.updated.severity], threshold: 1, within: 0}
    - {type: event, posture: Reactive, expect: [incident.resolved], threshold: 1, within: 0}
actions: []
"#;

/// A record with these rules, ten minutes before anything happens.
fn desk(rules: &[&str]) -> Desk {
    let mut desk = Desk::ready();
    for (number, rule) in rules.iter().enumerate() {
        desk.write(&format!("automations/rule-{number}.yaml"), rule);
    }
    let hook = "environment:\n  HOOK: {use: url, hosts: [example.com]}\n";
    let settings = desk.read("annals.yaml").replace("environment:\n", hook);
    desk.write("annals.yaml", settings).commit("rules");
    desk.wait(minutes(10));
    desk
}

fn declare(desk: &Desk, severity: &str) -> String {
    let said = desk.annals(&["declare", "Orders are late", "--severity", severity]);
    said.exits(0).id()
}

/// Comments, each two minutes after what came before.
fn comments(desk: &mut Desk, words: &[&str]) {
    for word in words {
        desk.wait(minutes(2));
        desk.annals(&["comment", "orders", word]).exits(0);
    }
}

/// The id of the last event of that name.
fn event(desk: &Desk, name: &str) -> String {
    let events = desk.annals(&["events", "--format", "json"]).exits(0).json();
    let mut events = events.as_array().expect("events").iter().rev();
    let full = format!("prefect-cloud.incident.{name}");
    let found = events.find(|event| event["event"] == full.as_str());
    found.expect("an event")["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

#[test]
fn a_label_that_does_not_fit_tells_what_it_would_have_had_to_be() {
    let desk = desk(&[CRITICAL]);
    declare(&desk, "high");
    desk.annals(&["explain", "page on CRIT"])
        .exits(0)
        .says("`incident.declared` (")
        .says("✓ expect: `prefect-cloud.incident.declared`\n")
        .says("✗ match `prefect-cloud.incident.severity`: would have held if it were `critical`; it was `high`")
        .says("✓ match `prefect.resource.id`: ")
        .says("✗ match_related: no related resource is so; nearest is `annals.person.ana@example.com`")
        .says("  ✗ `prefect.resource.role`: would have held if it were `work-pool`; it was `actor`");
}

#[test]
fn the_event_that_is_told_in_full_is_the_one_that_came_nearest() {
    let mut desk = desk(&[CRITICAL]);
    declare(&desk, "high");
    comments(&mut desk, &["one"]);
    desk.annals(&["update", "orders", "--severity", "critical"])
        .exits(0);
    desk.annals(&["resolve", "orders"]).exits(0);
    let said = desk.annals(&["explain", "Page on critical", "--format", "json"]);
    let said = said.exits(0).json();
    assert_eq!(said["chosen"], event(&desk, "updated.severity"));
    assert_eq!(said["events"].as_array().expect("events").len(), 4);
    let one = event(&desk, "declared");
    let said = desk.annals(&["explain", "Page", "--event", &one[..8], "--format", "json"]);
    let said = said.exits(0).json();
    assert_eq!(said["events"][0]["id"], one.as_str());
    assert_eq!(said["events"][0]["verdict"], "unconcerned");
    let last = desk.annals(&["explain", "Page", "--last", "2", "--format", "json"]);
    assert_eq!(last.json()["events"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_window_tells_its_count_its_ends_and_its_cool_down() {
    let mut desk = desk(&[STORM]);
    declare(&desk, "high");
    comments(&mut desk, &["one", "two"]);
    desk.annals(&["explain", "storm"])
        .exits(0)
        .says("`incident.comment.added` does not fire yet")
        .says("for_each: counted apart for `prefect.resource.id` = ")
        .says("counted 2 of 3 in the window from ")
        .says("; 1 more before it closes would make it fire")
        .says("is open, with 2 of 3 counted");
    comments(&mut desk, &["three"]);
    desk.annals(&["explain", "storm"])
        .exits(0)
        .says("fires: counted 3 of 3 from ")
        .says("is not counted again (cool-down)");
    comments(&mut desk, &["four"]);
    desk.annals(&["explain", "storm"])
        .exits(0)
        .says("✗ not counted: the window before was used up");
}

#[test]
fn a_wait_tells_when_it_would_fire_and_later_that_it_did() {
    let mut desk = desk(&[SILENCE]);
    declare(&desk, "high");
    desk.annals(&["explain", "nobody"])
        .exits(0)
        .says("✓ after: `prefect-cloud.incident.declared`")
        .says("began the wait, which ends at 2026-11-22 07:40:00Z; it fires then unless 1 more is counted before")
        .says("it fires at 2026-11-22 07:40:00Z if nothing comes");
    desk.wait(minutes(60));
    desk.annals(&["explain", "nobody"])
        .exits(0)
        .says("✓ fired later, at 2026-11-22 07:40:00Z");
    comments(&mut desk, &["late"]);
    desk.annals(&["explain", "nobody"])
        .exits(0)
        .says("✗ not counted: it would have been if `prefect-cloud.incident.declared` had come before and begun a wait");
}

#[test]
fn a_sequence_tells_which_of_its_triggers_fired() {
    let mut desk = desk(&[BOTH]);
    declare(&desk, "high");
    desk.annals(&["update", "orders", "--severity", "critical"])
        .exits(0);
    desk.annals(&["explain", "worse"])
        .exits(0)
        .says("✗ 2 of 2 must fire, in this order, within 1 h: 1 so far")
        .says("  ✓ $.triggers[0] fired at 2026-11-22 07:10:00Z, which counts until 2026-11-22 08:10:00Z")
        .says("  ✗ $.triggers[1] has yet to fire");
    desk.wait(minutes(10));
    desk.annals(&["resolve", "orders"]).exits(0);
    desk.annals(&["explain", "worse"])
        .exits(0)
        .says("✓ 2 of 2 must fire, in this order, within 1 h: fires")
        .says("  ✗ $.triggers[0]\n")
        .says("  ✓ $.triggers[1]\n");
}

#[test]
fn what_landed_before_the_rule_is_not_looked_at_and_told_so() {
    let mut desk = desk(&[]);
    declare(&desk, "high");
    desk.wait(minutes(1));
    desk.write("automations/storm.yaml", STORM).commit("a rule");
    desk.annals(&["explain", "storm"])
        .exits(0)
        .says("it sees what landed after")
        .says("is not looked at: the automation sees only what lands after itself");
    let off = STORM.replace("trigger:", "enabled: false\ntrigger:");
    desk.write("automations/storm.yaml", off).commit("off");
    comments(&mut desk, &["one"]);
    desk.annals(&["explain", "storm"])
        .exits(0)
        .says("is not looked at: the automation was off");
}

#[test]
fn each_action_tells_whether_it_is_done() {
    let mut desk = desk(&[&CRITICAL.replace("  match_related:", "  #")]);
    declare(&desk, "critical");
    desk.annals(&["explain", "page"])
        .exits(0)
        .says("✓ → call-webhook `${HOOK}`: to be done by the next `annals run`");
    desk.wait(minutes(60 * 24 * 9));
    desk.annals(&["explain", "page"])
        .exits(0)
        .says("✗ → call-webhook `${HOOK}`: not done, ");
}

#[test]
fn an_unknown_automation_or_event_is_wrong_usage() {
    let desk = desk(&[STORM, SILENCE]);
    declare(&desk, "high");
    desk.annals(&["explain", "Coment storm"])
        .exits(2)
        .warns("there is no automation `Coment storm`")
        .warns("did you mean `Comment storm`?");
    desk.annals(&["explain", "o"]).exits(2).warns("could mean");
    desk.annals(&["explain", "storm", "--event", "ffffffff-0"])
        .exits(2)
        .warns("there is no event `ffffffff-0` on this branch");
    desk.annals(&["explain", "storm", "--incident", "nowhere"])
        .exits(2)
        .warns("no event is about an incident `nowhere`");
}

#[test]
fn hostile_words_are_shown_and_never_obeyed() {
    let rule = STORM.replace("Comment storm", "\"St\\u001b[31morm ` **x**\"");
    let desk = desk(&[&rule]);
    declare(&desk, "high");
    let said = desk.annals(&["explain", "orm"]).exits(0);
    assert!(!said.out.contains('\u{1b}'), "{}", said.out);
    desk.annals(&["explain", "orm", "--format", "markdown"])
        .exits(0)
        .says("``St␛[31morm ` **x**``");
}

/// An event called `name` of a resource with these labels.
fn made(number: usize, name: &str, labels: &[(&str, &str)]) -> Event {
    let labels: serde_json::Map<String, serde_json::Value> = labels
        .iter()
        .map(|(label, value)| ((*label).to_owned(), json!(value)))
        .collect();
    let event = json!({
        "id": format!("event-{number}"),
        "occurred": format!("2026-11-22T07:{:02}:00Z", number % 60),
        "event": name,
        "resource": labels,
        "related": [labels],
    });
    serde_json::from_value(event).expect("an event")
}

fn words(of: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(of), 0..3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// The conditions are told one by one, and together say what the engine says.
    #[test]
    fn the_conditions_hold_where_the_trigger_takes_an_event_in(
        expect in words(&["a", "a.*", "*", "!b", "b?", "a.b"]),
        after in words(&["a", "b*", "!a", "[ab]"]),
        wanted in words(&["x", "!x", "x*", "y"]),
        name in prop::sample::select(&["a", "b", "a.b", "bb", "!b", "c"][..]),
        value in prop::sample::select(&["x", "y", "xy", ""][..]),
    ) {
        let specification = json!({"l": wanted});
        let trigger = json!({
            "type": "event", "posture": "Reactive", "expect": expect, "after": after,
            "match": specification, "match_related": specification,
            "threshold": 1, "within": 60,
        });
        let Ok(Trigger::Event(trigger)) = Trigger::from_prefect(&trigger) else {
            return Err(TestCaseError::reject("no trigger"));
        };
        let event = made(0, name, &[("l", value)]);
        let told = comparisons(&trigger, &event);
        let held = told.iter().all(|one| one.held || !one.needed);
        let takes = trigger.covers(&event)
            && (trigger.expects(&event) || trigger.starts_after(&event));
        prop_assert_eq!(held, takes, "{:?}", told);
    }

    /// What is told of a window is what the engine did with it.
    #[test]
    fn an_event_is_told_to_fire_where_the_engine_fires(
        gaps in prop::collection::vec(0_u32..20, 1..8),
        threshold in 1..4_i64,
        within in prop::sample::select(&[0, 300, 900, 3600][..]),
        proactive in any::<bool>(),
    ) {
        let posture = if proactive { "Proactive" } else { "Reactive" };
        let rule = STORM
            .replace("threshold: 3", &format!("threshold: {threshold}"))
            .replace("within: 1800", &format!("within: {within}"))
            .replace("Reactive", posture);
        let mut branch = Branch::new().with_rule(&rule);
        branch.declare("late", "07:00:00", "{title: Late, severity: high, declared_at: 2026-11-22T07:00:00Z, declared_by: Ana}");
        let mut minute = 0;
        for gap in gaps {
            minute += gap;
            let clock = format!("{:02}:{:02}:00", 7 + minute / 60, minute % 60);
            let entry = format!("{{at: 2026-11-22T{clock}Z, by: Bo, comment: word {minute}}}");
            branch.append("late", &clock, &[&entry]);
        }
        let (explanation, evaluation) = branch.explain("Comment storm", "23:00:00");
        for event in &explanation.events {
            let own = |firing: &&Firing| {
                firing.reason.event.as_deref() == Some(&event.told.id)
                    && firing.reason.conditions.iter().any(|one| one.held)
            };
            let fired = evaluation.firings.iter().filter(own).count();
            prop_assert_eq!(event.verdict == Verdict::Fires, fired > 0, "{:?}", event);
            let [Step::Event(step)] = event.triggers.as_slice() else {
                panic!("{event:?}");
            };
            prop_assert_eq!(step.outcome == Outcome::Fired, fired > 0, "{:?}", step);
            if step.outcome == Outcome::Counted {
                let before = step.before.filter(|before| Some(before.start) == step.after.map(|after| after.start));
                let before = before.map_or(0, |window| window.count);
                prop_assert_eq!(step.after.map(|window| window.count), Some(before + 1), "{:?}", step);
            }
        }
    }
}
