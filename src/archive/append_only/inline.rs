//! What a change does to the entries inside an incident's own file.

use crate::text::difference::same;
use crate::text::yaml::Node;

/// What became of an entry, by its place in the list before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It says something else.
    Edited(usize, usize),
    /// It is gone.
    Gone(usize),
    /// It stands after one that was recorded after it.
    Reordered(usize, usize),
    /// It is new, and stands before one that was recorded.
    Inserted(usize),
}

/// What became of the entries `before`; nothing when entries were only appended.
pub(super) fn fates(before: &[Node], after: &[Node]) -> Vec<Fate> {
    let pairs = before.iter().zip(after);
    let kept = pairs.take_while(|(left, right)| same(left, right)).count();
    let mut places: Vec<Option<usize>> = (0..before.len())
        .map(|old| (old < kept).then_some(old))
        .collect();
    for alike in [same, named_alike, |_: &Node, _: &Node| true] {
        for (old, item) in before.iter().enumerate().skip(kept) {
            let is_free = |new: usize| !places.contains(&Some(new));
            let found = after.iter().enumerate().skip(kept).find(|(new, other)| {
                is_free(*new) && alike(item, other) && (*new == old || is_told(item, other))
            });
            let found = found.map(|(new, _)| new);
            if let Some(place) = places.get_mut(old) {
                *place = place.or(found);
            }
        }
    }
    told(before, after, &places)
}

/// Whether both bear the same id of their own.
fn named_alike(left: &Node, right: &Node) -> bool {
    match (left.get("id"), right.get("id")) {
        (Some(left), Some(right)) => same(left, right),
        _ => false,
    }
}

/// Whether two entries can be known for one another wherever they stand.
fn is_told(left: &Node, right: &Node) -> bool {
    same(left, right) || named_alike(left, right)
}

fn told(before: &[Node], after: &[Node], places: &[Option<usize>]) -> Vec<Fate> {
    let mut fates = Vec::new();
    let mut last = None;
    for (old, place) in places.iter().enumerate() {
        let pair = place.and_then(|new| Some((new, before.get(old)?, after.get(new)?)));
        match pair {
            None => fates.push(Fate::Gone(old)),
            Some((new, left, right)) if !same(left, right) => fates.push(Fate::Edited(old, new)),
            Some((new, ..)) if Some(new) < last => fates.push(Fate::Reordered(old, new)),
            Some(_) => {}
        }
        last = last.max(*place);
    }
    let is_new = |new: &usize| Some(*new) < last && !places.contains(&Some(*new));
    fates.extend((0..after.len()).filter(is_new).map(Fate::Inserted));
    fates
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::source::Source;
    use crate::text::yaml::parse;

    fn of(before: &str, after: &str) -> Vec<Fate> {
        let items = |text: &str| {
            let items = text
                .split_whitespace()
                .map(|item| match item.split_once('=') {
                    Some((id, said)) => format!("{{id: {id}, comment: {said}}}"),
                    None => format!("{{comment: {item}}}"),
                });
            let items: Vec<Node> = items
                .map(|text| parse(&Source::new("a.yaml", &text)).expect("YAML"))
                .collect();
            items
        };
        fates(&items(before), &items(after))
    }

    #[test]
    fn only_what_follows_everything_recorded_is_appended() {
        assert!(
            of("", "a").is_empty()
                && of("a b", "a b").is_empty()
                && of("a b", "a b c d").is_empty()
        );
        assert!(
            of("a a", "a a a").is_empty(),
            "equal items are told apart by their number"
        );
        assert_eq!(of("a b", "c a b"), [Fate::Inserted(0)]);
        assert_eq!(of("a b", "a c b"), [Fate::Inserted(1)]);
        assert_eq!(of("a b", "b a"), [Fate::Reordered(1, 0)]);
    }

    #[test]
    fn an_edit_is_told_from_a_loss() {
        assert_eq!(of("a b", "a x"), [Fate::Edited(1, 1)]);
        assert_eq!(of("a b c", "a c"), [Fate::Gone(1)]);
        assert_eq!(of("a b", "a"), [Fate::Gone(1)]);
        assert_eq!(
            of("1=a 2=b", "0=z 2=x 1=a"),
            [Fate::Edited(1, 1), Fate::Inserted(0)]
        );
        assert_eq!(of("a b", "x b c"), [Fate::Edited(0, 0)]);
    }
}
