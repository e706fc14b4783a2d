//! Stories about annals, told through its command line and its public API.

mod appending;
mod cases;
mod desk;
mod house;
mod kill;
mod reading;
