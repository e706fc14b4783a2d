//! What annals says of itself: `schema`, `completions`, `man`.

use clap::CommandFactory;

use super::arguments::{Arguments, Completions, Man, Schema, SchemaOf};
use super::context::print_json;
use super::failure::Failure;
use super::{console, exit};
use crate::archive::{piece, settings};
use crate::automation::{golden, rule};

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
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder));
    written.map_err(|fault| Failure::usage(format!("`{}`: {fault}", folder.display())))?;
    Ok(exit::FINE)
}
