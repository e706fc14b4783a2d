//! Keys: short names for the same cause, however often it is computed.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The first 128 bits of the SHA-256 of `parts` in hexadecimal. Each part goes in after
/// its length, so that no two lists of parts are alike.
pub(super) fn key(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(format!("{}:{part}", part.len()));
    }
    let mut key = String::new();
    for byte in digest.finalize().iter().take(16) {
        // Writing to a string cannot fail.
        let _ = write!(key, "{byte:02x}");
    }
    key
}
