//! A body and its `track` shortcodes.

/// An update of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Track {
    /// The time as it is written; none where no `track` belongs to the words.
    pub(super) at: Option<String>,
    /// The words.
    pub(super) body: String,
}

/// The updates of a body, in the order in which they stand.
///
/// A `track` closes the words before it. Only where nothing stands before the first, and
/// something after the last, do they open the words after them. Words that no `track`
/// closes are an update without a time; definitions of links among them go to the
/// updates that name those links.
pub(super) fn split(body: &str) -> Vec<Track> {
    let mut texts = Vec::new();
    let mut times = Vec::new();
    let mut rest = body;
    while let Some((before, at, after)) = next(rest) {
        texts.push(before);
        times.push(at.to_owned());
        rest = after;
    }
    texts.push(rest);
    let is_blank = |text: Option<&&str>| text.is_none_or(|text| text.trim().is_empty());
    let opening = !times.is_empty() && is_blank(texts.first()) && !is_blank(texts.last());
    if opening {
        texts.remove(0);
    }
    let (definitions, last) = match texts.pop() {
        Some(last) if !opening && !times.is_empty() => definitions(last),
        last => (Vec::new(), last.unwrap_or_default().to_owned()),
    };
    let mut tracks: Vec<Track> = times
        .iter()
        .zip(
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .chain([last.clone()]),
        )
        .map(|(at, text)| Track {
            at: Some(at.clone()),
            body: with(&definitions, trimmed(&text)),
        })
        .collect();
    let alone = trimmed(&last);
    if !opening && !alone.is_empty() {
        tracks.push(Track {
            at: None,
            body: alone.to_owned(),
        });
    }
    tracks
}

/// What stands before the first `track` of `text`, its time, and what stands after it.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    for (start, _) in text.match_indices("{{") {
        let inside = text.get(start + 2..)?;
        let (open, close) = if inside.starts_with('<') {
            ('<', ">}}")
        } else {
            ('%', "%}}")
        };
        let end = inside.find(close);
        let words = end.and_then(|end| inside.get(..end)?.strip_prefix(open));
        let at = words.and_then(|words| words.trim().strip_prefix("track"));
        if let (Some(at), Some(end)) = (at, end) {
            let quotes = |c: char| c.is_whitespace() || ['"', '\'', '`'].contains(&c);
            let after = inside.get(end + close.len()..)?;
            return Some((text.get(..start)?, at.trim_matches(quotes), after));
        }
    }
    None
}

/// The words without the rules that people draw between updates.
fn trimmed(text: &str) -> &str {
    let mut text = text.trim();
    for _ in 0..text.len() {
        let first = text.lines().next().unwrap_or_default();
        if !["---", "***", "___"].contains(&first.trim()) {
            break;
        }
        text = text.get(first.len()..).unwrap_or_default().trim_start();
    }
    text
}

/// The definitions of links in `text`, and the rest of it.
fn definitions(text: &str) -> (Vec<&str>, String) {
    let (definitions, rest): (Vec<&str>, Vec<&str>) = text
        .lines()
        .partition(|line| line.starts_with('[') && line.contains("]: "));
    (definitions, rest.join("\n"))
}

/// `body` with those of `definitions` that it names.
fn with(definitions: &[&str], body: &str) -> String {
    let named = definitions.iter().filter(|line| {
        let label = line.split_inclusive(']').next();
        label.is_some_and(|label| body.contains(label))
    });
    let named: Vec<&str> = named.copied().collect();
    if named.is_empty() {
        return body.to_owned();
    }
    format!("{body}\n\n{}", named.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str) -> Vec<(Option<String>, String)> {
        let tracks = split(body).into_iter();
        tracks.map(|track| (track.at, track.body)).collect()
    }

    #[test]
    fn a_track_closes_what_stands_before_it() {
        let body = "It works. [^1][log]\n{{< track \"2024-01-02 10:00\" >}}\n\n---\nIt broke.\n{{% track '2024-01-01 09:00' %}}\n\n[log]: https://x.example\n";
        let at = |day: &str| Some(format!("2024-01-{day}:00"));
        assert_eq!(
            told(body),
            [
                (
                    at("02 10"),
                    "It works. [^1][log]\n\n[log]: https://x.example".to_owned()
                ),
                (at("01 09"), "It broke.".to_owned())
            ]
        );
    }

    #[test]
    fn a_track_may_open_what_stands_after_it() {
        let body = "{{<track \"b\">}} Over.\n\n{{< track \"a\" >}}\nBegun.";
        let b = (Some("b".to_owned()), "Over.".to_owned());
        let a = (Some("a".to_owned()), "Begun.".to_owned());
        assert_eq!(told(body), [b, a]);
    }

    #[test]
    fn words_without_a_track_have_no_time() {
        assert_eq!(told("Only words."), [(None, "Only words.".to_owned())]);
        assert_eq!(told(" \n"), []);
        assert_eq!(told("a {{< track \"t\" >}} b {{< other >}}").len(), 2);
    }
}
