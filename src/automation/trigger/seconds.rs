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
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest.strip_prefix(' ').unwrap_or(rest)),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let seconds = match text.strip_prefix('P') {
        Some(parts) => iso(parts)?,
        None => days_and_clock(text)?,
    };
    whole(sign * seconds)
}

fn whole(seconds: f64) -> Option<i64> {
    let micros = (seconds * SECOND).round_ties_even();
    #[allow(clippy::cast_possible_truncation, reason = "checked to be in range")]
    (-LONGEST..=LONGEST)
        .contains(&micros)
        .then_some(micros as i64)
}

/// The seconds of an ISO 8601 duration without its `P`; a year is 365 days and a month 30.
/// Only the last number may have a fraction.
fn iso(parts: &str) -> Option<f64> {
    const DAYS: &[(char, f64)] = &[
        ('Y', 31_536_000.0),
        ('M', 2_592_000.0),
        ('W', 604_800.0),
        ('D', 86_400.0),
    ];
    const CLOCK: &[(char, f64)] = &[('H', 3_600.0), ('M', 60.0), ('S', 1.0)];
    let (mut units, mut seconds, mut digits) = (DAYS, 0.0, String::new());
    let (mut any, mut last) = (false, false);
    for c in parts.chars() {
        if c == 'T' && units == DAYS && digits.is_empty() {
            units = CLOCK;
        } else if let Some((_, unit)) = units.iter().find(|(unit, _)| *unit == c) {
            seconds += number_of(&digits).filter(|_| !last)? * unit;
            last = digits.contains(['.', ',']);
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
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
    let (number, rest) = text.split_at_checked(end)?;
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    let word = rest.find(|c: char| !c.is_ascii_alphabetic());
    let (unit, rest) = rest.split_at_checked(word.unwrap_or(rest.len()))?;
    if !["d", "day", "days"].contains(&unit.to_ascii_lowercase().as_str()) {
        return clock(text);
    }
    let days = number_of(number)? * 86_400.0;
    let rest = rest.strip_prefix(',').unwrap_or(rest);
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    Some(days + if rest.is_empty() { 0.0 } else { clock(rest)? })
}

/// The seconds of `00:05:00`, or of `00:05`.
fn clock(text: &str) -> Option<f64> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next());
    let whole = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let hours =
        number_of(hours).filter(|_| whole(hours) && (seconds.is_some() || hours.len() > 1))?;
    let sixtieths = |part: &str| {
        let before = part.split(['.', ',']).next().unwrap_or_default();
        number_of(part).filter(|number| before.len() == 2 && *number < 60.0)
    };
    let minutes = sixtieths(minutes).filter(|_| whole(minutes))?;
    let seconds = seconds.map_or(Some(0.0), sixtieths)?;
    parts
        .next()
        .is_none()
        .then_some(hours * 3_600.0 + minutes * 60.0 + seconds)
}

/// Digits, perhaps with a fraction.
fn number_of(digits: &str) -> Option<f64> {
    let digits = digits.replace(',', ".");
    let begins = digits.starts_with(|c: char| c.is_ascii_digit());
    let only = digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    (begins && only).then(|| digits.parse().ok())?
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
            ("-PT5M", None, Some(-300_000_000)),
            ("PT1.5H30M", None, None),
            ("P0,5D", None, Some(43_200_000_000)),
            ("00:05:00", None, Some(300_000_000)),
            ("00:05", None, Some(300_000_000)),
            ("100:00:00", None, Some(360_000_000_000)),
            ("00:60:00", None, None),
            ("1 day", None, Some(86_400_000_000)),
            ("2d", None, Some(172_800_000_000)),
            ("1 day 10", None, None),
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
