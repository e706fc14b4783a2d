//! How what was said wrong is shown once it is put right: on the terminal, on pages, in
//! reports, feeds and JSON; and that what is hidden is nowhere.

use std::collections::BTreeMap;

use crate::desk::{Desk, Said, minutes};

/// Somebody's desk with one incident on it, and how to tell its story.
struct Story {
    desk: Desk,
    id: String,
}

impl Story {
    fn begin() -> Self {
        let mut desk = Desk::ready();
        desk.wait(minutes(10));
        let told = desk.annals(&["declare", "Orders arrive late", "--severity", "high"]);
        let id = told.exits(0).id();
        Self { desk, id }
    }

    /// Says `verb` of the incident five minutes later; the id of what was said.
    #[track_caller]
    fn say(&mut self, verb: &str, arguments: &[&str]) -> String {
        self.desk.wait(minutes(5));
        let id = self.id.clone();
        let all: Vec<&str> = [verb, id.as_str()]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect();
        self.desk.annals(&all).exits(0).id()
    }

    /// Commits an entry that no verb writes, five minutes later, under the id `name`.
    fn write(&mut self, name: &str, says: &str) {
        self.desk.wait(minutes(5));
        let path = format!("incidents/2026/11/{}/{name}.yaml", self.id);
        let text = format!("at: {}\nby: Bo Li\n{says}\n", self.desk.now());
        self.desk.write(&path, text);
        self.desk.commit("an entry");
    }

    fn show(&self) -> String {
        self.desk.annals(&["show", &self.id]).out
    }

    fn report(&self) -> String {
        self.desk.annals(&["report", &self.id]).exits(0).out
    }

    fn public_report(&self) -> String {
        self.shown(&["report", &self.id], "public").exits(0).out
    }

    fn json(&self, audience: &str) -> serde_json::Value {
        let said = self.shown(&["report", &self.id, "--format", "json"], audience);
        said.json()["incidents"][0].clone()
    }

    fn shown(&self, arguments: &[&str], audience: &str) -> Said {
        let all: Vec<&str> = arguments
            .iter()
            .copied()
            .chain(["--audience", audience])
            .collect();
        self.desk.annals(&all)
    }

    /// The site for `audience`: path → text.
    fn site(&self, audience: &str) -> BTreeMap<String, String> {
        let arguments = ["build", "--audience", audience, "--out", audience];
        self.desk.annals(&arguments);
        let files = self.desk.files();
        let pages = files
            .iter()
            .filter_map(|path| Some((path, path.strip_prefix(audience)?.strip_prefix('/')?)));
        pages
            .map(|(path, name)| {
                let bytes = std::fs::read(self.desk.folder.join(path)).expect("a page");
                (
                    name.to_owned(),
                    String::from_utf8_lossy(&bytes).into_owned(),
                )
            })
            .collect()
    }

    fn page(&self, audience: &str) -> String {
        self.site(audience)[&format!("incidents/{}.html", self.id)].clone()
    }
}

/// The lines of `text` from the first that holds `from` on, `count` of them.
#[track_caller]
fn lines(text: &str, from: &str, count: usize) -> String {
    let lines: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.contains(from))
        .collect();
    assert!(!lines.is_empty(), "no {from:?} in:\n{text}");
    lines[..count.min(lines.len())].join("\n")
}

fn end(id: &str) -> &str {
    id.rsplit('-').next().expect("an end")
}

