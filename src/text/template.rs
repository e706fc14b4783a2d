//! Templates: the one file that names Tera.
//!
//! Two uses share it: the site's pages, a set of named templates in which a user's
//! file takes the place of a built-in one, and the short texts of actions. Neither
//! can reach a clock, chance, the environment, files or the network: Tera's own
//! functions have none of these, and none is added.

use serde_json::Value as Json;
use tera::{Context, Kwargs, State, Tera, Value};

/// A template that cannot be read or rendered. The message names file, line and
/// column, and what would have been there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadTemplate(String);

impl From<tera::Error> for BadTemplate {
    fn from(fault: tera::Error) -> Self {
        let said = fault.to_string();
        Self(said.trim_start_matches("error: ").trim_end().to_owned())
    }
}

/// A filter that turns text into HTML which is then not escaped again.
pub type HtmlFilter = fn(&str) -> String;

/// A set of named templates. Names that end in `.html`, `.xml` or `.svg` escape what
/// they print; others print it as it is.
pub struct Templates(Tera);

impl Templates {
    /// Reads the built-in templates and the user's own. A user's file takes the place
    /// of the built-in one with the same name, and may still extend or include that
    /// as `default/NAME`.
    pub fn new<'a>(
        builtin: impl IntoIterator<Item = (&'a str, &'a str)>,
        own: impl IntoIterator<Item = (&'a str, &'a str)>,
        filters: &[(&'static str, HtmlFilter)],
    ) -> Result<Self, BadTemplate> {
        let mut tera = Tera::new();
        tera.autoescape_on(vec![".html", ".xml", ".svg"]);
        for (name, filter) in filters {
            let filter = *filter;
            tera.register_filter(*name, move |text: &str, _: Kwargs, _: &State| {
                Value::safe_string(&filter(text))
            });
        }
        let own: Vec<(&str, &str)> = own.into_iter().collect();
        let mut all: Vec<(String, &str)> = Vec::new();
        for (name, text) in builtin {
            all.push((format!("default/{name}"), text));
            if !own.iter().any(|(own, _)| *own == name) {
                all.push((name.to_owned(), text));
            }
        }
        all.extend(own.iter().map(|(name, text)| ((*name).to_owned(), *text)));
        tera.add_raw_templates(all.iter().map(|(name, text)| (name.as_str(), *text)))?;
        Ok(Self(tera))
    }

    /// Renders the template `name` over the keys of `data`.
    pub fn render(&self, name: &str, data: &Json) -> Result<String, BadTemplate> {
        Ok(self.0.render(name, &Context::from_serialize(data)?)?)
    }
}

/// Renders one short template, such as the body of a webhook, without escaping. The
/// filter `tojson` (Prefect's name for it) writes a value as JSON, quotes included.
pub fn fill(template: &str, data: &Json) -> Result<String, BadTemplate> {
    let context = Context::from_serialize(data)?;
    Ok(for_texts().render_str(template, &context, false)?)
}

/// Whether a short template can be read at all, whatever it will be filled with.
pub fn check(template: &str) -> Result<(), BadTemplate> {
    Ok(for_texts().add_raw_template("template", template)?)
}

fn for_texts() -> Tera {
    let mut tera = Tera::new();
    tera.register_filter("tojson", |value: &Value, _: Kwargs, _: &State| {
        serde_json::to_string(value).map_err(|fault| tera::Error::message(fault.to_string()))
    });
    tera
}
