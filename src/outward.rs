//! What leaves the repository: pages, requests, and other tools' formats.

pub mod deliver;
pub mod exchange;
pub mod output;
pub mod render;
