//! Putting right what was said: corrections, retractions, redactions, and that none of
//! them sets anything off.

use serde_json::{Value as Json, json};

use crate::desk::{Desk, Said, minutes};

/// A desk with one open incident of three entries: a comment, an update to `identified`,
/// an update to `critical`.
struct Story {
    desk: Desk,
    comment: String,
    identified: String,
    critical: String,
}

impl Story {
    fn begin() -> Self {
        let mut desk = Desk::ready();
        desk.annals(&["declare", "Orders arrive late", "--severity", "high"])
            .exits(0);
        let mut say = |arguments: &[&str]| {
            desk.wait(minutes(6));
            desk.annals(arguments).exits(0).id()
        };
        let comment = say(&["comment", "orders", "Lag is one million."]);
        let identified = say(&["update", "orders", "--status", "identified"]);
        let critical = say(&["update", "orders", "--severity", "critical", "-m", "Worse."]);
        desk.wait(minutes(6));
        Self {
            desk,
            comment,
            identified,
            critical,
        }
    }

    /// Says something, six minutes later than what was said before.
    fn say(&mut self, arguments: &[&str]) -> Said {
        let said = self.desk.annals(arguments);
        self.desk.wait(minutes(6));
        said
    }

    /// Writes an entry as people may, and commits it.
    fn write(&mut self, name: &str, text: &str) {
        let file = self.path();
        let folder = file.trim_end_matches(".yaml");
        let at = self.desk.now();
        let text = format!("at: {at}\nby: Bo Li\n{text}");
        self.desk.write(&format!("{folder}/{name}.yaml"), text);
        self.desk.commit("Write an entry");
        self.desk.wait(minutes(6));
    }

    fn path(&self) -> String {
        self.incident()["path"].as_str().unwrap().to_owned()
    }

    fn incident(&self) -> Json {
        let said = self
            .desk
            .annals(&["show", "orders", "--format", "json"])
            .json();
        said["incidents"][0].clone()
    }

    fn entry(&self, id: &str) -> Json {
        let incident = self.incident();
        let mut entries = incident["entries"].as_array().unwrap().iter();
        let found = entries.find(|entry| entry["id"] == id);
        found.unwrap_or_else(|| panic!("no entry {id}")).clone()
    }

    /// The names of the events that what came after `revision` means.
    fn events_since(&self, revision: &str) -> Vec<String> {
        let said = self
            .desk
            .annals(&["events", "--since", revision, "--format", "json"]);
        let events = said.exits(0).json();
        let name = |event: &Json| {
            let name = event["event"].as_str().unwrap();
            name.trim_start_matches("prefect-cloud.incident.")
                .to_owned()
        };
        events.as_array().unwrap().iter().map(name).collect()
    }
}

fn correct<'a>(entry: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["correct", "orders", entry, "--reason", "Misread."];
    arguments.extend(more);
    arguments
}

fn retract<'a>(entry: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["retract", "orders", entry, "--reason", "Wrong."];
    arguments.extend(more);
    arguments
}

#[test]
fn a_correction_takes_the_place_of_what_was_said_and_both_stay_readable() {
    let mut story = Story::begin();
    let comment = story.comment.clone();
    let by = story
        .say(&correct(&comment, &["Lag is ten million."]))
        .exits(0)
        .says("corrected an entry of “Orders arrive late”")
        .id();
    let entry = story.entry(&comment);
    assert_eq!(entry["comment"], "Lag is ten million.");
    assert_eq!(entry["original"]["comment"], "Lag is one million.");
    assert_eq!(entry["corrected"]["entry"], by.as_str());
    assert_eq!(entry["corrected"]["reason"], "Misread.");
    story.desk.annals(&["check"]).exits(0);
}

#[test]
fn the_last_correction_counts_and_taking_it_back_restores_the_one_before() {
    let mut story = Story::begin();
    let comment = story.comment.clone();
    story.say(&correct(&comment, &["Two million."])).exits(0);
    let last = story
        .say(&correct(&comment, &["Three million."]))
        .exits(0)
        .id();
    assert_eq!(story.entry(&comment)["comment"], "Three million.");
    let back = story.say(&retract(&last, &[])).exits(0).id();
    assert_eq!(story.entry(&comment)["comment"], "Two million.");
    story.say(&retract(&back, &[])).exits(0);
    assert_eq!(story.entry(&comment)["comment"], "Three million.");
}

