//! The clock: the one place that reads it, and only when no `--now` was given; and the one
//! that waits.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::text::moment::Moment;

/// The present, to the millisecond.
#[expect(clippy::disallowed_methods, reason = "the owner of the clock")]
pub(super) fn now() -> Moment {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    let micros = i64::try_from(since.as_micros()).unwrap_or_default();
    Moment::from_micros(micros)
        .unwrap_or(Moment::EPOCH)
        .to_millisecond()
}

/// The longest pause between two tries.
const LONGEST: Duration = Duration::from_secs(1);

/// Pauses between tries to be the first at something.
///
/// A pause lasts up to twice as long as the last try did, then four and eight times, so that on a slow network or a busy machine fewer are at it at once. How long it is is
/// drawn by chance, so that those who lost one race do not all meet in the next.
pub(super) struct Pace {
    began: Cell<Instant>,
}

impl Pace {
    /// The first try begins.
    pub(super) fn new() -> Self {
        Self {
            began: Cell::new(Instant::now()),
        }
    }

    /// Waits after so many tries; then the next one begins.
    pub(super) fn pause(&self, tried: u32) {
        let took = self.began.get().elapsed();
        let longest = took.saturating_mul(1 << tried.min(3)).min(LONGEST);
        let (chance, _) = uuid::Uuid::new_v4().as_u64_pair();
        let longest = u64::try_from(longest.as_micros()).unwrap_or_default();
        std::thread::sleep(Duration::from_micros(chance % (longest + 1)));
        self.began.set(Instant::now());
    }
}
