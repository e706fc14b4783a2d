//! Appending one entry, and saying what came of it: whether what it says is in force.

use super::appending::{self, Place};
use super::context::Context;
use super::failure::Failure;
use super::{console, exit, unfinished};
use crate::archive::append::NewFile;
use crate::archive::repository::ObjectId;
use crate::archive::snapshot::Version;
use crate::incident::Incident;
use crate::incident::entry::{Entry, EntryForm};
use crate::incident::standing::{Fate, Standing};
use crate::incident::view::View;
use crate::incident::{rules, state};
use crate::text::plain;

/// Appends the entry and says what it touched.
pub(super) fn record(
    context: &Context,
    place: &Place,
    incident: &Incident,
    form: &EntryForm,
    verb: &str,
    mut files: Vec<NewFile>,
) -> Result<u8, Failure> {
    let left = unfinished::entry(context, place, incident, form, false)?;
    let form = left.as_ref().unwrap_or(form);
    let id = form.made_id();
    files.push(appending::entry_file(context, place, incident, form)?);
    let mut after = incident.clone();
    after.add(form);
    refuse_nothing(place, incident, form, &after)?;
    place.warn_of_branch();
    let message = format!("annals: {verb} {}\n\n{id}\n", incident.id);
    let landing = place.append(context, &files, id.as_str(), &message)?;
    let states_facts = form.comment.is_none() || form.update.is_some();
    if let Some(commit) = landing.after_others().filter(|_| states_facts) {
        after = landed(context, commit, after)?;
    }
    let lacking = lacking(place, &after, form);
    let view = View::of(&after, &place.archive.vocabulary, context.now);
    console::say(&touched(
        if lacking.is_empty() { verb } else { "record" },
        &view,
        context,
    ));
    console::say(&format!("  {id}"));
    for remark in &lacking {
        console::remark(remark);
    }
    let code = landing.tell()?;
    Ok(if lacking.is_empty() {
        code
    } else {
        exit::FINDINGS
    })
}

/// The incident as it is where an entry landed behind those of others, which were not seen
/// when it was written.
fn landed(context: &Context, commit: ObjectId, seen: Incident) -> Result<Incident, Failure> {
    let archive = context.archive(Version::Commit(commit))?;
    let mut incidents = archive.incidents.into_iter();
    let found = incidents.find(|incident| incident.id == seen.id);
    Ok(found.unwrap_or(seen))
}

/// What of the new entry is not in force `after` it, in words.
fn lacking(place: &Place, after: &Incident, form: &EntryForm) -> Vec<String> {
    if form.correct.is_some() || form.retract.is_some() {
        return ineffective(after, form).into_iter().collect();
    }
    let vocabulary = &place.archive.vocabulary;
    let state = after.course(vocabulary).state;
    let stated = form.update.iter();
    let lacking = stated.flat_map(|update| state.lacks(update, vocabulary));
    let remark = |change: state::Change| {
        let stands = change.from.as_str().map(str::to_owned);
        let stands = stands.unwrap_or_else(|| change.from.to_string());
        let (field, stands) = (change.field.name(), plain::line(&stands));
        format!("{field} is not in force: a later entry says {stands}")
    };
    lacking.map(remark).collect()
}

/// Why a correction or retraction does not count, if it does not.
fn ineffective(after: &Incident, form: &EntryForm) -> Option<String> {
    let id = form.made_id();
    let standing = Standing::of(after);
    let counts = |by: &Entry| by.id == id;
    let holds = standing.entries.iter().any(|stand| match stand.fate {
        Fate::Corrected(by) | Fate::Retracted(by) => counts(by),
        _ => false,
    });
    if holds || standing.corrected_by.is_some_and(counts) {
        return None;
    }
    let ours = standing.entries.iter().find(|stand| stand.said.id == id);
    Some(match ours.map(|ours| ours.fate) {
        Some(Fate::Void(void)) => format!("it does not count: {}", void.why()),
        _ => "it does not count: a later one about the same entry does".to_owned(),
    })
}

/// Refuses an update that could not be true beside the other facts, and one that says
/// nothing new: neither words nor a fact that was not in force.
fn refuse_nothing(
    place: &Place,
    incident: &Incident,
    form: &EntryForm,
    after: &Incident,
) -> Result<(), Failure> {
    let vocabulary = &place.archive.vocabulary;
    let (before, state) = (
        incident.course(vocabulary).state,
        after.course(vocabulary).state,
    );
    let was_in_order = rules::order(&before).is_none();
    if was_in_order {
        appending::refuse_order(&state)?;
    }
    let last = incident.entries.last().map(|last| last.at);
    let late = form.at < last.unwrap_or(incident.declaration.declared_at);
    let says_nothing = form.update.is_some() && form.comment.is_none() && before == state && !late;
    if says_nothing {
        return Err(Failure::usage(format!(
            "{} says so already; nothing was recorded",
            incident.id
        )));
    }
    Ok(())
}

fn touched(verb: &str, view: &View, context: &Context) -> String {
    let said = match verb {
        "comment" => "commented on",
        "update" => "updated",
        "resolve" => "resolved",
        "reopen" => "reopened",
        "correct" => "corrected an entry of",
        "retract" => "took back an entry of",
        "redact" => "hid the words of an entry of",
        "record" => "recorded, but not in force:",
        _ => "attached to",
    };
    let title = plain::line(&view.facts.title);
    let age = match (view.facts.resolved_at, view.durations.lasted) {
        (Some(_), Some(lasted)) => format!("after {lasted}"),
        (Some(_), None) => "over by then".to_owned(),
        _ => format!(
            "open for {}",
            context.now - view.facts.started_at.unwrap_or(view.declared_at)
        ),
    };
    format!(
        "{said} “{title}” ({}, {}, {age})",
        plain::line(&view.facts.severity),
        plain::line(&view.facts.status)
    )
}
