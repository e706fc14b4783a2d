//! What an entry shows besides words: a file.

use serde::Serialize;

use super::markdown::Files;
use crate::incident::entry::Attachment;
use crate::incident::redaction::HIDDEN;
use crate::text::plain;

/// A file that joined the timeline.
#[derive(Clone, Debug, Serialize)]
pub(super) struct File {
    name: String,
    caption: Option<String>,
    /// Where it is; none where it is missing.
    href: Option<String>,
    /// Whether it is shown on the page.
    picture: bool,
}

/// The file that `attach` names; none where that is hidden.
pub(super) fn file(attach: &Attachment, files: &Files) -> Option<File> {
    if attach.file == HIDDEN {
        return None;
    }
    let extension = attach
        .file
        .rsplit_once('.')
        .map(|(_, end)| end.to_ascii_lowercase());
    let pictures = ["png", "jpg", "jpeg", "gif", "webp", "avif", "svg"];
    Some(File {
        name: plain::line(&attach.file),
        caption: attach.caption.as_deref().map(plain::line),
        href: files.get(&attach.file).cloned(),
        picture: extension.is_some_and(|end| pictures.contains(&end.as_str())),
    })
}
