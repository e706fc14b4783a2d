//! Clocks that run ahead, and dates that lie in the future: nobody else is delayed, nothing that
//! people wrote is overtaken when such a date comes, and a correction mends it.

use annals::text::duration::Duration;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::desk::{Desk, minutes};

const DAY: Duration = Duration::minutes(24 * 60);

/// A desk with one incident, and its id.
fn declared() -> (Desk, String) {
    let mut desk = Desk::ready();
    let id = desk
        .annals(&["declare", "Orders arrive late", "--severity", "high"])
        .exits(0)
        .id();
    desk.wait(minutes(10));
    (desk, id)
}

/// The same, with an update from a machine whose clock is a day ahead.
fn with_an_update_from_tomorrow() -> (Desk, String, String) {
    let (mut desk, id) = declared();
    desk.wait(DAY);
    let update = ["update", "orders", "--status", "identified"];
    let ahead = desk.annals(&update).exits(0).id();
    desk.wait(-DAY).wait(minutes(10));
    (desk, id, ahead)
}

/// What the record says of its incident now, without what is measured from now.
fn state(desk: &Desk, id: &str) -> Json {
    let shown = desk.annals(&["show", id, "--format", "json"]).json();
    let incident = &shown["incidents"][0];
    let facts = [
        "status",
        "severity",
        "title",
        "resolved_at",
        "tags",
        "declared_at",
    ];
    let facts = facts.map(|fact| (fact.to_owned(), incident[fact].clone()));
    let entries = incident["entries"].as_array().expect("entries").iter();
    let entries: Vec<&str> = entries
        .map(|entry| entry["id"].as_str().expect("an id"))
        .collect();
    json!({"facts": serde_json::Map::from_iter(facts), "entries": entries})
}

/// Ids and names of all events, in their order.
fn events(desk: &Desk) -> Vec<(String, String)> {
    let told = desk.annals(&["events", "--format", "json"]).json();
    let told = told.as_array().expect("events").iter();
    let word = |event: &Json, key: &str| event[key].as_str().expect(key).to_owned();
    told.map(|event| (word(event, "id"), word(event, "event")))
        .collect()
}

#[test]
fn a_clock_that_is_ahead_stops_nobody() {
    let (mut desk, id, ahead) = with_an_update_from_tomorrow();
    desk.annals(&["check"]).exits(1).warns("error[future-time]");
    let comment = desk.annals(&["comment", "orders", "hello"]).exits(0).id();
    let path = desk
        .files()
        .into_iter()
        .find(|path| path.contains(&comment))
        .expect("a file");
    let text = desk.read(&path);
    assert!(text.contains("at: 2026-11-22T07:20:00.000Z"), "{text}");
    assert!(text.contains(&format!("after: {ahead}")), "{text}");
    desk.wait(minutes(1));
    desk.annals(&["resolve", "orders", "-m", "over"])
        .exits(0)
        .says("resolved “Orders");
    let (today, told) = (state(&desk, &id), events(&desk));
    assert_eq!(today["facts"]["status"], "resolved");
    assert_eq!(today["facts"]["resolved_at"], "2026-11-22T07:21:00.000Z");
    for _ in 0..3 {
        desk.wait(DAY);
        assert_eq!(state(&desk, &id), today);
        assert_eq!(events(&desk), told);
        desk.annals(&["check"]).exits(1).warns("error[future-time]");
    }
}

#[test]
fn a_correction_mends_an_entry_from_the_future() {
    let (mut desk, id, ahead) = with_an_update_from_tomorrow();
    desk.annals(&["resolve", "orders"]).exits(0);
    desk.wait(minutes(1));
    let correct = ["correct", &id, &ahead, "--happened", "2026-11-22T07:10:00Z"];
    let reason = ["--reason", "the clock was a day ahead"];
    desk.annals(&[&correct[..], &reason[..]].concat()).exits(0);
    desk.annals(&["check"]).exits(0);
    let today = state(&desk, &id);
    assert_eq!(today["facts"]["status"], "resolved");
    desk.wait(DAY).wait(DAY);
    desk.annals(&["check"]).exits(0);
    assert_eq!(state(&desk, &id), today);
}

