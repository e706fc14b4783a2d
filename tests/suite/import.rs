//! Incidents of another tool, taken in once and whole.

use std::collections::BTreeMap;

use annals::archive::Archive;
use annals::archive::piece::{self, Content};
use annals::incident::Incident;
use annals::incident::declaration::{Impact, Kind};
use annals::incident::entry::{Entry, EntryForm};
use annals::incident::id::{EntryId, IncidentId};
use annals::incident::rules::{self, Site};
use annals::incident::state::State;
use annals::outward::exchange::import::additions::{Additions, additions};
use annals::outward::exchange::import::exception::{Loss, What};
use annals::outward::exchange::import::{Intake, Zone, statuspage};
use annals::text::moment::Moment;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// An archive, and what imports put into it.
#[derive(Default)]
struct Shelf {
    archive: Archive,
    zone: Zone,
}

impl Shelf {
    /// Imports files, keeps what they add, and tells what that was.
    fn import(&mut self, files: &[(&str, &str)]) -> Additions {
        let now = Moment::parse("2026-11-22T12:00:00Z").expect("a time");
        let mut intake = Intake::new(self.zone, now);
        for (name, text) in files {
            statuspage::read(name, text.as_bytes(), &mut intake);
        }
        let added = additions(&intake, &self.archive);
        for tally in [added.incidents, added.updates] {
            let sum = tally.new + tally.known + tally.repeated + tally.left_out;
            assert_eq!(tally.read, sum, "everything read is accounted for");
        }
        for (path, bytes) in &added.files {
            self.keep(path, bytes);
        }
        for incident in &self.archive.incidents {
            let state = incident.course(&self.archive.vocabulary).state;
            assert_eq!(rules::order(&state), None, "{}", incident.id);
        }
        added
    }

    /// Imports one file that holds these incidents.
    fn take(&mut self, incidents: &Json) -> Additions {
        self.import(&[("incidents.json", &page(incidents))])
    }

    fn keep(&mut self, path: &str, bytes: &[u8]) {
        let reading = piece::read(path, bytes);
        assert!(reading.found.is_empty(), "{path}: {:?}", reading.found);
        let piece = reading.piece.expect("a piece");
        let (top, words) = (Site::top(&piece.source), &self.archive.vocabulary);
        let (folder, name) = path.rsplit_once('/').expect("a folder");
        let stem = name.trim_end_matches(".yaml");
        match piece.content {
            Content::Incident(declaration) => {
                let found = rules::declaration(&declaration, &top, words);
                assert!(found.is_empty(), "{path}: {found:?}");
                self.archive.incidents.push(Incident {
                    id: IncidentId::new(stem).expect("an id"),
                    path: path.to_owned(),
                    entries: declaration
                        .entries
                        .iter()
                        .map(|form| entry(form, form.made_id()))
                        .collect(),
                    declaration: *declaration,
                    recorded: None,
                    retrospective: None,
                })
            }
            Content::Entry(form) => {
                let mut incidents = self.archive.incidents.iter_mut();
                let incident = incidents
                    .find(|incident| incident.path.trim_end_matches(".yaml") == folder)
                    .expect("the incident lies beside its folder");
                let found = rules::entry(&form, incident.declaration.kind, &top, words);
                assert!(found.is_empty(), "{path}: {found:?}");
                let id = EntryId::new(stem).expect("an id");
                incident.entries.push(entry(&form, id));
                incident.entries.sort_by_key(|entry| entry.at);
            }
            Content::Retrospective(_) => panic!("an import writes no retrospective"),
        }
    }

    fn incident(&self) -> &Incident {
        assert_eq!(self.archive.incidents.len(), 1);
        &self.archive.incidents[0]
    }

    fn state(&self) -> State {
        self.incident().course(&self.archive.vocabulary).state
    }

    /// What each entry says: its clock, its status if it sets one, its words.
    fn story(&self) -> Vec<String> {
        let forms = &self.incident().entries;
        forms.iter().map(said).collect()
    }
}

