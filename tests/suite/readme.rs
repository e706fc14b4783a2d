//! Every console block of the README is executed, in order, at one desk; so are those of
//! the guide's pages, each page at its own.
//!
//! `…` in an expected line stands for any text. `BLESS=1` writes what was said back.

use std::path::Path;

use crate::desk::{Desk, minutes};

/// What a command printed, errors after output as a terminal shows them.
fn run(desk: &Desk, command: &str) -> String {
    let annals = format!(
        "annals() {{ {} \"$@\" --now {}; }}",
        env!("CARGO_BIN_EXE_annals"),
        desk.now()
    );
    let script = format!("{annals}\n{command}");
    let output = desk
        .command("bash")
        .args(["-c", &script])
        .output()
        .expect("bash runs");
    let said = [output.stderr, output.stdout].concat();
    String::from_utf8(said).expect("text")
}

/// Whether `said` is what `expected` says, `…` standing for any text.
fn fits(expected: &str, said: &str) -> bool {
    let parts: Vec<&str> = expected.split('…').collect();
    let [first, rest @ ..] = parts.as_slice() else {
        return false;
    };
    let Some(mut left) = said.strip_prefix(first) else {
        return false;
    };
    for (index, part) in rest.iter().enumerate() {
        let found = if index + 1 == rest.len() {
            left.ends_with(part).then(|| left.len() - part.len())
        } else {
            left.find(part)
        };
        let Some(at) = found else { return false };
        left = &left[at + part.len()..];
    }
    !rest.is_empty() || left.is_empty()
}

/// Executes the console blocks of a page, of which there are `at_least` so many commands.
fn execute(page: &str, at_least: usize) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = std::fs::read_to_string(&page).expect("a page");
    let mut desk = Desk::bare_folder();
    let (mut blessed, mut wrong, mut commands) = (String::new(), Vec::new(), 0);
    let mut blocks = text.split("```console\n");
    blessed.push_str(blocks.next().unwrap_or_default());
    for block in blocks {
        let (inside, after) = block.split_once("```\n").expect("a block ends");
        blessed.push_str("```console\n");
        for part in inside.split("$ ").skip(1) {
            let (command, expected) = part.split_once('\n').expect("a command");
            let said = run(&desk, command);
            desk.wait(minutes(6));
            commands += 1;
            let holds = fits(expected, &said);
            if !holds {
                wrong.push(format!(
                    "$ {command}\n--- expected\n{expected}--- said\n{said}"
                ));
            }
            blessed.push_str(&format!(
                "$ {command}\n{}",
                if holds { expected } else { &said }
            ));
        }
        blessed.push_str(&format!("```\n{after}"));
    }
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(page, blessed).expect("a page");
        return;
    }
    assert!(
        wrong.is_empty(),
        "{} of {commands} commands differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(commands >= at_least, "{commands} commands");
}

#[test]
fn every_console_block_of_the_readme_does_what_it_says() {
    execute("README.md", 16);
}

#[test]
fn the_guide_on_append_only_does_what_it_says() {
    execute("docs/guide/append-only.md", 15);
}
