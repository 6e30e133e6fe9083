//! Holds each check to its `cases.md`: complete small apps in fenced blocks (```` ```python app.py ````), one section
//! each, in which `# leak` marks the lines where the check speaks. It must speak there and nowhere else. Answers of an
//! API stand in ```` ```http leak ```` and ```` ```http safe ```` blocks.

#[cfg(feature = "live")]
mod http;

use std::collections::BTreeSet;
use std::fs;

use crate::{Check, audit};

/// One section of a cases file.
struct Case<'m> {
    title: &'m str,
    /// File name and text, in order.
    files: Vec<(&'m str, String)>,
}

/// Judges every case by the source oracle.
///
/// # Panics
/// When the check is silent on a marked line, speaks on another, or the file holds no case.
pub(crate) fn hold(check: &Check, markdown: &str) {
    let cases = parse(markdown);
    assert!(!cases.is_empty(), "{}: cases.md holds no case", check.rule.id);
    #[cfg(feature = "live")]
    if check.rule.oracles.contains(&stanch_findings::Oracle::BlackBox) {
        assert!(
            cases.iter().any(|case| http::has(case, "leak")) && cases.iter().any(|case| http::has(case, "safe")),
            "{}: cases.md needs an answer that leaks and a safe one",
            check.rule.id
        );
        cases.iter().for_each(|case| http::hold(check, case));
    }
    if matches!(check.source, crate::SourceOracle::None) {
        return;
    }
    assert!(
        cases.iter().any(|case| marks(case).is_empty()) && cases.iter().any(|case| !marks(case).is_empty()),
        "{}: cases.md needs a leaking case and a safe one",
        check.rule.id
    );
    for case in cases.iter().filter(|case| case.files.iter().any(|(name, _)| name.contains('.'))) {
        let found = audited(check, case);
        assert_eq!(found, marks(case), "{}: case `{}`", check.rule.id, case.title);
    }
}

fn parse(markdown: &str) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            cases.push(Case { title, files: Vec::new() });
        } else if let (Some((_, name)), Some(case)) =
            (line.strip_prefix("```").and_then(|info| info.split_once(' ')), cases.last_mut())
        {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            case.files.push((name, filled(&(text.join("\n") + "\n"))));
        }
    }
    cases
}

/// The text with its made-up keys: what scanners of repositories know by its format stands as a placeholder.
fn filled(text: &str) -> String {
    text.replace("{{aws-access-key-id}}", concat!("AK", "IAQ3EGRIQYVT4TXMKB"))
        .replace("{{aws-secret-access-key}}", concat!("wq9Yx2VtLk0/Zr7NbE5s", "Jh3Gd8+PcT1mQfA6uRiX"))
        .replace("{{hex-key}}", concat!("9f2c41d07be85a36", "c1d94be2750fa863"))
        .replace("{{stripe-key}}", concat!("sk_", "live_51H8zQwLr0Tn6VbYkXc2Gd9J"))
}

/// The marked lines, as file and line.
fn marks(case: &Case<'_>) -> BTreeSet<(String, u32)> {
    let mut marks = BTreeSet::new();
    for (name, text) in &case.files {
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim_end().ends_with("# leak") {
                marks.insert(((*name).to_owned(), number));
            }
        }
    }
    marks
}

/// The lines on which the check speaks when the case is audited.
#[expect(clippy::unwrap_used, reason = "a test whose files cannot be written has failed")]
fn audited(check: &Check, case: &Case<'_>) -> BTreeSet<(String, u32)> {
    let tree = tempfile::tempdir().unwrap();
    for (name, text) in &case.files {
        let path = tree.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // JSON has no comments that a mark could stand in.
        let text = if name.ends_with(".json") { text.replace(" # leak", "") } else { text.clone() };
        fs::write(path, text).unwrap();
    }
    let options = audit::AuditOptions { root: tree.path().to_owned(), ..audit::AuditOptions::default() };
    let report = audit::run(&options).unwrap();
    report
        .findings
        .iter()
        .filter(|finding| finding.rule.id == check.rule.id)
        .filter_map(|finding| finding.source().map(|place| (place.path.clone(), place.line)))
        .collect()
}

mod generated {
    include!(concat!(env!("OUT_DIR"), "/cases.rs"));
}
