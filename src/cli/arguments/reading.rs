//! What can be typed to read the record: which incidents, as of when, for whom.

use clap::{Args, ValueEnum};

use super::time;
use crate::text::typed_time::TypedTime;

/// Which past the record is read as of.
#[derive(Debug, Args)]
#[command(next_help_heading = "Looking back")]
pub struct Looking {
    /// What was true at this moment, as far as is known by now.
    #[arg(long, value_name = "TIME", value_parser = time, allow_hyphen_values = true)]
    pub at: Option<TypedTime>,
    /// What the record said at this moment, whatever came out later.
    #[arg(long, value_name = "TIME", value_parser = time, allow_hyphen_values = true, conflicts_with = "commit")]
    pub known_at: Option<TypedTime>,
    /// What the record held at this commit.
    #[arg(long, value_name = "REV")]
    pub commit: Option<String>,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct List {
    /// Show what is over, too.
    #[arg(long)]
    pub all: bool,
    /// As of when.
    #[command(flatten)]
    pub looking: Looking,
}

/// Arguments of verbs about one incident.
#[derive(Debug, Args)]
pub struct One {
    /// The incident: its id, or any part of it that means only one.
    pub id: String,
    /// As of when.
    #[command(flatten)]
    pub looking: Looking,
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
    /// Check also that nothing recorded was edited, moved to another id or deleted since
    /// the checked version parted from this commit.
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// The checked version was pushed to where the base stood, as a push job or a hook sees
    /// it: the base must be an ancestor of it, whatever other branches hold.
    #[arg(long, requires = "base")]
    pub push: bool,
    /// Check what the record holds at this commit instead of the folder.
    #[arg(long, value_name = "REV")]
    pub commit: Option<String>,
}
