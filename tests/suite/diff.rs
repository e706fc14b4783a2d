//! Stories about `diff`: what commits say, in words.

use crate::desk::{Desk, minutes};

/// A record of one incident on `main`.
fn recorded() -> (Desk, String) {
    let mut desk = Desk::ready();
    let id = desk
        .annals(&["declare", "Orders arrive late", "--severity", "high"])
        .exits(0)
        .id();
    desk.wait(minutes(5));
    (desk, id)
}

#[test]
fn a_branch_is_told_against_the_record_in_one_line_for_each_incident() {
    let (mut desk, id) = recorded();
    desk.git(&["checkout", "--quiet", "-b", "work"]);
    desk.annals(&["comment", &id, "One."]).exits(0);
    desk.annals(&["update", &id, "--severity", "moderate"])
        .exits(0);
    desk.wait(minutes(1));
    desk.annals(&[
        "update",
        &id,
        "--severity",
        "critical",
        "--title",
        "No orders",
    ])
    .exits(0);
    desk.annals(&["comment", &id, "Two.", "--by", "Ana Ruiz"])
        .exits(0);
    let said = desk.annals(&["diff"]).exits(0);
    let line = format!(
        "No orders ({id}): 2 comments by Ana Ruiz; severity high → moderate → critical; title Orders arrive late → No orders\n"
    );
    assert_eq!(said.out, format!("Since main:\n{line}"));
    assert_eq!(desk.annals(&["diff", "main..work"]).exits(0).out, line);
    assert_eq!(desk.annals(&["diff", "main"]).exits(0).out, line);
    let json = desk.annals(&["diff", "--format", "json"]).exits(0).json();
    assert_eq!(json["incidents"][0]["id"], id);
    assert_eq!(
        json["incidents"][0]["changes"][1],
        "severity high → moderate → critical"
    );
    assert_eq!(
        json["incidents"][0]["events"]
            .as_array()
            .expect("events")
            .len(),
        5
    );
}

#[test]
fn what_the_record_received_meanwhile_is_no_part_of_a_branch() {
    let (mut desk, id) = recorded();
    desk.git(&["checkout", "--quiet", "-b", "work"]);
    desk.annals(&["comment", &id, "Ours."]).exits(0);
    desk.git(&["checkout", "--quiet", "main"]);
    desk.wait(minutes(5));
    desk.annals(&["resolve", &id]).exits(0);
    let said = desk.annals(&["diff", "main..work"]).exits(0).out;
    assert!(said.ends_with(": 1 comment by Ana Ruiz\n"), "{said}");
    let said = desk.annals(&["diff"]).exits(0).out;
    assert!(
        said.starts_with("Since the commit before:\n") && said.ends_with("): resolved\n"),
        "{said}"
    );
}

#[test]
fn on_the_record_branch_what_was_not_pushed_is_told() {
    let (desk, id) = recorded();
    let bare = Desk::bare(&desk);
    let clone = Desk::clone_of(&bare);
    clone.annals(&["comment", &id, "One."]).exits(0);
    clone.annals(&["comment", &id, "Two."]).exits(0);
    clone
        .annals(&["diff"])
        .exits(0)
        .says("Since origin/main:\n")
        .says("2 comments by Ana Ruiz");
    clone
        .annals(&["diff", "HEAD..HEAD"])
        .exits(0)
        .says("Nothing was said about any incident.");
}

#[test]
fn lists_roles_and_schedules_are_told_by_what_differs() {
    let (desk, id) = recorded();
    let say = |what: &str| {
        desk.write(
            &format!("incidents/2026/11/{id}/said.yaml"),
            format!("at: 2026-11-22T07:01:00Z\nby: Bo\nupdate: {what}\n"),
        );
        desk.commit("said");
        let out = desk.annals(&["diff", "HEAD~"]).exits(0).out;
        desk.git(&["reset", "--quiet", "--hard", "HEAD~"]);
        out.split_once("): ")
            .expect("a line")
            .1
            .trim_end()
            .to_owned()
    };
    assert_eq!(say("{tags: {add: [orders, etl]}}"), "tags + orders, etl");
    assert_eq!(
        say("{resources: {add: [{id: x, role: service, name: Shop}]}, roles: {commander: Bo}}"),
        "resources + Shop; commander Bo"
    );
    assert_eq!(
        say("{detected_at: 2026-11-22T06:00:00Z, summary: So.}"),
        "summary changed; detected at 2026-11-22T06:00:00Z"
    );
}

#[test]
fn hostile_words_are_shown_and_never_obeyed() {
    let (desk, id) = recorded();
    let title = "\u{1b}[2J`<img>` @all";
    desk.annals(&["update", &id, "--title", title]).exits(0);
    let text = desk.annals(&["diff", "HEAD~"]).exits(0).out;
    assert!(
        text.contains("␛[2J`<img>` @all") && !text.contains('\u{1b}'),
        "{text}"
    );
    let page = desk
        .annals(&["diff", "HEAD~", "--format", "markdown"])
        .exits(0)
        .out;
    assert!(page.starts_with("- ``␛[2J`<img>` @all`` (`"), "{page}");
    desk.annals(&["diff", "nowhere"]).exits(2).warns("nowhere");
}
