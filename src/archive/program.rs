//! Running the user's own `git`, for what needs their credentials, keys, filters or
//! configuration.
//!
//! Arguments are passed as they are, never through a shell. What the program says goes
//! into the error when it fails, without the secrets that an address may hold.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::repository::RepositoryError;

/// What names a repository, or a part of one, to every `git`. A hook sets these for the
/// repository that it runs in, and whoever names another one to annals does not mean them.
const NAMES: [&str; 5] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
];

/// The repository that a `git` works on.
#[derive(Clone, Copy)]
pub enum At<'a> {
    /// The one that it finds from a folder, whatever the environment names.
    Folder(&'a Path),
    /// The one that the environment names to a `git` in this folder.
    Environment(&'a Path),
    /// The one that annals has opened: its Git directory, and its working tree if it has one.
    Opened(&'a Path, Option<&'a Path>),
}

impl At<'_> {
    fn command(self) -> Command {
        let mut command = Command::new("git");
        if !matches!(self, Self::Environment(_)) {
            for name in NAMES {
                command.env_remove(name);
            }
        }
        match self {
            Self::Folder(folder) | Self::Environment(folder) => command.current_dir(folder),
            Self::Opened(git_folder, None) => {
                command.current_dir(git_folder).env("GIT_DIR", git_folder)
            }
            Self::Opened(git_folder, Some(top)) => command
                .current_dir(top)
                .env("GIT_DIR", git_folder)
                .env("GIT_WORK_TREE", top),
        };
        command
    }
}

/// Runs `git` with `arguments` on the repository `at`, gives it `input`, and returns what it
/// prints.
pub fn git(
    at: At<'_>,
    arguments: &[&str],
    variables: &[(&str, String)],
    input: &[u8],
) -> Result<Vec<u8>, RepositoryError> {
    Ok(run(at, arguments, variables, input)?.printed)
}

/// What a program that did not fail said.
pub struct Said {
    /// On standard output.
    pub printed: Vec<u8>,
    /// On standard error.
    pub remarked: String,
}

/// The same as [`git`], for those who want to know what it remarked.
pub fn run(
    at: At<'_>,
    arguments: &[&str],
    variables: &[(&str, String)],
    input: &[u8],
) -> Result<Said, RepositoryError> {
    let verb = arguments.iter().find(|word| !word.starts_with('-'));
    let name = verb.copied().unwrap_or_default().to_owned();
    let failed = |why: String| RepositoryError::Program(name.clone(), why);
    let mut child = at
        .command()
        .args(arguments)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|fault| failed(fault.to_string()))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin
            .write_all(input)
            .map_err(|fault| failed(fault.to_string()))?;
    }
    let output = child
        .wait_with_output()
        .map_err(|fault| failed(fault.to_string()))?;
    let remarked = without_secrets(String::from_utf8_lossy(&output.stderr).trim());
    if output.status.success() {
        Ok(Said {
            printed: output.stdout,
            remarked,
        })
    } else {
        Err(failed(remarked))
    }
}

/// `said` with every `https://name:token@host` in it as `https://host`.
fn without_secrets(said: &str) -> String {
    let ends = |c: char| matches!(c, '/' | '\'' | '"' | '`') || c.is_whitespace();
    let mut parts = said.split("://");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (authority, rest) = part.split_at(part.find(ends).unwrap_or(part.len()));
        let host = authority.rsplit_once('@').map_or(authority, |(_, it)| it);
        kept.extend(["://", host, rest]);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_repeated_without_its_secret() {
        assert_eq!(
            without_secrets("unable to access 'https://ana:t0ken@example.com/a/b.git/': no @ 'x'"),
            "unable to access 'https://example.com/a/b.git/': no @ 'x'"
        );
        assert_eq!(without_secrets("ssh://git@host"), "ssh://host");
        assert_eq!(without_secrets("a@b c"), "a@b c");
    }
}
