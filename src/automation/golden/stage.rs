//! A record without a repository: what a test's steps declare and say, as it would land.
//!
//! Each step is a file of a record that is put together as every record is, so a test
//! meets the same rules as the files of `incidents/`, and what is wrong with it is told
//! at its words in the test.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};

use super::written::StepForm;
use crate::archive::assembly::Assembly;
use crate::archive::history::{Appended, Gone, Landing};
use crate::archive::layout::INCIDENTS;
use crate::archive::piece::{Content, Piece, Reading};
use crate::archive::record::Record;
use crate::archive::second_clock::SecondClock;
use crate::incident::Incident;
use crate::incident::declaration::Declaration;
use crate::incident::entry::{EntryForm, Recorded};
use crate::incident::id::{EntryId, IncidentId};
use crate::incident::order::Turn;
use crate::incident::rules::Site;
use crate::incident::vocabulary::Vocabulary;
use crate::text::diagnostic::{Code, Diagnostic, Level};
use crate::text::source::Source;
use crate::text::suggest::suggest;
use crate::text::yaml;

/// Who declares and says what a step leaves open.
pub(super) const SOMEBODY: &str = "Somebody <somebody@example.com>";

/// The record as the steps so far made it.
pub(super) struct Stage<'a> {
    vocabulary: &'a Vocabulary,
    record: Record,
    /// When each file landed, by its path.
    recorded: BTreeMap<String, (Recorded, Turn)>,
    /// The incident that was declared last.
    last: Option<String>,
}

type Landed = Result<Landing, Vec<Diagnostic>>;

impl<'a> Stage<'a> {
    /// An empty record.
    pub(super) fn new(vocabulary: &'a Vocabulary) -> Self {
        Self {
            vocabulary,
            record: Record::default(),
            recorded: BTreeMap::new(),
            last: None,
        }
    }

    /// Declares the incident that `said`, the whole of `source`, tells of.
    pub(super) fn declare(
        &mut self,
        source: &Source,
        said: &Map<String, Json>,
        recorded: &Recorded,
    ) -> Landed {
        let site = Site::top(source);
        let mut said = said.clone();
        let id = said.shift_remove("id");
        said.entry("declared_at").or_insert(json!(recorded.at));
        said.entry("declared_by").or_insert(json!(SOMEBODY));
        let declaration: Declaration = whole(said, &site)?;
        let id = match id.as_ref().and_then(Json::as_str) {
            Some(id) => IncidentId::new(id).map_err(|fault| bad_id(&site, id, &fault))?,
            None => made_id(&declaration),
        };
        if self.is_declared(id.as_str()) {
            let message = format!("an incident `{id}` was declared before");
            let fault = site.error(Code::DuplicateId, "id", message);
            return Err(vec![fault.help("give this one another `id`")]);
        }
        let path = format!("{INCIDENTS}/{id}.yaml");
        let content = Content::Incident(Box::new(declaration));
        self.put(&path, source, content, recorded);
        self.last = Some(id.to_string());
        self.landing(id.as_str(), &path, recorded)
    }

    /// Adds the entry that `step`, the whole of `source`, tells of.
    pub(super) fn say(&mut self, source: &Source, step: &StepForm, recorded: &Recorded) -> Landed {
        let site = Site::top(source);
        let name = self.meant(step, &site)?;
        let mut said = step.entry.0.clone();
        let id = said.shift_remove("id");
        said.entry("at").or_insert(json!(recorded.at));
        said.entry("by").or_insert(json!(SOMEBODY));
        let form: EntryForm = whole(said, &site)?;
        let id = match id.as_ref().and_then(Json::as_str) {
            Some(id) => EntryId::new(id).map_err(|fault| bad_id(&site, id, &fault))?,
            None => form.made_id(),
        };
        if let Some(attachment) = &form.attach {
            let file = format!("{INCIDENTS}/{name}/{}", attachment.file);
            self.record.put_name(&file);
        }
        let path = format!("{INCIDENTS}/{name}/{id}.yaml");
        self.put(&path, source, Content::Entry(Box::new(form)), recorded);
        self.landing(&name, &path, recorded)
    }

