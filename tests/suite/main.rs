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
mod appending;
mod automation;
mod cases;
mod corpus;
mod correcting;
mod desk;
mod example;
mod folder;
mod guide;
mod house;
mod import;
mod kill;
mod looking;
mod pushing;
mod reading;
mod receiver;
mod shelf;
mod site;
mod strange;
mod writers;
mod writing;
