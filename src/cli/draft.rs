//! Words that were typed and not recorded: they are kept in the Git directory until they are, and
//! offered where words are asked for next.

use std::fs;
use std::path::PathBuf;

use super::effect::quoted;
use super::failure::Failure;
use crate::archive::repository::Repository;

/// The words that were typed about one thing.
pub(super) struct Draft<'a> {
    repository: &'a Repository,
    about: &'a str,
}

impl<'a> Draft<'a> {
    /// Those about the incident called `about`.
    pub(super) fn about(repository: &'a Repository, about: &'a str) -> Self {
        Self { repository, about }
    }

    /// What they are about.
    pub(super) fn what(&self) -> &str {
        self.about
    }

    fn path(&self) -> PathBuf {
        let name = format!("{}.md", self.about);
        self.repository.private_folder().join("drafts").join(name)
    }

    /// The words that were kept, if there are any.
    pub(super) fn words(&self) -> Option<String> {
        fs::read_to_string(self.path()).ok()
    }

    /// Keeps `words`, in the place of any that were kept before, and says where: with advice
    /// that comes first.
    pub(super) fn keep(&self, words: &str) -> Option<String> {
        let path = self.path();
        fs::create_dir_all(path.parent()?).ok()?;
        fs::write(&path, words).ok()?;
        let file = path.to_str()?.to_owned();
        Some(format!(
            "the text is kept in `{file}`; to record it as a comment: `annals comment {} - < {}`",
            self.about,
            quoted(&file)
        ))
    }

    /// The failure of a verb whose `words` were not recorded: they are kept, and it says where.
    pub(super) fn of(&self, words: Option<&str>, failure: Failure) -> Failure {
        let words = words.filter(|words| !words.trim().is_empty());
        let Some(kept) = words.and_then(|words| self.keep(words)) else {
            return failure;
        };
        let help = failure.help.as_ref();
        let help = help.map_or(kept.clone(), |help| format!("{help}\n  {kept}"));
        failure.help(help)
    }

    /// Forgets what was kept, once `recorded` holds it.
    pub(super) fn settle(&self, recorded: &str) {
        let kept = self.words();
        if kept.is_some_and(|kept| recorded.contains(kept.trim())) {
            self.discard();
        }
    }

    /// Forgets what was kept.
    pub(super) fn discard(&self) {
        // What stays is offered again, and harms nobody.
        let _ = fs::remove_file(self.path());
    }
}
