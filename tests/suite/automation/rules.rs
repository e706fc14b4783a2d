//! Files of `automations/`: what they mean, and what is said of their faults.

use annals::archive::settings::Settings;
use annals::automation::rule::{Reader, Reading, schema};
use annals::text::source::Source;
use serde_json::Value as Json;

const WHOLE: &str = r#"
name: Tell a hook
trigger:
  type: event
  match: {prefect.resource.id: "incident.*"}
  expect: [incident.declared]
  posture: Reactive
actions: [{type: call-webhook, url: "${HOOK}", payload: "{{ incident.title }}"}]
"#;

fn read(texts: &[&str]) -> Reading {
    let yaml = "format: 1\nenvironment: {HOOK: {use: url}, TOKEN: {use: key}}\n";
    let (settings, found) = Settings::read(&Source::new("annals.yaml", yaml));
    assert_eq!(found, []);
    let source =
        |(index, text): (usize, &&str)| Source::new(&format!("automations/{index}.yaml"), text);
    let sources: Vec<Source> = texts.iter().enumerate().map(source).collect();
    Reader::new(&settings.environment).read(&sources)
}

/// The faults of `text`, each with its code and the words that it points at.
fn faults(text: &str) -> Vec<String> {
    let said = |found: &annals::text::diagnostic::Diagnostic| {
        let place = found.place.as_ref().expect("a place");
        let line: Vec<char> = place.text.chars().collect();
        let meant: String = line[place.column - 1..].iter().take(place.width).collect();
        format!(
            "{} {} at {}: {}",
            found.level, found.code, meant, found.message
        )
    };
    read(&[text]).diagnostics.iter().map(said).collect()
}

#[test]
fn a_file_holds_one_automation_a_list_or_a_list_under_a_name() {
    let indented = WHOLE.trim_start().replace('\n', "\n  ");
    for text in [
        WHOLE.to_owned(),
        format!("- {indented}"),
        format!("automations:\n- {indented}"),
    ] {
        let reading = read(&[&text]);
        assert_eq!(reading.diagnostics, [], "{text}");
        assert_eq!(
            reading.automations.keys().collect::<Vec<_>>(),
            ["Tell a hook"]
        );
    }
    assert_eq!(read(&["", "[]"]), Reading::default());
}

#[test]
fn json_is_read_as_well() {
    let text = r#"{"name": "a", "enabled": false, "trigger": {"type": "event", "id": "0195c1a0-0000-7000-8000-00000000001f", "posture": "Reactive", "expect": ["incident.declared"], "within": 0.0, "threshold": "1"}, "actions": []}"#;
    let reading = read(&[text]);
    assert_eq!(reading.diagnostics, []);
    assert!(!reading.automations["a"].rule.enabled);
}

#[test]
fn the_short_prefix_means_prefects_everywhere_in_a_trigger() {
    let short = r#"
name: a
actions: []
trigger:
  type: event
  posture: Reactive
  match: {prefect.resource.id: ["incident.*", "!incident.x"], incident.severity: critical}
  match_related: {prefect.resource.id: incident.y, prefect.resource.role: incident.role}
  expect: [incident.declared]
  for_each: [incident.kind, "related:tag:incident.z", prefect.resource.id]
"#;
    let full = short
        .replace("incident.", "prefect-cloud.incident.")
        .replace("role: prefect-cloud.", "role: ");
    let [short, full] = [short, &full].map(|text| {
        let reading = read(&[text]);
        // The list of patterns excludes nothing, which is told and not refused.
        assert_eq!(reading.diagnostics.len(), 1);
        reading.automations["a"].rule.clone()
    });
    assert_eq!(short, full);
    assert_eq!(short.fingerprint(), "b51e5c7eea59643e2ca54fd9107c725a");
}

#[test]
fn a_fingerprint_is_that_of_the_meaning() {
    let print = |text: &str| read(&[text]).automations["Tell a hook"].rule.fingerprint();
    let first = print(WHOLE);
    assert_eq!(
        first,
        print(&WHOLE.replace(
            "posture: Reactive",
            "posture: Reactive\n  threshold: 1\n  within: 0\n  after: []"
        ))
    );
    assert_ne!(first, print(&WHOLE.replace("declared", "resolved")));
}

