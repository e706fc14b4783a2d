//! The clock: the one place that reads it, and only when no `--now` was given; and the one
//! that waits.

use std::cell::Cell;
use std::path::PathBuf;
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

/// Waits for as long as a remote may need to move a reference.
pub(super) fn wait() {
    std::thread::sleep(Duration::from_millis(200));
}

/// The longest pause before a try.
const LONGEST: Duration = Duration::from_secs(1);

/// Pauses before tries to be the first at something that others try as well.
///
/// A pause lasts up to some times as long as the last try did, so that on a slow network or a
/// busy machine fewer are at it at once. How long it is is drawn by chance, so that those who
/// lost one race do not all meet in the next. And whoever won a moment ago pauses too, or a
/// script that never rests would win against everybody who has to catch up first.
pub(super) struct Pace {
    note: PathBuf,
    began: Cell<Instant>,
}

impl Pace {
    /// Before the first try; `note` is where those of one clone note down that they won.
    pub(super) fn new(note: PathBuf) -> Self {
        let pace = Self {
            note,
            began: Cell::new(Instant::now()),
        };
        if let Some(took) = pace.won_just_now() {
            pace.rest(took.saturating_mul(8));
        }
        pace
    }

    /// Waits after so many tries; then the next one begins.
    pub(super) fn pause(&self, tried: u32) {
        self.rest(self.began.get().elapsed().saturating_mul(1 << tried.min(3)));
    }

    /// Notes down that the last try won.
    pub(super) fn won(&self) {
        // Where this cannot be written the next one does not rest, and that is all.
        let took = self.began.get().elapsed().as_micros();
        let _ = std::fs::write(&self.note, took.to_string());
    }

    /// How long the last try took that won, if that was only some such lengths ago.
    fn won_just_now(&self) -> Option<Duration> {
        let took = std::fs::read_to_string(&self.note).ok()?.parse().ok()?;
        let took = Duration::from_micros(took);
        let since = std::fs::metadata(&self.note).ok()?.modified().ok()?;
        let since = since.elapsed().ok()?;
        (since < took.saturating_mul(4)).then_some(took)
    }

    fn rest(&self, longest: Duration) {
        let longest = u64::try_from(longest.min(LONGEST).as_micros()).unwrap_or_default();
        let (chance, _) = uuid::Uuid::new_v4().as_u64_pair();
        std::thread::sleep(Duration::from_micros(chance % (longest + 1)));
        self.began.set(Instant::now());
    }
}
