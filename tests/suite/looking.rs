//! Looking back: what was true at a moment, and what the record said then.

use proptest::prelude::*;
use serde_json::Value as Json;

use crate::desk::{Desk, Said, minutes};
use crate::guide;

/// The rows of the guide's table: question, flags, answer.
fn questions(page: &str) -> Vec<(String, Vec<String>, String)> {
    let rows = page.lines().filter(|line| line.contains("| `--"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [question, flags, answer] = cells.as_slice() else {
            panic!("{row}");
        };
        let flags = flags.trim_matches('`').split(' ').map(str::to_owned);
        let answer = answer.trim_matches('`').to_owned();
        ((*question).to_owned(), flags.collect(), answer)
    })
    .collect()
}

#[test]
fn ten_leading_questions_have_the_answers_that_the_guide_says() {
    const PAGE: &str = "docs/guide/looking-back.md";
    let desk = guide::desk_of(PAGE);
    let questions = questions(&std::fs::read_to_string(PAGE).unwrap());
    assert_eq!(questions.len(), 10);
    for (question, flags, answer) in questions {
        let mut arguments = vec!["show", "orders"];
        arguments.extend(flags.iter().map(String::as_str));
        let said = desk.annals(&arguments).exits(0);
        assert!(
            said.out.contains(&answer),
            "{question} {answer} in:\n{}",
            said.out
        );
    }
}

fn told() -> Desk {
    let mut desk = Desk::ready();
    desk.wait(minutes(1));
    desk.annals(&["declare", "Orders arrive late", "--severity", "high"])
        .exits(0);
    desk.wait(minutes(10));
    desk.annals(&["comment", "orders", "Lag grows."]).exits(0);
    desk.wait(minutes(10));
    desk.annals(&["resolve", "orders"]).exits(0);
    desk.wait(minutes(10));
    desk
}

