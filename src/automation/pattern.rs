//! Patterns over labels and over the names of events.
//!
//! Labels and names are matched by different rules, and the rules are those of
//! Prefect's engine to the letter: a label's pattern is a glob that a leading `!`
//! turns round; a name must pass a glob, then a prefix test in which `*` is at least
//! one character, and only then the rule for labels. Nothing here knows what a
//! trigger does with the answer.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

use super::event::Labels;
use super::glob::Glob;

/// What one label's value is to look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    negated: bool,
    glob: Glob,
}

impl Pattern {
    /// Takes `text` apart. A leading `!` turns the rest round, and only the first
    /// counts.
    pub fn new(text: &str) -> Self {
        let negated = text.strip_prefix('!');
        Self {
            text: text.to_owned(),
            negated: negated.is_some(),
            glob: Glob::new(negated.unwrap_or(text)),
        }
    }

    /// Whether `value` is as the pattern wants it.
    pub fn matches(&self, value: &str) -> bool {
        self.glob.matches(value) != self.negated
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// What one resource is to look like: for each label, patterns of which one is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Specification(pub BTreeMap<String, Vec<Pattern>>);

impl Specification {
    /// Whether one resource has every label, each as wanted. A label that is absent is
    /// not as wanted, also where the pattern is negated; a list of no patterns never is.
    pub fn matches(&self, resource: &Labels) -> bool {
        self.0.iter().all(|(label, patterns)| {
            resource
                .get(label)
                .is_some_and(|value| any(patterns, value))
        })
    }

    /// Which of `related` satisfies it. Nothing is asked of a resource by an empty
    /// specification, not even that there is one.
    pub fn among<'a>(&self, related: &'a [Labels]) -> Option<Option<&'a Labels>> {
        if self.0.is_empty() {
            return Some(None);
        }
        related
            .iter()
            .find(|resource| self.matches(resource))
            .map(Some)
    }
}

/// Whether one of the patterns is enough.
pub fn any(patterns: &[Pattern], value: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(value))
}

/// What the names of events are to look like: `expect`, or `after`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(Vec<Name>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    pattern: Pattern,
    /// The same text with `!` as a character like others.
    glob: Glob,
}

/// How one pattern of [`Names`] stands to the name of an event, stage by stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stages<'a> {
    /// The pattern as it was written.
    pub pattern: &'a str,
    /// Whether it takes in the whole name.
    pub whole: bool,
    /// Whether it takes in the name's beginning, where only `*` means other characters.
    pub beginning: bool,
    /// Whether it takes in the name as a label's pattern would.
    pub label: bool,
}

impl Names {
    /// A set of patterns; their order means nothing.
    pub fn new(texts: &BTreeSet<String>) -> Self {
        let name = |text: &String| Name {
            pattern: Pattern::new(text),
            glob: Glob::new(text),
        };
        Self(texts.iter().map(name).collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The patterns as they were written.
    pub fn texts(&self) -> Vec<&str> {
        self.0.iter().map(|name| name.pattern.text()).collect()
    }

    /// Whether one pattern takes in `event` as a label's pattern would.
    pub fn contain(&self, event: &str) -> bool {
        self.0.iter().any(|name| name.pattern.matches(event))
    }

    /// How each pattern stands to an event called `event`.
    pub fn stages(&self, event: &str) -> Vec<Stages<'_>> {
        let stages = self.0.iter().map(|name| Stages {
            pattern: name.pattern.text(),
            whole: name.glob.matches(event),
            beginning: begins(event, name.pattern.text()).is_some(),
            label: name.pattern.matches(event),
        });
        stages.collect()
    }

    fn glob(&self, event: &str) -> bool {
        self.0.iter().any(|name| name.glob.matches(event))
    }

    fn prefix(&self, event: &str) -> bool {
        self.0
            .iter()
            .any(|name| begins(event, name.pattern.text()).is_some())
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.texts())
    }
}

/// Whether an event called `event` reaches a trigger at all: some pattern takes in the
/// whole name, and some pattern, perhaps another one, its beginning. With nothing
/// expected every name does, save the empty one and one that begins with a line break.
pub fn reaches(event: &str, expect: &Names, after: &Names) -> bool {
    if expect.is_empty() {
        return begins(event, "*").is_some();
    }
    (expect.glob(event) || after.glob(event)) && (expect.prefix(event) || after.prefix(event))
}

