//! What the reading verbs say, and what they never let through.

use crate::desk::{Desk, minutes};

#[test]
fn hostile_text_never_reaches_the_terminal_raw() {
    let desk = Desk::new();
    let title = "Pay\u{202e}load \u{1b}]0;owned\u{7}";
    let text = format!(
        "title: {}\nseverity: high\ndeclared_at: 2026-11-22T06:00:00Z\ndeclared_by: \"a\\eb\"\nsummary: \"x\\e[2Jy\"\ntags: [\"\\e[31m\"]\n",
        serde_json::json!(title)
    );
    desk.write("incidents/evil.yaml", text).commit("evil");
    for verb in [
        vec!["list"],
        vec!["show", "evil"],
        vec!["check"],
        vec!["comment", "evil", "hm"],
    ] {
        let said = desk.annals(&verb);
        for stream in [&said.out, &said.err] {
            assert!(
                !stream.contains('\u{1b}')
                    && !stream.contains('\u{202e}')
                    && !stream.contains('\u{7}'),
                "{verb:?}: {stream:?}"
            );
        }
    }
}

#[test]
fn both_clocks_are_shown() {
    let mut desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    desk.wait(minutes(48));
    desk.annals(&[
        "comment",
        "one",
        "Seen then.",
        "--at",
        "2026-11-22T07:10:00Z",
    ])
    .exits(0);
    desk.annals(&["show", "one"])
        .exits(0)
        .says("2026-11-22 07:10  comment by Ana Ruiz <ana@example.com>  (recorded 38 min later)");
    let entry = desk.annals(&["show", "one", "--format", "json"]).json()["incidents"][0]["entries"]
        [0]
    .clone();
    assert_eq!(entry["at"], "2026-11-22T07:10:00.000Z");
    assert_eq!(entry["recorded"]["at"], "2026-11-22T07:48:00.000Z");
    assert_eq!(
        entry["recorded"]["commit"],
        desk.git(&["rev-parse", "HEAD"])
    );
}

