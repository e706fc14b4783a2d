//! The lines of a timeline on a terminal: what was said, what became of it, and what was
//! said first.

use serde_json::Value as Json;

use super::indented;
use super::value::short;
use crate::incident::declaration::Visibility;
use crate::incident::figures::figures;
use crate::incident::id::DECLARATION;
use crate::incident::redaction::{HIDDEN, Redaction};
use crate::incident::state::{Change, Field};
use crate::incident::stated::stated;
use crate::incident::view::{EntryView, Ruling, View};
use crate::text::duration::Duration;
use crate::text::moment::Moment;
use crate::text::plain;

/// Entries recorded later than this after they happened say so.
pub(super) const LATE: Duration = Duration::minutes(5);
/// What stands below the first line of an entry.
const INDENT: &str = "    ";

/// Everything that happened, oldest first.
pub(super) fn timeline(view: &View) -> Vec<String> {
    let mut timed = vec![(view.shown_at, declaration(view))];
    let entries = view.entries.iter();
    timed.extend(entries.map(|said| (said.shown_at, entry(said, view))));
    let steps = view.by_schedule.iter();
    timed.extend(steps.map(|(at, change)| {
        let line = format!("{}  by its schedule", time(*at));
        (*at, vec![line, changed(change)])
    }));
    timed.sort_by_key(|(at, _)| *at);
    timed.into_iter().flat_map(|(_, lines)| lines).collect()
}

fn time(at: Moment) -> String {
    format!("{} {}", at.day(), at.clock())
}

fn declaration(view: &View) -> Vec<String> {
    let by = plain::line(&view.declared_by);
    let at = time(view.shown_at);
    let mut lines = vec![format!(
        "{at}  declared by {by}{}{}",
        recorded(view.late),
        dated(view.declared_at, view.shown_at)
    )];
    lines.extend(view.corrected.iter().map(|by| ruled("corrected", by)));
    lines.extend(view.redacted.iter().map(hidden));
    if let Some(original) = &view.original {
        let other = original.declared_by != view.declared_by;
        let by = other.then_some(original.declared_by.as_str());
        let at = (original.declared_at != view.declared_at).then_some(original.declared_at);
        if by.is_some() || at.is_some() || !view.redeclared.is_empty() {
            lines.push(first("declared first", by, at));
        }
        let was = view.redeclared.iter();
        lines.extend(was.map(|change| fact(change.field, &change.from, "      ")));
    }
    lines
}

fn entry(entry: &EntryView, view: &View) -> Vec<String> {
    let mut line = format!(
        "{}  {} by {}",
        time(entry.shown_at),
        entry.kind.replace('_', " "),
        plain::line(&entry.by),
    );
    if entry.visibility == Visibility::Internal {
        line.push_str(" [internal]");
    }
    if entry.pinned {
        line.push_str(" [pinned]");
    }
    if !view.is_backfilled(entry) {
        line.push_str(&recorded(entry.late));
    }
    line.push_str(&dated(entry.at, entry.shown_at));
    line.push_str("  ");
    line.push_str(&short_id(&entry.id, view));
    let mut lines = vec![line];
    lines.extend(fate(entry));
    if entry.retracted.is_some() {
        lines.push(format!("{INDENT}had said:"));
        lines.extend(aside(entry, view));
        return lines;
    }
    lines.extend(entry.changes.iter().map(changed));
    lines.extend(said(entry, view, INDENT));
    if let Some(original) = entry.original.as_deref() {
        let by = (original.by != entry.by).then_some(original.by.as_str());
        let at = (original.at != entry.at).then_some(original.at);
        lines.push(first("said first", by, at));
        lines.extend(aside(original, view));
    }
    lines
}

/// What became of an entry.
fn fate(entry: &EntryView) -> Vec<String> {
    let rulings = [
        ("corrected", &entry.corrected),
        ("retracted", &entry.retracted),
        ("overtaken", &entry.overtaken),
    ];
    let rulings = rulings.into_iter();
    let ruled = rulings.filter_map(|(verb, by)| Some(ruled(verb, by.as_ref()?)));
    let ignored = entry.ignored.map(|why| format!("{INDENT}ignored: {why}"));
    ruled
        .chain(entry.redacted.as_ref().map(hidden))
        .chain(ignored)
        .collect()
}

