//! What an update states, whether or not it changed anything.
//!
//! What an entry changed is told by the fold, by effect. What somebody said before it
//! was corrected or retracted has no effect, and is still to be read.

use serde_json::{Value as Json, json};

use super::entry::Update;
use super::state::{Change, Field};

/// What `update` states, fact by fact: `to` is what is said, and `from` is what leaves
/// a list.
pub fn stated(update: &Update) -> Vec<Change> {
    let Ok(Json::Object(said)) = serde_json::to_value(update) else {
        return Vec::new();
    };
    let fields = Field::ALL.into_iter();
    fields
        .filter_map(|field| {
            let (from, to) = sides(field, said.get(field.name())?);
            Some(Change { field, from, to })
        })
        .collect()
}

/// What leaves and what is said.
fn sides(field: Field, said: &Json) -> (Json, Json) {
    match said {
        Json::Object(roles) if field == Field::Roles => {
            let person = |person: &Json| match person {
                Json::Null => json!("nobody"),
                person => person.clone(),
            };
            let roles = roles.iter().map(|(role, by)| (role.clone(), person(by)));
            (json!({}), Json::Object(roles.collect()))
        }
        Json::Object(edit) => {
            let list = |key: &str| edit.get(key).and_then(Json::as_array).cloned();
            let gone = list("remove").unwrap_or_default();
            let gone = gone.into_iter().map(|key| match field {
                Field::Resources => json!({ "id": key }),
                Field::Links => json!({ "title": key, "url": key }),
                _ => key,
            });
            let joins = Json::Array(list("add").unwrap_or_default());
            (Json::Array(gone.collect()), joins)
        }
        Json::Array(_) => (json!([]), said.clone()),
        _ => (Json::Null, said.clone()),
    }
}
