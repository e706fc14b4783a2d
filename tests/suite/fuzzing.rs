//! Bytes that nobody meant, made of real files by chance: nothing that reads what a
//! stranger wrote panics, aborts or takes long.
//!
//! Each target is fed in a child of its own, under limits, so that a
//! stack that overflows is seen too. The chance is always the same; `ANNALS_FUZZ=20000`
//! makes more inputs of each target, `ANNALS_FUZZ_SEED` other ones, and `ANNALS_CORPUS`
//! adds real incident data to what is mutated. An input that breaks something is kept in
//! `target/tmp`, and belongs into `tests/cases/fuzz` once it is mended.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::sys::resource::{Resource, UsageWho, getrusage, setrlimit};

mod targets;

/// How many inputs of each target a run of the suite makes.
const FEW: u64 = 12;
/// No input is longer.
const LONGEST: usize = 100_000;
/// What a child may hold, in bytes.
const MEMORY: u64 = 4 << 30;
/// What one input may cost in processor time: a second, and what an unoptimised build adds.
const SECONDS: u64 = if cfg!(debug_assertions) { 15 } else { 1 };

/// Chance that is the same everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).expect("a number") % limit.max(1)
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// Words at which readers of text stumble.
const WORDS: &[&str] = &[
    "\n",
    "\r",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "---\n",
    "...",
    ": ",
    "- ",
    "? ",
    "&a ",
    "*a",
    "<<: *a",
    "!!str ",
    "|\n",
    ">-\n",
    "'",
    "\"",
    "\\u",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    "[[[[",
    "]]]]",
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "> ",
    "* ",
    "**",
    "_",
    "`",
    "```\n",
    "<div>",
    "<b title=x>",
    "</p>",
    "<table>",
    "<svg>",
    "<!--",
    "-->",
    "<![CDATA[",
    "](",
    "![",
    "|-|\n",
    "~~",
    "&amp;",
    "&#x0;",
    "null",
    "~",
    "true",
    "1e999",
    "-0",
    "9223372036854775808",
    "0x",
    "NaN",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:60Z",
    "2026-02-30",
    "-9999999999999999s",
    "24:00",
    "PST",
    "*",
    "?",
    "[!",
    "]a]",
    "\u{80}",
    "é",
    "\u{1f600}",
    "x-",
    "incident",
    "declaration",
    "DIRC\0\0\0\u{2}",
    "link",
    "TREE",
];

/// The files of which the inputs of a target are made.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let ends: &[&str] = match target {
        "yaml" | "incident" | "entry" | "settings" | "automation" | "golden" => {
            &["yaml", "yml", "md"]
        }
        "retrospective" | "markdown" | "import-cstate" | "import-postmortems" => &["md", "txt"],
        "case" => &["jsonl"],
        "import-statuspage-csv" => &["csv"],
        name if name.starts_with("import-") => &["json"],
        _ => &[],
    };
    let here = |path: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let mut roots = vec![here("tests/cases"), here("docs/guide")];
    roots.extend(std::env::var_os("ANNALS_CORPUS").map(PathBuf::from));
    let files = roots
        .iter()
        .flat_map(|root| walkdir::WalkDir::new(root).sort_by_file_name());
    let files = files
        .filter_map(Result::ok)
        .filter(|file| file.file_type().is_file());
    let files = files.filter(|file| {
        let end = file.path().extension().unwrap_or_default();
        ends.iter().any(|one| end == *one)
    });
    let read = files.map(|file| {
        let mut bytes = std::fs::read(file.path()).expect("a file");
        if target == "case" {
            // The recorded cases, one a line, are seeds apiece.
            bytes.truncate(LONGEST);
        }
        bytes
    });
    let mut all: Vec<Vec<u8>> = read.filter(|bytes| bytes.len() <= LONGEST).collect();
    all.extend(targets::kept(target));
    all.push(b"2026-11-22T08:00:00+01:00\n*a[b-c]?*\n30m\n{{ a }}".to_vec());
    all
}

