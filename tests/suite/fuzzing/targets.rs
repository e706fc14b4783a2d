//! Everything of annals that reads bytes which a stranger may have written, each as one
//! function of bytes. It may answer what it likes; it may not panic, abort, or take long.
//!
//! Whatever reads a new kind of file gets a line here.

use std::collections::BTreeMap;
use std::hint::black_box;

use annals::archive::Archive;
use annals::archive::append::{Append, FileKind, NewFile, append};
use annals::archive::piece::{self, Content};
use annals::archive::repository::Repository;
use annals::archive::settings::Settings;
use annals::archive::snapshot::Version;
use annals::automation::pattern::Pattern;
use annals::automation::recorded::Case;
use annals::automation::{golden, rule};
use annals::incident::Incident;
use annals::incident::audience::Audience;
use annals::incident::entry::Entry;
use annals::incident::id::{EntryId, IncidentId};
use annals::incident::redaction;
use annals::outward::exchange::import::additions::additions;
use annals::outward::exchange::import::restoring::restore;
use annals::outward::exchange::import::{Intake, Tool, Zone};
use annals::outward::render::{self, Format, Request};
use annals::text::duration::Duration;
use annals::text::moment::{Day, Moment};
use annals::text::source::Source;
use annals::text::{difference, form, front_matter, plain, suggest, template, yaml};

/// What is done with bytes.
pub(crate) type Target = fn(&[u8]);

/// All targets by name.
pub(crate) const ALL: &[(&str, Target)] = &[
    ("yaml", read_yaml),
    ("incident", incident),
    ("entry", entry),
    ("retrospective", retrospective),
    ("markdown", markdown),
    ("settings", settings),
    ("automation", automation),
    ("golden", golden_tests),
    ("case", case),
    ("words", words),
    ("template", templates),
    ("index", index),
    ("table-pieces", |bytes| table("pieces", bytes)),
    ("table-files", |bytes| table("files", bytes)),
    ("table-second-clock", |bytes| table("second-clock", bytes)),
    ("import-annals", |bytes| import(Tool::Annals, bytes)),
    ("import-statuspage", |bytes| import(Tool::Statuspage, bytes)),
    ("import-statuspage-csv", |bytes| {
        import(Tool::StatuspageCsv, bytes)
    }),
    ("import-cstate", |bytes| import(Tool::Cstate, bytes)),
    ("import-google-cloud", |bytes| {
        import(Tool::GoogleCloud, bytes)
    }),
    ("import-aws", |bytes| import(Tool::Aws, bytes)),
    ("import-datocms", |bytes| import(Tool::Datocms, bytes)),
    ("import-postmortems", |bytes| {
        import(Tool::Postmortems, bytes)
    }),
];

/// The target of that name.
pub(crate) fn named(name: &str) -> Option<Target> {
    ALL.iter()
        .find(|(known, _)| *known == name)
        .map(|(_, target)| *target)
}

fn now() -> Moment {
    Moment::parse("2026-11-22T12:00:00Z").expect("a time")
}

