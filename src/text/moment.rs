//! Points in time and lengths of time, as people write and read them.
//!
//! The one file that names chrono. A [`Moment`] is an instant in UTC with the
//! precision of a microsecond (Prefect's); whatever offset somebody wrote is read
//! and stays in their file. A time without an offset is an error: which day it
//! means depends on who reads it.

use std::fmt;
use std::ops::Sub;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, NaiveDate, NaiveDateTime, SecondsFormat, TimeDelta, Timelike, Utc,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
            Self::Unreadable(_) => {
                "write it as in RFC 3339, such as `2026-11-22T07:31:00Z`".to_owned()
            }
        }
    }
}

impl Moment {
    /// The beginning of Unix time.
    pub const EPOCH: Self = Self(DateTime::UNIX_EPOCH);

    /// Reads RFC 3339 (a space may stand for the `T`). Fractions beyond the
    /// microsecond are cut off.
    pub fn parse(text: &str) -> Result<Self, BadTime> {
        let trimmed = text.trim();
        if let Ok(time) = DateTime::parse_from_rfc3339(trimmed) {
            return Self::from_micros(time.timestamp_micros())
                .ok_or_else(|| BadTime::Unreadable(text.to_owned()));
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
        duration
            .0
            .checked_add(self.micros())
            .and_then(Self::from_micros)
            .unwrap_or(self)
    }

    /// The day in UTC.
    pub fn day(self) -> Day {
        Day(self.0.date_naive())
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
        Duration(self.micros() - earlier.micros())
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

/// A length of time, to the microsecond; negative when the order is reversed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(i64);

impl Duration {
    /// So many seconds.
    pub fn seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// So many minutes.
    pub const fn minutes(minutes: i64) -> Self {
        Self(minutes.saturating_mul(60_000_000))
    }

    /// So many milliseconds.
    pub fn milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds.saturating_mul(1_000))
    }

    /// So many microseconds.
    pub fn microseconds(microseconds: i64) -> Self {
        Self(microseconds)
    }

    /// Whole seconds, rounded towards zero.
    pub fn as_seconds(self) -> i64 {
        self.0 / 1_000_000
    }

    /// Reads `90s`, `30m`, `24h`, `5d` or `2w`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let unit = text.chars().last()?;
        let number: i64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        number
            .checked_mul(seconds)
            .filter(|_| number >= 0)
            .map(Self::seconds)
    }
}

impl fmt::Display for Duration {
    /// As people say it, in at most two units: `2 h 43 min`, `17 min`, `3 d 4 h`, `40 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.as_seconds();
        let sign = if seconds < 0 { "-" } else { "" };
        let seconds = seconds.unsigned_abs();
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
        let parts = [
            (days, "d"),
            (hours, "h"),
            (minutes, "min"),
            (seconds % 60, "s"),
        ];
        let first = parts.iter().position(|(count, _)| *count > 0).unwrap_or(3);
        let mut words: Vec<String> = Vec::new();
        for (index, (count, unit)) in parts.iter().enumerate().skip(first).take(2) {
            let seconds_beside_minutes = index == 3 && first < 3 && minutes >= 5;
            if (*count > 0 || index == first) && !seconds_beside_minutes {
                words.push(format!("{count} {unit}"));
            }
        }
        write!(f, "{sign}{}", words.join(" "))
    }
}

impl Serialize for Duration {
    /// Whole seconds.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.as_seconds())
    }
}

/// A length of time as `annals.yaml` writes it: `30m`, `24h`, `5d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within(pub Duration);

impl<'de> Deserialize<'de> for Within {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Duration::parse(&text)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a length of time")))
    }
}

impl JsonSchema for Within {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Within".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9]+ *[smhdw]$"})
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

    #[test]
    fn durations_are_said_in_two_units() {
        let said = |seconds| Duration::seconds(seconds).to_string();
        assert_eq!(said(0), "0 s");
        assert_eq!(said(59), "59 s");
        assert_eq!(said(61), "1 min 1 s");
        assert_eq!(said(17 * 60 + 3), "17 min");
        assert_eq!(said(9_780), "2 h 43 min");
        assert_eq!(said(86_400 * 3 + 3_600 * 4), "3 d 4 h");
        assert_eq!(said(-300), "-5 min");
    }
}
