//! What a change may not do to the record by way of another file: copies under the same id,
//! attachments that would be other bytes, attributes, and what a change grants itself.

use crate::desk::{Desk, minutes};
use crate::tampering::{COMMENT, FOLDER, IMPORTED, ORDERS, append, edit, recorded, rename};

const SECRET: &str = "The customer is Acme.";

/// A record with an internal comment, and attachments of three kinds of entries: a file of
/// its own, one inside an incident's file, one that takes another's place.
fn kept() -> Desk {
    let mut desk = recorded();
    edit(&desk, ORDERS, "visibility: internal\n", "");
    let file = |name: &str| format!("{FOLDER}/{name}");
    desk.write(
        &file("2026-11-22t063500.000z-comment-s.yaml"),
        format!("at: 2026-11-22T06:35:00Z\nby: Bo Li\nvisibility: internal\ncomment: {SECRET}\n"),
    );
    desk.write(
        &file("2026-11-22t063600.000z-correct-t.yaml"),
        "at: 2026-11-22T06:36:00Z\nby: Bo Li\ncorrect:\n  entry: 2026-11-22t063000.000z-attach-c\n  reason: The other axis\n  to:\n    at: 2026-11-22T06:30:00Z\n    by: Bo Li\n    attach: {file: axis.log}\n",
    );
    desk.write(&file("axis.log"), "the other axis");
    edit(
        &desk,
        IMPORTED,
        "comment: We found it.\n",
        "comment: We found it.\n  - id: shot\n    at: 2026-11-20T06:25:00Z\n    by: Statuspage\n    attach: {file: shot.log}\n",
    );
    desk.write("incidents/2026/11/2026-11-20-imported/shot.log", "a screen");
    desk.git(&["checkout", "--quiet", "-B", "main"]);
    desk.commit("kept");
    desk.annals(&["check"]).exits(0);
    desk.wait(minutes(10));
    desk
}

fn branch(desk: &Desk) {
    desk.git(&["checkout", "--quiet", "--force", "-B", "change", "main"]);
    desk.git(&["clean", "-fdxq"]);
}

/// Commits attributes and nothing that they would make of other files.
fn attribute(desk: &Desk, text: &str) {
    desk.write(".gitattributes", text);
    desk.git(&["add", ".gitattributes"]);
    desk.git(&["commit", "--quiet", "-m", "attributes"]);
}

/// Every page of a public build, joined.
fn pages(desk: &Desk) -> String {
    desk.annals(&["build", "--out", "../site"]);
    let site = desk.folder.parent().unwrap().join("site");
    let files = walkdir::WalkDir::new(&site).sort_by_file_name();
    let files = files.into_iter().filter_map(Result::ok);
    let texts = files.filter_map(|file| std::fs::read(file.path()).ok());
    texts
        .map(|text| String::from_utf8_lossy(&text).into_owned())
        .collect()
}

/// What the public site shows as an attachment.
fn shown(desk: &Desk, incident: &str, name: &str) -> Option<String> {
    desk.annals(&["build", "--out", "../site"]);
    let file = format!("site/incidents/{incident}/{name}");
    std::fs::read_to_string(desk.folder.parent().unwrap().join(file)).ok()
}

#[test]
fn a_copy_under_the_same_id_is_refused_and_publishes_nothing() {
    let desk = kept();
    assert!(!pages(&desk).contains(SECRET));
    let entry = format!("{FOLDER}/2026-11-22t063500.000z-comment-s.yaml");
    let name = "2026-11-22-late-orders/2026-11-22t063500.000z-comment-s";
    type Alter = fn(&str) -> String;
    let copies: [(&str, &str, Alter); 4] = [
        ("0", "yaml", |text| {
            text.replace("visibility: internal\n", "")
        }),
        ("0", "yml", |text| {
            text.replace("visibility: internal\n", "")
        }),
        ("0", "yaml", |text| text.replace("Bo Li", "Mallory")),
        ("zz", "yaml", |text| format!("{text}pinned: true\n")),
    ];
    for (folder, ending, alter) in copies {
        for moved in [false, true] {
            branch(&desk);
            let text = desk.read(&entry);
            if moved {
                rename(&desk, &entry, &format!("incidents/z/{name}.yaml"));
                desk.commit("first a move");
            }
            let copy = format!("incidents/{folder}/{name}.{ending}");
            desk.write(&copy, alter(&text)).commit("tidy");
            for how in [
                &["check", "--base", "main"][..],
                &["check", "--base", "main", "--commit", "HEAD"],
            ] {
                desk.annals(how).exits(1).warns("duplicate-id");
            }
            let public = pages(&desk);
            assert!(!public.contains(SECRET), "{copy} {moved}");
            assert!(!public.contains("Mallory"), "{copy} {moved}");
        }
    }
}

