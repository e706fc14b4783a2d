//! The site: every page of it as bytes, from what an audience sees of the record.
//!
//! Pure. Nothing here reads a file or a clock: bytes of attachments are asked of the
//! caller, and the present is a parameter that enters pages through named decisions
//! only (a maintenance has begun, a follow-up is overdue). Same input, same bytes.
//! All markup comes from templates and from `markdown`; models hold words and numbers.

mod address;
mod attachment;
mod bar;
mod changes;
mod digest;
mod fate;
mod feed;
mod incident_page;
mod index_page;
mod item;
mod logo;
mod markdown;
mod record;
mod retrospective_page;
mod saying;
mod shell;
mod theme;
mod timeline;
mod words;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;
use serde_json::Value as Json;

use crate::archive::Archive;
use crate::automation::receipt::Receipt;
use crate::incident::Audience;
use crate::text::moment::Moment;
use crate::text::template::BadTemplate;
pub use attachment::is_pointer;
pub use logo::{BadLogo, logo};
use record::{Record, Subject};
use shell::Shell;
use theme::Theme;

/// What is to be rendered, and for whom.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Everything that was read.
    pub archive: &'a Archive,
    /// What automations did.
    pub receipts: &'a [Receipt],
    /// The user's own templates: name below `templates/`, and text.
    pub own_templates: &'a [(String, String)],
    /// For whom.
    pub audience: Audience,
    /// The present of the pages.
    pub now: Moment,
    /// The moment at which what is shown was true, where it is not the present.
    pub as_of: Option<Moment>,
    /// The site's address, for feeds; what `annals.yaml` says where this is absent.
    pub base_url: Option<&'a str>,
    /// What tells this record from others for as long as it exists, for the ids of feeds.
    pub identity: &'a str,
    /// The bytes of a file of the record, by its path from the root.
    pub file: &'a (dyn Fn(&str) -> Option<Vec<u8>> + Sync),
}

/// A site: path from its root → bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// Pages, feeds, assets and attachments.
    pub pages: BTreeMap<String, Vec<u8>>,
}

/// Why a site could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template, built-in or the user's own, cannot be read or rendered.
    #[error("{0}")]
    Template(#[from] BadTemplate),
    /// A page's model cannot be written as JSON.
    #[error("the page cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// The formats of one incident by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A page that stands alone, style and all.
    Html,
    /// Markdown.
    Markdown,
    /// The one shape of an incident.
    Json,
}

/// Whether the user's own templates can be read beside the built-in ones.
pub fn check_templates(own: &[(String, String)]) -> Result<(), RenderError> {
    Theme::new(own).map(|_| ())
}

/// The whole site.
pub fn site(request: &Request<'_>) -> Result<Site, RenderError> {
    let theme = Theme::new(request.own_templates)?;
    let record = Record::of(request);
    let mut site = Site {
        pages: theme.assets.clone(),
    };
    if let Some((path, bytes)) = &record.logo {
        site.pages.insert(path.clone(), bytes.clone());
    }
    let subjects: Vec<Vec<(String, Vec<u8>)>> = record
        .subjects
        .par_iter()
        .map(|subject| pages_of(subject, &record, &theme, request.now))
        .collect::<Result<_, RenderError>>()?;
    site.pages.extend(subjects.into_iter().flatten());
    site.pages.extend(common(&record, &theme, request)?);
    Ok(site)
}

/// The incident `id` by itself; nothing where the audience does not see it.
pub fn report(
    request: &Request<'_>,
    id: &str,
    format: Format,
) -> Result<Option<String>, RenderError> {
    let theme = Theme::new(request.own_templates)?;
    let record = Record::of(request);
    let Some(subject) = record.find(id) else {
        return Ok(None);
    };
    let shell = Shell::new(&record, "incident", &subject.view.facts.title, 1);
    let shell = shell.alone(theme.style(), address_of(request));
    let page = incident_page::page(subject, &record, shell);
    Ok(Some(match format {
        Format::Html => theme.render("incident.html", &page)?,
        Format::Markdown => theme.render("incident.md", &page)?,
        Format::Json => pretty(&record.json(subject)?)?,
    }))
}

/// Every incident in its one shape, as the audience sees it, oldest first: what is kept
/// back is null.
pub fn shapes(request: &Request<'_>) -> Result<Vec<Json>, RenderError> {
    let record = Record::of(request);
    let shapes = record.subjects.iter();
    Ok(shapes
        .map(|subject| record.json(subject))
        .collect::<Result<_, _>>()?)
}

