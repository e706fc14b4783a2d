//! An append that fails or is killed is completed by typing the same again, never doubled.

use annals::archive::append::Step;
use annals::incident::entry::EntryForm;
use annals::text::yaml;

use crate::desk::{Desk, minutes};
use crate::kill::killed;

const WHO: &str = "Ana Ruiz <ana@example.com>";

fn desk() -> (Desk, String) {
    let desk = Desk::ready();
    let id = desk
        .annals(&["declare", "Orders", "--severity", "high"])
        .exits(0)
        .id();
    (desk, id)
}

/// How often the record says `words`, in commits.
fn said(desk: &Desk, words: &str) -> usize {
    desk.git(&["add", "--all"]);
    desk.git(&[
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        "the person's own work",
    ]);
    let held = desk.try_git(&["grep", "-F", "-h", words, "HEAD", "--", "incidents"]);
    held.out.lines().count()
}

#[test]
fn what_fails_takes_back_what_it_wrote() {
    for lock in ["refs/heads/main.lock", "index.lock", "HEAD.lock"] {
        let (mut desk, _) = desk();
        desk.write("../lag.txt", "late").write("mine.txt", "staged");
        desk.git(&["add", "mine.txt"]);
        let before = (desk.files(), desk.git(&["status", "--porcelain"]));
        let picture: &[&str] = &["attach", "orders", "../lag.txt"];
        let verbs: [&[&str]; 5] = [
            &["comment", "orders", "All is lost."],
            &["update", "orders", "--status", "identified"],
            &["resolve", "orders"],
            picture,
            &["declare", "Another", "--severity", "low"],
        ];
        desk.write(&format!(".git/{lock}"), "");
        for verb in verbs {
            let said = desk.annals(verb);
            assert!(
                said.code == 4 || lock == "HEAD.lock",
                "{verb:?} {lock}: {said:?}"
            );
            if said.code == 4 {
                let after = (desk.files(), desk.git(&["status", "--porcelain"]));
                assert_eq!(before, after, "{verb:?} {lock}");
            }
        }
        std::fs::remove_file(desk.folder.join(format!(".git/{lock}"))).expect("a lock");
        desk.wait(minutes(1));
        if said(&desk, "All is lost.") == 0 {
            desk.annals(&["comment", "orders", "All is lost."]).exits(0);
        }
        assert_eq!(said(&desk, "All is lost."), 1, "{lock}");
    }
}

/// An entry of Ana's that says `words`, as a file.
fn entry(desk: &Desk, id: &str, words: &str) -> (String, String) {
    let mut form = EntryForm::new(desk.now(), WHO);
    form.comment = Some(words.to_owned());
    let path = format!("incidents/2026/11/{id}/{}.yaml", form.made_id());
    (path, yaml::write(&form).expect("a file"))
}

#[test]
fn what_was_killed_at_any_step_is_completed_by_the_same_words() {
    let (mut desk, id) = desk();
    for step in 0..Step::ALL.len() {
        desk.wait(minutes(1));
        let words = format!("Killed at step {step}.");
        let (path, text) = entry(&desk, &id, &words);
        assert!(killed(&desk, step, &path, &text));
        desk.wait(minutes(3));
        desk.annals(&["comment", "orders", &words]).exits(0);
        assert_eq!(said(&desk, &words), 1, "{:?}", Step::ALL[step]);
    }
    desk.annals(&["check"]).exits(0).says("nothing wrong");
}

#[test]
fn other_words_land_alone_and_tell_what_was_left() {
    let (mut desk, id) = desk();
    let step = Step::ALL
        .iter()
        .position(|step| *step == Step::IndexReplaced)
        .expect("a step");
    let (path, text) = entry(&desk, &id, "Killed.");
    assert!(killed(&desk, step, &path, &text));
    desk.annals(&["check"]).exits(0).warns("in no commit yet");
    desk.wait(minutes(1));
    desk.annals(&["comment", "orders", "Something else."])
        .exits(0)
        .warns(&format!("git rm -f :/{path}"));
    let added = desk.git(&["show", "--name-only", "--format=", "HEAD"]);
    assert_eq!(added.lines().count(), 1);
    assert!(desk.folder.join(&path).exists(), "what was left stays");
    desk.annals(&["comment", "orders", "Killed."])
        .exits(0)
        .warns("completes it");
    assert_eq!(said(&desk, "Killed."), 1);
    let (path, text) = entry(&desk, &id, "Not any more.");
    assert!(killed(&desk, step, &path, &text));
    std::fs::remove_file(desk.folder.join(".git/index.lock")).expect("as Git advises");
    desk.git(&["rm", "-qf", &format!(":/{path}")]);
    let said = desk.annals(&["comment", "orders", "Done."]).exits(0);
    assert_eq!(said.err, "", "what was removed is forgotten");
}

#[test]
fn a_killed_declaration_is_completed_too() {
    let mut desk = Desk::ready();
    let step = Step::ALL
        .iter()
        .position(|step| *step == Step::BranchLocked)
        .expect("a step");
    let path = "incidents/2026/11/2026-11-22-orders.yaml";
    let declare = [
        "declare",
        "Orders",
        "--severity",
        "high",
        "--id",
        "2026-11-22-orders",
    ];
    desk.annals(&[&declare[..], &["--no-commit"]].concat())
        .exits(0);
    let text = desk.read(path);
    std::fs::remove_file(desk.folder.join(path)).expect("a file");
    assert!(killed(&desk, step, path, &text));
    desk.wait(minutes(2));
    let declare = [
        "declare",
        "Orders",
        "--severity",
        "high",
        "--id",
        "2026-11-22-orders",
    ];
    desk.annals(&declare).exits(0).warns("completes it");
    assert_eq!(said(&desk, "title: Orders"), 1);
    assert!(
        desk.read(path).contains("07:00:00.000Z"),
        "said when it was first typed"
    );
}

#[test]
fn what_could_not_be_pushed_is_pushed_by_the_same_words() {
    let (here, _) = desk();
    let there = Desk::bare(&here);
    let mut desk = Desk::clone_of(&there);
    let away = there.folder.with_extension("away");
    std::fs::rename(&there.folder, &away).expect("gone");
    desk.annals(&["comment", "orders", "Unheard.", "--push"])
        .exits(4);
    std::fs::rename(&away, &there.folder).expect("back");
    desk.wait(minutes(2));
    desk.annals(&["comment", "orders", "Unheard.", "--push"])
        .exits(0)
        .warns("completes it");
    let held = there.git(&["grep", "-h", "Unheard", "main"]);
    assert_eq!(held.lines().count(), 1);
    desk.annals(&["comment", "orders", "Unheard.", "--push"])
        .exits(0);
    let held = there.git(&["grep", "-h", "Unheard", "main"]);
    assert_eq!(held.lines().count(), 2, "said twice on purpose");
}

#[test]
fn what_the_remote_took_is_no_failure_whatever_happens_here() {
    let (here, _) = desk();
    let there = Desk::bare(&here);
    let desk = Desk::clone_of(&there);
    desk.write(".git/refs/heads/main.lock", "");
    desk.annals(&["comment", "orders", "Heard.", "--push"])
        .exits(0)
        .warns("did not follow");
    std::fs::remove_file(desk.folder.join(".git/refs/heads/main.lock")).expect("a lock");
    assert_eq!(
        desk.git(&["status", "--porcelain"]),
        "",
        "nothing is left staged"
    );
    assert_eq!(
        there.git(&["grep", "-h", "Heard", "main"]).lines().count(),
        1
    );
}
