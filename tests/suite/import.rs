//! Incidents of another tool, taken in once and whole.

use std::collections::BTreeMap;

use annals::incident::declaration::{Impact, Kind};
use annals::outward::exchange::import::Zone;
use annals::text::duration::Duration;
use annals::text::moment::Moment;
use serde_json::{Value as Json, json};

use crate::desk::{BEGINNING, Desk};
use crate::shelf::{Shelf, at, exceptions, outage, page, update, with};

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

/// A page of cState that announces work, in a repository of its own.
#[test]
fn work_that_is_announced_is_a_maintenance_as_of_its_first_commit() {
    let mut source = Desk::new();
    let issue = "---\ntitle: New database\ndate: 2027-01-10T22:00:00Z\nresolved: false\nseverity: notice\n---\nFrom 22:00 to 23:00.\n";
    source
        .write("content/issues/move.md", issue)
        .commit("announce");
    source.wait(Duration::minutes(60));
    source
        .write("content/issues/move.md", issue.replace("New", "A new"))
        .commit("mend");
    let issues = source.folder.join("content/issues").display().to_string();
    let mut desk = Desk::ready();
    desk.wait(Duration::minutes(24 * 60));
    desk.annals(&["import", "cstate", &issues, "--page", "Ex"])
        .exits(0)
        .warns("is taken in as a maintenance");
    let shown = desk
        .annals(&["show", "new-database", "--format", "json"])
        .exits(0)
        .json();
    let incident = &shown["incidents"][0];
    assert_eq!(incident["kind"], "maintenance");
    assert_eq!(incident["status"], "scheduled");
    assert_eq!(incident["declared_at"], BEGINNING);
    assert_eq!(incident["scheduled_for"], "2027-01-10T22:00:00.000Z");
    assert_eq!(incident["summary"], "From 22:00 to 23:00.");
    desk.wait(Duration::minutes(60));
    desk.annals(&["import", "cstate", &issues, "--page", "Ex"])
        .exits(0)
        .says("0 files added, 1 exception listed");
    desk.annals(&["check"]).exits(0).says("nothing wrong");
}
