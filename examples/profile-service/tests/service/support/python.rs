//! Tools from PyPI, in a virtual environment below the target directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// What is installed.
const REQUIREMENTS: &str = include_str!("../requirements.txt");

/// A command of the environment's `bin`.
pub(crate) fn tool(name: &str) -> Command {
    let mut command = Command::new(environment().join("bin").join(name));
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// The environment, made at the first call. It is kept from run to run and counts as complete when the note in it names
/// what is wanted, so an interrupted start is repeated.
fn environment() -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("service-venv");
    let note = home.join("installed-requirements");
    if fs::read_to_string(&note).is_ok_and(|installed| installed == REQUIREMENTS) {
        return home;
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home));
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    run(Command::new(home.join("bin/python")).args(pip).args(REQUIREMENTS.split_whitespace()));
    fs::write(note, REQUIREMENTS).expect("the note is written");
    home
}

/// Runs a command that has to succeed; what it wrote to stdout.
pub(crate) fn run(command: &mut Command) -> String {
    let outcome = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, err) = (String::from_utf8_lossy(&outcome.stdout), String::from_utf8_lossy(&outcome.stderr));
    assert!(outcome.status.success(), "{command:?}: {out}{err}");
    out.into_owned()
}
