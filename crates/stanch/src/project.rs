//! Where a project begins, and its files as a report needs them.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use stanch_findings::Diagnostic;

use crate::talk::Told;

/// What a run is about.
#[derive(Debug)]
pub(crate) struct Project {
    /// Absolute; paths in reports are relative to it.
    pub(crate) root: PathBuf,
    /// What was asked for, absolute, below the root.
    pub(crate) paths: Vec<PathBuf>,
    /// A file whose text is given rather than read from the disk, absolute.
    pub(crate) given: Option<(PathBuf, Vec<u8>)>,
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
        Ok(Self { root: marked.unwrap_or(&common).to_path_buf(), paths: absolute, given: None })
    }

    /// As [`Self::of`], with the text of a file that need not exist. Where no other path was asked for, it is the whole
    /// project that the file belongs to.
    ///
    /// # Errors
    /// When a path, or the directory of the file, does not exist or cannot be read.
    pub(crate) fn with_given(paths: &[PathBuf], file: &Path, bytes: Vec<u8>) -> anyhow::Result<Self> {
        let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let whole = matches!(paths, [path] if path == Path::new("."));
        let mut project = match whole {
            true => Self::of(&[directory.to_path_buf()])?,
            false => Self::of(&[paths, &[directory.to_path_buf()]].concat())?,
        };
        if whole {
            project.paths = vec![project.root.clone()];
        }
        let directory = directory.canonicalize().context("the directory of the file cannot be found")?;
        let name = file.file_name().context("a file name is wanted")?;
        project.given = Some((directory.join(name), bytes));
        Ok(project)
    }

    /// Text of a file by its path in a report. What is not UTF-8 in it is replaced.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        /// Files larger than this are not shown.
        const LARGEST: u64 = 16 << 20;
        let path = self.root.join(path);
        if let Some((_, bytes)) = self.given.as_ref().filter(|(given, _)| *given == path) {
            return Some(String::from_utf8_lossy(bytes).into_owned());
        }
        let about = std::fs::metadata(&path).ok()?;
        // A named pipe would keep its reader waiting for ever.
        if !about.is_file() || about.len() > LARGEST {
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

    /// The path of a file as reports write it, with `/` between its parts.
    pub(crate) fn path_in_report(&self, path: &Path) -> String {
        let parts = self.relative(path).components().map(|part| part.as_os_str().to_string_lossy());
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
