//! `annals diff`: what commits say about incidents, in words.

use std::borrow::Cow;

use serde_json::json;

use super::arguments::{Diff, Format};
use super::context::{Context, print_json};
use super::evaluate::settings_at;
use super::failure::Failure;
use super::{console, exit};
use crate::archive::repository::ObjectId;
use crate::archive::snapshot::Version;
use crate::archive::walk::{Turns, Walk};
use crate::automation::derive::Facts;
use crate::automation::wording::{self, Quote, Said};
use crate::runner;
use crate::text::{markdown, plain};

/// A stretch of history that somebody means.
struct Range {
    after: Option<ObjectId>,
    to: ObjectId,
    /// What it is since, where nobody named that.
    since: Option<String>,
}

/// `annals diff`.
pub(super) fn run(context: &Context, arguments: &Diff) -> Result<u8, Failure> {
    let range = match &arguments.range {
        Some(typed) => typed_range(context, typed)?,
        None => usual_range(context)?,
    };
    let (_, vocabulary) = settings_at(context, range.to)?;
    let before = match range.after {
        Some(after) => context.archive(Version::Commit(after))?.incidents,
        None => Vec::new(),
    };
    let walk = Walk {
        repository: &context.repository,
        vocabulary: &vocabulary,
        after: range.after,
        to: range.to,
        received: None,
        earlier: None,
        scattered: None,
        turns: Cow::Owned(Turns::of(&before)),
    };
    let (mut known, mut facts) = (Facts::default(), Vec::new());
    for landing in walk.landings()? {
        facts.extend(known.landing(&landing?, &vocabulary));
    }
    let said = wording::said(&facts);
    match context.format {
        Format::Json => print_json(&json!({
            "incidents": said.iter().map(told).collect::<Vec<_>>(),
            "after": range.after.map(|id| id.to_string()),
            "to": range.to.to_string(),
            "diagnostics": [],
        })),
        Format::Markdown => console::write(&lines(&range, &said, "- ", markdown::code)),
        _ => console::write(&lines(&range, &said, "", plain::line)),
    }
    Ok(exit::FINE)
}

/// `A..B`, or `A` for what came since; an end that is left out is HEAD. What A received
/// after the two parted is no part of it.
fn typed_range(context: &Context, typed: &str) -> Result<Range, Failure> {
    let (from, to) = typed.split_once("..").unwrap_or((typed, ""));
    let to = to.strip_prefix('.').unwrap_or(to);
    let named = |name: &str| if name.is_empty() { "HEAD" } else { name }.to_owned();
    let from = context.repository.resolve(&named(from))?;
    let to = context.repository.resolve(&named(to))?;
    between(context, from, to, None)
}

/// What HEAD has and the record branch has not; on the record branch, what was not pushed
/// yet, or else the last commit.
fn usual_range(context: &Context) -> Result<Range, Failure> {
    let repository = &context.repository;
    let to = repository.resolve("HEAD")?;
    let (settings, _) = settings_at(context, to)?;
    let branch = repository.head()?.branch;
    if branch.as_deref() != Some(settings.branch.as_str())
        && let Ok(tip) = runner::record_tip(&context.repository, &settings)
        && tip != to
    {
        return between(context, tip, to, Some(settings.branch));
    }
    let upstream = format!("origin/{}", settings.branch);
    if let Some(tip) = repository.reference(&format!("refs/remotes/{upstream}"))?
        && tip != to
        && repository.leads_to(tip, to)?
    {
        return between(context, tip, to, Some(upstream));
    }
    Ok(Range {
        after: repository.commit(to)?.parent,
        to,
        since: Some("the commit before".to_owned()),
    })
}

fn between(
    context: &Context,
    from: ObjectId,
    to: ObjectId,
    since: Option<String>,
) -> Result<Range, Failure> {
    let forks = context.repository.forks(from, to)?;
    Ok(Range {
        after: Some(forks.first().copied().unwrap_or(from)),
        to,
        since,
    })
}

fn told(said: &Said) -> serde_json::Value {
    json!({
        "id": said.incident,
        "title": said.title,
        "changes": said.remarks(str::to_owned),
        "events": said.events,
    })
}

/// One line for each incident, after one that tells since when, where nobody named that.
fn lines(range: &Range, said: &[Said], before: &str, quote: Quote) -> String {
    let since = range.since.as_ref().map(|since| {
        let space = if before.is_empty() { "" } else { "\n" };
        format!("Since {}:\n{space}", plain::line(since))
    });
    let nothing = said.is_empty();
    let nothing = nothing.then(|| "Nothing was said about any incident.\n".to_owned());
    let each = said.iter();
    let each = each.map(|said| format!("{before}{}\n", said.line(quote)));
    since.into_iter().chain(nothing).chain(each).collect()
}
