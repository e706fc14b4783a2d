//! Lines of YAML as they should be: with the text in quotation marks.
//!
//! People write texts as they come to mind, and YAML takes a good part of its signs for
//! something else: `#` after a blank, a colon before one, and `@ & * ! % [ { > |` and more
//! at the beginning. Here a line is rewritten so that its text is one. Whether that mends
//! the file is for whoever can read it to try; nothing here knows what a file says.

use super::source::Source;

/// `text` in quotation marks, on one line.
pub fn quoted(text: &str) -> String {
    let plain = !text.contains(['"', '\\']) && !text.chars().any(char::is_control);
    if plain {
        format!("\"{text}\"")
    } else if text.chars().any(char::is_control) {
        // What JSON writes in quotation marks, YAML reads.
        serde_json::Value::from(text).to_string()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// The text of `source` with `line` in the place of its line `number`, from 1.
pub fn with_line(source: &Source, number: usize, line: &str) -> String {
    let lines = source.text().split('\n').enumerate();
    let lines = lines.map(
        |(index, old)| match (index + 1 == number, old.ends_with('\r')) {
            (true, true) => format!("{line}\r"),
            (true, false) => line.to_owned(),
            (false, _) => old.to_owned(),
        },
    );
    lines.collect::<Vec<String>>().join("\n")
}

/// A line taken apart: what stands before its text, the text, and a comment after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    /// Indentation, marks of lists, and the key with its colon and blanks.
    pub before: &'a str,
    /// The text as written, without blanks at its end.
    pub text: &'a str,
    /// A comment, with the blanks before it.
    pub comment: &'a str,
}

impl Parts<'_> {
    /// The line with its text in quotation marks. Marks that stand around the whole of it
    /// already are taken off before.
    pub fn quoted(&self) -> String {
        let inside = ['"', '\''].iter().find_map(|mark| {
            let inside = self.text.strip_prefix(*mark)?.strip_suffix(*mark)?;
            inside.contains(*mark).then_some(inside)
        });
        let text = quoted(inside.unwrap_or(self.text));
        format!("{}{text}{}", self.before, self.comment)
    }
}

/// The ways in which `line` may be meant, the likeliest first.
pub fn lines(line: &str) -> Vec<String> {
    let line = line.trim_end();
    let mut found = Vec::new();
    found.extend(with_quoted_templates(line));
    let whole = item(line);
    for parts in [entry(line), whole].into_iter().flatten() {
        if is_unfinished(parts.text) {
            continue;
        }
        found.extend(with_quoted_items(&parts));
        let without = split_comment(parts);
        found.push(without.quoted());
        if without != parts {
            found.push(parts.quoted());
        }
    }
    found
}

/// The value of a key, with the key.
pub fn entry(line: &str) -> Option<Parts<'_>> {
    let start = item_start(line);
    let rest = line.get(start..)?;
    if rest.starts_with(['[', '{', '#', '&', '*', '!', '|', '>', '@', '`']) {
        return None;
    }
    let colon = match rest.chars().next()? {
        mark @ ('"' | '\'') => {
            let closed = rest.get(1..)?.find(mark)? + 2;
            rest.get(closed..)?.starts_with(": ").then_some(closed)?
        }
        _ => rest.find(": ")?,
    };
    let text = start + colon + 1;
    Some(at(line, text))
}

/// The item of a list, whole.
pub fn item(line: &str) -> Option<Parts<'_>> {
    let start = item_start(line);
    let marks = line.get(..start)?;
    marks.contains('-').then(|| at(line, start))
}

fn at(line: &str, text: usize) -> Parts<'_> {
    let rest = line.get(text..).unwrap_or_default();
    let text = text + rest.len() - rest.trim_start().len();
    Parts {
        before: line.get(..text).unwrap_or_default(),
        text: line.get(text..).unwrap_or_default().trim_end(),
        comment: "",
    }
}

/// Where the first item or key of a line begins, behind blanks and `- `.
fn item_start(line: &str) -> usize {
    let mut start = 0;
    loop {
        let rest = line.get(start..).unwrap_or_default();
        let bare = rest.trim_start_matches(' ');
        start += rest.len() - bare.len();
        match bare.strip_prefix("- ") {
            Some(_) => start += 2,
            None => return start,
        }
    }
}

/// Takes a comment off that stands as comments do: a blank on either side of its mark.
fn split_comment(parts: Parts<'_>) -> Parts<'_> {
    match parts.text.find(" # ") {
        Some(mark) => {
            let text = parts.text.get(..mark).unwrap_or_default().trim_end();
            Parts {
                text,
                comment: parts.text.get(text.len()..).unwrap_or_default(),
                ..parts
            }
        }
        None => parts,
    }
}

/// Whether what a text opens is not closed on its line: then something is missing, and
/// marks around it would only hide that.
fn is_unfinished(text: &str) -> bool {
    let open = |open: char, close: char| {
        let rest = text.strip_prefix(open);
        rest.is_some_and(|rest| !rest.contains(close))
    };
    text.is_empty() || open('"', '"') || open('\'', '\'') || open('[', ']') || open('{', '}')
}

/// A list on one line with each of its items in quotation marks.
fn with_quoted_items(parts: &Parts<'_>) -> Option<String> {
    let inside = parts.text.strip_prefix('[')?.strip_suffix(']')?;
    if inside.contains(['[', ']', '{', '}', '"', '\'']) {
        return None;
    }
    let items: Vec<String> = inside.split(',').map(|item| quoted(item.trim())).collect();
    Some(format!("{}[{}]", parts.before, items.join(", ")))
}

/// A line whose template stands in a mapping or list on that line.
fn with_quoted_templates(line: &str) -> Option<String> {
    let open = line.find("{{")?;
    let before = line.get(..open)?;
    if !before.contains(['{', '[']) {
        return None;
    }
    let start = [": ", ", ", "["].iter().filter_map(|mark| {
        let found = before.rfind(mark)?;
        Some(found + mark.len())
    });
    let start = start.max()?;
    let close = open + line.get(open..)?.find("}}")? + 2;
    let rest = line.get(close..)?;
    let end = close + rest.find([',', '}', ']']).unwrap_or(rest.len());
    let text = line.get(start..end)?.trim();
    if text.contains(['"', '\'']) {
        return None;
    }
    Some(format!(
        "{}{}{}",
        line.get(..start)?,
        quoted(text),
        line.get(end..)?
    ))
}
