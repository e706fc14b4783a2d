//! What can be typed. Nothing here does anything.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::text::moment::Moment;

/// Incidents as code: an append-only incident record in Git, rules that act on it, and
/// the site that shows it.
#[derive(Debug, Parser)]
#[command(
    name = "annals",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(
    after_help = "Exit codes: 0 fine, 1 findings, 2 wrong usage or configuration, 3 an action failed or is unknown, 4 the repository, remote or ledger could not be used."
)]
pub struct Arguments {
    /// What every verb takes.
    #[command(flatten)]
    pub everywhere: Everywhere,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What every verb takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Everywhere {
    /// The repository, or a folder inside it.
    #[arg(long, value_name = "DIR", global = true)]
    pub repo: Option<PathBuf>,
    /// The present, as in RFC 3339; the clock's by default.
    #[arg(long, value_name = "TIME", global = true, value_parser = moment)]
    pub now: Option<Moment>,
    /// How data is printed, where there is data: text, json, markdown or html.
    #[arg(
        long,
        value_name = "FORMAT",
        global = true,
        default_value = "text",
        hide_possible_values = true
    )]
    pub format: Format,
}

/// How data is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For pages and pull requests.
    Markdown,
    /// A page of its own.
    Html,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Make a repository ready: folders, annals.yaml, a sample automation, the ledger, CI.
    Init(Init),
    /// Declare an incident.
    Declare(Declare),
    /// Say something about an incident.
    Comment(Comment),
    /// Change facts of an incident.
    Update(Update),
    /// Say that an incident is over.
    Resolve(Word),
    /// Say that an incident goes on after all.
    Reopen(Word),
    /// Put a file on an incident's timeline.
    Attach(Attach),
    /// Show what is open, or everything.
    List(List),
    /// Show one incident whole.
    Show(One),
    /// Print one incident's timeline as Markdown, HTML or JSON.
    Report(One),
    /// Print what templates see of one incident.
    Data(One),
    /// Find everything that is wrong in the files.
    Check(Check),
    /// Print the events that commits mean, as Prefect's API takes them.
    Events(Events),
    /// Tell what a merge would set off, without doing any of it.
    Plan(Plan),
    /// Evaluate what is new on the record branch and act on it, once.
    Run(Run),
    /// Show what was done.
    Ledger(Ledger),
    /// Build the site.
    Build(Build),
    /// Take in another tool's record.
    Import(Import),
    /// Print a JSON Schema (draft-07).
    Schema(Schema),
    /// Print a shell's completions.
    Completions(Completions),
    /// Write the manual pages.
    Man(Man),
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// Where pull requests are: which CI files to write.
    #[arg(long, value_name = "FORGE", default_value = "github")]
    pub forge: Forge,
    /// What the site is called.
    #[arg(long, value_name = "TITLE", default_value = "Incidents")]
    pub title: String,
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
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub at: Option<Moment>,
    /// Keep it out of public builds.
    #[arg(long)]
    pub internal: bool,
    /// Append to this branch instead of the current one, without checking it out.
    #[arg(long, value_name = "NAME", conflicts_with = "no_commit")]
    pub branch: Option<String>,
    /// Only write the file; neither stage nor commit it.
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
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub started_at: Option<Moment>,
    /// When it was noticed, if known.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub detected_at: Option<Moment>,
    /// Maintenance: when the work begins.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub scheduled_for: Option<Moment>,
    /// Maintenance: when the work is to be done.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub scheduled_until: Option<Moment>,
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

/// Arguments of `update`.
#[derive(Debug, Args)]
pub struct Update {
    /// The incident: its id, or any part of it that means only one.
    pub id: String,
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
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub started_at: Option<Moment>,
    /// When it was noticed.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub detected_at: Option<Moment>,
    /// When somebody took it on.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub acknowledged_at: Option<Moment>,
    /// When people stopped feeling it.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub mitigated_at: Option<Moment>,
    /// Maintenance: when the work begins.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub scheduled_for: Option<Moment>,
    /// Maintenance: when the work is to be done.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub scheduled_until: Option<Moment>,
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
    /// What it shows.
    #[arg(long, value_name = "TEXT")]
    pub caption: Option<String>,
    /// How it is appended.
    #[command(flatten)]
    pub appending: Appending,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct List {
    /// Show what is over, too.
    #[arg(long)]
    pub all: bool,
    /// What the record held at this commit.
    #[arg(long, value_name = "REV")]
    pub commit: Option<String>,
}

/// Arguments of verbs about one incident.
#[derive(Debug, Args)]
pub struct One {
    /// The incident: its id, or any part of it that means only one.
    pub id: String,
    /// What the record held at this commit.
    #[arg(long, value_name = "REV")]
    pub commit: Option<String>,
    /// For whom: what is internal is left out for the public.
    #[arg(long, value_name = "WHO", default_value = "internal")]
    pub audience: Audience,
}

/// For whom something is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Audience {
    /// Everybody.
    Public,
    /// One's own people.
    Internal,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Check what the record holds at this commit instead of the folder.
    #[arg(long, value_name = "REV")]
    pub commit: Option<String>,
}

/// Arguments of `events`.
#[derive(Debug, Args)]
pub struct Events {
    /// Only what came after this commit.
    #[arg(long, value_name = "REV")]
    pub since: Option<String>,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// What it would be merged into; the record branch by default.
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// What would be merged.
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    pub head: String,
}

/// Arguments of `run` and `ledger adopt`.
#[derive(Debug, Args)]
pub struct Run {
    /// The remote to fetch from and push to; by default `origin` where there is one.
    #[arg(long, value_name = "NAME")]
    pub remote: Option<String>,
}

/// Arguments of `ledger`.
#[derive(Debug, Args)]
pub struct Ledger {
    /// What to do instead of showing it.
    #[command(subcommand)]
    pub verb: Option<LedgerVerb>,
}

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub enum LedgerVerb {
    /// Let this repository's remote be the one that the ledger acts from.
    Adopt(Run),
}

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
    /// What the record holds at this commit instead of the folder.
    #[arg(long, value_name = "REV")]
    pub commit: Option<String>,
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

fn moment(text: &str) -> Result<Moment, String> {
    Moment::parse(text).map_err(|fault| format!("{fault}: {}", fault.help()))
}
