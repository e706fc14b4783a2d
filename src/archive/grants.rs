//! What a change grants itself: what it lets automations use, what it keeps `check` from
//! telling, what it publishes, and what it makes of the machinery around the record. None of
//! that is wrong; whoever approves the change should see it first.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::layout;
use super::repository::{Change, ObjectId, Repository, RepositoryError};
use super::settings::Settings;

/// Something that a change grants itself, and how that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// The key of `annals.yaml`, or `files`.
    pub key: &'static str,
    /// Which of those.
    pub name: String,
    /// How it differs.
    pub difference: Granted,
}

/// How something that is granted differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Granted {
    /// It is there now.
    Added,
    /// It is there no longer.
    Removed,
    /// It is there otherwise.
    Changed,
}

/// What `after` grants otherwise than `before`.
pub fn of_settings(before: &Settings, after: &Settings) -> Vec<Grant> {
    let mut grants = Vec::new();
    let whole = [
        ("branch", before.branch != after.branch),
        ("policy", before.policy != after.policy),
    ];
    let changed = whole.into_iter().filter(|(_, differs)| *differs);
    grants.extend(changed.map(|(key, _)| Grant::whole(key, Granted::Changed)));
    if before.ledger != after.ledger {
        let difference = match before.ledger.id {
            None => Granted::Added,
            Some(_) => Granted::Changed,
        };
        grants.push(Grant::whole("ledger", difference));
    }
    grants.extend(between("checks", &before.checks, &after.checks));
    grants.extend(between("waivers", &waivers(before), &waivers(after)));
    grants.extend(between("publish", &published(before), &published(after)));
    grants.extend(between(
        "environment",
        &before.environment,
        &after.environment,
    ));
    grants.extend(between("commands", &commands(before), &commands(after)));
    grants.extend(between("channels", &before.channels, &after.channels));
    let words = |settings: &Settings| {
        let words = settings.vocabulary();
        let severities = words.severities.into_iter();
        let severities = severities.map(|one| (one.name.clone(), one));
        let statuses = words.statuses.into_iter();
        let statuses = statuses.map(|one| (one.name.clone(), one));
        (severities.collect(), statuses.collect())
    };
    let ((old_severities, old_statuses), (severities, statuses)): (
        (BTreeMap<_, _>, BTreeMap<_, _>),
        (BTreeMap<_, _>, BTreeMap<_, _>),
    ) = (words(before), words(after));
    grants.extend(between("severities", &old_severities, &severities));
    grants.extend(between("statuses", &old_statuses, &statuses));
    grants
}

/// What the files of commit `to` grant otherwise than those of `from`: templates, CI, and
/// what Git and forges read.
pub fn of_files(
    repository: &Repository,
    from: ObjectId,
    to: ObjectId,
) -> Result<Vec<Grant>, RepositoryError> {
    let templates = format!("{}/", repository.path(layout::TEMPLATES));
    let changed = repository.files_changed(from, to)?.into_iter();
    let guarding = changed.filter(|(path, _)| path.starts_with(&templates) || is_guard(path));
    let grants = guarding.map(|(path, change)| Grant {
        key: "files",
        name: path,
        difference: match change {
            Change::Added => Granted::Added,
            Change::Removed => Granted::Removed,
            Change::Changed => Granted::Changed,
        },
    });
    Ok(grants.collect())
}

/// Whether a forge or Git acts by the file at `path`, whatever the record says.
fn is_guard(path: &str) -> bool {
    let folders = [".github/", ".gitlab/", ".forgejo/", ".gitea/", ".circleci/"];
    let names = [
        ".gitattributes",
        ".gitmodules",
        ".lfsconfig",
        ".gitlab-ci.yml",
        "CODEOWNERS",
    ];
    folders.iter().any(|folder| path.starts_with(folder)) || names.contains(&layout::name(path))
}

fn commands(settings: &Settings) -> BTreeMap<String, &[String]> {
    let commands = settings.commands.iter();
    let named = commands.map(|command| (command.join(" "), command.as_slice()));
    named.collect()
}

fn waivers(settings: &Settings) -> BTreeMap<String, String> {
    let waivers = settings.waivers.iter();
    let named = waivers.map(|waiver| {
        let until = waiver.until.map(|day| format!(" until {day}"));
        let until = until.unwrap_or_default();
        (
            format!("{} {}{until}", waiver.code, waiver.path),
            waiver.reason.clone(),
        )
    });
    named.collect()
}

fn published(settings: &Settings) -> BTreeMap<String, bool> {
    let publish = &settings.publish;
    let said = [
        ("automations", publish.automations),
        ("commits", publish.commits),
        ("names", publish.names),
    ];
    said.into_iter()
        .map(|(key, is_shown)| (key.to_owned(), is_shown))
        .collect()
}

impl Grant {
    fn whole(key: &'static str, difference: Granted) -> Self {
        Self {
            key,
            name: String::new(),
            difference,
        }
    }

    /// It in words; `quote` makes a name safe where it is shown.
    pub fn told(&self, quote: impl Fn(&str) -> String) -> String {
        let name = match self.name.as_str() {
            "" => String::new(),
            name => format!(" {}", quote(name)),
        };
        let is_used = matches!(self.key, "environment" | "commands" | "channels" | "ledger");
        let how = match (self.difference, is_used) {
            (Granted::Added, true) => "is new: automations may use it",
            (Granted::Removed, true) => "is gone: automations may not use it",
            (Granted::Added, false) => "is new",
            (Granted::Removed, false) => "is gone",
            (Granted::Changed, _) => "is changed",
        };
        format!("`{}`{name} {how}", self.key)
    }
}

fn between<T: PartialEq>(
    key: &'static str,
    before: &BTreeMap<String, T>,
    after: &BTreeMap<String, T>,
) -> Vec<Grant> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let grant = |name: &String| {
        let difference = match (before.get(name), after.get(name)) {
            (None, Some(_)) => Granted::Added,
            (Some(_), None) => Granted::Removed,
            (Some(before), Some(after)) if before != after => Granted::Changed,
            _ => return None,
        };
        Some(Grant {
            key,
            name: name.clone(),
            difference,
        })
    };
    names.into_iter().filter_map(grant).collect()
}
