//! `annals replay`: what rules would have done over all of history.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use walkdir::WalkDir;

use super::arguments::{Format, Replay as Arguments};
use super::context::{Context, print_json};
use super::evaluate::settings_at;
use super::failure::Failure;
use super::{console, exit};
use crate::archive::layout;
use crate::archive::repository::ObjectId;
use crate::archive::settings::Settings;
use crate::archive::walk;
use crate::automation::engine::SEMANTICS;
use crate::automation::evaluation::{Change, Difference};
use crate::automation::following::State;
use crate::automation::replay::{self, Question, Replay, Tally};
use crate::automation::rule::{Reader, Reading};
use crate::incident::vocabulary::Vocabulary;
use crate::outward::output;
use crate::runner::Span;
use crate::text::diagnostic::Level;
use crate::text::moment::Moment;
use crate::text::source::Source;

/// What a replay leaves for the next one.
#[derive(Serialize, Deserialize)]
struct Left {
    /// The version of the semantics in which its rules remember that.
    semantics: u32,
    /// The commit up to which it went.
    head: String,
    /// Until when it let time pass.
    now: Moment,
    /// What its rules remember: nothing that another version could read.
    state: Json,
}

/// A replay that is asked for.
struct Asked<'a> {
    context: &'a Context,
    arguments: &'a Arguments,
    settings: Settings,
    vocabulary: Vocabulary,
    head: ObjectId,
    since: Option<ObjectId>,
}

/// A stretch of history.
struct Stretch {
    after: Option<ObjectId>,
    to: ObjectId,
    /// Until when time passes after the last commit.
    until: Option<Moment>,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<u8, Failure> {
    let head = context.repository.resolve("HEAD")?;
    let (settings, vocabulary) = settings_at(context, head)?;
    let asked = Asked {
        context,
        arguments,
        settings,
        vocabulary,
        head,
        since: arguments
            .since
            .as_deref()
            .map(|since| context.repository.resolve(since))
            .transpose()?,
    };
    let sets = asked.sets()?;
    let faulty = sets.iter().any(|(_, reading)| {
        let mut found = reading.diagnostics.iter();
        found.any(|fault| fault.level == Level::Error)
    });
    let mut replays = Vec::new();
    for (place, reading) in &sets {
        replays.push(asked.replay(place, reading)?);
        console::diagnose(&reading.diagnostics);
    }
    say(context.format, &replays, &sets);
    Ok(if faulty { exit::FINDINGS } else { exit::FINE })
}

fn say(format: Format, replays: &[Replay], sets: &[(String, Reading)]) {
    match replays {
        _ if format == Format::Json => {
            let found = sets.iter().flat_map(|(_, reading)| &reading.diagnostics);
            let found: Vec<_> = found.collect();
            print_json(&json!({"replays": replays, "diagnostics": found}));
        }
        [one, other] => console::write(&replay::side_by_side(one, other)),
        replays => replays
            .iter()
            .for_each(|replay| console::write(&replay::text(replay))),
    }
}

impl Asked<'_> {
    /// The sets of rules that were named, each read; those at HEAD when none was.
    fn sets(&self) -> Result<Vec<(String, Reading)>, Failure> {
        let reader = Reader::new(&self.settings.environment);
        if self.arguments.automations.is_empty() {
            let sources = walk::automations(&self.context.repository, self.head)?;
            return Ok(vec![(
                layout::AUTOMATIONS.to_owned(),
                reader.read(&sources),
            )]);
        }
        let sets = self.arguments.automations.iter().map(|path| {
            let sources = sources(path)?;
            Ok((path.display().to_string(), reader.read(&sources)))
        });
        sets.collect()
    }

    fn replay(&self, place: &str, rules: &Reading) -> Result<Replay, Failure> {
        let (mut after, mut state) = self.left(place, rules)?;
        if let Some(since) = self.since {
            // What came before is evaluated all the same: windows may be open.
            let before = Stretch {
                after,
                to: since,
                until: None,
            };
            (_, state) = self.stretch(place, rules, &before, &state)?;
            after = Some(since);
        }
        let rest = Stretch {
            after,
            to: self.head,
            until: Some(self.context.now),
        };
        let (replay, state) = self.stretch(place, rules, &rest, &state)?;
        self.leave(state)?;
        Ok(replay)
    }

