//! What Prefect's own engine did, recorded: this engine does the same.

use serde_json::{Value as Json, json};

use crate::desk::Desk;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/prefect");
const CASES: &str = include_str!("../../cases/prefect/cases.jsonl");

#[test]
fn every_recorded_case_comes_out_as_in_prefects_engine() {
    let said = Desk::new().annals(&["test", FOLDER]).exits(0);
    assert_eq!(said.out, "751 passed, 0 failed\n");
}

#[test]
fn a_case_that_comes_out_otherwise_fails_and_says_where() {
    let desk = Desk::new();
    let name = r#""name":"after-reactive-for-each""#;
    let line = CASES.lines().find(|line| line.contains(name));
    let mut case: Json = serde_json::from_str(line.expect("the case")).expect("JSON");
    case["expected"]["firings"][0]["event"] = json!("another");
    case["expected"]["delivery"][1] = json!("held");
    desk.write("annals.yaml", "format: 1\n")
        .write("tests/case.json", case.to_string());
    let said = desk.annals(&["test"]).exits(1);
    insta::assert_snapshot!(said.out, @"
    after-reactive-for-each failed (tests/case.json:1)
      step 1
        expected  held
        found     processed
      step 2
        expected  a fires at 2026-01-05T12:00:02.000Z on another, prefect.resource.id = incident.A
        found     nothing
      step 2
        expected  nothing
        found     a fires at 2026-01-05T12:00:02.000Z on a1, prefect.resource.id = incident.A
    0 passed, 1 failed
    ");
    case["prefect_version"] = json!("3.8.0");
    desk.write("tests/case.json", case.to_string());
    desk.annals(&["test"])
        .exits(1)
        .says("release of Prefect\n    expected  3.8.0\n    found     3.9.1\n");
}
