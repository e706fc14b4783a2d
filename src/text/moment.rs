//! Points in time, as people write and read them.
//!
//! The one file that names chrono. A [`Moment`] is an instant in UTC with the
//! precision of a microsecond (Prefect's); whatever offset somebody wrote is read
//! and stays in their file. A time without an offset is an error: which day it
//! means depends on who reads it.

use std::fmt;
use std::ops::Sub;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, MappedLocalTime, NaiveDate, NaiveDateTime, Offset, SecondsFormat,
    TimeDelta, TimeZone, Timelike, Utc,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::duration::Duration;

/// An instant, in UTC, to the microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(DateTime<Utc>);

/// Why a text is not a [`Moment`] or a [`Day`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTime {
    /// A time that names no offset from UTC.
    #[error("the time `{0}` has no offset")]
    Naive(String),
    /// A date where a time is needed.
    #[error("`{0}` is a day, not a time")]
    DayOnly(String),
    /// Anything else where a day is needed.
    #[error("`{0}` is not a day")]
    NotADay(String),
    /// Anything else where somebody types a time.
    #[error("`{0}` is not a time")]
    Untypable(String),
    /// Anything else.
    #[error("`{0}` is not a time")]
    Unreadable(String),
}

impl BadTime {
    /// What to write instead.
    pub fn help(&self) -> String {
        match self {
            Self::Naive(text) => {
                let text = text.trim().replacen(' ', "T", 1);
                format!("say which offset is meant, such as `{text}Z` for UTC or `{text}+02:00`")
            }
            Self::DayOnly(text) => {
                format!("add the time and its offset, such as `{text}T09:30:00Z`")
            }
            Self::NotADay(_) => "write it as in `2026-11-22`".to_owned(),
            Self::Untypable(_) => {
                "type it as `03:12`, `10m ago`, `yesterday 22:00` or `2026-11-22 07:31`, with an offset such as `Z` or `+01:00` where it is not meant in your zone".to_owned()
            }
            Self::Unreadable(_) => {
                "write it as in RFC 3339, such as `2026-11-22T07:31:00Z`".to_owned()
            }
        }
    }
}

impl Moment {
    /// The beginning of Unix time.
    pub const EPOCH: Self = Self(DateTime::UNIX_EPOCH);

    /// Reads RFC 3339 (a space may stand for the `T`, seconds may be left out, and an offset may
    /// be `+0100` or `+01`). Fractions beyond the microsecond are cut off.
    pub fn parse(text: &str) -> Result<Self, BadTime> {
        let trimmed = text.trim();
        if let Ok(time) = DateTime::parse_from_rfc3339(trimmed) {
            return Self::from_micros(time.timestamp_micros())
                .ok_or_else(|| BadTime::Unreadable(text.to_owned()));
        }
        let parts = split_offset(trimmed);
        let wall = parts.and_then(|(wall, east)| Some((Self::parse_naive(wall)?, east)));
        if let Some((wall, east)) = wall {
            return Ok(wall.plus(Duration::seconds(-east)));
        }
        if NaiveDate::parse_from_str(trimmed, "%Y-%m-%d").is_ok() {
            return Err(BadTime::DayOnly(trimmed.to_owned()));
        }
        if Self::parse_naive(trimmed).is_some() {
            return Err(BadTime::Naive(trimmed.to_owned()));
        }
        Err(BadTime::Unreadable(text.to_owned()))
    }

