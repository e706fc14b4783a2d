//! Recorded text made safe to show on a terminal or in a CI log.
//!
//! Everything in a repository is hostile until shown to be otherwise: an escape
//! sequence can rewrite what a terminal says, and a bidirectional override can make
//! a line read as its opposite. Each such character is replaced by one visible
//! character, so that columns still fit.

use std::borrow::Cow;
use std::fmt::Write;

/// One line of text: line breaks and tabs become spaces, and nothing invisible or
/// reordering is left.
pub fn line(text: &str) -> String {
    text.chars()
        .map(|c| {
            if matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}') {
                ' '
            } else {
                visible(c)
            }
        })
        .collect()
}

/// Text of several lines: line breaks stay, tabs stay, the rest as in [`line`].
pub fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|c| {
            if matches!(c, '\n' | '\t') {
                c
            } else {
                visible(c)
            }
        })
        .collect()
}

/// JSON in which what a terminal would obey or hide is written as `\u` escapes. The value
/// is the same: outside of its texts, JSON holds none of these characters.
pub fn json(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b'\n' | b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || visible(c) == c {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    Cow::Owned(out)
}

/// Characters that reorder or hide what stands around them: bidirectional controls
/// (Unicode TR 36, "Trojan Source"), zero-width characters, tags, and fillers.
pub(super) fn invisible(c: char) -> bool {
    matches!(c,
        '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn visible(c: char) -> char {
    match c {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' => '\u{fffd}',
        // Joins emoji and scripts that need it; it neither hides nor reorders.
        '\u{200d}' => c,
        c if invisible(c) => '\u{fffd}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_overrides_are_shown_and_never_obeyed() {
        assert_eq!(line("a\u{1b}[31mb"), "a␛[31mb");
        assert_eq!(line("user\u{202e}nimda"), "user\u{fffd}nimda");
        assert_eq!(lines("one\r\ntwo\u{7}"), "one\ntwo␇");
    }

    #[test]
    fn json_keeps_its_value_and_hides_nothing() {
        let value = serde_json::json!({"a": "x\u{202e}\u{7f}\u{e0041}\u{9b}y", "b": "äß🙂"});
        let text = value.to_string();
        let shown = json(&text);
        assert!(shown.contains("\\u202e") && shown.contains("🙂") && !shown.contains('\u{7f}'));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).expect("JSON"),
            value
        );
    }
}
