//! Real incident data, as its publishers wrote it.
//!
//! The data has no open licence, so it cannot be part of this repository: these tests
//! read it where `ANNALS_CORPUS` says, and fail where that says nothing. `tests/all` runs
//! them where the data is, and says so where it is not.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use annals::archive::piece::{self, Content};
use annals::incident::entry::EntryForm;
use annals::text::moment::Moment;
use annals::text::yaml;
use serde_json::Value as Json;

use crate::desk::{BEGINNING, Desk};

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

/// The sources of the data that have a schema, each with the tool that it is of, by the
/// names of their folders. A list of links has none, and what programs send is no
/// record of incidents.
fn sources() -> Vec<(&'static str, String)> {
    let mut folders: Vec<String> = std::fs::read_dir(corpus())
        .expect("the data")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    folders.sort();
    let tool = |name: &str| {
        let known = [
            ("outages-gcp", "google-cloud"),
            ("outages-aws", "aws"),
            ("outages-", "statuspage"),
            ("github-incident-history", "statuspage"),
            ("snapshots", "statuspage"),
            ("cstate-", "cstate"),
            ("llm-service-analysis", "statuspage-csv"),
            ("datocms-status", "datocms"),
            ("icco-postmortems", "postmortems"),
        ];
        let of = known.iter().find(|(begins, _)| name.starts_with(begins));
        of.map(|(_, tool)| *tool)
    };
    let named = folders
        .into_iter()
        .filter_map(|name| Some((tool(&name)?, name)));
    named.collect()
}