/// The whole record in one Markdown document.
pub fn digest(request: &Request<'_>) -> Result<String, RenderError> {
    let theme = Theme::new(request.own_templates)?;
    let record = Record::of(request);
    let shell = Shell::new(&record, "digest", "", 0).rooted(address_of(request));
    theme.render("export.md", &digest::digest(&record, &shell))
}

fn address_of<'a>(request: &Request<'a>) -> Option<&'a str> {
    request
        .base_url
        .or(request.archive.settings.site.url.as_deref())
}

/// The pages, data and files of one incident.
fn pages_of(
    subject: &Subject<'_>,
    record: &Record<'_>,
    theme: &Theme,
    now: Moment,
) -> Result<Vec<(String, Vec<u8>)>, RenderError> {
    let id = &subject.view.id;
    let (name, folder) = (address::page(id), address::folder(id));
    let title = &subject.view.facts.title;
    let shell = Shell::new(record, "incident", title, 1);
    let page = serde_json::to_value(incident_page::page(subject, record, shell))?;
    let mut pages = vec![
        (
            format!("incidents/{name}.html"),
            theme.render("incident.html", &page)?,
        ),
        (
            format!("incidents/{name}.md"),
            theme.render("incident.md", &page)?,
        ),
        (
            format!("incidents/{name}.json"),
            pretty(&record.json(subject)?)?,
        ),
    ];
    if retrospective_page::is_over(subject) {
        let shell = Shell::new(record, "retrospectives", title, 1);
        let page = retrospective_page::page(subject, record, shell, now);
        let page = serde_json::to_value(page)?;
        let path = format!("retrospectives/{name}");
        pages.push((
            format!("{path}.html"),
            theme.render("retrospective.html", &page)?,
        ));
        pages.push((
            format!("{path}.md"),
            theme.render("retrospective.md", &page)?,
        ));
    }
    let files = subject.attached.values();
    let files = files.filter_map(|file| {
        let path = format!("incidents/{folder}/{}", file.name);
        Some((path, file.bytes.clone()?))
    });
    Ok(bytes(pages).chain(files).collect())
}

/// The pages that are about the whole record.
fn common(
    record: &Record<'_>,
    theme: &Theme,
    request: &Request<'_>,
) -> Result<Vec<(String, Vec<u8>)>, RenderError> {
    let shell = |part, title: &str, depth| Shell::new(record, part, title, depth);
    let index = index_page::page(record, shell("now", "", 0));
    let list = shell("retrospectives", "Retrospectives", 1);
    let list = retrospective_page::list(record, list, request.now);
    let missing = Frame {
        shell: shell("", "Not found", 0).rooted(address_of(request)),
    };
    let feed = theme.render(
        "feed.xml",
        &feed::feed(record, address_of(request), request.identity),
    )?;
    let feed: String = feed.chars().filter(|c| is_xml(*c)).collect();
    let subjects = record.subjects.iter();
    let incidents: Vec<_> = subjects
        .map(|subject| record.json(subject))
        .collect::<Result<_, _>>()?;
    let data = pretty(&serde_json::json!({ "incidents": incidents }))?;
    let mut pages = vec![
        ("index.html".to_owned(), theme.render("index.html", &index)?),
        (
            "retrospectives/index.html".to_owned(),
            theme.render("retrospectives.html", &list)?,
        ),
        ("404.html".to_owned(), theme.render("404.html", &missing)?),
        ("feed.atom".to_owned(), feed),
        ("index.json".to_owned(), data),
    ];
    for year in index_page::years(record) {
        let page = index_page::year(record, &year, shell("history", &year, 1));
        let path = format!("history/{year}.html");
        pages.push((path, theme.render("history.html", &page)?));
    }
    Ok(bytes(pages).collect())
}

fn bytes(pages: Vec<(String, String)>) -> impl Iterator<Item = (String, Vec<u8>)> {
    pages
        .into_iter()
        .map(|(path, text)| (path, text.into_bytes()))
}

/// A page that is nothing but its frame.
#[derive(Serialize)]
struct Frame {
    shell: Shell,
}

fn pretty(json: &Json) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(json)?;
    text.push('\n');
    Ok(text)
}

/// Whether XML 1.0 can hold `c`; controls can come into text as numbers, too.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
