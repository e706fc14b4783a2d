//! `annals ledger`: what was done, and from where it may be done.

use super::arguments::{Adopt, Ledger as Arguments, LedgerVerb};
use super::context::Context;
use super::failure::Failure;
use super::run::{self, line};
use super::{console, exit};
use crate::archive::ledger::{Ledger, LedgerError};
use crate::archive::snapshot::Version;
use crate::runner;

/// `annals ledger`.
pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<u8, Failure> {
    match &arguments.verb {
        Some(LedgerVerb::Adopt(arguments)) => adopt(context, arguments),
        Some(LedgerVerb::Restore(arguments)) => restore(context, arguments.remote.as_deref()),
        None => show(context),
    }
}

fn show(context: &Context) -> Result<u8, Failure> {
    let archive = context.archive(Version::Folder)?;
    let receipts = match Ledger::seen(&context.repository, &archive.settings) {
        Ok(ledger) => {
            ledger.state()?;
            runner::receipts(&ledger)?
        }
        Err(LedgerError::NotNamed) => Vec::new(),
        Err(fault) => return Err(fault.into()),
    };
    let text = || match receipts.as_slice() {
        [] => "nothing was done yet\n".to_owned(),
        receipts => {
            receipts
                .iter()
                .map(|receipt| format!("{}  {}", receipt.at, line(receipt)))
                .collect::<Vec<_>>()
                .join("\n")
                + "\n"
        }
    };
    Ok(context.answer(
        "receipts",
        || serde_json::to_value(&receipts).unwrap_or_default(),
        text,
        &[],
    ))
}

/// Records where the remote is as a place that the ledger acts from.
fn adopt(context: &Context, arguments: &Adopt) -> Result<u8, Failure> {
    let address = run::adopt(context, arguments)?;
    console::say(&format!("the ledger acts from {address} now"));
    Ok(exit::FINE)
}

/// Puts the remote's ledger back to where it was seen.
fn restore(context: &Context, named: Option<&str>) -> Result<u8, Failure> {
    let (tip, moved) = run::restore(context, named)?;
    console::say(&if moved {
        format!("the remote's ledger stands at {tip} again")
    } else {
        format!(
            "the remote's ledger stands at {tip}, and nothing further is known: nothing to restore"
        )
    });
    Ok(exit::FINE)
}

impl From<LedgerError> for Failure {
    fn from(fault: LedgerError) -> Self {
        let message = fault.to_string();
        let help = match fault {
            LedgerError::Repository(fault) => return fault.into(),
            LedgerError::NotNamed => "`annals init` makes a ledger and names it",
            LedgerError::Absent(_) => {
                "fetch it; a copy of a repository has no ledger of its own and acts on nobody"
            }
            LedgerError::Other(_) => "this is a copy, or the branch was replaced: nothing was done",
            LedgerError::NoState(_) => {
                "put back the branch's last commit that had it: nothing was done"
            }
            LedgerError::Elsewhere { .. } => {
                "a fork acts on nobody; if the record moved here, say so with `annals ledger adopt`"
            }
            LedgerError::Unbound => {
                "run annals in that clone, or say that the ledger acts from here with `annals ledger adopt`"
            }
            LedgerError::NoRemote(_) => "add it with `git remote add`: a copy acts on nobody",
            LedgerError::Gone(_) | LedgerError::Rewound { .. } => {
                "`annals ledger restore` puts back what was seen of it: nothing was done"
            }
            LedgerError::Unreadable { .. } => {
                "look at it with `git show`, and put back the version of before: nothing was done"
            }
        };
        Self::repository(message).help(help)
    }
}
