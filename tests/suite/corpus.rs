//! Real incident data, as its publishers wrote it.
//!
//! The data has no open licence, so it cannot be part of this repository: these tests
//! read it where `ANNALS_CORPUS` says, and fail where that says nothing. `tests/all` runs
//! them where the data is, and says so where it is not.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use annals::archive::piece::{self, Content};
use annals::incident::entry::EntryForm;
use annals::text::moment::Moment;
use annals::text::yaml;
use serde_json::Value as Json;

use crate::desk::{BEGINNING, Desk};

/// What is shaped as Statuspage's public API.
const STATUSPAGE: [&str; 8] = [
    "outages-cloudflare/incidents.json",
    "outages-digitalocean/incidents.json",
    "outages-oci/incidents.json",
    "outages-atlassian/bitbucket/incidents.json",
    "outages-atlassian/confluence/incidents.json",
    "outages-atlassian/trello/incidents.json",
    "github-incident-history/incidents",
    "snapshots/github",
];

fn corpus() -> PathBuf {
    let place =
        std::env::var_os("ANNALS_CORPUS").expect("ANNALS_CORPUS names the folder of incident data");
    PathBuf::from(place)
        .canonicalize()
        .expect("the folder of incident data")
}

fn files_below(path: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(path)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok);
    entries
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect()
}

/// Ids of incidents and of their updates, counted without any code of annals.
fn counted(path: &Path) -> (usize, usize) {
    let (mut incidents, mut updates) = (BTreeSet::new(), BTreeSet::new());
    for file in files_below(path) {
        let text = std::fs::read_to_string(&file).expect("text");
        let said: Json = serde_json::from_str(&text).expect("JSON");
        let lists = ["incidents", "scheduled_maintenances"]
            .into_iter()
            .filter_map(|list| said[list].as_array());
        for incident in lists.flatten().chain(said.get("incident")) {
            incidents.insert(incident["id"].as_str().expect("an id").to_owned());
            for update in incident["incident_updates"]
                .as_array()
                .into_iter()
                .flatten()
            {
                updates.insert(update["id"].as_str().expect("an id").to_owned());
            }
        }
    }
    (incidents.len(), updates.len())
}

fn held(desk: &Desk) -> (usize, usize) {
    let list = desk
        .annals(&["list", "--all", "--format", "json"])
        .exits(0)
        .json();
    let incidents = list["incidents"].as_array().expect("a list").clone();
    let entries = incidents
        .iter()
        .map(|incident| incident["entries"].as_array().expect("a list").len())
        .sum();
    (incidents.len(), entries)
}

#[test]
#[ignore = "reads data that cannot be part of this repository; tests/all runs it"]
fn every_status_page_is_imported_whole() {
    let together = Desk::ready();
    for source in STATUSPAGE {
        let path = corpus().join(source);
        let (incidents, updates) = counted(&path);
        let desk = Desk::ready();
        let path = path.display().to_string();
        let said = desk
            .annals(&["import", "statuspage", &path, "--format", "json"])
            .exits(0)
            .json();
        let told = &said["imports"][0];
        let number = |of: &Json| usize::try_from(of.as_u64().expect("a count")).expect("a count");
        let left_out = (
            number(&told["incidents"]["left_out"]),
            number(&told["updates"]["left_out"]),
        );
        let facts = number(&told["facts"]);
        let exceptions = told["exceptions"].as_array().expect("a list").len();
        let (held_incidents, held_entries) = held(&desk);
        println!(
            "{source}: {incidents} incidents, {updates} updates; {facts} further facts, {exceptions} exceptions"
        );
        assert_eq!(
            incidents,
            held_incidents + left_out.0,
            "{source}: incidents in = incidents out + exceptions"
        );
        assert_eq!(
            updates + facts,
            held_entries + left_out.1,
            "{source}: updates in = entries out + exceptions"
        );
        let before = desk.git(&["rev-parse", "HEAD"]);
        desk.annals(&["import", "statuspage", &path])
            .exits(0)
            .says("0 files added");
        assert_eq!(
            desk.git(&["rev-parse", "HEAD"]),
            before,
            "{source}: importing again adds nothing"
        );
        desk.annals(&["check"]).exits(0).says("nothing wrong");
        together.annals(&["import", "statuspage", &path]).exits(0);
    }
    together.annals(&["check"]).exits(0).says("nothing wrong");
    let (incidents, _) = held(&together);
    together.annals(&["build"]).exits(0);
    let pages = together
        .files()
        .into_iter()
        .filter(|path| path.starts_with("public/incidents/") && path.ends_with(".html"));
    assert_eq!(pages.count(), incidents, "every incident has its page");
}

/// Every text of the data: each value of JSON files, each other file as a whole.
fn texts(corpus: &Path) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    for file in files_below(corpus) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).expect("bytes")).into_owned();
        match serde_json::from_str::<Json>(&text) {
            Ok(said) => collect(&said, &mut texts),
            Err(_) => {
                texts.insert(text);
            }
        }
    }
    texts
}

fn collect(said: &Json, texts: &mut BTreeSet<String>) {
    match said {
        Json::String(text) => {
            texts.insert(text.clone());
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Json::Object(pairs) => pairs.values().for_each(|value| collect(value, texts)),
        _ => {}
    }
}

#[test]
#[ignore = "reads data that cannot be part of this repository; tests/all runs it"]
fn every_text_is_written_as_an_entry_and_read_back_equal() {
    let at = Moment::parse(BEGINNING).expect("a moment");
    let texts = texts(&corpus());
    let (mut bodies, largest) = (0, texts.iter().map(String::len).max().unwrap_or_default());
    for text in texts
        .iter()
        .filter(|text| !text.trim().is_empty() && text.len() < 1_000_000)
    {
        let mut form = EntryForm::new(at, "Ana Ruiz");
        form.comment = Some(text.clone());
        let written = yaml::write(&form).expect("written");
        let reading = piece::read("incidents/one/entry.yaml", written.as_bytes());
        let Some(Content::Entry(read)) = reading.piece.map(|piece| piece.content) else {
            panic!("{:?}\n{written}", reading.found)
        };
        assert_eq!(read.comment.as_ref(), Some(text));
        assert_eq!(*read, form);
        bodies += 1;
    }
    println!("{bodies} texts of at most {largest} bytes read back equal");
    assert!(bodies > 10_000, "{bodies} texts");
}
