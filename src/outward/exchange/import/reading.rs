//! Values of a foreign file, each of which may be of any type.
//!
//! A [`Reading`] knows which file, incident and update is at hand, so that whatever
//! cannot be taken as it stands becomes an exception that says where it stood. Every
//! format's reader asks its values here, so that times and types are judged alike.

use serde_json::{Map, Value as Json};

use super::Intake;
use super::exception::{Exception, What};
use crate::text::duration::Duration;
use crate::text::moment::{BadTime, Moment};

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

impl Reading<'_> {
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
        let text = self.text(object, key)?;
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let line = lines.join(" ");
        let line = line.trim();
        (!line.is_empty()).then(|| line.to_owned())
    }

    /// The time under `key`, to the millisecond, if it can be read and has come.
    pub(super) fn time(&mut self, object: &Object, key: &str) -> Option<Moment> {
        let at = self.planned(object, key)?;
        if at > self.intake.now.plus(Duration::seconds(AHEAD)) {
            self.except_key(What::FutureTime, object, key);
            return None;
        }
        Some(at)
    }

    /// The time under `key`, to the millisecond, if it can be read. The beginning of
    /// the Unix epoch is how programs write that they do not know.
    pub(super) fn planned(&mut self, object: &Object, key: &str) -> Option<Moment> {
        let text = self.text(object, key)?;
        let at = match Moment::parse(&text) {
            Ok(at) => Some(at),
            Err(BadTime::Naive(_)) => {
                self.except_key(What::NaiveTime, object, key);
                Moment::parse_naive(&text).map(|naive| self.intake.zone.instant(naive))
            }
            Err(_) => None,
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
