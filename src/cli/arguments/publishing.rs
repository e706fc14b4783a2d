//! What can be typed to publish, to take in and to describe.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::reading::{Audience, Looking};

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
    /// What times without an offset mean.
    #[arg(
        long,
        value_name = "OFFSET",
        default_value = "+00:00",
        allow_hyphen_values = true
    )]
    pub time_zone: String,
    /// Tell what would be imported, and import nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Append to this branch instead of the current one, without checking it out.
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
}

/// Tools whose records can be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Foreign {
    /// What `annals export --format json` wrote.
    Annals,
    /// Statuspage's public API, version 2: lists, summaries, single incidents.
    Statuspage,
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
