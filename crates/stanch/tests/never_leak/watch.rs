//! The real program, and a search of every byte that it writes.

use std::path::{Path, PathBuf};

use stanch_secrets::KnownValues;
use tempfile::TempDir;

use crate::keys::Keys;

/// A directory in which the real program runs, and the values that nothing written there may hold.
pub(crate) struct Watch {
    directory: TempDir,
    temporary: TempDir,
    pub(crate) known: KnownValues,
}

impl Watch {
    pub(crate) fn new(keys: &Keys) -> Self {
        let watch = Self {
            directory: TempDir::new().unwrap(),
            temporary: TempDir::new().unwrap(),
            known: KnownValues::new(keys.all()),
        };
        watch.write("app.py", &keys.app());
        watch
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Where the program puts what it needs for a while only.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.temporary.path().to_owned()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs the program, searches its streams, and gives the length of what it wrote on stdout.
    pub(crate) fn run(&self, arguments: &[&str]) -> usize {
        self.run_with(arguments, "")
    }

    /// As [`Self::run`], with text on stdin.
    pub(crate) fn run_with(&self, arguments: &[&str], stdin: &str) -> usize {
        let output = assert_cmd::Command::cargo_bin("stanch")
            .unwrap()
            .args(arguments)
            .current_dir(self.path())
            .write_stdin(stdin)
            .env_clear()
            // Where `git` is.
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TMPDIR", self.temporary())
            .output()
            .unwrap();
        assert_ne!(output.status.code(), Some(101), "{arguments:?} hit a bug");
        self.search(&format!("stdout of {arguments:?}"), &output.stdout);
        self.search(&format!("stderr of {arguments:?}"), &output.stderr);
        output.stdout.len()
    }

    pub(crate) fn search(&self, what: &str, bytes: &[u8]) {
        let hits = self.known.find(bytes);
        assert!(hits.is_empty(), "{what} holds {hits:?}:\n{}", String::from_utf8_lossy(bytes));
    }
}
