//! Attachments: under which name they are published, and whether a page shows them.
//!
//! A site is one origin: a file of somebody's that a browser runs there can do whatever the
//! site's own pages can. What a server says of a file follows from its name, and what a
//! browser makes of it from its bytes as well. So only kinds that cannot run script keep
//! their name, and only where name and bytes agree. Everything else is published as text:
//! under its name plus `.txt`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use super::markdown::Files;
use crate::incident::entry;
use crate::incident::redaction::HIDDEN;
use crate::text::{file_name, plain};

/// Kinds that a page shows.
const PICTURES: [&str; 6] = ["png", "jpg", "jpeg", "gif", "webp", "avif"];
/// Kinds that cannot run script and are told by their first bytes.
const BINARY: [&str; 15] = [
    "pdf", "zip", "gz", "tgz", "bz2", "xz", "zst", "7z", "tar", "mp4", "mov", "webm", "mp3", "ogg",
    "wav",
];
/// Kinds of text that cannot run script, unless a server does not know them and a browser
/// takes them for what they begin like.
const TEXTS: [&str; 4] = ["log", "csv", "tsv", "json"];
/// What a web server may take for the kind of a file wherever it stands in the name:
/// `page.html.gz` is a packed page, `page.shtml.txt` is one for some.
const ACTIVE: [&str; 32] = [
    "asp", "aspx", "cgi", "css", "hta", "htc", "htm", "html", "jar", "js", "jsp", "jspx", "mht",
    "mhtml", "mjs", "php", "phtml", "pht", "pl", "py", "rb", "shtm", "shtml", "stm", "svg", "svgz",
    "swf", "wasm", "xht", "xhtml", "xml", "xsl",
];

/// A file of an incident, as it is published.
pub(super) struct Attachment {
    /// Its name on the site.
    pub(super) name: String,
    /// Its bytes; none where the record holds only a pointer to Git LFS.
    pub(super) bytes: Option<Vec<u8>>,
}