#[test]
fn a_corrected_entry_shows_what_stands_and_what_was_said_first() {
    let mut story = Story::begin();
    let said = story.say(
        "update",
        &["--severity", "critical", "-m", "The deploy of 06:55."],
    );
    let right = [
        "--severity",
        "moderate",
        "--no-action",
        "--reason",
        "Local time.",
    ];
    let correction = story.say(
        "correct",
        &[&[said.as_str(), "The deploy of 04:55."], &right[..]].concat(),
    );

    let shown = story.show();
    assert_eq!(
        lines(&shown, "update by", 9),
        format!(
            "2026-11-22 07:15  update by Ana Ruiz <ana@example.com>  {}
    corrected 2026-11-22 07:20 by Ana Ruiz <ana@example.com>: Local time.
    severity: high → moderate
    The deploy of 04:55.
    said first:
      severity: critical
      The deploy of 06:55.
2026-11-22 07:20  correct by Ana Ruiz <ana@example.com>  {}
    update of 2026-11-22 07:15 {}: Local time.",
            end(&said),
            end(&correction),
            end(&said)
        )
    );
    assert_eq!(
        lines(&story.public_report(), "Ana Ruiz updated", 16),
        "**07:15** (+0:05) Ana Ruiz updated

*Corrected* 22 Nov 2026 07:20 UTC by Ana Ruiz: Local time.

- Severity: High → Moderate

> The deploy of 04:55.

*What was said first*:

- Severity: ~~Critical~~

> The deploy of 06:55.

**07:20** (+0:10) Ana Ruiz corrected the update of 07:15: Local time.
"
    );
    let page = story.page("public");
    let fate = format!(
        "<b>Corrected</b> at <a href=\"#e-{correction}\"><time datetime=\"2026-11-22T07:20:00.000Z\">07:20</time></a> by <span dir=\"auto\">Ana Ruiz</span>: <span class=\"reason\" dir=\"auto\">Local time.</span>"
    );
    assert!(page.contains(&fate), "{page}");
    assert!(page.contains("<details class=\"former\">\n<summary>What was said first</summary>"));
    assert!(page.contains(&format!(
        "corrected</span> <a href=\"#e-{said}\">the update of 07:15</a>"
    )));
    let json = story.json("public");
    assert!(!json.to_string().contains("ana@example.com"), "{json}");
    let entry = &json["entries"][0];
    assert_eq!(entry["corrected"]["reason"], "Local time.");
    assert_eq!(entry["original"]["comment"], "The deploy of 06:55.");
}

#[test]
fn a_corrected_declaration_shows_what_was_declared_first() {
    let mut story = Story::begin();
    let right = [
        "declaration",
        "--title",
        "Orders do not arrive",
        "--severity",
        "critical",
    ];
    story.say(
        "correct",
        &[&right[..], &["--no-action", "--reason", "All of them."]].concat(),
    );
    assert_eq!(
        lines(&story.show(), "declared by", 5),
        "2026-11-22 07:10  declared by Ana Ruiz <ana@example.com>
    corrected 2026-11-22 07:15 by Ana Ruiz <ana@example.com>: All of them.
    declared first:
      severity: high
      title: Orders arrive late"
    );
    let page = story.page("public");
    assert!(page.contains("dir=\"auto\">Orders do not arrive</h1>"));
    assert!(page.contains("What was declared first"));
    assert!(page.contains("Orders arrive late</span></del>"));

    let mut story = Story::begin();
    let right = [
        "declaration",
        "--visibility",
        "internal",
        "--reason",
        "Not yet.",
    ];
    story.say("correct", &right);
    assert!(!story.show().contains("declared first"), "it says the same");
    assert!(!story.page("internal").contains("What was declared first"));
}

#[test]
fn a_retracted_entry_is_readable_and_changes_nothing() {
    let mut story = Story::begin();
    let wrong = story.say(
        "update",
        &[
            "--severity",
            "critical",
            "--tag",
            "wrong",
            "-m",
            "All is lost.",
        ],
    );
    story.say(
        "retract",
        &[&wrong, "--no-action", "--reason", "Another incident."],
    );
    assert_eq!(
        lines(&story.show(), "update by", 6)
            .lines()
            .skip(1)
            .collect::<Vec<_>>()
            .join("\n"),
        "    retracted 2026-11-22 07:20 by Ana Ruiz <ana@example.com>: Another incident.
    had said:
      severity: critical
      tags: wrong
      All is lost."
    );
    let report = story.report();
    assert!(
        report.starts_with("# Orders arrive late\n\nHigh (SEV-2)"),
        "{report}"
    );
    assert!(report.contains("- Severity: ~~Critical~~\n- Tag: ~~wrong~~\n\n> All is lost.\n"));
    let site = story.site("public");
    let page = &site[&format!("incidents/{}.html", story.id)];
    assert!(page.contains("<div class=\"undone\">"));
    assert!(!page.contains("Peak severity"));
    assert!(
        !site["index.html"].contains("All is lost."),
        "it is no lede"
    );
}

