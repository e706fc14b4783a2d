//! Honest numbers: counts, and durations that say of what and of how many they are.

use serde_json::{Value as Json, json};

use crate::desk::{Desk, minutes};

/// An incident that began at `from` and was resolved so many minutes later.
fn outage(desk: &Desk, id: &str, from: &str, lasted: i64, more: &str) {
    let began = annals::text::moment::Moment::parse(from).expect("a time");
    let over = began.plus(minutes(lasted));
    desk.write(
        &format!("incidents/{id}.yaml"),
        format!(
            "title: {id}\nseverity: low\ndeclared_at: {from}\ndeclared_by: Bo\nstarted_at: {from}\n{more}entries:\n  - {{at: {over}, by: Bo, update: {{status: resolved}}}}\n"
        ),
    );
}

fn stats(desk: &Desk, more: &[&str]) -> Json {
    let mut arguments = vec!["stats", "--format", "json"];
    arguments.extend(more);
    desk.annals(&arguments).exits(0).json()["statistics"].clone()
}

fn duration<'a>(statistics: &'a Json, name: &str) -> &'a Json {
    let all = statistics["durations"].as_array().expect("a list");
    all.iter()
        .find(|of| of["name"] == name)
        .expect("a duration")
}

/// Eleven incidents that lasted 1 to 11 minutes, one of them 1,000; one still open; and
/// what is none of them.
fn year() -> Desk {
    let desk = Desk::ready();
    for lasted in 1..=11 {
        let (day, lasted) = (lasted, if lasted == 11 { 1_000 } else { lasted });
        let from = format!("2026-{:02}-{day:02}T08:00:00Z", 1 + day % 3);
        let more = if day == 1 {
            "detected_at: 2026-02-01T08:00:30Z\n"
        } else {
            ""
        };
        outage(&desk, &format!("outage-{day}"), &from, lasted, more);
    }
    desk.write(
        "incidents/open.yaml",
        "title: Open\nseverity: low\ndeclared_at: 2026-05-01T08:00:00Z\ndeclared_by: Bo\nentries:\n  - {at: 2026-05-01T08:01:00Z, by: Bo, update: {severity: high}}\n  - {at: 2026-05-01T08:02:00Z, by: Bo, update: {severity: low}}\n",
    );
    outage(
        &desk,
        "drill",
        "2026-03-01T08:00:00Z",
        99_999,
        "kind: drill\n",
    );
    desk.write(
        "incidents/work.yaml",
        "title: Work\nkind: maintenance\nseverity: low\ndeclared_at: 2026-05-01T08:00:00Z\ndeclared_by: Bo\nscheduled_for: 2026-06-01T08:00:00Z\nscheduled_until: 2026-06-01T09:00:00Z\n",
    );
    desk.write(
        "incidents/twin.yaml",
        "title: Twin\nseverity: low\ndeclared_at: 2026-05-01T08:00:00Z\ndeclared_by: Bo\nentries:\n  - {at: 2026-05-01T09:00:00Z, by: Bo, duplicate_of: open}\n",
    );
    desk.commit("a year");
    desk.annals(&["check"]).exits(0);
    desk
}

#[test]
fn durations_say_of_how_many_they_are_and_form_no_mean() {
    let statistics = stats(&year(), &[]);
    assert_eq!(
        (&statistics["n"], &statistics["duplicates"]),
        (&json!(12), &json!(1))
    );
    let resolve = duration(&statistics, "resolve");
    assert_eq!(
        *resolve,
        json!({
            "name": "resolve",
            "definition": "from the beginning of its impact until it was resolved",
            "n": 11, "median": 360, "p90": 600, "most": 60_000,
            "unknown": 0, "open": 1, "values": null,
        })
    );
    let detect = duration(&statistics, "detect");
    assert_eq!(
        (&detect["n"], &detect["unknown"], &detect["open"]),
        (&json!(1), &json!(10), &json!(1)),
        "unknown is never zero"
    );
    assert_eq!(
        (&detect["p90"], &detect["values"]),
        (&Json::Null, &json!([30]))
    );
}

#[test]
fn counts_are_by_kind_worst_severity_phase_and_month() {
    let statistics = stats(&year(), &[]);
    let counts = |of: &str| -> Vec<(String, u64)> {
        let list = statistics[of].as_array().expect("a list").iter();
        list.map(|count| {
            let name = count["name"].as_str().expect("a name").to_owned();
            (name, count["n"].as_u64().expect("a number"))
        })
        .collect()
    };
    let said = |of: &[(&str, u64)]| -> Vec<(String, u64)> {
        of.iter()
            .map(|(name, n)| ((*name).to_owned(), *n))
            .collect()
    };
    assert_eq!(
        counts("kinds"),
        said(&[("incident", 12), ("maintenance", 1), ("drill", 1)])
    );
    assert_eq!(
        counts("severities"),
        said(&[("critical", 0), ("high", 1), ("moderate", 0), ("low", 11)]),
        "the open one was high for a minute"
    );
    assert_eq!(counts("phases"), said(&[("active", 1), ("resolved", 11)]));
    assert_eq!(
        counts("statuses"),
        said(&[("investigating", 1), ("resolved", 11)])
    );
    assert_eq!(
        counts("months"),
        said(&[
            ("2026-01", 3),
            ("2026-02", 4),
            ("2026-03", 4),
            ("2026-05", 1)
        ])
    );
}

