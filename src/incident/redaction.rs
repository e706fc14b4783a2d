//! Words that were taken out of sight.
//!
//! A redaction hides words, never facts, in everything that is rendered; the words stay
//! in Git, where only rewriting history takes them out. They are hidden once, where the
//! archive puts an incident together, so that nothing built on it can show them. A
//! redaction cannot be undone, but a correction that comes after it may say what can be
//! said.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Incident;
use super::declaration::{Declaration, Link, Visibility};
use super::entry::{Attachment, Edit, Entry, EntryForm, Statement, Update};
use super::id::{DECLARATION, EntryId};
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// What stands where words were hidden.
pub const HIDDEN: &str = "[redacted]";

/// That the words of a declaration or of an entry were hidden: by whom, when and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Redaction {
    /// The entry that hid them; null for the public where that is internal.
    pub entry: Option<EntryId>,
    /// Who did; null likewise.
    pub by: Option<String>,
    /// When; null likewise.
    pub at: Option<Moment>,
    /// Why; null likewise, and where the reason was hidden too.
    pub reason: Option<String>,
    #[serde(skip)]
    visibility: Visibility,
}

impl Redaction {
    fn of(entry: &Entry, reason: &str) -> Self {
        Self {
            entry: Some(entry.id.clone()),
            by: Some(entry.by.clone()),
            at: Some(entry.at),
            reason: Some(reason.to_owned()),
            visibility: entry.visibility,
        }
    }

    /// What the public may know of it.
    #[must_use]
    pub fn seen_by_public(self) -> Self {
        if self.visibility == Visibility::Public {
            return self;
        }
        Self {
            entry: None,
            by: None,
            at: None,
            reason: None,
            visibility: self.visibility,
        }
    }
}

/// What the entries of an incident redact: by the id of each target.
#[derive(Clone, Debug, Default)]
pub struct Redactions(BTreeMap<String, (Moment, Redaction)>);

/// Hides what the entries of `incident` redact.
pub fn hide(incident: &mut Incident) {
    Redactions::of(incident).hide(incident);
}

impl Redactions {
    /// What `incident` redacts.
    pub fn of(incident: &Incident) -> Self {
        let mut redactions: BTreeMap<String, (Moment, Redaction)> = BTreeMap::new();
        let mut latest = None;
        for entry in &incident.entries {
            latest = latest.max(Some(entry.as_of));
            if let Statement::Redact(target) = &entry.statement {
                // It counts behind what is dated later and stands before it.
                let passed = latest.filter(|latest| *latest > entry.as_of);
                let at = passed.map_or(entry.as_of, |at| at.plus(Duration::microseconds(1)));
                let redaction = Redaction::of(entry, &target.reason);
                redactions.insert(target.entry.clone(), (at, redaction));
            }
        }
        let hidden: BTreeSet<String> = redactions.keys().cloned().collect();
        for (_, redaction) in redactions.values_mut() {
            let by = redaction.entry.as_ref();
            if by.is_some_and(|by| hidden.contains(by.as_str())) {
                redaction.reason = None;
            }
        }
        Self(redactions)
    }

    /// Hides these words in `incident`, which may be an earlier state of the incident
    /// that redacts them.
    pub fn hide(&self, incident: &mut Incident) {
        if self.0.is_empty() {
            return;
        }
        if let Some((_, redaction)) = self.0.get(DECLARATION) {
            hide_declaration(&mut incident.declaration);
            incident.redacted = Some(redaction.clone());
        }
        let latest = self.latest(&incident.entries);
        let latest: Vec<Option<When>> = incident
            .entries
            .iter()
            .map(|entry| latest.get(entry.id.as_str()).copied().flatten())
            .map(|when| when.map(|(at, by)| (at, by.cloned())))
            .collect();
        for (entry, latest) in incident.entries.iter_mut().zip(latest) {
            if let Some((_, redaction)) = self.0.get(entry.id.as_str()) {
                hide_statement(&mut entry.statement);
                entry.redacted = Some(redaction.clone());
            }
            let said = (entry.as_of, Some(entry.id.clone()));
            if latest.is_some_and(|latest| said < latest)
                && let Statement::Correct(correction) = &mut entry.statement
            {
                hide_form(&mut correction.to);
            }
        }
    }

