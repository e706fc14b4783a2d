//! Stories about what commits mean: what vanishes and returns, what is rewritten, what comes
//! of itself, and that it is the same told whole or in pieces.

use annals::archive::repository::{ObjectId, Repository};
use annals::archive::walk::Walk;
use annals::automation::derive::{Fact, Facts};
use annals::incident::vocabulary::Vocabulary;
use annals::text::moment::Moment;
use proptest::prelude::*;

use crate::desk::{Desk, minutes};

const LATE: &str = "incidents/2026/11/late.yaml";
const ENTRY: &str = "incidents/2026/11/late/one.yaml";
const RETROSPECTIVE: &str = "incidents/2026/11/late/retrospective.md";

fn declaration(more: &str) -> String {
    format!(
        "title: Orders arrive late\nseverity: high\ndeclared_at: 2026-11-22T06:00:00Z\ndeclared_by: Ana Ruiz <ana@example.com>\n{more}"
    )
}

fn said(clock: &str, what: &str) -> String {
    format!("at: 2026-11-22T{clock}Z\nby: Bo Li <bo@example.com>\n{what}\n")
}

fn at(clock: &str) -> Moment {
    Moment::parse(&format!("2026-11-22T{clock}Z")).expect("a moment")
}

/// An incident with one comment, in two commits.
fn recorded() -> Desk {
    let mut desk = Desk::new();
    desk.write(LATE, declaration("")).commit("declared");
    desk.wait(minutes(1));
    desk.write(ENTRY, said("06:10:00", "comment: Half of them."))
        .commit("said");
    desk.wait(minutes(1));
    desk
}

/// What the commits after `after` up to `to` mean to whoever knows `facts`.
fn tell(desk: &Desk, facts: &mut Facts, after: Option<&str>, to: &str) -> Vec<Fact> {
    let repository = Repository::discover(&desk.folder).expect("a repository");
    let vocabulary = Vocabulary::default();
    let walk = Walk {
        repository: &repository,
        vocabulary: &vocabulary,
        after: after.and_then(ObjectId::parse),
        to: repository.resolve(to).expect("a commit"),
        received: facts.received(),
        earlier: None,
        scattered: facts.scattered(),
        turns: std::borrow::Cow::Owned(facts.turns().clone()),
    };
    let landings = walk.landings().expect("landings");
    let landings: Vec<_> = landings
        .map(|landing| landing.expect("a landing"))
        .collect();
    landings
        .into_iter()
        .flat_map(|landing| facts.landing(&landing, &vocabulary))
        .collect()
}

/// The names of the events that the last commit means, seen after all before it.
fn last(desk: &Desk) -> Vec<String> {
    let mut facts = Facts::default();
    let before = desk.git(&["rev-parse", "HEAD~"]);
    tell(desk, &mut facts, None, "HEAD~");
    names(&tell(desk, &mut facts, Some(&before), "HEAD"))
}

fn names(facts: &[Fact]) -> Vec<String> {
    let names = facts.iter().map(|fact| fact.event.event.as_str());
    names
        .map(|name| {
            name.trim_start_matches("prefect-cloud.incident.")
                .to_owned()
        })
        .collect()
}

#[test]
fn who_edits_or_deletes_what_was_recorded_rewrites_history() {
    let desk = recorded();
    desk.write(ENTRY, said("06:10:00", "comment: None of them."))
        .commit("edited");
    assert_eq!(last(&desk), ["history.rewritten"]);
    std::fs::remove_file(desk.folder.join(ENTRY)).expect("a file");
    desk.commit("deleted");
    assert_eq!(last(&desk), ["history.rewritten"]);
    std::fs::remove_file(desk.folder.join(LATE)).expect("a file");
    desk.commit("deleted whole");
    assert_eq!(last(&desk), ["history.rewritten"]);
}