#[test]
fn a_retracted_correction_restores_what_it_replaced_and_a_later_one_overtakes() {
    let mut story = Story::begin();
    let said = story.say("comment", &["Two regions."]);
    let wrong = story.say("correct", &[&said, "One region.", "--reason", "Misread."]);
    story.say("retract", &[&wrong, "--reason", "Two it was."]);
    let shown = story.show();
    assert_eq!(
        lines(&shown, "comment by", 2).lines().nth(1),
        Some("    Two regions.")
    );
    assert_eq!(
        lines(&shown, "correct by", 5)
            .lines()
            .skip(1)
            .collect::<Vec<_>>()
            .join("\n"),
        format!(
            "    retracted 2026-11-22 07:25 by Ana Ruiz <ana@example.com>: Two it was.
    had said:
      comment of 2026-11-22 07:15 {}: Misread.
      One region.",
            end(&said)
        )
    );
    story.say(
        "correct",
        &[&said, "Three regions.", "--reason", "Counted."],
    );
    story.say(
        "correct",
        &[&said, "Four regions.", "--reason", "Recounted."],
    );
    let overtaken = "    overtaken 2026-11-22 07:35 by Ana Ruiz <ana@example.com>: Recounted.";
    assert!(lines(&story.show(), "07:30  correct by", 2).ends_with(overtaken));
    let page = story.page("public");
    assert!(page.contains("<b>Overtaken</b> at "));
    assert!(page.contains("Three regions."), "it remains readable");
}

#[test]
fn a_correction_that_cannot_count_is_told_to_those_who_can_mend_it() {
    let mut story = Story::begin();
    story.write(
        "nowhere",
        "retract: {entry: nobody-said-so, reason: Said twice.}",
    );
    assert!(
        story
            .show()
            .contains("    ignored: this incident has no such entry\n")
    );
    assert!(
        story
            .page("internal")
            .contains("<b>Ignored</b>: this incident has no such entry")
    );
    for (path, page) in story.site("public") {
        assert!(!page.contains("Said twice."), "{path}");
    }
}

#[test]
fn what_is_redacted_leaves_a_tombstone_and_nothing_of_its_words() {
    let mut story = Story::begin();
    let words = story.say("comment", &["The password is zzsecret."]);
    story.say(
        "correct",
        &[
            &words,
            "The pass phrase is zzsecret.",
            "--reason",
            "Wording.",
        ],
    );
    let title = story.say(
        "update",
        &[
            "--title",
            "Orders of zzsecret",
            "--summary",
            "zzsecret",
            "--severity",
            "low",
        ],
    );
    story.desk.write("zzsecret.png", "zzsecret");
    let file = story.desk.folder.join("zzsecret.png").display().to_string();
    let picture = story.say("attach", &[&file, "--caption", "zzsecret"]);
    std::fs::remove_file(story.desk.folder.join("zzsecret.png")).expect("a file");
    story.write(
        "imported",
        "comment: zzsecret\nx-source: {kind: retold, was: zzsecret}",
    );
    for entry in [&words, &title, &picture, "imported"] {
        story.say("redact", &[entry, "--reason", "It held a secret."]);
    }
    let why = story.say("redact", &["declaration", "--reason", "It is zzsecret."]);
    story.say("redact", &[&why, "--reason", "So did the reason."]);

    let mut outputs: Vec<(String, String)> = Vec::new();
    for audience in ["public", "internal"] {
        outputs.extend(story.site(audience));
        for format in ["text", "json", "markdown", "html"] {
            let said = story.shown(&["report", &story.id, "--format", format], audience);
            outputs.push((format!("report {format}"), said.exits(0).out));
        }
        outputs.push((
            "show".into(),
            story.shown(&["show", &story.id], audience).exits(0).out,
        ));
        outputs.push((
            "data".into(),
            story.shown(&["data", &story.id], audience).exits(0).out,
        ));
    }
    outputs.push((
        "list".into(),
        story
            .desk
            .annals(&["list", "--format", "json"])
            .exits(0)
            .out,
    ));
    outputs.push(("events".into(), story.desk.annals(&["events"]).exits(0).out));
    for (name, text) in &outputs {
        assert!(
            !text.contains("zzsecret") && !name.contains("zzsecret"),
            "{name}"
        );
    }
    let page = story.page("public");
    assert_eq!(
        page.matches("<p class=\"tombstone\">[redacted]</p>")
            .count(),
        4
    );
    assert!(page.contains("<b>Redacted</b> at "));
    assert!(page.contains("dir=\"auto\">[redacted]</h1>"));
    assert!(page.contains("Low</span>"), "facts stay");
}

