//! The record given away: to programs, spreadsheets, readers and monitoring.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::desk::{Desk, minutes};

/// Words that nobody outside may read.
const SECRET: &str = "the customer is Nimbus";
/// Words that were redacted.
pub(crate) const PASSWORD: &str = "hunter2";

/// The record as JSON.
pub(crate) fn export(desk: &Desk) -> Json {
    desk.annals(&["export", "--format", "json"]).exits(0).json()
}

/// A desk where everything was said that can be said.
pub(crate) fn full() -> Desk {
    let mut desk = Desk::ready();
    let id = desk
        .annals(&[
            "declare",
            "=Orders, \"late\"",
            "--severity",
            "high",
            "--tag",
            "orders",
        ])
        .exits(0)
        .id();
    desk.wait(minutes(3));
    desk.annals(&["comment", &id, "Lag grows."]).exits(0);
    desk.annals(&["comment", &id, SECRET, "--internal"])
        .exits(0);
    let wrong = desk
        .annals(&["comment", &id, "It is the network."])
        .exits(0)
        .id();
    desk.annals(&[
        "correct",
        &id,
        &wrong,
        "It is the disk.",
        "--reason",
        "Measured.",
    ])
    .exits(0);
    let slip = desk.annals(&["comment", &id, PASSWORD]).exits(0).id();
    desk.annals(&["redact", &id, &slip, "--reason", "A password."])
        .exits(0);
    let twice = desk
        .annals(&["comment", &id, "hunter2, once"])
        .exits(0)
        .id();
    let better = "hunter2, again";
    desk.annals(&["correct", &id, &twice, better, "--reason", "Typed."])
        .exits(0);
    desk.annals(&["redact", &id, &twice, "--reason", "Passwords."])
        .exits(0);
    let other = desk
        .annals(&["comment", &id, "Wrong window."])
        .exits(0)
        .id();
    desk.annals(&["retract", &id, &other, "--reason", "Wrong incident."])
        .exits(0);
    desk.write("lag.png", b"\x89PNG\xff\x00".as_slice());
    desk.annals(&["attach", &id, "lag.png", "--caption", "Lag"])
        .exits(0);
    let folder = format!("incidents/2026/11/{id}");
    desk.write(
        &format!("{folder}/2026-11-22t070200.000z-assessment.yaml"),
        "at: 2026-11-22T07:02:00+00:00   # by hand\nby: Bo Li\nassessment: {before: {runs: 40}, upcoming_runs: 7}\n",
    );
    desk.write(
        &format!("{folder}/retrospective.md"),
        "---\nstatus: draft\n---\n\n# What we learnt\n",
    );
    desk.write(
        "incidents/old/by-hand.yaml",
        format!(
            "title: Written by hand\nseverity: low\ndeclared_at: 2026-11-21T10:00:00+02:00\ndeclared_by: Bo Li\nx-ticket: {{key: OPS-7}}\nentries:\n  - at: 2026-11-21T08:10:00Z\n    by: Bo Li\n    comment: The word is {PASSWORD}.\n    x-note: {PASSWORD}\n  - id: end\n    at: 2026-11-21T08:20:00Z\n    by: Bo Li\n    update: {{status: resolved}}\n"
        ),
    );
    desk.write(
        "incidents/old/hidden.yaml",
        format!("title: {SECRET}\nseverity: low\ndeclared_at: 2026-11-21T10:00:00Z\ndeclared_by: Bo Li\nvisibility: internal\nsummary: {PASSWORD}\nx-word: {PASSWORD}\n"),
    );
    desk.write(
        "incidents/old/hidden/same.yaml",
        "at: 2026-11-21T11:00:00Z\nby: Bo Li\nduplicate_of: by-hand\n",
    );
    desk.commit("by hand");
    let inline = desk
        .annals(&["show", "by-hand", "--format", "json"])
        .exits(0)
        .json();
    let inline = inline["incidents"][0]["entries"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    desk.annals(&["redact", "by-hand", &inline, "--reason", "A password."])
        .exits(0);
    desk.annals(&["redact", "hidden", "declaration", "--reason", "A password."])
        .exits(0);
    desk.annals(&["check"]).exits(0);
    desk
}

#[test]
fn no_export_for_the_public_holds_anything_internal() {
    let desk = full();
    for format in ["json", "csv", "markdown", "openmetrics"] {
        let said = desk
            .annals(&["export", "--format", format, "--audience", "public"])
            .exits(0)
            .says("Written by hand");
        for word in [SECRET, PASSWORD, "hidden", "What we learnt", "\"files\""] {
            assert!(
                !said.out.contains(word),
                "{format} holds {word}:\n{}",
                said.out
            );
        }
    }
    let said = desk
        .annals(&[
            "export",
            "--format",
            "csv",
            "--entries",
            "--audience",
            "public",
        ])
        .exits(0)
        .says("Lag grows.");
    assert!(!said.out.contains(SECRET));
}

#[test]
fn no_export_at_all_holds_a_redacted_word() {
    let desk = full();
    for arguments in [
        vec!["export"],
        vec!["export", "--format", "csv", "--entries"],
        vec!["export", "--format", "markdown"],
    ] {
        let said = desk.annals(&arguments).exits(0);
        assert!(
            said.out.contains(SECRET) && !said.out.contains(PASSWORD),
            "{arguments:?}"
        );
        assert!(said.out.contains("redacted"), "{arguments:?}");
    }
}

#[test]
fn a_broken_file_is_named_and_hides_no_other() {
    let desk = full();
    desk.write("incidents/2026/11/broken.yaml", "title: [\n");
    let said = desk.annals(&["export"]).exits(1);
    let export = said.json();
    assert_eq!(export["incidents"].as_array().expect("a list").len(), 3);
    assert_eq!(
        export["diagnostics"][0]["path"],
        "incidents/2026/11/broken.yaml"
    );
    let public = desk.annals(&["export", "--audience", "public"]).exits(1);
    assert_eq!(
        public.json()["diagnostics"],
        json!([]),
        "a diagnostic quotes the file"
    );
    public.warns("incidents/2026/11/broken.yaml");
}

#[test]
fn an_export_is_written_whole_or_not_at_all() {
    let desk = full();
    desk.annals(&["export", "--out", "../one.json"])
        .exits(0)
        .says("one.json: ");
    assert_eq!(
        desk.read("../one.json"),
        desk.annals(&["export"]).exits(0).out
    );
    desk.annals(&["export", "--out", "nowhere/one.json"])
        .exits(2)
        .warns("name a place that exists");
    desk.annals(&["export", "--format", "html"]).exits(2);
    desk.annals(&["export", "--entries"])
        .exits(2)
        .warns("--format csv");
}

#[test]
fn an_older_record_can_be_exported() {
    let desk = full();
    let first = desk.git(&["rev-list", "--reverse", "HEAD"]);
    let first = first.lines().nth(1).expect("a commit").to_owned();
    let then = desk.annals(&["export", "--commit", &first]).exits(0).json();
    assert_eq!(then["incidents"].as_array().expect("a list").len(), 1);
    assert_eq!(
        then["incidents"][0]["files"]
            .as_array()
            .expect("a list")
            .len(),
        1
    );
}

/// Reads RFC 4180, strictly: lines end in CR LF, quotes are closed, rows are equally long.
fn table(text: &str) -> Vec<Vec<String>> {
    assert!(text.ends_with("\r\n"));
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let row = rows.last_mut().expect("a row");
        let field = row.last_mut().expect("a field");
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => field.extend(characters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\r' if !quoted => {
                assert_eq!(characters.next(), Some('\n'));
                rows.push(vec![String::new()]);
            }
            c => field.push(c),
        }
    }
    assert!(!quoted, "a quotation is open");
    assert_eq!(rows.pop(), Some(vec![String::new()]));
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    rows
}

