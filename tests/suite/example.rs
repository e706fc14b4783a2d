//! The living example: this repository's own incidents, rules and pages.

use std::path::Path;

use annals::text::form::untyped;
use annals::text::source::Source;
use annals::text::yaml;
use serde_json::Value as Json;

use crate::desk::Desk;

/// The repository that these tests are part of.
const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// The example in a repository of its own: first the rules, then, on a branch, all incidents.
pub(crate) fn example() -> Desk {
    let desk = Desk::new();
    let copy = |what: &str| {
        let copied = desk
            .command("cp")
            .arg("-R")
            .arg(Path::new(HERE).join(what))
            .arg(&desk.folder)
            .status();
        assert!(copied.expect("cp runs").success());
    };
    copy("annals.yaml");
    copy("automations");
    desk.commit("rules");
    desk.git(&["checkout", "--quiet", "-b", "incidents"]);
    copy("incidents");
    desk.commit("incidents");
    desk
}

#[test]
fn the_example_is_checked_and_its_pages_tell_what_happened() {
    let desk = example();
    desk.annals(&["check"])
        .exits(0)
        .says("14 incidents and 102 entries, nothing wrong");
    desk.annals(&["build"]).exits(0);
    let pages = desk.files();
    let page = |part: &str| {
        let path = pages.iter().find(|path| {
            path.starts_with("public/incidents/") && path.contains(part) && path.ends_with(".html")
        });
        desk.read(path.unwrap_or_else(|| panic!("no page of {part}")))
    };
    let facts = [
        ("kinesis-outage", "after 17 h 55 min"),
        ("google-sign-in", "after 2 h 37 min"),
        ("cloudflare-offline", "after 1 h 39 min"),
        ("atlassian-cloud", "after 13 d 16 h"),
        ("github-offline", "after 57 min"),
        ("google-cloud-apis", "after 7 h 27 min"),
        ("drill-orders", "An exercise"),
        ("drill-orders", "What was said first"),
        ("drill-orders", "Impact on runs"),
        ("datocms-database-maintenance", "Maintenance"),
    ];
    for (part, fact) in facts {
        assert!(
            page(part).contains(fact),
            "the page of {part} does not say {fact:?}"
        );
    }
    assert!(
        page("kinesis").contains("aws.amazon.com/message/11201"),
        "the source is linked"
    );
    assert!(desk.read("public/index.html").contains("Nothing is wrong"));
    let everything: String = pages
        .iter()
        .filter(|path| path.starts_with("public/") && !path.ends_with(".png"))
        .map(|path| desk.read(path))
        .collect();
    assert!(
        !everything.contains("Observer:"),
        "the drill's internal entry reached a public page"
    );
}

#[test]
fn the_sample_rules_fire_as_often_as_they_say_and_act_on_nothing_old() {
    let desk = example();
    let plan = desk
        .annals(&["plan", "--base", "main", "--format", "json"])
        .exits(0)
        .json();
    let firings = plan["firings"].as_array().expect("a list");
    let of = |name: &str| {
        firings
            .iter()
            .filter(|firing| firing["automation"] == name)
            .count()
    };
    assert_eq!(of("Tell a hook about critical incidents"), 6);
    assert_eq!(of("Tell a hook about resolved incidents"), 14);
    assert!(
        firings
            .iter()
            .all(|firing| firing["actions"][0]["acts"] == "skip")
    );
}

#[test]
fn the_same_commit_and_moment_give_the_same_bytes() {
    let desk = example();
    desk.annals(&["build", "--out", "one"]).exits(0);
    let elsewhere = Desk::clone_of(&desk);
    elsewhere.git(&["checkout", "--quiet", "incidents"]);
    elsewhere.annals(&["build", "--out", "one"]).exits(0);
    let (one, two) = (desk.folder.join("one"), elsewhere.folder.join("one"));
    let said = desk
        .command("diff")
        .args(["-r"])
        .arg(one)
        .arg(two)
        .output()
        .expect("diff runs");
    assert!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stdout)
    );
    desk.annals(&["build", "--out", "one"])
        .exits(0)
        .says("0 written");
}

#[test]
fn every_file_of_the_example_fits_its_schema() {
    let desk = Desk::new();
    let schema = |of: &str| {
        let said = desk.annals(&["schema", of]).exits(0).json();
        assert_eq!(
            said["$schema"], "http://json-schema.org/draft-07/schema#",
            "{of}"
        );
        jsonschema::validator_for(&said).expect("a schema")
    };
    let (incident, entry, automation, settings) = (
        schema("incident"),
        schema("entry"),
        schema("automation"),
        schema("settings"),
    );
    let mut files = 0;
    for found in walkdir::WalkDir::new(HERE)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| {
            !["target", ".git", "tests", "src"]
                .iter()
                .any(|name| entry.file_name() == *name)
        })
        .filter_map(Result::ok)
    {
        let path = found
            .path()
            .strip_prefix(HERE)
            .expect("inside")
            .display()
            .to_string();
        if !path.ends_with(".yaml") || path.starts_with('.') {
            continue;
        }
        let said = json(found.path());
        let validator = match path.as_str() {
            "annals.yaml" => &settings,
            path if path.starts_with("automations/") || path.starts_with("benches/rules/") => {
                &automation
            }
            _ if said.get("declared_at").is_some() => &incident,
            _ => &entry,
        };
        let faults: Vec<String> = validator
            .iter_errors(&said)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{path}: {faults:?}");
        files += 1;
    }
    assert!(files > 100, "{files} files");
}

#[test]
fn schemas_refuse_what_check_refuses() {
    let desk = Desk::new();
    let entry = jsonschema::validator_for(&desk.annals(&["schema", "entry"]).exits(0).json())
        .expect("a schema");
    let good = serde_json::json!({"at": "2026-11-22T07:00:00Z", "by": "Ana", "comment": "Hm.", "x-mine": 1});
    assert!(entry.is_valid(&good));
    for (key, value) in [
        ("coment", serde_json::json!("typo")),
        ("by", serde_json::json!("")),
        ("tags", serde_json::json!([])),
    ] {
        let mut bad = good.clone();
        bad[key] = value;
        assert!(!entry.is_valid(&bad), "{key}");
    }
}

/// A YAML file as JSON.
fn json(path: &Path) -> Json {
    let text = std::fs::read_to_string(path).expect("a file");
    let source = Source::new(&path.display().to_string(), &text);
    untyped(&yaml::parse(&source).unwrap_or_else(|fault| panic!("{fault:?}")))
}
