//! Markdown, for a comment on a pull request.

use std::fmt::Write as _;

use super::anchor::{self, Anchor};
use super::summary::{Summary, looked_at};
use super::{Report, Shown, plain};
use crate::Finding;

/// A comment on GitHub holds 65,536 characters; findings beyond this many bytes are counted instead of shown.
const LARGEST: usize = 60_000;

/// The document: summary, a table of findings, each finding folded below it.
#[must_use]
pub fn render(shown: &Shown) -> String {
    let report = shown.report();
    let counted: Vec<&Finding> = report.findings.iter().filter(|finding| finding.suppressed.is_none()).collect();
    let mut text = format!("### Stanch: {}\n\n{}.\n", Summary::of(report).line(), escaped(&looked_at(report)));
    let mut left_out = 0;
    if !counted.is_empty() {
        text.push_str("\n| severity | confidence | rule | where |\n| --- | --- | --- | --- |\n");
    }
    for finding in &counted {
        let row = row(finding);
        if text.len() + row.len() < LARGEST / 2 { text.push_str(&row) } else { left_out += 1 }
    }
    for finding in &counted {
        let section = section(shown, finding);
        if text.len() + section.len() < LARGEST { text.push_str(&section) } else { left_out += 1 }
    }
    if left_out > 0 {
        text.push_str("\nThis comment is full: findings beyond its size stand in the whole report only.\n");
    }
    text.push_str(&problems(report));
    text
}

fn row(finding: &Finding) -> String {
    let (severity, confidence, rule) = (finding.severity.as_str(), finding.confidence.as_str(), finding.rule.id);
    let routes = anchor::beside(finding).into_iter().find(|(name, _)| *name == "route").map(|(_, routes)| routes);
    let mut place = code(&anchor::label(finding));
    if let Some(routes) = routes.filter(|_| Anchor::of(finding).is_some()) {
        let _ = write!(place, " {}", code(&routes.join(", ")));
    }
    format!("| {severity} | {confidence} | `{rule}` | {} |\n", place.replace('|', "\\|"))
}

fn section(shown: &Shown, finding: &Finding) -> String {
    let place = escaped(&anchor::label(finding));
    let mut text = format!(
        "\n<details>\n<summary><b>{}</b> ({}, {}): {place}</summary>\n\n{}\n",
        escaped(finding.rule.title),
        finding.severity.as_str(),
        finding.confidence.as_str(),
        escaped(&finding.message)
    );
    let step = |(number, step): (usize, &crate::FlowStep)| {
        let place = code(&format!("{}:{}", step.place.path, step.place.line));
        let line = shown.excerpts.line(&step.place.path, step.place.line);
        let source = line.map_or_else(String::new, |line| format!(" {}", code(line.text.trim())));
        format!("{number}. {place}{source}: {}\n", escaped(&step.note))
    };
    if !finding.flow.is_empty() {
        text.push('\n');
        text.extend((1..).zip(&finding.flow).map(step));
    }
    text.push('\n');
    for (name, places) in anchor::beside(finding) {
        let _ = writeln!(text, "- {name}: {}", places.iter().map(|place| code(place)).collect::<Vec<_>>().join(", "));
    }
    for evidence in &finding.evidence {
        let _ = writeln!(text, "- seen in {}: {}", escaped(&evidence.what), code(&evidence.text));
    }
    if let Some(command) = &finding.reproduce {
        let _ = writeln!(text, "- reproduce: {}", code(command));
    }
    let _ = writeln!(text, "- help: {}", escaped(&finding.remediation));
    if let Some(fix) = &finding.fix {
        let _ = write!(text, "\n{}:\n\n{}", escaped(&fix.title), fenced("diff", &fix.diff));
    }
    let _ =
        write!(text, "\n`stanch explain {}`, fingerprint `{}`\n\n</details>\n", finding.rule.id, finding.fingerprint);
    text
}

fn problems(report: &Report) -> String {
    let mut text = String::new();
    if !report.run.problems.is_empty() {
        text.push_str("\n**Not looked at:**\n\n");
    }
    for problem in report.run.problems.iter().take(20) {
        let place = problem.place.as_deref().map_or_else(String::new, |place| format!("{}: ", code(place)));
        let help = problem.help.as_deref().map_or_else(String::new, |help| format!(" ({})", escaped(help)));
        let _ = writeln!(text, "- {place}{}{help}", escaped(&problem.message));
    }
    if report.run.problems.len() > 20 {
        let _ = writeln!(text, "- and {} more", report.run.problems.len() - 20);
    }
    text
}

/// Text that Markdown does not read: no markup, no HTML, no mention of a user or an issue.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in plain::line(text).chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(character);
            }
            // A mention is read after the markup, so only a break inside it prevents one.
            '@' | '#' => escaped.extend([character, '\u{200b}']),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// A code span, fenced by more backticks than any run inside.
fn code(text: &str) -> String {
    let text = plain::line(text);
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", plain::lines(text))
}