#[test]
fn a_stretch_of_time_or_another_kind_is_counted_by_itself() {
    let desk = year();
    let february = stats(
        &desk,
        &["--since", "2026-02-01", "--until", "2026-03-01T00:00:00Z"],
    );
    assert_eq!(february["n"], 4);
    let resolve = duration(&february, "resolve");
    assert_eq!(
        (&resolve["median"], &resolve["p90"], &resolve["values"]),
        (&json!(240), &Json::Null, &json!([60, 240, 420, 600]))
    );
    let drills = stats(&desk, &["--kind", "drill"]);
    assert_eq!(
        (&drills["n"], &drills["durations"]),
        (&json!(1), &json!([]))
    );
    let work = stats(&desk, &["--kind", "maintenance"]);
    assert_eq!(work["phases"][2], json!({"name": "resolved", "n": 1}));
    desk.annals(&["stats", "--since", "2026-03-01", "--until", "2026-02-01"])
        .exits(2)
        .warns("not before");
    desk.annals(&["stats", "--since", "yesterday"]).exits(2);
}

#[test]
fn people_read_each_number_beside_its_definition() {
    let desk = year();
    desk.annals(&["stats"])
        .exits(0)
        .says("12 incidents declared\nnot among them: 1 maintenance, 1 drill, 1 that turned out to be another incident\n")
        .says("the worst that was ever in force")
        .says("until it was resolved")
        .says("16 h 40 min")
        .says("fewer than 10 values sum up to little; these are they:\n  detect       30 s\n");
    desk.annals(&["stats", "--until", "2020-01-01"])
        .exits(0)
        .says("0 incidents declared before 2020-01-01 00:00 UTC\n");
}

#[test]
fn the_public_counts_nothing_internal() {
    let desk = year();
    outage(
        &desk,
        "ours",
        "2026-01-02T08:00:00Z",
        5,
        "visibility: internal\n",
    );
    desk.commit("ours");
    assert_eq!(stats(&desk, &[])["n"], 13);
    assert_eq!(stats(&desk, &["--audience", "public"])["n"], 12);
    desk.write("incidents/broken.yaml", "title: [secret\n");
    let public = ["stats", "--audience", "public", "--format", "json"];
    let said = desk.annals(&public).exits(1).warns("incidents/broken.yaml");
    assert!(!said.out.contains("secret"), "{}", said.out);
    assert_eq!(said.json()["diagnostics"], json!([]));
}

#[test]
fn lateness_is_spread_over_what_was_said() {
    let mut desk = Desk::ready();
    let id = desk
        .annals(&["declare", "Late", "--severity", "low"])
        .exits(0)
        .id();
    desk.wait(minutes(60));
    for (at, words) in [("07:01", "One."), ("07:30", "Two."), ("07:58", "Three.")] {
        let at = format!("2026-11-22T{at}:00Z");
        desk.annals(&["comment", &id, words, "--at", &at]).exits(0);
    }
    let shown = desk
        .annals(&["show", &id, "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(
        shown["incidents"][0]["lateness"],
        json!({"n": 4, "median": 120, "p90": null, "most": 3_540}),
        "0, 2, 30 and 59 minutes"
    );
    desk.annals(&["show", &id])
        .exits(0)
        .says("  recorded     half within 2 min, all 4 within 59 min\n");
    let statistics = stats(&desk, &[]);
    assert_eq!(
        statistics["lateness"]["values"],
        json!([0, 120, 1_800, 3_540])
    );
}

#[test]
fn what_was_written_down_afterwards_is_late_once() {
    let desk = year();
    let shown = desk
        .annals(&["show", "outage-11", "--format", "json"])
        .exits(0)
        .json();
    let shown = &shown["incidents"][0];
    let lateness = &shown["lateness"];
    assert_eq!(
        lateness["n"], 1,
        "the declaration's; its entries came with it"
    );
    assert_eq!(lateness["most"], shown["late"]);
    let said = desk.annals(&["show", "outage-11"]).exits(0);
    assert!(!said.out.contains("half within"), "{}", said.out);
    let statistics = stats(&desk, &[]);
    assert_eq!(
        statistics["lateness"]["n"], 0,
        "nobody was late; they were told later"
    );
    assert_eq!(statistics["afterwards"], 12);
    desk.annals(&["stats"])
        .exits(0)
        .says("lateness: without 12 that were written down more than a day afterwards");
}
