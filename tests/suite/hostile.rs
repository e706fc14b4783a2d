//! Long and hostile input: whatever somebody commits costs what its length costs.
//!
//! Each verb runs under a limit of processor time, which no busy machine changes, and of
//! memory. The limit is several times what the verb needs, and a small part of what it
//! needed while the same input cost the square of its length. `benches/hostile.py`
//! measures many more inputs, and how their cost grows.

use std::fmt::Write;

use crate::desk::{Desk, Said};

/// What a verb may need, in seconds of processor time of an unoptimised build.
const SECONDS: u32 = 10;
/// What it may hold, in KiB.
const MEMORY: u32 = 4 << 20;
const HEAD: &str =
    "title: T\nseverity: high\ndeclared_at: 2026-11-22T06:00:00Z\ndeclared_by: Ana\n";

/// Runs `annals` under the limits.
fn bounded(desk: &Desk, arguments: &[&str]) -> Said {
    let limits = format!("ulimit -t {SECONDS}; ulimit -v {MEMORY}; exec \"$0\" \"$@\"");
    let now = desk.now().to_string();
    let mut command = desk.command("sh");
    command
        .args(["-c", &limits, env!("CARGO_BIN_EXE_annals")])
        .args(arguments)
        .args(["--now", &now]);
    let output = command.output().expect("annals runs");
    Said {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        code: output.status.code().unwrap_or(-1),
    }
}

/// A record with an incident that has these entries, a second apart.
fn incident(entries: impl Iterator<Item = String>) -> Desk {
    let mut text = format!("{HEAD}entries:\n");
    for (k, entry) in entries.enumerate() {
        let (minute, second) = (k / 60, k % 60);
        let at = format!("2026-11-22T06:{minute:02}:{second:02}Z");
        writeln!(text, "  - {{id: e{k}, at: {at}, by: B, {entry}}}").expect("text");
    }
    record(&text)
}

fn record(text: &str) -> Desk {
    let desk = Desk::ready();
    desk.write("incidents/i.yaml", text).commit("all");
    desk
}

#[test]
fn a_chain_of_retractions_costs_what_its_length_costs() {
    let retract = |k: usize| match k {
        0 => "comment: c".to_owned(),
        k => format!("retract: {{entry: e{}, reason: r}}", k - 1),
    };
    let desk = incident((0..2_000).map(retract));
    for arguments in [&["build"][..], &["events"], &["report", "i"], &["check"]] {
        bounded(&desk, arguments).exits(0);
    }
}

#[test]
fn a_chain_of_corrections_of_hidden_words_costs_what_its_length_costs() {
    let correct = |k: usize| match k {
        0 => "redact: {entry: e1999, reason: r}".to_owned(),
        1_999 => "comment: c".to_owned(),
        k => format!(
            "correct: {{entry: e{}, reason: r, to: {{at: 2026-11-22T06:00:00Z, by: B, comment: w}}}}",
            k + 1
        ),
    };
    let desk = incident((0..2_000).map(correct));
    // Most of them cannot count, which is told.
    for arguments in [&["report", "i"][..], &["list", "--all"]] {
        let said = bounded(&desk, arguments);
        assert!((0..=1).contains(&said.code), "{}", said.err);
    }
}

#[test]
fn a_fault_costs_the_same_wherever_it_stands() {
    let unknown = |k: usize| format!("update: {{status: s{k}}}");
    let desk = incident((0..1_500).map(unknown));
    bounded(&desk, &["check"]).exits(1);
    let missing = |k: usize| format!("retract: {{entry: x{k}, reason: r}}");
    let desk = incident((0..1_500).map(missing));
    bounded(&desk, &["check"]).exits(1);
}

#[test]
fn faults_on_one_long_line_are_told_without_it() {
    let keys: Vec<String> = (0..1_500).map(|k| format!("k{k}: 1")).collect();
    let desk = record(HEAD);
    let entry = format!(
        "at: 2026-11-22T06:00:00Z\nby: B\nupdate: {{{}}}\n",
        keys.join(", ")
    );
    desk.write("incidents/i/e.yaml", entry).commit("entry");
    let said = bounded(&desk, &["check"])
        .exits(1)
        .warns("incidents/i/e.yaml:3:10");
    assert!(
        said.err.len() < 400 * 1_500,
        "{} bytes are told",
        said.err.len()
    );
}

#[test]
fn html_that_nests_too_deep_is_text_and_is_told() {
    let formats: String = (0..400).map(|k| format!("<b title={k}>")).collect();
    let bodies = [
        "<div>\n".repeat(20_000),
        format!("<div>{formats}{}", "<p>x".repeat(400)),
        format!("<div {}>x</div>", "a=1 ".repeat(40_000)),
    ];
    for body in bodies {
        let summary = serde_json::Value::from(body);
        let desk = record(&format!("{HEAD}summary: {summary}\n"));
        bounded(&desk, &["check"])
            .exits(0)
            .warns("the HTML nests too deep or is too long");
        bounded(&desk, &["build"]).exits(0);
        let page = desk.read("public/incidents/i.html");
        assert!(
            page.contains("&lt;div") && !page.contains("<b title"),
            "HTML is shown"
        );
    }
    let desk = record(&format!("{HEAD}summary: 'It is <b>down</b>.'\n"));
    bounded(&desk, &["check"]).exits(0).says("nothing wrong");
    bounded(&desk, &["build"]).exits(0);
    assert!(
        desk.read("public/incidents/i.html")
            .contains("It is <b>down</b>.")
    );
}
