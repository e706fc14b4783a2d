//! Values of a foreign file, each of which may be of any type.
//!
//! A [`Reading`] knows which file, incident and update is at hand, so that whatever
//! cannot be taken as it stands becomes an exception that says where it stood. Every
//! format's reader asks its values here, so that times and types are judged alike.

mod file;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::exception::{Exception, What};
use super::html::{self, Body};
use super::zone::Zone;
use super::{Intake, Note, Sighting};
use crate::incident::declaration::Resource;
use crate::incident::id;
use crate::text::duration::Duration;
use crate::text::moment::{BadTime, Moment, WallClock};

/// An object of a foreign file.
pub(super) type Object = Map<String, Json>;

/// How far a foreign clock may go ahead of ours, in seconds.
const AHEAD: i64 = 300;

/// What is at hand while a file is read.
pub(super) struct Reading<'a> {
    /// The file.
    pub(super) file: &'a str,
    /// The source's id of the incident.
    pub(super) incident: Option<String>,
    /// The source's id of the update.
    pub(super) update: Option<String>,
    /// Where everything goes.
    pub(super) intake: &'a mut Intake,
}

impl<'a> Reading<'a> {
    /// The reading of a file, of which nothing is known yet.
    pub(super) fn new(file: &'a str, intake: &'a mut Intake) -> Self {
        Self {
            file,
            incident: None,
            update: None,
            intake,
        }
    }

    /// Whose record it is: as the import was told, else the tool.
    pub(super) fn page(&self, tool: &str) -> String {
        self.intake.page.clone().unwrap_or_else(|| tool.to_owned())
    }

    /// Begins with an incident, and counts it.
    pub(super) fn begin(&mut self, id: Option<&str>) {
        self.intake.incidents += 1;
        self.incident = id.map(str::to_owned);
        self.update = None;
    }

    /// Begins with an update, and counts it.
    pub(super) fn begin_update(&mut self, id: Option<String>) {
        self.intake.updates += 1;
        self.update = id;
    }

    /// Takes in an incident as the file shows it. A source that does not say when it last
    /// changed an incident did so no earlier than it last spoke of it.
    pub(super) fn take(&mut self, sighting: Sighting) {
        let declared_at = sighting.declared_at;
        self.intake.sightings.push(Sighting {
            created_at: sighting
                .created_at
                .filter(|created| *created != declared_at),
            changed_at: sighting.changed_at.or(Some(sighting.last_word())),
            ..sighting
        });
    }

    /// Lists something that could not be taken as it stands.
    pub(super) fn except(&mut self, what: What, detail: &str, original: &Json) {
        self.intake.exceptions.push(Exception {
            file: self.file.to_owned(),
            incident: self.incident.clone(),
            update: self.update.clone(),
            what,
            detail: detail.to_owned(),
            original: original.clone(),
        });
    }

    /// Lists the value of `key`.
    pub(super) fn except_key(&mut self, what: What, object: &Object, key: &str) {
        self.except(what, key, object.get(key).unwrap_or(&Json::Null));
    }

    /// Lists an incident that is left out, and its updates: those that were read, and
    /// those that were not.
    pub(super) fn leave(
        &mut self,
        what: What,
        detail: &str,
        original: &Json,
        notes: &[Note],
        unread: &[Json],
    ) {
        self.update = None;
        self.except(what, detail, original);
        for note in notes {
            self.update = Some(note.id.clone());
            let original = json!({"at": note.at, "status": note.status, "body": note.body});
            self.except(What::LeftWithIncident, "", &original);
        }
        for update in unread {
            self.begin_update(None);
            self.except(What::LeftWithIncident, "", update);
        }
    }

