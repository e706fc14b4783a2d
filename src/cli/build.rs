//! `annals build` and `report`: the record as pages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::arguments::{Build, Format as Typed, One};
use super::context::{Context, errors};
use super::failure::Failure;
use super::past::Past;
use super::show::Found;
use super::{check, console, exit, show, shown};
use crate::archive::Archive;
use crate::archive::judgement::judge;
use crate::archive::layout;
use crate::archive::repository::Repository;
use crate::archive::snapshot::{Snapshot, Version};
use crate::automation::receipt::Receipt;
use crate::incident::Audience;
use crate::outward::output::{self, Written};
use crate::outward::render::{self, Format, RenderError, Request, Site};
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::plain;

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
    let inputs = Inputs::of(context, &past, &archive)?;
    let identity = identity(context, &past, &archive)?;
    let (site, unusable) = inputs.ask(&past, &archive, audience, |request| {
        site(Request {
            base_url: arguments.base_url.as_deref(),
            identity: &identity,
            ..request
        })
    })?;
    let notes = context.repository.private_folder().join("sites");
    let done = output::publish(&site, &out, audience, &notes)?;
    tell(arguments, &site, &done, &notes);
    let mut found = archive.diagnostics.clone();
    let snapshot = Snapshot::new(&context.repository, past.version()?)?;
    found.extend(shown::faults(&snapshot, &archive)?);
    found.extend(inputs.templates.1);
    found.extend(unusable);
    let found = judge(found, &archive.settings, context.now);
    let errors = errors(&found);
    console::diagnose(&errors);
    Ok(if errors.is_empty() {
        exit::FINE
    } else {
        exit::FINDINGS
    })
}

/// Says what was built.
fn tell(arguments: &Build, site: &Site, done: &Written, notes: &Path) {
    let pages = check::count(site.pages.len(), "file", "files");
    console::say(&format!(
        "{}: {pages} ({} written, {} unchanged, {} removed)",
        plain::line(&arguments.out.display().to_string()),
        done.written,
        done.kept,
        done.removed
    ));
    if let Some(fault) = &done.forgotten {
        console::remark(&format!(
            "`{}`: {fault}, so the next build will not know that annals wrote this folder",
            notes.display()
        ));
    }
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
    let page = with_request(context, &found.past, &found.archive, audience, |request| {
        render::report(request, id, format)
    })?;
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
    ask: impl FnOnce(&Request<'_>) -> Result<T, RenderError>,
) -> Result<T, Failure> {
    let inputs = Inputs::of(context, past, archive)?;
    if let Some(fault) = inputs.templates.1.first() {
        return Err(Failure::refused(fault));
    }
    inputs.ask(past, archive, audience, |request| {
        ask(&request).map_err(|fault| {
            Failure::usage(fault.to_string())
                .help("mend the template, or delete it to use the built-in one")
        })
    })
}

/// What the renderer is given beside the record.
struct Inputs {
    receipts: Vec<Receipt>,
    templates: shown::Templates,
    files: BTreeMap<String, Vec<u8>>,
}

impl Inputs {
    fn of(context: &Context, past: &Past, archive: &Archive) -> Result<Self, Failure> {
        let snapshot = Snapshot::new(&context.repository, past.version()?)?;
        Ok(Self {
            receipts: past.receipts(context.receipts(&archive.settings)?),
            templates: shown::templates(&snapshot)?,
            files: shown::files(&snapshot, archive)?,
        })
    }

    fn ask<T>(
        &self,
        past: &Past,
        archive: &Archive,
        audience: Audience,
        ask: impl FnOnce(Request<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        ask(Request {
            archive,
            receipts: &self.receipts,
            own_templates: &self.templates.0,
            audience,
            now: past.now,
            as_of: past.at,
            base_url: None,
            identity: "",
            file: &|path| self.files.get(path).cloned(),
        })
    }
}

/// The site, and why the user's own templates could not be used, if so: a page that looks
/// otherwise is better than none while something is wrong.
fn site(request: Request<'_>) -> Result<(Site, Option<Diagnostic>), Failure> {
    let fault = match render::site(&request) {
        Ok(site) => return Ok((site, None)),
        Err(fault) => fault,
    };
    let plain = Request {
        own_templates: &[],
        ..request
    };
    let unable = |fault: RenderError| Failure::usage(fault.to_string());
    let site = render::site(&plain).map_err(unable)?;
    let message = format!("a template of yours cannot be used: {fault}");
    let told = Diagnostic::error(Code::BadTemplate, message)
        .in_file(layout::TEMPLATES)
        .help("mend it, or delete it; the site was built with the built-in ones");
    Ok((site, Some(told)))
}

/// What tells this record from others: its ledger, or else how it began.
fn identity(context: &Context, past: &Past, archive: &Archive) -> Result<String, Failure> {
    if let Some(id) = &archive.settings.ledger.id {
        return Ok(id.clone());
    }
    let head = match past.version()? {
        Version::Commit(id) => Some(id),
        Version::Folder => context.repository.head()?.commit,
    };
    let Some(head) = head else {
        return Ok(String::new());
    };
    let first = context.repository.beginning(head)?;
    Ok(first.map(|id| id.to_string()).unwrap_or_default())
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
