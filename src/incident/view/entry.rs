//! An entry as it is shown: what stands of it, what became of it, and what was said first.

use serde::Serialize;
use serde_json::Value as Json;

use super::{Ruling, Rulings, late, seen_source};
use crate::incident::declaration::Visibility;
use crate::incident::entry::{
    Assessment, Attachment, Correction, Entry, Recorded, Statement, Target, Update,
};
use crate::incident::redaction::{HIDDEN, Redaction};
use crate::incident::standing::{Fate, Stand};
use crate::incident::state::Change;
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// An entry as it stands. Of the keys from `comment` to `original`, those that do not
/// apply are absent.
#[derive(Clone, Debug, Serialize)]
pub struct EntryView {
    /// Its id.
    pub id: String,
    /// What kind of thing it says: `comment`, `update`, `attach`, …
    pub kind: &'static str,
    /// When it says that it happened.
    pub at: Moment,
    /// As of when it counts, where it is dated well after its landing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Moment>,
    /// The entry behind which it counts, where it names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The time at which a timeline shows it: no later than what counts behind it.
    #[serde(skip)]
    pub shown_at: Moment,
    /// Who says so.
    pub by: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whether it stands out.
    pub pinned: bool,
    /// Which facts it changed, by effect.
    pub changes: Vec<Change>,
    /// Words, in Markdown.
    pub comment: Option<String>,
    /// The facts that it states, changed or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<Update>,
    /// A file that joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attach: Option<Attachment>,
    /// What the incident does to work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assessment: Option<Assessment>,
    /// Which entry it corrects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correct: Option<Correction>,
    /// Which entry it takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retract: Option<Target>,
    /// Which entry it hides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redact: Option<Target>,
    /// Which incident this one turned out to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<String>,
    /// The correction that put what stands here in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected: Option<Ruling>,
    /// The retraction that took it back: none of it is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retracted: Option<Ruling>,
    /// That its words were hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redacted: Option<Redaction>,
    /// Why a correction or retraction is ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<&'static str>,
    /// The later correction or retraction that counts instead of this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overtaken: Option<Ruling>,
    /// What was said first, where it was corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<Box<EntryView>>,
    /// The file that it stands in; null inside the incident's own.
    pub path: Option<String>,
    /// The commit that recorded it.
    pub recorded: Option<Recorded>,
    /// How long after it happened it was recorded, in seconds.
    pub late: Option<Duration>,
    /// Where it was imported from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Json>,
    /// Whether another tool's record holds it, also where that origin is not shown.
    #[serde(skip)]
    pub imported: bool,
}

impl EntryView {
    /// Whether what it says is in force: it was neither taken back nor is it ignored.
    pub fn counts(&self) -> bool {
        self.retracted.is_none() && self.ignored.is_none()
    }

    /// What it is called, as a noun.
    pub fn noun(&self) -> &'static str {
        match self.kind {
            "attach" => "attachment",
            "correct" => "correction",
            "retract" => "retraction",
            "redact" => "redaction",
            "duplicate_of" => "closing",
            kind => kind,
        }
    }

    /// Its words, where it has any and they may be read.
    pub fn words(&self) -> Option<&str> {
        let words = self.comment.as_deref();
        words.filter(|words| self.redacted.is_none() || *words != HIDDEN)
    }

    /// What it puts in the place of what it corrects, as an entry of its own.
    pub fn proposal(&self) -> Option<Self> {
        let to = &self.correct.as_ref()?.to;
        let entry = Entry::of(to, to.made_id(), None, self.recorded.clone())?;
        Some(Self::said(&entry, Vec::new()))
    }

    /// The id of what it corrects or takes back.
    pub(super) fn target(&self) -> Option<&str> {
        let corrected = self.correct.as_ref().map(|correction| &correction.entry);
        let target = corrected.or(self.retract.as_ref().map(|target| &target.entry));
        target.map(String::as_str)
    }

    /// What stands of an entry, with what it changed.
    pub(super) fn of(stand: &Stand<'_>, changes: Vec<Change>, rulings: &Rulings<'_>) -> Self {
        let mut view = Self::said(&stand.entry, changes);
        match stand.fate {
            Fate::Stands => {}
            Fate::Corrected(by) => {
                view.corrected = Some(rulings.of_entry(by));
                view.original = Some(Box::new(Self::said(stand.said, Vec::new())));
            }
            Fate::Retracted(by) => view.retracted = Some(rulings.of_entry(by)),
            Fate::Void(void) => view.ignored = Some(void.why()),
        }
        view
    }

    fn said(entry: &Entry, changes: Vec<Change>) -> Self {
        let mut view = Self {
            id: entry.id.to_string(),
            kind: entry.statement.kind(),
            at: entry.at,
            as_of: Some(entry.as_of).filter(|as_of| *as_of != entry.at),
            after: entry.after.clone(),
            shown_at: entry.as_of,
            by: entry.by.clone(),
            visibility: entry.visibility,
            pinned: entry.pinned,
            changes,
            comment: None,
            update: None,
            attach: None,
            assessment: None,
            correct: None,
            retract: None,
            redact: None,
            duplicate_of: None,
            corrected: None,
            retracted: None,
            redacted: entry.redacted.clone(),
            ignored: None,
            overtaken: None,
            original: None,
            path: entry.path.clone(),
            late: late(entry.at, entry.recorded.as_ref()),
            recorded: entry.recorded.clone(),
            source: seen_source(entry.source.as_ref(), entry.redacted.as_ref()),
            imported: entry.source.is_some(),
        };
        view.say(entry.statement.clone());
        view
    }

    fn say(&mut self, statement: Statement) {
        match statement {
            Statement::Comment(words) => self.comment = Some(words),
            Statement::Update(update, words) => {
                self.update = Some(*update);
                self.comment = words;
            }
            Statement::Attach(attachment) => self.attach = Some(*attachment),
            Statement::Assessment(assessment) => self.assessment = Some(*assessment),
            Statement::Correct(mut correction) => {
                correction.to.own.clear();
                self.correct = Some(*correction);
            }
            Statement::Retract(target) => self.retract = Some(*target),
            Statement::Redact(target) => self.redact = Some(*target),
            Statement::DuplicateOf(other) => self.duplicate_of = Some(other),
        }
    }
}