    /// The updates that `note` reads of a list of objects, the oldest first as they are
    /// given; in the order in which they happened.
    pub(super) fn notes<'j>(
        &mut self,
        updates: impl Iterator<Item = &'j Json>,
        mut note: impl FnMut(&mut Self, &Object, &mut Ids) -> Option<Note>,
    ) -> Vec<Note> {
        let mut ids = Ids::default();
        let mut notes = Vec::new();
        for json in updates {
            self.begin_update(None);
            match json.as_object() {
                Some(object) => notes.extend(note(self, object, &mut ids)),
                None => self.except(What::NotAnUpdate, "", json),
            }
        }
        self.update = None;
        in_order(notes)
    }

    /// When an incident was declared: when its source wrote it, or its first update where
    /// that is earlier; without any time, when the import was told.
    pub(super) fn declared(&mut self, created: Option<Moment>, notes: &[Note]) -> Option<Moment> {
        let first = notes.iter().map(|note| note.at).min();
        created.into_iter().chain(first).min().or_else(|| {
            let given = self.intake.undated?.to_millisecond();
            self.except(What::GivenTime, "", &json!(given));
            Some(given)
        })
    }

    /// The sighting with its end, which stands under `key`. What was over before anybody
    /// said so was resolved as soon as it was said; until when people felt it is kept.
    pub(super) fn ended(&mut self, sighting: Sighting, object: &Object, key: &str) -> Sighting {
        let Some(end) = self.time(object, key) else {
            return sighting;
        };
        if sighting.started_at.is_some_and(|started| end < started) {
            self.except_key(What::ImpossibleTime, object, key);
            return sighting;
        }
        let before = (end < sighting.declared_at).then_some(end);
        if before.is_some() {
            self.except_key(What::OverBeforeDeclared, object, key);
        }
        Sighting {
            mitigated_at: before,
            resolved_at: Some(end.max(sighting.declared_at)),
            ..sighting
        }
    }

    /// The list under `key`; nothing where there is none.
    pub(super) fn list<'j>(&mut self, object: &'j Object, key: &str) -> &'j [Json] {
        match object.get(key) {
            None | Some(Json::Null) => &[],
            Some(Json::Array(items)) => items,
            Some(_) => {
                self.except_key(What::WrongType, object, key);
                &[]
            }
        }
    }

    /// The texts of the list under `key`; a text alone counts as a list of itself.
    pub(super) fn words(&mut self, object: &Object, key: &str) -> Vec<String> {
        if let Some(Json::String(_)) = object.get(key) {
            return self.word(object, key).into_iter().collect();
        }
        let items = self.list(object, key);
        let mut words = Vec::new();
        for item in items {
            let alone = Object::from_iter([(key.to_owned(), item.clone())]);
            words.extend(self.word(&alone, key));
        }
        words
    }

    /// The text under `key`, as it stands; a number counts as its digits.
    pub(super) fn text(&mut self, object: &Object, key: &str) -> Option<String> {
        match object.get(key) {
            None | Some(Json::Null) => None,
            Some(Json::String(text)) => Some(text.clone()),
            Some(Json::Number(number)) => Some(number.to_string()),
            Some(_) => {
                self.except_key(What::WrongType, object, key);
                None
            }
        }
    }

    /// The text under `key` in one line; none when it is blank.
    pub(super) fn word(&mut self, object: &Object, key: &str) -> Option<String> {
        one_line(&self.text(object, key)?)
    }

    /// The title under `key`; `otherwise` where there is none.
    pub(super) fn title(&mut self, object: &Object, key: &str, otherwise: &str) -> String {
        self.word(object, key).unwrap_or_else(|| {
            self.except_key(What::WithoutTitle, object, key);
            otherwise.to_owned()
        })
    }

    /// The text under `key` in Markdown; none when it is blank.
    pub(super) fn body(&mut self, object: &Object, key: &str) -> Option<String> {
        let text = self.text(object, key)?;
        self.markdown(key, &text)
    }

    /// `text`, which stood under `key`, in Markdown; none when it is blank.
    pub(super) fn markdown(&mut self, key: &str, text: &str) -> Option<String> {
        let text = match html::markdown(text) {
            Body::Text(text) => text,
            Body::TooManyTags(text) => {
                self.except(What::TooManyTags, key, &Json::Null);
                text
            }
        };
        (!text.trim().is_empty()).then_some(text)
    }

    /// The time under `key`, to the millisecond, if it can be read and has come.
    pub(super) fn time(&mut self, object: &Object, key: &str) -> Option<Moment> {
        let at = self.planned(object, key)?;
        let original = object.get(key).unwrap_or(&Json::Null);
        self.come(at, key, original)
    }

    /// `at`, which stood under `key`, if it has come.
    pub(super) fn come(&mut self, at: Moment, key: &str, original: &Json) -> Option<Moment> {
        if !self.has_come(at) {
            self.except(What::FutureTime, key, original);
            return None;
        }
        Some(at)
    }

    /// Whether `at` has come, as far as clocks may differ.
    pub(super) fn has_come(&self, at: Moment) -> bool {
        at <= self.intake.now.plus(Duration::seconds(AHEAD))
    }

    /// When the file was first recorded where it comes from, or else the present.
    pub(super) fn first_met(&self) -> Moment {
        let known = self.intake.first_met.get(self.file).copied();
        known
            .filter(|at| self.has_come(*at))
            .unwrap_or(self.intake.now)
            .to_millisecond()
    }

    /// The instant that `naive`, read as UTC, is in `zone`; listed where clocks there showed
    /// it twice or never.
    pub(super) fn local(
        &mut self,
        naive: Moment,
        zone: Zone,
        key: &str,
        original: &Json,
    ) -> Moment {
        let (at, what) = match zone.read(naive) {
            WallClock::Once(at) => return at,
            WallClock::Twice(at, _) => (at, What::AmbiguousTime),
            WallClock::Never(at, _) => (at, What::SkippedTime),
        };
        self.except(what, key, original);
        at
    }

    /// The time under `key`, to the millisecond, if it can be read. The beginning of
    /// the Unix epoch is how programs write that they do not know.
    pub(super) fn planned(&mut self, object: &Object, key: &str) -> Option<Moment> {
        let text = self.text(object, key)?;
        if text.trim().is_empty() {
            return None;
        }
        let zone = self.intake.zone;
        let at = match Moment::parse(&text) {
            Ok(at) => Some(at),
            Err(BadTime::Naive(_)) => {
                self.except_key(What::NaiveTime, object, key);
                Moment::parse_naive(&text).map(|naive| self.local(naive, zone, key, &json!(text)))
            }
            Err(BadTime::DayOnly(day)) => {
                self.except_key(What::DayOnly, object, key);
                beginning(&day, zone)
            }
            Err(_) => zoned(&text).map(|(naive, zone)| self.local(naive, zone, key, &json!(text))),
        };
        let what = match at {
            None => What::UnreadableTime,
            Some(at) if at.micros() <= 0 => What::ImpossibleTime,
            Some(at) => return Some(at.to_millisecond()),
        };
        self.except_key(what, object, key);
        None
    }
}

