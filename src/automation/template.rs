//! What the templates of actions see.
//!
//! Five names: `event`, `incident`, `automation`, `labels` and `firing`. Everything
//! comes from the record as it stood when the fact landed, so that the same firing
//! fills its templates alike whenever that is done.

use serde_json::{Value as Json, json};

use super::action::Cause;
use super::derive::{Fact, Facts};
use super::event::{RESOURCE_ID, RESOURCE_NAME, RESOURCE_ROLE};
use super::rule::Automation;
use crate::archive::history::{Appended, Landing};
use crate::incident::Incident;
use crate::incident::declaration::Declaration;
use crate::incident::entry::Recorded;
use crate::incident::id::IncidentId;
use crate::incident::view::View;
use crate::incident::vocabulary::Vocabulary;

/// What a template sees for one firing.
pub(super) fn data(cause: &Cause<'_>) -> Json {
    let Cause {
        automation,
        firing,
        fact,
        vocabulary,
    } = cause;
    let reason = &firing.reason;
    let incident = fact.map(|(fact, incident)| View::of(incident, vocabulary, fact.received));
    json!({
        "event": fact.map(|(fact, _)| event(fact)),
        "incident": incident,
        "automation": named(automation),
        "labels": reason.labels,
        "firing": {"id": firing.id, "time": reason.time},
    })
}

/// The event, when it landed, and short names for the labels of its resources.
fn event(fact: &Fact) -> Json {
    let mut event = json!(fact.event);
    if let Some(event) = event.as_object_mut() {
        event.insert("received".to_owned(), json!(fact.received));
    }
    if let Some(resource) = event.get_mut("resource") {
        shorten(resource);
    }
    let related = event.get_mut("related").and_then(Json::as_array_mut);
    related.into_iter().flatten().for_each(shorten);
    event
}

fn named(automation: &Automation) -> Json {
    json!({
        "name": automation.rule.name,
        "description": automation.description,
        "tags": automation.tags,
    })
}

/// `id`, `name` and `role` for the labels of those meanings, as Prefect's templates
/// have them.
fn shorten(resource: &mut Json) {
    let Some(labels) = resource.as_object_mut() else {
        return;
    };
    for (short, label) in [
        ("id", RESOURCE_ID),
        ("name", RESOURCE_NAME),
        ("role", RESOURCE_ROLE),
    ] {
        if let Some(value) = labels.get(label).cloned() {
            labels.entry(short).or_insert(value);
        }
    }
}

/// What a template would see for an incident that has everything: with it templates are
/// tried when they are read. Null if the sample could not be made.
pub(super) fn sample() -> Json {
    sample_of(SAMPLE).unwrap_or_default()
}

const SAMPLE: &str = r#"{
    "title": "Sample", "severity": "critical", "status": "identified",
    "declared_at": "2026-01-01T00:00:00Z", "declared_by": "Ana <ana@example.com>",
    "started_at": "2026-01-01T00:00:00Z", "detected_at": "2026-01-01T00:00:00Z",
    "summary": "Sample", "tags": ["sample"],
    "resources": [{"id": "sample", "role": "service", "name": "Sample", "impact": "major_outage"}],
    "roles": {"commander": "Ana", "scribe": "Bo", "communications": "Cy"},
    "links": [{"title": "Sample", "url": "https://example.com"}]
}"#;

fn sample_of(declaration: &str) -> Option<Json> {
    let id = IncidentId::new("sample").ok()?;
    let declaration: Declaration = serde_json::from_str(declaration).ok()?;
    let at = declaration.declared_at;
    let by = declaration.declared_by.clone();
    let commit = "0".repeat(40);
    let recorded = Recorded { commit, at, by };
    let incident = Incident {
        redacted: None,
        id,
        path: "sample.yaml".to_owned(),
        declaration,
        recorded: Some(recorded.clone()),
        turn: None,
        entries: Vec::new(),
        retrospective: None,
    };
    let appended = Appended::declared(incident);
    let landing = Landing {
        recorded,
        appended: vec![appended],
        automations: None,
        scattered: Vec::new(),
    };
    let vocabulary = Vocabulary::default();
    let fact = Facts::default().landing(&landing, &vocabulary).pop()?;
    let incident = &landing.appended.first()?.incident;
    let mut event = event(&fact);
    let payload = event.get_mut("payload").and_then(Json::as_object_mut)?;
    for key in SOMETIMES {
        payload.entry(*key).or_insert_with(|| "sample".into());
    }
    Some(json!({
        "event": event,
        "incident": View::of(incident, &vocabulary, at),
        "automation": {"name": "sample", "description": "sample", "tags": ["sample"]},
        "labels": {RESOURCE_ID: "sample"},
        "firing": {"id": "sample", "time": at},
    }))
}

/// Keys that only some events have in their payload.
const SOMETIMES: &[&str] = &[
    "end_time",
    "from",
    "to",
    "comment",
    "duplicate_of",
    "assessment",
    "attachment",
    "target",
    "reason",
    "retrospective",
    "scheduled_for",
    "scheduled_until",
];
