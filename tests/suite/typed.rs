//! Times as people type them: what each means, what is told of it, and what is refused.

use annals::text::moment::{Moment, Region};
use annals::text::typed_time::TypedTime;

use crate::desk::{Desk, minutes};

const NOW: &str = "2026-11-28T07:26:00Z";

/// What `typed` means in Berlin at `now`.
fn meant(typed: &str, now: &str) -> String {
    let zone = Region::named("Europe/Berlin").expect("a zone");
    let now = Moment::parse(now).expect("a time");
    let read: TypedTime = typed.parse().expect(typed);
    match read.at(now, zone) {
        Ok(at) => at.to_string(),
        Err(unclear) => format!("{unclear}; {}", unclear.help()),
    }
}

#[test]
fn every_way_of_typing_a_time_means_one_moment() {
    for (typed, means) in [
        ("now", "2026-11-28T07:26:00.000Z"),
        ("-10m", "2026-11-28T07:16:00.000Z"),
        ("10m ago", "2026-11-28T07:16:00.000Z"),
        ("10 min ago", "2026-11-28T07:16:00.000Z"),
        ("2h ago", "2026-11-28T05:26:00.000Z"),
        ("08:12", "2026-11-28T07:12:00.000Z"),
        ("08:12:30", "2026-11-28T07:12:30.000Z"),
        ("08:26", "2026-11-28T07:26:00.000Z"),
        ("08:27", "2026-11-27T07:27:00.000Z"),
        ("00:10", "2026-11-27T23:10:00.000Z"),
        ("today 08:30", "2026-11-28T07:30:00.000Z"),
        ("yesterday 22:00", "2026-11-27T21:00:00.000Z"),
        ("07:05Z", "2026-11-28T07:05:00.000Z"),
        ("07:05 +0100", "2026-11-28T06:05:00.000Z"),
        ("07:05+01", "2026-11-28T06:05:00.000Z"),
        ("02:05-05:00", "2026-11-28T07:05:00.000Z"),
        ("02:30-05:00", "2026-11-27T07:30:00.000Z"),
        ("2026-11-28 07:05", "2026-11-28T06:05:00.000Z"),
        ("2026-11-28T07:05:01", "2026-11-28T06:05:01.000Z"),
        ("2026-11-28 07:05Z", "2026-11-28T07:05:00.000Z"),
        ("2026-07-28 07:05", "2026-07-28T05:05:00.000Z"),
        ("2026-11-28T07:05+0100", "2026-11-28T06:05:00.000Z"),
        ("2026-11-28T07:05:00.042+01:00", "2026-11-28T06:05:00.042Z"),
    ] {
        assert_eq!(meant(typed, NOW), means, "{typed}");
    }
}

#[test]
fn what_clocks_show_twice_or_never_is_refused_with_both() {
    let twice = "`2026-10-25 02:30` came twice in Europe/Berlin, where clocks were put back then; type `2026-10-25T02:30:00+02:00` or `2026-10-25T02:30:00+01:00`";
    assert_eq!(meant("2026-10-25 02:30", NOW), twice);
    let never = "`2026-03-29 02:30` came never in Europe/Berlin, where clocks were put forward then; type `2026-03-29T03:30:00+02:00` or `2026-03-29T01:30:00+01:00`";
    assert_eq!(meant("2026-03-29 02:30", NOW), never);
    // Between both readings only one of them has come.
    assert_eq!(
        meant("02:30", "2026-10-25T01:00:00Z"),
        "2026-10-25T00:30:00.000Z"
    );
    assert!(meant("02:30", "2026-10-25T01:30:00Z").contains("came twice"));
    assert_eq!(
        meant("02:30", "2026-10-25T00:15:00Z"),
        "2026-10-24T00:30:00.000Z"
    );
}

#[test]
fn what_is_no_time_is_refused_with_examples_that_work() {
    for typed in [
        "25:00",
        "soon",
        "10 parsecs ago",
        "yesterday",
        "07:05+25",
        "",
    ] {
        let fault = typed.parse::<TypedTime>().expect_err(typed);
        for example in fault
            .help()
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|part| part.contains(['0', '1']))
        {
            if !example.starts_with('+') {
                assert!(example.parse::<TypedTime>().is_ok(), "{example}");
            }
        }
    }
}

