//! What a report comes to, in a few lines.

use super::plain::count;
use super::{Report, RouteStatus};
use crate::score::Deduction;
use crate::{Confidence, Severity};

/// Numbers of a report, suppressed findings apart.
pub(super) struct Summary {
    /// Findings that count, by confidence (proven first) and severity (critical first); empty cells left out.
    pub(super) cells: Vec<(Confidence, Severity, usize)>,
    pub(super) findings: usize,
    pub(super) suppressed: usize,
}

impl Summary {
    pub(super) fn of(report: &Report) -> Self {
        let counted = || report.findings.iter().filter(|finding| finding.suppressed.is_none());
        let mut cells = Vec::new();
        for confidence in Confidence::ALL.into_iter().rev() {
            for severity in Severity::ALL.into_iter().rev() {
                let number = counted().filter(|f| f.confidence == confidence && f.severity == severity).count();
                if number > 0 {
                    cells.push((confidence, severity, number));
                }
            }
        }
        let findings = counted().count();
        Self { cells, findings, suppressed: report.findings.len() - findings }
    }

    /// `4 findings: 2 proven (1 critical, 1 high), 2 likely (2 medium) (3 suppressed)`.
    pub(super) fn line(&self) -> String {
        let mut text = if self.findings == 0 {
            "no findings".to_owned()
        } else {
            count(self.findings as u64, "finding", "findings")
        };
        let mut parts = Vec::new();
        for confidence in Confidence::ALL.into_iter().rev() {
            let row: Vec<_> = self.cells.iter().filter(|cell| cell.0 == confidence).collect();
            if !row.is_empty() {
                let number: usize = row.iter().map(|cell| cell.2).sum();
                let severities: Vec<_> =
                    row.iter().map(|(_, severity, n)| format!("{n} {}", severity.as_str())).collect();
                parts.push(format!("{number} {} ({})", confidence.as_str(), severities.join(", ")));
            }
        }
        if !parts.is_empty() {
            text.push_str(": ");
            text.push_str(&parts.join(", "));
        }
        if self.suppressed > 0 {
            text.push_str(&format!(" ({} suppressed)", self.suppressed));
        }
        text
    }
}

/// `score 52 of 100, grade F`; none where there is no score.
pub(super) fn score_line(report: &Report) -> Option<String> {
    let score = report.score.as_ref()?;
    let grade = match score.grade {
        Some(grade) => format!("grade {}", grade.as_str()),
        None => "no grade, since under half of the routes were reached".to_owned(),
    };
    Some(format!("score {} of 100, {grade}", score.points))
}

/// What each kind of finding takes off the score: `-33 for 2 proven high (22 + 11): key-in-response, ssrf`.
pub(super) fn deductions(report: &Report) -> Vec<String> {
    let all = report.score.as_ref().map_or(&[][..], |score| &score.deductions);
    let of_kind = |a: &Deduction, b: &Deduction| (a.confidence, a.severity) == (b.confidence, b.severity);
    all.chunk_by(of_kind).map(deducted).collect()
}

fn deducted(kind: &[Deduction]) -> String {
    const SHOWN: usize = 4;
    let points = |tenths: u32| f64::from(tenths) / 10.0;
    let sum = points(kind.iter().map(|deduction| deduction.tenths).sum());
    let mut steps: Vec<String> =
        kind.iter().take(SHOWN).map(|deduction| points(deduction.tenths).to_string()).collect();
    if kind.len() > SHOWN {
        steps.push("…".to_owned());
    }
    let steps = if kind.len() == 1 { String::new() } else { format!(" ({})", steps.join(" + ")) };
    let mut rules: Vec<&str> = kind.iter().map(|deduction| deduction.rule).collect();
    rules.dedup();
    let (confidence, severity) = (kind[0].confidence.as_str(), kind[0].severity.as_str());
    format!("-{sum} for {} {confidence} {severity}{steps}: {}", kind.len(), rules.join(", "))
}

/// `looked at 12 files, 1,204 lines, 9 routes (7 reached), 84 requests`.
pub(super) fn looked_at(report: &Report) -> String {
    let run = &report.run;
    let mut parts = Vec::new();
    if run.files > 0 {
        parts.push(count(run.files, "file", "files"));
        parts.push(format!("{} {}", thousands(run.lines), if run.lines == 1 { "line" } else { "lines" }));
    }
    if !report.coverage.is_empty() {
        let reached = report.coverage.iter().filter(|row| row.status == RouteStatus::Reached).count();
        let all = report.coverage.len() as u64;
        parts.push(format!("{} ({reached} reached)", count(all, "route", "routes")));
    }
    if run.requests > 0 {
        parts.push(format!("{} {}", thousands(run.requests), if run.requests == 1 { "request" } else { "requests" }));
    }
    if parts.is_empty() { "looked at nothing".to_owned() } else { format!("looked at {}", parts.join(", ")) }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands_are_grouped_from_the_right() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(super::thousands), ["0", "999", "1,000", "1,234,567"]);
    }
}
