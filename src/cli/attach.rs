//! `annals attach`: a file joins the timeline, under a name that every system can hold.

use std::path::Path;

use super::appending::Place;
use super::arguments::Attach;
use super::context::Context;
use super::effect::quoted;
use super::failure::Failure;
use super::{entry, recording, selection};
use crate::archive::append::{FileKind, NewFile};
use crate::archive::{layout, piece};
use crate::incident::Incident;
use crate::incident::entry::{Attachment, Statement};
use crate::incident::standing::{Stand, Standing};
use crate::text::file_name;

/// `annals attach`.
pub(super) fn run(context: &Context, arguments: &Attach) -> Result<u8, Failure> {
    let place = Place::about(context, &arguments.appending.destination, &arguments.id)?;
    let incident = selection::to_write(&place.archive, &arguments.id, context.now)?;
    let own = arguments.file.file_name().and_then(|name| name.to_str());
    let Some(name) = arguments.name.as_deref().or(own) else {
        let shown = arguments.file.display();
        return Err(
            Failure::usage(format!("`{shown}` is not a file name that can be recorded"))
                .help("give it another one with `--name NAME`"),
        );
    };
    let naming = Naming {
        incident,
        file: &arguments.file,
        folder: layout::incident_folder(&incident.path),
    };
    naming.refuse_unportable(name)?;
    let bytes = naming.bytes(name)?;
    let mut form = entry::start(context, &arguments.appending, incident)?;
    form.attach = Some(Box::new(Attachment {
        file: name.to_owned(),
        caption: arguments.caption.clone(),
        path: None,
    }));
    let path = format!("{}/{name}", naming.folder);
    naming.refuse_taken(name, &path)?;
    match place.held(context, &path) {
        Some(held) if held == bytes => refuse_attached(incident, name)?,
        Some(_) => {
            let message = format!("`{name}` is another file of this incident already");
            return Err(Failure::usage(message).help(naming.under(&naming.free(name))));
        }
        None => {}
    }
    let file = NewFile {
        path: context.repository.path(&path),
        bytes,
        kind: FileKind::Attachment,
    };
    recording::record(context, &place, incident, &form, "attach", vec![file])
}

/// A file that is to get a name among the attachments of an incident.
struct Naming<'a> {
    incident: &'a Incident,
    file: &'a Path,
    folder: &'a str,
}

impl Naming<'_> {
    /// The command that attaches it under `name`.
    fn under(&self, name: &str) -> String {
        let file = self.file.display().to_string();
        format!(
            "attach it under another name: `annals attach {} {} --name {}`",
            self.incident.id,
            quoted(&file),
            quoted(name)
        )
    }

    /// The names of what is attached, and where each lies.
    fn attached(&self) -> impl Iterator<Item = &Attachment> {
        let entries = self.incident.entries.iter();
        entries.filter_map(|entry| entry.statement.attachment())
    }

    /// A name like `name` that no attachment bears.
    fn free(&self, name: &str) -> String {
        let name = file_name::made_portable(name);
        let (stem, end) = match name.rsplit_once('.') {
            Some((stem, end)) if !stem.is_empty() => (stem, format!(".{end}")),
            _ => (name.as_str(), String::new()),
        };
        let is_taken = |name: &str| {
            let name = file_name::folded(name);
            self.attached()
                .any(|known| file_name::folded(&known.file) == name)
        };
        let numbered = (2_u32..).map(|number| format!("{stem}-{number}{end}"));
        let mut numbered = numbered.filter(|name| !is_taken(name));
        numbered.next().unwrap_or(name)
    }

    /// Refuses a name that some system cannot hold: nothing that is recorded can be renamed.
    fn refuse_unportable(&self, name: &str) -> Result<(), Failure> {
        let why = match file_name::check(name) {
            Err(why) => why.to_string(),
            Ok(()) => match file_name::too_long(&format!("{}/{name}", self.folder)) {
                Some(length) => format!(
                    "would lie at a path of {length} characters, and Windows takes {} at most",
                    file_name::LONGEST_PATH
                ),
                None => return Ok(()),
            },
        };
        let shown = name.escape_debug();
        let made = file_name::made_portable(name);
        Err(Failure::usage(format!("the name `{shown}` {why}")).help(self.under(&made)))
    }

    /// Refuses a name that an attachment bears which lies elsewhere: it would go on to mean that
    /// file. On many systems the case of letters does not tell names apart.
    fn refuse_taken(&self, name: &str, path: &str) -> Result<(), Failure> {
        let folded = file_name::folded(name);
        let mut attached = self.attached();
        let other = attached.find(|known| {
            let is_other = known.file != name && file_name::folded(&known.file) == folded;
            is_other || known.file == name && known.path.as_deref() != Some(path)
        });
        let Some(other) = other else { return Ok(()) };
        let place = other.path.as_deref().unwrap_or("a file that is missing");
        let message = format!("`{}` was attached before, and means {place}", other.file);
        Err(Failure::usage(message).help(self.under(&self.free(name))))
    }

    /// Its bytes: those of a plain file, that the record would not read as something else.
    fn bytes(&self, name: &str) -> Result<Vec<u8>, Failure> {
        let shown = self.file.display();
        let facts = std::fs::symlink_metadata(self.file);
        if !facts.is_ok_and(|facts| facts.is_file()) {
            return Err(Failure::usage(format!("`{shown}` is not a file"))
                .help("name a file; folders and links are not attached"));
        }
        let bytes = std::fs::read(self.file)
            .map_err(|fault| Failure::usage(format!("`{shown}`: {fault}")))?;
        if piece::is_read(name) && piece::read(name, &bytes).piece.is_some() {
            let message = format!("`{name}` would be read as a part of the record itself");
            return Err(Failure::usage(message).help(self.under(&format!("{name}.txt"))));
        }
        Ok(bytes)
    }
}

/// Refuses to attach what is attached already.
fn refuse_attached(incident: &Incident, name: &str) -> Result<(), Failure> {
    let standing = Standing::of(incident);
    let mut stands = standing.entries.iter().filter(|stand| stand.counts());
    let is_it = |stand: &&Stand<'_>| match &stand.entry.statement {
        Statement::Attach(attachment) => attachment.file == name,
        _ => false,
    };
    let Some(stand) = stands.find(is_it) else {
        return Ok(());
    };
    let (id, entry) = (&incident.id, &stand.said.id);
    let message = format!("`{name}` is attached already, by {entry}");
    Err(Failure::usage(message).help(format!(
        "to add words: `annals comment {id} TEXT`; for another caption: `annals correct {id} {entry} CAPTION --reason TEXT`"
    )))
}
