//! **annals**: incidents as code.
//!
//! An incident is a YAML file in Git; each comment and update is appended as a small
//! file of its own, so the record only grows and two pull requests never collide. On
//! every commit annals derives events from what was appended, evaluates rules over
//! them, and carries out actions once. From the same record it renders a site.
//!
//! The house has seven floors, and data goes one way. A floor may name those below it,
//! never one above; `tests/suite/house.rs` keeps that.

pub mod text;

pub mod incident;

pub mod archive;

pub mod automation;

pub mod outward;

pub mod runner;

pub mod cli;
