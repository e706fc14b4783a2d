//! Bodies that hold HTML, to Markdown.
//!
//! Status pages take plain text, Markdown or HTML and do not say which. A body is
//! taken as HTML only where it holds a tag that HTML really has; `<SOME/ALL>` is a
//! word like others and stays. Nothing here can fail: what is too much for the
//! converter, whose stack grows with every tag, is given back as it stood.

use htmd::HtmlToMarkdown;
use htmd::options::{BrStyle, BulletListMarker, Options};

/// Tags that end a line.
const BLOCKS: &[&str] = &[
    "p",
    "br",
    "ul",
    "ol",
    "li",
    "div",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "blockquote",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "hr",
    "dl",
    "dt",
    "dd",
];
/// Tags that stand within a line.
const INLINES: &[&str] = &[
    "a", "b", "i", "u", "s", "em", "strong", "code", "del", "small", "sub", "sup", "span", "img",
];
/// How many tags a body may have to be converted.
const MOST: usize = 500;

/// A body as Markdown, or why it is not.
pub(super) enum Body {
    /// Markdown, or plain text.
    Text(String),
    /// More tags than can be converted safely: as it stood.
    TooManyTags(String),
}

/// `body` with its tags, if it has any, as Markdown. Line ends become `\n`.
pub(super) fn markdown(body: &str) -> Body {
    let body = body.replace("\r\n", "\n").replace('\r', "\n");
    let tags: Vec<Tag> = tags(&body).collect();
    if tags.is_empty() {
        return Body::Text(body);
    }
    if tags.len() > MOST {
        return Body::TooManyTags(body);
    }
    if tags.iter().any(|tag| BLOCKS.contains(&tag.name.as_str())) {
        return Body::Text(convert(&body));
    }
    // Without blocks, line ends are what shapes the text; HTML would swallow them.
    let lines = body.split('\n').map(|line| {
        if self::tags(line).next().is_some() {
            convert(line)
        } else {
            line.to_owned()
        }
    });
    Body::Text(lines.collect::<Vec<_>>().join("\n"))
}

fn convert(html: &str) -> String {
    let options = Options {
        bullet_list_marker: BulletListMarker::Dash,
        ul_bullet_spacing: 1,
        ol_number_spacing: 1,
        br_style: BrStyle::Backslash,
        ..Options::default()
    };
    let converter = HtmlToMarkdown::builder().options(options).build();
    let only_known = only_known_tags(html);
    match converter.convert(&only_known) {
        Ok(markdown) if !markdown.trim().is_empty() => markdown,
        _ => html.to_owned(),
    }
}

/// The text with every `<` that begins no known tag as the character it is.
fn only_known_tags(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = 0;
    for (at, _) in html.match_indices('<') {
        if tag_at(html, at).is_none() {
            out.push_str(html.get(rest..at).unwrap_or_default());
            out.push_str("&lt;");
            rest = at + 1;
        }
    }
    out.push_str(html.get(rest..).unwrap_or_default());
    out
}

/// A tag that HTML has.
struct Tag {
    name: String,
}

fn tags(html: &str) -> impl Iterator<Item = Tag> + '_ {
    html.match_indices('<')
        .filter_map(|(at, _)| tag_at(html, at))
}

/// The tag that begins at byte `at`, if HTML has one of that name and it ends. An
/// unfinished tag would swallow the words after it.
fn tag_at(html: &str, at: usize) -> Option<Tag> {
    let rest = html.get(at + 1..)?;
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    let (name, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_alphanumeric())?);
    let name = name.to_ascii_lowercase();
    let known = BLOCKS.contains(&name.as_str()) || INLINES.contains(&name.as_str());
    let attributes = after.get(..after.find(['<', '>'])?)?;
    let even = |quote| attributes.matches(quote).count() % 2 == 0;
    let apart = attributes.is_empty()
        || attributes.starts_with(|c: char| c == '/' || c.is_ascii_whitespace());
    let whole = after.get(attributes.len()..)?.starts_with('>') && even('"') && even('\'');
    (known && apart && whole).then_some(Tag { name })
}
