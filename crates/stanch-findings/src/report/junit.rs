//! JUnit XML, for dashboards of test results. A finding that meets the limit is a failure; one that does not is a test
//! that passes and says so in its output; a suppressed one is skipped; a problem is an error.

use std::fmt::Write as _;

use super::{Shown, anchor, plain};
use crate::Finding;

/// The document.
#[must_use]
pub fn render(shown: &Shown) -> String {
    let report = shown.report();
    let mut cases = String::new();
    let (mut failures, mut skipped) = (0, 0);
    for finding in &report.findings {
        let (body, failed) = outcome(shown, finding);
        failures += usize::from(failed);
        skipped += usize::from(finding.suppressed.is_some());
        case(&mut cases, finding.rule.id, &anchor::label(finding), &body);
    }
    for problem in &report.run.problems {
        let help = problem.help.as_deref().unwrap_or_default();
        let body = format!("      <error message=\"{}\">{}</error>\n", escaped(&problem.message), escaped(help));
        case(&mut cases, "stanch", problem.place.as_deref().unwrap_or("run"), &body);
    }
    let mut tests = report.findings.len() + report.run.problems.len();
    if tests == 0 {
        // A document without a test is an error to many readers.
        case(&mut cases, "stanch", "no findings", "");
        tests = 1;
    }
    let numbers = format!(
        "tests=\"{tests}\" failures=\"{failures}\" errors=\"{}\" skipped=\"{skipped}\"",
        report.run.problems.len()
    );
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {numbers}>\n  <testsuite name=\"stanch {}\" \
         {numbers}>\n{cases}  </testsuite>\n</testsuites>\n",
        escaped(&report.run.command)
    )
}

fn case(cases: &mut String, class: &str, name: &str, body: &str) {
    let (class, name) = (escaped(class), escaped(name));
    let _ = write!(cases, "    <testcase classname=\"{class}\" name=\"{name}\">\n{body}    </testcase>\n");
}

/// What stands in the test case of a finding, and whether it is a failure.
fn outcome(shown: &Shown, finding: &Finding) -> (String, bool) {
    if let Some(why) = &finding.suppressed {
        let reason = why.reason.as_deref().map_or_else(|| why.by.clone(), |reason| format!("{}: {reason}", why.by));
        return (format!("      <skipped message=\"{}\"/>\n", escaped(&reason)), false);
    }
    let title = format!("{} ({}, {})", finding.rule.title, finding.severity.as_str(), finding.confidence.as_str());
    // On one line each: a line of its own could be a command to a runner that reads the log.
    let mut text = plain::line(&finding.message);
    for (name, places) in anchor::beside(finding) {
        text.push_str(&format!("\n{name}: {}", plain::line(&places.join(", "))));
    }
    if let Some(command) = &finding.reproduce {
        text.push_str(&format!("\nreproduce: {}", plain::line(command)));
    }
    let help = plain::line(&finding.remediation);
    text.push_str(&format!("\nhelp: {help}\nfingerprint: {}", finding.fingerprint));
    let (title, text) = (escaped(&title), escaped(&text));
    let (severity, met) = (finding.severity.as_str(), shown.limit.is_met_by(finding));
    match met {
        true => (format!("      <failure type=\"{severity}\" message=\"{title}\">{text}</failure>\n"), true),
        false => (format!("      <system-out>{title}\n{text}</system-out>\n"), false),
    }
}

/// Escapes text for XML 1.0; characters that it cannot hold at all are written out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.trim().chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\n' | '\t' => escaped.push(character),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.extend(character.escape_unicode()),
            _ => escaped.push(character),
        }
    }
    escaped
}
