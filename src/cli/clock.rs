//! The clock: the one place that reads it, and only when no `--now` was given; and the one
//! that waits.

use std::time::Duration;

use crate::text::moment::Moment;

/// The longest pause before a second try, and before any try, in milliseconds. It is about as
/// long as a try: whoever waited longer would only meet more of those who just begin.
const PAUSES: (u64, u64) = (25, 200);

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

/// Waits a little after so many tries. How long is drawn by chance, so that those who lost one
/// race do not all meet in the next.
pub(super) fn pause(tried: u32) {
    let longest = (PAUSES.0 << tried.min(10)).min(PAUSES.1);
    let (chance, _) = uuid::Uuid::new_v4().as_u64_pair();
    std::thread::sleep(Duration::from_millis(chance % (longest + 1)));
}
