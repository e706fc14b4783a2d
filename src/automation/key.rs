//! Keys: short names for the same cause, however often it is computed.

use sha2::{Digest, Sha256};

/// The first 128 bits of the SHA-256 of `parts` in hexadecimal. Each part goes in after
/// its length, so that no two lists of parts are alike.
pub(super) fn key(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_string());
        digest.update(":");
        digest.update(part);
    }
    let digest = digest.finalize();
    let first = digest.first_chunk().copied().unwrap_or_default();
    format!("{:032x}", u128::from_be_bytes(first))
}
