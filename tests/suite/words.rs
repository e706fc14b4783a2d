//! Words that YAML would lose: each is told with the line as it should be, and that line
//! works; what annals writes itself loses nothing.

use crate::desk::Desk;

const FILE: &str = "incidents/2026/11/2026-11-22-late.yaml";

fn declared(title: &str) -> String {
    format!("title: {title}\nseverity: high\ndeclared_at: 2026-11-22T06:00:00Z\ndeclared_by: Ana\n")
}

/// Titles as people type them, of which YAML makes something else.
const TYPED: [&str; 22] = [
    "Job #12 is late",
    "Job # 12 is late",
    "#general is loud",
    "Login: fails",
    "@ana is paged",
    "\"Quoted\" word",
    "'It's down' they say",
    "[api] down",
    "{db} down",
    "[api]",
    "%50 of calls fail",
    "- dash",
    "*star*",
    "&and",
    "&and more",
    "!bang",
    "!bang at once",
    "`code` fails",
    "|pipe| broke",
    "{{ template }}",
    "? what happened",
    ", and so on",
];

#[test]
fn a_line_that_is_told_as_it_should_be_works_when_it_is_pasted() {
    for typed in TYPED {
        let desk = Desk::ready();
        desk.write(FILE, declared(typed));
        desk.commit("an incident");
        let told = desk.annals(&["check", "--format", "json"]).json();
        let finding = &told["findings"][0];
        assert_eq!(
            (&finding["line"], &finding["path"]),
            (&1.into(), &FILE.into()),
            "{typed}: {told}"
        );
        let line = finding["commands"][0].as_str();
        let line = line.unwrap_or_else(|| panic!("no line for {typed:?}: {told}"));
        let rest = declared("")
            .split_once('\n')
            .map(|(_, rest)| rest.to_owned());
        desk.write(FILE, format!("{line}\n{}", rest.expect("more lines")));
        desk.commit("the line as it should be");
        let again = desk.annals(&["check"]).exits(0);
        assert!(
            again.out.contains("nothing wrong"),
            "{typed}: {line}\n{}",
            again.err
        );
        let shown = desk
            .annals(&["show", "late", "--format", "json"])
            .exits(0)
            .json();
        let title = shown["incidents"][0]["title"].as_str().unwrap_or_default();
        assert_eq!(title, typed, "{line}");
    }
}

#[test]
fn what_annals_writes_says_what_was_typed() {
    let hostile = [
        "#general",
        "a # b",
        "a: b",
        ": a",
        "a:",
        "- a",
        "?",
        "&and",
        "*star*",
        "!bang",
        "%50",
        "@ana",
        "`x`",
        "\"quoted\" word",
        "'single'",
        "[a",
        "{a",
        "{{ x }}",
        "|",
        ">",
        "| a",
        "null",
        "~",
        "no",
        "on",
        "true",
        "1e3",
        "0x1F",
        "012",
        "12",
        "1_000",
        ".inf",
        "2026-11-22",
        "1:30:00",
        "---",
        "...",
        "<<",
        "=",
        "a\\b",
        "é 🦀",
        "a,b",
        "a]b",
        "\u{feff}a",
        "\u{2028}x",
        "a\u{85}b",
    ];
    let mut desk = Desk::ready();
    let id = desk
        .annals(&["declare", "Orders are late", "--severity", "low"])
        .exits(0)
        .id();
    let mut wanted = Vec::new();
    for text in hostile {
        let several = format!("{text}\n\n- {text}\n  {text}\n# {text}");
        for comment in [text.to_owned(), several] {
            desk.wait(crate::desk::minutes(1));
            desk.annals_reading(&["comment", &id, "-"], &comment)
                .exits(0);
            wanted.push(comment);
        }
    }
    let check = desk.annals(&["check"]).exits(0);
    assert!(check.out.contains("nothing wrong"), "{}", check.err);
    let shown = desk
        .annals(&["show", &id, "--format", "json"])
        .exits(0)
        .json();
    let entries = shown["incidents"][0]["entries"]
        .as_array()
        .expect("entries");
    let said: Vec<&str> = entries
        .iter()
        .filter_map(|entry| entry["comment"].as_str())
        .collect();
    assert_eq!(said, wanted);
}
