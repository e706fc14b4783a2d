//! Which corrections and retractions count, and what stands once they do.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Fate, Stand, Standing, Void, target};
use crate::incident::Incident;
use crate::incident::declaration::Declaration;
use crate::incident::entry::{Entry, EntryForm, Statement};
use crate::incident::id::{DECLARATION, EntryId};
use crate::incident::order::{self, Turn};
use crate::incident::state;
use crate::text::moment::Moment;

/// What a correction or retraction means to change.
#[derive(Clone, Copy)]
enum Aim {
    Declaration,
    Entry(usize),
}

/// A correction or retraction that counts against its target.
struct Claim<'a> {
    order: Rank<'a>,
    by: &'a Entry,
    to: Option<EntryForm>,
}

/// Where a correction or retraction stands among the entries of its incident.
type Rank<'a> = (usize, Moment, &'a EntryId);

pub(super) struct Calculus<'a> {
    incident: &'a Incident,
    aims: Vec<Option<Result<Aim, Void>>>,
    /// What claims to change each entry, and the declaration.
    claims: Vec<Option<Claim<'a>>>,
    on_declaration: Option<Claim<'a>>,
    voids: BTreeMap<usize, Void>,
}

impl<'a> Calculus<'a> {
    pub(super) fn new(incident: &'a Incident) -> Self {
        let entries = &incident.entries;
        let mut calculus = Self {
            incident,
            aims: vec![None; entries.len()],
            claims: entries.iter().map(|_| None).collect(),
            on_declaration: None,
            voids: BTreeMap::new(),
        };
        let places: BTreeMap<&str, usize> = entries
            .iter()
            .enumerate()
            .map(|(index, entry)| (entry.id.as_str(), index))
            .collect();
        let aims = entries.iter().map(|entry| calculus.aim(entry, &places));
        calculus.aims = aims.collect();
        calculus
    }

    fn aim(&self, entry: &Entry, places: &BTreeMap<&str, usize>) -> Option<Result<Aim, Void>> {
        let id = target(&entry.statement)?;
        let is_retraction = matches!(entry.statement, Statement::Retract(_));
        Some(match places.get(id) {
            _ if id == DECLARATION && is_retraction => Err(Void::Declaration),
            _ if id == DECLARATION => Ok(Aim::Declaration),
            None => Err(Void::Unknown),
            Some(place) => match self.incident.entries.get(*place) {
                Some(aimed) if matches!(aimed.statement, Statement::Redact(_)) => {
                    Err(Void::Redaction)
                }
                _ => Ok(Aim::Entry(*place)),
            },
        })
    }

    /// Settles each entry once everything that means it is settled. Each means at most
    /// one other, so what is never settled is a circle, and nothing else.
    pub(super) fn settle(&mut self) {
        let mut waiting = vec![0_usize; self.aims.len()];
        let aimed = |aim: &Option<Result<Aim, Void>>| match aim {
            Some(Ok(Aim::Entry(place))) => Some(*place),
            _ => None,
        };
        for place in self.aims.iter().filter_map(aimed) {
            if let Some(count) = waiting.get_mut(place) {
                *count += 1;
            }
        }
        let free = waiting.iter().enumerate().filter(|(_, count)| **count == 0);
        let mut ready: Vec<usize> = free.map(|(index, _)| index).collect();
        let mut settled = vec![false; self.aims.len()];
        while let Some(index) = ready.pop() {
            if let Some(done) = settled.get_mut(index) {
                *done = true;
            }
            self.claim(index);
            let Some(place) = self.aims.get(index).and_then(aimed) else {
                continue;
            };
            if let Some(count) = waiting.get_mut(place) {
                *count -= 1;
                if *count == 0 {
                    ready.push(place);
                }
            }
        }
        for (index, _) in settled.iter().enumerate().filter(|(_, settled)| !**settled) {
            self.voids.insert(index, Void::Circle);
            if let Some(claim) = self.claims.get_mut(index) {
                *claim = None;
            }
        }
    }

    /// Lets a settled correction or retraction count against its target, if it stands and
    /// is later than what counted until now.
    fn claim(&mut self, index: usize) {
        let Some(said) = self.incident.entries.get(index) else {
            return;
        };
        let aim = match self.aims.get(index).copied().flatten() {
            None => return,
            Some(Err(void)) => {
                self.voids.insert(index, void);
                return;
            }
            Some(Ok(aim)) => aim,
        };
        let (order, statement) = match self.claims.get(index).and_then(Option::as_ref) {
            None => (
                (2 * index + 1, said.as_of, &said.id),
                Some(said.statement.clone()),
            ),
            Some(Claim { to: None, .. }) => return,
            Some(Claim { to: Some(to), .. }) => (self.moved(said, to.at), to.statement().ok()),
        };
        let to = match statement {
            Some(Statement::Correct(correction)) => Some(correction.to),
            _ => None,
        };
        if let Some(void) = to.as_ref().and_then(|to| self.misfit(aim, to)) {
            self.voids.insert(index, void);
            return;
        }
        let slot = match aim {
            Aim::Declaration => Some(&mut self.on_declaration),
            Aim::Entry(place) => self.claims.get_mut(place),
        };
        if let Some(slot) = slot.filter(|slot| slot.as_ref().is_none_or(|held| held.order < order))
        {
            *slot = Some(Claim {
                order,
                by: said,
                to,
            });
        }
    }

