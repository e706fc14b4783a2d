//! What people wrote about an incident afterwards: `retrospective.md`.
//!
//! An ordinary file that may be edited like any other. A front matter says who may
//! see it, where it stands and what is to follow; the words below are theirs. All
//! else in a retrospective (facts, timeline, durations) is computed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::declaration::Visibility;
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::form::Form;
use crate::text::front_matter;
use crate::text::moment::Day;
use crate::text::source::{Source, Span};
use crate::text::yaml;

/// Where a retrospective stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Being written.
    #[default]
    Draft,
    /// Being read by others.
    InReview,
    /// Read and agreed.
    Reviewed,
    /// Its follow-ups are done.
    Closed,
}

/// What a follow-up is meant to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Aim {
    /// Make the next one hurt less.
    Mitigate,
    /// Keep it from happening.
    Prevent,
    /// Notice it sooner.
    Detect,
    /// Work differently.
    Process,
    /// Put right what was damaged.
    RepairData,
}

/// Whether a follow-up is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Not yet.
    #[default]
    Open,
    /// Done.
    Done,
    /// Decided against.
    Dropped,
}

/// Something to be done so that it does not happen again, or hurts less.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub struct FollowUp {
    /// A short name within the retrospective.
    #[serde(default)]
    pub id: Option<String>,
    /// What is to be done.
    #[schemars(length(min = 1))]
    pub title: String,
    /// Who sees to it.
    #[serde(default)]
    pub owner: Option<String>,
    /// What it is meant to do.
    #[serde(default, rename = "type")]
    pub aim: Option<Aim>,
    /// By when.
    #[serde(default)]
    pub due: Option<Day>,
    /// Whether it is done.
    #[serde(default)]
    pub state: Progress,
    /// Where the work is tracked.
    #[serde(default)]
    pub link: Option<String>,
}

/// The front matter of a retrospective.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "The front matter of a retrospective", extend("additionalProperties" = false, "patternProperties" = {"^x-": {}}))]
pub struct FrontMatter {
    /// Who may see it: internal unless it says public.
    #[serde(default = "internal")]
    pub visibility: Visibility,
    /// Where it stands.
    #[serde(default)]
    pub status: Standing,
    /// Who answers for it.
    #[serde(default)]
    pub owner: Option<String>,
    /// What is to follow.
    #[serde(default)]
    pub follow_ups: Vec<FollowUp>,
}

fn internal() -> Visibility {
    Visibility::Internal
}

impl Default for FrontMatter {
    fn default() -> Self {
        Self {
            visibility: Visibility::Internal,
            status: Standing::Draft,
            owner: None,
            follow_ups: Vec::new(),
        }
    }
}

/// A retrospective: its front matter and its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Retrospective {
    /// The file.
    pub path: String,
    /// What the front matter says.
    #[serde(flatten)]
    pub front: FrontMatter,
    /// The words below it, in Markdown.
    pub body: String,
}

impl Retrospective {
    /// Reads a retrospective. A front matter that cannot be read leaves the words, kept
    /// internal, and says what is wrong.
    pub fn read(source: &Source, form: &Form<FrontMatter>) -> (Self, Vec<Diagnostic>) {
        let Some((front, body)) = front_matter::split(source.text()) else {
            let whole = Self {
                path: source.path().to_owned(),
                front: FrontMatter::default(),
                body: source.text().to_owned(),
            };
            return (whole, Vec::new());
        };
        let matter = Source::new(source.path(), front);
        let (front, found) = match yaml::parse(&matter) {
            Ok(node) if node.is_null() => (Some(FrontMatter::default()), Vec::new()),
            Ok(node) => form.read(&matter, &node),
            Err(fault) => (None, vec![*fault]),
        };
        let front = front.unwrap_or_default();
        (
            Self {
                path: source.path().to_owned(),
                front,
                body: body.to_owned(),
            },
            found,
        )
    }
}

/// What `check` says of a front matter that is opened and never closed.
pub fn unclosed(source: &Source) -> Option<Diagnostic> {
    let opens = source.text().starts_with("---\n") && front_matter::split(source.text()).is_none();
    opens.then(|| {
        let span = Span { start: 0, end: 3 };
        source
            .error(
                Code::YamlSyntax,
                span,
                "the front matter is opened and never closed",
            )
            .help("close it with a line `---`")
    })
}
