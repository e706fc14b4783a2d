//! Who signs, and how: what the user's `git` says, wherever it is set.

use crate::desk::{Desk, minutes};

/// A desk with an incident and a key, and what a configuration says that signs with it.
fn desk() -> (Desk, Vec<(&'static str, String)>) {
    let desk = Desk::ready();
    desk.annals(&["declare", "Orders", "--severity", "high"])
        .exits(0);
    let key = desk.folder.with_file_name("key").display().to_string();
    let made = desk
        .command("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f", &key])
        .status();
    assert!(made.expect("ssh-keygen runs").success());
    let says = vec![
        ("gpg.format", "ssh".to_owned()),
        ("user.signingkey", format!("{key}.pub")),
        ("commit.gpgsign", "true".to_owned()),
    ];
    (desk, says)
}

#[track_caller]
fn appends_signed(desk: &mut Desk) {
    desk.wait(minutes(1))
        .annals(&["comment", "orders", "Seen."])
        .exits(0);
    let commit = desk.git(&["cat-file", "commit", "HEAD"]);
    assert!(commit.contains("\ngpgsig "), "{commit}");
    assert!(commit.contains("annals: comment"), "{commit}");
}

/// The same as the text of a configuration.
fn text(says: &[(&str, String)]) -> String {
    let lines = says.iter().map(|(key, value)| {
        let (section, name) = key.split_once('.').expect("a key");
        format!("[{section}]\n\t{name} = {value}\n")
    });
    lines.collect()
}

#[test]
fn a_global_configuration_that_the_environment_names() {
    let (mut desk, says) = desk();
    let place = desk.folder.with_file_name("global");
    std::fs::write(&place, text(&says)).expect("a file");
    desk.variable("GIT_CONFIG_GLOBAL", &place.display().to_string());
    appends_signed(&mut desk);
}

#[test]
fn settings_in_the_environment() {
    let (mut desk, says) = desk();
    desk.variable("GIT_CONFIG_COUNT", "5");
    for (index, (key, value)) in (2..).zip(&says) {
        desk.variable(&format!("GIT_CONFIG_KEY_{index}"), key);
        desk.variable(&format!("GIT_CONFIG_VALUE_{index}"), value);
    }
    appends_signed(&mut desk);
}

#[test]
fn an_include_that_asks_for_a_remote() {
    let (mut desk, says) = desk();
    let place = desk.folder.with_file_name("work");
    std::fs::write(&place, text(&says)).expect("a file");
    desk.git(&["remote", "add", "origin", "git@work.example:team/x.git"]);
    let global = desk.folder.with_file_name("global");
    let include = "[includeIf \"hasconfig:remote.*.url:git@work.example:*/**\"]\n\tpath = work\n";
    std::fs::write(&global, include).expect("a file");
    desk.variable("GIT_CONFIG_GLOBAL", &global.display().to_string());
    appends_signed(&mut desk);
}

#[test]
fn a_signature_that_cannot_be_made_stops_the_append() {
    let (mut desk, says) = desk();
    for (key, value) in &says {
        desk.git(&["config", key, value]);
    }
    appends_signed(&mut desk);
    desk.git(&["config", "user.signingkey", "/no/such/key.pub"]);
    let before = (desk.files(), desk.git(&["rev-parse", "HEAD"]));
    desk.annals(&["comment", "orders", "Unsigned?"]).exits(4);
    assert_eq!((desk.files(), desk.git(&["rev-parse", "HEAD"])), before);
    desk.git(&["config", "commit.gpgsign", "ture"]);
    desk.annals(&["comment", "orders", "Unsigned?"])
        .exits(4)
        .warns("neither true nor false")
        .warns("git config --show-origin commit.gpgsign");
    desk.git(&["config", "commit.gpgsign", "no"]);
    desk.annals(&["comment", "orders", "Unsigned."]).exits(0);
}

/// Each process more would cost a comment a third of its time.
#[test]
fn git_is_asked_once_for_all_of_it() {
    use std::os::unix::fs::PermissionsExt;
    let (mut desk, _) = desk();
    let folder = desk.folder.with_file_name("bin");
    std::fs::create_dir(&folder).expect("a folder");
    let log = folder.join("log").display().to_string();
    let found = desk.command("sh").args(["-c", "command -v git"]).output();
    let git = String::from_utf8(found.expect("sh runs").stdout).expect("a path");
    let wrapper = format!(
        "#!/bin/sh\necho \"$@\" >> {log}\nexec {} \"$@\"\n",
        git.trim()
    );
    std::fs::write(folder.join("git"), wrapper).expect("a program");
    std::fs::set_permissions(folder.join("git"), std::fs::Permissions::from_mode(0o755))
        .expect("a program");
    desk.variable("PATH", &format!("{}:{}", folder.display(), env!("PATH")));
    desk.annals(&["list"]).exits(0);
    desk.annals(&["show", "orders"]).exits(0);
    assert!(!folder.join("log").exists(), "who only reads runs nothing");
    desk.wait(minutes(1));
    desk.annals(&["comment", "orders", "Seen."]).exits(0);
    assert_eq!(std::fs::read_to_string(&log).expect("a log"), "var -l\n");
}

#[test]
fn who_commits_is_whom_git_names_and_nobody_is_guessed() {
    let (mut desk, _) = desk();
    let author = |desk: &Desk| desk.git(&["log", "-1", "--format=%cn <%ce>"]);
    desk.git(&["config", "committer.name", "The Robot"]);
    desk.wait(minutes(1));
    desk.annals(&["comment", "orders", "One."]).exits(0);
    assert_eq!(author(&desk), "The Robot <ana@example.com>");
    desk.variable("GIT_COMMITTER_NAME", "The Night Shift");
    desk.wait(minutes(1));
    desk.annals(&["comment", "orders", "Two."]).exits(0);
    assert_eq!(author(&desk), "The Night Shift <ana@example.com>");
    // Without settings, by the environment alone; and without that, by nobody.
    desk.git(&["config", "--unset", "committer.name"]);
    desk.variable("GIT_CONFIG_GLOBAL", "/dev/null")
        .variable("GIT_CONFIG_COUNT", "1")
        .variable("GIT_CONFIG_KEY_0", "user.useConfigOnly")
        .variable("GIT_CONFIG_VALUE_0", "true")
        .variable("GIT_COMMITTER_EMAIL", "night@example.com");
    desk.wait(minutes(1));
    desk.annals(&["comment", "orders", "Three."]).exits(0);
    assert_eq!(author(&desk), "The Night Shift <night@example.com>");
    desk.variable("GIT_COMMITTER_EMAIL", "");
    desk.annals(&["comment", "orders", "Four."])
        .exits(4)
        .warns("Git does not know who you are");
}
