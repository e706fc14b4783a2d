//! Automations: what a commit sets off.
//!
//! Facts in, firings and actions out. From what commits appended follow events
//! ([`derive`]), from events and the rules people wrote ([`rule`]) follow firings
//! ([`engine`], in the time that [`driver`] makes), from firings follow actions
//! ([`action`]). [`following`] leads a history through all of it, and others listen:
//! [`evaluation`] for what is to be done, [`replay`] for counts. All of it is pure: no
//! clock, no environment, no network, and nothing is carried out. Secrets are known by
//! the names of their variables alone.

pub mod action;
mod catalogue;
pub mod derive;
pub mod driver;
pub mod engine;
pub mod evaluation;
pub mod event;
pub mod explanation;
pub mod following;
mod glob;
pub mod golden;
mod key;
pub mod pattern;
pub mod plan;
pub mod receipt;
pub mod recorded;
pub mod replay;
pub mod rule;
mod template;
pub mod trigger;
pub mod wording;
