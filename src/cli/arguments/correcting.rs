//! What can be typed about what was said before: `correct`, `retract`, `redact`,
//! `restore`.

use clap::Args;

use super::recording::{Appending, Destination, Facts};
use super::{Audience, time};
use crate::text::typed_time::TypedTime;

/// An earlier entry, and why it is meant.
#[derive(Debug, Args)]
pub struct Target {
    /// The incident: its id, or any part of it that means only one.
    pub id: String,
    /// The entry: its id, any part of it that means only one, or `declaration`.
    pub entry: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// Arguments of `correct`.
#[derive(Debug, Args)]
pub struct Correct {
    /// What is corrected, and why.
    #[command(flatten)]
    pub target: Target,
    /// The words as they should have been, in Markdown; `-` reads standard input.
    pub text: Option<String>,
    /// Facts as they should have been said.
    #[command(flatten)]
    pub facts: Facts,
    /// When it happened in truth.
    #[arg(long, value_name = "TIME", value_parser = time, allow_hyphen_values = true)]
    pub happened: Option<TypedTime>,
    /// Who may see it.
    #[arg(long, value_name = "WHO")]
    pub visibility: Option<Audience>,
    /// Change a status or severity in force all the same: no automation acts on it.
    #[arg(long)]
    pub no_action: bool,
    /// How it is appended.
    #[command(flatten)]
    pub appending: Appending,
}

/// Arguments of `retract`.
#[derive(Debug, Args)]
pub struct Retract {
    /// What is taken back, and why.
    #[command(flatten)]
    pub target: Target,
    /// Change a status or severity in force all the same: no automation acts on it.
    #[arg(long)]
    pub no_action: bool,
    /// How it is appended.
    #[command(flatten)]
    pub appending: Appending,
}

/// Arguments of `redact`.
#[derive(Debug, Args)]
pub struct Redact {
    /// What is hidden, and why.
    #[command(flatten)]
    pub target: Target,
    /// How it is appended.
    #[command(flatten)]
    pub appending: Appending,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// The incident: its id, or any part of it that means only one.
    pub id: String,
    /// Only these: ids of entries, names of files, or `declaration`.
    #[arg(value_name = "ENTRY")]
    pub entries: Vec<String>,
    /// Where it goes.
    #[command(flatten)]
    pub destination: Destination,
}
