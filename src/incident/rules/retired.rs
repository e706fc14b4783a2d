//! Words that were retired from the vocabulary: what was said with them stays, nothing
//! new is. Only who knows what is new can ask.

use super::Site;
use crate::incident::declaration::{Declaration, Kind};
use crate::incident::entry::EntryForm;
use crate::incident::vocabulary::Vocabulary;
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::suggest::list;

/// The retired words that a new declaration uses, its entries left out.
pub fn retired_in_declaration(
    declaration: &Declaration,
    site: &Site<'_>,
    vocabulary: &Vocabulary,
) -> Vec<Diagnostic> {
    let status = declaration.status.as_deref();
    let found = [
        severity(&declaration.severity, site, vocabulary),
        status.and_then(|word| self::status(word, declaration.kind, site, vocabulary)),
    ];
    found.into_iter().flatten().collect()
}

/// The retired words that a new entry uses. What it corrects may have used them.
pub fn retired_in_entry(
    form: &EntryForm,
    kind: Kind,
    site: &Site<'_>,
    vocabulary: &Vocabulary,
) -> Vec<Diagnostic> {
    let Some(update) = &form.update else {
        return Vec::new();
    };
    let site = site.under("update");
    let (severity_word, status_word) = (update.severity.as_deref(), update.status.as_deref());
    let found = [
        severity_word.and_then(|word| severity(word, &site, vocabulary)),
        status_word.and_then(|word| status(word, kind, &site, vocabulary)),
    ];
    found.into_iter().flatten().collect()
}

fn severity(word: &str, site: &Site<'_>, vocabulary: &Vocabulary) -> Option<Diagnostic> {
    vocabulary.severity(word).filter(|known| known.retired)?;
    let all = vocabulary.severities.iter().filter(|known| !known.retired);
    let live: Vec<&str> = all.map(|known| known.name.as_str()).collect();
    Some(retired("severity", word, &live, site))
}

fn status(word: &str, kind: Kind, site: &Site<'_>, vocabulary: &Vocabulary) -> Option<Diagnostic> {
    vocabulary.status(word).filter(|known| known.retired)?;
    let all = vocabulary.statuses_of(kind).filter(|known| !known.retired);
    let live: Vec<&str> = all.map(|known| known.name.as_str()).collect();
    Some(retired("status", word, &live, site))
}

fn retired(key: &str, word: &str, live: &[&str], site: &Site<'_>) -> Diagnostic {
    let message = format!("the {key} `{word}` was retired and is not used anew");
    site.error(Code::RetiredWord, key, message)
        .help(format!("use one of {}", list(live)))
}
