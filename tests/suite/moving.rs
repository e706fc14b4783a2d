//! An archive set up again from its own export, whatever somebody made of that export.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::desk::{Desk, minutes};
use crate::exporting::{PASSWORD, export, full};

/// The files of the record, with their bytes.
fn record(desk: &Desk) -> Vec<(String, Vec<u8>)> {
    let files = desk.files().into_iter();
    let of_record = files.filter(|path| path.starts_with("incidents/"));
    of_record
        .map(|path| {
            let bytes = std::fs::read(desk.folder.join(&path)).expect("a file");
            (path, bytes)
        })
        .collect()
}

/// `export` without what only the commits know: when and by whom it was recorded.
fn timeless(mut export: Json) -> Json {
    fn forget(json: &mut Json) {
        match json {
            Json::Array(items) => items.iter_mut().for_each(forget),
            Json::Object(map) => {
                for key in ["recorded", "late", "lateness"] {
                    map.remove(key);
                }
                map.values_mut().for_each(forget);
            }
            _ => {}
        }
    }
    forget(&mut export);
    export
}

/// Sets up `export` in a repository of its own, days later.
fn set_up(export: &str) -> Desk {
    let mut desk = Desk::ready();
    desk.wait(minutes(3 * 24 * 60));
    desk.write("../export.json", export);
    desk.annals(&["import", "annals", "../export.json"])
        .exits(0)
        .says("0 exceptions listed");
    desk
}

#[test]
fn an_archive_is_set_up_again_from_its_export() {
    let desk = full();
    let given = desk.annals(&["export", "--format", "json"]).exits(0);
    let again = set_up(&given.out);
    again.annals(&["check"]).exits(0);
    assert_eq!(
        timeless(export(&desk)),
        timeless(export(&again)),
        "the same incidents and the same files"
    );
    let paths = |desk: &Desk| -> BTreeSet<String> {
        record(desk).into_iter().map(|(path, _)| path).collect()
    };
    assert_eq!(paths(&desk), paths(&again));
}

#[test]
fn files_travel_byte_for_byte_unless_words_in_them_were_redacted() {
    let desk = full();
    let again = set_up(&desk.annals(&["export"]).exits(0).out);
    let (held, moved) = (record(&desk), record(&again));
    let other: Vec<&String> = held
        .iter()
        .zip(&moved)
        .filter(|(one, two)| one != two)
        .map(|((path, _), _)| path)
        .collect();
    assert_eq!(
        other.len(),
        5,
        "the five that hold a redacted word: {other:?}"
    );
    assert!(held.iter().any(|(_, bytes)| contains(bytes, PASSWORD)));
    for (path, bytes) in &moved {
        assert!(!contains(bytes, PASSWORD), "{path} holds a redacted word");
    }
    again
        .annals(&["show", "by-hand"])
        .exits(0)
        .says("[redacted]");
}

fn contains(bytes: &[u8], word: &str) -> bool {
    bytes
        .windows(word.len())
        .any(|window| window == word.as_bytes())
}

#[test]
fn our_own_incidents_move_byte_for_byte() {
    let desk = crate::example::example();
    let again = set_up(&desk.annals(&["export"]).exits(0).out);
    assert_eq!(record(&desk), record(&again));
    let (one, two) = (export(&desk), export(&again));
    assert_eq!(one["incidents"].as_array().expect("a list").len(), 14);
    assert_eq!(timeless(one), timeless(two));
}

#[test]
fn importing_an_export_again_adds_nothing_and_overwrites_nothing() {
    let desk = full();
    let given = desk.annals(&["export"]).exits(0).out;
    let again = set_up(&given);
    let tip = again.git(&["rev-parse", "HEAD"]);
    let said = again
        .annals(&["import", "annals", "../export.json"])
        .exits(0);
    let said = said
        .says("incidents 3 read = 0 new + 3 known")
        .says("0 files added");
    assert!(said.out.contains("0 exceptions"), "{}", said.out);
    assert_eq!(again.git(&["rev-parse", "HEAD"]), tip);

    let path = "incidents/old/hidden/same.yaml";
    again.write(
        path,
        "at: 2026-11-21T11:00:00Z\nby: Bo Li\ncomment: Mine.\n",
    );
    again.commit("mine");
    again
        .annals(&["import", "annals", "../export.json"])
        .exits(0)
        .says("1 left out")
        .warns("the archive holds other bytes");
    assert!(again.read(path).contains("Mine."));
}

#[test]
fn an_export_joins_an_archive_that_holds_part_of_it() {
    let mut desk = full();
    let before = desk.annals(&["export"]).exits(0).out;
    let again = set_up(&before);
    desk.wait(minutes(5));
    desk.annals(&["comment", "orders", "It drains."]).exits(0);
    again.write("../export.json", desk.annals(&["export"]).exits(0).out);
    again
        .annals(&["import", "annals", "../export.json"])
        .exits(0)
        .says("1 file added, 0 exceptions");
    assert_eq!(timeless(export(&desk)), timeless(export(&again)));
}

/// An export of one incident with these files.
fn forged(files: &[(&str, &str)]) -> String {
    let files: Vec<Json> = files
        .iter()
        .map(|(path, text)| json!({"path": path, "text": text}))
        .collect();
    json!({"incidents": [{"id": "late", "files": files}]}).to_string()
}