    /// The last redaction of what each correction means, directly or by way of other
    /// corrections. Each way is followed once, however many corrections lead into it: a
    /// chain of n corrections has n²/2 places on its ways.
    fn latest<'a>(&'a self, entries: &'a [Entry]) -> BTreeMap<&'a str, Option<Redacted<'a>>> {
        let targets: BTreeMap<&str, &str> = entries.iter().filter_map(corrected).collect();
        let of = |id: &str| {
            let target = targets.get(id)?;
            let (at, redaction) = self.0.get(*target)?;
            Some((*at, redaction.entry.as_ref()))
        };
        let mut latest: BTreeMap<&str, Option<Redacted<'_>>> = BTreeMap::new();
        for (start, _) in entries.iter().filter_map(corrected) {
            let (mut way, mut places) = (Vec::new(), BTreeMap::new());
            let mut at = start;
            while let Some(next) = targets.get(at)
                && !latest.contains_key(at)
                && !places.contains_key(at)
            {
                places.insert(at, way.len());
                way.push(at);
                at = next;
            }
            // The members of a circle all mean one another.
            let circle = way.split_off(places.get(at).copied().unwrap_or(way.len()));
            let beyond = latest.get(at).copied().flatten();
            let mut last = circle.iter().map(|id| of(id)).fold(beyond, newer);
            latest.extend(circle.into_iter().map(|id| (id, last)));
            for id in way.into_iter().rev() {
                last = newer(last, of(id));
                latest.insert(id, last);
            }
        }
        latest
    }
}

/// When something was redacted, and by which entry; none where that is not to be known.
type Redacted<'a> = (Moment, Option<&'a EntryId>);

/// The same, kept.
type When = (Moment, Option<EntryId>);

fn newer<'a>(one: Option<Redacted<'a>>, other: Option<Redacted<'a>>) -> Option<Redacted<'a>> {
    one.max(other)
}

/// The id of a correction, and what it means.
fn corrected(entry: &Entry) -> Option<(&str, &str)> {
    match &entry.statement {
        Statement::Correct(correction) => Some((entry.id.as_str(), correction.entry.as_str())),
        _ => None,
    }
}

fn hide_declaration(declaration: &mut Declaration) {
    hide_word(&mut declaration.title);
    declaration.summary.iter_mut().for_each(hide_word);
    declaration.links.iter_mut().for_each(hide_link);
    declaration.own.clear();
}

fn hide_statement(statement: &mut Statement) {
    match statement {
        Statement::Comment(words) => hide_word(words),
        Statement::Update(update, words) => {
            hide_update(update);
            words.iter_mut().for_each(hide_word);
        }
        Statement::Attach(attachment) => hide_attachment(attachment),
        Statement::Correct(correction) => {
            hide_word(&mut correction.reason);
            hide_form(&mut correction.to);
        }
        Statement::Retract(target) | Statement::Redact(target) => hide_word(&mut target.reason),
        Statement::Assessment(_) | Statement::DuplicateOf(_) => {}
    }
}

fn hide_form(form: &mut EntryForm) {
    form.comment.iter_mut().for_each(hide_word);
    form.update.as_deref_mut().into_iter().for_each(hide_update);
    let attached = form.attach.as_deref_mut();
    attached.into_iter().for_each(hide_attachment);
    if let Some(correction) = &mut form.correct {
        hide_word(&mut correction.reason);
        hide_form(&mut correction.to);
    }
    for target in [&mut form.retract, &mut form.redact].into_iter().flatten() {
        hide_word(&mut target.reason);
    }
    form.own.clear();
    form.source = None;
}

fn hide_update(update: &mut Update) {
    update.title.iter_mut().for_each(hide_word);
    update.summary.iter_mut().for_each(hide_word);
    match &mut update.links {
        Some(Edit::Replace(links)) => links.iter_mut().for_each(hide_link),
        Some(Edit::Change(change)) => change.add.iter_mut().for_each(hide_link),
        None => {}
    }
}

/// What a file shows is told by its name, too.
fn hide_attachment(attachment: &mut Attachment) {
    hide_word(&mut attachment.file);
    attachment.path = None;
    attachment.caption.iter_mut().for_each(hide_word);
}

fn hide_word(word: &mut String) {
    HIDDEN.clone_into(word);
}

fn hide_link(link: &mut Link) {
    hide_word(&mut link.title);
}
