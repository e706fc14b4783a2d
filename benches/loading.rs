//! What reading a record costs, in seconds of processor time, as one line of JSON:
//! parsing all texts alone, and loading the whole record from the commit at HEAD and from
//! the working folder, the first time and the second. `record.py` runs it and compares.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement fails by panicking, and tells what it measured"
)]

use std::path::Path;

use annals::archive::Archive;
use annals::archive::piece;
use annals::archive::repository::Repository;
use annals::archive::snapshot::{Snapshot, Version};
use annals::text::moment::Moment;
use mimalloc::MiMalloc;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use rayon::prelude::*;

/// The program's own.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    // Cargo passes `--bench` too.
    let folder = std::env::args()
        .nth(1)
        .filter(|word| !word.starts_with('-'));
    let Some(folder) = folder else {
        println!("give the folder of a repository; `benches/record.py` makes one");
        return;
    };
    let repository = Repository::discover(Path::new(&folder)).expect("a repository");
    let head = repository.head().expect("HEAD").commit.expect("a commit");
    let mut told = serde_json::Map::new();
    let texts = texts(&repository, Version::Commit(head));
    let mut tell = |name: &str, seconds: f64| told.insert(name.to_owned(), seconds.into());
    tell("parse", seconds(|| parse(&texts)));
    drop(texts);
    for (name, version) in [
        ("commit", Version::Commit(head)),
        ("folder", Version::Folder),
    ] {
        forget(&repository);
        for time in ["first", "second"] {
            let load = || Archive::load(&repository, version, Moment::EPOCH).map(drop);
            let name = format!("{name} {time}");
            tell(&name, seconds(|| load().expect("an archive")));
        }
    }
    println!("{}", serde_json::Value::Object(told));
}

fn texts(repository: &Repository, version: Version) -> Vec<(String, Vec<u8>)> {
    let snapshot = Snapshot::new(repository, version).expect("a snapshot");
    let files = snapshot.list("incidents").expect("its files");
    let read = |file| snapshot.read(file).expect("its bytes").expect("a file");
    files
        .iter()
        .map(|file| (file.path.clone(), read(file)))
        .collect()
}

fn parse(texts: &[(String, Vec<u8>)]) {
    texts.par_iter().for_each(|(path, bytes)| {
        assert!(piece::read(path, bytes).piece.is_some(), "{path}");
    });
}

fn forget(repository: &Repository) {
    let _ = std::fs::remove_dir_all(repository.private_folder());
}

/// The processor time that `work` takes, the kernel's for it included.
fn seconds(work: impl FnOnce()) -> f64 {
    let used = || {
        let usage = getrusage(UsageWho::RUSAGE_SELF).expect("usage");
        (usage.user_time() + usage.system_time()).num_microseconds()
    };
    let before = used();
    work();
    let micros = u32::try_from(used() - before).expect("not an hour");
    f64::from(micros) / 1e6
}
