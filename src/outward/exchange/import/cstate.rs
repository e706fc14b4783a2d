//! cState's issues: Markdown files with a front matter.
//!
//! Source of the fields: cState's documentation of `content/issues` and the issues of
//! public status pages. What people were told stands in the body, each update closed (or
//! opened) by a `{{< track "2019-05-10 12:00:00" >}}` that says when; a body without
//! any is one update of the issue's `date`. Files hold no id; theirs is their name. A date
//! to come is how work is announced there: such an issue is a maintenance.

mod tracks;

use serde_json::{Value as Json, json};

use super::exception::What;
use super::reading::{self, Ids, Object, Reading};
use super::{Ending, Format, Note, Origin, Sighting};
use crate::archive::layout;
use crate::incident::declaration::{Kind, Resource};
use crate::text::moment::Moment;
use crate::text::suggest;
use tracks::Track;

/// The tool, as it is typed and as `x-source` names it.
const KIND: &str = "cstate";
/// Its severities, and the impact that each is on a Statuspage.
const SEVERITIES: [(&str, &str); 3] = [
    ("down", "critical"),
    ("disrupted", "major"),
    ("notice", "minor"),
];
/// The id of an update that names no time: it stands at the issue's own.
const UNDATED: &str = "date";
/// Words before an update that say where the response stands; any other is prose.
const STATUSES: [&str; 4] = ["investigating", "identified", "monitoring", "resolved"];

pub(super) const FORMAT: Format = Format {
    name: KIND,
    endings: &["md"],
    read,
};

/// Reads one file.
fn read(reading: &mut Reading<'_>, bytes: &[u8]) {
    let Some((matter, body)) = reading.front_matter(bytes) else {
        return;
    };
    let section = matter.get("section").and_then(Json::as_str);
    let known = ["date", "severity", "resolved"]
        .iter()
        .any(|key| matter.contains_key(*key));
    if !known || section.is_some_and(|section| section != "issue") {
        let keys: Vec<&String> = matter.keys().take(20).collect();
        reading.except(What::ForeignFile, "no issue of cState", &json!(keys));
        return;
    }
    incident(reading, &matter, &body);
}

fn incident(reading: &mut Reading<'_>, matter: &Object, body: &str) {
    let id = layout::stem(reading.file).to_owned();
    reading.begin(Some(&id));
    let original = Json::Object(matter.clone());
    let over = flag(matter, "resolved");
    let (date, ahead) = date(reading, matter, over);
    let mut notes = notes(reading, body, date);
    let summary = ahead.and_then(|_| undated(reading, &mut notes));
    if flag(matter, "draft") {
        reading.leave(What::Unpublished, "draft", &original, &notes, &[]);
        return;
    }
    let Some(declared_at) = reading.declared(date, &notes) else {
        reading.except(What::IncidentWithoutTime, "date", &original);
        return;
    };
    let page = reading.page(KIND);
    let (origin, by) = (Origin::new(KIND, &page, &id), format!("{page} status page"));
    let title = reading.title(matter, "title", &id);
    let sighting = Sighting {
        kind: ahead.map_or(Kind::Incident, |_| Kind::Maintenance),
        scheduled_for: ahead,
        summary,
        ending: Ending::Named,
        impact: severity(reading, matter),
        status: over.then(|| "resolved".to_owned()),
        started_at: date,
        created_at: date,
        resources: systems(reading, matter, &page),
        said: said(matter),
        notes,
        ..Sighting::new(reading.file, origin, by, title, declared_at)
    };
    let sighting = if over {
        reading.ended(sighting, matter, "resolvedWhen")
    } else {
        sighting
    };
    take(reading, sighting, date.filter(|_| ahead.is_none()));
}

/// Takes the issue in; it began at its date where that is not behind what followed.
fn take(reading: &mut Reading<'_>, sighting: Sighting, date: Option<Moment>) {
    reading.take(Sighting {
        started_at: date.filter(|date| is_beginning(*date, &sighting)),
        ..sighting
    });
}

/// When the issue was written, and when the work is planned for that it announces.
fn date(
    reading: &mut Reading<'_>,
    matter: &Object,
    over: bool,
) -> (Option<Moment>, Option<Moment>) {
    let Some(date) = reading.planned(matter, "date") else {
        return (None, None);
    };
    if over || reading.has_come(date) {
        let original = json!(matter.get("date"));
        return (reading.come(date, "date", &original), None);
    }
    reading.except(What::Announced, "date", &json!(date));
    (Some(reading.first_met()), Some(date))
}

