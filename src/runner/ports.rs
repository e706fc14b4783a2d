//! What a run needs of the world outside: a clock, secrets, somebody who delivers, and
//! somebody who is told what happens meanwhile.

use crate::archive::repository::ObjectId;
use crate::automation::receipt::Receipt;
use crate::outward::deliver::webhook::{Answer, Request};
use crate::text::moment::Moment;

/// Tells the time.
pub trait Clock {
    /// The present.
    fn now(&self) -> Moment;
}

/// Knows the values behind the names of secrets.
pub trait Secrets {
    /// The value of `name`, if it is set.
    fn value(&self, name: &str) -> Option<String>;
}

/// Carries requests out of the house.
pub trait Carrier {
    /// Sends `request` at most once, and tells how that ended.
    fn deliver(&self, request: &Request<'_>) -> Answer;
}

/// Is told what is worth knowing before a run has ended.
pub trait Progress {
    /// Takes notice.
    fn notice(&self, notice: &Notice);
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
    /// The last run stood at a commit that is gone.
    Gone(ObjectId),
    /// A claim whose run may still be carrying it out.
    UnderWay(Receipt),
    /// A claim whose run ended before its outcome was known.
    Lost(Receipt),
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