/// How the files of an incident are published: by their names in its folder. Each has a
/// name of its own, also where neither case nor the spelling of accents counts.
pub(super) fn published(files: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Attachment> {
    let mut taken = BTreeSet::new();
    let mut published = BTreeMap::new();
    let (kept, renamed): (Vec<_>, Vec<_>) = files
        .into_iter()
        .partition(|(name, bytes)| is_inert(name, bytes));
    // A name that is kept must not depend on what else there is.
    for (name, bytes) in kept.into_iter().chain(renamed) {
        let mut wanted = portable(&name);
        if !is_inert(&name, &bytes) {
            wanted = with_txt(&wanted);
        }
        let own = free(&wanted, &mut taken);
        let bytes = (!is_pointer(&bytes)).then_some(bytes);
        published.insert(name, Attachment { name: own, bytes });
    }
    published
}

/// Whether a file can be published as it is called.
fn is_inert(name: &str, bytes: &[u8]) -> bool {
    // Letters and dots that look like others are read as those by some systems.
    let read: String = name.nfkc().collect::<String>().to_lowercase();
    let mut parts: Vec<&str> = read.split('.').skip(1).collect();
    let Some(kind) = parts.pop() else {
        return false;
    };
    let is_plain = name.to_lowercase().ends_with(&format!(".{kind}"));
    is_plain && !parts.iter().any(|part| ACTIVE.contains(&part.trim())) && agrees(kind, bytes)
}

/// Whether `bytes` are of the kind that a name says.
fn agrees(kind: &str, bytes: &[u8]) -> bool {
    match kind {
        "txt" => true,
        "jpg" | "jpeg" => infer::is(bytes, "jpg"),
        "gz" | "tgz" => infer::is(bytes, "gz"),
        "mp4" | "mov" => bytes.get(4..8) == Some(b"ftyp"),
        _ if TEXTS.contains(&kind) => !begins_like_markup(bytes),
        _ => (PICTURES.contains(&kind) || BINARY.contains(&kind)) && infer::is(bytes, kind),
    }
}

/// Whether `bytes` are a picture of this kind that a page may show.
pub(super) fn is_shown(kind: &str, bytes: &[u8]) -> bool {
    PICTURES.contains(&kind) && agrees(kind, bytes)
}

/// Whether a browser that is not told the kind would take this for HTML or XML: what these
/// begin with, in any encoding, after marks of byte order and blanks.
fn begins_like_markup(bytes: &[u8]) -> bool {
    let marks = [0xef, 0xbb, 0xbf, 0xfe, 0xff, 0];
    let mut words = bytes.iter().filter(|byte| !marks.contains(*byte));
    words.find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

/// Whether these bytes stand for a file that is kept by Git LFS and was not fetched.
pub fn is_pointer(bytes: &[u8]) -> bool {
    let heads: [&[u8]; 2] = [
        b"version https://git-lfs.github.com/spec/",
        b"version https://hawser.github.com/spec/",
    ];
    bytes.len() < 1024 && heads.iter().any(|head| bytes.starts_with(head))
}

fn portable(name: &str) -> String {
    match file_name::check(name) {
        Ok(()) => name.to_owned(),
        Err(_) => file_name::made_portable(name),
    }
}

fn with_txt(name: &str) -> String {
    let longer = format!("{name}.txt");
    if longer.len() <= file_name::LONGEST {
        return longer;
    }
    format!("{}.txt", file_name::made_portable(name))
}

/// `wanted`, or the first `wanted~N` that no other file has.
fn free(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let (stem, kind) = wanted.rsplit_once('.').unwrap_or((wanted, ""));
    let mut name = wanted.to_owned();
    let mut number = 1;
    while !taken.insert(file_name::folded(&name)) {
        number += 1;
        name = format!("{stem}~{number}.{kind}");
    }
    name
}

impl Attachment {
    /// Whether a page may show it.
    pub(super) fn is_picture(&self) -> bool {
        let kind = self
            .name
            .rsplit_once('.')
            .map(|(_, kind)| kind.to_ascii_lowercase());
        kind.is_some_and(|kind| PICTURES.contains(&kind.as_str()))
    }
}

/// A file that joined the timeline.
#[derive(Clone, Debug, Serialize)]
pub(super) struct File {
    name: String,
    caption: Option<String>,
    /// Where it is; none where it is missing.
    href: Option<String>,
    /// Whether it is shown on the page.
    picture: bool,
    /// Whether Git LFS keeps it, and the record holds only a pointer.
    in_lfs: bool,
}

/// The file that `attach` names; none where that is hidden.
pub(super) fn file(attach: &entry::Attachment, files: &Files) -> Option<File> {
    if attach.file == HIDDEN {
        return None;
    }
    let linked = files.get(&attach.file);
    let href = linked.and_then(|linked| linked.href.clone());
    Some(File {
        name: plain::line(&attach.file),
        caption: attach.caption.as_deref().map(plain::line),
        picture: linked.is_some_and(|linked| linked.picture),
        in_lfs: linked.is_some() && href.is_none(),
        href,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
    const PAGE: &[u8] = b"\xef\xbb\xbf \n<!doctype html><script>alert(1)</script>";

    const ACTIVE_NAMES: [&str; 28] = [
        "a.html",
        "a.HTM",
        "a.xhtml",
        "a.svg",
        "a.svgz",
        "a.xml",
        "a.xsl",
        "a.mhtml",
        "a.shtml",
        "a.js",
        "a.mjs",
        "a.css",
        "a.wasm",
        "a.php",
        "a",
        "a.html.gz",
        "a.svg.png",
        "a\u{2024}html",
        "a\u{ff0e}html.png",
        "a.\u{ff48}tml",
        "a.png\u{2024}html",
        "a.unknown",
        "a.pdf",
        "a.zip",
        "a.png",
        "a.log",
        "a.csv",
        "a.json",
    ];

    fn named(files: &[(&str, &[u8])]) -> Vec<String> {
        let files = files
            .iter()
            .map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()));
        let published = published(files.collect()).into_values();
        published.map(|file| file.name).collect()
    }

    #[test]
    fn what_can_run_script_is_published_as_text() {
        for name in ACTIVE_NAMES {
            let published = named(&[(name, PAGE)]);
            assert_eq!(published, [format!("{name}.txt")], "{name}");
        }
        assert_eq!(named(&[("a.html.", PAGE)]), ["a.html.txt"]);
        assert_eq!(named(&[("a.html ", PAGE)]), ["a.html.txt"]);
        assert_eq!(named(&[("a.html.gz", b"\x1f\x8b\x08")]), ["a.html.gz.txt"]);
        let utf16: Vec<u8> = "\u{feff}<p>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(named(&[("a.csv", &utf16)]), ["a.csv.txt"]);
    }

    #[test]
    fn what_cannot_keeps_its_name() {
        let files: [(&str, &[u8]); 9] = [
            ("a.png", PNG),
            ("B.PNG", PNG),
            ("c.2026-11-22.jpeg", b"\xff\xd8\xff\xe0"),
            ("d.gif", b"GIF89a"),
            ("e.pdf", b"%PDF-1.7"),
            ("f.tar.gz", b"\x1f\x8b\x08"),
            ("g.txt", PAGE),
            ("h.csv", b"who,when\nAna <ana@example.com>,now\n"),
            ("i.mp4", b"\0\0\0\x18ftypisom"),
        ];
        let names: BTreeSet<&str> = files.iter().map(|(name, _)| *name).collect();
        let published = named(&files);
        assert_eq!(names, published.iter().map(String::as_str).collect());
    }

    #[test]
    fn every_file_has_a_name_of_its_own() {
        let published = named(&[
            ("a.svg", PAGE),
            ("a.svg.txt", b"mine"),
            ("A.SVG.TXT", b"mine too"),
            ("b.png", PNG),
            ("B.png", PNG),
            (&format!("{}.svg", "x".repeat(251)), PAGE),
        ]);
        let folded: BTreeSet<String> = published
            .iter()
            .map(|name| file_name::folded(name))
            .collect();
        assert_eq!(folded.len(), published.len(), "{published:?}");
        assert!(
            published
                .iter()
                .all(|name| name.len() <= file_name::LONGEST)
        );
        assert!(published.contains(&"a.svg.txt".to_owned()));
    }

    #[test]
    fn a_pointer_of_git_lfs_is_not_the_file() {
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n";
        let files = [("lag.png".to_owned(), pointer.to_vec())];
        let published = published(files.into_iter().collect());
        assert!(published.values().all(|file| file.bytes.is_none()));
    }
}
