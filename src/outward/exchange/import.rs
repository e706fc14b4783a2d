//! Taking in the incidents of another tool.
//!
//! A format's reader turns bytes into [`Sighting`]s: one incident as one file showed
//! it. The same incident may be seen many times; [`additions`] makes one incident of
//! all its sightings and of what the archive already holds, and yields only what is
//! new. So importing again adds nothing, and importing snapshots one by one ends where
//! importing them together does. What cannot be taken as it stands is an
//! [`Exception`] that keeps the original: nothing is lost silently, and nothing is
//! guessed.

pub mod additions;
pub mod exception;
mod html;
mod reading;
pub mod record;
pub mod restoring;
pub mod statuspage;
mod telling;
mod words;

use std::str::FromStr;

use serde_json::Value as Json;

use crate::incident::declaration::{Kind, Resource};
use crate::text::duration::Duration;
use crate::text::moment::Moment;
use exception::Exception;
use record::Restored;

/// A tool whose record can be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// What annals itself exported as JSON.
    Annals,
    /// Statuspage's public API, version 2.
    Statuspage,
}

impl Tool {
    /// The word for it, as it is typed and as commit messages hold it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Annals => record::KIND,
            Self::Statuspage => statuspage::KIND,
        }
    }

    /// How the names of its files end, without the dot.
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Annals | Self::Statuspage => &["json"],
        }
    }

    /// Reads the file called `name`, once for each file of an import.
    pub fn read(self, name: &str, bytes: &[u8], intake: &mut Intake) {
        match self {
            Self::Annals => record::read(name, bytes, intake),
            Self::Statuspage => statuspage::read(name, bytes, intake),
        }
    }
}

/// What was read of the files of one import, before it meets the archive.
#[derive(Clone, Debug)]
pub struct Intake {
    /// How times without an offset are read.
    pub zone: Zone,
    /// The present: later times cannot have happened yet.
    pub now: Moment,
    /// How many files were read, the unreadable ones included.
    pub files: usize,
    /// How many incidents stood in them, each as often as it was met.
    pub incidents: usize,
    /// How many updates stood in them, each as often as it was met.
    pub updates: usize,
    /// What could be understood.
    pub sightings: Vec<Sighting>,
    /// What annals itself exported.
    pub restored: Vec<Restored>,
    /// What could not be taken as it stands.
    pub exceptions: Vec<Exception>,
}

impl Intake {
    /// Nothing read yet.
    pub fn new(zone: Zone, now: Moment) -> Self {
        Self {
            zone,
            now,
            files: 0,
            incidents: 0,
            updates: 0,
            sightings: Vec::new(),
            restored: Vec::new(),
            exceptions: Vec::new(),
        }
    }
}

/// Which incident of which page of which tool: what `x-source` names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The tool: `statuspage`.
    pub kind: String,
    /// The tool's id of the page.
    pub page: String,
    /// The tool's id of the incident.
    pub id: String,
}

impl Origin {
    /// The origin that an `x-source` names, if it names one.
    fn of(source: Option<&Json>) -> Option<Self> {
        let word = |key| source?.get(key).and_then(Json::as_str).map(str::to_owned);
        Some(Self {
            kind: word("kind")?,
            page: word("page")?,
            id: word("id")?,
        })
    }
}

/// An incident as one file showed it. Words are the source's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// The file.
    pub file: String,
    /// Which incident it is.
    pub origin: Origin,
    /// Where people read it.
    pub url: Option<String>,
    /// Who speaks: `GitHub status page`.
    pub by: String,
    /// A maintenance only when its schedule is known.
    pub kind: Kind,
    /// What it was called.
    pub title: String,
    /// How bad it was, in Statuspage's words.
    pub impact: Option<String>,
    /// Where it stood, in Statuspage's words.
    pub status: Option<String>,
    /// When it was first said: never after its first update.
    pub declared_at: Moment,
    /// When the source wrote it, where that is not when it was first said.
    pub created_at: Option<Moment>,
    /// When its impact began, where the source says more than its default.
    pub started_at: Option<Moment>,
    /// When the source says it was being watched.
    pub monitoring_at: Option<Moment>,
    /// When the source says it was over.
    pub resolved_at: Option<Moment>,
    /// When planned work begins.
    pub scheduled_for: Option<Moment>,
    /// When planned work is to be done.
    pub scheduled_until: Option<Moment>,
    /// When the source last changed it.
    pub changed_at: Option<Moment>,
    /// What it touches, without saying how.
    pub resources: Vec<Resource>,
    /// What was said, oldest first.
    pub notes: Vec<Note>,
}

/// One update of a sighted incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// The tool's id of it.
    pub id: String,
    /// When it happened.
    pub at: Moment,
    /// The status it sets, in the source's word.
    pub status: Option<String>,
    /// What it says, in Markdown.
    pub body: Option<String>,
    /// What it does to resources.
    pub resources: Vec<Resource>,
    /// When the source wrote it, where that is not when it happened.
    pub created_at: Option<Moment>,
    /// When the source last changed it, where that is not when it wrote it.
    pub updated_at: Option<Moment>,
}

/// An offset from UTC in which times that name none are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Zone {
    /// Seconds east of Greenwich.
    east: i64,
}

/// A text that is not an offset from UTC.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an offset from UTC")]
pub struct BadZone(String);

impl BadZone {
    /// What to write instead.
    pub fn help(&self) -> &'static str {
        "write it as `UTC`, `+02:00` or `-07:00`"
    }
}

impl FromStr for Zone {
    type Err = BadZone;
    fn from_str(text: &str) -> Result<Self, BadZone> {
        let text = text.trim();
        if ["UTC", "Z", "utc", "z"].contains(&text) {
            return Ok(Self::default());
        }
        // The offset is read as what separates one moment from another.
        let at = |offset: &str| Moment::parse(&format!("2000-01-01T00:00:00{offset}"));
        match (at("Z"), at(text)) {
            (Ok(greenwich), Ok(there)) if text.starts_with(['+', '-']) => Ok(Self {
                east: (greenwich - there).as_seconds(),
            }),
            _ => Err(BadZone(text.to_owned())),
        }
    }
}

impl Zone {
    /// The instant that `naive`, read as UTC, is in this zone.
    fn instant(self, naive: Moment) -> Moment {
        naive.plus(Duration::seconds(-self.east))
    }
}
