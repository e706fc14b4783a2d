//! File names that every system can hold.
//!
//! A record is cloned onto Windows, macOS and Linux, unpacked from archives and served by
//! web servers. A name that one of them cannot hold, takes for something else or shows as
//! another breaks the clone of everybody there, and nothing recorded can be renamed later.
//! So such names are refused before they are recorded, or, where another tool gave them,
//! replaced by the nearest name that holds everywhere. Pure: nothing here looks at a disk.

use unicase::UniCase;
use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::plain;

/// The longest name in bytes: what ext4, APFS and NTFS hold at least.
pub const LONGEST: usize = 255;
/// The longest path within a repository, in the units Windows counts. It allows 260 in
/// all, of which the folder of the clone needs some.
pub const LONGEST_PATH: usize = 220;
/// The longest name that is made here, so that its path stays short as well.
const LONGEST_MADE: usize = 100;
/// What Windows keeps from names.
const RESERVED: [char; 9] = ['<', '>', ':', '"', '/', '\\', '|', '?', '*'];

/// Why a file of this name cannot be held everywhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unportable {
    /// Nothing.
    #[error("is empty")]
    Empty,
    /// Too many bytes.
    #[error("has {0} bytes, and most systems hold {LONGEST} at most")]
    Long(usize),
    /// A name that Windows keeps for devices, whatever its extension.
    #[error("is the name of a device on Windows (`{0}`)")]
    Device(String),
    /// A dot or a blank at the end, which Windows drops.
    #[error("ends with a dot or a blank, which Windows drops")]
    End,
    /// A first character that hides the name, or makes an option of it.
    #[error("begins with {0:?}, so that it is hidden, lost or taken for an option")]
    Start(char),
    /// A character that Windows does not allow.
    #[error("holds {0:?}, which Windows does not allow in names")]
    Reserved(char),
    /// A control character.
    #[error("holds the control character U+{:04X}", u32::from(*.0))]
    Control(char),
    /// A character that nobody sees, or that reorders what is seen.
    #[error("holds U+{:04X}, which is invisible or reorders what is shown", u32::from(*.0))]
    Invisible(char),
    /// A name of Git's own, or the short form that Windows knows it by.
    #[error("is taken for a name of Git's own on some systems")]
    Git,
    /// An accent spelt as a character of its own, which macOS respells.
    #[error("spells an accent as a character of its own, which macOS changes")]
    Decomposed,
}

/// Whether every system can hold a file called `name`; the error says why not.
pub fn check(name: &str) -> Result<(), Unportable> {
    let Some(first) = name.chars().next() else {
        return Err(Unportable::Empty);
    };
    if let Some(fault) = name.chars().find_map(character) {
        return Err(fault);
    }
    if name.len() > LONGEST {
        return Err(Unportable::Long(name.len()));
    }
    if matches!(first, '.' | '-' | ' ') {
        return Err(Unportable::Start(first));
    }
    if name.ends_with(['.', ' ']) {
        return Err(Unportable::End);
    }
    if is_device(name) {
        return Err(Unportable::Device(device_part(name).to_owned()));
    }
    if is_short_form_of_git(name) {
        return Err(Unportable::Git);
    }
    if !is_nfc(name) {
        return Err(Unportable::Decomposed);
    }
    Ok(())
}

/// The length of a path within a repository, as Windows counts it, where it is too long.
pub fn too_long(path: &str) -> Option<usize> {
    let length = path.encode_utf16().count();
    (length > LONGEST_PATH).then_some(length)
}

/// The nearest name to `name` that every system can hold. A name that all can hold is kept
/// unless it is longer than 100 bytes.
pub fn made_portable(name: &str) -> String {
    let composed: String = name.nfc().collect();
    let kept = composed.chars().filter_map(|c| match character(c) {
        None => Some(c),
        Some(Unportable::Invisible(_)) => None,
        Some(_) => Some('_'),
    });
    // What is left out may have kept two characters apart that are one together.
    let kept: String = kept.collect::<String>().nfc().collect();
    let mut made = shortened(trimmed(&kept));
    if made.is_empty() {
        "file".clone_into(&mut made);
    }
    if is_device(&made) || is_short_form_of_git(&made) {
        made.insert(0, '_');
    }
    made
}

