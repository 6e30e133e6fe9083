use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use crate::facts::Unreadable;

/// Largest file that is read, in bytes. Python files beyond it are data, and no parser of them is worth the memory.
const SIZE: u64 = 2 * 1024 * 1024;

/// Directories of other people's code and of build results, wherever they stand.
const FOREIGN: [&str; 22] = [
    "venv",
    ".venv",
    "env",
    ".env",
    "virtualenv",
    "site-packages",
    "dist-packages",
    "node_modules",
    ".serverless",
    "__pycache__",
    "build",
    "dist",
    ".aws-sam",
    ".tox",
    ".nox",
    ".eggs",
    ".git",
    "vendor",
    "vendored",
    ".terraform",
    "cdk.out",
    "__pypackages__",
];

/// A file to read.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) absolute: PathBuf,
    /// Relative to the root, with `/` between parts.
    pub(crate) relative: String,
    pub(crate) kind: FileKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    Python,
    /// YAML, JSON or Terraform, which may define tables; or a Jinja template.
    Template,
}

impl FileKind {
    /// The kind by the end of the name; none for a file that nothing is read from.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        match extension.as_str() {
            "py" | "pyw" => Some(Self::Python),
            "yml" | "yaml" | "json" | "tf" | "html" | "htm" | "jinja" | "jinja2" | "j2" | "txt" | "xml" => {
                Some(Self::Template)
            }
            _ => None,
        }
    }
}

impl Found {
    /// Its bytes: those that are given for it, else those on the disk.
    pub(crate) fn bytes(&self, given: Option<&(PathBuf, Vec<u8>)>) -> std::io::Result<Vec<u8>> {
        match given {
            Some((path, bytes)) if *path == self.absolute => Ok(bytes.clone()),
            _ => std::fs::read(&self.absolute),
        }
    }
}

/// The files below `paths` that are read into facts, sorted, each once.
pub(crate) fn discover(root: &Path, paths: &[PathBuf], unreadable: &mut Vec<Unreadable>) -> Vec<Found> {
    let mut found = Vec::new();
    for (path, named) in walk(root, paths, unreadable) {
        push(root, path, named, &mut found, unreadable);
    }
    found.sort_by(|a, b| a.relative.cmp(&b.relative));
    found.dedup_by(|a, b| a.relative == b.relative);
    found
}

/// Every file of the project below `paths` (empty for the whole root), whatever its kind, that is neither ignored by
/// git nor somebody else's code: its path relative to the root with `/` between parts, and where it lies; sorted.
#[must_use]
pub fn project_files(root: &Path, paths: &[PathBuf]) -> Vec<(String, PathBuf)> {
    // What cannot be walked is told by the reading of the source, which walks the same directories.
    let walked = walk(root, paths, &mut Vec::new());
    let mut found: Vec<_> = walked.into_iter().map(|(path, _)| (relative(root, &path), path)).collect();
    found.sort();
    found.dedup();
    found
}

/// Files below `paths`, and whether each was named itself.
fn walk(root: &Path, paths: &[PathBuf], unreadable: &mut Vec<Unreadable>) -> Vec<(PathBuf, bool)> {
    let mut found = Vec::new();
    let whole = [root.to_path_buf()];
    let given = if paths.is_empty() { &whole[..] } else { paths };
    for path in given {
        let path = if path.is_absolute() { path.clone() } else { root.join(path) };
        if path.is_file() {
            found.push((path, true));
            continue;
        }
        let walk = WalkBuilder::new(&path).hidden(false).filter_entry(is_own).build();
        for entry in walk {
            match entry {
                Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                    found.push((entry.into_path(), false));
                }
                Ok(_) => {}
                Err(error) => unreadable.push(Unreadable {
                    path: relative(root, &path),
                    line: None,
                    reason: error.io_error().map_or_else(|| "it cannot be walked".to_owned(), ToString::to_string),
                }),
            }
        }
    }
    found
}

fn is_own(entry: &ignore::DirEntry) -> bool {
    if entry.depth() == 0 || !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return true;
    }
    let name = entry.file_name().to_string_lossy();
    if name == "build" || name == "dist" || name == "env" || name == "vendor" {
        // Also names of an app's own packages: those hold their `__init__.py`.
        return entry.path().join("__init__.py").is_file() && !entry.path().join("pyvenv.cfg").is_file();
    }
    !FOREIGN.contains(&name.as_ref()) && !name.ends_with(".egg-info") && !entry.path().join("pyvenv.cfg").is_file()
}

/// Whether a path, relative to the project root and with `/` between parts, lies among other people's code, as far as
/// the names of its directories say.
#[must_use]
pub fn is_foreign(path: &str) -> bool {
    let Some((directories, _)) = path.rsplit_once('/') else { return false };
    let own = ["build", "dist", "env", "vendor"];
    directories.split('/').any(|part| FOREIGN.contains(&part) && !own.contains(&part) || part.ends_with(".egg-info"))
}

fn push(root: &Path, path: PathBuf, named: bool, found: &mut Vec<Found>, unreadable: &mut Vec<Unreadable>) {
    let Some(kind) = FileKind::of(&path).or(named.then_some(FileKind::Python)) else { return };
    let relative = relative(root, &path);
    match std::fs::metadata(&path) {
        Ok(meta) if meta.len() > SIZE => {
            if kind == FileKind::Python {
                let reason = format!("it is larger than {} MiB", SIZE / (1024 * 1024));
                unreadable.push(Unreadable { path: relative, line: None, reason });
            }
        }
        Ok(_) => found.push(Found { absolute: path, relative, kind }),
        Err(error) => unreadable.push(Unreadable { path: relative, line: None, reason: error.to_string() }),
    }
}

/// The path relative to the root, with `/` between parts.
pub(crate) fn relative(root: &Path, path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let root = std::path::absolute(root).unwrap_or_else(|_| root.to_path_buf());
    let relative = absolute.strip_prefix(&root).unwrap_or(&absolute);
    relative.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
