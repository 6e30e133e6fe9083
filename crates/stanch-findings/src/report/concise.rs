//! One line per finding, for `grep` and editors: `app.py:15:12: critical[key-in-response] title (proven): places`.

use super::anchor;
use super::plain;
use super::summary::Summary;
use super::{Problem, Shown};

/// The findings that count, the problems, and the summary.
#[must_use]
pub fn render(shown: &Shown) -> String {
    let report = shown.report();
    let mut text = String::new();
    for finding in report.findings.iter().filter(|finding| finding.suppressed.is_none()) {
        let (severity, confidence) = (finding.severity.as_str(), finding.confidence.as_str());
        let places: Vec<_> = anchor::beside(finding).into_iter().flat_map(|(_, places)| places).collect();
        let places = if places.is_empty() { String::new() } else { format!(": {}", places.join(", ")) };
        let (rule, title, place) = (finding.rule.id, finding.rule.title, anchor::label(finding));
        text.push_str(&plain::line(&format!("{place}: {severity}[{rule}] {title} ({confidence}){places}")));
        text.push('\n');
    }
    for problem in &report.run.problems {
        text.push_str(&format!("{}\n", plain::line(&problem_line(problem))));
    }
    text.push_str(&Summary::of(report).line());
    text.push('\n');
    text
}

/// `old.py: error: not UTF-8 (save it as UTF-8)`.
fn problem_line(problem: &Problem) -> String {
    let place = problem.place.as_deref().map_or_else(String::new, |place| format!("{place}: "));
    let help = problem.help.as_deref().map_or_else(String::new, |help| format!(" ({help})"));
    format!("{place}error: {}{help}", problem.message)
}
