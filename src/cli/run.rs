//! `annals run`: parses, calls the runner, prints.

mod ports;
mod report;

use super::arguments::Run;
use super::context::Context;
use super::failure::Failure;
use crate::runner::{RunError, Runner};
use ports::Surroundings;

pub(super) use report::line;

/// `annals run`.
pub(super) fn run(context: &Context, arguments: &Run) -> Result<u8, Failure> {
    let surroundings = Surroundings { now: context.now };
    let report = runner(context, &surroundings).run(arguments.remote.as_deref())?;
    report::print(context, report)
}

/// Lets the ledger act from a remote, and answers where that is.
pub(super) fn adopt(context: &Context, remote: Option<&str>) -> Result<String, Failure> {
    let surroundings = Surroundings { now: context.now };
    Ok(runner(context, &surroundings).adopt(remote)?)
}

fn runner<'a>(context: &'a Context, surroundings: &'a Surroundings) -> Runner<'a> {
    Runner {
        repository: &context.repository,
        ports: surroundings.ports(),
    }
}

impl From<RunError> for Failure {
    fn from(fault: RunError) -> Self {
        let message = fault.to_string();
        match fault {
            RunError::Repository(fault) => fault.into(),
            RunError::Ledger(fault) => fault.into(),
            RunError::Settings(fault) => Self::usage(message).shows(*fault),
            RunError::NoRecord(_) => Self::usage(message).help(
                "name what it would be merged into with `--base`, or fetch the record branch",
            ),
            RunError::NotPublished { remote, branch } => {
                Self::repository(message).help(format!("`git push {remote} {branch}`"))
            }
            RunError::NoRemote => Self::usage(message)
                .help("name one with `--remote NAME`; without a remote nothing has to be adopted"),
            RunError::Overtaken => {
                Self::repository(message).help("run it again; what they took in is done once")
            }
            RunError::Unsettled(_) => Self::repository(message)
                .help("run it again here: what became of the actions is in this clone's ledger"),
        }
    }
}
