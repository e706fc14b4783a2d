//! What would have no effect is refused before anything is recorded, with what to type instead; the
//! words that were typed are not lost.

use crate::desk::{Desk, Said, minutes};

const ID: &str = "2026-11-22-times";

/// A desk with one incident, ten minutes old.
fn declared() -> Desk {
    let mut desk = Desk::ready();
    let declare = ["declare", "Times", "--severity", "low", "--id", ID];
    let times = ["--started-at", "2026-11-22T06:50:00Z"];
    desk.annals(&[&declare[..], &times[..]].concat()).exits(0);
    desk.wait(minutes(10));
    desk
}

/// The file that a message names for words that were kept.
fn draft(said: &Said) -> String {
    let named = said.err.split('`').find(|part| part.contains("/drafts/"));
    named.expect("a file").to_owned()
}

#[test]
fn a_resolution_before_the_declaration_is_refused() {
    let desk = declared();
    let said = desk.refuses(&["resolve", "times", "--at", "2026-11-22T06:55:00Z"]);
    let said = said.warns("`status` would not change: the declaration (2026-11-22T07:00:00.000Z)");
    assert!(
        said.err.contains(&format!("`annals resolve {ID}`")),
        "{}",
        said.err
    );
}

#[test]
fn a_resolution_before_the_beginning_is_refused() {
    let desk = declared();
    desk.annals(&["update", "times", "--started-at", "2026-11-22T07:09:00Z"])
        .exits(0);
    desk.refuses(&["resolve", "times", "--at", "2026-11-22T07:05:00Z"])
        .warns("before it started");
}

#[test]
fn a_status_that_is_so_by_default_and_an_impossible_acknowledgement_are_refused() {
    let desk = declared();
    desk.refuses(&["update", "times", "--status", "investigating"])
        .warns("status is investigating already");
    desk.refuses(&[
        "update",
        "times",
        "--acknowledged-at",
        "2020-01-01T00:00:00Z",
    ])
    .warns("it was acknowledged at 2020-01-01T00:00:00.000Z, before it started");
}

#[test]
fn a_list_beyond_what_counts_is_refused() {
    let desk = declared();
    let tags = (0..500).map(|number| format!("tag-{number}"));
    let tags: Vec<String> = tags.flat_map(|tag| ["--tag".to_owned(), tag]).collect();
    let tags = tags.iter().map(String::as_str);
    let full: Vec<&str> = ["update", "times"].into_iter().chain(tags).collect();
    desk.annals(&full).exits(0);
    desk.refuses(&["update", "times", "--tag", "one-more"])
        .warns("an incident has at most 500 tags");
    desk.annals(&[
        "update",
        "times",
        "--remove-tag",
        "tag-0",
        "--tag",
        "one-more",
    ])
    .exits(0);
}

#[test]
fn a_fact_that_a_later_entry_overrules_is_refused() {
    let mut desk = declared();
    desk.annals(&["update", "times", "--severity", "critical"])
        .exits(0);
    desk.wait(minutes(5));
    let early = ["--at", "2026-11-22T07:05:00Z"];
    desk.refuses(&[&["update", "times", "--severity", "high"][..], &early[..]].concat())
        .warns("`severity` would not change: 2026-11-22t071000.000z-update-");
    let quoted = ["update", "times", "--title", "Times"];
    desk.annals(&["update", "times", "--title", "It's late"])
        .exits(0);
    desk.refuses(&[&quoted[..], &early[..]].concat())
        .warns("says It's late");
}

#[test]
fn a_fact_that_is_so_already_is_refused_with_words_and_without() {
    let desk = declared();
    desk.refuses(&["update", "times", "--severity", "low"])
        .warns("severity is low already");
    desk.refuses(&["update", "times", "--severity", "low", "-m", "Still low."])
        .warns("kept in");
    desk.refuses(&["update", "times", "--remove-tag", "nothing"])
        .warns("tags holds no such item");
    desk.refuses(&["reopen", "times"])
        .warns("is already investigating");
    desk.refuses(&["update", "times", "-m", "No fact."])
        .warns("names no fact");
    desk.annals(&["resolve", "times"]).exits(0);
    desk.refuses(&["resolve", ID, "-m", "Over."])
        .warns("is already resolved");
}

