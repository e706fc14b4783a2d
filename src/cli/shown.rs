//! What a site shows besides what entries say: attachments, the logo, the user's templates.
//!
//! Only files of the record are shown: regular ones, that no link leads to and that Git
//! keeps or could keep. What lies in the working folder by chance, or is ignored there
//! because it is nobody's to see, is not published.

use std::collections::{BTreeMap, BTreeSet};

use super::failure::Failure;
use crate::archive::settings::{self, Settings};
use crate::archive::snapshot::{Snapshot, Version};
use crate::archive::{Archive, layout};
use crate::incident::standing::Standing;
use crate::outward::render;
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::source::Source;

/// A pointer of Git LFS is smaller than this.
const POINTER: u64 = 1024;

/// The user's own templates, and what is wrong with those that cannot be read.
pub(super) type Templates = (Vec<(String, String)>, Vec<Diagnostic>);

/// The user's own templates: name below `templates/`, and text.
pub(super) fn templates(snapshot: &Snapshot<'_>) -> Result<Templates, Failure> {
    let (mut templates, mut found) = (Vec::new(), Vec::new());
    let folder = format!("{}/", layout::TEMPLATES);
    for file in snapshot.list(layout::TEMPLATES)? {
        if !file.is_file() || snapshot.is_ignored(&file.path)? {
            continue;
        }
        let name = file.path.strip_prefix(&folder).unwrap_or(&file.path);
        let Some(bytes) = snapshot.read(&file)? else {
            continue;
        };
        match Source::read(&file.path, &bytes) {
            Ok(source) => templates.push((name.to_owned(), source.text().to_owned())),
            Err(fault) => found.push(*fault),
        }
    }
    Ok((templates, found))
}

/// The bytes of every file that a page may show: attachments and the logo.
pub(super) fn files(
    snapshot: &Snapshot<'_>,
    archive: &Archive,
) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let mut paths = attached(archive);
    paths.extend(archive.settings.site.logo.iter().cloned());
    let mut files = BTreeMap::new();
    for path in paths {
        if let Some(bytes) = file(snapshot, &path)? {
            files.insert(path, bytes);
        }
    }
    Ok(files)
}

fn file(snapshot: &Snapshot<'_>, path: &str) -> Result<Option<Vec<u8>>, Failure> {
    match snapshot.file(path)? {
        Some(bytes) if !snapshot.is_ignored(path)? => Ok(Some(bytes)),
        _ => Ok(None),
    }
}

/// The paths of the files that entries attach.
fn attached(archive: &Archive) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for incident in &archive.incidents {
        for stand in &Standing::of(incident).entries {
            for entry in [stand.entry.as_ref(), stand.said] {
                let attachment = entry.statement.attachment();
                paths.extend(attachment.and_then(|attachment| attachment.path.clone()));
            }
        }
    }
    paths
}

/// What a site cannot show although it is asked to.
pub(super) fn faults(
    snapshot: &Snapshot<'_>,
    archive: &Archive,
) -> Result<Vec<Diagnostic>, Failure> {
    let mut found: Vec<Diagnostic> = logo(snapshot, &archive.settings)?.into_iter().collect();
    // A commit always holds the pointer, and never what is ignored.
    let Some(root) = snapshot.repository().root() else {
        return Ok(found);
    };
    if snapshot.version() != Version::Folder {
        return Ok(found);
    }
    for path in attached(archive) {
        let Ok(facts) = root.join(&path).symlink_metadata() else {
            continue;
        };
        if snapshot.is_ignored(&path)? {
            let message = "Git ignores this file, so it is not recorded and no site shows it";
            let fault = Diagnostic::warning(Code::NotRecorded, message).in_file(&path);
            found.push(fault.help("add it with `git add --force`, or take it out of `.gitignore`"));
        } else if facts.len() < POINTER
            && snapshot
                .file(&path)?
                .is_some_and(|bytes| render::is_pointer(&bytes))
        {
            let message = "this file is stored in Git LFS and not here, so a site built here does not hold it";
            let fault = Diagnostic::warning(Code::LfsPointer, message).in_file(&path);
            found.push(fault.help("fetch it with `git lfs pull`"));
        }
    }
    Ok(found)
}

fn logo(snapshot: &Snapshot<'_>, settings: &Settings) -> Result<Option<Diagnostic>, Failure> {
    let Some(path) = &settings.site.logo else {
        return Ok(None);
    };
    let bytes = file(snapshot, path)?;
    Ok(render::logo(path, bytes.as_deref()).err().map(|fault| {
        let message = format!("the logo `{}` {fault}", path.escape_debug());
        Diagnostic::error(Code::BadLogo, message)
            .in_file(settings::FILE)
            .help("name another file of this repository in `site.logo`; pages do without meanwhile")
    }))
}
