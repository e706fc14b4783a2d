//! What is the same on every page: the site's name, its navigation, where its root is.

use serde::Serialize;

use super::record::Record;
use super::words::When;
use crate::text::plain;

/// The frame around a page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Shell {
    /// The page's title.
    title: String,
    /// What leads from the page to the root of the site: empty, or `../`.
    root: String,
    /// The site's name.
    site: String,
    /// The site's picture, from the root.
    logo: Option<String>,
    /// Which part of the site this is.
    part: &'static str,
    /// Whether this is a build for one's own people.
    internal: bool,
    /// The commit that was read, on pages that are about the whole record.
    head: Option<Head>,
    /// The style sheet itself, on a page that stands alone.
    style: Option<String>,
    /// What leads from the page to the folder of incidents.
    incidents: String,
}

/// The commit that was read.
#[derive(Clone, Debug, Serialize)]
struct Head {
    commit: String,
    when: When,
}

impl Shell {
    /// The frame of a page `depth` folders below the root.
    pub(super) fn new(record: &Record<'_>, part: &'static str, title: &str, depth: usize) -> Self {
        let site = &record.archive.settings.site;
        let head = record.archive.head.as_ref();
        let root = "../".repeat(depth);
        Self {
            title: plain::line(title),
            incidents: match part {
                "incident" => String::new(),
                _ => format!("{root}incidents/"),
            },
            root,
            site: plain::line(&site.title),
            logo: record.logo.as_ref().map(|(path, _)| path.clone()),
            part,
            internal: record.lens.internal,
            head: head.and_then(|head| {
                Some(Head {
                    commit: record.lens.commit(Some(head))?,
                    when: When::of(head.at),
                })
            }),
            style: None,
        }
    }

    /// The frame of a page that is read outside of the site.
    pub(super) fn alone(mut self, style: String, base: Option<&str>) -> Self {
        self.style = Some(style);
        self.rooted(base)
    }

    /// The frame of a page that may be shown at any address: it leads to `base`.
    pub(super) fn rooted(mut self, base: Option<&str>) -> Self {
        if let Some(base) = base {
            self.root = format!("{}/", base.trim_end_matches('/'));
            self.incidents = format!("{}incidents/", self.root);
        }
        self
    }

    /// What leads from the page to the folder of incidents.
    pub(super) fn incidents(&self) -> &str {
        &self.incidents
    }
}
