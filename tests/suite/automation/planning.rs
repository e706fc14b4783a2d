//! What a change would set off, and how that is shown.

use annals::automation::action::{Action, Acts};
use annals::automation::evaluation::Difference;
use annals::automation::plan::{markdown, text};

use crate::automation::branch::Branch;

const TELL: &str = r#"
name: Tell a hook
trigger:
  type: event
  match: {prefect.resource.id: "incident.*", incident.severity: critical}
  expect: [incident.declared, incident.updated.severity]
  posture: Reactive
  threshold: 1
  within: 0
actions:
  - type: call-webhook
    url: "${HOOK}"
    payload: '{"id": "{{ incident.id }}", "severity": "{{ event.payload.severity }}"}'
"#;

const CRITICAL: &str = "{title: Orders are late, severity: critical, declared_at: 2026-11-22T07:31:00Z, declared_by: Ana}";
const HIGH: &str =
    "{title: Orders are late, severity: high, declared_at: 2026-11-22T07:31:00Z, declared_by: Ana}";

fn skipped(action: &Action) -> &str {
    match &action.acts {
        Acts::Skip { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_critical_declaration_calls_the_hook_once_with_its_body_and_says_why() {
    let mut branch = Branch::new().with_rule(TELL);
    branch.declare("late-orders", "07:32:00", CRITICAL);
    let evaluation = branch.evaluate("07:35:00");
    let [action] = evaluation.actions.as_slice() else {
        panic!("{:?}", evaluation.actions);
    };
    assert_eq!(action.acts, Acts::Act);
    assert_eq!(action.target, "HOOK");
    let request = action.request.as_ref().expect("a request");
    assert_eq!(request.url.written(), "${HOOK}");
    let body = r#"{"id": "late-orders", "severity": "critical"}"#;
    assert_eq!(action.body(), Some(body));
    let reason = &evaluation.firings[0].reason.conditions;
    assert!(reason.iter().all(|condition| condition.held), "{reason:?}");
    assert_eq!(reason[1].condition, "match prefect-cloud.incident.severity");
    assert_eq!(reason[1].found.as_deref(), Some("critical"));
}

#[test]
fn keys_are_the_same_whenever_and_in_whatever_commit_it_is_evaluated() {
    let key = |clock: &str, now: &str, ids: &[&str]| {
        let mut branch = Branch::new().with_rule(TELL);
        for id in ids {
            branch.declare(id, clock, CRITICAL);
        }
        branch.evaluate(now).actions[0].key.clone()
    };
    let first = key("07:32:00", "07:35:00", &["late-orders"]);
    assert_eq!(
        first,
        key("07:50:00", "09:35:00", &["late-orders", "other"])
    );
    assert_ne!(first, key("07:32:00", "07:35:00", &["other"]));
    // Pinned: were it to change, everything that ever acted would act again.
    assert_eq!(first, "18af5a49872323c1df616086c9889d64");
}

#[test]
fn a_range_evaluated_in_pieces_fires_as_it_does_whole() {
    let mut branch = Branch::new().with_rule(TELL);
    branch.declare("late-orders", "07:32:00", HIGH);
    branch.append(
        "late-orders",
        "07:40:00",
        &["{at: 2026-11-22T07:39:00Z, by: Bo, update: {severity: critical}}"],
    );
    branch.append(
        "late-orders",
        "07:50:00",
        &["{at: 2026-11-22T07:49:00Z, by: Bo, update: {severity: low}}"],
    );
    branch.append(
        "late-orders",
        "08:00:00",
        &["{at: 2026-11-22T07:59:00Z, by: Bo, update: {severity: critical}}"],
    );
    let whole = branch.evaluate("08:00:00").firings;
    assert_eq!(whole.len(), 2);
    let mut pieces = Vec::new();
    for landing in branch.landings.clone() {
        branch.landings = vec![landing];
        pieces.extend(branch.evaluate("08:00:00").firings);
    }
    assert_eq!(pieces, whole);
}

#[test]
fn a_rule_sees_only_what_lands_after_it_was_introduced_or_given_another_trigger() {
    let other_actions = TELL.replace("call-webhook", "call-webhook\n    idempotent: true");
    let other_trigger = TELL.replace("expect: [", "expect: [incident.resolved, ");
    let off = TELL.replace("trigger:", "enabled: false\ntrigger:");
    let relaid = format!(
        "# moved\n{}",
        TELL.replace(
            "incident.severity: critical",
            "prefect-cloud.incident.severity: [critical]"
        )
    );
    let fired = |base: Option<&str>, now: &[&str]| {
        let mut branch = Branch::new();
        branch = base.into_iter().fold(branch, Branch::with_rule);
        branch.declare("first", "07:32:00", CRITICAL);
        branch.with_last_commit_rules(now);
        branch.declare("second", "07:33:00", CRITICAL);
        let evaluation = branch.evaluate("07:35:00");
        let incidents = evaluation
            .actions
            .iter()
            .map(|action| action.incident.clone());
        let difference = evaluation.changes.first().map(|change| change.difference);
        (incidents.collect::<Vec<_>>(), difference)
    };
    let second = Some("second".to_owned());
    let all = vec![Some("first".to_owned()), second.clone()];
    let after = vec![second];
    assert_eq!(
        fired(None, &[TELL]),
        (after.clone(), Some(Difference::Added))
    );
    assert_eq!(
        fired(Some(TELL), &[&other_trigger]),
        (after.clone(), Some(Difference::Trigger))
    );
    assert_eq!(
        fired(Some(&off), &[TELL]),
        (after, Some(Difference::Trigger))
    );
    assert_eq!(
        fired(Some(TELL), &[&off]),
        (vec![], Some(Difference::Trigger))
    );
    assert_eq!(fired(Some(TELL), &[]), (vec![], Some(Difference::Removed)));
    assert_eq!(fired(Some(TELL), &[&relaid]), (all.clone(), None));
    assert_eq!(
        fired(Some(TELL), &[&other_actions]),
        (all, Some(Difference::Actions))
    );
}

#[test]
fn old_imported_and_late_facts_do_not_act_unless_the_rule_says_so() {
    let run = |rule: &str, text: &str, landed: &str, now: &str| {
        let mut branch = Branch::new().with_rule(rule);
        branch.settings.policy.act_within =
            annals::text::duration::Within(annals::text::duration::Duration::minutes(60));
        branch.declare("late-orders", landed, text);
        branch.evaluate(now).actions.remove(0)
    };
    let imported = CRITICAL.replace('}', ", x-source: {id: 1}}");
    let historical = format!("historical: true\n{TELL}");
    assert_eq!(
        run(TELL, CRITICAL, "08:31:00", "09:31:00").acts,
        Acts::Act,
        "to the minute"
    );
    let late = run(TELL, CRITICAL, "08:31:01", "08:32:00");
    assert_eq!(
        skipped(&late),
        "recorded 1 h after it happened; facts act within 1 h"
    );
    assert_eq!(late.body(), None);
    let waited = run(TELL, CRITICAL, "07:32:00", "12:00:00");
    assert_eq!(
        skipped(&waited),
        "landed 4 h 28 min before this run; facts act within 1 h"
    );
    assert_eq!(
        skipped(&run(TELL, &imported, "07:32:00", "07:33:00")),
        "the fact was imported"
    );
    assert_eq!(
        run(&historical, &imported, "09:32:00", "12:33:00").acts,
        Acts::Act
    );
}

#[test]
fn a_template_that_fails_fails_its_own_action_alone() {
    let rule = TELL.replace(
        "actions:",
        "actions:\n  - {type: call-webhook, url: 'https://example.com/a?t=1', payload: '{{ event.payload.from }}'}",
    );
    let mut branch = Branch::new().with_rule(&rule);
    branch.declare("late-orders", "07:32:00", CRITICAL);
    let evaluation = branch.evaluate("07:35:00");
    assert!(
        matches!(&evaluation.actions[0].acts, Acts::Fail { reason } if reason.contains("from")),
        "{:?}",
        evaluation.actions[0]
    );
    assert_eq!(evaluation.actions[0].target, "example.com/a");
    assert_eq!(evaluation.actions[1].acts, Acts::Act);
}

#[test]
fn a_payload_written_as_a_value_is_json_whatever_a_title_holds() {
    let rule = TELL.replace(
        r#"'{"id": "{{ incident.id }}", "severity": "{{ event.payload.severity }}"}'"#,
        "{text: '{{ incident.title }}', fields: ['{{ incident.severity }}', 3]}",
    );
    let mut branch = Branch::new().with_rule(&rule);
    let text = CRITICAL.replace("Orders are late", r#"'"}; ${HOOK} {{ 1 }}'"#);
    branch.declare("late-orders", "07:32:00", &text);
    let body = branch.evaluate("07:35:00").actions[0]
        .body()
        .map(str::to_owned);
    assert_eq!(
        body.as_deref(),
        Some(r#"{"text":"\"}; ${HOOK} {{ 1 }}","fields":["critical",3]}"#)
    );
}

#[test]
fn what_is_taken_in_twice_fires_once() {
    let mut branch = Branch::new().with_rule(TELL);
    branch.declare("late-orders", "07:32:00", CRITICAL);
    branch.declare("late-orders", "07:33:00", CRITICAL);
    let evaluation = branch.evaluate("07:35:00");
    assert_eq!((evaluation.facts.len(), evaluation.actions.len()), (1, 1));
}

#[test]
fn a_plan_is_read_in_text_and_in_markdown_and_nothing_breaks_out_of_it() {
    let rule = TELL.replace("incident.id }}", "incident.title }}");
    let mut branch = Branch::new().with_rule(&rule);
    let title = "\"x\\n```\\n<img src=x> `@everyone`\\e[2J\"";
    let declaration = CRITICAL.replace("Orders are late", title);
    branch.declare("late-orders", "07:32:00", &declaration);
    branch.with_last_commit_rules(&[&rule, &rule.replace("Tell a hook", "Other")]);
    let plan = branch.plan("07:35:00");
    insta::assert_snapshot!("text", text(&plan));
    insta::assert_snapshot!("markdown", markdown(&plan));
    let json = serde_json::to_value(&plan).expect("JSON");
    assert_eq!(
        json["firings"][0]["actions"][0]["request"]["url"],
        "${HOOK}"
    );
    assert_eq!(json["firings"][0]["actions"][0]["acts"], "act");
    assert_eq!(json["changes"][0]["difference"], "added");
    assert_eq!(json["hash"], plan.hash);
}

#[test]
fn the_hash_covers_what_would_be_done_and_not_when_it_is_asked() {
    let hash = |rule: &str, text: &str, now: &str| {
        let mut branch = Branch::new().with_rule(rule);
        branch.declare("late-orders", "07:32:00", text);
        branch.plan(now).hash
    };
    let first = hash(TELL, CRITICAL, "07:35:00");
    assert_eq!(first, hash(TELL, CRITICAL, "08:35:00"));
    assert_ne!(
        first,
        hash(
            &TELL.replace("${HOOK}", "https://example.com"),
            CRITICAL,
            "07:35:00"
        )
    );
    assert_ne!(
        first,
        hash(&TELL.replace("{\"id\"", "{\"ID\""), CRITICAL, "07:35:00")
    );
    assert_ne!(first, hash(TELL, HIGH, "07:35:00"));
}

#[test]
fn a_plan_in_markdown_fits_into_a_comment_and_counts_the_rest() {
    let mut branch = Branch::new().with_rule(TELL);
    for number in 0..400 {
        branch.declare(&format!("incident-{number}"), "07:32:00", CRITICAL);
    }
    let plan = branch.plan("07:35:00");
    let page = markdown(&plan);
    assert!(page.chars().count() <= 60_000, "{}", page.chars().count());
    let shown = page.matches("would be sent").count();
    assert!((100..400).contains(&shown), "{shown}");
    // What is wrong with the automations is a part as well, and comes last.
    let rest = format!("… and {} parts more", 401 - shown);
    assert!(page.contains(&rest), "{rest}");
    assert!(page.contains(&plan.hash), "the hash is never left out");
    assert_eq!(text(&plan).matches("would be sent").count(), 400);
}