#[test]
fn what_is_moved_or_appended_inside_a_file_is_honest() {
    let desk = recorded();
    std::fs::create_dir_all(desk.folder.join("incidents/old")).expect("a folder");
    desk.git(&["mv", "incidents/2026/11", "incidents/old/11"]);
    desk.commit("moved");
    assert_eq!(last(&desk), [""; 0]);
    let inside = "entries:\n  - {at: 2026-11-22T06:20:00Z, by: Bo, comment: Inside.}\n";
    desk.write("incidents/old/11/late.yaml", declaration(inside))
        .commit("inside");
    assert_eq!(last(&desk), ["comment.added"]);
    desk.write("incidents/old/11/late.yaml", declaration(""))
        .commit("taken out");
    assert_eq!(last(&desk), ["history.rewritten"]);
}

#[test]
fn what_vanishes_and_returns_is_not_new() {
    let desk = recorded();
    for path in [LATE, ENTRY] {
        std::fs::remove_file(desk.folder.join(path)).expect("a file");
    }
    desk.commit("reset").git(&["revert", "--no-edit", "HEAD"]);
    assert_eq!(last(&desk), [""; 0], "it is as it was");
    desk.write(
        "incidents/2026/11/late/two.yaml",
        said("06:30:00", "update: {status: resolved}"),
    );
    desk.commit("goes on");
    assert_eq!(last(&desk), ["resolved"]);
    // Nobody who asks for the end alone knows what was carried, but the record does.
    let events = desk.annals(&["events", "--since", "HEAD~2"]).exits(0).out;
    assert_eq!(events.lines().count(), 1, "{events}");
}

#[test]
fn a_retrospective_is_told_once_for_each_content() {
    let desk = recorded();
    let write = |words: &str| {
        desk.write(RETROSPECTIVE, words).commit("words");
        last(&desk)
    };
    assert_eq!(write("First.\n"), ["retrospective.updated"]);
    assert_eq!(write("Second.\n"), ["retrospective.updated"]);
    assert_eq!(write("First.\n"), [""; 0]);
    std::fs::remove_file(desk.folder.join(RETROSPECTIVE)).expect("a file");
    desk.commit("away");
    assert_eq!(last(&desk), [""; 0]);
    assert_eq!(write("First.\n"), [""; 0]);
    assert_eq!(write("Third.\n"), ["retrospective.updated"]);
}

#[test]
fn a_last_run_beside_the_branch_sees_one_step_and_what_was_rewritten() {
    let desk = recorded();
    let mut facts = Facts::default();
    tell(&desk, &mut facts, None, "HEAD");
    let stood = desk.git(&["rev-parse", "HEAD"]);
    desk.git(&["reset", "--quiet", "--hard", "HEAD~"]);
    desk.write(
        "incidents/2026/11/late/two.yaml",
        said("06:30:00", "comment: Other."),
    );
    desk.commit("other");
    desk.write(
        "incidents/2026/11/late/three.yaml",
        said("06:40:00", "comment: More."),
    );
    desk.commit("more");
    let told = tell(&desk, &mut facts, Some(&stood), "HEAD");
    assert_eq!(
        names(&told),
        ["comment.added", "comment.added", "history.rewritten"]
    );
}

#[test]
fn words_that_a_later_commit_redacts_are_never_told() {
    let desk = recorded();
    let redact = "redact: {entry: one, reason: a secret}";
    desk.write("incidents/2026/11/late/two.yaml", said("06:30:00", redact))
        .commit("redacted");
    let events = desk.annals(&["events", "--format", "json"]).exits(0);
    assert!(!events.out.contains("Half of them"), "{}", events.out);
    events.says("[redacted]");
}

fn planned(from: &str, until: &str) -> String {
    let kind = "kind: maintenance\nseverity: low";
    let schedule =
        format!("scheduled_for: 2026-11-22T{from}Z\nscheduled_until: 2026-11-22T{until}Z\n");
    declaration(&schedule).replace("severity: high", kind)
}

