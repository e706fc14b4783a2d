//! What can be typed to give the record away and to count it: `export`, `stats`.

use std::path::PathBuf;

use clap::Args;

use super::reading::{Audience, Looking};
use super::recording::Kind;
use super::time_or_day;
use crate::text::typed_time::TypedTime;

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct Export {
    /// Write to this file, whole or not at all, instead of to standard output.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// As CSV: one row an entry instead of one row an incident.
    #[arg(long)]
    pub entries: bool,
    /// For whom: what is internal is left out for the public.
    #[arg(long, value_name = "WHO", default_value = "internal")]
    pub audience: Audience,
    /// As of when.
    #[command(flatten)]
    pub looking: Looking,
}

/// Arguments of `stats`.
#[derive(Debug, Args)]
pub struct Stats {
    /// Only what was declared at this time or later; a day means its beginning in UTC.
    #[arg(long, value_name = "TIME", value_parser = time_or_day, allow_hyphen_values = true)]
    pub since: Option<TypedTime>,
    /// Only what was declared before this time; a day means its beginning in UTC.
    #[arg(long, value_name = "TIME", value_parser = time_or_day, allow_hyphen_values = true)]
    pub until: Option<TypedTime>,
    /// What is counted; the three are never counted together.
    #[arg(long, value_name = "KIND", default_value = "incident")]
    pub kind: Kind,
    /// For whom: what is internal is not counted for the public.
    #[arg(long, value_name = "WHO", default_value = "internal")]
    pub audience: Audience,
    /// As of when.
    #[command(flatten)]
    pub looking: Looking,
}
