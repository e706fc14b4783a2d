//! Git's index with a few entries put in: the bytes that change, and no others.
//!
//! libgit2 takes an index of 90,000 entries apart and puts it together again, which costs
//! as much as all else that an append does. What lies here reads the plain forms, versions
//! 2 and 3 (gitformat-index(5)), and answers nothing for whatever is out of the ordinary;
//! the user's `git` then does it, which costs a process. Like Git, it makes Git look into a
//! file again whose time could not show that it changed after the index was written.

use sha1::{Digest, Sha1};

/// The length of the checksum at the end.
const SUM: usize = 20;
/// The length of the header, and where in it the number of entries stands.
const HEAD: usize = 12;
const COUNT: usize = 8;
/// Where in an entry its fields lie, the path last.
const MODIFIED: usize = 8;
const SIZE: usize = 36;
const FLAGS: usize = 60;
const PATH: usize = 62;
/// What the flags hold.
const EXTENDED: u16 = 0x4000;
const STAGE: u16 = 0x3000;
const LENGTH: u16 = 0x0fff;

/// An entry: its path, and its first 60 bytes.
pub(super) struct Raw {
    pub(super) path: Vec<u8>,
    pub(super) facts: Vec<u8>,
}

/// Whether the index `bytes` is as it was written, whatever its form: where it says so, by
/// its checksum.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let end = bytes.len().saturating_sub(SUM);
    bytes.split_at_checked(end).is_some_and(|(body, sum)| {
        body.starts_with(b"DIRC") && (sum == [0; SUM] || Sha1::digest(body).as_slice() == sum)
    })
}

/// Whether the index `bytes` is of a form that is read here.
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    let plain = Entries::of(bytes).and_then(|mut entries| {
        while entries.left > 0 {
            entries.next()?;
        }
        kept(entries.rest, &[])
    });
    plain.is_some()
}

/// The plain index `bytes`, written at `written` (seconds since 1970), with `new` put in.
pub(super) fn with_entries(bytes: &[u8], written: u32, new: &[Raw]) -> Option<Vec<u8>> {
    let mut entries = Entries::of(bytes)?;
    let grown: usize = new.iter().map(|raw| padded(PATH + raw.path.len())).sum();
    let mut out = Vec::with_capacity(bytes.len() + grown);
    out.extend(bytes.get(..HEAD)?);
    let count = place(&mut entries, written, new, &mut out)?;
    out.get_mut(COUNT..HEAD)?
        .copy_from_slice(&count.to_be_bytes());
    out.extend(kept(entries.rest, new)?);
    let skips_sum = bytes.ends_with(&[0; SUM]);
    let sum: [u8; SUM] = if skips_sum {
        [0; SUM]
    } else {
        Sha1::digest(&out).into()
    };
    out.extend(sum);
    Some(out)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The entries of an index, taken one after another.
struct Entries<'a> {
    /// How many are still to come.
    left: u32,
    /// What has not been taken: they, and after them the extensions.
    rest: &'a [u8],
}

/// An entry as it stands in the index.
struct Entry<'a> {
    bytes: &'a [u8],
    path: &'a [u8],
    flags: u16,
}

impl<'a> Entries<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let body = bytes.get(..bytes.len().checked_sub(SUM)?)?;
        let (head, rest) = body.split_at_checked(HEAD)?;
        let left = number(head, COUNT)?;
        let is_read = head.starts_with(b"DIRC") && matches!(number(head, 4)?, 2 | 3);
        is_read.then_some(Self { left, rest })
    }

    /// None where no whole entry stands.
    fn next(&mut self) -> Option<Entry<'a>> {
        let flags = u16::from_be_bytes(*self.rest.get(FLAGS..)?.first_chunk()?);
        let start = PATH + if flags & EXTENDED == 0 { 0 } else { 2 };
        let named = self.rest.get(start..)?;
        let length = match flags & LENGTH {
            LENGTH => named.iter().position(|byte| *byte == 0)?,
            length => usize::from(length),
        };
        let (bytes, after) = self.rest.split_at_checked(padded(start + length))?;
        (self.left, self.rest) = (self.left.checked_sub(1)?, after);
        Some(Entry {
            bytes,
            path: named.get(..length)?,
            flags,
        })
    }
}

/// The length of an entry with the zero bytes that end it: one at least, eight at most.
fn padded(length: usize) -> usize {
    (length + 8) & !7
}

