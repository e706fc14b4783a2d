//! Where a site may be built, and what a build never touches.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use crate::desk::{Desk, minutes};

const FOREIGN: &str = "holds files that were not built from this repository here";

/// A desk with an incident, and a folder beside the repository that nobody may touch.
fn desk() -> (Desk, tempfile::TempDir) {
    let desk = Desk::ready();
    let declare = ["declare", "Late", "--severity", "high", "--id", "late"];
    desk.annals(&declare).exits(0);
    desk.write("lag.png", b"\x89PNG\r\n\x1a\n")
        .annals(&["attach", "late", "lag.png"])
        .exits(0);
    let precious = tempfile::tempdir().expect("a folder");
    fs::write(precious.path().join("lag.png"), "precious").expect("a file");
    (desk, precious)
}

#[track_caller]
fn is_untouched(precious: &tempfile::TempDir) {
    let held: Vec<_> = fs::read_dir(precious.path()).expect("a folder").collect();
    assert_eq!(held.len(), 1, "{held:?}");
    let text = fs::read_to_string(precious.path().join("lag.png"));
    assert_eq!(text.expect("a file"), "precious");
}

#[test]
fn a_folder_that_was_committed_is_never_taken_for_a_site_that_annals_built() {
    let (desk, precious) = desk();
    // Whatever such a folder holds: there is no file that says it is annals' own.
    fs::create_dir_all(desk.folder.join("public/incidents")).expect("folders");
    symlink(precious.path(), desk.folder.join("public/incidents/late")).expect("a link");
    for note in [".annals-site", "annals/sites/note", "note.json"] {
        let text = "# written by annals build --audience public\nx/lag.png\n../../x\n/etc/passwd\n";
        desk.write(&format!("public/{note}"), text);
    }
    desk.annals(&["build"]).exits(2).warns(FOREIGN);
    is_untouched(&precious);
}

#[test]
fn links_in_a_site_that_annals_built_stop_the_next_build_before_it_writes() {
    let (desk, precious) = desk();
    let public = desk.folder.join("public");
    desk.annals(&["build"]).exits(0);
    let front = fs::read_to_string(public.join("index.html")).expect("a page");
    for (place, is_folder) in [
        ("incidents/late", true),
        ("incidents", true),
        ("incidents/late/lag.png", false),
        ("index.html", false),
    ] {
        let kept = desk.folder.join("kept");
        fs::rename(public.join(place), &kept).expect("moved away");
        let to = if is_folder {
            precious.path().to_owned()
        } else {
            precious.path().join("lag.png")
        };
        symlink(to, public.join(place)).expect("a link");
        desk.annals(&["comment", "late", "more"]).exits(0);
        let said = desk.annals(&["build"]).exits(2);
        said.warns(&format!("public/{place}` is a link"));
        fs::remove_file(public.join(place)).expect("the link");
        fs::rename(&kept, public.join(place)).expect("moved back");
    }
    is_untouched(&precious);
    assert_eq!(
        front,
        fs::read_to_string(public.join("index.html")).expect("a page")
    );
    desk.annals(&["build"]).exits(0);
}

#[test]
fn a_site_is_built_below_no_link_and_over_nothing_of_the_repository() {
    let (desk, precious) = desk();
    symlink(precious.path(), desk.folder.join("docs")).expect("a link");
    for out in ["docs", "docs/site", "./docs/../docs/site"] {
        desk.annals(&["build", "--out", out])
            .exits(2)
            .warns("docs` is a link");
    }
    let here = desk.folder.display().to_string();
    for out in [
        ".",
        "..",
        here.as_str(),
        ".git",
        ".git/site",
        ".GIT/site",
        "incidents",
        "incidents/2026/site",
        "INCIDENTS/site",
        "automations/site",
        "templates",
        "tests/site",
        "public/../incidents/site",
    ] {
        let said = desk.annals(&["build", "--out", out]).exits(2);
        said.warns("is a part of the repository, or holds it");
    }
    is_untouched(&precious);
    assert_eq!(desk.git(&["status", "--porcelain"]), "?? docs\n?? lag.png");
}

#[test]
fn what_somebody_put_or_changed_in_a_site_is_not_lost() {
    let (desk, _) = desk();
    desk.annals(&["build"]).exits(0);
    // A file of their own stays.
    desk.write("public/CNAME", "status.example.com");
    desk.annals(&["retract", "late", "attach", "--reason", "not ours"]);
    desk.annals(&["build"]).exits(0);
    assert_eq!(desk.read("public/CNAME"), "status.example.com");
    // One that annals wrote and somebody changed is neither overwritten nor deleted.
    desk.write("public/incidents/late.md", "by hand");
    let said = desk.annals(&["build"]).exits(2);
    said.warns("public/incidents/late.md` is not as annals wrote it");
    assert_eq!(desk.read("public/incidents/late.md"), "by hand");
    // Nor is a foreign one that stands where a page goes.
    fs::remove_dir_all(desk.folder.join("public")).expect("a folder");
    desk.write("public/index.html", "my own page");
    desk.annals(&["build"])
        .exits(2)
        .warns("is not as annals wrote it");
    assert_eq!(desk.read("public/index.html"), "my own page");
}

