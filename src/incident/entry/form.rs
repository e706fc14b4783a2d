//! An entry as it stands in a file: its words, and the one thing that they say.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Statement;
use crate::incident::declaration::{FactTime, Link, Resource, Visibility, is_default};
use crate::incident::id::EntryId;
use crate::text::moment::Moment;
use crate::text::yaml;

/// A list that replaces the one before, or edits it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Edit<T> {
    /// The whole list anew.
    Replace(Vec<T>),
    /// What joins and what leaves.
    Change(Changed<T>),
}

/// What joins and what leaves a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub struct Changed<T> {
    /// What joins; something already there under the same id is replaced.
    #[serde(default = "nothing::<T>", skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<T>,
    /// What leaves: tags by their word, resources by id, links by address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
}

fn nothing<T>() -> Vec<T> {
    Vec::new()
}

/// Facts that change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false, "minProperties" = 1))]
pub struct Update {
    /// A status of the vocabulary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// A severity of the vocabulary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What happened, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// When its impact began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Moment>,
    /// When somebody or something noticed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detected_at: Option<Moment>,
    /// When somebody took it on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<Moment>,
    /// When people stopped feeling it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mitigated_at: Option<Moment>,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Edit<String>>,
    /// What it touches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Edit<Resource>>,
    /// Who does what; null takes the role from whoever had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<BTreeMap<String, Option<String>>>,
    /// Pages elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links: Option<Edit<Link>>,
    /// Maintenance only: when the work begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_for: Option<Moment>,
    /// Maintenance only: when the work is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_until: Option<Moment>,
}

impl Update {
    /// Its facts that are times of the past.
    pub fn fact_times(&self) -> Vec<FactTime> {
        vec![
            ("started_at", self.started_at),
            ("detected_at", self.detected_at),
            ("acknowledged_at", self.acknowledged_at),
            ("mitigated_at", self.mitigated_at),
        ]
    }
}

/// A file of the incident's folder that joins the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub struct Attachment {
    /// Its name in the incident's folder.
    #[schemars(length(min = 1))]
    pub file: String,
    /// What it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Where the file lies in the record, once that is known; none where it is missing.
    #[serde(skip)]
    #[schemars(skip)]
    pub path: Option<String>,
}

/// Runs and how they fared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub struct Measure {
    /// How many runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<i64>,
    /// How many of them failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<i64>,
    /// The share that succeeded, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_rate: Option<f64>,
    /// Mean lateness of starts, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_lateness: Option<f64>,
    /// Mean duration, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_duration: Option<f64>,
}

/// What the incident does to ongoing and future work.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub struct Assessment {
    /// Before the incident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Measure>,
    /// During the incident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub during: Option<Measure>,
    /// How many runs are still to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upcoming_runs: Option<i64>,
}

/// An earlier entry, and why it is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub struct Target {
    /// The id of the earlier entry, or `declaration`.
    #[schemars(length(min = 1))]
    pub entry: String,
    /// Why.
    #[schemars(length(min = 1))]
    pub reason: String,
}

/// An earlier entry, why it is meant, and what takes its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub struct Correction {
    /// The id of the earlier entry, or `declaration`.
    #[schemars(length(min = 1))]
    pub entry: String,
    /// Why.
    #[schemars(length(min = 1))]
    pub reason: String,
    /// A whole entry.
    pub to: EntryForm,
}

/// An entry as it stands in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "An entry of annals", extend("additionalProperties" = false, "patternProperties" = {"^x-": {}}))]
pub struct EntryForm {
    /// Only where the entry stands inside the incident's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When it happened.
    pub at: Moment,
    /// Who says so.
    #[schemars(length(min = 1))]
    pub by: String,
    /// Who may see it: everybody, or in a correction whoever may see what it corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// Whether it stands out at the top.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pinned: bool,
    /// The entry that it follows upon, whatever either says of when it happened: written
    /// where an entry was seen that is dated after its landing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Facts change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<Box<Update>>,
    /// Somebody says something; beside an update, why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// A file joins the timeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attach: Option<Box<Attachment>>,
    /// What the incident does to work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessment: Option<Box<Assessment>>,
    /// Takes the place of an earlier entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correct: Option<Box<Correction>>,
    /// Takes back an earlier entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retract: Option<Box<Target>>,
    /// Hides the words of an earlier entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redact: Option<Box<Target>>,
    /// The incident that this one turned out to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<String>,
    /// Where an imported entry comes from.
    #[serde(default, rename = "x-source", skip_serializing_if = "Option::is_none")]
    pub source: Option<Json>,
    /// Keys of the user's own; they begin with `x-`.
    #[serde(flatten)]
    pub own: BTreeMap<String, Json>,
}

