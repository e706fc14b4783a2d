//! Incidents of other tools than Statuspage. What each format makes of its oddities is
//! told by the cases of `tests/cases/import`; here is what holds for all of them.

use std::sync::LazyLock;

use annals::incident::declaration::Kind;
use annals::outward::exchange::import::Tool;
use annals::text::moment::Moment;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::desk::Desk;
use crate::shelf::{Shelf, exceptions};

const TOOLS: [Tool; 7] = [
    Tool::Statuspage,
    Tool::StatuspageCsv,
    Tool::Cstate,
    Tool::GoogleCloud,
    Tool::Aws,
    Tool::Datocms,
    Tool::Postmortems,
];

fn issue(resolved: &str, body: &str) -> String {
    format!(
        "---\ntitle: Mail is late\ndate: 2024-03-01 09:00:00\n{resolved}severity: down\n---\n{body}"
    )
}

#[test]
fn a_later_issue_adds_only_its_new_updates_and_its_end() {
    let begun = "*Investigating* - Mail waits.\n{{< track \"2024-03-01 09:10:00\" >}}\n";
    let ended = "*Monitoring* - A fix is out.\n{{< track \"2024-03-01 10:00:00\" >}}\n\n";
    let early = issue("", begun);
    let late = issue(
        "resolved: true\nresolvedWhen: 2024-03-01 10:30:00\n",
        &format!("{ended}{begun}"),
    );
    let mut shelf = Shelf::default();
    shelf.import_of(Tool::Cstate, &[("mail.md", &early)]);
    assert_eq!(shelf.state().status, "investigating");
    let added = shelf.import_of(Tool::Cstate, &[("mail.md", &late)]);
    assert_eq!((added.updates.new, added.updates.known), (1, 1));
    assert_eq!((added.files.len(), added.facts), (2, 1));
    assert_eq!(
        shelf.story(),
        [
            "09:10 *Investigating* - Mail waits.",
            "10:00 [monitoring] *Monitoring* - A fix is out.",
            "10:30 [resolved]"
        ]
    );
    let again = shelf.import_of(Tool::Cstate, &[("mail.md", &late)]);
    assert_eq!(again.files, []);
}

#[test]
fn an_event_that_is_told_further_is_the_same_event() {
    let line = |clock: &str, words: &str| {
        format!("<div><span class=\"yellowfg\">{clock}</span>&nbsp;{words}</div>")
    };
    let event = |date: &str, summary: &str, lines: String| {
        let event = json!({"service": "queues", "service_name": "Queues", "summary": summary, "date": date, "status": "1", "details": "", "description": lines});
        json!({"archive": [event], "current": []}).to_string()
    };
    let first = line(" 6:06 PM PDT", "We are looking into errors.");
    let whole = format!("{first}{}", line(" 7:00 PM PDT", "Errors are gone."));
    let early = event("1525914402", "Errors", first);
    let late = event("1525914401", "[RESOLVED] Errors", whole);
    let mut shelf = Shelf::default();
    shelf.import_of(Tool::Aws, &[("data.json", &early)]);
    let added = shelf.import_of(Tool::Aws, &[("data.json", &late)]);
    assert_eq!((added.incidents.known, added.files.len()), (1, 1));
    assert_eq!(
        shelf.story(),
        [
            "01:06 We are looking into errors.",
            "02:00 [resolved] Errors are gone."
        ]
    );
}

#[test]
fn a_planned_work_keeps_its_schedule_and_what_it_is_about() {
    let work = json!({
        "name": "Work", "scheduledTime": "2025-08-30T05:50:00.000Z", "minutes": "120",
        "content": "We upgrade.", "components": ["api"],
        "updates": [{"date": "2025-08-30T07:00:00.000Z", "status": "completed", "content": "Done."}],
    });
    let mut shelf = Shelf::default();
    let files = [("2025-07-31-work.json", &*work.to_string())];
    let added = shelf.import_of(Tool::Datocms, &files);
    assert_eq!(
        exceptions(&added).into_iter().collect::<Vec<_>>(),
        [("day-only", 1)]
    );
    let declaration = &shelf.incident().declaration;
    assert_eq!(declaration.kind, Kind::Maintenance);
    assert_eq!(declaration.summary.as_deref(), Some("We upgrade."));
    assert_eq!(
        declaration.declared_at.to_string(),
        "2025-07-31T00:00:00.000Z"
    );
    let until = declaration.scheduled_until.expect("an end");
    assert_eq!(until.to_string(), "2025-08-30T07:50:00.000Z");
    assert_eq!(shelf.story(), ["07:00 [completed] Done."]);
}