#[test]
fn a_build_replaces_names_and_never_writes_into_a_file() {
    let (desk, _) = desk();
    desk.annals(&["build"]).exits(0);
    let page = desk.folder.join("public/index.html");
    let other = desk.folder.join("other-name");
    fs::hard_link(&page, &other).expect("a hard link");
    let before = fs::read(&other).expect("a page");
    desk.annals(&["resolve", "late"]).exits(0);
    desk.annals(&["build"]).exits(0).says("written");
    assert_eq!(before, fs::read(&other).expect("a page"));
    assert_ne!(before, fs::read(&page).expect("a page"));
    assert_eq!(fs::metadata(&other).expect("a file").nlink(), 1);
}

#[test]
fn a_build_removes_what_it_wrote_before_and_keeps_what_has_not_changed() {
    let (desk, _) = desk();
    desk.annals(&["build"])
        .exits(0)
        .says("0 unchanged, 0 removed");
    desk.annals(&["build"]).exits(0).says("(0 written");
    desk.annals(&["redact", "late", &attached(&desk), "--reason", "a face"])
        .exits(0);
    desk.annals(&["build"]).exits(0).says("1 removed");
    assert!(!desk.folder.join("public/incidents/late/lag.png").exists());
    desk.annals(&["build", "--audience", "internal"])
        .exits(2)
        .warns("holds a site for another audience");
}

#[test]
fn what_can_run_script_is_published_as_text_and_shown_on_no_page() {
    let (desk, _) = desk();
    let page = "<script>alert(1)</script>";
    for name in ["evil.html", "evil.svg", "shot.png", "page.xhtml"] {
        desk.write(name, page)
            .annals(&["attach", "late", name])
            .exits(0);
    }
    let text = "![a](evil.svg) ![b](shot.png) <img src=\"evil.svg\"> [c](evil.html) ![d](lag.png)";
    desk.annals(&["comment", "late", text]).exits(0);
    desk.annals(&["build"]).exits(0);
    let files = desk.files();
    let published: Vec<&str> = files
        .iter()
        .filter_map(|path| path.strip_prefix("public/incidents/late/"))
        .collect();
    assert_eq!(
        published,
        [
            "evil.html.txt",
            "evil.svg.txt",
            "lag.png",
            "page.xhtml.txt",
            "shot.png.txt"
        ]
    );
    let shown = desk.read("public/incidents/late.html");
    for part in shown.split("<img ").skip(1) {
        assert!(part.starts_with("src=\"late/lag.png\""), "{part}");
    }
    assert!(shown.contains("href=\"late/evil.svg.txt\""), "{shown}");
    assert!(!shown.contains("evil.svg\""), "{shown}");
}

#[test]
fn a_file_that_git_lfs_keeps_is_told_and_not_taken_for_itself() {
    let (desk, _) = desk();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n";
    desk.write("big.png", pointer)
        .annals(&["attach", "late", "big.png"])
        .exits(0);
    desk.annals(&["check"])
        .exits(0)
        .warns("lfs-pointer")
        .warns("git lfs pull");
    desk.annals(&["build"]).exits(0);
    assert!(!desk.folder.join("public/incidents/late/big.png").exists());
    assert!(
        desk.read("public/incidents/late.html")
            .contains("stored in Git LFS, not here")
    );
}

#[test]
fn only_files_of_the_record_are_shown() {
    let (desk, precious) = desk();
    let title = desk
        .read("annals.yaml")
        .replace("  title:", "  logo: logo.svg\n  title:");
    desk.write("annals.yaml", title);
    let logo = |svg: &str| {
        desk.write("logo.svg", svg);
        desk.annals(&["build"])
    };
    logo("<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0 0\"/></svg>").exits(0);
    assert!(desk.folder.join("public/assets/logo.svg").exists());
    logo("<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>")
        .exits(1)
        .warns("bad-logo");
    assert!(!desk.folder.join("public/assets/logo.svg").exists());
    desk.annals(&["check"])
        .exits(1)
        .warns("more than shapes and text");
    // Neither a link nor what Git ignores is one, be it a logo, a template or an attachment.
    fs::remove_file(desk.folder.join("logo.svg")).expect("a file");
    symlink(
        precious.path().join("lag.png"),
        desk.folder.join("logo.svg"),
    )
    .expect("a link");
    desk.annals(&["build"]).exits(1).warns("a link leads to it");
    desk.write(
        "annals.yaml",
        desk.read("annals.yaml").replace("logo.svg", "secret.png"),
    )
    .write(".gitignore", "/public/\nsecret*\n")
    .write("secret.png", b"\x89PNG\r\n\x1a\n")
    .write("templates/secret.html", "{{ broken")
    .write("tests/secret.yaml", "- broken");
    desk.annals(&["build"]).exits(1).warns("ignored");
    assert!(!desk.folder.join("public/assets/logo.png").exists());
    desk.annals(&["test"]).exits(0);
}

