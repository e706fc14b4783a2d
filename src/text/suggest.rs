//! "Did you mean …": the nearest of the words that would have been right.
//!
//! A file may hold thousands of wrong words, and a record thousands of right ones: what is
//! compared with one word is bounded, and so is what is listed.

use std::collections::BTreeSet;

/// So many words are all compared; of more, only the neighbours in alphabetical order.
pub const FEW: usize = 256;
/// How many neighbours on either side are compared.
pub const NEIGHBOURS: usize = 64;
/// How many words are listed.
const LISTED: usize = 20;
/// A word that has more characters than these is not looked for.
const LONGEST: usize = 100;

/// Of `words` those that `written` may have been meant to be.
pub fn near<'a>(written: &'a str, words: &'a BTreeSet<&str>) -> Vec<&'a str> {
    if words.len() <= FEW {
        return words.iter().copied().collect();
    }
    let before = words.range(..written).rev().take(NEIGHBOURS);
    let after = words.range(written..).take(NEIGHBOURS);
    before.chain(after).copied().collect()
}

/// Advice that names the word nearest to `written`, or lists all of them when
/// none is near.
pub fn suggest<'a>(written: &str, words: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let words: Vec<&str> = words.into_iter().collect();
    match nearest(written, words.iter().copied()) {
        Some(word) => Some(format!("did you mean `{word}`?")),
        None if words.is_empty() => None,
        None => Some(format!("use one of {}", list(&words))),
    }
}

/// The word that is nearest to `written`, if one is near.
pub fn nearest<'a>(written: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = written.chars().count();
    let allowed = length.div_ceil(3).max(1);
    let written = written.to_lowercase();
    words
        .into_iter()
        .filter(|word| length <= LONGEST && word.chars().count().abs_diff(length) <= allowed)
        .map(|word| (strsim::osa_distance(&written, &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Words as a sentence lists them: `` `a`, `b` or `c` ``.
pub fn list(words: &[&str]) -> String {
    if words.len() > LISTED {
        let first: Vec<String> = words
            .iter()
            .take(LISTED)
            .map(|word| format!("`{word}`"))
            .collect();
        return format!("{} or {} others", first.join(", "), words.len() - LISTED);
    }
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => format!("`{last}`"),
        Some((last, rest)) => {
            let rest: Vec<String> = rest.iter().map(|word| format!("`{word}`")).collect();
            format!("{} or `{last}`", rest.join(", "))
        }
    }
}
