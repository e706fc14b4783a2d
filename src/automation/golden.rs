//! Golden tests: what happens, and which automations are to fire for it.
//!
//! A test is a small story that people write down beside their rules. Its steps are put
//! together as the files of a record are, and evaluated as `plan` and `run` evaluate
//! commits: there is no second way for a rule to fire. Time is the test's own, so a test
//! says the same today and in a year.

use serde_json::Value as Json;

use super::recorded::Difference;
use super::rule::{self, Reading};
use crate::archive::settings::Settings;
use crate::text::diagnostic::{Code, Diagnostic, Place};
use crate::text::form::Form;
use crate::text::source::{Source, Span};
use crate::text::suggest::suggest;
use crate::text::yaml::{self, Node, Value};
use difference::Wanted;
use written::{FileForm, TestForm};

mod difference;
mod playing;
mod stage;
mod written;

/// A golden test.
#[derive(Clone, Debug)]
pub struct Test {
    form: TestForm,
    node: Node,
    source: Source,
}

/// Automations that a test names or holds.
#[derive(Clone, Debug)]
pub enum Rules {
    /// Those of a file or folder: its path in the repository, and where the test says so.
    At(String, Place),
    /// One that is written out in the test.
    Written(Source),
}

/// The JSON Schema (draft-07) of a file of golden tests.
pub fn schema() -> Json {
    Form::<FileForm>::new().schema().clone()
}

/// The golden tests of a file, and what is wrong with it. A file with a fault has none: a
/// test that was not read whole could pass for the wrong reason.
pub fn read(source: &Source) -> (Vec<Test>, Vec<Diagnostic>) {
    let root = match yaml::parse(source) {
        Ok(root) => root,
        Err(fault) => return (Vec::new(), vec![*fault]),
    };
    if root.is_null() {
        return (Vec::new(), Vec::new());
    }
    let Value::List(nodes) = &root.value else {
        return (Vec::new(), vec![no_list(source, &root)]);
    };
    let (file, found) = Form::<FileForm>::new().read(source, &root);
    let forms = file.filter(|_| found.is_empty());
    let forms = forms.map(|file| file.0).unwrap_or_default();
    let tests = forms.into_iter().zip(nodes).map(|(form, node)| Test {
        form,
        node: node.clone(),
        source: source.clone(),
    });
    (tests.collect(), found)
}

fn no_list(source: &Source, root: &Node) -> Diagnostic {
    let start = root.span.start;
    let span = Span { start, end: start };
    let message = "this is no file of tests: expected a list of them";
    source
        .error(Code::WrongType, span, message)
        .help("a test begins with `- name:`; `annals schema test` prints what it may say")
}

impl Test {
    /// What it is called.
    pub fn name(&self) -> &str {
        &self.form.name
    }

    /// Where it stands.
    pub fn place(&self) -> Place {
        self.at(&["name"])
    }

    /// The automations that it tries; none for those of the repository.
    pub fn rules(&self) -> Option<Vec<Rules>> {
        self.form.automations.as_ref()?;
        let node = self.node.get("automations")?;
        let items = match &node.value {
            Value::List(items) => items.iter().collect(),
            _ => vec![node],
        };
        let rules = items.into_iter().map(|item| match &item.value {
            Value::Scalar { text, .. } => Rules::At(text.clone(), self.source.place(item.span)),
            _ => Rules::Written(self.source.only(item.span)),
        });
        Some(rules.collect())
    }

    /// Plays the test with `rules`, in a repository whose `annals.yaml` says `settings`.
    /// Answers in what the outcome differs from what is expected, or what is wrong with
    /// the test.
    pub fn play(
        &self,
        rules: &Reading,
        settings: &Settings,
    ) -> Result<Vec<Difference>, Vec<Diagnostic>> {
        let faults = rules.diagnostics.iter().filter(|one| !rule::tolerable(one));
        let faults: Vec<Diagnostic> = faults.cloned().collect();
        if !faults.is_empty() {
            return Err(self.whole_lines(faults));
        }
        let mut rules = rules.clone();
        let mut faults = self.enable(&mut rules);
        let (wanted, found) = self.wanted(&rules);
        faults.extend(found);
        if !faults.is_empty() {
            return Err(faults);
        }
        let fired = playing::play(self, &rules, settings);
        let fired = fired.map_err(|faults| self.whole_lines(faults))?;
        Ok(difference::between(self, &rules, wanted, fired))
    }