#[test]
fn lists_reports_and_sites_look_back_too() {
    let desk = told();
    desk.annals(&["list"]).exits(0).says("nothing is open");
    for clock in ["--at", "--known-at"] {
        let then = [clock, "2026-11-22T07:12:00Z"];
        let with = |verb: &[&'static str]| [verb, &then[..]].concat();
        desk.annals(&with(&["list"])).exits(0).says("11 min");
        desk.annals(&with(&["report", "orders"]))
            .exits(0)
            .says("Lag grows.");
        let out = if clock == "--at" { "then" } else { "known" };
        desk.annals(&with(&["build", "--out", out])).exits(0);
        let page = desk.read(&format!("{out}/index.json"));
        let page: Json = serde_json::from_str(&page).unwrap();
        assert_eq!(page["incidents"][0]["status"], "investigating");
        assert_eq!(page["incidents"][0]["active"], true);
    }
}

#[test]
fn before_anything_was_recorded_there_is_nothing() {
    let desk = told();
    let early = ["--known-at", "2026-11-22T06:00:00Z"];
    desk.annals(&[&["list", "--all"], &early[..]].concat())
        .exits(0)
        .says("no incidents yet");
    desk.annals(&[&["show", "orders"], &early[..]].concat())
        .exits(2)
        .warns("there is no incident `orders`");
    desk.annals(&[&["build", "--out", "then"], &early[..]].concat())
        .exits(2)
        .warns("nothing had been recorded by 2026-11-22T06:00:00.000Z");
    desk.annals(&["show", "orders", "--at", "2026-11-22T06:00:00Z"])
        .exits(2)
        .warns("was declared only at 2026-11-22T07:01:00.000Z");
}

#[test]
fn the_future_is_not_looked_back_at() {
    let desk = told();
    for clock in ["--at", "--known-at"] {
        desk.annals(&["list", clock, "2027-01-01T00:00:00Z"])
            .exits(2)
            .warns("has not come yet");
    }
    desk.annals(&[
        "list",
        "--known-at",
        "2026-11-22T07:12:00Z",
        "--commit",
        "HEAD",
    ])
    .exits(2)
    .warns("cannot be used with");
}

#[test]
fn a_correction_kept_internal_does_not_reach_the_public_by_looking_back() {
    let mut desk = told();
    let said = desk.annals(&["show", "orders", "--format", "json"]).json();
    let id = said["incidents"][0]["id"].as_str().unwrap().to_owned();
    desk.annals(&[
        "correct",
        &id,
        "comment",
        "The secret lag.",
        "--reason",
        "Secret.",
        "--internal",
    ])
    .exits(0);
    desk.wait(minutes(1));
    let then = ["--at", "2026-11-22T07:15:00Z"];
    desk.annals(&[&["build"], &then[..]].concat()).exits(0);
    let page = desk.read(&format!("public/incidents/{id}.html"));
    assert!(page.contains("Lag grows.") && !page.contains("secret"));
    let public = ["show", &id, "--audience", "public"];
    let said = desk.annals(&[&public[..], &then].concat()).exits(0);
    assert!(said.out.contains("Lag grows.") && !said.out.contains("secret"));
    let said = desk.annals(&[&["show", &id], &then[..]].concat()).exits(0);
    assert!(said.out.contains("The secret lag."), "{}", said.out);
}

#[test]
fn looking_back_does_not_bring_redacted_words_to_light() {
    let mut desk = told();
    let said = desk.annals(&["show", "orders", "--format", "json"]).json();
    let id = said["incidents"][0]["id"].as_str().unwrap().to_owned();
    desk.annals(&["redact", &id, "comment", "--reason", "Private."])
        .exits(0);
    desk.wait(minutes(1));
    for flags in [
        ["--known-at", "2026-11-22T07:15:00Z"],
        ["--at", "2026-11-22T07:15:00Z"],
        ["--commit", "HEAD~1"],
    ] {
        let show = ["show", "orders", "--format", "json"];
        let said = desk.annals(&[&show[..], &flags].concat()).exits(0);
        assert!(!said.out.contains("Lag grows."), "{flags:?}: {}", said.out);
        assert!(said.out.contains("[redacted]"), "{flags:?}: {}", said.out);
        desk.annals(&[&["build", "--out", "then"], &flags[..]].concat())
            .exits(0);
        for file in desk.files().iter().filter(|path| path.starts_with("then/")) {
            let bytes = std::fs::read(desk.folder.join(file)).unwrap();
            assert!(
                !String::from_utf8_lossy(&bytes).contains("Lag grows."),
                "{file}"
            );
        }
    }
}

/// What an entry of a random history says; `usize` names another entry.
#[derive(Clone, Debug)]
enum Saying {
    Comment,
    Status(usize),
    Severity(usize),
    Tags(usize),
    Correct(usize, Box<Saying>),
    Retract(usize),
    Redact(usize),
}

/// What a redaction hides stays hidden when looking back, as it does not in a clone of
/// that time; so histories are lived with them and without.
fn sayings(redact: u32) -> impl Strategy<Value = Saying> {
    let plain = prop_oneof![
        Just(Saying::Comment),
        (0..4_usize).prop_map(Saying::Status),
        (0..4_usize).prop_map(Saying::Severity),
        (0..9_usize).prop_map(Saying::Tags),
    ];
    let about = 0..12_usize;
    prop_oneof![
        3 => plain.clone(),
        2 => (about.clone(), plain).prop_map(|(target, to)| Saying::Correct(target, Box::new(to))),
        2 => about.clone().prop_map(Saying::Retract),
        redact => about.prop_map(Saying::Redact),
    ]
}

impl Saying {
    /// The lines of an entry that says so; `count` entries there are.
    fn lines(&self, count: usize) -> String {
        let target = |target: &usize| match target % (count + 1) {
            0 => "declaration".to_owned(),
            other => format!("e{other}"),
        };
        match self {
            Self::Comment => "comment: Some words.\n".to_owned(),
            Self::Status(word) => {
                let words = ["investigating", "identified", "monitoring", "resolved"];
                format!("update: {{status: {}}}\n", words[*word])
            }
            Self::Severity(word) => {
                let words = ["critical", "high", "moderate", "low"];
                format!("update: {{severity: {}}}\n", words[*word])
            }
            Self::Tags(word) if word % 2 == 0 => format!("update: {{tags: {{add: [t{word}]}}}}\n"),
            Self::Tags(word) => format!("update: {{tags: {{remove: [t{}]}}}}\n", word - 1),
            Self::Correct(about, to) => {
                let to = to.lines(count).trim_end().to_owned();
                let to = format!("{{at: 2026-11-22T07:03:00Z, by: Bo Li, {to}}}");
                format!(
                    "correct: {{entry: {}, reason: No., to: {to}}}\n",
                    target(about)
                )
            }
            Self::Retract(about) => format!("retract: {{entry: {}, reason: No.}}\n", target(about)),
            Self::Redact(about) => format!("redact: {{entry: {}, reason: No.}}\n", target(about)),
        }
    }
}

/// Entries, each with a branch and a minute, and the order in which branches are merged.
type History = (Vec<(usize, i64, Saying)>, Vec<usize>);

const BRANCHES: usize = 3;

fn histories(redact: u32) -> impl Strategy<Value = History> {
    let entry = (0..BRANCHES, 0..5_i64, sayings(redact));
    let order = Just((0..BRANCHES).collect::<Vec<_>>()).prop_shuffle();
    (proptest::collection::vec(entry, 2..9), order)
}

/// A desk whose incident `one` got these entries on branches, merged in `order`.
fn lived(entries: &[(usize, i64, Saying)], order: &[usize]) -> Desk {
    let mut desk = Desk::new();
    desk.write(
        "incidents/one.yaml",
        "title: One\nseverity: high\ndeclared_at: 2026-11-22T07:00:00Z\ndeclared_by: Ana Ruiz\ntags: [t0, t4]\n",
    );
    desk.commit("Declare");
    desk.wait(minutes(10));
    for branch in 0..BRANCHES {
        desk.git(&["checkout", "--quiet", "-b", &format!("b{branch}"), "main"]);
        for (index, (_, minute, saying)) in entries.iter().enumerate() {
            if entries[index].0 != branch {
                continue;
            }
            let text = format!(
                "at: 2026-11-22T07:0{minute}:00Z\nby: Bo Li\n{}",
                saying.lines(entries.len())
            );
            desk.write(&format!("incidents/one/e{}.yaml", index + 1), text);
            desk.commit("Say something");
            desk.wait(minutes(1));
        }
    }
    desk.git(&["checkout", "--quiet", "main"]);
    for branch in order {
        let name = format!("b{branch}");
        desk.git(&["merge", "--quiet", "--no-ff", "-m", "Merge", &name]);
        desk.wait(minutes(1));
    }
    desk
}

/// What is shown, without the clock of the commits.
fn shown(said: Said) -> Json {
    assert!(said.code < 2, "{}", said.err);
    let mut shown = said.json()["incidents"][0].clone();
    forget(&mut shown);
    shown
}

fn forget(json: &mut Json) {
    match json {
        Json::Object(map) => {
            for key in ["recorded", "late", "lateness"] {
                map.remove(key);
            }
            map.values_mut().for_each(forget);
        }
        Json::Array(items) => items.iter_mut().for_each(forget),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn histories_fold_to_the_same_state_however_they_were_merged((entries, order) in histories(2)) {
        let show = ["show", "one", "--format", "json"];
        let desk = lived(&entries, &order);
        let other: Vec<usize> = order.iter().rev().copied().collect();
        let other = lived(&entries, &other);
        prop_assert_eq!(shown(desk.annals(&show)), shown(other.annals(&show)));
    }

    #[test]
    fn what_was_known_at_a_commit_is_what_a_clone_of_it_shows((entries, order) in histories(0)) {
        let show = ["show", "one", "--format", "json"];
        let desk = lived(&entries, &order);
        let clone = Desk::clone_of(&desk);
        for line in desk.git(&["log", "--first-parent", "--format=%H %cI"]).lines() {
            let (commit, date) = line.split_once(' ').unwrap();
            let by_then = desk.annals(&[&show[..], &["--known-at", date]].concat());
            clone.git(&["checkout", "--quiet", "--detach", commit]);
            let there = clone
                .command(env!("CARGO_BIN_EXE_annals"))
                .args([&show[..], &["--now", date]].concat())
                .output()
                .unwrap();
            let there = String::from_utf8(there.stdout).unwrap();
            prop_assert_eq!(by_then.out, there, "at {}", commit);
        }
    }
}
