//! What commits say, in words: incident by incident, what became of each fact, and who
//! said how much.
//!
//! What the record says and what annals says of it are kept apart until the words are
//! written down: each place that shows them knows how to make recorded words harmless.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::derive::Fact;
use super::event::{INCIDENT, RESOURCE_NAME};

mod lists;

/// Makes recorded words harmless where they are shown.
pub type Quote = fn(&str) -> String;

/// What is said of one incident.
#[derive(Clone, Debug)]
pub struct Said {
    /// Its id.
    pub incident: String,
    /// What people call it in the end.
    pub title: String,
    /// The ids of the events that say it, in their order.
    pub events: Vec<String>,
    remarks: Vec<Remark>,
}

impl Said {
    /// Each thing that is said, in its order.
    pub fn remarks(&self, quote: Quote) -> Vec<String> {
        let remarks = self.remarks.iter();
        remarks.map(|remark| remark.written(quote)).collect()
    }

    /// All of it on one line.
    pub fn line(&self, quote: Quote) -> String {
        let (title, id) = (quote(&self.title), quote(&self.incident));
        format!("{title} ({id}): {}", self.remarks(quote).join("; "))
    }
}

/// What `facts` say, by incident.
pub fn said<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Vec<Said> {
    let mut all: BTreeMap<&str, Said> = BTreeMap::new();
    for fact in facts {
        let incident = fact.incident.as_str();
        let said = all.entry(incident).or_insert_with(|| Said {
            incident: incident.to_owned(),
            title: String::new(),
            events: Vec::new(),
            remarks: Vec::new(),
        });
        if let Some(title) = fact.event.resource.get(RESOURCE_NAME) {
            said.title.clone_from(title);
        }
        said.events.push(fact.event.id.clone());
        for remark in remarks(fact) {
            if !said.remarks.iter_mut().any(|known| known.takes_in(&remark)) {
                said.remarks.push(remark);
            }
        }
    }
    all.into_values().collect()
}

/// What one fact says.
pub fn of(fact: &Fact, quote: Quote) -> String {
    let all = remarks(fact);
    let all: Vec<String> = all.iter().map(|remark| remark.written(quote)).collect();
    all.join("; ")
}

/// One thing that is said.
#[derive(Clone, Debug, PartialEq)]
enum Remark {
    /// A fact that went from value to value; an empty one was unknown.
    Course {
        what: &'static str,
        values: Vec<String>,
    },
    /// Something that somebody did so many times.
    Times {
        one: &'static str,
        many: &'static str,
        by: String,
        times: usize,
    },
    /// Anything else: annals' words and recorded words in turn.
    Words(Vec<Word>),
}

/// A word of a remark.
#[derive(Clone, Debug, PartialEq)]
enum Word {
    Ours(&'static str),
    Theirs(String),
}

impl Remark {
    /// Goes on with `next` where both are about the same thing.
    fn takes_in(&mut self, next: &Self) -> bool {
        match (self, next) {
            (
                Self::Course { what, values },
                Self::Course {
                    what: same,
                    values: more,
                },
            ) if what == same && values.last() == more.first() => {
                values.extend(more.iter().skip(1).cloned());
                true
            }
            (
                Self::Times { one, by, times, .. },
                Self::Times {
                    one: same,
                    by: author,
                    times: more,
                    ..
                },
            ) if one == same && by == author => {
                *times += more;
                true
            }
            _ => false,
        }
    }