    fn stretch(
        &self,
        place: &str,
        rules: &Reading,
        stretch: &Stretch,
        state: &State,
    ) -> Result<(Replay, State), Failure> {
        let repository = &self.context.repository;
        let landings = state
            .walk(repository, &self.vocabulary, stretch.after, stretch.to)
            .landings()?;
        let recall = |commit: &str| {
            walk::landing(repository, &self.vocabulary, commit, state.turns())
                .ok()
                .flatten()
        };
        let ledger = self.settings.ledger.id.as_deref();
        let question = Question {
            rules,
            place,
            vocabulary: &self.vocabulary,
            ledger: ledger.unwrap_or_default(),
            until: stretch.until,
            listed: self.arguments.firings || self.arguments.automations.len() == 2,
            state,
            recall: &recall,
        };
        Ok(replay::replay(&question, landings)?)
    }

    /// Where the replay before this one, whose state is in the file, left off. What another
    /// version of the semantics left is gone through once more, up to there.
    fn left(&self, place: &str, rules: &Reading) -> Result<(Option<ObjectId>, State), Failure> {
        let Some(path) = self.arguments.state.as_deref().filter(|path| path.exists()) else {
            return Ok((None, State::default()));
        };
        let unreadable = |fault: &dyn std::fmt::Display| {
            let message = format!("`{}` is no state of a replay: {fault}", path.display());
            Failure::usage(message).help("name another file, or remove it to begin anew")
        };
        let text = std::fs::read_to_string(path).map_err(|fault| unreadable(&fault))?;
        let left: Left = serde_json::from_str(&text).map_err(|fault| unreadable(&fault))?;
        let head = self.context.repository.resolve(&left.head)?;
        if left.semantics == SEMANTICS {
            let state = serde_json::from_value(left.state).map_err(|fault| unreadable(&fault))?;
            return Ok((Some(head), state));
        }
        let before = Stretch {
            after: None,
            to: head,
            until: Some(left.now),
        };
        let (_, state) = self.stretch(place, rules, &before, &State::default())?;
        console::remark(&format!(
            "`{}` is of version {} of the semantics and this is version {SEMANTICS}: its state was rebuilt from the beginning",
            path.display(),
            left.semantics,
        ));
        Ok((Some(head), state))
    }

    fn leave(&self, state: State) -> Result<(), Failure> {
        let Some(path) = self.arguments.state.as_deref() else {
            return Ok(());
        };
        let unwritable = |fault| Failure::usage(format!("`{}`: {fault}", path.display()));
        let left = Left {
            semantics: SEMANTICS,
            head: self.head.to_string(),
            now: self.context.now,
            state: serde_json::to_value(state).map_err(unwritable)?,
        };
        let text = serde_json::to_vec(&left).map_err(unwritable)?;
        Ok(output::write_file(path, &text)?)
    }
}

/// What automations that are new, or that fire on other things, would have done over all
/// of history up to the end of `span`.
pub(super) fn changed(
    context: &Context,
    changes: &[Change],
    span: &Span<'_>,
) -> Result<Vec<Tally>, Failure> {
    let differs = |change: &&Change| {
        change.enabled && matches!(change.difference, Difference::Added | Difference::Trigger)
    };
    let names: BTreeSet<&str> = changes
        .iter()
        .filter(differs)
        .map(|change| change.automation.as_str())
        .collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let repository = &context.repository;
    let sources = walk::automations(repository, span.to)?;
    let mut rules = Reader::new(&span.settings.environment).read(&sources);
    rules
        .automations
        .retain(|name, _| names.contains(name.as_str()));
    let state = State::default();
    let walk = state.walk(repository, span.vocabulary, None, span.to);
    let question = Question {
        rules: &rules,
        place: layout::AUTOMATIONS,
        vocabulary: span.vocabulary,
        ledger: "",
        until: None,
        listed: false,
        state: &state,
        recall: &|_| None,
    };
    Ok(replay::replay(&question, walk.landings()?)?.0.rules)
}

/// The files of rules at `path`: that file, or those in that folder.
fn sources(path: &Path) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    for found in WalkDir::new(path).sort_by_file_name() {
        let found = found.map_err(|fault| Failure::usage(fault.to_string()))?;
        let shown = found.path().to_string_lossy().into_owned();
        if !found.file_type().is_file() || !(found.depth() == 0 || layout::is_rule(&shown)) {
            continue;
        }
        let bytes = std::fs::read(found.path());
        let bytes = bytes.map_err(|fault| Failure::usage(format!("`{shown}`: {fault}")))?;
        match Source::read(&shown, &bytes) {
            Ok(source) => sources.push(source),
            Err(fault) => return Err(Failure::refused(&fault)),
        }
    }
    Ok(sources)
}
