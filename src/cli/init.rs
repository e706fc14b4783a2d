//! `annals init`: makes a repository, or a folder of one, ready, in one commit and a ledger.

mod forge;

use super::arguments::Init;
use super::context::Context;
use super::failure::Failure;
use super::{console, exit, run};
use crate::archive::append::{self, Append, FileKind, NewFile};
use crate::archive::ledger::Ledger;
use crate::archive::push::Target;
use crate::archive::repository::{Repository, RepositoryError};
use crate::archive::settings;
use crate::archive::snapshot::{Snapshot, Version};
use crate::text::plain;
use crate::text::yaml;
use forge::{GITLAB, Home, is_place};

const SETTINGS: &str = include_str!("init/annals.yaml");
const AUTOMATION: &str = include_str!("init/automation.yaml");
const TEST: &str = include_str!("init/test.yaml");
/// What Git does not keep, below the record's root.
const IGNORED: &str = "# What `annals build` writes.\n/public/\n";
/// What Git does not alter. An attachment is evidence, and an entry is what was recorded.
const ATTRIBUTES: &str = "# The record is kept byte for byte: no system turns its line endings.\n\
    /incidents/** -text\n\
    /annals.yaml text eol=lf\n\
    /automations/*.yaml text eol=lf\n";

/// `annals init`.
pub(super) fn run(context: &Context, arguments: &Init) -> Result<u8, Failure> {
    let repository = &context.repository;
    refuse_strange_place(arguments.install.as_deref())?;
    let branch = repository.head()?.branch.ok_or(RepositoryError::Detached)?;
    let home = Home::new(repository.path(""), branch);
    let ledger = home.name("annals-ledger");
    if bound_now(context, &home.branch)? {
        return Ok(exit::FINE);
    }
    refuse_second(repository, &ledger)?;
    tell_of_another(repository)?;
    let id = uuid::Uuid::new_v4().to_string();
    let files = files(repository, arguments, &home, &id)?;
    let append = Append {
        branch: &home.branch,
        files: &files,
        message: "annals: init\n",
        now: context.now,
        orphan: false,
    };
    let commit = append::append(repository, &append, &|_| ())?;
    let addresses = addresses(repository, &home.branch)?;
    let is_bound = !addresses.is_empty();
    Ledger::create(
        repository,
        &ledger,
        &id,
        Some(commit),
        addresses,
        context.now,
    )?;
    let written: Vec<String> = files
        .iter()
        .map(|file| repository.shown(&file.path))
        .collect();
    tell(&written, &home.branch, &ledger, is_bound);
    Ok(exit::FINE)
}

/// Refuses a place to install from that the generated files could not hold.
fn refuse_strange_place(install: Option<&str>) -> Result<(), Failure> {
    let Some(install) = install.filter(|install| !is_place(install)) else {
        return Ok(());
    };
    let shown = install.escape_debug();
    Err(Failure::usage(format!("annals cannot be installed from `{shown}`")).help(
        "name a Git address and revision such as `https://git.example.com/annals@v0.1.0`, a wheel or a path, without blanks and quotation marks",
    ))
}

/// Lists what was written, and what to do next.
fn tell(written: &[String], branch: &str, ledger: &str, is_bound: bool) {
    for path in written {
        console::say(&format!("  {path}"));
    }
    console::say(&format!("  branch {ledger}"));
    console::say(
        "ready: declare an incident with\n  annals declare \"What people see\" --severity high",
    );
    let push = format!("git push -u origin {branch} {ledger}");
    console::say(&if is_bound {
        format!("and push both branches: {push}")
    } else {
        format!("and push both branches, then let the ledger act from there: {push} && annals init")
    });
}

