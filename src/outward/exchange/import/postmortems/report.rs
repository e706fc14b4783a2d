//! Post-mortems without a front matter: a heading, prose, and a timeline of clocks.
//!
//! The day stands in the heading or in the file's name, the zone beside the word
//! "timeline" or nowhere, and an update begins where a line does with a clock: a heading,
//! an item of a list, a row of a table. All of that is guessed, so each such time is
//! listed. The whole text becomes the retrospective, so nothing of it is lost.

use serde_json::json;

use super::{KIND, day_in_words};
use crate::archive::layout;
use crate::outward::exchange::import::clock::Printed;
use crate::outward::exchange::import::exception::What;
use crate::outward::exchange::import::reading::{self, Ids, Reading};
use crate::outward::exchange::import::zone::Zone;
use crate::outward::exchange::import::{Ending, Note, Origin, Sighting};
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// How far a clock may stand before the one above it: more is the next day.
const BACK: Duration = Duration::minutes(60);
const DAY: Duration = Duration::minutes(24 * 60);
/// A clock has at most so many words: `August 12 2025 5:00 PM BST`.
const CLOCK: usize = 6;

/// Reads one file.
pub(super) fn read(reading: &mut Reading<'_>, text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    let filled = |line: &&&str| !line.trim().is_empty();
    let Some(first) = lines.iter().find(filled) else {
        return reading.unreadable(text.as_bytes(), "it is empty");
    };
    if first.trim_start().starts_with('<') {
        return reading.unreadable(text.as_bytes(), "it is HTML, not Markdown");
    }
    if is_of_annals(&lines) {
        let detail = "a report that annals wrote; what it can read again is the answer of `annals export --format json`, with `annals import annals`";
        return reading.except(What::ForeignFile, detail, &json!(first));
    }
    let Some(heading) = first
        .strip_prefix('#')
        .map(|rest| rest.trim_matches(['#', ' ']))
    else {
        let detail = "neither a front matter nor a heading";
        return reading.except(What::ForeignFile, detail, &json!(first));
    };
    incident(reading, heading, text, &lines);
}

/// Whether these are the lines of a report or an export of annals: both name the id of an
/// incident in the way that only they do.
fn is_of_annals(lines: &[&str]) -> bool {
    let is_mark = |line: &&str| {
        (line.contains(" · `") && line.ends_with('`'))
            || *line == "| Began | Severity | Status | Incident | Lasted | Id |"
    };
    lines.iter().take(10).any(is_mark)
}

fn incident(reading: &mut Reading<'_>, heading: &str, text: &str, lines: &[&str]) {
    let id = layout::stem(reading.file).to_owned();
    reading.begin(Some(&id));
    let day = day(reading, heading, &id);
    let mut notes = notes(reading, day.as_deref(), lines);
    reading.update = None;
    let begun = day.as_deref().filter(|_| notes.is_empty()).and_then(|day| {
        reading.except(What::GuessedTime, "day", &json!(day));
        let at = reading::beginning(day, reading.intake.zone)?;
        reading.come(at, "day", &json!(day))
    });
    let Some(declared_at) = reading.declared(begun, &notes) else {
        let detail = "no day in its heading or its name";
        reading.except(What::IncidentWithoutTime, detail, &json!(heading));
        return;
    };
    let ending = if let Some(last) = notes.last_mut() {
        last.status = Some("resolved".to_owned());
        reading.except(
            What::EndWithoutTime,
            "the last line of its timeline",
            &json!(last.at),
        );
        Ending::Said
    } else {
        Ending::Named
    };
    let by = reading.page("Post-mortem");
    let origin = Origin::new(KIND, &by, &id);
    reading.take(Sighting {
        ending,
        status: Some("resolved".to_owned()),
        retrospective: Some(text.trim().to_owned()),
        notes,
        ..Sighting::new(reading.file, origin, by, heading.to_owned(), declared_at)
    });
}

/// The updates that the timeline tells, where it is known on which day.
fn notes(reading: &mut Reading<'_>, day: Option<&str>, lines: &[&str]) -> Vec<Note> {
    let timeline = timeline(lines);
    let before = timeline.iter().take_while(|line| clock(line).is_none());
    let zone = { before }.find_map(|line| zone_in(line));
    let day = day.and_then(|day| Moment::parse_naive(&format!("{day}T00:00:00")));
    let clocks = day.map(|day| Clocks {
        day,
        zone,
        last: None,
    });
    clocks.map_or_else(Vec::new, |clocks| clocks.notes(reading, &timeline))
}

/// The day that the heading names, or else the file's name.
fn day(reading: &mut Reading<'_>, heading: &str, name: &str) -> Option<String> {
    let (told, named) = (day_in_words(heading), day_in_words(name));
    if let (Some(told), Some(named)) = (&told, &named)
        && told != named
    {
        let both = json!({"heading": told, "name": named});
        reading.except(What::DaysDiffer, "heading", &both);
    }
    told.or(named)
}

/// The lines of the section that is called a timeline, its heading first.
fn timeline<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let level = |line: &str| line.chars().take_while(|c| *c == '#').count();
    let is_timeline = |line: &&&str| level(line) > 0 && line.to_lowercase().contains("timeline");
    let Some(begin) = lines.iter().position(|line| is_timeline(&line)) else {
        return Vec::new();
    };
    let mut section = lines.iter().skip(begin).copied();
    let heading: Vec<&str> = section.by_ref().take(1).collect();
    let top = heading.first().map_or(0, |line| level(line));
    let inside = section.take_while(|line| level(line) == 0 || level(line) > top);
    heading.into_iter().chain(inside).collect()
}

