//! Stories about annals, told through its command line and its public API.

#![allow(clippy::pedantic, reason = "a story is judged by how it reads")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests are told where data lies, and tell what they counted"
)]

mod acting;
mod addresses;
mod ahead;
mod amending;
mod appending;
mod automation;
mod baseline;
mod bases;
mod cases;
mod corpus;
mod correcting;
mod cost;
mod desk;
mod diff;
mod discovery;
mod effects;
mod example;
mod exporting;
mod facts;
mod folder;
mod forges;
mod formats;
mod fuzzing;
mod guide;
mod honest;
mod hostile;
mod house;
mod import;
mod index;
mod kill;
mod ledger_model;
mod loading;
mod looking;
mod moving;
mod nested;
mod partial;
mod places;
mod publishing;
mod pushing;
mod reading;
mod receiver;
mod requests;
mod restoring;
mod shelf;
mod signing;
mod site;
mod sparse;
mod stats;
mod strange;
mod tampering;
mod typed;
mod unfinished;
mod words;
mod writers;
mod writing;
