//! `annals run`: parses, calls the runner, prints.

mod ports;
mod report;

use super::arguments::{Adopt, Run};
use super::context::Context;
use super::failure::Failure;
use crate::automation::receipt::Outcome;
use crate::runner::{Orders, RunError, Runner};
use ports::Surroundings;

pub(super) use report::line;

/// `annals run`.
pub(super) fn run(context: &Context, arguments: &Run) -> Result<u8, Failure> {
    let surroundings = Surroundings::of(context);
    let orders = Orders {
        retry: arguments.retry.clone(),
        settle: settled(&arguments.settle)?,
    };
    let report = runner(context, &surroundings).run(arguments.remote.as_deref(), &orders)?;
    report::print(context, report)
}

/// Keys and outcomes, as they were typed in pairs.
fn settled(typed: &[String]) -> Result<Vec<(String, Outcome)>, Failure> {
    let pairs = typed.chunks(2).map(|pair| match pair {
        [key, word] if word == Outcome::Executed.name() => Ok((key.clone(), Outcome::Executed)),
        [key, word] if word == Outcome::Skipped.name() => Ok((key.clone(), Outcome::Skipped)),
        _ => Err(
            Failure::usage("`--settle` takes a key, and `executed` or `skipped`")
                .help("annals run --settle KEY executed"),
        ),
    });
    pairs.collect()
}

/// `annals ledger adopt`: answers the address.
pub(super) fn adopt(context: &Context, arguments: &Adopt) -> Result<String, Failure> {
    let surroundings = Surroundings::of(context);
    let remote = arguments.remote.as_deref();
    Ok(runner(context, &surroundings).adopt(remote, arguments.only)?)
}

/// `annals ledger restore`: answers where it stands, and whether that was needed.
pub(super) fn restore(context: &Context, remote: Option<&str>) -> Result<(String, bool), Failure> {
    let surroundings = Surroundings::of(context);
    let (tip, moved) = runner(context, &surroundings).restore(remote)?;
    Ok((tip.short(), moved))
}

/// Lets a ledger that names no address act from a remote, in the clone that made it.
pub(super) fn bind(context: &Context, remote: &str) -> Result<Option<String>, Failure> {
    let surroundings = Surroundings::of(context);
    Ok(runner(context, &surroundings).bind(Some(remote))?)
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
            RunError::Several(_) => Self::repository(message).help("name one with `--remote NAME`"),
            RunError::Replaced(branch) => Self::repository(message).help(format!(
                "look at it with `git log`; if it is not to be kept, delete `{branch}` there and restore again"
            )),
            RunError::Ticks { .. } => Self::repository(message)
                .help("look at `ticks/` of the ledger's branch with `git log`: nothing was done"),
            RunError::State(_) | RunError::Unwritable(_) => {
                Self::repository(message).help("nothing was done")
            }
            RunError::Pretended => Self::usage(message).help(
                "leave `--now` out; time that has not passed is for `annals plan` and `annals replay`",
            ),
            RunError::UnknownKey(_) | RunError::NotOpen(..) => Self::usage(message)
                .help("`annals ledger --format json` lists every action with its key"),
            RunError::Unsettled(_) => Self::repository(message)
                .help("run it again here: what became of the actions is in this clone's ledger"),
        }
    }
}