#[test]
fn what_is_dated_after_its_commit_counts_as_of_that() {
    let (mut desk, id) = declared();
    let entry = format!("incidents/2026/11/{id}/resolved.yaml");
    desk.write(
        &entry,
        "at: 2026-11-23T12:00:00Z\nby: Ana\nupdate: {status: resolved}\n",
    );
    desk.commit("dated in the future");
    let shown = desk.annals(&["show", &id, "--format", "json"]).json();
    let entry = &shown["incidents"][0]["entries"][0];
    assert_eq!(entry["at"], "2026-11-23T12:00:00.000Z");
    assert_eq!(entry["as_of"], "2026-11-22T07:10:00.000Z");
    assert_eq!(
        state(&desk, &id)["facts"]["resolved_at"],
        "2026-11-22T07:10:00.000Z"
    );
    desk.annals(&["show", &id])
        .says("2026-11-22 07:10  update by Ana");
    desk.annals(&["show", &id]).says("(dated 2026-11-23 12:00)");
    let told = desk.annals(&["events", "--format", "json"]).json();
    let resolved = told.as_array().expect("events").last().expect("an event");
    assert_eq!(resolved["event"], "prefect-cloud.incident.resolved");
    assert_eq!(resolved["occurred"], "2026-11-22T07:10:00.000Z");
    desk.annals(&["build", "--out", "public"]).exits(1);
    let page = desk.read(&format!("public/incidents/{id}.html"));
    assert!(
        page.contains("dated <time datetime=\"2026-11-23T12:00:00.000Z\">"),
        "{page}"
    );
    desk.wait(minutes(5));
    desk.annals(&["reopen", &id]).exits(0);
    let today = state(&desk, &id);
    assert_eq!(today["facts"]["status"], "investigating");
    desk.wait(DAY).wait(DAY);
    assert_eq!(state(&desk, &id), today);
}

#[test]
fn a_file_written_by_hand_is_not_overtaken_when_the_date_comes() {
    let (mut desk, id, _) = with_an_update_from_tomorrow();
    let entry = format!("incidents/2026/11/{id}/over.yaml");
    desk.write(
        &entry,
        "at: 2026-11-22T07:19:00Z\nby: Ana\nupdate: {status: resolved}\n",
    );
    desk.commit("over");
    let (today, told) = (state(&desk, &id), events(&desk));
    assert_eq!(today["facts"]["status"], "resolved");
    assert_eq!(
        told.last().expect("an event").1,
        "prefect-cloud.incident.resolved"
    );
    desk.wait(DAY).wait(DAY);
    assert_eq!(state(&desk, &id), today);
    assert_eq!(events(&desk), told);
}

#[test]
fn a_declaration_from_the_future_stops_nobody_either() {
    let mut desk = Desk::ready();
    desk.wait(DAY);
    let id = desk
        .annals(&["declare", "Orders", "--severity", "high"])
        .exits(0)
        .id();
    desk.wait(-DAY).wait(minutes(10));
    desk.annals(&["update", "orders", "--severity", "low"])
        .exits(0)
        .says("(low, ");
    desk.annals(&["resolve", "orders"])
        .exits(0)
        .says("resolved");
    let today = state(&desk, &id);
    assert_eq!(today["facts"]["severity"], "low");
    desk.wait(DAY).wait(DAY);
    assert_eq!(state(&desk, &id), today);
}

#[test]
fn a_correction_from_the_future_is_not_the_last_word() {
    let (mut desk, id) = declared();
    let comment = desk.annals(&["comment", "orders", "one"]).exits(0).id();
    let correct = |text: &str| {
        let words = ["correct", &id, &comment, text, "--reason", "so"].map(str::to_owned);
        words.to_vec()
    };
    let run = |desk: &Desk, words: Vec<String>| {
        desk.annals(&words.iter().map(String::as_str).collect::<Vec<_>>())
            .exits(0);
    };
    desk.wait(DAY);
    run(&desk, correct("two"));
    desk.wait(-DAY).wait(minutes(10));
    run(&desk, correct("three"));
    for _ in 0..3 {
        let shown = desk.annals(&["show", &id, "--format", "json"]).json();
        assert_eq!(shown["incidents"][0]["entries"][0]["comment"], "three");
        desk.wait(DAY);
    }
}

#[test]
fn what_an_entry_names_must_be_there_and_stays_as_it_was_recorded() {
    let (desk, id) = declared();
    let entry = format!("incidents/2026/11/{id}/one.yaml");
    let words = "at: 2026-11-22T07:09:00Z\nby: Ana\ncomment: One\n";
    desk.write(&entry, words).commit("one");
    desk.git(&["switch", "--quiet", "--create", "branch"]);
    desk.write(&entry, format!("{words}after: declaration\n"))
        .commit("behind");
    desk.annals(&["check"]).exits(0);
    desk.annals(&["check", "--base", "main"])
        .exits(1)
        .warns("error[recorded-edited]");
    desk.write(&entry, format!("{words}after: two\n"))
        .commit("behind nothing");
    desk.annals(&["check"])
        .exits(0)
        .warns("this incident has no entry `two`");
}

