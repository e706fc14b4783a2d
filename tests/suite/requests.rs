//! Random pull requests: whatever alters what was recorded is refused, the rest accepted.
//!
//! Two judges that know nothing of the check say what is right. The first reads both sides
//! as pages do, for both audiences and with the bytes of attachments, and leaves out what
//! was appended: where that differs, the request must be refused. The second compares files
//! by the names under which they are read: where it sees nothing but appends and moves, the
//! request must be accepted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use annals::archive::Archive;
use annals::archive::append_only::{Asked, Base};
use annals::archive::repository::{ObjectId, Repository};
use annals::archive::snapshot::Version;
use annals::incident::Audience;
use annals::incident::view::View;
use annals::text::diagnostic::Level;
use annals::text::moment::Moment;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value as Json, json};

const NOW: &str = "2026-11-22T09:00:00Z";
const FILE: u32 = 0o100_644;
const RUNS: u32 = 0o100_755;
const LINK: u32 = 0o120_000;
const COMMIT: u32 = 0o160_000;

/// The files of a commit: bytes and mode, by path.
type Tree = BTreeMap<String, (Vec<u8>, u32)>;

/// What a request does, in an order: what, to which file, and how.
type Op = (u8, u8, u8);

const SETTINGS: &str = "format: 1\nledger: {branch: annals-ledger, id: 6f1d}\nseverities:\n  - {name: critical, sev: 1}\n  - {name: high, sev: 2}\n  - {name: low, sev: 3}\n  - {name: spare, sev: 4}\n";

/// What was recorded: entries in files of their own and inside, internal and public ones,
/// attachments of every kind of entry.
fn recorded() -> Tree {
    let a = "incidents/2026/11/orders";
    let b = "incidents/2026/11/imported";
    let files = [
        ("annals.yaml".to_owned(), SETTINGS.to_owned()),
        (format!("{a}.yaml"), "title: Orders\nseverity: high\ndeclared_at: 2026-11-22T06:00:00Z\ndeclared_by: Ana\nsummary: Hours late.\n".to_owned()),
        (format!("{a}/one.yaml"), "at: 2026-11-22T06:10:00Z\nby: Bo\ncomment: The queue grows.\n".to_owned()),
        (format!("{a}/two.yaml"), "at: 2026-11-22T06:11:00Z\nby: Bo\nvisibility: internal\ncomment: It is Acme.\n".to_owned()),
        (format!("{a}/up.yaml"), "at: 2026-11-22T06:12:00Z\nby: Ana\nupdate: {severity: critical}\n".to_owned()),
        (format!("{a}/pic.yaml"), "at: 2026-11-22T06:13:00Z\nby: Bo\nattach: {file: lag.txt}\n".to_owned()),
        (format!("{a}/fix.yaml"), "at: 2026-11-22T06:14:00Z\nby: Bo\ncorrect:\n  entry: pic\n  reason: Axis\n  to: {at: 2026-11-22T06:13:00Z, by: Bo, attach: {file: axis.txt}}\n".to_owned()),
        (format!("{a}/lag.txt"), "lag\n".to_owned()),
        (format!("{a}/axis.txt"), "axis\n".to_owned()),
        (format!("{a}/notes.txt"), "nobody attached this\n".to_owned()),
        (format!("{b}.yaml"), "title: Imported\nseverity: low\ndeclared_at: 2026-11-20T06:00:00Z\ndeclared_by: Tool\nentries:\n  - {id: in-one, at: 2026-11-20T06:10:00Z, by: Tool, comment: Looking.}\n  - {id: in-two, at: 2026-11-20T06:11:00Z, by: Tool, attach: {file: shot.txt}}\n".to_owned()),
        (format!("{b}/shot.txt"), "shot\n".to_owned()),
        (format!("{b}/said.yaml"), "at: 2026-11-20T06:20:00Z\nby: Cy\ncomment: Found it.\n".to_owned()),
        ("incidents/secret.yaml".to_owned(), "title: Secret\nseverity: low\ndeclared_at: 2026-11-21T06:00:00Z\ndeclared_by: Ana\nvisibility: internal\n".to_owned()),
    ];
    let files = files.into_iter();
    files
        .map(|(path, text)| (path, (text.into_bytes(), FILE)))
        .collect()
}

