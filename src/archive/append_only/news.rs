//! What a change brings, and what is to be said of it before it lands: words that were
//! retired, and the order of when it happened against when it is recorded.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{Change, is_hidden};
use crate::archive::Archive;
use crate::archive::assembly::inline_ids;
use crate::archive::piece::{self, Content};
use crate::archive::repository::{FileDifference, ObjectId, RepositoryError, Side};
use crate::archive::{layout, settings::Settings};
use crate::incident::Incident;
use crate::incident::declaration::Declaration;
use crate::incident::entry::{EntryForm, Recorded};
use crate::incident::rules::{self, Site};
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::moment::Moment;
use crate::text::source::Source;

/// A file that the change brings, or that it appends to.
pub(super) struct New {
    /// The file.
    pub source: Source,
    /// The id of the incident that it belongs to.
    pub incident: String,
    /// What is new in it.
    pub said: Said,
}

/// What is new in a file.
pub(super) enum Said {
    /// A declaration, where `is_new`, and its entries from the one at `first` on.
    Incident {
        declaration: Box<Declaration>,
        is_new: bool,
        first: usize,
    },
    /// An entry.
    Entry(Box<EntryForm>),
}

/// The ids of an incident and of an entry of it.
type Name<'a> = (&'a str, &'a str);

/// A new entry, and what is known of it.
struct Newcomer<'a> {
    incident: &'a Incident,
    id: Cow<'a, str>,
    form: &'a EntryForm,
    site: Site<'a>,
}

impl Change<'_> {
    /// What is to be said of what the change brings, as of `now`; `archive` is what is
    /// checked.
    pub fn remarks(
        &self,
        archive: &Archive,
        now: Moment,
    ) -> Result<Vec<Diagnostic>, RepositoryError> {
        let news = self.news()?;
        let mut found = Vec::new();
        let mut newcomers = Vec::new();
        let incidents = archive.incidents.iter();
        let incidents: BTreeMap<&str, &Incident> = incidents
            .map(|incident| (incident.id.as_str(), incident))
            .collect();
        for new in &news {
            let Some(incident) = incidents.get(new.incident.as_str()) else {
                continue;
            };
            let is_new = matches!(new.said, Said::Incident { is_new: true, .. });
            if is_new && self.returns(incident.recorded.as_ref()) {
                continue;
            }
            found.extend(of_declaration(incident, new, archive, now));
            newcomers.extend(new.entries(incident));
        }
        newcomers.retain(|newcomer| !self.returns(newcomer.recorded()));
        let names = newcomers.iter();
        let names: BTreeSet<Name<'_>> = names.map(Newcomer::name).collect();
        for newcomer in &newcomers {
            found.extend(newcomer.remarks(&names, archive, now));
        }
        Ok(found)
    }

    /// Every file that is new or was appended to, and reads as part of the record.
    pub(super) fn news(&self) -> Result<Vec<New>, RepositoryError> {
        let gone = self.differences.iter().filter(|one| one.after.is_none());
        let gone: BTreeSet<(&str, Option<ObjectId>)> = gone
            .filter_map(|one| Some((layout::name(&one.path), one.before?.id)))
            .collect();
        let mut news = Vec::new();
        for difference in &self.differences {
            let side = difference.after.filter(|side| !side.is_link);
            let is_read = layout::is_yaml(&difference.path) && !is_hidden(&difference.path);
            let Some(side) = side.filter(|_| is_read) else {
                continue;
            };
            let id = self.blob(&difference.path, side)?;
            let is_moved = difference.before.is_none()
                && gone.contains(&(layout::name(&difference.path), Some(id)));
            if !is_moved {
                news.extend(self.read(difference, side)?);
            }
        }
        Ok(news)
    }

    fn read(
        &self,
        difference: &FileDifference,
        side: Side,
    ) -> Result<Option<New>, RepositoryError> {
        let path = &difference.path;
        let bytes = self.bytes(path, side)?;
        let Some(piece) = piece::read(path, &bytes).piece else {
            return Ok(None);
        };
        let is_new = difference.before.is_none();
        let (incident, said) = match piece.content {
            Content::Incident(declaration) => {
                let first = if is_new {
                    0
                } else {
                    self.entries_before(path)?
                };
                let said = Said::Incident {
                    declaration,
                    is_new,
                    first,
                };
                (layout::stem(path), said)
            }
            Content::Entry(form) if is_new => (layout::folder_name(path), Said::Entry(form)),
            _ => return Ok(None),
        };
        Ok(Some(New {
            incident: incident.to_owned(),
            source: piece.source,
            said,
        }))
    }

    /// How many entries the incident's own file at `path` held before the change.
    fn entries_before(&self, path: &str) -> Result<usize, RepositoryError> {
        let Some(source) = self.fork.source(path)? else {
            return Ok(0);
        };
        let piece = piece::read(path, source.text().as_bytes()).piece;
        Ok(match piece.map(|piece| piece.content) {
            Some(Content::Incident(declaration)) => declaration.entries.len(),
            _ => 0,
        })
    }

    /// Whether something that the change brings was recorded before it: it comes back.
    fn returns(&self, recorded: Option<&Recorded>) -> bool {
        let commit = recorded.and_then(|recorded| ObjectId::parse(&recorded.commit));
        let leads = |commit| {
            self.repository
                .leads_to(commit, self.fork.id())
                .unwrap_or(false)
        };
        commit.is_some_and(leads)
    }
}

