//! Exit codes: a contract (README).

/// Everything is fine.
pub const FINE: u8 = 0;
/// There are findings: a check failed, a broken file was met.
pub const FINDINGS: u8 = 1;
/// Wrong usage or configuration, an unknown or ambiguous id.
pub const USAGE: u8 = 2;
/// An action failed, or is unknown.
pub const ACTION: u8 = 3;
/// The repository, the remote or the ledger could not be used.
pub const REPOSITORY: u8 = 4;
