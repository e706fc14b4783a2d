//! Automations: what a commit sets off.

pub mod receipt;
