//! Statuspage's public API, version 2: lists, summaries, and one incident per file.
//!
//! Source of the fields: `/api/v2/incidents.json`, `scheduled-maintenances.json` and
//! `summary.json` as status pages serve them. Every value may be of any type: what is
//! not as the format has it is an exception of that incident or update, never a
//! failure of the file.

use serde_json::{Value as Json, json};

use super::exception::What;
use super::reading::{self, Object, Reading};
use super::{Format, Note, Origin, Sighting};
use crate::incident::declaration::{Impact, Kind, Resource};
use crate::incident::id;
use crate::incident::state::MOST;
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// The tool, as it is typed and as `x-source` names it.
const KIND: &str = "statuspage";

pub(super) const FORMAT: Format = Format {
    name: KIND,
    endings: &["json"],
    read,
};

/// What stands before a status of incident.io's maintenance.
const MAINTENANCE: &str = "maintenance_";
/// Seconds by which a `started_at` that Statuspage filled in itself differs at most
/// from `created_at`; such a start says nothing.
const DEFAULT_START: i64 = 2;
/// The keys of many incidents, and of one. The first two are Statuspage's own, which
/// pages of incident.io serve as well; the others are those of its widget.
const LISTS: [&str; 4] = [
    "incidents",
    "scheduled_maintenances",
    "ongoing_incidents",
    "in_progress_maintenances",
];
const SINGLE: [&str; 2] = ["incident", "scheduled_maintenance"];

/// Reads one file.
fn read(reading: &mut Reading<'_>, bytes: &[u8]) {
    match reading.file_json(bytes) {
        Some(Json::Object(root)) => file(reading, &root),
        Some(_) => reading.except(What::ForeignFile, "not an object", &Json::Null),
        None => {}
    }
}

fn file(reading: &mut Reading<'_>, root: &Object) {
    if !LISTS
        .iter()
        .chain(&SINGLE)
        .any(|key| root.contains_key(*key))
    {
        let keys: Vec<&String> = root.keys().take(20).collect();
        reading.except(What::ForeignFile, "no incidents", &json!(keys));
        return;
    }
    let page = Page::read(reading, root);
    for key in LISTS {
        for incident in reading.list(root, key) {
            page.incident(reading, incident, key.contains("maintenance"));
        }
    }
    for key in SINGLE {
        if let Some(incident) = root.get(key) {
            page.incident(reading, incident, key.contains("maintenance"));
        }
    }
}

/// How many seconds before its incident was written an update may lie without being told: a
/// day. People date updates back by hours; by more, one of the two times is likely mistyped.
const FAR: i64 = 24 * 60 * 60;

/// Whose page it is.
#[derive(Default)]
struct Page {
    id: Option<String>,
    name: Option<String>,
}

impl Page {
    fn read(reading: &mut Reading<'_>, root: &Object) -> Self {
        let Some(Json::Object(page)) = root.get("page") else {
            return Self::default();
        };
        Self {
            id: reading.word(page, "id"),
            name: reading.word(page, "name"),
        }
    }

    fn incident(&self, reading: &mut Reading<'_>, json: &Json, scheduled: bool) {
        reading.begin(None);
        let Some(object) = json.as_object() else {
            reading.except(What::NotAnIncident, "", json);
            return;
        };
        let Some(id) = reading.word(object, "id") else {
            let unread = reading.list(object, "incident_updates");
            reading.leave(What::IncidentWithoutId, "id", json, &[], unread);
            return;
        };
        reading.incident = Some(id.clone());
        let notes = self.notes(reading, object);
        let created_at = reading.time(object, "created_at");
        let told_at = created_at.or_else(|| reading.time(object, "last_update_at"));
        let Some(declared_at) = reading.declared(told_at, &notes) else {
            reading.except(What::IncidentWithoutTime, "created_at", json);
            return;
        };
        // The widget of incident.io never tells when an incident was written.
        if told_at.is_none() && !notes.is_empty() {
            reading.except_key(What::DeclaredAtUpdate, object, "created_at");
        }
        if created_at.is_some_and(|created| created - declared_at > Duration::seconds(FAR)) {
            reading.except_key(What::FarOlderUpdate, object, "created_at");
        }
        let sighting = self.sighting(reading, object, &id, declared_at, scheduled);
        reading.take(Sighting {
            created_at,
            notes,
            ..sighting
        });
    }

    /// The updates, oldest first; the source lists the newest first.
    fn notes(&self, reading: &mut Reading<'_>, object: &Object) -> Vec<Note> {
        let updates = reading.list(object, "incident_updates").iter().rev();
        let mut notes = reading.notes(updates, |reading, object, _| self.note(reading, object));
        notes.extend(postmortem(reading, object));
        if notes.is_empty() {
            notes.extend(last_update(reading, object));
        }
        reading.update = None;
        reading::in_order(notes)
    }

