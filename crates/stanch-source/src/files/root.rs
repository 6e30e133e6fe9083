use std::path::{Path, PathBuf};

/// Files and directories that mark the root of a project.
const MARKS: [&str; 4] = ["stanch.toml", ".stanch.toml", "pyproject.toml", ".git"];

/// The root of the project that a path belongs to: the nearest directory at or above it that holds `stanch.toml`,
/// `.stanch.toml`, `pyproject.toml` or `.git`; where there is none, the path itself, or the directory of a file.
#[must_use]
pub fn project_root(path: &Path) -> PathBuf {
    let own = if path.is_file() { path.parent().unwrap_or(path) } else { path };
    let own = if own.as_os_str().is_empty() { Path::new(".") } else { own };
    let absolute = std::path::absolute(own).unwrap_or_else(|_| own.to_path_buf());
    absolute
        .ancestors()
        .find(|directory| MARKS.iter().any(|mark| directory.join(mark).exists()))
        .unwrap_or(&absolute)
        .to_path_buf()
}
