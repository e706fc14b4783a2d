//! `annals ledger`: what was done.

use super::context::Context;
use super::failure::Failure;
use super::run::line;
use crate::archive::snapshot::Version;

/// `annals ledger`.
pub(super) fn run(context: &Context) -> Result<u8, Failure> {
    let archive = context.archive(Version::Folder)?;
    let receipts = context.receipts(&archive.settings)?;
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