#[test]
fn a_broken_template_costs_its_look_and_not_the_site() {
    let (desk, _) = desk();
    desk.write("templates/index.html", "{{ nobody.knows }}")
        .write("templates/assets/x.css", b"\xff\xfe");
    desk.annals(&["build"])
        .exits(1)
        .warns("bad-template")
        .warns("built-in");
    assert!(desk.read("public/index.html").contains("Late"));
}

#[test]
fn a_feed_is_a_records_own_and_whole_whatever_its_title_is() {
    let feeds = [1, 2].map(|_| {
        let (desk, _) = desk();
        let settings = desk
            .read("annals.yaml")
            .replace("title: Incidents", "title: \"a\\u0001\\uFFFE<b>&\\u202e\"");
        desk.write("annals.yaml", settings);
        desk.annals(&["build"]);
        desk.read("public/feed.atom")
    });
    let ids: Vec<String> = feeds
        .iter()
        .map(|feed| {
            let read =
                roxmltree::Document::parse(feed).unwrap_or_else(|fault| panic!("{fault}: {feed}"));
            let id = read
                .descendants()
                .find(|node| node.has_tag_name(("http://www.w3.org/2005/Atom", "id")));
            id.and_then(|id| id.text()).expect("an id").to_owned()
        })
        .collect();
    assert_ne!(ids[0], ids[1]);
}

/// The id of the entry that attaches a file.
fn attached(desk: &Desk) -> String {
    let shown = desk.annals(&["show", "late", "--format", "json"]).json();
    let entries = shown["incidents"][0]["entries"]
        .as_array()
        .expect("entries");
    let entry = entries.iter().find(|entry| entry["kind"] == "attach");
    entry.expect("an entry")["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

#[test]
fn other_verbs_write_files_as_carefully() {
    let (desk, precious) = desk();
    let victim = precious.path().join("lag.png");
    symlink(&victim, desk.folder.join("export.json")).expect("a link");
    symlink(&victim, desk.folder.join("state.json")).expect("a link");
    symlink(precious.path(), desk.folder.join("man")).expect("a link");
    // The name that an unfinished file bears may be a link as well.
    symlink(&victim, desk.folder.join(".annals-new")).expect("a link");
    desk.annals(&["export", "--out", "export.json"])
        .exits(2)
        .warns("is a link");
    desk.annals(&["export", "--out", "man/export.json"])
        .exits(2)
        .warns("is a link");
    desk.annals(&["man", "--out", "man"])
        .exits(2)
        .warns("is a link");
    desk.annals(&["export", "--out", "whole.json"]).exits(0);
    is_untouched(&precious);
    assert!(desk.read("whole.json").contains("\"late\""));
}

#[test]
fn what_points_to_an_internal_incident_reaches_no_byte_of_a_public_build() {
    let mut desk = Desk::ready();
    let declare = ["declare", "Acme breach", "--severity", "high", "--internal"];
    let secret = desk.annals(&declare).exits(0).id();
    desk.wait(minutes(1));
    let resource = format!("prefect-cloud.incident.{secret}");
    let link = format!("https://status.example.com/incidents/{secret}.html");
    desk.annals(&[
        "declare",
        "Logins fail",
        "--severity",
        "high",
        "--resource",
        &resource,
    ])
    .exits(0);
    desk.wait(minutes(1));
    desk.annals(&["update", "logins", "--link", &format!("Page={link}")])
        .exits(0);
    desk.wait(minutes(1));
    desk.annals(&[
        "update",
        "logins",
        "--resource",
        &format!("{resource},impact=degraded_performance"),
        "-m",
        "It got worse.",
    ])
    .exits(0);
    desk.annals(&["build"]).exits(0);
    let export = desk
        .annals(&["export", "--format", "json", "--audience", "public"])
        .exits(0);
    let mut published = vec![export.out];
    for path in desk.files() {
        if path.starts_with("public/") {
            published.push(path.clone());
            let bytes = std::fs::read(desk.folder.join(&path)).expect("a file");
            published.push(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    assert!(published.iter().any(|text| text.contains("It got worse.")));
    let leaks = published.iter().filter(|text| text.contains("acme-breach"));
    assert_eq!(leaks.count(), 0);
}
