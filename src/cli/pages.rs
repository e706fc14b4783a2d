//! What annals says of itself: `schema`, `completions`, `man`.

use clap::{Command, CommandFactory};

use super::arguments::{Arguments, Completions, Man, Schema, SchemaOf};
use super::context::print_json;
use super::failure::Failure;
use super::{console, exit};
use crate::archive::{piece, settings};
use crate::automation::{golden, rule};
use crate::outward::output::{self, Folder};

/// `annals schema`.
pub(super) fn schema(arguments: &Schema) -> u8 {
    let [(_, incident), (_, entry), (_, retrospective)] = piece::schemas();
    match arguments.of {
        SchemaOf::Incident => print_json(incident),
        SchemaOf::Entry => print_json(entry),
        SchemaOf::Retrospective => print_json(retrospective),
        SchemaOf::Settings => print_json(settings::schema().schema()),
        SchemaOf::Automation => print_json(&rule::schema()),
        SchemaOf::Test => print_json(&golden::schema()),
    }
    exit::FINE
}

/// `annals completions`.
pub(super) fn completions(arguments: &Completions) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "annals",
        &mut script,
    );
    console::write(&String::from_utf8_lossy(&script));
    exit::FINE
}

/// `annals man`.
pub(super) fn man(arguments: &Man) -> Result<u8, Failure> {
    let Some(folder) = &arguments.out else {
        let mut page = Vec::new();
        let rendered = clap_mangen::Man::new(Arguments::command()).render(&mut page);
        rendered.map_err(|fault| Failure::usage(fault.to_string()))?;
        console::write(&String::from_utf8_lossy(&page));
        return Ok(exit::FINE);
    };
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    write_pages(&command, &Folder::open(&output::resolved(folder)?)?)?;
    Ok(exit::FINE)
}

/// Writes the page of `command` and those of its verbs.
fn write_pages(command: &Command, folder: &Folder) -> Result<(), Failure> {
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        write_pages(verb, folder)?;
    }
    let page = clap_mangen::Man::new(command.clone());
    let mut text = Vec::new();
    let rendered = page.render(&mut text);
    rendered.map_err(|fault| Failure::usage(fault.to_string()))?;
    Ok(folder.write(&page.get_filename(), &text)?)
}
