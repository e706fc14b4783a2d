//! What a branch may do: stories on real Git branches, each a change that `annals check
//! --base` accepts, with a warning perhaps.

use crate::desk::Desk;
use crate::tampering::{
    BROKEN, COMMENT, EMPTY, FLOW, FOLDER, IMPORTED, Nothing, ORDERS, Story, THIRD, append, delete,
    edit, recorded, rename, story, tell,
};

/// A comment, as a file of its own.
fn say(desk: &Desk, name: &str) {
    let text = format!("at: 2026-11-22T06:50:00Z\nby: Bo Li\ncomment: Words of {name}.\n");
    desk.write(
        &format!("{FOLDER}/2026-11-22t065000.000z-comment-{name}.yaml"),
        text,
    );
}

fn on_target(desk: &Desk, change: impl Fn(&Desk)) {
    desk.git(&["checkout", "--quiet", "-B", "target", "main"]);
    change(desk);
    desk.commit("meanwhile");
    desk.git(&["checkout", "--quiet", "change"]);
}

/// The base holds a file that cannot be read.
fn break_one(desk: &Desk) {
    on_target(desk, |desk| {
        desk.write(BROKEN, "at: 2026-11-22T06:40:00Z\nby: [Bo Li\n")
            .nothing()
    });
    desk.git(&["reset", "--quiet", "--hard", "target"]);
}