/// `text` in one line; none when it is blank.
pub(super) fn one_line(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let line = lines.join(" ");
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// The beginning of a day, written as `2026-11-22`, in `zone`.
pub(super) fn beginning(day: &str, zone: Zone) -> Option<Moment> {
    let naive = Moment::parse_naive(&format!("{day}T00:00:00"))?;
    Some(zone.instant(naive))
}

/// A time that is nearly written as in RFC 3339: `2019-05-10 12:00:00 +0200`,
/// `2019-05-10 12:00 PDT`, `2023-12-04T8:00:00-00:00`, `2019-05-10 12:00 Europe/London`:
/// what the clock showed, read as UTC, and the zone.
fn zoned(text: &str) -> Option<(Moment, Zone)> {
    let (day, clock) = text.trim().split_at_checked(10)?;
    let named = clock.rfind(' ').filter(|at| *at > 0);
    let at = named.or_else(|| clock.find(['+', '-', 'Z', 'z']))?;
    let (clock, zone) = clock.split_at_checked(at)?;
    let zone = Zone::named(zone.trim())?;
    let naive = Moment::parse_naive(&format!("{day}{}", clock.trim_end()))?;
    Some((naive, zone))
}

/// A resource of `page`, known by its name.
pub(super) fn resource(page: &str, role: &str, name: &str) -> Option<Resource> {
    let code = slug::slugify(name);
    (!code.is_empty()).then(|| Resource {
        id: format!("{}.{code}", slug::slugify(page)),
        role: Some(role.to_owned()),
        name: Some(name.to_owned()),
        impact: None,
    })
}

/// Every resource once, in the order in which they were named.
pub(super) fn distinct(resources: impl IntoIterator<Item = Resource>) -> Vec<Resource> {
    let mut known = std::collections::BTreeSet::new();
    let first = resources
        .into_iter()
        .filter(|resource| known.insert(resource.id.clone()));
    first.collect()
}

/// Ids for the updates of an incident whose source gives them none: made of what does
/// not change when an update is edited or more are added.
#[derive(Default)]
pub(super) struct Ids {
    given: BTreeMap<String, usize>,
}

impl Ids {
    /// The id of an update that is known by `key`; the second of the same key gets
    /// another, and so on.
    pub(super) fn of(&mut self, key: &str) -> String {
        let times = self.given.entry(key.to_owned()).or_insert(0);
        *times += 1;
        let id = if one_line(key).as_deref() == Some(key) && key.len() <= 40 {
            key.to_owned()
        } else {
            format!("without-{}", id::tail(key.as_bytes(), 12))
        };
        match times {
            1 => id,
            times => format!("{id}~{times}"),
        }
    }
}

/// The updates in the order in which they happened, then in which they were written.
pub(super) fn in_order(mut notes: Vec<Note>) -> Vec<Note> {
    notes.sort_by_key(|note| (note.at, note.created_at.unwrap_or(note.at)));
    notes
}
