//! What differs between two YAML trees, key by key, and between two texts, line by line.
//!
//! Trees are compared by what they say: neither the order of keys nor quotation marks
//! count. Whether a text also looks the same is asked for by itself.

use super::source::{Source, Span};
use super::yaml::{Node, Value};

/// A value under a key.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The bytes of the key itself.
    pub key: Span,
    /// The value.
    pub node: &'a Node,
}

/// Something that one tree says and another does not, or says otherwise.
#[derive(Clone, Debug)]
pub struct Difference<'a> {
    /// The keys that lead to it, the outermost first.
    pub keys: Vec<&'a str>,
    /// What stood there; none when the key is new.
    pub before: Option<Part<'a>>,
    /// What stands there; none when the key is gone.
    pub after: Option<Part<'a>>,
}

/// What differs between the mappings `before` and `after`, in the order of `before`, then
/// what is new. A mapping that both have is looked into.
pub fn differences<'a>(before: &'a Node, after: &'a Node) -> Vec<Difference<'a>> {
    let mut found = Vec::new();
    for (key, part) in parts(before) {
        let other = parts(after).find(|(known, _)| *known == key);
        match other.map(|(_, other)| other) {
            Some(other) if same(part.node, other.node) => {}
            Some(other) if is_map(part.node) && is_map(other.node) => {
                let inner = differences(part.node, other.node).into_iter();
                found.extend(inner.map(|mut inner| {
                    inner.keys.insert(0, key);
                    inner
                }));
            }
            other => found.push(Difference {
                keys: vec![key],
                before: Some(part),
                after: other,
            }),
        }
    }
    let new = parts(after).filter(|(key, _)| before.get(key).is_none());
    found.extend(new.map(|(key, part)| Difference {
        keys: vec![key],
        before: None,
        after: Some(part),
    }));
    found
}

/// Whether two values say the same.
pub fn same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (
            Value::Scalar {
                text: left_text, ..
            },
            Value::Scalar {
                text: right_text, ..
            },
        ) => left_text == right_text && left.is_null() == right.is_null(),
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Value::Map(pairs), Value::Map(others)) => {
            let held = |key: &str, node| right.get(key).is_some_and(|other| same(node, other));
            pairs.len() == others.len() && pairs.iter().all(|(key, node)| held(&key.text, node))
        }
        _ => false,
    }
}

/// The first line in which two texts differ, from 1; none when they are equal.
pub fn first_line(before: &str, after: &str) -> Option<usize> {
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.split('\n').collect(), after.split('\n').collect());
    let equal = before
        .iter()
        .zip(&after)
        .take_while(|(left, right)| left == right);
    let equal = equal.count();
    (equal < before.len().max(after.len())).then_some(equal + 1)
}

/// Whether `after` is `before` with whole lines put in at one place, or equal to it.
pub fn is_insertion(before: &str, after: &str) -> bool {
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.split('\n').collect(), after.split('\n').collect());
    let equal = |(left, right): &(&&str, &&str)| left == right;
    let begin = before.iter().zip(&after).take_while(equal).count();
    let end = before
        .iter()
        .rev()
        .zip(after.iter().rev())
        .take_while(equal)
        .count();
    before.len() <= after.len() && begin + end >= before.len()
}

/// The text of `source` without the lines on which `part` stands.
pub fn without(source: &Source, part: Part<'_>) -> String {
    let text = source.text();
    let end = end(part.node).max(part.key.end);
    let (before, rest) = text.split_at_checked(part.key.start).unwrap_or((text, ""));
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let inside = rest
        .get(..end.saturating_sub(part.key.start))
        .unwrap_or(rest);
    let after = text
        .get(before.len() + inside.trim_end().len()..)
        .unwrap_or_default();
    let after = after.split_once('\n').map_or("", |(_, after)| after);
    format!("{}{after}", text.get(..start).unwrap_or_default())
}

/// Where the last word of a value ends. The bytes of a collection in block style reach to
/// the next key, comments and all.
fn end(node: &Node) -> usize {
    let last = match &node.value {
        Value::List(items) => items.last().map(end),
        Value::Map(pairs) => pairs.last().map(|(key, node)| end(node).max(key.span.end)),
        Value::Scalar { .. } => None,
    };
    last.unwrap_or(node.span.end)
}

fn is_map(node: &Node) -> bool {
    matches!(node.value, Value::Map(_))
}

fn parts(node: &Node) -> impl Iterator<Item = (&str, Part<'_>)> {
    let pairs: &[_] = match &node.value {
        Value::Map(pairs) => pairs,
        _ => &[],
    };
    pairs.iter().map(|(key, node)| {
        let part = Part {
            key: key.span,
            node,
        };
        (key.text.as_str(), part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::yaml::parse;

    fn told(before: &str, after: &str) -> Vec<String> {
        let read = |text| parse(&Source::new("a.yaml", text)).expect("YAML");
        let (before, after) = (read(before), read(after));
        let sign = |one: &Difference<'_>| match (one.before.is_some(), one.after.is_some()) {
            (true, true) => "~",
            (true, false) => "-",
            _ => "+",
        };
        differences(&before, &after)
            .iter()
            .map(|one| format!("{}{}", sign(one), one.keys.join(".")))
            .collect()
    }

    #[test]
    fn what_differs_is_told_by_its_keys() {
        let before = "a: 1\nb: {c: x, d: y}\ne: [1, 2]\n";
        assert!(told(before, "e: ['1', 2]\nb: {d: y, c: \"x\"}\na: 1 # one\n").is_empty());
        let after = "a: 2\nb: {c: x, f: z}\ne: [2, 1]\ng: 1\n";
        assert_eq!(told(before, after), ["~a", "-b.d", "+b.f", "~e", "+g"]);
        assert_eq!(told("a: ~\n", "a: '~'\n"), ["~a"], "nothing is not a word");
    }

    #[test]
    fn lines_put_in_at_one_place_are_an_insertion() {
        assert!(is_insertion("a\nb\n", "a\nb\nc\n") && is_insertion("a\nb\n", "x\na\nb\n"));
        assert!(is_insertion("a\na\n", "a\na\na\n") && is_insertion("a", "a\nb"));
        assert!(!is_insertion("a\nb\n", "x\na\ny\nb\n") && !is_insertion("a\nb\n", "a\n"));
        assert!(!is_insertion("a\r\nb\n", "a\nb\nc\n"));
    }

    #[test]
    fn a_key_is_cut_out_with_its_lines_and_nothing_else() {
        let cut = |text: &str| {
            let source = Source::new("a.yaml", text);
            let root = parse(&source).expect("YAML");
            let part = parts(&root).find(|(key, _)| *key == "e").expect("e").1;
            without(&source, part)
        };
        assert_eq!(
            cut("a: 1\ne:\n  - x: |\n      one\n      # two\n  # three\nb: 2\n"),
            "a: 1\n  # three\nb: 2\n"
        );
        assert_eq!(cut("a: 1\ne: [] # none\nb: 2\n"), "a: 1\nb: 2\n");
        assert_eq!(cut("a: 1\ne:\n  - {x: 1}"), "a: 1\n");
    }
}
