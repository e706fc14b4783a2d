//! What Prefect itself calls its events, resources and roles.
//!
//! One table, taken down from Prefect's public events reference
//! (<https://docs.prefect.io/v3/api-ref/events>, read at Prefect 3.9.1) and, where that
//! leaves a name out, from what its server emits. Everybody may give events of their own
//! any name; only what begins with `prefect.` is Prefect's, and only that is looked up.

use std::collections::BTreeSet;

use super::pattern::{Names, reaches};
use crate::text::suggest::nearest;

/// What the names of Prefect's own events, and the ids of its resources, begin with.
const PREFECT: &str = "prefect.";

/// A kind of thing that events are about.
struct Family {
    /// What its events' names have between `prefect.` and the last part.
    name: &'static str,
    /// The last parts.
    events: &'static [&'static str],
    /// Whether there may be others, which people choose.
    open: bool,
}

const fn family(name: &'static str, events: &'static [&'static str]) -> Family {
    Family {
        name,
        events,
        open: false,
    }
}

/// The states of runs. A run may also be given a state of any other name.
const STATES: &[&str] = &[
    "Scheduled",
    "Late",
    "AwaitingConcurrencySlot",
    "AwaitingRetry",
    "Pending",
    "Running",
    "Retrying",
    "Resuming",
    "Completed",
    "Cached",
    "RolledBack",
    "Failed",
    "TimedOut",
    "Crashed",
    "Cancelled",
    "Cancelling",
    "Paused",
    "Suspended",
    "heartbeat",
    "pull-step.executed",
    "pull-step.failed",
];

/// What a work pool or a queue comes to.
const POOL: &[&str] = &[
    "ready",
    "not-ready",
    "paused",
    "created",
    "updated",
    "deleted",
];

const FAMILIES: &[Family] = &[
    Family {
        name: "flow-run",
        events: STATES,
        open: true,
    },
    Family {
        name: "task-run",
        events: STATES,
        open: true,
    },
    family(
        "deployment",
        &["created", "updated", "deleted", "ready", "not-ready"],
    ),
    family("work-pool", POOL),
    family("work-queue", POOL),
    family(
        "worker",
        &[
            "started",
            "stopped",
            "submitted-flow-run",
            "executed-flow-run",
        ],
    ),
    family("runner", &["cancelled-flow-run"]),
    family("artifact", &["created", "updated"]),
    family("artifact-collection", &["created", "updated", "deleted"]),
    family(
        "asset",
        &[
            "referenced",
            "materialization.succeeded",
            "materialization.failed",
        ],
    ),
    family(
        "concurrency-limit",
        &["acquired", "released", "v1.acquired", "v1.released"],
    ),
    family(
        "automation",
        &[
            "created",
            "updated",
            "deleted",
            "triggered",
            "resolved",
            "action.triggered",
            "action.executed",
            "action.failed",
        ],
    ),
    Family {
        name: "block",
        events: &[],
        open: true,
    },
    family("workspace", &["transfer.started", "transfer.completed"]),
    family("log", &["write"]),
    family(
        "docker.container",
        &[
            "created",
            "running",
            "paused",
            "restarting",
            "removing",
            "exited",
            "dead",
            "creation-failed",
        ],
    ),
    family(
        "kubernetes.pod",
        &[
            "pending",
            "running",
            "succeeded",
            "failed",
            "unknown",
            "evicted",
        ],
    ),
    family(
        "ecs.task",
        &[
            "provisioning",
            "pending",
            "activating",
            "running",
            "deactivating",
            "stopping",
            "deprovisioning",
            "stopped",
            "deleted",
        ],
    ),
];

/// Kinds of resources that have ids and no events of their own.
const OTHER_RESOURCES: &[&str] = &[
    "flow",
    "tag",
    "event",
    "variable",
    "block-document",
    "block-type",
    "block-schema",
    "state",
];

/// What related resources are to Prefect's own events.
const ROLES: &[&str] = &[
    "flow",
    "flow-run",
    "task-run",
    "deployment",
    "work-pool",
    "work-queue",
    "worker",
    "tag",
    "block-type",
    "block",
    "storage",
    "infrastructure",
    "concurrency-limit",
    "triggering-event",
    "automation-triggered-event",
    "target",
    "asset",
    "asset-materialized-by",
    "latest",
    "creator",
];

/// Fails for a name that none of Prefect's events has, with the one that may have been meant.
pub(super) fn event(text: &str) -> Result<(), Option<String>> {
    let Some(rest) = text.strip_prefix(PREFECT) else {
        return Ok(());
    };
    let only = Names::new(&BTreeSet::from([text.to_owned()]));
    let names: Vec<String> = names().collect();
    if names
        .iter()
        .any(|name| reaches(name, &only, &Names::default()))
    {
        return Ok(());
    }
    let near = nearest(text, names.iter().map(String::as_str)).map(str::to_owned);
    let open = FAMILIES.iter().any(|family| {
        let own = rest.strip_prefix(family.name);
        family.open && own.is_some_and(|own| own.len() > 1 && own.starts_with('.'))
    });
    // In an open family only a slip of one letter, or of case, is sure to be one.
    let sure = near.as_ref().is_some_and(|near| is_slip(text, near));
    if open && !sure { Ok(()) } else { Err(near) }
}

/// Fails for the id of a resource of a kind that Prefect does not know, with the one that may
/// have been meant.
pub(super) fn resource(pattern: &str) -> Result<(), Option<String>> {
    let Some(rest) = pattern.strip_prefix(PREFECT) else {
        return Ok(());
    };
    let kinds = || {
        let families = FAMILIES.iter().map(|family| family.name);
        families.chain(OTHER_RESOURCES.iter().copied())
    };
    let kind: String = rest.chars().take_while(|c| !"*?[".contains(*c)).collect();
    let known = |known: &str| match kind.split_once(known) {
        Some(("", after)) => after.is_empty() || after.starts_with('.'),
        _ => rest.len() > kind.len() && known.starts_with(&kind),
    };
    if kinds().any(known) {
        return Ok(());
    }
    let kind = kind.split('.').next().unwrap_or_default();
    let near = nearest(kind, kinds());
    Err(near.map(|near| format!("{PREFECT}{near}.{}", after_first(rest))))
}

/// The role that may have been meant by one that differs in a letter, in case or in how
/// its words are joined.
pub(super) fn misspelt_role(role: &str) -> Option<&'static str> {
    let plain = role.to_lowercase().replace(['_', ' '], "-");
    if ROLES.contains(&role) {
        return None;
    }
    let joined = |known: &&&str| known.replace('-', "") == plain.replace('-', "");
    let same = ROLES.iter().find(joined).copied();
    same.or_else(|| nearest(role, ROLES.iter().copied()).filter(|near| is_slip(role, near)))
}

