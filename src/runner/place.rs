//! From which remote a run acts, and the ledger in step with it.
//!
//! Only a remote that is one of the ledger's addresses is acted from, however many there
//! are and whatever they are called: so forks, copies and mirrors act on nobody.

use super::receipts::is_outcome_of_claim;
use super::{Clock, Notice, RunError, Runner};
use crate::archive::ledger::{Ledger, LedgerError, There, high};
use crate::archive::remote::Remote;
use crate::archive::repository::Repository;
use crate::archive::settings::Settings;
use crate::text::moment::Moment;

impl Runner<'_> {
    /// The remote to act from: the one that is `named`, else one of the ledger's addresses,
    /// else where the record branch is pushed to, else the only one. None where the clone
    /// has no remote at all.
    pub(super) fn remote(
        &self,
        named: Option<&str>,
        settings: &Settings,
    ) -> Result<Option<Remote>, RunError> {
        let repository = self.repository;
        let mut all = Remote::all(repository)?;
        if let Some(named) = named {
            all.retain(|remote| remote.name == named);
            if all.is_empty() {
                return Ok(Some(Remote::find(repository, named)?));
            }
        }
        if all.is_empty() {
            return Ok(None);
        }
        let (target, _) = repository.push_target(&settings.branch)?;
        let is_target = |remote: &&Remote| Some(&remote.name) == target.as_ref();
        let known = known_addresses(repository, settings)?;
        let is_known = |remote: &&Remote| known.contains(&remote.address);
        let of_ledger = all.iter().filter(is_known).find(is_target);
        let of_ledger = of_ledger.or_else(|| all.iter().find(is_known)).cloned();
        let targets: Vec<&Remote> = all.iter().filter(is_target).collect();
        let mut pool = if targets.is_empty() {
            all.iter().collect()
        } else {
            targets
        };
        // One remote that is pushed to several places acts from the first one, as long as the
        // ledger names none of them.
        pool.dedup_by(|later, first| later.name == first.name);
        let chosen = match (of_ledger, pool.as_slice()) {
            (Some(remote), _) => remote,
            (None, [only]) => (*only).clone(),
            (None, several) => {
                let places = several.iter().map(|remote| remote.address.clone());
                return Err(RunError::Several(places.collect()));
            }
        };
        self.tell_where(&chosen);
        Ok(Some(chosen))
    }

    /// Says that `git fetch` would look elsewhere, if it would.
    fn tell_where(&self, chosen: &Remote) {
        if let Some(fetched) = &chosen.fetched_elsewhere {
            let (name, fetched) = (chosen.name.clone(), fetched.clone());
            let address = chosen.address.clone();
            let elsewhere = Notice::FetchedElsewhere {
                name,
                fetched,
                address,
            };
            self.ports.progress.notice(&elsewhere);
        }
    }
}

/// The addresses that the ledger names as this clone knows it.
pub(super) fn known_addresses(
    repository: &Repository,
    settings: &Settings,
) -> Result<Vec<String>, RunError> {
    match Ledger::seen(repository, settings) {
        Ok(ledger) => Ok(ledger.state()?.addresses),
        Err(LedgerError::NotNamed | LedgerError::Absent(_) | LedgerError::Other(_)) => {
            Ok(Vec::new())
        }
        Err(fault) => Err(fault.into()),
    }
}

/// How often a remote is asked again whose two references do not go together.
const LOOKS: usize = 5;

/// Where the remote's ledger stands. A remote moves its two references one after the other,
/// and lists them one after the other: between two moments of another run's push the branch
/// seems to be behind what it was. What is really so stays so.
pub(super) fn there(
    repository: &Repository,
    clock: &dyn Clock,
    remote: &Remote,
    settings: &Settings,
) -> Result<There, RunError> {
    let mut there = look(repository, remote, settings)?;
    for _ in 0..LOOKS {
        let (Some(branch), Some(high)) = (there.branch, there.high) else {
            break;
        };
        if branch == high || !repository.leads_to(branch, high)? {
            break;
        }
        clock.wait();
        there = look(repository, remote, settings)?;
    }
    Ok(there)
}

/// Where the remote's ledger stands this moment.
fn look(repository: &Repository, remote: &Remote, settings: &Settings) -> Result<There, RunError> {
    let branch = &settings.ledger.branch;
    let names = [format!("refs/heads/{branch}"), high(branch)];
    let names = names.each_ref().map(String::as_str);
    let mut tips = remote.fetch_all(repository, &names)?.into_iter();
    Ok(There {
        branch: tips.next().flatten(),
        high: tips.next().flatten(),
    })
}

/// Where the remote's ledger stands after what this clone began to push has arrived whole. A
/// remote that died while it took a push may have moved one of the two references, though it
/// moves both or none otherwise: Git's files have no more than a lock for each. That is no
/// rewound ledger, and what is missing follows upon what is there.
pub(super) fn completed(
    repository: &Repository,
    remote: &Remote,
    settings: &Settings,
    there: There,
) -> Result<There, RunError> {
    let (Some(branch), Some(high)) = (there.branch, there.high) else {
        return Ok(there);
    };
    let is_ours = repository.tip(&settings.ledger.branch)? == Some(high);
    if branch == high || !is_ours || !repository.leads_to(branch, high)? {
        return Ok(there);
    }
    let arrived = There {
        branch: Some(high),
        ..there
    };
    let ledger = Ledger::of_remote(repository, settings, arrived)?;
    let was_rewound = Ledger::of_remote(
        repository,
        settings,
        There {
            high: None,
            ..there
        },
    )
    .is_err();
    if was_rewound || ledger.refuse_elsewhere(remote).is_err() {
        return Ok(there);
    }
    if ledger.put_back(remote, high)? {
        Ok(arrived)
    } else {
        look(repository, remote, settings)
    }
}

/// The ledger in step with where the remote's stands. Of what only this clone has, the
/// outcomes of claims that the remote holds are kept; claims that it never accepted were
/// never acted upon.
pub(super) fn in_step<'a>(
    repository: &'a Repository,
    settings: &Settings,
    there: There,
    now: Moment,
) -> Result<Ledger<'a>, RunError> {
    Ok(Ledger::in_step(
        repository,
        settings,
        there,
        &is_outcome_of_claim,
        now,
    )?)
}