fn said(entry: &Entry) -> String {
    use annals::incident::entry::Statement;
    let (status, words) = match &entry.statement {
        Statement::Comment(words) => (None, Some(words)),
        Statement::Update(update, words) => (update.status.as_deref(), words.as_ref()),
        other => panic!("an import writes no {}", other.kind()),
    };
    let parts = [
        Some(entry.at.clock()),
        status.map(|status| format!("[{status}]")),
        words.cloned(),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn entry(form: &EntryForm, id: EntryId) -> Entry {
    Entry {
        id,
        path: None,
        at: form.at,
        by: form.by.clone(),
        visibility: form.visibility,
        pinned: form.pinned,
        statement: form.statement().expect("one statement"),
        source: form.source.clone(),
        recorded: None,
    }
}

fn page(incidents: &Json) -> String {
    let page = json!({"id": "pg", "name": "Nimbus", "url": "https://status.nimbus.example"});
    json!({"page": page, "incidents": incidents}).to_string()
}

fn at(clock: &str) -> String {
    format!("2026-03-01T{clock}:00.000Z")
}

/// An incident of three updates, newest first as a status page lists them.
fn outage() -> Json {
    json!({
        "id": "abc", "name": "Uploads fail", "impact": "major", "status": "resolved",
        "created_at": at("09:00"), "started_at": at("09:00"), "resolved_at": at("10:30"),
        "updated_at": at("10:30"), "shortlink": "https://st.example/abc", "components": [],
        "incident_updates": [
            update("u3", "resolved", "10:30", "All is well."),
            update("u2", "investigating", "09:20", "Still looking."),
            update("u1", "investigating", "09:00", "We are looking into it."),
        ],
    })
}

fn update(id: &str, status: &str, clock: &str, body: &str) -> Json {
    json!({
        "id": id, "status": status, "body": body, "display_at": at(clock),
        "created_at": at(clock), "updated_at": at(clock), "affected_components": null,
    })
}

/// The same with `value` at the JSON pointer `place`.
fn with(mut json: Json, place: &str, value: Json) -> Json {
    let (parent, key) = place.rsplit_once('/').expect("a pointer");
    json.pointer_mut(parent).expect("a place")[key] = value;
    json
}

/// The names of the exceptions, each as often as it is listed.
fn exceptions(added: &Additions) -> BTreeMap<&'static str, usize> {
    let mut counted = BTreeMap::new();
    for exception in &added.exceptions {
        *counted.entry(exception.what.name()).or_insert(0) += 1;
    }
    counted
}

#[test]
fn an_incident_becomes_one_file_with_its_updates() {
    let mut shelf = Shelf::default();
    let added = shelf.take(&json!([outage()]));
    assert_eq!(added.files.len(), 1);
    assert_eq!(exceptions(&added), BTreeMap::new());
    let incident = shelf.incident();
    assert!(
        incident
            .path
            .starts_with("incidents/2026/03/2026-03-01-uploads-fail-")
    );
    assert_eq!(incident.declaration.severity, "high");
    assert_eq!(incident.declaration.declared_by, "Nimbus status page");
    assert_eq!(
        incident.declaration.started_at, None,
        "a default says nothing"
    );
    let source = incident.declaration.source.as_ref().expect("a source");
    assert_eq!(
        (&source["kind"], &source["page"], &source["id"]),
        (&json!("statuspage"), &json!("pg"), &json!("abc"))
    );
    assert_eq!(
        shelf.story(),
        [
            "09:00 We are looking into it.",
            "09:20 Still looking.",
            "10:30 [resolved] All is well."
        ]
    );
    let ids: Vec<_> = incident
        .entries
        .iter()
        .map(|entry| entry.source.as_ref().expect("a source")["id"].clone())
        .collect();
    assert_eq!(ids, ["u1", "u2", "u3"]);
}

#[test]
fn importing_again_adds_nothing() {
    let mut shelf = Shelf::default();
    shelf.take(&json!([outage()]));
    let again = shelf.take(&json!([outage()]));
    assert_eq!(again.files, []);
    assert_eq!((again.incidents.known, again.updates.known), (1, 3));
}

#[test]
fn one_incident_in_two_files_is_one_incident_whatever_their_order() {
    let (one, two) = (
        page(&json!([outage()])),
        json!({"page": {"id": "pg", "name": "Nimbus"}, "incident": outage()}).to_string(),
    );
    let files = [("a.json", one.as_str()), ("b.json", two.as_str())];
    let mut shelf = Shelf::default();
    let added = shelf.import(&files);
    assert_eq!((added.incidents.new, added.incidents.repeated), (1, 1));
    assert_eq!((added.updates.new, added.updates.repeated), (3, 3));
    let mut other = Shelf::default();
    let turned = [files[1], files[0]];
    assert_eq!(other.import(&turned).files, added.files);
}

#[test]
fn a_later_import_adds_only_what_is_new_as_entry_files() {
    let mut early = outage();
    early = with(early, "/status", json!("investigating"));
    early = with(early, "/resolved_at", Json::Null);
    early = with(early, "/updated_at", json!(at("09:20")));
    early["incident_updates"]
        .as_array_mut()
        .expect("a list")
        .remove(0);
    let mut shelf = Shelf::default();
    shelf.take(&json!([early]));
    let added = shelf.take(&json!([outage()]));
    let folder = shelf.incident().path.trim_end_matches(".yaml").to_owned();
    let paths: Vec<&str> = added.files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths.len(), 1);
    assert!(paths[0].starts_with(&format!("{folder}/2026-03-01t103000.000z-update-")));
    let mut whole = Shelf::default();
    whole.take(&json!([outage()]));
    assert_eq!(shelf.story(), whole.story());
    assert_eq!(shelf.state(), whole.state());
}

