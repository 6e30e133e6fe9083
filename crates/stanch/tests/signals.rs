//! Signals at any moment of a `prove`: nothing is left, and what SIGKILL leaves the next start sweeps.
//!
//! The moments are spread over the length of a whole run, so that each stage of it is met: namespaces, audit, copy, import,
//! requests, report. `STANCH_SIGNALS=200 cargo test -p stanch --test signals -- --ignored --nocapture` sends that many;
//! `STANCH_PROGRAM` names another build of the program, which may be built anew meanwhile.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a failure here is a failed test, and a long one tells")]

#[path = "support/environment.rs"]
mod environment;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use environment::{examples, virtual_environment};

/// What is proven meanwhile: apps that a run of the tests has the time for.
const APPS: [&str; 1] = ["article-app"];
/// Signals that every run of the tests sends.
const FEW: u32 = 9;

#[test]
fn nothing_is_left_after_a_signal() {
    send(FEW);
}

#[test]
#[ignore = "takes as long as STANCH_SIGNALS says"]
fn nothing_is_left_after_many_signals() {
    let count = std::env::var("STANCH_SIGNALS").ok().and_then(|count| count.parse().ok()).unwrap_or(200);
    send(count);
}

fn send(count: u32) {
    let python = virtual_environment(&examples().join("tests/requirements.txt"));
    let mounts = mounts();
    let mut whole = {
        let place = Place::new();
        let start = Instant::now();
        place.prove(&python, APPS[0]).wait().unwrap();
        start.elapsed()
    };
    let (mut ended, mut slowest) = (0, Duration::ZERO);
    for number in 0..count {
        let signal = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL][number as usize % 3];
        let app = APPS[number as usize / 3 % APPS.len()];
        // Multiples of the golden ratio lie evenly over a run, whatever their number.
        let moment = whole.mul_f64((f64::from(number) * 0.618_033_988_75).fract());
        let place = Place::new();
        let mut child = place.prove(&python, app);
        std::thread::sleep(moment);
        let what = format!("{signal} after {moment:?} of {app}");
        if child.try_wait().unwrap().is_some() {
            // The machine has become faster than it was when the length was measured.
            (ended, whole) = (ended + 1, moment);
        } else {
            kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
            child.wait().unwrap();
        }
        let since = Instant::now();
        while !place.processes().is_empty() && since.elapsed() < Duration::from_secs(2) {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(place.processes(), Vec::<String>::new(), "{what}");
        slowest = slowest.max(since.elapsed());
        if signal == Signal::SIGKILL {
            place.start_again();
        }
        assert_eq!(place.files(), Vec::<PathBuf>::new(), "{what}");
        if (number + 1).is_multiple_of(20) {
            println!("{} signals, {ended} after the end of the run", number + 1);
        }
    }
    assert_eq!(self::mounts(), mounts);
    assert!(ended * 4 < count.max(8), "{ended} of {count} runs were over before their signal");
    println!("{count} signals, {ended} after the end of the run; all gone {slowest:?} after the program at the latest");
}

/// Where one run keeps its temporary files. Its name stands in the command line of each process of the run.
struct Place {
    temporary: tempfile::TempDir,
    report: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let (temporary, report) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        Self { temporary, report }
    }

    fn prove(&self, python: &Path, app: &str) -> Child {
        let report = self.report.path().join("report.json");
        self.command(["prove", "--quiet", "--python"])
            .args([python, &examples().join(app), Path::new("--output"), &report])
            .spawn()
            .unwrap()
    }

    /// The next start: of a run that has nothing to do but to begin.
    fn start_again(&self) {
        self.command(["prove", "--plan"]).arg(self.report.path()).spawn().unwrap().wait().unwrap();
    }

    fn command<const N: usize>(&self, words: [&str; N]) -> Command {
        let program = std::env::var_os("STANCH_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_stanch").into());
        let mut command = Command::new(program);
        command.args(words).env("TMPDIR", self.temporary.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Command lines of what still runs.
    fn processes(&self) -> Vec<String> {
        let marks = [&self.temporary, &self.report].map(|place| place.path().to_string_lossy().into_owned());
        let entries = std::fs::read_dir("/proc").unwrap().flatten();
        let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
        let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
        lines.filter(|line| marks.iter().any(|mark| line.contains(mark))).collect()
    }

    fn files(&self) -> Vec<PathBuf> {
        std::fs::read_dir(self.temporary.path()).unwrap().flatten().map(|entry| entry.path()).collect()
    }
}

/// What is mounted; a run mounts nothing that others see.
fn mounts() -> usize {
    std::fs::read_to_string("/proc/self/mountinfo").unwrap().lines().count()
}
