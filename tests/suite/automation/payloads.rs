//! Payload templates: what they may do, what of them is told before they run, and that
//! whatever they hold, they come to an end.

use annals::text::template::places::breakable;
use annals::text::template::{Filling, check};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::desk::{Desk, minutes};

/// What the templates below see: the words of a person who knows what JSON looks like.
fn data() -> Json {
    let text = "a \"quoted\" \\ title & <more>, ".repeat(40);
    json!({
        "incident": {
            "title": text,
            "tags": (0..900).map(|number| format!("tag {number}")).collect::<Vec<_>>(),
            "entries": [{"by": "Ana"}, {"by": "Bo"}],
        },
        "firing": {"id": "f"},
    })
}

fn filled(template: &str) -> Result<String, String> {
    let mut filling = Filling::new(&data()).expect("data");
    filling.fill(template).map_err(|fault| fault.to_string())
}

#[track_caller]
fn refused(template: &str, why: &str) {
    let said = check(template).map_err(|fault| fault.to_string());
    assert!(
        said.as_ref().is_err_and(|said| said.contains(why)),
        "{said:?} for {template:.200}"
    );
    assert!(filled(template).is_err());
}

#[test]
fn what_has_no_bound_is_refused_before_it_runs() {
    let nested = "{% for a in [1] %}".repeat(3) + &"{% endfor %}".repeat(3);
    refused(&nested, "more than two loops in one another");
    let many = "{% for a in [1] %}{% endfor %}".repeat(11);
    refused(&many, "more than ten loops");
    for (template, why) in [
        (
            "{% for a in [1] %}{% set_global x = 1 %}{% endfor %}",
            "`set_global` in a loop",
        ),
        ("{{ [a for a in [1, 2]] | length }}", "list comprehension"),
        ("{% set x %}{{ firing.id }}{% endset %}", "without `=`"),
        (
            "{% filter upper %}a{% endfilter %}",
            "cannot have `{% filter %}`",
        ),
        (
            "{% component c() %}a{% endcomponent c %}",
            "cannot have `{% component %}`",
        ),
        (
            "{% block b %}a{% endblock b %}",
            "cannot have `{% block %}`",
        ),
        ("{% include \"payload\" %}", "payload"),
        ("{% extends \"payload\" %}", "payload"),
        ("{{ __tera_context }}", "the name `__tera_context`"),
        ("{{ ((((((((( 1 ))))))))) }}", "more than eight brackets"),
        (
            "{{ firing.id | annals_items(flat=0, deep=0) }}",
            "annals_items",
        ),
    ] {
        refused(template, why);
    }
    let branches = "{% elif 1 %}".repeat(5_000);
    refused(&format!("{{% if 1 %}}{branches}{{% endif %}}"), "`elif`");
    refused(&"a".repeat(70_000), "longer than 64 kB");
}

#[test]
fn what_multiplies_stops_at_the_bound() {
    let doubled = |step: &str| {
        let steps = format!("{{% set x = {step} %}}").repeat(60);
        format!("{{% set x = \"\\\\a,\" %}}{steps}{{{{ x | length }}}}")
    };
    for template in [
        doubled("x ~ x"),
        doubled("x | replace(from=\"a\", to=\"aaa\")"),
        doubled("x | replace(from=\"\", to=x)"),
        doubled("[x, x] | join(sep=x)"),
        doubled("[x, x]"),
        doubled("[...[x], ...[x]] | str"),
        doubled("{\"a\": x, \"b\": x}"),
        doubled("x | tojson | tojson"),
        doubled("x | split(pat=\"\") | str"),
        "{{ incident.tags | join(sep=\"\\n\") | indent(width=1000) | length }}".to_owned(),
        "{% for a in range(end=1001) %}{% endfor %}".to_owned(),
        "{{ range(end=100000) | length }}".to_owned(),
        "{% for c in incident.title %}{% endfor %}".to_owned(),
        "{% for a in range(end=1000) %}{% for b in range(end=1000) %}.{% endfor %}{% endfor %}"
            .to_owned(),
        "{% for a in range(end=1000) %}{% for b in range(end=1000) %}{% if incident == incident %}\
         {% endif %}{% endfor %}{% endfor %}"
            .to_owned(),
        "{% for a in range(end=1000) %}{% for b in range(end=1000) %}{% set y = incident.title | \
         upper | lower %}{% endfor %}{% endfor %}"
            .to_owned(),
        format!(
            "{{{{ {} }}}}",
            vec!["incident.title | str"; 200].join(" ~ ")
        ),
    ] {
        let said = filled(&template);
        assert!(said.is_err(), "{said:.100?} for {template:.200}");
    }
}

