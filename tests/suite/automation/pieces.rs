//! A range of commits, evaluated whole or in any pieces, sets off the same.

use annals::automation::engine::Firing;
use annals::automation::evaluation::{Evaluation, State};
use annals::text::moment::Moment;
use proptest::prelude::*;

use super::branch::Branch;

/// Triggers of every kind, over events that the branches below do hold.
const TRIGGERS: &[&str] = &[
    "{type: event, posture: Reactive, expect: [incident.comment.added]}",
    "{type: event, posture: Reactive, expect: [incident.comment.added], threshold: 2}",
    "{type: event, posture: Reactive, expect: [incident.*], threshold: 3, within: 600}",
    "{type: event, posture: Reactive, after: [incident.declared], expect: [incident.updated.severity], \
     for_each: [prefect.resource.id], within: 1800}",
    "{type: event, posture: Reactive, after: [incident.comment.added], expect: [incident.comment.added], within: 900}",
    "{type: event, posture: Proactive, after: [incident.declared], expect: [incident.comment.added], \
     for_each: [prefect.resource.id], within: 600}",
    "{type: event, posture: Proactive, expect: [incident.declared], within: 1200}",
    "{type: event, posture: Proactive, expect: [incident.comment.added], for_each: [incident.severity], \
     threshold: 2, within: 300}",
    "{type: compound, require: all, within: 3600, triggers: [\
     {type: event, posture: Reactive, expect: [incident.declared]}, \
     {type: event, posture: Reactive, expect: [incident.updated.severity]}]}",
    "{type: compound, require: any, within: null, triggers: [\
     {type: event, posture: Reactive, expect: [incident.declared]}, \
     {type: event, posture: Proactive, expect: [incident.comment.added], within: 900}]}",
    "{type: sequence, within: null, triggers: [\
     {type: event, posture: Reactive, expect: [incident.declared]}, \
     {type: compound, require: 1, within: 60, triggers: [\
     {type: event, posture: Reactive, expect: [incident.comment.added], threshold: 2, within: 1200}]}]}",
];

/// One commit: so many minutes after the one before, about which incident, saying what.
type Commit = (u32, usize, usize);

const SAYINGS: &[&str] = &[
    "comment: \"Words.\"",
    "update: {severity: critical}",
    "update: {severity: low}",
    "update: {status: identified}",
];

fn branch(commits: &[Commit], rules: &[(usize, bool)]) -> Branch {
    let mut branch = Branch::new();
    for (number, trigger) in TRIGGERS.iter().enumerate() {
        branch = branch.with_rule(&rule(number, trigger, true));
    }
    let (mut minute, mut declared) = (0, [false; 3]);
    for (number, (wait, incident, saying)) in commits.iter().enumerate() {
        minute += wait;
        let clock = format!("{:02}:{:02}:00", minute / 60, minute % 60);
        let id = format!("incident-{incident}");
        if declared[*incident] {
            // Without a number, the same said twice in one moment would be one entry.
            let text = format!(
                "at: 2026-11-22T{clock}Z\nby: Ana <ana@example.com>\n{}\nx-number: {number}\n",
                SAYINGS[*saying]
            );
            branch.append(&id, &clock, &[&text]);
        } else {
            let text = format!(
                "title: Late\nseverity: high\ndeclared_at: 2026-11-22T{clock}Z\ndeclared_by: Ana <ana@example.com>\n"
            );
            branch.declare(&id, &clock, &text);
            declared[*incident] = true;
        }
        let changed = rules.iter().filter(|(at, _)| *at == number);
        for (at, on) in changed {
            let all = TRIGGERS.iter().enumerate();
            let all =
                all.map(|(number, trigger)| rule(number, trigger, *on || number % 3 != at % 3));
            let all: Vec<String> = all.collect();
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            branch.with_last_commit_rules(&all);
        }
    }
    branch
}

fn rule(number: usize, trigger: &str, on: bool) -> String {
    format!(
        "name: rule {number}\nenabled: {on}\ntrigger: {trigger}\nactions:\n\
         - {{type: call-webhook, url: \"${{HOOK}}\", payload: \"{{% if incident %}}{{{{ incident.title }}}} \
         {{{{ incident.severity }}}}{{% endif %}}\"}}\n"
    )
}

/// Evaluates the branch piece by piece, each with what the one before left in JSON.
fn in_pieces(branch: &Branch, cuts: &[usize], end: Moment) -> (Vec<Firing>, Vec<String>) {
    let (mut firings, mut actions) = (Vec::new(), Vec::new());
    let mut state = State::default();
    let mut from = 0;
    for to in cuts.iter().copied().chain([branch.landings.len()]) {
        let is_last = to == branch.landings.len();
        let until = is_last.then_some(end);
        let Evaluation {
            firings: fired,
            actions: done,
            state: left,
            ..
        } = branch.evaluate_piece(from..to, state, until, end);
        firings.extend(fired);
        actions.extend(
            done.iter()
                .map(|action| serde_json::to_string(action).expect("JSON")),
        );
        let text = serde_json::to_string(&left).expect("JSON");
        state = serde_json::from_str(&text).expect("a state");
        from = to;
    }
    (firings, actions)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whole_commit_by_commit_and_in_pieces_the_same_fires(
        commits in prop::collection::vec((0_u32..40, 0_usize..3, 0..SAYINGS.len()), 1..25),
        rules in prop::collection::vec((0_usize..25, any::<bool>()), 0..3),
        cuts in prop::collection::btree_set(0_usize..25, 0..6),
    ) {
        let branch = branch(&commits, &rules);
        let end = super::branch::at("23:30:00");
        let count = branch.landings.len();
        let cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut <= count).collect();
        let each: Vec<usize> = (1..count).collect();
        let whole = in_pieces(&branch, &[], end);
        prop_assert_eq!(&whole, &in_pieces(&branch, &each, end));
        prop_assert_eq!(&whole, &in_pieces(&branch, &cuts, end));
    }
}

#[test]
fn every_kind_of_trigger_fires_in_what_is_tried() {
    // Two of each, side by side.
    let commits: Vec<Commit> = (0..12)
        .flat_map(|pair| [(9, pair % 3, pair % 4), (0, (pair + 1) % 3, pair % 4)])
        .collect();
    let branch = branch(&commits, &[]);
    let (firings, _) = in_pieces(&branch, &[], super::branch::at("23:30:00"));
    for number in 0..TRIGGERS.len() {
        let name = format!("rule {number}");
        assert!(
            firings.iter().any(|firing| firing.automation == name),
            "{name}"
        );
    }
}
