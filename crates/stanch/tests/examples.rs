//! The example apps: each planted leak shows in the leaking one and not in its repaired twin, and honest requests get the
//! same answers from both. The tests are pytest's; they run in a virtual environment under the target directory.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

#[path = "support/environment.rs"]
mod environment;

use std::process::Command;

use crate::environment::{examples, virtual_environment};

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
