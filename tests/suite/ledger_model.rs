//! A model of the ledger: runs of several clones, killed at any step, with clocks that lie
//! and remotes that are renamed, copied, rewound and deleted, against a receiver that
//! counts. What is not idempotent is sent at most once, unless `unknown` was said and
//! somebody asked for it again; what is idempotent always bears the same key; and
//! everything that fired is executed in the end.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use annals::archive::repository::Repository;
use annals::automation::receipt::Outcome;
use annals::outward::deliver::webhook::{Answer, Request};
use annals::runner::{
    Carrier, Clock, Notice, Orders, Ports, Progress, Report, RunError, Runner, Secrets, Step,
};
use annals::text::duration::Duration;
use annals::text::moment::Moment;

use crate::desk::{Desk, minutes};

/// How many worlds are played, each from the beginning; more with `ANNALS_LEDGER_WORLDS`.
const WORLDS: u64 = 6;
/// How many things happen in one of them.
const HAPPENINGS: usize = 22;

const RULES: &str = r#"automations:
  - name: Once
    trigger: {type: event, expect: [incident.declared], posture: Reactive, threshold: 1, within: 0}
    actions: [{type: call-webhook, url: "${HOOK}", payload: "once {{ event.id }}"}]
  - name: Again
    trigger: {type: event, expect: [incident.declared], posture: Reactive, threshold: 1, within: 0}
    actions: [{type: call-webhook, url: "${HOOK}", payload: "again {{ event.id }}", idempotent: true}]
"#;

/// Chance from a fixed seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// What the receiver does with a request.
#[derive(Clone, Copy)]
enum Mood {
    Takes,
    IsNotThere,
    TakesAndSaysNothing,
}

/// Everything outside one run: its clock, the receiver, and the kill.
struct Outside<'a> {
    now: Moment,
    mood: Mood,
    kill: Option<(Step, u64)>,
    passed: Cell<u64>,
    deliveries: &'a RefCell<Vec<(String, String)>>,
    killed: &'a RefCell<BTreeMap<usize, u32>>,
}

/// What a kill is thrown as.
struct Killed;

impl Clock for Outside<'_> {
    fn now(&self) -> Moment {
        self.now
    }
}

impl Secrets for Outside<'_> {
    fn value(&self, _name: &str) -> Option<String> {
        Some("http://127.0.0.1:9/".to_owned())
    }
}

impl Carrier for Outside<'_> {
    fn check(&self, _request: &Request<'_>) -> Result<(), String> {
        Ok(())
    }

    fn probe(&self, _request: &Request<'_>) -> Result<(), String> {
        match self.mood {
            Mood::IsNotThere => Err("no connection".to_owned()),
            _ => Ok(()),
        }
    }

    fn deliver(&self, request: &Request<'_>) -> Answer {
        if let Mood::IsNotThere = self.mood {
            return Answer::Unsent("no connection".to_owned());
        }
        let delivery = (request.key.to_owned(), request.body.to_owned());
        self.deliveries.borrow_mut().push(delivery);
        match self.mood {
            Mood::TakesAndSaysNothing => Answer::Unknown("the connection broke off".to_owned()),
            _ => Answer::Taken(200),
        }
    }
}

impl Progress for Outside<'_> {
    fn notice(&self, _notice: &Notice) {}

    fn reached(&self, step: Step) {
        let Some((wanted, before)) = self.kill else {
            return;
        };
        if step == wanted {
            if self.passed.get() == before {
                let place = Step::ALL.iter().position(|one| *one == step);
                let place = place.expect("a step of the list");
                *self.killed.borrow_mut().entry(place).or_default() += 1;
                resume_unwind(Box::new(Killed));
            }
            self.passed.set(self.passed.get() + 1);
        }
    }
}

/// A clone in which runs happen.
struct Clone {
    desk: Desk,
    skew: Duration,
}

