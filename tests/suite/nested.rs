//! Submodules and other repositories inside the working folder: no part of the record.

use crate::desk::Desk;

const OUT: &str =
    "title: Version one\nseverity: high\ndeclared_at: 2026-11-22T06:00:00Z\ndeclared_by: Ana\n";
const TOLD: &str = "a Git repository of its own";

/// Another repository that looks like a record, with two versions.
fn another(desk: &Desk) -> String {
    let place = desk.folder.with_file_name("ext").display().to_string();
    desk.git(&["init", "--quiet", "-b", "main", &place]);
    for title in ["Version one", "Nothing happened"] {
        desk.write("../ext/out.yaml", OUT.replace("Version one", title))
            .write("../ext/incident.html", title);
        desk.git(&["-C", &place, "add", "--all"]);
        desk.git(&["-C", &place, "commit", "--quiet", "-m", title]);
    }
    place
}

fn add(desk: &Desk, folder: &str) {
    let place = another(desk);
    desk.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        "--force",
        &place,
        folder,
    ]);
    desk.git(&["-C", folder, "checkout", "--quiet", "HEAD~1"]);
    desk.commit("a submodule");
}

#[test]
fn a_submodule_below_incidents_is_told_and_read_by_nobody() {
    let desk = Desk::ready();
    desk.annals(&["declare", "Orders", "--severity", "high"])
        .exits(0);
    add(&desk, "incidents/ext");
    let looks = || {
        for version in [&[][..], &["--commit", "HEAD"]] {
            let said = desk
                .annals(&[&["list", "--all"], version].concat())
                .exits(1);
            assert!(
                !said.out.contains("Version one") && !said.out.contains("Nothing"),
                "{said:?}"
            );
            let told = said.err.matches(TOLD).count();
            assert_eq!(told, 1, "{said:?}");
            assert!(said.err.contains("incidents/ext"), "{said:?}");
        }
        desk.annals(&["check", "--base", "HEAD~1"])
            .exits(1)
            .warns(TOLD);
        desk.annals(&["show", "out"]).exits(2);
        let said = desk.annals(&["build", "--out", "../site"]);
        let page = std::fs::read_to_string(desk.folder.with_file_name("site/index.html"));
        assert!(!page.expect("a page").contains("Version one"), "{said:?}");
    };
    looks();
    desk.git(&["-C", "incidents/ext", "checkout", "--quiet", "main"]);
    desk.commit("another version of it");
    looks();
    // A clone has an empty folder there until it initialises the submodule.
    let clone = Desk::clone_of(&desk);
    assert!(clone.folder.join("incidents/ext").is_dir());
    clone.annals(&["list", "--all"]).exits(1).warns(TOLD);
}

#[test]
fn a_repository_that_nobody_added_is_no_part_of_it_either() {
    let desk = Desk::ready();
    let id = desk
        .annals(&["declare", "Orders", "--severity", "high"])
        .exits(0)
        .id();
    let folder = format!("incidents/2026/11/{id}");
    desk.git(&["init", "--quiet", &folder]);
    desk.write(
        &format!("{folder}/note.yaml"),
        "kind: comment\nat: 2026-11-22T06:00:00Z\nby: Ana\nbody: Not ours.\n",
    );
    let said = desk.annals(&["show", "orders"]);
    assert!(!said.out.contains("Not ours."), "{said:?}");
    // It would keep what is written there.
    let files = desk.files();
    desk.annals(&["comment", "orders", "Seen."])
        .exits(4)
        .warns("leads into a Git repository of its own");
    assert_eq!(desk.files(), files);
    assert_eq!(desk.git(&["diff", "--cached", "--name-only"]), "");
}

#[test]
fn automations_templates_and_tests_are_files_of_this_repository() {
    for folder in ["automations", "templates", "tests"] {
        let desk = Desk::ready();
        desk.annals(&["declare", "Orders", "--severity", "high"])
            .exits(0);
        desk.git(&["rm", "-r", "--quiet", "--ignore-unmatch", folder]);
        desk.commit("nothing there");
        add(&desk, folder);
        desk.annals(&["check"]).exits(1).warns(TOLD).warns(folder);
        let template = desk.annals(&["report", "orders"]);
        assert!(!template.out.contains("Version one"), "{template:?}");
        desk.git(&["submodule", "--quiet", "deinit", "--force", folder]);
        desk.annals(&["check"]).exits(1).warns(TOLD);
    }
}

#[test]
fn an_append_replaces_no_submodule() {
    let desk = Desk::ready();
    add(&desk, "incidents/2026");
    let bare = Desk::bare(&desk);
    let before = bare.git(&["rev-parse", "main"]);
    for desk in [&desk, &bare] {
        desk.annals(&["declare", "Orders", "--severity", "high"])
            .exits(4)
            .warns("leads into a Git repository of its own");
    }
    assert_eq!(bare.git(&["rev-parse", "main"]), before);
}

#[test]
fn a_record_may_itself_be_a_submodule() {
    let record = Desk::ready();
    record
        .annals(&["declare", "Orders", "--severity", "high"])
        .exits(0);
    let host = Desk::ready();
    let place = record.folder.display().to_string();
    host.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        &place,
        "incidents/inner",
    ]);
    host.annals_in("incidents/inner", &["list"])
        .exits(0)
        .says("Orders");
    host.annals_in("incidents/inner", &["comment", "orders", "Seen."])
        .exits(0);
    assert_eq!(
        host.git(&["-C", "incidents/inner", "status", "--porcelain"]),
        ""
    );
}
