//! The files by which a forge runs annals, with their steps executed as forges do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value as Json;

use crate::desk::{Desk, minutes};
use crate::receiver::Receiver;

const RULE: &str = "name: Tell
trigger: {type: event, match: {prefect.resource.id: 'incident.*'}, expect: [incident.declared], posture: Reactive, threshold: 1, within: 0}
actions: [{type: call-webhook, url: '${INCIDENT_HOOK}', payload: {id: '{{ incident.id }}'}}]
";
const NOBODY: &str = "0000000000000000000000000000000000000000";

/// A record with its remote, and where a forge runs.
struct Forge {
    desk: Desk,
    remote: Desk,
    kind: &'static str,
    /// What of the forge's own the steps see.
    variables: Vec<(String, String)>,
    room: tempfile::TempDir,
}

/// What became of a job.
#[derive(Debug)]
struct Outcome {
    red: bool,
    published: bool,
    said: String,
}

impl Forge {
    /// A record whose automation calls `receiver`, pushed once and run once.
    fn new(kind: &'static str, receiver: &Receiver) -> Self {
        let mut desk = Desk::new();
        desk.annals(&["init", "--forge", kind]).exits(0);
        let settings = desk.read("annals.yaml");
        let hosts = "hosts: [127.0.0.1], allow_private: true}";
        desk.write(
            "annals.yaml",
            settings.replace("hosts: [hooks.example.com]}", hosts),
        )
        .write("automations/tell.yaml", RULE);
        // The first test is about the first automation alone.
        fs::remove_dir_all(desk.folder.join("tests")).expect("a folder");
        desk.wait(minutes(1)).commit("a rule");
        let remote = Desk::bare(&desk);
        remote.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        let address = remote.folder.display().to_string();
        desk.git(&["remote", "add", "origin", &address]);
        desk.git(&["fetch", "--quiet", "origin"]);
        desk.variable("INCIDENT_HOOK", &receiver.url());
        desk.annals(&["run"]).exits(0);
        let room = tempfile::tempdir().expect("a folder");
        fs::create_dir(room.path().join("home")).expect("a folder");
        let mut forge = Self {
            desk,
            remote,
            kind,
            variables: Vec::new(),
            room,
        };
        let annals = forge.program("annals-of-the-forge", "");
        forge.set("ANNALS_INSTALL", &annals.display().to_string());
        forge
    }

    fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// A program that is annals at the desk's moment, after `script`.
    fn program(&self, name: &str, script: &str) -> PathBuf {
        let path = self.room.path().join(name);
        let text = format!(
            "#!/bin/sh\n{script}\nexec {} \"$@\" --now {}\n",
            env!("CARGO_BIN_EXE_annals"),
            self.desk.now()
        );
        fs::write(&path, text).expect("a program");
        fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("a program");
        path
    }

    /// Declares an incident and pushes it; answers what the branch was before.
    fn push(&mut self) -> String {
        let before = self.desk.git(&["rev-parse", "HEAD"]);
        self.desk.wait(minutes(1));
        self.desk
            .annals(&["declare", "Late", "--severity", "high"])
            .exits(0);
        self.desk
            .git(&["push", "--quiet", "--force", "origin", "main"]);
        before
    }

    /// Runs the job `name` in a new checkout of `revision`.
    fn job(&mut self, name: &str, revision: &str) -> Outcome {
        // What is installed knows the present moment.
        self.program("annals-of-the-forge", "");
        let checkout = self.room.path().join("checkout");
        let _ = fs::remove_dir_all(&checkout);
        let shown = checkout.display().to_string();
        // GitLab checks out no branch.
        let revision = match self.kind {
            "gitlab" if revision == "main" => "origin/main",
            _ => revision,
        };
        let address = self.remote.folder.display().to_string();
        self.desk.git(&["clone", "--quiet", &address, &shown]);
        self.desk
            .git(&["-C", &shown, "checkout", "--quiet", revision]);
        match self.kind {
            "gitlab" => self.gitlab(name, &checkout),
            _ => self.steps(name, &checkout),
        }
    }

    fn file(&self) -> Json {
        let path = match self.kind {
            "gitlab" => ".gitlab-ci.yml",
            "forgejo" => ".forgejo/workflows/annals.yaml",
            _ => ".github/workflows/annals.yaml",
        };
        serde_yaml::from_str(&self.desk.read(path)).expect("YAML")
    }