/// What is written; what stands there already stays as it is.
fn files(
    repository: &Repository,
    arguments: &Init,
    home: &Home,
    ledger: &str,
) -> Result<Vec<NewFile>, Failure> {
    let top = repository.whole()?;
    let snapshot = Snapshot::new(&top, Version::Folder)?;
    let mut files = Vec::new();
    for (path, text) in texts(repository, arguments, home, ledger)? {
        if snapshot.file(&path)?.is_some() {
            let shown = repository.shown(&path);
            console::remark(&format!(
                "kept {shown} as it is: add to it by hand what `annals init` would have written"
            ));
            let is_short = [IGNORED, ATTRIBUTES].contains(&text.as_str());
            if is_short || (path == GITLAB && !home.folder.is_empty()) {
                console::remark(text.trim_end());
            }
        } else {
            files.push(NewFile {
                path,
                bytes: text.into_bytes(),
                kind: FileKind::Record,
            });
        }
    }
    Ok(files)
}

/// Where the record branch is pushed to: the ledger acts from there.
fn addresses(repository: &Repository, branch: &str) -> Result<Vec<String>, Failure> {
    let target = Target::of(repository, branch)?;
    Ok(target
        .into_iter()
        .map(|target| target.remote.address)
        .collect())
}

/// A second `init`, in the clone that made the ledger, binds it to the remote that there is
/// by now, if it acts from none yet.
fn bound_now(context: &Context, branch: &str) -> Result<bool, Failure> {
    let repository = &context.repository;
    let snapshot = Snapshot::new(repository, Version::Folder)?;
    if snapshot.file(settings::FILE)?.is_none() || repository.head()?.commit.is_none() {
        return Ok(false);
    }
    let Some(target) = Target::of(repository, branch)? else {
        return Ok(false);
    };
    let bound = run::bind(context, &target.remote.name)?;
    if let Some(address) = &bound {
        console::say(&format!("the ledger acts from {address} now"));
    }
    Ok(bound.is_some())
}

fn refuse_second(repository: &Repository, ledger: &str) -> Result<(), Failure> {
    let snapshot = Snapshot::new(repository, Version::Folder)?;
    if snapshot.file(settings::FILE)?.is_some() {
        let failure = Failure::usage(format!("there is an `{}` already", settings::FILE));
        return Err(failure.help("edit it: `annals schema settings` lists what it may say"));
    }
    if repository.tip(ledger)?.is_some() {
        let failure = Failure::repository(format!("there is a branch `{ledger}` already"));
        return Err(failure
            .help("it is a ledger of before: name its id in `annals.yaml`, or delete the branch"));
    }
    Ok(())
}

/// Says that this folder belonged to another record until now, if it did.
fn tell_of_another(repository: &Repository) -> Result<(), Failure> {
    let Some(root) = repository.root() else {
        return Ok(());
    };
    let another = repository.whole()?.seen_from(&root)?;
    let is_one = Snapshot::new(&another, Version::Folder)?.file(settings::FILE)?;
    if is_one.is_some() {
        console::remark(&format!(
            "this folder begins a record of its own: it is no part of that of {} any more",
            repository.shown(&another.path(settings::FILE))
        ));
    }
    Ok(())
}

/// Paths in the repository, and what is to stand there.
fn texts(
    repository: &Repository,
    arguments: &Init,
    home: &Home,
    ledger: &str,
) -> Result<Vec<(String, String)>, Failure> {
    let title = yaml::write(&plain::line(&arguments.title))
        .map_err(|fault| Failure::usage(fault.to_string()))?;
    let settings = SETTINGS
        .replace("{branch}", &home.branch)
        .replace("{ledger-branch}", &home.name("annals-ledger"))
        .replace("{ledger}", ledger)
        .replace("{title}", title.trim_end());
    let mut texts = vec![
        (repository.path(settings::FILE), settings),
        (
            repository.path("automations/tell-about-critical-incidents.yaml"),
            AUTOMATION.to_owned(),
        ),
        (
            repository.path("tests/tell-about-critical-incidents.yaml"),
            TEST.to_owned(),
        ),
        (repository.path(".gitignore"), IGNORED.to_owned()),
        (repository.path(".gitattributes"), ATTRIBUTES.to_owned()),
    ];
    texts.extend(home.files(arguments.forge, arguments.install.as_deref()));
    Ok(texts)
}
