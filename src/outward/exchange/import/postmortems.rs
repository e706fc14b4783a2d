//! Post-mortems with a front matter, as the public `icco/postmortems` keeps them, and
//! (in [`report`]) without one.
//!
//! Source of the fields: that repository's Markdown files and the check of its own tool.
//! A file tells no update; its prose becomes the retrospective of an incident. Most name
//! no time at all, and then only the address may: a day in it, `/2018/08/05/`, is the
//! one on which the post-mortem was published or the incident happened. Without any
//! time an incident is left out, unless the import was given one for such.

mod report;

use serde_json::{Value as Json, json};

use super::clock;
use super::exception::What;
use super::reading::{self, Object, Reading};
use super::{Ending, Format, Origin, Sighting};
use crate::archive::layout;
use crate::incident::declaration::Link;
use crate::incident::rules;
use crate::text::front_matter;
use crate::text::moment::{Day, Moment};

/// The tool, as it is typed and as `x-source` names it.
const KIND: &str = "postmortems";
/// Times that say when it was first told, the best before the others.
const DECLARED: [&str; 3] = ["start_time", "source_published_at", "end_time"];
/// How many characters of the prose name an incident without a title.
const TITLE: usize = 80;

pub(super) const FORMAT: Format = Format {
    name: KIND,
    endings: &["md"],
    read,
};

/// Reads one file.
fn read(reading: &mut Reading<'_>, bytes: &[u8]) {
    let Some(text) = reading.file_text(bytes) else {
        return;
    };
    if front_matter::split(&text).is_none() {
        return report::read(reading, &text);
    }
    let Some((matter, body)) = reading.front_matter(bytes) else {
        return;
    };
    if !["uuid", "url", "company"]
        .iter()
        .any(|key| matter.contains_key(*key))
    {
        let keys: Vec<&String> = matter.keys().take(20).collect();
        reading.except(What::ForeignFile, "no post-mortem", &json!(keys));
        return;
    }
    incident(reading, &matter, body.trim());
}

fn incident(reading: &mut Reading<'_>, matter: &Object, prose: &str) {
    let uuid = reading.word(matter, "uuid");
    let id = uuid.unwrap_or_else(|| layout::stem(reading.file).to_owned());
    reading.begin(Some(&id));
    let Some(declared_at) = declared(reading, matter) else {
        let original = Json::Object(matter.clone());
        reading.except(What::IncidentWithoutTime, "start_time", &original);
        return;
    };
    let company = reading.word(matter, "company");
    let by = company.as_deref().unwrap_or("Post-mortem").to_owned();
    let title = title(reading, matter, company.as_deref(), prose, &id);
    let product = reading.word(matter, "product");
    let resource = product.and_then(|name| reading::resource(&by, "product", &name));
    let origin = Origin::new(KIND, &reading.page("icco/postmortems"), &id);
    let sighting = Sighting {
        url: reading.word(matter, "url"),
        ending: Ending::Named,
        status: Some("resolved".to_owned()),
        started_at: reading.time(matter, "start_time"),
        resources: resource.into_iter().collect(),
        summary: reading.body(matter, "summary"),
        tags: tags(reading, matter),
        links: links(reading, matter),
        said: said(matter),
        retrospective: (!prose.is_empty()).then(|| prose.to_owned()),
        ..Sighting::new(reading.file, origin, by, title, declared_at)
    };
    let sighting = reading.ended(sighting, matter, "end_time");
    reading.take(sighting);
}

/// When it was first told: as the front matter says, else as its address does, else as
/// the import was told.
fn declared(reading: &mut Reading<'_>, matter: &Object) -> Option<Moment> {
    let named = DECLARED.iter().find_map(|key| reading.time(matter, key));
    let named = named.or_else(|| published(reading, matter));
    reading.declared(named, &[])
}

/// The beginning of the day that the address names, if it names one.
fn published(reading: &mut Reading<'_>, matter: &Object) -> Option<Moment> {
    let address = reading.word(matter, "url")?;
    let day = day_in(&address)?;
    let at = reading::beginning(&day, reading.intake.zone)?;
    let at = reading.come(at, "url", &json!(address))?;
    reading.except(What::DayInAddress, "url", &json!(address));
    Some(at)
}

/// The day in an address: `/2018/08/05/`, `2020-04-21`, `july-17-2020`. Of a page in an
/// archive, the address within its own: the archive's day says when somebody kept it.
fn day_in(address: &str) -> Option<String> {
    let own = address.rfind("http").and_then(|at| address.get(at..));
    day_in_words(own?)
}

/// The first day among words: `2025-08-12-outage`, `Outage of August 12, 2025`.
fn day_in_words(text: &str) -> Option<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.windows(3).find_map(|window| {
        let written = match clock::day(window) {
            Some((year, (month, day))) => format!("{year:04}-{month:02}-{day:02}"),
            None => format!(
                "{:0>4}-{:0>2}-{:0>2}",
                window.first()?,
                window.get(1)?,
                window.get(2)?
            ),
        };
        let is_recent = written.starts_with("19") || written.starts_with("20");
        (is_recent && Day::parse(&written).is_ok()).then_some(written)
    })
}

/// The title; where there is none, whose it was and how the prose begins.
fn title(
    reading: &mut Reading<'_>,
    matter: &Object,
    company: Option<&str>,
    prose: &str,
    id: &str,
) -> String {
    if let Some(title) = reading.word(matter, "title") {
        return title;
    }
    reading.except_key(What::WithoutTitle, matter, "title");
    let first = prose.lines().next().unwrap_or_default();
    let mut words = String::new();
    for word in first.trim_start_matches('#').split_whitespace() {
        if words.chars().count() + word.chars().count() >= TITLE {
            words.push('…');
            break;
        }
        let space = if words.is_empty() { "" } else { " " };
        words.push_str(space);
        words.push_str(word);
    }
    let words = if words.is_empty() { id } else { words.as_str() };
    company.map_or(words.to_owned(), |company| format!("{company}: {words}"))
}

/// The addresses of the post-mortem, those that a page may link to.
fn links(reading: &mut Reading<'_>, matter: &Object) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for (key, title) in [("url", "Post-mortem"), ("archive_url", "Archived copy")] {
        let Some(url) = reading.word(matter, key) else {
            continue;
        };
        if !rules::may_link(&url) {
            reading.except_key(What::UnusableLink, matter, key);
        } else if links.iter().all(|link| link.url != url) {
            let title = title.to_owned();
            links.push(Link { title, url });
        }
    }
    links
}

/// What the front matter says in words of its own, for `x-source`.
fn said(matter: &Object) -> Object {
    let taken = ["uuid", "url", "title", "categories", "keywords", "summary"];
    let other = matter.iter().filter(|(key, value)| {
        !taken.contains(&key.as_str()) && !value.is_null() && **value != json!("")
    });
    other
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Its categories and keywords, each once.
fn tags(reading: &mut Reading<'_>, matter: &Object) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for key in ["categories", "keywords"] {
        for word in reading.words(matter, key) {
            if !tags.contains(&word) {
                tags.push(word);
            }
        }
    }
    tags
}
