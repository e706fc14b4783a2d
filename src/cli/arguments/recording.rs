//! What can be typed to record something: `init`, and every verb that appends.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::time;
use crate::text::typed_time::TypedTime;

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// Where pull requests are: which CI files to write.
    #[arg(long, value_name = "FORGE", default_value = "github")]
    pub forge: Forge,
    /// What the site is called.
    #[arg(long, value_name = "TITLE", default_value = "Incidents")]
    pub title: String,
    /// Where the CI files get annals from: ADDRESS@REVISION of a Git repository, a wheel or a
    /// path; the forge's variable `ANNALS_INSTALL` overrides it.
    #[arg(long, value_name = "PLACE")]
    pub install: Option<String>,
}

/// Where pull requests are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Forge {
    /// GitHub.
    Github,
    /// GitLab.
    Gitlab,
    /// Forgejo and Gitea.
    Forgejo,
}

/// What every verb takes that appends.
#[derive(Debug, Args)]
#[command(next_help_heading = "Recording")]
pub struct Appending {
    /// Who says so; by default who commits.
    #[arg(long, value_name = "PERSON")]
    pub by: Option<String>,
    /// When it happened; by default now.
    #[arg(long, value_name = "TIME", value_parser = time, allow_hyphen_values = true)]
    pub at: Option<TypedTime>,
    /// Keep it out of public builds.
    #[arg(long)]
    pub internal: bool,
    /// Where it goes.
    #[command(flatten)]
    pub destination: Destination,
}

/// Where something is appended.
#[derive(Debug, Args)]
#[command(next_help_heading = "Recording")]
pub struct Destination {
    /// Append to this branch instead of the current one, without checking it out.
    #[arg(long, value_name = "NAME", conflicts_with = "no_commit")]
    pub branch: Option<String>,
    /// Append to the branch as its remote has it, and push; the local branch follows.
    #[arg(long, conflicts_with = "no_commit")]
    pub push: bool,
    /// Only write to the folder; neither stage nor commit.
    #[arg(long)]
    pub no_commit: bool,
}

/// Arguments of `declare`.
#[derive(Debug, Args)]
pub struct Declare {
    /// What people are to call it.
    pub title: String,
    /// How bad it is: a word of the vocabulary.
    #[arg(long, value_name = "WORD")]
    pub severity: String,
    /// What happened, in Markdown; `-` reads standard input.
    #[arg(long, value_name = "TEXT")]
    pub summary: Option<String>,
    /// What it touches: ID[,role=R][,name=N][,impact=I].
    #[arg(long = "resource", value_name = "RESOURCE")]
    pub resources: Vec<String>,
    /// A word to find it by.
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Who does what: ROLE=PERSON.
    #[arg(long = "role", value_name = "ROLE=PERSON")]
    pub roles: Vec<String>,
    /// A page elsewhere: TITLE=URL.
    #[arg(long = "link", value_name = "TITLE=URL")]
    pub links: Vec<String>,
    /// Incident, maintenance or drill.
    #[arg(long, value_name = "KIND", default_value = "incident")]
    pub kind: Kind,
    /// The first status.
    #[arg(long, value_name = "WORD")]
    pub status: Option<String>,
    /// When its impact began, if known.
    #[arg(long, value_name = "TIME", value_parser = time, allow_hyphen_values = true)]
    pub started_at: Option<TypedTime>,
    /// When it was noticed, if known.
    #[arg(long, value_name = "TIME", value_parser = time, allow_hyphen_values = true)]
    pub detected_at: Option<TypedTime>,
    /// Maintenance: when the work begins.
    #[arg(long, value_name = "TIME", value_parser = time, allow_hyphen_values = true)]
    pub scheduled_for: Option<TypedTime>,
    /// Maintenance: when the work is to be done.
    #[arg(long, value_name = "TIME", value_parser = time, allow_hyphen_values = true)]
    pub scheduled_until: Option<TypedTime>,
    /// The id, instead of one made from day, title and content.
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// How it is appended.
    #[command(flatten)]
    pub appending: Appending,
}

/// What sort of thing is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Something broke.
    Incident,
    /// Work announced ahead.
    Maintenance,
    /// An exercise.
    Drill,
}

