//! The file of an imported retrospective.
//!
//! What was published is public, and people have read it: its front matter says so. From
//! then on the file is an ordinary one; a later import never writes over it.

use super::Sighting;
use super::exception::{Exception, What};
use crate::archive::layout;
use crate::archive::piece;
use crate::incident::Incident;
use serde_json::json;

const FRONT_MATTER: &str = "---\nvisibility: public\nstatus: reviewed\n---\n";

/// The retrospective of the incident whose file is `incident_path`, as a file: its path
/// and its bytes. None where `sighting` has none, or none that can be read again.
pub(super) fn file(sighting: &Sighting, incident_path: &str) -> Option<(String, Vec<u8>)> {
    let words = sighting.retrospective.as_deref()?.trim();
    let text = format!("{FRONT_MATTER}\n{words}\n");
    let folder = layout::incident_folder(incident_path);
    let path = format!("{folder}/{}", layout::RETROSPECTIVE);
    let whole = piece::read(&path, text.as_bytes()).found.is_empty();
    whole.then(|| (path, text.into_bytes()))
}

/// Lists words that read otherwise than those that `held` has.
pub(super) fn edited(sighting: &Sighting, held: &Incident) -> Option<Exception> {
    let words = sighting.retrospective.as_deref()?.trim();
    let known = held.retrospective.as_ref()?.body.trim();
    (words != known).then(|| Exception {
        file: sighting.file.clone(),
        incident: Some(sighting.origin.id.clone()),
        update: None,
        what: What::EditedRetrospective,
        detail: String::new(),
        original: json!(words),
    })
}