/// Everything that is to be hidden from the public, each with words of its own.
fn secretive() -> (Story, Vec<String>) {
    let mut story = Story::begin();
    let internal = ["--internal"];
    let said = story.say("comment", &["zz01 said first, for everybody"]);
    let aside = story.say(
        "comment",
        &[&["zz02 an internal comment"], &internal[..]].concat(),
    );
    story.say(
        "correct",
        &[
            &aside,
            "zz03 corrected",
            "--reason",
            "zz04 of something internal",
        ],
    );
    story.say(
        "retract",
        &[&aside, "--reason", "zz05 of something internal"],
    );
    let more = [
        said.as_str(),
        "zz06 internally corrected",
        "--reason",
        "zz07 internally",
    ];
    story.say("correct", &[&more[..], &internal].concat());
    let gone = story.say("comment", &["zz08 made internal"]);
    story.say(
        "correct",
        &[
            &gone,
            "--visibility",
            "internal",
            "--reason",
            "zz09 makes internal",
        ],
    );
    let password = story.say("comment", &["zz10 is redacted"]);
    story.say(
        "redact",
        &[
            &[password.as_str(), "--reason", "zz11 why internally"],
            &internal[..],
        ]
        .concat(),
    );
    let pinned = ["zz12 pinned", "--pin", "--internal"];
    story.say("comment", &pinned);
    story.write(
        "measured",
        "visibility: internal\nassessment: {upcoming_runs: 13131313}",
    );
    story.write("nowhere", "retract: {entry: zz14, reason: zz15}");
    story.desk.write("zz16.png", "zz16");
    let file = story.desk.folder.join("zz16.png").display().to_string();
    story.say("attach", &[&file, "--caption", "zz16", "--internal"]);
    std::fs::remove_file(file).expect("a file");
    let told = story.desk.annals(&[
        "declare",
        "zz17 elsewhere",
        "--severity",
        "low",
        "--internal",
    ]);
    let other = told.exits(0).id();
    let path = format!("incidents/2026/11/{other}/same.yaml");
    let text = format!(
        "at: {}\nby: zz18\nduplicate_of: {}\n",
        story.desk.now(),
        story.id
    );
    story.desk.write(&path, text);
    story.desk.commit("the same");
    story.write("twin", &format!("duplicate_of: {other}"));
    story.say(
        "retract",
        &["twin", "--no-action", "--reason", "It is not."],
    );
    story.write("other-twin", &format!("duplicate_of: {other}"));
    let to = "{at: 2026-11-22T07:00:00Z, by: Bo Li, comment: Not the same.}";
    story.write(
        "not-the-same",
        &format!("correct: {{entry: other-twin, reason: It is not., to: {to}}}"),
    );
    let published = story.say("comment", &["For everybody after all.", "--internal"]);
    story.say(
        "correct",
        &[
            &published,
            "--visibility",
            "public",
            "--reason",
            "zz19 may be known",
        ],
    );
    let marks = (2..=19)
        .filter(|mark| *mark != 13)
        .map(|mark| format!("zz{mark:02}"));
    (story, marks.chain(["13131313".to_owned()]).collect())
}

#[test]
fn nothing_hidden_reaches_a_byte_of_a_public_build() {
    let (story, marks) = secretive();
    let (public, internal) = (story.site("public"), story.site("internal"));
    let holds = |site: &BTreeMap<String, String>, mark: &str| -> Vec<String> {
        let pages = site.iter();
        let holding = pages.filter(|(path, page)| path.contains(mark) || page.contains(mark));
        holding.map(|(path, _)| path.clone()).collect()
    };
    for mark in &marks {
        assert_eq!(holds(&public, mark), Vec::<String>::new(), "{mark}");
        for (verb, format) in [
            ("show", "text"),
            ("show", "json"),
            ("data", "json"),
            ("report", "markdown"),
            ("report", "json"),
        ] {
            let said = story.shown(&[verb, &story.id, "--format", format], "public");
            assert!(
                !said.out.is_empty() && !said.out.contains(mark),
                "{mark} in {verb}"
            );
        }
        let redacted = mark == "zz10";
        assert_eq!(holds(&internal, mark).is_empty(), redacted, "{mark}");
    }
    let page = &public[&format!("incidents/{}.html", story.id)];
    assert!(
        page.contains("zz01 said first"),
        "an internal correction does not count"
    );
    assert!(
        page.contains("For everybody after all."),
        "it was published"
    );
    assert!(
        page.contains("<b>Redacted</b></p>"),
        "not by whom, when and why"
    );
    for word in [
        "duplicate",
        "Pinned",
        "Impact on runs",
        "internal",
        "without a word",
    ] {
        assert!(!page.contains(word), "{word}");
    }
    let corrected = page.matches("<b>Corrected</b>").count();
    assert_eq!(corrected, 1, "only what was corrected for everybody");
}

