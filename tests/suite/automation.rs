//! Stories about rules: what lands, what it means, what it sets off.

mod accepting;
mod branch;
mod cases;
mod events;
mod golden;
mod pieces;
mod planning;
mod rules;
mod traps;
