//! What was true at a moment of the past, as far as is known by now.
//!
//! What happened later is left out. What was said wrong is not repeated: a correction or
//! retraction counts whenever it was made, and where that was after the moment, what it
//! says stands as if it had been known from the beginning. What the record itself said
//! then is another question, which Git answers: read the commit of that time.

use super::Incident;
use super::entry::Entry;
use super::excerpt::{self, Seen};
use super::standing::{Fate, Stand, Standing};
use crate::text::moment::Moment;

impl Incident {
    /// The incident as it was at `moment`; none before it was declared.
    pub fn as_of(&self, moment: Moment) -> Option<Self> {
        let standing = Standing::of(self);
        if standing.declaration.declared_at > moment {
            return None;
        }
        let later = |by: &Entry| by.as_of > moment;
        let replaced = standing.corrected_by.is_some_and(later);
        let declaration = if replaced {
            standing.declaration.as_ref()
        } else {
            standing.declared
        };
        let mut seen = Self {
            declaration: declaration.clone(),
            entries: excerpt::entries(&standing, replaced, |stand| seen(stand, moment)),
            retrospective: None,
            ..self.clone()
        };
        seen.settle();
        Some(seen)
    }
}

fn seen(stand: &Stand<'_>, moment: Moment) -> Seen {
    let (happened, said) = (stand.entry.as_of <= moment, stand.said.as_of <= moment);
    match stand.fate {
        Fate::Stands | Fate::Void(_) if happened => Seen::Whole,
        Fate::Corrected(by) if happened && by.as_of <= moment => Seen::Whole,
        Fate::Corrected(_) if happened => Seen::Instead(Box::new(stand.entry.clone().into_owned())),
        Fate::Retracted(by) if said && by.as_of <= moment => Seen::Whole,
        _ => Seen::Nothing,
    }
}