#[test]
fn a_feed_shows_anew_what_was_put_right_and_posts_nothing() {
    let mut story = Story::begin();
    let said = story.say("comment", &["All is lost."]);
    let by = story.say("retract", &[&said, "--reason", "It was not."]);
    let feed = &story.site("public")["feed.atom"];
    assert!(!feed.contains(&format!("#e-{by}\"/>")), "{feed}");
    let mut entries = feed.split("<entry>");
    let entry = entries.find(|entry| entry.contains(&format!("#e-{said}\"/>")));
    let entry = entry.unwrap_or_else(|| panic!("no {said} in {feed}"));
    assert!(entry.contains("<published>2026-11-22T07:15:00.000Z</published>\n<updated>2026-11-22T07:20:00.000Z</updated>"));
    assert!(entry.contains("&lt;del&gt;"), "{entry}");
    assert!(entry.contains("&lt;b&gt;Retracted&lt;/b&gt;"));
}

#[test]
fn pins_figures_and_duplicates_are_told_wherever_they_belong() {
    let mut story = Story::begin();
    let wrong = story.say("comment", &["Pinned in error.", "--pin"]);
    story.say("comment", &["Read this first.", "--pin"]);
    story.say("retract", &[&wrong, "--reason", "Old."]);
    story.write(
        "measured",
        "assessment: {before: {runs: 1240, success_rate: 0.9951, average_lateness: 4}, during: {runs: 812, success_rate: 0.61, average_lateness: 380}, upcoming_runs: 96}",
    );
    let other = story
        .desk
        .annals(&["declare", "Screens are stale", "--severity", "low"])
        .exits(0)
        .id();
    story.desk.wait(minutes(1));
    let text = format!(
        "at: {}\nby: Bo Li\nduplicate_of: {}\n",
        story.desk.now(),
        story.id
    );
    story
        .desk
        .write(&format!("incidents/2026/11/{other}/same.yaml"), text);
    story.desk.commit("the same");

    let shown = story.show();
    assert!(
        shown.contains(
            "                            before      during
    runs                      1240         812
    success rate            99.5 %        61 %
    average lateness           4 s       6 min
    runs to come                 –          96\n"
        ),
        "{shown}"
    );
    assert_eq!(shown.matches("[pinned]").count(), 2);
    let site = story.site("public");
    let page = &site[&format!("incidents/{}.html", story.id)];
    let pinned = lines(page, "<section class=\"pinned\"", 12);
    assert!(
        pinned.contains("Read this first.") && !pinned.contains("in error"),
        "{pinned}"
    );
    assert!(
        page.contains("<p class=\"notice\">1 duplicate: <a href=\"")
            && page.contains(">Screens are stale</a>")
    );
    assert!(site[&format!("incidents/{other}.html")].contains("This incident turned out to be"));
    let report = story.report();
    assert!(report.contains(&format!("\n1 duplicate: Screens are stale (`{other}`).\n")));
    assert!(report.contains("| Success rate | 99.5 % | 61 % |"));
    story.desk.wait(minutes(5));
    story.desk.annals(&["reopen", &other]).exits(0);
    assert!(!story.show().contains("duplicates"), "it goes on by itself");
}

#[test]
fn a_maintenance_says_what_its_schedule_brought() {
    let mut story = Story::begin();
    let declare = [
        "declare",
        "New disks",
        "--severity",
        "low",
        "--kind",
        "maintenance",
    ];
    let times = [
        "--scheduled-for",
        "2026-11-22T08:00:00Z",
        "--scheduled-until",
        "2026-11-22T09:00:00Z",
    ];
    story.id = story
        .desk
        .annals(&[&declare[..], &times].concat())
        .exits(0)
        .id();
    story.say(
        "update",
        &[
            "--scheduled-for",
            "2026-11-22T08:30:00Z",
            "-m",
            "The vendor is late.",
        ],
    );
    story.desk.wait(minutes(60));
    assert!(!story.show().contains("by its schedule"), "it was put off");
    story.desk.wait(minutes(30));
    let begun = "2026-11-22 08:30  by its schedule\n    status: scheduled → in_progress\n";
    assert!(story.show().contains(begun));
    assert!(
        story.show().contains("in_progress · open for 15 min"),
        "{}",
        story.show()
    );
    let page = story.page("public");
    assert!(page.contains("<span class=\"verb\">By its schedule</span>"));
    story.desk.wait(minutes(30));
    assert!(
        story
            .show()
            .contains("2026-11-22 09:00  by its schedule\n    status: in_progress → completed\n")
    );
    assert!(story.site("public")["feed.atom"].contains("<title>Completed: New disks</title>"));

    // Who says a status tells what was: the work went on after all.
    story.say("update", &["--status", "verifying"]);
    let shown = story.show();
    assert!(
        shown.contains(begun) && !shown.contains("completed"),
        "{shown}"
    );
    assert!(
        shown.contains("    status: in_progress → verifying\n"),
        "{shown}"
    );
}