/// Whether each run has an event of this name at most once, or nearly so: for it no
/// window can mean that there may be more.
pub(super) fn is_of_one_run(text: &str) -> bool {
    let run = |family: &str| {
        text.strip_prefix(PREFECT)?
            .strip_prefix(family)?
            .strip_prefix('.')
    };
    let state = run("flow-run").or_else(|| run("task-run"));
    state.is_some_and(|state| STATES.contains(&state) && state != "heartbeat")
}

fn names() -> impl Iterator<Item = String> {
    FAMILIES.iter().flat_map(|family| {
        let events = family.events.iter();
        events.map(move |event| format!("{PREFECT}{}.{event}", family.name))
    })
}

fn after_first(text: &str) -> &str {
    text.split_once('.').map_or("*", |(_, rest)| rest)
}

/// Whether two words differ in one letter at most, apart from case.
fn is_slip(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let long = one.chars().count().abs_diff(other.chars().count());
    if long > 1 {
        return false;
    }
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b);
    let head = same.count();
    let rest = |text: &str, skip: usize| text.chars().skip(head + skip).collect::<String>();
    rest(&one, 1) == rest(&other, 1)
        || rest(&one, 1) == rest(&other, 0)
        || rest(&one, 0) == rest(&other, 1)
}

#[cfg(test)]
mod tests {
    use super::{event, misspelt_role, resource};

    #[test]
    fn names_of_prefect_are_known_and_near_misses_are_told() {
        let fine = [
            "prefect.flow-run.Completed",
            "prefect.flow-run.*",
            "prefect.*",
            "prefect.flow-run.Skipped",
            "prefect.block.slack-webhook.loaded",
            "prefect.work-pool.not-ready",
            "mine.flow-run.failed",
        ];
        for name in fine {
            assert_eq!(event(name), Ok(()), "{name}");
        }
        let told = [
            ("prefect.flowrun.Crashed", Some("prefect.flow-run.Crashed")),
            ("prefect.flow-run.failed", Some("prefect.flow-run.Failed")),
            (
                "prefect.flow-run.Complete",
                Some("prefect.flow-run.Completed"),
            ),
            (
                "prefect.work-pool.notready",
                Some("prefect.work-pool.not-ready"),
            ),
            ("prefect.flow_run.Failed", Some("prefect.flow-run.Failed")),
            ("prefect.flow-runs.*", Some("prefect.flow-run.Late")),
            ("prefect.sky.fell-down-on-us", None),
        ];
        for (name, near) in told.iter().filter(|(name, _)| !name.ends_with('*')) {
            let found = event(name);
            assert_eq!(found, Err(near.map(str::to_owned)), "{name}");
        }
        assert!(event("prefect.flow-runs.*").is_err());
    }

    #[test]
    fn resources_and_roles_of_prefect_are_known() {
        for id in [
            "prefect.flow-run.*",
            "prefect.flow*",
            "prefect.*",
            "x.y",
            "prefect.tag.a",
        ] {
            assert_eq!(resource(id), Ok(()), "{id}");
        }
        let near = resource("prefect.flowrun.*");
        assert_eq!(near, Err(Some("prefect.flow-run.*".to_owned())));
        let near = resource("prefect.workpool.k8s");
        assert_eq!(near, Err(Some("prefect.work-pool.k8s".to_owned())));
        assert_eq!(misspelt_role("flow_run"), Some("flow-run"));
        assert_eq!(misspelt_role("Deployment"), Some("deployment"));
        assert_eq!(misspelt_role("customer"), None);
    }
}
