//! The process's surroundings: environment variables, standard input, the editor.

use std::io::{IsTerminal, Read};
use std::path::Path;
use std::process::Command;

use super::draft::Draft;
use super::failure::Failure;
use crate::archive::repository::Repository;
use crate::text::moment::Region;

/// The value of the environment variable `name`.
#[expect(clippy::disallowed_methods, reason = "the owner of the environment")]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The zone of this machine's clock: what `TZ` says, or else how the machine is set up.
pub(super) fn zone() -> Result<Region, Failure> {
    let named = variable("TZ");
    let told = named.as_deref().map(|name| name.trim_start_matches(':'));
    if let Some(name) = told {
        return Region::named(name).ok_or_else(|| {
            Failure::usage(format!(
                "`TZ` says `{name}`, which is not the name of a time zone"
            ))
            .help("set it to a name such as `Europe/Berlin`, or say `timezone` in annals.yaml")
        });
    }
    let file = Path::new("/etc/localtime");
    // A machine that says nothing is at UTC. One that says something which is not understood is
    // not: a time would be recorded hours beside what was meant.
    let Ok(facts) = std::fs::symlink_metadata(file) else {
        return Ok(Region::UTC);
    };
    let link = facts.is_symlink().then(|| std::fs::read_link(file).ok());
    let link = link.flatten().unwrap_or_default();
    let link = link.to_string_lossy();
    let named = link
        .split_once("zoneinfo/")
        .and_then(|(_, name)| Region::named(name));
    named.ok_or_else(|| {
        Failure::usage("the time zone of this machine has no name in `/etc/localtime`")
            .help("say `timezone` in annals.yaml, set `TZ`, or type the time with its offset")
    })
}

/// The words that somebody gives as an argument, or on standard input for `-`.
pub(super) fn words(argument: &str) -> Result<String, Failure> {
    let words = match argument {
        "-" => standard_input()?,
        words => words.to_owned(),
    };
    some(&words)
}

/// The same, or in the editor that their Git uses: there a draft is offered.
pub(super) fn words_about(
    argument: Option<&str>,
    repository: &Repository,
    draft: &Draft<'_>,
) -> Result<String, Failure> {
    match argument {
        Some(argument) => words(argument),
        None if std::io::stdin().is_terminal() => some(&edited(repository, draft)?),
        None => Err(Failure::usage("there is nothing to say")
            .help("give the text as an argument, or `-` to read standard input")),
    }
}

fn some(words: &str) -> Result<String, Failure> {
    let words = words.replace("\r\n", "\n");
    if words.trim().is_empty() {
        return Err(Failure::usage("the text is empty; nothing was recorded"));
    }
    Ok(words)
}

fn standard_input() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|fault| Failure::usage(format!("standard input: {fault}")))?;
    String::from_utf8(bytes).map_err(|_| Failure::usage("standard input is not UTF-8 text"))
}

/// Lets somebody write in their editor. Lines below the scissors are not theirs.
fn edited(repository: &Repository, draft: &Draft<'_>) -> Result<String, Failure> {
    const SCISSORS: &str = "# ------------------------ >8 ------------------------";
    let folder = repository.private_folder();
    // Two people may write at the same time.
    let file = folder.join(format!("words-{}.md", std::process::id()));
    let begun = draft.words().unwrap_or_default();
    let about = draft.what();
    let written = std::fs::create_dir_all(&folder).and_then(|()| {
        std::fs::write(
            &file,
            format!("{begun}\n{SCISSORS}\n# Commenting on {about}\n# Nothing below the line above is recorded.\n"),
        )
    });
    written.map_err(|fault| Failure::repository(format!("`{}`: {fault}", file.display())))?;
    let editor = repository.run_git(&["var", "GIT_EDITOR"], &[], &[])?;
    let ended = run_editor(String::from_utf8_lossy(&editor).trim(), &file);
    let text = std::fs::read_to_string(&file).map_err(|fault| {
        let shown = file.display();
        Failure::usage(format!("what was written cannot be read: `{shown}`: {fault}"))
            .help("the file is kept: save it as UTF-8 text, and record it with `annals comment ID - < FILE`")
    })?;
    let _ = std::fs::remove_file(&file);
    let words = text.split(SCISSORS).next().unwrap_or_default();
    let words = words.trim_end().trim_start_matches('\n');
    match ended {
        Ok(()) => Ok(words.to_owned()),
        Err(failure) => Err(draft.of(Some(words), failure)),
    }
}

/// As Git does: through a shell, since an editor is configured as a command line.
fn run_editor(editor: &str, file: &Path) -> Result<(), Failure> {
    let status = Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$@\""))
        .arg(editor)
        .arg(file)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            let how = status.code().map_or_else(
                || "was interrupted".to_owned(),
                |code| format!("exited with status {code}"),
            );
            Err(Failure::usage(format!(
                "the editor {how}; nothing was recorded"
            )))
        }
        Err(fault) => Err(Failure::usage(format!(
            "the editor could not be run: {fault}"
        ))),
    }
}
