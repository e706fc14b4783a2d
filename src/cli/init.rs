//! `annals init`: makes a repository ready, in one commit and a ledger.

use super::arguments::{Forge, Init};
use super::context::Context;
use super::failure::Failure;
use super::{console, exit};
use crate::archive::append::{self, Append, FileKind, NewFile};
use crate::archive::ledger::Ledger;
use crate::archive::repository::{Repository, RepositoryError};
use crate::archive::settings;
use crate::archive::snapshot::{Snapshot, Version};
use crate::text::plain;
use crate::text::yaml;

const SETTINGS: &str = include_str!("init/annals.yaml");
const AUTOMATION: &str = include_str!("init/automation.yaml");
const LEDGER: &str = "annals-ledger";

/// `annals init`.
pub(super) fn run(context: &Context, arguments: &Init) -> Result<u8, Failure> {
    let repository = &context.repository;
    let snapshot = Snapshot::new(repository, Version::Folder)?;
    refuse_second(repository, &snapshot)?;
    let branch = repository.head()?.branch.ok_or(RepositoryError::Detached)?;
    let ledger = uuid::Uuid::new_v4().to_string();
    let mut files = Vec::new();
    for (path, text) in texts(arguments, &branch, &ledger)? {
        if snapshot.file(path)?.is_some() {
            console::remark(&format!(
                "kept {path} as it is: add to it by hand what `annals init` would have written"
            ));
        } else {
            let path = repository.path(path);
            files.push(NewFile {
                path,
                bytes: text.into_bytes(),
                kind: FileKind::Record,
            });
        }
    }
    let append = Append {
        branch: &branch,
        files: &files,
        message: "annals: init\n",
        now: context.now,
        orphan: false,
    };
    let commit = append::append(repository, &append, &|_| ())?;
    Ledger::create(repository, LEDGER, &ledger, Some(commit), context.now)?;
    for file in &files {
        console::say(&format!("  {}", file.path));
    }
    console::say(&format!("  branch {LEDGER}"));
    console::say(
        "ready: declare an incident with\n  annals declare \"What people see\" --severity high",
    );
    console::say(&format!(
        "and push both branches: git push -u origin {branch} {LEDGER}"
    ));
    Ok(exit::FINE)
}

fn refuse_second(repository: &Repository, snapshot: &Snapshot<'_>) -> Result<(), Failure> {
    if snapshot.file(settings::FILE)?.is_some() {
        let failure = Failure::usage(format!("there is an `{}` already", settings::FILE));
        return Err(failure.help("edit it: `annals schema settings` lists what it may say"));
    }
    if repository.tip(LEDGER)?.is_some() {
        let failure = Failure::repository(format!("there is a branch `{LEDGER}` already"));
        return Err(failure
            .help("it is a ledger of before: name its id in `annals.yaml`, or delete the branch"));
    }
    Ok(())
}

fn texts(
    arguments: &Init,
    branch: &str,
    ledger: &str,
) -> Result<Vec<(&'static str, String)>, Failure> {
    let title = yaml::write(&plain::line(&arguments.title))
        .map_err(|fault| Failure::usage(fault.to_string()))?;
    let filled = |text: &str| {
        text.replace("{branch}", branch)
            .replace("{ledger}", ledger)
            .replace("{title}", title.trim_end())
    };
    let (path, ci) = match arguments.forge {
        Forge::Github => (
            ".github/workflows/annals.yaml",
            include_str!("init/github.yaml"),
        ),
        Forge::Gitlab => (".gitlab-ci.yml", include_str!("init/gitlab.yaml")),
        Forge::Forgejo => (
            ".forgejo/workflows/annals.yaml",
            include_str!("init/forgejo.yaml"),
        ),
    };
    Ok(vec![
        (settings::FILE, filled(SETTINGS)),
        (
            "automations/tell-about-critical-incidents.yaml",
            filled(AUTOMATION),
        ),
        (path, filled(ci)),
    ])
}