fn source(path: &str, bytes: &[u8]) -> Option<Source> {
    let read = Source::read(path, bytes);
    if let Err(fault) = &read {
        black_box(fault.order());
    }
    read.ok()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn read_yaml(bytes: &[u8]) {
    let Some(source) = source("a.yaml", bytes) else {
        return;
    };
    if let Some((front, body)) = front_matter::split(source.text()) {
        black_box((front.len(), body.len()));
    }
    if let Ok(node) = yaml::parse(&source) {
        assert!(difference::same(&node, &node));
        assert!(difference::differences(&node, &node).is_empty());
        let json = form::untyped(&node);
        let written = yaml::write(&json).expect("JSON is YAML");
        black_box(yaml::parse(&Source::new("b.yaml", &written)).is_ok());
    }
}

/// An incident with everything that is made of it.
fn incident(bytes: &[u8]) {
    let path = "incidents/2026-11-22-a.yaml";
    let Some(Content::Incident(declaration)) = read(path, bytes) else {
        return;
    };
    let entries = declaration.entries.iter();
    let entries = entries.filter_map(|form| {
        let id = EntryId::new(form.id.as_deref()?).ok()?;
        Entry::of(form, id, None, None)
    });
    let entries = entries.collect();
    shown(Incident {
        id: IncidentId::new("2026-11-22-a").expect("an id"),
        path: path.to_owned(),
        entries,
        declaration: *declaration,
        recorded: None,
        turn: None,
        retrospective: None,
        redacted: None,
    });
}

fn read(path: &str, bytes: &[u8]) -> Option<Content> {
    let reading = piece::read(path, bytes);
    for found in &reading.found {
        black_box(plain::line(&found.message));
    }
    Some(reading.piece?.content)
}

fn shown(mut incident: Incident) {
    redaction::hide(&mut incident);
    let id = incident.id.to_string();
    let archive = Archive {
        incidents: vec![incident],
        ..Archive::default()
    };
    let file = |_: &str| None;
    for audience in [Audience::Public, Audience::Internal] {
        let request = Request {
            archive: &archive,
            receipts: &[],
            own_templates: &[],
            audience,
            now: now(),
            as_of: None,
            base_url: None,
            identity: "fuzz",
            file: &file,
        };
        for format in [Format::Html, Format::Markdown, Format::Json] {
            black_box(render::report(&request, &id, format).expect("a report"));
        }
    }
}

fn entry(bytes: &[u8]) {
    black_box(read("incidents/2026-11-22-a/e.yaml", bytes).is_some());
}

fn retrospective(bytes: &[u8]) {
    black_box(read("incidents/2026-11-22-a/retrospective.md", bytes).is_some());
}

fn markdown(bytes: &[u8]) {
    let body = serde_json::Value::from(text(bytes));
    let file = format!(
        "title: T\nseverity: high\ndeclared_at: 2026-11-22T07:00:00Z\ndeclared_by: A\nsummary: {body}\nentries:\n  - {{id: e, at: 2026-11-22T08:00:00Z, by: B, comment: {body}}}\n"
    );
    incident(file.as_bytes());
}

fn settings(bytes: &[u8]) {
    if let Some(source) = source("annals.yaml", bytes) {
        let (settings, found) = Settings::read(&source);
        black_box((settings.vocabulary(), found.len()));
    }
}

fn automation(bytes: &[u8]) {
    let environment = BTreeMap::new();
    for name in ["automations/a.yaml", "automations/a.json"] {
        if let Some(source) = source(name, bytes) {
            let reading = rule::Reader::new(&environment).read(&[source]);
            black_box(reading.diagnostics.len());
        }
    }
}

fn golden_tests(bytes: &[u8]) {
    let Some(source) = source("tests/t.yaml", bytes) else {
        return;
    };
    let (tests, _) = golden::read(&source);
    let environment = BTreeMap::new();
    let reader = rule::Reader::new(&environment);
    for test in tests.iter().take(20) {
        let written: Vec<Source> = test
            .rules()
            .into_iter()
            .flatten()
            .filter_map(|rules| match rules {
                golden::Rules::Written(source) => Some(source),
                golden::Rules::At(..) => None,
            })
            .collect();
        black_box(
            test.play(&reader.read(&written), &Settings::default())
                .is_ok(),
        );
    }
}

/// Events and what became of them, as `annals test` takes them from recordings.
fn case(bytes: &[u8]) {
    for line in text(bytes).lines() {
        if let Ok(case) = serde_json::from_str::<Case>(line) {
            black_box(case.differences().len());
        }
    }
}

fn words(bytes: &[u8]) {
    let text = text(bytes);
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    if let Ok(moment) = Moment::parse(first) {
        let again = Moment::parse(&moment.to_string()).expect("what is written can be read");
        assert_eq!(moment, again);
        black_box((moment.day().long(), moment.file_stem()));
    }
    black_box(Moment::parse_naive(first));
    black_box(Day::parse(first).map(Day::long).ok());
    black_box(Duration::parse(first).map(|length| length.to_string()));
    black_box(first.parse::<Zone>().is_ok());
    black_box((IncidentId::new(first).is_ok(), EntryId::new(first).is_ok()));
    black_box(Pattern::new(first).matches(rest));
    black_box(suggest::suggest(first, rest.lines()));
    black_box((plain::line(&text), plain::lines(&text)));
}

fn templates(bytes: &[u8]) {
    let text = text(bytes);
    if template::check(&text).is_ok() {
        black_box(text.len());
    }
}

/// A small repository, and the place of its Git directory.
fn repository() -> (tempfile::TempDir, Repository) {
    let home = tempfile::tempdir().expect("a folder");
    let git = |arguments: &[&str]| {
        let status = std::process::Command::new("git")
            .current_dir(home.path())
            .args(["-c", "user.name=A", "-c", "user.email=a@example.com"])
            .args(arguments)
            .status();
        assert!(status.expect("git runs").success());
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    for name in ["a", "b", "c"] {
        let path = home
            .path()
            .join(format!("incidents/2026-11-22-{name}.yaml"));
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        let text = format!(
            "title: {name}\nseverity: high\ndeclared_at: 2026-11-22T07:00:00Z\ndeclared_by: A\n"
        );
        std::fs::write(path, text).expect("a file");
    }
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message", "all"]);
    let repository = Repository::discover(home.path()).expect("a repository");
    (home, repository)
}

thread_local! {
    static REPOSITORY: (tempfile::TempDir, Repository) = repository();
}

/// What Git and annals keep in the Git directory of that repository, for the targets that
/// read such files.
pub(crate) fn kept(target: &str) -> Option<Vec<u8>> {
    let name = match target {
        "index" => "index",
        name => name.strip_prefix("table-")?,
    };
    REPOSITORY.with(|(home, repository)| {
        Archive::load(repository, Version::Folder, now()).expect("a record");
        let git = home.path().join(".git");
        let held = std::fs::read(git.join(name));
        held.or_else(|_| std::fs::read(git.join("annals").join(name)))
            .ok()
    })
}

/// An index of which the checksum is right, or not asked for.
fn index(bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    let body = bytes.len().saturating_sub(20);
    if bytes.last().is_some_and(|last| last % 2 == 0) {
        bytes[body..].fill(0);
    }
    REPOSITORY.with(|(home, repository)| {
        std::fs::write(home.path().join(".git/index"), &bytes).expect("an index");
        let file = NewFile {
            path: "incidents/2026-11-22-d.yaml".to_owned(),
            bytes: b"title: D\n".to_vec(),
            kind: FileKind::Replaced,
        };
        let one = Append {
            branch: "main",
            files: &[file],
            message: "d",
            now: now(),
            orphan: false,
        };
        black_box(append(repository, &one, &|_| ()).is_ok());
    });
}

/// What annals remembers in the Git directory: whatever stands there, the record is read,
/// and as if nothing stood there unless its checksum is right.
fn table(name: &str, bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    let summed = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .map(|at| at + 5);
    let is_mended = bytes.last().is_some_and(|last| last % 2 == 0);
    if let Some(at) = summed.filter(|at| is_mended && *at <= bytes.len()) {
        let sum = crc32fast::hash(&bytes[at..]).to_le_bytes();
        bytes[at - 4..at].copy_from_slice(&sum);
    }
    REPOSITORY.with(|(home, repository)| {
        let place = home.path().join(".git/annals");
        std::fs::create_dir_all(&place).expect("a folder");
        std::fs::write(place.join(name), &bytes).expect("a table");
        let archive = Archive::load(repository, Version::Folder, now()).expect("a record");
        assert!(is_mended || archive.incidents.len() == 3);
    });
}

fn import(tool: Tool, bytes: &[u8]) {
    let archive = Archive::default();
    let mut intake = Intake {
        page: Some("P".to_owned()),
        undated: Some(now()),
        ..Intake::new(Zone::default(), now())
    };
    let ending = tool.endings().first().expect("an ending");
    tool.read(&format!("2026-10-02-a.{ending}"), bytes, &mut intake);
    let mut found = additions(&intake, &archive);
    restore(&intake, &archive, &|_| None, &mut found);
    for (path, bytes) in &found.files {
        if piece::is_read(path) {
            black_box(read(path, bytes).is_some());
        }
    }
}
