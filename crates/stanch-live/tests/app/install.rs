//! `--install`: an environment of the project's own, made once.

use std::process::Command;

use stanch_live::app::{find_interpreter, install};

use crate::common::project;

#[test]
fn an_environment_is_made_once_with_versions_that_run_here() {
    // A version that never was: the pin is given up for the newest.
    let tree = project(&[("requirements.txt", "idna==0.0.999\n")]);
    let base = find_interpreter(tree.path(), None).unwrap();
    let into = tempfile::tempdir().unwrap();
    let into = into.path().join("environment");
    let mut told = Vec::new();
    let made = install(tree.path(), &base, Some(&into), &mut |line| told.push(line.to_owned())).unwrap();
    assert_eq!(made.origin, "--install");
    assert!(told.iter().any(|line| line.starts_with("installing idna, setuptools<81")), "{told:?}");
    let works = Command::new(&made.path).args(["-c", "import idna, pkg_resources"]).status().unwrap();
    assert!(works.success());

    told.clear();
    let again = install(tree.path(), &base, Some(&into), &mut |line| told.push(line.to_owned())).unwrap();
    assert_eq!(again, made);
    assert!(matches!(told.as_slice(), [line] if line.starts_with("using the environment")), "{told:?}");
}

#[test]
fn a_directory_with_other_things_in_it_is_left_alone() {
    let tree = project(&[("requirements.txt", "idna\n")]);
    let base = find_interpreter(tree.path(), None).unwrap();
    let theirs = project(&[("thesis.txt", "years of work")]);
    let error = install(tree.path(), &base, Some(theirs.path()), &mut |_| ()).unwrap_err();
    assert!(error.to_string().contains("neither empty nor a virtual environment"), "{error}");
}
