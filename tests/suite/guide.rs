//! Every console block of the README and of the guide is executed: those of a page in
//! order, at one desk, six minutes after one another.
//!
//! `…` in an expected line stands for any text. `BLESS=1` writes what was said back.

use std::path::{Path, PathBuf};

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

/// What is typed after a prompt, lines that go on after `>` included, and what is said.
fn typed_and_said(part: &str) -> (&str, &str) {
    let mut end = part.find('\n').expect("a command");
    while part[end + 1..].starts_with("> ") || part[end + 1..].starts_with(">\n") {
        end += 1 + part[end + 1..].find('\n').expect("a line");
    }
    (&part[..end], &part[end + 1..])
}

/// Executes the console blocks of the page at `path` (from this project's root), and
/// answers the desk at which they were, how many commands there were and what differs.
fn execute(path: &Path) -> (Desk, usize, Vec<String>) {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = std::fs::read_to_string(&place).expect("the page");
    let mut desk = Desk::bare_folder();
    let (mut blessed, mut wrong, mut commands) = (String::new(), Vec::new(), 0);
    let mut blocks = text.split("```console\n");
    blessed.push_str(blocks.next().unwrap_or_default());
    for block in blocks {
        let (inside, after) = block.split_once("```\n").expect("a block ends");
        blessed.push_str("```console\n");
        for part in inside.split("$ ").skip(1) {
            let (typed, expected) = typed_and_said(part);
            let said = run(&desk, &typed.replace("\n> ", "\n").replace("\n>", "\n"));
            desk.wait(minutes(6));
            commands += 1;
            let holds = fits(expected, &said);
            if !holds {
                wrong.push(format!(
                    "{}: $ {typed}\n--- expected\n{expected}--- said\n{said}",
                    path.display()
                ));
            }
            let said = if holds { expected } else { &said };
            blessed.push_str(&format!("$ {typed}\n{said}"));
        }
        blessed.push_str(&format!("```\n{after}"));
    }
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(place, blessed).expect("the page");
        wrong.clear();
    }
    (desk, commands, wrong)
}

/// The desk at which the console blocks of a page were, having made sure that they do
/// what the page says.
#[track_caller]
pub(crate) fn desk_of(page: &str) -> Desk {
    let (desk, _, wrong) = execute(Path::new(page));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    desk
}

#[test]
fn every_console_block_of_the_readme_does_what_it_says() {
    let (_, commands, wrong) = execute(Path::new("README.md"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(commands > 15, "{commands} commands");
}

#[test]
fn every_console_block_of_the_guide_does_what_it_says() {
    let folder = std::fs::read_dir("docs/guide").expect("the guide");
    let mut pages: Vec<PathBuf> = folder
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    pages.sort();
    assert!(!pages.is_empty());
    let wrong: Vec<String> = pages.iter().flat_map(|page| execute(page).2).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
