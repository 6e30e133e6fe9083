//! The example apps: each row of `LEAKS.md` that can show at run time is proven at its place, nothing in the repaired
//! twin is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use stanch_checks::registry;
use stanch_findings::{Finding, Place};

use crate::Test;
use crate::apps::{Warm, proven, root};

pub(crate) fn tests() -> Vec<Test> {
    vec![
        ("example: the leaky one".to_owned(), Box::new(leaky)),
        ("example: the leaky one with its SDK talking".to_owned(), Box::new(talking)),
        ("example: the repaired one".to_owned(), Box::new(repaired)),
    ]
}

/// Rows that need a setting to show, which another test gives.
const SETTING: [&str; 1] = ["L25"];

fn leaky(warm: &Warm) {
    let report = warm.prove(&root().join("examples/leaky-flask-app"), &[]);
    let proofs: Vec<&Finding> = proven(&report).collect();
    let told: Vec<String> = proofs.iter().map(|finding| describe(finding)).collect();
    let missing: Vec<String> = rows("## Planted")
        .into_iter()
        .filter(|row| at_run_time(&row["rule"]) && !SETTING.contains(&row["id"].as_str()))
        .filter(|row| !proofs.iter().any(|finding| is_of(finding, row)))
        .map(|row| format!("{} {} {} {} {}", row["id"], row["rule"], row["file"], row["function"], row["route"]))
        .collect();
    assert!(missing.is_empty(), "not proven: {missing:#?}\nproven: {told:#?}");
    // Every proof is a row, and no line is told twice.
    let known: Vec<BTreeMap<String, String>> = rows("## Planted").into_iter().chain(rows("## Also true")).collect();
    let unknown: Vec<&String> = proofs
        .iter()
        .zip(&told)
        .filter(|(finding, _)| !known.iter().any(|row| is_of(finding, row)))
        .map(|(_, told)| told)
        .collect();
    assert!(unknown.is_empty(), "proven and in no row: {unknown:#?}");
    let lines: BTreeSet<_> = proofs.iter().map(|finding| (finding.rule.id, finding.source().cloned())).collect();
    assert_eq!(lines.len(), proofs.len(), "{told:#?}");
}

fn talking(warm: &Warm) {
    let report = warm.prove(&root().join("examples/leaky-flask-app"), &[("FIELDBOOK_TRACE_AWS", "1")]);
    let rows = rows("## Planted");
    let row = rows.iter().find(|row| row["id"] == "L25").unwrap();
    assert!(proven(&report).any(|finding| is_of(finding, row)), "L25 is not proven");
}

fn repaired(warm: &Warm) {
    let report = warm.prove(&root().join("examples/fixed-flask-app"), &[]);
    let told: Vec<String> = proven(&report).map(describe).collect();
    assert!(told.is_empty(), "{told:#?}");
    assert!(report.run.problems.is_empty(), "{:?}", report.run.problems);
}

/// Whether a rule has a judge at run time.
fn at_run_time(rule: &str) -> bool {
    registry::CHECKS.iter().any(|check| check.rule.id == rule && check.run.is_some())
}

/// Whether a finding is the row's: its rule or one that says more of the same line, its file and function.
fn is_of(finding: &Finding, row: &BTreeMap<String, String>) -> bool {
    let check = registry::CHECKS.iter().find(|check| check.rule.id == finding.rule.id).unwrap();
    let rule = finding.rule.id == row["rule"] || check.supersedes.contains(&row["rule"].as_str());
    let source = finding.source().unwrap();
    let file = source.path == format!("fieldbook/{}", row["file"]);
    let symbol = source.symbol.clone().unwrap_or_default().replace("<locals>.", "");
    let function = row["function"].is_empty() || symbol == row["function"];
    rule && file && function && is_by(finding, &row["route"])
}

/// Whether the row's route is among those by which it was seen.
fn is_by(finding: &Finding, route: &str) -> bool {
    if matches!(route, "any" | "start") {
        return true;
    }
    finding.places.iter().any(|place| match place {
        Place::Endpoint { method, route: seen } => format!("{} {seen}", method.as_str()) == route,
        _ => false,
    })
}

/// The rows of a table of `LEAKS.md`, by the names of its columns.
fn rows(heading: &str) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(root().join("examples/leaky-flask-app/LEAKS.md")).unwrap();
    let section = text.split(heading).nth(1).unwrap().split("\n## ").next().unwrap();
    let mut lines = section.lines().filter(|line| line.starts_with('|')).map(cells);
    let names = lines.next().unwrap();
    lines.skip(1).map(|cells| names.iter().cloned().zip(cells).collect()).collect()
}

fn cells(line: &str) -> Vec<String> {
    line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

fn describe(finding: &Finding) -> String {
    let place = finding.source().map_or_else(String::new, |place| {
        format!("{}:{} {}", place.path, place.line, place.symbol.clone().unwrap_or_default())
    });
    format!("{} {place}: {}", finding.rule.id, finding.message)
}