/// Other words, author, time, visibility, keys, ends of lines, or the same.
fn altered(bytes: &[u8], how: u8) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let text = match how % 9 {
        0 => text
            .replace("by: Bo", "by: Mallory")
            .replace("declared_by: Ana", "declared_by: Eve"),
        1 => text.replace("visibility: internal\n", ""),
        2 => text
            .replace("grows", "shrinks")
            .replace("Orders", "Others")
            .replace("lag", "gap"),
        3 => format!("{text}visibility: internal\n"),
        4 => format!("{text}pinned: true\n"),
        5 => text.replace("T06:1", "T05:1"),
        6 => text.replace('\n', "\r\n"),
        7 => text
            .replace("id: in-one", "id: in-one-more")
            .replace("Found", "Lost"),
        _ => text,
    };
    text.into_bytes()
}

/// Where the file at `path` would lie below another folder, with the folder of its incident.
fn elsewhere(path: &str, how: u8) -> String {
    let folders = [
        "incidents/0",
        "incidents/2026/11",
        "incidents/z/y",
        "incidents/.h",
        "old",
    ];
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap();
    let beside = parts
        .next()
        .filter(|folder| ["orders", "imported"].contains(folder));
    let folder = folders[usize::from(how) % folders.len()];
    match beside {
        Some(beside) => format!("{folder}/{beside}/{name}"),
        None => format!("{folder}/{name}"),
    }
}

/// Does `op` to `tree`; `number` tells what it makes from what others make.
fn apply(tree: &mut Tree, (what, which, how): Op, number: usize) {
    let paths: Vec<String> = tree
        .keys()
        .filter(|path| path.starts_with("incidents/"))
        .cloned()
        .collect();
    let Some(path) = paths.get(usize::from(which) % paths.len().max(1)).cloned() else {
        return;
    };
    let incident = ["orders", "imported", "secret"][usize::from(which) % 3];
    let mut put = |path: String, text: String| {
        tree.insert(path, (text.into_bytes(), FILE));
    };
    let at = format!("2026-11-22T06:{:02}:00Z", 20 + which % 30);
    match what % 20 {
        0..=2 => {
            let file = tree.remove(&path).unwrap();
            tree.insert(elsewhere(&path, how), file);
        }
        3 => {
            let folder = path.rsplit_once('/').unwrap().0;
            for from in paths
                .iter()
                .filter(|other| other.starts_with(&format!("{folder}/")))
            {
                let file = tree.remove(from).unwrap();
                tree.insert(elsewhere(from, how), file);
            }
        }
        4 | 5 => {
            let (bytes, mode) = tree[&path].clone();
            tree.insert(elsewhere(&path, how / 16), (altered(&bytes, how), mode));
        }
        6 => {
            let (bytes, mode) = tree[&path].clone();
            tree.insert(path, (altered(&bytes, how), mode));
        }
        7 => drop(tree.remove(&path)),
        8 | 9 => put(
            format!("incidents/2026/11/{incident}/new-{number}.yaml"),
            format!("at: {at}\nby: New\ncomment: Words {number}.\n"),
        ),
        10 => put(
            format!("incidents/z/{incident}/new-{number}.yaml"),
            format!("at: {at}\nby: New\nupdate: {{severity: low}}\n"),
        ),
        11 => {
            let path = "incidents/2026/11/imported.yaml";
            if let Some((bytes, _)) = tree.get_mut(path) {
                bytes.extend(
                    format!(
                        "  - {{id: in-new-{number}, at: {at}, by: New, comment: Item {number}.}}\n"
                    )
                    .into_bytes(),
                );
            }
        }
        12 | 13 => {
            let names = ["lag.txt", "axis.txt", "shot.txt", "new.txt", "notes.txt"];
            let (folder, name) = (
                ["2026/11", "0", "z/y"][usize::from(how / 8) % 3],
                names[usize::from(how) % 5],
            );
            put(
                format!("incidents/{folder}/{incident}/{name}"),
                format!("forged {number}\n"),
            );
            if how % 2 == 0 {
                put(
                    format!("incidents/{folder}/{incident}/attach-{number}.yaml"),
                    format!("at: 2026-11-22T05:00:00Z\nby: New\nattach: {{file: {name}}}\n"),
                );
            }
        }
        14 => {
            let mode = [RUNS, LINK, COMMIT, RUNS][usize::from(how) % 4];
            let (bytes, _) = tree[&path].clone();
            tree.insert(path, (bytes, mode));
        }
        15 => {
            let more = [
                "checks: {recorded-edited: off, recorded-deleted: off, recorded-moved: off, duplicate-id: off, not-appended: off}\n",
                "waivers: [{code: recorded-edited, path: incidents/, reason: x}]\n",
                "branch: other\n",
                "publish: {commits: true}\n",
            ];
            let (bytes, _) = tree.get_mut("annals.yaml").unwrap();
            if !String::from_utf8_lossy(bytes)
                .contains(more[usize::from(how) % 4].split(':').next().unwrap())
            {
                bytes.extend(more[usize::from(how) % 4].bytes());
            }
        }
        16 => put(
            [
                "templates/page.html",
                ".gitattributes",
                "incidents/.gitattributes",
            ][usize::from(how) % 3]
                .to_owned(),
            [
                "*.yaml ident\n",
                "* text eol=crlf\n",
                "*.yaml working-tree-encoding=UTF-16\n",
            ][usize::from(how) % 3]
                .to_owned(),
        ),
        17 => {
            let file = tree.remove(&path).unwrap();
            let to = match how % 4 {
                0 => path.replace(".yaml", ".yml"),
                1 => path.replace(".yaml", ".YAML"),
                2 => path.replace("/orders", "/Orders"),
                _ => path.replace("one", "first"),
            };
            tree.insert(to, file);
        }
        18 => put(
            format!("incidents/2026/11/orders/dir-{number}.yaml"),
            format!("at: {at}\nby: New\nretract: {{entry: one, reason: Wrong}}\n"),
        ),
        _ => put(
            format!("incidents/new-{number}.yaml"),
            format!("title: New\nseverity: low\ndeclared_at: {at}\ndeclared_by: New\n"),
        ),
    }
}