struct World {
    chance: Chance,
    remote: Desk,
    mirror: Desk,
    person: Desk,
    clones: Vec<Clone>,
    time: Moment,
    declared: u64,
    deliveries: RefCell<Vec<(String, String)>>,
    retried: RefCell<BTreeMap<String, u32>>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut desk = Desk::ready();
        let settings = desk.read("annals.yaml").replace(
            "environment:\n",
            "policy: {act-within: 90d}\nenvironment:\n  HOOK: {use: url, hosts: [127.0.0.1], allow_private: true}\n",
        );
        desk.write("annals.yaml", settings)
            .write("automations/rules.yaml", RULES);
        desk.wait(minutes(1)).commit("rules");
        let remote = Desk::bare(&desk);
        let mut person = Desk::clone_of(&remote);
        person.annals(&["ledger", "adopt"]).exits(0);
        person.wait(minutes(1));
        let mirror = Desk::bare(&remote);
        let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let clones = (0..3).map(|_| {
            let desk = Desk::clone_of(&remote);
            for name in 0..chance.below(3) {
                let place = mirror.folder.display().to_string();
                desk.git(&["remote", "add", &format!("mirror{name}"), &place]);
            }
            let hours = i64::try_from(chance.below(14 * 24)).expect("hours") - 7 * 24;
            let skew = minutes(60 * hours);
            Clone { desk, skew }
        });
        let clones = clones.collect();
        let time = person.now();
        Self {
            chance,
            remote,
            mirror,
            person,
            clones,
            time,
            declared: 0,
            deliveries: RefCell::default(),
            retried: RefCell::default(),
        }
    }

    /// A run in one clone; none when it was killed.
    fn run(
        &self,
        clone: usize,
        mood: Mood,
        kill: Option<(Step, u64)>,
        orders: &Orders,
        killed: &RefCell<BTreeMap<usize, u32>>,
    ) -> Option<Result<Report, RunError>> {
        let clone = &self.clones[clone];
        let repository = Repository::discover(&clone.desk.folder).expect("a repository");
        let outside = Outside {
            now: self.time.plus(clone.skew),
            mood,
            kill,
            passed: Cell::new(0),
            deliveries: &self.deliveries,
            killed,
        };
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
        let ended = catch_unwind(AssertUnwindSafe(|| runner.run(None, orders)));
        match ended {
            Ok(report) => Some(report),
            Err(cause) if cause.is::<Killed>() => None,
            Err(cause) => resume_unwind(cause),
        }
    }

    fn declare(&mut self) {
        self.declared += 1;
        self.person.wait(minutes(1));
        let title = format!("Number {}", self.declared);
        self.person.git(&["pull", "--quiet", "--no-rebase"]);
        self.person
            .annals(&["declare", &title, "--severity", "high"])
            .exits(0);
        self.person.git(&["push", "--quiet", "origin", "main"]);
    }

    /// One thing happens.
    fn happen(&mut self, killed: &RefCell<BTreeMap<usize, u32>>) {
        let clone = usize::try_from(self.chance.below(3)).expect("a clone");
        let desk = &self.clones[clone].desk;
        match self.chance.below(14) {
            0..=2 => self.declare(),
            3 => self.time = self.time.plus(minutes(20)),
            4 => {
                let names = desk.git(&["remote"]);
                let name = names.lines().next().expect("a remote");
                let to = format!("renamed{}", self.chance.below(1_000_000));
                desk.git(&["remote", "rename", name, &to]);
            }
            5 => {
                self.remote.try_git(&["branch", "-D", "annals-ledger"]);
            }
            6 => {
                let back = format!("annals-ledger~{}", 1 + self.chance.below(3));
                self.remote
                    .try_git(&["branch", "--force", "annals-ledger", &back]);
            }
            7 => {
                // A copy that pushes elsewhere.
                let copy = format!("{}-copy{}", desk.folder.display(), self.chance.0);
                let copied = desk.command("cp").args(["-r", ".", &copy]).status();
                assert!(copied.expect("cp runs").success());
                let place = self.mirror.folder.display().to_string();
                for name in desk.git(&["remote"]).lines() {
                    desk.git(&["-C", &copy, "remote", "set-url", name, &place]);
                }
                let before = self.deliveries.borrow().len();
                let mut other = Desk::clone_of(&self.mirror);
                other.folder = copy.into();
                let (desk, skew) = (other, Duration::default());
                self.clones.push(Clone { desk, skew });
                let ended = self.run(3, Mood::Takes, None, &Orders::default(), killed);
                assert!(matches!(ended, Some(Err(_))), "a copy acts");
                assert_eq!(self.deliveries.borrow().len(), before);
                self.clones.pop();
            }
            _ => {
                let mood = match self.chance.below(6) {
                    0 => Mood::IsNotThere,
                    1 => Mood::TakesAndSaysNothing,
                    _ => Mood::Takes,
                };
                let step = usize::try_from(self.chance.below(9)).expect("a step");
                let kill =
                    (self.chance.below(2) == 0).then(|| (Step::ALL[step], self.chance.below(2)));
                let _ = self.run(clone, mood, kill, &Orders::default(), killed);
                self.restore(clone);
            }
        }
    }

    /// Somebody who is told that the ledger was rewound puts it back.
    fn restore(&self, clone: usize) {
        let repository = Repository::discover(&self.clones[clone].desk.folder).expect("one");
        let killed = RefCell::default();
        let outside = Outside {
            now: self.time,
            mood: Mood::Takes,
            kill: None,
            passed: Cell::new(0),
            deliveries: &self.deliveries,
            killed: &killed,
        };
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
        let _ = runner.restore(None);
    }

    /// Everything works again: what fired is done.
    fn end(&mut self, killed: &RefCell<BTreeMap<usize, u32>>) {
        for _ in 0..3 {
            self.time = self.time.plus(minutes(15 * 24 * 60));
            for clone in 0..3 {
                self.restore(clone);
                let run = self.run(clone, Mood::Takes, None, &Orders::default(), killed);
                run.expect("not killed")
                    .unwrap_or_else(|fault| panic!("{fault}"));
            }
        }
        let said = self.clones[0].desk.annals(&["ledger", "--format", "json"]);
        let receipts = said.exits(0).json()["receipts"].clone();
        let receipts = receipts.as_array().expect("a list").iter();
        let open = receipts.filter(|receipt| receipt["outcome"] == Outcome::Unknown.name());
        let open: Vec<String> = open
            .map(|receipt| receipt["key"].as_str().expect("a key").to_owned())
            .collect();
        for key in open {
            let orders = Orders {
                retry: vec![key.clone()],
                settle: Vec::new(),
            };
            let retried = self
                .run(0, Mood::Takes, None, &orders, killed)
                .expect("not killed");
            retried.unwrap_or_else(|fault| panic!("{fault}"));
            *self.retried.borrow_mut().entry(key).or_default() += 1;
        }
        self.inspect();
    }

    fn inspect(&self) {
        let mut keys: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut sent: BTreeMap<&str, u32> = BTreeMap::new();
        let deliveries = self.deliveries.borrow();
        for (key, body) in deliveries.iter() {
            keys.entry(body).or_default().insert(key);
            *sent.entry(key).or_default() += 1;
        }
        for (body, keys) in &keys {
            let key = keys.first().expect("a key");
            assert_eq!(keys.len(), 1, "{body} was sent under {keys:?}");
            if body.starts_with("once") {
                let again = self.retried.borrow().get(*key).copied().unwrap_or(0);
                assert!(
                    sent[key] <= 1 + again,
                    "{body} was sent {} times, {again} times on demand",
                    sent[key]
                );
            }
        }
        let once = keys.keys().filter(|body| body.starts_with("once")).count();
        let again = keys.len() - once;
        let declared = usize::try_from(self.declared).expect("a number");
        assert_eq!(
            (once, again),
            (declared, declared),
            "something was not done"
        );
    }
}

