//! The audit of the example apps: every planted leak is told at its place, and of the repaired twin nothing is.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use stanch_api::SourcePlace;
use stanch_checks::audit::{self, AuditOptions};
use stanch_findings::{Finding, Place};

#[test]
fn every_planted_leak_is_told_in_its_file_and_function() {
    let findings = audited("leaky-flask-app");
    let rows = rows("## Planted");
    assert!(rows.len() >= 28, "{}", rows.len());
    let mut missed = Vec::new();
    for row in &rows {
        let (id, rule, file, function) = (&row[0], &row[2], &row[3], &row[4]);
        let found = findings.iter().any(|finding| {
            let is_there = |place: &SourcePlace| {
                let symbol = place.symbol.as_deref().unwrap_or_default().replace("<locals>.", "");
                place.path.ends_with(&format!("fieldbook/{file}")) && symbol == *function
            };
            // A helper that answers for a view is told as a step on the way to the view's `return`.
            says(finding, rule)
                && (finding.source().is_some_and(is_there)
                    || rule == "key-in-page-token" && finding.flow.iter().any(|step| is_there(&step.place)))
        });
        if !found {
            missed.push(format!("{id} {rule} {file} {function}"));
        }
    }
    assert_eq!(missed, Vec::<String>::new());
}

#[test]
fn clean_routes_are_not_accused() {
    let clean: BTreeSet<String> = rows("## Clean").iter().map(|row| row[0].clone()).collect();
    assert!(clean.len() >= 14, "{clean:?}");
    for finding in audited("leaky-flask-app") {
        if !matches!(finding.rule.id, "key-in-response" | "item-in-response") {
            continue;
        }
        for place in &finding.places {
            let Place::Endpoint { method, route } = place else { continue };
            assert!(!clean.contains(&format!("{method} {route}")), "{} at {method} {route}", finding.rule.id);
        }
    }
}

#[test]
fn nothing_is_told_of_the_repaired_twin() {
    let told: Vec<String> = audited("fixed-flask-app")
        .iter()
        .map(|finding| {
            let place = finding.source();
            format!("{} {:?}", finding.rule.id, place.map(|place| (&place.path, place.line)))
        })
        .collect();
    assert_eq!(told, Vec::<String>::new());
}

/// Whether a finding tells of that rule. A key in what a write hands back is told as the key.
fn says(finding: &Finding, rule: &str) -> bool {
    finding.rule.id == rule || finding.rule.id == "key-in-response" && rule == "write-returns-item"
}

fn audited(app: &str) -> Vec<Finding> {
    let options = AuditOptions { root: examples().join(app), ..AuditOptions::default() };
    audit::run(&options).unwrap().findings
}

/// Cells of the table below a heading of the leaky app's list.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(examples().join("leaky-flask-app/LEAKS.md")).unwrap();
    let section = text.split(heading).nth(1).unwrap().split("\n## ").next().unwrap();
    let table = section.lines().filter(|line| line.starts_with("| "));
    table
        .filter(|line| !line.contains("---"))
        .skip(1)
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}
