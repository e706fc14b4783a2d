//! Which triggers Prefect's own server (3.9.1) takes, recorded, and that annals takes
//! the same. It is stricter where nobody means what stands there: a truth value as a
//! number, digits with underscores, centuries, and a trigger without its `type`.

use annals::automation::trigger::Trigger;
use serde_json::Value as Json;

const TRIGGERS: &str = include_str!("../../cases/acceptance.jsonl");

#[test]
fn a_trigger_is_taken_or_refused_as_prefect_takes_or_refuses_it() {
    let mut wrong = Vec::new();
    for line in TRIGGERS.lines() {
        let case: Json = serde_json::from_str(line).expect("a case");
        let read = Trigger::from_prefect(&case["trigger"]);
        let wanted = case["accepted"] == true && case["stricter"] != true;
        if read.is_ok() != wanted {
            wrong.push(format!("{line}\n  {read:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(TRIGGERS.lines().count() > 90);
}
