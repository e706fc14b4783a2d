//! Retrospectives: people's words around what can be computed.
//!
//! Each incident that is over has one. Where nobody wrote (or nobody wrote for this
//! audience; the page does not tell which), it is the computed part alone.

use serde::Serialize;

use super::bar::{Bar, bar};
use super::fate::Fate;
use super::incident_page::{Fact, Group, Heading, affected, facts, heading};
use super::index_page::{Row, row};
use super::item::Item;
use super::markdown::{Html, html};
use super::record::{Lens, Record, Subject};
use super::shell::Shell;
use super::timeline::items;
use super::words::{self, Word};
use crate::incident::retrospective::{FollowUp, Progress, Retrospective, Standing};
use crate::incident::vocabulary::Phase;
use crate::text::duration::Duration;
use crate::text::moment::Moment;
use crate::text::plain;

/// The page of a retrospective.
#[derive(Clone, Debug, Serialize)]
pub(super) struct RetrospectivePage {
    shell: Shell,
    incident: Heading,
    facts: Vec<Fact>,
    bar: Option<Bar>,
    /// Where it stands and who answers for it; none where nobody wrote.
    standing: Option<Word>,
    owner: Option<String>,
    /// People's words.
    words: Option<Html>,
    body: Option<String>,
    durations: Vec<Length>,
    affected: Vec<Group>,
    items: Vec<Item>,
    follow_ups: Vec<Task>,
    automations: usize,
    /// How many items were corrected, retracted and redacted, in words.
    amended: Vec<String>,
    /// How many entries came into the record late.
    late: usize,
    /// The commits that hold it; empty where they are not shown.
    commits: Vec<String>,
}

/// A duration, and from what to what it is measured.
#[derive(Clone, Debug, Serialize)]
struct Length {
    label: &'static str,
    took: Option<String>,
    meaning: &'static str,
}

/// A follow-up.
#[derive(Clone, Debug, Serialize)]
struct Task {
    title: String,
    owner: Option<String>,
    aim: Option<String>,
    due: Option<String>,
    state: Word,
    open: bool,
    overdue: bool,
    url: Option<String>,
    /// The incident that it follows from, in the list of all.
    incident: Option<Row>,
}

/// The list of retrospectives.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ListPage {
    shell: Shell,
    retrospectives: Vec<Listed>,
    open: Vec<Task>,
}

/// One retrospective in the list.
#[derive(Clone, Debug, Serialize)]
struct Listed {
    row: Row,
    standing: Word,
    owner: Option<String>,
    open: usize,
}

/// The retrospective of `subject` as of `now`.
pub(super) fn page(
    subject: &Subject<'_>,
    record: &Record<'_>,
    shell: Shell,
    now: Moment,
) -> RetrospectivePage {
    let files = subject.files(shell.incidents());
    let written = subject.view.retrospective.as_ref();
    let items = items(subject, record, &files);
    let fates: Vec<&Fate> = items.iter().map(|item| &item.fate).collect();
    RetrospectivePage {
        incident: heading(subject, record, shell.incidents()),
        facts: facts(subject, record),
        bar: bar(subject, record),
        standing: written.map(|retro| standing(retro.front.status)),
        owner: written.and_then(|retro| owner(retro.front.owner.as_deref(), record.lens)),
        words: written.map(|retro| html(&retro.body, 2, &files)),
        body: written.map(|retro| retro.body.clone()),
        durations: durations(subject),
        affected: affected(subject),
        follow_ups: written.map_or_else(Vec::new, |retro| tasks(retro, record.lens, now)),
        automations: subject.receipts.len(),
        amended: Fate::counts(&fates),
        late: items.iter().filter(|item| item.is_late()).count(),
        commits: commits(subject, record.lens),
        items,
        shell,
    }
}