/// The field under `column` in the row whose first field is `id`.
fn cell<'a>(rows: &'a [Vec<String>], row: &[String], column: &str) -> &'a str {
    let row = rows
        .iter()
        .find(|held| held.starts_with(row))
        .expect("a row");
    let index = rows[0]
        .iter()
        .position(|name| name == column)
        .expect("a column");
    &row[index]
}

#[test]
fn a_spreadsheet_gets_one_row_an_incident_or_an_entry() {
    let desk = full();
    let rows = table(&desk.annals(&["export", "--format", "csv"]).exits(0).out);
    assert_eq!(rows.len(), 4);
    let by_hand = ["by-hand".to_owned()];
    assert_eq!(cell(&rows, &by_hand, "lasted_seconds"), "1200");
    assert_eq!(
        cell(&rows, &by_hand, "resolved_at"),
        "2026-11-21T08:20:00.000Z"
    );
    assert_eq!(
        cell(&rows, &by_hand, "detect_seconds"),
        "",
        "unknown is empty, not zero"
    );
    assert_eq!(cell(&rows, &by_hand, "entries"), "3");

    let rows = table(
        &desk
            .annals(&["export", "--format", "csv", "--entries"])
            .exits(0)
            .out,
    );
    let export = export(&desk);
    let entries = export["incidents"].as_array().expect("a list").iter();
    let entries: usize = entries
        .map(|incident| incident["entries"].as_array().expect("a list").len() + 1)
        .sum();
    assert_eq!(rows.len(), entries + 1, "each declaration is a row, too");
    let end = ["by-hand", "Written by hand", "end"].map(str::to_owned);
    assert_eq!(
        cell(&rows, &end, "changes"),
        "status: investigating → resolved"
    );
    let standings: BTreeSet<&str> = rows[1..]
        .iter()
        .map(|row| row[row.len() - 1].as_str())
        .collect();
    assert_eq!(
        standings,
        BTreeSet::from(["corrected", "redacted", "retracted", "stands"])
    );
}