#[test]
fn what_is_taken_back_no_longer_counts_until_that_is_taken_back() {
    let mut story = Story::begin();
    let critical = story.critical.clone();
    let back = story.say(&retract(&critical, &["--no-action"])).exits(0);
    assert_eq!(story.incident()["severity"], "high");
    assert_eq!(story.incident()["peak_severity"], "high");
    assert_eq!(story.entry(&critical)["retracted"]["reason"], "Wrong.");
    assert_eq!(story.entry(&critical)["changes"], json!([]));
    story.say(&retract(&back.id(), &["--no-action"])).exits(0);
    assert_eq!(story.incident()["severity"], "critical");
    story
        .say(&retract(&critical, &["--no-action"]))
        .exits(0)
        .says("took back an entry of");
    story
        .say(&retract(&critical, &["--no-action"]))
        .exits(2)
        .warns("was retracted already");
}

#[test]
fn a_correction_that_would_change_a_severity_or_status_in_force_wants_to_be_meant() {
    let mut story = Story::begin();
    let (critical, identified) = (story.critical.clone(), story.identified.clone());
    let before = story.desk.git(&["rev-parse", "HEAD"]);
    story
        .say(&correct(&critical, &["--severity", "moderate"]))
        .exits(2)
        .warns("change the severity in force from `critical` to `moderate`")
        .warns("--severity moderate")
        .warns("--no-action");
    story
        .say(&retract(&identified, &[]))
        .exits(2)
        .warns("change the status in force from `identified` to `investigating`");
    assert_eq!(story.desk.git(&["rev-parse", "HEAD"]), before);
    story
        .say(&correct(
            &critical,
            &["--severity", "moderate", "--no-action"],
        ))
        .exits(0);
    assert_eq!(story.incident()["severity"], "moderate");
    assert_eq!(story.events_since(&before), ["entry.corrected"]);
}

#[test]
fn a_later_update_is_an_event_by_what_differs_from_the_corrected_facts() {
    let mut story = Story::begin();
    let critical = story.critical.clone();
    story
        .say(&correct(
            &critical,
            &["--severity", "moderate", "--no-action"],
        ))
        .exits(0);
    let before = story.desk.git(&["rev-parse", "HEAD"]);
    story
        .say(&["update", "orders", "--severity", "critical"])
        .exits(0);
    assert_eq!(story.events_since(&before), ["updated.severity"]);
}

#[test]
fn a_declaration_is_corrected_and_never_taken_back() {
    let mut story = Story::begin();
    let more = [
        "--title",
        "Orders are late",
        "--started-at",
        "2026-11-22T06:40:00Z",
    ];
    let by = story.say(&correct("declaration", &more)).exits(0).id();
    let incident = story.incident();
    assert_eq!(incident["title"], "Orders are late");
    assert_eq!(incident["started_at"], "2026-11-22T06:40:00.000Z");
    assert_eq!(incident["original"]["title"], "Orders arrive late");
    assert_eq!(incident["corrected"]["entry"], by.as_str());
    story
        .say(&retract("declaration", &[]))
        .exits(2)
        .warns("a declaration can be corrected, not taken back");
    story.say(&retract(&by, &[])).exits(0);
    assert_eq!(story.incident()["title"], "Orders arrive late");
}

#[test]
fn a_time_that_was_wrong_moves_the_entry_to_its_place() {
    let mut story = Story::begin();
    let comment = story.comment.clone();
    story
        .say(&correct(&comment, &["--happened", "2026-11-22T07:20:00Z"]))
        .exits(0);
    let entries = story.incident()["entries"].clone();
    let places: Vec<&Json> = entries
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["id"])
        .collect();
    assert_eq!(places[2], comment.as_str(), "{places:?}");
}

#[test]
fn members_of_a_circle_are_told_and_ignored() {
    let mut story = Story::begin();
    story.write("one", "retract: {entry: two, reason: No.}\n");
    story.write("two", "retract: {entry: one, reason: No.}\n");
    story
        .desk
        .annals(&["check"])
        .exits(1)
        .warns("error[void-correction]")
        .warns("it means itself, by way of others");
    let ignored = &story.entry("one")["ignored"];
    assert_eq!(ignored, "it means itself, by way of others");
    assert_eq!(story.incident()["severity"], "critical");
}