    /// Where an entry stands whose own correction dates it `at`: between the others.
    fn moved(&self, said: &'a Entry, at: Moment) -> Rank<'a> {
        let entries = &self.incident.entries;
        let before = entries.partition_point(|entry| (entry.as_of, &entry.id) < (at, &said.id));
        (2 * before, at, &said.id)
    }

    /// Why `to` cannot take the place of what `aim` names.
    fn misfit(&self, aim: Aim, to: &EntryForm) -> Option<Void> {
        let Ok(statement) = to.statement() else {
            return Some(Void::Misfit);
        };
        let Aim::Entry(place) = aim else {
            let fits = matches!(statement, Statement::Update(_, None));
            return (!fits).then_some(Void::NotAnUpdate);
        };
        let held = &self.incident.entries.get(place)?.statement;
        let is_redaction = matches!(statement, Statement::Redact(_));
        (is_redaction || target(held) != target(&statement)).then_some(Void::Misfit)
    }

    pub(super) fn standing(self) -> Standing<'a> {
        let incident = self.incident;
        let mut entries: Vec<Stand<'a>> = Vec::with_capacity(incident.entries.len());
        let claimed = incident.entries.iter().zip(self.claims);
        for (index, (said, claim)) in claimed.enumerate() {
            let stands = |fate| Stand {
                entry: Cow::Borrowed(said),
                said,
                fate,
            };
            entries.push(match (self.voids.get(&index), claim) {
                (_, Some(Claim { by, to: None, .. })) => stands(Fate::Retracted(by)),
                (
                    _,
                    Some(Claim {
                        by, to: Some(to), ..
                    }),
                ) => Stand {
                    entry: Cow::Owned(replaced(said, &to, by.turn)),
                    ..stands(Fate::Corrected(by))
                },
                (Some(void), None) => stands(Fate::Void(*void)),
                (None, None) => stands(Fate::Stands),
            });
        }
        let declared = &incident.declaration;
        let corrected = self.on_declaration.as_ref();
        let to = corrected.and_then(|claim| claim.to.as_ref());
        let standing = Standing {
            declared,
            declaration: to.map_or_else(
                || Cow::Borrowed(declared),
                |to| Cow::Owned(redeclared(declared, to)),
            ),
            corrected_by: corrected.map(|claim| claim.by),
            redeclared: to.and_then(|to| to.update.as_deref().cloned()),
            entries,
            before: 0,
        };
        standing.in_order(incident)
    }
}

/// `said` with what `to`, which `landed` later, says in its place. What was internal stays so unless `to` says
/// otherwise.
fn replaced(said: &Entry, to: &EntryForm, landed: Option<Turn>) -> Entry {
    let Ok(statement) = to.statement() else {
        return said.clone();
    };
    Entry {
        at: to.at,
        as_of: order::as_of(to.at, landed.map(|turn| turn.dated)),
        by: to.by.clone(),
        visibility: to.visibility.unwrap_or(said.visibility),
        pinned: to.pinned,
        statement,
        source: to.source.clone().or_else(|| said.source.clone()),
        ..said.clone()
    }
}

/// `declared` with the facts of `to` in place of its own; those that `to` does not name
/// stay.
fn redeclared(declared: &Declaration, to: &EntryForm) -> Declaration {
    let mut corrected = declared.clone();
    corrected.declared_at = to.at;
    corrected.declared_by.clone_from(&to.by);
    corrected.visibility = to.visibility.unwrap_or(declared.visibility);
    let Some(update) = &to.update else {
        return corrected;
    };
    let said = update.clone();
    corrected.title = said.title.unwrap_or(corrected.title);
    corrected.severity = said.severity.unwrap_or(corrected.severity);
    corrected.status = said.status.or(corrected.status);
    corrected.summary = said.summary.or(corrected.summary);
    corrected.started_at = said.started_at.or(corrected.started_at);
    corrected.detected_at = said.detected_at.or(corrected.detected_at);
    corrected.scheduled_for = said.scheduled_for.or(corrected.scheduled_for);
    corrected.scheduled_until = said.scheduled_until.or(corrected.scheduled_until);
    state::amend(&mut corrected.tags, update.tags.as_ref());
    state::amend(&mut corrected.resources, update.resources.as_ref());
    state::amend(&mut corrected.links, update.links.as_ref());
    if let Some(roles) = &update.roles {
        state::assign(&mut corrected.roles, roles);
    }
    corrected
}
