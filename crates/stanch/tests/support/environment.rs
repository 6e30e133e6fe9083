//! A virtual environment for tests that run Python.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Directory of the example apps.
pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").canonicalize().unwrap()
}

/// The interpreter of a virtual environment in which the requirements are installed. The environment is kept from run to
/// run; it counts as complete when the note in it names the installed requirements, so an interrupted start is repeated.
pub(crate) fn virtual_environment(requirements: &Path) -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples-venv");
    let python = home.join("bin/python");
    let note = home.join("installed-requirements");
    let wanted = std::fs::read_to_string(requirements).unwrap();
    if std::fs::read_to_string(&note).is_ok_and(|installed| installed == wanted) {
        return python;
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home));
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    run(Command::new(&python).args(pip).arg(requirements));
    std::fs::write(note, wanted).unwrap();
    python
}

fn run(command: &mut Command) {
    let outcome = command.output().unwrap();
    assert!(outcome.status.success(), "{command:?}: {}", String::from_utf8_lossy(&outcome.stderr));
}
