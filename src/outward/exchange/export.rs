//! Giving the record away: to spreadsheets, monitoring, programs, other archives.
//!
//! Every format is made of the one shape of an incident as its audience sees it
//! ([`shapes`](crate::outward::render::shapes)), and of nothing else, so that none can
//! show more than a page does. Only [`json`] adds something: for one's own people, the
//! files from which an archive can be set up again.

pub mod csv;
pub mod json;
pub mod openmetrics;

use serde_json::Value as Json;

/// The value at `pointer` (RFC 6901) of a shape; null where there is none.
fn at<'a>(shape: &'a Json, pointer: &str) -> &'a Json {
    shape.pointer(pointer).unwrap_or(&Json::Null)
}

/// The text at `pointer` of a shape; empty where there is none.
fn text<'a>(shape: &'a Json, pointer: &str) -> &'a str {
    at(shape, pointer).as_str().unwrap_or_default()
}
