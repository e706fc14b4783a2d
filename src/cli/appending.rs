//! What the verbs that append have in common: where it goes, when it happened, who says
//! so, and whether it took effect.

use super::arguments::{Appending, Destination};
use super::clock::Pace;
use super::console;
use super::context::Context;
use super::failure::Failure;
use super::landing::{self, Landing};
use super::run;
use super::unfinished;
use crate::archive::Archive;
use crate::archive::append::{self, Append, FileKind, NewFile};
use crate::archive::piece;
use crate::archive::push::{Base, Landed, Push, Revise, Revised, Target};
use crate::archive::repository::{ObjectId, RepositoryError};
use crate::archive::snapshot::{Snapshot, Version};
use crate::archive::unfinished::Unfinished;
use crate::incident::Incident;
use crate::incident::declaration::{FactTime, Kind, Visibility};
use crate::incident::entry::EntryForm;
use crate::incident::order;
use crate::incident::rules::{self, Site};
use crate::text::diagnostic::{Diagnostic, Level};
use crate::text::duration::Duration;
use crate::text::moment::Moment;
use crate::text::source::Source;
use crate::text::yaml;

/// After how many tries it is said that there will be more.
const PATIENCE: u32 = 6;

/// Where something is appended.
pub(super) struct Place {
    /// The branch that it is to land on.
    pub branch: String,
    /// The record as it is there.
    pub archive: Archive,
    /// What appends that were interrupted left.
    pub left: Unfinished,
    way: Way,
    version: Version,
}

/// How something is appended.
enum Way {
    /// Written to the folder, and no more.
    Write,
    /// Committed to the local branch.
    Commit,
    /// Committed to a remote's branch, on top of what that holds.
    Push(Box<Pushing>),
}

/// What a push works with.
struct Pushing {
    target: Target,
    base: Base,
    pace: Pace,
}

/// Where something is appended, before the record there is read.
struct Spot {
    branch: String,
    version: Version,
    way: Way,
}

impl Spot {
    /// What was typed: the branch that was named, or the current one.
    fn typed(context: &Context, typed: &Destination) -> Result<Self, Failure> {
        let branch = typed.branch.as_deref();
        if typed.no_commit {
            Self::folder(context)
        } else if typed.push {
            Self::pushed(context, branch)
        } else {
            Self::local(context, branch)
        }
    }

    fn local(context: &Context, branch: Option<&str>) -> Result<Self, Failure> {
        let repository = &context.repository;
        let branch = named_or_current(context, branch)?;
        let is_current = repository.head()?.branch.as_deref() == Some(&branch);
        let version = match (is_current, repository.tip(&branch)?) {
            (true, _) | (_, None) => Version::Folder,
            (false, Some(tip)) => Version::Commit(tip),
        };
        Ok(Self {
            branch,
            version,
            way: Way::Commit,
        })
    }

    fn pushed(context: &Context, branch: Option<&str>) -> Result<Self, Failure> {
        let repository = &context.repository;
        let branch = named_or_current(context, branch)?;
        let Some(target) = Target::of(repository, &branch)? else {
            return Err(Failure::usage("there is no remote to push to").help(
                "`git remote add origin URL` names one; without `--push` it is recorded here",
            ));
        };
        let pace = Pace::new(repository.private_folder().join("pushed"));
        let base = target.base(repository)?;
        if base.apart {
            landing::tell_apart(context, &target, &base)?;
        }
        Ok(Self {
            branch: target.there.clone(),
            version: base.commit.map_or(Version::Folder, Version::Commit),
            way: Way::Push(Box::new(Pushing { target, base, pace })),
        })
    }

    fn folder(context: &Context) -> Result<Self, Failure> {
        if context.repository.root().is_none() {
            return Err(Failure::usage(
                "a bare repository has no folder to write to",
            ));
        }
        Ok(Self {
            branch: named_or_current(context, None)?,
            version: Version::Folder,
            way: Way::Write,
        })
    }
}

/// The commit of a version, or on which the folder stands.
fn commit_of(context: &Context, version: Version) -> Result<Option<ObjectId>, Failure> {
    Ok(match version {
        Version::Commit(id) => Some(id),
        Version::Folder => context.repository.head()?.commit,
    })
}

impl Place {
    /// The branch that was named, or the current one, and the whole record as it is there.
    pub(super) fn find(context: &Context, typed: &Destination) -> Result<Self, Failure> {
        let spot = Spot::typed(context, typed)?;
        let archive = context.sound_archive(spot.version)?;
        Self::of(context, spot, archive)
    }

    /// The same with only what `id`, or a part of one, can mean of the record.
    pub(super) fn about(context: &Context, typed: &Destination, id: &str) -> Result<Self, Failure> {
        let spot = Spot::typed(context, typed)?;
        let archive = context.sound_archive_about(spot.version, id)?;
        Self::of(context, spot, archive)
    }

    /// The commit that the record there is of, or on which the folder stands.
    pub(super) fn commit(&self, context: &Context) -> Result<Option<ObjectId>, Failure> {
        commit_of(context, self.version)
    }