/// What an entry says although it is not in force.
fn aside(entry: &EntryView, view: &View) -> Vec<String> {
    const DEEPER: &str = "      ";
    let proposal = entry.proposal();
    let facts = proposal.as_ref().unwrap_or(entry).update.as_ref();
    let facts = facts.map(stated).unwrap_or_default().into_iter();
    let mut lines: Vec<String> = facts
        .map(|change| match &change.to {
            Json::Array(items) if items.is_empty() => {
                format!(
                    "{DEEPER}{}: without {}",
                    change.field.name(),
                    short(&change.from, change.field)
                )
            }
            to => fact(change.field, to, DEEPER),
        })
        .collect();
    lines.extend(said(entry, view, DEEPER));
    lines.extend(proposal.iter().flat_map(|put| said(put, view, DEEPER)));
    lines
}

/// What an entry says besides facts.
fn said(entry: &EntryView, view: &View, indent: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if let Some(about) = about(entry, view) {
        lines.push(format!("{indent}{about}"));
    }
    if let Some(attached) = &entry.attach {
        let caption = attached
            .caption
            .as_deref()
            .filter(|_| attached.file != HIDDEN);
        let line = format!("{} {}", attached.file, caption.unwrap_or_default());
        lines.push(format!("{indent}{}", plain::line(line.trim_end())));
    }
    if let Some(other) = &entry.duplicate_of {
        lines.push(format!("{indent}{}", plain::line(other)));
    }
    if let Some(assessment) = &entry.assessment {
        let unknown = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
        lines.push(format!(
            "{indent}{:<18}{:>12}{:>12}",
            "", "before", "during"
        ));
        lines.extend(figures(assessment).into_iter().map(|row| {
            let (before, during) = (unknown(row.before), unknown(row.during));
            let label = row.label.to_lowercase();
            format!("{indent}{label:<18}{before:>12}{during:>12}")
        }));
    }
    if let Some(words) = &entry.comment {
        lines.extend(indented(words, indent));
    }
    lines
}

/// The earlier entry that one is about, and why.
fn about(entry: &EntryView, view: &View) -> Option<String> {
    let correct = entry.correct.as_ref();
    let correct = correct.map(|correction| (&correction.entry, &correction.reason));
    let target = entry.retract.as_ref().or(entry.redact.as_ref());
    let (id, reason) = correct.or(target.map(|target| (&target.entry, &target.reason)))?;
    let reason = plain::line(reason);
    let mut entries = view.entries.iter();
    Some(match entries.find(|earlier| earlier.id == *id) {
        Some(earlier) => {
            let (noun, id) = (earlier.noun(), short_id(id, view));
            format!("{noun} of {} {id}: {reason}", time(earlier.at))
        }
        None if id == DECLARATION => format!("{DECLARATION}: {reason}"),
        None => format!("{}: {reason}", plain::line(id)),
    })
}

fn ruled(verb: &str, by: &Ruling) -> String {
    let (who, reason) = (plain::line(&by.by), plain::line(&by.reason));
    format!("{INDENT}{verb} {} by {who}: {reason}", time(by.at))
}

fn hidden(by: &Redaction) -> String {
    let who = by.at.zip(by.by.as_deref());
    let who = who.map(|(at, who)| format!(" {} by {}", time(at), plain::line(who)));
    let why = by.reason.as_deref().map(plain::line);
    let why = why.map(|why| format!(": {why}"));
    let (who, why) = (who.unwrap_or_default(), why.unwrap_or_default());
    format!("{INDENT}redacted{who}{why}")
}

/// What goes before what was said first; by whom and for when, where that was corrected.
fn first(label: &str, by: Option<&str>, at: Option<Moment>) -> String {
    let at = at.map_or_else(String::new, |at| format!(", for {}", time(at)));
    let by = by.map_or_else(String::new, |by| format!(", by {}", plain::line(by)));
    format!("{INDENT}{label}{at}{by}:")
}

fn changed(change: &Change) -> String {
    let (from, to) = (
        short(&change.from, change.field),
        short(&change.to, change.field),
    );
    format!("{INDENT}{}: {from} → {to}", change.field.name())
}

fn fact(field: Field, value: &Json, indent: &str) -> String {
    format!("{indent}{}: {}", field.name(), short(value, field))
}

/// What has to be typed to mean an entry: the end of its id, where no other has that.
fn short_id(id: &str, view: &View) -> String {
    let end = id.rsplit('-').next().unwrap_or(id);
    let named = view.entries.iter().filter(|entry| entry.id.contains(end));
    plain::line(if named.count() == 1 { end } else { id })
}

/// What something is dated, where that is not the time at which it is shown.
fn dated(at: Moment, shown: Moment) -> String {
    if at == shown {
        return String::new();
    }
    format!("  (dated {})", time(at))
}

fn recorded(late: Option<Duration>) -> String {
    match late {
        None => "  (not recorded yet)".to_owned(),
        Some(late) if late > LATE => format!("  (recorded {late} later)"),
        Some(_) => String::new(),
    }
}
