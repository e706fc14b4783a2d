//! `annals run`: evaluates what is new on the record branch and acts on it, once.
//!
//! Claims are committed, and pushed where there is a remote, before anything is done; so
//! another run, here or elsewhere, finds them and keeps still. A run that was not the
//! first to push takes its claims back and begins anew. A claim that never got its outcome
//! is not acted upon again: nobody knows how far it came.

mod acting;
mod telling;
mod tick;

use super::arguments::Run;
use super::console;
use super::context::Context;
use super::evaluate;
use super::failure::Failure;
use crate::archive::ledger::{Ledger, Turn};
use crate::archive::remote::Remote;
use crate::archive::repository::ObjectId;
use crate::archive::settings::Settings;
use crate::automation::receipt::Receipt;
use telling::Report;
use tick::Tick;

pub(super) use telling::line;

/// How often a run begins anew because another was faster.
const TRIES: usize = 5;

/// `annals run`.
pub(super) fn run(context: &Context, arguments: &Run) -> Result<u8, Failure> {
    let _turn = Turn::take(&context.repository)?;
    let remote = remote(context, arguments.remote.as_deref())?;
    let id = uuid::Uuid::new_v4().to_string();
    let mut lost = Vec::new();
    for _ in 0..TRIES {
        if let Some(report) = attempt(context, remote.as_ref(), &id, &mut lost)? {
            return report.tell(context, lost);
        }
    }
    Err(overtaken())
}

/// Other runs pushed to the ledger, again and again, before this one could.
pub(super) fn overtaken() -> Failure {
    Failure::repository("other runs were faster, again and again, so nothing was done")
        .help("run it again; what they took in is done once")
}

/// The remote that was named, or `origin` where there is one.
pub(super) fn remote(context: &Context, named: Option<&str>) -> Result<Option<Remote>, Failure> {
    let repository = &context.repository;
    let name = named.or_else(|| repository.has_remote("origin").then_some("origin"));
    Ok(name
        .map(|name| Remote::find(repository, name))
        .transpose()?)
}

/// One tick; none when another run was faster.
fn attempt(
    context: &Context,
    remote: Option<&Remote>,
    id: &str,
    lost: &mut Vec<Receipt>,
) -> Result<Option<Report>, Failure> {
    let repository = &context.repository;
    let (here, _) = evaluate::settings_at(context, repository.resolve("HEAD")?)?;
    let head = match remote {
        Some(remote) => published(context, remote, &here)?,
        None => evaluate::record_tip(context, &here)?,
    };
    let (settings, vocabulary) = evaluate::settings_at(context, head)?;
    let ledger = match remote {
        Some(remote) => Ledger::in_step(repository, &settings, remote, false, context.now)?,
        None => Ledger::open(repository, &settings)?,
    };
    let tick = Tick {
        context,
        settings: &settings,
        vocabulary: &vocabulary,
        ledger,
        remote,
        head,
        id,
    };
    tick.run(lost)
}

/// The tip of the record branch as `remote` holds it: what was not pushed does not act.
fn published(context: &Context, remote: &Remote, settings: &Settings) -> Result<ObjectId, Failure> {
    let (repository, branch) = (&context.repository, &settings.branch);
    let name = &remote.name;
    let place = format!("refs/remotes/{name}/{branch}");
    let Some(head) = remote.fetch_into(repository, branch, &place)? else {
        let missing = format!("the remote `{name}` has no branch `{branch}`");
        return Err(Failure::repository(missing).help(format!("`git push {name} {branch}`")));
    };
    let ahead = match repository.tip(branch)? {
        Some(tip) => repository.ahead(tip, head)?,
        None => 0,
    };
    if ahead > 0 {
        let (commits, are, act) = match ahead {
            1 => ("commit", "is", "does not act"),
            _ => ("commits", "are", "do not act"),
        };
        console::remark(&format!(
            "{ahead} {commits} of {branch} {are} not pushed and {act} yet"
        ));
    }
    Ok(head)
}