#[test]
fn what_a_page_changes_without_an_update_becomes_an_entry() {
    let early = with(outage(), "/updated_at", json!(at("09:20")));
    let mut late = with(outage(), "/name", json!("Uploads and downloads fail"));
    late = with(late, "/impact", json!("critical"));
    late = with(late, "/updated_at", json!(at("09:40")));
    let mut shelf = Shelf::default();
    shelf.take(&json!([early.clone()]));
    let added = shelf.take(&json!([late.clone()]));
    assert_eq!((added.files.len(), added.facts), (1, 1));
    assert_eq!(shelf.state().title, "Uploads and downloads fail");
    assert_eq!(shelf.state().severity, "critical");
    assert_eq!(
        shelf.take(&json!([early, late])).files,
        [],
        "both are known"
    );
}

#[test]
fn an_older_file_contradicts_and_changes_nothing() {
    let mut shelf = Shelf::default();
    shelf.take(&json!([outage()]));
    let added = shelf.take(&json!([with(outage(), "/name", json!("Another name"))]));
    assert_eq!(added.files, []);
    assert_eq!(exceptions(&added), BTreeMap::from([("contradiction", 1)]));
    assert_eq!(added.exceptions[0].original, "Another name");
}

#[test]
fn an_edited_update_keeps_its_first_words_and_lists_the_later() {
    let mut shelf = Shelf::default();
    shelf.take(&json!([outage()]));
    let edited = with(outage(), "/incident_updates/1/body", json!("Found it."));
    let added = shelf.take(&json!([edited]));
    assert_eq!(added.files, []);
    assert_eq!(exceptions(&added), BTreeMap::from([("edited-update", 1)]));
    assert_eq!(added.exceptions[0].original["body"], "Found it.");
    assert_eq!(added.exceptions[0].update.as_deref(), Some("u2"));
}

#[test]
fn updates_of_one_millisecond_keep_their_order() {
    let both = with(
        outage(),
        "/incident_updates/1/display_at",
        json!(at("09:00")),
    );
    let mut shelf = Shelf::default();
    let added = shelf.take(&json!([both.clone()]));
    assert_eq!(exceptions(&added), BTreeMap::from([("equal-time", 1)]));
    let entries = &shelf.incident().entries;
    assert_eq!(entries[1].at.to_string(), "2026-03-01T09:00:00.001Z");
    let source = entries[1].source.as_ref().expect("a source");
    assert_eq!(
        (&source["id"], &source["display_at"]),
        (&json!("u2"), &json!(at("09:00")))
    );
    assert_eq!(shelf.take(&json!([both])).files, []);
}

