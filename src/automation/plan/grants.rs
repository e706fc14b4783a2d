//! What a change of `annals.yaml` lets automations do that they could not do before, or
//! no longer: whoever approves the change should see this first.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::archive::settings::Settings;

/// Something that automations may use, and how that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// The key of `annals.yaml`: `environment`, `commands`, `channels`, `policy`, `ledger`.
    pub key: &'static str,
    /// Which of those.
    pub name: String,
    /// How it differs.
    pub difference: Granted,
}

/// How something that automations may use differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Granted {
    /// It may be used now.
    Added,
    /// It may no longer be used.
    Removed,
    /// It may be used otherwise.
    Changed,
}

/// What `after` grants otherwise than `before`.
pub(super) fn grants(before: &Settings, after: &Settings) -> Vec<Grant> {
    let mut grants = between("environment", &before.environment, &after.environment);
    grants.extend(between("commands", &commands(before), &commands(after)));
    grants.extend(between("channels", &before.channels, &after.channels));
    if before.policy != after.policy {
        grants.push(Grant::whole("policy", Granted::Changed));
    }
    if before.ledger != after.ledger {
        let difference = match before.ledger.id {
            None => Granted::Added,
            Some(_) => Granted::Changed,
        };
        grants.push(Grant::whole("ledger", difference));
    }
    grants
}

fn commands(settings: &Settings) -> BTreeMap<String, &[String]> {
    let commands = settings.commands.iter();
    let named = commands.map(|command| (command.join(" "), command.as_slice()));
    named.collect()
}

impl Grant {
    fn whole(key: &'static str, difference: Granted) -> Self {
        Self {
            key,
            name: String::new(),
            difference,
        }
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