#[test]
fn what_prefect_refuses_is_told_at_the_word_and_left_out() {
    let table = [
        (
            "posture: reactive",
            "unknown-word at reactive: `reactive` is not among the words known here",
        ),
        (
            "posture: Reactive\n  within: null",
            "wrong-type at null: expected a number of seconds, not below 0, or a duration such as `PT10M`, found `null`",
        ),
        (
            "posture: Reactive\n  within: -1",
            "wrong-type at -1: expected a number of seconds, not below 0, or a duration such as `PT10M`, found `-1`",
        ),
        (
            "posture: Reactive\n  threshold: 1.5",
            "wrong-type at 1.5: expected a whole number, found `1.5`",
        ),
        (
            "posture: Proactive\n  within: 5",
            "wrong-type at 5: a Proactive trigger waits for at least 10 seconds",
        ),
    ];
    for (written, expected) in table {
        let text = WHOLE.replace("posture: Reactive", written);
        assert_eq!(faults(&text), [format!("error {expected}")], "{text}");
        assert!(read(&[&text]).automations.is_empty());
    }
}

#[test]
fn what_the_engine_evaluates_is_read() {
    let table = [
        "posture: Proactive\n  within: 60\n  after: [a]\n  for_each: [prefect.resource.id]",
        "posture: Reactive\n  threshold: 2\n  within: PT5M",
        "posture: Reactive\n  after: [a]\n  for_each: [prefect.resource.id]\n  within: 60",
    ];
    for written in table {
        let text = WHOLE.replace("posture: Reactive", written);
        assert_eq!(faults(&text), Vec::<String>::new());
        assert_eq!(read(&[&text]).automations.len(), 1);
    }
}

#[test]
fn composites_are_read_and_checked() {
    let text = |rest: &str| {
        format!(
            "name: a\nactions: []\ntrigger: {{{rest}, triggers: [{{type: event, posture: Reactive, expect: [a]}}]}}\n"
        )
    };
    let table: [(&str, &[&str]); 5] = [
        ("type: compound, require: all, within: null", &[]),
        ("type: sequence, within: 60", &[]),
        (
            "type: compound, require: 2, within: 60",
            &["error wrong-type at 2: expected `any`, `all` or a number from 1 to 1, found `2`"],
        ),
        (
            "type: sequence",
            &["error missing-key at {: the key `within` is missing"],
        ),
        (
            "type: metric",
            &[
                "error unsupported-trigger at metric: Prefect Cloud alone knows the metrics of a metric trigger",
            ],
        ),
    ];
    for (rest, expected) in table {
        assert_eq!(faults(&text(rest)), expected, "{rest}");
    }
}

#[test]
fn an_unknown_key_is_an_error_on_the_automation_and_a_warning_in_its_trigger() {
    let text = WHOLE
        .replace("  expect:", "  expects:")
        .replace("name:", "nmae: x\nname:");
    assert_eq!(
        faults(&text),
        [
            "error unknown-key at nmae: the key `nmae` is not known here",
            "warning unknown-key at expects: the key `expects` means nothing in this trigger",
        ]
    );
}

#[test]
fn a_label_under_both_its_names_is_an_error() {
    let text = WHOLE.replace(
        "match: {",
        "match: {incident.kind: drill, prefect-cloud.incident.kind: incident, ",
    );
    assert_eq!(
        faults(&text),
        [
            "error duplicate-key at incident.kind: the label `prefect-cloud.incident.kind` stands here under both its names"
        ]
    );
}

#[test]
fn a_name_stands_once() {
    let other = WHOLE.replace("declared", "resolved");
    let reading = read(&[WHOLE, &other]);
    assert_eq!(
        reading.diagnostics[0].message,
        "an automation called `Tell a hook` exists already"
    );
    assert_eq!(
        reading.diagnostics[0].related[0].place.path,
        "automations/0.yaml"
    );
    assert_eq!(
        reading.automations["Tell a hook"].path,
        "automations/0.yaml"
    );
}

