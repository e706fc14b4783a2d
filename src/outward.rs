//! What leaves the repository: pages, requests, and other tools' formats.

pub mod render;
