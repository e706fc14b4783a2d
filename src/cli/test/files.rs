//! Which files hold tests, and the recorded cases in them.

use std::path::{Path, PathBuf};

use serde_json::error::Category;
use walkdir::WalkDir;

use super::{Outcome, Trial};
use crate::archive::repository::RepositoryError;
use crate::archive::snapshot::{Snapshot, Version};
use crate::automation::recorded::Case;
use crate::cli::console;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::source::{Source, Span};

/// The folder of a repository that holds its tests.
const FOLDER: &str = "tests";
/// How the names of files of tests end.
const KINDS: [&str; 4] = ["yaml", "yml", "json", "jsonl"];

/// A file of tests.
pub(super) struct File {
    /// Where it lies.
    place: PathBuf,
    /// Its path as people know it.
    pub shown: String,
}

/// The files of the repository's folder `tests`.
pub(super) fn of_repository(context: &Context) -> Result<Vec<File>, Failure> {
    let Some(root) = context.repository.root() else {
        let failure = Failure::usage("a bare repository has no folder `tests`");
        return Err(failure.help("name the files of tests"));
    };
    let folder = root.join(FOLDER);
    let snapshot = Snapshot::new(&context.repository, Version::Folder)?;
    let mut files = Vec::new();
    // A link, or what Git ignores, is no part of the record.
    if folder.symlink_metadata().is_ok_and(|facts| facts.is_dir()) {
        for mut file in inside(&folder)? {
            let name = file.place.strip_prefix(&root).unwrap_or(&file.place);
            file.shown = name.to_string_lossy().into_owned();
            if !snapshot.is_ignored(&file.shown)? {
                files.push(file);
            }
        }
    }
    if files.is_empty() {
        console::remark("there are no tests: write the first one as `tests/rules.yaml`");
    }
    Ok(files)
}

/// The files that were named, and those in the folders that were, in the order of their
/// names.
pub(super) fn named(paths: &[PathBuf]) -> Result<Vec<File>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(File::at(path.clone()));
            continue;
        }
        let found = inside(path)?;
        if found.is_empty() {
            let message = format!("the folder `{}` holds no tests", path.display());
            let help = "tests are files that end in .yaml, .yml, .json or .jsonl; folders inside a folder are not looked into";
            return Err(Failure::usage(message).help(help));
        }
        files.extend(found);
    }
    Ok(files)
}

fn inside(folder: &Path) -> Result<Vec<File>, Failure> {
    let mut files = Vec::new();
    for found in WalkDir::new(folder).max_depth(1).sort_by_file_name() {
        let found = found.map_err(|fault| Failure::usage(fault.to_string()))?;
        let kind = found.path().extension().and_then(|kind| kind.to_str());
        if found.file_type().is_file() && kind.is_some_and(|kind| KINDS.contains(&kind)) {
            files.push(File::at(found.into_path()));
        }
    }
    Ok(files)
}

impl File {
    fn at(place: PathBuf) -> Self {
        let shown = place.to_string_lossy().into_owned();
        Self { place, shown }
    }

    /// What the file says.
    pub(super) fn source(&self) -> Result<Source, Box<Diagnostic>> {
        let bytes = std::fs::read(&self.place).map_err(|fault| {
            let fault = RepositoryError::File(self.shown.clone(), fault);
            Box::new(Diagnostic::error(Code::NotRecorded, fault.to_string()))
        })?;
        Source::read(&self.shown, &bytes)
    }

    /// Whether the file holds recorded cases: JSON lines, or JSON that is no list.
    pub(super) fn holds_cases(&self, source: &Source) -> bool {
        match self.place.extension().and_then(|kind| kind.to_str()) {
            Some("jsonl") => true,
            Some("json") => !source.text().trim_start().starts_with('['),
            _ => false,
        }
    }

    /// The recorded cases of the file: one, or one a line.
    pub(super) fn cases(&self, source: &Source) -> Vec<Trial> {
        let text = source.text();
        let lines = self.place.extension().is_some_and(|kind| kind == "jsonl");
        let pieces: Vec<&str> = if lines {
            text.split_inclusive('\n').collect()
        } else {
            vec![text]
        };
        let (mut start, mut trials) = (0, Vec::new());
        for (piece, line) in pieces.into_iter().zip(1..) {
            if !piece.trim().is_empty() {
                trials.push(match serde_json::from_str::<Case>(piece.trim_end()) {
                    Ok(case) => Trial {
                        outcome: Outcome::of(case.differences()),
                        name: case.name,
                        path: self.shown.clone(),
                        line: Some(line),
                    },
                    Err(fault) => Trial::unable(self, vec![no_case(source, start, piece, &fault)]),
                });
            }
            start += piece.len();
        }
        trials
    }
}

/// Why the `piece` of a file that begins at byte `start` is no recorded case.
fn no_case(source: &Source, start: usize, piece: &str, fault: &serde_json::Error) -> Diagnostic {
    let lines = piece
        .split_inclusive('\n')
        .take(fault.line().saturating_sub(1));
    let at = start + lines.map(str::len).sum::<usize>() + fault.column().saturating_sub(1);
    let span = Span { start: at, end: at };
    let said = fault.to_string();
    let said = said
        .rsplit_once(" at line ")
        .map_or(said.as_str(), |(said, _)| said);
    if fault.classify() == Category::Data {
        let message = format!("this is no recorded case: {said}");
        let fault = source.error(Code::WrongType, span, message);
        return fault
            .help("golden tests are a list; a recorded case has `name`, `steps` and `expected`");
    }
    source.error(Code::YamlSyntax, span, format!("this is not JSON: {said}"))
}
