//! A record branch without a repository: commits are written down as they would land.

use std::convert::Infallible;
use std::ops::Range;

use annals::archive::history::{Appended, Gone, Landing};
use annals::archive::settings::Settings;
use annals::automation::derive::{Fact, Facts};
use annals::automation::evaluation::{Evaluation, Question, State, Watch, evaluate, observe};
use annals::automation::explanation::Explanation;
use annals::automation::plan::{Beside, Plan};
use annals::automation::rule::Reader;
use annals::incident::Incident;
use annals::incident::declaration::Declaration;
use annals::incident::entry::{Entry, EntryForm, Recorded};
use annals::incident::id::{EntryId, IncidentId};
use annals::text::form::Form;
use annals::text::moment::Moment;
use annals::text::source::Source;
use annals::text::yaml;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// A moment of 22 November 2026, by its time of day.
pub(crate) fn at(clock: &str) -> Moment {
    Moment::parse(&format!("2026-11-22T{clock}Z")).expect("a time")
}

pub(crate) fn read<T: JsonSchema + DeserializeOwned>(text: &str) -> T {
    let source = Source::new("snippet.yaml", text);
    let node = yaml::parse(&source).expect("YAML");
    let (value, found) = Form::<T>::new().read(&source, &node);
    assert_eq!(found, [], "{text}");
    value.expect("a value")
}

#[derive(Default)]
pub(crate) struct Branch {
    incidents: Vec<Incident>,
    pub(crate) base: Vec<Source>,
    pub(crate) landings: Vec<Landing>,
    pub(crate) settings: Settings,
}

impl Branch {
    /// A branch whose `annals.yaml` lists one variable, `HOOK`.
    pub(crate) fn new() -> Self {
        let text = "format: 1\nenvironment: {HOOK: {use: url, hosts: [example.com]}}\n";
        let (settings, found) = Settings::read(&Source::new("annals.yaml", text));
        assert_eq!(found, []);
        Self {
            settings,
            ..Self::default()
        }
    }

    /// A rule that stood before everything that lands.
    pub(crate) fn with_rule(mut self, text: &str) -> Self {
        self.base.push(rule(text));
        self
    }

    /// A commit at `clock` that declares the incident `id`.
    pub(crate) fn declare(&mut self, id: &str, clock: &str, text: &str) -> &mut Self {
        let recorded = self.commit(clock);
        let declaration: Declaration = read(text);
        let mut incident = Incident {
            turn: None,
            id: IncidentId::new(id).expect("an id"),
            path: format!("incidents/{id}.yaml"),
            recorded: Some(recorded.clone()),
            entries: Vec::new(),
            retrospective: None,
            redacted: None,
            declaration,
        };
        let inside = incident.declaration.entries.clone();
        let entries = enter(&mut incident, inside, &recorded, None);
        let appended = Appended {
            incident: incident.clone(),
            declared: true,
            entries,
            retrospective: None,
            gone: Gone::default(),
            rewritten: None,
        };
        self.incidents.push(incident);
        self.land(recorded, vec![appended])
    }

    /// A commit at `clock` that appends entries to the incident `id`, each a text.
    pub(crate) fn append(&mut self, id: &str, clock: &str, texts: &[&str]) -> &mut Self {
        let recorded = self.commit(clock);
        let mut incidents = self.incidents.iter_mut();
        let incident = incidents.find(|known| known.id.as_str() == id);
        let incident = incident.expect("an incident");
        let forms = texts.iter().map(|text| read(text)).collect();
        let entries = enter(incident, forms, &recorded, Some("entry.yaml"));
        let appended = Appended {
            incident: incident.clone(),
            declared: false,
            entries,
            retrospective: None,
            gone: Gone::default(),
            rewritten: None,
        };
        self.land(recorded, vec![appended])
    }

    /// Makes the last commit change `automations/` as well.
    pub(crate) fn with_last_commit_rules(&mut self, texts: &[&str]) -> &mut Self {
        let sources = texts.iter().map(|text| rule(text)).collect();
        self.landings.last_mut().expect("a commit").automations = Some(sources);
        self
    }

    fn commit(&self, clock: &str) -> Recorded {
        Recorded {
            commit: format!("{:040}", self.landings.len() + 1),
            at: at(clock),
            by: "Ana Ruiz <ana@example.com>".to_owned(),
        }
    }