#[test]
fn maintenance_begins_and_ends_by_its_schedule_between_commits() {
    let desk = Desk::new();
    desk.write(LATE, planned("08:00:00", "09:00:00"))
        .commit("planned");
    let mut facts = Facts::default();
    assert_eq!(names(&tell(&desk, &mut facts, None, "HEAD")), ["declared"]);
    assert_eq!(names(&facts.due(at("07:59:59"))), [""; 0]);
    let began = facts.due(at("08:30:00"));
    assert_eq!(names(&began), ["maintenance.started"]);
    let event = &began[0].event;
    assert_eq!(
        (began[0].received, event.occurred),
        (at("08:00:00"), at("08:00:00"))
    );
    assert_eq!(
        event.resource["prefect-cloud.incident.status"],
        "in_progress"
    );
    assert_eq!(names(&facts.due(at("10:00:00"))), ["maintenance.ended"]);
    assert_eq!(names(&facts.due(at("23:00:00"))), [""; 0]);
}

#[test]
fn who_says_a_status_or_moves_the_schedule_takes_back_what_was_to_come() {
    let mut desk = Desk::new();
    desk.write(LATE, planned("08:00:00", "09:00:00"))
        .commit("planned");
    desk.wait(minutes(10));
    let later =
        "update: {scheduled_for: 2026-11-22T10:00:00Z, scheduled_until: 2026-11-22T11:00:00Z}";
    desk.write(ENTRY, said("07:10:00", later)).commit("moved");
    let mut facts = Facts::default();
    tell(&desk, &mut facts, None, "HEAD");
    assert_eq!(names(&facts.due(at("10:00:00"))), ["maintenance.started"]);
    let before = desk.git(&["rev-parse", "HEAD"]);
    desk.wait(minutes(190));
    desk.write(
        "incidents/2026/11/late/two.yaml",
        said("10:15:00", "update: {status: completed}"),
    );
    desk.commit("done early");
    let told = tell(&desk, &mut facts, Some(&before), "HEAD");
    assert_eq!(names(&told), ["resolved"]);
    assert_eq!(facts.due(at("23:00:00")), []);
}

#[test]
fn a_schedule_that_lands_late_is_told_when_it_lands() {
    let desk = Desk::new();
    desk.write(LATE, planned("06:30:00", "09:00:00"))
        .commit("planned");
    let told = tell(&desk, &mut Facts::default(), None, "HEAD");
    assert_eq!(names(&told), ["declared", "maintenance.started"]);
    assert!(told[1].received > told[0].received, "after the declaration");
    assert_eq!(told[1].event.occurred, at("06:30:00"));
    let mut desk = desk;
    desk.wait(minutes(180));
    desk.annals(&["events"])
        .exits(0)
        .says("maintenance ended by its schedule");
}

/// What one commit of a made-up history does.
fn act(desk: &mut Desk, number: usize, deed: u8, minute: u8) {
    let clock = format!("06:{:02}:00", minute % 60);
    let folder = "incidents/2026/11";
    let path = format!("{folder}/late/e{number}.yaml");
    let entry = |what: &str| said(&clock, what);
    let of = |number: usize| format!("{folder}/late/e{}.yaml", number / 2);
    match deed {
        0 => desk.write(
            &path,
            entry("update: {status: identified, severity: critical}"),
        ),
        1 => desk.write(&path, entry("update: {status: resolved, tags: {add: [a]}}")),
        2 => desk.write(&path, entry("comment: Words.")),
        3 => desk.write(
            &path,
            entry(&format!("retract: {{entry: e{}, reason: no}}", number / 2)),
        ),
        4 => {
            let to = "to: {at: 2026-11-22T06:45:00Z, by: Bo, update: {severity: low}}";
            let target = number.saturating_sub(1);
            desk.write(
                &path,
                entry(&format!("correct: {{entry: e{target}, reason: no, {to}}}")),
            )
        }
        5 => {
            let _ = std::fs::remove_file(desk.folder.join(of(number)));
            &*desk
        }
        6 => desk.write(
            &of(number),
            said("06:10:00", "update: {severity: moderate}"),
        ),
        7 => desk.write(RETROSPECTIVE, format!("Words {}.\n", minute % 3)),
        8 => desk.write(
            &format!("{folder}/work{number}.yaml"),
            planned("07:30:00", "08:30:00"),
        ),
        9 => {
            let work = format!("{folder}/work{}", number.saturating_sub(2));
            desk.write(
                &format!("{work}/done.yaml"),
                said("07:10:00", "update: {status: completed}"),
            )
        }
        10 => desk.write(
            &format!("incidents/elsewhere/late/e{number}.yaml"),
            entry("update: {severity: low}"),
        ),
        11 => {
            std::fs::create_dir_all(desk.folder.join("incidents/moved")).expect("a folder");
            let _ = desk.try_git(&["mv", LATE, "incidents/moved/late.yaml"]);
            &*desk
        }
        _ => {
            let _ = desk.try_git(&["revert", "--no-edit", "HEAD"]);
            &*desk
        }
    };
    desk.commit(&format!("deed {number}"));
    desk.wait(minutes(i64::from(minute)));
}

