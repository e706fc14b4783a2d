//! Markdown to HTML, to one plain line, and to Markdown that can be quoted.
//!
//! Bodies are hostile: raw HTML is sanitised, links lead only where a page may link,
//! pictures come from the incident's own folder or become links (a page loads nothing
//! from elsewhere), and headings take their place below the page's own. [`Html`] can
//! be made here only, so a template marks as safe what went through here.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Parser, Tag, TagEnd, html};
use serde::Serialize;

use crate::incident::rules::may_link;
use crate::text::html::options;
use crate::text::{self, plain};

/// The files of an incident: name in its folder → where it is.
pub(super) type Files = BTreeMap<String, Linked>;

/// Where a file of an incident is.
pub(super) struct Linked {
    /// Its address from the page; none where it is not published.
    pub(super) href: Option<String>,
    /// Whether a page may show it.
    pub(super) picture: bool,
}

impl Linked {
    /// Its address where a page may show it.
    fn shown(&self) -> Option<&str> {
        self.href.as_deref().filter(|_| self.picture)
    }
}

/// HTML that needs no more escaping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Html(String);

fn parser(body: &str) -> Parser<'_> {
    Parser::new_ext(body, options())
}

/// `body` as HTML whose outermost headings are of level `top`.
pub(super) fn html(body: &str, top: usize, files: &Files) -> Html {
    let events: Vec<Event<'_>> = parser(body).collect();
    let raw = text::html::length(&events);
    let levels: BTreeSet<HeadingLevel> = events.iter().filter_map(heading).collect();
    let levels: Vec<HeadingLevel> = levels.into_iter().collect();
    let written = |events: Vec<Event<'_>>| {
        let mut page = Page {
            files,
            levels: levels.clone(),
            top,
            open: Vec::new(),
        };
        let mut out = String::with_capacity(body.len() * 3 / 2);
        let events = events.into_iter().flat_map(|event| page.event(event));
        html::push_html(&mut out, events);
        out
    };
    if raw == 0 {
        return Html(plain::lines(&written(events)));
    }
    let out = written(events.clone());
    let out = if text::html::is_too_much(&out, raw) {
        written(events.into_iter().map(as_text).collect())
    } else {
        sanitised(&out, files)
    };
    Html(plain::lines(&out))
}

/// The same, raw HTML as text.
fn as_text(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        other => other,
    }
}

fn heading(event: &Event<'_>) -> Option<HeadingLevel> {
    match event {
        Event::Start(Tag::Heading { level, .. }) => Some(*level),
        _ => None,
    }
}

/// What one body is rewritten with.
struct Page<'a> {
    files: &'a Files,
    levels: Vec<HeadingLevel>,
    top: usize,
    /// How each open link or picture is to be closed.
    open: Vec<&'static str>,
}

impl Page<'_> {
    fn event<'e>(&mut self, event: Event<'e>) -> Vec<Event<'e>> {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                vec![Event::Start(Tag::Heading {
                    level: self.level(level),
                    id: None,
                    classes: Vec::new(),
                    attrs: Vec::new(),
                })]
            }
            Event::End(TagEnd::Heading(level)) => {
                vec![Event::End(TagEnd::Heading(self.level(level)))]
            }
            Event::Start(Tag::Table(columns)) => {
                let plain = columns.iter().map(|_| pulldown_cmark::Alignment::None);
                let scroll = Event::Html("<div class=\"scroll\">".into());
                vec![scroll, Event::Start(Tag::Table(plain.collect()))]
            }
            end @ Event::End(TagEnd::Table) => vec![end, Event::Html("</div>\n".into())],
            Event::Start(Tag::Link { dest_url, .. }) => vec![self.link(&dest_url)],
            Event::Start(Tag::Image {
                dest_url, title, ..
            }) => vec![self.picture(&dest_url, title)],
            Event::End(end @ (TagEnd::Link | TagEnd::Image)) => match self.open.pop() {
                Some("image") => vec![Event::End(end)],
                Some(close) => vec![Event::InlineHtml(close.into())],
                None => Vec::new(),
            },
            other => vec![other],
        }
    }

    /// The heading's level on the page: below `top`, without gaps.
    fn level(&self, level: HeadingLevel) -> HeadingLevel {
        let depth = self
            .levels
            .iter()
            .position(|used| *used == level)
            .unwrap_or(0);
        HeadingLevel::try_from((self.top + depth).min(6)).unwrap_or(HeadingLevel::H6)
    }

    /// Opens a picture of the incident's own, or a link to one elsewhere.
    fn picture<'e>(&mut self, address: &str, title: CowStr<'e>) -> Event<'e> {
        let file = self.files.get(&decoded(address));
        let Some(file) = file.and_then(Linked::shown) else {
            return self.link(address);
        };
        self.open.push("image");
        Event::Start(Tag::Image {
            link_type: LinkType::Inline,
            dest_url: file.to_owned().into(),
            title,
            id: CowStr::Borrowed(""),
        })
    }

    /// Opens a link to `address`, or nothing where a page may not link there. A link
    /// inside a link stays words.
    fn link<'e>(&mut self, address: &str) -> Event<'e> {
        let nested = self.open.contains(&"</a>");
        let target = match self.files.get(&decoded(address)) {
            Some(file) => file.href.as_deref(),
            None => Some(address).filter(|address| may_link(address)),
        };
        let Some(target) = target.filter(|_| !nested) else {
            self.open.push("");
            return Event::InlineHtml(CowStr::Borrowed(""));
        };
        self.open.push("</a>");
        let mut tag = String::from("<a rel=\"nofollow noopener\" href=\"");
        tag.push_str(&escaped(target));
        tag.push_str("\">");
        Event::InlineHtml(tag.into())
    }
}

