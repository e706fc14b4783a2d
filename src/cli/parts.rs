//! Arguments that hold several things in one word: resources, roles, links.

use std::collections::BTreeMap;

use super::failure::Failure;
use crate::incident::declaration::{Impact, Link, Resource};
use crate::incident::rules;
use crate::text::suggest::suggest;

const IMPACTS: [(&str, Impact); 5] = [
    ("operational", Impact::Operational),
    ("degraded_performance", Impact::DegradedPerformance),
    ("partial_outage", Impact::PartialOutage),
    ("major_outage", Impact::MajorOutage),
    ("under_maintenance", Impact::UnderMaintenance),
];

/// Reads `ID[,role=R][,name=N][,impact=I]`.
pub(super) fn resource(typed: &str) -> Result<Resource, Failure> {
    let mut parts = typed.split(',');
    let id = parts.next().unwrap_or_default().trim();
    if id.is_empty() {
        return Err(Failure::usage(format!("the resource `{typed}` has no id"))
            .help("write ID[,role=R][,name=N][,impact=I]"));
    }
    let mut resource = Resource {
        id: id.to_owned(),
        role: None,
        name: None,
        impact: None,
    };
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim();
        match key.trim() {
            "role" => resource.role = Some(value.to_owned()),
            "name" => resource.name = Some(value.to_owned()),
            "impact" => resource.impact = Some(impact(value)?),
            other => {
                let failure = Failure::usage(format!("`{other}` is not part of a resource"));
                return Err(failure.help("write ID[,role=R][,name=N][,impact=I]"));
            }
        }
    }
    Ok(resource)
}

fn impact(typed: &str) -> Result<Impact, Failure> {
    let known = IMPACTS.iter().find(|(word, _)| *word == typed);
    known.map(|(_, impact)| *impact).ok_or_else(|| {
        let help = suggest(typed, IMPACTS.iter().map(|(word, _)| *word)).unwrap_or_default();
        Failure::usage(format!("`{typed}` is not an impact")).help(help)
    })
}

/// Reads `ROLE=PERSON`; nobody after the `=` takes the role away.
pub(super) fn roles(typed: &[String]) -> Result<BTreeMap<String, Option<String>>, Failure> {
    let role = |typed: &String| {
        let (role, person) = typed.split_once('=').ok_or_else(|| {
            Failure::usage(format!("`{typed}` is not a role"))
                .help("write ROLE=PERSON, such as commander=\"Ana Ruiz\"")
        })?;
        let person = person.trim();
        Ok((
            role.trim().to_owned(),
            (!person.is_empty()).then(|| person.to_owned()),
        ))
    };
    typed.iter().map(role).collect()
}

/// Reads `TITLE=URL`.
pub(super) fn link(typed: &str) -> Result<Link, Failure> {
    let wanted = "write TITLE=URL, such as Dashboard=https://example.com/d/1";
    let (title, url) = typed
        .split_once('=')
        .ok_or_else(|| Failure::usage(format!("`{typed}` is not a link")).help(wanted))?;
    if title.trim().is_empty() || !rules::may_link(url.trim()) {
        return Err(Failure::usage(format!("`{typed}` is not a link")).help(wanted));
    }
    Ok(Link {
        title: title.trim().to_owned(),
        url: url.trim().to_owned(),
    })
}

/// Reads every one of `typed`, or fails at the first that is wrong.
pub(super) fn all<T>(
    typed: &[String],
    read: impl Fn(&str) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    typed.iter().map(|typed| read(typed)).collect()
}