#[test]
fn moving_folders_changes_nothing_that_is_shown() {
    let mut desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    desk.annals(&["comment", "one", "Words."]).exits(0);
    let without_paths = |desk: &Desk| {
        let shown = desk
            .annals(&["show", "one", "--format", "json"])
            .exits(0)
            .out;
        shown
            .lines()
            .filter(|line| !line.contains("\"path\""))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let before = without_paths(&desk);
    desk.git(&["mv", "incidents/2026", "incidents/archive"]);
    desk.wait(minutes(60)).commit("tidy up");
    desk.wait(minutes(-60));
    assert_eq!(without_paths(&desk), before);
}

#[test]
fn one_broken_file_hides_nothing_else() {
    let desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    desk.write("incidents/2026/11/broken.yaml", "title: [\n")
        .commit("break something");
    desk.annals(&["list"])
        .exits(1)
        .says("One")
        .warns("broken.yaml");
}

#[test]
fn what_was_recorded_can_be_looked_up_at_a_commit() {
    let desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    let then = desk.git(&["rev-parse", "HEAD"]);
    desk.annals(&["update", "one", "--severity", "low"])
        .exits(0);
    desk.annals(&["show", "one", "--commit", &then])
        .exits(0)
        .says("high SEV-2");
    desk.annals(&["show", "one"]).exits(0).says("low SEV-4");
    desk.annals(&["show", "one", "--commit", "nowhere"])
        .exits(2)
        .warns("`nowhere` names no commit");
}

#[test]
fn the_second_clock_does_not_depend_on_what_is_remembered() {
    let mut desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    for _ in 0..5 {
        desk.wait(minutes(3))
            .annals(&["comment", "one", "Words."])
            .exits(0);
    }
    let remembered = desk.annals(&["show", "one", "--format", "json"]).out;
    std::fs::remove_file(desk.folder.join(".git/annals/second-clock")).expect("it was remembered");
    assert_eq!(
        desk.annals(&["show", "one", "--format", "json"]).out,
        remembered
    );
}

#[test]
fn a_maintenance_follows_its_schedule_where_nobody_says_otherwise() {
    let mut desk = Desk::ready();
    desk.annals(&[
        "declare",
        "Upgrade",
        "--severity",
        "low",
        "--kind",
        "maintenance",
        "--scheduled-for",
        "2026-11-22T08:00:00Z",
        "--scheduled-until",
        "2026-11-22T09:00:00Z",
    ])
    .exits(0);
    let status = |desk: &Desk| {
        desk.annals(&["show", "upgrade", "--format", "json"]).json()["incidents"][0]["status"]
            .clone()
    };
    assert_eq!(status(&desk), "scheduled");
    desk.wait(minutes(60));
    assert_eq!(status(&desk), "in_progress");
    desk.wait(minutes(60));
    assert_eq!(status(&desk), "completed");
}

#[test]
fn outside_a_repository_annals_says_so() {
    let desk = Desk::new();
    let outside = desk.folder.join("..").display().to_string();
    desk.annals(&["list", "--repo", &outside])
        .exits(4)
        .warns("is not inside a Git repository");
}

#[test]
fn a_repository_that_cannot_be_opened_says_why() {
    let desk = Desk::ready();
    desk.write(".git/config", "[core\n");
    let said = desk.annals(&["list"]).exits(4).warns("config");
    assert!(!said.err.contains("not inside"), "{}", said.err);
}

#[test]
fn a_misspelt_word_of_privacy_publishes_nothing() {
    let desk = Desk::ready();
    let id = desk
        .annals(&["declare", "One", "--severity", "high"])
        .exits(0)
        .id();
    for (name, line) in [("a", "visibility: internl"), ("b", "visiblity: internal")] {
        let text =
            format!("at: 2026-11-22T07:00:00Z\nby: Ana\n{line}\ncomment: The SECRET word.\n");
        desk.write(&format!("incidents/2026/11/{id}/{name}.yaml"), text);
    }
    desk.commit("misspelt");
    desk.annals(&["build"])
        .exits(1)
        .warns("did you mean `visibility`?");
    for path in desk
        .files()
        .iter()
        .filter(|path| path.starts_with("public/"))
    {
        assert!(!desk.read(path).contains("SECRET"), "{path}");
    }
    desk.annals(&["show", "one"]).says("SECRET");
}

#[test]
fn a_site_takes_the_place_of_nothing_else() {
    let desk = Desk::ready();
    desk.write("mine/index.html", "mine");
    for out in ["mine", ".", "incidents/.."] {
        desk.annals(&["build", "--out", out])
            .exits(2)
            .warns("error: ");
    }
    assert_eq!(desk.read("mine/index.html"), "mine");
    desk.annals(&["build", "--out", "site"]).exits(0);
    desk.annals(&["build", "--out", "site", "--audience", "internal"])
        .exits(2)
        .warns("for another audience");
    desk.annals(&["build", "--out", "site"])
        .exits(0)
        .says("0 written");
}

#[test]
fn a_linked_folder_is_not_followed() {
    let desk = Desk::ready();
    desk.annals(&["declare", "One", "--severity", "high"])
        .exits(0);
    std::fs::rename(
        desk.folder.join("incidents"),
        desk.folder.join("../elsewhere"),
    )
    .expect("moved");
    std::os::unix::fs::symlink("../elsewhere", desk.folder.join("incidents")).expect("a link");
    desk.annals(&["check"])
        .exits(1)
        .warns("links are never followed")
        .says("0 incidents");
}

#[test]
fn a_verb_that_does_not_print_a_format_says_so() {
    let desk = Desk::ready();
    desk.annals(&["list", "--format", "html"])
        .exits(2)
        .warns("does not print that format");
    desk.annals(&["build", "--format", "json"])
        .exits(2)
        .warns("does not print that format");
}

#[test]
fn a_full_disk_is_no_success() {
    let desk = Desk::ready();
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .expect("a full disk");
    let status = desk
        .command(env!("CARGO_BIN_EXE_annals"))
        .args(["schema", "entry"])
        .stdout(full)
        .status();
    assert_eq!(status.expect("annals runs").code(), Some(4));
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    let desk = Desk::new();
    let big = "x".repeat(1 << 20);
    let aliases = "*a, ".repeat(1000);
    desk.write(
        "incidents/text.yaml",
        format!("declared_at: 2026-11-22T06:00:00Z\nx-a: &a \"{big}\"\nx-b: [{aliases}]\n"),
    );
    let keys: String = (0..40_000).map(|n| format!("  key{n}: 1\n")).collect();
    desk.write("incidents/keys.yaml", format!("title: One\nseverity: high\ndeclared_at: 2026-11-22T06:00:00Z\ndeclared_by: Ana\nx-b:\n{keys}"));
    desk.commit("bombs");
    desk.annals(&["check"])
        .exits(1)
        .warns("bytes once its aliases are followed")
        .says("1 incident");
}

#[test]
fn a_template_that_cannot_be_read_is_found_before_a_build_stumbles_over_it() {
    let desk = Desk::ready();
    desk.write("templates/incident.html", "{% if %}")
        .commit("a template");
    desk.annals(&["check"]).exits(1).warns("bad-template");
    desk.annals(&["build"]).exits(1).warns("bad-template");
    let deep = "{% elif 1 %}".repeat(50_000);
    desk.write(
        "templates/incident.html",
        format!("{{% if 1 %}}{deep}{{% endif %}}"),
    )
    .commit("a deep one");
    desk.annals(&["check"])
        .exits(1)
        .warns("more than 1,000 `elif`");
    desk.write(
        "templates/incident.html",
        "{% extends \"default/incident.html\" %}",
    );
    desk.annals(&["check"]).exits(0);
    desk.annals(&["build"]).exits(0);
}
