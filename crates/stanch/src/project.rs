//! Where a project begins, and its files as a report needs them.

use std::path::{Path, PathBuf};

use stanch_findings::Diagnostic;

use crate::talk::Told;

/// What a run is about.
#[derive(Debug)]
pub(crate) struct Project {
    /// Absolute; paths in reports are relative to it.
    pub(crate) root: PathBuf,
    /// What was asked for, absolute, below the root.
    pub(crate) paths: Vec<PathBuf>,
}

/// Files that mark the root of a project.
const MARKERS: [&str; 4] = [".stanch.toml", "stanch.toml", "pyproject.toml", ".git"];

impl Project {
    /// The project that these paths belong to: the closest directory above all of them with settings, `pyproject.toml`
    /// or `.git`, else their own closest common directory.
    ///
    /// # Errors
    /// When a path does not exist or cannot be read.
    pub(crate) fn of(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let mut absolute = Vec::new();
        for path in paths {
            absolute.push(path.canonicalize().map_err(|error| {
                let told = Diagnostic::new(format!("{} cannot be read: {}", path.display(), reason(&error)));
                Told(told.help("give a file or a directory that exists"))
            })?);
        }
        let mut common = absolute.first().cloned().unwrap_or_default();
        if common.is_file() {
            common.pop();
        }
        while !absolute.iter().all(|path| path.starts_with(&common)) && common.pop() {}
        let marked = common.ancestors().find(|dir| MARKERS.iter().any(|marker| dir.join(marker).exists()));
        Ok(Self { root: marked.unwrap_or(&common).to_path_buf(), paths: absolute })
    }

    /// Text of a file by its path in a report. What is not UTF-8 in it is replaced.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        /// Files larger than this are not shown.
        const LARGEST: u64 = 16 << 20;
        let path = self.root.join(path);
        let size = std::fs::metadata(&path).ok()?.len();
        if size > LARGEST {
            return None;
        }
        std::fs::read(&path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The project's directory within its git repository; empty if it is the repository's root or in none.
    pub(crate) fn in_repository(&self) -> String {
        let repository = self.root.ancestors().find(|dir| dir.join(".git").exists());
        let inside = repository.and_then(|repository| self.root.strip_prefix(repository).ok());
        let parts = inside.into_iter().flat_map(Path::components).map(|part| part.as_os_str().to_string_lossy());
        parts.collect::<Vec<_>>().join("/")
    }

    /// The path as a reader of the report knows it.
    pub(crate) fn relative<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}

/// The system's words without the number.
pub(crate) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