#[test]
fn secrets_stand_in_the_address_alone_and_are_listed() {
    let table = [
        (
            "\"${HOOK}\"",
            "\"${OTHER}\"",
            "unlisted-secret at \"${OTHER}\": `OTHER` is not listed in `annals.yaml` as an address",
        ),
        (
            "\"${HOOK}\"",
            "\"${TOKEN}\"",
            "unlisted-secret at \"${TOKEN}\": `TOKEN` is not listed in `annals.yaml` as an address",
        ),
        (
            "\"${HOOK}\"",
            "\"https://${HOOK}\"",
            "wrong-type at \"https://${HOOK}\": this is neither a variable nor a plain `https://` address",
        ),
        (
            "\"${HOOK}\"",
            "ftp://example.com",
            "wrong-type at ftp://example.com: this is neither a variable nor a plain `https://` address",
        ),
        (
            "\"${HOOK}\"",
            "https://me:pw@example.com",
            "wrong-type at https://me:pw@example.com: this is neither a variable nor a plain `https://` address",
        ),
        (
            "{{ incident.title }}",
            "${HOOK}",
            "unlisted-secret at \"${HOOK}\": a variable may stand in `url` alone",
        ),
    ];
    for (old, new, expected) in table {
        let text = WHOLE.replace(old, new);
        assert_eq!(faults(&text), [format!("error {expected}")], "{text}");
        assert!(read(&[&text]).automations.is_empty());
    }
    let plain = WHOLE.replace("${HOOK}", "http://127.0.0.1:8080/hook?x=1");
    assert_eq!(faults(&plain), Vec::<String>::new());
}

#[test]
fn a_template_is_tried_when_it_is_read() {
    let broken = faults(&WHOLE.replace("{{ incident.title }}", "{{ incident.title"));
    assert!(
        broken[0].starts_with("error bad-template at \"{{ incident.title\": "),
        "{broken:?}"
    );
    let misspelt = faults(&WHOLE.replace("incident.title", "incident.titel"));
    assert!(
        misspelt[0].starts_with("warning bad-template at "),
        "{misspelt:?}"
    );
    assert!(misspelt[0].contains("titel"), "{misspelt:?}");
}

#[test]
fn actions_of_later_versions_are_told_and_the_others_stand() {
    let text = WHOLE.replace(
        "actions: [",
        "actions: [{type: pause-work-pool, work_pool: k8s}, {type: do-nothing}, ",
    );
    let text = format!("{text}actions_on_resolve: [{{type: resume-work-pool, work_pool: k8s}}]\n");
    assert_eq!(
        faults(&text),
        [
            "warning unsupported-action at pause-work-pool: this version cannot carry out `pause-work-pool` yet",
            "warning unsupported-action at actions_on_resolve: this version cannot carry out `actions_on_resolve` yet",
        ]
    );
    assert_eq!(read(&[&text]).automations["Tell a hook"].steps.len(), 2);
    let misspelt = faults(&WHOLE.replace("call-webhook", "call-webhok"));
    assert_eq!(
        misspelt,
        [
            "warning unsupported-action at call-webhok: `call-webhok` is no action that this version knows"
        ]
    );
    let stray = faults(&WHOLE.replace("payload:", "paylod:"));
    assert_eq!(
        stray,
        ["error unknown-key at paylod: the key `paylod` is not known here"]
    );
}

#[test]
fn the_samples_satisfy_reader_and_schema() {
    let validator = jsonschema::draft7::new(&schema()).expect("a schema");
    let samples = [
        include_str!("../../../automations/tell-about-critical-incidents.yaml"),
        include_str!("../../../automations/tell-about-resolved-incidents.yaml"),
        WHOLE,
    ];
    for text in samples {
        let text = text.replace("EXAMPLE_HOOK", "HOOK");
        assert_eq!(read(&[&text]).diagnostics, []);
        let source = Source::new("sample.yaml", &text);
        let node = annals::text::yaml::parse(&source).expect("YAML");
        let json = annals::text::form::untyped(&node);
        let faults: Vec<String> = validator
            .iter_errors(&json)
            .map(|fault| fault.to_string())
            .collect();
        assert_eq!(faults, Vec::<String>::new(), "{json}");
    }
    assert!(!validator.is_valid(&Json::from("nothing")));
}
