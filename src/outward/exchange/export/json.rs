//! The record as JSON: the shapes of all incidents, and the files that make them.
//!
//! `{"incidents": […], "diagnostics": […]}`. Beside its shape an incident has `files`: each
//! with its path and either its `text` or, where that is not UTF-8, its bytes as `base64`.
//! `annals import annals` writes exactly these files, so the same incidents follow from
//! them. When they were recorded is told in the shape and cannot be moved: that is the
//! business of the commits, and the new archive has its own.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::text;
use crate::archive::copies::Copied;

/// The incidents of an export: each shape with the files under its id. `copies` is for
/// one's own people only; an export for the public has none.
pub fn incidents(mut shapes: Vec<Json>, copies: Option<&BTreeMap<String, Vec<Copied>>>) -> Json {
    let Some(copies) = copies else {
        return Json::Array(shapes);
    };
    for shape in &mut shapes {
        let own = copies.get(text(shape, "/id")).into_iter().flatten();
        let files: Vec<Json> = own.map(file).collect();
        if let Json::Object(shape) = shape {
            shape.insert("files".to_owned(), Json::Array(files));
        }
    }
    Json::Array(shapes)
}

fn file(copied: &Copied) -> Json {
    match std::str::from_utf8(&copied.bytes) {
        Ok(text) => json!({ "path": copied.path, "text": text }),
        Err(_) => json!({ "path": copied.path, "base64": STANDARD.encode(&copied.bytes) }),
    }
}