#[test]
fn what_means_the_same_in_everything_is_one_entry_recorded_when_it_was_first() {
    let mut desk = kept();
    let before = desk
        .annals(&["show", "late-orders", "--format", "json"])
        .exits(0)
        .out;
    branch(&desk);
    let copy = COMMENT.replace("incidents/2026/11", "incidents/0");
    desk.write(&copy, format!("{}# the same\n", desk.read(COMMENT)));
    desk.wait(minutes(5));
    desk.commit("a copy");
    desk.wait(minutes(-5));
    let after = desk
        .annals(&["show", "late-orders", "--format", "json"])
        .exits(0)
        .out;
    assert_eq!(
        before.matches("grows").count(),
        after.matches("grows").count()
    );
    let entry = |out: &str| {
        let json: serde_json::Value = serde_json::from_str(out).unwrap();
        json["incidents"][0]["entries"][0].clone()
    };
    assert_eq!(
        entry(&before),
        entry(&after),
        "its file and its clocks, too"
    );
}

#[test]
fn neither_a_copy_nor_a_way_round_makes_something_recorded_later() {
    let mut desk = kept();
    let said = |desk: &Desk| {
        let all = desk.annals(&["export", "--format", "json"]).out;
        let json: serde_json::Value = serde_json::from_str(&all).unwrap();
        let incidents = json["incidents"].as_array().unwrap().clone();
        let of = |incident: &serde_json::Value| {
            let entries = incident["entries"].as_array().unwrap().clone();
            let entries: Vec<_> = entries
                .iter()
                .map(|one| (one["id"].clone(), one["recorded"].clone()))
                .collect();
            (
                incident["id"].clone(),
                incident["recorded"].clone(),
                entries,
            )
        };
        incidents.iter().map(of).collect::<Vec<_>>()
    };
    let before = said(&desk);
    for path in ["incidents/2026", "incidents/elsewhere"] {
        let to = if path == "incidents/2026" {
            "incidents/elsewhere"
        } else {
            "incidents/2026"
        };
        desk.wait(minutes(3));
        rename(&desk, path, "../aside");
        desk.commit("take it out");
        rename(&desk, "../aside", to);
        desk.commit("and put it in elsewhere");
        assert_eq!(said(&desk), before);
    }
}

#[test]
fn moved_and_appended_to_at_once_would_count_as_recorded_anew() {
    let desk = kept();
    branch(&desk);
    rename(&desk, ORDERS, "incidents/a/2026-11-22-late-orders.yaml");
    desk.commit("a move alone");
    desk.annals(&["check", "--base", "main"]).exits(0);
    append(
        &desk,
        "incidents/a/2026-11-22-late-orders.yaml",
        "entries:\n  - {at: 2026-11-22T06:50:00Z, by: Bo Li, comment: Hm.}\n",
    );
    desk.commit("and more");
    desk.annals(&["check", "--base", "main"])
        .exits(1)
        .warns("error[recorded-moved]: the incident `2026-11-22-late-orders` was moved and appended to in one change");
}

#[test]
fn an_attachment_is_found_wherever_its_entry_and_its_incident_move() {
    let desk = kept();
    let real = shown(&desk, "2026-11-20-imported", "shot.log");
    assert_eq!(real.as_deref(), Some("a screen"));
    assert_eq!(
        shown(&desk, "2026-11-22-late-orders", "axis.log").as_deref(),
        Some("the other axis")
    );
    branch(&desk);
    for path in [ORDERS, IMPORTED] {
        rename(&desk, path, &path.replace("/2026/11/", "/a/"));
    }
    let entry = format!("{FOLDER}/2026-11-22t063600.000z-correct-t.yaml");
    rename(&desk, &entry, &entry.replace("/2026/11/", "/b/"));
    desk.commit("tidy");
    desk.annals(&["check", "--base", "main"])
        .exits(0)
        .warns("files-moved");
    assert_eq!(shown(&desk, "2026-11-20-imported", "shot.log"), real);
    assert_eq!(
        shown(&desk, "2026-11-22-late-orders", "axis.log").as_deref(),
        Some("the other axis")
    );
}

