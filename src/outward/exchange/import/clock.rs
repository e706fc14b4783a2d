//! Times as English status pages print them: ` 6:06 PM PDT`, `Nov 28, 12:05 AM PST`,
//! `May 03, 2023 - 12:41 PDT`.
//!
//! What a text leaves out (the year, the day, the zone) stays unknown here; the reader
//! of a format knows what else may tell it, and lists an exception when it does.

use super::zone::Zone;
use crate::text::moment::Moment;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// A day of the calendar, as far as it was printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Printed {
    /// The year.
    pub(super) year: Option<i64>,
    /// The month, from 1, and the day of the month.
    pub(super) day: Option<(u32, u32)>,
    /// The weekday, in small letters.
    weekday: Option<&'static str>,
    hour: u32,
    minute: u32,
    /// The zone.
    pub(super) zone: Option<Zone>,
}

impl Printed {
    /// Reads a printed time; none when it holds no clock, or a word that belongs to no
    /// time.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut read = Parts::default();
        let words = text.split(|c: char| c.is_whitespace() || c == ',');
        for word in words.filter(|word| !["", "-", "at"].contains(word)) {
            read.take(word)?;
        }
        let (hour, minute) = read.clock?;
        let hour = match read.afternoon {
            None => hour,
            Some(_) if !(1..=12).contains(&hour) => return None,
            Some(afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
        };
        Some(Self {
            year: read.year,
            day: match (read.month, read.day) {
                (Some(month), Some(day)) => Some((month, day)),
                (None, None) => None,
                _ => return None,
            },
            weekday: read.weekday,
            hour,
            minute,
            zone: read.zone,
        })
    }

    /// The instant that this clock shows on a day in `zone`; none on a day that there
    /// is not.
    pub(super) fn on(&self, year: i64, (month, day): (u32, u32), zone: Zone) -> Option<Moment> {
        let (hour, minute) = (self.hour, self.minute);
        let naive = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:00");
        Moment::parse_naive(&naive).map(|naive| zone.instant(naive))
    }

    /// The instant that this clock shows on the day that it is at `instant` in `zone`.
    pub(super) fn on_day_of(&self, instant: Moment, zone: Zone) -> Option<Moment> {
        let (year, day) = calendar(zone.local(instant))?;
        self.on(year, day, zone)
    }

    /// Whether a weekday was printed that is not the one of `instant` in `zone`.
    pub(super) fn is_other_weekday(&self, instant: Moment, zone: Zone) -> bool {
        let real = zone.local(instant).format("%A").unwrap_or_default();
        let printed = self.weekday;
        printed.is_some_and(|printed| !real.eq_ignore_ascii_case(printed))
    }
}

/// The year, and the month and day, of an instant in UTC.
pub(super) fn calendar(at: Moment) -> Option<(i64, (u32, u32))> {
    let number = |pattern| at.format(pattern)?.parse::<u32>().ok();
    Some((number("%Y")?.into(), (number("%m")?, number("%d")?)))
}

/// The day that words print between them: `august`, `29`, `2019`.
pub(super) fn day(words: &[&str]) -> Option<(i64, (u32, u32))> {
    let mut read = Parts::default();
    for word in words {
        read.take(word)?;
    }
    Some((read.year?, (read.month?, read.day?)))
}

/// The words of a printed time, sorted by what they can only be.
#[derive(Default)]
struct Parts {
    year: Option<i64>,
    month: Option<u32>,
    day: Option<u32>,
    weekday: Option<&'static str>,
    clock: Option<(u32, u32)>,
    afternoon: Option<bool>,
    zone: Option<Zone>,
}

impl Parts {
    fn take(&mut self, word: &str) -> Option<()> {
        let small = word.to_ascii_lowercase();
        if let Some((hour, minute)) = small.split_once(':') {
            return set(&mut self.clock, (hour.parse().ok()?, minute.parse().ok()?));
        }
        if ["am", "pm"].contains(&small.as_str()) {
            return set(&mut self.afternoon, small == "pm");
        }
        let digits = ["st", "nd", "rd", "th"]
            .iter()
            .find_map(|end| small.strip_suffix(end))
            .unwrap_or(&small);
        if let Ok(number) = digits.parse::<u32>() {
            return match digits.len() {
                1 | 2 => set(&mut self.day, number),
                4 => set(&mut self.year, i64::from(number)),
                _ => None,
            };
        }
        if let Some(zone) = Zone::named(word) {
            return set(&mut self.zone, zone);
        }
        let short = small.trim_end_matches('.');
        let is_name = |name: &str| name.starts_with(short) && short.len() >= 3;
        if let Some(month) = MONTHS.into_iter().position(is_name) {
            return set(&mut self.month, u32::try_from(month + 1).ok()?);
        }
        let weekday = WEEKDAYS.into_iter().find(|name| is_name(name))?;
        set(&mut self.weekday, weekday)
    }
}

/// Fills a part; none where it was there before.
fn set<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    slot.replace(value).is_none().then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_time_is_read_as_far_as_it_goes() {
        let clock = Printed::read(" 6:06 PM PDT").expect("a clock");
        let noon = Moment::parse("2018-05-09T19:00:00Z").expect("a time");
        let pacific = clock.zone.expect("a zone");
        assert_eq!(clock.day, None);
        let at = clock.on_day_of(noon, pacific).expect("an instant");
        assert_eq!(at.to_string(), "2018-05-10T01:06:00.000Z");
        let whole = Printed::read("Wed, May 03, 2023 - 12:41 PDT").expect("a time");
        let at = whole.on(2023, whole.day.expect("a day"), pacific);
        let at = at.expect("an instant");
        assert_eq!(at.to_string(), "2023-05-03T19:41:00.000Z");
        assert!(!whole.is_other_weekday(at, pacific));
        for not in ["soon", "13:10 PM PST", "May 2:00", "6:06 PM PDT PST"] {
            assert_eq!(Printed::read(not), None, "{not}");
        }
    }
}
