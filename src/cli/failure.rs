//! Why a verb could not do what it was asked: one message, what to do, an exit code.

use super::exit;
use crate::archive::repository::RepositoryError;
use crate::outward::output::OutputError;
use crate::text::diagnostic::Diagnostic;
use crate::text::plain;

/// A verb's failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// What went wrong: one line.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The exit code.
    pub code: u8,
    /// The finding that it is about, with its place in a file.
    pub found: Option<Box<Diagnostic>>,
}

impl Failure {
    /// Something was asked for that cannot be.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: None,
            code: exit::USAGE,
            found: None,
        }
    }

    /// The repository could not be used.
    pub(super) fn repository(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: None,
            code: exit::REPOSITORY,
            found: None,
        }
    }

    /// The same with advice.
    #[must_use]
    pub(super) fn help(mut self, advice: impl Into<String>) -> Self {
        self.help = Some(advice.into());
        self
    }

    /// The same, shown after the finding that it is about.
    #[must_use]
    pub(super) fn shows(mut self, found: Diagnostic) -> Self {
        self.found = Some(Box::new(found));
        self
    }

    /// What was asked for would be a fault in the record.
    pub(super) fn refused(fault: &Diagnostic) -> Self {
        Self {
            message: fault.message.clone(),
            help: fault.help.clone(),
            code: exit::USAGE,
            found: None,
        }
    }
}

impl From<RepositoryError> for Failure {
    fn from(fault: RepositoryError) -> Self {
        let code = match fault {
            RepositoryError::NoRecord
            | RepositoryError::NoCommit(_)
            | RepositoryError::Ambiguous(..)
            | RepositoryError::Occupied(_)
            | RepositoryError::BranchName(_) => exit::USAGE,
            _ => exit::REPOSITORY,
        };
        Self {
            message: fault.to_string(),
            help: fault.help(),
            code,
            found: None,
        }
    }
}

impl From<OutputError> for Failure {
    fn from(fault: OutputError) -> Self {
        Self::usage(plain::line(&fault.to_string())).help(fault.help())
    }
}