#[test]
fn no_other_file_takes_the_place_of_an_attachment() {
    let desk = kept();
    // A file beside the moved file of an incident whose entries lie elsewhere means nothing.
    branch(&desk);
    rename(&desk, ORDERS, "incidents/a/2026-11-22-late-orders.yaml");
    desk.write("incidents/a/2026-11-22-late-orders/axis.log", "forged");
    desk.commit("tidy");
    desk.annals(&["check", "--base", "main"]).exits(0);
    assert_eq!(
        shown(&desk, "2026-11-22-late-orders", "axis.log").as_deref(),
        Some("the other axis")
    );
    // For an entry inside that file it would be what is looked for first.
    type Change = fn(&Desk);
    let changes: [(&str, Change); 5] = [
        ("would be another file", |desk| {
            rename(desk, IMPORTED, "incidents/a/2026-11-20-imported.yaml");
            desk.write("incidents/a/2026-11-20-imported/shot.log", "forged");
        }),
        ("would no longer be found", |desk| {
            rename(desk, IMPORTED, "incidents/a/2026-11-20-imported.yaml");
            desk.write("incidents/b/2026-11-20-imported/shot.log", "forged");
        }),
        ("the attachment `axis.log` was replaced", |desk| {
            desk.write(&format!("{FOLDER}/axis.log"), "forged");
        }),
        ("the attachment `shot.log` was replaced", |desk| {
            desk.write("incidents/2026/11/2026-11-20-imported/shot.log", "forged");
        }),
        ("would be another file", |desk| {
            let entry = format!("{FOLDER}/2026-11-22t063600.000z-correct-t.yaml");
            rename(desk, &entry, &entry.replace("/2026/11/", "/b/"));
            desk.write("incidents/b/2026-11-22-late-orders/axis.log", "forged");
        }),
    ];
    for (told, change) in changes {
        branch(&desk);
        change(&desk);
        desk.commit("tidy");
        for how in [
            &["check", "--base", "main"][..],
            &["check", "--base", "main", "--commit", "HEAD"],
        ] {
            desk.annals(how).exits(1).warns(told);
        }
    }
}

#[test]
fn an_entry_that_comes_later_does_not_choose_what_an_earlier_one_shows() {
    let desk = kept();
    branch(&desk);
    desk.write("incidents/0/2026-11-22-late-orders/lag.png", "forged");
    desk.write(
        "incidents/0/2026-11-22-late-orders/2026-11-22t060500.000z-attach-f.yaml",
        "at: 2026-11-22T06:05:00Z\nby: Mallory\nattach: {file: lag.png}\n",
    );
    desk.commit("an attachment of the same name");
    desk.annals(&["check", "--base", "main"])
        .exits(1)
        .warns("which was attached first");
    desk.annals(&["build", "--out", "../site"]);
    let site = desk
        .folder
        .parent()
        .unwrap()
        .join("site/incidents/2026-11-22-late-orders/lag.png");
    assert_eq!(
        std::fs::read(site).unwrap(),
        [0x89, b'P', b'N', b'G', 1, 2, 3]
    );
}

#[test]
fn a_name_that_was_attached_elsewhere_is_not_attached_again() {
    let desk = kept();
    rename(&desk, ORDERS, &ORDERS.replace("/2026/11/", "/a/"));
    desk.commit("a move");
    desk.write("../axis.log", "another axis");
    desk.annals(&["attach", "late-orders", "../axis.log"])
        .exits(2)
        .warns("`axis.log` was attached before, and means incidents/2026/11/2026-11-22-late-orders/axis.log");
    desk.write("../other.png", "another axis");
    desk.annals(&["attach", "late-orders", "../other.png"])
        .exits(0);
}

#[test]
fn attributes_hide_no_alteration() {
    let desk = kept();
    // In the working folder stands what was recorded; Git holds something else.
    let words = "at: 2026-11-22T06:10:00.000Z\nby: Bo Li\ncomment: Zo\u{eb}.\n";
    desk.git(&["checkout", "--quiet", "main"]);
    desk.write(&COMMENT.replace("comment-a", "comment-z"), words)
        .commit("a name");
    branch(&desk);
    let path = COMMENT.replace("comment-a", "comment-z");
    let mangled: String = words.bytes().map(char::from).collect();
    desk.write(&path, mangled).commit("hold something else");
    attribute(&desk, "*-z.yaml working-tree-encoding=ISO-8859-1\n");
    std::fs::remove_file(desk.folder.join(&path)).unwrap();
    desk.git(&["checkout", "--", &path]);
    assert_eq!(desk.read(&path), words, "as if nothing had happened");
    assert_eq!(desk.git(&["status", "--porcelain"]), "");
    desk.annals(&["check", "--base", "main"])
        .exits(1)
        .warns("error[recorded-edited]: `comment` of the entry");
}

