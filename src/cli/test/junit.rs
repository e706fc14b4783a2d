//! What came of the tests as the XML of `JUnit`, which forges show on a pull request.
//!
//! Nothing of the clock is in it: the same tests give the same bytes.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::telling::{Count, faults, lines};
use super::{Outcome, Trial};
use crate::cli::console;
use crate::cli::failure::Failure;
use crate::text::diagnostic::Diagnostic;
use crate::text::plain;

type Xml = Writer<Vec<u8>>;

/// Prints one suite for each file, with a case for each test; what is wrong with tests is
/// told on standard error as well.
pub(super) fn write(trials: &[Trial]) -> Result<(), Failure> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    suites(&mut xml, trials).map_err(|fault| Failure::usage(fault.to_string()))?;
    console::diagnose(&faults(trials));
    console::data(&String::from_utf8_lossy(&xml.into_inner()));
    Ok(())
}

fn suites(xml: &mut Xml, trials: &[Trial]) -> io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let count = counted(trials);
    let element = xml.create_element("testsuites");
    let element = element.with_attributes(pairs(&count));
    element.write_inner_content(|xml| {
        for trials in trials.chunk_by(|one, other| one.path == other.path) {
            suite(xml, trials)?;
        }
        Ok(())
    })?;
    Ok(())
}

fn suite(xml: &mut Xml, trials: &[Trial]) -> io::Result<()> {
    let path = trials.first().map(|trial| legal(&trial.path));
    let count = counted(trials);
    let element = xml.create_element("testsuite");
    let element = element.with_attribute(("name", path.unwrap_or_default().as_str()));
    let element = element.with_attributes(pairs(&count));
    element.write_inner_content(|xml| trials.iter().try_for_each(|trial| case(xml, trial)))?;
    Ok(())
}

fn case(xml: &mut Xml, trial: &Trial) -> io::Result<()> {
    let (name, path) = (legal(&trial.name), legal(&trial.path));
    let line = trial.line.map(|line| line.to_string());
    let element = xml.create_element("testcase").with_attributes([
        ("name", name.as_str()),
        ("classname", path.as_str()),
        ("file", path.as_str()),
    ]);
    let line = line.as_deref().map(|line| ("line", line));
    let element = element.with_attributes(line);
    let element = element.with_attribute(("time", "0"));
    let (kind, message, text) = match &trial.outcome {
        Outcome::Passed => return element.write_empty().map(|_| ()),
        Outcome::Failed(differences) => {
            let message = match differences.len() {
                1 => "1 difference".to_owned(),
                count => format!("{count} differences"),
            };
            ("failure", message, lines(differences, ""))
        }
        Outcome::Unable(found) => {
            let told: Vec<String> = found.iter().map(told).collect();
            (
                "error",
                "the test could not be tried".to_owned(),
                told.join("\n"),
            )
        }
    };
    element.write_inner_content(|xml| {
        let element = xml
            .create_element(kind)
            .with_attribute(("message", message.as_str()));
        element.write_text_content(BytesText::new(&characters(&text)))?;
        Ok(())
    })?;
    Ok(())
}

/// A fault in a line, as compilers print one.
fn told(fault: &Diagnostic) -> String {
    let place = fault.place.as_ref();
    let place = place.map_or(String::new(), |place| {
        format!("{}:{}:{}: ", place.path, place.line, place.column)
    });
    plain::line(&format!("{place}{}", fault.message))
}

fn counted(trials: &[Trial]) -> [(&'static str, String); 3] {
    let count = Count::of(trials);
    [
        ("tests", count.all().to_string()),
        ("failures", count.failed.to_string()),
        ("errors", count.unable.to_string()),
    ]
}

fn pairs<'a>(count: &'a [(&'static str, String)]) -> impl Iterator<Item = (&'a str, &'a str)> {
    count.iter().map(|(key, value)| (*key, value.as_str()))
}

/// One line of text in which XML allows every character.
fn legal(text: &str) -> String {
    characters(&plain::line(text))
}

/// The same text in characters that XML allows: two that Unicode reserves are not among
/// them.
fn characters(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
