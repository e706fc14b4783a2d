//! What an entry would change, asked before it is recorded: what would have no effect is refused,
//! with why, and with what to type instead. A record keeps everything, so a fact that cannot
//! hold would be a mistake for ever.

use std::borrow::Cow;

use super::failure::Failure;
use crate::incident::Incident;
use crate::incident::course::Step;
use crate::incident::declaration::Kind;
use crate::incident::entry::{Entry, EntryForm, Statement, Update};
use crate::incident::redaction;
use crate::incident::rules;
use crate::incident::standing::{Fate, Standing};
use crate::incident::state::{Change, MOST, State};
use crate::incident::stated::stated;
use crate::incident::vocabulary::Vocabulary;
use crate::text::plain;

/// An incident, what an entry says, and the incident with it.
pub(super) struct Effect<'a> {
    /// The incident before.
    pub before: &'a Incident,
    /// The same with the entry.
    pub after: &'a Incident,
    /// The entry.
    pub form: &'a EntryForm,
    /// The verb that was typed.
    pub verb: &'a str,
    /// The words of the repository.
    pub vocabulary: &'a Vocabulary,
}

impl Effect<'_> {
    /// Refuses what could not be true beside the other facts, and what would change nothing.
    pub(super) fn refuse_none(&self) -> Result<(), Failure> {
        let state = self.after.course(self.vocabulary).state;
        let before = self.before.course(self.vocabulary).state;
        if rules::order(&before).is_none() {
            refuse_order(&state, Some(self.before))?;
        }
        if before.left_out().is_none() {
            refuse_beyond_count(&state)?;
        }
        match self.none(&state) {
            Some(why) => Err(why),
            None => Ok(()),
        }
    }

    /// Why the entry has no effect; none where it has one.
    pub(super) fn none(&self, state: &State) -> Option<Failure> {
        let form = self.form;
        if form.correct.is_some() || form.retract.is_some() {
            let retracted = self.retracted_already();
            let none = retracted.or_else(|| self.not_counted());
            return none.or_else(|| self.leaves_what_stands());
        }
        if let Some(redact) = &form.redact {
            return self.nothing_hidden(&redact.entry);
        }
        let update = form.update.as_deref()?;
        let lacking = state.lacks(update, self.vocabulary);
        match lacking.first() {
            Some(change) => Some(self.overruled(change)),
            None => self.says_nothing(update),
        }
    }

    /// A retraction of what is retracted.
    fn retracted_already(&self) -> Option<Failure> {
        let target = &self.form.retract.as_ref()?.entry;
        let Fate::Retracted(by) = fate(&Standing::of(self.before), target)? else {
            return None;
        };
        let message = format!("{target} was retracted already, by {}", by.id);
        Some(Failure::usage(message).help(format!(
            "to restore it: `annals retract {} {} --reason TEXT --no-action`",
            self.before.id, by.id
        )))
    }

    /// A correction that says what stands.
    fn leaves_what_stands(&self) -> Option<Failure> {
        let target = self.form.correct.as_ref()?.entry.as_str();
        let stands = |incident: &Incident| {
            let standing = Standing::of(incident);
            let mut stands = standing.entries.iter();
            let stand = stands.find(|stand| stand.said.id.as_str() == target);
            let entry = stand.map(|stand| stand.entry.clone().into_owned());
            (standing.declaration.into_owned(), entry)
        };
        (stands(self.before) == stands(self.after))
            .then(|| Failure::usage(format!("{target} says so already")))
    }

    /// Whether it changes nothing on top of what others did meanwhile.
    pub(super) fn is_lost(&self) -> bool {
        let state = |incident: &Incident| incident.course(self.vocabulary).state;
        let after = state(self.after);
        match &self.form.update {
            Some(_) => {
                let is_untrue = rules::order(&after).is_some();
                is_untrue || state(self.before).changes(&after).is_empty()
            }
            None => self.none(&after).is_some(),
        }
    }

    /// Who did what the entry would have done: the last that said anything of its facts.
    pub(super) fn who_did(&self) -> String {
        let standing = Standing::of(self.before);
        let form = self.form;
        let corrects = form.correct.as_ref().map(|correct| &correct.entry);
        let target = corrects.or(form.retract.as_ref().map(|retract| &retract.entry));
        let ruled = target.and_then(|target| match fate(&standing, target)? {
            Fate::Corrected(by) | Fate::Retracted(by) => Some(by),
            _ => None,
        });
        let hides = form.redact.as_ref().map(|redact| &redact.entry);
        let hidden = hides.and_then(|target| {
            let mut entries = self.before.entries.iter().rev();
            entries.find(
                |entry| matches!(&entry.statement, Statement::Redact(by) if by.entry == *target),
            )
        });
        let by = ruled.or(hidden).or_else(|| self.last_to_change());
        by.map_or_else(
            || "it has no effect any more".to_owned(),
            |by| format!("{} changed the same, with {}", by.by, by.id),
        )
    }

    /// The last entry that changed a fact which this one states.
    fn last_to_change(&self) -> Option<&Entry> {
        let stated = stated(self.form.update.as_deref()?);
        let course = self.before.course(self.vocabulary);
        let mut steps = course.steps.iter().rev();
        let step = steps.find(|step| {
            let mut changes = step.changes.iter();
            changes.any(|change| stated.iter().any(|fact| fact.field == change.field))
        })?;
        let standing = Standing::of(self.before);
        let id = &standing.entries.get(step.entry?)?.said.id;
        self.before.entries.iter().find(|entry| entry.id == *id)
    }

    /// A correction or retraction that does not count.
    fn not_counted(&self) -> Option<Failure> {
        let id = self.form.made_id();
        let standing = Standing::of(self.after);
        let ours = |by: &Entry| by.id == id;
        let mut stands = standing.entries.iter();
        let holds = stands.any(|stand| match stand.fate {
            Fate::Corrected(by) | Fate::Retracted(by) => ours(by),
            _ => false,
        });
        if holds || standing.corrected_by.is_some_and(ours) {
            return None;
        }
        let mut stands = standing.entries.iter();
        let stand = stands.find(|stand| stand.said.id == id);
        Some(match stand.map(|stand| stand.fate) {
            Some(Fate::Void(void)) => {
                Failure::usage(format!("this would not count: {}", void.why())).help(void.help())
            }
            _ => Failure::usage(format!(
                "this would not count: a correction or retraction later than {} does",
                self.form.at
            ))
            .help("leave out `--at`: what is said last counts"),
        })
    }

    /// A redaction of what holds no words.
    fn nothing_hidden(&self, target: &str) -> Option<Failure> {
        let mut entries = self.before.entries.iter();
        let hidden = match entries.find(|entry| entry.id.as_str() == target) {
            Some(entry) => entry.redacted.is_some(),
            None => self.before.redacted.is_some(),
        };
        if hidden {
            return Some(Failure::usage(format!(
                "the words of {target} are hidden already"
            )));
        }
        let mut hidden = self.after.clone();
        redaction::hide(&mut hidden);
        let words = |incident: &Incident| {
            let mut entries = incident.entries.iter();
            let entry = entries.find(|entry| entry.id.as_str() == target);
            entry.map(|entry| entry.statement.clone())
        };
        let (shown, hidden) = (words(self.after)?, words(&hidden)?);
        (shown == hidden).then(|| {
            let id = &self.before.id;
            Failure::usage(format!("{target} holds no words that could be hidden")).help(format!(
                "a redaction hides words, never facts; to take its facts back: `annals retract {id} {target} --reason TEXT --no-action`"
            ))
        })
    }

    /// A fact that something later overrules.
    fn overruled(&self, change: &Change) -> Failure {
        let course = self.after.course(self.vocabulary);
        let standing = Standing::of(self.after);
        let ours = self.form.made_id();
        let place = |step: &Step| {
            let stand = step.entry.and_then(|index| standing.entries.get(index));
            stand.map(|stand| &stand.said.id)
        };
        let later = course.steps.iter().rev();
        let mut later = later.take_while(|step| place(step) != Some(&ours));
        let by = later.find(|step| {
            let mut changes = step.changes.iter();
            step.entry.is_none() || changes.any(|one| one.field == change.field)
        });
        let by = by.map(|step| match place(step) {
            None => format!("the declaration ({})", step.at),
            Some(id) => format!("{id} ({})", step.at),
        });
        let by = by.unwrap_or_else(|| "a later entry".to_owned());
        let (field, says) = (change.field.name(), value(&change.from));
        let message = format!(
            "`{field}` would not change: {by} is later than {} and says {says}",
            self.form.at
        );
        Failure::usage(message).help(format!(
            "to change it as of now: {}; what was true then can be told in a comment",
            self.retyped(change)
        ))
    }

    /// The command that says the same as of now.
    fn retyped(&self, change: &Change) -> String {
        let id = &self.before.id;
        match (self.verb, change.to.as_str()) {
            ("resolve" | "reopen", _) => format!("`annals {} {id}`", self.verb),
            (_, Some(to)) => {
                let flag = change.field.name().replace('_', "-");
                format!("`annals update {id} --{flag} {}`", quoted(to))
            }
            _ => "leave out `--at`".to_owned(),
        }
    }

    /// An update of facts that are so already, now and when it is dated.
    fn says_nothing(&self, update: &Update) -> Option<Failure> {
        let course = self.after.course(self.vocabulary);
        let standing = Standing::of(self.after);
        let ours = self.form.made_id();
        let steps = course.steps.iter();
        let mut own = steps.filter(|step| {
            let stand = step.entry.and_then(|index| standing.entries.get(index));
            stand.is_some_and(|stand| stand.said.id == ours)
        });
        let before = self.before.course(self.vocabulary).state;
        // That somebody said what is so by default matters only where a schedule would alter it.
        let is_scheduled = self.before.declaration.kind == Kind::Maintenance;
        let is_same = if is_scheduled {
            before == course.state
        } else {
            before.changes(&course.state).is_empty()
        };
        if !is_same || own.any(|step| !step.changes.is_empty()) {
            return None;
        }
        let id = &self.before.id;
        let facts: Vec<String> = stated(update)
            .iter()
            .map(|fact| match value(&fact.to) {
                to if to.is_empty() => format!("{} holds no such item", fact.field.name()),
                to => format!("{} is {to} already", fact.field.name()),
            })
            .collect();
        Some(
            Failure::usage(format!("{id}: {}", facts.join(", ")))
                .help(format!("to add words: `annals comment {id} TEXT`")),
        )
    }
}

