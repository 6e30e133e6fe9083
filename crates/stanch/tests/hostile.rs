//! Apps that do what no app should while they are asked: each is contained and told, and the rest is looked at.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

#[path = "support/environment.rs"]
mod environment;

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use environment::{examples, virtual_environment};
use serde_json::Value;

/// An honest route that leaks and must be found whatever the other does, which is asked before it.
const APP: &str = r#"
import ctypes, json, os, pathlib, signal, socket, subprocess, sys, threading, time
import boto3
from flask import Flask, Response, jsonify

app = Flask(__name__)
users = boto3.resource("dynamodb").Table("users")

def register(user_id, password):
    users.put_item(Item={"user_id": user_id, "password": password})

@app.get("/users/<user_id>")
def user(user_id):
    return jsonify(users.get_item(Key={"user_id": user_id})["Item"])

@app.get("/a")
def hostile():
"#;

/// What is said of a route that gives no answer; on a slow machine of one, too, that would have come to another end.
const SILENT: &str = "no answer came in time";

/// What came of an app whose route `/a` does this.
struct Ran {
    code: Option<i32>,
    report: Value,
    told: String,
}

fn prove(body: &str) -> Ran {
    let tree = tempfile::tempdir().unwrap();
    let body: String = body.lines().map(|line| format!("    {line}\n")).collect();
    std::fs::write(tree.path().join("app.py"), format!("{APP}{body}    return 'done'\n")).unwrap();
    let python = &*PYTHON;
    let started = Instant::now();
    let ran = Command::new(env!("CARGO_BIN_EXE_stanch"))
        .args(["prove", "--format", "json", "--python"])
        .arg(python)
        .arg(tree.path())
        .output()
        .unwrap();
    assert!(started.elapsed() < Duration::from_secs(240), "{:?}", started.elapsed());
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    let report = serde_json::from_slice(&ran.stdout);
    assert!(report.is_ok(), "{told}");
    Ran { code: ran.status.code(), report: report.unwrap(), told }
}

/// The tests run side by side; one of them makes the environment.
static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| virtual_environment(&examples().join("tests/requirements.txt")));

impl Ran {
    /// The leak of the honest route is proven, whatever the other one did.
    fn is_whole(&self) -> &Self {
        let findings = self.report["findings"].as_array().unwrap();
        let leak = |finding: &Value| finding["rule"] == "key-in-response" && finding["confidence"] == "proven";
        assert!(findings.iter().any(leak), "{} {}", self.report, self.told);
        self
    }

    /// The run ends as one that could not look at everything, and says so at the route with a next step.
    fn has_problem(&self, texts: &[&str]) -> &Self {
        let problems = self.report["run"]["problems"].as_array().unwrap();
        let is_it = |problem: &Value| {
            problem["message"].as_str().is_some_and(|message| texts.iter().any(|text| message.contains(text)))
                && problem["where"] == "GET /a"
                && problem["help"].as_str().is_some_and(|help| !help.is_empty())
        };
        assert!(problems.iter().any(is_it), "no {texts:?} in {problems:#?}");
        assert_eq!(self.code, Some(2), "{}", self.told);
        self
    }

    /// Nothing went wrong, but it is noted.
    fn has_note(&self, text: &str) -> &Self {
        let notes = self.report["run"]["notes"].as_array().unwrap();
        assert!(notes.iter().any(|note| note.as_str().is_some_and(|note| note.contains(text))), "{notes:#?}");
        assert_eq!(self.code, Some(1), "{}", self.told);
        self
    }
}

#[test]
fn output_without_end() {
    let ran = prove("while True: sys.stdout.write('x' * 100000)");
    ran.is_whole().has_problem(&["it printed more than 256 MiB", SILENT]);
}

#[test]
fn an_end_in_the_midst_of_a_request() {
    prove("os._exit(7)").is_whole().has_problem(&["exit code 7"]);
}

#[test]
fn a_stop_of_the_process() {
    prove("os.kill(os.getpid(), signal.SIGSTOP)").is_whole().has_problem(&["stopped answering"]);
}

#[test]
fn a_request_that_never_ends() {
    prove("time.sleep(3600)").is_whole().has_problem(&[SILENT]);
}

#[test]
fn an_answer_that_drips() {
    let drip = "def drip():\n    while True:\n        yield 'x'\n        time.sleep(1)\nreturn Response(drip())";
    prove(drip).is_whole().has_problem(&["slow answers"]);
}

#[test]
fn recursion_without_end() {
    // In Python it is an error of the request; below Python it takes the process along.
    let ran = prove("def deeper(): return deeper()\ndeeper()");
    assert_eq!(ran.is_whole().code, Some(1), "{}", ran.told);
    let ran = prove(
        "sys.setrecursionlimit(10 ** 8)\nthreading.stack_size(1 << 20)\nvalue = []\nfor _ in range(10 ** 6): value = [value]\nctypes.string_at(0)",
    );
    ran.is_whole().has_problem(&["SIGSEGV"]);
}

#[test]
fn hundreds_of_children() {
    let ran = prove("[subprocess.Popen(['sleep', '4321.5'], start_new_session=bool(n % 2)) for n in range(200)]");
    ran.is_whole();
    assert_eq!(running("4321.5"), 0);
}

/// Processes that were started with these words.
fn running(words: &str) -> usize {
    let lines = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = lines.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| line.windows(words.len()).any(|part| part == words.as_bytes())).count()
}

#[test]
fn more_processes_than_any_app_has() {
    // Bounded, lest the test does what it is about: only some of them are started before the limit is seen.
    let bomb = "for _ in range(4000): os.posix_spawn('/bin/sleep', ['sleep', '5432.5'], {})\ntime.sleep(60)";
    let ran = prove(bomb);
    ran.is_whole().has_problem(&["killed by SIGKILL", SILENT]);
    assert_eq!(running("5432.5"), 0);
}

#[test]
fn a_gigabyte_in_an_answer() {
    let ran = prove("return Response(b'x' * 1000000 for _ in range(1000))");
    assert_eq!(ran.is_whole().code, Some(1), "{}", ran.told);
}

#[test]
fn ports_of_its_own_choice_and_files_with_credentials() {
    let attempts = "for address in (('127.0.0.1', 9), ('192.0.2.1', 80)):\n    try: socket.create_connection(address, timeout=2)\n    except OSError: pass\ntry: pathlib.Path(HOME, '.aws', 'credentials').read_text()\nexcept OSError: pass";
    let home = std::env::home_dir().unwrap();
    let ran = prove(&format!("HOME = {:?}\n{attempts}", home.to_string_lossy()));
    ran.is_whole();
    for refused in ["connect to 127.0.0.1:9 from app.py:", "connect to 192.0.2.1:80 from app.py:"] {
        ran.has_note(&format!("the app tried to {refused}"));
    }
    ran.has_note("the app tried to read ~/.aws/credentials from app.py:");
}