#[test]
fn an_end_that_no_update_says_is_entered_at_its_time() {
    let mut silent = outage();
    silent["incident_updates"]
        .as_array_mut()
        .expect("a list")
        .remove(0);
    let mut shelf = Shelf::default();
    let added = shelf.take(&json!([silent.clone()]));
    assert_eq!(
        exceptions(&added),
        BTreeMap::from([("resolution-without-update", 1)])
    );
    assert_eq!(shelf.story()[2], "10:30 [resolved]");
    assert_eq!(shelf.take(&json!([silent])).files, []);
}

#[test]
fn an_update_before_the_page_was_written_moves_the_declaration() {
    let early = with(
        outage(),
        "/incident_updates/2/display_at",
        json!(at("08:15")),
    );
    let mut shelf = Shelf::default();
    shelf.take(&json!([with(early, "/started_at", json!(at("08:00")))]));
    let declaration = &shelf.incident().declaration;
    assert_eq!(declaration.declared_at.clock(), "08:15");
    assert_eq!(
        declaration.started_at.map(Moment::clock).as_deref(),
        Some("08:00")
    );
    let source = declaration.source.as_ref().expect("a source");
    assert_eq!(source["created_at"], json!(at("09:00")));
}

#[test]
fn a_maintenance_keeps_its_schedule_and_its_words() {
    let work = json!({
        "id": "m1", "name": "Moving disks", "impact": "maintenance", "status": "completed",
        "created_at": at("09:00"), "started_at": at("09:00"), "updated_at": at("12:00"),
        "scheduled_for": "2026-03-01T11:00:00+01:00", "scheduled_until": at("12:00"),
        "resolved_at": at("12:00"), "components": [],
        "incident_updates": [
            update("w3", "completed", "12:00", "Done."),
            update("w2", "in_progress", "10:00", "Begun."),
            update("w1", "scheduled", "09:00", "Planned."),
        ],
    });
    let file = json!({"page": {"id": "pg"}, "scheduled_maintenances": [work]}).to_string();
    let mut shelf = Shelf::default();
    let added = shelf.import(&[("maintenances.json", &file)]);
    assert_eq!(exceptions(&added), BTreeMap::new());
    let declaration = &shelf.incident().declaration;
    assert_eq!(
        (declaration.kind, declaration.severity.as_str()),
        (Kind::Maintenance, "low")
    );
    assert_eq!(
        declaration.scheduled_for.map(Moment::clock).as_deref(),
        Some("10:00")
    );
    assert_eq!(
        shelf.story(),
        [
            "09:00 Planned.",
            "10:00 [in_progress] Begun.",
            "12:00 [completed] Done."
        ]
    );
}

#[test]
fn components_join_with_what_happens_to_them_and_only_when_it_changes() {
    let component = |status: &str| json!([{"code": "c1", "name": "Uploads", "old_status": "operational", "new_status": status}]);
    let mut json = outage();
    json = with(
        json,
        "/components",
        json!([{"id": "c1", "name": "Uploads", "status": "operational"}, {"id": "c2", "name": "Search"}]),
    );
    json = with(
        json,
        "/incident_updates/2/affected_components",
        component("major_outage"),
    );
    json = with(
        json,
        "/incident_updates/1/affected_components",
        component("major_outage"),
    );
    json = with(
        json,
        "/incident_updates/0/affected_components",
        component("operational"),
    );
    let mut shelf = Shelf::default();
    let added = shelf.take(&json!([json]));
    assert_eq!(exceptions(&added), BTreeMap::new());
    let declared: Vec<_> = shelf
        .incident()
        .declaration
        .resources
        .iter()
        .map(|one| one.id.as_str())
        .collect();
    assert_eq!(declared, ["nimbus.c2"], "the other joins with its update");
    let course = shelf.incident().course(&shelf.archive.vocabulary);
    let changing: Vec<_> = course
        .steps
        .iter()
        .filter(|step| !step.changes.is_empty())
        .map(|step| step.at.clock())
        .collect();
    assert_eq!(changing, ["09:00", "10:30"]);
    let uploads = course
        .state
        .resources
        .iter()
        .find(|one| one.id == "nimbus.c1")
        .expect("joined");
    assert_eq!(
        (uploads.role.as_deref(), uploads.impact),
        (Some("component"), Some(Impact::Operational))
    );
}

