//! What can be typed. Nothing here does anything.

mod correcting;
mod deciding;
mod exporting;
mod publishing;
mod reading;
mod recording;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::text::moment::BadTime;
use crate::text::typed_time::TypedTime;

pub use correcting::{Correct, Redact, Restore, Retract, Target};
pub use deciding::{Adopt, Diff, Events, Explain, Ledger, LedgerVerb, Plan, Replay, Run, Test};
pub use exporting::{Export, Stats};
pub use publishing::{Build, Completions, Foreign, Import, Man, Schema, SchemaOf};
pub use reading::{Audience, Check, List, Looking, One};
pub use recording::{
    Appending, Attach, Comment, Declare, Destination, Facts, Forge, Init, Kind, Update, Word,
};

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
    /// The repository, or a folder inside it [default: `ANNALS_REPO`, else the current folder].
    #[arg(long, value_name = "DIR", global = true)]
    pub repo: Option<PathBuf>,
    /// Pretend that it is this time [default: now].
    #[arg(long, value_name = "TIME", global = true, value_parser = time, allow_hyphen_values = true)]
    pub now: Option<TypedTime>,
    /// How data is printed, where there is data: text, json, markdown, html, csv, openmetrics or junit.
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
    /// For spreadsheets.
    Csv,
    /// For monitoring.
    #[value(name = "openmetrics")]
    OpenMetrics,
    /// For what shows the results of tests.
    #[value(name = "junit")]
    JUnit,
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
    /// Put what should have been said in the place of an earlier entry; both stay readable.
    Correct(Correct),
    /// Take an earlier entry back; it stays readable and no longer counts.
    Retract(Retract),
    /// Hide the words of an earlier entry in everything that is shown; facts stay.
    Redact(Redact),
    /// Add back, byte for byte, what a revert took out.
    Restore(Restore),
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
    /// Tell in words what commits say about incidents.
    Diff(Diff),
    /// Print the events that commits mean, as Prefect's API takes them.
    Events(Events),
    /// Tell what a merge would set off, without doing any of it.
    Plan(Plan),
    /// Tell why an automation fired on an event, or did not.
    Explain(Explain),
    /// Try automations out: golden tests, and cases recorded from Prefect.
    Test(Test),
    /// Tell what rules would have done over all of history, without doing any of it.
    Replay(Replay),
    /// Evaluate what is new on the record branch and act on it, once.
    Run(Run),
    /// Show what was done.
    Ledger(Ledger),
    /// Build the site.
    Build(Build),
    /// Take in another tool's record, or what annals exported.
    Import(Import),
    /// Give the record away: JSON to set it up elsewhere, CSV, Markdown, metrics.
    Export(Export),
    /// Count incidents, and tell how their durations are spread.
    Stats(Stats),
    /// Print a JSON Schema (draft-07).
    Schema(Schema),
    /// Print a shell's completions.
    Completions(Completions),
    /// Write the manual pages.
    Man(Man),
}

fn time(text: &str) -> Result<TypedTime, String> {
    told(text.parse())
}

/// A time, or a day for its beginning in UTC.
fn time_or_day(text: &str) -> Result<TypedTime, String> {
    told(TypedTime::or_day(text))
}

fn told(read: Result<TypedTime, BadTime>) -> Result<TypedTime, String> {
    read.map_err(|fault| format!("{fault}: {}", fault.help()))
}