#[test]
fn thousands_of_corrections_in_one_commit_cost_few_folds_and_end_where_they_lead() {
    let mut desk = recorded();
    let entry = |number: usize, what: &str| {
        format!("  - {{id: {what}{number}, at: 2026-11-22T06:20:00Z, by: Bo, ")
    };
    let mut entries = String::from("entries:\n");
    for number in 0..600 {
        entries.push_str(&(entry(number, "u") + "update: {severity: critical}}\n"));
    }
    desk.write(LATE, declaration(&entries)).commit("updated");
    desk.wait(minutes(1));
    let before = desk.git(&["rev-parse", "HEAD"]);
    for number in 0..600 {
        let retract = format!("retract: {{entry: u{number}, reason: no}}}}\n");
        entries.push_str(&(entry(number, "r") + &retract));
    }
    desk.write(LATE, declaration(&entries)).commit("retracted");
    let mut facts = Facts::default();
    let told = tell(&desk, &mut facts, Some(&before), "HEAD");
    let named = |name: &str| {
        told.iter()
            .filter(|fact| fact.event.event.ends_with(name))
            .count()
    };
    assert_eq!((named("entry.retracted"), told.len()), (600, 600));
    let last = told.last().expect("a fact");
    assert_eq!(last.event.payload["severity"], "high");
    let as_before = told
        .iter()
        .filter(|fact| fact.event.payload["severity"] == "critical");
    assert_eq!(as_before.count(), 599, "the last retraction leaves none");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_history_is_the_same_whole_and_in_any_pieces(
        deeds in proptest::collection::vec((0_u8..13, 0_u8..60, any::<bool>()), 3..14)
    ) {
        let mut desk = Desk::new();
        desk.write(LATE, declaration("")).commit("declared");
        let mut cuts = Vec::new();
        for (number, (deed, minute, cut)) in deeds.into_iter().enumerate() {
            act(&mut desk, number, deed, minute);
            if cut {
                cuts.push(desk.git(&["rev-parse", "HEAD"]));
            }
        }
        cuts.push(desk.git(&["rev-parse", "HEAD"]));
        let end = desk.now();
        let mut known = Facts::default();
        let mut whole = tell(&desk, &mut known, None, "HEAD");
        whole.extend(known.due(end));
        let nothing = serde_json::to_string(&Facts::default()).expect("JSON");
        let (mut carried, mut before, mut pieces) = (nothing, None, Vec::new());
        for cut in &cuts {
            let mut facts: Facts = serde_json::from_str(&carried).expect("what was carried");
            if before != Some(cut.as_str()) {
                pieces.extend(tell(&desk, &mut facts, before, cut));
            }
            before = Some(cut);
            carried = serde_json::to_string(&facts).expect("JSON");
        }
        let mut facts: Facts = serde_json::from_str(&carried).expect("what was carried");
        pieces.extend(facts.due(end));
        prop_assert_eq!(whole, pieces);
        prop_assert_eq!(carried_of(&known), carried_of(&facts));
    }
}

fn carried_of(facts: &Facts) -> serde_json::Value {
    serde_json::to_value(facts).expect("JSON")
}
