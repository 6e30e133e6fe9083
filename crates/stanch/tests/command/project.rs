//! A project in a temporary directory, and the real program run on it.

use std::path::Path;

use tempfile::TempDir;

/// A directory with files of its own.
pub(crate) struct Project(TempDir);

impl Project {
    /// A project of these files, path and text.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let project = Self(TempDir::new().unwrap());
        for (path, text) in files {
            project.write(path, text.as_bytes());
        }
        project
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs `stanch` in the project with nothing of this machine in its environment.
    pub(crate) fn stanch(&self, arguments: &[&str]) -> Ran {
        self.stanch_with(arguments, &[], "")
    }

    /// As [`Self::stanch`], with environment variables and text on stdin.
    pub(crate) fn stanch_with(&self, arguments: &[&str], environment: &[(&str, &str)], stdin: &str) -> Ran {
        let output = assert_cmd::Command::cargo_bin("stanch")
            .unwrap()
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("SOURCE_DATE_EPOCH", "1790000000")
            .envs(environment.iter().copied())
            .write_stdin(stdin)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// What a run came to.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "exit code {}", self.code.map_or("none".to_owned(), |code| code.to_string()))?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "--- {name}\n{text}")?;
            }
        }
        Ok(())
    }
}