#[test]
fn a_spreadsheet_takes_no_text_for_a_formula() {
    let desk = Desk::ready();
    for (index, title) in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1", "harmless"]
        .iter()
        .enumerate()
    {
        desk.write(
            &format!("incidents/i{index}.yaml"),
            format!("title: {title:?}\nseverity: low\ndeclared_at: 2026-11-21T10:00:00Z\ndeclared_by: Bo\ntags: [\"=cmd|' /C calc'!A0\"]\nentries:\n  - {{at: 2026-11-21T10:01:00Z, by: Bo, comment: \"\\t=1\"}}\n"),
        );
    }
    for arguments in [
        vec!["export", "--format", "csv"],
        vec!["export", "--format", "csv", "--entries"],
    ] {
        let rows = table(&desk.annals(&arguments).exits(0).out);
        for field in rows.iter().flatten() {
            let first = field.trim_start().chars().next();
            let number = field.parse::<i64>().is_ok();
            assert!(
                number || !first.is_some_and(|first| "=+-@＝".contains(first)),
                "{field:?} would be run"
            );
        }
        assert!(
            rows.iter()
                .any(|row| row[2] == "harmless" || row[1] == "harmless")
        );
    }
}

#[test]
fn the_digest_holds_every_incident_and_no_foreign_markup() {
    let desk = full();
    desk.write(
        "incidents/evil.yaml",
        "title: \"# <b>a</b> | b\"\nseverity: low\ndeclared_at: 2026-11-21T10:00:00Z\ndeclared_by: Bo\nsummary: \"<script>x</script>\\n\\n# Not a heading\"\n",
    );
    let said = desk
        .annals(&["export", "--format", "markdown"])
        .exits(0)
        .says("4 incidents, latest first")
        .says("## =Orders, \"late\"")
        .says("## \\# \\<b\\>a\\</b\\> \\| b");
    assert!(!said.out.contains("<script>"), "{}", said.out);
    let headings = said
        .out
        .lines()
        .filter(|line| line.starts_with("## "))
        .count();
    assert_eq!(headings, 4);
    desk.write(
        "templates/export.md",
        "{{ incidents | length }} in our own words\n",
    );
    desk.annals(&["export", "--format", "markdown"])
        .exits(0)
        .says("4 in our own words");
}

