//! Stories about annals, told through its command line and its public API.

mod appending;
mod desk;
mod house;
mod import;
mod kill;
mod reading;
mod writing;
