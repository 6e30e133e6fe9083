//! From a directory to the text of its Python files.

mod decode;
mod discover;
mod lines;
mod nesting;
mod root;

pub(crate) use decode::decode;
pub(crate) use discover::{FileKind, Found, discover, relative};
pub use discover::{is_foreign, project_files};
pub(crate) use lines::LineIndex;
pub(crate) use nesting::is_too_deep;
pub use root::project_root;
