//! The command line: the only floor that talks to people.
//!
//! One verb, one file. A verb turns what was typed into calls of the floors below and
//! says what came of it; it decides nothing about incidents. It alone reads the clock,
//! the environment and standard input, and it alone prints.

mod appending;
pub mod arguments;
mod attach;
mod build;
mod check;
mod clock;
mod console;
mod context;
mod correction;
mod declare;
mod diff;
mod draft;
mod effect;
mod entry;
mod environment;
mod evaluate;
mod events;
pub mod exit;
mod explain;
mod export;
mod failure;
mod import;
mod init;
mod landing;
mod ledger;
mod list;
mod pages;
mod parts;
mod past;
mod prose;
mod race;
mod recording;
mod replay;
mod restore;
mod run;
mod selection;
mod show;
mod shown;
mod stats;
mod test;
mod unfinished;

use std::process::ExitCode;

use clap::Parser;

use crate::archive::repository::Needs;
use arguments::{Arguments, Format, Verb};
use context::Context;
use failure::Failure;

/// Does what the process was asked to, and answers its exit code.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(said) => {
            let _ = said.print();
            return ExitCode::from(u8::try_from(said.exit_code()).unwrap_or(exit::USAGE));
        }
    };
    let code = perform(&arguments).unwrap_or_else(|failure| {
        console::fail(&failure);
        failure.code
    });
    if console::all_written() {
        ExitCode::from(code)
    } else {
        ExitCode::from(exit::REPOSITORY)
    }
}

fn perform(arguments: &Arguments) -> Result<u8, Failure> {
    refuse_format(&arguments.verb, arguments.everywhere.format)?;
    match &arguments.verb {
        Verb::Schema(schema) => return Ok(pages::schema(schema)),
        Verb::Completions(completions) => return Ok(pages::completions(completions)),
        Verb::Man(man) => return pages::man(man),
        Verb::Test(test) => return test::run(&arguments.everywhere, test),
        _ => {}
    }
    let context = &match &arguments.verb {
        Verb::Init(_) => Context::beginning(&arguments.everywhere)?,
        verb => Context::new(&arguments.everywhere, needs(verb))?,
    };
    if let Verb::Init(arguments) = &arguments.verb {
        return init::run(context, arguments);
    }
    let verb = &arguments.verb;
    record(context, verb)
        .or_else(|| decide(context, verb))
        .or_else(|| read(context, verb))
        .unwrap_or(Ok(exit::FINE))
}

/// What has to be there for a verb: those that only read can do without settings.
fn needs(verb: &Verb) -> Needs {
    match verb {
        Verb::List(_)
        | Verb::Show(_)
        | Verb::Data(_)
        | Verb::Check(_)
        | Verb::Report(_)
        | Verb::Build(_)
        | Verb::Export(_)
        | Verb::Stats(_)
        | Verb::Events(_)
        | Verb::Diff(_)
        | Verb::Plan(_)
        | Verb::Explain(_)
        | Verb::Replay(_) => Needs::Record,
        _ => Needs::Settings,
    }
}

/// Verbs that add to the record.
fn record(context: &Context, verb: &Verb) -> Option<Result<u8, Failure>> {
    Some(match verb {
        Verb::Declare(arguments) => declare::run(context, arguments),
        Verb::Comment(arguments) => entry::comment(context, arguments),
        Verb::Update(arguments) => entry::update(context, arguments),
        Verb::Resolve(arguments) => entry::resolve(context, arguments),
        Verb::Reopen(arguments) => entry::reopen(context, arguments),
        Verb::Attach(arguments) => attach::run(context, arguments),
        Verb::Correct(arguments) => correction::correct(context, arguments),
        Verb::Retract(arguments) => correction::retract(context, arguments),
        Verb::Redact(arguments) => correction::redact(context, arguments),
        Verb::Restore(arguments) => restore::run(context, arguments),
        Verb::Import(arguments) => import::run(context, arguments),
        _ => return None,
    })
}

/// Verbs that tell what commits mean, or act on it.
fn decide(context: &Context, verb: &Verb) -> Option<Result<u8, Failure>> {
    Some(match verb {
        Verb::Events(arguments) => events::run(context, arguments),
        Verb::Diff(arguments) => diff::run(context, arguments),
        Verb::Plan(arguments) => evaluate::plan(context, arguments),
        Verb::Explain(arguments) => explain::run(context, arguments),
        Verb::Replay(arguments) => replay::run(context, arguments),
        Verb::Run(arguments) => run::run(context, arguments),
        Verb::Ledger(arguments) => ledger::run(context, arguments),
        _ => return None,
    })
}

/// Verbs that show the record.
fn read(context: &Context, verb: &Verb) -> Option<Result<u8, Failure>> {
    Some(match verb {
        Verb::List(arguments) => list::run(context, arguments),
        Verb::Show(arguments) => show::show(context, arguments),
        Verb::Data(arguments) => show::data(context, arguments),
        Verb::Check(arguments) => check::run(context, arguments),
        Verb::Report(arguments) => build::report(context, arguments),
        Verb::Build(arguments) => build::run(context, arguments),
        Verb::Export(arguments) => export::run(context, arguments),
        Verb::Stats(arguments) => stats::run(context, arguments),
        _ => return None,
    })
}

/// Every verb prints text; which print something else besides is said here, so that no
/// program reads text where it asked for data.
fn refuse_format(verb: &Verb, format: Format) -> Result<(), Failure> {
    let known: &[Format] = match verb {
        Verb::Schema(_) | Verb::Completions(_) | Verb::Man(_) => return Ok(()),
        Verb::Report(_) => &[Format::Json, Format::Markdown, Format::Html],
        Verb::Plan(_) | Verb::Diff(_) | Verb::Explain(_) => &[Format::Json, Format::Markdown],
        Verb::Test(_) => &[Format::Json, Format::JUnit],
        Verb::Export(_) => &[
            Format::Json,
            Format::Csv,
            Format::Markdown,
            Format::OpenMetrics,
        ],
        Verb::List(_)
        | Verb::Show(_)
        | Verb::Data(_)
        | Verb::Check(_)
        | Verb::Events(_)
        | Verb::Import(_)
        | Verb::Stats(_)
        | Verb::Replay(_)
        | Verb::Run(_)
        | Verb::Ledger(_) => &[Format::Json],
        _ => &[],
    };
    if format == Format::Text || known.contains(&format) {
        return Ok(());
    }
    Err(Failure::usage("this verb does not print that format").help("`list`, `show`, `data`, `check`, `diff`, `events`, `plan`, `explain`, `replay`, `run`, `ledger`, `import`, `stats`, `test`, `report` and `export` print JSON; `diff`, `plan`, `explain`, `report` and `export` Markdown; `report` HTML; `export` CSV and OpenMetrics; `test` JUnit"))
}
