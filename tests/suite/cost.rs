//! What a run and a plan cost: what is new, and not what was there before. Counted in objects
//! that are looked up, so that the numbers are the same on every machine.

use annals::archive::ledger::Ledger;
use annals::archive::repository::Repository;
use annals::archive::snapshot::Version;
use annals::outward::deliver::webhook::{Answer, Request};
use annals::runner::{
    self, Carrier, Clock, Notice, Orders, Ports, Progress, Runner, Secrets, Span,
};
use annals::text::moment::Moment;

use crate::desk::{Desk, minutes};

const RULE: &str = "name: hook\n\
    trigger: {type: event, expect: [incident.declared], posture: Reactive, threshold: 1, within: 0}\n\
    actions: [{type: call-webhook, url: \"${HOOK}\", payload: x}]\n";

/// Everything outside: a clock, and somebody who takes everything.
struct Outside(Moment);

impl Clock for Outside {
    fn now(&self) -> Moment {
        self.0
    }
}

impl Secrets for Outside {
    fn value(&self, _name: &str) -> Option<String> {
        Some("http://127.0.0.1:9/".to_owned())
    }
}

impl Carrier for Outside {
    fn check(&self, _request: &Request<'_>) -> Result<(), String> {
        Ok(())
    }
    fn probe(&self, _request: &Request<'_>) -> Result<(), String> {
        Ok(())
    }
    fn deliver(&self, _request: &Request<'_>) -> Answer {
        Answer::Taken(200)
    }
}

impl Progress for Outside {
    fn notice(&self, _notice: &Notice) {}
}

/// How many objects a run looks up, and how many actions it executes.
fn run(desk: &Desk) -> (u64, usize) {
    let repository = Repository::discover(&desk.folder).expect("a repository");
    let outside = Outside(desk.now());
    let ports = Ports {
        clock: &outside,
        secrets: &outside,
        carrier: &outside,
        progress: &outside,
    };
    let runner = Runner {
        repository: &repository,
        ports,
    };
    let report = runner.run(None, &Orders::default()).expect("a run");
    (repository.objects_read(), report.receipts.len())
}

/// How many objects are looked up for what the last commit sets off, receipts included.
fn planned(desk: &Desk) -> u64 {
    let repository = Repository::discover(&desk.folder).expect("a repository");
    let commit = |name: &str| repository.resolve(name).expect("a commit");
    let (base, to) = (commit("HEAD~1"), commit("HEAD"));
    let (settings, vocabulary) =
        runner::settings_of(&repository, Version::Commit(to)).expect("settings");
    let ledger = Ledger::seen(&repository, &settings).expect("a ledger");
    let left = ledger.state().expect("a state");
    assert_eq!(left.head, Some(base));
    let state = runner::carried(&repository, &ledger, &left).expect("a state");
    let span = Span {
        after: Some(base),
        to,
        settings: &settings,
        vocabulary: &vocabulary,
    };
    let evaluation = runner::evaluate(
        &repository,
        &span,
        ledger.id(),
        desk.now(),
        None,
        state.state,
    );
    let evaluation = evaluation.expect("an evaluation");
    assert_eq!(evaluation.actions.len(), 1);
    let keys = evaluation.actions.iter().map(|action| action.key.as_str());
    assert_eq!(runner::receipts_about(&ledger, keys).expect("receipts"), []);
    repository.objects_read()
}

#[test]
fn a_run_and_a_plan_cost_what_is_new_and_not_what_history_holds() {
    let mut desk = Desk::ready();
    let settings = desk.read("annals.yaml").replace(
        "environment:\n",
        "policy: {max-actions: 1000}\nenvironment:\n  HOOK: {use: url, hosts: [127.0.0.1], allow_private: true}\n",
    );
    desk.write("annals.yaml", settings)
        .write("automations/hook.yaml", RULE);
    desk.wait(minutes(1)).commit("a rule");
    run(&desk);
    let mut costs = Vec::new();
    let mut number = 0;
    for commits in [40, 400] {
        while number < commits {
            number += 1;
            let now = desk.wait(minutes(1)).now();
            let text = format!(
                "title: Orders {number}\nseverity: high\ndeclared_at: {now}\ndeclared_by: Ana\n"
            );
            desk.write(&format!("incidents/2026/11/orders-{number}.yaml"), text)
                .commit("declared");
            if number % 40 == 0 {
                let (_, actions) = run(&desk);
                assert_eq!(actions, 40);
            }
        }
        let now = desk.wait(minutes(1)).now();
        let text =
            format!("title: One more\nseverity: high\ndeclared_at: {now}\ndeclared_by: Ana\n");
        desk.write(&format!("incidents/2026/11/more-{commits}.yaml"), text)
            .commit("declared");
        let plan = planned(&desk);
        let (first, actions) = run(&desk);
        assert_eq!(actions, 1);
        let (second, _) = run(&desk);
        costs.push((plan, first, second));
    }
    println!("objects looked up by a plan, a run, and a run without news: {costs:?}");
    let (few, many) = (costs[0], costs[1]);
    assert_eq!((many.0, many.1, many.2), (few.0, few.1, few.2), "{costs:?}");
}