impl New {
    /// The entries that are new in this file of `incident`.
    fn entries<'a>(&'a self, incident: &'a Incident) -> Vec<Newcomer<'a>> {
        let top = || Site::top(&self.source);
        match &self.said {
            Said::Incident {
                declaration, first, ..
            } => {
                let items = inline_ids(declaration)
                    .zip(&declaration.entries)
                    .enumerate()
                    .skip(*first);
                items
                    .map(|(index, (id, form))| Newcomer {
                        incident,
                        id,
                        form,
                        site: top().item("entries", index),
                    })
                    .collect()
            }
            Said::Entry(form) => vec![Newcomer {
                incident,
                id: layout::stem(self.source.path()).into(),
                form,
                site: top(),
            }],
        }
    }
}

impl Newcomer<'_> {
    fn name(&self) -> Name<'_> {
        (self.incident.id.as_str(), &self.id)
    }

    /// What is to be said of it, beside the other `news`.
    fn remarks(
        &self,
        news: &BTreeSet<Name<'_>>,
        archive: &Archive,
        now: Moment,
    ) -> Vec<Diagnostic> {
        let (form, declaration) = (self.form, &self.incident.declaration);
        let words = &archive.vocabulary;
        let mut found = rules::retired_in_entry(form, declaration.kind, &self.site, words);
        let is_imported = form.source.is_some() || declaration.source.is_some();
        let states = form.update.is_some() || form.duplicate_of.is_some();
        if states && !is_imported {
            let recorded = self.recorded().map_or(now, |recorded| recorded.at);
            found.extend(late("at", form.at, recorded, &archive.settings, &self.site));
            found.extend(overridden(self, news, archive));
        }
        found
    }

    /// The commit that recorded it; none while it is only in the folder.
    fn recorded(&self) -> Option<&Recorded> {
        let mut entries = self.incident.entries.iter();
        let entry = entries.find(|entry| entry.id.as_str() == self.id)?;
        // An item that is not committed yet would be taken for as old as its file.
        let is_loose = entry.path.is_none() && entry.recorded == self.incident.recorded;
        entry.recorded.as_ref().filter(|_| !is_loose)
    }
}

/// What is to be said of a new declaration.
fn of_declaration(
    incident: &Incident,
    new: &New,
    archive: &Archive,
    now: Moment,
) -> Vec<Diagnostic> {
    let Said::Incident {
        declaration,
        is_new: true,
        ..
    } = &new.said
    else {
        return Vec::new();
    };
    let site = Site::top(&new.source);
    let mut found = rules::retired_in_declaration(declaration, &site, &archive.vocabulary);
    if declaration.source.is_none() {
        let recorded = incident
            .recorded
            .as_ref()
            .map_or(now, |recorded| recorded.at);
        let at = declaration.declared_at;
        found.extend(late("declared_at", at, recorded, &archive.settings, &site));
    }
    found
}

/// That something is recorded too late to act.
fn late(
    key: &str,
    at: Moment,
    recorded: Moment,
    settings: &Settings,
    site: &Site<'_>,
) -> Option<Diagnostic> {
    let within = settings.policy.act_within.0;
    if recorded <= at.plus(within) {
        return None;
    }
    let message = format!(
        "this is recorded {} after it happened, and what is older than {within} sets off nothing",
        recorded - at
    );
    let found = site.error(Code::LateEntry, key, message);
    Some(found.as_warning().help("the record takes it all the same; an automation acts on it only if it says `historical: true`"))
}

/// That an update is not in force, because what was recorded before it, and is dated
/// later, says otherwise.
fn overridden(
    new: &Newcomer<'_>,
    news: &BTreeSet<Name<'_>>,
    archive: &Archive,
) -> Option<Diagnostic> {
    let update = new.form.update.as_ref()?;
    let mut known = new.incident.clone();
    let incident = new.incident.id.as_str();
    known.entries.retain(|entry| {
        let id = entry.id.as_str();
        id == new.id || !news.contains(&(incident, id))
    });
    let state = known.course(&archive.vocabulary).state;
    let lacking = state.lacks(update, &archive.vocabulary);
    let change = lacking.first()?;
    let says = change.from.as_str().map(str::to_owned);
    let says = says.unwrap_or_else(|| change.from.to_string());
    let field = change.field.name();
    let message = format!(
        "`{field}` is not in force: what was recorded before this, and is dated later, says `{says}`"
    );
    let found = new
        .site
        .under("update")
        .error(Code::NotInForce, field, message);
    Some(found.as_warning().help("it stands as what was true then; what is true now needs an entry dated later: `annals update`"))
}
