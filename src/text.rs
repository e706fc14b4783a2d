//! Files as text: where a byte lies, what YAML it is, what is wrong with it.
//!
//! The lowest floor. It knows nothing of incidents, of Git or of people: text comes
//! in, typed values and diagnostics go out. It reads no file, no clock and no
//! environment, and so cannot fail in any way but the ones it returns.

pub mod diagnostic;
pub mod difference;
pub mod duration;
pub mod file_name;
pub mod form;
pub mod front_matter;
pub mod html;
pub mod markdown;
pub mod moment;
pub mod plain;
pub mod quoting;
pub mod source;
pub mod suggest;
pub mod template;
pub mod typed_time;
pub mod yaml;