#[test]
fn whatever_happens_to_runs_clones_and_remotes_acts_once() {
    let worlds = std::env::var("ANNALS_LEDGER_WORLDS")
        .ok()
        .and_then(|worlds| worlds.parse().ok())
        .unwrap_or(WORLDS);
    let killed = RefCell::new(BTreeMap::new());
    for seed in 1..=worlds {
        let mut world = World::new(seed);
        // Each step is struck at least once, whatever chance says.
        for (place, step) in Step::ALL.into_iter().enumerate() {
            if place as u64 % WORLDS == seed % WORLDS {
                world.declare();
                let clone = place % 3;
                world.restore(clone);
                let orders = Orders::default();
                let run = world.run(clone, Mood::Takes, Some((step, 0)), &orders, &killed);
                assert!(run.is_none(), "{step:?} was not reached");
            }
        }
        for _ in 0..HAPPENINGS {
            world.happen(&killed);
        }
        println!(
            "world {seed}: {} declared, {} sent",
            world.declared,
            world.deliveries.borrow().len()
        );
        world.end(&killed);
    }
    let struck: Vec<u32> = (0..Step::ALL.len())
        .map(|place| killed.borrow().get(&place).copied().unwrap_or(0))
        .collect();
    println!("kills by step: {struck:?}");
    assert!(struck.iter().all(|times| *times > 0), "{struck:?}");
}