    fn written(&self, quote: Quote) -> String {
        match self {
            Self::Course { what, values } => {
                let values: Vec<String> = values
                    .iter()
                    .filter(|value| !value.is_empty())
                    .map(|value| quote(value))
                    .collect();
                format!("{what} {}", values.join(" → "))
            }
            Self::Times {
                one,
                many,
                by,
                times,
            } => {
                let by = if by.is_empty() {
                    String::new()
                } else {
                    format!(" by {}", quote(by))
                };
                match times {
                    1 => format!("1 {one}{by}"),
                    times => format!("{times} {many}{by}"),
                }
            }
            Self::Words(words) => {
                let word = |word: &Word| match word {
                    Word::Ours(word) => (*word).to_owned(),
                    Word::Theirs(word) => quote(word),
                };
                words.iter().map(word).collect()
            }
        }
    }
}

/// What a fact says.
fn remarks(fact: &Fact) -> Vec<Remark> {
    let payload = &fact.event.payload;
    let name = fact.event.event.as_str();
    let name = name.strip_prefix(INCIDENT).unwrap_or(name);
    if let Some(changed) = name.strip_prefix("updated.") {
        return updated(changed, payload);
    }
    let about = |before, key: &str, after| words(before, value(payload, key), after);
    vec![match name {
        "declared" => about("declared with severity ", "severity", ""),
        "resolved" if payload.get("duplicate_of").is_some() => {
            about("resolved as a duplicate of ", "duplicate_of", "")
        }
        "resolved" => plain("resolved"),
        "reopened" => about("reopened as ", "status", ""),
        "comment.added" => once("comment", "comments", payload),
        "assessment.added" => once("assessment", "assessments", payload),
        "attachment.added" => once("attachment", "attachments", payload),
        "entry.corrected" => about("entry ", "target", " corrected"),
        "entry.retracted" => about("entry ", "target", " taken back"),
        "entry.redacted" => about("the words of ", "target", " hidden"),
        "entry.recorded" => once("entry without effect", "entries without effect", payload),
        "retrospective.updated" => plain("retrospective written"),
        "maintenance.started" => plain("maintenance began by its schedule"),
        "maintenance.ended" => plain("maintenance ended by its schedule"),
        "history.rewritten" => plain("recorded history was rewritten"),
        other => words("", other.to_owned(), ""),
    }]
}

/// What became of a fact in force.
fn updated(name: &str, payload: &Json) -> Vec<Remark> {
    let ends = || (value(payload, "from"), value(payload, "to"));
    let what = match name {
        "status" => "status",
        "severity" => "severity",
        "name" => "title",
        "start_time" => "started at",
        "detected_at" => "detected at",
        "acknowledged_at" => "acknowledged at",
        "mitigated_at" => "mitigated at",
        "summary" => return vec![plain("summary changed")],
        "schedule" => return schedule(payload),
        "tags" => return lists::changed("tags", payload),
        "related_resources" => return lists::changed("resources", payload),
        "links" => return lists::changed("links", payload),
        "roles" => return lists::roles(payload),
        other => return vec![words("", other.to_owned(), " changed")],
    };
    vec![course(what, ends())]
}

fn plain(word: &'static str) -> Remark {
    Remark::Words(vec![Word::Ours(word)])
}

fn words(before: &'static str, theirs: String, after: &'static str) -> Remark {
    let theirs = Word::Theirs(theirs);
    Remark::Words(vec![Word::Ours(before), theirs, Word::Ours(after)])
}

/// Something that the author of an entry did once.
fn once(one: &'static str, many: &'static str, payload: &Json) -> Remark {
    let by = value(payload, "by");
    let by = by.split('<').next().unwrap_or_default().trim().to_owned();
    Remark::Times {
        one,
        many,
        by,
        times: 1,
    }
}

fn course(what: &'static str, (from, to): (String, String)) -> Remark {
    let values = vec![from, to];
    Remark::Course { what, values }
}

fn schedule(payload: &Json) -> Vec<Remark> {
    let ends = [
        ("scheduled for", "scheduled_for"),
        ("until", "scheduled_until"),
    ];
    let told = ends.into_iter().map(|(what, key)| {
        let end = |side: &str| payload.get(side).map(|side| value(side, key));
        let (from, to) = (end("from"), end("to"));
        (what, (from.unwrap_or_default(), to.unwrap_or_default()))
    });
    let moved = told.filter(|(_, (from, to))| from != to);
    moved.map(|(what, ends)| course(what, ends)).collect()
}

/// What stands under `key`, as people read it.
fn value(payload: &Json, key: &str) -> String {
    payload.get(key).map(text).unwrap_or_default()
}

/// A value as people read it: whole seconds without their fraction; nothing for null.
fn text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.replace(".000Z", "Z"),
        other => other.to_string(),
    }
}

/// So many of something: `1 firing`, `2 firings`.
pub(super) fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// How often: `once`, `7 times`.
pub(super) fn times(number: usize) -> String {
    match number {
        1 => "once".to_owned(),
        number => format!("{number} times"),
    }
}