#[test]
fn prose_becomes_a_retrospective_that_a_later_import_leaves_alone() {
    let file = |prose: &str| {
        format!(
            "---\nuuid: one\nurl: https://x.example/2018/08/05/a\ncompany: Nimbus\n---\n\n{prose}\n"
        )
    };
    let mut shelf = Shelf::default();
    let added = shelf.import_of(
        Tool::Postmortems,
        &[("one.md", &file("It broke. It works."))],
    );
    assert_eq!((added.retrospectives, added.files.len()), (1, 2));
    let incident = shelf.incident();
    assert_eq!(incident.declaration.title, "Nimbus: It broke. It works.");
    let words = incident.retrospective.as_ref().expect("words");
    assert_eq!(words.body.trim(), "It broke. It works.");
    let later = shelf.import_of(Tool::Postmortems, &[("one.md", &file("Other words."))]);
    assert_eq!(later.files, []);
    assert_eq!(exceptions(&later)["edited-retrospective"], 1);
}

#[test]
fn an_incident_without_any_time_waits_until_one_is_given() {
    let file = "---\nuuid: one\nurl: https://x.example/a\n---\n\nIt broke.\n";
    let mut shelf = Shelf::default();
    let added = shelf.import_of(Tool::Postmortems, &[("one.md", file)]);
    assert_eq!((added.incidents.left_out, added.files.len()), (1, 0));
    shelf.undated = Some(Moment::parse("2020-01-01T00:00:00Z").expect("a time"));
    let added = shelf.import_of(Tool::Postmortems, &[("one.md", file)]);
    assert_eq!(added.incidents.new, 1);
    assert_eq!(exceptions(&added)["given-time"], 1);
}

#[test]
fn an_address_may_name_the_day_in_many_ways() {
    let declared = |address: &str| {
        let file = format!("---\nuuid: one\nurl: {address}\n---\n\nIt broke.\n");
        let mut shelf = Shelf::default();
        shelf.import_of(Tool::Postmortems, &[("one.md", &file)]);
        let incidents = shelf.archive.incidents.iter();
        let mut days = incidents.map(|incident| incident.declaration.declared_at.day().to_string());
        days.next()
    };
    for (address, day) in [
        ("https://x.example/2018/8/05/a", Some("2018-08-05")),
        (
            "https://x.example/outage-on-july-17-2020/",
            Some("2020-07-17"),
        ),
        ("https://x.example/12th-april-2018", Some("2018-04-12")),
        (
            "https://web.archive.org/web/20220704223244/https://x.example/a",
            None,
        ),
        ("https://x.example/15056/5/6", None),
        ("https://x.example/2018/13/45/", None),
        ("https://x.example/mayhem-17-2020/", None),
    ] {
        assert_eq!(declared(address).as_deref(), day, "{address}");
    }
}

#[test]
fn what_was_over_when_it_was_declared_lasted_nobody_knows_how_long() {
    let desk = Desk::ready();
    let file = "---\nuuid: one\nurl: https://x.example/2018/08/05/a\n---\n\nIt broke.\n";
    desk.write("old/one.md", file);
    desk.annals(&["import", "postmortems", "old"]).exits(0);
    let list = desk.annals(&["list", "--all"]).exits(0);
    assert!(
        list.out.contains("resolved       It broke."),
        "{}",
        list.out
    );
    let all = desk.annals(&["list", "--all", "--format", "json"]).json();
    assert!(all["incidents"][0]["durations"]["lasted"].is_null());
    desk.annals(&["show", "2018"])
        .exits(0)
        .says("resolved · over by 2018-08-05 00:00");
}

