//! Texts that once broke a promise, and others of their kind.
#![expect(clippy::unwrap_used, reason = "a file that cannot be read fails the test")]

mod generate;
mod promises;
mod seeds;

use std::fs;

#[test]
fn every_promise_holds_for_hostile_text() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let text = fs::read(&file).unwrap();
        promises::matcher(&text);
        promises::redactor(&text);
    }
}

#[test]
fn every_promise_holds_for_what_a_fuzzer_begins_with() {
    for text in seeds::texts() {
        promises::matcher(&text);
        promises::redactor(&text);
    }
}
