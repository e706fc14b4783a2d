//! A push that others were faster than: what had an effect when it was typed may have none on top
//! of what they pushed. Its words are then recorded as a comment, and without words nothing is.

use std::cell::RefCell;

use super::console;
use super::context::Context;
use super::effect::Effect;
use crate::archive::append::{FileKind, NewFile};
use crate::archive::push::Revised;
use crate::archive::repository::{ObjectId, RepositoryError};
use crate::archive::snapshot::Version;
use crate::archive::{Archive, Clocks, layout};
use crate::incident::Incident;
use crate::incident::entry::EntryForm;
use crate::text::{plain, yaml};

/// An entry that is pushed, and how that ended.
pub(super) struct Race<'a> {
    context: &'a Context,
    form: &'a EntryForm,
    verb: &'a str,
    incident: &'a Incident,
    end: RefCell<Option<End>>,
}

/// That others were faster, and what was recorded instead.
#[derive(Clone)]
pub(super) struct End {
    /// What they did.
    why: String,
    /// The id of the comment; none where nothing was recorded.
    comment: Option<String>,
}

impl<'a> Race<'a> {
    pub(super) fn new(
        context: &'a Context,
        form: &'a EntryForm,
        verb: &'a str,
        incident: &'a Incident,
    ) -> Self {
        Self {
            context,
            form,
            verb,
            incident,
            end: RefCell::new(None),
        }
    }

    /// What is appended on top of `base`, which others pushed.
    pub(super) fn lost(&self, base: ObjectId) -> Result<Revised, RepositoryError> {
        let id = self.incident.id.as_str();
        let (version, now) = (Version::Commit(base), self.context.now);
        let repository = &self.context.repository;
        let archive = Archive::about(repository, version, now, id, Clocks::Both)?;
        let mut incidents = archive.incidents.iter();
        let found = incidents.find(|incident| incident.id == self.incident.id);
        let why = found.and_then(|before| {
            let mut after = before.clone();
            after.add(self.form);
            let effect = Effect {
                before,
                after: &after,
                form: self.form,
                verb: self.verb,
                vocabulary: &archive.vocabulary,
            };
            effect.is_lost().then(|| effect.who_did())
        });
        let Some(why) = why else {
            self.end.take();
            return Ok(Revised::Same);
        };
        let comment = self.comment();
        let file = comment.as_ref().and_then(|comment| self.file(comment));
        let id = comment.filter(|_| file.is_some());
        let id = id.map(|comment| comment.made_id().to_string());
        let message = id
            .as_ref()
            .map(|id| format!("annals: comment {}\n\n{id}\n", self.incident.id));
        self.end.replace(Some(End { why, comment: id }));
        Ok(match file.zip(message) {
            None => Revised::Nothing,
            Some((file, message)) => Revised::Instead {
                files: vec![file],
                message,
            },
        })
    }

    /// The words alone.
    fn comment(&self) -> Option<EntryForm> {
        let form = self.form;
        Some(EntryForm {
            comment: Some(form.comment.clone()?),
            visibility: form.visibility,
            after: form.after.clone(),
            ..EntryForm::new(form.at, &form.by)
        })
    }

    fn file(&self, comment: &EntryForm) -> Option<NewFile> {
        let path = layout::entry_path(&self.incident.path, &comment.made_id());
        Some(NewFile {
            path: self.context.repository.path(&path),
            bytes: yaml::write(comment).ok()?.into_bytes(),
            kind: FileKind::Record,
        })
    }

    /// How it ended, where others were faster.
    pub(super) fn ended(&self) -> Option<End> {
        self.end.borrow().clone()
    }
}

impl End {
    /// Tells it.
    pub(super) fn tell(&self) {
        let why = plain::line(&self.why);
        match &self.comment {
            Some(id) => {
                console::remark(&format!("others were faster: {why}"));
                console::say("recorded the text as a comment");
                console::say(&format!("  {id}"));
            }
            None => {
                console::remark(&format!("others were faster: {why}; nothing was recorded"));
            }
        }
    }
}
