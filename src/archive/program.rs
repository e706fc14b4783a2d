//! Running the user's own `git`, for what needs their credentials, keys or filters.
//!
//! Arguments are passed as they are, never through a shell. What the program says goes
//! into the error when it fails, and nowhere else.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::repository::RepositoryError;

/// Runs `git` with `arguments` in `folder`, gives it `input`, and returns what it prints.
pub fn git(
    folder: &Path,
    arguments: &[&str],
    variables: &[(&str, String)],
    input: &[u8],
) -> Result<Vec<u8>, RepositoryError> {
    let name = arguments.first().copied().unwrap_or_default().to_owned();
    let failed = |why: String| RepositoryError::Program(name.clone(), why);
    let mut child = Command::new("git")
        .current_dir(folder)
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
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(failed(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ))
    }
}