/// Reads OpenMetrics text, strictly where annals writes it: families in one piece, with
/// known types, units in names, escaped labels, no sample twice, and an end. Answers the
/// samples.
fn metrics(text: &str) -> Vec<(String, f64)> {
    let body = text.strip_suffix("# EOF\n").expect("an end");
    let (mut samples, mut families) = (Vec::new(), Vec::new());
    let mut said = BTreeSet::new();
    for line in body.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let parts: Vec<&str> = comment.splitn(3, ' ').collect();
            match parts[..] {
                ["TYPE", name, sort] => {
                    assert!(["gauge", "summary"].contains(&sort), "{line}");
                    assert!(!families.contains(&name), "{name} stands twice");
                    families.push(name);
                }
                ["UNIT", name, unit] => assert!(name.ends_with(&format!("_{unit}")), "{line}"),
                ["HELP", name, help] => {
                    assert_eq!(families.last(), Some(&name));
                    assert!(!help.is_empty());
                }
                _ => panic!("{line}"),
            }
            continue;
        }
        let (name, rest) = line.split_once('{').expect("labels");
        let family = families.last().expect("a family");
        assert!(
            name == *family || name == format!("{family}_count"),
            "{line}"
        );
        let end = closed(rest);
        let (labels, value) = rest.split_at(end);
        let value = value.strip_prefix("} ").expect("a value");
        assert!(said.insert((name, labels)), "{line} stands twice");
        samples.push((
            format!("{name}{{{labels}}}"),
            value.parse().expect("a number"),
        ));
    }
    samples
}

/// Where the labels of a sample end.
fn closed(rest: &str) -> usize {
    let (mut quoted, mut marked) = (false, false);
    for (at, c) in rest.char_indices() {
        match c {
            _ if marked => {
                assert!(['\\', '"', 'n'].contains(&c), "{rest}");
                marked = false;
            }
            '\\' => marked = true,
            '"' => quoted = !quoted,
            '}' if !quoted => return at,
            _ => {}
        }
    }
    panic!("labels are not closed: {rest}")
}

#[test]
fn monitoring_reads_the_metrics() {
    let mut desk = full();
    desk.write(
        "incidents/evil.yaml",
        "title: \"a\\\"b\\\\c\\nd}\"\nseverity: low\ndeclared_at: 2026-11-21T10:00:00Z\ndeclared_by: Bo\n",
    );
    let read = |desk: &Desk| {
        metrics(
            &desk
                .annals(&["export", "--format", "openmetrics"])
                .exits(0)
                .out,
        )
    };
    let samples = read(&desk);
    let value = |name: &str| {
        let found = samples.iter().find(|(held, _)| held == name);
        found.unwrap_or_else(|| panic!("{name} in {samples:#?}")).1
    };
    assert_eq!(
        value("annals_incidents{kind=\"incident\",severity=\"high\",phase=\"active\"}"),
        1.0
    );
    assert_eq!(
        value("annals_incidents{kind=\"incident\",severity=\"critical\",phase=\"active\"}"),
        0.0
    );
    assert_eq!(
        value("annals_incident_duration_seconds{id=\"by-hand\",duration=\"lasted\"}"),
        1200.0
    );
    assert_eq!(
        value("annals_incident_declared_timestamp_seconds{id=\"by-hand\"}"),
        1_795_248_000.0
    );
    assert!(
        samples
            .iter()
            .any(|(name, _)| name.contains("a\\\"b\\\\c\\nd}"))
    );
    desk.wait(minutes(100 * 24 * 60));
    let later = read(&desk);
    assert!(
        !later.iter().any(|(name, _)| name.contains("by-hand")),
        "what was over long ago is only counted"
    );
    assert!(
        later
            .iter()
            .any(|(name, _)| name.contains("title=\"=Orders")),
        "what is open is told"
    );
}
