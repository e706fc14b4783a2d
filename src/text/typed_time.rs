//! Times as people type them: `03:12`, `-10m`, `yesterday 22:00`, `2026-11-28 07:05`.
//!
//! What somebody types is read first, and means a moment only beside the present and a zone. Files
//! never hold such times: there each names its offset.

use std::str::FromStr;

use super::duration::Duration;
use super::moment::{self, BadTime, Day, Moment, Region, WallClock};

const DAY: Duration = Duration::minutes(24 * 60);

/// A time as somebody typed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedTime {
    text: String,
    said: Said,
}

/// What a typed time says; readings of clocks are held as if they were UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// A moment, whoever reads it.
    Exact(Moment),
    /// So long before the present.
    Ago(Duration),
    /// A date and a time of day.
    Wall(Moment),
    /// A time of day, so many days before today; the latest one where that is not said. It may
    /// name its offset, in seconds.
    Clock {
        time: Duration,
        days_ago: Option<i64>,
        east: Option<i64>,
    },
}

/// Why a time that can be read means no moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// Clocks were changed then.
    #[error("`{typed}` came {often} in {zone}, where clocks were put {way} then")]
    ClocksChanged {
        /// What was typed.
        typed: String,
        /// Where.
        zone: &'static str,
        /// How often clocks showed it.
        often: &'static str,
        /// Where they were put.
        way: &'static str,
        /// What is meant by it, one or the other.
        both: String,
    },
    /// So long ago that no date says it.
    #[error("`{typed}` lies before the year 1")]
    BeforeCalendar {
        /// What was typed.
        typed: String,
    },
}

impl Unclear {
    /// What to type instead.
    pub fn help(&self) -> String {
        match self {
            Self::ClocksChanged { both, .. } => format!("type {both}"),
            Self::BeforeCalendar { .. } => {
                "type a shorter length, as `-10m`, or a date, as `2026-11-28 07:05`".to_owned()
            }
        }
    }
}

impl TypedTime {
    /// Whether it means the same moment to whoever reads it.
    pub fn is_exact(&self) -> bool {
        matches!(self.said, Said::Exact(_))
    }

    /// Whether it takes a zone to know what it means.
    pub fn needs_zone(&self) -> bool {
        matches!(self.said, Said::Wall(_) | Said::Clock { east: None, .. })
    }

    /// Reads the same, or a day, which means its beginning in UTC.
    pub fn or_day(text: &str) -> Result<Self, BadTime> {
        match Day::parse(text) {
            Ok(day) => format!("{day}T00:00:00Z").parse(),
            Err(_) => text.parse(),
        }
    }

    /// What it means at `now` to somebody whose clock shows the time of `zone`.
    pub fn at(&self, now: Moment, zone: Region) -> Result<Moment, Unclear> {
        match self.said {
            Said::Exact(at) => Ok(at),
            Said::Ago(length) => self.ago(length, now),
            Said::Wall(wall) => self.once(zone.instant(wall), zone),
            Said::Clock {
                time,
                days_ago,
                east: Some(east),
            } => {
                let east = Duration::seconds(east);
                let at = |days: i64| {
                    midnight(now.plus(east))
                        .plus(time)
                        .plus(DAY.times(-days))
                        .plus(-east)
                };
                let days = days_ago.unwrap_or_else(|| i64::from(at(0) > now));
                Ok(at(days))
            }
            Said::Clock {
                time,
                days_ago,
                east: None,
            } => {
                let today = midnight(zone.wall(now)).plus(time);
                let wall = |days: i64| today.plus(DAY.times(-days));
                if let Some(days) = days_ago {
                    return self.once(zone.instant(wall(days)), zone);
                }
                match zone.instant(today) {
                    WallClock::Twice(first, second) if first <= now && now < second => Ok(first),
                    WallClock::Once(at) | WallClock::Twice(at, _) | WallClock::Never(at, _)
                        if at > now =>
                    {
                        self.once(zone.instant(wall(1)), zone)
                    }
                    instant => self.once(instant, zone),
                }
            }
        }
    }

    /// So long before `now`.
    fn ago(&self, length: Duration, now: Moment) -> Result<Moment, Unclear> {
        now.moved(-length).ok_or_else(|| Unclear::BeforeCalendar {
            typed: self.text.clone(),
        })
    }

    /// The one moment at which clocks showed `wall`.
    fn once(&self, instant: WallClock, zone: Region) -> Result<Moment, Unclear> {
        let (often, way, first, second) = match instant {
            WallClock::Once(at) => return Ok(at),
            WallClock::Twice(first, second) => ("twice", "back", first, second),
            WallClock::Never(first, second) => ("never", "forward", first, second),
        };
        Err(Unclear::ClocksChanged {
            typed: self.text.clone(),
            zone: zone.name(),
            often,
            way,
            both: [first, second]
                .map(|at| format!("`{}`", zone.local(at)))
                .join(" or "),
        })
    }
}

/// The beginning of the day of a reading.
fn midnight(wall: Moment) -> Moment {
    let excess = wall.micros().rem_euclid(DAY.as_micros());
    wall.plus(Duration::microseconds(-excess))
}

impl FromStr for TypedTime {
    type Err = BadTime;

    fn from_str(text: &str) -> Result<Self, BadTime> {
        let typed = text.trim();
        let read = relative(typed).or_else(|| clock(typed));
        let said = match read {
            Some(said) => said,
            None => match Moment::parse(typed) {
                Ok(at) => Said::Exact(at),
                Err(BadTime::Naive(_)) => {
                    let wall = Moment::parse_naive(typed);
                    Said::Wall(wall.ok_or_else(|| BadTime::Untypable(typed.to_owned()))?)
                }
                Err(BadTime::DayOnly(day)) => return Err(BadTime::DayOnly(day)),
                Err(_) => return Err(BadTime::Untypable(typed.to_owned())),
            },
        };
        Ok(Self {
            text: typed.to_owned(),
            said,
        })
    }
}

/// `now`, `-10m`, `10m ago`, `10 min ago`.
fn relative(typed: &str) -> Option<Said> {
    if typed == "now" {
        return Some(Said::Ago(Duration::default()));
    }
    let length = typed
        .strip_prefix('-')
        .or_else(|| typed.strip_suffix(" ago"))?;
    let length = length.trim();
    let minutes = length
        .strip_suffix("min")
        .map(|number| format!("{number}m"));
    Duration::parse(minutes.as_deref().unwrap_or(length)).map(Said::Ago)
}

/// `03:12`, `03:12:09`, `today 03:12`, `yesterday 22:00`, `07:05Z`, `07:05 +0100`.
fn clock(typed: &str) -> Option<Said> {
    let day = typed.split_once(' ').and_then(|(day, rest)| match day {
        "today" => Some((0, rest.trim())),
        "yesterday" => Some((1, rest.trim())),
        _ => None,
    });
    let (days_ago, time) = day.map_or((None, typed), |(days, rest)| (Some(days), rest));
    let (time, east) = match moment::split_offset(time) {
        Some((time, east)) => (time, Some(east)),
        None => (time, None),
    };
    let time = Moment::parse_naive(&format!("1970-01-01T{}", time.trim()))? - Moment::EPOCH;
    Some(Said::Clock {
        time,
        days_ago,
        east,
    })
}