/// Git's own hand: makes commits without a working folder.
struct Maker {
    git: git2::Repository,
    base: git2::Oid,
}

impl Maker {
    fn new(folder: &Path) -> Self {
        let git = git2::Repository::init(folder).unwrap();
        git.set_head("refs/heads/main").unwrap();
        let base = commit(&git, &recorded(), None, "2026-11-22T07:00:00Z");
        git.reference("refs/heads/main", base, true, "").unwrap();
        Self { git, base }
    }
}

fn commit(git: &git2::Repository, tree: &Tree, parent: Option<git2::Oid>, at: &str) -> git2::Oid {
    let mut index = git2::Index::new().unwrap();
    for (path, (bytes, mode)) in tree {
        let id = if *mode == COMMIT {
            parent.unwrap()
        } else {
            git.blob(bytes).unwrap()
        };
        let zero = git2::IndexTime::new(0, 0);
        index
            .add(&git2::IndexEntry {
                ctime: zero,
                mtime: zero,
                dev: 0,
                ino: 0,
                mode: *mode,
                uid: 0,
                gid: 0,
                file_size: 0,
                id,
                flags: 0,
                flags_extended: 0,
                path: path.clone().into_bytes(),
            })
            .unwrap();
    }
    let tree = git.find_tree(index.write_tree_to(git).unwrap()).unwrap();
    let seconds = Moment::parse(at).unwrap().seconds();
    let who = git2::Signature::new("Ana", "ana@example.com", &git2::Time::new(seconds, 0)).unwrap();
    let parent = parent.map(|id| git.find_commit(id).unwrap());
    let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
    git.commit(None, &who, &who, "x", &tree, &parents).unwrap()
}

