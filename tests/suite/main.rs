//! Stories about annals, told through its command line and its public API.

#![expect(clippy::too_many_lines, reason = "a story is told in one piece")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod acting;
mod appending;
mod automation;
mod cases;
mod corpus;
mod desk;
mod example;
mod house;
mod import;
mod kill;
mod reading;
mod receiver;
mod shelf;
mod site;
mod strange;
mod writing;
