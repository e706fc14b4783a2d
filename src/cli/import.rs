//! `annals import`: another tool's record, in one commit.

use std::collections::BTreeMap;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use walkdir::WalkDir;

use super::appending::Place;
use super::arguments::{Foreign, Format, Import};
use super::context::{Context, print_json};
use super::failure::Failure;
use super::landing::Landing;
use super::{check, console, exit};
use crate::archive::append::{FileKind, NewFile};
use crate::archive::piece;
use crate::archive::program::{self, At};
use crate::outward::exchange::import::additions::{Additions, Tally, additions};
use crate::outward::exchange::import::exception::{Exception, What};
use crate::outward::exchange::import::restoring::restore;
use crate::outward::exchange::import::{BadZone, Intake, Tool, Zone};
use crate::text::moment::Moment;
use crate::text::plain;

/// How many exceptions of one kind are told one by one.
const EXAMPLES: usize = 5;

/// `annals import`.
pub(super) fn run(context: &Context, arguments: &Import) -> Result<u8, Failure> {
    let zone: Result<Zone, BadZone> = arguments.time_zone.parse();
    let zone = zone.map_err(|fault| Failure::usage(fault.to_string()).help(fault.help()))?;
    let place = Place::find(context, &arguments.destination)?;
    let mut intake = Intake {
        page: arguments.page.clone(),
        undated: arguments.undated,
        ..Intake::new(zone, context.now)
    };
    let tool = tool(arguments.from);
    let files = files(&arguments.path, tool)?;
    if tool == Tool::Cstate {
        intake.first_met = first_met(&arguments.path);
    }
    let bar = bar(files.len());
    for (name, path) in &files {
        let bytes =
            std::fs::read(path).map_err(|fault| Failure::usage(format!("`{name}`: {fault}")))?;
        tool.read(name, &bytes, &mut intake);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let mut found = additions(&intake, &place.archive);
    let held = |path: &str| place.held(context, path);
    restore(&intake, &place.archive, &held, &mut found);
    let landing = if arguments.dry_run || found.files.is_empty() {
        None
    } else {
        place.warn_of_branch();
        Some(append(context, &place, &found, tool)?)
    };
    tell(context, &found, arguments.dry_run);
    let code = landing.map_or(Ok(exit::FINE), |landing| landing.tell())?;
    let nothing_read = intake.incidents == 0;
    Ok(if nothing_read { exit::FINDINGS } else { code })
}

/// The tool that was typed.
fn tool(typed: Foreign) -> Tool {
    match typed {
        Foreign::Annals => Tool::Annals,
        Foreign::Statuspage => Tool::Statuspage,
        Foreign::StatuspageCsv => Tool::StatuspageCsv,
        Foreign::Cstate => Tool::Cstate,
        Foreign::GoogleCloud => Tool::GoogleCloud,
        Foreign::Aws => Tool::Aws,
        Foreign::Datocms => Tool::Datocms,
        Foreign::Postmortems => Tool::Postmortems,
    }
}

/// The files of `tool` at `path`, each under the name that exceptions call it by.
fn files(path: &Path, tool: Tool) -> Result<Vec<(String, std::path::PathBuf)>, Failure> {
    if path.is_file() {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        return Ok(vec![(name, path.to_owned())]);
    }
    if !path.is_dir() {
        return Err(Failure::usage(format!(
            "`{}` is neither a file nor a folder",
            path.display()
        )));
    }
    let entries = WalkDir::new(path)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok);
    let is_one = |end: &std::ffi::OsStr| tool.endings().iter().any(|ending| end == *ending);
    let of_tool = entries.filter(|entry| {
        entry.file_type().is_file() && entry.path().extension().is_some_and(is_one)
    });
    let named = of_tool.map(|entry| {
        let name = entry
            .path()
            .strip_prefix(path)
            .unwrap_or(entry.path())
            .display()
            .to_string();
        (name, entry.into_path())
    });
    let files: Vec<_> = named.collect();
    if files.is_empty() {
        return Err(holds_none(path, tool));
    }
    Ok(files)
}

