//! `annals list`: what is open, or everything.

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table};

use super::arguments::List;
use super::context::Context;
use super::failure::Failure;
use crate::archive::Archive;
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
    let archive = context.archive(context.version(arguments.looking.commit.as_deref())?)?;
    let views = archive
        .incidents
        .iter()
        .map(|incident| View::of(incident, &archive.vocabulary, context.now));
    let mut shown: Vec<View> = views
        .filter(|view| arguments.all || view.phase != Phase::Resolved)
        .collect();
    shown.reverse();
    shown.sort_by_key(|view| view.phase == Phase::Resolved);
    let json = || serde_json::to_value(&shown).unwrap_or_default();
    Ok(context.answer(
        "incidents",
        json,
        || text(&archive, &shown, context.now),
        &archive.diagnostics,
    ))
}

fn text(archive: &Archive, shown: &[View], now: Moment) -> String {
    if shown.is_empty() {
        let closed = archive.incidents.len();
        return match closed {
            0 => "no incidents yet\n".to_owned(),
            1 => "nothing is open; 1 incident is over (`annals list --all`)\n".to_owned(),
            _ => format!("nothing is open; {closed} incidents are over (`annals list --all`)\n"),
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
