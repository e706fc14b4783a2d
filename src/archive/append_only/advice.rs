//! What somebody should have typed instead of editing: lines to copy.

use crate::text::difference::{Difference, Part};
use crate::text::yaml::{Node, Value};

/// What was edited.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'a> {
    /// The declaration of this incident.
    Declaration(&'a str),
    /// An entry of this incident.
    Entry(&'a str, &'a str),
}

impl Target<'_> {
    /// Whose a value is, where the file does not tell.
    pub(super) fn of_whom(&self) -> String {
        match self {
            Self::Declaration(_) => String::new(),
            Self::Entry(_, entry) => format!(" of the entry `{entry}`"),
        }
    }

    /// What to do about an edit.
    pub(super) fn help(&self) -> &'static str {
        match self {
            Self::Declaration(_) => {
                "leave recorded lines as they are, and say what is true now with an entry (what was wrong from the start: `annals correct`)"
            }
            Self::Entry(..) => {
                "leave recorded lines as they are, and correct them with an entry (words that nobody should see: `annals redact`)"
            }
        }
    }
}

/// The line that brings a recorded file back.
pub(super) fn put_back(revision: &str, path: &str) -> String {
    format!("git checkout {} -- {}", quoted(revision), quoted(path))
}

/// The line that takes an entry back.
pub(super) fn retract(incident: &str, entry: &str) -> String {
    format!(
        "annals retract {} {} --reason WHY",
        quoted(incident),
        quoted(entry)
    )
}

/// The line that brings back what is gone from an incident.
pub(super) fn restore(incident: &str) -> String {
    format!("annals restore {}", quoted(incident))
}

/// The line that removes what stands where a recorded file was.
pub(super) fn remove(path: &str) -> String {
    format!("rm -r {}", quoted(path))
}

/// The line that records the removal, so that the place is free.
pub(super) fn commit_removal(path: &str) -> String {
    format!("git commit -m WHY -- {}", quoted(path))
}

/// The line that says with an entry what was said by an edit.
pub(super) fn verb(target: &Target<'_>, difference: &Difference<'_>) -> String {
    match target {
        Target::Declaration(incident) => of_declaration(incident, difference),
        Target::Entry(incident, entry) => of_entry(incident, entry, difference),
    }
}

fn of_declaration(incident: &str, difference: &Difference<'_>) -> String {
    let incident = quoted(incident);
    let correct = |flag: &str| format!("annals correct {incident} declaration --reason WHY {flag}");
    match difference.keys.as_slice() {
        ["declared_at"] => correct(&option("--happened", difference.after, "TIME")),
        ["visibility"] => correct(&option("--visibility", difference.after, "public")),
        keys => match fact(keys, difference) {
            Some(flags) => format!("annals update {incident} {flags}"),
            None => format!("annals comment {incident} TEXT"),
        },
    }
}

fn of_entry(incident: &str, entry: &str, difference: &Difference<'_>) -> String {
    let (id, name) = (quoted(incident), quoted(entry));
    let correct = |what: &str| format!("annals correct {id} {name} --reason WHY {what}");
    match difference.keys.as_slice() {
        ["comment"] | ["attach", "caption"] => match difference.after {
            Some(part) => correct(&word(part.node)),
            None => retract(incident, entry),
        },
        ["at"] => correct(&option("--happened", difference.after, "TIME")),
        ["visibility"] => correct(&option("--visibility", difference.after, "public")),
        ["update", keys @ ..] => match fact(keys, difference) {
            Some(flags) => correct(&flags),
            None => retract(incident, entry),
        },
        _ => retract(incident, entry),
    }
}

/// The flags that say a fact.
fn fact(keys: &[&str], difference: &Difference<'_>) -> Option<String> {
    Some(match keys {
        [
            key @ ("title" | "severity" | "status" | "summary" | "started_at" | "detected_at"
            | "acknowledged_at" | "mitigated_at" | "scheduled_for" | "scheduled_until"),
        ] => {
            difference.after?;
            option(
                &format!("--{}", key.replace('_', "-")),
                difference.after,
                "-",
            )
        }
        ["tags", ..] => return tags(difference),
        ["roles", role] => {
            let person = difference
                .after
                .map_or_else(String::new, |part| text(part.node));
            format!("--role {}", quoted(&format!("{role}={person}")))
        }
        ["roles"] => "--role ROLE=PERSON".to_owned(),
        ["resources", ..] => "--resource ID".to_owned(),
        ["links", ..] => "--link TITLE=URL".to_owned(),
        _ => return None,
    })
}

fn tags(difference: &Difference<'_>) -> Option<String> {
    let words = |part: Option<Part<'_>>| match part.map(|part| &part.node.value) {
        Some(Value::List(items)) => items.iter().map(text).collect(),
        _ => Vec::new(),
    };
    let (before, after): (Vec<String>, Vec<String>) =
        (words(difference.before), words(difference.after));
    let flag = |flag: &str, tag: &String| format!("{flag} {}", quoted(tag));
    let joined = after.iter().filter(|tag| !before.contains(tag));
    let left = before.iter().filter(|tag| !after.contains(tag));
    let flags = joined.map(|tag| flag("--tag", tag));
    let flags: Vec<String> = flags
        .chain(left.map(|tag| flag("--remove-tag", tag)))
        .collect();
    (!flags.is_empty()).then(|| flags.join(" "))
}

/// A flag and its value; `absent` where none is written.
fn option(flag: &str, part: Option<Part<'_>>, absent: &str) -> String {
    let value = part.map_or_else(|| absent.to_owned(), |part| word(part.node));
    format!("{flag} {value}")
}

fn text(node: &Node) -> String {
    match &node.value {
        Value::Scalar { text, .. } => text.trim().to_owned(),
        _ => String::new(),
    }
}

/// A value as an argument; what has many lines, or would be taken for a flag, is better
/// read from standard input.
fn word(node: &Node) -> String {
    let text = text(node);
    if text.is_empty() || text.len() > 120 || text.contains('\n') || text.starts_with('-') {
        return "-".to_owned();
    }
    quoted(&text)
}

/// A word as a shell takes it for one word and nothing else.
pub(super) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._:/@%+=,-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}
