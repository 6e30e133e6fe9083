use serde::{Deserialize, Serialize};

/// A range of source text, relative to the project root.
///
/// Lines and columns count from 1; a column counts Unicode code points. `end_column` is the column after the last
/// character. The path always uses `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourcePlace {
    /// File, relative to the project root, with `/` between parts.
    pub path: String,
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last character of the last line.
    pub end_column: u32,
    /// Qualified name of the enclosing function within its file (`Users.get`), none at module level.
    pub symbol: Option<String>,
}

impl SourcePlace {
    /// A place that is known by its line only, as a traceback or a live event knows it.
    #[must_use]
    pub fn line(path: impl Into<String>, line: u32) -> Self {
        Self { path: path.into(), line, column: 1, end_line: line, end_column: 1, symbol: None }
    }
}