/// Arguments of `comment`.
#[derive(Debug, Args)]
pub struct Comment {
    /// The incident: its id, or any part of it that means only one.
    pub id: String,
    /// The words, in Markdown; `-` reads standard input; none opens the editor.
    pub text: Option<String>,
    /// Let it stand out at the top.
    #[arg(long)]
    pub pin: bool,
    /// How it is appended.
    #[command(flatten)]
    pub appending: Appending,
}

/// Facts of an incident.
#[derive(Debug, Args)]
pub struct Facts {
    /// Where the response stands.
    #[arg(long, value_name = "WORD")]
    pub status: Option<String>,
    /// How bad it is.
    #[arg(long, value_name = "WORD")]
    pub severity: Option<String>,
    /// What people are to call it.
    #[arg(long, value_name = "TITLE")]
    pub title: Option<String>,
    /// What happened, in Markdown; `-` reads standard input.
    #[arg(long, value_name = "TEXT")]
    pub summary: Option<String>,
    /// When its impact began.
    #[arg(long, value_name = "TIME", value_parser = time, allow_hyphen_values = true)]
    pub started_at: Option<TypedTime>,
    /// When it was noticed.
    #[arg(long, value_name = "TIME", value_parser = time, allow_hyphen_values = true)]
    pub detected_at: Option<TypedTime>,
    /// When somebody took it on.
    #[arg(long, value_name = "TIME", value_parser = time, allow_hyphen_values = true)]
    pub acknowledged_at: Option<TypedTime>,
    /// When people stopped feeling it.
    #[arg(long, value_name = "TIME", value_parser = time, allow_hyphen_values = true)]
    pub mitigated_at: Option<TypedTime>,
    /// Maintenance: when the work begins.
    #[arg(long, value_name = "TIME", value_parser = time, allow_hyphen_values = true)]
    pub scheduled_for: Option<TypedTime>,
    /// Maintenance: when the work is to be done.
    #[arg(long, value_name = "TIME", value_parser = time, allow_hyphen_values = true)]
    pub scheduled_until: Option<TypedTime>,
    /// A tag that joins.
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// A tag that leaves.
    #[arg(long = "remove-tag", value_name = "TAG")]
    pub remove_tags: Vec<String>,
    /// A resource that joins, or is replaced: ID[,role=R][,name=N][,impact=I].
    #[arg(long = "resource", value_name = "RESOURCE")]
    pub resources: Vec<String>,
    /// A resource that leaves, by its id.
    #[arg(long = "remove-resource", value_name = "ID")]
    pub remove_resources: Vec<String>,
    /// Who does what: ROLE=PERSON; ROLE= takes the role from whoever has it.
    #[arg(long = "role", value_name = "ROLE=PERSON")]
    pub roles: Vec<String>,
    /// A page elsewhere that joins: TITLE=URL.
    #[arg(long = "link", value_name = "TITLE=URL")]
    pub links: Vec<String>,
    /// A page elsewhere that leaves, by its address.
    #[arg(long = "remove-link", value_name = "URL")]
    pub remove_links: Vec<String>,
}

/// Arguments of `update`.
#[derive(Debug, Args)]
pub struct Update {
    /// The incident: its id, or any part of it that means only one.
    pub id: String,
    /// What changes.
    #[command(flatten)]
    pub facts: Facts,
    /// Why, in Markdown; `-` reads standard input.
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// How it is appended.
    #[command(flatten)]
    pub appending: Appending,
}

/// Arguments of `resolve` and `reopen`.
#[derive(Debug, Args)]
pub struct Word {
    /// The incident: its id, or any part of it that means only one.
    pub id: String,
    /// Which status exactly; by default the vocabulary's first of that phase.
    #[arg(long, value_name = "WORD")]
    pub status: Option<String>,
    /// Why, in Markdown; `-` reads standard input.
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// How it is appended.
    #[command(flatten)]
    pub appending: Appending,
}

/// Arguments of `attach`.
#[derive(Debug, Args)]
pub struct Attach {
    /// The incident: its id, or any part of it that means only one.
    pub id: String,
    /// The file; it is copied into the incident's folder.
    pub file: PathBuf,
    /// Attach it under this name [default: the file's own].
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// What it shows.
    #[arg(long, value_name = "TEXT")]
    pub caption: Option<String>,
    /// How it is appended.
    #[command(flatten)]
    pub appending: Appending,
}
