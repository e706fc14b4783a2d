//! "Did you mean …": the nearest of the words that would have been right.

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
    let allowed = written.chars().count().div_ceil(3).max(1);
    words
        .into_iter()
        .map(|word| {
            (
                strsim::osa_distance(&written.to_lowercase(), &word.to_lowercase()),
                word,
            )
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Words as a sentence lists them: `` `a`, `b` or `c` ``.
pub fn list(words: &[&str]) -> String {
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => format!("`{last}`"),
        Some((last, rest)) => {
            let rest: Vec<String> = rest.iter().map(|word| format!("`{word}`")).collect();
            format!("{} or `{last}`", rest.join(", "))
        }
    }
}
