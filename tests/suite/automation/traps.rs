//! Traps hold in the engine: what is said never to fire never does, whatever happens.

use std::path::{Path, PathBuf};

use annals::archive::settings::Settings;
use annals::automation::driver::Driver;
use annals::automation::engine::State;
use annals::automation::event::{Event, INCIDENT, Labels, NAMES};
use annals::automation::rule::{Automation, Reader, schema};
use annals::text::diagnostic::{Code, Diagnostic, Level};
use annals::text::duration::Duration;
use annals::text::form::untyped;
use annals::text::moment::Moment;
use annals::text::source::Source;
use annals::text::yaml;

/// The rule of a case folder, and what is said of it.
fn read(text: &str) -> (Vec<Automation>, Vec<Diagnostic>) {
    let yaml = "format: 1\nenvironment: {HOOK: {use: url}}\n";
    let (settings, _) = Settings::read(&Source::new("annals.yaml", yaml));
    let source = Source::new("automations/rule.yaml", text);
    let reading = Reader::new(&settings.environment).read(&[source]);
    (
        reading.automations.into_values().collect(),
        reading.diagnostics,
    )
}

/// The texts of all case folders of rules, by name.
fn cases() -> Vec<(String, String)> {
    let folders = std::fs::read_dir("tests/cases/rules").expect("cases");
    let mut paths: Vec<PathBuf> = folders.map(|entry| entry.expect("a case").path()).collect();
    paths.sort();
    let text = |path: &Path| {
        let rules = path.join("repository/automations");
        let file = std::fs::read_dir(rules).expect("rules").next();
        std::fs::read_to_string(file.expect("a file").expect("a file").path()).expect("text")
    };
    let named = |path: &PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy();
        (name.into_owned(), text(path))
    };
    paths.iter().map(named).collect()
}

/// Events of three incidents over some days, some close together, some far apart.
fn events(seed: u64) -> Vec<(Event, Moment)> {
    let mut dice = seed;
    let mut throw = move |sides: u64| {
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    let mut now = Moment::parse("2026-11-22T07:00:00Z").expect("a time");
    let mut event = |index| {
        let pause = [1, 7, 61, 90, 4000][throw(5) as usize];
        now = now.plus(Duration::microseconds(pause * 1_000_000));
        let label = |name: &str, value: &str| (format!("{INCIDENT}{name}"), value.to_owned());
        let severities = ["minor", "moderate", "critical"];
        let names = [
            "declared",
            "comment.added",
            NAMES[throw(NAMES.len() as u64) as usize],
        ];
        let event = Event {
            id: format!("{seed}-{index}"),
            occurred: now,
            event: format!("{INCIDENT}{}", names[throw(3) as usize]),
            resource: Labels::from([
                (
                    "prefect.resource.id".to_owned(),
                    format!("{INCIDENT}{}", throw(3)),
                ),
                label("severity", severities[throw(3) as usize]),
                label("kind", "incident"),
            ]),
            related: Vec::new(),
            payload: serde_json::Value::Null,
            follows: None,
        };
        (event, now)
    };
    (0..120).map(&mut event).collect()
}

/// How often the automations fire on events.
fn firings(automations: &[Automation], events: &[(Event, Moment)]) -> usize {
    let mut driver = Driver::new(State::default());
    driver.pass(events[0].1);
    driver.rules(automations.iter().map(|one| (&one.rule, true)));
    for (event, now) in events {
        driver.deliver(event, *now);
    }
    let end = events.last().expect("events").1;
    driver.pass(end.plus(Duration::microseconds(86_400_000_000)));
    driver.fired().len()
}

#[test]
fn what_can_never_fire_never_does_and_what_is_fine_does() {
    let (mut traps, mut fine) = (0, 0);
    for (name, text) in cases() {
        let (automations, found) = read(&text);
        let fired: usize = (1..20)
            .map(|seed| firings(&automations, &events(seed)))
            .sum();
        if found.iter().any(|fault| fault.code == Code::NeverFires) {
            assert_eq!(fired, 0, "{name}");
            traps += 1;
        // The events below are of incidents alone.
        } else if found.is_empty() && text.contains("incident") {
            assert!(fired > 0, "{name}");
            fine += 1;
        }
    }
    assert!(traps >= 10 && fine >= 3, "{traps} traps, {fine} fine");
}

/// Comments, each so many seconds after the first, and how often a heartbeat is
/// missed.
fn beats(threshold: u32, seconds: &[i64]) -> usize {
    let text = format!(
        "name: a\nactions: []\ntrigger: {{type: event, posture: Proactive, after: [incident.comment.added], expect: [incident.comment.added], for_each: [prefect.resource.id], threshold: {threshold}, within: 600}}\n"
    );
    let (automations, _) = read(&text);
    let (sample, start) = events(1).remove(0);
    let beat = |second: &i64| {
        let now = start.plus(Duration::microseconds(second * 1_000_000));
        let event = Event {
            id: format!("beat-{second}"),
            event: format!("{INCIDENT}comment.added"),
            occurred: now,
            ..sample.clone()
        };
        (event, now)
    };
    let events: Vec<(Event, Moment)> = seconds.iter().map(beat).collect();
    firings(&automations, &events)
}

#[test]
fn a_heartbeat_counts_with_threshold_one_and_is_missed_though_it_beats_above() {
    let beating = [0, 400, 800, 1200];
    assert_eq!(beats(1, &beating), 1, "when it stopped");
    assert_eq!(beats(2, &beating), 2, "also while it beat");
}

/// Whether a fault is of a kind that a schema cannot tell.
fn is_beyond_a_schema(fault: &Diagnostic) -> bool {
    let of_words = [
        "10 seconds",
        "seconds alone",
        "a number of seconds",
        "a whole number",
        "or a number from 1 to",
        "a UUID",
        "neither a variable",
        "stands beside",
    ];
    match fault.code {
        Code::WrongType | Code::UnknownKey => {
            of_words.iter().any(|words| fault.message.contains(words))
                || fault.message.contains("`paylod`")
        }
        Code::MissingKey => fault.message.contains("`url`"),
        code => [
            Code::UnsupportedTrigger,
            Code::UnsupportedAction,
            Code::UnlistedSecret,
            Code::BadTemplate,
            Code::DuplicateName,
            Code::DuplicateKey,
            Code::FeedsItself,
        ]
        .contains(&code),
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let validator = jsonschema::draft7::new(&schema()).expect("a schema");
    let triggers = include_str!("../../cases/acceptance.jsonl");
    let around = |line: &str| {
        let case: serde_json::Value = serde_json::from_str(line).expect("a case");
        let whole = serde_json::json!({"name": "a", "trigger": case["trigger"], "actions": []});
        (line.to_owned(), whole.to_string())
    };
    for (name, text) in cases().into_iter().chain(triggers.lines().map(around)) {
        // A schema sees nothing of what is no YAML.
        let Ok(node) = yaml::parse(&Source::new("rule.yaml", &text)) else {
            continue;
        };
        let fits = validator.is_valid(&untyped(&node));
        let (_, mut found) = read(&text);
        found.retain(|fault| fault.level == Level::Error);
        if fits {
            let beyond = found.iter().all(is_beyond_a_schema);
            assert!(beyond, "only the reader refuses {name}: {found:?}");
        } else {
            assert!(!found.is_empty(), "only the schema refuses {name}");
        }
    }
}
