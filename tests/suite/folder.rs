//! A record that is a folder of a larger repository.

use annals::text::source::Source;
use annals::text::yaml;

use crate::desk::{Desk, minutes};
use crate::receiver::Receiver;

const HOME: &str = "services/data";

/// A larger repository, not a record of incidents yet.
fn larger() -> Desk {
    let desk = Desk::new();
    desk.write("code/main.c", "int main;\n")
        .write("services/data/query.sql", "select 1;\n")
        .commit("a larger repository");
    desk
}

#[test]
fn init_makes_a_folder_ready_and_puts_what_the_forge_reads_at_the_top() {
    let desk = larger();
    let said = desk.annals_in(HOME, &["init"]).exits(0);
    for line in [
        "  annals.yaml\n",
        "  automations/tell-about-critical-incidents.yaml\n",
        "  ../../.github/workflows/annals-services-data.yaml\n",
        "  branch annals-ledger-services-data\n",
        "git push -u origin main annals-ledger-services-data",
    ] {
        assert!(said.out.contains(line), "no {line:?} in:\n{}", said.out);
    }
    assert!(
        desk.read("services/data/annals.yaml")
            .contains("ledger: {branch: annals-ledger-services-data, id: ")
    );
    let workflow = desk.read(".github/workflows/annals-services-data.yaml");
    let name = ".github/workflows/annals-services-data.yaml";
    let paths = format!("    paths: [\"services/data/**\", \"{name}\"]\n");
    assert_eq!(workflow.matches(&paths).count(), 2, "{workflow}");
    for line in [
        "name: annals-services-data\n",
        "  group: annals-services-data-${{ github.ref }}\n",
        "\ndefaults: {run: {working-directory: \"services/data\"}}\njobs:\n",
        "with: {path: \"services/data/public\"}",
    ] {
        assert!(workflow.contains(line), "no {line:?} in:\n{workflow}");
    }
    assert_eq!(desk.git(&["status", "--porcelain"]), "");
    desk.annals_in(HOME, &["check"]).exits(0);
    desk.annals_in(HOME, &["init"])
        .exits(2)
        .warns("there is an `annals.yaml` already");
}

#[test]
fn what_is_written_for_a_forge_can_be_read_wherever_the_record_lies() {
    for (forge, files) in [
        (
            "github",
            vec![".github/workflows/annals-services-data.yaml"],
        ),
        (
            "forgejo",
            vec![".forgejo/workflows/annals-services-data.yaml"],
        ),
        (
            "gitlab",
            vec!["services/data/.gitlab-ci.yml", ".gitlab-ci.yml"],
        ),
    ] {
        for folder in [HOME, "."] {
            let desk = larger();
            desk.annals_in(folder, &["init", "--forge", forge]).exits(0);
            let ci = desk
                .files()
                .into_iter()
                .filter(|path| path.contains("/workflows/") || path.ends_with(".gitlab-ci.yml"));
            let ci: Vec<String> = ci.collect();
            if folder == HOME {
                let mut expected = files.clone();
                expected.sort_unstable();
                assert_eq!(ci, expected);
            }
            for path in ci {
                let text = desk.read(&path);
                let read = yaml::parse(&Source::new(&path, &text));
                assert!(read.is_ok(), "{path} is no YAML:\n{text}\n{read:?}");
                for left in [
                    "{enter}",
                    "{name}",
                    "{paths}",
                    "{jobs}",
                    "{public}",
                    "{get}",
                    "{install}",
                    "{pushed}",
                ] {
                    assert!(!text.contains(left), "{left} is left in {path}:\n{text}");
                }
            }
        }
    }
}

#[test]
fn a_gitlab_file_that_is_there_stays_and_is_told_what_to_include() {
    let desk = larger();
    desk.write(".gitlab-ci.yml", "stages: [test]\n")
        .commit("ci");
    desk.annals_in(HOME, &["init", "--forge", "gitlab"])
        .exits(0)
        .warns("kept ../../.gitlab-ci.yml as it is")
        .warns("include:\n  - local: \"/services/data/.gitlab-ci.yml\"");
    assert_eq!(desk.read(".gitlab-ci.yml"), "stages: [test]\n");
}

#[test]
fn two_records_of_one_repository_keep_to_themselves() {
    let desk = larger();
    desk.annals_in("services/data", &["init"]).exits(0);
    desk.annals_in("code", &["init"]).exits(0);
    let id = desk
        .annals_in(
            "services/data",
            &["declare", "Data is late", "--severity", "high"],
        )
        .exits(0)
        .id();
    desk.annals_in("code", &["declare", "Code is wrong", "--severity", "low"])
        .exits(0);
    assert!(
        desk.files()
            .contains(&format!("services/data/incidents/2026/11/{id}.yaml"))
    );
    let listed = desk.annals_in("services/data", &["list"]).exits(0);
    assert!(listed.out.contains("Data is late") && !listed.out.contains("Code is wrong"));
    let branches = desk.git(&["branch", "--format=%(refname:short)"]);
    assert_eq!(
        branches,
        "annals-ledger-code\nannals-ledger-services-data\nmain"
    );
    desk.annals_in(".", &["init"]).exits(0);
    desk.write("code/part/x.c", "int x;\n");
    desk.annals_in("code/part", &["init"])
        .exits(0)
        .warns("it is no part of that of ../annals.yaml any more");
}