/// When each file of a folder was first committed to the Git repository that it lies in:
/// nothing where it lies in none, or Git cannot tell.
fn first_met(path: &Path) -> BTreeMap<String, Moment> {
    let folder = if path.is_dir() {
        path
    } else {
        path.parent().unwrap_or(path)
    };
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let log = [
        "log",
        "--diff-filter=A",
        "--relative",
        "--name-only",
        "-z",
        "--format=%x01%ct",
        "--",
        ".",
    ];
    let mut first = BTreeMap::new();
    let Ok(said) = program::git(At::Folder(folder), &log, &[], b"") else {
        return first;
    };
    // The newest commit comes first, so the oldest one is what remains.
    for commit in String::from_utf8_lossy(&said).split('\u{1}') {
        let mut words = commit.split(['\0', '\n']).filter(|word| !word.is_empty());
        let at = words.next().and_then(|seconds| seconds.parse().ok());
        if let Some(at) = at.and_then(Moment::from_seconds) {
            first.extend(words.map(|name| (name.to_owned(), at)));
        }
    }
    first
}

fn holds_none(path: &Path, tool: Tool) -> Failure {
    let endings = tool.endings().join(" or .");
    Failure::usage(format!(
        "`{}` holds no file of {}: their names end in .{endings}",
        path.display(),
        tool.name()
    ))
}

/// A progress bar on a terminal, and nothing elsewhere.
fn bar(length: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:32} {pos}/{len} files, {eta} left");
    let bar = ProgressBar::new(u64::try_from(length).unwrap_or_default());
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn append(
    context: &Context,
    place: &Place,
    found: &Additions,
    tool: Tool,
) -> Result<Landing, Failure> {
    let files: Vec<NewFile> = found
        .files
        .iter()
        .map(|(path, bytes)| NewFile {
            path: context.repository.path(path),
            bytes: bytes.clone(),
            kind: if piece::is_read(path) {
                FileKind::Record
            } else {
                FileKind::Attachment
            },
        })
        .collect();
    let message = format!(
        "annals: import {}\n\n{} new incidents, {} new updates\n",
        tool.name(),
        found.incidents.new,
        found.updates.new
    );
    let day = context.now.format("%Y-%m-%dt%H%M%S").unwrap_or_default();
    place.append(context, &files, &format!("import-{day}"), &message)
}

fn tell(context: &Context, found: &Additions, dry: bool) {
    if context.format == Format::Json {
        let tally = |tally: &Tally| json!({ "read": tally.read, "new": tally.new, "known": tally.known, "repeated": tally.repeated, "left_out": tally.left_out });
        print_json(&json!({
            "imports": [{ "files": found.files.len(), "incidents": tally(&found.incidents), "updates": tally(&found.updates), "facts": found.facts, "retrospectives": found.retrospectives, "exceptions": found.exceptions }],
            "diagnostics": [],
        }));
        return;
    }
    list(&found.exceptions);
    let undated = |exception: &Exception| exception.what == What::IncidentWithoutTime;
    if found.exceptions.iter().any(undated) {
        console::remark("`--undated TIME` takes in incidents that name no time, as of that time");
    }
    let unknown = |exception: &Exception| exception.what == What::UnknownStatus;
    if found.exceptions.iter().any(unknown) {
        console::remark(
            "a status that is not known changes nothing: look with `annals list` for what stays open because of it",
        );
    }
    let line = |noun: &str, tally: &Tally| {
        format!(
            "{noun:<10}{} read = {} new + {} known + {} met again + {} left out",
            tally.read, tally.new, tally.known, tally.repeated, tally.left_out
        )
    };
    console::say(&line("incidents", &found.incidents));
    console::say(&line("updates", &found.updates));
    if found.retrospectives > 0 {
        let number = found.retrospectives;
        console::say(&check::count(number, "retrospective", "retrospectives"));
    }
    let exceptions = check::count(found.exceptions.len(), "exception", "exceptions");
    let verb = if dry { "would be added" } else { "added" };
    console::say(&format!(
        "{} {verb}, {exceptions} listed",
        check::count(found.files.len(), "file", "files")
    ));
}

/// Tells the exceptions, those first that leave out most: of each kind a few, and how
/// many there are.
fn list(exceptions: &[Exception]) {
    for what in What::ALL {
        let of_kind: Vec<&Exception> = exceptions
            .iter()
            .filter(|exception| exception.what == *what)
            .collect();
        for exception in of_kind.iter().take(EXAMPLES) {
            let whose = exception.update.as_ref().or(exception.incident.as_ref());
            let whose = whose.map_or_else(String::new, |id| format!(" {}", plain::line(id)));
            console::remark(&format!(
                "{}{whose}: {} ({})",
                plain::line(&exception.file),
                what.meaning(),
                plain::line(&exception.detail)
            ));
        }
        let more = of_kind.len().saturating_sub(EXAMPLES);
        if more > 0 {
            console::remark(&format!(
                "… and {more} more of {what}; `--format json` lists all of them"
            ));
        }
    }
}
