//! What the runner needs of this process: its clock, its environment, HTTP, and standard
//! error for what is worth telling meanwhile.

use super::report::line;
use crate::automation::engine::SEMANTICS;
use crate::cli::context::Context;
use crate::cli::{check, clock, console, environment};
use crate::outward::deliver::webhook::{self, Answer, Request};
use crate::runner::{Carrier, Clock, Notice, Ports, Progress, Rebuilt, Secrets};
use crate::text::moment::Moment;

/// This process.
pub(super) struct Surroundings {
    /// The present, as `--now` or the clock says.
    now: Moment,
    /// What the clock says.
    machine: Moment,
}

impl Surroundings {
    /// The process of a verb.
    pub(super) fn of(context: &Context) -> Self {
        Self {
            now: context.now,
            machine: context.machine,
        }
    }

    /// This process as the runner's ports.
    pub(super) fn ports(&self) -> Ports<'_> {
        Ports {
            clock: self,
            secrets: self,
            carrier: self,
            progress: self,
        }
    }
}

impl Clock for Surroundings {
    fn now(&self) -> Moment {
        self.now
    }

    fn machine(&self) -> Moment {
        self.machine
    }

    fn wait(&self) {
        clock::wait();
    }
}

impl Secrets for Surroundings {
    fn value(&self, name: &str) -> Option<String> {
        environment::variable(name)
    }
}

impl Carrier for Surroundings {
    fn check(&self, request: &Request<'_>) -> Result<(), String> {
        webhook::check(request)
    }

    fn probe(&self, request: &Request<'_>) -> Result<(), String> {
        webhook::probe(request)
    }

    fn deliver(&self, request: &Request<'_>) -> Answer {
        webhook::post(request)
    }
}

impl Progress for Surroundings {
    fn notice(&self, notice: &Notice) {
        console::remark(&words(notice));
    }
}

fn words(notice: &Notice) -> String {
    match notice {
        Notice::Ahead { branch, ahead } => {
            let (commits, are, act) = match ahead {
                1 => ("commit", "is", "does not act"),
                _ => ("commits", "are", "do not act"),
            };
            format!("{ahead} {commits} of {branch} {are} not pushed and {act} yet")
        }
        Notice::Rewritten { from, to } => format!(
            "warning: the record branch was rewritten: it stands at {}, which does not follow upon {}; what it holds now sets off nothing, and what comes after it does",
            to.short(),
            from.short()
        ),
        Notice::Rebuilt(rebuilt) => rebuilt_from(rebuilt),
        Notice::Behind(last) => format!(
            "warning: the clock is behind the last tick, which was at {last}: nothing fires for the mere passing of time"
        ),
        Notice::FetchedElsewhere { name, fetched, address } => format!(
            "warning: `git fetch {name}` reads from `{fetched}`; annals reads from `{address}`, where it pushes to"
        ),
        Notice::Unguarded => "the remote does not take references below `refs/annals`: if its ledger is ever rewound, only clones that saw more can tell".to_owned(),
        Notice::UnderWay(claim) => {
            let until = claim.until.map(|until| format!(" until {until}"));
            format!(
                "{} under way in another run{}",
                line(claim),
                until.unwrap_or_default()
            )
        }
        Notice::Waiting(receipt) => format!("waits: {}", line(receipt)),
        Notice::Unknown(receipt) => format!(
            "{}: `annals run --settle {} executed|skipped` settles it, `annals run --retry {}` sends it once more",
            line(receipt),
            receipt.key,
            receipt.key
        ),
    }
}

fn rebuilt_from(rebuilt: &Rebuilt) -> String {
    let version = rebuilt.version.map_or_else(
        || "no version".to_owned(),
        |version| format!("version {version}"),
    );
    let begins = match rebuilt.begins {
        None => String::new(),
        Some(head) => format!(
            " and begins at {}, for this clone does not hold what came before",
            head.short()
        ),
    };
    format!(
        "the engine's state is of {version} of the semantics and this is version {SEMANTICS}: it was rebuilt from {}{begins}; nothing of that acts again",
        check::count(rebuilt.ticks, "tick", "ticks"),
    )
}