    fn land(&mut self, recorded: Recorded, appended: Vec<Appended>) -> &mut Self {
        self.landings.push(Landing {
            recorded,
            appended,
            automations: None,
            scattered: Vec::new(),
        });
        self
    }

    /// The events of the last commit.
    pub(crate) fn last_facts(&self) -> Vec<Fact> {
        let landing = self.landings.last().expect("a commit");
        Facts::default().landing(landing, &self.settings.vocabulary())
    }

    /// Everything that landed, evaluated at `clock`.
    pub(crate) fn evaluate(&self, clock: &str) -> Evaluation {
        let (all, now) = (0..self.landings.len(), at(clock));
        self.evaluate_piece(all, State::default(), Some(now), now)
    }

    /// The plan of everything that landed, made at `clock` with an empty ledger.
    pub(crate) fn plan(&self, clock: &str) -> Plan {
        let beside = Beside {
            grants: Vec::new(),
            receipts: Some(&[]),
            history: &[],
        };
        Plan::of(self.evaluate(clock), beside)
    }

    /// What came of every event for one automation, told at `clock`.
    pub(crate) fn explain(&self, name: &str, clock: &str) -> (Explanation, Evaluation) {
        let (vocabulary, now) = (self.settings.vocabulary(), at(clock));
        let base = Reader::new(&self.settings.environment).read(&self.base);
        let question = Question {
            base: &base,
            base_commit: None,
            settings: &self.settings,
            vocabulary: &vocabulary,
            ledger: "ledger-1",
            now,
            until: Some(now),
            coalesces: false,
            state: &State::default(),
            recall: &|_| None,
        };
        let landings = || self.landings.iter().cloned().map(Ok::<_, Infallible>);
        let evaluation = evaluate(&question, landings()).expect("it lands");
        let events = evaluation.facts.iter().map(|fact| fact.event.id.clone());
        let watch = Watch {
            automation: name,
            events: &events.collect(),
        };
        let (same, watched) = observe(&question, watch, landings()).expect("it lands");
        assert_eq!(same.firings, evaluation.firings, "watching changes nothing");
        let automation = &base.automations[name];
        let explanation = Explanation::of(automation, watched, &evaluation, Vec::new(), now);
        (explanation, evaluation)
    }

    /// What landed in `piece`, evaluated with what the pieces before left.
    pub(crate) fn evaluate_piece(
        &self,
        piece: Range<usize>,
        state: State,
        until: Option<Moment>,
        now: Moment,
    ) -> Evaluation {
        let vocabulary = self.settings.vocabulary();
        let mut before = self.landings[..piece.start].iter().rev();
        let base = before.find_map(|landing| landing.automations.as_ref());
        let recall = |commit: &str| {
            let mut landings = self.landings.iter();
            landings.find(|one| one.recorded.commit == commit).cloned()
        };
        let question = Question {
            base: &Reader::new(&self.settings.environment).read(base.unwrap_or(&self.base)),
            base_commit: None,
            settings: &self.settings,
            vocabulary: &vocabulary,
            ledger: "ledger-1",
            now,
            until,
            coalesces: false,
            state: &state,
            recall: &recall,
        };
        let landings = self.landings[piece].iter().cloned();
        evaluate(&question, landings.map(Ok::<_, Infallible>)).expect("it lands")
    }
}

fn rule(text: &str) -> Source {
    Source::new("automations/rule.yaml", text)
}

fn enter(
    incident: &mut Incident,
    forms: Vec<EntryForm>,
    recorded: &Recorded,
    path: Option<&str>,
) -> Vec<EntryId> {
    let mut ids = Vec::new();
    for form in forms {
        let statement = form.statement().expect("one kind");
        let made = form.made_id();
        ids.push((form.at, made.clone()));
        incident.entries.push(Entry {
            id: made,
            path: path.map(str::to_owned),
            at: form.at,
            by: form.by.clone(),
            visibility: form.visibility.unwrap_or_default(),
            pinned: form.pinned,
            after: form.after.clone(),
            as_of: form.at,
            turn: None,
            statement,
            source: form.source.clone(),
            redacted: None,
            recorded: Some(recorded.clone()),
        });
    }
    incident
        .entries
        .sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
    ids.sort();
    ids.into_iter().map(|(_, id)| id).collect()
}
