//! Appending one entry, and saying what came of it.

use super::appending::{self, Place};
use super::context::Context;
use super::draft::Draft;
use super::effect::Effect;
use super::failure::Failure;
use super::race::Race;
use super::{console, unfinished};
use crate::archive::append::NewFile;
use crate::incident::Incident;
use crate::incident::entry::EntryForm;
use crate::incident::view::View;
use crate::text::plain;

/// Appends the entry and says what it touched. What is refused is not recorded at all, and its
/// words are kept as a draft.
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
    let draft = Draft::about(&context.repository, incident.id.as_str());
    let words = form.comment.as_deref();
    let mut after = incident.clone();
    after.add(form);
    let file = appending::entry_file(context, place, incident, form);
    let effect = Effect {
        before: incident,
        after: &after,
        form,
        verb,
        vocabulary: &place.archive.vocabulary,
    };
    let file = file.and_then(|file| effect.refuse_none().map(|()| file));
    files.push(file.map_err(|failure| draft.of(words, failure))?);
    place.warn_of_branch();
    let message = format!("annals: {verb} {}\n\n{id}\n", incident.id);
    let race = Race::new(context, form, verb, incident);
    let about = (id.as_str(), message.as_str());
    let landing = place.append_unless(context, &files, about, &|base| race.lost(base))?;
    if let Some(words) = words {
        draft.settle(words);
    }
    match race.ended() {
        None => {
            let view = View::of(&after, &place.archive.vocabulary, context.now);
            console::say(&touched(verb, &view, context));
            console::say(&format!("  {id}"));
        }
        Some(end) => end.tell(),
    }
    landing.tell()
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
