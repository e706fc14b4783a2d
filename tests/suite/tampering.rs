//! What a branch may not do to what was recorded before it: stories on real Git branches,
//! each a change and what `annals check --base` says about it.

use crate::desk::{Desk, minutes};

pub(crate) const ORDERS: &str = "incidents/2026/11/2026-11-22-late-orders.yaml";
pub(crate) const FOLDER: &str = "incidents/2026/11/2026-11-22-late-orders";
pub(crate) const COMMENT: &str =
    "incidents/2026/11/2026-11-22-late-orders/2026-11-22t061000.000z-comment-a.yaml";
const UPDATE: &str =
    "incidents/2026/11/2026-11-22-late-orders/2026-11-22t062000.000z-update-b.yaml";
const LAG: &str = "incidents/2026/11/2026-11-22-late-orders/lag.png";
pub(crate) const IMPORTED: &str = "incidents/2026/11/2026-11-20-imported.yaml";

pub(crate) const EMPTY: &str = "incidents/2026/11/2026-11-21-empty.yaml";
pub(crate) const FLOW: &str = "incidents/2026/11/2026-11-21-flow.yaml";
pub(crate) const BROKEN: &str = "incidents/2026/11/2026-11-22-late-orders/broken.yaml";

/// A record on `main`: an incident with entries beside it, and one with entries inside.
pub(crate) fn recorded() -> Desk {
    let mut desk = Desk::new();
    desk.write(
        "annals.yaml",
        "format: 1\nledger: {branch: annals-ledger, id: 6f1d}\nseverities:\n  - {name: critical, sev: 1}\n  - {name: high, sev: 2}\n  - {name: low, sev: 3}\n  - {name: dire, sev: 1, retired: true}\n",
    );
    desk.write(
        ORDERS,
        "# As the shops saw it.\ntitle: Orders arrive late\nseverity: high\ndeclared_at: 2026-11-22T06:00:00.000Z\ndeclared_by: Ana Ruiz\nsummary: Hours late.\ntags: [orders, etl]\nroles: {commander: Ana Ruiz}\nvisibility: internal\n",
    );
    desk.write(
        COMMENT,
        "at: 2026-11-22T06:10:00.000Z\nby: Bo Li\ncomment: The queue grows.\n",
    );
    desk.write(
        UPDATE,
        "at: 2026-11-22T06:20:00.000Z\nby: Ana Ruiz\nvisibility: internal\nupdate:\n  severity: critical\n  status: identified\ncomment: The deploy of 05:55.\n",
    );
    desk.write(
        &format!("{FOLDER}/2026-11-22t063000.000z-attach-c.yaml"),
        "at: 2026-11-22T06:30:00.000Z\nby: Bo Li\nattach: {file: lag.png, caption: Lag}\n",
    );
    desk.write(LAG, [0x89, b'P', b'N', b'G', 1, 2, 3]);
    desk.write(&format!("{FOLDER}/notes.txt"), "Nobody attached this.\n");
    desk.write(&format!("{FOLDER}/retrospective.md"), "What we learnt.\n");
    desk.write(
        IMPORTED,
        "title: Imported\nseverity: low\ndeclared_at: 2026-11-20T06:00:00Z\ndeclared_by: Statuspage\nx-source: {tool: statuspage}\nentries:\n  - id: one\n    at: 2026-11-20T06:10:00Z\n    by: Statuspage\n    comment: We are looking.\n  - id: two\n    at: 2026-11-20T06:20:00Z\n    by: Statuspage\n    comment: We found it.\n  # Nothing below was imported.\nlinks:\n  - {title: Page, url: \"https://status.example.com/1\"}\n",
    );
    desk.write(
        EMPTY,
        "title: Empty\nseverity: low\ndeclared_at: 2026-11-21T06:00:00Z\nentries: []  # none yet\ndeclared_by: Ana Ruiz\n",
    );
    desk.write(
        FLOW,
        "{title: Flow, severity: low, declared_at: 2026-11-21T06:00:00Z, declared_by: Ana Ruiz,\n entries: [{at: 2026-11-21T06:10:00Z, by: Ana Ruiz, comment: One.}]}",
    );
    desk.commit("the record");
    desk.wait(minutes(10));
    desk
}