#[test]
fn many_exceptions_of_a_kind_are_told_in_short() {
    let desk = Desk::ready();
    for number in 0..7 {
        desk.write(&format!("issues/{number}.md"), issue("", "Mail waits.\n"));
    }
    let said = desk.annals(&["import", "cstate", "issues", "--page", "Nimbus"]);
    let said = said.exits(0).says("7 files added, 7 exceptions listed");
    assert_eq!(said.err.lines().count(), 6, "{}", said.err);
    said.warns("… and 2 more of naive-time; `--format json` lists all of them");
    desk.annals(&["list", "--all", "--format", "json"])
        .exits(0)
        .says("Nimbus status page");
}

static FIXTURES: LazyLock<Vec<(Tool, String, Vec<u8>)>> = LazyLock::new(fixtures);

/// Every file of the cases, with the tool that it is of.
fn fixtures() -> Vec<(Tool, String, Vec<u8>)> {
    let mut fixtures = Vec::new();
    for entry in walkdir::WalkDir::new("tests/cases/import").sort_by_file_name() {
        let entry = entry.expect("a case");
        let case = entry.path().iter().nth(3).unwrap_or_default();
        let typed = std::path::Path::new("tests/cases/import").join(case);
        let Ok(typed) = std::fs::read_to_string(typed.join("case.txt")) else {
            continue;
        };
        let tool = TOOLS
            .iter()
            .find(|tool| typed.split_whitespace().next() == Some(tool.name()));
        if entry.path().iter().any(|part| part == "files") && entry.file_type().is_file() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let bytes = std::fs::read(entry.path()).expect("a file");
            fixtures.push((*tool.expect("a tool"), name, bytes));
        }
    }
    assert!(fixtures.len() > 40, "{}", fixtures.len());
    fixtures
}

/// Puts `value` in the place of the value that is met after `left` others.
fn spoil(said: &mut Json, left: &mut usize, value: &Json) {
    if *left == 0 {
        said.clone_from(value);
    }
    *left = left.wrapping_sub(1);
    match said {
        Json::Array(items) => items.iter_mut().for_each(|item| spoil(item, left, value)),
        Json::Object(pairs) => pairs.values_mut().for_each(|item| spoil(item, left, value)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_stop_a_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        for tool in TOOLS {
            Shelf::default().import_of(tool, &[("a.md", &text)]);
            Shelf::default().import_of(tool, &[("a.md", &format!("---\ndate: {text}\nurl: {text}\n---\n{text}"))]);
        }
    }

    #[test]
    fn a_value_of_another_type_is_accounted_for(
        which in any::<prop::sample::Index>(),
        place in 0_usize..60,
        value in prop::sample::select(vec![
            json!(null), json!(1), json!(-1.5e300), json!(""), json!("x"), json!([]), json!([1]),
            json!({}), json!(true), json!("2026-03-01T08:00:00Z"), json!("9999-12-31T23:59:59Z"),
        ]),
    ) {
        let (tool, name, bytes) = &FIXTURES[which.index(FIXTURES.len())];
        if let Ok(mut said) = serde_json::from_slice(bytes) {
            spoil(&mut said, &mut place.clone(), &value);
            let mut shelf = Shelf::default();
            let text = said.to_string();
            shelf.import_of(*tool, &[(name, &text)]);
            prop_assert_eq!(shelf.import_of(*tool, &[(name, &text)]).files, []);
        }
    }

    /// The shelf makes sure that everything read is accounted for, that what was made
    /// can be read again, and that no facts contradict each other.
    #[test]
    fn a_damaged_file_is_accounted_for(
        which in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        with in prop::sample::select(vec![
            "", "\"", "0", "null", "-", "\n---\n", "[", "9999", "{{< track \"", ":", "PM",
            "2026-03-01T08:00:00Z", "</span>", "\u{0}", "\u{202e}", ",", "T",
        ]),
        length in 0_usize..40,
    ) {
        let (tool, name, bytes) = &FIXTURES[which.index(FIXTURES.len())];
        let text = String::from_utf8_lossy(bytes);
        let place = cut.index(text.chars().count() + 1);
        let damaged: String = text.chars().take(place).chain(with.chars()).chain(text.chars().skip(place + length)).collect();
        let mut shelf = Shelf::default();
        shelf.import_of(*tool, &[(name, &damaged)]);
        let again = shelf.import_of(*tool, &[(name, &damaged)]);
        prop_assert_eq!(again.files, []);
    }
}
