//! Why an automation fired, or did not.

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
  expect: [incident.commented]
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
  expect: [incident.commented]
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

/// A record with these rules, one minute before anything happens.
fn desk(rules: &[&str]) -> Desk {
    let mut desk = Desk::ready();
    for (number, rule) in rules.iter().enumerate() {
        desk.write(&format!("automations/rule-{number}.yaml"), rule);
    }
    desk.write("annals.yaml", desk.read("annals.yaml") + HOOK);
    desk.commit("rules");
    desk.wait(minutes(1));
    desk
}

const HOOK: &str = "environment: {HOOK: {use: url, hosts: [example.com]}}\n";
