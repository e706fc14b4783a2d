//! Stories about rules: what lands, what it means, what it sets off.

mod accepting;
mod bounds;
mod branch;
mod cases;
mod clocks;
mod events;
mod explaining;
mod golden;
mod merging;
mod payloads;
mod pieces;
mod planning;
mod rules;
mod silence;
mod traps;
mod versions;
mod waiting;
