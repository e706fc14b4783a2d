//! The one place that prints.
//!
//! Colour goes only to a terminal that takes it (`NO_COLOR` is honoured); a reader who
//! goes away is no error. Recorded text passes [`plain`] before it comes here.

use std::io::Write;

use annotate_snippets::{AnnotationKind, Group, Level as Title, Renderer, Snippet};
use anstyle::{AnsiColor, Style};

use super::failure::Failure;
use crate::text::diagnostic::{Diagnostic, Level, Place};
use crate::text::plain;

/// Prints `text` and a line break to standard output.
pub(super) fn say(text: &str) {
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// Prints `text` as it is to standard output.
pub(super) fn write(text: &str) {
    let _ = write!(anstream::stdout(), "{text}");
}

/// Prints a remark to standard error.
pub(super) fn remark(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Prints why a verb failed.
pub(super) fn fail(failure: &Failure) {
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
    let lines: Vec<(String, &Place)> = diagnostic
        .place
        .iter()
        .map(|place| (plain::line(&place.text), place))
        .collect();
    let others: Vec<(String, String, &Place)> = diagnostic
        .related
        .iter()
        .map(|related| {
            (
                plain::line(&related.place.text),
                plain::line(&related.label),
                &related.place,
            )
        })
        .collect();
    let mut group = Group::with_title(header);
    for (line, place) in &lines {
        group = group.element(snippet(line, place, AnnotationKind::Primary, None));
    }
    for (line, label, place) in &others {
        group = group.element(snippet(line, place, AnnotationKind::Context, Some(label)));
    }
    let help = diagnostic.help.as_deref().map(plain::line);
    if let Some(help) = &help {
        group = group.element(Title::HELP.message(help.as_str()));
    }
    Renderer::styled().render(&[group])
}

fn snippet<'a>(
    line: &'a str,
    place: &'a Place,
    kind: AnnotationKind,
    label: Option<&'a String>,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let byte = |characters: usize| {
        line.char_indices()
            .nth(characters)
            .map_or(line.len(), |(byte, _)| byte)
    };
    let start = byte(place.column - 1);
    let end = byte(place.column - 1 + place.width).max(start);
    let annotation = match label {
        Some(label) => kind.span(start..end).label(label.as_str()),
        None => kind.span(start..end),
    };
    Snippet::source(line)
        .path(place.path.as_str())
        .line_start(place.line)
        .annotation(annotation)
}