/// What became of the entry called `id`.
fn fate<'a>(standing: &Standing<'a>, id: &str) -> Option<Fate<'a>> {
    let mut stands = standing.entries.iter();
    let stand = stands.find(|stand| stand.said.id.as_str() == id)?;
    Some(stand.fate)
}

/// Fails when a list would hold more than counts.
pub(super) fn refuse_beyond_count(state: &State) -> Result<(), Failure> {
    let Some(field) = state.left_out() else {
        return Ok(());
    };
    let message = format!("an incident has at most {MOST} {}", field.name());
    Err(Failure::usage(message).help("take out some that are there, or say it in the summary"))
}

/// Fails when facts in force could not all be true, so that no verb records what `check`
/// would then call an error. The `incident` is the one that they would be facts of.
pub(super) fn refuse_order(state: &State, incident: Option<&Incident>) -> Result<(), Failure> {
    let Some((key, message)) = rules::order(state) else {
        return Ok(());
    };
    let failure = Failure::usage(message);
    let ends = [
        state.detected_at,
        state.acknowledged_at,
        state.mitigated_at,
        state.resolved_at,
    ];
    let ends = match key {
        "started_at" => ends.into_iter().flatten().min(),
        _ => state.scheduled_until,
    };
    Err(match incident.zip(ends) {
        Some((incident, end)) => {
            let (id, flag) = (&incident.id, key.replace('_', "-"));
            failure.help(format!(
                "type the time that is wrong again; if it began no later: `annals update {id} --{flag} {end}`"
            ))
        }
        None => failure.help("type the time that is wrong again"),
    })
}

/// A value in words.
fn value(value: &serde_json::Value) -> String {
    let word = |value: &serde_json::Value| -> String {
        let text = value.as_str().map_or_else(
            || {
                let named = ["name", "title", "id"];
                let mut named = named.into_iter().filter_map(|key| value.get(key)?.as_str());
                named
                    .next()
                    .map_or_else(|| value.to_string(), str::to_owned)
            },
            str::to_owned,
        );
        plain::line(&text)
    };
    match value {
        serde_json::Value::Array(items) => items.iter().map(word).collect::<Vec<_>>().join(", "),
        serde_json::Value::Null => "nothing".to_owned(),
        other => word(other),
    }
}

/// A word as a shell takes it.
pub(super) fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}
