//! Templates: the room that names Tera.
//!
//! Two uses share it: the site's pages, a set of named templates in which a user's
//! file takes the place of a built-in one, and payload templates, the short texts of
//! actions. Neither can reach a clock, chance, the environment, files or the network:
//! Tera's own functions have none of these, and none is added. Payload templates are
//! bounded besides (`bounds.rs`), since anybody's pull request may bring one; the site's
//! pages are the team's own, as a build script is.

use std::sync::Arc;

use serde_json::Value as Json;
use tera::{Context, ErrorKind, Kwargs, State, Tera, Value};

mod bounds;
mod lexer;
pub mod paths;
pub mod places;
mod steps;

use bounds::Bounded;
use steps::{Limited, Steps};

/// A template that cannot be read or rendered. The message names file, line and
/// column, and what would have been there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadTemplate(String);

impl BadTemplate {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// What is wrong with a text that stands in a file of another kind: in one line, without
    /// a drawing of a file that nobody has.
    fn in_text(fault: &tera::Error) -> Self {
        match fault.kind() {
            ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
                Self::new(report.message())
            }
            _ => {
                let said = fault.to_string();
                let line = said.lines().next().unwrap_or_default();
                Self::new(line.trim_start_matches("error: "))
            }
        }
    }
}

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
        // Tera's parser calls itself once for each, and a page of a pull request is to stop no
        // check of it.
        if let Some((name, _)) = own
            .iter()
            .find(|(_, text)| text.matches("elif").count() > 1_000)
        {
            return Err(BadTemplate::new(format!("{name}: more than 1,000 `elif`")));
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

/// What the payload templates of one action are filled with, and what is left of the
/// bounds that they share.
pub struct Filling {
    tera: Tera,
    context: Context,
    steps: Arc<Steps>,
    /// How many bytes were made so far.
    made: usize,
}

impl Filling {
    /// One over the keys of `data`.
    pub fn new(data: &Json) -> Result<Self, BadTemplate> {
        let steps = Arc::new(Steps::over(size(data)));
        Ok(Self {
            tera: for_payloads(&steps),
            context: Context::from_serialize(data)?,
            steps,
            made: 0,
        })
    }

    /// Renders one template, without escaping. The filter `tojson` (Prefect's name for it;
    /// `json_encode` is Tera's) writes a value as JSON, quotes included.
    pub fn fill(&mut self, template: &str) -> Result<String, BadTemplate> {
        let bounded = read(template, &mut self.tera)?;
        let mut output = Limited::default();
        let rendered = self.steps.begin(&bounded).and_then(|()| {
            let source = &bounded.source;
            self.tera
                .render_str_to(source, &self.context, false, &mut output)
        });
        self.made += output.written.len();
        if output.is_full || self.made > steps::LONGEST {
            return Err(BadTemplate::new("what it makes is longer than 64 kB"));
        }
        rendered.map_err(|fault| BadTemplate::in_text(&fault))?;
        String::from_utf8(output.written).map_err(|fault| BadTemplate::new(fault.to_string()))
    }
}

/// Whether a payload template can be read, and is bounded. Nothing of it runs.
pub fn check(template: &str) -> Result<(), BadTemplate> {
    let mut tera = for_payloads(&Arc::new(Steps::over(0)));
    read(template, &mut tera).map(|_| ())
}

/// Reads a payload template: first as it stands, so that faults are told of what a person
/// wrote, then its bounds.
fn read(template: &str, tera: &mut Tera) -> Result<Bounded, BadTemplate> {
    const NAME: &str = "payload";
    bounds::before_parsing(template)?;
    let parsed = tera.add_raw_template(NAME, template);
    parsed.map_err(|fault| BadTemplate::in_text(&fault))?;
    Bounded::of(template)
}

fn for_payloads(steps: &Arc<Steps>) -> Tera {
    let mut tera = Tera::new();
    steps::equip(&mut tera, steps);
    tera
}

/// How large data is, in bytes: its texts and keys, and a little for each value.
fn size(data: &Json) -> usize {
    const EACH: usize = 8;
    let own = match data {
        Json::String(text) => text.len(),
        Json::Array(items) => items.iter().map(size).sum(),
        Json::Object(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| key.len() + size(value));
            pairs.sum()
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => 0,
    };
    own + EACH
}
