//! Offsets from UTC: of the import, and as their American names.

use std::str::FromStr;

use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// Names of zones that mean one offset, in hours: those of RFC 5322, section 4.3, which
/// knows no others. What `IST` or `BST` means depends on who writes it.
const NAMED: &[(&str, i64)] = &[
    ("UTC", 0),
    ("GMT", 0),
    ("UT", 0),
    ("Z", 0),
    ("EDT", -4),
    ("EST", -5),
    ("CDT", -5),
    ("CST", -6),
    ("MDT", -6),
    ("MST", -7),
    ("PDT", -7),
    ("PST", -8),
];

/// An offset from UTC in which times that name none are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Zone {
    /// Seconds east of Greenwich.
    east: i64,
}

/// A text that is not an offset from UTC.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an offset from UTC")]
pub struct BadZone(String);

impl BadZone {
    /// What to write instead.
    pub fn help(&self) -> &'static str {
        "write it as `UTC`, `+02:00` or `-07:00`"
    }
}

impl FromStr for Zone {
    type Err = BadZone;
    fn from_str(text: &str) -> Result<Self, BadZone> {
        let text = text.trim();
        if ["UTC", "Z", "utc", "z"].contains(&text) {
            return Ok(Self::default());
        }
        // The offset is read as what separates one moment from another.
        let at = |offset: &str| Moment::parse(&format!("2000-01-01T00:00:00{offset}"));
        match (at("Z"), at(text)) {
            (Ok(greenwich), Ok(there)) if text.starts_with(['+', '-']) => Ok(Self {
                east: (greenwich - there).as_seconds(),
            }),
            _ => Err(BadZone(text.to_owned())),
        }
    }
}

impl Zone {
    /// The zone that a source names: `PDT`, `+02:00` or `+0200`.
    pub(super) fn named(name: &str) -> Option<Self> {
        let hours = NAMED
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        if let Some((_, hours)) = hours {
            return Some(Self { east: hours * 3600 });
        }
        let with_colon = name
            .split_at_checked(3)
            .map(|(hours, minutes)| format!("{hours}:{minutes}"));
        name.parse()
            .or_else(|_| with_colon.unwrap_or_default().parse())
            .ok()
    }

    /// The instant that `naive`, read as UTC, is in this zone.
    pub(super) fn instant(self, naive: Moment) -> Moment {
        naive.plus(Duration::seconds(-self.east))
    }

    /// What clocks and calendars of this zone show at `instant`, as if that were UTC.
    pub(super) fn local(self, instant: Moment) -> Moment {
        instant.plus(Duration::seconds(self.east))
    }
}
