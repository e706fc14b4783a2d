//! `annals list`: what is open, or everything.

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table};

use super::arguments::List;
use super::context::Context;
use super::failure::Failure;
use super::past::Past;
use crate::incident::view::View;
use crate::incident::vocabulary::Phase;
use crate::text::moment::Moment;
use crate::text::plain;

/// From how many columns of a terminal on the id has a column of its own.
const WIDE: u16 = 130;
const HEADS: [&str; 6] = ["SEVERITY", "STATUS", "FOR", "TITLE", "BEGAN", "ID"];
/// How many of the columns a narrow terminal shows.
const NARROW: usize = 4;
/// The column that gives way when the terminal is narrow.
const TITLE: usize = 3;

/// `annals list`.
pub(super) fn run(context: &Context, arguments: &List) -> Result<u8, Failure> {
    let past = Past::of(context, &arguments.looking)?;
    let archive = past.archive(context)?;
    let incidents = archive.incidents.iter().rev();
    let mut known = 0;
    let mut shown: Vec<View> = incidents
        .filter_map(|incident| past.incident(incident))
        .inspect(|_| known += 1)
        .map(|incident| View::of(&incident, &archive.vocabulary, past.now))
        .filter(|view| arguments.all || view.phase != Phase::Resolved)
        .collect();
    shown.sort_by_key(|view| view.phase == Phase::Resolved);
    let json = || serde_json::to_value(&shown).unwrap_or_default();
    Ok(context.answer(
        "incidents",
        json,
        || text(&shown, known, past.now),
        &archive.diagnostics,
    ))
}

/// Those `shown` of so many that are known, as a table.
fn text(shown: &[View], known: usize, now: Moment) -> String {
    if shown.is_empty() {
        return match known {
            0 => "no incidents yet\n".to_owned(),
            1 => "nothing is open; 1 incident is over (`annals list --all`)\n".to_owned(),
            _ => format!("nothing is open; {known} incidents are over (`annals list --all`)\n"),
        };
    }
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    let narrow = table.is_tty() && table.width().is_some_and(|width| width < WIDE);
    if table.is_tty() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    let heads: &[&str] = if narrow {
        HEADS.get(..NARROW).unwrap_or(&HEADS)
    } else {
        &HEADS
    };
    table.set_header(
        heads
            .iter()
            .map(|head| Cell::new(head).add_attribute(Attribute::Dim)),
    );
    for view in shown {
        table.add_row(if narrow {
            narrow_row(view, now)
        } else {
            row(view, now)
        });
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if index != TITLE {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    let drawn = table.to_string();
    let lines: Vec<&str> = drawn.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

/// A row for a narrow terminal: the id stands under the title.
fn narrow_row(view: &View, now: Moment) -> Vec<Cell> {
    let mut cells = row(view, now);
    cells.truncate(NARROW);
    if let Some(title) = cells.get_mut(TITLE) {
        *title = Cell::new(format!("{}\n{}", plain::line(&view.facts.title), view.id));
    }
    cells
}

fn row(view: &View, now: Moment) -> Vec<Cell> {
    let color = match view.sev {
        Some(1) => Color::Red,
        Some(2) => Color::Yellow,
        Some(3) => Color::Blue,
        _ => Color::Grey,
    };
    let mark = match view.sev {
        Some(1) => "■",
        Some(2) => "▲",
        Some(3) => "◆",
        _ => "●",
    };
    let began = view
        .facts
        .started_at
        .or(view.facts.scheduled_for)
        .unwrap_or(view.declared_at);
    let lasted = match (view.phase, view.durations.lasted) {
        (Phase::Planned, _) | (Phase::Resolved, None) => String::new(),
        (_, Some(lasted)) => lasted.to_string(),
        (Phase::Active, None) => (now - began).to_string(),
    };
    vec![
        Cell::new(format!("{mark} {}", plain::line(&view.facts.severity))).fg(color),
        Cell::new(plain::line(&view.facts.status)),
        Cell::new(lasted),
        Cell::new(plain::line(&view.facts.title)).add_attribute(Attribute::Bold),
        Cell::new(format!("{} {}", began.day(), began.clock())),
        Cell::new(&view.id),
    ]
}
