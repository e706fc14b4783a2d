//! Rules that wait for nothing to happen: a run acts on them though no commit came.

use crate::desk::{Desk, minutes};
use crate::receiver::Receiver;

const SILENCE: &str = r#"name: Nobody says a word
trigger:
  type: event
  match: {prefect.resource.id: "incident.*"}
  after: [incident.declared]
  expect: [incident.comment.added]
  for_each: [prefect.resource.id]
  posture: Proactive
  within: 1800
actions:
  - {type: call-webhook, url: "${HOOK}", payload: "{{ incident.title }}, half an hour without a word"}
"#;

#[test]
fn silence_is_acted_upon_once_by_the_first_run_after_it() {
    let receiver = Receiver::answering("202 Accepted");
    let mut desk = Desk::ready();
    let settings = desk.read("annals.yaml").replace(
        "environment:\n",
        "environment:\n  HOOK: {use: url, hosts: [127.0.0.1], allow_private: true}\n",
    );
    desk.write("annals.yaml", settings)
        .write("automations/silence.yaml", SILENCE);
    desk.wait(minutes(1)).commit("a rule");
    desk.variable("HOOK", &receiver.url());
    let declare = |desk: &mut Desk, title: &str| {
        let declare = ["declare", title, "--severity", "high"];
        desk.wait(minutes(1)).annals(&declare).exits(0).id()
    };
    let answered = declare(&mut desk, "Orders late");
    declare(&mut desk, "Reports empty");
    desk.annals(&["run"]).exits(0).says("0 firings");
    desk.wait(minutes(5))
        .annals(&["comment", &answered, "We are on it."])
        .exits(0);
    desk.annals(&["run"]).exits(0).says("0 firings");

    desk.wait(minutes(20))
        .annals(&["run"])
        .exits(0)
        .says("nothing new");
    assert_eq!(receiver.arrived().len(), 0, "the half hour is not over");
    desk.wait(minutes(6))
        .annals(&["run"])
        .exits(0)
        .says("1 firing, 1 action");
    desk.wait(minutes(60))
        .annals(&["run"])
        .exits(0)
        .says("nothing new");
    let arrived = receiver.arrived();
    let bodies: Vec<&str> = arrived
        .iter()
        .map(|request| request.body.as_str())
        .collect();
    assert_eq!(bodies, ["Reports empty, half an hour without a word"]);
}
