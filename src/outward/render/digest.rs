//! The whole record in one document, to be read away from the site.

use serde::Serialize;

use super::incident_page::{self, IncidentPage};
use super::index_page::{self, Row};
use super::record::{Record, Subject};
use super::shell::Shell;

/// The document: a table of all incidents, then each by itself. Latest first.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Digest {
    shell: Shell,
    rows: Vec<Row>,
    incidents: Vec<IncidentPage>,
}

/// The document of everything that the audience sees.
pub(super) fn digest(record: &Record<'_>, shell: &Shell) -> Digest {
    let latest_first = || record.subjects.iter().rev();
    let page = |subject: &Subject<'_>| incident_page::page(subject, record, shell.clone());
    Digest {
        rows: latest_first()
            .map(|subject| index_page::row(subject, record))
            .collect(),
        incidents: latest_first().map(page).collect(),
        shell: shell.clone(),
    }
}
