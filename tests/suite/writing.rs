//! Whatever people write is read back as it was.

use annals::archive::piece::{self, Content};
use annals::incident::declaration::Declaration;
use annals::incident::entry::EntryForm;
use annals::text::moment::Moment;
use annals::text::yaml;
use proptest::prelude::*;
use serde_json::json;

/// Lines that YAML, Git or a terminal would rather read as something else.
const TRAPS: &[&str] = &[
    "---",
    "...",
    "# a heading",
    "#no heading",
    "key: value",
    "- item",
    "? question",
    "| pipe",
    "> quote",
    "\ttab first",
    "  spaces first",
    "spaces last  ",
    "tab last\t",
    "<<<<<<< HEAD",
    "=======",
    ">>>>>>> branch",
    "\"quoted\"",
    "'quoted'",
    "null",
    "~",
    "true",
    "12e3",
    "0x1f",
    "2026-11-22",
    "{a: 1}",
    "[a, b]",
    "&anchor",
    "*alias",
    "!tag",
    "%YAML 1.2",
    "@at",
    "`tick`",
    "back\\slash",
    "a # comment",
    "a: b: c",
    "emoji 🧯👩\u{200d}🚒 \u{fe0f}",
    "zero\u{200b}width \u{feff}",
    "bidi \u{202e}nimda\u{2066}",
    "nul \0 bell \u{7} escape \u{1b}[31m",
    "next\u{85}line separator\u{2028}paragraph\u{2029}",
    "delete\u{7f}c1\u{9b}",
    "",
    " ",
];

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => proptest::sample::select(TRAPS).prop_map(str::to_owned),
        1 => ".{0,40}",
        1 => any::<String>(),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let end = proptest::sample::select(&["\n", "\n", "\n\n", "\r\n", "\r", "\n  "][..]);
    let lines = proptest::collection::vec((line(), end), 0..6);
    (lines, line()).prop_map(|(lines, last)| {
        let mut text: String = lines
            .iter()
            .flat_map(|(line, end)| [line.as_str(), end])
            .collect();
        text.push_str(&last);
        text
    })
}

fn entry(words: &str) -> EntryForm {
    let at = Moment::parse("2026-11-22T07:35:01.042Z").expect("a time");
    let mut form = EntryForm::new(at, "Ana Ruiz");
    form.comment = Some(words.to_owned());
    form.source = Some(json!({"id": words, "deep": [words, {"status": words}], "n": 1}));
    form
}

fn read(text: &str) -> Content {
    let reading = piece::read("incidents/a.yaml", text.as_bytes());
    assert!(
        reading.found.is_empty(),
        "{:?}
{text}",
        reading.found
    );
    reading.piece.expect("a piece").content
}

proptest! {
    #[test]
    fn an_entry_in_its_own_file_is_read_back_equal(words in text()) {
        let form = entry(&words);
        let written = yaml::write(&form).expect("yaml");
        prop_assert!(!written.contains('\r'), "carriage returns are escaped");
        match read(&written) {
            Content::Entry(again) => prop_assert_eq!(*again, form),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn entries_inside_an_incident_are_read_back_equal(title in text(), words in text()) {
        prop_assume!(!title.trim().is_empty());
        let form = entry(&words);
        let (at, by) = (form.at, form.by.clone());
        let mut declaration: Declaration = serde_json::from_value(json!({
            "title": title, "severity": "high", "declared_at": at, "declared_by": by, "summary": words,
        })).expect("a declaration");
        declaration.entries = vec![form.clone(), form];
        match read(&yaml::write(&declaration).expect("yaml")) {
            Content::Incident(again) => prop_assert_eq!(*again, declaration),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn a_source_id_of_digits_and_letters_stays_a_text(id in "[0-9a-z+._-]{1,12}") {
        let form = entry(&id);
        match read(&yaml::write(&form).expect("yaml")) {
            Content::Entry(again) => prop_assert_eq!(again.source, form.source),
            other => prop_assert!(false, "{:?}", other),
        }
    }
}