    fn of(context: &Context, spot: Spot, mut archive: Archive) -> Result<Self, Failure> {
        let Spot {
            branch,
            version,
            way,
        } = spot;
        if branch == archive.settings.ledger.branch {
            return Err(RepositoryError::BranchName(branch).into());
        }
        let tip = commit_of(context, version)?;
        let left = Unfinished::find(&context.repository, tip)?;
        unfinished::leave_out(context, &mut archive, &left);
        Ok(Self {
            branch,
            archive,
            left,
            way,
            version,
        })
    }

    /// The bytes of a file of the record that a commit holds.
    pub(super) fn recorded(
        &self,
        context: &Context,
        path: &str,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let commit = self.commit(context)?;
        let held = commit.map(|commit| context.repository.file(commit, path));
        Ok(held.transpose()?.flatten())
    }

    /// The bytes of a file of the record as it is there; none where there is none, or
    /// where a link leads to it, or where an append that was interrupted left it.
    pub(super) fn held(&self, context: &Context, path: &str) -> Option<Vec<u8>> {
        if self.left.staged.contains(&context.repository.path(path)) {
            return None;
        }
        let snapshot = Snapshot::new(&context.repository, self.version).ok()?;
        snapshot.file(path).ok()?
    }

    /// Says first that nothing will act on what is appended here, when that is so.
    pub(super) fn warn_of_branch(&self) {
        let record = &self.archive.settings.branch;
        if matches!(self.way, Way::Write) {
            console::remark("written to the folder only: it is recorded once you commit it");
        } else if self.branch != *record {
            console::remark(&format!(
                "on branch {}: no automation acts until this is merged into {record}",
                self.branch
            ));
        }
    }

    /// Appends `files` under `message`; `id` is what they are called together.
    pub(super) fn append(
        &self,
        context: &Context,
        files: &[NewFile],
        id: &str,
        message: &str,
    ) -> Result<Landing, Failure> {
        self.append_unless(context, files, (id, message), &|_| Ok(Revised::Same))
    }

    /// The same, with what becomes of it after others pushed theirs.
    pub(super) fn append_unless(
        &self,
        context: &Context,
        files: &[NewFile],
        (id, message): (&str, &str),
        revise: &Revise<'_>,
    ) -> Result<Landing, Failure> {
        let repository = &context.repository;
        let append = |branch| Append {
            branch,
            files,
            message,
            now: context.now,
            orphan: false,
        };
        match &self.way {
            Way::Write => append::write_only(repository, files)?,
            Way::Commit => {
                append::append(repository, &append(&self.branch), &|_| ())?;
            }
            Way::Push(pushing) => {
                let Pushing { target, base, pace } = pushing.as_ref();
                let aside = repository.branch_for(id);
                let push = Push {
                    target,
                    base,
                    append: &append(&target.here),
                    aside: &aside,
                    revise,
                    pause: &|tried| pause(pace, tried),
                };
                let landed = push.run(repository)?;
                if matches!(landed, Landed::There { .. }) {
                    pace.won();
                    // The entry is where it was meant to be, whatever becomes of this.
                    if let Err(fault) = run::bind(context, &target.remote.name) {
                        console::remark(&format!(
                            "the ledger acts from nowhere yet: {}",
                            fault.message
                        ));
                    }
                }
                self.left.settle();
                return Ok(Landing::pushed(landed, target, &aside));
            }
        }
        self.left.settle();
        Ok(Landing::local())
    }
}

/// Waits before another try, and says so to somebody who has to wait for long.
fn pause(pace: &Pace, tried: u32) {
    if tried == PATIENCE {
        console::remark("others are pushing at the same time; trying again");
    }
    pace.pause(tried);
}

/// The branch that was named, or the current one.
fn named_or_current(context: &Context, named: Option<&str>) -> Result<String, Failure> {
    let repository = &context.repository;
    let branch = match named {
        Some(typed) => repository.branch_name(typed)?.to_owned(),
        None => repository.head()?.branch.ok_or(RepositoryError::Detached)?,
    };
    Ok(branch)
}

/// The moment of an entry: what was typed, else the present, but after everything that is
/// dated no further ahead of it than clocks differ.
pub(super) fn moment(
    context: &Context,
    appending: &Appending,
    incident: Option<&Incident>,
) -> Result<Moment, Failure> {
    if let Some(typed) = context.time_if("at", appending.at.as_ref())? {
        return Ok(typed.to_millisecond());
    }
    let now = context.now.to_millisecond();
    let behind = |at: Moment| at.plus(Duration::milliseconds(1));
    let dated = incident.into_iter().flat_map(|incident| {
        let entries = incident.entries.iter().map(|entry| entry.at);
        entries.chain([incident.declaration.declared_at])
    });
    let present = dated.map(behind).filter(|at| !order::is_ahead(*at, now));
    Ok(present.fold(now, Moment::max))
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
    times.extend(form.update.iter().flat_map(|update| update.fact_times()));
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

/// The kind that was typed.
pub(super) fn kind(typed: super::arguments::Kind) -> Kind {
    match typed {
        super::arguments::Kind::Incident => Kind::Incident,
        super::arguments::Kind::Maintenance => Kind::Maintenance,
        super::arguments::Kind::Drill => Kind::Drill,
    }
}
