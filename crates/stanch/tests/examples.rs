//! The example apps: each planted leak shows in the leaking one and not in its repaired twin, and honest requests get the
//! same answers from both. The tests are pytest's; they run in a virtual environment under the target directory.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn examples_leak_what_they_say_and_their_twins_do_not() {
    let tests = examples().join("tests");
    let python = virtual_environment(&tests.join("requirements.txt"));
    let outcome = Command::new(python)
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "."])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(tests)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&outcome.stdout);
    assert!(outcome.status.success(), "{told}{}", String::from_utf8_lossy(&outcome.stderr));
    assert!(told.contains(" passed"), "pytest ran nothing: {told}");
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").canonicalize().unwrap()
}

/// The interpreter of a virtual environment in which the requirements are installed. The environment is kept from run to
/// run; it counts as complete when the note in it names the installed requirements, so an interrupted start is repeated.
fn virtual_environment(requirements: &Path) -> PathBuf {
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