/// Copies the old entries and the new ones to `out` in the order of their paths. Answers
/// how many they are.
fn place(entries: &mut Entries<'_>, written: u32, new: &[Raw], out: &mut Vec<u8>) -> Option<u32> {
    let mut new: Vec<&Raw> = new.iter().collect();
    new.sort_by(|left, right| left.path.cmp(&right.path));
    let mut coming = new.iter().peekable();
    let mut count = 0;
    while entries.left > 0 {
        let entry = entries.next()?;
        while let Some(raw) = coming.next_if(|raw| raw.path.as_slice() < entry.path) {
            out.extend(raw.bytes()?);
            count += 1;
        }
        if new.iter().any(|raw| excludes(&raw.path, entry.path)) {
            return None;
        }
        if coming.peek().is_some_and(|raw| raw.path == entry.path) {
            if entry.flags & STAGE != 0 {
                return None;
            }
            continue;
        }
        let start = out.len();
        out.extend(entry.bytes);
        count += 1;
        if number(entry.bytes, MODIFIED)? >= written {
            out.get_mut(start + SIZE..start + SIZE + 4)?.fill(0);
        }
    }
    for raw in coming {
        out.extend(raw.bytes()?);
        count += 1;
    }
    Some(count)
}

/// Whether one path would need to be a folder where the other is a file.
fn excludes(one: &[u8], other: &[u8]) -> bool {
    let is_above = |above: &[u8], below: &[u8]| {
        below
            .strip_prefix(above)
            .is_some_and(|rest| rest.starts_with(b"/"))
    };
    is_above(one, other) || is_above(other, one)
}

impl Raw {
    fn bytes(&self) -> Option<Vec<u8>> {
        let length = u16::try_from(self.path.len()).ok()?.min(LENGTH);
        let mut bytes = [self.facts.as_slice(), &length.to_be_bytes(), &self.path].concat();
        bytes.resize(padded(bytes.len()), 0);
        Some(bytes)
    }
}

/// The extensions that stay true: what Git knows of the trees, save those above `new`, and
/// what libgit2 keeps too. Git makes the others anew; those it could not do without are
/// written in small letters.
fn kept(mut rest: &[u8], new: &[Raw]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    while !rest.is_empty() {
        let length = usize::try_from(number(rest, 4)?).ok()?;
        let (extension, after) = rest.split_at_checked(8 + length)?;
        let (name, data) = (extension.first_chunk::<4>()?, extension.get(8..)?);
        match name {
            b"TREE" => {
                let paths: Vec<&[u8]> = new.iter().map(|raw| raw.path.as_slice()).collect();
                let mut trees = Vec::with_capacity(length);
                let left = invalidated(data, &paths, &mut trees)?;
                out.extend(name);
                out.extend(u32::try_from(trees.len()).ok()?.to_be_bytes());
                out.extend(trees);
                left.is_empty().then_some(())?;
            }
            b"REUC" | b"NAME" => out.extend(extension),
            [first, ..] if first.is_ascii_uppercase() => {}
            _ => return None,
        }
        rest = after;
    }
    Some(out)
}

/// Copies one known tree and those below it to `out`, without what was known of trees that
/// `paths`, relative to the folder it lies in, lead into. Answers what follows.
fn invalidated<'a>(data: &'a [u8], paths: &[&[u8]], out: &mut Vec<u8>) -> Option<&'a [u8]> {
    let end = data.iter().position(|byte| *byte == 0)?;
    let (name, rest) = (data.get(..end)?, data.get(end + 1..)?);
    let line = rest.iter().position(|byte| *byte == b'\n')?;
    let (counts, mut rest) = (rest.get(..line)?, rest.get(line + 1..)?);
    let (entries, trees) = std::str::from_utf8(counts).ok()?.split_once(' ')?;
    let below: Vec<&[u8]> = paths
        .iter()
        .filter_map(|path| match name {
            [] => Some(*path),
            name => path.strip_prefix(name)?.strip_prefix(b"/"),
        })
        .collect();
    let known = !entries.starts_with('-');
    let (id, after) = rest.split_at_checked(if known { SUM } else { 0 })?;
    rest = after;
    out.extend(name);
    out.push(0);
    if known && below.is_empty() {
        out.extend(format!("{entries} {trees}\n").bytes());
        out.extend(id);
    } else {
        out.extend(format!("-1 {trees}\n").bytes());
    }
    for _ in 0..trees.parse::<u32>().ok()? {
        rest = invalidated(rest, &below, out)?;
    }
    Some(rest)
}