/// What follows the beginning of `event` that `pattern` takes in. Here `*` is one or
/// more characters of one line, and all else means itself.
fn begins<'a>(event: &'a str, pattern: &str) -> Option<&'a str> {
    let mut parts = pattern.split('*');
    let mut rest = event.strip_prefix(parts.next().unwrap_or_default())?;
    for part in parts {
        let skipped = rest.chars().next().filter(|c| *c != '\n')?.len_utf8();
        let beyond = rest.get(skipped..)?;
        // The earliest place is the best one: what follows can only be longer.
        let at = beyond.find(part)?;
        if beyond.get(..at)?.contains('\n') {
            return None;
        }
        rest = beyond.get(at + part.len()..)?;
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs
            .iter()
            .map(|(label, value)| ((*label).to_owned(), (*value).to_owned()))
            .collect()
    }

    /// Labels, each with the texts of its patterns.
    type Written<'a> = &'a [(&'a str, &'a [&'a str])];

    fn specification(pairs: Written) -> Specification {
        let patterns = |texts: &[&str]| texts.iter().map(|text| Pattern::new(text)).collect();
        Specification(
            pairs
                .iter()
                .map(|(label, texts)| ((*label).to_owned(), patterns(texts)))
                .collect(),
        )
    }

    fn names(texts: &[&str]) -> Names {
        Names::new(&texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn only_the_first_exclamation_mark_turns_a_pattern_round() {
        assert!(Pattern::new("!dev-*").matches("prod-1"));
        assert!(!Pattern::new("!dev-*").matches("dev-1"));
        assert!(!Pattern::new("!!x").matches("!x"));
        assert!(Pattern::new("!!x").matches("x"));
        assert!(Pattern::new("!").matches("anything"));
        assert!(!Pattern::new("!").matches(""));
    }

    #[test]
    fn a_specification_asks_all_labels_of_one_resource() {
        let resource = labels(&[("env", "dev-x"), ("kind", "pool")]);
        let table: &[(Written, bool)] = &[
            (&[], true),
            (&[("env", &["dev-*"])], true),
            (&[("env", &["dev-*"]), ("kind", &["queue"])], false),
            (&[("env", &["dev-*", "!dev-x"])], true),
            (&[("env", &["!a", "!b"])], true),
            (&[("env", &[])], false),
            (&[("absent", &["!a"])], false),
            (&[("absent", &["*"])], false),
        ];
        for (pairs, expected) in table {
            assert_eq!(
                specification(pairs).matches(&resource),
                *expected,
                "{pairs:?}"
            );
        }
    }

    #[test]
    fn a_related_specification_wants_one_resource_that_has_it_all() {
        let related = [
            labels(&[("role", "pool"), ("id", "a")]),
            labels(&[("role", "tag"), ("id", "b")]),
        ];
        let found = |pairs: Written| specification(pairs).among(&related).is_some();
        assert!(found(&[("role", &["pool"]), ("id", &["a"])]));
        assert!(!found(&[("role", &["pool"]), ("id", &["b"])]));
        assert!(found(&[("role", &["!pool"])]), "some resource differs");
        assert!(specification(&[]).among(&[]).is_some());
        assert!(specification(&[("id", &["*"])]).among(&[]).is_none());
    }

    #[test]
    fn a_star_in_a_name_is_at_least_one_character() {
        let table: &[(&[&str], &str, bool)] = &[
            (&["incident.*"], "incident.a", true),
            (&["incident.*"], "incident.a.b", true),
            (&["incident.*"], "incident.", false),
            (&["*"], "anything", true),
            (&["*"], "", false),
            (&["a*b*c"], "axbxc", true),
            (&["a*b*c"], "abxc", false),
            (&["**"], "x", false),
            (&["**"], "xy", true),
            (&["incident.?"], "incident.a", false),
            (&["incident.[a]"], "incident.a", false),
            (&["incident.?", "incident."], "incident.a", true),
            (&["!incident.a"], "incident.b", false),
            (&["!incident.a"], "!incident.a", true),
            (&["a*"], "a\nb", false),
            (&["a*"], "ab\nc", true),
            (&[], "x", true),
            (&[], "", false),
            (&[], "\nx", false),
        ];
        for (expect, event, expected) in table {
            let reached = reaches(event, &names(expect), &names(&[]));
            assert_eq!(reached, *expected, "{expect:?} {event:?}");
        }
    }

    #[test]
    fn a_negated_name_covers_nothing_and_still_turns_the_second_stage_round() {
        let after = names(&["!x"]);
        assert!(!reaches("y", &names(&["z"]), &after));
        assert!(reaches("y", &names(&["y"]), &after));
        assert!(after.contain("y"));
    }
}
