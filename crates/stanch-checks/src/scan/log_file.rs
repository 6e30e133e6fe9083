use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::options::ScanError;

/// The API's log file, read as it grows.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    read: u64,
}

/// Bytes of what was added since the last look that are read.
const LIMIT: u64 = 1 << 20;

impl LogFile {
    /// Starts at the present end: what was written before is no answer to anything we asked.
    pub(super) fn open(path: &Path) -> Result<Self, ScanError> {
        let shown = || path.display().to_string();
        let length = std::fs::metadata(path).map_err(|error| ScanError::BadLog(shown(), error.to_string()))?.len();
        File::open(path).map_err(|error| ScanError::BadLog(shown(), error.to_string()))?;
        Ok(Self { path: path.to_owned(), read: length })
    }

    /// What was added since the last look. A file that became shorter was rotated and is read from its start.
    pub(super) fn added(&mut self) -> String {
        let mut bytes = Vec::new();
        if let Ok(mut file) = File::open(&self.path) {
            let length = file.metadata().map_or(0, |data| data.len());
            if length < self.read {
                self.read = 0;
            }
            if file.seek(SeekFrom::Start(self.read)).is_ok() && file.take(LIMIT).read_to_end(&mut bytes).is_ok() {
                self.read += bytes.len() as u64;
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