/// The list of what people wrote, latest first, and what is still to be done.
pub(super) fn list(record: &Record<'_>, shell: Shell, now: Moment) -> ListPage {
    let written = record.subjects.iter().rev().filter_map(|subject| {
        let over = subject.view.phase == Phase::Resolved;
        let retro = subject.view.retrospective.as_ref().filter(|_| over)?;
        Some((subject, retro, tasks(retro, record.lens, now)))
    });
    let mut open: Vec<Task> = Vec::new();
    let mut retrospectives = Vec::new();
    for (subject, retro, tasks) in written {
        let still: Vec<Task> = tasks.into_iter().filter(|task| task.open).collect();
        retrospectives.push(Listed {
            row: row(subject, record),
            standing: standing(retro.front.status),
            owner: owner(retro.front.owner.as_deref(), record.lens),
            open: still.len(),
        });
        open.extend(still.into_iter().map(|task| Task {
            incident: Some(row(subject, record)),
            ..task
        }));
    }
    open.sort_by_key(|task| (!task.overdue, task.due.is_none(), task.due.clone()));
    ListPage {
        shell,
        retrospectives,
        open,
    }
}

fn owner(owner: Option<&str>, lens: Lens) -> Option<String> {
    owner.and_then(|owner| lens.name(owner))
}

fn standing(standing: Standing) -> Word {
    Word::plain(match standing {
        Standing::Draft => "Draft",
        Standing::InReview => "In review",
        Standing::Reviewed => "Reviewed",
        Standing::Closed => "Closed",
    })
}

/// What is still to be done first, in the order in which it is due.
fn tasks(retro: &Retrospective, lens: Lens, now: Moment) -> Vec<Task> {
    let mut tasks: Vec<Task> = retro
        .front
        .follow_ups
        .iter()
        .map(|follow_up| task(follow_up, lens, now))
        .collect();
    tasks.sort_by_key(|task| (!task.open, task.due.is_none(), task.due.clone()));
    tasks
}

fn task(follow_up: &FollowUp, lens: Lens, now: Moment) -> Task {
    let open = follow_up.state == Progress::Open;
    let overdue = open && follow_up.due.is_some_and(|due| due < now.day());
    let (text, class) = match follow_up.state {
        Progress::Open if overdue => ("Overdue", "task-overdue"),
        Progress::Open => ("Open", "task-open"),
        Progress::Done => ("Done", "task-done"),
        Progress::Dropped => ("Dropped", "task-dropped"),
    };
    Task {
        title: plain::line(&follow_up.title),
        owner: owner(follow_up.owner.as_deref(), lens),
        aim: follow_up.aim.and_then(|aim| {
            let aim = serde_json::to_value(aim).ok()?;
            Some(words::label(aim.as_str()?))
        }),
        due: follow_up.due.map(|due| due.to_string()),
        state: Word {
            class: class.to_owned(),
            ..Word::plain(text)
        },
        open,
        overdue,
        url: follow_up.link.as_deref().and_then(words::address),
        incident: None,
    }
}

fn durations(subject: &Subject<'_>) -> Vec<Length> {
    let of = &subject.view.durations;
    let length = |label, took: Option<Duration>, meaning| Length {
        label,
        took: took.map(words::took),
        meaning,
    };
    vec![
        length(
            "To detect",
            of.detect,
            "from the beginning of its impact until it was noticed",
        ),
        length(
            "To acknowledge",
            of.acknowledge,
            "from its declaration until somebody took it on",
        ),
        length(
            "To mitigate",
            of.mitigate,
            "from the beginning of its impact until people stopped feeling it",
        ),
        length(
            "To resolve",
            of.resolve,
            "from the beginning of its impact until it was over",
        ),
        length(
            "Lasted",
            of.lasted,
            "from its beginning, or else its declaration, until it was over",
        ),
    ]
}

fn commits(subject: &Subject<'_>, lens: Lens) -> Vec<String> {
    let entries = subject
        .view
        .entries
        .iter()
        .map(|entry| entry.recorded.as_ref());
    let all = [subject.view.recorded.as_ref()].into_iter().chain(entries);
    let mut commits: Vec<String> = Vec::new();
    for commit in all.filter_map(|recorded| lens.commit(recorded)) {
        if !commits.contains(&commit) {
            commits.push(commit);
        }
    }
    commits
}

/// Whether there is a retrospective of `subject`: it is over.
pub(super) fn is_over(subject: &Subject<'_>) -> bool {
    subject.view.phase == Phase::Resolved
}
