//! `audit` on inputs that were made to break it.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

use std::path::Path;

use stanch_checks::audit::{self, AuditOptions};

#[test]
fn the_corpus_of_hostile_sources_ends_in_a_report() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/audit");
    let mut looked = 0;
    for file in std::fs::read_dir(corpus).unwrap() {
        let file = file.unwrap().path();
        let tree = tempfile::tempdir().unwrap();
        std::fs::copy(&file, tree.path().join(file.file_name().unwrap())).unwrap();
        let report = audit::run(&AuditOptions { root: tree.path().to_owned(), ..AuditOptions::default() });
        assert!(report.is_ok(), "{}", file.display());
        looked += 1;
    }
    assert!(looked > 5);
}

#[test]
fn the_service_that_shows_how_it_is_done_is_silent() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/profile-service/infrastructure");
    let report = audit::run(&AuditOptions { root: root.canonicalize().unwrap(), ..AuditOptions::default() }).unwrap();
    let told: Vec<_> = report.findings.iter().map(|finding| (finding.rule.id, &finding.places)).collect();
    assert!(told.is_empty(), "{told:?}");
    assert!(report.run.files >= 3, "its templates were read: {}", report.run.files);
}
