//! What a trigger asks of an event beside what the event has there.

use serde::Serialize;

use crate::automation::event::{Event, Labels, RESOURCE_ID};
use crate::automation::pattern::{Names, Pattern, Specification, reaches};
use crate::automation::trigger::EventTrigger;

/// Where in a trigger a condition stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The names of events that count.
    Expect,
    /// The names of events that begin the wait.
    After,
    /// A label of the event's own resource.
    Match,
    /// A related resource, or a label of one.
    MatchRelated,
}

/// Why the name of an event is not taken in though one of its patterns looks like it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missed {
    /// No pattern takes in the whole name; one that begins with `!` takes in none.
    Whole,
    /// No pattern takes in its beginning, where only `*` means other characters.
    Beginning,
}

/// One condition, and what the event had to say to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Where it stands.
    pub part: Part,
    /// The label that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The patterns of which one is enough, as they were written; none for anything.
    pub wanted: Vec<String>,
    /// What the event has there; null when it has nothing. Of a related resource its id,
    /// also of one that is merely the nearest.
    pub found: Option<String>,
    /// Whether the one is as the other wants it.
    pub held: bool,
    /// Whether the event could not do without: of `expect` and `after` one is enough.
    pub needed: bool,
    /// The pattern that took it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why a name that a pattern looks like was not taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<Missed>,
    /// Of a related resource: label by label.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Comparison>,
}

impl Comparison {
    /// Whether it is about the event's name.
    pub fn is_about_the_name(&self) -> bool {
        matches!(self.part, Part::Expect | Part::After)
    }
}

/// Every condition of `trigger` beside what `event` has there.
pub fn comparisons(trigger: &EventTrigger, event: &Event) -> Vec<Comparison> {
    let mut all = names(trigger, &event.event);
    all.extend(labels(Part::Match, &trigger.primary, &event.resource));
    let related = trigger.related.iter();
    all.extend(related.map(|specification| among(specification, &event.related)));
    all
}

fn names(trigger: &EventTrigger, name: &str) -> Vec<Comparison> {
    let reached = reaches(name, &trigger.expect, &trigger.after);
    let expected = reached && (trigger.expect.is_empty() || trigger.expect.contain(name));
    let begins = reached && trigger.after.contain(name);
    let mut expect = named(Part::Expect, &trigger.expect, name, expected);
    expect.needed = !begins;
    if trigger.after.is_empty() {
        return vec![expect];
    }
    let mut after = named(Part::After, &trigger.after, name, begins);
    after.needed = !expected;
    vec![after, expect]
}

fn named(part: Part, names: &Names, name: &str, held: bool) -> Comparison {
    let stages = names.stages(name);
    let any = |stage: fn(&crate::automation::pattern::Stages<'_>) -> bool| stages.iter().any(stage);
    let looks = any(|stage| stage.whole || stage.label);
    let missed = match (held, looks) {
        (false, true) if !any(|stage| stage.whole) => Some(Missed::Whole),
        (false, true) if !any(|stage| stage.beginning) => Some(Missed::Beginning),
        _ => None,
    };
    let by = stages.iter().find(|stage| held && stage.label);
    Comparison {
        part,
        label: None,
        wanted: names.texts().into_iter().map(str::to_owned).collect(),
        found: Some(name.to_owned()),
        held,
        needed: true,
        by: by.map(|stage| stage.pattern.to_owned()),
        missed,
        labels: Vec::new(),
    }
}

fn labels(part: Part, specification: &Specification, resource: &Labels) -> Vec<Comparison> {
    let label = |(label, patterns): (&String, &Vec<Pattern>)| {
        let found = resource.get(label);
        let by = found.and_then(|value| patterns.iter().find(|one| one.matches(value)));
        Comparison {
            part,
            label: Some(label.clone()),
            wanted: patterns.iter().map(|one| one.text().to_owned()).collect(),
            found: found.cloned(),
            held: by.is_some(),
            needed: true,
            by: by.map(|one| one.text().to_owned()),
            missed: None,
            labels: Vec::new(),
        }
    };
    specification.0.iter().map(label).collect()
}

/// A related resource that is as wanted, else the nearest.
fn among(specification: &Specification, related: &[Labels]) -> Comparison {
    let compared = |resource: &Labels| labels(Part::MatchRelated, specification, resource);
    let lacking = |resource: &&Labels| {
        let all = compared(resource);
        all.iter().filter(|one| !one.held).count()
    };
    let satisfied = specification.among(related);
    let nearest = satisfied
        .flatten()
        .or_else(|| related.iter().min_by_key(lacking));
    let nearest = nearest.filter(|_| !specification.0.is_empty());
    let none = Labels::new();
    Comparison {
        part: Part::MatchRelated,
        label: None,
        wanted: Vec::new(),
        found: nearest.and_then(|one| one.get(RESOURCE_ID).cloned()),
        held: satisfied.is_some(),
        needed: true,
        by: None,
        missed: None,
        labels: compared(nearest.unwrap_or(&none)),
    }
}
