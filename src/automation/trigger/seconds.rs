//! Lengths of time as Prefect's triggers take them: a number of seconds, or in words
//! such as `PT5M`, `00:05:00` and `2 days`.

/// A second in microseconds.
const SECOND: f64 = 1e6;

/// The longest time: above it a whole number of microseconds is no longer exact.
const LONGEST: f64 = 9e15;

/// The microseconds of a number of seconds.
pub(super) fn number(text: &str) -> Option<i64> {
    whole(text.parse().ok()?)
}

/// The microseconds of a length of time in words.
pub(in crate::automation) fn words(text: &str) -> Option<i64> {
    let text = text.strip_prefix('+').unwrap_or(text);
    whole(match text.strip_prefix('P') {
        Some(parts) => iso(parts)?,
        None => days_and_clock(text)?,
    })
}

fn whole(seconds: f64) -> Option<i64> {
    let micros = (seconds * SECOND).round_ties_even();
    #[allow(clippy::cast_possible_truncation, reason = "checked to be in range")]
    (-LONGEST..=LONGEST)
        .contains(&micros)
        .then_some(micros as i64)
}

/// The seconds of an ISO 8601 duration without its `P`; a year is 365 days and a month 30.
fn iso(parts: &str) -> Option<f64> {
    const DAYS: &[(char, f64)] = &[
        ('Y', 31_536_000.0),
        ('M', 2_592_000.0),
        ('W', 604_800.0),
        ('D', 86_400.0),
    ];
    const CLOCK: &[(char, f64)] = &[('H', 3_600.0), ('M', 60.0), ('S', 1.0)];
    let (mut units, mut seconds, mut digits, mut any) = (DAYS, 0.0, String::new(), false);
    for c in parts.chars() {
        if c == 'T' && units == DAYS && digits.is_empty() {
            units = CLOCK;
        } else if let Some((_, unit)) = units.iter().find(|(unit, _)| *unit == c) {
            seconds += plain(&digits)? * unit;
            digits.clear();
            any = true;
        } else {
            digits.push(c);
        }
    }
    (any && digits.is_empty()).then_some(seconds)
}

/// The seconds of `2 days`, `00:05:00` or `1 day, 00:05:00`.
fn days_and_clock(text: &str) -> Option<f64> {
    let (days, clock) = match text.split_once(" day") {
        None => (0.0, text),
        Some((days, rest)) => {
            let rest = rest.strip_prefix('s').unwrap_or(rest);
            let rest = rest.strip_prefix(',').unwrap_or(rest);
            (plain(days)?, rest.trim_start())
        }
    };
    if clock.is_empty() && text != clock {
        return Some(days * 86_400.0);
    }
    let mut parts = clock.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let of_two = [hours, minutes].iter().all(|part| part.len() == 2);
    (of_two && parts.next().is_none()).then_some(())?;
    Some(days * 86_400.0 + plain(hours)? * 3_600.0 + plain(minutes)? * 60.0 + plain(seconds)?)
}

/// Digits with at most one point.
fn plain(digits: &str) -> Option<f64> {
    let only = digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    only.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::{number, words};

    #[test]
    fn seconds_are_numbers_and_words_have_units() {
        let table = [
            ("60", Some(60_000_000), None),
            ("0.5", Some(500_000), None),
            ("-1", Some(-1_000_000), None),
            ("1e-7", Some(0), None),
            ("inf", None, None),
            ("PT5M", None, Some(300_000_000)),
            ("+PT5M", None, Some(300_000_000)),
            ("PT1.5M", None, Some(90_000_000)),
            ("P1DT2H", None, Some(93_600_000_000)),
            ("P1M", None, Some(2_592_000_000_000)),
            ("P", None, None),
            ("PT", None, None),
            ("pt5m", None, None),
            ("-PT5M", None, None),
            ("00:05:00", None, Some(300_000_000)),
            ("1 day", None, Some(86_400_000_000)),
            ("2 days, 00:00:01", None, Some(172_801_000_000)),
            ("1:00", None, None),
            ("", None, None),
        ];
        for (text, seconds, in_words) in table {
            assert_eq!(number(text), seconds, "{text}");
            assert_eq!(words(text), in_words, "{text}");
        }
    }
}