    /// The same faults with the lines of the file, where parts of it were read by
    /// themselves.
    fn whole_lines(&self, mut faults: Vec<Diagnostic>) -> Vec<Diagnostic> {
        for fault in &mut faults {
            let related = fault.related.iter_mut().map(|related| &mut related.place);
            for place in fault.place.iter_mut().chain(related) {
                if place.path == self.source.path() {
                    place.text = self.source.line(place.line).text;
                }
            }
        }
        faults
    }

    /// Turns on what the test turns on.
    fn enable(&self, rules: &mut Reading) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        for (index, name) in self.form.enable.iter().enumerate() {
            if let Some(automation) = rules.automations.get_mut(name) {
                automation.rule.enabled = true;
            } else {
                let node = self.node.get("enable").and_then(|list| list.item(index));
                faults.push(self.no_automation(rules, name, node));
            }
        }
        faults
    }

    /// The firings that are expected, and what is wrong with how they are told.
    fn wanted(&self, rules: &Reading) -> (Vec<Wanted<'_>>, Vec<Diagnostic>) {
        let (mut wanted, mut faults) = (Vec::new(), Vec::new());
        let nodes = self.node.get("expect").and_then(|node| node.get("firings"));
        for (index, form) in self.form.expect.firings.iter().enumerate() {
            let node = nodes.and_then(|nodes| nodes.item(index));
            if !rules.automations.contains_key(&form.automation) {
                let node = node.and_then(|node| node.get("automation"));
                faults.push(self.no_automation(rules, &form.automation, node));
            }
            if let Some(step) = self.step(&form.step.0) {
                wanted.push(Wanted { step, form });
            } else {
                let node = node.and_then(|node| node.get("step"));
                faults.push(self.no_step(&form.step.0, node));
            }
        }
        (wanted, faults)
    }

    /// The step that a number, from 1, or a name means: its place, from 0.
    fn step(&self, said: &str) -> Option<usize> {
        let steps = &self.form.steps;
        if let Ok(number) = said.parse::<usize>() {
            return number.checked_sub(1).filter(|step| *step < steps.len());
        }
        let mut steps = steps.iter();
        steps.position(|step| step.name.as_deref() == Some(said))
    }

    fn no_step(&self, said: &str, node: Option<&Node>) -> Diagnostic {
        let count = self.form.steps.len();
        let message = format!("the test has no step `{said}`");
        let fault = self.error(Code::UnknownTarget, node, message);
        let steps = self.form.steps.iter();
        match suggest(said, steps.filter_map(|step| step.name.as_deref())) {
            Some(help) if said.parse::<usize>().is_err() => fault.help(help),
            _ => fault.help(format!("steps are numbered from 1; there are {count}")),
        }
    }

    fn no_automation(&self, rules: &Reading, name: &str, node: Option<&Node>) -> Diagnostic {
        let message = format!("no automation that is tried here is called `{name}`");
        let known = rules.automations.keys().map(String::as_str);
        let fault = self.error(Code::UnknownTarget, node, message);
        fault.help_if(suggest(name, known))
    }

    fn error(&self, code: Code, node: Option<&Node>, message: String) -> Diagnostic {
        let span = node.map(|node| node.span).unwrap_or_default();
        self.source.error(code, span, message)
    }

    /// Where the value under `keys` begins.
    fn at(&self, keys: &[&str]) -> Place {
        let node = keys.iter().try_fold(&self.node, |node, key| node.get(key));
        self.source.place(node.unwrap_or(&self.node).span)
    }

    /// The node of a step, by its place from 0.
    fn step_node(&self, step: usize) -> Option<&Node> {
        self.node.get("steps")?.item(step)
    }
}
