//! Stories about annals, told through its command line and its public API.

#![expect(clippy::too_many_lines, reason = "a story is told in one piece")]

mod appending;
mod cases;
mod desk;
mod house;
mod import;
mod kill;
mod reading;
mod site;
mod writing;
