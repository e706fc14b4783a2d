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
mod aws;
mod clock;
mod cstate;
mod datocms;
pub mod exception;
mod google_cloud;
mod html;
mod postmortems;
mod reading;
pub mod record;
pub mod restoring;
mod retrospective;
mod statuspage;
mod statuspage_csv;
mod telling;
mod words;
mod zone;

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::incident::declaration::{Kind, Link, Resource};
use crate::text::moment::Moment;
use exception::Exception;
use reading::{Object, Reading};
use record::Restored;

pub use zone::{BadZone, Zone};

/// A tool whose record can be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// What annals itself exported as JSON.
    Annals,
    /// Statuspage's public API, version 2.
    Statuspage,
    /// Tables of a Statuspage's history, one row an incident.
    StatuspageCsv,
    /// cState's issues: Markdown with a front matter.
    Cstate,
    /// Google Cloud's `incidents.json`, of before and after 2021.
    GoogleCloud,
    /// The AWS health dashboard: `data.json` of before 2022, and its events since.
    Aws,
    /// The status site of `DatoCMS`: one JSON file an incident or maintenance.
    Datocms,
    /// Post-mortems in Markdown: with a front matter, as `icco/postmortems` keeps them, or
    /// with a heading and a timeline.
    Postmortems,
}

/// How the record of a tool is read.
struct Format {
    /// The word for the tool, as it is typed and as commit messages hold it.
    name: &'static str,
    /// How the names of its files end, without the dot.
    endings: &'static [&'static str],
    /// Reads the bytes of one file.
    read: fn(&mut Reading<'_>, &[u8]),
}

impl Tool {
    fn format(self) -> &'static Format {
        match self {
            Self::Annals => &record::FORMAT,
            Self::Statuspage => &statuspage::FORMAT,
            Self::StatuspageCsv => &statuspage_csv::FORMAT,
            Self::Cstate => &cstate::FORMAT,
            Self::GoogleCloud => &google_cloud::FORMAT,
            Self::Aws => &aws::FORMAT,
            Self::Datocms => &datocms::FORMAT,
            Self::Postmortems => &postmortems::FORMAT,
        }
    }

    /// The word for it, as it is typed and as commit messages hold it.
    pub fn name(self) -> &'static str {
        self.format().name
    }

    /// How the names of its files end, without the dot.
    pub fn endings(self) -> &'static [&'static str] {
        self.format().endings
    }

    /// Reads the file called `name`, once for each file of an import.
    pub fn read(self, name: &str, bytes: &[u8], intake: &mut Intake) {
        intake.files += 1;
        (self.format().read)(&mut Reading::new(name, intake), bytes);
    }
}

/// What was read of the files of one import, before it meets the archive.
#[derive(Clone, Debug)]
pub struct Intake {
    /// How times without an offset are read.
    pub zone: Zone,
    /// The present: later times cannot have happened yet.
    pub now: Moment,
    /// Whose record it is, where the files do not say.
    pub page: Option<String>,
    /// When incidents that name no time at all are said to have been declared; without
    /// it they are left out.
    pub undated: Option<Moment>,
    /// When each file was first recorded where it comes from, as far as that is known.
    pub first_met: BTreeMap<String, Moment>,
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
            page: None,
            undated: None,
            first_met: BTreeMap::new(),
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
    fn new(kind: &str, page: &str, id: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            page: page.to_owned(),
            id: id.to_owned(),
        }
    }

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

/// How a format tells the end of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By an update that says so: an end that none says is worth listing.
    Said,
    /// Beside the updates, as a fact of its own.
    Named,
}

/// An incident as one file showed it. Its status and its impact are in Statuspage's
/// words, into which every format's reader puts those of its source.
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
    /// How the end is told.
    pub ending: Ending,
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
    /// When the source says that people stopped feeling it.
    pub mitigated_at: Option<Moment>,
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
    /// What it is about, in Markdown.
    pub summary: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Pages elsewhere.
    pub links: Vec<Link>,
    /// What was said, oldest first.
    pub notes: Vec<Note>,
    /// What was written about it afterwards, in Markdown.
    pub retrospective: Option<String>,
    /// What else the source says of it, in its own words, for `x-source`.
    pub said: Object,
}

impl Sighting {
    /// A sighting that says no more than that there was an incident.
    fn new(file: &str, origin: Origin, by: String, title: String, declared_at: Moment) -> Self {
        Self {
            file: file.to_owned(),
            origin,
            url: None,
            by,
            ending: Ending::Said,
            kind: Kind::Incident,
            title,
            impact: None,
            status: None,
            declared_at,
            created_at: None,
            started_at: None,
            monitoring_at: None,
            mitigated_at: None,
            resolved_at: None,
            scheduled_for: None,
            scheduled_until: None,
            changed_at: None,
            resources: Vec::new(),
            summary: None,
            tags: Vec::new(),
            links: Vec::new(),
            notes: Vec::new(),
            retrospective: None,
            said: Object::new(),
        }
    }

    /// When the source last spoke of what has happened, so far as its times tell.
    fn last_word(&self) -> Moment {
        let said = self.notes.iter().map(|note| note.at);
        said.chain(self.resolved_at)
            .fold(self.declared_at, Ord::max)
    }
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
    /// What else the source says with it, in its own words, for `x-source`.
    pub said: Object,
}

impl Note {
    /// A note that says nothing.
    fn new(id: String, at: Moment) -> Self {
        Self {
            id,
            at,
            status: None,
            body: None,
            resources: Vec::new(),
            created_at: None,
            updated_at: None,
            said: Object::new(),
        }
    }

    /// The note with when the source wrote it and last changed it, where that is news.
    fn written(self, created_at: Option<Moment>, updated_at: Option<Moment>) -> Self {
        let at = self.at;
        Self {
            created_at: created_at.filter(|created| *created != at),
            updated_at: updated_at.filter(|updated| *updated != created_at.unwrap_or(at)),
            ..self
        }
    }
}
