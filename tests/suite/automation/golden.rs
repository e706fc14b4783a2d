//! Golden tests: what people write down beside their rules, and what comes of it. Each
//! message has a case in `tests/cases/test`; here is what holds for all of them.

use serde_json::json;

use crate::desk::{Desk, minutes};

const SILENCE: &str = r#"
name: Nobody says a word
trigger:
  type: event
  posture: Proactive
  match: {prefect.resource.id: "incident.*"}
  after: [incident.declared]
  expect: [incident.comment.added]
  for_each: [prefect.resource.id]
  threshold: 1
  within: 600
actions:
  - {type: call-webhook, url: "https://example.com/hook", payload: {id: "{{ incident.id }}"}}
"#;

const RUNS: &str = r#"
name: Runs fail
trigger:
  type: event
  posture: Reactive
  match: {prefect.resource.id: "prefect.flow-run.*"}
  expect: [prefect.flow-run.Failed]
  threshold: 2
  within: 60
actions: []
"#;

/// A desk with a rule and a file of tests.
fn desk(rule: &str, tests: &str) -> Desk {
    let desk = Desk::new();
    desk.write("annals.yaml", "format: 1\n");
    desk.write("automations/rule.yaml", rule);
    desk.write("tests/rules.yaml", tests);
    desk
}

#[test]
fn what_init_writes_passes_its_own_test() {
    let said = Desk::ready().annals(&["test"]).exits(0);
    assert_eq!(said.out, "1 passed, 0 failed\n");
}

#[test]
fn the_rules_of_this_repository_pass_their_tests() {
    let repository = env!("CARGO_MANIFEST_DIR");
    let said = Desk::new().annals(&["test", "--repo", repository]).exits(0);
    assert_eq!(said.out, "4 passed, 0 failed\n");
}

#[test]
fn time_that_passes_makes_rules_fire_that_wait_in_vain() {
    let tests = r"
- name: Ten minutes without a word
  steps:
    - declare: {id: quiet, title: Orders arrive late, severity: high}
    - after: 9m
    - name: too long
      after: PT1M5S
  expect:
    firings:
      - automation: Nobody says a word
        step: too long
        actions: [{type: call-webhook, target: example.com/hook, payload: {id: quiet}}]
- name: A word in time
  steps:
    - declare: {title: Orders arrive late, severity: high}
    - {after: 9m, comment: We are looking into it., by: Bo Li}
    - after: 1h
  expect: {firings: []}
";
    let said = desk(SILENCE, tests).annals(&["test"]).exits(0);
    assert_eq!(said.out, "2 passed, 0 failed\n");
}

