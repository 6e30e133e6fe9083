//! Collects the check folders into the registry, and each folder's cases into one test.
//!
//! A folder with an `answer.rs` also judges answers of a running API (`pub(crate) fn judge`).
//!
//! A folder without its `mod` line in `checks/mod.rs`, without `README.md` or without `cases.md` does not compile.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let folders = root.join("src/checks");
    println!("cargo::rerun-if-changed={}", folders.display());
    let mut names: Vec<String> = fs::read_dir(&folders)?
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("registry.rs"), registry(&names) + &answers(&names, &folders))?;
    fs::write(out.join("cases.rs"), cases(&names, &folders))
}

/// The list of all checks, sorted by name.
fn registry(names: &[String]) -> String {
    let mut code = String::from("/// Every check, sorted by rule id.\npub static CHECKS: &[&crate::Check] = &[\n");
    for name in names {
        let _ = writeln!(code, "    &crate::checks::{name}::CHECK,");
    }
    code + "];\n"
}

/// The list of all judges of answers, sorted by name.
fn answers(names: &[String], folders: &Path) -> String {
    let mut code = String::from(
        "/// Judges of what an API answers, sorted by rule id.\n#[cfg(feature = \"live\")]\n\
         pub(crate) static ANSWERS: &[crate::scan::Judge] = &[\n",
    );
    for name in names.iter().filter(|name| folders.join(name).join("answer.rs").is_file()) {
        let _ = writeln!(code, "    (crate::checks::{name}::CHECK.rule.id, crate::checks::{name}::answer::judge),");
    }
    code + "];\n"
}

/// One test a folder.
fn cases(names: &[String], folders: &Path) -> String {
    let mut code = String::new();
    for name in names {
        let file = folders.join(name).join("cases.md");
        let _ = writeln!(
            code,
            "#[test]\nfn {name}() {{\n    crate::cases::hold(&crate::checks::{name}::CHECK, include_str!({file:?}));\n}}"
        );
    }
    code
}
