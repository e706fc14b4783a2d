//! The house keeps its order: floors name only what lies below them, and every outside
//! thing has one owner.

use std::path::Path;

/// The floors, bottom-up, as `lib.rs` lists them.
fn floors() -> Vec<String> {
    let lib = std::fs::read_to_string("src/lib.rs").expect("lib.rs");
    lib.lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect()
}

fn sources() -> Vec<(String, String)> {
    let files = walkdir::WalkDir::new("src")
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok);
    files
        .filter(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "rs")
        })
        .map(|entry| {
            let path = entry.path().display().to_string();
            let text = std::fs::read_to_string(entry.path()).expect("a source");
            (path, text)
        })
        .collect()
}

/// The code of a source without comments and without its tests.
fn code(text: &str) -> String {
    let own = text.split("#[cfg(test)]").next().unwrap_or(text);
    own.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn data_goes_one_way() {
    let floors = floors();
    assert_eq!(
        floors,
        [
            "text",
            "incident",
            "archive",
            "automation",
            "outward",
            "runner",
            "cli"
        ]
    );
    for (path, text) in sources() {
        let inside = path
            .trim_start_matches("src/")
            .split(['/', '.'])
            .next()
            .expect("a floor");
        let Some(height) = floors.iter().position(|floor| floor == inside) else {
            continue;
        };
        for above in floors.iter().skip(height + 1) {
            let named = format!("crate::{above}");
            assert!(
                !code(&text).contains(&named),
                "{path} names {named}, which lies above it"
            );
        }
    }
}

#[test]
fn every_outside_thing_has_one_owner() {
    let owners = [
        ("serde_yaml", "src/text/yaml.rs"),
        ("chrono", "src/text/moment.rs"),
        ("tera::", "src/text/template"),
        ("git2", "src/archive/repository"),
        ("ureq", "src/outward/deliver/"),
        ("println!", ""),
        ("anstream", "src/cli/console.rs"),
        ("SystemTime", "src/cli/clock.rs"),
        ("env::var", "src/cli/environment.rs"),
    ];
    for (path, text) in sources() {
        for (thing, owner) in owners {
            let named = code(&text).contains(thing);
            assert!(
                !named || (!owner.is_empty() && path.starts_with(owner)),
                "{path} names {thing}, which is {owner}'s"
            );
        }
    }
}

#[test]
fn rooms_stay_small() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(
            lines <= 500,
            "{path} has {lines} lines: perhaps it is two rooms"
        );
        assert!(
            text.starts_with("//! "),
            "{path} does not say what it is for"
        );
    }
}

#[test]
fn nothing_is_left_behind() {
    for (path, text) in sources() {
        for word in ["TODO", "FIXME", "XXX", "unimplemented!", "todo!", "dbg!"] {
            assert!(!text.contains(word), "{path} holds {word}");
        }
    }
    assert!(Path::new("CHANGELOG.md").exists() && Path::new("ARCHITECTURE.md").exists());
}