    /// Runs the steps of a job one by one, as GitHub and Forgejo do.
    fn steps(&self, name: &str, checkout: &PathBuf) -> Outcome {
        let file = self.file();
        let job = &file["jobs"][name];
        let (mut red, mut published, mut said) = (false, false, String::new());
        let search = self.room.path().join("search");
        fs::write(&search, "").expect("a file");
        let temp = self.room.path().join("temp");
        let _ = fs::remove_dir_all(&temp);
        fs::create_dir(&temp).expect("a folder");
        for step in job["steps"].as_array().expect("steps") {
            let asked = step["if"].as_str().unwrap_or_default();
            if red && !asked.contains("!cancelled()") {
                continue;
            }
            let uses = step["uses"].as_str().unwrap_or_default();
            published |=
                uses.contains("upload-pages") && checkout.join("public/index.html").exists();
            let Some(script) = step["run"]
                .as_str()
                .filter(|script| !script.contains("apt-get"))
            else {
                continue;
            };
            let place = self.room.path().join("step.sh");
            fs::write(&place, script).expect("a script");
            let mut command = self.desk.command("bash");
            command.arg("-e").arg(&place).current_dir(checkout);
            for scope in [&file["env"], &job["env"], &step["env"]] {
                for (key, value) in scope.as_object().into_iter().flatten() {
                    let value = value.as_str().expect("a text");
                    let given = self.variables.iter().find(|(name, _)| name == key);
                    assert!(
                        given.is_some() || !value.contains("${{"),
                        "{key} is not given"
                    );
                    command.env(key, given.map_or(value, |(_, given)| given));
                }
            }
            let added = fs::read_to_string(&search)
                .expect("a file")
                .replace('\n', ":");
            let home = self.room.path().join("home");
            command
                .env(
                    "PATH",
                    format!(
                        "{added}{}:{}",
                        self.room.path().join("bin").display(),
                        env!("PATH")
                    ),
                )
                .env("HOME", &home)
                .env("GITHUB_PATH", &search)
                .env("GITHUB_STEP_SUMMARY", self.room.path().join("summary"))
                .env("RUNNER_TEMP", &temp);
            let done = command.output().expect("bash runs");
            red |= !done.status.success();
            said += &String::from_utf8_lossy(&done.stdout);
            said += &String::from_utf8_lossy(&done.stderr);
        }
        // On Forgejo a line of the user's own publishes at this place.
        if self.kind == "forgejo" && name == "act" {
            published = checkout.join("public/index.html").exists();
        }
        Outcome {
            red,
            published,
            said,
        }
    }

    /// Runs the lines of a job in one shell, as GitLab does.
    fn gitlab(&self, name: &str, checkout: &PathBuf) -> Outcome {
        let file = self.file();
        let job = &file[format!("annals {name}")];
        let lines = job["script"].as_array().expect("a script").iter();
        let lines: Vec<&str> = lines.map(|line| line.as_str().expect("a line")).collect();
        let place = self.room.path().join("script.sh");
        fs::write(&place, format!("set -eo pipefail\n{}\n", lines.join("\n"))).expect("a script");
        let mut command = self.desk.command("bash");
        command
            .arg(&place)
            .current_dir(checkout)
            .env("HOME", self.room.path().join("home"))
            .env("CI_PROJECT_DIR", checkout)
            .envs(self.variables.iter().map(|(key, value)| {
                let key = match key.as_str() {
                    "BEFORE" => "CI_COMMIT_BEFORE_SHA",
                    "BASE" => "CI_MERGE_REQUEST_DIFF_BASE_SHA",
                    key => key,
                };
                (key, value)
            }));
        let done = command.output().expect("bash runs");
        let out = String::from_utf8_lossy(&done.stdout).into_owned();
        Outcome {
            red: !done.status.success(),
            published: job["artifacts"]["when"] == "always"
                && file["pages"]["rules"][0]["when"] == "always"
                && checkout.join("public/index.html").exists(),
            said: out + &String::from_utf8_lossy(&done.stderr),
        }
    }
}

