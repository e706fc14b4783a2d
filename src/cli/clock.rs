//! The clock: the one place that reads it, and only when no `--now` was given.

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