#[test]
fn words_of_a_refused_verb_are_kept_until_they_are_recorded() {
    let desk = declared();
    let resolve = [
        "resolve",
        "times",
        "-m",
        "It was the broker's disk.",
        "--at",
    ];
    let said = desk.refuses(&[&resolve[..], &["2026-11-22T06:55:00Z"][..]].concat());
    let kept = draft(&said);
    // The remedy recorded the words, so that they need not be kept; refused again, they are.
    let said = desk
        .annals(&[&resolve[..], &["2026-11-22T06:55:00Z"][..]].concat())
        .exits(2);
    assert_eq!(draft(&said), kept);
    assert_eq!(
        std::fs::read_to_string(&kept).expect("a draft"),
        "It was the broker's disk."
    );
    desk.annals(&["resolve", "times", "-m", "Something else."])
        .exits(0);
    assert!(std::path::Path::new(&kept).exists());
    desk.annals(&["comment", ID, "It was the broker's disk."])
        .exits(0);
    assert!(!std::path::Path::new(&kept).exists());
}

#[test]
fn what_cannot_be_put_right_is_refused() {
    let mut desk = declared();
    let comment = desk.annals(&["comment", "times", "One."]).exits(0).id();
    let facts = desk
        .annals(&["update", "times", "--severity", "high"])
        .exits(0)
        .id();
    let why = ["--reason", "so"];
    let with = |words: &[&str]| {
        [words, &why[..]]
            .concat()
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    let refuses = |desk: &Desk, words: Vec<String>| {
        desk.refuses(&words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    desk.wait(minutes(1));
    refuses(&desk, with(&["redact", "times", &facts])).warns("holds no words");
    desk.annals(&["correct", "times", &comment, "Two.", "--reason", "so"])
        .exits(0);
    desk.wait(minutes(1));
    let early = with(&[
        "correct",
        "times",
        &comment,
        "Three.",
        "--at",
        "2026-11-22T07:10:30Z",
    ]);
    refuses(&desk, early)
        .warns("would not count")
        .warns("kept in");
    let retracted = desk
        .annals(&["retract", "times", &comment, "--reason", "so"])
        .exits(0)
        .id();
    desk.wait(minutes(1));
    refuses(&desk, with(&["retract", "times", &comment]))
        .warns(&format!("already, by {retracted}"));
    refuses(&desk, with(&["correct", "times", &comment, "Four."])).warns("was taken back by");
    desk.annals(&["redact", "times", &comment, "--reason", "so"])
        .exits(0);
    refuses(&desk, with(&["redact", "times", &comment])).warns("hidden already");
}

#[test]
fn what_is_attached_already_is_refused() {
    let desk = declared();
    desk.write("../lag.txt", "lag");
    desk.annals(&["attach", "times", "../lag.txt"]).exits(0);
    desk.refuses(&["attach", "times", "../lag.txt"])
        .warns("`lag.txt` is attached already");
}

#[test]
fn a_role_for_nobody_is_refused() {
    let desk = declared();
    desk.refuses(&["declare", "Two", "--severity", "low", "--role", "scribe="])
        .warns("the role `scribe` is given to nobody");
}

#[test]
fn an_editor_that_fails_keeps_the_words() {
    let desk = declared();
    let editor = "#!/bin/sh\nprintf 'Half a sentence' > \"$1\"\nexit 3\n";
    desk.write("../editor", editor);
    let script = format!(
        "chmod +x ../editor; script -qec 'env GIT_EDITOR=../editor {} comment times --now {}' /dev/null",
        env!("CARGO_BIN_EXE_annals"),
        desk.now()
    );
    let ran = desk
        .command("bash")
        .args(["-c", &script])
        .output()
        .expect("bash runs");
    let told = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(told.contains("the editor exited with status 3"), "{told}");
    let folder = desk.folder.join(".git/annals/drafts");
    let kept = std::fs::read_to_string(folder.join(format!("{ID}.md"))).expect("a draft");
    assert_eq!(kept, "Half a sentence");
}

#[test]
fn words_that_are_no_text_stay_in_the_file_that_the_editor_wrote() {
    let desk = declared();
    desk.write("../editor", "#!/bin/sh\nprintf 'Half \\377' > \"$1\"\n");
    let script = format!(
        "chmod +x ../editor; script -qec 'env GIT_EDITOR=../editor {} comment times --now {}' /dev/null",
        env!("CARGO_BIN_EXE_annals"),
        desk.now()
    );
    let mut bash = desk.command("bash");
    let ran = bash.args(["-c", &script]).output().expect("bash runs");
    let told = String::from_utf8_lossy(&ran.stdout).into_owned();
    let file = told.split('`').nth(1).expect("a file");
    assert_eq!(std::fs::read(file).expect("the words"), b"Half \xff");
}

#[test]
fn a_file_is_attached_under_a_name_that_every_system_can_hold() {
    let desk = declared();
    for (name, why) in [
        ("a:b.txt", "which Windows does not allow"),
        ("aux.txt", "device on Windows"),
        ("it's ?.txt", "which Windows does not allow"),
    ] {
        let file = format!("../{name}");
        desk.write(&file, name);
        desk.refuses(&["attach", "times", &file]).warns(why);
    }
    desk.annals(&["attach", "times", "../aux.txt", "--name", "log.txt"])
        .exits(0);
    desk.write("../other/log.txt", "another");
    desk.refuses(&["attach", "times", "../other/log.txt"])
        .warns("--name log-2.txt`");
    desk.write("../other/LOG.txt", "another");
    desk.refuses(&["attach", "times", "../other/LOG.txt"])
        .warns("--name LOG-2.txt`");
    desk.write(
        "../entry.yaml",
        "at: 2026-11-22T07:00:00Z\nby: Ana\ncomment: One\n",
    );
    desk.refuses(&["attach", "times", "../entry.yaml"])
        .warns("--name entry.yaml.txt`");
    desk.annals(&["check"]).exits(0);
}

#[test]
fn a_recorded_name_that_some_system_cannot_hold_is_told() {
    let desk = declared();
    let folder = format!("incidents/2026/11/{ID}");
    desk.write(&format!("{folder}/aux.txt"), "log");
    let entry = "at: 2026-11-22T07:09:00Z\nby: Ana\nattach: {file: aux.txt}\n";
    desk.write(&format!("{folder}/one.yaml"), entry)
        .commit("attached");
    desk.annals(&["check"])
        .exits(0)
        .warns("warning[unportable-name]: the name `aux.txt` is the name of a device");
}

#[test]
fn imported_names_that_some_system_cannot_hold_are_changed_and_listed() {
    let desk = declared();
    let folder = format!("incidents/2026/11/{ID}");
    for name in ["aux.txt", "a:b.txt", "a_b.txt"] {
        desk.write(&format!("{folder}/{name}"), name);
        let entry = format!("at: 2026-11-22T07:09:00Z\nby: Ana\nattach: {{file: '{name}'}}\n");
        let id = name.replace([':', '_'], "-").replace(".txt", "-entry");
        desk.write(
            &format!(
                "{folder}/{id}x{}.yaml",
                name.len() + usize::from(name.contains('_'))
            ),
            entry,
        );
    }
    desk.commit("attached");
    let export = desk.annals(&["export", "--format", "json"]).exits(0).out;
    let mut other = Desk::ready();
    other.wait(minutes(10));
    other.write("../export.json", &export);
    let said = other
        .annals(&["import", "annals", "../export.json", "--format", "json"])
        .exits(0)
        .json();
    let told = said["imports"][0]["exceptions"]
        .as_array()
        .expect("exceptions")
        .iter();
    let told: Vec<&str> = told
        .filter(|one| one["what"] == "renamed")
        .map(|one| one["original"].as_str().unwrap())
        .collect();
    assert_eq!(told, ["a:b.txt", "aux.txt"]);
    let files = other.files();
    let has = |name: &str| files.contains(&format!("{folder}/{name}"));
    assert!(
        has("_aux.txt") && has("a_b.txt") && has("a_b-2.txt"),
        "{files:?}"
    );
    other.annals(&["check"]).exits(0);
    let shown = other.annals(&["show", ID, "--format", "json"]).json();
    assert_eq!(
        shown["incidents"][0]["entries"]
            .as_array()
            .expect("entries")
            .len(),
        3
    );
    let again = other
        .annals(&["import", "annals", "../export.json", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(again["imports"][0]["files"], 0);
}