#[test]
fn a_postmortem_is_a_comment_after_the_end() {
    let mut json = outage();
    json["incident_updates"]
        .as_array_mut()
        .expect("a list")
        .insert(0, update("u4", "postmortem", "11:00", "What we learnt."));
    let json = with(json, "/status", json!("postmortem"));
    let mut shelf = Shelf::default();
    let added = shelf.take(&json!([json]));
    assert_eq!(exceptions(&added), BTreeMap::new());
    assert_eq!(shelf.story()[3], "11:00 What we learnt.");
    assert_eq!(shelf.state().status, "resolved");
    let published = with(outage(), "/postmortem_body", json!("What we learnt."));
    let published = with(published, "/postmortem_published_at", json!(at("11:00")));
    let mut shelf = Shelf::default();
    assert_eq!(shelf.take(&json!([published])).updates.new, 4);
    assert_eq!(shelf.story()[3], "11:00 What we learnt.");
}

#[test]
fn bodies_become_markdown_only_where_they_are_html() {
    let told = |body: &str| {
        let mut shelf = Shelf::default();
        shelf.take(&json!([with(
            outage(),
            "/incident_updates/1/body",
            json!(body)
        )]));
        shelf.story()[1].trim_start_matches("09:20 ").to_owned()
    };
    assert_eq!(
        told("<p>One <strong>two</strong></p><ul><li>three</li></ul>"),
        "One **two**\n\n- three"
    );
    assert_eq!(
        told("See <a href=\"https://nimbus.example/x\">here</a>"),
        "See [here](https://nimbus.example/x)"
    );
    assert_eq!(
        told("<b>Impact:</b> some\n\n<b>Start:</b> noon"),
        "**Impact:** some\n\n**Start:** noon"
    );
    assert_eq!(
        told("for <SOME/ALL> of *you* & 1 < 2"),
        "for <SOME/ALL> of *you* & 1 < 2"
    );
    assert_eq!(
        told("<b>For</b> <SOME/ALL> of you"),
        "**For** \\<SOME/ALL> of you"
    );
    assert_eq!(told("an unfinished <b tag"), "an unfinished <b tag");
    assert_eq!(told("one\r\ntwo\rthree"), "one\ntwo\nthree");
}

#[test]
fn naive_times_are_read_in_the_zone_that_was_asked_for() {
    let naive = with(
        outage(),
        "/incident_updates/1/display_at",
        json!("2026-03-01 11:20:00"),
    );
    let mut shelf = Shelf {
        zone: "+02:00".parse().expect("a zone"),
        ..Shelf::default()
    };
    let added = shelf.take(&json!([naive]));
    assert_eq!(exceptions(&added), BTreeMap::from([("naive-time", 1)]));
    assert_eq!(added.exceptions[0].original, "2026-03-01 11:20:00");
    assert_eq!(shelf.story()[1], "09:20 Still looking.");
    assert!("Berlin".parse::<Zone>().is_err() && "12:00".parse::<Zone>().is_err());
}