#[test]
fn what_people_write_is_not_bounded_away() {
    for (template, expected) in [
        (
            "{% for a in range(end=1000) %}{% for b in range(end=1000) %}{% if b == 3 %}{% endif %}\
             {% endfor %}{% endfor %}done",
            "done",
        ),
        (
            "{% for e in incident.entries %}{{ e.by }}{% if not loop.last %}, {% endif %}{% endfor %}",
            "Ana, Bo",
        ),
        (
            "{% for tag in incident.tags %}{% set y = tag | upper %}{% endfor %}ok",
            "ok",
        ),
        (
            "{{ incident.title | truncate(length=3) | json_encode }}",
            "\"a \\\"…\"",
        ),
        (
            "{% set t = incident.title | truncate(length=1, end=\"\") %}{{ t ~ t }}",
            "aa",
        ),
        ("{{ incident.tags | length }}", "900"),
        ("{{ range(end=3) | join(sep=\"-\") }}", "0-1-2"),
        ("{% raw %}{{ x }}{% endraw %}{# no #}", "{{ x }}"),
        ("{{ \"a b&\" | urlencode }}", "a%20b%26"),
        (
            "{% for key, value in incident.entries[0] %}{{ key }}={{ value }}{% endfor %}",
            "by=Ana",
        ),
    ] {
        assert_eq!(check(template).map_err(|fault| fault.to_string()), Ok(()));
        assert_eq!(filled(template).as_deref(), Ok(expected), "{template}");
    }
}

#[test]
fn a_payload_is_one_however_many_templates_it_has() {
    let mut filling = Filling::new(&json!({"x": "a".repeat(1000)})).expect("data");
    let filled = (0..100).filter(|_| filling.fill("{{ x }}").is_ok()).count();
    assert_eq!(filled, 65);
}

/// Pieces of templates, sound and broken, that meet in every order.
const PIECES: &[&str] = &[
    "{{ ",
    " }}",
    "{% ",
    " %}",
    "{%- ",
    " -%}",
    "{# ",
    " #}",
    "{% raw %}",
    "{% endraw %}",
    "{% for a in incident.entries %}",
    "{% endfor %}",
    "{% if x %}",
    "{% else %}",
    "{% endif %}",
    "{% set x = ",
    "{{ incident.title }}",
    "{{ a.by }}",
    "x",
    "\"a\"",
    "'b\\\"'",
    "`}}`",
    " | upper",
    " | replace(from=\"a\", to=\"b\")",
    " ~ ",
    " == ",
    "1.5",
    "[1, 2]",
    "{\"k\": 1}",
    "é",
    "{",
    "}",
    "%",
    "\n",
    " - ",
    "incident",
    ".title",
    " in ",
    " not ",
    "(",
    ")",
    "range(end=3)",
    "\\",
    "?.",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn bounds_change_no_word_of_what_is_made(pieces in prop::collection::vec(0..PIECES.len(), 0..14)) {
        let template: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        if check(&template).is_ok() && let Ok(made) = filled(&template) {
            let context = tera::Context::from_serialize(&data()).expect("a context");
            let plain = tera::Tera::one_off(&template, &context, false);
            prop_assert_eq!(Some(made), plain.ok(), "{}", template);
        }
    }
}

