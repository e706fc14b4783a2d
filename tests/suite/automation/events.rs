//! What appended things mean.

use annals::automation::derive::Fact;
use serde_json::json;

use crate::automation::branch::{Branch, at};

const LATE_ORDERS: &str = "\
title: Orders arrive late
severity: high
declared_at: 2026-11-22T07:31:00Z
declared_by: Ana Ruiz <ana@example.com>
tags: [orders]
resources: [{id: prefect.work-pool.k8s-prod, role: work-pool, name: k8s-prod}]
";

fn names(facts: &[Fact]) -> Vec<&str> {
    let names = facts.iter().map(|fact| fact.event.event.as_str());
    names
        .map(|name| name.trim_start_matches("prefect-cloud.incident."))
        .collect()
}

fn declared() -> Branch {
    let mut branch = Branch::new();
    branch.declare("late-orders", "07:32:00", LATE_ORDERS);
    branch
}

#[test]
fn a_declaration_is_one_event_in_prefects_shape() {
    let facts = declared().last_facts();
    let [fact] = facts.as_slice() else {
        panic!("one event: {facts:?}");
    };
    assert_eq!(
        serde_json::to_value(&fact.event).expect("JSON"),
        json!({
            "id": fact.event.id,
            "occurred": "2026-11-22T07:31:00.000Z",
            "event": "prefect-cloud.incident.declared",
            "resource": {
                "prefect.resource.id": "prefect-cloud.incident.late-orders",
                "prefect.resource.name": "Orders arrive late",
                "prefect-cloud.incident.severity": "high",
                "prefect-cloud.incident.status": "investigating",
                "prefect-cloud.incident.kind": "incident",
            },
            "related": [
                {"prefect.resource.id": "prefect.work-pool.k8s-prod", "prefect.resource.role": "work-pool", "prefect.resource.name": "k8s-prod"},
                {"prefect.resource.id": "prefect.tag.orders", "prefect.resource.role": "tag", "prefect.resource.name": "orders"},
                {"prefect.resource.id": "annals.person.ana@example.com", "prefect.resource.role": "actor", "prefect.resource.name": "Ana Ruiz"},
            ],
            "payload": {
                "id": "late-orders", "name": "Orders arrive late", "status": "investigating", "severity": "high",
                "tags": ["orders"], "entry": "declaration", "by": "Ana Ruiz <ana@example.com>",
                "commit": "0000000000000000000000000000000000000001",
            },
            "follows": null,
        })
    );
    assert_eq!(fact.event.id, "ecd78835-65d7-56a6-ac66-3dfba30b645b");
    assert_eq!(fact.received, at("07:32:00"));
}

#[test]
fn an_update_is_one_event_for_each_fact_that_differs_in_the_order_of_the_table() {
    let mut branch = declared();
    branch.append(
        "late-orders",
        "07:40:00",
        &["{at: 2026-11-22T07:39:00Z, by: Bo, comment: It grows., update: {tags: {add: [etl]}, title: Orders, severity: critical, status: identified, scheduled_for: 2026-11-23T00:00:00Z, scheduled_until: 2026-11-23T01:00:00Z}}"],
    );
    let facts = branch.last_facts();
    let expected = [
        "updated.status",
        "updated.severity",
        "updated.name",
        "updated.tags",
        "updated.schedule",
    ];
    assert_eq!(names(&facts), expected);
    let severity = &facts[1];
    assert_eq!(severity.event.payload["from"], "high");
    assert_eq!(severity.event.payload["to"], "critical");
    assert_eq!(severity.event.payload["comment"], "It grows.");
    assert_eq!(
        severity.event.resource["prefect-cloud.incident.severity"],
        "critical"
    );
    let micros = severity.received - at("07:40:00");
    assert_eq!(micros, annals::text::duration::Duration::microseconds(1));
    assert_eq!(
        facts[4].event.payload["to"]["scheduled_until"],
        "2026-11-23T01:00:00.000Z"
    );
}

