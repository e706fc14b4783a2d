//! Lists and roles, told by what joined and what left.

use serde_json::Value as Json;

use super::{Remark, Word, text};

/// What joined and left a list: `tags + etl − orders`.
pub(super) fn changed(what: &'static str, payload: &Json) -> Vec<Remark> {
    let items = |side: &str| payload.get(side).and_then(Json::as_array);
    let items = |side: &str| items(side).map_or(&[][..], Vec::as_slice);
    let (from, to) = (items("from"), items("to"));
    let missing = |from: &[Json], to: &[Json]| -> Vec<String> {
        let names: Vec<String> = to.iter().map(name).collect();
        let all = from.iter().map(name);
        all.filter(|name| !names.contains(name)).collect()
    };
    let (left, joined) = (missing(from, to), missing(to, from));
    let mut words = vec![Word::Ours(what)];
    for (sign, names) in [(" + ", &joined), (" − ", &left)] {
        for (index, name) in names.iter().enumerate() {
            words.push(Word::Ours(if index == 0 { sign } else { ", " }));
            words.push(Word::Theirs(name.clone()));
        }
    }
    if joined.is_empty() && left.is_empty() {
        words.push(Word::Ours(" changed"));
    }
    vec![Remark::Words(words)]
}

/// What people call an item of a list: a tag, a resource by its name or id, a link by its
/// title.
fn name(item: &Json) -> String {
    let named = ["name", "id", "title"]
        .into_iter()
        .find_map(|key| item.get(key)?.as_str());
    named.map_or_else(|| text(item), str::to_owned)
}

/// Who does what now.
pub(super) fn roles(payload: &Json) -> Vec<Remark> {
    let of = |side: &str| payload.get(side).and_then(Json::as_object);
    let of = |side: &str| of(side).cloned().unwrap_or_default();
    let (from, to) = (of("from"), of("to"));
    let gone = from.keys().filter(|role| !to.contains_key(*role));
    let roles = to
        .keys()
        .chain(gone)
        .filter(|role| from.get(*role) != to.get(*role));
    let told = |role: &String| {
        let person = |side: &serde_json::Map<String, Json>| side.get(role).map(text);
        let (before, now) = (person(&from), person(&to));
        let mut words = vec![Word::Theirs(role.clone()), Word::Ours(" ")];
        words.extend(
            before
                .into_iter()
                .flat_map(|who| [Word::Theirs(who), Word::Ours(" → ")]),
        );
        words.push(now.map_or(Word::Ours("nobody"), Word::Theirs));
        Remark::Words(words)
    };
    roles.map(told).collect()
}
