//! The one place that prints.
//!
//! Colour goes only to a terminal that takes it (`NO_COLOR` is honoured); a reader who
//! goes away is no error. Recorded text passes [`plain`] before it comes here.

use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use annotate_snippets::{AnnotationKind, Group, Level as Title, Origin, Renderer, Snippet};
use anstyle::{AnsiColor, Style};

use super::failure::Failure;
use crate::text::diagnostic::{Diagnostic, Level, Place};
use crate::text::plain;

/// Whether something could not be written: a full disk, say, but not a reader who left.
static FAILED: AtomicBool = AtomicBool::new(false);

/// Whether everything that was to be printed was.
pub(super) fn all_written() -> bool {
    !FAILED.load(Ordering::Relaxed)
}

fn note(written: std::io::Result<()>) {
    if written.is_err_and(|fault| fault.kind() != ErrorKind::BrokenPipe) {
        FAILED.store(true, Ordering::Relaxed);
    }
}

/// Prints `text` and a line break to standard output.
pub(super) fn say(text: &str) {
    note(writeln!(anstream::stdout(), "{text}"));
}

/// Prints `text` as it is to standard output.
pub(super) fn write(text: &str) {
    let mut out = anstream::stdout();
    note(write!(out, "{text}").and_then(|()| out.flush()));
}

/// Prints data byte for byte to standard output: nothing is styled, nothing stripped.
pub(super) fn data(text: &str) {
    raw(&format!("{text}\n"));
}

/// Prints a part of such data.
pub(super) fn raw(text: &str) {
    let mut out = std::io::stdout();
    note(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// Prints a remark to standard error.
pub(super) fn remark(text: &str) {
    note(writeln!(anstream::stderr(), "{text}"));
}

/// Prints why a verb failed.
pub(super) fn fail(failure: &Failure) {
    if let Some(found) = &failure.found {
        diagnose(std::slice::from_ref(found));
    }
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let cyan = Style::new().bold().fg_color(Some(AnsiColor::Cyan.into()));
    remark(&format!(
        "{red}error{red:#}: {}",
        plain::lines(&failure.message)
    ));
    if let Some(help) = &failure.help {
        remark(&format!("  {cyan}help{cyan:#}: {}", plain::lines(help)));
    }
}

/// Prints diagnostics to standard error, each with the line it points at.
pub(super) fn diagnose(found: &[Diagnostic]) {
    for diagnostic in found {
        remark(&drawn(diagnostic));
        remark("");
    }
}

/// A diagnostic as people read it: message, place, the line, and what to do.
fn drawn(diagnostic: &Diagnostic) -> String {
    let title = match diagnostic.level {
        Level::Error => Title::ERROR,
        Level::Warning => Title::WARNING,
    };
    let message = plain::line(&diagnostic.message);
    let header = title.primary_title(message).id(diagnostic.code.name());
    let own = diagnostic.place.iter().map(|place| (place, None));
    let others = diagnostic.related.iter();
    let others = others.map(|related| (&related.place, Some(plain::line(&related.label))));
    let places: Vec<(&Place, Option<String>, String)> = own
        .chain(others)
        .map(|(place, label)| (place, label, plain::line(&place.text)))
        .collect();
    let mut group = Group::with_title(header);
    for (place, label, line) in &places {
        group = if place.is_whole() {
            group.element(Origin::path(path(place)))
        } else if place.is_long() {
            let origin = Origin::path(path(place)).line(place.line);
            group.element(origin.char_column(place.column))
        } else {
            group.element(snippet(line, place, label.as_deref()))
        };
    }
    let help = advice(diagnostic);
    if let Some(help) = &help {
        group = group.element(Title::HELP.message(help.as_str()));
    }
    Renderer::styled().render(&[group])
}

/// What to do, and below it what can be typed.
fn advice(diagnostic: &Diagnostic) -> Option<String> {
    let help = diagnostic.help.as_deref()?;
    let lines = std::iter::once(help).chain(diagnostic.commands.iter().map(String::as_str));
    let lines: Vec<String> = lines.map(plain::line).collect();
    Some(lines.join("\n"))
}

/// A place's line; what explains another one bears a label.
fn snippet<'a>(
    line: &'a str,
    place: &'a Place,
    label: Option<&'a str>,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let byte = |characters: usize| {
        line.char_indices()
            .nth(characters)
            .map_or(line.len(), |(byte, _)| byte)
    };
    let start = byte(place.column - 1);
    let end = byte(place.column - 1 + place.width).max(start);
    let annotation = match label {
        Some(label) => AnnotationKind::Context.span(start..end).label(label),
        None => AnnotationKind::Primary.span(start..end),
    };
    Snippet::source(line)
        .path(path(place))
        .line_start(place.line)
        .annotation(annotation)
}

/// A file as people name it: as Git does where an earlier version is meant.
fn path(place: &Place) -> String {
    match &place.revision {
        Some(revision) => plain::line(&format!("{revision}:{}", place.path)),
        None => plain::line(&place.path),
    }
}
