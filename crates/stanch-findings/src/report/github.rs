//! Annotations of GitHub workflows: commands that the runner reads from the log and shows at the lines of a change.

use super::anchor::{self, Anchor};
use super::plain;
use super::summary::Summary;
use super::{Problem, Shown};
use crate::{Finding, Severity};

/// One command per finding that counts and per problem, and the summary as a plain line.
#[must_use]
pub fn render(shown: &Shown) -> String {
    let report = shown.report();
    let mut text = String::new();
    for finding in report.findings.iter().filter(|finding| finding.suppressed.is_none()) {
        text.push_str(&annotation(shown, finding));
    }
    for Problem { message, place, help } in &report.run.problems {
        let parts = [place.as_deref(), Some(message), help.as_deref()].into_iter().flatten().collect::<Vec<_>>();
        text.push_str(&format!("::error title=stanch could not look at everything::{}\n", data(&parts.join(": "))));
    }
    text.push_str(&Summary::of(report).line());
    text.push('\n');
    text
}

fn annotation(shown: &Shown, finding: &Finding) -> String {
    let command = match finding.severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "notice",
    };
    let mut properties = Vec::new();
    if let Some(Anchor { path, line, column, end_line, end_column }) = Anchor::of(finding) {
        properties.push(format!("file={}", property(&shown.in_repository(path))));
        properties.push(format!("line={line},endLine={}", end_line.max(line)));
        // Columns are shown only for a range on one line.
        if end_line == line && end_column > column {
            properties.push(format!("col={column},endColumn={end_column}"));
        }
    }
    let (rule, severity, confidence) = (finding.rule.id, finding.severity.as_str(), finding.confidence.as_str());
    properties.push(format!("title={}", property(&format!("{severity}[{rule}] ({confidence})"))));
    let mut message = format!("{}\n{}", finding.rule.title, finding.message);
    for (name, places) in anchor::beside(finding) {
        message.push_str(&format!("\n{name}: {}", places.join(", ")));
    }
    message.push_str(&format!("\n{}", finding.remediation));
    format!("::{command} {}::{}\n", properties.join(","), data(&message))
}

/// Escapes the text of a command, as the runner reads it.
fn data(text: &str) -> String {
    plain::lines(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
