//! `annals build` and `report`: the record as pages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::arguments::{Build, Format as Typed, One};
use super::context::{Context, errors};
use super::failure::Failure;
use super::past::Past;
use super::show::Found;
use super::{check, console, exit, show};
use crate::archive::Archive;
use crate::archive::layout;
use crate::archive::repository::Repository;
use crate::archive::snapshot::Snapshot;
use crate::incident::Audience;
use crate::incident::entry::Statement;
use crate::incident::standing::Standing;
use crate::outward::output;
use crate::outward::render::{self, Format, RenderError, Request};
use crate::text::plain;
use crate::text::source::Source;

/// The folders of the record that people write in.
const PARTS: [&str; 4] = [
    layout::INCIDENTS,
    layout::AUTOMATIONS,
    layout::TEMPLATES,
    "tests",
];

/// `annals build`.
pub(super) fn run(context: &Context, arguments: &Build) -> Result<u8, Failure> {
    let past = Past::of(context, &arguments.looking)?;
    let archive = past.sound_archive(context)?;
    let audience = show::audience(arguments.audience);
    let out = place(&context.repository, &arguments.out)?;
    let base_url = arguments.base_url.as_deref();
    let site = with_request(context, &past, &archive, audience, base_url, render::site)?;
    let notes = context.repository.private_folder().join("sites");
    let done = output::publish(&site, &out, audience, &notes)?;
    let errors = errors(&archive.diagnostics);
    console::diagnose(&errors);
    let pages = check::count(site.pages.len(), "file", "files");
    console::say(&format!(
        "{}: {pages} ({} written, {} unchanged, {} removed)",
        plain::line(&arguments.out.display().to_string()),
        done.written,
        done.kept,
        done.removed
    ));
    if let Some(fault) = done.forgotten {
        console::remark(&format!(
            "`{}`: {fault}, so the next build will not know that annals wrote this folder",
            notes.display()
        ));
    }
    Ok(if errors.is_empty() {
        exit::FINE
    } else {
        exit::FINDINGS
    })
}

/// `annals report`.
pub(super) fn report(context: &Context, arguments: &One) -> Result<u8, Failure> {
    let format = match context.format {
        Typed::Json => Format::Json,
        Typed::Html => Format::Html,
        _ => Format::Markdown,
    };
    let past = Past::of(context, &arguments.looking)?;
    let whole = past.archive(context)?;
    let found = Found::among(whole, past, arguments)?;
    let audience = found.audience;
    let id = found.incident.id.as_str();
    let page = with_request(
        context,
        &found.past,
        &found.archive,
        audience,
        None,
        |request| render::report(request, id, format),
    )?;
    let page = page.unwrap_or_default();
    if format != Format::Json {
        console::write(&page);
        return Ok(exit::FINE);
    }
    let incident: Json = serde_json::from_str(&page).unwrap_or_default();
    let data = || json!([incident]);
    Ok(context.answer_to(audience, "incidents", data, String::new, &found.wrong()))
}

/// Puts together what the renderer is asked with, and asks.
pub(super) fn with_request<T>(
    context: &Context,
    past: &Past,
    archive: &Archive,
    audience: Audience,
    base_url: Option<&str>,
    ask: impl FnOnce(&Request<'_>) -> Result<T, RenderError>,
) -> Result<T, Failure> {
    let snapshot = Snapshot::new(&context.repository, past.version()?)?;
    let own_templates = own_templates(&snapshot)?;
    let receipts = past.receipts(context.receipts(&archive.settings)?);
    let shown = shown_files(&snapshot, archive)?;
    let request = Request {
        archive,
        receipts: &receipts,
        own_templates: &own_templates,
        audience,
        now: past.now,
        as_of: past.at,
        base_url,
        file: &|path| shown.get(path).cloned(),
    };
    ask(&request).map_err(|fault| {
        Failure::usage(fault.to_string())
            .help("mend the template, or delete it to use the built-in one")
    })
}

pub(super) fn own_templates(snapshot: &Snapshot<'_>) -> Result<Vec<(String, String)>, Failure> {
    let mut templates = Vec::new();
    let folder = format!("{}/", layout::TEMPLATES);
    for file in snapshot
        .list(layout::TEMPLATES)?
        .into_iter()
        .filter(|file| !file.is_link)
    {
        let source = Source::read(&file.path, &snapshot.read(&file)?);
        let name = file
            .path
            .strip_prefix(&folder)
            .unwrap_or(&file.path)
            .to_owned();
        match source {
            Ok(source) => templates.push((name, source.text().to_owned())),
            Err(fault) => return Err(Failure::refused(&fault)),
        }
    }
    Ok(templates)
}

/// The bytes of every file that a page may show: attachments and the logo.
fn shown_files(
    snapshot: &Snapshot<'_>,
    archive: &Archive,
) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let mut paths: BTreeSet<String> = archive.settings.site.logo.iter().cloned().collect();
    for incident in &archive.incidents {
        let folder = layout::incident_folder(&incident.path);
        for stand in &Standing::of(incident).entries {
            for entry in [stand.entry.as_ref(), stand.said] {
                if let Statement::Attach(attachment) = &entry.statement {
                    paths.insert(format!("{folder}/{}", attachment.file));
                }
            }
        }
    }
    let mut files = BTreeMap::new();
    for path in paths {
        if let Some(bytes) = snapshot.file(&path)? {
            files.insert(path, bytes);
        }
    }
    Ok(files)
}

/// Where the site goes: a folder that no link leads to, and that is no part of the record.
fn place(repository: &Repository, out: &Path) -> Result<PathBuf, Failure> {
    let out = output::resolved(out)?;
    // Where case does not count, `Incidents` is `incidents`.
    let folded = |path: &Path| PathBuf::from(path.to_string_lossy().to_lowercase());
    let real = |path: &Path| {
        let path = path.canonicalize();
        path.map(|path| folded(&path))
            .map_err(|fault| Failure::repository(fault.to_string()))
    };
    let target = folded(&out);
    let git = real(repository.git_folder())?;
    let shared = repository.private_folder();
    let shared = real(shared.parent().unwrap_or(&shared))?;
    let root = repository.root().map(|root| real(&root)).transpose()?;
    let holds = [Some(&git), Some(&shared), root.as_ref()];
    let mut parts = vec![git.clone(), shared.clone()];
    parts.extend(
        root.iter()
            .flat_map(|root| PARTS.map(|part| root.join(part))),
    );
    let is_record = holds
        .into_iter()
        .flatten()
        .any(|path| path.starts_with(&target))
        || parts.iter().any(|path| target.starts_with(path))
        || target.components().any(|part| part.as_os_str() == ".git");
    if is_record {
        let message = format!(
            "`{}` is a part of the repository, or holds it",
            out.display()
        );
        return Err(Failure::usage(plain::line(&message))
            .help("choose a folder of its own with `--out`, such as `public`"));
    }
    Ok(out)
}
