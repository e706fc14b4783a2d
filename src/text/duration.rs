//! Lengths of time, as people write and read them.
//!
//! Apart from points in time, which need a calendar: a length is a number. It may be
//! negative when the order of two moments is reversed; it is never rounded up.

use std::fmt;
use std::ops::Neg;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

    /// So many times as long.
    #[must_use]
    pub fn times(self, number: i64) -> Self {
        Self(self.0.saturating_mul(number))
    }

    /// Microseconds.
    pub fn as_micros(self) -> i64 {
        self.0
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

impl Neg for Duration {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
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
