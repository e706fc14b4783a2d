//! `annals export`: the record, given away.
//!
//! Without `--format` it is JSON, the one format that loses nothing. An export for the
//! public tells its diagnostics on standard error only: they quote files.

use serde_json::{Value as Json, json};

use super::arguments::{Export, Format};
use super::context::{Context, errors};
use super::failure::Failure;
use super::past::Past;
use super::{build, check, console, exit, show};
use crate::archive::Archive;
use crate::archive::copies::copies;
use crate::archive::snapshot::Snapshot;
use crate::incident::Audience;
use crate::outward::exchange::export::{csv, json as lossless, openmetrics};
use crate::outward::{output, render};
use crate::text::diagnostic::Diagnostic;
use crate::text::plain;

/// `annals export`.
pub(super) fn run(context: &Context, arguments: &Export) -> Result<u8, Failure> {
    if arguments.entries && context.format != Format::Csv {
        let failure = Failure::usage("`--entries` is about the rows of CSV");
        return Err(failure.help("add `--format csv`; other formats hold the entries anyway"));
    }
    let past = Past::of(context, &arguments.looking)?;
    let archive = past.sound_archive(context)?;
    let text = text(context, arguments, &past, &archive)?;
    let errors = errors(&archive.diagnostics);
    match &arguments.out {
        None => console::write(&text),
        Some(out) => {
            output::write_file(out, text.as_bytes())?;
            let shown = plain::line(&out.display().to_string());
            let bytes = check::count(text.len(), "byte", "bytes");
            console::say(&format!("{shown}: {bytes}"));
        }
    }
    console::diagnose(&errors);
    Ok(if errors.is_empty() {
        exit::FINE
    } else {
        exit::FINDINGS
    })
}

fn text(
    context: &Context,
    arguments: &Export,
    past: &Past,
    archive: &Archive,
) -> Result<String, Failure> {
    let audience = show::audience(arguments.audience);
    if context.format == Format::Markdown {
        return build::with_request(context, past, archive, audience, render::digest);
    }
    let shapes = build::with_request(context, past, archive, audience, render::shapes)?;
    Ok(match context.format {
        Format::Csv if arguments.entries => csv::entries(&shapes),
        Format::Csv => csv::incidents(&shapes),
        Format::OpenMetrics => openmetrics::metrics(&shapes, &archive.vocabulary, past.now),
        _ => whole(context, past, archive, audience, shapes)?,
    })
}

/// The record as JSON; for one's own people with what is wrong and, unless it is asked what
/// was true once, with its files.
fn whole(
    context: &Context,
    past: &Past,
    archive: &Archive,
    audience: Audience,
    shapes: Vec<Json>,
) -> Result<String, Failure> {
    let (copies, found): (_, &[Diagnostic]) = match audience {
        Audience::Public => (None, &[]),
        Audience::Internal if past.at.is_some() => (None, &archive.diagnostics),
        Audience::Internal => {
            let snapshot = Snapshot::new(&context.repository, past.version()?)?;
            (Some(copies(&snapshot, archive)?), &archive.diagnostics)
        }
    };
    let incidents = lossless::incidents(shapes, copies.as_ref());
    let whole = json!({ "incidents": incidents, "diagnostics": found });
    let text = serde_json::to_string_pretty(&whole).unwrap_or_default();
    Ok(format!("{}\n", plain::json(&text)))
}