#[test]
fn attributes_make_no_alteration() {
    let desk = kept();
    desk.git(&["checkout", "--quiet", "main"]);
    let path = COMMENT.replace("comment-a", "comment-i");
    desk.write(
        &path,
        "at: 2026-11-22T06:10:00.000Z\nby: Bo Li\ncomment: See $Id$.\n",
    )
    .commit("a keyword");
    for how in ["ident", "working-tree-encoding=UTF-16"] {
        branch(&desk);
        attribute(&desk, &format!("*-i.yaml {how}\n"));
        std::fs::remove_file(desk.folder.join(&path)).unwrap();
        desk.git(&["checkout", "--", &path]);
        desk.annals(&["check", "--base", "main"])
            .exits(1)
            .warns("error[recorded-edited]: an attribute of this change alters what is read here");
    }
    branch(&desk);
    std::fs::remove_file(desk.folder.join(&path)).unwrap();
    desk.git(&["checkout", "--", &path]);
    desk.write(".gitattributes", "* text=auto\nincidents/** text eol=lf\n")
        .commit("attributes");
    desk.annals(&["check", "--base", "main"])
        .exits(0)
        .warns("warning[grants-itself]: `files` .gitattributes is new");
}

#[test]
fn a_submodule_in_the_place_of_a_file_is_a_loss() {
    let desk = kept();
    branch(&desk);
    let head = desk.git(&["rev-parse", "HEAD"]);
    desk.git(&["rm", "--quiet", COMMENT]);
    desk.git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{head},{COMMENT}"),
    ]);
    desk.git(&["commit", "--quiet", "-m", "a submodule"]);
    for how in [
        &["check", "--base", "main"][..],
        &["check", "--base", "main", "--commit", "HEAD"],
    ] {
        desk.annals(how).exits(1).warns("recorded-deleted");
    }
    branch(&desk);
    desk.git(&["update-index", "--chmod=+x", COMMENT]);
    desk.git(&["commit", "--quiet", "-m", "a mode"]);
    desk.annals(&["check", "--base", "main", "--commit", "HEAD"])
        .exits(0);
}

#[test]
fn what_a_change_grants_itself_is_told_first() {
    let desk = kept();
    branch(&desk);
    append(
        &desk,
        "annals.yaml",
        "branch: anybody\nchecks: {recorded-edited: off, duplicate-id: off}\nwaivers: [{code: duplicate-id, path: incidents/, reason: x}]\npublish: {commits: true}\ncommands: [[\"/bin/true\"]]\n",
    );
    edit(
        &desk,
        "annals.yaml",
        "branch: annals-ledger",
        "branch: other-ledger",
    );
    desk.write("templates/page.html", "{% extends \"base.html\" %}");
    desk.write(".github/workflows/annals.yaml", "on: push\n");
    desk.write("docs/CODEOWNERS", "* @mallory\n");
    desk.commit("mine");
    let told = [
        "`branch` is changed",
        "`ledger` is changed",
        "`checks` duplicate-id is new",
        "`checks` recorded-edited is new",
        "`waivers` duplicate-id incidents/ is new",
        "`publish` commits is changed",
        "`commands` /bin/true is new: automations may use it",
        "`files` .github/workflows/annals.yaml is new",
        "`files` docs/CODEOWNERS is new",
        "`files` templates/page.html is new",
    ];
    let check = desk.annals(&["check", "--base", "main"]);
    assert!(
        check.err.starts_with("warning[grants-itself]"),
        "{}",
        check.err
    );
    desk.git(&["checkout", "--quiet", "-B", "anybody", "change"]);
    desk.git(&["remote", "add", "origin", "nowhere"]);
    desk.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    desk.git(&[
        "symbolic-ref",
        "refs/remotes/origin/HEAD",
        "refs/remotes/origin/main",
    ]);
    let plans = [
        desk.annals(&["plan", "--base", "main"]),
        desk.annals(&["plan"]),
    ];
    for said in told {
        assert!(check.err.contains(said), "{said} in {}", check.err);
        for plan in &plans {
            assert!(plan.out.contains(said), "{said} in {}", plan.out);
        }
    }
}

#[test]
fn a_clone_of_git_for_windows_is_not_warned_about() {
    let desk = kept();
    desk.git(&["config", "core.autocrlf", "true"]);
    for path in desk.git(&["ls-files", "*.yaml", "*.md"]).lines() {
        desk.write(path, desk.read(path).replace('\n', "\r\n"));
    }
    let said = desk.annals(&["check"]).exits(0);
    assert!(!said.err.contains("carriage-returns"), "{}", said.err);
    desk.git(&["config", "core.autocrlf", "false"]);
    desk.annals(&["check"]).warns("carriage-returns");
}
