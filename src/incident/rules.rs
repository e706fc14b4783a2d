//! What a declaration or an entry may not say, beyond what their form forbids.
//!
//! Each rule points at the word that breaks it. Rules about one file stand here; what
//! needs several files (a target that does not exist, an id twice) is the archive's.

mod retired;
mod site;

use super::declaration::{Declaration, FactTime, Kind, Link};
use super::entry::{Correction, Edit, EntryForm, NotOneKind, Update};
use super::id::DECLARATION;
use super::state::State;
use super::vocabulary::Vocabulary;
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::duration::Duration;
use crate::text::html;
use crate::text::moment::Moment;
use crate::text::suggest::{list, suggest};

pub use retired::{retired_in_declaration, retired_in_entry};
pub use site::Site;

/// What is wrong with a declaration.
pub fn declaration(
    declaration: &Declaration,
    site: &Site<'_>,
    vocabulary: &Vocabulary,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    found.extend(severity(&declaration.severity, site, vocabulary));
    if let Some(word) = &declaration.status {
        found.extend(status(word, declaration.kind, site, vocabulary));
    }
    found.extend(schedule(declaration, site));
    found.extend(markup(declaration.summary.as_ref(), "summary", site));
    found.extend(links(&declaration.links, |index| site.item("links", index)));
    for (index, entry) in declaration.entries.iter().enumerate() {
        found.extend(self::entry(
            entry,
            declaration.kind,
            &site.item("entries", index),
            vocabulary,
        ));
    }
    found
}

/// What is wrong with an entry of an incident of `kind`.
pub fn entry(
    entry: &EntryForm,
    kind: Kind,
    site: &Site<'_>,
    vocabulary: &Vocabulary,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    match entry.statement() {
        Ok(_) => {}
        Err(NotOneKind::Nothing) => found.push(
            site.error(Code::EntryWithoutKind, "at", "the entry says nothing")
                .help("add one of `comment`, `update`, `attach`, `assessment`, `correct`, `retract`, `redact` or `duplicate_of`"),
        ),
        Err(NotOneKind::Several(kinds)) => {
            let last = kinds.last().copied().unwrap_or("at");
            let said = list(&kinds).replace(" or ", " and ");
            let message = format!("the entry says {} things at once: {said}", kinds.len());
            let fault = site.error_at_key(Code::EntryWithManyKinds, last, message);
            found.push(fault.help("one entry says one thing: make an entry of each"));
        }
    }
    if entry
        .comment
        .as_ref()
        .is_some_and(|words| words.trim().is_empty())
    {
        found.push(site.error(Code::MissingKey, "comment", "the comment is empty"));
    }
    found.extend(markup(entry.comment.as_ref(), "comment", site));
    if let Some(attachment) = &entry.attach {
        found.extend(attached_name(&attachment.file, &site.under("attach")));
    }
    if let Some(facts) = &entry.update {
        found.extend(update(facts, kind, &site.under("update"), vocabulary));
    }
    if let Some(said) = &entry.correct {
        found.extend(correction(said, kind, &site.under("correct"), vocabulary));
    }
    found
}

fn update(
    update: &Update,
    kind: Kind,
    site: &Site<'_>,
    vocabulary: &Vocabulary,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if *update == Update::default() {
        let fault = site.error(
            Code::EntryWithoutKind,
            "update",
            "the update changes nothing",
        );
        found.push(fault.help(
            "name a fact that changes, such as `status` or `severity`, or write a `comment`",
        ));
    }
    if let Some(word) = &update.severity {
        found.extend(severity(word, site, vocabulary));
    }
    if let Some(word) = &update.status {
        found.extend(status(word, kind, site, vocabulary));
    }
    if let Some(key) = scheduled_key(update).filter(|_| kind != Kind::Maintenance) {
        let message = format!("`{key}` belongs to a maintenance");
        found.push(site.error_at_key(Code::Schedule, key, message));
    }
    if update
        .title
        .as_ref()
        .is_some_and(|title| title.trim().is_empty())
    {
        found.push(site.error(Code::MissingKey, "title", "the title is empty"));
    }
    found.extend(markup(update.summary.as_ref(), "summary", site));
    match &update.links {
        Some(Edit::Replace(items)) => found.extend(links(items, |index| site.item("links", index))),
        Some(Edit::Change(change)) => found.extend(links(&change.add, |index| {
            site.under("links").item("add", index)
        })),
        None => {}
    }
    found
}

/// HTML that pages show as text.
fn markup(body: Option<&String>, key: &str, site: &Site<'_>) -> Option<Diagnostic> {
    body.filter(|body| html::is_shown_as_text(body)).map(|_| {
        let message = "the HTML nests too deep or is too long: pages show it as text";
        site.warning(Code::TooComplex, key, message)
            .help("write it in Markdown, or attach it as a file")
    })
}

/// What is wrong with a correction by itself. Whether it fits what it corrects is told
/// where both are known ([`Standing`](super::standing::Standing)).
fn correction(
    said: &Correction,
    kind: Kind,
    site: &Site<'_>,
    vocabulary: &Vocabulary,
) -> Vec<Diagnostic> {
    let to = site.under("to");
    let mut found = entry(&said.to, kind, &to, vocabulary);
    if said.to.id.is_some() {
        let fault = to.error_at_key(Code::BadId, "id", "what is corrected keeps its id");
        found.push(fault.help("delete the line `id`"));
    }
    let update = said
        .to
        .update
        .as_ref()
        .filter(|_| said.entry == DECLARATION);
    let later = update.and_then(
        |update| match (update.acknowledged_at, update.mitigated_at) {
            (Some(_), _) => Some("acknowledged_at"),
            (None, Some(_)) => Some("mitigated_at"),
            (None, None) => None,
        },
    );
    if let Some(key) = later {
        let message = format!("a declaration does not say `{key}`");
        let fault = to
            .under("update")
            .error_at_key(Code::UnknownKey, key, message);
        found.push(fault.help("say it with an update of its own: `annals update`"));
    }
    found
}

