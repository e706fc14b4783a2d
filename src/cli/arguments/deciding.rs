//! What can be typed to evaluate rules and to act.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `events`.
#[derive(Debug, Args)]
pub struct Events {
    /// Only what came after this commit.
    #[arg(long, value_name = "REV")]
    pub since: Option<String>,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// What B has and A has not; A alone means up to HEAD. Without it: what HEAD has and the
    /// record branch has not; on that branch, what was not pushed, or else the last commit.
    #[arg(value_name = "A[..B]")]
    pub range: Option<String>,
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

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub struct Replay {
    /// Rules to replay instead of those at HEAD: a file or a folder; twice for two sets
    /// side by side.
    #[arg(long, value_name = "PATH")]
    pub automations: Vec<PathBuf>,
    /// Count only what fires after this commit; what came before is evaluated all the same.
    #[arg(long, value_name = "REV")]
    pub since: Option<String>,
    /// List every firing, with the keys of its actions.
    #[arg(long)]
    pub firings: bool,
    /// A file that holds where the replay before left off; it is read and replaced.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The automation: its name, or any part of it that means only one.
    pub automation: String,
    /// On which event: its id as `annals events --format json` prints it, or how that begins.
    #[arg(long, value_name = "ID", conflicts_with_all = ["incident", "last"])]
    pub event: Option<String>,
    /// On the events of this incident; of the one written to last by default.
    #[arg(long, value_name = "ID")]
    pub incident: Option<String>,
    /// On how many of its events at most, the last ones.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub last: usize,
}

/// Arguments of `test`.
#[derive(Debug, Args)]
pub struct Test {
    /// Files of tests, or folders of which the files are read that end in .yaml, .yml,
    /// .json or .jsonl; the repository's folder tests by default.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Run {
    /// The remote to act from; by default the one that is an address of the ledger.
    #[arg(long, value_name = "NAME")]
    pub remote: Option<String>,
    /// Try an action again whose outcome is unknown, or that failed: its key, or how that
    /// begins.
    #[arg(long, value_name = "KEY")]
    pub retry: Vec<String>,
    /// Settle an action whose outcome is unknown: its key, and whether it was executed.
    #[arg(long, num_args = 2, value_names = ["KEY", "executed|skipped"])]
    pub settle: Vec<String>,
}

/// Arguments of `ledger adopt`.
#[derive(Debug, Args)]
pub struct Adopt {
    /// The remote; by default where the record branch is pushed to.
    #[arg(long, value_name = "NAME")]
    pub remote: Option<String>,
    /// Let it be the only address, in place of all others.
    #[arg(long)]
    pub only: bool,
}

/// Arguments of `ledger restore`.
#[derive(Debug, Args)]
pub struct RestoreLedger {
    /// The remote; by default the one that is an address of the ledger.
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
    /// Add this repository's remote to the addresses that the ledger acts from.
    Adopt(Adopt),
    /// Put a ledger back that was rewound or deleted on the remote.
    Restore(RestoreLedger),
}
