//! Stories about rules: what lands, what it means, what it sets off.

mod branch;
mod cases;
mod events;
mod explaining;
mod pieces;
mod planning;
mod rules;
