//! The `run` oracle of cases: what is proven is marked in `cases.md`, and something of what is marked is proven.
//!
//! Not every marked line shows when the app runs: a record below the level is not written.

use std::collections::BTreeSet;
use std::fs;

use stanch_checks::registry;
use stanch_findings::Oracle;

use crate::Test;
use crate::apps::{Warm, proven, root};

/// One test for each case of each check with the oracle.
pub(crate) fn tests() -> Vec<Test> {
    let checks = registry::CHECKS.iter().filter(|check| check.run.is_some());
    checks.flat_map(|check| of_check(check.rule.id, check.rule.oracles.contains(&Oracle::Run))).collect()
}

struct Case {
    title: String,
    files: Vec<(String, String)>,
}

fn of_check(rule: &'static str, declared: bool) -> Vec<Test> {
    assert!(declared, "{rule} has a judge at run time and does not say so");
    let place = root().join("crates/stanch-checks/src/checks").join(rule.replace('-', "_")).join("cases.md");
    let cases = parse(&fs::read_to_string(place).unwrap());
    cases
        .into_iter()
        .map(|case| -> Test {
            (format!("{rule}: {}", case.title), Box::new(move |warm: &Warm| hold(rule, &case, warm)))
        })
        .collect()
}

fn hold(rule: &str, case: &Case, warm: &Warm) {
    let report = warm.prove_files(case.files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    assert!(report.run.problems.is_empty(), "{rule}: {}: {:?}", case.title, report.run.problems);
    let found: BTreeSet<(String, u32)> = proven(&report)
        .filter(|finding| finding.rule.id == rule)
        .map(|finding| finding.source().map_or_else(Default::default, |place| (place.path.clone(), place.line)))
        .collect();
    let told: Vec<String> =
        proven(&report).map(|finding| format!("{}: {}", finding.rule.id, finding.message)).collect();
    let marks = marks(case);
    let elsewhere = ELSEWHERE.contains(&(rule, case.title.as_str())) && !found.is_empty();
    assert!(
        elsewhere || found.is_subset(&marks),
        "{rule}: {}: {found:?} is not all in {marks:?}: {told:#?}",
        case.title
    );
    let shows = !marks.is_empty() && !UNSEEN.iter().any(|(of, title, _)| *of == rule && *title == case.title);
    assert!(!shows || !found.is_empty(), "{rule}: {}: nothing proven of {marks:?}: {:#?}", case.title, report.coverage);
}

/// Cases whose marked lines cannot show when the app runs here, each with the reason.
const UNSEEN: [(&str, &str, &str); 15] = [
    ("debug-mode", "the server is started with it", "`app.run` stands under `__main__`, and an app is imported"),
    ("debug-mode", "by position, by another name, by the configuration", "no route of it can fail"),
    ("debug-mode", "Chalice answers with the traceback too", "no route of it can fail"),
    (
        "debug-mode",
        "on unless the environment says otherwise",
        "`app.run` stands under `__main__`, and an app is imported",
    ),
    ("error-in-response", "objects that no response can hold", "nothing is raised from anything"),
    ("error-in-response", "what is wrong with one value is told too", "Python's words on a value are no SDK's"),
    ("item-in-log", "the item before it is written", "what is logged is what the same request sent"),
    (
        "key-in-response",
        "what was just written comes back with the stored form of the password",
        "what comes back is made of what the same request sent",
    ),
    ("key-in-url", "FastAPI takes a key where the parameter's marker says", "the framework asks for it unseen"),
    ("key-in-url", "a key in the address of a call to another service", "nobody answers outside"),
    ("log-injection", "written to the process's own streams", "a bare write to a stream is no record of a logger"),
    ("missing-authentication", "who is signed in, for the whole process", "one client alone sees nothing of another's"),
    (
        "missing-owner-check",
        "who is calling is asked, kept, passed on and logged, and nothing depends on it",
        "nobody can log in: the tokens are made elsewhere",
    ),
    (
        "missing-owner-check",
        "the condition holds the owner, or a secret that only the owner knows",
        "nothing comes back, and the item that is changed is one that the app itself made",
    ),
    (
        "write-returns-item",
        "a model that is saved goes back as a whole",
        "what comes back is made of what the same request sent",
    ),
];

/// Cases that are proven at another line than the marked one: what an exception tells is placed at the view that raised it.
const ELSEWHERE: [(&str, &str); 1] = [("error-in-response", "Chalice sends what its errors say")];

fn marks(case: &Case) -> BTreeSet<(String, u32)> {
    let mut marks = BTreeSet::new();
    for (name, text) in &case.files {
        let lines = (1..).zip(text.lines()).filter(|(_, line)| line.trim_end().ends_with("# leak"));
        marks.extend(lines.map(|(number, _)| (name.clone(), number)));
    }
    marks
}

/// Sections with their fenced files; answers of an API (`http`) are another oracle's.
fn parse(markdown: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            cases.push(Case { title: title.to_owned(), files: Vec::new() });
        } else if let Some((kind, name)) = line.strip_prefix("```").and_then(|info| info.split_once(' ')) {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if let Some(case) = cases.last_mut().filter(|_| kind != "http") {
                case.files.push((name.to_owned(), text.join("\n") + "\n"));
            }
        }
    }
    cases.retain(|case| case.files.iter().any(|(name, _)| name.ends_with(".py")));
    cases
}
