//! Automations that set themselves off.
//!
//! What an action of annals writes is an event like any other; what Prefect's engine
//! does has events as well. One loop, that of flow runs which start flow runs, Prefect
//! refuses to make; the others are warned about.

use serde_json::Value as Json;

use super::AutomationForm;
use crate::automation::action::written::ActionForm;
use crate::automation::event::{INCIDENT, NAMES, RESOURCE_ID, SEVERITY, short};
use crate::automation::pattern::{Specification, any};
use crate::automation::trigger::{EventTrigger, Posture, Trigger};
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::source::{Source, Span};
use crate::text::yaml::Node;

/// The events that each flow run of a deployment goes through, as Prefect asks for them.
const OF_EACH_FLOW_RUN: [&str; 4] = [
    "prefect.flow-run.Scheduled",
    "prefect.flow-run.Pending",
    "prefect.flow-run.Running",
    "prefect.flow-run.*",
];

/// The events that Prefect's engine makes of each firing.
const OF_EACH_FIRING: [&str; 4] = [
    "prefect.automation.triggered",
    "prefect.automation.action.triggered",
    "prefect.automation.action.executed",
    "prefect.automation.action.failed",
];

/// Says whether `form`, which stands at `node`, sets itself off.
pub(super) fn itself(
    form: &AutomationForm,
    trigger: &Trigger,
    source: &Source,
    node: &Node,
) -> Vec<Diagnostic> {
    if !form.enabled {
        return Vec::new();
    }
    let mut found: Vec<Diagnostic> = firings(trigger, source, node).into_iter().collect();
    let lists = [
        ("actions", &form.actions),
        ("actions_on_trigger", &form.actions_on_trigger),
        ("actions_on_resolve", &form.actions_on_resolve),
    ];
    for (list, actions) in lists {
        for (index, action) in actions.iter().enumerate() {
            let written = node.get(list).and_then(|list| list.item(index));
            let span = written
                .and_then(|action| action.get("type"))
                .map_or(node.span, |kind| kind.span);
            found.extend(refused(list, action, trigger, source, span));
            found.extend(writes(action, trigger, source, span));
        }
    }
    found
}

/// A rule that reacts to firings, its own among them.
fn firings(trigger: &Trigger, source: &Source, node: &Node) -> Option<Diagnostic> {
    let own = |leaf: &&EventTrigger| {
        let about = leaf.primary.0.get(RESOURCE_ID);
        leaf.posture == Posture::Reactive
            && names_firings(leaf)
            && OF_EACH_FIRING.iter().any(|name| leaf.expects_name(name))
            && about.is_none_or(|ids| any(ids, "prefect.automation.x"))
    };
    trigger.leaves().into_iter().find(own)?;
    let message = "each firing of this automation is an event that sets it off again";
    let span = node.key("trigger").unwrap_or(node.span);
    let help = "name in `match` the automations that are meant, by `prefect.resource.id`";
    Some(source.warning(Code::FeedsItself, span, message).help(help))
}

/// Whether firings are meant, and not whatever happens.
fn names_firings(leaf: &EventTrigger) -> bool {
    let expected = leaf.expect.texts();
    expected
        .iter()
        .any(|text| text.starts_with("prefect.automation."))
}

/// The loop that Prefect refuses: flow runs that start flow runs.
fn refused(
    list: &str,
    action: &ActionForm,
    trigger: &Trigger,
    source: &Source,
    span: Span,
) -> Option<Diagnostic> {
    let Trigger::Event(trigger) = trigger else {
        return None;
    };
    let expected = trigger.expect.texts();
    let of_each = OF_EACH_FLOW_RUN.iter().any(|name| expected.contains(name));
    let starts = list == "actions" && action.kind.name() == "run-deployment";
    if !starts || !of_each || trigger.posture != Posture::Reactive {
        return None;
    }
    let inferred = action.other.get("source") == Some(&Json::from("inferred"));
    let unrelated = trigger.related.is_empty() || trigger.related.iter().any(is_every_flow_run);
    let every = is_every_flow_run(&trigger.primary) && unrelated;
    if !(inferred || every) {
        return None;
    }
    let message = "each flow run starts a flow run, which sets this off again; Prefect refuses it";
    let help = if inferred {
        "name the deployment, and narrow `match` or `match_related` to flow runs of others"
    } else {
        "narrow `match` or `match_related` to flow runs of other deployments"
    };
    Some(source.error(Code::FeedsItself, span, message).help(help))
}

/// Whether a specification takes in whatever is a flow run.
fn is_every_flow_run(specification: &Specification) -> bool {
    let mut labels = specification.0.iter();
    match (labels.next(), labels.next()) {
        (None, _) => true,
        (Some((label, ids)), None) if label == RESOURCE_ID => ids
            .iter()
            .any(|id| ["*", "prefect.flow-run.*"].contains(&id.text())),
        _ => false,
    }
}

/// An action that writes what the trigger waits for.
fn writes(
    action: &ActionForm,
    trigger: &Trigger,
    source: &Source,
    span: Span,
) -> Option<Diagnostic> {
    let leaves = trigger.leaves();
    let set_off = |name: &String| {
        leaves
            .iter()
            .any(|leaf| leaf.posture == Posture::Reactive && is_heard(leaf, name, action))
    };
    let name = events(action).into_iter().find(set_off)?;
    let message = format!(
        "this makes the event `{}`, which sets the automation off again",
        short(&name)
    );
    let help =
        "narrow `match` or `expect`, so that what the automation writes is not what it waits for";
    Some(source.warning(Code::FeedsItself, span, message).help(help))
}

/// Whether the event called `name` that `action` makes counts, as far as can be said of
/// all incidents: of its labels only the severity may be known.
fn is_heard(trigger: &EventTrigger, name: &str, action: &ActionForm) -> bool {
    let wanted = |label: &str| trigger.primary.0.get(label);
    let severity = action.other.get("severity").and_then(Json::as_str);
    let of_severity = wanted(SEVERITY)
        .zip(severity)
        .is_none_or(|(patterns, severity)| any(patterns, severity));
    let about = wanted(RESOURCE_ID).is_none_or(|ids| any(ids, &format!("{INCIDENT}x")));
    trigger.expects_name(name) && about && of_severity
}

/// The full names of the events that an action can make.
fn events(action: &ActionForm) -> Vec<String> {
    let names: Vec<&str> = match action.kind.name() {
        "declare-incident" => vec!["declared"],
        "comment-incident" => vec!["comment.added"],
        "assess-impact" => vec!["assessment.added"],
        "update-incident" => updates(action),
        _ => Vec::new(),
    };
    names
        .iter()
        .map(|name| format!("{INCIDENT}{name}"))
        .collect()
}

/// What an update can change: what it names, or else everything.
fn updates(action: &ActionForm) -> Vec<&'static str> {
    let of_key = |key: &str| match key {
        "status" => vec!["resolved", "reopened", "updated.status"],
        "comment" => Vec::new(),
        "title" => vec!["updated.name"],
        "started_at" => vec!["updated.start_time"],
        "resources" => vec!["updated.related_resources"],
        key => {
            let is_it = |name: &&&str| name.strip_prefix("updated.") == Some(key);
            NAMES.iter().filter(is_it).copied().collect()
        }
    };
    let named: Vec<&str> = action.other.keys().flat_map(|key| of_key(key)).collect();
    if named.is_empty() {
        let updates = NAMES.iter().filter(|name| name.starts_with("updated."));
        return updates.copied().collect();
    }
    named
}