#[test]
fn a_typed_time_is_told_as_it_was_understood_and_recorded_with_its_offset() {
    let mut desk = Desk::ready();
    desk.write(
        "annals.yaml",
        desk.read("annals.yaml") + "\ntimezone: Europe/Berlin\n",
    );
    desk.commit("a zone");
    desk.annals(&[
        "declare",
        "Orders",
        "--severity",
        "low",
        "--at",
        "-30m",
        "--started-at",
        "yesterday 22:00",
    ])
    .exits(0)
    .warns("at 07:30 +01:00 (30 min ago)")
    .warns("started at 2026-11-21 22:00 +01:00 (10 h ago)");
    desk.wait(minutes(20));
    let id = desk
        .annals(&["comment", "orders", "Seen.", "--at", "08:06"])
        .exits(0)
        .warns("at 08:06 +01:00 (14 min ago)")
        .id();
    let path = desk
        .files()
        .into_iter()
        .find(|path| path.contains(&id))
        .expect("a file");
    assert!(desk.read(&path).contains("at: 2026-11-22T07:06:00.000Z"));
    let exact = [
        "comment",
        "orders",
        "Exact.",
        "--at",
        "2026-11-22T07:07:00Z",
    ];
    assert_eq!(desk.annals(&exact).exits(0).err, "");
    desk.annals(&["comment", "orders", "Soon.", "--at", "today 12:00"])
        .exits(2)
        .warns("has not come yet");
    desk.annals(&["show", "orders", "--at", "08:00"])
        .exits(0)
        .warns("at 08:00 +01:00");
    desk.annals(&["stats", "--since", "2026-11-21"]).exits(0);
    desk.annals(&["comment", "orders", "Soon.", "--at", "soon"])
        .exits(2)
        .warns("10m ago");
    desk.annals(&[
        "correct",
        "orders",
        &id,
        "--happened",
        "5m ago",
        "--reason",
        "so",
    ])
    .exits(0);
}

#[test]
fn without_a_zone_in_the_settings_that_of_the_machine_counts() {
    let mut desk = Desk::ready();
    desk.variable("TZ", "America/New_York");
    desk.annals(&["declare", "Orders", "--severity", "low", "--at", "01:45"])
        .exits(0)
        .warns("at 01:45 -05:00 (15 min ago)");
    desk.variable("TZ", "Mars/Phobos");
    desk.annals(&["comment", "orders", "Seen.", "--at", "01:50"])
        .exits(2)
        .warns("`TZ` says `Mars/Phobos`");
}

#[test]
fn a_zone_that_does_not_exist_is_told_with_the_one_that_was_meant() {
    let desk = Desk::ready();
    desk.write(
        "annals.yaml",
        desk.read("annals.yaml") + "\ntimezone: Europe/Berln\n",
    );
    desk.annals(&["check"])
        .exits(1)
        .warns("`Europe/Berln` is not a time zone")
        .warns("did you mean `Europe/Berlin`?");
    desk.annals(&["declare", "Orders", "--severity", "low", "--at", "01:45"])
        .exits(2)
        .warns("did you mean");
}

#[test]
fn files_take_minutes_and_short_offsets_and_still_need_an_offset() {
    let desk = Desk::ready();
    let file = |at: &str| format!("title: T\nseverity: low\ndeclared_at: {at}\ndeclared_by: Ana\n");
    let path = "incidents/2026/11/2026-11-22-t.yaml";
    for at in [
        "2026-11-22T07:55+0100",
        "2026-11-22 07:55 +01:00",
        "2026-11-22T06:55Z",
        "2026-11-22T07:55:00+01",
    ] {
        desk.write(path, file(at)).commit("declared");
        desk.annals(&["check"]).exits(0);
        let shown = desk
            .annals(&["show", "2026-11-22-t", "--format", "json"])
            .json();
        assert_eq!(
            shown["incidents"][0]["declared_at"], "2026-11-22T06:55:00.000Z",
            "{at}"
        );
    }
    desk.write(path, file("2026-11-22T07:55")).commit("naive");
    desk.annals(&["check"]).exits(1).warns("has no offset");
}

#[test]
fn a_length_that_leaves_the_calendar_is_refused_and_not_taken_for_now() {
    let desk = Desk::ready();
    for typed in ["-9999999d", "99999999h ago", "-9999999999999s"] {
        let option = format!("--started-at={typed}");
        desk.annals(&["declare", "Orders", "--severity", "low", &option])
            .exits(2)
            .warns(&format!("`{typed}` lies before the year 1"));
    }
}