#[rustfmt::skip]
const HONEST: &[Story] = &[
    story("nothing at all", |_| {}, "nothing"),
    story("a comment", |desk| say(desk, "x"), ""),
    story("an update", |desk| { desk.annals(&["update", "late-orders", "--status", "monitoring"]).exits(0); }, ""),
    story("a correction, a retraction, a redaction", |desk| {
        desk.annals(&["correct", "late-orders", "comment-a", "--reason", "typo", "The queue shrinks."]).exits(0);
        desk.annals(&["retract", "late-orders", "attach-c", "--reason", "another one"]).exits(0);
        desk.annals(&["redact", "late-orders", "update-b", "--reason", "a secret"]).exits(0);
    }, ""),
    story("an incident", |desk| { desk.annals(&["declare", "Another", "--severity", "low"]).exits(0); }, ""),
    story("an incident with entries inside", |desk| desk.write("incidents/new.yaml", format!("title: New\nseverity: low\ndeclared_at: 2026-11-22T06:00:00Z\ndeclared_by: Ana\nentries:\n{}", THIRD.replace("11-20", "11-22"))).nothing(), ""),
    story("an attachment", |desk| {
        desk.write("../graph.png", [1, 2]);
        desk.annals(&["attach", "late-orders", "../graph.png"]).exits(0);
    }, ""),
    story("an item after the others", |desk| edit(desk, IMPORTED, "    comment: We found it.\n", &format!("    comment: We found it.\n{THIRD}")), ""),
    story("two items with a remark between", |desk| edit(desk, IMPORTED, "    comment: We found it.\n", &format!("    comment: We found it.\n{THIRD}  # And then:\n{}", THIRD.replace("three", "four"))), ""),
    story("an item after the remark that ends the list", |desk| edit(desk, IMPORTED, "imported.\n", &format!("imported.\n{THIRD}")), ""),
    story("the first item of a file", |desk| append(desk, ORDERS, &format!("entries:\n{}", THIRD.replace("11-20", "11-22"))), ""),
    story("the first item in the place of an empty list", |desk| edit(desk, EMPTY, "entries: []  # none yet\n", &format!("entries:\n{THIRD}")), ""),
    story("an item of a list in one line", |desk| edit(desk, FLOW, "One.}]}", "One.}, {at: 2026-11-21T06:20:00Z, by: Bo Li, comment: Two.}]}\n"), ""),
    story("another retrospective", |desk| desk.write(&format!("{FOLDER}/retrospective.md"), "We learnt more.\n").nothing(), ""),
    story("no retrospective", |desk| delete(desk, &format!("{FOLDER}/retrospective.md")), ""),
    story("notes that nobody attached", |desk| desk.write(&format!("{FOLDER}/notes.txt"), "Rewritten.\n").nothing(), ""),
    story("fewer notes", |desk| delete(desk, &format!("{FOLDER}/notes.txt")), ""),
    story("rules and pages and settings", |desk| {
        desk.write("automations/a.yaml", "[]\n").write("templates/parts/top.html", "<p>Top</p>\n");
        append(desk, "annals.yaml", "site: {title: Status}\n");
    }, ""),
    story("a word is retired", |desk| edit(desk, "annals.yaml", "{name: high, sev: 2}", "{name: high, sev: 2, retired: true}"), ""),
    story("a word that nobody used goes, another comes", |desk| edit(desk, "annals.yaml", "  - {name: dire, sev: 1, retired: true}\n", "  - {name: tiny, sev: 9}\n"), ""),
    story("a status that nobody used means something else", |desk| append(desk, "annals.yaml", "statuses:\n  - {name: investigating, phase: active}\n  - {name: identified, phase: active}\n  - {name: monitoring, phase: resolved}\n"), ""),
    story("a folder is moved", |desk| rename(desk, "incidents/2026", "incidents/old"),
        "warning[files-moved]: 10 files were moved, unchanged, from `incidents/2026` to `incidents/old`"),
    story("an incident is moved with its folder", |desk| {
        rename(desk, ORDERS, "incidents/archive/2026-11-22-late-orders.yaml");
        rename(desk, FOLDER, "incidents/archive/2026-11-22-late-orders");
    }, "warning[files-moved]"),
    story("a folder is moved, and an entry joins it there", |desk| {
        rename(desk, "incidents/2026", "incidents/old");
        desk.write(&format!("{}/x.yaml", FOLDER.replace("/2026/", "/old/")), "at: 2026-11-22T06:50:00Z\nby: Bo Li\ncomment: Hm.\n");
    }, "warning[files-moved]"),
    story("the base moves a folder in which the branch appends", |desk| {
        on_target(desk, |desk| rename(desk, "incidents/2026", "incidents/old"));
        say(desk, "x");
    }, ""),
    story("a file that could not be read is mended", |desk| {
        break_one(desk);
        desk.write(BROKEN, "at: 2026-11-22T06:40:00Z\nby: Bo Li\ncomment: Hm.\n");
    },
        "warning[mended]"),
    story("a file that could not be read goes", |desk| { break_one(desk); delete(desk, BROKEN); }, "warning[mended]"),
    story("the base has more entries", |desk| { on_target(desk, |desk| say(desk, "y")); say(desk, "x"); }, ""),
    story("the base has more items in the same file", |desk| {
        on_target(desk, |desk| edit(desk, IMPORTED, "    comment: We found it.\n", &format!("    comment: We found it.\n{THIRD}")));
        say(desk, "x");
    }, ""),
    story("a rebase before the merge", |desk| {
        on_target(desk, |desk| say(desk, "y"));
        say(desk, "x");
        desk.commit("mine").git(&["rebase", "--quiet", "target"]);
    }, ""),
    story("a merge of the base into the branch", |desk| {
        on_target(desk, |desk| say(desk, "y"));
        say(desk, "x");
        desk.commit("mine").git(&["merge", "--quiet", "--no-edit", "target"]);
    }, ""),
    story("merges crosswise", |desk| {
        say(desk, "x");
        desk.commit("mine");
        on_target(desk, |desk| say(desk, "y"));
        desk.git(&["branch", "--force", "was", "target"]);
        desk.git(&["checkout", "--quiet", "target"]);
        desk.git(&["merge", "--quiet", "--no-edit", "change"]);
        desk.git(&["checkout", "--quiet", "change"]);
        desk.git(&["merge", "--quiet", "--no-edit", "was"]);
        say(desk, "z");
    }, ""),
    story("a merge queue's commit, whose first parent is the base", |desk| {
        say(desk, "x");
        desk.commit("mine");
        on_target(desk, |desk| say(desk, "y"));
        desk.git(&["branch", "--force", "mine", "change"]);
        desk.git(&["reset", "--quiet", "--hard", "target"]);
        desk.git(&["merge", "--quiet", "--no-ff", "--no-edit", "mine"]);
    }, ""),
    story("a squash", |desk| {
        say(desk, "x");
        desk.commit("one");
        say(desk, "y");
        desk.commit("two").git(&["reset", "--quiet", "--soft", "main"]);
    }, ""),
    story("a commit amended before the merge", |desk| {
        say(desk, "x");
        desk.commit("one");
        edit(desk, &format!("{FOLDER}/2026-11-22t065000.000z-comment-x.yaml"), "Words", "Other words");
        desk.git(&["commit", "--quiet", "--amend", "--all", "--no-edit"]);
    }, ""),
    story("the branch takes back what it alone said", |desk| {
        say(desk, "x");
        desk.commit("one").git(&["revert", "--no-edit", "HEAD"]);
    }, ""),
    story("an edit, and its undoing", |desk| {
        edit(desk, COMMENT, "grows", "shrinks");
        desk.commit("oops").git(&["revert", "--no-edit", "HEAD"]);
    }, ""),
    story("the same commit on both sides", |desk| {
        on_target(desk, |desk| say(desk, "x"));
        desk.git(&["cherry-pick", "target"]);
    }, ""),
    story("what a revert took out comes back", |desk| {
        on_target(desk, |desk| delete(desk, COMMENT));
        desk.git(&["reset", "--quiet", "--hard", "target"]);
        desk.annals(&["restore", "late-orders"]).exits(0);
    }, ""),
    story("a file may be run", |desk| { desk.git(&["update-index", "--chmod=+x", COMMENT]); desk.git(&["commit", "--quiet", "-m", "x"]); desk.git(&["checkout", "--force", "--quiet"]); }, ""),
    story("an entry that comes late", |desk| desk.write(&format!("{FOLDER}/late.yaml"), "at: 2026-11-20T06:50:00Z\nby: Bo Li\nupdate: {severity: low}\n").nothing(),
        "warning[late-entry]"),
    story("an update that is not in force", |desk| desk.write(&format!("{FOLDER}/late.yaml"), "at: 2026-11-22T06:15:00Z\nby: Bo Li\nupdate: {severity: low}\n").nothing(),
        "warning[not-in-force]: `severity` is not in force: what was recorded before this, and is dated later, says `critical`"),
    story("two updates, one after the other", |desk| {
        desk.write(&format!("{FOLDER}/a.yaml"), "at: 2026-11-22T06:45:00Z\nby: Bo Li\nupdate: {severity: low}\n");
        desk.write(&format!("{FOLDER}/b.yaml"), "at: 2026-11-22T06:46:00Z\nby: Bo Li\nupdate: {severity: high}\n");
    }, "nothing wrong"),
];

#[test]
fn honest_changes_are_accepted() {
    let desk = recorded();
    let mut wrong = Vec::new();
    for story in HONEST {
        let said = tell(&desk, story);
        if said.code != 0 || !(said.err.clone() + &said.out).contains(story.says) {
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
        HONEST.len(),
        wrong.join("\n")
    );
    assert!(HONEST.len() >= 25);
}