#[test]
fn what_fails_makes_a_run_red_and_never_keeps_the_site_from_being_published() {
    for kind in ["github", "gitlab", "forgejo"] {
        let (fine, broken) = (
            Receiver::answering("202 Accepted"),
            Receiver::answering("500 No"),
        );
        let mut forge = Forge::new(kind, &fine);
        forge.set("INCIDENT_HOOK", &fine.url());
        forge.set("BEFORE", NOBODY);
        forge.push();
        let done = forge.job("act", "main");
        assert!(!done.red && done.published, "{kind}, first push: {done:?}");
        assert_eq!(fine.arrived().len(), 1, "{kind}");

        let before = forge.push();
        forge.set("BEFORE", &before);
        forge.set("INCIDENT_HOOK", &broken.url());
        let done = forge.job("act", "main");
        assert!(
            done.red && done.published,
            "{kind}, an action failed: {done:?}"
        );
        assert!(
            done.said.contains("annals run exited with 3"),
            "{kind}: {done:?}"
        );

        forge.set("INCIDENT_HOOK", &fine.url());
        forge
            .desk
            .write("incidents/2020/01/old.yaml", "title: [\n")
            .commit("broken");
        forge.desk.git(&["push", "--quiet", "origin", "main"]);
        let done = forge.job("act", "main");
        assert!(
            done.red && done.published,
            "{kind}, a broken file: {done:?}"
        );
        assert!(
            done.said.contains("annals build exited with 1"),
            "{kind}: {done:?}"
        );
    }
}

#[test]
fn a_forced_push_is_told_and_the_site_is_published() {
    for kind in ["github", "gitlab", "forgejo"] {
        let receiver = Receiver::answering("202 Accepted");
        let mut forge = Forge::new(kind, &receiver);
        forge.set("INCIDENT_HOOK", &receiver.url());
        forge.push();
        let before = forge.desk.git(&["rev-parse", "HEAD"]);
        forge.desk.git(&["reset", "--quiet", "--hard", "HEAD^"]);
        forge.push();
        forge.set("BEFORE", &before);
        let done = forge.job("act", "main");
        assert!(done.red && done.published, "{kind}: {done:?}");
        assert!(
            done.said.contains("annals check exited with 1"),
            "{kind}: {done:?}"
        );
    }
}

#[test]
fn a_change_is_judged_on_a_pull_request_and_in_a_merge_queue() {
    for (kind, base) in [
        ("github", "origin/main"),
        ("github", "main^"),
        ("gitlab", "main^"),
        ("forgejo", "origin/main"),
    ] {
        let receiver = Receiver::answering("202 Accepted");
        let mut forge = Forge::new(kind, &receiver);
        forge.push();
        forge.push();
        let base = if base == "main^" {
            forge.desk.git(&["rev-parse", "main"])
        } else {
            base.to_owned()
        };
        forge.set("BASE", &base);
        forge.desk.git(&["checkout", "--quiet", "-b", "queue"]);
        forge
            .desk
            .annals(&["declare", "More", "--severity", "low"])
            .exits(0);
        forge.desk.write("notes.md", "more\n").commit("a change");
        forge.desk.git(&["push", "--quiet", "origin", "queue"]);
        let done = forge.job("look", "origin/queue");
        assert!(!done.red, "{kind} from {base}: {done:?}");
        let files = forge.desk.files();
        let declared = files
            .iter()
            .find(|path| path.starts_with("incidents/"))
            .expect("an incident");
        let text = forge.desk.read(declared).replace("Late", "Early");
        forge.desk.write(declared, text).commit("rewritten");
        forge.desk.git(&["push", "--quiet", "origin", "queue"]);
        let done = forge.job("look", "origin/queue");
        assert!(
            done.red && done.said.contains("recorded-edited"),
            "{kind} from {base}: {done:?}"
        );
    }
}

