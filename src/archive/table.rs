//! A sorted table on disk: bytes under keys, any of which can be looked up without taking
//! the others apart.
//!
//! For what can be computed again and is only remembered to save time. A table that is cut
//! off, damaged, or of another form or another annals is as if it was not there. It is
//! written beside its place and renamed, so that whoever reads meanwhile sees a whole one.
//!
//! The file: a line that names the form, the checksum of all that follows, how many rows
//! there are, where each ends, the slots, and the rows in the order of their keys, each as
//! the length of its key, the key, and the value. A slot holds the number of a row, counted
//! from one: a key is looked for in the slots from its hash on, and by halving where those
//! are crowded, so that keys made to collide cost little. Numbers are 32 bits, little-endian.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The length of a number.
const NUMBER: usize = 4;
/// How many slots from its hash on a key may stand in.
const REACH: usize = 16;

/// Rows that were read from disk, and those that came since.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    written: Written,
    fresh: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Table {
    /// The table at `place`, as `form` wrote it; empty when there is none that is whole.
    pub(super) fn open(place: &Path, form: &str) -> Self {
        let written = fs::read(place)
            .ok()
            .and_then(|bytes| Written::check(bytes, &head(form)));
        Self {
            written: written.unwrap_or_default(),
            fresh: BTreeMap::new(),
        }
    }

    /// The value under `key`.
    pub(super) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        match self.fresh.get(key) {
            Some(value) => Some(value),
            None => self.written.get(key),
        }
    }

    /// Puts `value` under `key`, in the place of what was there.
    pub(super) fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.fresh.insert(key, value);
    }

    /// The rows whose keys begin with `prefix`, in the order of their keys.
    pub(super) fn rows<'a>(
        &'a self,
        prefix: &'a [u8],
    ) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let fresh = self.fresh.range(prefix.to_vec()..);
        let fresh = fresh.map(|(key, value)| (key.as_slice(), value.as_slice()));
        let merged = Merged {
            left: self.written.rows_from(prefix).peekable(),
            right: fresh.peekable(),
        };
        merged.take_while(move |(key, _)| key.starts_with(prefix))
    }

    /// How many rows were read from disk.
    pub(super) fn written(&self) -> usize {
        self.written.count
    }

    /// How many rows came since.
    pub(super) fn fresh(&self) -> usize {
        self.fresh.len()
    }

    /// Writes those rows whose keys `keep` wants. Whatever goes wrong costs time when the
    /// table is wanted again, and nothing else.
    pub(super) fn save(&self, place: &Path, form: &str, keep: impl Fn(&[u8]) -> bool) {
        let beside = place.with_extension(std::process::id().to_string());
        let written = self.to_bytes(form, keep).and_then(|bytes| {
            fs::create_dir_all(place.parent()?).ok()?;
            fs::write(&beside, bytes).ok()?;
            fs::rename(&beside, place).ok()
        });
        if written.is_none() {
            let _ = fs::remove_file(&beside);
        }
    }

    /// None for a table too large for its own numbers.
    fn to_bytes(&self, form: &str, keep: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
        let number = |length: usize| u32::try_from(length).ok().map(u32::to_le_bytes);
        let (mut ends, mut rows, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
        for (key, value) in self.rows(b"").filter(|(key, _)| keep(key)) {
            rows.extend(number(key.len())?);
            rows.extend(key);
            rows.extend(value);
            ends.extend(number(rows.len())?);
            hashes.push(hash(key));
        }
        let count = number(hashes.len())?;
        let slots = slots(&hashes);
        let parts = [count.as_slice(), &ends, &slots, &rows];
        let mut sum = crc32fast::Hasher::new();
        for part in parts {
            sum.update(part);
        }
        let sum = sum.finalize().to_le_bytes();
        let mut bytes = [head(form).as_bytes(), &sum].concat();
        bytes.reserve_exact(parts.iter().map(|part| part.len()).sum());
        for part in parts {
            bytes.extend(part);
        }
        Some(bytes)
    }
}

fn hash(key: &[u8]) -> usize {
    usize::try_from(crc32fast::hash(key)).unwrap_or_default()
}

/// How many slots so many rows have; a power of two.
fn room(count: usize) -> usize {
    (count * 2).next_power_of_two()
}