fn escaped(text: &str) -> String {
    ammonia::clean_text(text)
        .replace("&#47;", "/")
        .replace("&#61;", "=")
}

/// `name%20with.png` as the file is called.
fn decoded(address: &str) -> String {
    let address = address.strip_prefix("./").unwrap_or(address);
    address.replace("%20", " ")
}

fn sanitised(markup: &str, files: &Files) -> String {
    let hrefs = files.values().filter_map(|file| file.href.clone());
    let addresses: BTreeSet<String> = hrefs.collect();
    let shown = files.iter();
    let shown = shown.filter_map(|(name, file)| Some((name.clone(), file.shown()?.to_owned())));
    let pictures: BTreeMap<String, String> = shown.collect();
    let sources: BTreeSet<String> = pictures.values().cloned().collect();
    Builder::default()
        .rm_tags(["h1"])
        .url_schemes(["http", "https", "mailto"].into())
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("nofollow noopener"))
        .add_allowed_classes("div", ["scroll"])
        .add_tags(["input"])
        .add_tag_attributes("input", ["disabled", "checked"])
        .add_tag_attribute_values("input", "type", ["checkbox"])
        .attribute_filter(move |element, attribute, value| {
            let local = addresses.contains(value);
            match (element, attribute) {
                (_, "src") if sources.contains(value) => Some(Cow::Borrowed(value)),
                (_, "src") => pictures.get(value).cloned().map(Cow::Owned),
                (_, "href") if local || may_link(value) => Some(Cow::Borrowed(value)),
                (_, "href" | "cite") => None,
                _ => Some(Cow::Borrowed(value)),
            }
        })
        .clean(markup)
        .to_string()
}

/// The words of `body` in one line, without markup.
pub(super) fn words(body: &str) -> String {
    let mut out = String::new();
    for event in parser(body) {
        match event {
            Event::Text(text) | Event::Code(text) => out.push_str(&text),
            Event::SoftBreak
            | Event::HardBreak
            | Event::End(
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableCell,
            ) => out.push(' '),
            _ => {}
        }
    }
    let line = plain::line(&out);
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first sentence of `body`, cut at a word when it is longer than `most` characters.
pub(super) fn first_sentence(body: &str, most: usize) -> String {
    let line = words(body);
    let ends = line.match_indices(['.', '!', '?']).find_map(|(at, mark)| {
        let rest = line.get(at + mark.len()..)?;
        let next = rest.strip_prefix(' ')?.chars().next()?;
        (!next.is_lowercase() && at > 20).then_some(at + mark.len())
    });
    let sentence = ends.and_then(|end| line.get(..end)).unwrap_or(&line);
    shortened(sentence, most)
}

/// `line`, cut at a word when it is longer than `most` characters.
pub(super) fn shortened(line: &str, most: usize) -> String {
    let Some((cut, _)) = line.char_indices().nth(most) else {
        return line.to_owned();
    };
    let head = line.get(..cut).unwrap_or(line);
    let word = head.rfind(' ').filter(|at| *at > cut / 2);
    let kept = word.and_then(|at| head.get(..at)).unwrap_or(head);
    let mut short = kept.trim_end_matches([',', ';', ':', ' ']).to_owned();
    short.push('…');
    short
}

/// One line of text inside Markdown: nothing in it is markup.
pub(super) fn inline(text: &str) -> String {
    let line = plain::line(text);
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '#'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A body inside Markdown, quoted: it cannot open a heading, a fence or HTML outside
/// of its quotation.
pub(super) fn quoted(body: &str) -> String {
    let mut out = String::new();
    for line in tame(body).trim_end().lines() {
        out.push_str(if line.is_empty() { ">" } else { "> " });
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// A body inside Markdown as it is, where everything that it opens it also closes;
/// quoted otherwise.
pub(super) fn embedded(body: &str) -> String {
    let mut probe = tame(body).trim().to_owned();
    let length = probe.len();
    probe.push_str("\n\n***\n");
    let closed = Parser::new_ext(&probe, options())
        .into_offset_iter()
        .any(|(event, range)| event == Event::Rule && range.start >= length);
    if closed {
        probe.truncate(length);
        probe
    } else {
        quoted(body)
    }
}

/// `body` with raw HTML and forbidden links turned into words.
fn tame(body: &str) -> String {
    let body = plain::lines(body);
    let mut wild: BTreeMap<usize, &str> = BTreeMap::new();
    for (event, range) in Parser::new_ext(&body, options()).into_offset_iter() {
        let marks: &[char] = match &event {
            Event::Html(_) | Event::InlineHtml(_) => &['<'],
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. })
                if dest_url.contains(':') && !may_link(dest_url) =>
            {
                &['[', '<']
            }
            _ => continue,
        };
        let text = body.get(range.clone()).unwrap_or_default();
        wild.extend(
            text.match_indices(marks)
                .map(|(at, mark)| (range.start + at, mark)),
        );
    }
    let mut out = String::with_capacity(body.len());
    let mut done = 0;
    for (at, mark) in wild {
        out.push_str(body.get(done..at).unwrap_or_default());
        out.push_str(if mark == "<" { "&lt;" } else { "\\[" });
        done = at + mark.len();
    }
    out.push_str(body.get(done..).unwrap_or_default());
    out
}