#[test]
fn an_entry_that_names_what_does_not_lie_ahead_moves_nothing() {
    let (mut desk, id) = declared();
    let comment = desk
        .annals(&["comment", "orders", "We look."])
        .exits(0)
        .id();
    let times = |desk: &Desk| {
        let shown = desk.annals(&["show", &id]).exits(0).out;
        let lines = shown.lines().filter(|line| line.starts_with("2026-"));
        let own =
            lines.filter(|line| line.contains("declared by") || line.contains("comment by Ana"));
        own.map(str::to_owned).collect::<Vec<_>>()
    };
    let before = times(&desk);
    desk.wait(minutes(1));
    let folder = format!("incidents/2026/11/{id}");
    let mut named = comment;
    for step in 0..8 {
        // Ever earlier, by less than clocks may differ.
        let minute = 66 - 4 * step;
        let clock = format!("2026-11-22T{:02}:{:02}:00Z", 6 + minute / 60, minute % 60);
        let text = format!("at: {clock}\nby: Mallory\nafter: {named}\ncomment: n\n");
        desk.write(&format!("{folder}/z{step}.yaml"), text);
        named = format!("z{step}");
    }
    let resolved = format!(
        "at: 2026-11-22T06:00:00Z\nby: Mallory\nafter: {named}\nupdate: {{status: resolved}}\n"
    );
    desk.write(&format!("{folder}/end.yaml"), resolved)
        .commit("z");
    assert_eq!(times(&desk), before);
    desk.annals(&["show", &id]).says("investigating");
    let check = desk.annals(&["check"]);
    assert!(check.err.contains("`after` has no effect"), "{}", check.err);
    assert!(
        !check.err.contains("was written after this"),
        "nobody else is blamed: {}",
        check.err
    );
}

/// How far a clock may be from the truth.
fn clocks() -> impl Strategy<Value = i64> {
    prop_oneof![6 => Just(0_i64), 1 => Just(24 * 60), 1 => Just(3 * 60), 1 => Just(-90)]
}

/// Something that somebody does at a desk whose clock is `off` by so many minutes.
fn act(desk: &mut Desk, id: &str, number: usize, deed: u8, off: i64) {
    desk.wait(minutes(off));
    let path = format!("incidents/2026/11/{id}/e{number}.yaml");
    let at = desk.now().plus(minutes(if deed == 6 { 600 } else { -1 }));
    let status = ["identified", "monitoring", "resolved", "investigating"][number % 4];
    let said = match deed {
        0 => desk.annals(&["comment", id, &format!("comment {number}")]),
        1 => desk.annals(&["update", id, "--status", status, "-m", "so it is"]),
        2 => desk.annals(&[
            "update",
            id,
            "--severity",
            ["low", "critical"][number % 2],
            "-m",
            "so",
        ]),
        3 => {
            let file = desk
                .files()
                .into_iter()
                .rfind(|path| path.contains("-update-"));
            let target = file.map_or_else(String::new, |path| {
                path.rsplit('/')
                    .next()
                    .unwrap()
                    .trim_end_matches(".yaml")
                    .to_owned()
            });
            let now = desk.now().to_string();
            let correct = ["correct", id, &target, "--happened", &now, "--no-action"];
            desk.annals(&[&correct[..], &["--reason", "the clock"]].concat())
        }
        4 => desk.annals(&["update", id, "--tag", &format!("t{number}"), "-m", "a tag"]),
        _ => {
            let facts = format!("update: {{status: {status}, title: Title {number}}}");
            desk.write(&path, format!("at: {at}\nby: Ana\n{facts}\n"));
            desk.commit(&format!("deed {number}"));
            desk.annals(&["list"])
        }
    };
    assert!(said.code < 3, "{}", said.err);
    desk.wait(minutes(-off));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn what_holds_today_holds_on_every_later_day(
        deeds in proptest::collection::vec((0_u8..7, clocks(), 1_i64..40), 2..9)
    ) {
        let (mut desk, id) = declared();
        for (number, (deed, off, pause)) in deeds.into_iter().enumerate() {
            act(&mut desk, &id, number, deed, off);
            desk.wait(minutes(pause));
        }
        let (today, told) = (state(&desk, &id), events(&desk));
        for hours in [1, 5, 30, 300] {
            desk.wait(minutes(60 * hours));
            prop_assert_eq!(&state(&desk, &id), &today);
            prop_assert_eq!(&events(&desk), &told);
        }
        // What is told commit by commit leads to what is folded as a whole.
        let all = desk.annals(&["events", "--format", "json"]).json();
        let last = &all.as_array().expect("events").last().expect("an event")["payload"];
        prop_assert_eq!(&last["status"], &today["facts"]["status"]);
        prop_assert_eq!(&last["severity"], &today["facts"]["severity"]);
        prop_assert_eq!(&last["name"], &today["facts"]["title"]);
        // So it does in pieces.
        let half = desk.git(&["rev-list", "--first-parent", "HEAD"]);
        let half = half.lines().nth(half.lines().count() / 2).expect("a commit");
        let later = desk.annals(&["events", "--since", half, "--format", "json"]).json();
        let later = later.as_array().expect("events").iter();
        let later: Vec<&Json> = later.map(|event| &event["id"]).collect();
        let whole: Vec<&Json> = all.as_array().expect("events").iter().map(|event| &event["id"]).collect();
        prop_assert!(whole.ends_with(&later), "{whole:?}\n{later:?}");
    }
}
