//! Nothing is left, however the program ends.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{environment, project, supervisor};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// An app that starts a child in a session of its own, which no signal to a group reaches.
const APP: &str = r#"
import subprocess, sys
from flask import Flask
subprocess.Popen(["sleep", sys.argv[0] and "MARK"], start_new_session=True)
app = Flask(__name__)
@app.route("/slow")
def slow():
    import time
    time.sleep(600)
"#;

/// Processes whose command line holds the text.
fn processes(text: &str) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ")).filter(|line| line.contains(text)).collect()
}

fn run(tree: &Path, temporary: &Path, wall: bool) -> Child {
    Command::new(supervisor())
        .arg(tree)
        .args(["--wall", "alone"].iter().filter(|_| wall))
        .arg("--python")
        .arg(environment())
        .args(["GET", "/slow"])
        .env("TMPDIR", temporary)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn left_after(signal: Signal, after: Duration, number: usize, wall: bool) {
    // A length of sleep that is this test's alone is how its processes are told from others.
    let mark = format!("{}.{number}{}", 7000 + number, std::process::id());
    let tree = project(&[("app.py", &APP.replace("MARK", &mark))]);
    let temporary = tempfile::tempdir().unwrap();
    let temporary_text = temporary.path().to_string_lossy().into_owned();
    let mut child = run(tree.path(), temporary.path(), wall);
    std::thread::sleep(after);
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
    let start = Instant::now();
    child.wait().unwrap();
    let left = || [processes(&mark), processes(&temporary_text)].concat();
    while start.elapsed() < Duration::from_secs(2) && !left().is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(left().is_empty(), "{signal} after {after:?}: {:?}", left());
    assert!(start.elapsed() < Duration::from_secs(8));
    if signal != Signal::SIGKILL {
        let files: Vec<_> = std::fs::read_dir(temporary.path()).unwrap().flatten().map(|entry| entry.path()).collect();
        assert!(files.is_empty(), "{signal} after {after:?}: {files:?}");
    }
}

#[test]
fn nothing_is_left_after_a_signal_at_any_moment() {
    environment();
    let moments = [0, 5, 20, 60, 150, 400, 900, 1800];
    let mut number = 0;
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL] {
        for moment in moments {
            number += 1;
            left_after(signal, Duration::from_millis(moment), number, false);
        }
    }
}

#[test]
fn nothing_is_left_without_namespaces_either() {
    environment();
    let mut number = 100;
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        for moment in [100, 500, 1500] {
            number += 1;
            left_after(signal, Duration::from_millis(moment), number, true);
        }
    }
}
