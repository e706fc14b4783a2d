//! `annals build` and `report`: the record as pages.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};

use super::arguments::{Build, Format as Typed, One};
use super::context::{Context, errors};
use super::failure::Failure;
use super::past::Past;
use super::show::Found;
use super::{check, console, exit, show};
use crate::archive::Archive;
use crate::archive::layout;
use crate::archive::snapshot::Snapshot;
use crate::incident::Audience;
use crate::incident::entry::Statement;
use crate::incident::standing::Standing;
use crate::outward::render::{self, Format, RenderError, Request, Site};
use crate::text::source::Source;

/// The list of files that a build wrote, in the folder that it wrote them to: what a
/// later build may remove.
const MANIFEST: &str = ".annals-site";

/// `annals build`.
pub(super) fn run(context: &Context, arguments: &Build) -> Result<u8, Failure> {
    let past = Past::of(context, &arguments.looking)?;
    let archive = past.sound_archive(context)?;
    let audience = show::audience(arguments.audience);
    refuse_strange(&arguments.out, audience)?;
    let base_url = arguments.base_url.as_deref();
    let site = with_request(context, &past, &archive, audience, base_url, render::site)?;
    let out = &arguments.out;
    let (written, kept, removed) = put(&site, out, audience)?;
    let errors = errors(&archive.diagnostics);
    console::diagnose(&errors);
    let pages = check::count(site.pages.len(), "file", "files");
    console::say(&format!(
        "{}: {pages} ({written} written, {kept} unchanged, {removed} removed)",
        out.display()
    ));
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

/// Refuses a folder that holds anything but a site of annals for the same audience: what
/// is somebody's own is not overwritten, and internal pages do not take the place of
/// public ones.
fn refuse_strange(out: &Path, audience: Audience) -> Result<(), Failure> {
    fs::create_dir_all(out)
        .map_err(|fault| Failure::usage(format!("`{}`: {fault}", out.display())))?;
    let mut held = fs::read_dir(out).into_iter().flatten();
    let manifest = fs::read_to_string(out.join(MANIFEST));
    let shown = out.display();
    match manifest {
        Ok(manifest) if manifest.lines().next() == Some(heading(audience)) => Ok(()),
        Ok(_) => Err(
            Failure::usage(format!("`{shown}` holds a site for another audience"))
                .help("choose another folder with `--out`, or delete that one"),
        ),
        Err(_) if held.next().is_none() => Ok(()),
        Err(_) => Err(Failure::usage(format!(
            "`{shown}` holds something that is not a site of annals"
        ))
        .help("choose a new or empty folder with `--out`")),
    }
}

/// The first line of the manifest.
fn heading(audience: Audience) -> &'static str {
    match audience {
        Audience::Public => "# written by annals build --audience public",
        Audience::Internal => "# written by annals build --audience internal",
    }
}

/// Writes what differs, keeps what does not, and removes what an earlier build wrote and
/// this one does not. Nothing else in the folder is touched.
fn put(site: &Site, out: &Path, audience: Audience) -> Result<(usize, usize, usize), Failure> {
    let file = |path: &Path, fault: std::io::Error| {
        Failure::usage(format!("`{}`: {fault}", path.display()))
    };
    let (mut written, mut kept, mut removed) = (0, 0, 0);
    for (name, bytes) in &site.pages {
        let path = out.join(name);
        if fs::read(&path).is_ok_and(|held| held == *bytes) {
            kept += 1;
            continue;
        }
        let folder = path.parent().unwrap_or(out);
        fs::create_dir_all(folder).map_err(|fault| file(folder, fault))?;
        fs::write(&path, bytes).map_err(|fault| file(&path, fault))?;
        written += 1;
    }
    let manifest = out.join(MANIFEST);
    let before = fs::read_to_string(&manifest).unwrap_or_default();
    for name in before
        .lines()
        .filter(|name| !site.pages.contains_key(*name) && is_inside(name))
    {
        removed += usize::from(fs::remove_file(out.join(name)).is_ok());
    }
    let names: Vec<&str> = site.pages.keys().map(String::as_str).collect();
    let text = format!("{}\n{}\n", heading(audience), names.join("\n"));
    fs::write(&manifest, text).map_err(|fault| file(&manifest, fault))?;
    Ok((written, kept, removed))
}

/// Whether a name of the manifest leads to a file below the folder.
fn is_inside(name: &str) -> bool {
    !name.is_empty() && name.split('/').all(|part| !matches!(part, "" | "." | ".."))
}
