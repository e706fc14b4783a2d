//! The names of incidents and entries.
//!
//! An id is a file stem, so it must be safe as one everywhere: lower case, no
//! device names, nothing hidden. Its tail is taken from the bytes of the file, not
//! from chance: equal files get one name and merge into one, different files get
//! different names and never collide.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::text::file_name;
use crate::text::moment::Moment;

/// The longest id, in characters.
pub const LONGEST: usize = 80;
/// The name by which a correction or redaction means the declaration itself.
pub const DECLARATION: &str = "declaration";
/// The longest slug of a title within an id.
const LONGEST_SLUG: usize = 50;
/// How many characters tell two incidents of one day and title apart.
const INCIDENT_TAIL: usize = 4;
/// How many characters tell two entries of one millisecond and kind apart.
const ENTRY_TAIL: usize = 6;

macro_rules! id {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes `text` as an id; the error says what is wrong with it.
            pub fn new(text: &str) -> Result<Self, BadId> {
                check(text).map(|()| Self(text.to_owned()))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// The id of an incident: the stem of its file.
    IncidentId
}
id! {
    /// The id of an entry: the stem of its file, or made from its content when the
    /// entry stands inside the incident's file.
    EntryId
}

/// Why a text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadId {
    /// Nothing, or more than 80 characters.
    #[error("must have 1 to {LONGEST} characters")]
    Length,
    /// A character that is not allowed, or not allowed there.
    #[error("may hold only `a-z`, `0-9`, `.` and `-`, and begins and ends with a letter or digit")]
    Characters,
    /// A name that some systems keep for devices.
    #[error("is the name of a device on some systems")]
    Device,
}

fn check(text: &str) -> Result<(), BadId> {
    // What has too many bytes to be an id has too many characters, or others than those.
    if text.is_empty() || (text.len() > LONGEST && text.chars().count() > LONGEST) {
        return Err(BadId::Length);
    }
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    let allowed = text.bytes().all(|c| plain(c) || c == b'.' || c == b'-');
    let ends = [text.bytes().next(), text.bytes().next_back()];
    if !allowed || !ends.into_iter().flatten().all(plain) {
        return Err(BadId::Characters);
    }
    if file_name::is_device(text) {
        return Err(BadId::Device);
    }
    Ok(())
}

impl IncidentId {
    /// The id of a new incident: day (UTC), slug of the title, tail of the file's bytes.
    pub fn made(declared_at: Moment, title: &str, bytes: &[u8]) -> Self {
        let day = declared_at.day();
        Self(format!(
            "{day}-{}-{}",
            slug(title),
            tail(bytes, INCIDENT_TAIL)
        ))
    }
}

impl IncidentId {
    /// What an incident is called whose id stands in the record for the `n`-th time.
    #[must_use]
    pub fn again(&self, n: usize) -> Self {
        Self(format!("{self}~{n}"))
    }
}

impl EntryId {
    /// The id of a new entry: its time, its kind, tail of its bytes.
    pub fn made(at: Moment, kind: &str, bytes: &[u8]) -> Self {
        Self(format!(
            "{}-{kind}-{}",
            at.file_stem(),
            tail(bytes, ENTRY_TAIL)
        ))
    }

    /// What an entry is called whose id stands in its incident for the `n`-th time.
    #[must_use]
    pub fn again(&self, n: usize) -> Self {
        Self(format!("{self}~{n}"))
    }

    /// Whether it is the id of an entry whose own id another one bore before it.
    pub fn is_again(&self) -> bool {
        self.0.contains('~')
    }

    /// The name by which a correction or redaction means the declaration itself.
    pub fn declaration() -> Self {
        Self(DECLARATION.to_owned())
    }
}

/// A title as ASCII words for a file name; `incident` when nothing is left of it.
fn slug(title: &str) -> String {
    let mut whole = slug::slugify(title);
    if whole.len() > LONGEST_SLUG {
        let cut = whole
            .get(..=LONGEST_SLUG)
            .and_then(|head| head.rfind('-'))
            .filter(|at| *at > LONGEST_SLUG / 2);
        whole.truncate(cut.unwrap_or(LONGEST_SLUG));
    }
    let trimmed = whole.trim_matches('-');
    if trimmed.is_empty() {
        "incident".to_owned()
    } else {
        trimmed.to_owned()
    }
}

/// The first characters of the SHA-256 of `bytes` in Crockford's base 32 (lower case,
/// without `i`, `l`, `o`, `u`).
pub fn tail(bytes: &[u8], length: usize) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let digest = Sha256::digest(bytes);
    (0..length)
        .map(|index| {
            let value = (0..5).fold(0_usize, |value, bit| {
                let place = index * 5 + bit;
                let byte = digest.get(place / 8).copied().unwrap_or_default();
                value << 1 | usize::from(byte >> (7 - place % 8) & 1)
            });
            ALPHABET.get(value).copied().map_or('0', char::from)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_safe_file_name_on_every_system() {
        for good in ["a", "2026-11-22-late-orders-k3f9", "v1.2", "console"] {
            assert!(IncidentId::new(good).is_ok(), "{good}");
        }
        for bad in [
            "", "A", "a b", "../x", "-a", "a.", ".git", "con", "nul.x", "com1", "ä",
        ] {
            assert!(IncidentId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_made_id_is_always_a_good_one() {
        let at = Moment::parse("2026-11-22T07:35:01.042Z").expect("a time");
        for title in [
            "Orders arrive late",
            "",
            "\u{202e}",
            "数据延迟",
            &"long words ".repeat(60),
            "----",
            "a".repeat(456).as_str(),
        ] {
            let id = IncidentId::made(at, title, title.as_bytes());
            assert!(IncidentId::new(id.as_str()).is_ok(), "{id}");
        }
    }

    #[test]
    fn tails_are_the_first_bits_of_the_digest() {
        // SHA-256 of nothing begins e3b0c442: 11100 01110 11000 01100.
        assert_eq!(tail(b"", 4), "werc");
    }
}