/// One change, done to the working tree of a branch.
pub(crate) struct Story {
    pub(crate) name: &'static str,
    pub(crate) change: fn(&Desk),
    pub(crate) says: &'static str,
}

pub(crate) const fn story(name: &'static str, change: fn(&Desk), says: &'static str) -> Story {
    Story { name, change, says }
}

/// Puts `to` in the place of `from`, which the file must hold.
pub(crate) fn edit(desk: &Desk, path: &str, from: &str, to: &str) {
    let text = desk.read(path);
    assert!(text.contains(from), "{path} holds no {from:?}");
    desk.write(path, text.replacen(from, to, 1));
}

pub(crate) fn append(desk: &Desk, path: &str, text: &str) {
    desk.write(path, desk.read(path) + text);
}

pub(crate) fn delete(desk: &Desk, path: &str) {
    desk.git(&["rm", "-r", "--quiet", "--cached", path]);
    let place = desk.folder.join(path);
    if place.is_dir() {
        std::fs::remove_dir_all(place).expect("a folder");
    } else {
        std::fs::remove_file(place).expect("a file");
    }
}

pub(crate) fn rename(desk: &Desk, from: &str, to: &str) {
    let to = desk.folder.join(to);
    std::fs::create_dir_all(to.parent().expect("a folder")).expect("folders");
    std::fs::rename(desk.folder.join(from), to).expect("a move");
}

/// Begins a branch `change` from `main` anew.
fn begin(desk: &Desk) {
    desk.git(&["checkout", "--quiet", "--force", "-B", "change", "main"]);
    desk.git(&["clean", "-fdxq"]);
}

pub(crate) const THIRD: &str =
    "  - id: three\n    at: 2026-11-20T06:30:00Z\n    by: Statuspage\n    comment: All is well.\n";