/// Changes one value of the outage; the exception it makes keeps the original.
#[test]
fn what_cannot_be_taken_as_it_stands_is_listed_with_its_original() {
    let cases = [
        ("/created_at", json!("yesterday"), What::UnreadableTime),
        (
            "/created_at",
            json!("2031-01-01T00:00:00Z"),
            What::FutureTime,
        ),
        ("/created_at", json!(["09:00"]), What::WrongType),
        (
            "/created_at",
            json!("1970-01-01T00:00:00Z"),
            What::ImpossibleTime,
        ),
        ("/started_at", json!(at("09:05")), What::ImpossibleTime),
        ("/resolved_at", json!(at("08:00")), What::ImpossibleTime),
        ("/resolved_at", json!(at("10:40")), What::OtherResolution),
        (
            "/monitoring_at",
            json!(at("10:00")),
            What::MonitoringWithoutUpdate,
        ),
        ("/impact", json!("dreadful"), What::UnknownImpact),
        ("/status", json!("confused"), What::UnknownStatus),
        ("/status", json!("identified"), What::StatusWithoutUpdate),
        ("/name", json!(" "), What::WithoutTitle),
        ("/impact", json!("maintenance"), What::WithoutSchedule),
        ("/components", json!([{}]), What::UnknownComponent),
        ("/components", json!("all"), What::WrongType),
        (
            "/incident_updates/1/status",
            json!("confused"),
            What::UnknownStatus,
        ),
        ("/incident_updates/1/body", json!(null), What::EmptyUpdate),
        ("/incident_updates/1/body", json!({}), What::WrongType),
        ("/incident_updates/1", json!("u2"), What::NotAnUpdate),
        ("/incident_updates", json!("none"), What::WrongType),
        ("/id", json!(null), What::IncidentWithoutId),
    ];
    for (place, value, what) in cases {
        let mut shelf = Shelf::default();
        let key = if place == "/incident_updates/1" {
            None
        } else {
            Some(())
        };
        let changed = match key {
            Some(()) => with(outage(), place, value.clone()),
            None => {
                let mut json = outage();
                json["incident_updates"][1] = value.clone();
                json
            }
        };
        let added = shelf.take(&json!([changed]));
        let found = added.exceptions.iter().find(|one| one.what == what);
        let found = found.unwrap_or_else(|| panic!("{place} {value}: {:?}", added.exceptions));
        assert_eq!(found.file, "incidents.json");
        let kept = found.original.to_string();
        let bare = value.to_string();
        let kept_value = kept.contains(bare.trim_matches(['[', ']']));
        assert!(
            kept_value || what == What::EmptyUpdate,
            "{place}: {kept} of {bare}"
        );
    }
}

#[test]
fn what_is_left_out_is_listed_piece_by_piece() {
    let timeless = |mut update: Json| {
        update["display_at"] = json!("noon");
        update["created_at"] = Json::Null;
        update
    };
    let mut nowhere = with(outage(), "/created_at", Json::Null);
    for index in 0..3 {
        nowhere["incident_updates"][index] = timeless(nowhere["incident_updates"][index].clone());
    }
    let mut shelf = Shelf::default();
    let nameless = with(outage(), "/id", Json::Null);
    let added = shelf.take(&json!([nowhere, nameless, "an incident", outage()]));
    assert_eq!((added.incidents.left_out, added.incidents.new), (3, 1));
    assert_eq!((added.updates.left_out, added.updates.new), (6, 3));
    let lost = |loss| {
        added
            .exceptions
            .iter()
            .filter(|one| one.what.loss() == loss)
            .count()
    };
    assert_eq!((lost(Loss::Incident), lost(Loss::Update)), (3, 6));
    let expected = BTreeMap::from([
        ("incident-without-id", 1),
        ("incident-without-time", 1),
        ("left-with-incident", 3),
        ("not-an-incident", 1),
        ("unreadable-time", 3),
        ("update-without-time", 3),
    ]);
    assert_eq!(exceptions(&added), expected);
}

