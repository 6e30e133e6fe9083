//! Keys that lie in the files of a project, found once for all checks that ask for them.

use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};
use stanch_secrets::Detector;
use stanch_secrets::files::{FileKind, FileSecret, scan_file_with};
use stanch_secrets::names::UserNames;
use stanch_source::{ReadOptions, project_files};

use crate::check::SourceOracle;
use crate::{Defect, registry};

/// Largest file that is searched, in bytes. Larger ones are data, and whoever keeps keys in them knows it.
const LARGEST: u64 = 4 << 20;
/// Shortest key whose digest may be told: one of fewer characters could be found again by trying.
const LONG: usize = 20;
/// Longest line whose text tells two defects apart, in bytes.
const LINE: usize = 400;

/// Every sight of a defect that the keys in files give.
pub(crate) fn defects(root: &Path, options: &ReadOptions) -> Vec<Defect> {
    judged(&search(root, options))
}

/// What the checks of keys in files say of these.
pub(crate) fn judged(found: &[FileKeys]) -> Vec<Defect> {
    let judges: Vec<fn(&FileKeys) -> Vec<Defect>> = registry::CHECKS
        .iter()
        .filter_map(|check| match check.source {
            SourceOracle::Files(judge) => Some(judge),
            _ => None,
        })
        .collect();
    found.iter().flat_map(|file| judges.iter().flat_map(|judge| judge(file))).collect()
}

/// The keys in the files of a project, file by file in order of their paths.
pub(crate) fn search(root: &Path, options: &ReadOptions) -> Vec<FileKeys> {
    let names = user_names(options);
    let mut files = project_files(root, &options.paths);
    if let Some((given, _)) = &options.stdin {
        let absolute = root.join(given);
        let relative = absolute.strip_prefix(root).unwrap_or(&absolute);
        let relative =
            relative.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        if let Err(at) = files.binary_search_by(|(known, _)| known.cmp(&relative)) {
            files.insert(at, (relative, absolute));
        }
    }
    let search = || -> Vec<FileKeys> {
        files.par_iter().filter_map(|(relative, path)| keys(root, relative, path, options, &names)).collect()
    };
    let pool = options.threads.and_then(|threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok());
    pool.map_or_else(search, |pool| pool.install(search))
}

/// What the settings say of names and values.
pub(crate) fn user_names(options: &ReadOptions) -> UserNames {
    UserNames::of_settings(&options.secret_names, &options.harmless_names, &options.harmless_values)
}

/// The keys in one file.
#[derive(Clone, Debug)]
pub struct FileKeys {
    /// File, relative to the project root.
    pub path: String,
    /// What it is, as far as keys in it are concerned.
    pub kind: FileKind,
    /// Keys in order of their places, at least one.
    pub keys: Vec<FileKey>,
}

/// One key in a file, none of its characters kept.
#[derive(Clone, Debug)]
pub struct FileKey {
    /// What it is and where.
    pub found: FileSecret,
    /// Its line with white space folded and the keys in it replaced by their kinds.
    pub line: String,
    /// First hex digits of its SHA-256, for a key that is long and random enough not to be found again by trying.
    pub digest: Option<String>,
    /// Length of the key in code points.
    pub length: u32,
}

fn keys(root: &Path, relative: &str, path: &Path, options: &ReadOptions, names: &UserNames) -> Option<FileKeys> {
    let given = options.stdin.as_ref().filter(|(stdin, _)| root.join(stdin) == path).map(|(_, bytes)| bytes);
    let read;
    let bytes = match given {
        Some(bytes) => bytes,
        None if std::fs::metadata(path).ok()?.len() <= LARGEST => {
            read = std::fs::read(path).ok()?;
            &read
        }
        None => return None,
    };
    in_bytes(relative, bytes, names)
}

/// The keys in a text that is called so; none if there is none.
pub(crate) fn in_bytes(relative: &str, bytes: &[u8], names: &UserNames) -> Option<FileKeys> {
    let found = scan_file_with(relative, bytes, Detector::shared(), names);
    if found.is_empty() {
        return None;
    }
    let keys = found.iter().map(|secret| key(bytes, secret, &found)).collect();
    Some(FileKeys { path: relative.to_owned(), kind: FileKind::of(relative, bytes), keys })
}

fn key(bytes: &[u8], secret: &FileSecret, all: &[FileSecret]) -> FileKey {
    let value = &bytes[secret.range.clone()];
    let start = bytes[..secret.range.start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let end = bytes[start..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| start + length);
    let mut line = Vec::new();
    let mut at = start;
    for other in all.iter().filter(|other| other.range.start < end && other.range.end > start) {
        line.extend_from_slice(&bytes[at..other.range.start.max(at)]);
        line.extend_from_slice(format!("[{}]", other.kind).as_bytes());
        at = other.range.end.clamp(at, end);
    }
    line.extend_from_slice(&bytes[at..end]);
    line.truncate(LINE);
    let line = String::from_utf8_lossy(&line).split_whitespace().collect::<Vec<_>>().join(" ");
    let digest = (value.len() >= LONG && !secret.weak)
        .then(|| Sha256::digest(value).iter().take(6).map(|byte| format!("{byte:02x}")).collect());
    let length = String::from_utf8_lossy(value).chars().take(4096).count();
    FileKey { found: secret.clone(), line, digest, length: u32::try_from(length).unwrap_or(u32::MAX) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

    use super::keys;

    #[test]
    fn nothing_that_is_kept_holds_a_key() {
        let tree = tempfile::tempdir().unwrap();
        let long = "q8Zr7TkVb2".repeat(4);
        let text = format!("a = 1\nSECRET_KEY = '{long}'; password = 'hunter22x'\n");
        let path = tree.path().join("settings.py");
        std::fs::write(&path, text).unwrap();
        let found = keys(tree.path(), "settings.py", &path, &Default::default(), &Default::default()).unwrap();
        assert_eq!(found.keys.len(), 2);
        let shown = format!("{found:?}");
        assert!(!shown.contains(&long) && !shown.contains("hunter22x"), "{shown}");
        assert!(found.keys[0].digest.is_some() && found.keys[1].digest.is_none());
        assert_eq!((found.keys[0].found.line, found.keys[0].length), (2, 40));
    }
}
