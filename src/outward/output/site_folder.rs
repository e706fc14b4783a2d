//! The folder that a site is built into, and how annals knows what it may replace there.
//!
//! Which files a build wrote, each with its digest, is noted down in the Git directory and
//! not beside them: what lies in the folder can be committed, and so forged, by whoever can
//! push. Without a note a folder must be empty. Files in it that no note names are left
//! alone; one that stands where a page goes, or that was changed since it was written, is
//! somebody's own, and nothing is written at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Folder, OutputError};
use crate::incident::Audience;
use crate::incident::id::tail;
use crate::outward::render::Site;

/// The version of the note.
const VERSION: u32 = 1;
/// The front page: written last, when everything that it links to is there.
const FRONT: &str = "index.html";

/// What a build did to its folder.
#[derive(Debug, Default)]
pub struct Written {
    /// Files that were written.
    pub written: usize,
    /// Files that were there already, byte for byte.
    pub kept: usize,
    /// Files of an earlier build that were removed.
    pub removed: usize,
    /// Why the next build will not know that this one wrote the folder, if so.
    pub forgotten: Option<io::Error>,
}

/// What earlier builds wrote into a folder.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Note {
    version: u32,
    folder: String,
    audience: Option<Audience>,
    /// By name: the digests that a file may have. There are two while a build is under way,
    /// which may be killed between writing a file and noting that down.
    files: BTreeMap<String, BTreeSet<String>>,
}

/// Writes `site` into the folder at `out`, a path that is [`resolved`](super::resolved), and
/// removes what an earlier build wrote and this one does not. `notes` is where notes are kept.
pub fn publish(
    site: &Site,
    out: &Path,
    audience: Audience,
    notes: &Path,
) -> Result<Written, OutputError> {
    let shown = out.to_string_lossy();
    let place = notes.join(tail(out.as_os_str().as_encoded_bytes(), 20));
    // Two builds into one folder take turns. Where no lock can be made there is no note either.
    let _lock = lock(notes, &place);
    let folder = Folder::open(out)?;
    let before = Note::read(&place, &shown)?;
    if !folder.is_empty()? {
        match before.audience {
            None => return Err(OutputError::Strange(out.to_owned())),
            Some(other) if other != audience => return Err(OutputError::Audience(out.to_owned())),
            Some(_) => {}
        }
    }
    let mut written = Written::default();
    let (new, old) = differences(site, &folder, &before)?;
    let after = Note {
        version: VERSION,
        folder: shown.into_owned(),
        audience: Some(audience),
        files: digests(site),
    };
    written.forgotten = after.with(&before.files).write(&place).err();
    for name in &new {
        if let Some(bytes) = site.pages.get(*name) {
            folder.write(name, bytes)?;
        }
    }
    for name in &old {
        folder.remove(name)?;
    }
    if written.forgotten.is_none() {
        written.forgotten = after.write(&place).err();
    }
    written.written = new.len();
    written.kept = site.pages.len() - new.len();
    written.removed = old.len();
    Ok(written)
}

/// The names of what is to be written, in the order in which it is, and of what is to be
/// removed.
fn differences<'a>(
    site: &'a Site,
    folder: &Folder,
    before: &'a Note,
) -> Result<(Vec<&'a str>, Vec<&'a str>), OutputError> {
    let mut new = Vec::new();
    for (name, bytes) in &site.pages {
        match folder.read(name)? {
            Some(held) if held == *bytes => {}
            Some(held) if !before.wrote(name, &held) => {
                return Err(OutputError::Changed(folder.path.join(name)));
            }
            _ => new.push(name.as_str()),
        }
    }
    let gone = before.files.keys();
    let gone = gone.filter(|name| !site.pages.contains_key(*name) && is_inside(name));
    let mut old = Vec::new();
    for name in gone {
        match folder.read(name)? {
            None => {}
            Some(held) if before.wrote(name, &held) => old.push(name.as_str()),
            Some(_) => return Err(OutputError::Changed(folder.path.join(name))),
        }
    }
    // What is linked to stands before what links to it: assets and attachments, pages and
    // feeds, the front page.
    let is_page = |name: &str| {
        [".html", ".md", ".json", ".atom"]
            .iter()
            .any(|end| name.ends_with(end))
    };
    new.sort_by_key(|name| (*name == FRONT, is_page(name), *name));
    Ok((new, old))
}

impl Note {
    /// The note at `place` about `folder`; an empty one where there is none.
    fn read(place: &Path, folder: &str) -> Result<Self, OutputError> {
        let text = match fs::read(place) {
            Ok(text) => text,
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(fault) => return Err(OutputError::Io(place.to_owned(), fault)),
        };
        // One that cannot be read knows nothing, so the folder has to be empty.
        let note: Self = serde_json::from_slice(&text).unwrap_or_default();
        let is_known = note.version == VERSION && note.folder == folder;
        Ok(if is_known { note } else { Self::default() })
    }

    fn write(&self, place: &Path) -> io::Result<()> {
        let unfinished = place.with_extension("new");
        let text = serde_json::to_vec(self).map_err(io::Error::other)?;
        fs::write(&unfinished, text)?;
        fs::rename(&unfinished, place)
    }

    /// The same, with what may stand there until a build is through.
    fn with(&self, files: &BTreeMap<String, BTreeSet<String>>) -> Self {
        let mut both = self.files.clone();
        for (name, digests) in files {
            let known = both.entry(name.clone()).or_default();
            known.extend(digests.iter().cloned());
        }
        Self {
            version: self.version,
            folder: self.folder.clone(),
            audience: self.audience,
            files: both,
        }
    }

    fn wrote(&self, name: &str, bytes: &[u8]) -> bool {
        let digests = self.files.get(name);
        digests.is_some_and(|digests| digests.contains(&digest(bytes)))
    }
}

fn lock(notes: &Path, place: &Path) -> io::Result<File> {
    fs::create_dir_all(notes)?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(place.with_extension("lock"))?;
    file.lock()?;
    Ok(file)
}

fn digests(site: &Site) -> BTreeMap<String, BTreeSet<String>> {
    let files = site.pages.iter();
    files
        .map(|(name, bytes)| (name.clone(), BTreeSet::from([digest(bytes)])))
        .collect()
}

/// 255 bits of the SHA-256 of `bytes`.
fn digest(bytes: &[u8]) -> String {
    tail(bytes, 51)
}

/// Whether a name leads to a file below the folder.
fn is_inside(name: &str) -> bool {
    let is_plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\\');
    name.split('/').all(is_plain) && !name.chars().any(char::is_control)
}
