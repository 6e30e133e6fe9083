//! Small apps, proven in children of a warm interpreter.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use stanch_checks::audit::AuditOptions;
use stanch_checks::prove::{self, Progress, ProveOptions};
use stanch_findings::{Confidence, Finding, Report};
use stanch_live::app::{Interpreter, Isolation, find_interpreter};

/// The warm interpreter, until dropped.
pub(crate) struct Warm {
    server: Child,
    pub(crate) python: Interpreter,
    _place: tempfile::TempDir,
}

impl Warm {
    /// Starts it in the tests' virtual environment, which is made the first time.
    pub(crate) fn start() -> Self {
        let place = tempfile::tempdir().unwrap();
        let socket = place.path().join("warm");
        let script = root().join("crates/stanch-checks/tests/proof/warm.py");
        let python = environment().join("bin/python");
        let server = Command::new(&python)
            .arg(&script)
            .arg("serve")
            .arg(&socket)
            .env_remove("PYTHONPATH")
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let since = Instant::now();
        while !socket.exists() {
            assert!(since.elapsed() < Duration::from_secs(60), "the warm interpreter did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        // What is started in place of the interpreter: it needs neither site-packages nor the environment's hooks.
        let client = place.path().join("python");
        let text =
            format!("#!/bin/sh\nexec {} -S -E {} {} \"$@\"\n", python.display(), script.display(), socket.display());
        fs::write(&client, text).unwrap();
        fs::set_permissions(&client, fs::Permissions::from_mode(0o755)).unwrap();
        let known = find_interpreter(&root(), Some(&python)).unwrap();
        Self { server, python: Interpreter { path: client, ..known }, _place: place }
    }

    /// The interpreter itself, for what shall start cold.
    pub(crate) fn cold(&self) -> Interpreter {
        Interpreter { path: environment().join("bin/python"), ..self.python.clone() }
    }

    /// How an app in this directory is proven.
    pub(crate) fn options(&self, tree: &Path, settings: &[(&str, &str)]) -> ProveOptions {
        ProveOptions {
            audit: AuditOptions { root: tree.to_owned(), ..AuditOptions::default() },
            project: tree.to_owned(),
            app: None,
            python: self.python.clone(),
            environment: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            allow_ports: Vec::new(),
            seed: 1,
            keep: false,
            start_timeout: Duration::from_secs(60),
            isolation: Isolation::Wall { reason: "a test".to_owned() },
            serve: None,
            keys: Vec::new(),
            command: Vec::new(),
        }
    }

    /// Proves an app in this directory.
    pub(crate) fn prove(&self, tree: &Path, settings: &[(&str, &str)]) -> Report {
        prove::run(&self.options(tree, settings), &Silent).unwrap()
    }

    /// Proves an app of these files.
    pub(crate) fn prove_files<'f>(&self, files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Report {
        let tree = tempfile::tempdir().unwrap();
        write_files(tree.path(), files);
        self.prove(tree.path(), &[])
    }
}

/// Writes files into a tree.
pub(crate) fn write_files<'f>(tree: &Path, files: impl IntoIterator<Item = (&'f str, &'f str)>) {
    for (name, text) in files {
        let path = tree.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

impl Drop for Warm {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The proven findings.
pub(crate) fn proven(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|finding| finding.confidence == Confidence::Proven)
}

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn environment() -> PathBuf {
    let environment = root().join("target/test-venv");
    fs::create_dir_all(root().join("target")).unwrap();
    let lock = File::create(root().join("target/test-venv.lock")).unwrap();
    lock.lock().unwrap();
    let made = Command::new(root().join("python/test_venv.sh")).arg(&environment).status().unwrap();
    assert!(made.success(), "python/test_venv.sh failed");
    environment
}

/// Tells nobody.
pub(crate) struct Silent;

impl Progress for Silent {
    fn tell(&self, _: &str) {}
    fn audited(&self, _: &Report) {}
    fn route(&self, _: usize, _: usize, _: &str) {}
}