/// The zone that a line names: `(times in BST)`, `all times are Europe/London`.
fn zone_in(line: &str) -> Option<Zone> {
    let inside = |c: char| c.is_ascii_alphanumeric() || ['/', '+', '-', ':', '_'].contains(&c);
    let words = line.split(|c| !inside(c)).filter(|word| word.len() > 1);
    let is_written_so = |word: &&str| {
        word.contains('/')
            || word.starts_with('+')
            || !word.contains(|c: char| c.is_ascii_lowercase())
    };
    words.filter(is_written_so).find_map(Zone::named)
}

/// The clock that a line begins with, and the words after it.
fn clock(line: &str) -> Option<(Printed, &str, &str)> {
    const MARKS: [char; 9] = ['#', '-', '*', '|', '[', ']', '(', ')', '`'];
    let bare = line.trim_start_matches(|c: char| c.is_whitespace() || MARKS.contains(&c));
    if bare.len() == line.len() {
        return None;
    }
    let ends = bare.char_indices().filter(|(_, c)| c.is_whitespace());
    let mut ends: Vec<usize> = ends.map(|(at, _)| at).take(CLOCK).collect();
    ends.push(bare.len());
    ends.truncate(CLOCK);
    ends.iter().rev().find_map(|end| {
        let (words, rest) = bare.split_at_checked(*end)?;
        let ends = |c: char| c == ':' || c.is_whitespace() || MARKS.contains(&c);
        let words = words.trim_end_matches(ends);
        let rest = rest.trim_matches(|c: char| c.is_whitespace() || "-–—:|*".contains(c));
        Some((Printed::read(words)?, words, rest))
    })
}

/// The clocks of a timeline, and the days on which they stand.
struct Clocks {
    /// The day of the next clock, its beginning read as UTC.
    day: Moment,
    /// The zone that the timeline names.
    zone: Option<Zone>,
    /// The last clock, read as UTC.
    last: Option<Moment>,
}

impl Clocks {
    fn notes(mut self, reading: &mut Reading<'_>, timeline: &[&str]) -> Vec<Note> {
        let mut ids = Ids::default();
        let mut notes: Vec<Note> = Vec::new();
        let mut words: Vec<&str> = Vec::new();
        for line in timeline.iter().skip(1).copied() {
            let Some((read, printed, rest)) = clock(line) else {
                if let Some(day) = line.strip_prefix('#').and_then(day_in_words) {
                    self.turn(&day);
                }
                // The head of a table says nothing of what happened.
                words.extend(Some(line).filter(|line| !line.starts_with('|')));
                continue;
            };
            close(reading, &mut notes, &mut words);
            let id = ids.of(printed);
            reading.begin_update(Some(id.clone()));
            if let Some(at) = self.at(reading, &read, printed) {
                notes.push(Note::new(id, at));
            } else {
                reading.except(What::UpdateWithoutTime, "timeline", &json!(line));
            }
            words.push(rest);
        }
        close(reading, &mut notes, &mut words);
        reading::in_order(notes)
    }

    /// Goes on with the day that a heading names.
    fn turn(&mut self, day: &str) {
        if let Some(day) = Moment::parse_naive(&format!("{day}T00:00:00")) {
            (self.day, self.last) = (day, None);
        }
    }

    /// The instant of a clock, after those above it.
    fn at(&mut self, reading: &mut Reading<'_>, read: &Printed, printed: &str) -> Option<Moment> {
        let utc = Zone::default();
        let mut wall = match read.day {
            Some(day) => {
                let year = self.day.format("%Y")?.parse().ok()?;
                read.on(read.year.unwrap_or(year), day, utc)?
            }
            None => read.on_day_of(self.day, utc)?,
        };
        while read.day.is_none() && self.last.is_some_and(|last| wall.plus(BACK) < last) {
            self.day = self.day.plus(DAY);
            wall = wall.plus(DAY);
        }
        self.last = Some(wall);
        let zone = read.zone.or(self.zone);
        if zone.is_none() {
            reading.except(What::NaiveTime, "timeline", &json!(printed));
        }
        let zone = zone.unwrap_or(reading.intake.zone);
        let at = reading.local(wall, zone, "timeline", &json!(printed));
        reading.except(What::GuessedTime, "timeline", &json!(printed));
        reading.come(at, "timeline", &json!(printed))
    }
}

/// Gives the last update the words that follow its clock.
fn close(reading: &mut Reading<'_>, notes: &mut [Note], words: &mut Vec<&str>) {
    let said = std::mem::take(words).join("\n");
    if let Some(last) = notes.last_mut()
        && last.body.is_none()
    {
        last.body = reading.markdown("timeline", said.trim());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::moment::Day;

    #[test]
    fn a_line_begins_with_a_clock_or_is_prose() {
        let read = |line| clock(line).map(|(_, printed, rest)| (printed, rest));
        assert_eq!(read("### 5:00 PM"), Some(("5:00 PM", "")));
        assert_eq!(
            read("- **17:00 UTC** – It fails."),
            Some(("17:00 UTC", "It fails."))
        );
        assert_eq!(read("| 17:00 | It fails. |"), Some(("17:00", "It fails.")));
        assert_eq!(
            read("* Aug 12, 5:00 PM: over"),
            Some(("Aug 12, 5:00 PM", "over"))
        );
        for prose in [
            "5:00 PM",
            "- At noon it failed",
            "### What went well",
            "| --- | --- |",
        ] {
            assert_eq!(read(prose), None, "{prose}");
        }
    }

    #[test]
    fn a_day_that_is_none_is_not_read() {
        assert!(Day::parse("2025-02-30").is_err());
        assert_eq!(
            day_in_words("Incident of August 12 2025, hub"),
            Some("2025-08-12".into())
        );
        assert_eq!(day_in_words("2025-02-30-outage"), None);
    }
}