/// The number of each row in the first free slot from its hash on, if one is near.
fn slots(hashes: &[usize]) -> Vec<u8> {
    let mut slots = vec![0_u32; room(hashes.len())];
    let mask = slots.len() - 1;
    for (number, hash) in (1..).zip(hashes) {
        let mut near = (0..REACH).map(|step| (hash + step) & mask);
        let free = near.find(|slot| slots.get(*slot) == Some(&0));
        if let Some(slot) = free.and_then(|slot| slots.get_mut(slot)) {
            *slot = number;
        }
    }
    slots
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

fn head(form: &str) -> String {
    format!("annals {} {form}\n", env!("CARGO_PKG_VERSION"))
}

/// A table as it lies on disk.
#[derive(Clone, Debug, Default)]
struct Written {
    bytes: Vec<u8>,
    count: usize,
    ends: usize,
    slots: usize,
    rows: usize,
}

impl Written {
    fn check(bytes: Vec<u8>, head: &str) -> Option<Self> {
        let rest = bytes.strip_prefix(head.as_bytes())?;
        let (sum, summed) = rest.split_at_checked(NUMBER)?;
        if crc32fast::hash(summed).to_le_bytes() != sum {
            return None;
        }
        let ends = head.len() + 2 * NUMBER;
        let count = number(&bytes, ends - NUMBER)?;
        let slots = ends + count * NUMBER;
        Some(Self {
            rows: slots + room(count) * NUMBER,
            bytes,
            count,
            ends,
            slots,
        })
    }

    fn row(&self, index: usize) -> Option<(&[u8], &[u8])> {
        if index >= self.count {
            return None;
        }
        let end = |index: usize| number(&self.bytes, self.ends + index * NUMBER);
        let start = index.checked_sub(1).map_or(Some(0), end)?;
        let rows = self.bytes.get(self.rows..)?;
        let row = rows.get(start..end(index)?)?;
        row.get(NUMBER..)?.split_at_checked(number(row, 0)?)
    }

    /// Where `key` is, or would be.
    fn place(&self, key: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.row(middle) {
                Some((other, _)) if other < key => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }

    fn get(&self, key: &[u8]) -> Option<&[u8]> {
        let of = |index: usize| {
            let (found, value) = self.row(index)?;
            (found == key).then_some(value)
        };
        let (first, mask) = (hash(key), room(self.count) - 1);
        for slot in (first..first + REACH).map(|slot| slot & mask) {
            let number = number(&self.bytes, self.slots + slot * NUMBER)?;
            let index = number.checked_sub(1)?;
            if let Some(value) = of(index) {
                return Some(value);
            }
        }
        of(self.place(key))
    }

    fn rows_from(&self, key: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
        (self.place(key)..self.count).filter_map(|index| self.row(index))
    }
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..)?.first_chunk::<NUMBER>()?;
    usize::try_from(u32::from_le_bytes(*four)).ok()
}

/// Two sorted runs of rows as one; the right one's row counts where both have a key.
struct Merged<L: Iterator, R: Iterator> {
    left: std::iter::Peekable<L>,
    right: std::iter::Peekable<R>,
}

impl<'a, L, R> Iterator for Merged<L, R>
where
    L: Iterator<Item = (&'a [u8], &'a [u8])>,
    R: Iterator<Item = (&'a [u8], &'a [u8])>,
{
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let Some((right, _)) = self.right.peek() else {
            return self.left.next();
        };
        match self.left.peek() {
            Some((left, _)) if left < right => self.left.next(),
            Some((left, _)) if left == right => {
                self.left.next();
                self.right.next()
            }
            _ => self.right.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "test 1";

    fn filled(place: &Path) -> Table {
        let mut table = Table::default();
        for (key, value) in [("a/1", "one"), ("a/2", ""), ("b", "three")] {
            table.put(key.into(), value.into());
        }
        table.save(place, FORM, |_| true);
        Table::open(place, FORM)
    }

    fn words<'a>(rows: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> String {
        let words = rows.map(|(key, value)| {
            let word = String::from_utf8_lossy;
            format!("{}={} ", word(key), word(value))
        });
        words.collect()
    }

    #[test]
    fn what_was_written_is_found_again_beside_what_came_since() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("deep/table");
        let mut table = filled(&place);
        assert_eq!(words(table.rows(b"")), "a/1=one a/2= b=three ");
        assert_eq!(table.get(b"a/2"), Some(&b""[..]));
        assert_eq!((table.get(b"a/3"), table.get(b"")), (None, None));
        table.put(b"a/2".to_vec(), b"two".to_vec());
        table.put(b"a/3".to_vec(), b"new".to_vec());
        assert_eq!(words(table.rows(b"a/")), "a/1=one a/2=two a/3=new ");
        assert_eq!((table.written(), table.fresh()), (3, 2));
        table.save(&place, FORM, |key| key != b"b");
        let table = Table::open(&place, FORM);
        assert_eq!(words(table.rows(b"")), "a/1=one a/2=two a/3=new ");
    }

    #[test]
    fn keys_with_one_hash_are_all_found() {
        // What a checksum does not see may be put before or after any text.
        let same = |text: &str| {
            let sum = crc32fast::hash(text.as_bytes()).to_le_bytes();
            [text.as_bytes(), &sum].concat()
        };
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("table");
        let mut table = Table::default();
        let keys: Vec<Vec<u8>> = (0..100)
            .map(|number| same(&format!("key {number}")))
            .collect();
        assert!(keys.iter().all(|key| hash(key) == hash(&keys[0])));
        for key in &keys {
            table.put(key.clone(), key.clone());
        }
        table.save(&place, FORM, |_| true);
        let table = Table::open(&place, FORM);
        assert!(keys.iter().all(|key| table.get(key) == Some(key)));
        assert_eq!(table.get(&same("another")), None);
    }

    #[test]
    fn a_table_with_any_byte_changed_or_cut_off_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("table");
        filled(&place);
        let whole = fs::read(&place).expect("a table");
        assert_eq!(Table::open(&place, "test 2").written(), 0);
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            fs::write(&place, &damaged).expect("a table");
            assert_eq!(Table::open(&place, FORM).written(), 0, "byte {at}");
            fs::write(&place, &whole[..at]).expect("a table");
            assert_eq!(Table::open(&place, FORM).written(), 0, "cut at {at}");
        }
    }
}