    fn note(&self, reading: &mut Reading<'_>, object: &Object) -> Option<Note> {
        let whole = || Json::Object(object.clone());
        let id = reading
            .word(object, "id")
            .unwrap_or_else(|| format!("without-{}", id::tail(whole().to_string().as_bytes(), 12)));
        reading.update = Some(id.clone());
        let displayed_at = reading.time(object, "display_at");
        let created_at = reading.time(object, "created_at");
        let updated_at = reading.time(object, "updated_at");
        let Some(at) = displayed_at.or(created_at) else {
            reading.except(What::UpdateWithoutTime, "display_at", &whole());
            return None;
        };
        Some(Note {
            status: status(reading, object),
            body: reading.body(object, "body"),
            resources: self.components(reading, object, "affected_components"),
            ..Note::new(id, at).written(created_at, updated_at)
        })
    }

    fn sighting(
        &self,
        reading: &mut Reading<'_>,
        object: &Object,
        id: &str,
        declared_at: Moment,
        scheduled: bool,
    ) -> Sighting {
        let page = self.id.clone().or_else(|| reading.word(object, "page_id"));
        let named = self.name.as_ref().map(|name| format!("{name} status page"));
        let (kind, scheduled_for, scheduled_until) = schedule(reading, object, scheduled);
        let title = reading.title(object, "name", &format!("Incident {id}"));
        let page = page.or_else(|| self.name.clone()).unwrap_or_default();
        let origin = Origin::new(KIND, &page, id);
        let by = named.unwrap_or_else(|| "Status page".to_owned());
        Sighting {
            url: reading
                .word(object, "shortlink")
                .or_else(|| reading.word(object, "url")),
            kind,
            impact: worst(reading, object)
                .or_else(|| (kind == Kind::Maintenance).then(|| "maintenance".to_owned())),
            status: status(reading, object),
            started_at: started(reading, object, declared_at),
            monitoring_at: reading.time(object, "monitoring_at"),
            resolved_at: resolved(reading, object, declared_at),
            scheduled_for,
            scheduled_until,
            changed_at: reading.time(object, "updated_at"),
            resources: self.affected(reading, object),
            ..Sighting::new(reading.file, origin, by, title, declared_at)
        }
    }

    /// The components of an incident as a whole; incident.io's widget has another word.
    fn affected(&self, reading: &mut Reading<'_>, object: &Object) -> Vec<Resource> {
        let key = match object.get("components") {
            None => "affected_components",
            Some(_) => "components",
        };
        self.components(reading, object, key)
    }

    /// The components under `key`, with what an update does to each.
    fn components(&self, reading: &mut Reading<'_>, object: &Object, key: &str) -> Vec<Resource> {
        let list = reading.list(object, key);
        if list.len() > MOST {
            let detail = format!("{key}: {} of them", list.len());
            reading.except(What::TooManyComponents, &detail, &json!(list.get(MOST..)));
        }
        let mut resources = Vec::new();
        for json in list.iter().take(MOST) {
            match self.component(reading, json) {
                Some(resource) => resources.push(resource),
                None => reading.except(What::UnknownComponent, key, json),
            }
        }
        reading::distinct(resources)
    }

    fn component(&self, reading: &mut Reading<'_>, json: &Json) -> Option<Resource> {
        let object = json.as_object()?;
        let name = reading.word(object, "name");
        let code = reading
            .word(object, "code")
            .or_else(|| reading.word(object, "id"));
        let code = code.or_else(|| name.as_deref().map(slug::slugify))?;
        let page = self.name.as_ref().or(self.id.as_ref());
        let page = page.map(slug::slugify).filter(|page| !page.is_empty());
        let word = ["new_status", "current_status"];
        let word = word.iter().find_map(|key| reading.word(object, key));
        let impact = word.as_deref().and_then(impact);
        if word.is_some() && impact.is_none() {
            reading.except_key(What::UnknownComponent, object, "new_status");
        }
        Some(Resource {
            id: format!("{}.{code}", page.as_deref().unwrap_or(KIND)),
            role: Some("component".to_owned()),
            name,
            impact,
        })
    }
}

/// The one update that incident.io's widget shows of an incident.
fn last_update(reading: &mut Reading<'_>, object: &Object) -> Option<Note> {
    let at = reading.time(object, "last_update_at")?;
    let id = format!("at-{at}");
    reading.begin_update(Some(id.clone()));
    Some(Note {
        status: status(reading, object),
        body: reading.body(object, "last_update_message"),
        ..Note::new(id, at)
    })
}