#[rustfmt::skip]
const TAMPERING: &[Story] = &[
    story("a comment says something else", |desk| edit(desk, COMMENT, "grows", "shrinks"),
        "error[recorded-edited]: `comment` of the entry `2026-11-22t061000.000z-comment-a` was edited after it was recorded"),
    story("it happened earlier after all", |desk| edit(desk, COMMENT, "06:10", "06:05"),
        "error[recorded-edited]: `at` of the entry"),
    story("somebody else said so", |desk| edit(desk, COMMENT, "Bo Li", "Cy Doe"),
        "error[recorded-edited]: `by` of the entry"),
    story("what was internal is public", |desk| edit(desk, UPDATE, "visibility: internal", "visibility: public"),
        "was edited after it was recorded, and what was internal would be public"),
    story("the mark of what is internal is taken out", |desk| edit(desk, UPDATE, "visibility: internal\n", ""),
        "was taken out after it was recorded, and what was internal would be public"),
    story("an incident is no longer internal", |desk| edit(desk, ORDERS, "visibility: internal\n", ""),
        "error[recorded-edited]: `visibility` was taken out after it was recorded, and what was internal would be public"),
    story("an update never said critical", |desk| edit(desk, UPDATE, "critical", "high"),
        "error[recorded-edited]: `update.severity` of the entry"),
    story("an update says more", |desk| edit(desk, UPDATE, "  status:", "  title: Another\n  status:"),
        "error[recorded-edited]: `update.title` of the entry `2026-11-22t062000.000z-update-b` was added after it was recorded"),
    story("it was less bad from the start", |desk| edit(desk, ORDERS, "severity: high", "severity: low"),
        "error[recorded-edited]: `severity` was edited after it was recorded"),
    story("it is called otherwise", |desk| edit(desk, ORDERS, "Orders arrive late", "Orders are a bit late"),
        "error[recorded-edited]: `title` was edited"),
    story("the summary is written anew", |desk| edit(desk, ORDERS, "Hours late.", "Minutes late."),
        "error[recorded-edited]: `summary` was edited"),
    story("it was declared sooner", |desk| edit(desk, ORDERS, "06:00:00", "05:00:00"),
        "error[recorded-edited]: `declared_at` was edited"),
    story("a tag is slipped in", |desk| edit(desk, ORDERS, "etl]", "etl, urgent]"),
        "annals update 2026-11-22-late-orders --tag urgent"),
    story("somebody else took command", |desk| edit(desk, ORDERS, "{commander: Ana Ruiz}", "{commander: Bo Li}"),
        "annals update 2026-11-22-late-orders --role 'commander=Bo Li'"),
    story("a declaration gets a key", |desk| append(desk, ORDERS, "started_at: 2026-11-22T05:55:00Z\n"),
        "error[recorded-edited]: `started_at` was added after it was recorded"),
    story("a declaration loses a key", |desk| edit(desk, ORDERS, "summary: Hours late.\n", ""),
        "error[recorded-edited]: `summary` was taken out after it was recorded"),
    story("a comment of the file's own is rewritten", |desk| edit(desk, ORDERS, "# As the shops", "# As we"),
        "error[recorded-layout]: the layout of this file was changed after it was recorded"),
    story("quotation marks are added", |desk| edit(desk, COMMENT, "by: Bo Li", "by: \"Bo Li\""),
        "error[recorded-layout]"),
    story("keys change places", |desk| desk.write(COMMENT, "by: Bo Li\nat: 2026-11-22T06:10:00.000Z\ncomment: The queue grows.\n").nothing(),
        "error[recorded-layout]"),
    story("lines end otherwise", |desk| desk.write(COMMENT, desk.read(COMMENT).replace('\n', "\r\n")).nothing(),
        "error[recorded-layout]: the ends of this file's lines were changed after it was recorded"),
    story("a byte order mark is put before", |desk| desk.write(COMMENT, format!("\u{feff}{}", desk.read(COMMENT))).nothing(),
        "error[recorded-layout]"),
    story("the last line break goes", |desk| desk.write(COMMENT, desk.read(COMMENT).trim_end()).nothing(),
        "error[recorded-layout]"),
    story("an entry inside the file is edited", |desk| edit(desk, IMPORTED, "We found it.", "We did it."),
        "error[recorded-edited]: `comment` of the entry `two` was edited after it was recorded"),
    story("an entry inside the file is deleted", |desk| edit(desk, IMPORTED, "  - id: two\n    at: 2026-11-20T06:20:00Z\n    by: Statuspage\n    comment: We found it.\n", ""),
        "error[recorded-deleted]: the entry `two` was deleted after it was recorded"),
    story("an entry is put before the others", |desk| edit(desk, IMPORTED, "entries:\n", &format!("entries:\n{THIRD}")),
        "error[not-appended]: this entry stands before one recorded before it"),
    story("an entry is put between two", |desk| edit(desk, IMPORTED, "  - id: two\n", &format!("{THIRD}  - id: two\n")),
        "error[not-appended]: this entry stands before one recorded before it"),
    story("entries change places", |desk| {
        let text = desk.read(IMPORTED);
        let (head, rest) = text.split_once("  - id: one").expect("one");
        let (one, rest) = rest.split_once("  - id: two").expect("two");
        let (two, tail) = rest.split_once("  # Nothing").expect("the end");
        desk.write(IMPORTED, format!("{head}  - id: two{two}  - id: one{one}  # Nothing{tail}"));
    }, "error[not-appended]: the entry `two` stands before one recorded before it"),
    story("an entry is called otherwise", |desk| edit(desk, IMPORTED, "id: two", "id: zwei"),
        "error[recorded-edited]: `id` of the entry `two` was edited after it was recorded"),
    story("an entry is appended and another one edited", |desk| {
        edit(desk, IMPORTED, "    comment: We found it.\n", &format!("    comment: We found it.\n{THIRD}"));
        edit(desk, IMPORTED, "We are looking.", "We were asleep.");
    }, "error[recorded-edited]: `comment` of the entry `one` was edited after it was recorded"),
    story("an entry is appended and the layout changed", |desk| {
        edit(desk, IMPORTED, "    comment: We found it.\n", &format!("    comment: We found it.\n{THIRD}"));
        edit(desk, IMPORTED, "title: Imported", "title:  Imported");
    }, "error[recorded-layout]"),
    story("entries become something else", |desk| {
        let text = desk.read(IMPORTED);
        let (head, rest) = text.split_once("entries:\n").expect("entries");
        let (_, tail) = rest.split_once("links:").expect("links");
        desk.write(IMPORTED, format!("{head}entries: []\nlinks:{tail}"));
    }, "error[recorded-deleted]: the entry `one` was deleted after it was recorded"),
    story("an entry is deleted", |desk| delete(desk, COMMENT),
        "error[recorded-deleted]: the entry `2026-11-22t061000.000z-comment-a` of `2026-11-22-late-orders` was deleted after it was recorded"),
    story("an append is reverted", |desk| {
        desk.write(&format!("{FOLDER}/2026-11-22t064000.000z-comment-d.yaml"), "at: 2026-11-22T06:40:00Z\nby: Bo Li\ncomment: Hm.\n").commit("append");
        desk.git(&["branch", "--force", "target", "HEAD"]);
        desk.git(&["revert", "--no-edit", "HEAD"]);
    }, "annals restore 2026-11-22-late-orders"),
    story("an incident is deleted", |desk| { delete(desk, ORDERS); delete(desk, FOLDER); },
        "error[recorded-deleted]: the incident `2026-11-22-late-orders` was deleted after it was recorded, and 4 files of its folder with it"),
    story("only an incident's own file is deleted", |desk| delete(desk, ORDERS),
        "error[recorded-deleted]: the incident `2026-11-22-late-orders` was deleted after it was recorded\n"),
    story("a whole year is deleted", |desk| delete(desk, "incidents/2026"),
        "error[recorded-deleted]: the incident `2026-11-20-imported` was deleted"),
    story("an attachment is replaced", |desk| desk.write(LAG, [9, 9]).nothing(),
        "error[recorded-edited]: the attachment `lag.png` was replaced after it was recorded"),
    story("an attachment is deleted", |desk| delete(desk, LAG),
        "error[recorded-deleted]: the attachment `lag.png` of `2026-11-22-late-orders` was deleted"),
    story("an attachment is called otherwise", |desk| rename(desk, LAG, &format!("{FOLDER}/graph.png")),
        "error[recorded-moved]: the attachment `lag.png` is called `graph` now"),
    story("an entry's file is renamed", |desk| rename(desk, COMMENT, &format!("{FOLDER}/first.yaml")),
        "error[recorded-moved]: the entry `2026-11-22t061000.000z-comment-a` is called `first` now"),
    story("an entry's file is renamed and edited", |desk| {
        rename(desk, COMMENT, &format!("{FOLDER}/first.yaml"));
        edit(desk, &format!("{FOLDER}/first.yaml"), "grows", "shrinks");
    }, "error[recorded-deleted]: the entry `2026-11-22t061000.000z-comment-a`"),
    story("an entry goes to another incident", |desk| rename(desk, COMMENT, "incidents/2026/11/2026-11-20-imported/2026-11-22t061000.000z-comment-a.yaml"),
        "error[recorded-moved]: the entry `2026-11-22t061000.000z-comment-a` of `2026-11-22-late-orders` stands in the folder of `2026-11-20-imported` now"),
    story("an incident's file is renamed", |desk| rename(desk, ORDERS, "incidents/2026/11/2026-11-22-orders.yaml"),
        "error[recorded-moved]: the incident `2026-11-22-late-orders` is called `2026-11-22-orders` now"),
    story("an incident is renamed with its folder", |desk| {
        rename(desk, ORDERS, "incidents/2026/11/2026-11-22-orders.yaml");
        rename(desk, FOLDER, "incidents/2026/11/2026-11-22-orders");
    }, "error[recorded-moved]: the incident `2026-11-22-late-orders` is called `2026-11-22-orders` now"),
    story("another file would be shown in an entry's place", |desk| {
        append(desk, "annals.yaml", "checks: {duplicate-id: off}\n");
        desk.write("incidents/0/2026-11-22-late-orders/2026-11-22t061000.000z-comment-a.yml", "at: 2026-11-22T06:10:00Z\nby: Bo\ncomment: Other.\n");
    }, "error[duplicate-id]: `main` holds something else under the id `2026-11-22t061000.000z-comment-a`"),
    story("a file would be shown in the place of an entry inside the incident's", |desk| {
        append(desk, "annals.yaml", "checks: {duplicate-id: off}\n");
        desk.write("incidents/2026/11/2026-11-20-imported/one.yaml", "at: 2026-11-20T06:10:00Z\nby: Bo\ncomment: Other.\n");
    }, "error[duplicate-id]: `main` holds something else under the id `one`"),
    story("a name changes only in case", |desk| rename(desk, COMMENT, &COMMENT.replace("comment-a", "Comment-A")),
        "error[recorded-moved]: the entry `2026-11-22t061000.000z-comment-a` is called `2026-11-22t061000.000z-Comment-A` now"),
    story("a file is deleted, and comes back otherwise", |desk| {
        let text = desk.read(COMMENT);
        delete(desk, COMMENT);
        desk.commit("delete").write(COMMENT, text.replace("grows", "shrinks"));
    }, "error[recorded-edited]: `comment` of the entry"),
    story("another ending", |desk| rename(desk, COMMENT, &COMMENT.replace(".yaml", ".yml")),
        "error[recorded-moved]: the entry `2026-11-22t061000.000z-comment-a` is called"),
    story("a folder is moved and one of its files edited", |desk| {
        rename(desk, "incidents/2026", "incidents/old");
        edit(desk, &COMMENT.replace("/2026/", "/old/"), "grows", "shrinks");
    }, "error[recorded-edited]: `comment` of the entry"),
    story("a link stands in an entry's place", |desk| {
        delete(desk, COMMENT);
        std::os::unix::fs::symlink("../../../../annals.yaml", desk.folder.join(COMMENT)).expect("a link");
    }, "error[recorded-edited]: a symbolic link stands in the place of the entry `2026-11-22t061000.000z-comment-a`"),
    story("a folder stands in an entry's place", |desk| {
        delete(desk, COMMENT);
        desk.write(&format!("{COMMENT}/x.txt"), "x");
    }, "error[recorded-deleted]: the entry `2026-11-22t061000.000z-comment-a`"),
    story("an entry is hidden", |desk| rename(desk, COMMENT, &format!("{FOLDER}/.a/2026-11-22t061000.000z-comment-a.yaml")),
        "error[recorded-deleted]: the entry `2026-11-22t061000.000z-comment-a`"),
    story("an incident is hidden with its folder", |desk| rename(desk, "incidents/2026", "incidents/.2026"),
        "error[recorded-moved]: the incident `2026-11-22-late-orders` is hidden now: a name in its path begins with a dot"),
    story("a declaration becomes an entry", |desk| desk.write(ORDERS, "at: 2026-11-22T06:00:00Z\nby: Ana Ruiz\ncomment: Nothing.\n").nothing(),
        "error[recorded-edited]: in the place of the incident `2026-11-22-late-orders` stands an entry"),
    story("an entry becomes unreadable", |desk| desk.write(COMMENT, "at: [").nothing(),
        "error[recorded-edited]: the entry `2026-11-22t061000.000z-comment-a` can no longer be read"),
    story("an entry is no text any more", |desk| desk.write(COMMENT, [0xff, 0xfe]).nothing(),
        "error[recorded-edited]: the entry `2026-11-22t061000.000z-comment-a` can no longer be read"),
    story("an incident is declared a second time elsewhere", |desk| desk.write("incidents/2026-11-22-late-orders.yaml", "title: Other\nseverity: low\ndeclared_at: 2026-11-22T06:00:00Z\ndeclared_by: Ana\n").nothing(),
        "error[duplicate-id]"),
    story("an entry stands in two places and differs", |desk| desk.write("incidents/copy/2026-11-22-late-orders/2026-11-22t061000.000z-comment-a.yaml", "at: 2026-11-22T06:10:00Z\nby: Bo\ncomment: Other.\n").nothing(),
        "error[duplicate-id]"),
    story("a file that differs only in case", |desk| desk.write(&format!("{FOLDER}/LAG.png"), [1]).nothing(),
        "error[path-collision]: `LAG.png` and `lag.png` are one path on some machines"),
    story("a severity that is in use goes", |desk| edit(desk, "annals.yaml", "  - {name: high, sev: 2}\n", ""),
        "error[word-removed]: the severity `high` is in use and was taken out"),
    story("statuses that are in use go", |desk| append(desk, "annals.yaml", "statuses:\n  - {name: open, phase: active}\n  - {name: closed, phase: resolved}\n"),
        "error[word-removed]: the status `identified` is in use and was taken out"),
    story("a status means the opposite", |desk| append(desk, "annals.yaml", "statuses:\n  - {name: investigating, phase: active}\n  - {name: identified, phase: resolved}\n"),
        "error[phase-changed]: the status `identified` is in use, and its phase changed from `active` to `resolved`"),
    story("another ledger", |desk| edit(desk, "annals.yaml", "6f1d", "0000"),
        "error[ledger-changed]"),
    story("no ledger", |desk| edit(desk, "annals.yaml", "ledger: {branch: annals-ledger, id: 6f1d}\n", ""),
        "error[ledger-changed]"),
    story("a retired word is used anew", |desk| desk.write(&format!("{FOLDER}/2026-11-22t064000.000z-update-e.yaml"), "at: 2026-11-22T06:40:00Z\nby: Bo Li\nupdate: {severity: dire}\n").nothing(),
        "error[retired-word]: the severity `dire` was retired and is not used anew"),
    story("a change excuses itself", |desk| {
        append(desk, "annals.yaml", "checks: {recorded-edited: off}\nwaivers: [{code: recorded-edited, path: incidents/, reason: none}]\n");
        edit(desk, COMMENT, "grows", "shrinks");
    }, "error[recorded-edited]: `comment` of the entry"),
    story("an edit hides in the merge of the base", |desk| {
        desk.git(&["checkout", "--quiet", "-B", "target", "main"]);
        desk.write(&format!("{FOLDER}/2026-11-22t064000.000z-comment-d.yaml"), "at: 2026-11-22T06:40:00Z\nby: Bo Li\ncomment: Hm.\n").commit("append");
        desk.git(&["checkout", "--quiet", "change"]);
        desk.git(&["merge", "--quiet", "--no-ff", "--no-commit", "target"]);
        edit(desk, COMMENT, "grows", "shrinks");
    }, "error[recorded-edited]: `comment` of the entry"),
    story("a name that the base gave meanwhile", |desk| {
        let new = |title: &str| format!("title: {title}\nseverity: low\ndeclared_at: 2026-11-22T06:50:00Z\ndeclared_by: Ana\n");
        desk.git(&["checkout", "--quiet", "-B", "target", "main"]);
        desk.write("incidents/2026/11/outage.yaml", new("Theirs")).commit("theirs");
        desk.git(&["checkout", "--quiet", "change"]);
        desk.write("incidents/outage.yaml", new("Ours"));
    }, "error[duplicate-id]: `target` holds something else under the id `outage`"),
];