#[test]
fn a_correction_of_a_correction_changes_what_the_first_one_says() {
    let mut story = Story::begin();
    let comment = story.comment.clone();
    let first = story.say(&correct(&comment, &["Two million."])).exits(0);
    let first = first.id();
    story
        .say(&correct(&first, &["Three million."]))
        .exits(2)
        .warns(&format!("is itself about {comment}"))
        .warns("the last correction counts");
    let at = story.desk.now();
    story.write(
        "second",
        &format!(
            "correct:\n  entry: {first}\n  reason: Misread again.\n  to:\n    at: {at}\n    by: Bo Li\n    correct:\n      entry: {comment}\n      reason: Misread thrice.\n      to: {{at: 2026-11-22T07:06:00Z, by: Ana Ruiz, comment: Four million.}}\n"
        ),
    );
    story.desk.annals(&["check"]).exits(0);
    let entry = story.entry(&comment);
    assert_eq!(entry["comment"], "Four million.");
    assert_eq!(entry["corrected"]["reason"], "Misread thrice.");
    assert_eq!(story.entry(&first)["corrected"]["entry"], "second");
    story.say(&retract(&first, &[])).exits(0);
    assert_eq!(story.entry(&comment)["comment"], "Lag is one million.");
}

#[test]
fn redacted_words_are_hidden_and_facts_stay() {
    let mut story = Story::begin();
    let critical = story.critical.clone();
    let arguments = [
        "redact",
        "orders",
        &critical,
        "--reason",
        "It names a customer.",
    ];
    story
        .say(&arguments)
        .exits(0)
        .warns("the words stay in Git");
    assert_eq!(story.incident()["severity"], "critical");
    let entry = story.entry(&critical);
    assert_eq!(entry["comment"], "[redacted]");
    assert_eq!(entry["redacted"]["reason"], "It names a customer.");
    for arguments in [
        &["show", "orders"][..],
        &["show", "orders", "--format", "json"],
        &["report", "orders"],
        &["report", "orders", "--format", "html"],
        &["data", "orders"],
        &["list", "--all", "--format", "json"],
        &["events"],
    ] {
        let said = story.desk.annals(arguments).exits(0);
        assert!(!said.out.contains("Worse."), "{arguments:?}: {}", said.out);
    }
    story.say(&arguments).exits(2).warns("hidden already");
}

#[test]
fn a_redaction_cannot_be_undone() {
    let mut story = Story::begin();
    let comment = story.comment.clone();
    let by = story
        .say(&["redact", "orders", &comment, "--reason", "Private."])
        .exits(0)
        .id();
    story.write("back", &format!("retract: {{entry: {by}, reason: No.}}\n"));
    story
        .desk
        .annals(&["check"])
        .exits(1)
        .warns("a redaction cannot be undone");
    assert_eq!(story.entry(&comment)["comment"], "[redacted]");
    story.say(&correct(&comment, &["Lag is high."])).exits(0);
    assert_eq!(story.entry(&comment)["comment"], "Lag is high.");
}

#[test]
fn a_correction_that_would_not_count_is_refused() {
    let mut story = Story::begin();
    let comment = story.comment.clone();
    story.say(&correct(&comment, &["Two million."])).exits(0);
    let early = ["Three million.", "--at", "2026-11-22T07:07:00Z"];
    story
        .say(&correct(&comment, &early))
        .exits(2)
        .warns("this would not count: a correction or retraction later than");
    assert_eq!(story.entry(&comment)["comment"], "Two million.");
}

#[test]
fn a_correction_that_changes_nothing_is_not_recorded() {
    let mut story = Story::begin();
    let comment = story.comment.clone();
    story
        .say(&correct(&comment, &["Lag is one million."]))
        .exits(2)
        .warns("changes nothing");
    story
        .say(&correct(&comment, &["--severity", "low"]))
        .exits(2)
        .warns("it holds no facts to correct");
    story
        .say(&["correct", "orders", &comment, "Two.", "--reason", " "])
        .exits(2)
        .warns("`--reason` says nothing");
    story
        .say(&correct("nothing-like-it", &["Two."]))
        .exits(2)
        .warns("has no entry `nothing-like-it`");
}

#[test]
fn a_rule_does_not_act_on_what_a_correction_changes() {
    let mut story = Story::begin();
    let rule = "name: Tell about severities\ntrigger:\n  type: event\n  expect: [incident.updated.severity, incident.resolved]\n  posture: Reactive\n  threshold: 1\n  within: 0\nactions:\n  - {type: call-webhook, url: \"http://127.0.0.1:9/\", payload: {}}\n";
    story.desk.write("automations/severities.yaml", rule);
    story.desk.commit("Add a rule");
    story.desk.wait(minutes(6));
    let base = story.desk.git(&["rev-parse", "HEAD"]);
    let critical = story.critical.clone();
    story
        .say(&correct(&critical, &["--severity", "low", "--no-action"]))
        .exits(0);
    story
        .desk
        .annals(&["plan", "--base", &base])
        .exits(0)
        .says("No automation would fire.");
}