/// What is shown of what `ids` names (none: of all): for both audiences, with both clocks
/// and the bytes of attachments. Answers the incidents, each with its entries by id.
fn shown(repository: &Repository, at: ObjectId, before: Option<&Archive>) -> (Archive, Json) {
    let now = Moment::parse(NOW).unwrap();
    let archive = Archive::load(repository, Version::Commit(at), now).unwrap();
    let base = before.unwrap_or(&archive);
    let words = &base.vocabulary;
    let mut all = Vec::new();
    for known in &base.incidents {
        let Some(incident) = archive.incidents.iter().find(|one| one.id == known.id) else {
            all.push(json!(["lost", known.id.as_str()]));
            continue;
        };
        let mut incident = incident.clone();
        let ids: BTreeSet<&str> = known
            .entries
            .iter()
            .map(|entry| entry.id.as_str())
            .collect();
        incident
            .entries
            .retain(|entry| ids.contains(entry.id.as_str()));
        incident.retrospective = None;
        for audience in [Audience::Public, Audience::Internal] {
            let view = incident
                .seen_by(audience)
                .map(|seen| View::of(&seen, words, now));
            let mut view = serde_json::to_value(view).unwrap();
            forget_paths(&mut view);
            all.push(view);
        }
        for entry in &incident.entries {
            let path = entry
                .statement
                .attachment()
                .and_then(|attached| attached.path.clone());
            let bytes = path.map(|path| repository.file(at, &path).unwrap());
            all.push(json!([entry.id.as_str(), bytes]));
        }
    }
    (archive.clone(), Json::Array(all))
}

fn forget_paths(json: &mut Json) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(forget_paths),
        Json::Object(map) => {
            map.remove("path");
            map.values_mut().for_each(forget_paths);
        }
        _ => {}
    }
}

/// Whether the request does nothing to recorded files but move, copy and append to them.
fn only_grows(base: &Tree, head: &Tree) -> bool {
    let visible = |path: &str| path.starts_with("incidents/") && !path.contains("/.");
    let is_file = |mode: u32| mode == FILE || mode == RUNS;
    let folder = |path: &str| path.rsplit('/').nth(1).unwrap().to_owned();
    let name = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let id = |path: &str| {
        let name = name(path);
        name.rsplit_once('.')
            .map_or(name.clone(), |(stem, _)| stem.to_owned())
    };
    let is_yaml = |path: &str| path.ends_with(".yaml") || path.ends_with(".yml");
    let is_declared = |path: &str| ["incidents", "11"].contains(&folder(path).as_str());
    let attached = ["lag.txt", "axis.txt", "shot.txt"];
    for (path, (bytes, _)) in base.iter().filter(|(path, _)| visible(path)) {
        let is_recorded = is_yaml(path) || attached.contains(&name(path).as_str());
        if !is_recorded {
            continue;
        }
        if head.get(path).is_some_and(|(_, mode)| !is_file(*mode)) {
            return false;
        }
        let mut same = Vec::new();
        for (other, (held, mode)) in head.iter().filter(|(other, _)| visible(other)) {
            let is_same_id = if !is_yaml(path) {
                name(other) == name(path) && folder(other) == folder(path)
            } else if is_declared(path) {
                is_yaml(other) && id(other) == id(path)
            } else {
                is_yaml(other) && id(other) == id(path) && folder(other) == folder(path)
            };
            if is_same_id && is_file(*mode) {
                same.push((other, held));
            }
        }
        // Whatever else stands at the end of a file is no item of its list.
        let is_item = |line: &str| line.starts_with("  - {");
        let grown = |held: &[u8]| {
            let more = held.strip_prefix(bytes.as_slice()).unwrap_or_default();
            let more = String::from_utf8_lossy(more);
            !more.is_empty() && more.lines().all(is_item)
        };
        let fits = if !is_yaml(path) {
            // Another file of the name may mean something or not: only one is surely right.
            same.len() == 1 && same.iter().all(|(_, held)| *held == bytes)
        } else if is_declared(path) {
            let items = id(path) == "imported";
            same.len() == 1
                && same.iter().all(|(other, _)| name(other) == name(path))
                && same.iter().all(|(other, held)| {
                    *held == bytes
                        || (items
                            && *other == path
                            && grown(held)
                            && !String::from_utf8_lossy(held).contains('\r'))
                })
        } else {
            !same.is_empty()
                && same
                    .iter()
                    .all(|(other, held)| *held == bytes && name(other) == name(path))
        };
        if !fits {
            return false;
        }
    }
    // An attachment stays beside what attaches it, or is the only one of its name: above.
    let items = ["in-one", "in-two"];
    let taken =
        |path: &String| visible(path) && is_yaml(path) && items.contains(&id(path).as_str());
    !head.keys().any(taken)
}

