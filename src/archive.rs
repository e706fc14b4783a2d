//! The record as a whole: every incident of a repository, and how it came to be.
//!
//! This floor joins pure incidents with Git. Git itself is named in one module only
//! (`repository`); the others speak of files, commits and branches.

pub mod settings;

use crate::incident::Incident;
use crate::incident::entry::Recorded;
use crate::incident::vocabulary::Vocabulary;
use crate::text::diagnostic::Diagnostic;
use settings::Settings;

/// What was read of a repository: everything readable, and what was wrong.
#[derive(Clone, Debug, Default)]
pub struct Archive {
    /// What `annals.yaml` says.
    pub settings: Settings,
    /// The words of this repository.
    pub vocabulary: Vocabulary,
    /// Every incident, in the order of (`declared_at`, id).
    pub incidents: Vec<Incident>,
    /// The commit that was read, or on which the working folder stands.
    pub head: Option<Recorded>,
    /// What was wrong with the files, in the order of path and line.
    pub diagnostics: Vec<Diagnostic>,
}