fn scheduled_key(update: &Update) -> Option<&'static str> {
    match (update.scheduled_for, update.scheduled_until) {
        (Some(_), _) => Some("scheduled_for"),
        (None, Some(_)) => Some("scheduled_until"),
        (None, None) => None,
    }
}

fn severity(word: &str, site: &Site<'_>, vocabulary: &Vocabulary) -> Option<Diagnostic> {
    if vocabulary.severity(word).is_some() {
        return None;
    }
    let known = vocabulary
        .severities
        .iter()
        .filter(|known| !known.retired)
        .map(|known| known.name.as_str());
    let message = format!("`{word}` is not a severity of this repository");
    Some(
        site.error(Code::UnknownWord, "severity", message)
            .help_if(suggest(word, known)),
    )
}

fn status(word: &str, kind: Kind, site: &Site<'_>, vocabulary: &Vocabulary) -> Option<Diagnostic> {
    if vocabulary
        .statuses_of(kind)
        .any(|status| status.name == word)
    {
        return None;
    }
    let known = vocabulary
        .statuses_of(kind)
        .filter(|known| !known.retired)
        .map(|known| known.name.as_str());
    let message = format!(
        "`{word}` is not a status of this repository for {}",
        plural(kind)
    );
    Some(
        site.error(Code::UnknownWord, "status", message)
            .help_if(suggest(word, known)),
    )
}

fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Incident => "incidents",
        Kind::Maintenance => "maintenances",
        Kind::Drill => "drills",
    }
}

fn schedule(declaration: &Declaration, site: &Site<'_>) -> Option<Diagnostic> {
    let maintenance = declaration.kind == Kind::Maintenance;
    match (declaration.scheduled_for, declaration.scheduled_until) {
        (None, _) if maintenance => Some(
            site.error(
                Code::Schedule,
                "kind",
                "a maintenance needs `scheduled_for`",
            )
            .help("say when the work begins, and with `scheduled_until` when it is to be done"),
        ),
        (Some(_), _) | (_, Some(_)) if !maintenance => {
            let key = if declaration.scheduled_for.is_some() {
                "scheduled_for"
            } else {
                "scheduled_until"
            };
            let message = format!("`{key}` belongs to a maintenance");
            Some(
                site.error_at_key(Code::Schedule, key, message)
                    .help("add `kind: maintenance`, or say when it began with `started_at`"),
            )
        }
        _ => None,
    }
}

fn links<'a>(links: &[Link], site: impl Fn(usize) -> Site<'a>) -> Vec<Diagnostic> {
    links
        .iter()
        .enumerate()
        .filter(|(_, link)| !may_link(&link.url))
        .map(|(index, link)| {
            let message = format!(
                "a page may not link to `{}`",
                link.url.chars().take(60).collect::<String>()
            );
            site(index)
                .error(Code::BadLink, "url", message)
                .help("use an address that begins with `https://`, `http://` or `mailto:`")
        })
        .collect()
}

/// Whether a page may link to `address`: `https`, `http` and `mailto` only.
pub fn may_link(address: &str) -> bool {
    let address = address.to_ascii_lowercase();
    ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| address.starts_with(scheme))
        && !address.contains(|c: char| c.is_control() || c.is_whitespace())
}

/// Whether `file` names a file of the incident's folder, and none beyond it.
pub fn is_plain_name(file: &str) -> bool {
    !file.starts_with('.') && !file.contains(['/', '\\']) && !file.chars().any(char::is_control)
}

fn attached_name(file: &str, site: &Site<'_>) -> Option<Diagnostic> {
    (!is_plain_name(file)).then(|| {
        let name = file.escape_debug();
        let message = format!("`{name}` is not the name of a file in the incident's folder");
        site.error(Code::MissingAttachment, "file", message)
            .help("put the file beside the entry and name it without a path")
    })
}

/// How far a time may lie after the moment it was recorded: clocks differ.
pub const CLOCKS_DIFFER: Duration = Duration::minutes(5);

/// The first of `times` that had not come yet `by` then.
pub fn not_come_yet(times: &[FactTime], by: Moment) -> Option<(&'static str, Moment)> {
    let latest = by.plus(CLOCKS_DIFFER);
    times
        .iter()
        .find_map(|(key, at)| at.filter(|at| *at > latest).map(|at| (*key, at)))
}

/// Facts in force that cannot all be true: the key of the earlier one, and what is wrong.
pub fn order(state: &State) -> Option<(&'static str, String)> {
    let started = ("started_at", "it started", state.started_at);
    let pairs = [
        (started, "it was detected", state.detected_at),
        (started, "it was acknowledged", state.acknowledged_at),
        (started, "it was mitigated", state.mitigated_at),
        (started, "it was resolved", state.resolved_at),
        (
            ("scheduled_for", "the work begins", state.scheduled_for),
            "the work is to be done",
            state.scheduled_until,
        ),
    ];
    pairs
        .into_iter()
        .find_map(|((key, begins, from), ends, until)| {
            let (from, until) = (from?, until?);
            (until < from).then(|| (key, format!("{ends} at {until}, before {begins} at {from}")))
        })
}
