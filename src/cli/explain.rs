//! `annals explain`: why an automation fired on an event, or did not.

use std::collections::{BTreeMap, BTreeSet};

use super::arguments::{Explain, Format};
use super::context::{Context, print_json};
use super::failure::Failure;
use super::{console, evaluate, exit, selection};
use crate::archive::repository::ObjectId;
use crate::archive::settings::Settings;
use crate::archive::walk;
use crate::automation::derive::Fact;
use crate::automation::evaluation::{self, Question, State, Watch};
use crate::automation::explanation::{self, Explanation};
use crate::automation::rule::{Automation, Reader, Reading};
use crate::text::suggest::{list, nearest};

/// `annals explain`.
pub(super) fn run(context: &Context, arguments: &Explain) -> Result<u8, Failure> {
    let explanation = explained(context, arguments)?;
    match context.format {
        Format::Json => print_json(&serde_json::to_value(&explanation).unwrap_or_default()),
        Format::Markdown => console::write(&explanation::markdown(&explanation)),
        _ => console::write(&explanation::text(&explanation)),
    }
    Ok(exit::FINE)
}

/// What came of the events that were asked about.
fn explained(context: &Context, arguments: &Explain) -> Result<Explanation, Failure> {
    let repository = &context.repository;
    let to = repository.resolve("HEAD")?;
    let (settings, vocabulary) = evaluate::settings_at(context, to)?;
    let automation = automation(context, to, &settings, &arguments.automation)?;
    let (state, base) = (State::default(), Reading::default());
    let walk = || state.walk(repository, &vocabulary, None, to).landings();
    let question = Question {
        base: &base,
        base_commit: None,
        settings: &settings,
        vocabulary: &vocabulary,
        ledger: settings.ledger.id.as_deref().unwrap_or_default(),
        now: context.now,
        until: Some(context.now),
        coalesces: false,
        state: &state,
        recall: &|_| None,
    };
    let facts = evaluation::evaluate(&question, walk()?)?.facts;
    let events = wanted(&facts, arguments)?;
    let watch = Watch {
        automation: &automation.rule.name,
        events: &events,
    };
    let (evaluation, watched) = evaluation::observe(&question, watch, walk()?)?;
    let (receipts, now) = (context.receipts(&settings)?, context.now);
    let explanation = Explanation::of(&automation, watched, &evaluation, receipts, now);
    Ok(explanation)
}

/// The automation that `typed` means: its name, however it is capitalised, or a part of
/// the name that no other has.
fn automation(
    context: &Context,
    to: ObjectId,
    settings: &Settings,
    typed: &str,
) -> Result<Automation, Failure> {
    let sources = walk::automations(&context.repository, to)?;
    let reading = Reader::new(&settings.environment).read(&sources);
    let known: BTreeMap<String, Automation> = reading.automations;
    let same = |name: &&String| name.to_lowercase() == typed.to_lowercase();
    if let Some(exact) = known.get(typed) {
        return Ok(exact.clone());
    }
    let mut meant: Vec<&String> = known.keys().filter(same).collect();
    if meant.is_empty() && !typed.is_empty() {
        let part = typed.to_lowercase();
        let holds = |name: &&String| name.to_lowercase().contains(&part);
        meant = known.keys().filter(holds).collect();
    }
    let names: Vec<&str> = meant.iter().map(|name| name.as_str()).collect();
    match names.as_slice() {
        [] => Err(unknown(&known, typed)),
        [only] => known
            .get(*only)
            .cloned()
            .ok_or_else(|| unknown(&known, typed)),
        several => Err(selection::ambiguous(typed, "automations", several)),
    }
}

fn unknown(known: &BTreeMap<String, Automation>, typed: &str) -> Failure {
    let names = || known.keys().map(String::as_str);
    let failure = Failure::usage(format!("there is no automation `{typed}`"));
    let names_all: Vec<&str> = names().take(8).collect();
    match nearest(typed, names()) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => {
            failure.help("`automations/` of the last commit holds none that can be evaluated; `annals check` tells why")
        }
        None => failure.help(format!("there is {}", list(&names_all))),
    }
}

/// The ids of the events that are asked about: the one that is named, or the last of an
/// incident, by default of the one that was written to last.
fn wanted(facts: &[Fact], arguments: &Explain) -> Result<BTreeSet<String>, Failure> {
    if let Some(typed) = &arguments.event {
        return event(facts, typed).map(|id| BTreeSet::from([id]));
    }
    let incident = match &arguments.incident {
        Some(typed) => Some(incident(facts, typed)?),
        None => facts.last().map(|fact| fact.incident.to_string()),
    };
    let of_it = facts
        .iter()
        .rev()
        .filter(|fact| incident.as_deref() == Some(fact.incident.as_str()));
    let ids = of_it.map(|fact| fact.event.id.clone());
    Ok(ids.take(arguments.last).collect())
}

fn event(facts: &[Fact], typed: &str) -> Result<String, Failure> {
    let ids = facts.iter().map(|fact| fact.event.id.as_str());
    let meant: BTreeSet<&str> = ids
        .filter(|id| !typed.is_empty() && id.starts_with(&typed.to_lowercase()))
        .collect();
    let meant: Vec<&str> = meant.into_iter().collect();
    match meant.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => Err(
            Failure::usage(format!("there is no event `{typed}` on this branch"))
                .help("`annals events --format json` shows every id"),
        ),
        several => Err(selection::ambiguous(typed, "events", several)),
    }
}

fn incident(facts: &[Fact], typed: &str) -> Result<String, Failure> {
    let ids: BTreeSet<&str> = facts.iter().map(|fact| fact.incident.as_str()).collect();
    if ids.contains(typed) {
        return Ok(typed.to_owned());
    }
    let part = |id: &&str| !typed.is_empty() && id.contains(typed);
    let meant: Vec<&str> = ids.into_iter().filter(part).collect();
    match meant.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => Err(
            Failure::usage(format!("no event is about an incident `{typed}`")).help(
                "`annals list --all` shows every id; what is not committed yet means nothing",
            ),
        ),
        several => Err(selection::ambiguous(typed, "incidents", several)),
    }
}
