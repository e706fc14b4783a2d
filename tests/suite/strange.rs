//! What another tool's files may hold, and what becomes of it.

use std::collections::BTreeMap;

use annals::outward::exchange::import::exception::{Loss, What};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::shelf::{Shelf, at, exceptions, outage, page, update, with};

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
        let added = shelf.take(&json!([with(outage(), place, value.clone())]));
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
fn an_incident_whose_name_is_taken_is_left_out_with_its_updates() {
    let mut shelf = Shelf::default();
    shelf.take(&json!([outage()]));
    shelf.archive.incidents[0].declaration.source = None;
    let added = shelf.take(&json!([outage()]));
    assert_eq!(added.files, []);
    let expected = BTreeMap::from([("left-with-incident", 3), ("name-taken", 1)]);
    assert_eq!(exceptions(&added), expected);
}

#[test]
fn components_beyond_count_are_listed() {
    let components: Vec<Json> = (0..503).map(|n| json!({"id": format!("c{n}")})).collect();
    let mut shelf = Shelf::default();
    let added = shelf.take(&json!([with(outage(), "/components", json!(components))]));
    assert_eq!(
        exceptions(&added),
        BTreeMap::from([("too-many-components", 1)])
    );
    assert_eq!(added.exceptions[0].original[2]["id"], "c502");
    assert_eq!(shelf.state().resources.len(), 500);
}

#[test]
fn an_incident_too_large_for_one_file_is_written_with_entry_files() {
    let components: Vec<Json> = (0..500)
        .map(|n| json!({"code": format!("c{n}"), "name": "A component", "new_status": "partial_outage"}))
        .collect();
    let updates: Vec<Json> = (0..40)
        .rev()
        .map(|n| {
            let status = if n % 2 == 0 {
                "partial_outage"
            } else {
                "operational"
            };
            let mut listed = components.clone();
            for one in &mut listed {
                one["new_status"] = json!(status);
            }
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
    assert_eq!((added.files.len(), added.updates.new), (41, 40));
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
