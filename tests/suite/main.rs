//! Stories about annals, told through its command line and its public API.

#![expect(clippy::too_many_lines, reason = "a story is told in one piece")]

mod appending;
mod cases;
mod desk;
mod house;
#[cfg(test)]
mod import;
mod kill;
mod reading;
#[cfg(test)]
mod shelf;
#[cfg(test)]
mod strange;
#[cfg(test)]
mod writing;
