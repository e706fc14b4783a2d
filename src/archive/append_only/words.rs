//! Whether the words of a repository still mean what they meant, and its ledger is the
//! one it was.

use std::collections::BTreeSet;

use crate::archive::settings::{self, Settings};
use crate::incident::Incident;
use crate::incident::entry::Statement;
use crate::incident::vocabulary::Vocabulary;
use crate::text::diagnostic::{Code, Diagnostic, Place};
use crate::text::source::{Source, Span};
use crate::text::yaml::{self, Node};

/// `annals.yaml` on one side of a change.
pub(super) struct Side<'a> {
    /// The file, where there is one.
    pub source: Option<&'a Source>,
    /// What it says.
    pub settings: &'a Settings,
}

/// What `after` takes from the words that `incidents` use, and from the ledger.
/// `revision` is what people call the commit that holds `before`.
pub(super) fn words(
    before: &Side<'_>,
    after: &Side<'_>,
    incidents: &[Incident],
    revision: &str,
) -> Vec<Diagnostic> {
    let (old, new) = (before.settings.vocabulary(), after.settings.vocabulary());
    let used = used(incidents, &old);
    let mut found = removed((before, revision), after, &new, &used);
    for status in old
        .statuses
        .iter()
        .filter(|status| used.contains(&status.name))
    {
        let Some(now) = new
            .status(&status.name)
            .filter(|now| now.phase != status.phase)
        else {
            continue;
        };
        let word = |phase| serde_json::to_value(phase).unwrap_or_default();
        let (was, is) = (word(status.phase), word(now.phase));
        let message = format!(
            "the status `{}` is in use, and its phase changed from `{}` to `{}`",
            status.name,
            was.as_str().unwrap_or_default(),
            is.as_str().unwrap_or_default()
        );
        let found_here = Diagnostic::error(Code::PhaseChanged, message)
            .at(after.at(&["statuses", &status.name, "phase"]))
            .help("history would read otherwise: retire this word, and use a new one for the new phase");
        let says_so = before.settings.statuses.is_some();
        found.push(if says_so {
            let place = before.at(&["statuses", &status.name, "phase"]);
            found_here.because(place.of_revision(revision), "recorded")
        } else {
            found_here
        });
    }
    found.extend(ledger(before, after, revision));
    found
}

/// Words that are in use and stand no more, where the commit `revision` held `before`.
fn removed(
    (before, revision): (&Side<'_>, &str),
    after: &Side<'_>,
    new: &Vocabulary,
    used: &BTreeSet<String>,
) -> Vec<Diagnostic> {
    let old = before.settings.vocabulary();
    let severities = old.severities.iter();
    let severities = severities.map(|one| ("severity", "severities", &one.name));
    let statuses = old.statuses.iter();
    let statuses = statuses.map(|one| ("status", "statuses", &one.name));
    let gone = severities.chain(statuses).filter(|(kind, _, name)| {
        let stays = match *kind {
            "severity" => new.severity(name).is_some(),
            _ => new.status(name).is_some(),
        };
        used.contains(*name) && !stays
    });
    gone.map(|(kind, list, name)| {
        let message = format!("the {kind} `{name}` is in use and was taken out");
        let found = Diagnostic::error(Code::WordRemoved, message)
            .at(after.at(&[list]))
            .help("keep the word with `retired: true`: history stays readable, and nobody can use it anew");
        let says_so = match kind {
            "severity" => before.settings.severities.is_some(),
            _ => before.settings.statuses.is_some(),
        };
        if !says_so {
            return found;
        }
        let place = before.at(&[list, name, "name"]);
        found.because(place.of_revision(revision), "recorded")
    })
    .collect()
}

fn ledger(before: &Side<'_>, after: &Side<'_>, revision: &str) -> Option<Diagnostic> {
    let (was, is) = (&before.settings.ledger.id, &after.settings.ledger.id);
    was.as_ref().filter(|_| was != is)?;
    let message =
        "the record names another ledger: what was done would be forgotten, and done again";
    let found = Diagnostic::error(Code::LedgerChanged, message)
        .at(after.at(&["ledger", "id"]))
        .because(
            before.at(&["ledger", "id"]).of_revision(revision),
            "recorded",
        );
    Some(found.help("put the id back; a repository that moved says so with `annals ledger adopt`"))
}

/// The words that incidents use.
fn used(incidents: &[Incident], vocabulary: &Vocabulary) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for incident in incidents {
        let said = &incident.declaration;
        used.insert(said.severity.clone());
        let initial = || vocabulary.initial(said.kind).to_owned();
        used.insert(said.status.clone().unwrap_or_else(initial));
        for entry in &incident.entries {
            let update = match &entry.statement {
                Statement::Update(update, _) => Some(update),
                Statement::Correct(correction) => correction.to.update.as_ref(),
                _ => None,
            };
            used.extend(update.and_then(|update| update.severity.clone()));
            used.extend(update.and_then(|update| update.status.clone()));
        }
    }
    used
}

impl Side<'_> {
    /// Where the keys lead, or as far as they lead; in a list, to the item of that name.
    fn at(&self, keys: &[&str]) -> Place {
        let Some((source, root)) = self
            .source
            .and_then(|source| Some((source, yaml::parse(source).ok()?)))
        else {
            return Place::file(settings::FILE);
        };
        let (mut node, mut span) = (&root, Span::default());
        for key in keys {
            let named = |item: &&Node| {
                item.get("name").is_some_and(
                    |name| matches!(&name.value, yaml::Value::Scalar { text, .. } if text == *key),
                )
            };
            let item = match &node.value {
                yaml::Value::List(items) => items.iter().find(named),
                _ => None,
            };
            let next = node.get(key).or(item);
            let Some(next) = next else { break };
            span = match (&next.value, node.key(key)) {
                (yaml::Value::Scalar { .. }, _) | (_, None) => next.span,
                (_, Some(key)) => key,
            };
            node = next;
        }
        source.place(span)
    }
}
