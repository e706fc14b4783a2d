//! Looking back: which past of the record a reading verb shows.
//!
//! Two clocks, two questions. `--at` asks what was true at a moment, by all that is known
//! today; `--known-at` asks what the record said then, which is a commit. Both together
//! ask what the record of one moment said of another. The present of whatever is shown is
//! the moment that was asked about, so that ages and schedules are told as they were.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::arguments::Looking;
use super::context::Context;
use super::failure::Failure;
use crate::archive::Archive;
use crate::archive::history;
use crate::archive::snapshot::Version;
use crate::automation::receipt::Receipt;
use crate::incident::Incident;
use crate::incident::id::IncidentId;
use crate::incident::redaction::Redactions;
use crate::text::moment::Moment;

/// The record as it was asked for.
pub(super) struct Past {
    /// Which version of the files; none where nothing had been recorded yet.
    version: Option<Version>,
    /// The present of what is shown.
    pub now: Moment,
    /// The moment at which it was true, where that was asked.
    pub at: Option<Moment>,
}

impl Past {
    /// What was typed, settled.
    pub(super) fn of(context: &Context, typed: &Looking) -> Result<Self, Failure> {
        let at = context.time_if("at", typed.at.as_ref())?;
        let known_at = context.time_if("known at", typed.known_at.as_ref())?;
        for (flag, moment) in [("--at", at), ("--known-at", known_at)] {
            if let Some(moment) = moment.filter(|moment| *moment > context.now) {
                let message = format!("{moment} has not come yet (`{flag}`)");
                return Err(Failure::usage(message).help("name a moment of the past"));
            }
        }
        let version = match known_at {
            None => Some(context.version(typed.commit.as_deref())?),
            Some(moment) => history::known_at(&context.repository, moment)?.map(Version::Commit),
        };
        Ok(Self {
            version,
            now: at.or(known_at).unwrap_or(context.now),
            at,
        })
    }

    /// Which version of the files is read.
    pub(super) fn version(&self) -> Result<Version, Failure> {
        let nothing = || format!("nothing had been recorded by {}", self.now);
        self.version.ok_or_else(|| Failure::usage(nothing()))
    }

    /// Reads the whole record of that version.
    pub(super) fn archive(&self, context: &Context) -> Result<Archive, Failure> {
        self.read(|version| context.archive(version))
    }

    /// Reads of the record of that version what `typed`, a part of an id, can mean.
    pub(super) fn archive_about(&self, context: &Context, typed: &str) -> Result<Archive, Failure> {
        self.read(|version| context.archive_about(version, typed))
    }

    /// The same for a verb that publishes it.
    pub(super) fn sound_archive(&self, context: &Context) -> Result<Archive, Failure> {
        self.version()?;
        self.read(|version| context.sound_archive(version))
    }

    /// Reads that version without the words that have been redacted since: looking back
    /// does not bring them to light.
    fn read(&self, read: impl Fn(Version) -> Result<Archive, Failure>) -> Result<Archive, Failure> {
        let Some(version) = self.version else {
            return Ok(Archive::default());
        };
        if version == Version::Folder {
            return read(version);
        }
        let redactions = redactions(&read(Version::Folder)?);
        let mut archive = read(version)?;
        for incident in &mut archive.incidents {
            if let Some(redactions) = redactions.get(&incident.id) {
                redactions.hide(incident);
            }
        }
        Ok(archive)
    }

    /// An incident as it was; none before it was declared.
    pub(super) fn incident<'a>(&self, incident: &'a Incident) -> Option<Cow<'a, Incident>> {
        match self.at {
            None => Some(Cow::Borrowed(incident)),
            Some(at) => incident.as_of(at).map(Cow::Owned),
        }
    }

    /// What had been done by then.
    pub(super) fn receipts(&self, mut receipts: Vec<Receipt>) -> Vec<Receipt> {
        receipts.retain(|receipt| receipt.at <= self.now);
        receipts
    }
}

/// What the record redacts at present.
fn redactions(present: &Archive) -> BTreeMap<IncidentId, Redactions> {
    let incidents = present.incidents.iter();
    incidents
        .map(|incident| (incident.id.clone(), Redactions::of(incident)))
        .collect()
}
