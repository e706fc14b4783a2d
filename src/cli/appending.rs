//! What the verbs that append have in common: where it goes, when it happened, who says
//! so, and whether it took effect.

use super::arguments::Appending;
use super::console;
use super::context::Context;
use super::failure::Failure;
use crate::archive::Archive;
use crate::archive::append::{self, Append, FileKind, NewFile};
use crate::archive::piece;
use crate::archive::repository::RepositoryError;
use crate::archive::snapshot::Version;
use crate::incident::Incident;
use crate::incident::declaration::{FactTime, Kind, Visibility};
use crate::incident::entry::{EntryForm, Update};
use crate::incident::rules::{self, Site};
use crate::incident::state::State;
use crate::text::diagnostic::{Diagnostic, Level};
use crate::text::duration::Duration;
use crate::text::moment::Moment;
use crate::text::source::Source;
use crate::text::yaml;

/// Where something is appended.
pub(super) struct Place {
    /// The branch.
    pub branch: String,
    /// The record as it is there.
    pub archive: Archive,
    only_write: bool,
}

impl Place {
    /// The branch that was named, or the current one, and the record as it is there.
    pub(super) fn find(context: &Context, appending: &Appending) -> Result<Self, Failure> {
        Self::on(context, appending.branch.as_deref(), appending.no_commit)
    }

    /// The same for a branch named directly.
    pub(super) fn on(
        context: &Context,
        branch: Option<&str>,
        only_write: bool,
    ) -> Result<Self, Failure> {
        let repository = &context.repository;
        if only_write && repository.root().is_none() {
            return Err(Failure::usage(
                "a bare repository has no folder to write to",
            ));
        }
        let head = repository.head()?;
        let current = head.branch.as_deref();
        let branch = match branch {
            Some(typed) => repository.branch_name(typed)?,
            None => current.ok_or(RepositoryError::Detached)?,
        };
        let version = match (current == Some(branch), repository.tip(branch)?) {
            (true, _) | (_, None) => Version::Folder,
            (false, Some(tip)) => Version::Commit(tip),
        };
        let archive = context.sound_archive(version)?;
        if branch == archive.settings.ledger.branch {
            return Err(RepositoryError::BranchName(branch.to_owned()).into());
        }
        Ok(Self {
            branch: branch.to_owned(),
            archive,
            only_write,
        })
    }

    /// Says first that nothing will act on what is appended here, when that is so.
    pub(super) fn warn_of_branch(&self) {
        let record = &self.archive.settings.branch;
        if self.only_write {
            console::remark("written to the folder only: it is recorded once you commit it");
        } else if self.branch != *record {
            console::remark(&format!(
                "on branch {}: no automation acts until this is merged into {record}",
                self.branch
            ));
        }
    }

    /// Appends `files` under `message`.
    pub(super) fn append(
        &self,
        context: &Context,
        files: &[NewFile],
        message: &str,
    ) -> Result<(), Failure> {
        if self.only_write {
            return Ok(append::write_only(&context.repository, files)?);
        }
        let append = Append {
            branch: &self.branch,
            files,
            message,
            now: context.now,
            orphan: false,
        };
        append::append(&context.repository, &append, &|_| ())?;
        Ok(())
    }
}

/// The moment of an entry: what was said, else now, but after everything that is seen.
pub(super) fn moment(
    context: &Context,
    appending: &Appending,
    incident: Option<&Incident>,
) -> Moment {
    let last = incident
        .and_then(|incident| incident.entries.last())
        .map(|entry| entry.at);
    let declared = incident.map(|incident| incident.declaration.declared_at);
    let after = last
        .max(declared)
        .map(|last| last.plus(Duration::milliseconds(1)));
    let now = context.now.to_millisecond();
    let present = after.map_or(now, |after| after.max(now));
    appending.at.map_or(present, Moment::to_millisecond)
}

/// Who says so: as told, else who commits.
pub(super) fn author(context: &Context, appending: &Appending) -> Result<String, Failure> {
    match &appending.by {
        Some(person) if person.trim().is_empty() => Err(Failure::usage("`--by` names nobody")),
        Some(person) => Ok(person.clone()),
        None => Ok(context.repository.identity()?.to_string()),
    }
}

/// Who may see it; none where nothing was typed.
pub(super) fn visibility(appending: &Appending) -> Option<Visibility> {
    appending.internal.then_some(Visibility::Internal)
}

/// An entry as a file, refused when it would be a fault in the record.
pub(super) fn entry_file(
    context: &Context,
    place: &Place,
    incident: &Incident,
    form: &EntryForm,
) -> Result<NewFile, Failure> {
    let text = written(form)?;
    let source = Source::new("entry.yaml", &text);
    let (kind, vocabulary) = (incident.declaration.kind, &place.archive.vocabulary);
    let mut found = rules::entry(form, kind, &Site::top(&source), vocabulary);
    found.extend(rules::retired_in_entry(
        form,
        kind,
        &Site::top(&source),
        vocabulary,
    ));
    let mut times = vec![("at", Some(form.at))];
    times.extend(form.update.iter().flat_map(Update::fact_times));
    refuse(&found, &times, context.now)?;
    let path = crate::archive::layout::entry_path(&incident.path, &form.made_id());
    Ok(NewFile {
        path: context.repository.path(&path),
        bytes: text.into_bytes(),
        kind: FileKind::Record,
    })
}

/// A form as the text of its file. What was written is read back first: a file that
/// would not say the same again is not written.
pub(super) fn written<T: serde::Serialize>(form: &T) -> Result<String, Failure> {
    let text = yaml::write(form).map_err(|fault| Failure::usage(fault.to_string()))?;
    let reading = piece::read("new.yaml", text.as_bytes());
    match reading
        .found
        .iter()
        .find(|diagnostic| diagnostic.level == Level::Error)
    {
        Some(fault) => Err(Failure::refused(fault)),
        None => Ok(text),
    }
}

/// Fails on the first of `found`, or on a time that has not come yet.
pub(super) fn refuse(found: &[Diagnostic], times: &[FactTime], now: Moment) -> Result<(), Failure> {
    if let Some(fault) = found.first() {
        return Err(Failure::refused(fault));
    }
    match rules::not_come_yet(times, now) {
        None => Ok(()),
        Some((key, at)) => Err(Failure::usage(format!("{at} has not come yet (`{key}`)"))
            .help("say when it happened; what is planned belongs in `--scheduled-for`")),
    }
}

/// Fails when facts in force could not all be true, so that no verb records what `check`
/// would then call an error.
pub(super) fn refuse_order(state: &State) -> Result<(), Failure> {
    match rules::order(state) {
        None => Ok(()),
        Some((_, message)) => {
            Err(Failure::usage(message).help("nothing was recorded; mend the time that is wrong"))
        }
    }
}

/// The kind that was typed.
pub(super) fn kind(typed: super::arguments::Kind) -> Kind {
    match typed {
        super::arguments::Kind::Incident => Kind::Incident,
        super::arguments::Kind::Maintenance => Kind::Maintenance,
        super::arguments::Kind::Drill => Kind::Drill,
    }
}