#[derive(Default)]
struct Count {
    refused: usize,
    accepted: usize,
    altering: usize,
    growing: usize,
}

fn judge(
    repository: &Repository,
    maker: &Maker,
    before: &(Archive, Json),
    ops: &[Op],
) -> Result<Count, String> {
    let mut tree = recorded();
    for (number, op) in ops.iter().enumerate() {
        apply(&mut tree, *op, number);
    }
    let head = commit(&maker.git, &tree, Some(maker.base), "2026-11-22T08:00:00Z");
    let (base, head) = (
        maker.base.to_string(),
        ObjectId::parse(&head.to_string()).unwrap(),
    );
    let now = Moment::parse(NOW).unwrap();
    let asked = Asked {
        name: "main",
        head: Some(head),
        is_push: false,
        now,
    };
    let base_of = Base::find(repository, &asked).unwrap().unwrap();
    let version = Version::Commit(head);
    let archive = Archive::judged_by(repository, version, now, Some(&base_of.settings)).unwrap();
    let breaches = base_of
        .breaches(repository, version, &archive, now)
        .unwrap();
    let mut found = breaches.iter().chain(&archive.diagnostics);
    let is_refused = found.any(|found| found.level == Level::Error);
    let errors: Vec<&str> = breaches
        .iter()
        .filter(|found| found.level == Level::Error)
        .map(|found| found.message.as_str())
        .collect();
    let (_, after) = shown(repository, head, Some(&before.0));
    let alters = after != before.1;
    let grows = only_grows(&recorded(), &tree);
    let told = || {
        format!(
            "{ops:?} on {base}\n{:?}\nerrors: {errors:?}",
            tree.keys().collect::<Vec<_>>()
        )
    };
    if alters && !is_refused {
        return Err(format!(
            "altered and accepted: {}\nbefore {}\nafter {after}",
            told(),
            before.1
        ));
    }
    if grows && !errors.is_empty() {
        return Err(format!("refused without a reason: {}", told()));
    }
    Ok(Count {
        refused: usize::from(is_refused),
        accepted: usize::from(!is_refused),
        altering: usize::from(alters),
        growing: usize::from(grows),
    })
}

#[test]
fn whatever_alters_what_was_recorded_is_refused_and_the_rest_accepted() {
    let said = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u32>().ok())
    };
    let cases = said("ANNALS_CASES").unwrap_or(200);
    let seed = said("ANNALS_SEED").unwrap_or_default();
    let folder = tempfile::tempdir().unwrap();
    let maker = Maker::new(folder.path());
    let repository = Repository::discover(folder.path()).unwrap();
    let base = ObjectId::parse(&maker.base.to_string()).unwrap();
    let (archive, _) = shown(&repository, base, None);
    let before = shown(&repository, base, Some(&archive));
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let counts = std::cell::RefCell::new(Count::default());
    let ops = prop::collection::vec(any::<Op>(), 1..5);
    let ran = runner.run(&ops, |ops| {
        let count = judge(&repository, &maker, &before, &ops).map_err(TestCaseError::fail)?;
        let mut all = counts.borrow_mut();
        all.refused += count.refused;
        all.accepted += count.accepted;
        all.altering += count.altering;
        all.growing += count.growing;
        Ok(())
    });
    if let Err(fault) = ran {
        panic!("{fault}");
    }
    let all = counts.into_inner();
    println!(
        "{cases} requests: {} refused, {} accepted; {} alter, {} only grow",
        all.refused, all.accepted, all.altering, all.growing
    );
    let (few, cases) = (cases as usize / 10, all.refused + all.accepted);
    assert!(
        all.altering > few && all.growing > few && all.refused < cases - few,
        "{cases}"
    );
}