    /// The incident that an entry belongs to.
    fn meant(&self, step: &StepForm, site: &Site<'_>) -> Result<String, Vec<Diagnostic>> {
        let Some(name) = step.incident.as_ref().or(self.last.as_ref()) else {
            let message = "no incident was declared before this step";
            let fault = site.error(Code::UnknownTarget, "", message);
            return Err(vec![fault.help("begin with a step that says `declare`")]);
        };
        if self.is_declared(name) {
            return Ok(name.clone());
        }
        let known = self.record.folders().map(|(name, _)| name);
        let message = format!("no step before this one declares the incident `{name}`");
        let fault = site.error(Code::UnknownTarget, "incident", message);
        Err(vec![fault.help_if(suggest(name, known))])
    }

    fn is_declared(&self, name: &str) -> bool {
        let folder = self.record.folder(name);
        folder.is_some_and(|folder| !folder.declarations.is_empty())
    }

    fn put(&mut self, path: &str, source: &Source, content: Content, recorded: &Recorded) {
        let source = source.clone();
        let reading = Reading {
            piece: Some(Piece { source, content }),
            found: Vec::new(),
        };
        self.record.take_out(path);
        self.record.put(path, reading);
        let number = u32::try_from(self.recorded.len()).unwrap_or(u32::MAX);
        let dated = recorded.at;
        let landed = (recorded.clone(), Turn { number, dated });
        self.recorded.insert(path.to_owned(), landed);
    }

    /// The commit that adds the file at `path` to the incident called `name`.
    fn landing(&self, name: &str, path: &str, recorded: &Recorded) -> Landed {
        let assembly = Assembly {
            record: &self.record,
            clock: &SecondClock::default(),
            vocabulary: self.vocabulary,
            now: Some(recorded.at),
        };
        let (incidents, mut found) = assembly.incidents(name);
        found.retain(|fault| fault.level == Level::Error);
        if !found.is_empty() {
            return Err(found);
        }
        let mut appended: Vec<Appended> = Vec::new();
        for mut incident in incidents {
            self.date(&mut incident);
            let declared = incident.path == path;
            let new = incident.entries.iter().filter(|entry| match &entry.path {
                Some(own) => own == path,
                None => declared,
            });
            appended.push(Appended {
                declared,
                entries: new.map(|entry| entry.id.clone()).collect(),
                retrospective: None,
                gone: Gone::default(),
                rewritten: None,
                incident,
            });
        }
        Ok(Landing {
            recorded: recorded.clone(),
            appended,
            automations: None,
            scattered: Vec::new(),
        })
    }

    /// Says of an incident and its entries when they landed.
    fn date(&self, incident: &mut Incident) {
        let landed = |path: &str| self.recorded.get(path).cloned().unzip();
        (incident.recorded, incident.turn) = landed(&incident.path);
        for entry in &mut incident.entries {
            let turn;
            (entry.recorded, turn) = landed(entry.path.as_deref().unwrap_or(&incident.path));
            entry.land(turn);
        }
        incident.settle();
    }
}

/// The id that `annals declare` would give.
fn made_id(declaration: &Declaration) -> IncidentId {
    let bytes = yaml::write(declaration).unwrap_or_default();
    let (at, title) = (declaration.declared_at, &declaration.title);
    IncidentId::made(at, title, bytes.as_bytes())
}

fn whole<T: DeserializeOwned>(
    said: Map<String, Json>,
    site: &Site<'_>,
) -> Result<T, Vec<Diagnostic>> {
    let read = serde_json::from_value(Json::Object(said));
    read.map_err(|fault| vec![site.error(Code::WrongType, "", fault.to_string())])
}

fn bad_id(site: &Site<'_>, id: &str, fault: &dyn std::fmt::Display) -> Vec<Diagnostic> {
    let message = format!("the id `{}` {fault}", id.escape_debug());
    vec![site.error(Code::BadId, "id", message)]
}