    /// Reads a time that names no offset, taking it as UTC. For imports, which count
    /// each such time as an exception; a record of annals never holds one.
    pub fn parse_naive(text: &str) -> Option<Self> {
        [
            "%Y-%m-%dT%H:%M:%S%.f",
            "%Y-%m-%d %H:%M:%S%.f",
            "%Y-%m-%dT%H:%M",
            "%Y-%m-%d %H:%M",
        ]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text.trim(), format).ok())
        .and_then(|time| Self::from_micros(time.and_utc().timestamp_micros()))
    }

    /// The instant so many microseconds after the Unix epoch; none outside the years
    /// 1 to 9999, which RFC 3339 cannot write.
    pub fn from_micros(micros: i64) -> Option<Self> {
        let time = DateTime::from_timestamp_micros(micros)?;
        (1..=9999).contains(&time.year()).then_some(Self(time))
    }

    /// The instant so many seconds after the Unix epoch.
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        Self::from_micros(seconds.checked_mul(1_000_000)?)
    }

    /// Microseconds since the Unix epoch.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// Seconds since the Unix epoch, rounded down.
    pub fn seconds(self) -> i64 {
        self.0.timestamp()
    }

    /// The same instant without what is finer than a millisecond, which file names
    /// and entries do not hold.
    #[must_use]
    pub fn to_millisecond(self) -> Self {
        let excess = self.micros().rem_euclid(1000);
        Self(self.0 - TimeDelta::microseconds(excess))
    }

    /// This instant moved by `duration`, which may be negative; stays where it is when
    /// that leaves the calendar.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        self.moved(duration).unwrap_or(self)
    }

    /// The same; none when that leaves the calendar, which whoever typed it has to be told.
    pub fn moved(self, duration: Duration) -> Option<Self> {
        let micros = duration.as_micros().checked_add(self.micros())?;
        Self::from_micros(micros)
    }

    /// The day in UTC.
    pub fn day(self) -> Day {
        Day(self.0.date_naive())
    }

    /// The month in UTC, in the order of time: `2026-11`.
    pub fn month(self) -> String {
        format!("{:04}-{:02}", self.0.year(), self.0.month())
    }

    /// The time of the day in UTC: `07:31`.
    pub fn clock(self) -> String {
        format!("{:02}:{:02}", self.0.hour(), self.0.minute())
    }

    /// The instant as a file name holds it: `2026-11-22t073501.042z`.
    pub fn file_stem(self) -> String {
        self.0.format("%Y-%m-%dt%H%M%S%.3fz").to_string()
    }

    /// The instant through a `strftime` pattern, in UTC; none when the pattern holds
    /// something unknown.
    pub fn format(self, pattern: &str) -> Option<String> {
        use std::fmt::Write;
        let mut out = String::new();
        write!(out, "{}", self.0.format(pattern)).ok()?;
        Some(out)
    }
}

/// A time without the offset at its end, and that in seconds east of Greenwich: `Z`, `+01:00`,
/// `+0100` or `+01`.
pub(super) fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(time) = text.strip_suffix(['Z', 'z']) {
        return Some((time.trim_end(), 0));
    }
    // What stands before the time of day is a date, whose hyphens are none of this.
    let from = text.find(':')?;
    let at = from + text.get(from..)?.find(['+', '-'])?;
    let (time, offset) = text.split_at_checked(at)?;
    let digits = offset.get(1..)?.replacen(':', "", 1);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = match digits.len() {
        2 => (digits.as_str(), "0"),
        4 => digits.split_at_checked(2)?,
        _ => return None,
    };
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let east = (hours * 60 + minutes) * 60;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    Some((time.trim_end(), sign * east))
}

/// A time zone of the IANA's list, such as `Europe/London`, daylight saving and all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region(chrono_tz::Tz);

/// What a clock on a wall means in a [`Region`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WallClock {
    /// One instant.
    Once(Moment),
    /// Two, since clocks were put back.
    Twice(Moment, Moment),
    /// None, since clocks were put forward: as if they had not been, and as if they had been
    /// all the time.
    Never(Moment, Moment),
}

impl Region {
    /// Greenwich without daylight saving.
    pub const UTC: Self = Self(chrono_tz::Tz::UTC);

    /// The zone of that name, in any case of its letters.
    pub fn named(name: &str) -> Option<Self> {
        chrono_tz::Tz::from_str_insensitive(name).ok().map(Self)
    }

