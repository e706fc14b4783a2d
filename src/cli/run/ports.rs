//! What the runner needs of this process: its clock, its environment, HTTP, and standard
//! error for what is worth telling meanwhile.

use super::report::line;
use crate::cli::{console, environment};
use crate::outward::deliver::webhook::{self, Answer, Request};
use crate::runner::{Carrier, Clock, Notice, Ports, Progress, Secrets};
use crate::text::moment::Moment;

/// This process.
pub(super) struct Surroundings {
    /// The present, as `--now` or the clock says.
    pub(super) now: Moment,
}

impl Surroundings {
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
}

impl Secrets for Surroundings {
    fn value(&self, name: &str) -> Option<String> {
        environment::variable(name)
    }
}

impl Carrier for Surroundings {
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
        Notice::Gone(commit) => format!(
            "the last run stood at {}, which is not in this clone: all of history is evaluated",
            commit.short()
        ),
        Notice::UnderWay(claim) => {
            let until = claim.until.map(|until| format!(" until {until}"));
            format!(
                "{} under way in another run{}",
                line(claim),
                until.unwrap_or_default()
            )
        }
        Notice::Lost(receipt) => line(receipt),
    }
}