#[test]
fn annals_comes_from_where_it_is_said_once_per_version() {
    for kind in ["github", "gitlab", "forgejo"] {
        let receiver = Receiver::answering("202 Accepted");
        let mut forge = Forge::new(kind, &receiver);
        forge.set("INCIDENT_HOOK", &receiver.url());
        forge.set("BASE", "origin/main");
        for (install, says) in [
            ("", "set the variable ANNALS_INSTALL"),
            ("https://git.example.com/annals", "names no revision"),
            ("ssh://git@git.example.com/annals", "names no revision"),
            ("--config=x", "set the variable ANNALS_INSTALL"),
        ] {
            forge.set("ANNALS_INSTALL", install);
            let done = forge.job("look", "main");
            assert!(
                done.red && done.said.contains(says),
                "{kind}, {install:?}: {done:?}"
            );
            assert_eq!(
                done.said.trim().lines().count(),
                1,
                "{kind}, {install:?}: {done:?}"
            );
        }
    }
    // A compiler that notes what it is asked for, and makes a program of nothing.
    let receiver = Receiver::answering("202 Accepted");
    let mut forge = Forge::new("github", &receiver);
    let real = forge.program("annals-of-the-forge", "");
    fs::create_dir(forge.room.path().join("bin")).expect("a folder");
    let notes = forge.room.path().join("notes");
    let script = format!(
        "echo \"$@\" >> {}\nwhile [ $# -gt 1 ]; do [ \"$1\" != --root ] || root=$2; shift; done\nmkdir -p \"$root/bin\"; cp {} \"$root/bin/annals\"; exit 0",
        notes.display(),
        real.display()
    );
    forge.program("bin/cargo", &script);
    forge.set("BASE", "origin/main");
    for version in ["v1", "v1", "v2"] {
        forge.set(
            "ANNALS_INSTALL",
            &format!("git+https://git.example.com/annals@{version}"),
        );
        let done = forge.job("look", "main");
        assert!(!done.red, "{done:?}");
    }
    let notes = fs::read_to_string(notes).expect("notes");
    let asked: Vec<&str> = notes.lines().collect();
    assert_eq!(asked.len(), 2, "{notes}");
    assert!(
        asked[0].contains("--git https://git.example.com/annals --rev v1 "),
        "{notes}"
    );
    assert!(asked[1].contains("--rev v2 "), "{notes}");
}

#[test]
fn init_writes_where_annals_comes_from_and_what_git_leaves_alone() {
    let place = "https://git.example.com/annals@v0.1.0";
    for (forge, path, text) in [
        (
            "github",
            ".github/workflows/annals.yaml",
            format!("${{{{ vars.ANNALS_INSTALL || '{place}' }}}}"),
        ),
        (
            "forgejo",
            ".forgejo/workflows/annals.yaml",
            format!("${{{{ vars.ANNALS_INSTALL || '{place}' }}}}"),
        ),
        (
            "gitlab",
            ".gitlab-ci.yml",
            format!("ANNALS_INSTALL: \"{place}\""),
        ),
    ] {
        let desk = Desk::new();
        desk.annals(&["init", "--forge", forge, "--install", place])
            .exits(0);
        assert!(desk.read(path).contains(&text), "{}", desk.read(path));
        let read: Json = serde_yaml::from_str(&desk.read(path)).expect("YAML");
        assert!(read.is_object());
    }
    let desk = Desk::new();
    for bad in [
        "", "-x", "a b", "a'b", "$(x)", "a`b`", "a\nb", "a\"b", "${{x}}",
    ] {
        desk.annals(&["init", &format!("--install={bad}")])
            .exits(2)
            .warns("cannot be installed from");
    }
    desk.write(".gitignore", "target\n").commit("there before");
    desk.annals(&["init"])
        .exits(0)
        .warns("kept .gitignore as it is")
        .warns("/public/");
    assert_eq!(desk.read(".gitignore"), "target\n");
    assert!(desk.git(&["ls-files"]).contains(".gitattributes"));
    // A clone that turns line endings turns none of the record.
    desk.annals(&["declare", "Late", "--severity", "high", "--id", "late"])
        .exits(0);
    desk.write("dump.txt", "a\nb\n")
        .annals(&["attach", "late", "dump.txt"])
        .exits(0);
    let windows = tempfile::tempdir().expect("a folder");
    let to = windows.path().join("clone").display().to_string();
    desk.git(&[
        "clone",
        "--quiet",
        "-c",
        "core.autocrlf=true",
        &desk.folder.display().to_string(),
        &to,
    ]);
    let held = fs::read_to_string(format!("{to}/incidents/2026/11/late/dump.txt")).expect("a file");
    assert_eq!(held, "a\nb\n");
    desk.annals(&["check", "--repo", &to])
        .exits(0)
        .says("nothing wrong");
}