/// A postmortem published with the incident, as an update of its own.
fn postmortem(reading: &mut Reading<'_>, object: &Object) -> Option<Note> {
    let id = "postmortem";
    reading.update = Some(id.to_owned());
    let body = reading.body(object, "postmortem_body")?;
    reading.intake.updates += 1;
    let times = [
        "postmortem_published_at",
        "postmortem_body_last_updated_at",
        "updated_at",
    ];
    let Some(at) = times.into_iter().find_map(|key| reading.time(object, key)) else {
        reading.except_key(What::UpdateWithoutTime, object, "postmortem_body");
        return None;
    };
    Some(Note {
        status: Some("postmortem".to_owned()),
        body: Some(body),
        ..Note::new(id.to_owned(), at)
    })
}

/// The status of an incident or update in Statuspage's word: incident.io says
/// `maintenance_in_progress` where Statuspage says `in_progress`.
fn status(reading: &mut Reading<'_>, object: &Object) -> Option<String> {
    let word = reading.word(object, "status")?;
    let bare = word.strip_prefix(MAINTENANCE).unwrap_or(&word);
    let bare = if bare == "complete" {
        "completed"
    } else {
        bare
    };
    Some(bare.to_owned())
}

/// How bad it is in Statuspage's word; incident.io's widget tells it by how components fare.
fn worst(reading: &mut Reading<'_>, object: &Object) -> Option<String> {
    let said = reading.word(object, "impact");
    said.or_else(|| {
        let word = reading.word(object, "current_worst_impact")?;
        Some(match word.as_str() {
            "operational" | "no_impact" => "none".to_owned(),
            "degraded_performance" => "minor".to_owned(),
            "partial_outage" => "major".to_owned(),
            "full_outage" | "major_outage" => "critical".to_owned(),
            _ => word,
        })
    })
}

/// Whether it is a maintenance, and its schedule. Without one it cannot be; where its
/// status calls it one all the same, its work was planned for when it began.
fn schedule(
    reading: &mut Reading<'_>,
    object: &Object,
    scheduled: bool,
) -> (Kind, Option<Moment>, Option<Moment>) {
    let mut first = |keys: [&str; 2]| keys.iter().find_map(|key| reading.planned(object, key));
    let begins = first(["scheduled_for", "starts_at"]);
    let ends = first(["scheduled_until", "ends_at"]);
    let ends = ends.or_else(|| reading.planned(object, "scheduled_end_at"));
    let says = |key, word: &str| {
        let said = object.get(key).and_then(Json::as_str);
        said.is_some_and(|said| said.starts_with(word))
    };
    let begun = ["started_at", "created_at"];
    let begun = begun.iter().filter(|_| says("status", MAINTENANCE));
    let begins = begins.or_else(|| {
        let at = begun
            .copied()
            .find_map(|key| reading.planned(object, key))?;
        reading.except(What::ScheduleFromStart, "scheduled_for", &json!(at));
        Some(at)
    });
    let Some(begins) = begins else {
        if scheduled || says("impact", "maintenance") || ends.is_some() {
            let (impact, begins) = (object.get("impact"), object.get("scheduled_for"));
            let original = json!({"impact": impact, "scheduled_for": begins});
            reading.except(What::WithoutSchedule, "scheduled_for", &original);
        }
        return (Kind::Incident, None, None);
    };
    let possible = ends.filter(|ends| *ends >= begins);
    if possible != ends {
        reading.except_key(What::ImpossibleTime, object, "scheduled_until");
    }
    (Kind::Maintenance, Some(begins), possible)
}

fn started(reading: &mut Reading<'_>, object: &Object, declared_at: Moment) -> Option<Moment> {
    let started_at = reading.time(object, "started_at")?;
    let created_at = Moment::parse(object.get("created_at")?.as_str()?).unwrap_or(declared_at);
    let apart = started_at.max(created_at) - started_at.min(created_at);
    if apart <= Duration::seconds(DEFAULT_START) {
        return None;
    }
    if started_at > declared_at {
        reading.except_key(What::ImpossibleTime, object, "started_at");
        return None;
    }
    Some(started_at)
}

fn resolved(reading: &mut Reading<'_>, object: &Object, declared_at: Moment) -> Option<Moment> {
    let resolved_at = reading.time(object, "resolved_at")?;
    if resolved_at < declared_at {
        reading.except_key(What::ImpossibleTime, object, "resolved_at");
        return None;
    }
    Some(resolved_at)
}

fn impact(word: &str) -> Option<Impact> {
    Some(match word {
        "operational" => Impact::Operational,
        "degraded_performance" => Impact::DegradedPerformance,
        "partial_outage" => Impact::PartialOutage,
        "major_outage" | "full_outage" => Impact::MajorOutage,
        "under_maintenance" => Impact::UnderMaintenance,
        _ => return None,
    })
}
