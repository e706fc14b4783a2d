//! What takes the place of an entry: what stands of it, with what somebody says anew.
//!
//! A correction holds a whole entry. Nobody should have to type one again for one wrong
//! word, so what stands is taken as it is and only what was said anew is put in. Lists
//! are mended, not edited twice: what should not have joined no longer joins.

use thiserror::Error;

use super::declaration::{Declaration, Visibility};
use super::entry::{Changed, Edit, Entry, EntryForm, Statement, Update};
use super::id::{DECLARATION, IncidentId};
use super::standing::{Fate, Stand, Standing};
use crate::text::moment::Moment;

/// What somebody says anew of an earlier entry, or of the declaration.
#[derive(Clone, Debug, Default)]
pub struct Amendment {
    /// Facts as they should have been said.
    pub update: Update,
    /// Words as they should have been said.
    pub words: Option<String>,
    /// When it happened in truth.
    pub at: Option<Moment>,
    /// Who may see it.
    pub visibility: Option<Visibility>,
}

/// Why an entry cannot be amended so.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Unfit {
    /// It is not there.
    #[error("this incident has no entry `{0}`")]
    Unknown(String),
    /// It is itself about another entry.
    #[error("{0} is itself about {1}")]
    Directive(String, String),
    /// It was taken back.
    #[error("{0} was taken back by {1}")]
    Retracted(String, String),
    /// It holds no facts.
    #[error("{0} is of kind `{1}`: it holds no facts to correct")]
    NoFacts(String, &'static str),
    /// It holds no words.
    #[error("{0} holds no words of its own to correct")]
    NoWords(String),
    /// Nothing is said anew.
    #[error("the correction changes nothing")]
    Nothing,
}

impl Unfit {
    /// What to do about it, in the incident called `id`.
    pub fn help(&self, id: &IncidentId) -> Option<String> {
        Some(match self {
            Self::Unknown(_) => format!("`annals show {id}` lists the entries with their ids"),
            Self::Directive(name, target) => format!(
                "correct {target} again, the last correction counts, or take this one back: `annals retract {id} {name} --reason TEXT --no-action`"
            ),
            Self::Retracted(_, by) => {
                format!("restore it first: `annals retract {id} {by} --reason TEXT --no-action`")
            }
            Self::NoFacts(name, _) => {
                format!("give its words: `annals correct {id} {name} WORDS --reason TEXT`")
            }
            Self::NoWords(name) if name == DECLARATION => format!(
                "say what happened: `annals correct {id} {name} --summary WORDS --reason TEXT`"
            ),
            Self::NoWords(_) => return None,
            Self::Nothing => {
                "give the words as TEXT, a fact such as `--severity high`, `--happened TIME` or `--visibility`".to_owned()
            }
        })
    }
}

impl Amendment {
    /// The whole entry that takes the place of `target` of what stands.
    pub fn of(&self, standing: &Standing<'_>, target: &str) -> Result<EntryForm, Unfit> {
        if target == DECLARATION {
            return self.declaration(standing);
        }
        let mut stands = standing.entries.iter();
        let stand = stands.find(|stand| stand.said.id.as_str() == target);
        let stand = stand.ok_or_else(|| Unfit::Unknown(target.to_owned()))?;
        if let Fate::Retracted(by) = stand.fate {
            return Err(Unfit::Retracted(target.to_owned(), by.id.to_string()));
        }
        self.entry(stand)
    }

    fn entry(&self, stand: &Stand<'_>) -> Result<EntryForm, Unfit> {
        let held = form(&stand.entry);
        let mut to = held.clone();
        let name = || stand.said.id.to_string();
        match &stand.entry.statement {
            Statement::Correct(correction) => {
                return Err(Unfit::Directive(name(), correction.entry.clone()));
            }
            Statement::Retract(target) | Statement::Redact(target) => {
                return Err(Unfit::Directive(name(), target.entry.clone()));
            }
            Statement::Update(update, _) => {
                to.update = Some(Box::new(amended(update, &self.update)));
            }
            other if self.update != Update::default() => {
                return Err(Unfit::NoFacts(name(), other.kind()));
            }
            _ => {}
        }
        if let Some(words) = &self.words {
            match (&stand.entry.statement, &mut to.attach) {
                (Statement::Comment(_) | Statement::Update(..), _) => {
                    to.comment = Some(words.clone());
                }
                (_, Some(attachment)) => attachment.caption = Some(words.clone()),
                _ => return Err(Unfit::NoWords(name())),
            }
        }
        let first = stand.said.visibility;
        self.placed(to, &held, first)
    }