    /// What `wall`, the reading of a clock taken as UTC, means here.
    pub fn instant(self, wall: Moment) -> WallClock {
        let naive = wall.0.naive_utc();
        let at = |time: DateTime<chrono_tz::Tz>| Moment(time.with_timezone(&Utc));
        match self.0.from_local_datetime(&naive) {
            MappedLocalTime::Single(time) => WallClock::Once(at(time)),
            MappedLocalTime::Ambiguous(first, second) => WallClock::Twice(at(first), at(second)),
            MappedLocalTime::None => {
                let as_on = |minutes| {
                    let day = wall.plus(Duration::minutes(minutes));
                    wall.plus(Duration::seconds(-self.east(day)))
                };
                WallClock::Never(as_on(-24 * 60), as_on(24 * 60))
            }
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The names of all zones.
    pub fn names() -> impl Iterator<Item = &'static str> {
        chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())
    }

    /// `instant` as RFC 3339 with the offset of this zone, to the second.
    pub fn local(self, instant: Moment) -> String {
        let local = instant.0.with_timezone(&self.0);
        local.to_rfc3339_opts(SecondsFormat::Secs, false)
    }

    /// `instant` as people read it who know what day it is `now`: `03:12 +01:00`, with the date
    /// where it is another one, and seconds where there are any.
    pub fn told(self, instant: Moment, now: Moment) -> String {
        let (local, today) = (
            instant.0.with_timezone(&self.0),
            now.0.with_timezone(&self.0),
        );
        let date = if local.date_naive() == today.date_naive() {
            ""
        } else {
            "%Y-%m-%d "
        };
        let seconds = if local.second() == 0 { "" } else { ":%S" };
        local
            .format(&format!("{date}%H:%M{seconds} %:z"))
            .to_string()
    }

    /// What clocks here show at `instant`, taken as UTC.
    #[must_use]
    pub fn wall(self, instant: Moment) -> Moment {
        instant.plus(Duration::seconds(self.east(instant)))
    }

    /// How far clocks here are ahead of UTC at `instant`, in seconds.
    fn east(self, instant: Moment) -> i64 {
        let offset = self.0.offset_from_utc_datetime(&instant.0.naive_utc());
        i64::from(offset.fix().local_minus_utc())
    }
}

impl fmt::Display for Moment {
    /// RFC 3339 in UTC, with milliseconds, or microseconds where there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = if self.micros().rem_euclid(1000) == 0 {
            SecondsFormat::Millis
        } else {
            SecondsFormat::Micros
        };
        f.write_str(&self.0.to_rfc3339_opts(form, true))
    }
}

impl FromStr for Moment {
    type Err = BadTime;
    fn from_str(text: &str) -> Result<Self, BadTime> {
        Self::parse(text)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time"})
    }
}

impl Sub for Moment {
    type Output = Duration;
    fn sub(self, earlier: Self) -> Duration {
        Duration::microseconds(self.micros() - earlier.micros())
    }
}

/// A day of the calendar, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

impl Day {
    /// Reads `2026-11-22`.
    pub fn parse(text: &str) -> Result<Self, BadTime> {
        NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d")
            .map(Self)
            .map_err(|_| BadTime::NotADay(text.to_owned()))
    }

    /// As people read it: `22 November 2026`.
    pub fn long(self) -> String {
        self.0.format("%-d %B %Y").to_string()
    }

    /// The month and year: `November 2026`.
    pub fn month(self) -> String {
        self.0.format("%B %Y").to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Day {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_with_its_offset_and_written_in_utc() {
        let moment = Moment::parse("2026-11-22T09:31:00.042+02:00").expect("a time");
        assert_eq!(moment.to_string(), "2026-11-22T07:31:00.042Z");
        assert_eq!(moment.file_stem(), "2026-11-22t073100.042z");
    }

    #[test]
    fn a_naive_time_is_refused_and_says_so() {
        let fault = Moment::parse("2026-11-22 07:31:00").expect_err("naive");
        assert_eq!(fault, BadTime::Naive("2026-11-22 07:31:00".into()));
        assert!(
            fault.help().contains("2026-11-22T07:31:00Z"),
            "{}",
            fault.help()
        );
    }
}
