//! Time zones of imports: offsets from UTC, their abbreviations, and regions.
//!
//! An abbreviation means one offset, winter and summer: `PST` is never `PDT`. A region
//! (`Europe/London`, or `PT` as Americans write it) knows when its clocks are put forward
//! and back; a time that its clocks showed twice, or never, is an exception.

use std::str::FromStr;

use crate::text::duration::Duration;
use crate::text::moment::{Moment, Region, WallClock};

/// Abbreviations that mean one offset, in minutes. `IST` is Indian, Irish or Israeli,
/// and is not read.
const NAMED: &[(&str, i64)] = &[
    ("UTC", 0),
    ("GMT", 0),
    ("UT", 0),
    ("Z", 0),
    ("WET", 0),
    ("WEST", 60),
    ("BST", 60),
    ("CET", 60),
    ("CEST", 120),
    ("EET", 120),
    ("EEST", 180),
    ("SAST", 120),
    ("MSK", 180),
    ("SGT", 480),
    ("HKT", 480),
    ("AWST", 480),
    ("JST", 540),
    ("KST", 540),
    ("ACST", 570),
    ("ACDT", 630),
    ("AEST", 600),
    ("AEDT", 660),
    ("NZST", 720),
    ("NZDT", 780),
    ("BRT", -180),
    ("EDT", -240),
    ("EST", -300),
    ("CDT", -300),
    ("CST", -360),
    ("MDT", -360),
    ("MST", -420),
    ("PDT", -420),
    ("PST", -480),
    ("AKDT", -480),
    ("AKST", -540),
    ("HST", -600),
];
/// Words for a region that leave open whether it is summer there.
const REGIONS: &[(&str, &str)] = &[
    ("ET", "America/New_York"),
    ("CT", "America/Chicago"),
    ("MT", "America/Denver"),
    ("PT", "America/Los_Angeles"),
];

/// A zone in which times that name none are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// So many seconds east of Greenwich.
    Offset(i64),
    /// As clocks in a region show it.
    Region(Region),
}

impl Default for Zone {
    fn default() -> Self {
        Self::Offset(0)
    }
}

/// A text that is no time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time zone")]
pub struct BadZone(String);

impl BadZone {
    /// What to write instead.
    pub fn help(&self) -> &'static str {
        "write it as `UTC`, `+02:00`, `PST`, or a region such as `Europe/London`"
    }
}

impl FromStr for Zone {
    type Err = BadZone;
    fn from_str(text: &str) -> Result<Self, BadZone> {
        Self::named(text.trim()).ok_or_else(|| BadZone(text.trim().to_owned()))
    }
}

impl Zone {
    /// The zone that a source names: `PDT`, `+02:00`, `+0200` or `Europe/London`.
    pub(super) fn named(name: &str) -> Option<Self> {
        let is_name = |known: &str| known.eq_ignore_ascii_case(name);
        if let Some((_, minutes)) = NAMED.iter().find(|(known, _)| is_name(known)) {
            return Some(Self::Offset(minutes * 60));
        }
        if let Some((_, region)) = REGIONS.iter().find(|(known, _)| is_name(known)) {
            return Region::named(region).map(Self::Region);
        }
        if name.starts_with(['+', '-']) {
            return offset(name);
        }
        // The list has bare words too, such as `Eire` or `W-SU`: those are prose.
        Region::named(name)
            .filter(|_| name.contains('/'))
            .map(Self::Region)
    }

    /// What `naive`, read as UTC, means in this zone.
    pub(super) fn read(self, naive: Moment) -> WallClock {
        match self {
            Self::Offset(east) => WallClock::Once(naive.plus(Duration::seconds(-east))),
            Self::Region(region) => region.instant(naive),
        }
    }

    /// The instant that `naive`, read as UTC, is in this zone: the first where clocks
    /// showed it twice.
    pub(super) fn instant(self, naive: Moment) -> Moment {
        match self.read(naive) {
            WallClock::Once(at) | WallClock::Twice(at, _) | WallClock::Never(at, _) => at,
        }
    }

    /// What clocks and calendars of this zone show at `instant`, as if that were UTC.
    pub(super) fn local(self, instant: Moment) -> Moment {
        match self {
            Self::Offset(east) => instant.plus(Duration::seconds(east)),
            Self::Region(region) => region.wall(instant),
        }
    }
}

/// An offset from UTC: `+02:00`, `+0200` or `+02`.
fn offset(name: &str) -> Option<Zone> {
    let digits: String = name.chars().skip(1).filter(|c| *c != ':').collect();
    let whole = match digits.len() {
        2 => format!("{digits}00"),
        4 => digits,
        _ => return None,
    };
    let (hours, minutes) = whole.split_at_checked(2)?;
    let sign = name.get(..1)?;
    // The offset is read as what separates one moment from another.
    let at = |offset: &str| Moment::parse(&format!("2000-01-01T00:00:00{offset}")).ok();
    let there = at(&format!("{sign}{hours}:{minutes}"))?;
    Some(Zone::Offset((at("Z")? - there).as_seconds()))
}