/// A name as a system sees it on which neither case nor the spelling of accents counts: two
/// names that are equal so cannot lie in one folder everywhere.
pub fn folded(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let composed: String = name.nfc().collect();
    UniCase::new(composed).to_folded_case().nfc().collect()
}

/// Whether Windows takes `name`, whatever follows its first dot, for a device.
pub fn is_device(name: &str) -> bool {
    let part = device_part(name).to_lowercase();
    let numbered = |device: &str| {
        let mut rest = part.strip_prefix(device).into_iter().flat_map(str::chars);
        let number = rest.next();
        rest.next().is_none() && number.is_some_and(|c| c.is_ascii_digit() || "¹²³".contains(c))
    };
    ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"].contains(&part.as_str())
        || numbered("com")
        || numbered("lpt")
}

fn device_part(name: &str) -> &str {
    name.split('.').next().unwrap_or(name).trim_end()
}

fn character(c: char) -> Option<Unportable> {
    match c {
        c if c.is_control() => Some(Unportable::Control(c)),
        c if RESERVED.contains(&c) => Some(Unportable::Reserved(c)),
        // HFS+ leaves some of these out when it compares, which is how `.g<U+200C>it` was
        // once `.git`; the others make two names look like one.
        '\u{ad}'
        | '\u{34f}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{fff0}'..='\u{ffff}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => Some(Unportable::Invisible(c)),
        c if plain::invisible(c) || (c != ' ' && c.is_whitespace()) => {
            Some(Unportable::Invisible(c))
        }
        _ => None,
    }
}

/// Whether it is a short (8.3) name that Windows may give `.git`, `.gitmodules` and their
/// like: `GIT~1`, `GITMOD~1`, `GI7EBA~1`. Git itself refuses to check such paths out.
fn is_short_form_of_git(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let Some((before, number)) = lower.split_once('~') else {
        return false;
    };
    before.starts_with("gi")
        && before.len() <= 6
        && number.starts_with(|c: char| c.is_ascii_digit())
}

/// Without what may not stand at either end.
fn trimmed(name: &str) -> &str {
    name.trim_start_matches(['.', '-', ' '])
        .trim_end_matches(['.', ' '])
}

/// At most a hundred bytes of a name, its extension kept where that is a short one.
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST_MADE {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= 16 => (stem, extension),
        _ => (name, ""),
    };
    let room = LONGEST_MADE - extension.len() - 1;
    let cut = (0..=room).rev().find(|at| stem.is_char_boundary(*at));
    let stem = cut.and_then(|at| stem.get(..at)).unwrap_or_default();
    trimmed(&format!("{}.{extension}", trimmed(stem))).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_some_system_cannot_hold_is_named() {
        let shown = "con CON.txt nul.tar.gz com1.png LPT9 com\u{b9}.log conin$ a. .git -rf a<b a>b a:b \
                     a\"b a|b a?b a*b a\\b a/b git~1 GITMOD~1 gi7eba~1";
        let hidden = "aux .txt;a ; a;a\tb;a\u{7f};a\u{202e}gnp.exe;a\u{200b};a\u{200d}b;\u{feff}a;\
                      a\u{ad}b;a\u{a0}b;e\u{301}.png;";
        for bad in shown.split(' ').chain(hidden.split(';')) {
            assert!(check(bad).is_err(), "{bad:?}");
        }
        assert_eq!(check(&"a".repeat(256)), Err(Unportable::Long(256)));
    }

    #[test]
    fn ordinary_names_are_fine() {
        for good in [
            "lag.png",
            "Consumer lag (1).png",
            "console.log",
            "common.txt",
            "é.png",
            "数据.csv",
            "v1.2~rc1.txt",
            "a'b & c.txt",
            "community.md",
            "git-log.txt",
            "50%.png",
            "🙂.png",
            "con-1.txt",
            "comet1",
        ] {
            assert_eq!(check(good), Ok(()), "{good:?}");
            assert_eq!(made_portable(good), good);
        }
    }

    proptest! {
        #[test]
        fn a_made_name_can_be_held_and_stays(name in "\\PC{0,40}|[ -~\u{e9}\u{301}\u{200b}.]{0,300}|(con|git~1|aux)(\\.[a-z]{0,3}){0,2}") {
            let made = made_portable(&name);
            prop_assert_eq!(check(&made), Ok(()), "{:?}", made);
            prop_assert_eq!(made_portable(&made), made);
        }
    }
}