#[test]
fn a_firing_as_time_passes_that_nobody_expected_is_told() {
    let tests = "
- name: Ten minutes without a word
  steps:
    - declare: {title: Orders arrive late, severity: high}
    - after: 20m
  expect: {firings: []}
";
    let said = desk(SILENCE, tests).annals(&["test"]).exits(1);
    insta::assert_snapshot!(said.out, @"
    Ten minutes without a word failed (tests/rules.yaml:2)
      step 2 (tests/rules.yaml:5)
        expected  nothing
        found     Nobody says a word fires as time passes
    0 passed, 1 failed
    ");
}

#[test]
fn events_from_elsewhere_count_with_all_that_they_say() {
    let tests = r#"
- name: Two runs fail within a minute
  automations: automations/rule.yaml
  steps:
    - event: {event: prefect.flow-run.Failed, resource: {prefect.resource.id: prefect.flow-run.a}}
    - after: 30s
      event: {event: prefect.flow-run.Failed, resource: {prefect.resource.id: prefect.flow-run.b}}
    - after: 10m
      event: {id: one, event: prefect.flow-run.Failed, resource: {prefect.resource.id: prefect.flow-run.c}}
    - event: {id: one, event: prefect.flow-run.Failed, resource: {prefect.resource.id: prefect.flow-run.c}}
    - event: prefect.flow-run.Failed
  expect: {firings: [{automation: Runs fail, step: 2}]}
"#;
    let said = desk(RUNS, tests).annals(&["test"]).exits(0);
    assert_eq!(said.out, "1 passed, 0 failed\n");
}

#[test]
fn a_rule_may_stand_in_the_test_and_is_tried_alone() {
    let rule = RUNS.trim().replace('\n', "\n      ");
    let tests = format!(
        "- name: Two runs fail
  automations:
    - {rule}
  steps:
    - declare: {{title: Orders arrive late, severity: high}}
    - after: 1h
  expect: {{firings: []}}
"
    );
    let said = desk(SILENCE, &tests).annals(&["test"]).exits(0);
    assert_eq!(said.out, "1 passed, 0 failed\n");
}

#[test]
fn what_is_being_edited_is_tried_and_not_what_was_committed() {
    let tests = "
- name: A word in time
  steps:
    - declare: {title: Orders arrive late, severity: high}
    - after: 20m
  expect: {firings: [{automation: Nobody says a word, step: 2}]}
";
    let desk = desk(SILENCE, tests);
    desk.commit("A rule and its test");
    desk.annals(&["test"]).exits(0);
    desk.write(
        "automations/rule.yaml",
        SILENCE.replace("within: 600", "within: 3600"),
    );
    desk.annals(&["test"]).exits(1);
}

#[test]
fn a_step_takes_what_an_entry_takes_and_means_the_same() {
    let tests = r"
- name: Corrections, duplicates, assessments
  automations: automations
  steps:
    - declare: {id: first, title: Orders arrive late, severity: high, tags: [orders]}
    - declare: {id: second, title: Orders are late, severity: high}
    - {after: 1m, incident: first, id: raised, update: {severity: critical, tags: {add: [etl]}}}
    - {after: 1m, incident: first, assessment: {upcoming_runs: 3}, visibility: internal}
    - {after: 1m, incident: first, retract: {entry: raised, reason: It was the other queue.}}
    - {after: 1m, duplicate_of: first}
    - {after: 1m, incident: first, attach: {file: lag.png}}
  expect:
    firings:
      - {automation: All, step: 1}
      - {automation: All, step: 2}
      - {automation: All, step: 3, actions: [{payload: {event: updated.severity}}]}
      - {automation: All, step: 3, actions: [{payload: {event: updated.tags}}]}
      - {automation: All, step: 4}
      - {automation: All, step: 5, actions: [{payload: {event: entry.retracted, severity: high}}]}
      - {automation: All, step: 6, actions: [{payload: {event: resolved, incident: second}}]}
      - {automation: All, step: 7}
";
    let rule = r#"
name: All
trigger:
  {type: event, posture: Reactive, match: {prefect.resource.id: "incident.*"}, expect: ["incident.*"], threshold: 1, within: 0}
actions:
  - type: call-webhook
    url: https://example.com/hook
    payload:
      event: "{{ event.event | replace(from='prefect-cloud.incident.', to='') }}"
      severity: "{{ incident.severity }}"
      incident: "{{ incident.id }}"
"#;
    let said = desk(rule, tests).annals(&["test"]);
    assert_eq!(said.out, "1 passed, 0 failed\n", "{}", said.err);
}

#[test]
fn programs_are_told_each_test_and_its_place() {
    let tests = "
- name: Twenty minutes without a word
  steps: [{declare: {title: Late, severity: high}}, {after: 20m}]
  expect: {firings: []}
- name: Nothing happens
  steps: [{after: 1m}]
  expect: {firings: []}
- name: A fault
  steps: [{}]
  expect: {firings: []}
";
    let desk = desk(SILENCE, tests);
    let said = desk.annals(&["test", "--format", "json"]).exits(2).json();
    let tests = &said["tests"];
    let counts = ["passed", "failed", "untried"].map(|key| &said[key]);
    assert_eq!(counts, [&json!(1), &json!(1), &json!(1)]);
    assert_eq!(tests[0]["path"], "tests/rules.yaml");
    assert_eq!(tests[0]["line"], 2);
    let difference = json!({
        "place": "step 2 (tests/rules.yaml:3)",
        "expected": null,
        "found": "Nobody says a word fires as time passes",
    });
    assert_eq!(tests[0]["differences"], json!([difference]));
    assert_eq!(tests[1]["passed"], true);
    assert_eq!(said["diagnostics"][0]["code"], "entry-without-kind");
}

#[test]
fn tests_say_the_same_whenever_they_are_run() {
    let tests = "
- name: Two days late
  steps: [{declare: {title: Late, severity: high, declared_at: 2026-01-03T11:00:00Z}}, {after: 20m}]
  expect: {firings: [{automation: Nobody says a word, step: 2, actions: [{acts: skip}]}]}
";
    let mut desk = desk(SILENCE, tests);
    let first = desk.annals(&["test", "--format", "junit"]).exits(0);
    desk.wait(minutes(600_000));
    let later = desk.annals(&["test", "--format", "junit"]).exits(0);
    assert_eq!(first.out, later.out);
}

#[test]
fn junit_is_xml_whatever_a_test_is_called() {
    let hostile = "</testcase> \\\" & ]]> \\u0000 \\u001b[31m \\uffff \u{202e}\\n2";
    let tests = format!(
        "
- name: \"{hostile}\"
  steps: [{{declare: {{title: Late, severity: high}}}}, {{name: \"{hostile}\", after: 20m}}]
  expect: {{firings: []}}
- name: A fault
  steps: [{{comment: x}}]
  expect: {{firings: []}}
- name: Nothing happens
  steps: [{{after: 1m}}]
  expect: {{firings: []}}
"
    );
    let desk = desk(SILENCE, &tests);
    desk.write("tests/broken.yaml", "- nam: x\n");
    let said = desk.annals(&["test", "--format", "junit"]).exits(2);
    let xml = roxmltree::Document::parse(&said.out).expect("XML");
    let count = |element: &roxmltree::Node<'_, '_>, key| element.attribute(key).map(str::to_owned);
    let root = xml.root_element();
    let counts = ["tests", "failures", "errors"].map(|key| count(&root, key).expect("a count"));
    assert_eq!(counts, ["4", "1", "2"]);
    let suites: Vec<_> = root.children().filter(|node| node.is_element()).collect();
    let names: Vec<_> = suites.iter().map(|suite| suite.attribute("name")).collect();
    assert_eq!(names, [Some("tests/broken.yaml"), Some("tests/rules.yaml")]);
    let cases: Vec<_> = suites[1]
        .children()
        .filter(|node| node.is_element())
        .collect();
    let name = cases[0].attribute("name").expect("a name");
    assert!(name.starts_with("</testcase> \" & ]]> "), "{name}");
    assert!(
        !name.contains(['\0', '\u{1b}', '\u{ffff}', '\u{202e}', '\n']),
        "{name:?}"
    );
    let inside = |case: &roxmltree::Node<'_, '_>| {
        let element = case.first_element_child();
        element.map(|element| {
            (
                element.tag_name().name().to_owned(),
                element.text().map(str::to_owned),
            )
        })
    };
    let (kind, text) = inside(&cases[0]).expect("a failure");
    assert_eq!(kind, "failure");
    assert!(
        text.expect("words")
            .contains("Nobody says a word fires as time passes")
    );
    assert_eq!(inside(&cases[1]).expect("an error").0, "error");
    assert_eq!(inside(&cases[2]), None);
}

#[test]
fn files_are_named_as_they_were_typed_and_folders_are_not_looked_into_deeply() {
    let tests = "- {name: Nothing happens, steps: [{after: 1m}], expect: {firings: []}}\n";
    let desk = desk(SILENCE, tests);
    desk.write("tests/deeper/other.yaml", "this: is none of ours\n");
    desk.write("tests/deeper/README.md", "Nor is this.\n");
    desk.write("other/README.md", "Nor is this.\n");
    desk.write("other/inside/test.yml", tests);
    desk.annals(&["test"]).exits(0).says("1 passed, 0 failed");
    let inside = desk.annals_in("other/inside", &["test"]).exits(0);
    assert_eq!(inside.out, "1 passed, 0 failed\n");
    let said = desk.annals_in("other/inside", &["test", "test.yml", "../../tests"]);
    assert_eq!(said.exits(0).out, "2 passed, 0 failed\n");
    desk.annals(&["test", "other"])
        .exits(2)
        .warns("the folder `other` holds no tests");
    desk.annals(&["test", "nowhere.yaml"])
        .exits(2)
        .warns("`nowhere.yaml`");
}

#[test]
fn a_form_that_is_not_printed_is_refused() {
    let desk = desk(SILENCE, "[]");
    desk.annals(&["test", "--format", "csv"]).exits(2);
    desk.annals(&["list", "--format", "junit"]).exits(2);
}
