//! What can be typed to publish, to take in and to describe.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::reading::{Audience, Looking};
use super::recording::Destination;
use crate::text::moment::Moment;

/// Arguments of `build`.
#[derive(Debug, Args)]
pub struct Build {
    /// Where the site goes.
    #[arg(long, value_name = "DIR", default_value = "public")]
    pub out: PathBuf,
    /// For whom.
    #[arg(long, value_name = "WHO", default_value = "public")]
    pub audience: Audience,
    /// Where the site will stand, for feeds; `site.url` by default.
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// As of when.
    #[command(flatten)]
    pub looking: Looking,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub struct Import {
    /// Which tool's.
    pub from: Foreign,
    /// A file, or a folder of them.
    pub path: PathBuf,
    /// What times without an offset mean: `+02:00`, `CET`, or a region such as `Europe/London`.
    #[arg(
        long,
        value_name = "ZONE",
        default_value = "+00:00",
        allow_hyphen_values = true
    )]
    pub time_zone: String,
    /// Whose record it is, where the files do not say: the name of a status page.
    #[arg(long, value_name = "NAME")]
    pub page: Option<String>,
    /// When incidents that name no time at all were declared; without it they are left
    /// out.
    #[arg(long, value_name = "TIME")]
    pub undated: Option<Moment>,
    /// Tell what would be imported, and import nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Where it goes.
    #[command(flatten)]
    pub destination: Destination,
}

/// Tools whose records can be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Foreign {
    /// What `annals export --format json` wrote.
    Annals,
    /// Statuspage's public API, version 2: lists, summaries, single incidents.
    Statuspage,
    /// Tables of a Statuspage's history, one row an incident.
    StatuspageCsv,
    /// cState's content/issues.
    Cstate,
    /// Google Cloud's incidents.json, of before and after 2021.
    GoogleCloud,
    /// The data.json of the AWS service health dashboard.
    Aws,
    /// The status site of `DatoCMS`: one JSON file an incident or maintenance.
    Datocms,
    /// Post-mortems with a front matter, as icco/postmortems keeps them.
    Postmortems,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct Schema {
    /// Of what.
    pub of: SchemaOf,
}

/// What there is a schema of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// An incident's file.
    Incident,
    /// An entry.
    Entry,
    /// The front matter of a retrospective.
    Retrospective,
    /// annals.yaml.
    Settings,
    /// A file of automations/.
    Automation,
    /// A file of golden tests.
    Test,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// For which shell.
    pub shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct Man {
    /// Where the pages go; by default the main page is printed.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}