#[test]
fn text_that_a_title_can_break_out_of_is_found() {
    for template in [
        r#"{"text": "{{ incident.title }}"}"#,
        r#"{"text": "{{ incident.title | upper }} is open"}"#,
        r#"{"text": {{ incident.title }}}"#,
        r#"{"text": "{{ incident.title | tojson }}"}"#,
        r#"{"text": "{{ "!" ~ incident.title | tojson }}"}"#,
        r#"{% if incident.title %}{"text": "{{ incident.title }}"}{% endif %}"#,
        r#"[{"tags": ["{% for tag in incident.tags %}{{ tag }}{% endfor %}"]}]"#,
        r#"payload={"text": "{{ incident.title }}"}"#,
        "<incident title='{{ incident.title }}'/>",
        "<p>{{ incident.title | tojson }}</p>",
        "title={{ incident.title }}&severity={{ incident.severity }}",
        "{'text': '{{ incident.title }}'}",
    ] {
        assert!(breakable(template).is_some(), "{template}");
    }
    for template in [
        "{{ incident.title }}: no word for an hour",
        "[{{ incident.severity }}] {{ incident.title }}",
        "<@U123> {{ incident.title }}",
        "\"{{ incident.title }}\" is open",
        r#"{"text": {{ incident.title | tojson }}}"#,
        r#"{"text": {{ incident.title | json_encode }}, "id": "{{ incident.id }}", "n": {{ incident.tags | length }}}"#,
        r#"{"open": {{ "true" if incident.active else "false" }}}"#,
        r#"{% set title = incident.title | tojson %}{"text": {{ title }}}"#,
        r#"{"at": "{{ incident.declared_at }}", "severity": "{{ incident.severity }}"}"#,
        "<p>{{ incident.title | escape_xml }}</p>",
        "title={{ incident.title | urlencode }}&severity={{ incident.severity }}",
        "{{ incident | tojson }}",
        "",
    ] {
        assert_eq!(breakable(template), None, "{template}");
    }
}

fn hook(payload: &str) -> String {
    format!(
        "name: hook\n\
         trigger: {{type: event, expect: [incident.comment.added], posture: Reactive}}\n\
         actions:\n  - type: call-webhook\n    url: \"https://hooks.example.com/\"\n    payload: '{payload}'\n"
    )
}

/// `annals` in little memory and little time of a processor: what does not end is killed.
#[track_caller]
fn within_bounds(desk: &Desk, arguments: &str, code: i32) {
    let annals = env!("CARGO_BIN_EXE_annals");
    let now = desk.now();
    let script = format!("ulimit -v 2000000 -t 20; exec {annals} {arguments} --now {now}");
    let output = desk.command("sh").args(["-c", &script]).output();
    let output = output.expect("a shell");
    assert_eq!(output.status.code(), Some(code), "{arguments}: {output:?}");
}

#[test]
fn nothing_runs_when_rules_are_read_and_no_old_version_is_paid_for_again() {
    let mut desk = Desk::ready();
    let id = desk.annals(&["declare", "One", "--severity", "high"]).id();
    for payload in [
        "{% for i in range(end=30000) %}{% for j in range(end=30000) %}{% endfor %}{% endfor %}",
        "{% set x = \"aaaaaaaaaa\" %}{% for i in range(end=40) %}{% set_global x = x ~ x %}{% endfor %}",
    ] {
        desk.write("automations/hook.yaml", hook(payload))
            .commit("a rule");
        within_bounds(&desk, "check", i32::from(payload.contains("set_global")));
        desk.git(&["checkout", "--quiet", "-b", "pr"]);
        desk.wait(minutes(1)).annals(&["comment", &id, "hello"]);
        within_bounds(
            &desk,
            "plan --base main",
            i32::from(payload.contains("set_global")),
        );
        desk.git(&["checkout", "--quiet", "main"]);
        desk.git(&["branch", "-D", "pr"]);
        desk.git(&["rm", "--quiet", "automations/hook.yaml"]);
        desk.commit("without it");
        for verb in ["check", "replay", "explain hook"] {
            within_bounds(&desk, verb, if verb == "explain hook" { 2 } else { 0 });
        }
    }
}

#[test]
fn an_action_whose_template_does_too_much_fails_alone_and_says_why() {
    let mut desk = Desk::ready();
    let id = desk.annals(&["declare", "One", "--severity", "high"]).id();
    let long = "{% for i in range(end=1000) %}{{ incident.title | indent(width=99, first=true) }}{% endfor %}";
    desk.write("automations/hook.yaml", hook(long))
        .commit("a rule");
    desk.annals(&["check"]).exits(0);
    desk.git(&["checkout", "--quiet", "-b", "pr"]);
    desk.wait(minutes(1)).annals(&["comment", &id, "hello"]);
    desk.annals(&["plan", "--base", "main"])
        .exits(0)
        .says("longer than 64 kB");
}
