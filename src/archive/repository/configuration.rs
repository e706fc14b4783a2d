//! What the user's own `git` says of itself here: its configuration, and who commits.
//!
//! libgit2 reads some of the files that `git` reads, and neither its environment
//! (`GIT_CONFIG_GLOBAL`, `GIT_CONFIG_COUNT`) nor every condition of its includes
//! (`hasconfig`). A setting that is overlooked is a commit without the signature that it
//! asks for, so `git` is asked, once for everything: each process more would cost an append
//! a third of its time.

use std::fmt;

use super::{Repository, RepositoryError};
use crate::archive::program::{self, At, Said};

/// Somebody who commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `user.name`.
    pub name: String,
    /// `user.email`.
    pub email: String,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} <{}>", self.name, self.email)
    }
}

impl Identity {
    /// Reads what `git` prints: the name, the address, and a date.
    fn of(said: &str) -> Option<Self> {
        let (name, rest) = said.split_once(" <")?;
        let email = rest.split_once('>')?.0;
        let is_somebody = !name.is_empty() && !email.is_empty();
        is_somebody.then(|| Self {
            name: name.to_owned(),
            email: email.to_owned(),
        })
    }
}

/// What `git var -l` lists: every setting of every file, in the order in which a later one
/// overrules an earlier one, and after them what follows from settings and environment.
pub(super) struct Configuration(String);

impl Configuration {
    /// What is said last of `key`, whose section and name are in small letters. A key that
    /// stands without a value is `true`.
    fn said(&self, key: &str) -> Option<&str> {
        let mut lines = self.0.lines().rev();
        lines.find_map(|line| match line.strip_prefix(key)? {
            "" => Some("true"),
            rest => rest.strip_prefix('='),
        })
    }

    /// Whether `key` is set to what Git takes for true. What is neither that nor false is an
    /// error, as it is to Git: it may have been meant either way.
    fn is_true(&self, key: &'static str) -> Result<bool, RepositoryError> {
        let said = self.said(key).unwrap_or("false");
        match said.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Ok(true),
            "false" | "no" | "off" | "" => Ok(false),
            number => match number.parse::<i64>() {
                Ok(number) => Ok(number != 0),
                Err(_) => Err(RepositoryError::Setting(key, said.to_owned())),
            },
        }
    }

    /// Who commits, where that is said and not guessed: a list guesses, a commit must not.
    fn identity(&self) -> Option<Identity> {
        let given = |what: &str| {
            let keys = ["committer", "user"].map(|whose| format!("{whose}.{what}"));
            keys.iter()
                .any(|key| self.said(key).is_some_and(|said| !said.is_empty()))
        };
        if !given("name") || !given("email") {
            return None;
        }
        Identity::of(self.said("GIT_COMMITTER_IDENT")?)
    }
}

impl Repository {
    /// Runs the user's `git` on this repository, and answers what it prints.
    pub fn run_git(
        &self,
        arguments: &[&str],
        variables: &[(&str, String)],
        input: &[u8],
    ) -> Result<Vec<u8>, RepositoryError> {
        Ok(self.hear_git(arguments, variables, input)?.printed)
    }

    /// The same, with what it remarked.
    pub fn hear_git(
        &self,
        arguments: &[&str],
        variables: &[(&str, String)],
        input: &[u8],
    ) -> Result<Said, RepositoryError> {
        let at = At::Opened(self.git.path(), self.git.workdir());
        program::run(at, arguments, variables, input)
    }

    fn configuration(&self) -> Result<&Configuration, RepositoryError> {
        if let Some(known) = self.configuration.get() {
            return Ok(known);
        }
        let said = self.run_git(&["var", "-l"], &[], b"")?;
        let said = String::from_utf8_lossy(&said).into_owned();
        Ok(self.configuration.get_or_init(|| Configuration(said)))
    }

    /// What the configuration says of `key`, whose section and name are in small letters.
    pub(super) fn configured(&self, key: &str) -> Result<Option<&str>, RepositoryError> {
        Ok(self.configuration()?.said(key))
    }

    /// Who commits here, as the user's `git` would say: from the environment, else from its
    /// configuration.
    pub fn identity(&self) -> Result<Identity, RepositoryError> {
        if let Some(known) = self.identity.get() {
            return Ok(known.clone());
        }
        let identity = match self.configuration()?.identity() {
            Some(identity) => identity,
            None => self.strict_identity()?,
        };
        Ok(self.identity.get_or_init(|| identity).clone())
    }

    /// The same, asked for in the way that fails where Git would have to guess too much.
    fn strict_identity(&self) -> Result<Identity, RepositoryError> {
        let said = self
            .run_git(&["var", "GIT_COMMITTER_IDENT"], &[], b"")
            .map_err(|_| RepositoryError::NoIdentity)?;
        Identity::of(&String::from_utf8_lossy(&said)).ok_or(RepositoryError::NoIdentity)
    }

    /// Whether the user's configuration asks for signed commits.
    pub fn signs(&self) -> Result<bool, RepositoryError> {
        self.configuration()?.is_true("commit.gpgsign")
    }

    /// Whether Git itself puts carriage returns into the working folder.
    pub fn adds_returns(&self) -> Result<bool, RepositoryError> {
        let configuration = self.configuration()?;
        match configuration.said("core.autocrlf") {
            Some("input") => Ok(false),
            _ => configuration.is_true("core.autocrlf"),
        }
    }

    /// Whether Git would begin a log of the reference `name`.
    pub(super) fn logs(&self, name: &str) -> Result<bool, RepositoryError> {
        let kept = ["refs/heads/", "refs/remotes/", "refs/notes/"];
        let kept = kept.iter().any(|folder| name.starts_with(folder));
        Ok(match self.configured("core.logallrefupdates")? {
            Some("always") => true,
            Some("false" | "no" | "off" | "0") => false,
            Some(_) => kept,
            None => kept && !self.git.is_bare(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_on_a_key_counts() {
        let listed = "commit.gpgsign=true\ncore.autocrlf\ncommit.gpgsigner=no\n\
             commit.gpgsign=off\ncore.autocrlf=input\nuser.name=Ana\n\
             alias.x=!echo\ncommit.gpgsign=2\nGIT_COMMITTER_IDENT=Ana <a@b> 1 +0000\n";
        let listed = Configuration(listed.to_owned());
        assert!(listed.is_true("commit.gpgsign").unwrap());
        assert!(listed.is_true("core.autocrlf").is_err());
        assert_eq!(listed.said("commit"), None);
        assert_eq!(listed.identity(), None, "the address would be a guess");
        let bare = Configuration("core.autocrlf\n".to_owned());
        assert!(bare.is_true("core.autocrlf").unwrap());
        let empty = Configuration("core.autocrlf=\n".to_owned());
        assert!(!empty.is_true("core.autocrlf").unwrap());
    }
}