/// An input: a few changes of a few seeds.
fn input(chance: &mut Chance, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = chance.of(seeds).clone();
    for _ in 0..=chance.below(8) {
        let at = chance.below(bytes.len() + 1);
        let width = 2 << chance.below(10);
        let end = (at + chance.below(width)).min(bytes.len());
        match chance.below(8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.truncate(at),
            3 => {
                let other = chance.of(seeds);
                let from = chance.below(other.len() + 1);
                let to = (from + chance.below(400)).min(other.len());
                let part = other[from..to].to_vec();
                bytes.splice(at..at, part);
            }
            4 => {
                let times = 1 << chance.below(14);
                let part = bytes[at..end].repeat(times.min(LONGEST / (end - at).max(1)));
                bytes.splice(at..at, part);
            }
            5 => {
                let times = 1 << chance.below(15);
                let word = chance.of(WORDS).repeat(times);
                bytes.splice(at..at, word.bytes());
            }
            _ => {
                let word = chance.of(WORDS);
                bytes.splice(at..end.min(at + word.len()), word.bytes());
            }
        }
        bytes.truncate(LONGEST);
    }
    bytes
}

fn spent() -> Duration {
    let used = getrusage(UsageWho::RUSAGE_SELF).expect("what was used");
    let micros = |time: nix::sys::time::TimeVal| {
        u64::try_from(time.tv_sec() * 1_000_000 + time.tv_usec()).expect("a time")
    };
    Duration::from_micros(micros(used.user_time()) + micros(used.system_time()))
}

/// Feeds one target; run by the other tests, in a child.
#[test]
#[ignore = "runs in a child of the tests below"]
fn batch() {
    let told = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let (name, place) = (told("FUZZ_TARGET"), PathBuf::from(told("FUZZ_INPUT")));
    let number = |name: &str| told(name).parse::<u64>().expect("a number");
    let (count, seed) = (number("FUZZ_COUNT"), number("FUZZ_SEED"));
    let target = targets::named(&name).expect("a target");
    let seconds = 60 + count * SECONDS;
    for (what, most) in [
        (Resource::RLIMIT_AS, MEMORY),
        (Resource::RLIMIT_CPU, seconds),
        (Resource::RLIMIT_CORE, 0),
    ] {
        setrlimit(what, most, most).expect("a limit");
    }
    let one = |bytes: &[u8]| {
        std::fs::write(&place, bytes).expect("a place for the input");
        let begun = spent();
        target(bytes);
        let took = spent() - begun;
        assert!(took < Duration::from_secs(SECONDS), "{name} took {took:?}");
    };
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cases/fuzz")
        .join(&name);
    for file in std::fs::read_dir(found).into_iter().flatten() {
        one(&std::fs::read(file.expect("a file").path()).expect("an input"));
    }
    let seeds = seeds(&name);
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for _ in 0..count {
        one(&input(&mut chance, &seeds));
    }
}

#[test]
fn no_bytes_break_what_reads_them() {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let (count, seed) = (
        number("ANNALS_FUZZ").unwrap_or(FEW),
        number("ANNALS_FUZZ_SEED").unwrap_or(1),
    );
    let only = std::env::var("ANNALS_FUZZ_ONLY").unwrap_or_default();
    let mut broken = Vec::new();
    for (name, _) in targets::ALL.iter().filter(|(name, _)| name.contains(&only)) {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}-{seed}"));
        let mut child = Command::new(std::env::current_exe().expect("this program"));
        child
            .args(["--exact", "fuzzing::batch", "--ignored", "--nocapture"])
            .env("FUZZ_TARGET", name)
            .env("FUZZ_INPUT", &place)
            .env("FUZZ_COUNT", count.to_string())
            .env("FUZZ_SEED", seed.to_string());
        let said = child.output().expect("a child");
        if said.status.success() {
            println!("{name}: {count} inputs");
            std::fs::remove_file(&place).expect("the last input");
            continue;
        }
        let error = String::from_utf8_lossy(&said.stderr).into_owned();
        let why: Vec<&str> = error
            .lines()
            .filter(|line| !line.trim().is_empty())
            .take(6)
            .collect();
        broken.push(format!(
            "{name} broke (signal {:?}); its input is {}\n{}",
            said.status.signal(),
            place.display(),
            why.join("\n")
        ));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}