#[test]
fn a_file_that_is_no_statuspage_is_an_exception_and_the_others_are_read() {
    let whole = page(&json!([outage()]));
    let deep = "[".repeat(100_000);
    let files = [
        ("cut.json", &whole[..whole.len() / 2]),
        ("deep.json", deep.as_str()),
        ("empty.json", ""),
        ("list.json", "[]"),
        ("other.json", r#"{"alerts": []}"#),
        ("whole.json", whole.as_str()),
    ];
    let mut shelf = Shelf::default();
    let added = shelf.import(&files);
    assert_eq!(
        exceptions(&added),
        BTreeMap::from([("foreign-file", 2), ("unreadable-file", 3)])
    );
    assert_eq!(added.incidents.new, 1);
}

#[test]
fn a_body_of_countless_tags_is_kept_as_it_stands() {
    let body = "<b>".repeat(50_000);
    let mut shelf = Shelf::default();
    let added = shelf.take(&json!([with(
        outage(),
        "/incident_updates/1/body",
        json!(body)
    )]));
    assert_eq!(exceptions(&added), BTreeMap::from([("too-many-tags", 1)]));
    assert_eq!(shelf.story()[1].len(), body.len() + "09:20 ".len());
}

#[test]
fn an_incident_too_large_for_one_file_is_written_with_entry_files() {
    let components: Vec<Json> = (0..700)
        .map(|n| json!({"code": format!("c{n}"), "name": "A component", "new_status": "partial_outage"}))
        .collect();
    let updates: Vec<Json> = (0..10)
        .rev()
        .map(|n| {
            let status = if n % 2 == 0 {
                "partial_outage"
            } else {
                "operational"
            };
            let mut listed = components.clone();
            listed
                .iter_mut()
                .for_each(|one| one["new_status"] = json!(status));
            with(
                update(
                    &format!("u{n}"),
                    "investigating",
                    &format!("09:{n:02}"),
                    "More.",
                ),
                "/affected_components",
                json!(listed),
            )
        })
        .collect();
    let large = with(
        with(outage(), "/incident_updates", json!(updates)),
        "/status",
        json!("investigating"),
    );
    let large = with(large, "/resolved_at", Json::Null);
    let mut shelf = Shelf::default();
    let added = shelf.take(&json!([large.clone()]));
    assert_eq!((added.files.len(), added.updates.new), (11, 10));
    assert_eq!(shelf.take(&json!([large])).files, []);
}

/// Where anything may stand.
fn places() -> Vec<String> {
    fn under(json: &Json, path: &str, places: &mut Vec<String>) {
        places.push(path.to_owned());
        let (keys, items) = (json.as_object(), json.as_array());
        for (key, value) in keys.into_iter().flatten() {
            under(value, &format!("{path}/{key}"), places);
        }
        for (index, value) in items.into_iter().flatten().enumerate() {
            under(value, &format!("{path}/{index}"), places);
        }
    }
    let mut places = Vec::new();
    under(&ample(), "", &mut places);
    places
}

/// An incident that has everything.
fn ample() -> Json {
    let listed = json!([{"code": "c1", "name": "Uploads", "old_status": "operational", "new_status": "major_outage"}]);
    let json = with(outage(), "/incident_updates/2/affected_components", listed);
    let json = with(json, "/components", json!([{"id": "c2", "name": "Search"}]));
    let json = with(json, "/scheduled_for", json!(at("09:00")));
    let json = with(json, "/scheduled_until", json!(at("10:00")));
    let json = with(json, "/monitoring_at", json!(at("10:00")));
    with(json, "/postmortem_body", json!("What we learnt."))
}

fn anything() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        any::<String>().prop_map(Json::from),
        ("0[0-9]|1[0-9]", "[0-5][0-9]")
            .prop_map(|(hour, minute)| json!(at(&format!("{hour}:{minute}")))),
        "(00[0-9]{2}|19[67][0-9]|20[0-9]{2}|9999)-0[1-9]-[0-2][1-9]T00:00:00Z".prop_map(Json::from),
        proptest::sample::select(
            &[
                "resolved",
                "completed",
                "postmortem",
                "monitoring",
                "scheduled",
                "maintenance",
                "critical",
                "u1",
                "<b>bold</b>"
            ][..]
        )
        .prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::btree_map("id|status|body|code|name|display_at", inner, 0..4)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_a_file_says_breaks_the_record(
        first in proptest::collection::vec((proptest::sample::select(places()), anything()), 0..4),
        second in proptest::collection::vec((proptest::sample::select(places()), anything()), 0..3),
        scheduled in any::<bool>(),
    ) {
        let change = |mut json: Json, changes: &[(String, Json)]| {
            for (place, value) in changes {
                if let Some(slot) = json.pointer_mut(place) {
                    slot.clone_from(value);
                }
            }
            json
        };
        let early = change(ample(), &first);
        let late = change(early.clone(), &second);
        let file = |incident: &Json| {
            let list = if scheduled { "scheduled_maintenances" } else { "incidents" };
            json!({"page": {"id": "pg", "name": "Nimbus"}, list: [incident]}).to_string()
        };
        let (early, late) = (file(&early), file(&late));
        let mut shelf = Shelf::default();
        shelf.import(&[("early.json", &early)]);
        shelf.import(&[("late.json", &late)]);
        let again = shelf.import(&[("early.json", &early), ("late.json", &late)]);
        prop_assert_eq!(again.files, []);
        let mut whole = Shelf::default();
        let files = [("early.json", early.as_str()), ("late.json", late.as_str())];
        whole.import(&files);
        prop_assert_eq!(whole.import(&files).files, []);
    }
}