/// Takes out the words that name no time: of announced work they say what is planned,
/// and when they were said is not known.
fn undated(reading: &mut Reading<'_>, notes: &mut Vec<Note>) -> Option<String> {
    let place = notes.iter().position(|note| note.id == UNDATED)?;
    reading.intake.updates -= 1;
    notes.remove(place).body
}

/// Whether `date` says when it began: more than that it was declared then, and nothing
/// that an update contradicts, which says of an earlier moment that it was over.
fn is_beginning(date: Moment, sighting: &Sighting) -> bool {
    let over = |note: &&Note| note.status.as_deref() == Some("resolved");
    let mut ends = sighting.notes.iter().filter(over);
    date != sighting.declared_at && ends.all(|note| date <= note.at)
}

fn systems(reading: &mut Reading<'_>, matter: &Object, page: &str) -> Vec<Resource> {
    let words = reading.words(matter, "affected");
    let named = words
        .iter()
        .filter_map(|name| reading::resource(page, "system", name));
    reading::distinct(named)
}

/// Whether `key` is on; people write `yes` as well.
fn flag(matter: &Object, key: &str) -> bool {
    match matter.get(key) {
        Some(Json::Bool(on)) => *on,
        Some(Json::String(word)) => ["true", "yes", "on"].contains(&word.to_lowercase().trim()),
        _ => false,
    }
}

/// How bad it was, in Statuspage's word. A misspelt severity is read as the nearest.
fn severity(reading: &mut Reading<'_>, matter: &Object) -> Option<String> {
    let word = reading.word(matter, "severity")?;
    let impact = |known: &str| {
        let same = |(name, _): &&(&str, &str)| *name == known;
        SEVERITIES.iter().find(same).map(|(_, impact)| *impact)
    };
    let known = impact(&word.to_lowercase());
    let near = || suggest::nearest(&word, SEVERITIES.iter().map(|(name, _)| *name));
    let read = known.or_else(|| {
        let impact = impact(near()?)?;
        reading.except_key(What::MisspeltWord, matter, "severity");
        Some(impact)
    });
    Some(read.map_or(word.clone(), str::to_owned))
}

/// What the front matter says in words of its own, for `x-source`.
fn said(matter: &Object) -> Object {
    let taken = ["title", "affected", "resolved", "section"];
    let other = matter
        .iter()
        .filter(|(key, value)| !taken.contains(&key.as_str()) && !value.is_null());
    other
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// The updates, oldest first; the source has the newest first.
fn notes(reading: &mut Reading<'_>, body: &str, date: Option<Moment>) -> Vec<Note> {
    let mut ids = Ids::default();
    let mut notes = Vec::new();
    for track in tracks::split(body).iter().rev() {
        reading.begin_update(None);
        notes.extend(note(reading, track, date, &mut ids));
    }
    reading.update = None;
    reading::in_order(notes)
}

fn note(
    reading: &mut Reading<'_>,
    track: &Track,
    date: Option<Moment>,
    ids: &mut Ids,
) -> Option<Note> {
    const KEY: &str = "track";
    let id = ids.of(track.at.as_deref().unwrap_or(UNDATED));
    reading.update = Some(id.clone());
    let at = match &track.at {
        Some(at) => reading.time(&Object::from_iter([(KEY.to_owned(), json!(at))]), KEY),
        None => date,
    };
    let Some(at) = at else {
        let original = json!({"track": track.at, "body": track.body});
        reading.except(What::UpdateWithoutTime, KEY, &original);
        return None;
    };
    Some(Note {
        status: status(&track.body),
        body: (!track.body.is_empty()).then(|| track.body.clone()),
        ..Note::new(id, at)
    })
}

/// The status that an update opens with: `*Resolved* - All is well.`
fn status(body: &str) -> Option<String> {
    let opening = body.lines().next()?.strip_prefix(['*', '_'])?;
    let opening = opening.trim_start_matches(['*', '_']);
    let word = opening
        .split(['*', '_'])
        .next()?
        .trim()
        .trim_end_matches(':');
    let word = word.to_lowercase();
    STATUSES.contains(&&*word).then_some(word)
}
