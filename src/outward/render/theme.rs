//! The built-in templates, a user's own, and the rules by which they print.
//!
//! `templates/` is embedded whole. A user's file of the same name takes the place of a
//! built-in one. What lies under `assets/` is copied, not rendered.

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use serde::Serialize;

use super::{RenderError, address, markdown};
use crate::text::template::{HtmlFilter, Templates};

static BUILTIN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");
const ASSETS: &str = "assets/";
/// The style sheet.
pub(super) const STYLE: &str = "assets/annals.css";

/// Templates and assets, ready to be used.
pub(super) struct Theme {
    templates: Templates,
    /// What is copied: path → bytes.
    pub(super) assets: BTreeMap<String, Vec<u8>>,
}

impl Theme {
    /// The built-in theme with the user's `own` files in place of those of the same name.
    pub(super) fn new(own: &[(String, String)]) -> Result<Self, RenderError> {
        let files: Vec<(&str, &[u8])> = walk(&BUILTIN)
            .into_iter()
            .filter_map(|file| Some((file.path().to_str()?, file.contents())))
            .collect();
        let own_files = own
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_bytes()));
        let assets = files
            .iter()
            .copied()
            .chain(own_files)
            .filter(|(name, _)| name.starts_with(ASSETS))
            .map(|(name, bytes)| (name.to_owned(), bytes.to_vec()))
            .collect();
        let builtin = files
            .iter()
            .filter(|(name, _)| !name.starts_with(ASSETS))
            .filter_map(|(name, bytes)| Some((*name, std::str::from_utf8(bytes).ok()?)));
        let own = own
            .iter()
            .filter(|(name, _)| !name.starts_with(ASSETS))
            .map(|(name, text)| (name.as_str(), text.as_str()));
        let filters: [(&'static str, HtmlFilter); 4] = [
            ("page", address::page),
            ("inline", markdown::inline),
            ("quoted", markdown::quoted),
            ("embedded", markdown::embedded),
        ];
        Ok(Self {
            templates: Templates::new(builtin, own, &filters)?,
            assets,
        })
    }

    /// `page` through the template `name`.
    pub(super) fn render<T: Serialize>(&self, name: &str, page: &T) -> Result<String, RenderError> {
        let page = serde_json::to_value(page)?;
        Ok(self.templates.render(name, &page)?)
    }

    /// The style sheet as text, for a page that stands alone.
    pub(super) fn style(&self) -> String {
        let bytes = self.assets.get(STYLE).map_or(&[][..], Vec::as_slice);
        String::from_utf8_lossy(bytes).into_owned()
    }
}

fn walk<'a>(folder: &'a Dir<'a>) -> Vec<&'a include_dir::File<'a>> {
    let below = folder.dirs().flat_map(walk);
    folder.files().chain(below).collect()
}