#[test]
fn every_verb_works_inside_the_folder_and_from_outside_with_repo() {
    let mut desk = larger();
    desk.annals_in(HOME, &["init"]).exits(0);
    let id = desk
        .annals_in(
            HOME,
            &["declare", "Orders arrive late", "--severity", "high"],
        )
        .exits(0)
        .id();
    desk.wait(minutes(5)).write("lag.txt", "lag");
    let verbs: [&[&str]; 13] = [
        &["comment", "late", "Seen."],
        &["update", "late", "--status", "identified"],
        &["attach", "late", "../../lag.txt"],
        &[
            "correct",
            "late",
            "comment",
            "Seen twice.",
            "--reason",
            "Twice.",
        ],
        &["redact", "late", "comment", "--reason", "A name."],
        &["resolve", "late"],
        &["reopen", "late"],
        &["list"],
        &["show", "late"],
        &["check"],
        &["report", "late"],
        &["events"],
        &["build", "--out", "../../out"],
    ];
    for verb in verbs {
        desk.annals_in(HOME, verb).exits(0);
    }
    std::fs::remove_dir_all(desk.folder.join("out")).expect("a folder");
    std::fs::remove_file(desk.folder.join("lag.txt")).expect("a file");
    for verb in [
        &["comment", "late", "From the top."][..],
        &["list"],
        &["show", "late"],
        &["check"],
        &["data", "late"],
    ] {
        desk.annals(&[verb, &["--repo", HOME]].concat()).exits(0);
    }
    desk.annals_in(HOME, &["show", "late"])
        .exits(0)
        .says("From the top.")
        .says(&format!("incidents/2026/11/{id}.yaml"));
    assert_eq!(desk.git(&["status", "--porcelain"]), "");
    let outside = ["log", "--format=%s", "--", "incidents", "code/incidents"];
    assert_eq!(desk.git(&outside), "", "nothing lies outside of the folder");
    desk.write("page.json", r#"{"incidents": [{"id": "p1", "name": "Old", "status": "resolved", "impact": "minor", "created_at": "2026-01-01T00:00:00Z", "resolved_at": "2026-01-01T01:00:00Z", "incident_updates": []}]}"#);
    desk.annals_in(HOME, &["import", "statuspage", "../../page.json"])
        .exits(0);
    desk.annals_in(HOME, &["list", "--all"])
        .exits(0)
        .says("Old");
}

#[test]
fn what_changes_outside_of_the_folder_says_nothing_and_what_is_pushed_acts_once() {
    let receiver = Receiver::answering("202 Accepted");
    let mut desk = larger();
    desk.annals_in(HOME, &["init"]).exits(0);
    let settings = desk.read("services/data/annals.yaml").replace(
        "INCIDENT_HOOK: {use: url, hosts: [hooks.example.com]}",
        "INCIDENT_HOOK: {use: url, hosts: [127.0.0.1], allow_private: true}",
    );
    let rule = "services/data/automations/tell-about-critical-incidents.yaml";
    let on = desk.read(rule).replace("enabled: false", "enabled: true");
    desk.write("services/data/annals.yaml", settings)
        .write(rule, on);
    desk.wait(minutes(1)).commit("the rule is on");
    desk.annals_in(HOME, &["run"]).exits(0);
    let remote = Desk::bare(&desk);
    let mut clone = Desk::clone_of(&remote);
    clone.variable("INCIDENT_HOOK", &receiver.url());
    clone.annals_in(HOME, &["ledger", "adopt"]).exits(0);
    clone.wait(minutes(1));
    clone.write("incidents/2026/11/not-ours.yaml", "title: Not ours\nseverity: critical\ndeclared_at: 2026-11-22T07:00:00Z\ndeclared_by: Nobody\n");
    clone.write("code/main.c", "int main, other;\n");
    clone.wait(minutes(1)).commit("outside");
    clone.git(&["push", "--quiet"]);
    clone.annals_in(HOME, &["run"]).exits(0).says("0 events");
    clone
        .annals_in(
            HOME,
            &[
                "declare",
                "Orders arrive late",
                "--severity",
                "critical",
                "--push",
            ],
        )
        .exits(0)
        .warns("pushed to main of origin");
    clone.annals_in(HOME, &["run"]).exits(0).says("executed");
    clone.annals_in(HOME, &["run"]).exits(0).says("nothing new");
    assert_eq!(receiver.arrived().len(), 1);
    let ledger = remote.git(&[
        "ls-tree",
        "-r",
        "--name-only",
        "annals-ledger-services-data",
    ]);
    assert!(ledger.contains("executed.json"), "{ledger}");
    clone
        .annals_in(HOME, &["plan", "--base", "HEAD~1"])
        .exits(0)
        .says("Orders arrive late");
}