#[test]
fn a_forged_export_writes_nowhere_but_in_its_incident() {
    let own = "title: Late\nseverity: low\ndeclared_at: 2026-11-21T10:00:00Z\ndeclared_by: Bo\n";
    let entry = "at: 2026-11-21T11:00:00Z\nby: Bo\ncomment: Words.\n";
    let desk = Desk::ready();
    let before = desk.files();
    let paths = [
        "../late/late.txt",
        "incidents/../late/late.txt",
        "/etc/late/late.txt",
        "incidents/late/../../late/x.txt",
        "incidents/other/x.txt",
        "automations/late/late.yaml",
        "incidents/.git/late/x.txt",
        "incidents/late/.hidden",
        "incidents/late/a\\b.txt",
        "incidents/late/c:b.txt",
        "incidents/late//x.txt",
        "incidents\\late\\x.txt",
    ];
    let mut files: Vec<(&str, &str)> = paths.iter().map(|path| (*path, "x")).collect();
    files.extend([
        ("incidents/late.yaml", own),
        ("incidents/late/words.yaml", entry),
        ("incidents/late/broken.yaml", "at: yesterday\n"),
        ("incidents/late/Bad Name.yaml", entry),
    ]);
    desk.write("../forged.json", forged(&files));
    let said = desk
        .annals(&["import", "annals", "../forged.json", "--format", "json"])
        .exits(0)
        .json();
    let exceptions = said["imports"][0]["exceptions"].as_array().expect("a list");
    let refused = exceptions
        .iter()
        .filter(|one| one["what"] == "file-refused");
    assert_eq!(refused.count(), paths.len() + 2, "{exceptions:#?}");
    let mut after = desk.files();
    after.retain(|path| !before.contains(path));
    assert_eq!(after, ["incidents/late/words.yaml", "incidents/late.yaml"]);
}

#[test]
fn what_rules_would_act_upon_is_named() {
    let desk = Desk::ready();
    desk.write("../export.json", full().annals(&["export"]).exits(0).out);
    let said = desk
        .annals(&["import", "annals", "../export.json", "--format", "json"])
        .exits(0)
        .json();
    let exceptions = said["imports"][0]["exceptions"].as_array().expect("a list");
    let young = exceptions
        .iter()
        .filter(|one| one["what"] == "may-act")
        .count();
    let files = said["imports"][0]["files"].as_u64().expect("a number");
    assert_eq!(
        young as u64,
        files - 2,
        "all but a picture and a retrospective"
    );
}

#[test]
fn what_cannot_be_set_up_is_listed_and_reckoned() {
    let desk = Desk::ready();
    let public = full()
        .annals(&["export", "--audience", "public"])
        .exits(0)
        .out;
    desk.write("../public.json", public);
    desk.annals(&["import", "annals", "../public.json"])
        .exits(0)
        .says("incidents 2 read = 0 new + 0 known + 0 met again + 2 left out")
        .warns("such as one for the public");
    let entry = "at: 2026-11-21T11:00:00Z\nby: Bo\ncomment: Words.\n";
    desk.write(
        "../forged.json",
        forged(&[("incidents/late/words.yaml", entry)]),
    );
    desk.annals(&["import", "annals", "../forged.json"])
        .exits(0)
        .says("updates   1 read = 0 new + 0 known + 0 met again + 1 left out")
        .warns("no file declares it");
    let own = "title: Late\nseverity: dire\ndeclared_at: 2026-11-21T10:00:00Z\ndeclared_by: Bo\n";
    desk.write("../forged.json", forged(&[("incidents/late.yaml", own)]));
    desk.annals(&["import", "annals", "../forged.json"])
        .exits(0)
        .says("1 new")
        .warns("`dire` is not a severity");
    let own = own.replace("dire", "low").replace("2026", "2027");
    desk.write(
        "../forged.json",
        forged(&[("incidents/late/late.yaml", &own)]),
    );
    desk.annals(&["import", "annals", "../forged.json"])
        .exits(0)
        .says("1 left out")
        .warns("other bytes at `incidents/late.yaml`");
    for wrong in ["[]", "{", "{\"page\": {}}"] {
        desk.write("../wrong.json", wrong);
        desk.annals(&["import", "annals", "../wrong.json"]).exits(1);
    }
}

#[test]
#[ignore = "reads data that cannot be part of this repository; tests/all runs it"]
fn the_corpus_moves_whole() {
    let corpus = std::env::var_os("ANNALS_CORPUS").expect("ANNALS_CORPUS names the data");
    let path = std::path::Path::new(&corpus).join("snapshots/github");
    let desk = Desk::ready();
    desk.annals(&[
        "import",
        "statuspage",
        &path.canonicalize().expect("data").display().to_string(),
    ])
    .exits(0);
    let given = desk.annals(&["export"]).exits(0).out;
    let again = set_up(&given);
    assert_eq!(record(&desk), record(&again));
    assert_eq!(timeless(export(&desk)), timeless(export(&again)));
}

#[test]
fn a_file_that_only_a_redacted_entry_attaches_stays_behind() {
    let mut desk = Desk::ready();
    desk.annals(&["declare", "Orders arrive late", "--severity", "high"])
        .exits(0);
    desk.wait(minutes(1));
    for name in ["kept.txt", "secret.txt"] {
        desk.write(&format!("../{name}"), format!("the {name}"));
        let file = format!("../{name}");
        desk.annals(&["attach", "orders", &file]).exits(0);
        desk.wait(minutes(1));
    }
    let shown = desk.annals(&["show", "orders", "--format", "json"]).json();
    let id = shown["incidents"][0]["entries"][1]["id"].as_str().unwrap();
    desk.annals(&["redact", "orders", id, "--reason", "Private."])
        .exits(0);
    let export = desk.annals(&["export"]).exits(0);
    assert!(export.out.contains("the kept.txt") && !export.out.contains("secret"));
    let other = Desk::ready();
    other.write("../export.json", &export.out);
    other
        .annals(&["import", "annals", "../export.json"])
        .exits(0);
    other.annals(&["check"]).exits(0).says("nothing wrong");
}