/// How many kinds of thing a form says, when that is not one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotOneKind {
    /// None.
    Nothing,
    /// Several: their keys.
    Several(Vec<&'static str>),
}

impl EntryForm {
    /// A form that says nothing yet.
    pub fn new(at: Moment, by: &str) -> Self {
        Self {
            id: None,
            at,
            by: by.to_owned(),
            visibility: None,
            pinned: false,
            after: None,
            update: None,
            comment: None,
            attach: None,
            assessment: None,
            correct: None,
            retract: None,
            redact: None,
            duplicate_of: None,
            source: None,
            own: BTreeMap::new(),
        }
    }

    /// The name of the file that it attaches, itself or in the place of another entry.
    pub fn attached(&self) -> Option<&str> {
        let correction = self.correct.as_ref();
        let attachment = self.attach.as_ref();
        let attachment = attachment.or(correction.and_then(|said| said.to.attach.as_ref()));
        attachment.map(|attachment| attachment.file.as_str())
    }

    /// The id that follows from what the form says: that of its file, or of the item
    /// when it stands inside the incident's file without one.
    pub fn made_id(&self) -> EntryId {
        let form = Self {
            id: None,
            ..self.clone()
        };
        let kind = form
            .statement()
            .map_or("entry", |statement| statement.kind());
        let bytes = yaml::write(&form).unwrap_or_default();
        EntryId::made(form.at, &kind.replace('_', "-"), bytes.as_bytes())
    }

    /// The id inside the incident's file: the one that stands there, else the one made.
    pub fn inline_id(&self) -> Cow<'_, str> {
        let made = || Cow::Owned(self.made_id().to_string());
        self.id.as_deref().map_or_else(made, Cow::Borrowed)
    }

    /// The one thing that the form says.
    pub fn statement(&self) -> Result<Statement, NotOneKind> {
        let words = self.comment.clone();
        let first = match self.update.clone() {
            Some(update) => Some(Statement::Update(update, words)),
            None => words.map(Statement::Comment),
        };
        let said = [
            first,
            self.attach.clone().map(Statement::Attach),
            self.assessment.clone().map(Statement::Assessment),
            self.correct.clone().map(Statement::Correct),
            self.retract.clone().map(Statement::Retract),
            self.redact.clone().map(Statement::Redact),
            self.duplicate_of.clone().map(Statement::DuplicateOf),
        ];
        let mut said = said.into_iter().flatten();
        let only = said.next().ok_or(NotOneKind::Nothing)?;
        let mut kinds: Vec<&str> = said.map(|more| more.kind()).collect();
        if kinds.is_empty() {
            return Ok(only);
        }
        kinds.insert(0, only.kind());
        Err(NotOneKind::Several(kinds))
    }

    /// The same entry, saying `statement` instead. Keys of the user's own are left out: they
    /// may repeat what was said.
    #[must_use]
    pub fn saying(&self, statement: &Statement) -> Self {
        let mut form = Self {
            id: self.id.clone(),
            visibility: self.visibility,
            pinned: self.pinned,
            after: self.after.clone(),
            source: self.source.clone(),
            ..Self::new(self.at, &self.by)
        };
        match statement.clone() {
            Statement::Comment(words) => form.comment = Some(words),
            Statement::Update(update, words) => {
                form.update = Some(update);
                form.comment = words;
            }
            Statement::Attach(attachment) => form.attach = Some(attachment),
            Statement::Assessment(assessment) => form.assessment = Some(assessment),
            Statement::Correct(correction) => form.correct = Some(correction),
            Statement::Retract(target) => form.retract = Some(target),
            Statement::Redact(target) => form.redact = Some(target),
            Statement::DuplicateOf(other) => form.duplicate_of = Some(other),
        }
        form
    }
}
