//! Which incident is meant by what somebody typed.

use super::failure::Failure;
use crate::archive::Archive;
use crate::incident::Incident;
use crate::incident::id::DECLARATION;
use crate::incident::view::View;
use crate::text::moment::Moment;
use crate::text::suggest::suggest;

/// The incident that `typed` means: its whole id, or a part of the id that no other has.
pub(super) fn any<'a>(archive: &'a Archive, typed: &str) -> Result<&'a Incident, Failure> {
    select(archive.incidents.iter().collect(), typed)
        .unwrap_or_else(|| Err(unknown(archive, typed)))
}

/// The incident that `typed` means to a verb that writes. A part of an id means an
/// incident that is not over; what is over needs its whole id, so that nobody writes
/// into the past by accident.
pub(super) fn to_write<'a>(
    archive: &'a Archive,
    typed: &str,
    now: Moment,
) -> Result<&'a Incident, Failure> {
    if let Some(whole) = archive
        .incidents
        .iter()
        .find(|incident| incident.id.as_str() == typed)
    {
        return writable(whole);
    }
    let is_open = |incident: &&Incident| {
        use crate::incident::vocabulary::Phase;
        View::of(incident, &archive.vocabulary, now).phase != Phase::Resolved
    };
    if let Some(found) = select(archive.incidents.iter().filter(is_open).collect(), typed) {
        return found.and_then(writable);
    }
    match select(archive.incidents.iter().collect(), typed) {
        Some(Ok(closed)) => {
            let message = format!("the only incident that `{typed}` could mean is over");
            Err(Failure::usage(message).help(format!(
                "to write to it all the same, give its whole id: {}",
                closed.id
            )))
        }
        Some(Err(ambiguous)) => Err(ambiguous),
        None => Err(unknown(archive, typed)),
    }
}

/// The id of the entry of `incident` that `typed` means: `declaration`, its whole id, or
/// a part of the id that no other has.
pub(super) fn entry(incident: &Incident, typed: &str) -> Result<String, Failure> {
    let ids = || incident.entries.iter().map(|entry| entry.id.as_str());
    if typed == DECLARATION || ids().any(|id| id == typed) {
        return Ok(typed.to_owned());
    }
    let meant: Vec<&str> = ids()
        .filter(|id| !typed.is_empty() && id.contains(typed))
        .collect();
    match meant.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => {
            let failure = Failure::usage(format!("{} has no entry `{typed}`", incident.id));
            Err(failure.help(format!(
                "`annals show {}` lists its entries; `{DECLARATION}` means what was said first",
                incident.id
            )))
        }
        several => Err(ambiguous(typed, "entries", several)),
    }
}

/// That `typed` could mean several of `ids`.
pub(super) fn ambiguous(typed: &str, what: &str, ids: &[&str]) -> Failure {
    let shown: Vec<&str> = ids.iter().take(8).copied().collect();
    Failure::usage(format!("`{typed}` could mean {} {what}", ids.len()))
        .help(format!("give more of the id:\n  {}", shown.join("\n  ")))
}

/// An incident whose id stands twice cannot be written to: its entries would join the
/// other one.
fn writable(incident: &Incident) -> Result<&Incident, Failure> {
    if incident.id.as_str().contains('~') {
        let failure = Failure::usage(format!(
            "the id of {} stands twice in this record",
            incident.id
        ));
        return Err(failure.help(format!("rename the file `{}` first", incident.path)));
    }
    Ok(incident)
}

fn select<'a>(among: Vec<&'a Incident>, typed: &str) -> Option<Result<&'a Incident, Failure>> {
    if let Some(whole) = among.iter().find(|incident| incident.id.as_str() == typed) {
        return Some(Ok(whole));
    }
    let meant: Vec<&Incident> = among
        .into_iter()
        .filter(|incident| !typed.is_empty() && incident.id.as_str().contains(typed))
        .collect();
    match meant.as_slice() {
        [] => None,
        [only] => Some(Ok(only)),
        several => {
            let ids = several.iter().map(|incident| incident.id.as_str());
            let ids: Vec<&str> = ids.collect();
            Some(Err(ambiguous(typed, "incidents", &ids)))
        }
    }
}

fn unknown(archive: &Archive, typed: &str) -> Failure {
    let failure = Failure::usage(format!("there is no incident `{typed}`"));
    let near = suggest(
        typed,
        archive
            .incidents
            .iter()
            .map(|incident| incident.id.as_str()),
    );
    match near.filter(|near| near.starts_with("did")) {
        Some(near) => failure.help(near),
        None => failure.help("`annals list --all` shows every id"),
    }
}
