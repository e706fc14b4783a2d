//! What a run needs of the world outside: a clock, secrets, somebody who delivers, and
//! somebody who is told what happens meanwhile.

use super::carried::Rebuilt;
use crate::archive::repository::ObjectId;
use crate::automation::receipt::Receipt;
use crate::outward::deliver::webhook::{Answer, Request};
use crate::text::moment::Moment;

/// Tells the time.
pub trait Clock {
    /// The present of the run.
    fn now(&self) -> Moment;
    /// What the machine's clock says, if the present is another one.
    fn machine(&self) -> Moment {
        self.now()
    }
    /// Lets another run finish what it is in the middle of: a fraction of a second.
    fn wait(&self) {}
}

/// Knows the values behind the names of secrets.
pub trait Secrets {
    /// The value of `name`, if it is set.
    fn value(&self, name: &str) -> Option<String>;
}

/// Carries requests out of the house.
pub trait Carrier {
    /// Why `request` would not be sent, as far as nothing has to be asked of a network.
    fn check(&self, request: &Request<'_>) -> Result<(), String>;
    /// Whether the host of `request` takes connections; nothing is sent.
    fn probe(&self, request: &Request<'_>) -> Result<(), String>;
    /// Sends `request` at most once, and tells how that ended.
    fn deliver(&self, request: &Request<'_>) -> Answer;
}

/// Is told what is worth knowing before a run has ended.
pub trait Progress {
    /// Takes notice.
    fn notice(&self, notice: &Notice);
    /// A step of the protocol was reached, at which a kill may strike.
    fn reached(&self, _step: Step) {}
}

/// Something worth knowing before a run has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The local record branch has commits that the remote does not hold.
    Ahead {
        /// The branch.
        branch: String,
        /// How many commits.
        ahead: usize,
    },
    /// The record branch does not hold what the last run took in.
    Rewritten {
        /// Where the last run stood.
        from: ObjectId,
        /// Where the branch stands.
        to: ObjectId,
    },
    /// What the engine remembered was of another version, and was made anew.
    Rebuilt(Rebuilt),
    /// The clock is behind the last tick.
    Behind(Moment),
    /// `git fetch` would look elsewhere than `git push`.
    FetchedElsewhere {
        /// The remote.
        name: String,
        /// Where it is fetched from.
        fetched: String,
        /// Where it is pushed to.
        address: String,
    },
    /// The remote does not keep how far the ledger ever came.
    Unguarded,
    /// A claim whose run may still be carrying it out.
    UnderWay(Receipt),
    /// An action that was not sent, for a reason that has not gone.
    Waiting(Receipt),
    /// An action of which nobody knows whether it was done.
    Unknown(Receipt),
}

/// The steps of a run between which it can be cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The turn of this clone was taken.
    Begun,
    /// Record and ledger were fetched, and the ledger is in step.
    Fetched,
    /// Everything new was evaluated.
    Evaluated,
    /// Tick and claims are committed here.
    Claimed,
    /// They were pushed, or refused.
    Published,
    /// A request is about to be sent.
    Sending,
    /// It was answered.
    Answered,
    /// The outcomes are committed here.
    Recorded,
    /// They were pushed.
    Settled,
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Self; 9] = [
        Self::Begun,
        Self::Fetched,
        Self::Evaluated,
        Self::Claimed,
        Self::Published,
        Self::Sending,
        Self::Answered,
        Self::Recorded,
        Self::Settled,
    ];
}

/// All of them.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// The clock.
    pub clock: &'a dyn Clock,
    /// The secrets.
    pub secrets: &'a dyn Secrets,
    /// Who delivers.
    pub carrier: &'a dyn Carrier,
    /// Who is told.
    pub progress: &'a dyn Progress,
}