#[test]
fn a_phase_that_ends_is_resolved_and_one_that_begins_again_reopened() {
    let mut branch = declared();
    let say = |clock: &str, what: &str| format!("{{at: 2026-11-22T{clock}Z, by: Bo, {what}}}");
    branch.append(
        "late-orders",
        "08:00:00",
        &[&say("08:00:00", "update: {status: resolved}")],
    );
    let facts = branch.last_facts();
    assert_eq!(names(&facts), ["resolved"]);
    assert_eq!(
        facts[0].event.payload["end_time"],
        "2026-11-22T08:00:00.000Z"
    );
    branch.append(
        "late-orders",
        "08:10:00",
        &[&say("08:10:00", "update: {status: monitoring}")],
    );
    assert_eq!(names(&branch.last_facts()), ["reopened"]);
    assert!(
        branch.last_facts()[0]
            .event
            .payload
            .get("end_time")
            .is_none()
    );
    branch.append(
        "late-orders",
        "08:20:00",
        &[&say("08:20:00", "duplicate_of: other")],
    );
    assert_eq!(names(&branch.last_facts()), ["resolved"]);
    assert_eq!(
        branch.last_facts()[0].event.payload["duplicate_of"],
        "other"
    );
}

#[test]
fn what_changes_nothing_in_force_is_told_as_recorded() {
    let mut branch = declared();
    branch.append(
        "late-orders",
        "08:00:00",
        &["{at: 2026-11-22T07:50:00Z, by: Bo, update: {severity: critical}}"],
    );
    branch.append(
        "late-orders",
        "08:10:00",
        &[
            "{at: 2026-11-22T07:45:00Z, by: Bo, comment: backdated, update: {severity: low}}",
            "{at: 2026-11-22T08:09:00Z, by: Bo, update: {severity: critical}}",
        ],
    );
    assert_eq!(
        names(&branch.last_facts()),
        ["entry.recorded", "entry.recorded"]
    );
    assert_eq!(branch.last_facts()[0].event.payload["comment"], "backdated");
}

#[test]
fn every_other_kind_of_entry_has_an_event_of_its_own() {
    let table = [
        ("comment: On it.", "comment.added"),
        ("attach: {file: lag.png}", "attachment.added"),
        ("assessment: {upcoming_runs: 3}", "assessment.added"),
        (
            "correct: {entry: declaration, reason: r, to: {at: 2026-11-22T07:39:00Z, by: Bo, comment: c}}",
            "entry.corrected",
        ),
        ("retract: {entry: x, reason: r}", "entry.retracted"),
        ("redact: {entry: x, reason: r}", "entry.redacted"),
    ];
    for (what, name) in table {
        let mut branch = declared();
        let text = format!("{{at: 2026-11-22T07:39:00Z, by: Bo, {what}}}");
        branch.append("late-orders", "07:40:00", &[&text]);
        assert_eq!(names(&branch.last_facts()), [name], "{what}");
    }
}

#[test]
fn a_retrospective_is_told_anew_for_each_content_and_only_then() {
    let id = |blob: &str, clock: &str| {
        let mut branch = declared();
        branch.append("late-orders", clock, &[]);
        let landing = branch.landings.last_mut().expect("a commit");
        landing.appended[0].retrospective = Some(blob.to_owned());
        let facts = branch.last_facts();
        assert_eq!(names(&facts), ["retrospective.updated"]);
        assert_eq!(facts[0].event.occurred, at(clock));
        facts[0].event.id.clone()
    };
    assert_eq!(id("aaaa", "09:00:00"), id("aaaa", "10:00:00"));
    assert_ne!(id("aaaa", "09:00:00"), id("bbbb", "09:00:00"));
}

#[test]
fn a_first_import_is_told_whole_the_declaration_first() {
    let mut branch = Branch::new();
    let text = format!(
        "{LATE_ORDERS}x-source: {{id: abc}}\nentries:\n  - {{at: 2026-11-22T07:35:00Z, by: Bo, comment: One.}}\n  - {{at: 2026-11-22T07:30:00Z, by: Bo, update: {{status: identified}}}}\n  - {{at: 2026-11-22T07:45:00Z, by: Bo, update: {{status: resolved}}}}\n"
    );
    branch.declare("late-orders", "09:00:00", &text);
    branch.append(
        "late-orders",
        "09:30:00",
        &["{at: 2026-11-22T09:29:00Z, by: Bo, comment: Ours.}"],
    );
    assert!(branch.last_facts().iter().all(|fact| !fact.imported));
    branch.landings.pop();
    let facts = branch.last_facts();
    assert_eq!(
        names(&facts),
        ["declared", "entry.recorded", "comment.added", "resolved"]
    );
    assert!(facts.iter().all(|fact| fact.imported));
    assert_eq!(
        facts[0].event.resource["prefect-cloud.incident.status"],
        "investigating"
    );
}
