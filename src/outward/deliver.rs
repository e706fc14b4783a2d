//! Carrying out what was claimed: the one floor room that reaches the network.

pub mod address;
pub mod webhook;
mod written;
