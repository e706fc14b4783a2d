//! Other tools' formats, in and out.
//!
//! Each foreign format is read or written in one file of its own, so that what it
//! calls things stays there. Nothing here opens a file or a connection: bytes come
//! in and go out, and whoever called says where they lie.

pub mod export;
pub mod import;
