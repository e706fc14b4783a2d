//! What a change is compared with, and where the two parted.
//!
//! The branch that a pull request asks to merge may be behind its base: what the base
//! received meanwhile is not missing from it. So a change is judged from where it parted
//! from its base. A base that is part of no branch any more was the tip of one whose
//! history was rewritten; then everything that it held must still be there.

use crate::archive::repository::{ObjectId, Repository, RepositoryError};
use crate::text::diagnostic::{Code, Diagnostic};

/// What CI systems say where a branch had no commit before.
const NOTHING: &str = "0000000000000000000000000000000000000000";

/// What a change is compared with.
#[derive(Clone, Debug)]
pub struct Base {
    /// What people call it.
    pub name: String,
    /// The commit.
    pub tip: ObjectId,
    /// Where the change begins, each commit with the name that people know it by: several
    /// when branches were merged crosswise.
    pub forks: Vec<(ObjectId, String)>,
    /// What is wrong with the base itself.
    pub fault: Option<Diagnostic>,
}

impl Base {
    /// The base that somebody named, seen from commit `head`. None when the name says that
    /// there was nothing before.
    pub fn find(
        repository: &Repository,
        name: &str,
        head: Option<ObjectId>,
    ) -> Result<Option<Self>, RepositoryError> {
        if name == NOTHING {
            return Ok(None);
        }
        let tip = repository.resolve(name)?;
        let forks = match head {
            Some(head) => repository.forks(tip, head)?,
            None => Vec::new(),
        };
        let stands =
            forks.contains(&tip) || (!forks.is_empty() && repository.is_on_a_branch(tip)?);
        let called = |fork: ObjectId| {
            if fork == tip {
                name.to_owned()
            } else {
                fork.short()
            }
        };
        let fault = (!stands).then(|| rewritten(name, tip, forks.is_empty()));
        let forks = if stands { forks } else { vec![tip] };
        Ok(Some(Self {
            name: name.to_owned(),
            tip,
            forks: forks.into_iter().map(|fork| (fork, called(fork))).collect(),
            fault,
        }))
    }
}

/// That what is checked does not come of the base.
fn rewritten(name: &str, tip: ObjectId, is_strange: bool) -> Diagnostic {
    let message = if is_strange {
        format!("`{name}` and what is checked have no commit in common")
    } else {
        format!("`{name}` is part of no branch any more: recorded history was rewritten")
    };
    let strange = if is_strange {
        "--allow-unrelated-histories "
    } else {
        ""
    };
    Diagnostic::error(Code::HistoryRewritten, message)
        .help("merge the old history back in, and undo with new commits what should be undone")
        .command(format!("git merge {strange}{tip}"))
}