/// So that a story of one expression may end in nothing.
pub(crate) trait Nothing {
    fn nothing(&self) {}
}

impl Nothing for Desk {}

/// Tells a story on its branch and answers what `check` says against its base: `target`
/// where the story made one, else `main`.
pub(crate) fn tell(desk: &Desk, story: &Story) -> crate::desk::Said {
    let _ = desk.try_git(&["branch", "--quiet", "-D", "target"]);
    begin(desk);
    (story.change)(desk);
    desk.commit(story.name);
    let has_target = desk
        .try_git(&["rev-parse", "--quiet", "--verify", "refs/heads/target"])
        .code
        == 0;
    if !has_target {
        return desk.annals(&["check", "--base", "main"]);
    }
    // What the base received meanwhile stands on the record branch.
    let main = desk.git(&["rev-parse", "main"]);
    desk.git(&["update-ref", "refs/heads/main", "target"]);
    let said = desk.annals(&["check", "--base", "target"]);
    desk.git(&["update-ref", "refs/heads/main", &main]);
    said
}

#[test]
fn tampering_is_refused() {
    let desk = recorded();
    let mut wrong = Vec::new();
    for story in TAMPERING {
        let said = tell(&desk, story);
        if said.code != 1 || !said.err.contains(story.says) {
            wrong.push(format!(
                "{}: exit {}, wanted {}\n{}{}",
                story.name, said.code, story.says, said.err, said.out
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        TAMPERING.len(),
        wrong.join("\n")
    );
    assert!(TAMPERING.len() >= 25);
}
