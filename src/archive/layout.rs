//! Where things lie: the one place that turns paths into ids and ids into paths.
//!
//! Identity is the id, not the path: folders above an incident are free, and moving
//! whole files changes nothing.

use crate::incident::id::{EntryId, IncidentId};
use crate::text::moment::Moment;

/// The folder of incidents and their entries.
pub const INCIDENTS: &str = "incidents";
/// The folder of automations.
pub const AUTOMATIONS: &str = "automations";
/// The folder of the user's own templates.
pub const TEMPLATES: &str = "templates";
/// People's words about an incident, in its folder.
pub const RETROSPECTIVE: &str = "retrospective.md";

/// The name of a file without its last extension.
pub fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// The name of a file.
pub fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The path of the folder that a file lies in.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The name of the folder that a file lies in.
pub fn folder_name(path: &str) -> &str {
    path.rsplit('/').nth(1).unwrap_or_default()
}

/// Whether a name begins with a day, as the ids do that annals makes.
pub fn is_dated(name: &str) -> bool {
    let day = name.split_at_checked(11).map(|(day, _)| day.bytes());
    let fits = |(index, byte): (usize, u8)| match index {
        4 | 7 | 10 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    day.is_some_and(|mut day| day.by_ref().enumerate().all(fits))
}

/// Whether a file is to be read as YAML.
pub fn is_yaml(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml")))
}

/// Whether a file of `automations/` is read: YAML, or JSON as Prefect's tools write it.
pub fn is_rule(path: &str) -> bool {
    is_yaml(path) || matches!(path.rsplit_once('.'), Some((_, "json")))
}

/// Whether a pattern names folders below `incidents/`, whatever the date.
pub fn is_folder_pattern(pattern: &str) -> bool {
    folder_of(pattern, Moment::EPOCH).is_some()
}

/// Where a new incident goes. A pattern that cannot be followed is as if it were the
/// usual one, a folder a month.
pub fn incident_path(pattern: &str, declared_at: Moment, id: &IncidentId) -> String {
    let usual = || folder_of("%Y/%m", declared_at);
    let folder = folder_of(pattern, declared_at)
        .or_else(usual)
        .unwrap_or_default();
    format!("{INCIDENTS}/{folder}/{id}.yaml")
}

fn folder_of(pattern: &str, at: Moment) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let folder = at.format(pattern)?;
    let parts = folder
        .split('/')
        .all(|part| !part.is_empty() && !part.starts_with('.'));
    (parts && folder.chars().all(plain)).then_some(folder)
}

/// The folder of what belongs to the incident whose file is `incident_path`.
pub fn incident_folder(incident_path: &str) -> &str {
    incident_path
        .rsplit_once('.')
        .map_or(incident_path, |(folder, _)| folder)
}

/// Where a new entry goes.
pub fn entry_path(incident_path: &str, id: &EntryId) -> String {
    format!("{}/{id}.yaml", incident_folder(incident_path))
}