    /// In the place of a declaration stands an update: what it does not name stays as it
    /// was declared.
    fn declaration(&self, standing: &Standing<'_>) -> Result<EntryForm, Unfit> {
        if self.words.is_some() {
            return Err(Unfit::NoWords(DECLARATION.to_owned()));
        }
        let Declaration {
            declared_at,
            declared_by,
            severity,
            visibility,
            ..
        } = standing.declaration.as_ref();
        let mut held = EntryForm::new(*declared_at, declared_by);
        held.visibility = Some(*visibility);
        held.update = Some(Box::new(standing.redeclared.clone().unwrap_or_default()));
        let mut to = held.clone();
        to.update = held
            .update
            .as_ref()
            .map(|update| Box::new(amended(update, &self.update)));
        let to = self.placed(to, &held, standing.declared.visibility)?;
        let update = to.update.as_deref().cloned().unwrap_or_default();
        // An update says at least one thing; where only a time or the audience was
        // wrong, it repeats the severity.
        let severity = (update == Update::default()).then(|| severity.clone());
        let update = Update {
            severity: update.severity.clone().or(severity),
            ..update
        };
        Ok(EntryForm {
            update: Some(Box::new(update)),
            ..to
        })
    }

    /// Puts in when it happened and who may see it, and refuses what says nothing anew.
    /// Who may see it is written down only where it is not as it was `first`.
    fn placed(
        &self,
        mut to: EntryForm,
        held: &EntryForm,
        first: Visibility,
    ) -> Result<EntryForm, Unfit> {
        to.at = self.at.unwrap_or(to.at);
        to.visibility = self.visibility.or(to.visibility);
        if to == *held {
            return Err(Unfit::Nothing);
        }
        to.visibility = to.visibility.filter(|to| *to != first);
        Ok(to)
    }
}

/// An entry as somebody would write it.
fn form(entry: &Entry) -> EntryForm {
    let form = EntryForm {
        visibility: Some(entry.visibility),
        pinned: entry.pinned,
        source: entry.source.clone(),
        ..EntryForm::new(entry.at, &entry.by)
    };
    form.saying(&entry.statement)
}

/// `held` with the facts of `said` in place of its own.
fn amended(held: &Update, said: &Update) -> Update {
    macro_rules! either {
        ($($name:ident),+) => { Update {
            $($name: said.$name.clone().or_else(|| held.$name.clone()),)+
            tags: mended(held.tags.as_ref(), said.tags.as_ref(), |tag| tag),
            resources: mended(held.resources.as_ref(), said.resources.as_ref(), |resource| &resource.id),
            links: mended(held.links.as_ref(), said.links.as_ref(), |link| &link.url),
            roles: match (&held.roles, &said.roles) {
                (Some(held), Some(said)) => Some(held.clone().into_iter().chain(said.clone()).collect()),
                (held, said) => said.clone().or_else(|| held.clone()),
            },
        } };
    }
    either!(
        status,
        severity,
        title,
        summary,
        started_at,
        detected_at,
        acknowledged_at,
        mitigated_at,
        scheduled_for,
        scheduled_until
    )
}

/// What should have been said of a list: what `said` lets join or leave is put right in
/// what was said.
fn mended<T: Clone>(
    held: Option<&Edit<T>>,
    said: Option<&Edit<T>>,
    key: impl Fn(&T) -> &str,
) -> Option<Edit<T>> {
    let Some(Edit::Change(change)) = said else {
        return said.or(held).cloned();
    };
    let is_said = |item: &T| change.add.iter().any(|added| key(added) == key(item));
    let leaves = |item: &T| change.remove.iter().any(|gone| gone == key(item));
    let keep = |items: &[T]| -> Vec<T> {
        let kept = items.iter().filter(|item| !is_said(item) && !leaves(item));
        kept.chain(&change.add).cloned().collect()
    };
    let (joined, left) = match held {
        Some(Edit::Replace(items)) => return Some(Edit::Replace(keep(items))),
        Some(Edit::Change(held)) => (held.add.as_slice(), held.remove.as_slice()),
        None => (&[][..], &[][..]),
    };
    let never_joined = |gone: &&String| !joined.iter().any(|item| key(item) == gone.as_str());
    let joins = |gone: &&String| !change.add.iter().any(|item| key(item) == gone.as_str());
    let gone = change.remove.iter().filter(never_joined);
    let mended = Changed {
        // What left by mistake need not join: it only does not leave.
        add: keep(joined)
            .into_iter()
            .filter(|item| !left.iter().any(|gone| gone == key(item)))
            .collect(),
        remove: left.iter().filter(joins).chain(gone).cloned().collect(),
    };
    let says_nothing = mended.add.is_empty() && mended.remove.is_empty();
    (!says_nothing).then_some(Edit::Change(mended))
}