/// Incidents and updates of files that are not Statuspage's, each as often as it stands
/// there, counted without any code of annals.
fn counted_as_they_stand(tool: &str, path: &Path) -> (usize, usize) {
    let json = |text: &str| serde_json::from_str::<Json>(text).expect("JSON");
    let length = |list: &Json| list.as_array().map_or(0, Vec::len);
    let ending = match tool {
        "cstate" | "postmortems" => "md",
        "statuspage-csv" => "csv",
        _ => "json",
    };
    let (mut incidents, mut updates) = (0, 0);
    for file in files_below(path) {
        if file.extension().is_none_or(|extension| extension != ending) {
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("text");
        let (more, of_them) = match tool {
            "cstate" => (1, text.matches("{{< track").count().max(1)),
            "postmortems" => (1, 0),
            "datocms" => (1, length(&json(&text)["updates"])),
            "aws" => {
                let lists = json(&text);
                let events = length(&lists["archive"]) + length(&lists["current"]);
                (events, text.matches("yellowfg").count())
            }
            "google-cloud" => {
                let list = json(&text);
                let told = list.as_array().expect("a list").iter();
                (length(&list), told.map(|one| length(&one["updates"])).sum())
            }
            "statuspage-csv" => {
                let mut table = csv::Reader::from_reader(text.as_bytes());
                let rows: Vec<_> = table.records().map(|row| row.expect("a row")).collect();
                let told = rows.iter().map(|row| length(&json(&row[4])));
                (rows.len(), told.sum())
            }
            other => panic!("{other} is counted by its ids"),
        };
        incidents += more;
        updates += of_them;
    }
    (incidents, updates)
}

/// Ids of incidents and of their updates, counted without any code of annals.
fn counted(path: &Path) -> (usize, usize) {
    let (mut incidents, mut updates) = (BTreeSet::new(), BTreeSet::new());
    for file in files_below(path) {
        let text = std::fs::read_to_string(&file).expect("text");
        let Ok(said) = serde_json::from_str::<Json>(&text) else {
            continue;
        };
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

/// What an import told, by its counters.
struct Told(Json);

impl Told {
    fn number(&self, of: &str, what: &str) -> usize {
        let number = self.0[of][what].as_u64().expect("a count");
        usize::try_from(number).expect("a count")
    }

    fn facts(&self) -> usize {
        usize::try_from(self.0["facts"].as_u64().expect("a count")).expect("a count")
    }

    /// The exceptions, each kind as often as it is listed.
    fn exceptions(&self) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for exception in self.0["exceptions"].as_array().expect("a list") {
            let kind = exception["what"].as_str().expect("a name").to_owned();
            *kinds.entry(kind).or_insert(0) += 1;
        }
        kinds
    }
}

/// Imports a source into a record of its own, where everything read must be found again
/// or be listed, importing again must add nothing, and no rule may be broken.
fn imported_whole(tool: &str, name: &str) -> usize {
    let path = corpus().join(name);
    let desk = Desk::ready();
    let typed = path.display().to_string();
    let said = desk.annals(&["import", tool, &typed, "--format", "json"]);
    let told = Told(said.exits(0).json()["imports"][0].clone());
    let (held_incidents, held_entries) = held(&desk);
    let number = |of, what| told.number(of, what);
    for of in ["incidents", "updates"] {
        let parts = ["new", "known", "repeated", "left_out"];
        let sum: usize = parts.iter().map(|part| number(of, part)).sum();
        assert_eq!(
            number(of, "read"),
            sum,
            "{name}: {of} in = out + exceptions"
        );
    }
    let files = told
        .exceptions()
        .iter()
        .filter(|(kind, _)| kind.ends_with("-file"))
        .map(|(_, many)| many)
        .sum::<usize>();
    if tool == "statuspage" {
        let (incidents, updates) = counted(&path);
        assert_eq!(
            incidents,
            held_incidents + number("incidents", "left_out"),
            "{name}"
        );
        let out = held_entries + number("updates", "left_out");
        assert_eq!(updates + told.facts(), out, "{name}");
    } else {
        let (incidents, updates) = counted_as_they_stand(tool, &path);
        assert_eq!(
            incidents,
            number("incidents", "read") + files,
            "{name}: incidents"
        );
        assert_eq!(updates, number("updates", "read"), "{name}: updates");
        assert_eq!(held_incidents, number("incidents", "new"), "{name}");
        assert_eq!(
            held_entries,
            number("updates", "new") + told.facts(),
            "{name}"
        );
    }
    println!(
        "{name} ({tool}): {} incidents, {} updates read; {held_incidents} incidents, {held_entries} entries ({} facts) out\n    incidents: {}\n    updates: {}\n    exceptions: {:?}",
        number("incidents", "read"),
        number("updates", "read"),
        told.facts(),
        told.0["incidents"],
        told.0["updates"],
        told.exceptions()
    );
    let before = desk.git(&["rev-parse", "HEAD"]);
    let again = desk.annals(&["import", tool, &typed]);
    again.exits(0).says("0 files added");
    let after = desk.git(&["rev-parse", "HEAD"]);
    assert_eq!(after, before, "{name}: importing again adds nothing");
    desk.annals(&["check"]).exits(0).says("nothing wrong");
    held_incidents
}

#[test]
#[ignore = "reads data that cannot be part of this repository; tests/all runs it"]
fn every_source_is_imported_whole() {
    let sources = sources();
    assert!(!sources.is_empty(), "no known source");
    let together = Desk::ready();
    let mut incidents = 0;
    for (tool, name) in &sources {
        incidents += imported_whole(tool, name);
        let path = corpus().join(name).display().to_string();
        // Each source is a page of its own, also where its files do not say which.
        let page = ["--page", name.as_str()];
        let import = ["import", tool, &path];
        together.annals(&[&import[..], &page[..]].concat()).exits(0);
    }
    together.annals(&["check"]).exits(0).says("nothing wrong");
    let (held_together, _) = held(&together);
    println!("{incidents} incidents one by one, {held_together} in one record");
    together.annals(&["build"]).exits(0);
    let pages = together
        .files()
        .into_iter()
        .filter(|path| path.starts_with("public/incidents/") && path.ends_with(".html"));
    assert_eq!(pages.count(), held_together, "every incident has its page");
}

/// How often each of the ten rules fires: what `replay` says, and what a script counts that
/// knows nothing of annals but its list of incidents.
#[test]
#[ignore = "reads data that cannot be part of this repository; tests/all runs it"]
fn replay_counts_what_a_script_counts() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (rules, script) = (here.join("benches/rules"), here.join("benches/count.py"));
    let rules = rules.display().to_string();
    for (tool, name) in sources() {
        let desk = Desk::ready();
        let path = corpus().join(&name).display().to_string();
        desk.annals(&["import", tool, &path]).exits(0);
        let list = desk.annals(&["list", "--all", "--format", "json"]).exits(0);
        let mut counting = desk
            .command("python3")
            .arg(&script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python");
        let mut input = counting.stdin.take().expect("a pipe");
        input.write_all(list.out.as_bytes()).expect("written");
        drop(input);
        let counted = counting.wait_with_output().expect("counted");
        let counted: BTreeMap<String, usize> =
            serde_json::from_slice(&counted.stdout).expect("counts");
        let replay = ["replay", "--automations", &rules, "--format", "json"];
        let replayed = desk.annals(&replay).exits(0).json();
        let tallies = replayed["replays"][0]["rules"].as_array().expect("rules");
        let tally = |tally: &Json| {
            let fired = tally["fired"].as_u64().expect("a count");
            let name = tally["automation"].as_str().expect("a name").to_owned();
            (name, usize::try_from(fired).expect("a count"))
        };
        let replayed: BTreeMap<String, usize> = tallies.iter().map(tally).collect();
        assert_eq!(replayed.len(), 10);
        assert_eq!(replayed, counted, "{name}");
        println!("{name}: {} firings", replayed.values().sum::<usize>());
    }
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
